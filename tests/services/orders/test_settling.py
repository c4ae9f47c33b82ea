"""The ladder of unknown outcomes by a hand-driven clock (I10 to I13, F25 to F35); nothing is ever sent again."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from senexbot.domain.errors import AlreadyHandled, GrantExpired, Unavailable
from senexbot.domain.news import Buzz, BuzzNews
from senexbot.domain.orders.broker_orders import (
    Accepted,
    BrokerStatus,
    NotProven,
    NotSent,
    PlaceOutcome,
    RefusedByBroker,
)
from senexbot.domain.orders.intents import IntentState
from senexbot.store.tables import intents
from tests.domain.builders import NOW, actor, order
from tests.services.house import House, outcomes

ANA = actor()
OLDER = order(id=3, identifier="sx1-p-9", received_at=NOW)


async def _doubtful(house: House, *, fresh: bool = True) -> None:
    """One unknown intent; with an older known order in the broker's list."""
    await house.put(1, state=IntentState.UNKNOWN, claimed_at=NOW, unknown_since=NOW)
    if fresh:
        await house.put(9, state=IntentState.CLAIMED)
        house.desk.listed = [OLDER]
        await house.following.sweep((await house.intent()).account)


async def _pass(house: House, seconds: float, step: float = 1.0) -> None:
    for _step in range(int(seconds / step)):
        house.clock.advance(step)
        await house.settling.round()


async def _buzzes(house: House) -> list[Buzz]:
    return [row.news.buzz for row in await house.told() if isinstance(row.news, BuzzNews)]


async def test_f34_presumed_not_placed_only_by_the_evidence_rule(any_house: House) -> None:
    """I12: not a second before 120 s, then at the first complete look."""
    house = any_house
    await _doubtful(house)
    await _pass(house, 119, 7)
    assert (await house.intent()).state is IntentState.UNKNOWN
    await _pass(house, 20, 5)
    found = await house.intent()
    assert found.state is IntentState.PRESUMED_NOT_PLACED
    assert found.watch_until is not None
    assert house.desk.sent == []


async def test_f33_a_late_sighting_is_told_at_once(house: House) -> None:
    await _doubtful(house)
    await _pass(house, 130, 5)
    assert (await house.intent()).state is IntentState.PRESUMED_NOT_PLACED
    await house.told()
    house.desk.listed.append(order(identifier="sx1-p-1", received_at=house.clock.now()))
    await _pass(house, 61, 20)
    assert (await house.intent()).state is IntentState.WORKING
    assert await _buzzes(house) != []


async def test_f35_incomplete_reads_prove_nothing_and_a_person_is_called(house: House) -> None:
    """I11: within five minutes of the doubt; then four reminders a quarter of an hour apart."""
    await _doubtful(house)
    house.desk.complete = False
    await _pass(house, 299, 13)
    assert (await house.intent()).state is IntentState.UNKNOWN
    await _pass(house, 40, 10)
    assert (await house.intent()).state is IntentState.NEEDS_PERSON
    await house.told()
    await _pass(house, 3600, 60)
    assert await _buzzes(house) == [Buzz.NEEDS_PERSON] * 4
    assert (await house.intent()).reminded == 4


async def test_i11_on_it_mutes_and_close_keeps_watching(house: House) -> None:
    await house.put(1, state=IntentState.NEEDS_PERSON, claimed_at=NOW, unknown_since=NOW)
    house.desk.complete = False
    await house.settling.on_it(ANA, "h1")
    await _pass(house, 3600, 300)
    assert (await house.intent()).reminded == 0
    await house.settling.close(ANA, "h1")
    with pytest.raises(AlreadyHandled):
        await house.settling.close(ANA, "h1")
    house.desk.complete = True
    house.desk.listed = [order(identifier="sx1-p-1")]
    await _pass(house, 600, 60)
    assert (await house.intent()).state is IntentState.WORKING


async def test_a_near_match_is_shown_to_a_person_and_never_adopted(house: House) -> None:
    """I12, I15."""
    await _doubtful(house)
    house.desk.listed.append(order(id=8, identifier=""))
    await _pass(house, 299, 13)
    assert (await house.intent()).state is IntentState.UNKNOWN
    await _pass(house, 40, 10)
    found = await house.intent()
    assert found.state is IntentState.NEEDS_PERSON
    assert found.facts is None


async def test_i12_a_list_that_is_not_proven_fresh_proves_nothing(house: House) -> None:
    await _doubtful(house, fresh=False)
    await _pass(house, 299, 13)
    assert (await house.intent()).state is IntentState.UNKNOWN


async def test_i67_a_jump_of_the_wall_clock_presumes_nothing(house: House) -> None:
    await _doubtful(house)
    await _pass(house, 6, 1)
    monotonic = house.clock.monotonic()
    house.clock.advance(130)
    house.clock._monotonic = monotonic  # the wall has jumped, time has not passed
    for _turn in range(3):
        await house.settling.round()
    assert (await house.intent()).state is IntentState.UNKNOWN


async def test_f87_seen_by_a_look_is_accepted_and_the_story_goes_on(any_house: House) -> None:
    """F25, I14."""
    house = any_house
    await _doubtful(house)
    house.desk.listed.append(order(identifier="sx1-p-1"))
    await house.settling.round()
    found = await house.intent()
    assert found.state is IntentState.WORKING
    assert found.facts is not None
    assert found.facts.order_id == 7


async def test_two_who_look_at_once_end_well(any_house: House) -> None:
    """The round and a person's click: neither is told of a lost race, nothing ends the loop."""
    house = any_house
    await _doubtful(house)
    house.desk.listed.append(order(identifier="sx1-p-1"))
    answers = await outcomes(house.settling.round(), house.settling.look_now(ANA, "h1"))
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert (await house.intent()).state is IntentState.WORKING


@pytest.mark.parametrize("trouble", [Unavailable("down"), GrantExpired("gone")])
async def test_a_broker_in_trouble_and_a_lost_race_do_not_end_the_round(
    house: House, trouble: Exception
) -> None:
    """I66: what comes on top of a failed look is not passed on to the other streams."""
    await _doubtful(house)
    house.desk.trouble = trouble  # type: ignore[assignment]
    house.store.failures = 1
    await house.settling.round()
    house.clock.advance(301)
    await house.settling.round()
    assert (await house.intent()).state is IntentState.NEEDS_PERSON


async def test_i66_one_unreadable_row_stops_neither_sweeps_nor_settling(house: House) -> None:
    """F77: its order is in the list, before the one that is looked for."""
    await _doubtful(house)
    async with house.sql.begin() as tx:
        await tx.work.write(sa.update(intents).where(intents.c.id == "intent9").values(data="not json"))
    house.desk.listed = [
        replace(OLDER, status=BrokerStatus.FILLED, updated_at=9),
        order(identifier="sx1-p-1"),
    ]
    house.clock.advance(1)
    look = await house.following.sweep((await house.intent()).account)
    assert look.complete
    assert (await house.intent()).state is IntentState.WORKING


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (RefusedByBroker("margin_check_failed", "no", 422), IntentState.REFUSED),
        (NotSent("never opened"), IntentState.NOT_SENT),
        (Accepted(7, None), IntentState.WORKING),
        (NotProven("reset"), IntentState.UNKNOWN),
    ],
)
async def test_f85_an_answer_that_comes_after_it_was_given_up_is_still_a_proof(
    house: House, outcome: PlaceOutcome, state: IntentState
) -> None:
    """A sender that was frozen while another process called its claim lost."""
    await _doubtful(house)
    await house.sending.record("intent1", outcome)
    assert (await house.intent()).state is state


async def test_a_talkative_stream_does_not_take_up_all_reads(house: House) -> None:
    await _doubtful(house)
    await _pass(house, 60, 1)
    quiet = house.desk.looks
    async with house.sql.read() as tx:
        (link,) = await tx.links.all()
    for _ in range(60):
        await house.following.feed_account_changed(link, "5WT00001")
        await _pass(house, 1, 1)
    assert quiet < house.desk.looks <= quiet + 25
