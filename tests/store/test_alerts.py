"""Raised alerts, firings of many rules and rows handed to a relay, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from senexbot.domain.alerting.firing import Firing
from senexbot.domain.alerting.rules import AlertRule, RuleState
from senexbot.domain.alerting.terms import Severity
from senexbot.domain.errors import Stale
from senexbot.domain.news import AlertsNews
from senexbot.domain.routing.entry import Entry, Outcome, Place, Reason, Said
from senexbot.domain.routing.planning import Snooze
from senexbot.domain.routing.quiet_hours import QuietHours
from senexbot.ports import Handle, OutboxRow, Outgoing
from senexbot.services.alerts.firing import Fired, FiringHandles, fire_all
from senexbot.store.codec import encode
from senexbot.store.engine import SqlStore
from senexbot.store.tables import rules
from tests.domain.routing.builders import a_risk, an_alert
from tests.domain.routing.test_headline import SPY, UNDER, rule
from tests.stores import NOON

LATER = NOON + timedelta(minutes=1)


async def _raised(store: SqlStore) -> tuple[Entry, ...]:
    async with store.begin() as tx:
        new = await tx.alerts.add([an_alert(1), a_risk(2), an_alert(3, channel="C2")])
        assert new == {"F1", "K2", "F3"}
        assert await tx.alerts.add([an_alert(1), an_alert(4)]) == {"F4"}
        assert await tx.alerts.add([]) == frozenset()
    async with store.read() as tx:
        return await tx.alerts.due("C1", NOON, 10)


async def test_an_alert_comes_back_equal_and_is_raised_once(any_store: SqlStore) -> None:
    first, second, third = await _raised(any_store)
    assert (first.alert, second.alert, third.alert) == (an_alert(1), a_risk(2), an_alert(4))
    assert first.number < second.number < third.number
    async with any_store.read() as tx:
        assert await tx.alerts.by_id("K2") == second
        assert await tx.alerts.find(second.number) == second
        assert await tx.alerts.find(999) is None
        assert await tx.alerts.numbered([first.number, third.number]) == (first, third)
        assert [e.alert.id for e in await tx.alerts.of_person("T1", "U1", 2)] == ["F4", "F3"]
        assert [e.alert.id for e in await tx.alerts.of_subject("R1", 5)] == ["F1"]


async def test_what_became_of_many_is_kept_and_counted(any_store: SqlStore) -> None:
    entries = await _raised(any_store)
    told = [replace(e, outcome=Outcome.DIGEST, channel="C1", ts="1.0", told_at=NOON) for e in entries]
    async with any_store.begin() as tx:
        await tx.alerts.save(told)
    async with any_store.begin() as tx:
        assert await tx.alerts.due("C1", NOON, 10) == ()
        held = await tx.alerts.in_message("C1", "1.0", 2)
        assert held is not None
        assert (held.count, held.critical, held.accounts, held.open_critical) == (3, 1, 1, 1)
        assert held.severities == {Severity.CRITICAL: 1, Severity.WARNING: 2}
        assert held.symbols == (("AAPL", 2), ("SPY", 1))
        assert [e.alert.id for e in held.top] == ["K2", "F1"]
        (urgent,) = await tx.alerts.open_critical("C1", "1.0")
        await tx.alerts.save([replace(urgent, acked_by="U2", acked_at=LATER)])
        assert await tx.alerts.in_message("C9", "1.0", 2) is None
        await tx.alerts.moved_message("C1", "1.0", "2.0")
    async with any_store.read() as tx:
        held = await tx.alerts.in_message("C1", "2.0", 5)
        assert held is not None
        assert (held.open_critical, held.acked_by, held.acked_at) == (0, "U2", LATER)


async def test_one_look_has_all_that_planning_needs(any_store: SqlStore) -> None:
    place = Place("C1", NOON, NOON, (NOON,), "C1", "1.0", 1, (Said("g", "R1", Severity.NOTICE, 1, NOON),))
    await _raised(any_store)
    async with any_store.begin() as tx:
        await tx.alerts.put_place(place)
        await tx.alerts.put_place(replace(place, owed=2))
        await tx.alerts.set_quiet("U1", QuietHours(60, 120, "Europe/Rome"))
        await tx.alerts.buzzed({"U1", "U2"}, NOON)
        await tx.alerts.buzzed((), LATER)
        await tx.alerts.snooze("R1", Snooze(NOON + timedelta(seconds=1), "U1"))
        await tx.alerts.snooze("R1", Snooze(LATER, "U1"))
    async with any_store.read() as tx:
        look = await tx.alerts.look("C1", NOON, 10)
        assert (look.place.owed, len(look.due)) == (2, 3)
        assert look.snoozed == {"R1": Snooze(LATER, "U1")}
        person = look.people["U1"]
        assert (person.quiet, person.last_buzz) == (QuietHours(60, 120, "Europe/Rome"), NOON)
        assert (await tx.alerts.look("C1", LATER, 10)).snoozed == {}
        empty = await tx.alerts.look("U2", NOON, 10)
        assert (empty.place, empty.due, [*empty.people]) == (Place("U2"), (), ["U2"])


async def test_what_quiet_hours_hold_is_due_when_they_end(any_store: SqlStore) -> None:
    entries = await _raised(any_store)
    quiet = replace(entries[0], outcome=Outcome.HELD, reason=Reason.QUIET_HOURS, until=LATER)
    async with any_store.begin() as tx:
        await tx.alerts.save([quiet, *(replace(e, outcome=Outcome.POST) for e in entries[1:])])
        await tx.alerts.set_quiet("U1", None)
    async with any_store.read() as tx:
        assert await tx.alerts.due("C1", NOON, 10) == ()
        assert await tx.alerts.quieted("C1") == (quiet,)
        assert await tx.alerts.due("C1", LATER, 10) == (quiet,)


async def test_news_that_changed_are_kept(any_store: SqlStore) -> None:
    (first, *_) = await _raised(any_store)
    changed = replace(first, alert=replace(first.alert, words="over"))
    async with any_store.begin() as tx:
        await tx.alerts.change(changed)
    async with any_store.read() as tx:
        assert await tx.alerts.by_id("F1") == changed


async def test_handles_are_issued_many_at_a_time_or_not_at_all(any_store: SqlStore) -> None:
    handles = [Handle(f"h{n}", "alert", "F1", 0, "U1") for n in range(3)]
    async with any_store.begin() as tx:
        await tx.handles.issue(*handles)
        await tx.handles.issue()
        with pytest.raises(Stale):
            await tx.handles.issue(replace(handles[0], value="new"), handles[1])
    async with any_store.read() as tx:
        assert await tx.handles.find("h2") == handles[2]


def _fired(number: int, *, version: int = 1) -> Fired:
    before = replace(rule(UNDER), id=f"R{number}", version=version, channel="C1")
    after = replace(before, state=RuleState.FIRED, version=version + 1, fired_at=NOON)
    handles = FiringHandles(f"trade{number}-{version}", f"alert{number}-{version}")
    return Fired(
        before, after, Decimal("589.8"), ((SPY, Decimal("589.8")),), NOON, f"F{number}-{version}", handles
    )


async def _put_rule(store: SqlStore, one: AlertRule) -> None:
    async with store.begin() as tx:
        values = {
            "id": one.id,
            "team_id": one.team_id,
            "owner": one.owner,
            "state": one.state.value,
            "version": one.version,
            "created_at": one.created_at,
            "data": encode(one),
        }
        if "number" in rules.c:
            values["number"] = int(one.id[1:])
        await tx.work.write(rules.insert().values(**values))


async def test_i40_many_firings_are_stored_with_their_alerts_and_the_stale_are_left_out(
    any_store: SqlStore,
) -> None:
    for number in (1, 2, 3):
        await _put_rule(any_store, _fired(number).rule)
    async with any_store.begin() as tx:
        done = await fire_all(tx, [_fired(1), _fired(2, version=7), _fired(3), _fired(9)], now=NOON)
    assert [after.id for after in done] == ["R1", "R3"]
    async with any_store.begin() as tx:
        assert await fire_all(tx, [_fired(1)], now=NOON) == ()
        assert await fire_all(tx, [], now=NOON) == ()
        due = await tx.alerts.due("C1", NOON, 10)
        assert [e.alert.id for e in due] == ["F1-1", "F3-1"]
        assert due[0].alert.words == "SPY 589.80, under 590"
        assert (await tx.handles.find("alert1-1")) is not None
        assert await tx.outbox.depth() == 1


async def test_i46_one_version_of_a_rule_fires_once(any_store: SqlStore) -> None:
    await _put_rule(any_store, _fired(1).rule)
    firing = Firing("X", "R1", 1, Decimal(1), NOON)
    async with any_store.begin() as tx:
        assert await tx.firings.store([(_fired(1).after, firing)]) == {"X"}
        again = replace(_fired(1).after, version=3)
        assert await tx.firings.store([(again, replace(firing, id="Y"))]) == frozenset()


# --- handed to a relay ---------------------------------------------------------------------------


def _to_room(room: str) -> Outgoing:
    return Outgoing(f"alerts:{room}", AlertsNews(room), "", channel=room, collapse="alerts", at_once=True)


async def test_a_row_with_nothing_before_it_is_handed_over_as_claimed(any_store: SqlStore) -> None:
    taken: list[OutboxRow] = []
    any_store.hand_to("relay", taken.append)
    async with any_store.begin() as tx:
        await tx.outbox.put(_to_room("C1"))
        assert taken == []  # with the commit, not before
    async with any_store.begin() as tx:
        await tx.outbox.put(_to_room("C1"))
        await tx.outbox.put(_to_room("C2"))
        await tx.outbox.put(replace(_to_room("C3"), at_once=False))
    assert [(row.channel, row.attempts, row.maybe_sent) for row in taken] == [
        ("C1", 1, False),
        ("C2", 1, False),
    ]
    async with any_store.begin() as tx:
        (free,) = await tx.outbox.claim("other", 10, NOON)
        assert free.channel == "C3"
        await tx.outbox.sent(taken[0].id, NOON, attempt=1)
        (second,) = await tx.outbox.claim("other", 10, NOON)
        assert second.channel == "C1"
