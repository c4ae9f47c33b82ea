"""The order and approval machine, exhaustively: every interleaving of what people, two processes and faults do.

I1 to I7, I21, I23, I25, I28, I29, I31 to I33 hold in each world that can be reached. A smaller bound runs with the tests, the
full one in `make proof`.
"""

from __future__ import annotations

import os
from collections import deque
from dataclasses import replace
from typing import Any

import pytest

from senexbot.domain.orders import IntentState

from .order_model import Broken, Rules, judge, start, steps

FULL = bool(os.environ.get("SENEXBOT_PROOF"))
S = IntentState
Key = tuple[Any, ...]
PAIR = ("U2", "U3")


def explore(rules: Rules) -> tuple[int, set[IntentState]]:
    """Breadth first through all worlds; the number of them, and the order's states that were seen.

    Raises Broken with the shortest way that leads to a world in which something does not hold.
    """
    first = start(rules)
    came: dict[Key, tuple[Key, str] | None] = {first.key: None}
    queue, seen = deque([first]), {first.intent.state}
    while queue:
        world = queue.popleft()
        here, name = world.key, "?"
        try:
            for name, following in steps(world, rules):
                key = following.key
                if key not in came:
                    came[key] = (here, name)
                    judge(following)
                    seen.add(following.intent.state)
                    queue.append(following)
        except Broken as broken:
            raise Broken(f"{broken} after: {' → '.join([*_way(came, here), name])}") from None
    return len(came), seen


def _way(came: dict[Key, tuple[Key, str] | None], here: Key) -> list[str]:
    names = []
    while (step := came[here]) is not None:
        here, name = step
        names.append(name)
    return names[::-1]


EVERYTHING = ("ask", "approve", "fewer", "decline", "discard", "send", "send_fewer")
ENDS = {S.DECLINED, S.DISCARDED, S.LAPSED, S.WORKING, S.REFUSED, S.NOT_SENT}
SAMPLE = {
    "two people, all buttons": Rules(faults=0, happens=("halt", "drift")),
    "two people, faults": Rules(
        faults=2,
        presses=("ask", "approve", "discard"),
        happens=("halt",),
        sweeps=("run_due", "recover", "look"),
    ),
    "another order": Rules(
        faults=1,
        presses=("ask", "approve", "fewer", "send"),
        happens=("other order",),
        sweeps=("run_due", "recover", "look"),
    ),
    "two people, the clock": Rules(faults=0, presses=("ask", "approve", "fewer", "send"), happens=("time",)),
    "two approvers": Rules(
        approvers=PAIR, need=2, faults=0, presses=("ask", "approve", "fewer", "send"), happens=("lose_role",)
    ),
}
PROOF = {
    "two people, all but fewer": Rules(presses=("ask", "approve", "decline", "discard", "send")),
    "two people, all buttons": Rules(faults=2, happens=("halt", "lose_role", "drift", "time")),
    "two approvers, both needed": Rules(
        approvers=PAIR, need=2, faults=1, presses=("ask", "approve", "fewer", "decline", "discard", "send")
    ),
    "two approvers, one needed": Rules(
        approvers=PAIR, faults=1, presses=("ask", "approve", "decline", "discard")
    ),
}


@pytest.mark.parametrize("name", SAMPLE)
def test_a_smaller_bound(name):
    explore(SAMPLE[name])


@pytest.mark.timeout(3600)
@pytest.mark.skipif(not FULL, reason="minutes: make proof")
@pytest.mark.parametrize("name", PROOF)
def test_the_full_bound(name):
    worlds, seen = explore(PROOF[name])
    print(f"{name}: {worlds:,} worlds, 0 violations")  # noqa: T201  the proof tells its size
    assert seen >= ENDS


def test_every_end_can_be_reached():
    """The model is not safe by doing nothing."""
    _, seen = explore(
        Rules(faults=1, presses=("ask", "approve", "decline", "discard"), happens=("halt", "time"))
    )
    assert seen >= ENDS | {S.UNKNOWN, S.PRESUMED_NOT_PLACED, S.AWAITING_APPROVAL, S.APPROVED, S.CLAIMED}


BROKEN = {
    "no compare-and-set": ("I", Rules(faults=0, presses=("ask", "approve", "discard"))),
    "no guard": ("I2", Rules(faults=0, presses=("ask", "approve"))),
    "lost role": ("I28", Rules(faults=0, presses=("ask", "approve"))),
    "no envelope": ("I31", Rules(faults=0, presses=("ask", "approve"), happens=("drift",))),
    "fewer unasked": ("I31", Rules(faults=0, presses=("ask", "fewer"))),
    "own order": ("I28", Rules(faults=0, presses=("ask", "approve"))),
    "no reservation": ("I23", Rules(faults=0, presses=("ask", "approve"), happens=("other order",))),
    "no withdrawal": ("I29", Rules(faults=0, presses=("ask", "approve", "discard"))),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_judge_sees_a_rule_that_is_broken(name):
    """What the model would find: each rule is taken away once."""
    invariant, rules = BROKEN[name]
    with pytest.raises(Broken) as found:
        explore(replace(rules, breaks=name))
    assert str(found.value).startswith(invariant), found.value
    explore(rules)
