"""What is varied, and how far: a sample for every run of the tests, the whole for `make proof`."""

from __future__ import annotations

from .world import Rules

PAIR = ("U2", "U3")
ALONE = ("edit", "discard", "send")  # what its owner can press when nobody has to be asked

TIMELESS = ("halt", "resume", "lose_role", "drift", "other order")

SAMPLE = {
    "two people, all but the clock": Rules(happens=TIMELESS),
    "two people, the clock": Rules(faults=1, presses=("edit", "ask", "approve", "send"), happens=("time",)),
    "nobody has to be asked": Rules(need=0, presses=ALONE, happens=("halt", "resume", "time")),
    "three people, both are needed": Rules(
        approvers=PAIR, need=2, faults=1, presses=("ask", "approve", "fewer"), happens=("lose_role", "drift")
    ),
}
PROOF = {
    "two people": Rules(every_pair=True),
    "two people, nobody has to be asked": Rules(need=0, presses=ALONE, every_pair=True),
    "three people, both are needed": Rules(approvers=PAIR, need=2),
    "three people, one is needed": Rules(approvers=PAIR),
}
