"""`make proof`: the machine's whole model. Prints how many worlds there are and how many faults it takes to reach them."""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor

from .configurations import PROOF
from .explorer import explore
from .world import Broken


def prove(name: str) -> tuple[str, bool]:
    """A line about one configuration, and whether all holds in it."""
    start, rules = time.monotonic(), PROOF[name]
    try:
        found = explore(rules)
    except Broken as broken:
        return f"{name}: {broken}", False
    by_faults = " + ".join(f"{count:,}" for count in found.worlds)
    line = (
        f"{name}: {len(rules.approvers) + 1} people, {rules.processes} processes, up to {rules.faults} faults: "
        f"{by_faults} = {found.total:,} worlds by faults, {found.steps:,} steps between them, "
        f"0 violations, {time.monotonic() - start:.0f} s"
    )
    return line, True


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--only", choices=PROOF, nargs="*", default=list(PROOF))
    args = asked.parse_args()
    with ProcessPoolExecutor(args.processes, max_tasks_per_child=1) as pool:
        holds = True
        for line, held in pool.map(prove, args.only):
            print(line, flush=True)  # noqa: T201
            holds &= held
    return not holds


if __name__ == "__main__":
    sys.exit(main())
