"""What one place is told next: which of the waiting alerts, in a new message or in the one that stands there.

The relay asks, does it, stores what came of it, and asks again until nothing is to be done.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from senexbot.domain.routing.entry import Entry, Outcome, Person, Place, Reason, Said
from senexbot.domain.routing.raised import WEIGHT, rank

MINUTE = timedelta(seconds=60)
BURST_ENDS = timedelta(seconds=60)  # so long nothing
BURST_LASTS = timedelta(minutes=10)  # what trickles on longer begins anew, so that people hear of it again
MOST_POSTS = 3  # of a burst, and in any minute
FOR_CRITICAL = 1  # of these, kept for a critical one
STORM = MOST_POSTS + 1  # so many within a minute could not all be messages of their own
SAID_KEPT = 200
DUPLICATE_WITHIN = timedelta(seconds=60)
_LONGEST_COOLDOWN = timedelta(days=1)


class Way(enum.StrEnum):
    NOTHING = "nothing"
    POST = "post"  # a new message
    EDIT = "edit"  # into the message that stands there
    CALL = "call"  # a short new line: critical ones were put into the message above
    SUMMARY = "summary"  # a new message: what was held back while it was quiet


@dataclass(frozen=True, slots=True)
class Snooze:
    until: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Plan:
    """`held`: with outcome and reason; `told`: with outcome and reason, the most urgent first; `buzzed`: whom the
    message buzzes (mentioned in a room); `place`: as it is afterwards, but for a new message's address; `again_at`:
    when what waits may be told."""

    way: Way
    place: Place
    held: tuple[Entry, ...] = ()
    told: tuple[Entry, ...] = ()
    buzzed: frozenset[str] = frozenset()
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class World:
    """`people`: whom these alerts concern; `quiet_until`: those in quiet hours now, and until when; `snoozed`: by
    subject, what is snoozed now."""

    people: Mapping[str, Person]
    quiet_until: Mapping[str, datetime]
    snoozed: Mapping[str, Snooze]
    now: datetime

    def may_buzz(self, person: str) -> bool:
        """A buzz that is not critical: at most one a minute, none in quiet hours."""
        known = self.people.get(person)
        rested = known is None or known.last_buzz is None or self.now - known.last_buzz >= MINUTE
        return rested and person not in self.quiet_until


def plan(place: Place, waiting: Sequence[Entry], ended: Sequence[Entry], world: World) -> Plan:
    """`waiting`: not told yet, oldest first; `ended`: held back for quiet hours that are over."""
    now = world.now
    place = _present(_hearing(place, len(waiting), now), now)
    recent = [at for at in place.posts if now - at < MINUTE]
    if place.owed and len(recent) < MOST_POSTS:
        buzzed = frozenset[str]() if place.is_room else frozenset({place.id})
        return Plan(Way.CALL, replace(place, owed=0, posts=(*place.posts, now)), buzzed=buzzed)
    told, held, said = _sorted_out(place, waiting, world)
    place = replace(place, said=said)
    if not told:
        return _quiet_ended(place, ended, held, world, _frees(recent, MOST_POSTS, now))
    told.sort(key=lambda entry: rank(entry.alert))
    if len(place.posts) >= MOST_POSTS and place.ts:
        may = False  # of its burst; a critical one is called for in the thread of the message that takes it
    elif told[0].alert.is_critical:
        may = len(recent) < MOST_POSTS
    else:
        may = len(recent) < MOST_POSTS - FOR_CRITICAL and _may_post(place, told, world)
    if may:
        return _posted(place, told, held, world)
    if place.ts:
        owed = place.owed + sum(entry.alert.is_critical for entry in told)
        merged = tuple(replace(e, outcome=Outcome.DIGEST, reason=Reason.RATE, told_at=now) for e in told)
        after = replace(place, last_at=now, owed=owed)
        return Plan(Way.EDIT, after, held, merged, again_at=_frees(recent, MOST_POSTS, now) if owed else None)
    again_at = max(_frees(recent, MOST_POSTS - FOR_CRITICAL, now), _burst_over(place, now))
    again_at = max(again_at, _rested_at(place.id, world))
    later = tuple(replace(entry, reason=Reason.RATE, until=again_at) for entry in told)
    return Plan(Way.NOTHING, place, (*held, *later), again_at=again_at)


def _frees(recent: Sequence[datetime], most: int, now: datetime) -> datetime:
    """When fewer than `most` messages are of the last minute."""
    return now if len(recent) < most else recent[len(recent) - most] + MINUTE


def _burst_over(place: Place, now: datetime) -> datetime:
    """When a place that has had the messages of its burst begins anew."""
    if len(place.posts) < MOST_POSTS or place.last_at is None:
        return now
    return place.last_at + BURST_ENDS


def _hearing(place: Place, new: int, now: datetime) -> Place:
    """With what came now. What waits for its minute is heard again, which only makes a storm of it sooner."""
    return replace(place, heard=(*place.heard, *(now,) * min(new, STORM))[-STORM:]) if new else place


def _present(place: Place, now: datetime) -> Place:
    """Without what is over: the burst's count, and the message that takes more.

    A storm goes on in its message however long it lasts; only a trickle begins anew.
    """
    quiet = place.last_at is None or now - place.last_at >= BURST_ENDS
    long = place.burst_since is None or now - place.burst_since >= BURST_LASTS
    storm = len(place.heard) == STORM and now - place.heard[0] < MINUTE
    if (quiet or (long and not storm)) and not place.owed:
        recent = tuple(at for at in place.posts if now - at < MINUTE)
        return replace(place, burst_since=None, posts=recent, channel="", ts="")
    return place


def _may_post(place: Place, told: Sequence[Entry], world: World) -> bool:
    """Whether what is not critical may be a message of its own."""
    if len(place.posts) >= MOST_POSTS:
        return False
    if place.is_room:
        return not place.posts or any(world.may_buzz(entry.alert.owner) for entry in told)
    return world.may_buzz(place.id)


def _posted(place: Place, told: Sequence[Entry], held: tuple[Entry, ...], world: World) -> Plan:
    now = world.now
    buzzed = _buzzed(place, told, world)
    alone = Outcome.BUZZ if buzzed else Outcome.POST
    outcome, reason = (alone, None) if len(told) == 1 else (Outcome.DIGEST, Reason.MERGED_INTO)
    after = replace(
        place,
        burst_since=place.burst_since or now,
        last_at=now,
        posts=(*place.posts, now),
        channel="",
        ts="",
    )
    # One that had to leave its room keeps that as its reason.
    done = tuple(
        replace(
            e, outcome=outcome, reason=Reason.AUDIENCE if e.moved_from else reason, until=None, told_at=now
        )
        for e in told
    )
    return Plan(Way.POST, after, held, done, buzzed)


def _buzzed(place: Place, told: Sequence[Entry], world: World) -> frozenset[str]:
    if not place.is_room:
        return frozenset({place.id})
    return frozenset(
        e.alert.owner
        for e in told
        if e.alert.doer != e.alert.owner and (e.alert.is_critical or world.may_buzz(e.alert.owner))
    )


def _quiet_ended(
    place: Place, ended: Sequence[Entry], held: tuple[Entry, ...], world: World, free_at: datetime
) -> Plan:
    if not ended:
        return Plan(Way.NOTHING, place, held)
    now = world.now
    if free_at > now or not world.may_buzz(place.id):
        again_at = max(free_at, _rested_at(place.id, world))
        return Plan(Way.NOTHING, place, held, again_at=again_at)
    told = tuple(
        replace(e, outcome=Outcome.SUMMARY, until=None, told_at=now)
        for e in sorted(ended, key=lambda e: rank(e.alert))
    )
    after = replace(
        place, burst_since=place.burst_since or now, last_at=now, posts=(*place.posts, now), channel="", ts=""
    )
    return Plan(Way.SUMMARY, after, held, told, frozenset({place.id}))


def _rested_at(person: str, world: World) -> datetime:
    """When a buzz that is not critical may be the next one."""
    known = world.people.get(person)
    rested = world.now if known is None or known.last_buzz is None else known.last_buzz + MINUTE
    return max(rested, world.quiet_until.get(person, rested))


def _sorted_out(
    place: Place, waiting: Sequence[Entry], world: World
) -> tuple[list[Entry], tuple[Entry, ...], tuple[Said, ...]]:
    """What is to be told, what is held back, and what the place will have been told."""
    said = [one for one in place.said if world.now - one.at < _LONGEST_COOLDOWN]
    told: list[Entry] = []
    held: list[Entry] = []
    for entry in waiting:
        why = _why_held(place, entry, said, world)
        if why is not None:
            held.append(why)
            continue
        told.append(entry)
        alert = entry.alert
        if alert.group:
            said.append(Said(alert.group, alert.subject, alert.severity, entry.number, world.now))
    return told, tuple(held), tuple(said[-SAID_KEPT:])


def _why_held(place: Place, entry: Entry, said: Sequence[Said], world: World) -> Entry | None:
    """The entry with the first reason to hold it back; None when there is none."""
    alert = entry.alert
    if alert.doer and alert.doer == place.id:
        return replace(entry, outcome=Outcome.HELD, reason=Reason.OWN_ACTION)
    snooze = world.snoozed.get(alert.subject) if alert.subject else None
    if snooze is not None and snooze.until > world.now:
        return replace(entry, outcome=Outcome.HELD, reason=Reason.SNOOZED, until=snooze.until)
    again = _said_before(entry, said, world.now)
    if again is not None:
        same, reason = again
        return replace(entry, outcome=Outcome.HELD, reason=reason, ref=same.number)
    quiet = None if place.is_room or alert.is_critical else world.quiet_until.get(place.id)
    if quiet is not None:
        return replace(entry, outcome=Outcome.HELD, reason=Reason.QUIET_HOURS, until=quiet)
    return None


def _said_before(entry: Entry, said: Sequence[Said], now: datetime) -> tuple[Said, Reason] | None:
    alert = entry.alert
    if not alert.group:
        return None
    cooldown = timedelta(seconds=alert.cooldown_seconds)
    for one in reversed(said):
        if one.number == entry.number or one.group != alert.group:
            continue
        if WEIGHT[one.severity] < WEIGHT[alert.severity]:
            continue
        if one.subject != alert.subject and now - one.at < DUPLICATE_WITHIN:
            return one, Reason.DUPLICATE
        if now - one.at < cooldown:
            return one, Reason.COOLDOWN
    return None
