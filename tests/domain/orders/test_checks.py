"""Our own no: I19, I20, I21, I22, I24, I25, I34, I36."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.errors import Denied
from senexbot.domain.halts.halts import HaltState
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.links import AccountRef, Environment, Role
from senexbot.domain.market import SessionState, TradingStatus
from senexbot.domain.orders.checks import (
    CODES,
    LegFacts,
    check_claim,
    check_preview,
    resolve_action,
    without_position,
)
from senexbot.domain.orders.intents import IntentState
from senexbot.domain.orders.terms import Action, Group, OrderType, Side, TimeInForce
from tests.domain.builders import (
    ACCOUNT,
    NOW,
    PUT,
    D,
    actor,
    after,
    facts,
    future,
    intent,
    link,
    option,
    quote,
    share,
    terms,
)

LIVE = AccountRef("link1", "5WT00001", Environment.LIVE)
CLOSING = terms(Action.SELL_TO_CLOSE, 30, "187.40")
CLOSING_MARKET = terms(Action.SELL_TO_CLOSE, 30, None)
MARKET = terms(price=None)
STOP = replace(terms(), type=OrderType.STOP, price=None, stop_trigger=D(190))
FUTURE = future()
_PUTS = [option(replace(PUT, strike=D(strike))) for strike in range(580, 585)]
_LEGS = [terms(Action.SELL_TO_OPEN, 1, "3.50", instrument=put).legs[0] for put in _PUTS]
FOUR_MORE = tuple(LegFacts(put, quote(put), D(0)) for put in _PUTS[1:])
FIVE_LEGS = replace(terms(Action.SELL_TO_OPEN, 1, "3.50", instrument=_PUTS[0]), legs=tuple(_LEGS))
PUTS = replace(FIVE_LEGS, legs=tuple(_LEGS[:2]))
PUT_FACTS = {"instrument": _PUTS[0], "more": FOUR_MORE[:1]}
SHARES_TWICE = replace(PUTS, legs=(_LEGS[0], _LEGS[0]))
SHARES_AND_PUT = replace(terms(), legs=(terms().legs[0], _LEGS[1]))


def codes(**changes):
    return [r.code for r in check_preview(facts(**changes)).denials]


def test_an_ordinary_order_is_clear():
    checked = check_preview(facts())
    assert (checked.denials, checked.missing, checked.warnings) == ((), (), ())
    checked.require()
    assert check_claim(facts()) == checked


DENIED = [
    ({"actor": actor(is_bot=True)}, "bot"),
    ({"actor": actor(deleted=True)}, "deactivated"),
    ({"actor": actor(home_team_id="T2")}, "outsider"),
    ({"actor": actor(is_guest=True), "roles": frozenset()}, "guest"),
    ({"roles": frozenset({Role.VIEWER})}, "role_missing"),
    ({"actor": actor(user_id="U2")}, "not_owner"),
    ({"halt": HaltState.HALTED}, "halted"),
    ({"halt": HaltState.REDUCING}, "reducing"),
    ({"link": link(environment=Environment.LIVE), "terms": terms(account=LIVE)}, "live_off"),
    ({"link": link(broken="grant revoked")}, "link_broken"),
    ({"link": link(accounts=())}, "account_unknown"),
    ({"terms": terms(account=LIVE)}, "account_unknown"),
    ({"terms": terms(account=replace(ACCOUNT, link_id="link2"))}, "account_unknown"),
    ({"link": link(accounts=(replace(link().accounts[0], is_closed=True),))}, "account_closed"),
    ({"trading_status": TradingStatus(is_closed=True)}, "account_closed"),
    ({"trading_status": TradingStatus(is_frozen=True)}, "account_frozen"),
    ({"trading_status": TradingStatus(is_closing_only=True)}, "account_closing_only"),
    ({"trading_status": None}, "status_missing"),
    ({"instrument": share(type=InstrumentType.CRYPTOCURRENCY)}, "not_tradable"),
    ({"instrument": FUTURE, "terms": terms(quantity=1, price="-6010.25", instrument=FUTURE)}, "futures_off"),
    ({"instrument": share(active=False)}, "instrument_inactive"),
    ({"instrument": share(is_closing_only=True)}, "instrument_closing_only"),
    ({"quote": None}, "quote_missing"),
    ({"quote": quote(bid=None, ask=None, last=None)}, "quote_missing"),
    ({"quote": quote(bid=D("188"), ask=D("187"))}, "quote_missing"),
    ({"quote": quote(bid=D("NaN"))}, "quote_missing"),
    ({"quote": quote(last=D("-1"))}, "quote_missing"),
    ({"quote": quote(bid=D(0), ask=D(0), last=None)}, "quote_missing"),
    ({"quote": quote(at=after(-61))}, "quote_stale"),
    ({"quote": quote(halted=True)}, "quote_halted"),
    ({"terms": MARKET, "quote": quote(session=SessionState.CLOSED)}, "market_closed"),
    ({"terms": MARKET, "quote": quote(session=SessionState.UNKNOWN)}, "market_closed"),
    ({"terms": terms(price=None, tif=TimeInForce.GTC)}, "market_gtc"),
    ({"terms": terms(price="0")}, "price_missing"),
    ({"terms": replace(terms(), price=None)}, "price_missing"),
    ({"terms": terms(price="-187.505")}, "off_tick"),
    ({"terms": terms(quantity=0)}, "quantity"),
    ({"terms": terms(quantity="1.5")}, "quantity"),
    ({"position_quantity": None}, "positions_missing"),
    ({"terms": CLOSING}, "no_position"),
    ({"terms": CLOSING, "position_quantity": D(-30)}, "no_position"),
    ({"terms": terms(Action.BUY_TO_CLOSE, 30), "position_quantity": D(30)}, "no_position"),
    ({"terms": CLOSING, "position_quantity": D(29)}, "over_position"),
    ({"terms": terms(Action.BUY_TO_CLOSE, 30), "position_quantity": D(-29)}, "over_position"),
    ({"terms": terms(Action.SELL_TO_OPEN, 30, "187.40")}, "short_not_offered"),
    ({"unresolved": (intent(IntentState.UNKNOWN, unknown_since=NOW),)}, "unresolved_order"),
    ({"position_quantity": D(-30)}, "opposite_position"),
    ({"terms": FIVE_LEGS, "instrument": _PUTS[0], "more": FOUR_MORE}, "leg_count"),
    ({"terms": SHARES_TWICE, **PUT_FACTS}, "leg_twice"),
    ({"terms": SHARES_AND_PUT, "more": FOUR_MORE[:1]}, "legs_mixed"),
    ({"terms": replace(PUTS, type=OrderType.MARKET, price=None), **PUT_FACTS}, "market_legs"),
    ({"terms": replace(STOP, time_in_force=TimeInForce.GTC)}, "stop_gtc"),
    ({"terms": replace(STOP, time_in_force=TimeInForce.EXT)}, "extended_shares"),
    ({"terms": replace(terms(), time_in_force=TimeInForce.GTD)}, "gtd_date"),
    ({"terms": replace(STOP, stop_trigger=None)}, "trigger_missing"),
    ({"terms": replace(STOP, stop_trigger=D("190.005"))}, "trigger_off_tick"),
    ({"terms": terms(price="187.50")}, "price_sign"),
    ({"terms": replace(MARKET, type=OrderType.NOTIONAL_MARKET)}, "notional_shape"),
    ({"terms": replace(terms(), group=Group.OTO)}, "group_shape"),
]


@pytest.mark.parametrize(("changes", "code"), DENIED)
def test_each_denial_has_one_code_of_the_published_list(changes, code):
    """I22, I24."""
    assert codes(**changes) == [code]


def test_every_published_code_is_used():
    assert set(CODES) == {code for _, code in DENIED}


def test_denied_carries_all_reasons():
    with pytest.raises(Denied) as caught:
        check_preview(facts(halt=HaltState.HALTED, terms=terms(price="-187.505"))).require()
    assert [r.code for r in caught.value.reasons] == ["halted", "off_tick"]
    assert caught.value.code == "halted"
    assert "187.50 or 187.51" in caught.value.message


def test_live_trading_must_be_asked_for():
    """I20."""
    live = facts(link=link(environment=Environment.LIVE), terms=terms(account=LIVE), live_trading=True)
    assert check_preview(live).denials == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"quote": None}, "no usable quote"),
        ({"quote": quote(at=after(-3600))}, "3600 s old"),
        ({"quote": quote(halted=True)}, "halted"),
        ({"trading_status": None}, "trading status"),
        ({"position_quantity": None}, "positions"),
    ],
)
def test_getting_out_is_never_blocked_by_missing_knowledge(changes, words):
    """I22, design decision 9: a closing limit passes with the missing check named; a market order does not."""
    checked = check_preview(facts(**{"terms": CLOSING, "position_quantity": D(30)} | changes))
    assert checked.denials == ()
    assert len(checked.missing) == 1
    assert words in checked.missing[0]
    assert codes(**{"terms": CLOSING_MARKET, "position_quantity": D(30)} | changes)


def test_a_closing_order_passes_what_only_forbids_opening():
    """I25."""
    checked = check_preview(
        facts(
            terms=CLOSING,
            position_quantity=D(30),
            halt=HaltState.REDUCING,
            instrument=share(is_closing_only=True),
            trading_status=TradingStatus(is_closing_only=True),
        )
    )
    assert (checked.denials, checked.missing) == ((), ())
    assert codes(terms=CLOSING, position_quantity=D(30), halt=HaltState.HALTED) == ["halted"]


def test_a_closed_sessions_quote_counts_and_is_labelled():
    """Design section 5."""
    closed = quote(session=SessionState.CLOSED, at=after(-50_000))
    checked = check_preview(facts(quote=closed))
    assert checked.denials == ()
    assert "closing quote" in checked.warnings[0]
    assert codes(terms=CLOSING_MARKET, position_quantity=D(30), quote=closed) == []


@pytest.mark.parametrize(
    ("order_terms", "seen", "words"),
    [
        (terms(price="-300"), quote(), "60 % above the ask"),
        (terms(price="-225"), quote(), None),
        (terms(price="-225.01"), quote(), "20 % above"),
        (terms(price="-100"), quote(), None),
        (terms(Action.SELL_TO_CLOSE, 30, "100"), quote(), "47 % below the bid of 187.44"),
        (terms(Action.SELL_TO_CLOSE, 30, "300"), quote(), None),
        (terms(price="-300"), quote(ask=None), "of 187.47"),
        (terms(price="-300"), quote(ask=D(0), bid=D(0)), "of 187.47"),
        (terms(Action.SELL_TO_CLOSE, 30, "0.01"), quote(bid=None, last=None), None),
        (MARKET, quote(), None),
    ],
)
def test_a_limit_far_through_the_market_is_warned_of(order_terms, seen, words):
    checked = check_preview(facts(terms=order_terms, quote=seen, position_quantity=D(30)))
    if words is None:
        assert checked.warnings == ()
    else:
        assert len(checked.warnings) == 1
        assert words in checked.warnings[0]


def test_a_delayed_quote_is_labelled():
    assert check_preview(facts(quote=quote(delayed=True))).warnings == ("the quote is delayed by 15 minutes",)


def test_an_option_order_is_held_to_its_own_grid():
    put = option(PUT)
    order_terms = terms(Action.SELL_TO_OPEN, 2, "3.45", instrument=put)
    seen = quote(put, bid=D("3.40"), ask=D("3.50"), last=None)
    assert codes(terms=order_terms, instrument=put, quote=seen) == ["off_tick"]
    fine = terms(Action.SELL_TO_OPEN, 2, "3.50", instrument=put)
    assert codes(terms=fine, instrument=put, quote=seen) == []
    cents = terms(quantity=1, price="-0.00005")
    (denial,) = check_preview(facts(terms=cents)).denials
    assert denial.words.endswith("nearest: 0.0001")
    assert denial.prices == (D("0.0001"),)


@pytest.mark.parametrize(
    ("side", "held", "quantity", "is_option", "result"),
    [
        (Side.BUY, 0, 10, False, Action.BUY_TO_OPEN),
        (Side.BUY, 5, 10, False, Action.BUY_TO_OPEN),
        (Side.BUY, -10, 10, False, Action.BUY_TO_CLOSE),
        (Side.BUY, -9, 10, False, "over_position: you are short 9: buy 9?"),
        (Side.SELL, 30, 30, False, Action.SELL_TO_CLOSE),
        (Side.SELL, 30, 31, False, "over_position: you hold 30: sell 30?"),
        (
            Side.SELL,
            0,
            10,
            False,
            "short_not_offered: you hold none; selling shares short is not offered yet",
        ),
        (
            Side.SELL,
            -5,
            10,
            False,
            "short_not_offered: you hold none; selling shares short is not offered yet",
        ),
        (Side.SELL, None, 10, False, Action.SELL_TO_CLOSE),
        (Side.BUY, None, 10, False, "positions_missing: the positions could not be read"),
        (Side.SELL, None, 1, True, "positions_missing: the positions could not be read"),
        (Side.SELL, 0, 2, True, Action.SELL_TO_OPEN),
        (Side.SELL, -2, 2, True, Action.SELL_TO_OPEN),
        (Side.SELL, 2, 2, True, Action.SELL_TO_CLOSE),
        (Side.SELL, 1, 2, True, "over_position: you hold 1: sell 1?"),
        (Side.BUY, -2, 1, True, Action.BUY_TO_CLOSE),
        (Side.BUY, -2, 3, True, "over_position: you are short 2: buy 2?"),
        (Side.BUY, 0, 3, True, Action.BUY_TO_OPEN),
    ],
)
def test_open_or_close(side, held, quantity, is_option, result):
    position = None if held is None else D(held)
    if isinstance(result, Action):
        assert resolve_action(side, position, D(quantity), is_option=is_option) is result
    else:
        with pytest.raises(Denied) as caught:
            resolve_action(side, position, D(quantity), is_option=is_option)
        reason = caught.value.reasons[0]
        assert f"{reason.code}: {reason.words}" == result
        assert reason.code in CODES


@given(st.sampled_from(Side), st.integers(-50, 50), st.integers(1, 60), st.booleans())
def test_what_is_resolved_never_turns_a_position_over(side, held, quantity, is_option):
    """I19: a closing action leaves the position at or on its side of zero."""
    try:
        action = resolve_action(side, D(held), D(quantity), is_option=is_option)
    except Denied:
        return
    result = held + quantity if side is Side.BUY else held - quantity
    assert action.side is side
    if action.closes:
        assert abs(result) < abs(held)
        assert result * held >= 0
    else:
        assert held * (1 if side is Side.BUY else -1) >= 0


def test_an_order_that_waits_for_another_one_needs_no_position_yet():
    """Nothing else is let pass with it."""
    closing = facts(
        terms=terms(Action.SELL_TO_CLOSE, price="187.50"), position_quantity=D(0), halt=HaltState.HALTED
    )
    assert {reason.code for reason in check_claim(closing).denials} == {"no_position", "halted"}
    assert {reason.code for reason in without_position(check_claim(closing)).denials} == {"halted"}
