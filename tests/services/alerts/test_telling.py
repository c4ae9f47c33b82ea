"""Alerts from the door to Slack: told alone or together, later or not, and never lost (I35, I40 to I45, I48)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from senexbot.domain.alerting.terms import Severity
from senexbot.domain.errors import (
    AlreadyHandled,
    Gone,
    NotFound,
    NotPermitted,
    ParseError,
    Transient,
    Uncertain,
)
from senexbot.domain.links import Role
from senexbot.domain.routing.entry import TOLD, Entry, Outcome, Reason
from senexbot.domain.routing.escalation import Escalation
from senexbot.domain.routing.raised import Raised
from senexbot.ports import ChannelFacts
from senexbot.services.alerts.escalating import Escalating
from senexbot.services.alerts.inbox import AlertInbox
from senexbot.services.alerts.places import AlertPlaces
from senexbot.services.alerts.routing import raise_all, update_alert
from tests.domain.builders import actor
from tests.domain.routing.builders import a_risk, an_alert, risk_news
from tests.services.house import House

ANA, BEN = actor(user_id="U1"), actor(user_id="U2")


async def _raise(house: House, *alerts: Raised) -> None:
    now = house.clock.now()
    stamped = [replace(a, at=now, news=replace(a.news, at=now)) for a in alerts]
    async with house.sql.begin() as tx:
        await raise_all(tx, stamped, now=now)


async def _settle(house: House, seconds: float = 0) -> None:
    """As the relay runs: what is due, and then for so many seconds whatever becomes due."""
    left = seconds
    while True:
        while await house.relay.drain():
            await house.relay.settle()
        if left <= 0:
            return
        step = min(left, 5.0)
        house.clock.advance(step)
        left -= step


async def _entry(house: House, number: int) -> Entry:
    async with house.sql.read() as tx:
        entry = await tx.alerts.find(number)
    assert entry is not None
    return entry


def _inbox(house: House) -> AlertInbox:
    return AlertInbox(store=house.store, clock=house.clock)


def _escalating(house: House) -> Escalating:
    places = AlertPlaces(messenger=house.slack)
    return Escalating(store=house.store, places=places, admin_channel="CADMIN")


def _texts(house: House, channel: str) -> list[str]:
    return [text for to, text in house.slack.posted if to == channel]


def _mine(number: int, **more: Any) -> Raised:
    return an_alert(number, channel="", **more)


async def test_one_is_told_alone_and_what_joins_it_is_put_into_its_message(any_house: House) -> None:
    house = any_house
    await _raise(house, _mine(1))
    await _settle(house)
    await _raise(house, _mine(2))
    await _settle(house)
    assert [text.split("\n")[0] for text in _texts(house, "DU1")] == ["AAPL 201.50, over 201 (0 s old)"]
    ((channel, text),) = house.slack.updated
    assert (channel, text.split("\n")[0]) == ("DU1", "2 alerts at once")
    assert "over 201" in text
    assert "over 202" in text
    first, second = await _entry(house, 1), await _entry(house, 2)
    assert (first.outcome, second.outcome, second.reason) == (Outcome.BUZZ, Outcome.DIGEST, Reason.RATE)
    assert first.ts == second.ts


async def test_raising_again_changes_nothing(any_house: House) -> None:
    for _ in range(2):
        await _raise(any_house, an_alert(1))
        await _settle(any_house)
    assert len(any_house.slack.posted) == 1


async def test_i45_a_thousand_at_once_are_one_message_and_each_is_found(any_house: House) -> None:
    house = any_house
    alerts = [an_alert(n, severity=Severity.CRITICAL if n < 3 else Severity.NOTICE) for n in range(1, 1101)]
    await _raise(house, *alerts)
    await _settle(house, 10)
    assert len(house.slack.posted) == 1
    shown = house.slack.updated[-1][1]
    assert shown.startswith("1,100 alerts at once: 2 critical")
    async with house.sql.read() as tx:
        told = [await tx.alerts.page("C1", "1.0", start, 500) for start in (0, 500, 1000)]
    assert sorted(e.alert.id for page in told for e in page) == sorted(a.id for a in alerts)
    page = await _inbox(house).page(BEN, alerts[5].handle, 1080)
    assert (page.total, len(page.entries)) == (1100, 20)


async def test_a_storm_is_three_messages_a_room_however_long_it_lasts(house: House) -> None:
    """Of which the last goes on counting; what comes after it is over gets a message of its own."""
    rooms = ("C1", "C2")
    for tick in range(54):  # eleven minutes
        alerts = (
            an_alert(4 * tick + n, channel=room, owner=f"U{room}")
            for n, room in enumerate((*rooms, *rooms), 1)
        )
        await _raise(house, *alerts)
        await _settle(house)
        house.clock.advance(12.5)
    for room in rooms:
        assert len(_texts(house, room)) <= 3
        shown = [text for to, text in house.slack.updated if to == room]
        async with house.sql.read() as tx:
            last = await tx.alerts.in_message(room, (await tx.alerts.place_of(room)).ts, 1)
        assert last is not None
        assert shown[-1].startswith(f"{last.count} alerts in ")
        assert last.count > 80
    before = len(_texts(house, "C1"))
    house.clock.advance(120)
    await _raise(house, an_alert(9999))
    await _settle(house)
    assert len(_texts(house, "C1")) == before + 1


async def test_places_that_are_told_side_by_side_buzz_a_person_once_a_minute(any_house: House) -> None:
    """Each place is read, posted to and stored by itself: what one does not know of the others would be a buzz each."""
    house = any_house
    rooms = [f"C{n}" for n in range(1, 7)]
    for again in range(2):
        if again:
            house.clock.advance(61)
        alerts = (an_alert(10 * again + n, channel=room, owner="U77777") for n, room in enumerate(rooms, 1))
        await _raise(house, *alerts)
        before = len(house.slack.messages)
        await _settle(house)
        told = [str(message.blocks) for message in house.slack.messages[before:]]
        assert sum("<@U77777>" in blocks for blocks in told) == 1


async def test_what_is_critical_in_a_storm_is_called_for_in_the_thread_of_its_message(house: House) -> None:
    for number in range(1, 9):
        await _raise(house, an_alert(number, owner=f"U{number % 3}"))
        await _settle(house)
        house.clock.advance(10)
    standing = len(_texts(house, "C1"))
    assert standing == 3
    await _raise(house, a_risk(50))
    await _settle(house, 1)
    assert house.slack.threads == [("C1", "3.0")]
    called = _texts(house, "C1")[-1]
    assert called.startswith("1 new critical alert: LIVE · SPY short put tested")
    assert "U1" in called
    assert "$" not in called


async def test_i42_only_what_was_in_the_lost_post_may_be_a_repeat(any_house: House) -> None:
    house = any_house
    house.slack.lost = [Uncertain("lost")]
    await _raise(house, an_alert(1))
    await _settle(house)
    assert (await _entry(house, 1)).maybe_sent
    await _settle(house, 10)
    first, second = _texts(house, "C1")
    assert "epeat" not in first
    assert second.startswith("Possible repeat")
    assert (await _entry(house, 1)).outcome in TOLD


async def test_i41_an_outage_loses_nothing_and_tells_in_one(any_house: House) -> None:
    house = any_house
    house.slack.faults["post"] = [Transient("down")] * 3
    for number in range(1, 6):
        await _raise(house, an_alert(number))
        await _settle(house, 1)
    await _settle(house, 30)
    (text,) = _texts(house, "C1")
    assert text.startswith("5 alerts in")


async def test_i35_a_room_with_outsiders_is_not_told_its_owner_is(any_house: House) -> None:
    house = any_house

    async def shared(channel: str) -> ChannelFacts:
        return ChannelFacts(channel, "desk", False, False, True, False, True)

    house.slack.channel = shared  # type: ignore[method-assign]  # the fake's own answer, for this room
    await _raise(house, an_alert(1))
    await _settle(house, 70)
    assert _texts(house, "C1") == []
    assert any("over 201" in text for text in _texts(house, "DU1"))
    entry = await _entry(house, 1)
    assert (entry.reason, entry.moved_from, entry.place) == (Reason.AUDIENCE, "C1", "U1")


async def test_i48_who_cannot_be_told_at_all_has_it_kept_and_a_dead_letter(any_house: House) -> None:
    house = any_house
    house.slack.faults["post"] = [Gone("account_inactive")]
    await _raise(house, _mine(1))
    await _settle(house)
    assert (await _entry(house, 1)).reason is Reason.AUDIENCE
    async with house.sql.begin() as tx:
        (letter,) = await tx.outbox.dead(5)
        await tx.outbox.resend(letter.id, house.clock.now())
    await _settle(house, 5)
    assert any("over 201" in text for text in _texts(house, "DU1"))


async def test_an_edit_of_a_deleted_message_is_posted_in_its_stead(any_house: House) -> None:
    house = any_house
    await _raise(house, an_alert(1))
    await _settle(house)
    house.slack.faults["update"] = [Gone("message_not_found")]
    await _raise(house, an_alert(2))
    await _settle(house)
    await _raise(house, an_alert(3))
    await _settle(house)
    assert [text.split("\n")[0] for text in _texts(house, "C1")][1:] == ["2 alerts at once"]
    assert house.slack.updated[-1][1].startswith("3 alerts at once")
    assert (await _entry(house, 1)).ts == (await _entry(house, 3)).ts == "2.0"


async def test_i44_a_room_that_is_held_up_delays_nobody_else(house: House) -> None:
    house.slack.hold = asyncio.Event()
    await _raise(house, an_alert(1))
    await house.relay.drain()
    await house.slack.arrived.wait()
    held, house.slack.hold = house.slack.hold, None
    await _raise(house, an_alert(2, channel="C2"))
    await house.relay.drain()
    while not _texts(house, "C2"):
        await asyncio.sleep(0.005)
    assert _texts(house, "C1") == []
    held.set()
    await house.relay.settle()


async def test_a_room_reads_no_dollars_and_the_owner_does(any_house: House) -> None:
    house = any_house
    await _raise(house, a_risk(1), a_risk(2, channel="", group="", news=risk_news(2)))
    await _settle(house)
    assert "$" not in _texts(house, "C1")[0]
    assert "−$410" in _texts(house, "DU1")[0]


async def test_quiet_hours_hold_back_and_end_with_a_summary(any_house: House) -> None:
    """In the zone of their profile; what is critical comes through."""
    house, inbox = any_house, _inbox(any_house)
    known = await inbox.set_quiet(replace(ANA, tz="America/New_York"), "09:30-11:00")  # it is ten there
    assert known.until is not None
    await _raise(house, _mine(1), _mine(2), a_risk(3, channel="", group=""))
    await _settle(house, 60)
    assert len(_texts(house, "DU1")) == 1
    assert (await _entry(house, 1)).reason is Reason.QUIET_HOURS
    assert (await inbox.quiet(ANA)).waiting == 2
    await _settle(house, 3600)
    assert _texts(house, "DU1")[-1].startswith("2 alerts while it was quiet, 09:30–11:00")
    assert (await _entry(house, 2)).outcome is Outcome.SUMMARY
    assert (await inbox.quiet(ANA)).waiting == 0


async def test_ending_quiet_hours_tells_what_was_held_back_at_once(any_house: House) -> None:
    house, inbox = any_house, _inbox(any_house)
    await inbox.set_quiet(ANA, "00:00-23:59")
    await _raise(house, _mine(1))
    await _settle(house)
    assert _texts(house, "DU1") == []
    assert (await inbox.set_quiet(ANA, "off")).waiting == 1
    await _settle(house)
    assert _texts(house, "DU1")[0].startswith("1 alert while it was quiet")
    with pytest.raises(ParseError):
        await inbox.set_quiet(ANA, "22 o'clock")


async def test_a_snooze_holds_back_for_an_hour_and_only_its_owner_may(any_house: House) -> None:
    house, inbox = any_house, _inbox(any_house)
    await _raise(house, an_alert(1))
    await _settle(house)
    with pytest.raises(NotPermitted):
        await inbox.snooze(BEN, an_alert(1).handle)
    await inbox.snooze(ANA, an_alert(1).handle)
    await _raise(house, an_alert(2, subject="R1"))
    await _settle(house, 60)
    assert (await _entry(house, 2)).reason is Reason.SNOOZED
    house.clock.advance(3600)
    await _raise(house, an_alert(3, subject="R1"))
    await _settle(house)
    assert (await _entry(house, 3)).outcome in TOLD


async def test_what_nobody_has_is_passed_on_once(any_house: House) -> None:
    house = any_house
    await _raise(house, a_risk(1))
    await _settle(house, 290)
    assert _texts(house, "CADMIN") == []
    await _settle(house, 20)
    (told,) = _texts(house, "CADMIN")
    assert told.startswith("Nobody has it for 5 min: LIVE · SPY short put tested")
    assert "$" not in told
    await _settle(house, 900)
    assert len(_texts(house, "CADMIN")) == 1
    with pytest.raises(NotFound):
        await _inbox(house).have_it(BEN, "no such handle")
    await _inbox(house).have_it(BEN, a_risk(1).handle)
    await _settle(house)
    assert "U2 has it since" in house.slack.updated[-1][1]


async def test_each_alert_is_passed_on_to_whom_and_when_its_rule_or_the_desk_says(any_house: House) -> None:
    """A role, a person, a channel; what says nothing goes as the desk has it, and what is out of reach the usual way."""
    house = any_house
    escalating = _escalating(house)
    with pytest.raises(NotPermitted, match="Only the roles risk and operator"):
        await escalating.set_desk(ANA, "after 3m")
    await house.grant(Role.OPERATOR, user="U1")
    await house.grant(Role.APPROVER, user="U7")
    await house.grant(Role.APPROVER, user="U8")
    await escalating.set_desk(ANA, "to C0LATE1 after 3m")
    assert await escalating.desk(BEN) == Escalation("C0LATE1", timedelta(minutes=3))
    minute = timedelta(minutes=1)
    own = [
        Escalation("approver", 2 * minute),
        Escalation("U99999", 4 * minute),
        Escalation("C0OUT01", minute),
        Escalation("", 6 * minute),
        None,
    ]
    house.slack.rooms["C0OUT01"] = ChannelFacts("C0OUT01", "x", False, False, True, False, True)
    await _raise(house, *(a_risk(n, group="", escalate=e) for n, e in enumerate(own, 1)))
    seen: list[tuple[int, str]] = []
    for second in range(0, 420, 10):
        before = len(house.slack.posted)
        await _settle(house)
        seen += [
            (second // 60, to) for to, text in house.slack.posted[before:] if text.startswith("Nobody has it")
        ]
        house.clock.advance(10)
    # those who are told in the same minute are told side by side
    assert sorted(seen) == [
        (1, "CADMIN"),
        (2, "DU7"),
        (2, "DU8"),
        (3, "C0LATE1"),
        (4, "DU99999"),
        (6, "C0LATE1"),
    ]
    assert None not in [(await _entry(house, n)).escalated_at for n in range(1, 6)]
    assert await escalating.set_desk(ANA, "usual") == Escalation()


async def test_what_was_moved_by_a_deletion_is_passed_on_all_the_same(any_house: House) -> None:
    house = any_house
    await _raise(house, a_risk(1))
    await _settle(house)
    house.slack.faults["update"] = [Gone("message_not_found")]
    await _raise(house, an_alert(2))
    await _settle(house, 310)
    assert _texts(house, "CADMIN")[0].startswith("Nobody has it")


async def test_what_somebody_has_is_not_passed_on(any_house: House) -> None:
    house, inbox = any_house, _inbox(any_house)
    await _raise(house, a_risk(1), a_risk(2, group=""))
    await _settle(house)
    assert len(await inbox.have_it(BEN, a_risk(1).handle)) == 2
    with pytest.raises(AlreadyHandled, match="You have it already"):
        await inbox.have_it(BEN, a_risk(2).handle)
    await _settle(house, 400)
    assert _texts(house, "CADMIN") == []


async def test_a_persons_alert_is_theirs_until_it_is_passed_on(any_house: House) -> None:
    house, inbox = any_house, _inbox(any_house)
    await _raise(house, a_risk(1, channel=""))
    await _settle(house)
    with pytest.raises(NotPermitted):
        await inbox.have_it(BEN, a_risk(1).handle)
    await _settle(house, 310)
    await inbox.have_it(BEN, a_risk(1).handle)


async def test_a_condition_that_ends_is_shown_as_over_in_silence(any_house: House) -> None:
    house = any_house
    await _raise(house, a_risk(1))
    await _settle(house)
    over = risk_news(over=True, room_headline="Over: Δ −0.28 since 14:20, lasted 72 min")
    async with house.sql.begin() as tx:
        assert await update_alert(tx, "K1", news=over, words="over", room_words="over")
        assert not await update_alert(tx, "nobody", news=over, words="", room_words="")
    await _settle(house, 400)
    assert len(house.slack.posted) == 1  # not passed on either
    assert house.slack.updated[-1][1].startswith("Over: Δ −0.28")


async def test_why_tells_its_owner_and_who_looks_after_the_desk(any_house: House) -> None:
    house, inbox = any_house, _inbox(any_house)
    await _raise(house, an_alert(1))
    await _settle(house)
    assert (await inbox.why(ANA, "f1")).alert.id == "F1"
    assert [e.number for e in await inbox.last(ANA)] == [1]
    for who, name in ((BEN, "f1"), (ANA, "f2")):
        with pytest.raises(NotFound):
            await inbox.why(who, name)
    async with house.sql.begin() as tx:
        await tx.roles.grant("T1", "U2", Role.OPERATOR, by="host")
    assert (await inbox.why(BEN, "#f1")).number == 1


async def test_a_relay_of_the_process_is_handed_what_is_raised(any_house: House) -> None:
    """Without looking for it; and nothing of a transaction that is rolled back."""
    house = any_house
    running = asyncio.create_task(house.relay.run())
    await asyncio.sleep(0)
    while house.sql._hand is None:
        await asyncio.sleep(0.001)
    with pytest.raises(RuntimeError):  # noqa: PT012  the end of the block is what is tested
        async with house.sql.begin() as tx:
            await raise_all(tx, [an_alert(9)], now=house.clock.now())
            raise RuntimeError("not stored")
    await _raise(house, an_alert(1))
    assert house.relay._in_hand  # claimed with the commit that raised it
    while not house.slack.posted:
        await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [text.split(" (")[0] for text in _texts(house, "C1")] == ["AAPL 201.50, over 201"]
    async with house.sql.read() as tx:
        assert await tx.outbox.depth() == 0


async def test_what_was_handed_to_a_relay_that_died_is_told_as_a_repeat(any_house: House) -> None:
    house = any_house
    house.sql.hand_to("dead", lambda _row: None)
    await _raise(house, an_alert(1))
    house.sql.hand_to("dead", None)
    await _settle(house)
    assert house.slack.posted == []
    house.clock.advance(timedelta(seconds=61).total_seconds())
    await _settle(house)
    assert _texts(house, "C1")[0].startswith("Possible repeat")
