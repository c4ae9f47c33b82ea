"""Which working orders protect: only what provably reduces what is held."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from senexbot.domain.halts.protecting import Kind, kind_of, parts_of, parts_of_order, split
from senexbot.domain.orders.broker_orders import BrokerLeg, BrokerStatus
from senexbot.domain.orders.intents import ChildOrder, IntentState, OrderFacts
from senexbot.domain.orders.terms import Action, ChildRole
from tests.domain.builders import PUT, bracket, fill, intent, option, order, strangle, terms

AAPL = {"AAPL": Decimal(100)}
SHORT = {PUT.occ: Decimal(-2)}
LIVE = OrderFacts(7, BrokerStatus.LIVE, Decimal(100))


def working(of, **changes):
    return intent(IntentState.WORKING, terms=of, facts=LIVE, **changes)


@pytest.mark.parametrize(
    ("of", "held", "kind"),
    [
        (terms(), AAPL, Kind.OPENS),
        (terms(), None, Kind.OPENS),
        (terms(Action.SELL_TO_CLOSE, 100, "200"), AAPL, Kind.PROTECTS),
        (terms(Action.SELL_TO_CLOSE, 100, "200"), None, Kind.NOT_KNOWN),
        (terms(Action.SELL_TO_CLOSE, 101, "200"), AAPL, Kind.OPENS),
        (terms(Action.SELL_TO_CLOSE, 100, "200"), {}, Kind.OPENS),
        (terms(Action.SELL_TO_CLOSE, 100, "200"), {"AAPL": Decimal(-100)}, Kind.OPENS),
        (terms(Action.BUY_TO_CLOSE, 2, "-3", instrument=option()), SHORT, Kind.PROTECTS),
        (terms(Action.BUY_TO_CLOSE, 3, "-3", instrument=option()), SHORT, Kind.OPENS),
        (strangle(), SHORT, Kind.OPENS),
        (bracket(), AAPL, Kind.OPENS),
    ],
)
def test_what_an_order_does(of, held, kind):
    assert kind_of(parts_of(working(of)), held) is kind


def test_what_has_filled_counts_no_more():
    facts = replace(LIVE, fills=(fill("f", 60),))
    part = intent(IntentState.WORKING, terms=terms(Action.SELL_TO_CLOSE, 100, "200"), facts=facts)
    assert kind_of(parts_of(part), {"AAPL": Decimal(40)}) is Kind.PROTECTS


def test_the_exits_of_a_filled_entry_protect_and_count_alone():
    exits = (
        ChildOrder(ChildRole.TAKE_PROFIT, "a", LIVE),
        ChildOrder(ChildRole.STOP_LOSS, "b", replace(LIVE, status=BrokerStatus.CANCELLED)),
    )
    filled = intent(IntentState.FILLED, terms=bracket(), facts=LIVE, children=exits)
    assert len(parts_of(filled)) == 1
    assert kind_of(parts_of(filled), AAPL) is Kind.PROTECTS
    before = intent(IntentState.FILLED, terms=bracket(), facts=LIVE)
    assert kind_of(parts_of(before), AAPL) is Kind.OPENS  # nothing is known of its exits


def test_the_split_says_what_is_not_known():
    opens, exit_, unsure = (
        working(terms()),
        working(terms(Action.SELL_TO_CLOSE, 100, "200")),
        intent(IntentState.UNKNOWN, terms=terms(Action.SELL_TO_CLOSE, 50, "200")),
    )
    found = split([(opens, AAPL), (exit_, AAPL), (unsure, None)])
    assert (found.opening, found.protecting, found.not_known) == ((opens, unsure), (exit_,), 1)
    assert found.all == (opens, unsure, exit_)


def test_an_order_placed_elsewhere_is_told_by_the_brokers_own_words():
    def legs(action: str, left: int):
        leg = BrokerLeg("AAPL", order().legs[0].type, action, Decimal(100), Decimal(left))
        return order(legs=(leg,))

    assert kind_of(parts_of_order(legs("Sell to Close", 100)), AAPL) is Kind.PROTECTS
    assert kind_of(parts_of_order(legs("Sell to Close", 0)), AAPL) is Kind.PROTECTS
    assert kind_of(parts_of_order(legs("Buy to Open", 100)), AAPL) is Kind.OPENS
    assert kind_of(parts_of_order(order(legs=())), AAPL) is Kind.OPENS
