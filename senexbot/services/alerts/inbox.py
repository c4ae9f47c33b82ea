"""What people do with alerts that were told, and ask about them: have one, snooze it, see all, why not, quiet hours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from senexbot.domain.errors import AlreadyHandled, Expired, NotFound, NotPermitted, UserError
from senexbot.domain.links import Actor, Role
from senexbot.domain.routing.entry import Entry, Place
from senexbot.domain.routing.planning import Snooze
from senexbot.domain.routing.quiet_hours import QuietHours, read_quiet_hours
from senexbot.ports import AuditEntry, Clock, Store, Tx
from senexbot.services.alerts.routing import show_message, wake
from senexbot.services.alerts.telling import quiet_until

SNOOZE = timedelta(hours=1)
PAGE = 20
LISTED = 12


@dataclass(frozen=True, slots=True)
class Page:
    """Some alerts of one message, the most urgent first. `reader`: whose direct message it is, "" in a room."""

    handle: str
    offset: int
    total: int
    entries: tuple[Entry, ...]
    reader: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """`until`: when the hours that run now end; `waiting`: what is held back until then."""

    hours: QuietHours | None
    until: datetime | None
    waiting: int


class AlertInbox:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def have_it(self, actor: Actor, handle: str) -> tuple[Entry, ...]:
        """All that is critical in the message of this alert is theirs now; it is not escalated any more.

        Raises NotFound, NotPermitted, Expired, AlreadyHandled.
        """
        now = self._clock.now()
        async with self._store.begin() as tx:
            entry = await self._entry(tx, actor, handle)
            await self._may_see(tx, actor, entry)
            mine = await tx.alerts.open_critical(entry.channel, entry.ts) if entry.ts else ()
            if not mine:
                raise AlreadyHandled(_had_by(entry, actor), code="acked")
            mine = tuple(replace(one, acked_by=actor.user_id, acked_at=now) for one in mine)
            await tx.alerts.save(mine)
            await show_message(tx, entry.place, entry.channel, entry.ts)
            for one in mine:
                await tx.audit(AuditEntry(actor.user_id, "alert.have", one.alert.id, "ok"))
        return mine

    async def snooze(self, actor: Actor, handle: str) -> tuple[Entry, datetime]:
        """For an hour what this rule or condition raises is held back; only by its owner. The entry, until when."""
        now = self._clock.now()
        async with self._store.begin() as tx:
            entry = await self._entry(tx, actor, handle)
            if actor.user_id not in {entry.alert.owner, entry.alert.to_user}:
                raise NotPermitted("Only its owner may snooze an alert.")
            await tx.alerts.snooze(entry.alert.subject, Snooze(now + SNOOZE, actor.user_id))
            if entry.is_open:
                entry = replace(entry, acked_by=actor.user_id, acked_at=now)
                await tx.alerts.save((entry,))
                await show_message(tx, entry.place, entry.channel, entry.ts)
            await tx.audit(AuditEntry(actor.user_id, "alert.snooze", entry.alert.subject, "ok"))
        return entry, now + SNOOZE

    async def own(self, actor: Actor, handle: str) -> Entry:
        """The alert of a button that only its owner may press. Raises NotFound, NotPermitted, Expired."""
        async with self._store.read() as tx:
            entry = await self._entry(tx, actor, handle)
        if entry.alert.owner != actor.user_id:
            raise NotPermitted("Only its owner may change an alert.")
        return entry

    async def page(self, actor: Actor, handle: str, offset: int = 0) -> Page:
        """Of the message that this alert stands in. Raises NotFound, NotPermitted, Expired."""
        async with self._store.read() as tx:
            entry = await self._entry(tx, actor, handle)
            await self._may_see(tx, actor, entry)
            held = await tx.alerts.in_message(entry.channel, entry.ts, 1)
            entries = await tx.alerts.page(entry.channel, entry.ts, offset, PAGE)
        total = 0 if held is None else held.count
        own = not Place(entry.place).is_room and entry.place == actor.user_id
        return Page(handle, offset, total, entries, actor.user_id if own else "")

    async def why(self, actor: Actor, name: str) -> Entry:
        """What became of one alert: f1042. Its owner, whom it was told to, and an operator may ask.

        Raises UserError, NotFound.
        """
        number = name.lower().removeprefix("#").removeprefix("f")
        if not (number.isascii() and number.isdigit()) or len(number) > 12:
            raise UserError(f"Say it as it stands below the alert: alerts why f1042, not “{name[:20]}”.")
        async with self._store.read() as tx:
            entry = await tx.alerts.find(int(number))
            if entry is None or not await self._may_ask(tx, actor, entry):
                raise NotFound(f"No alert of yours is called f{number}. alerts why lists your last ones.")
        return entry

    async def last(self, actor: Actor) -> tuple[Entry, ...]:
        """Their own and those told to them, newest first."""
        async with self._store.read() as tx:
            return await tx.alerts.of_person(actor.team_id, actor.user_id, LISTED)

    async def quiet(self, actor: Actor) -> Quiet:
        now = self._clock.now()
        async with self._store.read() as tx:
            people = await tx.alerts.people({actor.user_id})
            waiting = await tx.alerts.quieted(actor.user_id)
        hours = people[actor.user_id].quiet if actor.user_id in people else None
        return Quiet(hours, quiet_until(people.values(), now).get(actor.user_id), len(waiting))

    async def set_quiet(self, actor: Actor, text: str) -> Quiet:
        """`22:00-07:00` in the zone of their Slack profile, or `off`; what was held back comes at once when its
        hours are not quiet any more. Raises ParseError."""
        hours = read_quiet_hours(text, actor.tz)
        now = self._clock.now()
        async with self._store.begin() as tx:
            await tx.alerts.set_quiet(actor.user_id, hours)
            people = await tx.alerts.people({actor.user_id})
            until = quiet_until(people.values(), now).get(actor.user_id)
            held = await tx.alerts.quieted(actor.user_id)
            if until is None and held:
                await tx.alerts.save([replace(entry, until=now) for entry in held])
                await wake(tx, actor.user_id)
            words = "off" if hours is None else f"{hours.words} {hours.zone}"
            await tx.audit(AuditEntry(actor.user_id, "alert.quiet", actor.user_id, "ok", (("hours", words),)))
        return Quiet(hours, until, len(held))

    async def _entry(self, tx: Tx, actor: Actor, value: str) -> Entry:
        handle = await tx.handles.find(value)
        if handle is None or handle.kind != "alert":
            raise NotFound("This button is not known here any more. alerts why lists your last alerts.")
        if handle.expires_at is not None and self._clock.not_before() >= handle.expires_at:
            raise Expired("This button is too old.")
        entry = await tx.alerts.by_id(handle.subject)
        if entry is None or entry.alert.team_id != actor.team_id:
            raise NotFound("This alert is not known here any more.")
        return entry

    async def _may_see(self, tx: Tx, actor: Actor, entry: Entry) -> None:
        """In a room whoever reads it, who is no stranger; elsewhere whose messages it stands in, or, of what was
        escalated, whoever was asked."""
        if Place(entry.place).is_room or actor.user_id in {entry.place, entry.alert.owner}:
            return
        escalated = entry.escalated_at is not None and actor.is_full_member
        if not escalated and not await self._looks_after(tx, actor):
            raise NotPermitted("This alert is somebody else's.")

    async def _may_ask(self, tx: Tx, actor: Actor, entry: Entry) -> bool:
        if entry.alert.team_id != actor.team_id:
            return False
        mine = actor.user_id in {entry.alert.owner, entry.alert.to_user, entry.place}
        return mine or await self._looks_after(tx, actor)

    async def _looks_after(self, tx: Tx, actor: Actor) -> bool:
        roles = await tx.roles.of(actor.team_id, actor.user_id)
        return bool(roles & {Role.OPERATOR, Role.RISK})


def _had_by(entry: Entry, actor: Actor) -> str:
    if entry.acked_by == actor.user_id:
        return "You have it already."
    if entry.acked_by:
        return f"<@{entry.acked_by}> has it already."
    return "Nothing critical is open in this message any more."
