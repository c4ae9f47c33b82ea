"""Prices that stand still on a line that lives: all of them, or one symbol's (I49, I51, F56; pitfalls 60, 61)."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from senexbot.broker.market_line import MarketLimits
from senexbot.broker.pulse import PROBES, SLOT
from senexbot.broker.standstill import Hours
from senexbot.domain.errors import Unavailable
from senexbot.domain.links import Environment
from senexbot.domain.market import SessionState

from .following import following
from .kit import PushedClock, adapter, control, eventually, link, running, simulated
from .streams import forever, open_feed, serving, trade

NOTICED, TOLD = 75.0, 90.0  # seconds, I49
LIMITS = MarketLimits(silence=3600.0, send=60.0, handshake=60.0)  # real seconds, which play no part here


class Line:
    """A feed on a pushed clock; it looks when the test says so, and every batch is kept."""

    def __init__(self, made, clock):
        self.made, self.clock = made, clock
        self.batches = []

    async def read(self):
        while True:
            self.batches.append(await self.made.changes())

    @property
    def stands(self):
        """Subscribed, and looked after."""
        return self.made.line.up and self.clock.sleeps(SLOT)

    async def look(self):
        """Let one slot pass; it has been looked at, or the line was given up."""
        self.clock.push(SLOT)
        await eventually(lambda: self.stands or not self.made.line.up)

    def last(self, condition):
        return next((batch for batch in reversed(self.batches) if condition(batch)), None)

    @property
    def blind(self):
        found = self.last(lambda b: b.blind_since is not None)
        return found and found.blind_since

    @property
    def recovered(self):
        found = self.last(lambda b: b.recovered_from is not None)
        return found and found.recovered_from


class Scripted(Line):
    """On a server whose prices come when the test says so."""

    def __init__(self, server, made, clock):
        super().__init__(made, clock)
        self.server = server
        self.price = 100.0

    def subscribed(self):
        """Each FEED_SUBSCRIPTION so far: what was removed, what was added."""
        told = [m for m in self.server.heard if m["type"] == "FEED_SUBSCRIPTION"]
        return [tuple({row["symbol"] for row in m.get(key, ())} for key in ("remove", "add")) for m in told]

    async def print(self, *symbols):
        """One print each, and the feed has heard it."""
        self.price += 0.01
        before = self.made.line.watchdog.flow.last
        await trade(self.server.lines[-1], *[(s, self.price) for s in symbols])
        await eventually(lambda: self.made.line.watchdog.flow.last is not before)

    async def looks(self, count, *symbols):
        """So many slots with a print of these symbols in each; keep-alives go on in all of them."""
        for _ in range(count):
            if symbols:
                await self.print(*symbols)
            await self.server.lines[-1].send_json({"type": "KEEPALIVE", "channel": 0})
            await self.look()

    async def until_given_up(self):
        """Seconds of silence until the line was dropped, keep-alives going on."""
        began = self.clock.monotonic()
        while self.made.line.up:
            assert self.clock.monotonic() - began < 300
            await self.looks(1)
        return self.clock.monotonic() - began

    async def rebuilt(self, number):
        self.clock.push(60.0)  # no pause before a new try is longer
        await self.server.until(lambda s: s.connections == number)
        await eventually(lambda: self.stands)


async def obedient(server, socket, _):
    await open_feed(server, socket)
    await forever(server, socket)


@asynccontextmanager
async def scripted(*symbols, session="Open"):
    clock = PushedClock()
    async with serving(obedient) as server:
        server.session = session
        broker = adapter(server.port, clock=clock, market_limits=LIMITS)
        try:
            async with following(broker, *(symbols or ("AAPL",))) as made:
                line = Scripted(server, made, clock)
                async with running(line.read()):
                    await eventually(lambda: line.stands)
                    yield line
        finally:
            await broker.close()


async def test_i49_f56_frozen_data_behind_living_keepalives_end_the_line_within_75_s():
    """Pitfall 60: dropped, rebuilt with the full wanted set (I51), told within 90 s: blind from the last print on."""
    async with scripted("AAPL", "MSFT") as line:
        await line.looks(4, "AAPL", "SPY")
        await line.print("MSFT")
        last = line.clock.now()
        began = line.clock.monotonic()
        assert await line.until_given_up() <= NOTICED
        await eventually(lambda: line.blind == last)
        assert line.clock.monotonic() - began <= TOLD
        line.made.want("AAPL", "MSFT", "TSLA")
        await line.rebuilt(2)
        assert line.subscribed()[-1] == (set(), {"AAPL", "MSFT", "TSLA"} | PROBES)


async def test_i49_f56_after_a_freeze_a_snapshot_is_no_proof_that_prices_flow():
    """They are seen again with a symbol's second print, in a batch that marks what fires on it as late (I47)."""
    async with scripted("AAPL") as line:
        await line.looks(2, "AAPL", "SPY")
        await line.until_given_up()
        await eventually(lambda: line.blind)
        for number in (2, 3):  # frozen on: told once, tried again
            await line.rebuilt(number)
            await line.print("AAPL", "SPY")
            assert await line.until_given_up() <= NOTICED
        await line.rebuilt(4)
        await line.print("AAPL", "SPY")
        assert {batch.blind_since for batch in line.batches} == {None, line.blind}
        assert line.recovered is None
        await line.print("SPY")
        line.clock.push(1.0)  # what comes with the first prices belongs to the gap
        await eventually(lambda: line.recovered)
        assert line.recovered == line.blind
        assert line.made.line._frozen is False


async def test_f56_a_market_that_closes_while_frozen_is_seen_again_with_its_closing_prices():
    async with scripted("AAPL") as line:
        await line.looks(2, "AAPL", "SPY")
        await line.until_given_up()
        await eventually(lambda: line.blind)
        line.server.session = "Closed"
        await line.rebuilt(2)
        await line.print("AAPL", "SPY")
        await line.looks(8)
        await eventually(lambda: line.recovered)
        await line.looks(60)
        assert line.server.connections == 2


@pytest.mark.parametrize("session", ["Closed", "Pre-market", "Extended"])
async def test_f56_a_session_that_is_not_open_wakes_nobody(session):
    """Pitfall 61: no events are normal then; the broker is asked once in 25 s."""
    async with scripted("AAPL", session=session) as line:
        await line.print("AAPL", "SPY")
        await line.looks(int(600 / SLOT))
        assert line.server.connections == 1
        assert line.blind is None
        assert 20 <= line.server.sessions_asked <= 24


async def test_i49_f56_a_feed_that_froze_overnight_is_noticed_at_the_opening():
    async with scripted("AAPL", session="Closed") as line:
        await line.looks(100)
        line.server.session = "Open"
        opened = line.clock.now()
        assert await line.until_given_up() <= NOTICED
        await eventually(lambda: line.blind)
        assert abs(line.blind - opened) <= timedelta(seconds=30)  # not since yesterday's close


async def test_f56_a_probe_that_prints_keeps_a_quiet_line():
    """Pitfall 61: liveness is decided by the probe, not by the symbol itself."""
    async with scripted("AAPL") as line:
        await line.looks(60, "SPY")
        assert line.server.connections == 1
        assert not any(batch.still or batch.blind_since or batch.spans for batch in line.batches)
        assert len(line.subscribed()) == 1
        assert line.server.sessions_asked == 0


async def test_f56_the_probes_are_subscribed_while_something_is_wanted_and_shown_to_nobody():
    async with scripted("AAPL") as line:
        assert line.subscribed() == [(set(), {"AAPL", "SPY", "QQQ"})]
        await line.print("SPY", "QQQ")
        assert line.made.latest("SPY") is None
        line.made.want("SPY")
        await line.server.until(lambda s: len(line.subscribed()) == 2)
        assert line.subscribed()[-1] == ({"AAPL"}, set())
        await line.print("SPY")
        assert line.made.latest("SPY") is not None
        line.made.want()
        await line.server.until(lambda s: len(line.subscribed()) == 3)
        assert line.subscribed()[-1] == (PROBES, set())
        await line.looks(60)
        assert line.server.connections == 1


async def frozen_symbol(line):
    """AAPL prints for a minute, then the others do; seconds until it is subscribed again."""
    await line.looks(13, "AAPL", "MSFT", "SPY")
    began = line.clock.monotonic()
    while len(line.subscribed()) < 3:
        assert line.clock.monotonic() - began < 300
        await line.looks(1, "MSFT", "SPY")
    return line.clock.monotonic() - began


async def test_i49_f56_one_symbol_that_printed_often_and_stands_still_is_subscribed_again_and_told():
    async with scripted("AAPL", "MSFT") as line:
        await line.looks(13, "AAPL", "MSFT", "SPY")
        last, began = line.clock.now() - timedelta(seconds=SLOT), line.clock.monotonic()
        while not line.batches[-1].still:
            await line.looks(1, "MSFT", "SPY")
            assert line.clock.monotonic() - began <= TOLD - 5  # what is left is for the quote and the words
        assert line.subscribed()[1:] == [({"AAPL"}, set()), (set(), {"AAPL"})]
        assert line.batches[-1].still == {"AAPL": last}
        await line.looks(30, "MSFT", "SPY")
        assert len(line.subscribed()) == 3  # once
        await line.print("AAPL")  # the snapshot that was held back
        await line.looks(2, "MSFT", "SPY")
        assert line.batches[-1].still == {"AAPL": last}
        assert line.last(lambda b: "AAPL" in b.late)
        await line.looks(1, "AAPL", "MSFT", "SPY")
        await eventually(lambda: not line.batches[-1].still)
        assert line.server.connections == 1
        assert line.blind is None


async def test_f56_a_symbol_that_prints_after_the_new_subscription_does_not_stand_still():
    """What it brings after a minute of silence is late all the same."""
    async with scripted("AAPL", "MSFT") as line:
        assert await frozen_symbol(line) <= 65
        await line.looks(6, "AAPL", "MSFT", "SPY")
        assert not any(batch.still for batch in line.batches)
        assert line.last(lambda b: "AAPL" in b.late)
        line.batches.clear()
        await line.looks(3, "AAPL", "MSFT", "SPY")
        assert not any(batch.late for batch in line.batches)


async def test_f56_a_snapshot_alone_after_the_new_subscription_is_no_sign_of_life():
    async with scripted("AAPL", "MSFT") as line:
        await frozen_symbol(line)
        await line.print("AAPL")
        await line.looks(4, "MSFT", "SPY")
        await eventually(lambda: "AAPL" in line.batches[-1].still)


async def test_f56_a_symbol_that_seldom_prints_may_be_silent():
    async with scripted("AAPL", "MSFT") as line:
        for _ in range(12):
            await line.looks(1, "AAPL", "SPY")
            await line.looks(1, "SPY")
        await line.looks(30, "SPY")
        assert len(line.subscribed()) == 1


async def test_f56_a_symbol_that_is_silent_after_the_close_is_left_alone():
    async with scripted("AAPL") as line:
        await line.looks(13, "AAPL", "SPY")
        line.server.session = "Closed"
        await line.looks(30, "SPY")
        assert len(line.subscribed()) == 1


async def test_f56_a_standstill_outlives_the_line_and_ends_when_nobody_wants_the_symbol():
    async with scripted("AAPL", "MSFT") as line:
        await frozen_symbol(line)
        await line.looks(4, "MSFT", "SPY")
        await line.server.lines[-1].close()
        await eventually(lambda: not line.made.line.up)
        await line.rebuilt(2)
        await line.looks(2, "MSFT", "SPY")
        assert "AAPL" in line.made.line.still
        line.made.want("MSFT")
        await line.looks(1, "MSFT", "SPY")
        assert line.made.line.still == {}


class Asked:
    """Stands where BrokerReads.session_state does."""

    def __init__(self, answer):
        self.answer, self.times = answer, 0

    async def __call__(self, link_id):
        self.times += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.parametrize("silent", [Unavailable("away"), SessionState.UNKNOWN])
@pytest.mark.parametrize(
    ("moment", "is_open"),
    [("2026-03-02T15:00", True), ("2026-03-02T22:00", False), ("2026-03-01T15:00", False)],
)
async def test_f56_without_the_brokers_word_weekday_and_clock_decide(silent, moment, is_open):
    clock = PushedClock(datetime.fromisoformat(moment).replace(tzinfo=UTC))
    assert await Hours(Asked(silent), clock).open(link()) is is_open


async def test_f56_the_sandbox_whose_prices_are_late_is_not_judged():
    asked = Asked(SessionState.OPEN)
    assert await Hours(asked, PushedClock()).open(link(environment=Environment.SANDBOX)) is False
    assert asked.times == 0


async def test_f56_the_links_of_one_environment_share_an_answer():
    clock, asked = PushedClock(), Asked(SessionState.OPEN)
    hours = Hours(asked, clock)
    links = [link(link_id=f"l{i}") for i in range(50)]
    assert all(await asyncio.gather(*(hours.open(one) for one in links)))
    assert asked.times == 1
    asked.answer = SessionState.CLOSED
    assert await hours.open(link(environment=Environment.LIVE)) is False
    clock.push(10.0)
    assert await hours.open(links[0]) is False
    assert asked.times == 3


@asynccontextmanager
async def watched(sim, *symbols):
    """A feed on the simulator, on a pushed clock."""
    clock = PushedClock(datetime.now(UTC))
    async with (
        simulated(sim, market_limits=LIMITS, clock=clock) as broker,
        following(broker, *symbols) as made,
    ):
        line = Line(made, clock)
        async with running(line.read()):
            await eventually(lambda: line.stands)
            yield line


async def moved(sim, line, *symbols):
    """A trade in each of them, heard, and a look."""
    for symbol in symbols:
        before = line.made.line.watchdog.flow.last
        price = float(sim.market.quote(symbol).last) + 0.5
        await control(sim, "quote", {"symbol": symbol, "bid": price - 0.1, "ask": price + 0.1, "last": price})
        await eventually(lambda before=before: line.made.line.watchdog.flow.last is not before)
    await line.look()


async def test_i49_f56_through_the_simulator_frozen_data(sim):
    async with watched(sim, "AAPL") as line:
        await moved(sim, line, "AAPL", "SPY")
        await control(sim, "fault", {"target": "dxlink", "kind": "freeze", "scope": "data"})
        began = line.clock.monotonic()
        while line.made.line.up:
            assert line.clock.monotonic() - began <= NOTICED
            await line.look()
        await eventually(lambda: line.blind)
        line.clock.push(60.0)
        await eventually(lambda: line.stands)
        assert line.recovered is None
        await control(sim, "fault", method="DELETE")
        await eventually(lambda: not line.made.line._frozen)
        line.clock.push(1.0)
        await eventually(lambda: line.recovered)
        assert line.recovered == line.blind


async def test_i49_f56_through_the_simulator_one_frozen_symbol(sim):
    async with watched(sim, "AAPL", "MSFT") as line:
        for _ in range(13):
            await moved(sim, line, "AAPL", "MSFT", "SPY")
        await control(sim, "fault", {"target": "dxlink", "kind": "freeze", "symbol": "AAPL"})
        began = line.clock.monotonic()
        while not line.made.line.still:
            assert line.clock.monotonic() - began <= TOLD - 5
            await moved(sim, line, "MSFT", "SPY")
        assert set(line.made.line.still) == {"AAPL"}
        await control(sim, "fault", method="DELETE")
        for _ in range(4):
            await moved(sim, line, "AAPL", "SPY")
        assert line.made.line.still == {}
        assert line.last(lambda b: "AAPL" in b.late)
