"""Walks: each step its own claimed replace, under the lease, stopping at anything not understood (I7, I25, I60)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest

from senexbot.domain.errors import AlreadyHandled, Fenced, NotPermitted
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.links import Role
from senexbot.domain.market import Position, Quote, SessionState
from senexbot.domain.news import Buzz, BuzzNews
from senexbot.domain.orders.broker_orders import Accepted, BrokerStatus, NotProven, RefusedByBroker
from senexbot.domain.orders.facts import facts_for
from senexbot.domain.orders.intents import Intent, IntentState, NewsSource, OrderFacts, WalkState
from senexbot.domain.orders.terms import Action, PriceView, WalkTerms
from senexbot.ports import Lease
from tests.broker.kit import control, grant, simulated
from tests.domain.builders import (
    ACCOUNT,
    CALL,
    NOW,
    PUT,
    D,
    actor,
    fill,
    leg,
    of_legs,
    order,
    quote,
    strangle,
    terms,
)
from tests.services.house import House, outcomes
from tests.stores import Home

ANA = actor()
B, S, W = BrokerStatus, IntentState, WalkState
WALK = WalkTerms(D("0.01"), 20, D("-187.53"))


def taken(order_id: int, body: bytes) -> Accepted:
    """The broker takes each replacement at once: number + 1, live."""
    said = orjson.loads(body)
    made = order(
        B.LIVE,
        1,
        id=order_id + 1,
        identifier=said["external-identifier"],
        replaces=order_id,
        price=-D(said["price"]),
    )
    return Accepted(order_id + 1, made)


async def _lease(house: House, owner: str = "one") -> Lease:
    async with house.sql.begin() as tx:
        lease = await tx.leases.take("stream", owner, seconds=15, now=house.clock.now())
    assert lease is not None
    return lease


async def _walking(house: House, walk: WalkTerms | None = WALK, **more: Any) -> Lease:
    house.desk.replaced = taken
    facts = OrderFacts(7, B.LIVE, D(100), updated_at=1)
    await house.put(state=S.WORKING, facts=facts, **more)
    await house.following.sweep(ACCOUNT)
    await house.walking.start(ANA, "h1", walk)
    return await _lease(house)


async def _pass(house: House, lease: Lease, seconds: int, step: int = 5) -> None:
    for _ in range(seconds // step):
        await house.walking.round(lease)
        await house.answered()
        house.clock.advance(step)


def _prices(house: House) -> list[str]:
    return [orjson.loads(body)["price"] for _, body in house.desk.replaces]


async def _buzzes(house: House) -> list[Buzz]:
    return [row.news.buzz for row in await house.told() if isinstance(row.news, BuzzNews)]


async def test_each_step_is_a_replace_of_its_own_up_to_the_limit(any_house: House) -> None:
    """I1, I5, I7: one request a step, each under a name of its own; the last one is the limit."""
    house = any_house
    lease = await _walking(house)
    await _pass(house, lease, 20)
    assert _prices(house) == []
    await _pass(house, lease, 100)
    assert _prices(house) == ["187.51", "187.52", "187.53"]
    names = [orjson.loads(body)["external-identifier"] for _, body in house.desk.replaces]
    assert names == ["sx1-p-1.r1", "sx1-p-1.r2", "sx1-p-1.r3"]
    done = await house.intent()
    assert done.walk is not None
    assert (done.walk.state, done.walk.steps, done.walk.reason) == (W.ENDED, 3, "it reached its limit")
    assert (done.state, done.terms.price, done.chain) == (S.WORKING, D("-187.53"), (7, 8, 9))
    assert await _buzzes(house) == [Buzz.WALK_ENDED]


async def test_it_stops_at_the_fill(any_house: House) -> None:
    house = any_house
    lease = await _walking(house)
    await _pass(house, lease, 30)
    assert len(house.desk.replaces) == 1
    filled = order(B.FILLED, 9, fill("a", 100), id=8, identifier="sx1-p-1.r1")
    await house.following.learn_of(filled, NewsSource.STREAM, ACCOUNT.environment)
    await _pass(house, lease, 60)
    done = await house.intent()
    assert done.walk is not None
    assert (done.state, done.walk.state) == (S.FILLED, W.ENDED)
    assert len(house.desk.replaces) == 1
    assert await _buzzes(house) == [Buzz.FILLED]


@pytest.mark.parametrize("state", ["halted", "reducing"])
async def test_i25_it_rests_when_the_desk_is_halted(any_house: House, state: str) -> None:
    house = any_house
    lease = await _walking(house)
    await house.halts.halt(ANA, state=state)
    await _pass(house, lease, 60)
    rests = await house.intent()
    assert rests.walk is not None
    assert rests.walk.state is W.PAUSED
    assert state in rests.walk.reason
    assert house.desk.replaces == []
    async with house.sql.begin() as tx:
        await tx.roles.grant("T1", "U1", Role.RISK, by="host")
    await house.halts.resume(ANA)
    await _pass(house, lease, 60)
    assert house.desk.replaces == []  # it never goes on by itself
    await house.walking.resume(ANA, "h1")
    await _pass(house, lease, 30)
    assert _prices(house) == ["187.51"]


@pytest.mark.parametrize(
    "outcome",
    [NotProven("the answer was lost"), RefusedByBroker("cannot_update_order", "could not be updated", 422)],
)
async def test_i7_it_rests_at_the_first_answer_not_understood(any_house: House, outcome: Any) -> None:
    house = any_house
    lease = await _walking(house)
    house.desk.replaced = lambda _, __: outcome
    house.desk.listed = [order(B.LIVE, 1)]
    await _pass(house, lease, 120)
    rests = await house.intent()
    assert rests.walk is not None
    assert rests.walk.state is W.PAUSED
    assert len(house.desk.replaces) == 1
    assert Buzz.WALK_PAUSED in await _buzzes(house)


async def test_it_ends_with_the_session(house: House) -> None:
    lease = await _walking(house)

    async def closed(_link: str, instruments: Any) -> dict[str, Quote]:
        shut = {"at": house.clock.now(), "session": SessionState.CLOSED}
        return {one.symbol: quote(one, **shut) for one in instruments}

    house.reads.quotes = closed
    await _pass(house, lease, 60)
    done = await house.intent()
    assert done.walk is not None
    assert (done.walk.state, done.walk.reason) == (W.ENDED, "the session is over")
    assert house.desk.replaces == []


async def test_it_rests_after_a_restart_and_says_so(any_house: House) -> None:
    """Another lease is another holder; it goes on when its owner says so."""
    house = any_house
    lease = await _walking(house)
    await _pass(house, lease, 30)
    async with house.sql.begin() as tx:
        await tx.leases.release(lease)
    newer = await _lease(house, "two")
    await _pass(house, newer, 60)
    rests = await house.intent()
    assert rests.walk is not None
    assert (rests.walk.state, rests.walk.reason) == (W.PAUSED, "the bot was started again")
    assert len(house.desk.replaces) == 1
    await house.walking.resume(ANA, rests.handle)
    await _pass(house, newer, 30)
    assert len(house.desk.replaces) == 2


async def test_i60_who_lost_the_lease_takes_no_step(any_house: House) -> None:
    """The epoch is checked in the transaction that claims."""
    house = any_house
    lease = await _walking(house)
    await house.walking.round(lease)  # runs under it
    house.clock.advance(21)
    stale = replace(lease, epoch=lease.epoch)
    async with house.sql.begin() as tx:
        await tx.leases.release(lease)
    await _lease(house, "two")
    with pytest.raises(Fenced):
        await house.walking.round(stale)
    assert house.desk.replaces == []


async def test_its_owner_stops_it_at_once(any_house: House) -> None:
    """I28: nobody else can; a step and a stop at once leave one of both."""
    house = any_house
    lease = await _walking(house)
    await house.walking.round(lease)
    house.clock.advance(21)
    with pytest.raises(NotPermitted):
        await house.walking.stop(actor(user_id="U2"), "h1")
    await outcomes(house.walking.round(lease), house.walking.stop(ANA, "h1"))
    await house.answered()
    sent = len(house.desk.replaces)
    await _pass(house, lease, 60)
    assert len(house.desk.replaces) == sent <= 1
    done = await house.intent()
    assert done.walk is not None
    assert done.walk.state is W.ENDED
    with pytest.raises(AlreadyHandled):
        await house.walking.stop(ANA, "h1")
    assert Buzz.WALK_ENDED not in await _buzzes(house)


async def test_a_tap_of_its_owner_ends_it(house: House) -> None:
    lease = await _walking(house)
    await house.replacing.step(ANA, "h1", steps=1)
    await house.answered()
    await _pass(house, lease, 60)
    assert _prices(house) == ["187.51"]


async def test_a_card_offers_a_walk_and_a_wrong_one_is_refused(house: House) -> None:
    facts = OrderFacts(7, B.LIVE, D(100), updated_at=1)
    view = PriceView(D("187.44"), D("187.60"), None, NOW, delayed=False, session_open=True, tick=D("0.01"))
    await house.put(state=S.WORKING, facts=facts, price_view=view)
    for wrong in (replace(WALK, to=D("-187.40")), replace(WALK, every_seconds=1)):
        with pytest.raises(AlreadyHandled):
            await house.walking.start(ANA, "h1", wrong)
    begun = await house.walking.start(ANA, "h1")
    assert begun.walk is not None
    assert begun.walk.terms == WalkTerms(D("0.01"), 20, D("-187.60"))
    assert begun.confirmed_price == D("-187.60")
    with pytest.raises(AlreadyHandled):
        await house.walking.start(ANA, "h1")
    await house.put(2, state=S.FILLED, facts=replace(facts, order_id=17))
    with pytest.raises(AlreadyHandled):
        await house.walking.start(ANA, "h2", WALK)


async def test_a_walk_confirmed_with_its_order_begins_when_it_works(any_house: House) -> None:
    house = any_house
    house.desk.replaced = taken
    house.desk.outcome = lambda _: Accepted(7, order(B.LIVE, 1))
    await house.put(terms=replace(terms(), walk=WALK))
    await house.sending.confirm(ANA, "h1")
    await house.answered()
    await _pass(house, await _lease(house), 30)
    assert _prices(house) == ["187.51"]


async def test_i66_one_walk_that_fails_does_not_stop_the_others(house: House) -> None:
    lease = await _walking(house)
    facts = OrderFacts(17, B.LIVE, D(100), updated_at=1)
    await house.put(2, state=S.WORKING, facts=facts, terms=terms(instrument=_msft()))
    await house.walking.start(ANA, "h2", WALK)
    reads = house.reads.instrument

    async def broken(link_id: str, symbol: str) -> Any:
        if symbol == "AAPL":
            raise RuntimeError("a bug of ours")
        return await reads(link_id, symbol)

    house.reads.instrument = broken
    await _pass(house, lease, 40)
    first, second = await house.intent(1), await house.intent(2)
    assert first.walk is not None
    assert second.walk is not None
    assert (first.walk.state, second.walk.steps) == (W.PAUSED, 1)
    assert "RuntimeError" in first.walk.reason


def _msft() -> Any:
    from tests.domain.builders import share

    return share("MSFT")


async def test_a_walk_over_real_sockets(home: Home, sim: Any) -> None:
    """The judge's ledger: one PUT a step, in the order of the steps, until it fills."""
    person = sim.info["users"][0]
    async with simulated(sim) as broker:
        broker.sessions._grants.grants["link1"] = grant(person["provider_secret"], person["refresh_token"])
        house = await House.build(home, desk=broker.desk)
        await control(sim, "quote", {"symbol": "AAPL", "bid": "187.45", "ask": "187.52"})
        await house.put(terms=replace(terms(), walk=WALK))
        await house.sending.confirm(ANA, "h1")
        await house.answered()
        lease = await _lease(house)
        async with asyncio.timeout(20):
            while (await house.intent()).state is not S.FILLED:
                house.clock.advance(5)
                await house.walking.round(lease)
                await house.answered()
                await house.following.sweep(ACCOUNT)
        ledger = (await control(sim, "requests", method="GET"))["requests"]
        puts = [r["body"]["price"] for r in ledger if r["method"] == "PUT"]
        assert puts == ["187.51", "187.52"]
        done: Intent = await house.intent()
        assert done.walk is not None
        assert done.walk.steps == 2


@pytest.mark.parametrize(
    ("action", "price", "natural", "to"),
    [
        (Action.SELL_TO_CLOSE, "374.94", "374.92", "374.92"),
        (Action.BUY_TO_OPEN, "-374.94", "-374.96", "-374.96"),
    ],
)
async def test_a_spread_walks_from_its_card_to_what_the_market_gives(
    any_house: House, action: Action, price: str, natural: str, to: str
) -> None:
    """A credit steps down, a debit up, in net prices, and never past what was confirmed; the market beside each
    new price comes with it."""
    house = any_house
    legs = (leg(PUT, action), leg(CALL, action))
    view = PriceView(
        D(0), D(1), None, NOW, delayed=False, session_open=True, tick=D("0.01"), natural=D(natural)
    )
    facts = replace(facts_for(7, legs), status=B.LIVE, updated_at=1)
    await house.put(
        state=S.WORKING,
        facts=facts,
        terms=strangle(price=price, legs=legs),
        price_view=view,
        confirmed_price=None,
    )
    house.desk.replaced = taken_net
    if action.closes:
        house.reads.positions_held = tuple(_held(one.symbol) for one in legs)
    await house.following.sweep(ACCOUNT)
    begun = await house.walking.start(ANA, "h1")
    assert begun.walk is not None
    assert begun.walk.terms == WalkTerms(D("0.01"), 20, D(to))
    lease = await _lease(house)
    await _pass(house, lease, 120)
    effect = "Credit" if D(price) > 0 else "Debit"
    bodies = [orjson.loads(body) for _, body in house.desk.replaces]
    steps = [abs(D(price)) + n * (D("-0.01") if effect == "Credit" else D("0.01")) for n in (1, 2)]
    assert [(D(body["price"]), body["price-effect"]) for body in bodies] == [(one, effect) for one in steps]
    done = await house.intent()
    assert (done.terms.price, done.chain) == (D(to), (7, 8))
    assert done.price_view is not None
    assert done.price_view.natural == (D("374.88") if effect == "Credit" else D("-375.00"))


def _held(symbol: str) -> Position:
    kind = InstrumentType.EQUITY_OPTION
    return Position(ACCOUNT.number, symbol, kind, "SPY", D(2), D(100), D(1), None, None)


def taken_net(order_id: int, body: bytes) -> Accepted:
    said = orjson.loads(body)
    sign = 1 if said["price-effect"] == "Credit" else -1
    side = Action.SELL_TO_CLOSE if sign > 0 else Action.BUY_TO_OPEN
    of = strangle(price=str(sign * D(said["price"])), legs=(leg(PUT, side), leg(CALL, side)))
    more = {"identifier": said["external-identifier"], "replaces": order_id}
    return Accepted(order_id + 1, of_legs(B.LIVE, 1, of=of, id=order_id + 1, **more))
