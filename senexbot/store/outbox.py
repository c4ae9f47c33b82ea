"""The outbox: news waiting to be told, strictly in order within a key, any number of keys at once.

A claim lapses after a minute; what was claimed before and has no result may have been sent (I42).
"""

from __future__ import annotations

import typing
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from senexbot.domain.errors import Stale, Unreadable
from senexbot.domain.news import APPOINTMENTS, UNREADABLE, AlertNews, News, NoticeNews
from senexbot.ports import DeadLetter, OutboxRow, Outgoing
from senexbot.store.codec import decode_one_of, encode
from senexbot.store.tables import outbox, outbox_keys
from senexbot.store.upserts import inserted
from senexbot.store.work import Work

CLAIM_LASTS = timedelta(seconds=60)
WAITING, SENT, DEAD = "waiting", "sent", "dead"
KINDS: tuple[type, ...] = typing.get_args(News)


BEFORE = sa.exists().where(outbox.c.key == sa.bindparam("key"), outbox.c.state == WAITING)
NAMES = tuple(column.name for column in outbox.c if column.name not in {"id", "ended_at"})
HAND = (
    outbox.insert()
    .from_select(
        NAMES, sa.select(*(sa.bindparam(name, type_=outbox.c[name].type) for name in NAMES)).where(~BEFORE)
    )
    .returning(outbox.c.id)
)


class SqlOutbox:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def put(self, outgoing: Outgoing) -> bool:
        now = self._work.clock.now()
        dedupe = outgoing.dedupe
        if dedupe and not await inserted(self._work, outbox_keys, dedupe=dedupe, at=now):
            return False
        if outgoing.at_once and self._work.hand_owner and await self._handed(outgoing, now):
            return True
        if not (outgoing.collapse and await self._collapsed(outgoing, now)):
            await self._work.write(outbox.insert().values(**_columns(outgoing, now)))
        self._work.put_news = True
        return True

    async def claim(self, owner: str, limit: int, now: datetime) -> tuple[OutboxRow, ...]:
        ids = await self._due(now, limit)
        if not ids:
            return ()
        lapsed = sa.case((outbox.c.claimed_until.is_not(None), sa.true()), else_=outbox.c.maybe_sent == 1)
        statement = (
            outbox.update()
            .where(outbox.c.id.in_(ids))
            .values(
                claimed_by=owner,
                claimed_until=now + CLAIM_LASTS,
                attempts=outbox.c.attempts + 1,
                maybe_sent=sa.case((lapsed, 1), else_=0),
            )
            .returning(*outbox.c)
        )
        rows = sorted((await self._work.write(statement)).all(), key=lambda row: int(row.id))
        return tuple(self._claimed(row) for row in rows)

    async def lapse_claims(self, now: datetime) -> None:
        held = (outbox.c.state == WAITING) & (outbox.c.claimed_until > now)
        await self._work.write(outbox.update().where(held).values(claimed_until=now))
        self._work.put_news = True

    async def sent(self, row_id: int, at: datetime, *, attempt: int | None = None) -> None:
        """Marking again changes nothing. With `attempt` (OutboxRow.attempts): Stale when another has it now."""
        await self._end(row_id, attempt, state=SENT, ended_at=at, claimed_until=None)

    async def retry(
        self, row_id: int, *, not_before: datetime, maybe_sent: bool, attempt: int | None = None
    ) -> None:
        values: dict[str, Any] = {"not_before": not_before, "claimed_by": "", "claimed_until": None}
        if maybe_sent:
            values["maybe_sent"] = True
        await self._end(row_id, attempt, **values)

    async def bury(
        self,
        row_id: int,
        reason: str,
        at: datetime,
        *,
        attempt: int | None = None,
        news: News | None = None,
    ) -> None:
        values: dict[str, Any] = {"state": DEAD, "reason": reason, "ended_at": at, "claimed_until": None}
        if news is not None:
            values |= {"kind": type(news).__name__, "news": encode(news)}
        await self._end(row_id, attempt, **values)

    async def pending(self, channel: str, limit: int) -> tuple[OutboxRow, ...]:
        earlier = outbox.alias("earlier")
        head = sa.exists().where(
            earlier.c.key == outbox.c.key, earlier.c.state == WAITING, earlier.c.id < outbox.c.id
        )
        statement = (
            sa.select(outbox)
            .where(
                outbox.c.channel == channel, outbox.c.state == WAITING, outbox.c.kind == AlertNews.__name__
            )
            .where(outbox.c.claimed_until.is_(None), head)
            .order_by(outbox.c.id)
            .limit(limit)
        )
        return self._work.readable(outbox, await self._work.read(statement), lambda row: row.id, _row)

    async def dead(self, limit: int) -> tuple[DeadLetter, ...]:
        """Newest first."""
        statement = sa.select(outbox).where(outbox.c.state == DEAD)
        newest = statement.order_by(outbox.c.ended_at.desc(), outbox.c.id.desc()).limit(limit)
        return tuple(_dead(row) for row in await self._work.read(newest))

    async def dead_count(self) -> int:
        statement = sa.select(sa.func.count()).select_from(outbox).where(outbox.c.state == DEAD)
        return int((await self._work.read(statement)).scalar_one())

    async def dead_one(self, row_id: int) -> DeadLetter | None:
        row = (await self._work.read(sa.select(outbox).where(_is_dead(row_id)))).first()
        return None if row is None else _dead(row)

    async def resend(self, row_id: int, at: datetime) -> bool:
        # The attempts go on counting: a worker of before must not take the row for its own.
        again = {"state": WAITING, "not_before": at, "ended_at": None, "reason": "", "claimed_by": ""}
        self._work.put_news = True
        return await self._work.changed(outbox.update().where(_is_dead(row_id)).values(**again))

    async def discard(self, row_id: int, at: datetime) -> bool:
        ended = {"state": SENT, "ended_at": at}
        return await self._work.changed(outbox.update().where(_is_dead(row_id)).values(**ended))

    async def depth(self) -> int:
        """Messages that wait; an appointment to look again is none."""
        looks = [kind.__name__ for kind in APPOINTMENTS]
        messages = (outbox.c.state == WAITING) & outbox.c.kind.not_in(looks)
        statement = sa.select(sa.func.count()).select_from(outbox).where(messages)
        return int((await self._work.read(statement)).scalar_one())

    async def _collapsed(self, outgoing: Outgoing, now: datetime) -> bool:
        """Put the newer news in the place of an unsent row; not of one that is being sent right now."""
        same = (outbox.c.key == outgoing.key) & (outbox.c.collapse == outgoing.collapse)
        free = outbox.c.claimed_until.is_(None) | (outbox.c.claimed_until <= now)
        newest = sa.select(sa.func.max(outbox.c.id)).where(same, outbox.c.state == WAITING, free)
        return await self._work.changed(
            outbox.update()
            .where(outbox.c.id == newest.scalar_subquery(), outbox.c.state == WAITING, free)
            .values(
                kind=type(outgoing.news).__name__,
                news=encode(outgoing.news),
                to_user=outgoing.to_user,
                channel=outgoing.channel,
            )
        )

    async def _handed(self, outgoing: Outgoing, now: datetime) -> bool:
        """Stored as claimed already, and kept for the relay, when nothing of its key is before it.

        Whoever puts into the same key at the same time waits, so that no key is in two hands.
        """
        await self._work.guard(f"outbox:{outgoing.key}", exclusive=True)
        owner = self._work.hand_owner
        claimed = {"claimed_by": owner, "claimed_until": now + CLAIM_LASTS, "attempts": 1}
        row_id = (await self._work.write(HAND, _columns(outgoing, now) | claimed)).scalar()
        if row_id is None:
            return False
        self._work.handed.append(
            OutboxRow(
                row_id,
                outgoing.key,
                outgoing.news,
                outgoing.to_user,
                outgoing.channel,
                1,
                now,
                maybe_sent=False,
            )
        )
        return True

    async def _due(self, now: datetime, limit: int) -> list[int]:
        """Heads of keys that are due and of which no row is on its way; locked, others' skipped."""
        other = outbox.alias("other")
        in_the_way = sa.exists().where(
            other.c.key == outbox.c.key,
            other.c.state == WAITING,
            (other.c.id < outbox.c.id) | (other.c.claimed_until > now),
        )
        free = outbox.c.claimed_until.is_(None) | (outbox.c.claimed_until <= now)
        statement = (
            sa.select(outbox.c.id)
            .where(outbox.c.state == WAITING, outbox.c.not_before <= now, free, ~in_the_way)
            .order_by(outbox.c.id)
            .limit(limit)
            .with_for_update(of=outbox, skip_locked=True)
        )
        return list((await self._work.read(statement)).scalars())

    def _claimed(self, row: Any) -> OutboxRow:
        try:
            return _row(row)
        except Unreadable:
            self._work.set_aside.note(outbox.name, row.id)
            return _with_news(row, _unreadable(row))

    async def _end(self, row_id: int, attempt: int | None, **values: Any) -> None:
        where = (outbox.c.id == row_id) & (outbox.c.state == WAITING)
        if attempt is not None:
            where &= outbox.c.attempts == attempt
        if (
            not await self._work.changed(outbox.update().where(where).values(**values))
            and attempt is not None
        ):
            raise Stale("another has taken this message over")


def _is_dead(row_id: int) -> Any:
    return (outbox.c.id == row_id) & (outbox.c.state == DEAD)


def _columns(outgoing: Outgoing, now: datetime) -> dict[str, Any]:
    return {
        "key": outgoing.key,
        "kind": type(outgoing.news).__name__,
        "news": encode(outgoing.news),
        "to_user": outgoing.to_user,
        "channel": outgoing.channel,
        "collapse": outgoing.collapse,
        "state": WAITING,
        "not_before": outgoing.not_before or now,
        "created_at": now,
        "attempts": 0,
        "maybe_sent": False,
        "claimed_by": "",
        "reason": "",
    }


def _row(row: Any) -> OutboxRow:
    return _with_news(row, decode_one_of(KINDS, row.news))


def _with_news(row: Any, news: News) -> OutboxRow:
    return OutboxRow(
        row.id, row.key, news, row.to_user, row.channel, row.attempts, row.created_at, row.maybe_sent
    )


def _unreadable(row: Any) -> NoticeNews:
    return NoticeNews(UNREADABLE, (("outbox_row", str(row.id)),), row.created_at)


def _dead(row: Any) -> DeadLetter:
    try:
        news: News = decode_one_of(KINDS, row.news)
    except Unreadable:
        news = _unreadable(row)  # still listed (I48)
    return DeadLetter(row.id, row.key, news, row.to_user, row.channel, row.reason, row.ended_at)
