"""What a place is told next: the laws of it, by example and for any burst."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from senexbot.domain.alerting.terms import Severity
from senexbot.domain.routing.entry import TOLD, Entry, Outcome, Person, Place, Reason
from senexbot.domain.routing.planning import BURST_ENDS, BURST_LASTS, Plan, Snooze, Way, World, plan
from senexbot.domain.routing.raised import Raised
from tests.domain.routing.builders import NOON, a_risk, an_alert, entry

WARNING, NOTICE, CRITICAL = Severity.WARNING, Severity.NOTICE, Severity.CRITICAL


def seconds(count: float) -> datetime:
    return NOON + timedelta(seconds=count)


@dataclass
class Desk:
    """One place, told again and again as the relay does it. `log`: when, how and whom it buzzed."""

    place: Place
    now: datetime = NOON
    entries: dict[int, Entry] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    quiet: dict[str, datetime] = field(default_factory=dict)
    snoozed: dict[str, Snooze] = field(default_factory=dict)
    log: list[tuple[datetime, Way, frozenset[str], tuple[Entry, ...]]] = field(default_factory=list)
    again: list[datetime] = field(default_factory=list)

    def raise_(self, *alerts: Raised) -> None:
        for alert in alerts:
            number = max(self.entries, default=0) + 1
            self.entries[number] = entry(number, replace(alert, id=f"F{number}", at=self.now))

    def step(self) -> Plan:
        waiting = [e for e in self.entries.values() if e.outcome is Outcome.WAITING]
        ended = [
            e
            for e in self.entries.values()
            if e.reason is Reason.QUIET_HOURS
            and e.outcome is Outcome.HELD
            and e.until
            and e.until <= self.now
        ]
        quiet = {who: until for who, until in self.quiet.items() if until > self.now}
        done = plan(self.place, waiting, ended, World(self.people, quiet, self.snoozed, self.now))
        ts = f"{len(self.log)}.0" if done.way is Way.POST else done.place.ts
        self.place = replace(done.place, ts=ts, channel="D1" if ts else "")
        for e in (*done.held, *done.told):
            assert e.number in self.entries
            self.entries[e.number] = e
        for who in done.buzzed:
            self.people[who] = replace(self.people.get(who, Person(who)), last_buzz=self.now)
        if done.way is not Way.NOTHING:
            self.log.append((self.now, done.way, done.buzzed, done.told))
        if done.again_at is not None:
            self.again.append(done.again_at)
        self.again += [e.until for e in done.held if e.until and e.reason is Reason.QUIET_HOURS]
        return done

    def settle(self) -> None:
        """As the relay: again while a call was made."""
        while self.step().way is Way.CALL:
            continue

    def wait(self, until: datetime) -> None:
        """All appointments up to then."""
        while due := [at for at in self.again if at <= until]:
            self.now = max(self.now, min(due))
            self.again = [at for at in self.again if at > self.now]
            self.settle()
        self.now = max(self.now, until)

    @property
    def posts(self) -> list[datetime]:
        return [at for at, way, _, _ in self.log if way is not Way.EDIT]

    @property
    def messages(self) -> list[datetime]:
        """Of the place itself: a call stands in the thread of one of them."""
        return [at for at, way, _, _ in self.log if way in {Way.POST, Way.SUMMARY}]


def room(**more: Any) -> Desk:
    return Desk(Place("C1"), **more)


def direct(**more: Any) -> Desk:
    return Desk(Place("U1"), **more)


def mine(number: int = 1, **more: Any) -> Raised:
    return an_alert(number, channel="", **more)


def test_a_lone_alert_is_a_message_of_its_own_at_once() -> None:
    for desk, alert in ((room(), an_alert()), (direct(), mine())):
        desk.raise_(alert)
        done = desk.step()
        assert (done.way, done.buzzed, done.told[0].outcome) == (Way.POST, frozenset({"U1"}), Outcome.BUZZ)


def test_many_at_once_are_one_message_the_worst_first() -> None:
    desk = room()
    desk.raise_(
        an_alert(1, severity=NOTICE), an_alert(2), a_risk(3, money_at_risk=Decimal(10)), a_risk(4, group="")
    )
    done = desk.step()
    assert [e.number for e in done.told] == [4, 3, 2, 1]
    assert {(e.outcome, e.reason) for e in done.told} == {(Outcome.DIGEST, Reason.MERGED_INTO)}
    assert desk.posts == [NOON]


def test_a_second_one_within_the_minute_is_put_into_the_first_message_in_silence() -> None:
    desk = direct()
    desk.raise_(mine(1))
    desk.settle()
    desk.now = seconds(30)
    desk.raise_(mine(2))
    done = desk.step()
    assert (done.way, done.buzzed, done.place.ts) == (Way.EDIT, frozenset(), "0.0")
    assert (done.told[0].outcome, done.told[0].reason) == (Outcome.DIGEST, Reason.RATE)
    desk.now = seconds(61)
    desk.raise_(mine(3))
    assert desk.step().way is Way.POST


def test_in_a_room_another_persons_alert_may_buzz_them() -> None:
    desk = room()
    for number, owner in enumerate(("U1", "U2", "U1", "U3"), 1):
        desk.raise_(an_alert(number, owner=owner))
        desk.step()
    assert [(way, buzzed) for _, way, buzzed, _ in desk.log] == [
        (Way.POST, {"U1"}),
        (Way.POST, {"U2"}),
        (Way.EDIT, frozenset()),
        (Way.EDIT, frozenset()),  # the third message of the minute is kept for a critical one
    ]


def test_a_critical_one_buzzes_at_once_while_a_message_of_the_minute_is_left() -> None:
    desk = direct()
    for number in range(1, 5):
        desk.raise_(a_risk(number, channel="", group=""))
        desk.settle()
        desk.now += timedelta(seconds=1)
    assert [way for _, way, _, _ in desk.log] == [Way.POST, Way.POST, Way.POST, Way.EDIT]
    assert desk.place.owed == 1
    desk.wait(seconds(60))
    assert desk.log[-1][:3] == (seconds(60), Way.CALL, frozenset({"U1"}))
    assert desk.place.owed == 0


def test_a_call_is_owed_though_the_burst_is_over() -> None:
    desk = room()
    for number in range(1, 5):
        desk.raise_(a_risk(number, group=""))
        desk.settle()
    desk.now = seconds(200)
    assert desk.step().way is Way.CALL
    assert desk.step().way is Way.NOTHING


def test_who_was_buzzed_elsewhere_waits_for_the_minute() -> None:
    desk = direct(people={"U1": Person("U1", last_buzz=seconds(-10))})
    desk.raise_(mine())
    done = desk.step()
    assert (done.way, done.again_at) == (Way.NOTHING, seconds(50))
    assert (done.held[0].outcome, done.held[0].reason, done.held[0].until) == (
        Outcome.WAITING,
        Reason.RATE,
        seconds(50),
    )
    desk.wait(seconds(50))
    assert desk.entries[1].outcome is Outcome.BUZZ


def test_what_trickles_on_begins_anew_after_ten_minutes() -> None:
    desk = room()
    for number in range(1, 30):
        desk.raise_(an_alert(number))
        desk.settle()
        desk.now += timedelta(seconds=30)
    assert len([at for at in desk.posts if at < NOON + BURST_LASTS]) == 3
    assert any(at >= NOON + BURST_LASTS for at in desk.posts)


def test_a_burst_whose_message_is_gone_waits_for_its_end() -> None:
    """Its three messages are out, and there is none left to put more into."""
    last = NOON - timedelta(seconds=1)
    posts = tuple(NOON - timedelta(minutes=n) for n in (4, 3, 2))
    desk = Desk(Place("C1", posts=posts, burst_since=posts[0], last_at=last))
    desk.raise_(an_alert())
    done = desk.step()
    assert (done.way, done.again_at) == (Way.NOTHING, last + BURST_ENDS)


@pytest.mark.parametrize(
    ("alert", "reason"),
    [
        (mine(doer="U1"), Reason.OWN_ACTION),
        (mine(subject="snoozed"), Reason.SNOOZED),
        (a_risk(channel="", severity=WARNING), Reason.QUIET_HOURS),
    ],
)
def test_what_is_held_back_has_its_reason(alert: Raised, reason: Reason) -> None:
    desk = direct(snoozed={"snoozed": Snooze(seconds(9), "U1")})
    if reason is Reason.QUIET_HOURS:
        desk.quiet["U1"] = seconds(100)
    desk.raise_(alert)
    done = desk.step()
    assert (done.way, done.held[0].outcome, done.held[0].reason) == (Way.NOTHING, Outcome.HELD, reason)


def test_the_doer_is_not_named_in_a_room_which_is_told_all_the_same() -> None:
    desk = room()
    desk.raise_(an_alert(doer="U1"))
    assert (desk.step().buzzed, desk.entries[1].outcome) == (frozenset(), Outcome.POST)


def test_a_snooze_that_is_over_holds_nothing_back() -> None:
    desk = room(snoozed={"R1": Snooze(NOON, "U1")})
    desk.raise_(an_alert())
    assert desk.step().way is Way.POST


def test_the_same_said_twice_is_told_once_and_a_worse_one_is_told() -> None:
    desk = room()
    desk.raise_(an_alert(1, group="g"), an_alert(2, group="g"), an_alert(3, group="other"))
    desk.step()
    assert (desk.entries[2].reason, desk.entries[2].ref) == (Reason.DUPLICATE, 1)
    desk.raise_(an_alert(4, group="g", severity=CRITICAL))
    desk.step()
    assert desk.entries[4].outcome in TOLD
    desk.now = seconds(61)
    desk.raise_(an_alert(5, group="g"))
    desk.step()
    assert desk.entries[5].outcome in TOLD


def test_within_its_cooldown_a_condition_is_held_back_whoever_says_it() -> None:
    desk = room()
    for number in (1, 2, 3):
        desk.raise_(an_alert(number, group="g", subject="R1", cooldown_seconds=300))
        desk.settle()
        desk.now += timedelta(seconds=200)
    assert [desk.entries[n].reason for n in (1, 2, 3)] == [None, Reason.COOLDOWN, None]


def test_what_waits_for_the_minute_is_no_duplicate_of_itself() -> None:
    desk = direct(people={"U1": Person("U1", last_buzz=seconds(-10))})
    desk.raise_(mine(group="g", cooldown_seconds=600))
    desk.step()
    desk.wait(seconds(50))
    assert desk.entries[1].outcome is Outcome.BUZZ


def test_quiet_hours_end_with_a_summary_and_let_what_is_critical_through() -> None:
    desk = direct(quiet={"U1": seconds(1000)})
    desk.raise_(mine(1), mine(2, severity=NOTICE), a_risk(3, channel="", group=""))
    done = desk.step()
    assert [e.number for e in done.told] == [3]
    desk.wait(seconds(1000))
    at, way, buzzed, told = desk.log[-1]
    assert (at, way, buzzed) == (seconds(1000), Way.SUMMARY, {"U1"})
    assert [(e.number, e.outcome, e.reason) for e in told] == [
        (1, Outcome.SUMMARY, Reason.QUIET_HOURS),
        (2, Outcome.SUMMARY, Reason.QUIET_HOURS),
    ]


def test_a_summary_waits_for_its_minute_and_for_a_free_message() -> None:
    for posts, buzz, again in (((), seconds(990), 1050), ((seconds(980),) * 3, None, 1040)):
        held = entry(1, mine(), outcome=Outcome.HELD, reason=Reason.QUIET_HOURS, until=seconds(1000))
        desk = direct(entries={1: held}, people={"U1": Person("U1", last_buzz=buzz)}, now=seconds(1000))
        desk.place = replace(desk.place, posts=posts)
        assert desk.step().again_at == seconds(again)
        desk.wait(seconds(again))
        assert desk.entries[1].outcome is Outcome.SUMMARY


def test_in_quiet_hours_nobody_is_named_in_a_room() -> None:
    desk = room(quiet={"U1": seconds(100)})
    desk.raise_(an_alert())
    assert desk.step().buzzed == frozenset()
    desk.raise_(a_risk(2, group=""))
    assert desk.step().buzzed == {"U1"}


def test_an_alert_that_had_to_leave_its_room_keeps_that_reason() -> None:
    desk = direct()
    desk.entries[1] = entry(1, an_alert(), place="U1", moved_from="C1")
    assert desk.step().told[0].reason is Reason.AUDIENCE


def test_a_critical_one_beyond_the_three_of_its_burst_is_called_for_in_the_thread() -> None:
    desk = room()
    for number in range(1, 200):
        desk.raise_(an_alert(number, owner=f"U{number % 3}"), an_alert(number, owner="U4"))
        desk.settle()
        desk.now += timedelta(seconds=1)
    assert len(desk.messages) == 3
    desk.raise_(a_risk(200, group=""))
    assert desk.step().way is Way.EDIT
    assert desk.step().way is Way.CALL
    assert (len(desk.messages), desk.log[-1][0]) == (3, desk.now)  # at once


# --- for any burst -------------------------------------------------------------------------------

ALERTS = st.builds(
    lambda number, severity, owner, group, doer, money: an_alert(
        number,
        severity=severity,
        owner=owner,
        group=group,
        doer=doer,
        subject=f"S{number}",
        money_at_risk=money,
    ),
    number=st.integers(1, 9),
    severity=st.sampled_from(Severity),
    owner=st.sampled_from(["U1", "U2", "U3"]),
    group=st.sampled_from(["", "", "g1", "g2"]),
    doer=st.sampled_from(["", "", "", "U1"]),
    money=st.none() | st.integers(0, 10**6).map(Decimal),
)
BURSTS = st.lists(st.tuples(st.integers(0, 70), st.lists(ALERTS, max_size=12)), max_size=12)


def run(desk: Desk, bursts: Sequence[tuple[int, list[Raised]]], *, at_room: bool) -> None:
    for pause, alerts in bursts:
        desk.wait(desk.now + timedelta(seconds=pause))
        desk.raise_(*(alerts if at_room else [replace(a, channel="", to_user="U1") for a in alerts]))
        desk.settle()
    desk.wait(desk.now + timedelta(days=1))


@pytest.mark.parametrize("at_room", [True, False])
@given(bursts=BURSTS, quiet=st.sampled_from([0, 100, 400]))
@settings(max_examples=150, deadline=None)
def test_the_laws_of_telling(at_room: bool, bursts: list[tuple[int, list[Raised]]], quiet: int) -> None:
    desk = room() if at_room else direct()
    desk.quiet = {"U1": seconds(quiet)} if quiet else {}
    run(desk, bursts, at_room=at_room)
    # Each is in exactly one message or held back for a reason, and none waits for ever.
    told = [e.number for _, _, _, entries in desk.log for e in entries]
    assert sorted(told) == sorted({*told})
    assert {*told} == {n for n, e in desk.entries.items() if e.outcome in TOLD}
    for e in desk.entries.values():
        assert e.outcome is not Outcome.WAITING
        assert e.outcome is not Outcome.HELD or e.reason is not None
        # What is critical is never held back for the hour.
        assert not (e.alert.is_critical and e.reason is Reason.QUIET_HOURS)
    # No minute has more than three messages, and nobody is buzzed twice in a minute but for what is critical.
    for at in desk.posts:
        assert len([p for p in desk.posts if timedelta(0) <= p - at < timedelta(seconds=60)]) <= 3
    for who in ("U1", "U2", "U3"):
        buzzes = [(at, way, told) for at, way, buzzed, told in desk.log if who in buzzed]
        for (before, _, _), (at, way, told_then) in itertools.pairwise(buzzes):
            critical = way is Way.CALL or any(e.alert.is_critical for e in told_then)
            assert critical or at - before >= timedelta(seconds=60)


@pytest.mark.parametrize("at_room", [True, False])
@given(bursts=st.lists(st.tuples(st.integers(0, 4), st.lists(ALERTS, max_size=40)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_a_burst_of_any_size_is_at_most_three_messages(
    at_room: bool, bursts: list[tuple[int, list[Raised]]]
) -> None:
    """Whatever comes within a minute, all of it critical or none."""
    desk = room() if at_room else direct()
    for pause, alerts in bursts:
        desk.wait(desk.now + timedelta(seconds=pause))
        desk.raise_(*(alerts if at_room else [replace(a, channel="", to_user="U1") for a in alerts]))
        desk.settle()
    assert len(desk.posts) <= 3


@given(
    gaps=st.lists(st.integers(1, 14), min_size=20, max_size=60),
    sizes=st.lists(st.integers(1, 30), min_size=5, max_size=20),
    severity=st.sampled_from(Severity),
    at_room=st.booleans(),
    minutes=st.sampled_from([12, 25, 60]),
)
@settings(
    max_examples=8, deadline=None, phases=[Phase.generate]
)  # minutes of storm shrink to nothing shorter
def test_a_storm_of_any_length_is_at_most_three_messages_and_the_next_one_gets_its_own(
    gaps: list[int], sizes: list[int], severity: Severity, at_room: bool, minutes: int
) -> None:
    desk = room() if at_room else direct()
    storm = zip(itertools.cycle(gaps), itertools.cycle(sizes), strict=False)
    for pause, size in itertools.takewhile(lambda _: desk.now < NOON + timedelta(minutes=minutes), storm):
        desk.raise_(*(an_alert(n, channel="C1" if at_room else "", severity=severity) for n in range(size)))
        desk.settle()
        newest = max(desk.entries)
        desk.entries = {n: e for n, e in desk.entries.items() if e.outcome not in TOLD or n == newest}
        desk.wait(desk.now + timedelta(seconds=pause))
    assert 1 <= len(desk.messages) <= 3
    during = len(desk.messages)
    desk.wait(desk.now + 2 * BURST_ENDS)
    desk.raise_(an_alert(channel="C1" if at_room else "", severity=severity))
    desk.settle()
    assert len(desk.messages) == during + 1
