"""Merging reports: the law of I16 and F51."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.errors import InvariantBroken
from senexbot.domain.orders.broker_orders import BrokerStatus
from senexbot.domain.orders.facts import facts_for, learn, state_for
from senexbot.domain.orders.intents import IntentState, NewsSource
from tests.domain.builders import D, fill, order, terms

B = BrokerStatus
STREAM = NewsSource.STREAM
RANK = {B.RECEIVED: 0, B.ROUTED: 0, B.IN_FLIGHT: 0, B.LIVE: 1, B.CANCEL_REQUESTED: 1, B.UNKNOWN: 1}


def start(quantity=100):
    return facts_for(7, terms(quantity=quantity).legs)


def learned(reports, source=STREAM):
    facts = start(reports[0].quantity)
    for report in reports:
        facts = learn(facts, report, source)
    return facts


@st.composite
def true_lives(draw):
    """What a broker would really publish: statuses forward, fills growing, times not going back."""
    statuses = [B.RECEIVED, B.ROUTED, B.IN_FLIGHT, B.LIVE]
    pieces = draw(st.lists(st.integers(1, 50), max_size=6))
    quantity = sum(pieces) + draw(st.integers(0, 20)) or 1
    reports, now, fills = [], 1, ()
    for status in statuses:
        reports.append(order(status, now, quantity=quantity))
        now += draw(st.integers(0, 2))
    for number, piece in enumerate(pieces):
        fills += (fill(f"f{number}", piece),)
        now += 1
        status = draw(st.sampled_from([B.LIVE, B.CANCEL_REQUESTED]))
        reports.append(order(status, now, *fills, quantity=quantity))
    if sum(pieces) == quantity:
        reports.append(order(B.FILLED, now + 1, *fills, quantity=quantity))
    else:
        end = draw(st.sampled_from([B.CANCELLED, B.EXPIRED, B.LIVE]))
        reports.append(order(end, now + 1, *fills, quantity=quantity))
    return reports


@given(true_lives(), st.data())
def test_any_shuffle_with_repeats_ends_in_the_same_facts_and_never_steps_back(reports, data):
    """I16, F51."""
    truth = learned(reports)
    repeats = data.draw(st.lists(st.sampled_from(reports), max_size=6))
    shuffled = data.draw(st.permutations(reports + repeats))
    facts = start(reports[0].quantity)
    for report in shuffled:
        grown = learn(facts, report, STREAM)
        assert set(facts.fills) <= set(grown.fills)
        assert RANK.get(grown.status, 2) >= RANK.get(facts.status, 2)
        assert grown.filled <= grown.quantity
        facts = grown
    assert facts == truth
    last = reports[-1]
    assert truth.status is last.status
    assert truth.filled == last.filled


def test_one_fill_id_counts_once_and_shared_execution_ids_do_not_matter():
    """Pitfall 44."""
    facts = learned([order(B.LIVE, 1, fill("a", 10)), order(B.LIVE, 1, fill("a", 10), fill("b", 10))])
    assert facts.filled == 20


def test_filled_never_exceeds_what_was_ordered():
    """I17."""
    facts = learned(
        [order(B.LIVE, 1, fill("a", 90)), order(B.LIVE, 2, fill("b", 20), fill("c", 10), fill("d", 0))]
    )
    assert facts.filled == 100
    assert [f.id for f in facts.fills] == ["a", "c"]


def test_how_it_was_learned_is_of_the_newest_change():
    facts = learn(start(), order(B.LIVE, 1), STREAM)
    swept = learn(facts, order(B.LIVE, 2, fill("a", 1)), NewsSource.SWEEP)
    assert swept.found_by_sweep
    assert learn(swept, order(B.LIVE, 2, fill("a", 1)), STREAM) is swept
    assert not learn(swept, order(B.LIVE, 3), STREAM).found_by_sweep


def test_facts_of_another_order_are_refused():
    with pytest.raises(InvariantBroken, match="order 8"):
        learn(learn(start(), order(), STREAM), order(id=8), STREAM)


def test_an_order_without_legs_is_not_filled():
    bare = replace(order(B.FILLED, 3), legs=())
    facts = learn(start(), bare, STREAM)
    assert state_for(facts) is IntentState.WORKING
    assert (bare.quantity, bare.filled) == (D(0), D(0))
