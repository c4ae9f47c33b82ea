"""`make proof`: 100,000 generated sentences round-trip and 1,000,000 one-character edits keep the second law.

Prints what it did, and every case that breaks a law with the seed that makes it again; ends with 1 if any does.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from random import Random

from senexbot.domain.language import parse, said_text

from .generated import TODAY, edited, sentence
from .laws import holds_round_trip, holds_visibility
from .test_laws import TEXTS

SENTENCES = 100_000
EDITS_EACH = 8  # of each sentence's normal form: 800,000; and 200,000 of texts as people type them
TYPED_EDITS = 200_000
BATCHES = 100


def prove(batch: int, share: int) -> tuple[Counter[str], list[str]]:
    """One batch of 1/`share` of everything; its number is its seed."""
    random, done, broken = Random(batch), Counter[str](), []
    for _ in range(SENTENCES // share):
        made = sentence(random)
        text = said_text(made)
        done["sentences"] += 1
        if not holds_round_trip(made):
            broken.append(f"seed {batch}, law 1: {text}")
        for _ in range(EDITS_EACH):
            _count(
                done,
                broken,
                holds_visibility(made, edit := edited(random, text)),
                f"seed {batch}, law 2: {text} | {edit}",
            )
    for _ in range(TYPED_EDITS // share):
        text = random.choice(TEXTS)
        made = parse(text, TODAY)
        _count(
            done,
            broken,
            holds_visibility(made, edit := edited(random, text)),
            f"seed {batch}, law 2: {text} | {edit}",
        )
    return done, broken


def _count(done: Counter[str], broken: list[str], holds: bool | None, case: str) -> None:
    done["edits"] += 1
    done["edits that are orders"] += holds is not None
    if holds is False:
        broken.append(case)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--processes", type=int, default=2)
    asked.add_argument("--batches", type=int, default=BATCHES, help=f"of {BATCHES}; fewer prove less")
    args = asked.parse_args()
    start, done, broken = time.monotonic(), Counter[str](), []
    with ProcessPoolExecutor(args.processes) as pool:
        for counted, found in pool.map(prove, range(args.batches), [BATCHES] * args.batches):
            done += counted
            broken += found
    for case in broken:
        print(case)  # noqa: T201
    told = ", ".join(f"{count:,} {what}" for what, count in done.items())
    print(f"{told}, {len(broken)} laws broken, {time.monotonic() - start:.0f} s")  # noqa: T201
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
