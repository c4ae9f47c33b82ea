"""Raised alerts and what became of each. Written many at a time: a burst costs few statements, not thousands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from senexbot.domain.alerting.terms import Severity
from senexbot.domain.routing.digest import InMessage
from senexbot.domain.routing.entry import Entry, Outcome, Person, Place, Reason
from senexbot.domain.routing.escalation import Escalation
from senexbot.domain.routing.planning import Snooze
from senexbot.domain.routing.quiet_hours import QuietHours
from senexbot.domain.routing.raised import WEIGHT, Raised
from senexbot.ports import Look
from senexbot.store.codec import decode, encode
from senexbot.store.tables import alert_desks, alert_people, alert_places, raised_alerts, snoozes
from senexbot.store.upserts import insert, prepared
from senexbot.store.work import Work

SEVERITY = {weight: severity for severity, weight in WEIGHT.items()}
CRITICAL = WEIGHT[Severity.CRITICAL]
SYMBOLS_COUNTED = 100
AT_ONCE = 10_000  # numbers in one statement
URGENCY = (raised_alerts.c.weight.desc(), raised_alerts.c.cents.desc(), raised_alerts.c.number)


ADD = prepared(lambda insert: insert(raised_alerts).on_conflict_do_nothing().returning(raised_alerts.c.id))


def _look(concerned: sa.ColumnElement[str]) -> sa.Select[Any]:
    """What is due at a place, with all that decides about it; `concerned`: the column of who would be buzzed."""
    t = raised_alerts.c
    here, now = t.place == sa.bindparam("here"), sa.bindparam("moment", type_=t.until.type)
    quieted = (t.outcome == Outcome.HELD.value) & (t.reason == Reason.QUIET_HOURS.value) & (t.until <= now)
    joined = (
        raised_alerts.outerjoin(alert_places, alert_places.c.id == t.place)
        .outerjoin(alert_people, alert_people.c.id == concerned)
        .outerjoin(snoozes, (snoozes.c.subject == t.subject) & (snoozes.c.until > now))
    )
    return (
        sa.select(
            raised_alerts,
            alert_places.c.data.label("place_data"),
            alert_people.c.id.label("person"),
            alert_people.c.zone,
            alert_people.c.begins,
            alert_people.c.ends,
            alert_people.c.last_buzz,
            snoozes.c.until.label("snoozed_until"),
            snoozes.c.by.label("snoozed_by"),
        )
        .select_from(joined)
        .where((here & (t.outcome == Outcome.WAITING.value)) | (here & quieted))
        .order_by(t.number)
        .limit(sa.bindparam("most"))
    )


LOOK_AT_ROOM, LOOK_AT_PERSON = _look(raised_alerts.c.owner), _look(raised_alerts.c.place)


class SqlAlerts:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, alerts: Sequence[Raised]) -> frozenset[str]:
        if not alerts:
            return frozenset()
        rows = [_columns(one) for one in alerts]
        return frozenset((await self._work.write(ADD(self._work), rows)).scalars())

    async def look(self, place: str, now: datetime, limit: int) -> Look:
        statement = LOOK_AT_ROOM if Place(place).is_room else LOOK_AT_PERSON
        values = {"here": place, "moment": now, "most": limit}
        rows = (await self._work.read(statement, values)).all()
        if not rows:
            return Look(await self.place_of(place), (), await self.people({place}), {})
        data = rows[0].place_data
        return Look(
            place=Place(place) if data is None else decode(Place, data),
            due=self._work.readable(raised_alerts, rows, lambda row: row.number, _entry),
            people={row.person: Person(row.person, _quiet(row), row.last_buzz) for row in rows if row.person},
            snoozed={
                row.subject: Snooze(row.snoozed_until, row.snoozed_by) for row in rows if row.snoozed_until
            },
        )

    async def due(self, place: str, now: datetime, limit: int) -> tuple[Entry, ...]:
        over = _quieted(place) & (raised_alerts.c.until <= now)
        return await self._list(_at(place, Outcome.WAITING) | over, raised_alerts.c.number, limit=limit)

    async def numbered(self, numbers: Sequence[int]) -> tuple[Entry, ...]:
        these = raised_alerts.c.number.in_(numbers[:AT_ONCE])
        return await self._list(these, raised_alerts.c.number, limit=AT_ONCE)

    async def quieted(self, place: str) -> tuple[Entry, ...]:
        return await self._list(_quieted(place), raised_alerts.c.number, limit=AT_ONCE)

    async def save(self, entries: Sequence[Entry]) -> None:
        alike: defaultdict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
        for entry in entries:
            alike[tuple(_route(entry).items())].append(entry.number)
        for values, numbers in alike.items():
            for start in range(0, len(numbers), AT_ONCE):
                these = raised_alerts.c.number.in_(numbers[start : start + AT_ONCE])
                await self._work.write(raised_alerts.update().where(these).values(**dict(values)))

    async def change(self, entry: Entry) -> None:
        columns = {**_columns(entry.alert), **_route(entry)}
        await self._work.write(
            raised_alerts.update().where(raised_alerts.c.number == entry.number).values(**columns)
        )

    async def find(self, number: int) -> Entry | None:
        return await self._one(raised_alerts.c.number == number)

    async def by_id(self, alert_id: str) -> Entry | None:
        return await self._one(raised_alerts.c.id == alert_id)

    async def in_message(self, channel: str, ts: str, top: int) -> InMessage | None:
        t, here = raised_alerts.c, _in(channel, ts)
        urgent = t.weight == CRITICAL
        still_open = urgent & (t.acked_by == "") & (t.is_over == 0)
        facts = sa.select(
            sa.func.count().label("many"),
            sa.func.min(t.at).label("first"),
            sa.func.max(t.at).label("last"),
            sa.func.count(sa.distinct(sa.case((t.account != "", t.account)))).label("accounts"),
            sa.func.coalesce(sa.func.sum(sa.case((still_open, 1), else_=0)), 0).label("open"),
            sa.func.max(sa.case((urgent, t.acked_by))).label("acked_by"),
            sa.func.max(sa.case((urgent, t.acked_at))).label("acked_at"),
        ).where(here)
        one: Any = (await self._work.read(facts)).one()
        if not one.many:
            return None
        many = sa.func.count().label("many")
        weights = await self._work.read(sa.select(t.weight, many).where(here).group_by(t.weight))
        symbols = sa.select(t.symbol, many).where(here).group_by(t.symbol)
        counted = await self._work.read(symbols.order_by(many.desc(), t.symbol).limit(SYMBOLS_COUNTED))
        return InMessage(
            count=one.many,
            severities={SEVERITY[row.weight]: row.many for row in weights},
            symbols=tuple((row.symbol, row.many) for row in counted),
            accounts=one.accounts,
            first=one.first,
            last=one.last,
            top=await self.page(channel, ts, 0, top),
            open_critical=int(one.open),
            acked_by="" if one.open else one.acked_by or "",
            acked_at=None if one.open else one.acked_at,
        )

    async def page(self, channel: str, ts: str, offset: int, limit: int) -> tuple[Entry, ...]:
        return await self._list(_in(channel, ts), *URGENCY, limit=limit, offset=offset)

    async def open_critical(self, channel: str, ts: str) -> tuple[Entry, ...]:
        t = raised_alerts.c
        still_open = _in(channel, ts) & (t.weight == CRITICAL) & (t.acked_by == "") & (t.is_over == 0)
        return await self._list(still_open, *URGENCY, limit=AT_ONCE)

    async def of_person(self, team_id: str, person: str, limit: int) -> tuple[Entry, ...]:
        t = raised_alerts.c
        mine = (t.team_id == team_id) & ((t.owner == person) | (t.place == person))
        return await self._list(mine, t.number.desc(), limit=limit)

    async def of_subject(self, subject: str, limit: int) -> tuple[Entry, ...]:
        t = raised_alerts.c
        return await self._list(t.subject == subject, t.number.desc(), limit=limit)

    async def moved_message(self, channel: str, ts: str, to: str) -> None:
        await self._work.write(raised_alerts.update().where(_in(channel, ts)).values(ts=to))

    async def place_of(self, place: str) -> Place:
        data = (
            await self._work.read(sa.select(alert_places.c.data).where(alert_places.c.id == place))
        ).scalar()
        return Place(place) if data is None else decode(Place, data)

    async def put_place(self, place: Place) -> None:
        data = encode(place)
        new = insert(self._work, alert_places).values(id=place.id, data=data)
        await self._work.write(
            new.on_conflict_do_update(index_elements=[alert_places.c.id], set_={"data": data})
        )

    async def people(self, ids: Collection[str]) -> Mapping[str, Person]:
        rows = await self._work.read(sa.select(alert_people).where(alert_people.c.id.in_(sorted(ids))))
        return {row.id: Person(row.id, _quiet(row), row.last_buzz) for row in rows}

    async def set_quiet(self, person: str, quiet: QuietHours | None) -> None:
        hours = {
            "zone": "" if quiet is None else quiet.zone,
            "begins": None if quiet is None else quiet.begins,
            "ends": None if quiet is None else quiet.ends,
        }
        new = insert(self._work, alert_people).values(id=person, last_buzz=None, **hours)
        await self._work.write(new.on_conflict_do_update(index_elements=[alert_people.c.id], set_=hours))

    async def buzzed(self, people: Collection[str], at: datetime) -> None:
        if not people:
            return
        new = insert(self._work, alert_people)
        statement = new.on_conflict_do_update(
            index_elements=[alert_people.c.id], set_={"last_buzz": new.excluded.last_buzz}
        )
        rows = [
            {"id": one, "zone": "", "begins": None, "ends": None, "last_buzz": at} for one in sorted(people)
        ]
        await self._work.write(statement, rows)

    async def snooze(self, subject: str, snooze: Snooze) -> None:
        values = {"by": snooze.by, "until": snooze.until}
        new = insert(self._work, snoozes).values(subject=subject, **values)
        await self._work.write(new.on_conflict_do_update(index_elements=[snoozes.c.subject], set_=values))

    async def desk_escalation(self, team_id: str) -> Escalation | None:
        column = sa.select(alert_desks.c.escalation).where(alert_desks.c.team_id == team_id)
        data = (await self._work.read(column)).scalar()
        return decode(Escalation, data) if data else None

    async def set_desk_escalation(self, team_id: str, escalation: Escalation | None) -> None:
        data = "" if escalation is None else encode(escalation)
        new = insert(self._work, alert_desks).values(team_id=team_id, escalation=data)
        await self._work.write(
            new.on_conflict_do_update(index_elements=[alert_desks.c.team_id], set_={"escalation": data})
        )

    async def _list(
        self, where: sa.ColumnElement[bool], *order: Any, limit: int, offset: int = 0
    ) -> tuple[Entry, ...]:
        statement = sa.select(raised_alerts).where(where).order_by(*order).limit(limit).offset(offset)
        rows = await self._work.read(statement)
        return self._work.readable(raised_alerts, rows, lambda row: row.number, _entry)

    async def _one(self, where: sa.ColumnElement[bool]) -> Entry | None:
        return next(iter(await self._list(where, raised_alerts.c.number, limit=1)), None)


def _at(place: str, outcome: Outcome) -> sa.ColumnElement[bool]:
    return (raised_alerts.c.place == place) & (raised_alerts.c.outcome == outcome.value)


def _quieted(place: str) -> sa.ColumnElement[bool]:
    return _at(place, Outcome.HELD) & (raised_alerts.c.reason == Reason.QUIET_HOURS.value)


def _in(channel: str, ts: str) -> sa.ColumnElement[bool]:
    return (raised_alerts.c.channel == channel) & (raised_alerts.c.ts == ts)


def _columns(alert: Raised) -> dict[str, Any]:
    return {
        "id": alert.id,
        "team_id": alert.team_id,
        "owner": alert.owner,
        "subject": alert.subject,
        "symbol": alert.symbol,
        "account": alert.account,
        "weight": WEIGHT[alert.severity],
        "cents": -1 if alert.money_at_risk is None else min(int(alert.money_at_risk * 100), 2**62),
        "is_over": int(alert.is_over),
        "at": alert.at,
        "place": alert.place,
        "outcome": Outcome.WAITING.value,
        "reason": "",
        "ref": 0,
        "channel": "",
        "ts": "",
        "acked_by": "",
        "moved_from": "",
        "maybe_sent": False,
        "data": encode(alert),
    }


def _route(entry: Entry) -> dict[str, Any]:
    return {
        "place": entry.place,
        "outcome": entry.outcome.value,
        "reason": entry.reason.value if entry.reason else "",
        "ref": entry.ref,
        "until": entry.until,
        "channel": entry.channel,
        "ts": entry.ts,
        "told_at": entry.told_at,
        "acked_by": entry.acked_by,
        "acked_at": entry.acked_at,
        "escalated_at": entry.escalated_at,
        "moved_from": entry.moved_from,
        "maybe_sent": entry.maybe_sent,
    }


def _entry(row: Any) -> Entry:
    return Entry(
        number=row.number,
        alert=decode(Raised, row.data),
        place=row.place,
        outcome=Outcome(row.outcome),
        reason=Reason(row.reason) if row.reason else None,
        ref=row.ref,
        until=row.until,
        channel=row.channel,
        ts=row.ts,
        told_at=row.told_at,
        acked_by=row.acked_by,
        acked_at=row.acked_at,
        escalated_at=row.escalated_at,
        moved_from=row.moved_from,
        maybe_sent=row.maybe_sent,
    )


def _quiet(row: Any) -> QuietHours | None:
    if row.begins is None or row.ends is None:
        return None
    return QuietHours(row.begins, row.ends, row.zone)
