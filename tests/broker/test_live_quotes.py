"""Quotes for somebody who looks, from the shared connection while they are fresh, else by REST."""

import asyncio
from decimal import Decimal

from senexbot.broker.live_quotes import JUST_HEARD, LiveQuotes

from .following import LastTrades
from .kit import PATIENCE, SteeredClock, control, eventually, simulated


async def by_rest(sim):
    """How often market data was read so far."""
    ledger = await control(sim, "requests", method="GET")
    return sum(r["path"].startswith("/market-data") for r in ledger["requests"])


async def instruments(broker, *symbols):
    return [await broker.reads.instrument("l1", symbol) for symbol in symbols]


async def pin(sim, bid, ask, last):
    await control(sim, "quote", {"symbol": "AAPL", "bid": bid, "ask": ask, "last": last})


async def until_heard(broker, asked):
    """Asked by hand until the answer comes over the line."""
    async with asyncio.timeout(PATIENCE):
        while not broker.reads._live.rows("l1", asked):
            await asyncio.sleep(0.01)


async def test_without_a_connection_quotes_come_by_rest_and_none_is_made(sim, broker):
    asked = await instruments(broker, "AAPL")
    before = await by_rest(sim)
    assert (await broker.reads.recent_quotes("l1", asked))["AAPL"].bid
    assert await by_rest(sim) == before + 1
    assert broker.value_feeds.of("l1") is None


async def test_what_the_connection_has_just_heard_is_not_asked_for(sim, broker):
    """The same figures as REST tells, with the age of the quote itself; whoever trades still asks."""
    asked = await instruments(broker, "AAPL", "SPY")
    LastTrades(broker, "MSFT")
    await pin(sim, 199.9, 200.1, 200.0)
    first = await broker.reads.recent_quotes("l1", asked)
    await until_heard(broker, asked[:1])
    await pin(sim, 204.9, 205.1, 205.0)
    await eventually(lambda: broker.reads._live.rows("l1", asked[:1])["AAPL"][0]["last"] == 205)
    before, now = await by_rest(sim), broker.sessions.clock.now()
    quote = (await broker.reads.recent_quotes("l1", asked[:1]))["AAPL"]
    assert await by_rest(sim) == before
    assert (quote.bid, quote.ask, quote.last) == (Decimal("204.9"), Decimal("205.1"), 205)
    assert (quote.prev_close, quote.session) == (first["AAPL"].prev_close, first["AAPL"].session)
    assert (quote.halted, quote.instrument) == (False, asked[0])
    assert 0 <= quote.age(now).total_seconds() < 5
    await broker.reads.quotes("l1", asked[:1])
    assert await by_rest(sim) == before + 1


async def test_a_quote_that_is_not_just_heard_is_read_by_rest(sim):
    """A frozen feed is stale, and so is a quiet symbol: REST says what it knows."""
    clock = SteeredClock()
    async with simulated(sim, clock=clock) as broker:
        asked = await instruments(broker, "AAPL")
        made = LastTrades(broker, "MSFT")
        await broker.reads.recent_quotes("l1", asked)
        await until_heard(broker, asked)
        await control(sim, "fault", {"target": "dxlink", "kind": "freeze", "symbol": "AAPL"})
        clock.advance(JUST_HEARD.total_seconds() + 1)
        before = await by_rest(sim)
        quote = (await broker.reads.recent_quotes("l1", asked))["AAPL"]
        assert await by_rest(sim) == before + 1
        assert quote.age(clock.now()).total_seconds() < 5
        made.line.lost = made.line._now()
        assert broker.reads._live.rows("l1", asked) == {}


async def test_what_was_asked_for_is_let_go_after_a_while(sim, broker):
    made = LastTrades(broker, "MSFT")
    live = LiveQuotes(broker.value_feeds, broker.sessions.clock, seconds=0.2)
    live.rows("l1", await instruments(broker, "AAPL"))
    assert len(made.line.users) == 2
    assert ("Quote", "AAPL") in made.line.values.needed()
    await eventually(lambda: len(made.line.users) == 1)
    assert not any(name == "AAPL" for _, name in made.line.values.needed())


async def test_not_more_than_so_many_are_followed_for_one_link(sim, broker):
    """Pitfall 74: only what is on screen."""
    made = LastTrades(broker, "MSFT")
    live = LiveQuotes(broker.value_feeds, broker.sessions.clock, most=2)
    live.rows("l1", await instruments(broker, "AAPL", "SPY", "QQQ"))
    assert {name for event, name in made.line.values.needed() if event == "Quote"} == {"SPY", "QQQ"}
