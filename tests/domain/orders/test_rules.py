"""The broker's forms: legs, types, times, steps, and orders that hang together. I24."""

from dataclasses import replace

import pytest

from senexbot.domain.instruments import InstrumentType, OptionContract, Right, TickSize
from senexbot.domain.market import SessionState
from senexbot.domain.orders.checks import CODES, LegFacts, check_preview
from senexbot.domain.orders.rules import order_rules
from senexbot.domain.orders.terms import (
    Action,
    ChildRole,
    ChildTerms,
    Group,
    OrderType,
    TimeInForce,
)
from tests.domain.builders import PENNIES, PUT, TODAY, D, after, facts, option, quote, terms

OTHER = OptionContract("SPY", PUT.expiration, Right.PUT, D(585))
CENT = (TickSize(D("0.01")),)
STO, BTO, STC, BTC = Action.SELL_TO_OPEN, Action.BUY_TO_OPEN, Action.SELL_TO_CLOSE, Action.BUY_TO_CLOSE


def spread(first=STO, second=BTO, price="0.90", **changes):
    one = terms(first, 1, price, instrument=option(tick_sizes=CENT))
    two = terms(second, 1, price, instrument=option(OTHER, tick_sizes=CENT))
    return replace(one, legs=(*one.legs, *two.legs), **changes)


def child(role=ChildRole.TAKE_PROFIT, kind=OrderType.LIMIT, price="210", trigger=None, action=STC, **changes):
    made = ChildTerms(
        role,
        terms(action).legs,
        kind,
        None if price is None else D(price),
        TimeInForce.GTC,
        None if trigger is None else D(trigger),
    )
    return replace(made, **changes)


PROFIT = child()
LOSS = child(ChildRole.STOP_LOSS, OrderType.STOP, None, "180")
SHARES = terms()


def codes(made, ticks=PENNIES):
    return [reason.code for reason in order_rules(made, ticks, TODAY)]


@pytest.mark.parametrize(
    "made",
    [
        SHARES,
        terms(price=None),
        spread(),
        replace(SHARES, time_in_force=TimeInForce.EXT),
        replace(SHARES, time_in_force=TimeInForce.GTC_EXT_OVERNIGHT),
        replace(SHARES, time_in_force=TimeInForce.GTD, gtc_date=TODAY),
        replace(SHARES, time_in_force=TimeInForce.IOC),
        replace(SHARES, type=OrderType.STOP, price=None, stop_trigger=D(190)),
        replace(SHARES, type=OrderType.STOP_LIMIT, stop_trigger=D(190), time_in_force=TimeInForce.GTC),
        replace(terms(STC), price=None, type=OrderType.STOP, stop_trigger=D(180), time_in_force=TimeInForce.GTC),
        replace(terms(quantity=0, price=None), type=OrderType.NOTIONAL_MARKET, value=D(-500)),
        replace(SHARES, group=Group.OTOCO, children=(PROFIT, LOSS)),
        replace(SHARES, group=Group.OTO, children=(PROFIT,)),
        replace(SHARES, group=Group.OTO, children=(PROFIT, LOSS, child())),
        replace(terms(STC, price="210"), group=Group.OCO, children=(LOSS,)),
        replace(
            terms(STC, price="210"),
            group=Group.OCO,
            children=(child(ChildRole.STOP_LOSS, OrderType.STOP_LIMIT, "179", "180"),),
        ),
    ],
)  # fmt: skip
def test_what_the_broker_takes(made):
    assert codes(made) == []


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (replace(SHARES, legs=()), "leg_count"),
        (replace(spread(), legs=spread().legs * 3), "leg_count"),
        (replace(spread(), legs=spread().legs[:1] * 2), "leg_twice"),
        (replace(spread(), legs=(*spread().legs, *SHARES.legs)), "legs_mixed"),
        (spread(type=OrderType.MARKET, price=None), "market_legs"),
        (replace(terms(price=None), time_in_force=TimeInForce.GTD, gtc_date=TODAY), "market_gtc"),
        (replace(terms(price=None), time_in_force=TimeInForce.GTC), "market_gtc"),
        (
            replace(SHARES, type=OrderType.STOP, price=None, stop_trigger=D(190), time_in_force=TimeInForce.GTC),
            "stop_gtc",
        ),
        (spread(time_in_force=TimeInForce.EXT), "extended_shares"),
        (replace(terms(price=None), time_in_force=TimeInForce.EXT), "extended_shares"),
        (replace(SHARES, time_in_force=TimeInForce.GTD), "gtd_date"),
        (replace(SHARES, time_in_force=TimeInForce.GTD, gtc_date=TODAY.replace(day=22)), "gtd_date"),
        (replace(SHARES, type=OrderType.STOP, price=None), "trigger_missing"),
        (replace(SHARES, type=OrderType.STOP_LIMIT, stop_trigger=D(0)), "trigger_missing"),
        (replace(SHARES, type=OrderType.STOP, price=None, stop_trigger=D("190.005")), "trigger_off_tick"),
        (spread(price="0.905"), "off_tick"),
        (replace(SHARES, price=D("187.50")), "price_sign"),
        (replace(terms(STC), price=D("-187.50")), "price_sign"),
        (replace(terms(price=None), type=OrderType.NOTIONAL_MARKET), "notional_shape"),
        (replace(spread(), type=OrderType.NOTIONAL_MARKET, value=D(-5)), "notional_shape"),
        (replace(SHARES, children=(PROFIT,)), "group_shape"),
        (replace(SHARES, group=Group.OTO), "group_shape"),
        (replace(SHARES, group=Group.OTO, children=(PROFIT,) * 4), "group_shape"),
        (replace(SHARES, group=Group.OTOCO, children=(PROFIT,)), "group_shape"),
        (replace(SHARES, group=Group.OTOCO, children=(PROFIT, PROFIT)), "group_shape"),
        (replace(SHARES, group=Group.OTOCO, children=(LOSS, LOSS)), "group_shape"),
        (replace(SHARES, group=Group.OTOCO, children=(PROFIT, child(ChildRole.THEN, OrderType.STOP, None, "180", BTO))), "group_shape"),
        (replace(SHARES, group=Group.OCO, children=(LOSS,)), "group_shape"),
        (replace(SHARES, group=Group.OTO, children=(child(price="210.005"),)), "off_tick"),
        (replace(SHARES, group=Group.OTO, children=(child(legs=terms(STC, "1.5").legs),)), "quantity"),
        (replace(SHARES, group=Group.OTO, children=(child(kind=OrderType.NOTIONAL_MARKET, time_in_force=TimeInForce.DAY),)), "notional_shape"),
    ],
)  # fmt: skip
def test_what_it_does_not_take(made, code):
    """Pitfalls 29, 34, 36; each is told before the dry run."""
    assert code in codes(made, CENT if len(made.legs) > 1 else PENNIES)
    assert code in CODES


def test_each_form_has_one_reason_where_one_is_wrong():
    assert codes(spread(type=OrderType.MARKET, price=None), CENT) == ["market_legs"]
    assert codes(replace(SHARES, price=D("187.50"))) == ["price_sign"]


def test_the_nearest_steps_are_named():
    reasons = list(order_rules(spread(price="0.905"), CENT, TODAY))
    assert reasons[0].prices == (D("0.90"), D("0.91"))
    stop = replace(SHARES, type=OrderType.STOP, price=None, stop_trigger=D("190.005"))
    (reason,) = order_rules(stop, PENNIES, TODAY)
    assert reason.prices == (D("190.00"), D("190.01"))


def test_steps_of_other_legs_are_not_guessed():
    """What follows in another contract has other steps; they were looked at when it was resolved."""
    other = child(legs=terms(STC, instrument=option()).legs, price="1.234")
    assert codes(replace(SHARES, group=Group.OTO, children=(other,))) == []
    trigger = child(ChildRole.THEN, OrderType.STOP, None, "1.234", legs=other.legs)
    assert codes(replace(SHARES, group=Group.OTO, children=(trigger,))) == []


# -- several legs in the whole of the checks ---------------------------------------------------------------


def legs_facts(made=None, **changes):
    """The facts of a put vertical; each leg with a quote and no position."""
    first, second = option(tick_sizes=CENT), option(OTHER, tick_sizes=CENT)
    values = {
        "terms": made or spread(),
        "instrument": first,
        "quote": quote(first, bid=D("3.95"), ask=D("4.05"), last=None),
        "more": (LegFacts(second, quote(second, bid=D("3.05"), ask=D("3.15"), last=None), D(0)),),
        "today": TODAY,
    }
    return facts(**values | changes)


def with_second(**changes):
    (second,) = legs_facts().more
    return (replace(second, **changes),)


def test_several_legs_are_clear():
    assert check_preview(legs_facts()).denials == ()
    assert check_preview(legs_facts()).warnings == ()


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"more": with_second(quote=None)}, "quote_missing", "SPY 18 Dec 26 585 put"),
        ({"more": with_second(quote=quote(bid=D(2), ask=D(1)))}, "quote_missing", "585 put"),
        ({"quote": None}, "quote_missing", "590 put"),
        ({"more": with_second(quote=quote(at=after(-90)))}, "quote_stale", "585 put is 90 s old"),
        ({"more": with_second(quote=quote(halted=True))}, "quote_halted", "585 put"),
        ({"more": with_second(position_quantity=None)}, "positions_missing", "positions"),
        ({"more": with_second(position_quantity=D(-1))}, "opposite_position", "585 put the other way"),
        ({"position_quantity": D(1)}, "opposite_position", "590 put the other way"),
        ({"more": ()}, "quote_missing", "nothing is known of some of the legs"),
        (
            {"more": with_second(instrument=option(OTHER, active=False))},
            "instrument_inactive",
            "585 put does not trade",
        ),
        (
            {"more": with_second(instrument=option(OTHER, is_closing_only=True))},
            "instrument_closing_only",
            "585 put",
        ),
        (
            {"more": with_second(instrument=option(OTHER, type=InstrumentType.FUTURE_OPTION))},
            "not_tradable",
            "Future Option",
        ),
    ],
)
def test_each_leg_is_looked_at_and_named(changes, code, words):
    """I22."""
    (denial,) = check_preview(legs_facts(**changes)).denials
    assert denial.code == code
    assert words in denial.words


@pytest.mark.parametrize(
    ("held", "code"), [(0, "no_position"), (-5, None), (-1, "over_position"), (5, "no_position")]
)
def test_no_closing_leg_exceeds_what_it_closes(held, code):
    """I19."""
    made = spread(BTC, STO, "-0.90")
    made = replace(made, legs=tuple(replace(leg, quantity=D(2)) for leg in made.legs))
    found = [d.code for d in check_preview(legs_facts(made, position_quantity=D(held))).denials]
    assert found == ([code] if code else [])


def test_a_closing_spread_passes_with_each_missing_check_named():
    """I22, design decision 9."""
    made = spread(BTC, STC, "-0.90")
    checked = check_preview(
        legs_facts(
            made, quote=None, position_quantity=D(-1), more=with_second(quote=None, position_quantity=D(1))
        )
    )
    assert checked.denials == ()
    assert len(checked.missing) == 2
    assert "590 put" in checked.missing[0]
    assert "585 put" in checked.missing[1]


def test_a_net_price_far_from_the_market_is_warned_of():
    (warning,) = check_preview(legs_facts(spread(price="0.50"))).warnings
    assert warning == "0.50 credit is 38 % worse than the market's 0.80 credit"
    assert check_preview(legs_facts(spread(price="0.70"))).warnings == ()
    assert check_preview(legs_facts(spread(price="2"))).warnings == ()
    (warning,) = check_preview(legs_facts(spread(BTO, STO, "-2"))).warnings
    assert warning == "2.00 debit is 100 % worse than the market's 1.00 debit"
    bare = legs_facts(spread(price="0.50"), more=with_second(quote=quote(bid=None, ask=None, last=D(3))))
    assert check_preview(bare).warnings == ()


def test_dollars_are_counted_at_the_bid():
    sold = replace(terms(STC, 0, None), type=OrderType.NOTIONAL_MARKET, value=D(1000))
    assert [d.code for d in check_preview(facts(terms=sold, position_quantity=D(5))).denials] == [
        "over_position"
    ]
    assert check_preview(facts(terms=sold, position_quantity=D(6))).denials == ()
    bought = replace(terms(BTO, 0, None), type=OrderType.NOTIONAL_MARKET, value=D(-1000))
    assert check_preview(facts(terms=bought)).denials == ()
    bare = facts(terms=sold, position_quantity=D(6), quote=quote(bid=None))
    assert check_preview(bare).denials == ()
    closed = facts(terms=bought, quote=quote(session=SessionState.CLOSED))
    assert [d.code for d in check_preview(closed).denials] == ["market_closed"]
