"""`make proof`: the machine's whole model. Prints how many worlds there are and how many faults it takes to reach them."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from . import mandated, moving
from .configurations import MANDATED, MOVED, PROOF
from .explorer import explore
from .small import walk
from .world import Broken

ALL = (*PROOF, *MOVED.proof, *MANDATED.proof)


def prove(name: str) -> tuple[str, bool]:
    """A line about one configuration, and whether all holds in it."""
    start = time.monotonic()
    try:
        what, counts, steps = _explored(name)
    except Broken as broken:
        return f"{name}: {broken}", False
    by_faults = " + ".join(f"{count:,}" for count in counts)
    line = (
        f"{name}: {what}: {by_faults} = {sum(counts):,} worlds by faults, {steps:,} steps between them, "
        f"0 violations, {time.monotonic() - start:.0f} s"
    )
    return line, True


def _explored(name: str) -> tuple[str, Sequence[int], int]:
    if name in PROOF:
        rules = PROOF[name]
        found = explore(rules)
        what = f"{len(rules.approvers) + 1} people, {rules.processes} processes, up to {rules.faults} faults"
        return what, found.worlds, found.steps
    if name in MOVED.proof:
        moves = MOVED.proof[name]
        walked = walk(moving.start(moves), lambda world: moving.steps(world, moves), faults=moves.faults)
        return f"2 people, 2 processes, up to {moves.faults} faults", walked.by_faults, walked.steps
    given = MANDATED.proof[name]
    told = walk(mandated.start(given), lambda world: mandated.steps(world, given), faults=given.faults)
    return f"3 people, 2 processes, up to {given.faults} faults", told.by_faults, told.steps


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--only", choices=ALL, nargs="*", default=list(ALL))
    args = asked.parse_args()
    with ProcessPoolExecutor(args.processes, max_tasks_per_child=1) as pool:
        holds = True
        for line, held in pool.map(prove, args.only):
            print(line, flush=True)  # noqa: T201
            holds &= held
    return not holds


if __name__ == "__main__":
    sys.exit(main())
