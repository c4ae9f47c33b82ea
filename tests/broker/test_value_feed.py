"""Several users over one connection: shared subscriptions, bands and cuts of their own, its beginning and end."""

import asyncio
from decimal import Decimal

import pytest

from senexbot.broker.market_line import MarketLimits
from senexbot.broker.pulse import PROBES
from senexbot.domain.alerting.terms import Field
from senexbot.domain.instruments import Right
from senexbot.ports import Key, Quiet

from .following import LOUD, QUICK, SILENT, LastTrades, following, scripted, spans, symbol
from .kit import PATIENCE, PushedClock, SteeredClock, adapter, control, eventually, link, running
from .streams import forever, open_feed, serving, trade

AAPL = Key("AAPL", Field.LAST)


async def obedient(server, socket, _):
    await open_feed(server, socket)
    await forever(server, socket)


def subscribed(server):
    """(remove, add) of each subscription message, as (event type, symbol)."""
    told = [m for m in server.heard if m["type"] == "FEED_SUBSCRIPTION"]
    return [
        tuple({(r["type"], r["symbol"]) for r in m.get(key, ())} for key in ("remove", "add")) for m in told
    ]


async def test_every_field_through_the_simulator(sim, broker):
    """Trade, Quote, Greeks, Underlying, Summary and Profile over one connection."""
    chain = await broker.reads.chain("l1", "SPY")
    expiration = next(e for e in chain.standard() if (e.day - broker.sessions.clock.now().date()).days > 30)
    put = expiration.contract(Decimal(597), Right.PUT).streamer_symbol
    shares = (Field.LAST, Field.BID, Field.ASK, Field.MID, Field.MARK, Field.VOLUME, Field.IV)
    options = (Field.MID, Field.IV, Field.DELTA, Field.GAMMA, Field.THETA, Field.VEGA, Field.RHO)
    keys = [Key("SPY", f) for f in shares] + [Key(put, f) for f in options]
    feed = broker.value_feeds.open(link())
    feed.want(dict.fromkeys(keys, LOUD), frozenset({"SPY"}))
    known = {}
    async with asyncio.timeout(PATIENCE):
        while not (known.keys() >= set(keys) and feed.day("SPY") and feed.day("SPY").high_52_week):
            known |= {s.key: s.last for s in (await feed.changes()).spans}
    assert known["SPY", Field.BID] < known["SPY", Field.ASK]
    assert 1 < known["SPY", Field.IV] < 200
    assert -1 < known[put, Field.DELTA] < 0
    assert known[put, Field.VEGA] > 0
    assert feed.day("SPY").previous_close > 0
    assert feed.day("SPY").day_id > 20_000
    ledger = await control(sim, "requests", method="GET")
    assert sum(r["path"].startswith("/api-quote-tokens") for r in ledger["requests"]) == 1


async def test_users_share_one_connection_and_one_subscription():
    """Pitfalls 69, 74: no second connection, no second subscription of what is subscribed."""
    async with serving(obedient) as server:
        broker = adapter(server.port, clock=SteeredClock(scale=0.01), market_limits=QUICK)
        async with following(broker, "AAPL", "MSFT") as one:
            other = LastTrades(broker, "AAPL")
            await server.until(subscribed)
            third = broker.value_feeds.open(link())
            third.want({Key("AAPL", Field.MID): SILENT})
            await server.until(lambda s: len(subscribed(s)) == 2)
            one.feed.close()
            await server.until(lambda s: len(subscribed(s)) == 3)
            other.feed.close()
            other.feed.close()
            await server.until(lambda s: len(subscribed(s)) == 4)
        await broker.close()
    first, second, third, fourth = subscribed(server)
    assert first == (set(), {("Trade", s) for s in {"AAPL", "MSFT"} | PROBES})
    assert second == (set(), {("Quote", "AAPL")})
    assert third == ({("Trade", "MSFT")}, set())
    assert fourth == ({("Trade", "AAPL")}, set())
    assert server.connections == 1


async def test_one_users_bands_and_cuts_do_not_disturb_another():
    async with scripted(obedient, "AAPL", limits=QUICK) as (server, loud, broker):
        still = broker.value_feeds.open(link())
        still.want({AAPL: Quiet(95.0, 105.0)})
        await eventually(lambda: loud.line.up)
        for price in (100.0, 101.0, 99.0):
            await trade(server.lines[-1], ("AAPL", price))
            assert [float(span.last) for span in await spans(loud)] == [price]
        waiting = asyncio.ensure_future(still.changes())
        await asyncio.sleep(0)
        assert not waiting.done()
        await trade(server.lines[-1], ("AAPL", 106.0))
        (span,) = (await waiting).spans
        assert (span.last, span.low, span.high) == (106, 99, 106)
        still.quieten(AAPL, Quiet(110.0, 120.0))
        (span,) = (await still.changes()).spans
        assert (span.last, span.low) == (106, 106)


async def test_a_cut_is_of_wanted_keys_and_leaves_out_what_did_not_change():
    async with scripted(obedient, "AAPL") as (server, made, broker):
        feed = broker.value_feeds.open(link())
        feed.want({AAPL: SILENT, Key("MSFT", Field.LAST): SILENT})
        await eventually(lambda: made.line.up)
        await trade(server.lines[-1], ("AAPL", 100.0), ("AAPL", 104.0))
        await spans(made)
        (span,) = feed.cut([AAPL, Key("MSFT", Field.LAST), Key("TSLA", Field.LAST)])
        assert (span.low, span.high) == (100, 104)
        assert feed.cut([AAPL]) == ()
        assert feed.latest(AAPL).last == 104
        assert feed.latest(Key("TSLA", Field.LAST)) is None
        assert feed.day("AAPL") is None


async def test_what_is_not_streamed_is_refused_and_changes_nothing():
    async with scripted(obedient, "AAPL") as (_, made, _):
        with pytest.raises(ValueError, match="not streamed"):
            made.feed.want({Key("AAPL", Field.IV_RANK): LOUD})
        assert made.feed.wanted == {"AAPL"}


async def test_a_connection_lingers_after_its_last_user_and_is_made_again_for_the_next():
    async with serving(obedient) as server:
        broker = adapter(
            server.port,
            clock=SteeredClock(scale=0.01),
            market_limits=MarketLimits(linger=0.3, steady=0.0, keepalive=0.1),
        )
        async with following(broker, "AAPL") as made:
            await eventually(lambda: made.line.up)
            made.feed.close()
            again = LastTrades(broker, "AAPL")
            assert again.line is made.line
            await server.until(lambda s: len(subscribed(s)) >= 1)
            again.feed.close()
            await eventually(lambda: not server.lines)
            await eventually(lambda: broker.value_feeds.of("l1") is None)
            third = LastTrades(broker, "AAPL")
            await server.until(lambda s: s.connections == 2)
            await eventually(lambda: third.line.up)
        await broker.close()


async def test_each_user_hears_of_a_gap_once():
    """I47: one announced, one that came after the loss, and one that wants nothing."""
    held = asyncio.Event()

    async def script(server, socket, number):
        if number > 1:
            await held.wait()
        await open_feed(server, socket)
        if number > 1:
            await forever(server, socket)

    clock = PushedClock()
    limits = MarketLimits(steady=0.0, settle=0.0)
    async with scripted(script, limits=limits, clock=clock) as (server, one, broker):
        await eventually(lambda: one.line.lost and server.connections == 1 and not server.lines)
        since = one.line.lost[0]
        clock.push(1.0)
        await server.until(lambda s: s.connections == 2)
        other, idle = LastTrades(broker, "MSFT"), LastTrades(broker)
        clock.push(limits.announce)
        blind = [await user.changes() for user in (one, other)]
        assert {batch.blind_since for batch in blind} == {since}
        held.set()
        back = [await user.changes() for user in (one, other)]
        assert {batch.recovered_from for batch in back} == {since}
        assert {batch.blind_since for batch in back} == {None}
        assert idle.feed._recovered is None


async def test_connections_of_two_links_are_two(sim, broker):
    """Each session owner has one of its own."""
    one, other = LastTrades(broker, "AAPL"), LastTrades(broker, "AAPL", of=link(link_id="l2"))
    assert one.line is not other.line
    assert symbol((await spans(one))[0]) == "AAPL"


async def test_stopped_and_started_again_it_follows_on():
    """The lease goes and comes back: users stay, the line is made anew, no task is left."""
    async with serving(obedient) as server:
        broker = adapter(server.port, clock=SteeredClock(scale=0.01), market_limits=QUICK)
        made = LastTrades(broker, "AAPL")
        before = asyncio.all_tasks()
        async with running(broker.value_feeds.run()):
            await eventually(lambda: made.line.up)
        await eventually(lambda: not [t for t in asyncio.all_tasks() - before if "senexbot" in repr(t)])
        assert made.line.lost is not None
        async with running(broker.value_feeds.run()):
            await server.until(lambda s: s.connections == 2)
            await eventually(lambda: made.line.up)
        await broker.close()
