"""Complex orders through the services: one request, children on the same card, cancels by the whole."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest

from senexbot.domain.errors import AlreadyHandled
from senexbot.domain.instruments import TickSize
from senexbot.domain.news import Buzz, BuzzNews, StoryNews
from senexbot.domain.orders.broker_orders import Accepted, BrokerOrder, BrokerStatus, CancelOutcome, NotProven
from senexbot.domain.orders.identifiers import child_identifier
from senexbot.domain.orders.intents import Intent, IntentState, NewsSource
from senexbot.domain.orders.terms import ChildTerms
from tests.broker.kit import control, creates, grant, simulated
from tests.domain.builders import ACCOUNT, NOW, D, actor, bracket, fill, order
from tests.services.house import House, outcomes
from tests.stores import Home

ANA = actor()
B, S = BrokerStatus, IntentState


def part(
    number: int, status: BrokerStatus = B.CONTINGENT, at: int = 1, *fills: Any, **more: Any
) -> BrokerOrder:
    """Of intent1's bracket: 0 the trigger, 1 and 2 its exits."""
    tag = child_identifier("sx1-p-1", number) if number else "sx1-p-1"
    values = {"id": 70 + number, "identifier": tag, "complex_id": 56, **more}
    return order(status, at, *fills, **values)


def accepted(_: bytes) -> Accepted:
    return Accepted(70, part(0), 56, (part(1), part(2)))


async def _protected(house: House) -> Intent:
    """Bought, and both exits work."""
    house.desk.outcome = accepted
    await house.put(terms=bracket())
    await house.sending.confirm(ANA, "h1")
    await house.answered()
    for news in (part(0, B.FILLED, 2, fill("a", 100)), part(1, B.LIVE, 2), part(2, B.LIVE, 2)):
        await house.following.learn_of(news, NewsSource.STREAM, ACCOUNT.environment)
    return await house.intent()


async def _buzzes(house: House) -> list[Buzz]:
    return [row.news.buzz for row in await house.told() if isinstance(row.news, BuzzNews)]


async def test_i5_children_are_stored_with_the_claim_and_sent_under_their_names(any_house: House) -> None:
    """I1, I2: one request for all of them, however often it is confirmed."""
    house = any_house
    house.desk.hold = asyncio.Event()
    await house.put(terms=bracket())
    answers = await outcomes(*(house.sending.confirm(ANA, "h1") for _ in range(5)))
    assert sum(isinstance(answer, Intent) for answer in answers) == 1
    claimed = await house.intent()
    await house.desk.arrived.wait()
    (body,) = house.desk.sent
    sent = [one["external-identifier"] for one in orjson.loads(body)["orders"]]
    assert sent == [child.identifier for child in claimed.children] == ["sx1-p-1.1", "sx1-p-1.2"]
    house.desk.outcome = accepted
    house.desk.hold.set()
    await house.answered()
    stored = await house.intent()
    assert (stored.state, stored.complex_id) == (S.WORKING, 56)
    assert [c.facts.order_id for c in stored.children if c.facts] == [71, 72]


async def test_i14_a_child_leads_back_to_its_card_by_name_and_by_number(any_house: House) -> None:
    """F41: also without its identifier, and never as somebody else's order (I15)."""
    house = any_house
    await _protected(house)
    bare = part(1, B.FILLED, 3, fill("x", 100, "210.05"), identifier="")
    taken = await house.following.learn_of(bare, NewsSource.STREAM, ACCOUNT.environment)
    assert taken is not None
    assert taken.children[0].facts is not None
    assert taken.children[0].facts.status is B.FILLED
    assert Buzz.EXIT_FILLED in await _buzzes(house)


async def test_f41_an_unknown_bracket_is_found_by_any_of_its_parts(any_house: House) -> None:
    house = any_house
    house.desk.outcome = lambda _: NotProven("the answer was lost")
    await house.put(terms=bracket())
    await house.sending.confirm(ANA, "h1")
    await house.answered()
    assert (await house.intent()).state is S.UNKNOWN
    house.desk.listed = [part(2, B.LIVE, 3)]
    await house.settling.round()
    found = await house.intent()
    assert (found.state, found.complex_id) == (S.WORKING, 56)
    house.desk.listed = [part(2, B.LIVE, 3), part(1, B.LIVE, 3), part(0, B.LIVE, 3)]
    house.clock.advance(1)
    await house.following.sweep(ACCOUNT)
    assert [c.facts is not None for c in (await house.intent()).children] == [True, True]
    assert len(house.desk.sent) == 1
    assert Buzz.FOUND in await _buzzes(house)


async def test_f41_all_parts_of_an_unknown_bracket_are_taken_in_by_one_look(house: House) -> None:
    await house.put(terms=bracket(), state=S.UNKNOWN, claimed_at=NOW, unknown_since=NOW)
    house.desk.listed = [part(1), part(2), part(0, B.LIVE, 2)]
    await house.settling.round()
    found = await house.intent()
    assert found.state is S.WORKING
    assert [c.facts.order_id for c in found.children if c.facts] == [71, 72]


async def test_i52_exits_keep_their_account_swept_like_open_orders(any_house: House) -> None:
    """F49: a fill of an exit that no stream told is found, although its order was over."""
    house = any_house
    await _protected(house)
    await house.told()
    house.desk.listed = [part(0, B.FILLED, 2, fill("a", 100)), part(2, B.CANCELLED, 4)]
    sweeps: dict[str, asyncio.Task[None]] = {}

    async def on_broken(_link: str, _why: str) -> None:
        raise AssertionError(_why)

    async def rounds(seconds: int) -> None:
        for _ in range(seconds):
            await house.following.round(sweeps, on_broken)
            await asyncio.gather(*sweeps.values())
            house.clock.advance(1)

    await rounds(1)
    before = house.desk.looks
    house.desk.listed.append(part(1, B.FILLED, 4, fill("x", 100, "210.05")))
    await rounds(60)
    assert house.desk.looks > before
    assert not (await house.intent()).has_open_children
    rows = await house.told()
    lines = [row.news.line for row in rows if isinstance(row.news, StoryNews)]
    assert any("filled 100 at 210.05" in line and "not by its stream" in line for line in lines)
    after = house.desk.looks
    await rounds(60)
    assert house.desk.looks == after  # nothing is open any more


async def test_an_open_exit_that_the_lists_leave_out_is_asked_for(house: House) -> None:
    await _protected(house)
    house.desk.listed = [part(1, B.CANCELLED, 5, account="5WT99999"), part(2, B.LIVE, 2)]
    await house.following.sweep(ACCOUNT)
    assert (await house.intent()).has_open_children


async def test_i18_a_bracket_is_cancelled_by_the_whole_and_each_part_read_back(any_house: House) -> None:
    """Pitfall 38."""
    house = any_house
    house.desk.outcome = accepted
    await house.put(terms=bracket())
    await house.sending.confirm(ANA, "h1")
    await house.answered()
    gone = tuple(part(number, B.CANCELLED, 5) for number in range(3))
    house.desk.cancelled = lambda _: CancelOutcome(gone[0], parts=gone)
    done = await house.cancelling.cancel(ANA, "h1")
    assert house.desk.cancels == [56]
    assert done.intent is not None
    assert done.intent.state is S.CANCELLED
    assert [c.facts.status for c in done.intent.children if c.facts] == [B.CANCELLED, B.CANCELLED]


async def test_the_exits_of_a_filled_order_are_cancelled_and_told_as_such(any_house: House) -> None:
    house = any_house
    bought = await _protected(house)
    parts = (part(0, B.FILLED, 2, fill("a", 100)), part(1, B.CANCELLED, 5), part(2, B.CANCELLED, 5))
    house.desk.cancelled = lambda _: CancelOutcome(parts[0], too_late=True, parts=parts)
    done = await house.cancelling.cancel(ANA, "h1")
    assert house.desk.cancels == [56]
    assert done.outcome.order == parts[1]
    assert not done.outcome.too_late
    assert done.intent is not None
    assert (done.intent.state, done.intent.has_open_children) == (S.FILLED, False)
    assert bought.state is S.FILLED
    with pytest.raises(AlreadyHandled):
        await house.cancelling.cancel(ANA, "h1")


async def test_f39_an_exit_that_filled_before_its_cancel_is_told_as_too_late(house: House) -> None:
    await _protected(house)
    parts = (
        part(0, B.FILLED, 2, fill("a", 100)),
        part(1, B.FILLED, 5, fill("x", 100, "210")),
        part(2, B.CANCELLED, 5),
    )
    house.desk.cancelled = lambda _: CancelOutcome(parts[0], too_late=True, parts=parts)
    done = await house.cancelling.cancel(ANA, "h1")
    assert (done.outcome.order, done.outcome.too_late) == (parts[1], True)


async def test_a_cancel_that_nothing_is_heard_of_takes_nothing_back(house: House) -> None:
    await _protected(house)
    done = await house.cancelling.cancel(ANA, "h1")
    assert done.outcome.order is None
    assert done.intent is not None
    assert done.intent.has_open_children


async def test_f112_a_halt_lists_the_exits_of_filled_orders_too(house: House) -> None:
    await _protected(house)
    await house.put(2, state=S.WORKING)
    halted = await house.halts.halt(ANA)
    assert [one.id for one in halted.working] == ["intent2", "intent1"]


# --- the real adapter, real sockets; the simulator's ledger is the judge ---------------------------


def _near(one: ChildTerms) -> ChildTerms:
    return one if one.stop_trigger else replace(one, price=D("190"))


@pytest.mark.parametrize("end", ["filled", "cancelled"])
async def test_a_bracket_lives_its_whole_life_against_the_simulator(home: Home, sim: Any, end: str) -> None:
    """I4, I5, I14: bought; then one exit fills and takes the other along, or both are cancelled from the card."""
    person = sim.info["users"][0]
    async with simulated(sim) as broker:
        broker.sessions._grants.grants["link1"] = grant(person["provider_secret"], person["refresh_token"])
        house = await House.build(home, desk=broker.desk)
        house.reads.steps = (
            TickSize(D("0.001")),
        )  # told wrongly, so that the exchange finds the trigger out
        await control(sim, "quote", {"symbol": "AAPL", "bid": "187.60", "ask": "187.70"})
        what = bracket()
        terms = replace(what, children=tuple(_near(one) for one in what.children))
        await house.put(terms=terms)
        await house.sending.confirm(ANA, "h1")
        await house.answered()
        working = await house.intent()
        assert working.state is S.WORKING
        assert all(child.facts is not None for child in working.children)

        await control(sim, "quote", {"symbol": "AAPL", "bid": "187.40", "ask": "187.45"})
        await _swept(house, lambda intent: intent.state is S.FILLED)
        assert Buzz.FILLED in await _buzzes(house)
        assert (await house.intent()).has_open_children
        if end == "filled":
            await control(sim, "quote", {"symbol": "AAPL", "bid": "190.10", "ask": "190.20"})
            await _swept(house, lambda intent: not intent.has_open_children)
            assert Buzz.EXIT_FILLED in await _buzzes(house)
        else:
            done = await house.cancelling.cancel(ANA, "h1")
            assert done.intent is not None
            assert not done.intent.has_open_children
        assert len(await creates(sim)) == 1
        judged = {
            o["external-identifier"]: o["status"]
            for o in (await control(sim, "orders", method="GET"))["orders"]
        }
        profit = "Filled" if end == "filled" else "Cancelled"
        assert judged == {"sx1-p-1": "Filled", "sx1-p-1.1": profit, "sx1-p-1.2": "Cancelled"}


async def _swept(house: House, done: Callable[[Intent], bool]) -> None:
    async with asyncio.timeout(30):
        while not done(await house.intent()):
            house.clock.advance(1)
            await house.following.sweep(ACCOUNT)
