"""Moving the price of a working order: one claim, one request, and what becomes of it (I1, I7, I25, I64 for PUT)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import orjson
import pytest

from senexbot.domain.errors import AlreadyHandled, Denied, NotPermitted, Stale, UserError
from senexbot.domain.news import Buzz, BuzzNews
from senexbot.domain.orders.broker_orders import (
    Accepted,
    BrokerOrder,
    BrokerStatus,
    CancelOutcome,
    RefusedByBroker,
)
from senexbot.domain.orders.changes import priced
from senexbot.domain.orders.intents import Intent, IntentState, NewsSource, OrderFacts, ReplaceState
from tests.broker.kit import control, grant, simulated
from tests.domain.builders import ACCOUNT, D, actor, fill, order, terms
from tests.services.house import House, outcomes
from tests.stores import Home

ANA = actor()
B, S, R = BrokerStatus, IntentState, ReplaceState


def old(status: BrokerStatus, at: int = 9, *fills: Any, **more: Any) -> BrokerOrder:
    return order(status, at, *fills, **more)


def new(status: BrokerStatus = B.CONTINGENT, at: int = 1, *fills: Any, **more: Any) -> BrokerOrder:
    values = {"id": 8, "identifier": "sx1-p-1.r1", "replaces": 7, "price": D("-187.51"), **more}
    return order(status, at, *fills, **values)


async def _working(house: House, **more: Any) -> Intent:
    facts = OrderFacts(7, B.LIVE, D(100), updated_at=1)
    working = await house.put(state=S.WORKING, facts=facts, **more)
    await house.following.sweep(ACCOUNT)
    return working


async def _moved(house: House, steps: int = 1) -> Intent:
    await house.replacing.step(ANA, "h1", steps=steps)
    await house.answered()
    return await house.intent()


async def _buzzes(house: House) -> list[Buzz]:
    return [row.news.buzz for row in await house.told() if isinstance(row.news, BuzzNews)]


def accepted(_: int, __: bytes) -> Accepted:
    return Accepted(8, new())


async def test_a_step_is_one_claim_and_one_request(any_house: House) -> None:
    """I2, I5, I6: the body is stored with the claim; all of the order but its legs, under a name of its own."""
    house = any_house
    house.desk.replaced = accepted
    await _working(house)
    moved = await _moved(house)
    ((order_id, body),) = house.desk.replaces
    assert order_id == 7
    said = orjson.loads(body)
    assert (said["price"], said["price-effect"]) == ("187.51", "Debit")
    assert said["external-identifier"] == "sx1-p-1.r1"
    assert "legs" not in said
    async with house.sql.read() as tx:
        assert await tx.intents.replace_bodies("intent1") == (body,)
        assert await tx.intents.with_open_replace() == ()
    assert (moved.state, moved.terms.price, moved.chain) == (S.WORKING, D("-187.51"), (7,))
    assert moved.price_view is not None
    assert (moved.price_view.lower, moved.price_view.higher) == (D("187.50"), D("187.52"))
    assert await _buzzes(house) == []


async def test_i1_many_taps_at_once_move_it_one_step(any_house: House) -> None:
    """I3, I33."""
    house = any_house
    house.desk.replaced = accepted
    await _working(house)
    answers = await outcomes(*(house.replacing.step(ANA, "h1", steps=1) for _ in range(8)))
    await house.answered()
    assert len(house.desk.replaces) == 1
    assert sum(isinstance(a, (AlreadyHandled, Stale)) for a in answers) == 7
    assert (await house.intent()).terms.price == D("-187.51")


async def test_i31_a_button_of_the_older_price_is_refused_and_the_new_one_goes_on(any_house: House) -> None:
    house = any_house
    house.desk.replaced = accepted
    await _working(house)
    moved = await _moved(house)
    with pytest.raises(AlreadyHandled) as late:
        await house.replacing.step(ANA, "h1", steps=1)
    assert late.value.code == "older_preview"
    second = {"id": 9, "identifier": "sx1-p-1.r2", "replaces": 8, "price": D("-187.52")}
    house.desk.replaced = lambda _, __: Accepted(9, order(B.LIVE, 1, **second))
    await house.replacing.step(ANA, moved.handle, steps=1)
    await house.answered()
    again = await house.intent()
    assert (again.terms.price, again.chain) == (D("-187.52"), (7, 8))
    late_news = old(B.CANCELLED, 9, fill("a", 10), identifier="")
    await house.following.learn_of(late_news, NewsSource.STREAM, ACCOUNT.environment)
    current = await house.intent()
    assert current.facts is not None
    assert current.facts.filled == 10  # the first number still leads back (pitfall 47)


async def test_i25_no_replace_starts_while_the_desk_is_halted(any_house: House) -> None:
    """Raced: a claim commits before the halt, or never."""
    house = any_house
    house.desk.replaced = accepted
    await _working(house)
    answer, _ = await outcomes(house.replacing.step(ANA, "h1", steps=1), house.halts.halt(ANA))
    await house.answered()
    assert len(house.desk.replaces) == (0 if isinstance(answer, Denied) else 1)
    current = await house.intent()
    sent = len(house.desk.replaces)
    with pytest.raises(UserError):
        await house.replacing.step(ANA, current.handle, steps=1)
    assert len(house.desk.replaces) == sent


async def test_i64_nothing_is_replaced_before_the_account_was_compared(any_house: House) -> None:
    house = any_house
    facts = OrderFacts(7, B.LIVE, D(100), updated_at=1)
    await house.put(state=S.WORKING, facts=facts)
    house.desk.complete = False
    with pytest.raises(Denied) as denied:
        await house.replacing.step(ANA, "h1", steps=1)
    assert denied.value.code == "reconciling"
    assert house.desk.replaces == []


async def test_i63_a_stop_waits_for_the_answer_and_lets_no_claim_begin(house: House) -> None:
    house.desk.replaced, house.desk.hold = accepted, asyncio.Event()
    await _working(house)
    await house.replacing.step(ANA, "h1", steps=1)
    await house.desk.arrived.wait()
    stopping = asyncio.create_task(house.sending.drain(5))
    await asyncio.sleep(0)
    assert not stopping.done()
    house.desk.hold.set()
    await stopping
    moved = await house.intent()
    assert moved.terms.price == D("-187.51")
    with pytest.raises(Denied) as denied:
        await house.replacing.step(ANA, moved.handle, steps=1)
    assert denied.value.code == "stopping"
    assert len(house.desk.replaces) == 1


async def test_only_the_owner_moves_it_and_only_while_it_works(any_house: House) -> None:
    """I28."""
    house = any_house
    await _working(house)
    with pytest.raises(NotPermitted):
        await house.replacing.step(actor(user_id="U2"), "h1", steps=1)
    await house.following.learn_of(old(B.CANCELLED), NewsSource.STREAM, ACCOUNT.environment)
    with pytest.raises(AlreadyHandled):
        await house.replacing.step(ANA, "h1", steps=1)
    assert house.desk.replaces == []


@pytest.mark.parametrize("price", [D("-187.50"), D(0), D("187.51")])
async def test_a_price_that_is_no_move_is_refused(house: House, price: Any) -> None:
    working = await _working(house)
    with pytest.raises(AlreadyHandled) as refused:
        await house.replacing.change(ANA, working, priced(working.terms, price))
    assert refused.value.code == "no_price"


async def test_an_order_without_a_price_is_not_moved(house: House) -> None:
    working = await _working(house, terms=terms(price=None))
    with pytest.raises(AlreadyHandled):
        await house.replacing.step(ANA, "h1", steps=1)
    with pytest.raises(AlreadyHandled):
        await house.replacing.change(ANA, working, priced(working.terms, D(-1)))
    await house.put(2, state=S.WORKING, facts=OrderFacts(17, B.LIVE, D(100)), terms=terms(price="-0.0001"))
    with pytest.raises(AlreadyHandled):
        await house.replacing.step(ANA, "h2", steps=-1)


async def test_a_refusal_leaves_the_price_and_is_told(any_house: House) -> None:
    house = any_house
    house.desk.replaced = lambda _, __: RefusedByBroker("cannot_update_order", "could not be updated", 422)
    await _working(house)
    stands = await _moved(house)
    assert (stands.state, stands.terms.price) == (S.WORKING, D("-187.50"))
    assert await _buzzes(house) == [Buzz.MOVE_FAILED]


async def test_pitfall_49_a_fill_in_between_is_told(any_house: House) -> None:
    house = any_house
    house.desk.replaced, house.desk.hold = accepted, asyncio.Event()
    await _working(house)
    await house.replacing.step(ANA, "h1", steps=1)
    await house.following.learn_of(old(B.FILLED, 9, fill("a", 100)), NewsSource.STREAM, ACCOUNT.environment)
    house.desk.hold.set()
    await house.answered()
    await house.following.learn_of(new(B.CANCELLED, 5), NewsSource.STREAM, ACCOUNT.environment)
    done = await house.intent()
    assert (done.state, done.facts.filled if done.facts else None) == (S.FILLED, 100)
    assert await _buzzes(house) == [Buzz.FILLED]


# --- in doubt ------------------------------------------------------------------------------------


async def _pass(house: House, seconds: float, step: float = 5.0) -> None:
    for _ in range(int(seconds / step)):
        house.clock.advance(step)
        await house.settling_replaces.round()


async def test_f40_a_lost_answer_is_never_answered_by_sending_again(any_house: House) -> None:
    """I7, I9, I11, I12: settled by the evidence rule, not a second before; a new tap is a new claim."""
    house = any_house
    await _working(house)
    house.desk.listed = [old(B.LIVE, 2)]
    unknown = await _moved(house)
    assert unknown.replacing is not None
    assert unknown.replacing.state is R.UNKNOWN
    assert await _buzzes(house) == [Buzz.MOVE_UNKNOWN]
    with pytest.raises(AlreadyHandled):
        await house.replacing.step(ANA, unknown.handle, steps=1)
    await _pass(house, 115)
    assert (await house.intent()).has_open_replace
    await _pass(house, 60)
    settled = await house.intent()
    assert settled.replacing is not None
    assert (settled.replacing.state, settled.terms.price) == (R.NOT_DONE, D("-187.50"))
    assert len(house.desk.replaces) == 1
    await house.replacing.step(ANA, settled.handle, steps=1)
    await house.answered()
    assert len(house.desk.replaces) == 2


async def test_f40_a_replacement_that_took_effect_is_found_by_its_name(any_house: House) -> None:
    house = any_house
    await _working(house)
    await _moved(house)
    house.desk.listed = [old(B.CANCELLED, 5, replaced_by=8), new(B.LIVE, 4)]
    await house.settling_replaces.round()
    found = await house.intent()
    assert (found.state, found.terms.price, found.has_open_replace) == (S.WORKING, D("-187.51"), False)
    assert len(house.desk.replaces) == 1


async def test_f40_a_replacement_that_the_old_order_names_is_asked_for(any_house: House) -> None:
    """Without its identifier, and not in the lists yet (F32)."""
    house = any_house
    await _working(house)
    await _moved(house)
    hidden = new(B.LIVE, 4, identifier="", account="elsewhere")
    house.desk.listed = [old(B.CANCELLED, 5, replaced_by=8), hidden]
    await house.settling_replaces.round()
    assert (await house.intent()).has_open_replace  # the other account's order is not ours
    house.desk.listed[1] = new(B.LIVE, 4, identifier="")
    house.desk.complete = False
    await _pass(house, 5)
    assert (await house.intent()).terms.price == D("-187.51")


async def test_a_cancelled_order_whose_replacement_never_shows_ends(any_house: House) -> None:
    """Its end is held for the evidence rule, then told."""
    house = any_house
    await _working(house)
    await _moved(house)
    house.desk.listed = [old(B.CANCELLED, 5)]
    await _pass(house, 100)
    assert (await house.intent()).state is S.WORKING
    await _pass(house, 60)
    assert (await house.intent()).state is S.CANCELLED


async def test_i11_a_person_is_called_after_five_minutes(house: House) -> None:
    await _working(house)
    await _moved(house)
    await house.told()
    house.desk.complete = False
    await _pass(house, 290, 10)
    assert await _buzzes(house) == []
    await _pass(house, 60, 10)
    assert await _buzzes(house) == [Buzz.MOVE_NEEDS_PERSON]
    assert (await house.intent()).has_open_replace


async def test_f78_a_claim_of_a_dead_process_is_unknown_and_not_sent(any_house: House) -> None:
    """F79: at once for the only process, else when no answer can come any more."""
    house = any_house
    house.desk.replaced, house.desk.hold = accepted, asyncio.Event()
    await _working(house)
    await house.replacing.step(ANA, "h1", steps=1)
    assert await house.settling_replaces.recover() == 0  # this process still awaits the answer
    orphan = type(house.settling_replaces)(
        store=house.store,
        desk=house.desk,
        following=house.following,
        clock=house.clock,
        in_flight=lambda _: False,
    )
    assert await orphan.recover(alone=False) == 0
    assert await orphan.recover() == 1
    lost = await house.intent()
    assert lost.replacing is not None
    assert lost.replacing.state is R.UNKNOWN
    house.desk.hold.set()
    await house.answered()
    assert (await house.intent()).terms.price == D("-187.51")  # a late proof still counts


async def test_i67_a_clock_that_jumps_proves_nothing(house: House) -> None:
    """Three complete looks within seconds of a wall clock that was set on are no two minutes."""
    await _working(house)
    house.desk.listed = [old(B.LIVE, 2)]
    await _moved(house)
    await house.settling_replaces.round()
    house.clock._now += timedelta(seconds=600)
    for _ in range(4):
        house.clock._now += timedelta(seconds=31)
        await house.settling_replaces.round()
    assert (await house.intent()).has_open_replace
    await _pass(house, 130)
    assert not (await house.intent()).has_open_replace


async def test_a_broker_that_does_not_answer_proves_nothing(house: House) -> None:
    from senexbot.domain.errors import Unavailable

    await _working(house)
    await _moved(house)
    house.desk.trouble = Unavailable("no answer")
    await _pass(house, 200, 20)
    current = await house.intent()
    assert current.replacing is not None
    assert (current.replacing.state, current.replacing.looks) == (R.UNKNOWN, 0)


async def test_f67_an_answer_outlives_a_store_that_is_away(house: House) -> None:
    house.desk.replaced, house.desk.hold = accepted, asyncio.Event()
    await _working(house)
    await house.replacing.step(ANA, "h1", steps=1)
    await house.desk.arrived.wait()
    house.store.failures = 3
    house.desk.hold.set()
    await house.answered()
    assert house.store.failures == 0
    assert (await house.intent()).terms.price == D("-187.51")


async def test_f39_a_cancel_after_a_lost_move_cancels_what_works_now(any_house: House) -> None:
    """F40, I18: the old number is gone because its price was moved; the new one is what a cancel means."""
    house = any_house
    await _working(house)
    await _moved(house)
    shown = {7: old(B.CANCELLED, 5, replaced_by=8), 8: new(B.CANCELLED, 6)}
    house.desk.cancelled = lambda number: CancelOutcome(shown[number])
    house.desk.listed = [shown[7]]
    done = await house.cancelling.cancel(ANA, "h1")
    assert house.desk.cancels == [7, 8]
    assert done.outcome.order == shown[8]


# --- the real adapter, real sockets; the simulator's ledger is the judge ---------------------------


async def _puts(sim: Any) -> list[dict[str, Any]]:
    ledger = await control(sim, "requests", method="GET")
    return [r for r in ledger["requests"] if r["method"] == "PUT"]


@pytest.mark.parametrize("kind", ["", "accepted-then-dropped", "reset"])
async def test_moves_against_the_simulator(home: Home, sim: Any, kind: str) -> None:
    """I4, I7, F40: at most one PUT for a claim, whatever happens to its answer; the chain is kept."""
    person = sim.info["users"][0]
    async with simulated(sim) as broker:
        broker.sessions._grants.grants["link1"] = grant(person["provider_secret"], person["refresh_token"])
        house = await House.build(home, desk=broker.desk)
        await control(sim, "quote", {"symbol": "AAPL", "bid": "187.60", "ask": "187.70"})
        await house.put()
        await house.sending.confirm(ANA, "h1")
        await house.answered()
        await _until(house, lambda i: i.facts is not None and i.facts.status is B.LIVE)
        if kind:
            fault = {"target": "PUT /accounts/*/orders/*", "kind": kind, "count": 1}
            await control(sim, "fault", fault)
        await house.replacing.step(ANA, "h1", steps=1)
        await house.answered()
        assert len(await _puts(sim)) == 1
        house.clock.advance(1)
        await house.settling_replaces.round()
        if kind == "reset":
            assert (await house.intent()).has_open_replace
            return
        moved = await _until(house, lambda i: i.terms.price == D("-187.51"))
        assert moved.replacing is not None
        assert moved.replacing.state is R.DONE
        await control(sim, "quote", {"symbol": "AAPL", "bid": "187.45", "ask": "187.51"})
        await _until(house, lambda i: i.state is S.FILLED)
        orders = (await control(sim, "orders", method="GET"))["orders"]
        judged = {o["external-identifier"]: (o["status"], o["price"]) for o in orders}
        assert judged == {"sx1-p-1": ("Cancelled", "187.5"), "sx1-p-1.r1": ("Filled", "187.51")}
        assert len(await _puts(sim)) == 1


async def _until(house: House, true: Any) -> Intent:
    async with asyncio.timeout(30):
        while not true(await house.intent()):
            house.clock.advance(1)
            await house.following.sweep(ACCOUNT)
    return await house.intent()
