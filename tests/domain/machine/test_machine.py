"""The order and approval machine: every interleaving of what people, two processes and faults do, up to a bound.

I1 to I7, I21, I23, I25 and I28 to I33 hold in each world that can be reached. A smaller bound runs with the tests,
the full one in `make proof`.
"""

from dataclasses import replace

import pytest

from senexbot.domain.orders.intents import IntentState as S
from senexbot.domain.orders.intents import ReplaceState as R

from . import mandated, moving
from .configurations import MANDATED, MOVED, PROOF, SAMPLE
from .explorer import explore
from .small import walk
from .world import HAPPENS, PRESSES, SWEEPS, Broken, Rules

PAIR = ("U2", "U3")


@pytest.mark.parametrize("name", SAMPLE)
def test_a_smaller_bound(name):
    found = explore(SAMPLE[name])
    assert found.worlds[-1] > 0
    assert found.states >= {S.WORKING, S.REFUSED, S.NOT_SENT, S.UNKNOWN}


def test_every_end_can_be_reached():
    """The model is not safe by doing nothing."""
    found = explore(
        Rules(faults=1, presses=("ask", "approve", "decline", "discard"), happens=("halt", "time"))
    )
    assert found.states == {
        *(S.PREVIEWED, S.AWAITING_APPROVAL, S.APPROVED, S.CLAIMED, S.DECLINED, S.DISCARDED, S.LAPSED),
        *(S.WORKING, S.REFUSED, S.NOT_SENT, S.UNKNOWN, S.PRESUMED_NOT_PLACED),
    }


def test_the_proof_is_of_all_that_the_machine_can_do():
    """Two people, two processes, three faults, every button, sweep and happening."""
    whole = PROOF["two people"]
    assert (whole.approvers, whole.need, whole.processes, whole.faults) == (("U2",), 1, 2, 3)
    assert (whole.presses, whole.sweeps, whole.happens) == (PRESSES, SWEEPS, HAPPENS)
    assert whole.every_pair
    assert all(rules.breaks == "" for rules in PROOF.values())


PAIRS = {
    "approved": Rules(faults=1, presses=("ask", "approve", "discard"), happens=("halt",)),
    "fewer": Rules(faults=0, presses=("ask", "fewer", "send", "send_fewer"), happens=("drift", "lose_role")),
    "edited": Rules(faults=1, need=0, presses=("edit", "send"), happens=("other order", "resume", "halt")),
    "both needed": Rules(approvers=PAIR, need=2, faults=0, presses=("ask", "approve", "fewer"), happens=()),
}


@pytest.mark.parametrize("name", PAIRS)
def test_of_two_transactions_on_one_version_one_is_enough(name):
    """What the explorer leaves out (its third point) changes nothing of what can ever be stored, with as many faults."""
    short, whole = explore(PAIRS[name]), explore(replace(PAIRS[name], every_pair=True))
    assert short.stored == whole.stored
    assert short.total < whole.total


ASKED = ("ask", "approve")
BROKEN = {
    "no compare-and-set": ("I", Rules(faults=0, presses=("ask", "approve", "discard"), happens=())),
    "no guard": ("I2", Rules(faults=0, presses=ASKED, happens=("halt", "lose_role"))),
    "no halt": ("I25", Rules(faults=0, presses=ASKED, happens=("reduce",))),
    "no expiry": ("I32", Rules(faults=0, need=0, presses=("send",), happens=("time",))),
    "no envelope": ("I31", Rules(faults=0, presses=ASKED, happens=("drift",))),
    "no reservation": ("I23", Rules(faults=0, presses=ASKED, happens=("other order",))),
    "no withdrawal": ("I29", Rules(faults=0, presses=("ask", "approve", "discard"), happens=())),
    "lost role": ("I28", Rules(faults=0, presses=ASKED, happens=("lose_role",))),
    "own order": ("I28", Rules(faults=0, presses=ASKED, happens=())),
    "fewer unasked": ("I31", Rules(faults=0, presses=("ask", "fewer"), happens=())),
    "another's button": ("I30", Rules(faults=0, need=0, presses=("discard",), happens=())),
    "stale button": ("I30", Rules(faults=0, need=0, presses=("edit", "send"), happens=())),
    "stale envelope": ("I31", Rules(approvers=PAIR, need=2, faults=0, presses=(*ASKED, "fewer"), happens=())),
    "send before commit": ("I2", Rules(faults=0, need=0, presses=("send",), happens=())),
    "retry on unknown": ("I1", Rules(faults=1, need=0, presses=("send",), happens=())),
    "recovery sends": ("I1", Rules(faults=1, need=0, presses=("send",), happens=())),
    "lost is refused": ("I8", Rules(faults=1, need=0, presses=("send",), happens=())),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_judge_sees_a_rule_that_is_broken(name):
    """What the model would find: each rule is taken away once, and the judge says which promise that breaks."""
    invariant, rules = BROKEN[name]
    rules = replace(rules, every_pair=True)
    with pytest.raises(Broken) as found:
        explore(replace(rules, breaks=name))
    assert str(found.value).startswith(invariant), found.value
    explore(rules)


@pytest.mark.parametrize("name", MOVED.sample)
def test_what_moves_an_order(name):
    """A smaller bound of the replacements (moving.py); the whole in `make proof`."""
    rules = MOVED.sample[name]
    found = walk(moving.start(rules), lambda world: moving.steps(world, rules), faults=rules.faults)
    assert found.by_faults[-1] > 0
    states = {world.intent.replacing.state for world in found.worlds if world.intent.replacing}
    assert states >= {R.CLAIMED, R.DONE, R.REFUSED, R.NOT_SENT, R.UNKNOWN, R.NOT_DONE}


@pytest.mark.parametrize("name", MANDATED.sample)
def test_what_a_mandate_covers(name):
    rules = MANDATED.sample[name]
    found = walk(mandated.start(rules), lambda world: mandated.steps(world, rules), faults=rules.faults)
    assert found.by_faults[-1] > 0
    assert {state for world in found.worlds for state in world.states} >= {S.WORKING, S.REFUSED, S.NOT_SENT}
    assert any(len(world.at_market) == mandated.GRANTED.terms.count for world in found.worlds)


TAPS, WALKS = frozenset({"tap"}), frozenset({"walk"})
MOVES_BROKEN = {
    "no compare-and-set": ("I3", moving.Rules(0, TAPS)),
    "no guard": ("I25", moving.Rules(0, TAPS | {"halt"})),
    "no halt": ("I25", moving.Rules(0, TAPS | {"halt"})),
    "another's button": ("I30", moving.Rules(0, TAPS)),
    "stale button": ("I30", moving.Rules(0, TAPS)),
    "send before commit": ("I2", moving.Rules(0, TAPS)),
    "sends again": ("I7", moving.Rules(1, TAPS)),
    "recovery sends": ("I7", moving.Rules(1, TAPS)),
    "walk in doubt": ("I7", moving.Rules(1, WALKS)),
    "lost is refused": ("I8", moving.Rules(1, TAPS)),
}


@pytest.mark.parametrize("name", MOVES_BROKEN)
def test_the_judge_sees_a_rule_of_moving_that_is_broken(name):
    invariant, rules = MOVES_BROKEN[name]
    broken = replace(rules, breaks=name)
    with pytest.raises(Broken) as found:
        walk(moving.start(broken), lambda world: moving.steps(world, broken), faults=rules.faults)
    assert str(found.value).startswith(invariant), found.value
    walk(moving.start(rules), lambda world: moving.steps(world, rules), faults=rules.faults)


def _varied(*names):
    return frozenset(names)


MANDATES_BROKEN = {
    "no compare-and-set": ("I23", mandated.Rules(0, _varied())),
    "no guard": ("I25", mandated.Rules(0, _varied("halt"))),
    "lost role": ("I28", mandated.Rules(0, _varied("lose role"))),
    "resume revives": ("I25", mandated.Rules(0, _varied("halt"))),
    "revoked covers": ("I29", mandated.Rules(0, _varied("revoke"))),
    "no end": ("I32", mandated.Rules(0, _varied("time"))),
    "no count": ("I23", mandated.Rules(0, _varied())),
    "unknown gives back": ("I23", mandated.Rules(1, _varied("restart"))),
    "anybody revokes": ("I28", mandated.Rules(0, _varied("revoke"))),
}


@pytest.mark.parametrize("name", MANDATES_BROKEN)
def test_the_judge_sees_a_rule_of_mandates_that_is_broken(name):
    invariant, rules = MANDATES_BROKEN[name]
    broken = replace(rules, breaks=name)
    with pytest.raises(Broken) as found:
        walk(mandated.start(broken), lambda world: mandated.steps(world, broken), faults=rules.faults)
    assert str(found.value).startswith(invariant), found.value
    walk(mandated.start(rules), lambda world: mandated.steps(world, rules), faults=rules.faults)
