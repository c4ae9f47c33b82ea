"""Who may send, when, and how often: races around the claim, on both databases (I1 to I7, I13, I25, I29, I63)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from hashlib import sha256

import pytest

from senexbot.domain.errors import AlreadyHandled, Denied, Expired, Stale, StoreUnavailable, UserError
from senexbot.domain.orders.broker_orders import Accepted, NotProven, RefusedByBroker
from senexbot.domain.orders.intents import IntentState
from senexbot.services.halts.halts import HaltAnswer
from tests.domain.builders import actor, terms
from tests.services.house import House, outcomes

ANA = actor()
LATE = (AlreadyHandled, Stale)


def accepted(_: bytes) -> Accepted:
    return Accepted(7, None)


async def test_f5_many_clicks_at_once_send_one_order(any_house: House) -> None:
    """I1, I3, I4."""
    house = any_house
    house.desk.outcome = accepted
    await house.put()
    answers = await outcomes(*(house.sending.confirm(ANA, "h1") for _ in range(8)))
    await house.answered()
    assert len(house.desk.sent) == 1
    assert sum(1 for answer in answers if isinstance(answer, LATE)) == 7
    assert (await house.intent()).state is IntentState.WORKING


async def test_i6_what_is_sent_is_what_was_stored(any_house: House) -> None:
    house = any_house
    await house.put()
    await house.sending.confirm(ANA, "h1")
    await house.answered()
    stored = await house.intent()
    assert house.desk.sent == [house.desk.compose(stored.terms, stored.identifier)]
    async with house.sql.read() as tx:
        assert await tx.intents.attempt_hash(stored.id) == sha256(house.desk.sent[0]).hexdigest()


async def test_f112_whatever_was_claimed_is_in_the_answer_of_the_halt(any_house: House) -> None:
    """I25, I29: a claim commits before the halt and is listed by it, or it never happens."""
    house = any_house
    house.desk.hold = asyncio.Event()
    for number in range(1, 7):
        await house.put(number)
    await house.following.sweep((await house.intent()).account)

    async def halt_between() -> HaltAnswer:
        await house.desk.arrived.wait()
        return await house.halts.halt(ANA)

    *answers, halted = await outcomes(
        *(house.sending.confirm(ANA, f"h{n}") for n in range(1, 7)), halt_between()
    )
    states = [(await house.intent(n)).state for n in range(1, 7)]
    claimed = {f"intent{n}" for n, state in enumerate(states, 1) if state is IntentState.CLAIMED}
    assert {one.id for one in halted.on_the_way} == claimed
    assert all(isinstance(a, Denied) and a.code == "halted" for a in answers if isinstance(a, Exception))
    assert states.count(IntentState.PREVIEWED) == 6 - len(claimed)
    for number in range(1, 7):
        with pytest.raises(UserError):
            await house.sending.confirm(ANA, f"h{number}")
    await asyncio.sleep(0)
    assert len(house.desk.sent) == len(claimed)
    house.desk.hold.set()
    await house.answered()


@pytest.mark.parametrize(("seconds", "sent"), [(119.999, 1), (120, 0)])
async def test_f7_the_end_of_a_confirmation_is_sharp(any_house: House, seconds: float, sent: int) -> None:
    """I32, I67: also while the sweep of ended previews runs at the same moment."""
    house = any_house
    await house.put()
    house.clock.advance(seconds)
    confirmed, _ = await outcomes(house.sending.confirm(ANA, "h1"), house.previews.lapse_due())
    await house.answered()
    assert len(house.desk.sent) == sent
    if not sent:
        assert isinstance(confirmed, (Expired, *LATE))
        assert (await house.intent()).state is IntentState.LAPSED


async def test_f87_a_clock_set_back_while_no_bot_ran_extends_nothing(any_house: House) -> None:
    """I67: a preview with more time left than any preview has is over."""
    house = any_house
    await house.put()
    house.clock.advance(-3600)
    (refused,) = await outcomes(house.sending.confirm(ANA, "h1"))
    assert isinstance(refused, Expired)
    assert house.desk.sent == []


async def test_f8_a_step_and_a_confirm_at_once(any_house: House) -> None:
    """I31: the confirmed version is sent, or nothing."""
    house = any_house
    before = await house.put()
    confirmed, stepped = await outcomes(
        house.sending.confirm(ANA, "h1"), house.previews.step(ANA, "h1", steps=1)
    )
    await house.answered()
    assert isinstance(confirmed, LATE) != isinstance(stepped, LATE)
    expected = [] if isinstance(confirmed, LATE) else [house.desk.compose(before.terms, before.identifier)]
    assert house.desk.sent == expected


async def test_i13_a_like_order_waits_and_then_names_the_unresolved_one(any_house: House) -> None:
    """At the preview and at the claim; another side does not wait."""
    house = any_house
    for number in (1, 2):
        await house.put(number)
    await house.sending.confirm(ANA, "h1")
    await house.answered()
    assert (await house.intent(1)).state is IntentState.UNKNOWN
    with pytest.raises(Denied) as denied:
        await house.sending.confirm(ANA, "h2")
    assert denied.value.code == "unresolved_order"
    assert len(house.desk.sent) == 1

    house.clock.advance(301)
    preview = await house.preview(ANA, "buy 5 AAPL @ 180")
    assert preview.repeats == "intent1"
    stepped = await house.previews.step(ANA, preview.handle, steps=1)
    assert stepped.repeats == "intent1"
    claimed = await house.sending.confirm(ANA, stepped.handle)
    assert claimed.repeats == "intent1"
    await house.answered()


async def test_i13_holds_for_everybody_who_reaches_the_account(any_house: House) -> None:
    house = any_house
    await house.put(1, owner="U2", state=IntentState.UNKNOWN, unknown_since=house.clock.now())
    await house.put(2)
    with pytest.raises(Denied):
        await house.sending.confirm(ANA, "h2")
    assert house.desk.sent == []


async def test_i63_a_claim_that_has_not_committed_when_the_stop_begins_never_does(house: House) -> None:
    await house.put()
    await house.following.sweep((await house.intent()).account)
    async with house.sql.begin():  # the claim waits for the writer's turn
        confirming = asyncio.create_task(house.sending.confirm(ANA, "h1"))
        while not house.sending.in_flight("intent1"):
            await asyncio.sleep(0)
        stopping = asyncio.create_task(house.sending.drain(5))
        await asyncio.sleep(0)
        assert not stopping.done()
    with pytest.raises(Denied) as denied:
        await confirming
    await stopping
    assert denied.value.code == "stopping"
    assert house.desk.sent == []
    assert (await house.intent()).state is IntentState.PREVIEWED


async def test_i63_a_stop_waits_for_the_answer(any_house: House) -> None:
    house = any_house
    house.desk.outcome, house.desk.hold = accepted, asyncio.Event()
    await house.put()
    await house.sending.confirm(ANA, "h1")
    await house.desk.arrived.wait()
    stopping = asyncio.create_task(house.sending.drain(5))
    await asyncio.sleep(0)
    assert not stopping.done()
    house.desk.hold.set()
    await stopping
    assert (await house.intent()).state is IntentState.WORKING


@pytest.mark.parametrize("failures", [1, 12])
async def test_f67_an_answer_outlives_a_store_that_is_away(house: House, failures: int) -> None:
    """A refusal that is known never becomes "not known"; and no sweep takes it for an orphan meanwhile.

    I59: only the database step is repeated, never the call to the broker before it.
    """
    house.desk.outcome = lambda _: RefusedByBroker("margin_check_failed", "not enough", 422)
    house.desk.hold = asyncio.Event()
    await house.put()
    await house.sending.confirm(ANA, "h1")
    await house.desk.arrived.wait()
    assert await house.settling.recover() == 0
    house.store.failures = failures
    house.desk.hold.set()
    await house.answered()
    assert house.store.failures == 0
    assert len(house.desk.sent) == 1
    assert (await house.intent()).state is IntentState.REFUSED


async def test_f67_no_durable_claim_no_order(any_house: House) -> None:
    """I2, I61."""
    house = any_house
    await house.put()
    house.store.failures = 2  # the claim, and the record of its refusal
    with pytest.raises(StoreUnavailable):
        await house.sending.confirm(ANA, "h1")
    await house.answered()
    assert house.desk.sent == []
    assert (await house.intent()).state is IntentState.PREVIEWED


async def test_f78_a_claim_of_a_dead_process_is_unknown_and_not_sent(any_house: House) -> None:
    """I9: at once for the only process, else when no answer can come any more."""
    house = any_house
    await house.put(state=IntentState.CLAIMED)
    assert await house.settling.recover(alone=False) == 0
    house.clock.advance(46)
    assert await house.settling.recover(alone=False) == 1
    assert (await house.intent()).state is IntentState.UNKNOWN
    assert house.desk.sent == []


async def test_i64_nothing_is_sent_before_the_account_was_compared(any_house: House) -> None:
    house = any_house
    await house.put()
    house.desk.complete = False
    with pytest.raises(Denied) as denied:
        await house.sending.confirm(ANA, "h1")
    assert denied.value.code == "reconciling"
    house.desk.complete = True
    house.clock.advance(1)
    await house.sending.confirm(ANA, "h1")
    await house.answered()
    assert len(house.desk.sent) == 1


async def test_i36_an_account_of_another_is_never_used(any_house: House) -> None:
    """F114: the rights are read in the claim: the link is another person's by now."""
    house = any_house
    waiting = await house.put()
    async with house.sql.begin() as tx:
        await tx.links.erase("link1")
    await house.link(user_id="U2")
    with pytest.raises(UserError):
        await house.sending.confirm(ANA, "h1")
    assert house.desk.sent == []
    assert await house.intent() == replace(waiting, terms=terms())


async def test_i7_a_lost_answer_is_never_answered_by_sending_again(any_house: House) -> None:
    house = any_house
    house.desk.outcome = lambda _: NotProven("reset")
    await house.put()
    await house.sending.confirm(ANA, "h1")
    await house.answered()
    for _ in range(20):
        await house.settling.round()
        house.clock.advance(30)
    assert len(house.desk.sent) == 1
