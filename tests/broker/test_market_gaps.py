"""Blind times are told from their real start, and what comes after them is late (I47, I49; F56, F60)."""

import asyncio
from datetime import timedelta

from senexbot.broker.market_line import MarketLimits

from .following import QUICK, following, lasts, price_of, scripted, spans, until_batch
from .kit import PushedClock, SteeredClock, control, eventually, running, simulated
from .streams import forever, open_feed, silence, trade


async def test_a_frozen_simulator_is_left_and_its_return_is_told(sim):
    """F56: whole socket frozen."""
    limits = MarketLimits(silence=1.0, announce=0.2, steady=0.0, keepalive=0.2)
    async with (
        simulated(sim, market_limits=limits, clock=SteeredClock(scale=0.1)) as broker,
        following(broker, "AAPL") as made,
    ):
        await spans(made)
        await control(sim, "fault", {"target": "dxlink", "kind": "freeze"})
        blind = await until_batch(made, lambda b: b.blind_since is not None)
        await control(sim, "fault", method="DELETE")
        back = await until_batch(made, lambda b: b.recovered_from is not None)
        assert back.recovered_from == blind.blind_since
        await spans(made)


async def test_a_short_gap_is_not_told_a_long_one_is_from_its_real_start():
    """I47: from the moment of the loss, not of its detection."""
    told = asyncio.Event()

    async def script(server, socket, number):
        if number > 2 and not told.is_set():
            return
        await open_feed(server, socket)
        await trade(socket, ("AAPL", price_of(number)))
        if number == 1:
            return
        if number == 2:
            await silence(None)
        await forever(server, socket)

    clock, batches = PushedClock(), []
    limits = MarketLimits(silence=1.0, announce=15.0, steady=0.0, settle=0.0)

    async def read():
        while True:
            batches.append(await made.changes())

    async with scripted(script, limits=limits, clock=clock) as (_, made, _), running(read()):
        await eventually(lambda: batches and made.line.lost)
        clock.push(1.0)  # the first pause is shorter
        await eventually(lambda: made.last("AAPL") == price_of(2))
        heard = clock.now()
        await eventually(lambda: made.line.lost)
        assert not any(batch.blind_since or batch.recovered_from for batch in batches)
        # The reader may be about to lie down just now: pushed once only, it would oversleep.
        await clock.push_until(lambda: any(batch.blind_since for batch in batches))
        told.set()
        await clock.push_until(lambda: any(batch.recovered_from for batch in batches))
        assert {batch.blind_since for batch in batches} == {None, heard}
        assert {batch.recovered_from for batch in batches} == {None, heard}
        assert batches[-1].blind_since is None


async def test_i47_a_long_gap_is_told_although_nobody_read_its_beginning():
    """The reader waits for the store meanwhile."""
    held = asyncio.Event()

    async def script(server, socket, number):
        if number == 2:
            await held.wait()
        await open_feed(server, socket)
        await trade(socket, ("AAPL", price_of(number)))
        if number > 1:
            await forever(server, socket)

    clock = PushedClock()
    async with scripted(script, limits=MarketLimits(steady=0.0, settle=0.0), clock=clock) as (
        server,
        made,
        _,
    ):
        await spans(made)
        await eventually(lambda: made.line.lost)
        since = made.line.lost[0]
        clock.push(1.0)
        await server.until(lambda s: s.connections == 2)
        clock.push(MarketLimits().announce)
        held.set()
        await eventually(lambda: made.line.lost is None)
        batch = await made.changes()
        assert (batch.recovered_from, batch.blind_since) == (since, None)


async def test_the_first_prices_after_a_gap_come_with_its_end():
    """I47: whoever fires on them can mark them as late."""

    told, first_taken = asyncio.Event(), asyncio.Event()

    async def script(server, socket, number):
        if number == 1:
            await open_feed(server, socket)
            await trade(socket, ("AAPL", 100.0), ("SPY", 500.0))
            return
        await told.wait()
        await open_feed(server, socket)
        await trade(socket, ("AAPL", 105.0))
        await first_taken.wait()
        await trade(socket, ("SPY", 505.0))
        await forever(server, socket)

    clock = PushedClock()
    limits = MarketLimits(announce=15.0, settle=0.01, steady=0.0)
    async with scripted(script, "AAPL", "SPY", limits=limits, clock=clock) as (server, made, _):
        await spans(made, 2)
        await eventually(lambda: made.line.lost)
        clock.push(1.0)  # the first pause is shorter
        await server.until(lambda s: s.connections == 2)
        clock.push(limits.announce)  # now that no request is under way whose time could run out
        assert (await until_batch(made, lambda b: b.blind_since is not None)).spans == ()
        reading = asyncio.ensure_future(made.changes())
        told.set()
        await eventually(lambda: made.last("AAPL") == 105)
        first_taken.set()
        await eventually(lambda: made.last("SPY") == 505)
        assert not reading.done()  # however long it takes by the machine's time: what counts is the clock's
        clock.push(1.0)
        back = await reading
        assert back.recovered_from is not None
        assert lasts(back.spans) == {"AAPL": 105, "SPY": 505}


async def test_never_connected_is_blind_from_the_beginning():
    """I49: users are told also when the first connection does not come."""

    async def script(server, socket, _):
        await socket.close()

    clock = SteeredClock(scale=0.01)
    began = clock.now()
    async with scripted(script, clock=clock) as (_, made, _):
        batch = await until_batch(made, lambda b: b.blind_since is not None)
        assert began <= batch.blind_since <= clock.now() - timedelta(seconds=QUICK.announce)
        assert batch.spans == ()
