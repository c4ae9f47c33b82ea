"""Telling what was raised: for one room or person at a time, as planning.py decides from what is true now.

What is put into a message that stands is stored first and shown by an edit, which may be repeated without harm; a
new message is posted first and stored then, so that nothing is lost and a repeat is marked (I41, I42, I45).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from senexbot.blocks import alert_posts
from senexbot.blocks.alert_posts import TOP, Face
from senexbot.blocks.kit import Message
from senexbot.domain.errors import Gone, MessengerFault, MessengerRateLimited, Transient
from senexbot.domain.news import AlertEditNews, AlertsNews, NoticeNews
from senexbot.domain.routing.digest import gathered
from senexbot.domain.routing.entry import Entry, Outcome, Person, Place, Reason
from senexbot.domain.routing.planning import MINUTE, Plan, Way, World, plan
from senexbot.domain.routing.quiet_hours import QuietHours
from senexbot.ports import Clock, Messenger, OutboxRow, Outgoing, Store, Tx
from senexbot.services.alerts.escalation import escalate_later
from senexbot.services.alerts.routing import show_message, wake, wake_at
from senexbot.services.alerts.tally import AlertTally
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.news.delivery import Pace

AT_ONCE = 1_000
# Slack counts edits by the minute and workspace (50 of them): the cards of orders need some too.
EDITS_AT_ONCE, EDITS_PER_SECOND = 3.0, 0.5
EDITS = "edits"


class AlertTelling:
    def __init__(
        self, *, store: Store, messenger: Messenger, clock: Clock, pace: Pace, tally: AlertTally
    ) -> None:
        self._store = store
        self._messenger = messenger
        self._clock = clock
        self._pace = pace
        self._tally = tally
        self._edits = Pace(clock, burst=EDITS_AT_ONCE, per_second=EDITS_PER_SECOND)
        self._buzzed: dict[str, datetime] = {}  # by messages of the last minute, also those on their way

    # --- what waits ------------------------------------------------------------------------------

    async def tell(self, row: OutboxRow, news: AlertsNews) -> None:
        """All that waits for the place of this row; the row ends with the last of it."""
        channel = await self.audience(row)
        if news.numbers:
            await self._once_more(row, news, channel)
            return
        while await self._step(row, news.place, channel):
            continue

    async def audience(self, row: OutboxRow) -> str:
        """Slack's channel of a place that may be told now. Raises Gone when the room has outsiders (I35)."""
        if not row.channel:
            return await self._messenger.open_direct(row.to_user)
        facts = await self._messenger.channel(row.channel)
        if facts.has_outsiders:
            raise Gone("channel_has_outsiders")
        if facts.is_archived:
            raise Gone("is_archived")
        return row.channel

    async def _step(self, row: OutboxRow, place_id: str, channel: str) -> bool:
        """One message at most; whether there is more to do."""
        await self._pace.wait(channel)
        now = self._clock.now()
        look = await self._store.look(lambda tx: tx.alerts.look(place_id, now, AT_ONCE))
        due, place = look.due, look.place
        waiting = [entry for entry in due if entry.outcome is Outcome.WAITING]
        ended = [entry for entry in due if entry.outcome is Outcome.HELD]
        people = self._with_buzzes(look.people, now)
        world = World(people, quiet_until(people.values(), now), look.snoozed, now)
        done = plan(place, waiting, ended, world)
        self._buzzed |= dict.fromkeys(done.buzzed, now)
        ts = ""
        if done.way in {Way.NOTHING, Way.EDIT}:
            self._pace.give_back(channel)
        else:
            try:
                ts = await self._post(row, done, place, channel, world)
            except BaseException:
                for person in done.buzzed:  # it buzzed nobody, or will be repeated
                    self._buzzed.pop(person, None)
                raise
        full = len(due) == AT_ONCE and not any(e.outcome is Outcome.WAITING for e in done.held)
        more = done.way is Way.CALL or (full and (done.way is not Way.NOTHING or bool(done.held)))
        await self._keep(row, done, channel, ts, now, last=not more)
        return more

    def _with_buzzes(self, people: Mapping[str, Person], now: datetime) -> Mapping[str, Person]:
        """Places are told side by side: what was read of a person knows nothing of a buzz that another place is just
        giving them, and there is one a minute."""
        self._buzzed = {person: at for person, at in self._buzzed.items() if now - at < MINUTE}
        newer = {
            person: replace(people.get(person, Person(person)), last_buzz=at)
            for person, at in self._buzzed.items()
        }
        return {**people, **newer}

    async def _post(self, row: OutboxRow, done: Plan, place: Place, channel: str, world: World) -> str:
        face = Face(
            world.now,
            reader="" if place.is_room else place.id,
            mentioned=done.buzzed if place.is_room else frozenset(),
            maybe_repeat=row.maybe_sent or any(entry.maybe_sent for entry in done.told),
        )
        if done.way is Way.CALL:
            return await self._in_thread(place, await self._call(place, face))
        quiet = ""
        if done.way is Way.SUMMARY:
            person = world.people.get(place.id)
            quiet = quiet_words(person)
        message = alert_posts.burst(gathered(done.told, TOP), face, quiet=quiet)
        try:
            return await self._say(channel, message)
        except (Gone, Transient, MessengerRateLimited):
            raise
        except MessengerFault:
            # Only what was in this message may be a repeat next time, not what joins it meanwhile.
            doubtful = [replace(e, outcome=Outcome.WAITING, reason=None, maybe_sent=True) for e in done.told]
            if done.way is Way.POST:
                async with self._store.begin() as tx:
                    await tx.alerts.save([replace(entry, told_at=None) for entry in doubtful])
                raise Transient("the answer to a post was lost") from None
            raise

    async def _call(self, place: Place, face: Face) -> Message:
        async with self._store.read() as tx:
            entries = await tx.alerts.open_critical(place.channel, place.ts)
        owners = frozenset(entry.alert.owner for entry in entries) if place.is_room else frozenset[str]()
        try:
            where = await self._messenger.permalink(place.channel, place.ts)
        except MessengerFault:
            where = ""
        return alert_posts.called(place.owed, entries, replace(face, mentioned=owners), where=where)

    async def _keep(
        self, row: OutboxRow, done: Plan, channel: str, ts: str, now: datetime, *, last: bool
    ) -> None:
        """What became of each, and of the place, in the transaction that ends the row."""
        place = done.place
        if done.way is Way.POST:
            place = replace(place, channel=channel, ts=ts)
        at = (place.channel, place.ts) if done.way is Way.EDIT else (channel, ts)
        told = [replace(entry, channel=at[0], ts=at[1]) for entry in done.told]

        async def keep(tx: Tx) -> None:
            if done.held or told:
                await tx.alerts.save([*done.held, *told])
            if done.way is not Way.NOTHING or done.held:
                await tx.alerts.put_place(place)
            await tx.alerts.buzzed(done.buzzed, now)
            if done.way is Way.EDIT:
                await show_message(tx, place.id, *at)
            for moment in {e.until for e in done.held if e.reason is Reason.QUIET_HOURS and e.until}:
                await wake_at(tx, place.id, moment)
            if done.again_at is not None:
                await wake_at(tx, place.id, done.again_at)
            await escalate_later(tx, place.id, told, now)
            if last:
                await tx.outbox.sent(row.id, now, attempt=row.attempts)

        await self._store.write(keep)
        self._tally.count([*done.held, *told])

    async def _once_more(self, row: OutboxRow, news: AlertsNews, channel: str) -> None:
        """A dead letter that somebody sends again: there, whatever became of its alerts since."""
        async with self._store.read() as tx:
            entries = await tx.alerts.numbered(news.numbers)
        if entries:
            await self._pace.wait(channel)
            place = Place(news.place)
            reader = "" if place.is_room else place.id
            face = Face(self._clock.now(), reader=reader, maybe_repeat=row.maybe_sent)
            await self._say(channel, alert_posts.burst(gathered(entries, TOP), face))
        async with self._store.begin() as tx:
            await tx.outbox.sent(row.id, self._clock.now(), attempt=row.attempts)

    # --- what stands ------------------------------------------------------------------------------

    async def edit(self, row: OutboxRow, news: AlertEditNews) -> None:
        """The message shows what is true now; a deleted one is posted again, in silence where that can be."""
        await self.audience(row)
        await self._edits.wait(EDITS)
        async with self._store.read() as tx:
            held = await tx.alerts.in_message(news.channel, news.ts, TOP)
            people = await tx.alerts.people({news.place})
        if held is None:
            self._edits.give_back(EDITS)
            return
        place = Place(news.place)
        owners = frozenset(entry.alert.owner for entry in held.top) if place.is_room else frozenset[str]()
        face = Face(self._clock.now(), reader="" if place.is_room else place.id, mentioned=owners)
        summary = held.top[0].outcome is Outcome.SUMMARY
        message = alert_posts.burst(held, face, quiet=quiet_words(people.get(place.id)) if summary else "")
        try:
            await self._messenger.update(news.channel, news.ts, message)
        except MessengerRateLimited as limited:
            self._edits.pause(EDITS, limited.after)
            raise
        except Gone:
            await self._stand_in(news, message)

    async def _stand_in(self, news: AlertEditNews, message: Message) -> None:
        await self._pace.wait(news.channel)
        ts = await self._say(news.channel, message)
        async with self._store.begin() as tx:
            await tx.alerts.moved_message(news.channel, news.ts, ts)
            place = await tx.alerts.place_of(news.place)
            if place.ts == news.ts:
                await tx.alerts.put_place(replace(place, ts=ts))

    async def _in_thread(self, place: Place, message: Message) -> str:
        """It buzzes whom it names, and is none of the messages of its burst; beside the message when that is gone."""
        try:
            return await self._say(place.channel, message, thread_ts=place.ts)
        except Gone:
            return await self._say(place.channel, message)

    async def _say(self, channel: str, message: Message, *, thread_ts: str | None = None) -> str:
        try:
            return await self._messenger.post(channel, message, thread_ts=thread_ts)
        except MessengerRateLimited as limited:
            self._pace.pause(channel, limited.after)
            raise

    # --- a place that cannot be told --------------------------------------------------------------

    async def put_aside(self, tx: Tx, row: OutboxRow, reason: str, now: datetime) -> AlertsNews | None:
        """What was to be told there goes to its owners; the row as a dead letter that may be sent again.

        None: nothing was left to tell.
        """
        entries = await self._untold(tx, row)
        if not entries:
            return None
        moved = [_to_owner(entry) for entry in entries]
        await tx.alerts.save(moved)
        for owner in dict.fromkeys(entry.place for entry in moved if entry.outcome is Outcome.WAITING):
            await wake(tx, owner)
            if row.channel:
                params = (("channel", row.channel), ("reason", reason))
                await tx.outbox.put(
                    Outgoing(
                        key=f"user:{owner}",
                        news=NoticeNews("channel_closed", params, now),
                        dedupe=f"closed:{row.channel}:{owner}:{now:%Y%m%d}",
                        to_user=owner,
                    )
                )
        place = row.channel or row.to_user
        if len(entries) == AT_ONCE:
            await wake(tx, place)
        return AlertsNews(place, tuple(entry.number for entry in entries))

    async def _untold(self, tx: Tx, row: OutboxRow) -> Sequence[Entry]:
        match row.news:
            case AlertsNews(place, numbers):
                if numbers:
                    return ()
                due = await tx.alerts.due(place, self._clock.now(), AT_ONCE)
                return [entry for entry in due if entry.outcome is Outcome.WAITING]
            case AlertEditNews(channel=channel, ts=ts):
                shown = await tx.alerts.page(channel, ts, 0, AT_ONCE)
                return [entry for entry in shown if entry.reason is Reason.RATE]
            case _:
                return ()


def _to_owner(entry: Entry) -> Entry:
    """Told to its owner instead; held back for good when that is who cannot be told."""
    owner = entry.alert.owner
    if entry.place == owner:
        return replace(entry, outcome=Outcome.HELD, reason=Reason.AUDIENCE)
    return replace(
        entry,
        place=owner,
        moved_from=entry.place,
        outcome=Outcome.WAITING,
        reason=Reason.AUDIENCE,
        channel="",
        ts="",
        until=None,
    )


def quiet_until(people: Iterable[Person], now: datetime) -> dict[str, datetime]:
    """Those of these people who have quiet hours now, and until when."""
    found: dict[str, datetime] = {}
    for person in people:
        hours = person.quiet
        if hours is not None and hours.covers(now, zone_of(hours)):
            found[person.id] = hours.over_at(now, zone_of(hours))
    return found


def zone_of(hours: QuietHours) -> ZoneInfo:
    """The exchange's where the stored name means nothing to this machine."""
    try:
        return ZoneInfo(hours.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return EXCHANGE_ZONE


def quiet_words(person: Person | None) -> str:
    return person.quiet.words if person is not None and person.quiet is not None else "until now"
