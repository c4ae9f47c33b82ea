"""What is said becomes exactly the request that a person would write by hand, and the broker's dry run takes it.

Real SDK, real sockets, one broker simulator for the module, its clock on a Monday morning.
"""

import asyncio
import json
import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import pytest_asyncio

from senexbot.broker.composing import compose
from senexbot.domain.instruments import OptionContract, Right
from senexbot.domain.language.said import (
    AtDelta,
    AtStrike,
    AtTheMoney,
    CloseSaid,
    Contract,
    Effect,
    InDays,
    LegSaid,
    Limit,
    Market,
    Monthly,
    OnDate,
    OrderSaid,
    Part,
    Pegged,
    PercentOut,
    Reference,
    RollSaid,
    SameDelta,
    SameStrike,
    Shares,
    Spread,
    Standing,
    Strategy,
    Units,
    WideFrom,
)
from senexbot.domain.resolving import CannotResolve
from senexbot.domain.terms import Side, TimeInForce
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.resolving import Resolving
from senexsim.broker.server import BrokerSim

from .kit import SteeredClock, account, control, simulated

pytestmark = pytest.mark.asyncio(loop_scope="module")

MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
DEC, JAN15 = date(2026, 12, 18), date(2027, 1, 15)
PUT, CALL = Right.PUT, Right.CALL
BUY, SELL = Side.BUY, Side.SELL
MID = Pegged(Reference.MID)


class MondayClock(SteeredClock):
    """The wall clock on that Monday; the one that never jumps is the machine's."""

    def __init__(self):
        super().__init__()
        self.added = MONDAY - datetime.now(UTC)

    def monotonic(self):
        return time.monotonic()


class Floor:
    """The adapter, the resolver and the judge."""

    def __init__(self, sim, broker, clock):
        self.sim, self.broker = sim, broker
        self.resolving = Resolving(reads=broker.reads, clock=clock, exchange_zone=EXCHANGE_ZONE)
        self.account = account(sim.info["users"][1]["accounts"][0])

    async def resolve(self, said):
        found, status = await self.resolving.resolve(self.account, said)
        assert status is not None
        return found

    async def body(self, said):
        """The request body, without what differs from one order to the next; taken by the dry run."""
        (found,) = await self.resolve(said)
        sent = compose(found.terms, "sx1-p-test")
        estimate = await self.broker.desk.dry_run(self.account, sent)
        assert estimate.buying_power_before
        body = json.loads(sent)
        del body["source"], body["external-identifier"]
        return body

    async def pin(self, strike, right, bid, ask, day=DEC):
        symbol = OptionContract("SPY", day, right, Decimal(strike)).occ
        await control(self.sim, "quote", {"symbol": symbol, "bid": bid, "ask": ask})

    async def hold(self, symbol, quantity, average="1.00"):
        await control(
            self.sim,
            "position",
            {
                "account": self.account.number,
                "symbol": symbol,
                "quantity": quantity,
                "average_open_price": average,
            },
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def floor():
    async with BrokerSim(port=0, seed=1) as sim:
        await control(sim, "clock", {"now": MONDAY.isoformat()})
        clock = MondayClock()
        async with simulated(sim, user=1, clock=clock) as broker:
            yield Floor(sim, broker, clock)


def at(strike, right=None, **more):
    return LegSaid(AtStrike(Decimal(strike)), right, **more)


ON_DEC = OnDate(DEC)


def spread(strategy, *legs, expiration=ON_DEC, **more):
    return Spread("SPY", strategy, legs, expiration, **more)


def say(side, number, what, pricing, **more):
    amount = Units(Decimal(number)) if isinstance(number, int) else number
    return OrderSaid(side, amount, what, pricing, **more)


def credit(price):
    return Limit(Decimal(price), Effect.CREDIT)


def debit(price):
    return Limit(Decimal(price), Effect.DEBIT)


def leg(action, quantity, symbol):
    kind = "Equity Option" if len(symbol) > 6 else "Equity"
    return {"action": action, "instrument-type": kind, "quantity": quantity, "symbol": symbol}


def order(price, effect, *legs, **more):
    body = {"legs": list(legs), "order-type": "Limit", "time-in-force": "Day"}
    if price is not None:
        body |= {"price": price, "price-effect": effect}
    return body | more


P580, P575 = "SPY   261218P00580000", "SPY   261218P00575000"
C615, C620 = "SPY   261218C00615000", "SPY   261218C00620000"
P597, C597 = "SPY   261218P00597000", "SPY   261218C00597000"
P587, C607 = "SPY   261218P00587000", "SPY   261218C00607000"
C590, C600, C610 = "SPY   261218C00590000", "SPY   261218C00600000", "SPY   261218C00610000"
J600 = "SPY   270115C00600000"

STO, BTO = "Sell to Open", "Buy to Open"

BY_HAND = [
    (
        say(SELL, 2, spread(Strategy.SINGLE, at(580, PUT)), Limit(Decimal("4.00"))),
        order("4", "Credit", leg(STO, 2, P580)),
    ),
    (
        say(BUY, 3, Contract(OptionContract("SPY", DEC, CALL, Decimal(615))), Limit(Decimal("1.25"))),
        order("1.25", "Debit", leg(BTO, 3, C615)),
    ),
    (
        say(SELL, 1, spread(Strategy.VERTICAL, at(580, PUT), at(575, PUT)), credit("0.90")),
        order("0.9", "Credit", leg(STO, 1, P580), leg(BTO, 1, P575)),
    ),
    (
        say(BUY, 2, spread(Strategy.VERTICAL, at(615, CALL), at(620, CALL)), debit("0.75")),
        order("0.75", "Debit", leg(BTO, 2, C615), leg(STO, 2, C620)),
    ),
    (
        say(
            SELL,
            2,
            spread(Strategy.STRANGLE, at(580, PUT), at(615, CALL)),
            credit("6.10"),
            standing=Standing(TimeInForce.GTC),
        ),
        order("6.1", "Credit", leg(STO, 2, P580), leg(STO, 2, C615), **{"time-in-force": "GTC"}),
    ),
    (
        say(BUY, 1, spread(Strategy.STRADDLE, at(597, PUT), at(597, CALL)), debit("19.00")),
        order("19", "Debit", leg(BTO, 1, P597), leg(BTO, 1, C597)),
    ),
    (
        say(
            SELL,
            1,
            spread(Strategy.IRON_CONDOR, at(580, PUT), at(575, PUT), at(615, CALL), at(620, CALL)),
            credit("1.20"),
        ),
        order("1.2", "Credit", leg(STO, 1, P580), leg(BTO, 1, P575), leg(STO, 1, C615), leg(BTO, 1, C620)),
    ),
    (
        say(
            SELL,
            1,
            spread(
                Strategy.IRON_BUTTERFLY,
                at(597, PUT),
                LegSaid(WideFrom(Decimal(10)), PUT),
                at(597, CALL),
                LegSaid(WideFrom(Decimal(10)), CALL),
            ),
            credit("8.00"),
        ),
        order("8", "Credit", leg(STO, 1, P597), leg(BTO, 1, P587), leg(STO, 1, C597), leg(BTO, 1, C607)),
    ),
    (
        say(
            BUY,
            1,
            spread(Strategy.BUTTERFLY, at(590), at(600, ratio=2), at(610), right=CALL),
            debit("1.50"),
        ),
        order("1.5", "Debit", leg(BTO, 1, C590), leg(STO, 2, C600), leg(BTO, 1, C610)),
    ),
    (
        say(
            BUY,
            2,
            spread(
                Strategy.CALENDAR,
                at(600, CALL, expiration=OnDate(DEC)),
                LegSaid(SameStrike(), CALL, OnDate(JAN15)),
                expiration=None,
            ),
            debit("4.00"),
        ),
        order("4", "Debit", leg(STO, 2, C600), leg(BTO, 2, J600)),
    ),
    (
        say(
            BUY,
            1,
            spread(
                Strategy.DIAGONAL,
                at(610, CALL, expiration=OnDate(DEC)),
                at(600, CALL, expiration=OnDate(JAN15)),
                expiration=None,
            ),
            debit("9.00"),
        ),
        order("9", "Debit", leg(STO, 1, C610), leg(BTO, 1, J600)),
    ),
    (
        say(BUY, 1, spread(Strategy.RATIO, at(600), at(610, ratio=2), right=CALL), debit("0.30")),
        order("0.3", "Debit", leg(BTO, 1, C600), leg(STO, 2, C610)),
    ),
    (
        say(
            SELL,
            1,
            spread(Strategy.LEGS, at(580, PUT, side=SELL), at(575, PUT, side=BUY), at(620, CALL, side=SELL)),
            credit("2.80"),
        ),
        order("2.8", "Credit", leg(STO, 1, P580), leg(BTO, 1, P575), leg(STO, 1, C620)),
    ),
    (
        say(BUY, 100, Shares("AAPL"), Limit(Decimal("187.50"))),
        order("187.5", "Debit", leg(BTO, 100, "AAPL")),
    ),
    (
        say(BUY, 10, Shares("AAPL"), Market()),
        order(None, None, leg(BTO, 10, "AAPL"), **{"order-type": "Market"}),
    ),
]


async def _steady(floor):
    """The markets that the prices above were written against."""
    quotes = {
        (580, PUT): ("3.95", "4.05"),
        (575, PUT): ("3.05", "3.15"),
        (615, CALL): ("2.10", "2.20"),
        (620, CALL): ("1.30", "1.40"),
        (597, PUT): ("9.40", "9.50"),
        (597, CALL): ("9.60", "9.70"),
        (587, PUT): ("5.40", "5.50"),
        (607, CALL): ("4.60", "4.70"),
        (590, CALL): ("14.00", "14.10"),
        (600, CALL): ("7.90", "8.00"),
        (610, CALL): ("3.70", "3.80"),
    }
    await asyncio.gather(*(floor.pin(s, r, *q) for (s, r), q in quotes.items()))
    await floor.pin(600, CALL, "12.10", "12.30", day=JAN15)


@pytest.mark.parametrize(("said", "written"), BY_HAND, ids=lambda v: getattr(v, "what", None) and str(v.side))
async def test_said_and_written_by_hand(floor, said, written):
    await _steady(floor)
    assert await floor.body(said) == written


async def test_what_the_live_market_decides_is_told(floor):
    """`sell 2 SPY strangles 45d 20Δ at mid`: chain, greeks and quotes, with the choices in words."""
    what = Spread(
        "SPY",
        Strategy.STRANGLE,
        (LegSaid(AtDelta(Decimal(20)), PUT), LegSaid(AtDelta(Decimal(20)), CALL)),
        InDays(45),
    )
    (found,) = await floor.resolve(say(SELL, 2, what, MID))
    line = found.choices[0].words
    assert line.startswith("8 Jan 27 (46 days, nearest to 45): ")
    assert "put Δ −0.2" in line or "put Δ −0.1" in line
    assert found.terms.price > 0
    asked = await control(floor.sim, "requests", method="GET")
    assert sum("option-chains/SPY" in r["path"] for r in asked["requests"]) == 1
    body = await floor.body(say(SELL, 2, what, MID))
    assert [one["action"] for one in body["legs"]] == [STO, STO]


@pytest.mark.parametrize("reference", Reference)
async def test_mid_bid_and_ask_of_all_legs(floor, reference):
    await _steady(floor)
    what = spread(Strategy.IRON_CONDOR, at(580, PUT), at(575, PUT), at(615, CALL), at(620, CALL))
    body = await floor.body(say(SELL, 1, what, Pegged(reference)))
    assert (body["price"], body["price-effect"]) == (
        {"bid": "1.5", "mid": "1.7", "ask": "1.9"}[reference.value],
        "Credit",
    )


async def test_percent_and_money(floor):
    what = Spread(
        "SPY",
        Strategy.STRANGLE,
        (LegSaid(PercentOut(Decimal(4)), PUT), LegSaid(PercentOut(Decimal(4)), CALL)),
        Monthly(),
    )
    body = await floor.body(say(SELL, 1, what, MID))
    assert body["legs"][0]["symbol"][6:13] == "261218P"
    straddle = Spread(
        "SPX", Strategy.STRADDLE, (LegSaid(AtTheMoney(), PUT), LegSaid(AtTheMoney(), CALL)), Monthly()
    )
    (found,) = await floor.resolve(say(SELL, 1, straddle, MID))
    assert {one.symbol[:4] for one in found.terms.legs} == {"SPX "}
    assert found.terms.price % Decimal("0.05") == 0
    assert "SPX settles in the morning; SPXW expires that day too" in {c.words for c in found.choices}


async def test_close_half_all_and_roll_what_is_held(floor):
    """I19: the strict flag goes with each leg that closes."""
    await _steady(floor)
    await floor.hold(P580, -4, "3.00")
    await floor.hold(C615, -4, "2.50")
    try:
        half = await floor.body(CloseSaid(Part(1, 2), "SPY"))
        strict = {"advanced-instructions": {"strict-position-effect-validation": True}}
        assert half == order(
            "6.15", "Debit", leg("Buy to Close", 2, C615), leg("Buy to Close", 2, P580), **strict
        )
        rolled = await floor.body(RollSaid("SPY", OnDate(JAN15), SameStrike(), right=PUT))
        assert [(one["action"], one["symbol"]) for one in rolled["legs"]] == [
            ("Buy to Close", P580),
            (STO, "SPY   270115P00580000"),
        ]
        assert rolled["price-effect"] == "Credit"
        both = await floor.body(RollSaid("SPY", OnDate(JAN15), SameDelta()))
        assert len(both["legs"]) == 4
        with pytest.raises(CannotResolve) as caught:
            await floor.resolve(say(BUY, 5, spread(Strategy.SINGLE, at(580, PUT)), MID))
        assert caught.value.code == "crosses_zero"
        assert caught.value.instead[0].amount == Units(Decimal(4))
    finally:
        await floor.hold(P580, 0)
        await floor.hold(C615, 0)


async def test_a_symbol_that_is_not_known_offers_the_nearest(floor):
    with pytest.raises(CannotResolve) as caught:
        await floor.resolve(say(BUY, 1, Shares("AAP"), MID))
    assert caught.value.code == "unknown_symbol"
    assert "AAPL" in {one.what.symbol for one in caught.value.instead}


async def test_a_covered_call_and_a_collar_against_shares_that_are_held(floor):
    await _steady(floor)
    await floor.hold("SPY", 200, "590.00")
    try:
        call = say(SELL, 2, spread(Strategy.COVERED_CALL, at(615, CALL)), Limit(Decimal("2.20")))
        assert await floor.body(call) == order("2.2", "Credit", leg(STO, 2, C615))
        collar = say(BUY, 2, spread(Strategy.COLLAR, at(580, PUT), at(615, CALL)), debit("1.80"))
        assert await floor.body(collar) == order("1.8", "Debit", leg(BTO, 2, P580), leg(STO, 2, C615))
        sold = say(SELL, Part(1, 2), Shares("SPY"), Limit(Decimal("601.00")))
        strict = {"advanced-instructions": {"strict-position-effect-validation": True}}
        assert await floor.body(sold) == order("601", "Credit", leg("Sell to Close", 100, "SPY"), **strict)
    finally:
        await floor.hold("SPY", 0)
