"""What is typed becomes exactly the request that a person would write by hand, and the broker's dry run takes it.

Real SDK, real sockets, one broker simulator for the module, its clock on a Monday morning.
"""

import json
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain, cycle

import pytest
import pytest_asyncio

from senexbot.broker.composing import compose
from senexbot.domain.errors import ParseError
from senexbot.domain.instruments import OptionContract, Right
from senexbot.domain.language import parse
from senexbot.domain.resolving import CannotResolve
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.orders.resolving import Resolving
from senexsim.broker.server import BrokerSim

from .kit import SteeredClock, account, control, simulated
from .order_texts import TABLE

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINKS = 8
MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TODAY, DEC, JAN15 = date(2026, 11, 23), date(2026, 12, 18), date(2027, 1, 15)
PUT, CALL = Right.PUT, Right.CALL
# The markets that the table was written against; all else is the simulator's own.
SHARES = {"SPY": ("597.39", "597.41"), "AAPL": ("187.44", "187.50"), "IWM": ("228.59", "228.61")}
FUTURES = {"/ESZ6": ("6010", "6010.25"), "/MESZ6": ("6010", "6010.25"), "/CLF7": ("63.40", "63.41")}
OPTIONS = {
    ("SPY", 580, PUT): ("3.95", "4.05"),
    ("SPY", 575, PUT): ("3.05", "3.15"),
    ("SPY", 615, CALL): ("2.10", "2.20"),
    ("SPY", 620, CALL): ("1.30", "1.40"),
    ("SPY", 597, PUT): ("9.40", "9.50"),
    ("SPY", 597, CALL): ("9.60", "9.70"),
    ("SPY", 587, PUT): ("5.40", "5.50"),
    ("SPY", 607, CALL): ("4.60", "4.70"),
    ("SPY", 590, CALL): ("14.00", "14.10"),
    ("SPY", 600, CALL): ("7.90", "8.00"),
    ("SPY", 610, CALL): ("3.70", "3.80"),
    ("IWM", 220, PUT): ("2.35", "2.45"),
    ("IWM", 238, CALL): ("2.55", "2.65"),
}
HELD = {
    "SPY": 400,
    "/MESZ6": 2,
    "/CLF7": -3,
    "AAPL": 300,
    OptionContract("IWM", DEC, PUT, Decimal(220)).occ: -4,
    OptionContract("IWM", DEC, CALL, Decimal(238)).occ: -4,
}


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
        self.number = sim.info["users"][1]["accounts"][0]
        self._turns = cycle(range(1, LINKS + 1))

    def turn(self):
        """The one account through the next link: each link has a pace of its own, which would be waited for."""
        return replace(account(self.number), link_id=f"l{next(self._turns)}")

    async def arrange(self):
        await control(self.sim, "clock", {"now": MONDAY.isoformat()})
        for symbol, (bid, ask) in (SHARES | FUTURES).items():
            await control(self.sim, "quote", {"symbol": symbol, "bid": bid, "ask": ask})
        for (root, strike, right), (bid, ask) in OPTIONS.items():
            symbol = OptionContract(root, DEC, right, Decimal(strike)).occ
            await control(self.sim, "quote", {"symbol": symbol, "bid": bid, "ask": ask})
        for symbol, quantity in HELD.items():
            place = {"account": self.number, "symbol": symbol, "quantity": quantity}
            opened = "60.00" if symbol.startswith("/") else "1.00"
            await control(self.sim, "position", place | {"average_open_price": opened})
        await control(self.sim, "balance", {"account": self.number, "cash": "5000000"})

    async def resolve(self, text, through=None):
        found, status = await self.resolving.resolve(through or self.turn(), parse(text, TODAY))
        assert status is not None
        return found

    async def chains_asked(self, symbol):
        asked = await control(self.sim, "requests", method="GET")
        return sum(f"option-chains/{symbol}" in r["path"] for r in asked["requests"])

    async def body(self, text):
        """The request body, without what differs from one order to the next; taken by the dry run."""
        (found,) = await self.resolve(text)
        sent = compose(found.terms, "sx1-p-test")
        estimate = await self.broker.desk.dry_run(self.turn(), sent)
        assert estimate.buying_power_before
        return bare(json.loads(sent))


def bare(body):
    if isinstance(body, list):
        return [bare(one) for one in body]
    if not isinstance(body, dict):
        return body
    return {key: bare(value) for key, value in body.items() if key not in {"source", "external-identifier"}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def floor():
    async with (
        BrokerSim(port=0, seed=1) as sim,
        simulated(sim, user=1, clock=MondayClock(), links=LINKS) as broker,
    ):
        made = Floor(sim, broker, broker.sessions.clock)
        await made.arrange()
        yield made


ROWS = [(name, text, written) for name, rows in TABLE.items() for text, written in rows]


async def test_the_table_has_eight_texts_for_each_thing():
    assert all(len(rows) >= 8 for rows in TABLE.values())
    texts = [text for text, _ in chain.from_iterable(TABLE.values())]
    assert len(set(texts)) == len(texts) > 160


@pytest.mark.parametrize(("name", "text", "written"), ROWS, ids=[f"{n}: {t}" for n, t, _ in ROWS])
async def test_typed_and_written_by_hand(floor, name, text, written):
    assert await floor.body(text) == written


async def test_what_the_live_market_decides_is_told(floor):
    """Chain, greeks and quotes, with the choices in words; a link asks for a chain once a day."""
    through, before = floor.turn(), await floor.chains_asked("SPY")
    await floor.resolve("sell 2 SPY strangle 45d 20Δ @ mid", through)
    (found,) = await floor.resolve("sell 2 SPY strangle 45d 20Δ @ mid", through)
    assert await floor.chains_asked("SPY") - before <= 1
    line = found.choices[0].words
    assert line.startswith("8 Jan 27 (46 days, nearest to 45): ")
    assert " put Δ −0." in line
    assert " call Δ 0." in line
    assert found.terms.price > 0
    (index,) = await floor.resolve("sell 1 SPX monthly atm straddle @ mid")
    assert {one.symbol[:4] for one in index.terms.legs} == {"SPX "}
    assert index.terms.price % Decimal("0.05") == 0
    assert "SPX settles in the morning; SPXW expires that day too" in {c.words for c in index.choices}


async def test_what_would_cross_zero_is_refused_with_what_only_closes(floor):
    """I19."""
    with pytest.raises(CannotResolve) as caught:
        await floor.resolve("buy 5 IWM 18DEC26 220p @ 3")
    assert caught.value.code == "crosses_zero"
    assert caught.value.instead[0].amount.number == 4


async def test_a_symbol_that_is_not_known_offers_the_nearest(floor):
    with pytest.raises(ParseError) as caught:
        await floor.resolve("buy 1 AAP @ 1")
    assert "order buy 1 AAPL @ 1.00" in {one.command for one in caught.value.suggestions}


async def test_the_rounds_of_reading_are_side_by_side(floor):
    """Nothing is read twice for one order, and a roll of both legs by delta stays within its deadline."""
    began = time.monotonic()
    (found,) = await floor.resolve("roll IWM 45d same delta")
    assert len(found.terms.legs) == 4
    assert time.monotonic() - began < 15


async def test_the_month_of_a_product_is_chosen_and_told(floor):
    (found,) = await floor.resolve("buy 1 /ES @ 6010")
    assert found.terms.legs[0].symbol == "/ESZ6"
    assert found.choices[0].words == "/ES: /ESZ6, the broker's active month, last trade 18 Dec 26"
    (gold,) = await floor.resolve("buy 1 /GC @ mid")
    assert gold.terms.legs[0].symbol == "/GCG7"  # December's notice of delivery is near


async def test_what_is_no_month_of_a_product_offers_those_that_are(floor):
    with pytest.raises(ParseError) as caught:
        await floor.resolve("buy 1 /ESF7 @ 6010")
    assert "order buy 1 /ESZ6 @ 6010.00" in {one.command for one in caught.value.suggestions}
    with pytest.raises(ParseError):
        await floor.resolve("buy 1 /ESZ36 @ 6010")  # the year is not this one's decade
    with pytest.raises(ParseError):
        await floor.resolve("buy 1 /QQQQ @ 1")


async def test_a_future_is_not_turned_round_in_one_order(floor):
    """I19."""
    with pytest.raises(CannotResolve) as caught:
        await floor.resolve("sell 5 /MESZ6 mkt")
    assert caught.value.code == "crosses_zero"
    assert caught.value.instead[0].amount.number == 2
