"""Telling: crashes between post and mark, merged alerts, slow channels, lost answers (I39 to I43, I48)."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from senexbot.domain.errors import Gone, MessengerRateLimited, Transient, Uncertain
from senexbot.domain.news import Buzz, BuzzNews, CardNews
from senexbot.domain.orders.intents import IntentState
from senexbot.ports import CardPlace, Outgoing
from senexbot.services.alerts.routing import raise_alert
from senexbot.services.news.delivery import BURST, LONGEST_WAIT, Pace
from senexbot.services.news.outbox import Relay
from tests.domain.routing.builders import an_alert
from tests.fakes.slack import HandMessenger
from tests.services.house import RULES, House

REPEAT = "epeat"


async def _alert(house: House, number: int, *, channel: str = "C1") -> None:
    async with house.sql.begin() as tx:
        await raise_alert(tx, an_alert(number, channel=channel), now=house.clock.now())


async def _card(house: House, number: int = 1) -> None:
    await house.put(number)
    async with house.sql.begin() as tx:
        await tx.outbox.put(
            Outgoing(f"card:intent{number}", CardNews(f"intent{number}"), f"c{number}", to_user="U1")
        )


def _texts(slack: HandMessenger) -> list[str]:
    return [text for _, text in slack.posted]


async def _waiting(house: House) -> int:
    async with house.sql.read() as tx:
        return await tx.outbox.depth()


async def _untold(house: House, place: str = "C1") -> int:
    async with house.sql.read() as tx:
        return len(await tx.alerts.due(place, house.clock.now(), 2000))


@pytest.mark.parametrize("alerts", [1, 4])
async def test_f80_a_crash_between_post_and_mark_repeats_marked_and_loses_nothing(
    any_house: House, alerts: int
) -> None:
    """I41, I42: one message, or a merged one of four: told again with a mark, then done."""
    house = any_house
    for number in range(alerts):
        await _alert(house, number)
    house.store.failures = 2  # the marks after the post; the claim itself goes past the balky store
    async with house.sql.begin() as tx:
        (row,) = await tx.outbox.claim("test", 20, house.clock.now())
    await house.relay._work(row)
    assert len(house.slack.posted) == 1
    assert await _untold(house) == alerts
    house.store.failures = 0
    again = Relay(
        store=house.store, messenger=house.slack, clock=house.clock, rules=RULES, owner="next process"
    )
    assert await again.drain() == 0  # the claim of the dead one has not lapsed
    house.clock.advance(61)
    while await again.drain():
        await again.settle()
    assert await _waiting(house) == await _untold(house) == 0
    first, second = _texts(house.slack)
    assert REPEAT in second
    assert REPEAT not in first


async def test_f14_a_lost_answer_to_a_card_is_repeated_with_a_mark(house: House) -> None:
    """I42: also the card itself."""
    await _card(house)
    house.slack.lost = [Uncertain("lost")]
    await house.relayed()
    house.clock.advance(61)
    await house.relayed()
    first, second = _texts(house.slack)
    assert REPEAT not in first
    assert REPEAT in second
    assert await _waiting(house) == 0


async def test_f18_a_buzz_outlives_a_deleted_card(any_house: House) -> None:
    """The link to the card cannot be had; the news is told without."""
    house = any_house
    await house.put(state=IntentState.NEEDS_PERSON)
    async with house.sql.begin() as tx:
        await tx.cards.put("intent1", CardPlace("DU1", "1.0", 1))
        news = BuzzNews("intent1", Buzz.NEEDS_PERSON, house.clock.now())
        await tx.outbox.put(Outgoing("card:intent1", news, "b", to_user="U1"))
    house.slack.faults["permalink"] = [Gone("message_not_found")]
    await house.relayed()
    assert len(house.slack.posted) == 1
    async with house.sql.read() as tx:
        assert await tx.outbox.dead(10) == ()


async def test_a_card_handed_to_the_next_preview_is_not_posted_again(house: House) -> None:
    """Previewed again while the old card's "ended" was still waiting: the message is the new one's."""
    await _card(house)
    async with house.sql.begin() as tx:
        intent = await tx.intents.get("intent1")
        assert intent is not None
        await tx.intents.save(replace(intent, state=IntentState.LAPSED, version=intent.version + 1))
    await house.relay.drain()
    await house.relay.settle()
    assert house.slack.posted == []
    assert await _waiting(house) == 0


async def test_a_long_queue_for_one_person_is_told_once_each(house: House) -> None:
    """F125: rows that would wait longer than a claim lasts go back; none is told twice."""
    for number in range(1, 41):
        await _card(house, number)
    for _ in range(120):
        while await house.relay.drain():
            await house.relay.settle()
        house.clock.advance(1)
    assert await _waiting(house) == 0
    assert len(house.slack.posted) == 40
    assert not [text for text in _texts(house.slack) if REPEAT in text]


async def test_f15_a_direct_channel_that_slack_limits_is_left_alone(house: House) -> None:
    """Also the other cards that go there."""
    await _card(house, 1)
    house.slack.faults["post"] = [MessengerRateLimited(30)]
    await house.relayed()
    await _card(house, 2)
    await house.relayed()
    assert house.slack.posted == []
    for _ in range(40):
        house.clock.advance(1)
        await house.relayed()
    assert len(house.slack.posted) == 2


async def test_i44_a_store_that_fails_to_claim_cancels_nothing_in_hand(house: House) -> None:
    await _alert(house, 1)
    house.slack.hold = asyncio.Event()
    running = asyncio.create_task(house.relay.run())
    await house.slack.arrived.wait()
    house.store.failures = 1
    while house.store.failures:
        house.clock.advance(0.1)
        await asyncio.sleep(0.01)
    house.slack.hold.set()
    while await _waiting(house):
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(house.slack.posted) == 1


async def test_f82_a_stop_lets_the_message_in_hand_be_marked(house: House) -> None:
    """Else the next start would tell it twice."""
    await _alert(house, 1)
    house.slack.hold = asyncio.Event()
    running = asyncio.create_task(house.relay.run())
    await house.slack.arrived.wait()
    running.cancel()
    await asyncio.sleep(0)
    house.slack.hold.set()
    await asyncio.gather(running, return_exceptions=True)
    assert await _waiting(house) == 0


async def test_i48_a_closed_channel_moves_the_alert_to_its_owner(any_house: House) -> None:
    """F16: and the admins hear of the dead letter."""
    house = any_house
    await _alert(house, 1)
    house.slack.faults["post"] = [Transient("down"), Gone("not_in_channel")]
    for _ in range(3):
        await house.relayed()
        house.clock.advance(2)
    assert [channel for channel, _ in house.slack.posted].count("DU1") == 2
    assert "CADMIN" in {channel for channel, _ in house.slack.posted}


async def test_a_row_is_not_held_longer_than_its_claim_lasts(house: House) -> None:
    """Else it would be told twice: who comes later than that is sent back (and takes no turn)."""
    pace = Pace(house.clock)
    for _ in range(int(BURST + LONGEST_WAIT)):
        await pace.wait("D1")
    for _ in range(2):
        with pytest.raises(MessengerRateLimited) as limited:
            await pace.wait("D1")
        assert limited.value.after == LONGEST_WAIT + 1
    await pace.wait("D2")
