"""What is varied, and how far: a sample for every run of the tests, the whole for `make proof`."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from . import mandated, moving
from .world import Rules

R = TypeVar("R")

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


class Bounds(NamedTuple, Generic[R]):
    """Of a small machine: what runs with the tests, and the whole."""

    sample: dict[str, R]
    proof: dict[str, R]


MOVED = Bounds(
    sample={
        "taps": moving.Rules(1, frozenset({"tap"})),
        "a walk": moving.Rules(1, frozenset({"walk", "halt"})),
    },
    proof={"an order that is moved": moving.Rules(3)},
)
MANDATED = Bounds(
    sample={"two claims": mandated.Rules(1, frozenset({"revoke", "restart"}))},
    proof={"a mandate and its orders": mandated.Rules(2)},
)
