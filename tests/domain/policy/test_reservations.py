"""What an order holds of the limits, from its claim to its end, and what one placed elsewhere does (I23)."""

from dataclasses import replace

import pytest

from senexbot.domain.instruments import InstrumentType
from senexbot.domain.orders.broker_orders import BrokerLeg, BrokerStatus
from senexbot.domain.orders.intents import IntentState, OrderFacts
from senexbot.domain.orders.terms import Action, ChildRole, ChildTerms, OrderType, TimeInForce
from senexbot.domain.policy.elsewhere import placed_elsewhere
from senexbot.domain.policy.measures import OrderMarket, measure, units
from senexbot.domain.policy.needs import Needs, needs
from senexbot.domain.policy.reservations import Hold, kept, moved, opens, print_of, reserve
from senexbot.domain.policy.rules import Policy, RuleName
from senexbot.domain.policy.verdict import Exposure
from tests.domain.builders import ACCOUNT, NOW, TODAY, D, after, fill, intent, option, order, terms
from tests.domain.policy.cases import CALL, MARKET, SUBJECT, ZONE, limit, policy, short_call, short_put

S = IntentState
EXPOSURE = Exposure(notional=D(18_750), shares=D(100))


def facts_of(filled, quantity=100):
    fills = (fill("f1", filled),) if filled else ()
    return OrderFacts(7, BrokerStatus.LIVE, D(quantity), fills)


@pytest.mark.parametrize(
    ("state", "facts", "hold", "share"),
    [
        (S.CLAIMED, None, Hold.CLAIMED, "1"),
        (S.UNKNOWN, None, Hold.CLAIMED, "1"),
        (S.NEEDS_PERSON, None, Hold.CLAIMED, "1"),
        (S.WORKING, facts_of(30), Hold.WORKING, "1"),
        (S.CANCEL_REQUESTED, facts_of(30), Hold.WORKING, "1"),
        (S.FILLED, facts_of(100), Hold.ENDED, "1"),
        (S.CANCELLED, facts_of(30), Hold.ENDED, "0.3"),
        (S.CANCELLED, facts_of(0), Hold.ENDED, "0"),
        (S.EXPIRED, facts_of(0), Hold.ENDED, "0"),
        (S.REJECTED, facts_of(0, 0), Hold.ENDED, "0"),
        (S.REJECTED, None, Hold.ENDED, "0"),
        (S.NOT_SENT, None, Hold.VOID, "0"),
        (S.REFUSED, None, Hold.VOID, "0"),
        (S.PRESUMED_NOT_PLACED, None, Hold.ENDED, "1"),
        (S.CLOSED_BY_OWNER, None, Hold.ENDED, "1"),
    ],
)
def test_i23_a_reservation_follows_its_order(state, facts, hold, share):
    held = reserve(intent(), EXPOSURE, NOW, TODAY)
    now = kept(held, intent(state, facts=facts), after(5))
    assert (now.hold, now.share) == (hold, D(share))
    assert now.changed_at == (NOW if now == held else after(5))
    assert now.is_open is (hold in {Hold.CLAIMED, Hold.WORKING})
    assert now.part(D(10)) == 10 * D(share)
    assert now.part(None) == (None if D(share) else D(0))


def test_i23_a_moved_order_holds_the_larger_of_both_prices():
    """Either may turn out to be the one that works."""
    held = reserve(intent(), Exposure(D(100), D(5), D(7), shares=D(1)), NOW, TODAY)
    now = moved(held, Exposure(D(90), D(6), None, uncapped=True, uncapped_contracts=D(2)), after(5))
    assert now.exposure == Exposure(
        notional=D(100),
        buying_power=D(6),
        greatest_loss=None,
        uncapped=True,
        shares=D(1),
        uncapped_contracts=D(2),
    )
    assert (now.at, now.day, now.changed_at) == (NOW, TODAY, after(5))


def test_a_reservation_says_whose_and_of_what_it_is():
    held = reserve(intent(), EXPOSURE, NOW, TODAY)
    assert (held.account, held.owner, held.underlying, held.opens) == ("5WT00001", "U1", "AAPL", True)
    assert held.print == print_of(terms()) != print_of(terms(price=None))
    assert held.is_of(ACCOUNT)


def test_an_order_opens_when_one_that_follows_it_does():
    closing = terms(Action.SELL_TO_CLOSE)
    exit_ = ChildTerms(ChildRole.STOP_LOSS, closing.legs, OrderType.STOP, None, TimeInForce.GTC, D(180))
    entry = replace(exit_, role=ChildRole.THEN, legs=terms().legs, price=None)
    assert not opens(closing)
    assert not opens(replace(closing, children=(exit_,)))
    assert opens(replace(closing, children=(entry,)))
    assert measure(replace(closing, children=(exit_,)), None, None).notional == 0
    assert measure(replace(closing, children=(entry,)), MARKET, None).notional == D(18_000)
    nothing_known = replace(entry, stop_trigger=None)
    assert measure(replace(closing, children=(nothing_known,)), MARKET, None).notional is None


# --- what an order is worth ----------------------------------------------------------------------


def test_one_leg_loses_what_it_costs_or_its_strike():
    assert measure(terms(), None, None).greatest_loss == D(18_750)
    assert measure(terms(Action.SELL_TO_OPEN), None, None).uncapped
    call = measure(short_call(2), None, None)
    assert (call.notional, call.greatest_loss, call.uncapped_contracts) == (D(40_000), None, D(2))
    put = measure(short_put(2), None, None)
    assert (put.notional, put.greatest_loss, put.contracts) == (D(118_000), D(118_000), D(2))


def test_a_market_order_counts_at_the_other_side_or_the_last_trade():
    assert measure(terms(price=None), MARKET, None).notional == D(18_750)
    sold = terms(Action.SELL_TO_OPEN, price=None)
    assert measure(sold, MARKET, None).notional == D(18_744)
    no_offer = OrderMarket(None, None, D("187.47"), usable=True)
    assert measure(terms(price=None), no_offer, None).notional == D(18_747)
    stop = replace(terms(price=None), type=OrderType.STOP, stop_trigger=D(190))
    assert measure(stop, MARKET, None).notional == D(19_000)
    assert measure(stop, None, None).notional == D(19_000)
    assert measure(terms(price=None), None, None).notional is None


def test_without_a_payoff_several_legs_are_bounded_by_their_sum():
    put, bought = short_put(2), terms(quantity=2, instrument=option())
    vertical = replace(put, legs=(*put.legs, *bought.legs), price=D("1.20"))
    assert measure(vertical, None, None).greatest_loss == D(118_240)
    covered = replace(short_call(), legs=(*terms().legs, *short_call().legs), price=D("-185"))
    exposure = measure(covered, None, None)
    assert (exposure.uncapped, exposure.shares, exposure.contracts) == (False, D(100), D(1))
    assert units(replace(put, legs=(*short_put(4).legs, *short_put(6).legs))) == 2


# --- placed elsewhere ----------------------------------------------------------------------------


def test_an_order_of_the_brokers_own_app_counts_like_ours():
    held = placed_elsewhere(order(), ACCOUNT, ZONE, NOW)
    assert (held.exposure.notional, held.hold, held.day, held.share) == (D(18_750), Hold.WORKING, TODAY, 1)
    assert (held.intent_id, held.owner, held.opens) == ("", "", True)
    half = order(BrokerStatus.CANCELLED, 2, fill("f1", 50), price=None, received_at=None)
    ended = placed_elsewhere(half, ACCOUNT, ZONE, after(9))
    assert (ended.hold, ended.share, ended.at) == (Hold.ENDED, D("0.5"), after(9))
    assert ended.exposure.notional == D(18_750)
    assert placed_elsewhere(order(price=None), ACCOUNT, ZONE, NOW).exposure.notional is None
    none = placed_elsewhere(order(BrokerStatus.REJECTED, legs=()), ACCOUNT, ZONE, NOW)
    assert (none.share, none.opens) == (0, False)


def test_an_action_we_do_not_know_counts_as_opening():
    leg = BrokerLeg(CALL.occ, InstrumentType.EQUITY_OPTION, "Sell", D(2), D(2))
    held = placed_elsewhere(order(legs=(leg,), price=D(3)), ACCOUNT, ZONE, NOW)
    assert (held.opens, held.exposure.notional) == (True, D(600))
    odd = replace(leg, type=InstrumentType.FUTURE_OPTION, action="Sell to Close")
    assert not placed_elsewhere(order(legs=(odd,)), ACCOUNT, ZONE, NOW).opens


def test_nothing_is_read_that_no_rule_looks_at():
    assert needs(Policy(), SUBJECT, terms()) == Needs.ORDERS
    assert needs(Policy(), SUBJECT, short_call()) == Needs.ORDERS | Needs.POSITIONS
    assert needs(Policy(), SUBJECT, terms(Action.SELL_TO_CLOSE)) == Needs.NOTHING
    off = {rule: limit() for rule in (RuleName.UNCAPPED, RuleName.NOTIONAL, RuleName.SHARES)}
    off |= {rule: limit() for rule in (RuleName.CONTRACTS, RuleName.ORDERS)}
    assert needs(policy(off), SUBJECT, terms()) == Needs.NOTHING
    assert needs(policy(off | {RuleName.DAILY_LOSS: limit(None, 1)}), SUBJECT, terms()) == Needs.BALANCES
