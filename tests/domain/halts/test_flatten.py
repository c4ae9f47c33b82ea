"""The way out: every position is closed or named, nothing opens, and no short option is left alone."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.halts.flatten import (
    Closing,
    Stage,
    closed_quantity,
    closings,
    held_words,
    kept_back,
    left_of,
    limit_for,
)
from senexbot.domain.instruments import InstrumentType, OptionContract, Right
from senexbot.domain.market import Position, SessionState
from senexbot.domain.money import on_tick
from senexbot.domain.orders.net import net_of, net_ticks
from senexbot.domain.orders.terms import Action, Side
from tests.domain.builders import NOW, option, quote, share

DEC, JAN = date(2026, 12, 18), date(2027, 1, 15)


def contract(right: Right, strike: int, day: date = DEC, root: str = "SPY") -> OptionContract:
    return OptionContract(root, day, right, Decimal(strike))


def put(strike: int, day: date = DEC, root: str = "SPY"):
    return option(contract(Right.PUT, strike, day, root))


def call(strike: int, day: date = DEC, root: str = "SPY"):
    return option(contract(Right.CALL, strike, day, root))


def position(instrument, quantity) -> Position:
    return Position(
        "5WT00001",
        instrument.symbol,
        instrument.type,
        instrument.underlying,
        Decimal(str(quantity)),
        instrument.multiplier,
        Decimal(1),
        None,
        None,
    )


def planned(*held):
    return closings(
        [position(instrument, quantity) for instrument, quantity in held],
        {instrument.symbol: instrument for instrument, _ in held},
    )


def said(orders: tuple[Closing, ...]) -> list[tuple[Stage, str]]:
    return [
        (
            order.stage,
            " + ".join(
                f"{leg.action.side.value} {leg.quantity} {leg.words.removeprefix('SPY 18 Dec 26 ')}"
                for leg in order.legs
            ),
        )
        for order in orders
    ]


@pytest.mark.parametrize(
    ("held", "orders"),
    [
        ((), []),
        (((share(), 100),), [(Stage.LONG_SHARES, "sell 100 AAPL")]),
        (((share(), -100),), [(Stage.SHORT_SHARES, "buy 100 AAPL")]),
        (
            ((put(590), -2), (call(640), -2)),
            [(Stage.SHORT_OPTIONS, "buy 2 640 call + buy 2 590 put")],
        ),
        (
            ((put(580), 2), (put(590), -2), (call(640), -2), (call(650), 2)),
            [(Stage.SHORT_OPTIONS, "buy 2 640 call + sell 2 650 call + sell 2 580 put + buy 2 590 put")],
        ),
        # a butterfly is one order, in its own ratio
        (
            ((put(580), 1), (put(590), -2), (put(600), 1)),
            [(Stage.SHORT_OPTIONS, "sell 1 580 put + buy 2 590 put + sell 1 600 put")],
        ),
        # numbers that are no ratio: as a spread as far as both go, then the rest
        (
            ((put(580), 7), (put(590), -4)),
            [
                (Stage.SHORT_OPTIONS, "buy 4 590 put + sell 4 580 put"),
                (Stage.LONG_OPTIONS, "sell 3 580 put"),
            ],
        ),
        # what is short first, shares that cover it last
        (
            ((share("SPY"), 200), (call(640), -2)),
            [(Stage.SHORT_OPTIONS, "buy 2 640 call"), (Stage.LONG_SHARES, "sell 200 SPY")],
        ),
        # a calendar: the later expiration covers, and waits
        (
            ((put(590), -1), (put(590, JAN), 1)),
            [(Stage.SHORT_OPTIONS, "buy 1 590 put"), (Stage.LONG_OPTIONS, "sell 1 SPY 15 Jan 27 590 put")],
        ),
        # a backspread with a later expiration: its extra long option may cover that, and waits
        (
            ((put(580), 2), (put(590), -1), (put(590, JAN), 1)),
            [
                (Stage.SHORT_OPTIONS, "buy 1 590 put + sell 1 580 put"),
                (Stage.LONG_OPTIONS, "sell 1 580 put"),
                (Stage.LONG_OPTIONS, "sell 1 SPY 15 Jan 27 590 put"),
            ],
        ),
        # more than four legs: shorts with their own longs, never through a pair
        (
            (*tuple((put(strike), -1) for strike in (560, 570, 580)), (put(550), 1), (put(555), 1)),
            [
                (Stage.SHORT_OPTIONS, "buy 1 560 put + sell 1 550 put + buy 1 570 put + sell 1 555 put"),
                (Stage.SHORT_OPTIONS, "buy 1 580 put"),
            ],
        ),
        (
            tuple((call(strike), 1) for strike in range(600, 606)),
            [
                (Stage.LONG_OPTIONS, "sell 1 600 call + sell 1 601 call + sell 1 602 call + sell 1 603 call"),
                (Stage.LONG_OPTIONS, "sell 1 604 call + sell 1 605 call"),
            ],
        ),
    ],
)
def test_what_is_closed_in_which_order(held, orders):
    found, left = planned(*held)
    assert (said(found), left) == (orders, ())


def test_what_cannot_be_closed_is_named_with_what_to_do():
    future = share("/ESZ6", type=InstrumentType.CRYPTOCURRENCY)
    half = put(590)
    gone = share("GONE", active=False)
    positions = [
        position(share(), "10.5"),
        position(share("TINY"), "0.4"),
        position(future, 1),
        position(gone, 5),
    ]
    positions += [position(share("WHAT"), 7), position(half, "-1.5")]
    known = {one.symbol: one for one in (share(), share("TINY"), future, gone, half)}
    found, left = closings(positions, known)
    assert said(found) == [(Stage.LONG_SHARES, "sell 10 AAPL")]
    assert [(one.symbol, str(one.quantity)) for one in left] == [
        ("/ESZ6", "1"),
        ("AAPL", "0.5"),
        ("GONE", "5"),
        (half.symbol, "-1.5"),
        ("TINY", "0.4"),
        ("WHAT", "7"),
    ]
    assert all(one.why for one in left)
    assert held_words(Decimal(-2), "SPY") == "2 SPY short"
    assert held_words(Decimal(100), "AAPL") == "100 AAPL long"


# --- laws ----------------------------------------------------------------------------------------

INSTRUMENTS = (
    share("AAPL"),
    share("SPY"),
    *(
        option(OptionContract(root, day, right, Decimal(strike)))
        for root in ("SPY", "QQQ")
        for day in (DEC, DEC + timedelta(days=7))
        for right in Right
        for strike in (580, 590, 600, 610)
    ),
)
SHARES, OPTIONS = [one.symbol for one in INSTRUMENTS[:2]], [one.symbol for one in INSTRUMENTS[2:]]
ACCOUNTS = st.builds(
    lambda shares, options: {**shares, **options},
    st.dictionaries(st.sampled_from(SHARES), st.decimals("-300", "300", places=1).filter(bool)),
    st.dictionaries(st.sampled_from(OPTIONS), st.integers(-9, 9).filter(bool), max_size=12),
)


def uncovered(held) -> Decimal:
    """Short options that no long one of their right, of their own or a later expiration, stands behind."""
    total = Decimal(0)
    for root in ("SPY", "QQQ"):
        for right in Right:
            mine = [
                (one.option.expiration, Decimal(str(held.get(one.symbol, 0))))
                for one in INSTRUMENTS
                if one.option and (one.option.root, one.option.right) == (root, right)
            ]
            behind = Decimal(0)
            for day in sorted({day for day, _ in mine}, reverse=True):
                behind += sum(q for d, q in mine if d == day and q > 0)
                short = -sum(q for d, q in mine if d == day and q < 0)
                total += max(short - behind, Decimal(0))
                behind = max(behind - short, Decimal(0))
    return total


def without(held, order):
    rest = dict(held)
    for leg in order.legs:
        signed = leg.quantity if leg.action.side is Side.BUY else -leg.quantity
        rest[leg.symbol] = Decimal(str(rest[leg.symbol])) + signed
    return rest


@given(ACCOUNTS)
def test_i19_everything_is_closed_or_named_and_nothing_opens(held):
    known = {one.symbol: one for one in INSTRUMENTS}
    orders, left = planned(*((known[symbol], quantity) for symbol, quantity in held.items()))
    total = closed_quantity(orders)
    for one in left:
        total[one.symbol] = total.get(one.symbol, Decimal(0)) + one.quantity
    assert total == {symbol: Decimal(str(q)) for symbol, q in held.items() if q}
    for order in orders:
        assert 1 <= len(order.legs) <= 4
        assert len({leg.symbol for leg in order.legs}) == len(order.legs)
        for leg, instrument in zip(order.legs, order.instruments, strict=True):
            assert leg.action.closes
            assert leg.quantity > 0
            assert leg.quantity == leg.quantity.to_integral_value()
            assert (leg.action is Action.SELL_TO_CLOSE) == (held[leg.symbol] > 0)
            assert instrument.symbol == leg.symbol
        if len(order.legs) > 1:
            days = {i.option.expiration for i in order.instruments if i.option}
            assert len(days) == 1
            assert None not in {i.option for i in order.instruments}


@given(ACCOUNTS, st.randoms(use_true_random=False))
def test_no_order_of_a_stage_leaves_a_short_option_alone_whichever_fills_first(held, chance):
    """Those of one stage are sent side by side: in any order of their fills nothing becomes uncovered."""
    known = {one.symbol: one for one in INSTRUMENTS}
    orders, _ = planned(*((known[symbol], quantity) for symbol, quantity in held.items()))
    rest = held
    for stage in Stage:
        those = [order for order in orders if order.stage is stage]
        chance.shuffle(those)
        for order in those:
            after = without(rest, order)
            assert uncovered(after) <= uncovered(rest)
            rest = after


@given(ACCOUNTS, st.sets(st.sampled_from(OPTIONS)), st.sets(st.integers(0, 8)))
def test_what_covers_a_short_that_is_left_stays_with_it(held, unknown, unpriced):
    """Options that cannot be closed, and orders without a price."""
    known = {one.symbol: one for one in INSTRUMENTS}
    positions = [position(known[symbol], quantity) for symbol, quantity in held.items()]
    orders, left = closings(positions, {s: one for s, one in known.items() if s not in unknown})
    rest = list(left)
    for number in unpriced:
        if number < len(orders):
            rest += left_of(orders[number], "no market")
    sent, all_left = kept_back([o for n, o in enumerate(orders) if n not in unpriced], rest)
    total = closed_quantity(sent)
    for one in all_left:
        total[one.symbol] = total.get(one.symbol, Decimal(0)) + one.quantity
    assert total == {symbol: Decimal(str(q)) for symbol, q in held.items() if q}
    after = held
    for order in sent:
        after = without(after, order)
    assert uncovered(after) <= uncovered(held)
    for one in all_left:
        shares = [o for o in sent if o.underlying == one.underlying and o.stage is Stage.LONG_SHARES]
        assert not (one.quantity < 0 and shares)


@given(ACCOUNTS)
def test_what_is_short_goes_before_what_covers_it(held):
    known = {one.symbol: one for one in INSTRUMENTS}
    orders, _ = planned(*((known[symbol], quantity) for symbol, quantity in held.items()))
    stages = [order.stage for order in orders]
    assert stages == list(accumulate(stages, max))
    for order in orders:
        shorts = any(leg.action is Action.BUY_TO_CLOSE for leg in order.legs)
        assert shorts == (order.stage in {Stage.SHORT_OPTIONS, Stage.SHORT_SHARES})


# --- prices --------------------------------------------------------------------------------------


def priced(*held, collar=None, **quotes):
    (order,), _ = planned(*held)
    given_quotes = [
        quote(instrument, at=NOW, bid=Decimal(bid), ask=Decimal(ask), last=None, **quotes)
        for instrument, (bid, ask) in zip(order.instruments, PRICES[len(order.legs)], strict=True)
    ]
    return limit_for(order, given_quotes, collar)


PRICES = {
    1: [("187.44", "187.50")],
    2: [("1.00", "1.05"), ("3.40", "3.45")],
}


def test_the_limit_goes_a_little_through_the_market_and_never_beyond_the_collar():
    assert priced((share(), 100)).price == Decimal("185.57")  # 187.44 less 1 %, on the grid
    assert priced((share(), -100)).price == Decimal("-189.37")
    assert priced((share(), 100), collar=Decimal("0.5")).price == Decimal("186.51")
    assert priced((share(), 100), collar=Decimal(0)).price == Decimal("187.43")  # one step at least


def test_a_spread_is_priced_as_one():
    """Buy back 3.45, sell at 1.00: a debit of 2.45, and a step more."""
    assert priced((put(580), 1), (put(590), -1)).price == Decimal("-2.50")


def test_without_a_market_there_is_no_price_and_it_says_so():
    (order,), _ = planned((share(), 100))
    for bad in (None, quote(bid=None, ask=None), quote(bid=Decimal(2), ask=Decimal(1))):
        assert limit_for(order, [bad]).price is None
        assert "no market for AAPL" in limit_for(order, [bad]).why
    closed = limit_for(order, [quote(session=SessionState.CLOSED)])
    assert (closed.price, closed.is_closed) == (None, True)
    assert "halted" in limit_for(order, [quote(halted=True)]).why


def test_what_nobody_bids_for_is_offered_at_the_smallest_step():
    (order,), _ = planned((put(400), 1))
    worthless = quote(order.instruments[0], bid=Decimal(0), ask=Decimal("0.05"))
    offered = limit_for(order, [worthless])
    assert offered.price == Decimal("0.05")
    assert "may not fill" in offered.note
    cheap = quote(order.instruments[0], bid=Decimal("0.05"), ask=Decimal("0.10"))
    assert limit_for(order, [cheap]) == limit_for(order, [cheap], Decimal(50))
    assert limit_for(order, [cheap]).price == Decimal("0.05")
    assert not limit_for(order, [cheap]).note
    (pair,), _ = planned((put(400), 1), (put(410), -1))
    even = [quote(one, bid=Decimal("1.00"), ask=Decimal("1.00")) for one in pair.instruments]
    assert limit_for(pair, even).price == Decimal("-0.05")
    dear = [
        quote(pair.instruments[0], bid=Decimal("1.05"), ask=Decimal("1.05")),
        quote(pair.instruments[1], bid=Decimal("1.00"), ask=Decimal("1.00")),
    ]
    assert limit_for(pair, dear).price == Decimal("-0.05")  # a price of zero is none


@given(
    st.decimals("0.01", "900", places=2),
    st.decimals("0", "5", places=2),
    st.sampled_from((100, -100)),
    st.none() | st.decimals("0", "50", places=1),
)
def test_a_limit_is_on_the_grid_marketable_and_within_the_collar(bid, spread, quantity, collar):
    (order,), _ = planned((share(), quantity))
    around = [quote(bid=bid, ask=bid + spread, last=None)]
    found = limit_for(order, around, collar)
    net = net_of(order.legs, around)
    assert found.price is not None
    assert net is not None
    assert on_tick(abs(found.price), net_ticks(order.instruments))
    assert (found.price > 0) == (quantity > 0)
    if net.natural > Decimal("0.02") or quantity < 0:
        assert found.price <= net.natural  # it trades at once
    through = net.natural - found.price
    allowed = max(abs(net.natural) * min(Decimal(1), collar if collar is not None else Decimal(1)) / 100, 0)
    assert through <= max(allowed, Decimal("0.02"))
