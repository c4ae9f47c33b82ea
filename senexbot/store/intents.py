"""Intents and the one attempt each may have. Every change is a compare-and-set on the version (I3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa

from senexbot.domain.errors import Stale
from senexbot.domain.links import Environment
from senexbot.domain.orders.identifiers import base_identifier
from senexbot.domain.orders.intents import Intent, IntentState, WalkState
from senexbot.store.codec import decode, encode
from senexbot.store.tables import attempts, intent_orders, intents, replace_attempts, walks
from senexbot.store.upserts import insert, inserted
from senexbot.store.work import Work

NEW_NUMBERS = 4  # of the numbers an order had, the newest: those before are stored already


class SqlIntents:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, intent: Intent) -> None:
        """Raises Stale when id or identifier exist already (I5)."""
        if not await inserted(self._work, intents, **_columns(intent)):
            raise Stale("this intent or its identifier exists already")
        await self._keep_orders(intent)

    async def get(self, intent_id: str) -> Intent | None:
        """Raises Unreadable when the row does not decode."""
        return await self._one(intents.c.id == intent_id)

    async def save(self, intent: Intent) -> None:
        columns = _columns(intent)
        statement = (
            intents.update()
            .where(
                intents.c.id == columns.pop("id"),
                intents.c.version == intent.version - 1,
                intents.c.identifier == columns.pop("identifier"),
            )
            .values(**columns)
        )
        if not await self._work.changed(statement):
            raise Stale("the order has moved on")
        await self._keep_orders(intent)

    async def _keep_orders(self, intent: Intent) -> None:
        """Every order of the broker that belongs to this intent beside its own leads back to it: children, and
        the numbers it had before it was replaced. Says, too, whether its newest replacements are settled."""
        others = {c.facts.order_id: int(c.is_open) for c in intent.children if c.facts is not None}
        before = (*intent.chain[-NEW_NUMBERS:], *(n for c in intent.children for n in c.chain[-NEW_NUMBERS:]))
        others |= dict.fromkeys(before, 0)
        for one in intent.replacings:
            if one.new_id is not None:
                others.setdefault(one.new_id, 0)
        for order_id, is_open in others.items():
            statement = insert(self._work, intent_orders).values(
                environment=intent.environment.value,
                account=intent.account.number,
                order_id=order_id,
                intent_id=intent.id,
                is_open=is_open,
            )
            await self._work.write(
                statement.on_conflict_do_update(
                    index_elements=["environment", "account", "order_id"],
                    set_={"is_open": statement.excluded.is_open},
                )
            )
        for one in intent.replacings:
            this = replace_attempts.c.intent_id == intent.id
            this &= replace_attempts.c.number == one.number
            is_open = int(one.state.is_open)
            await self._work.write(replace_attempts.update().where(this).values(is_open=is_open))
        if intent.walk is not None:
            running = int(intent.walk.state is WalkState.RUNNING)
            walk = insert(self._work, walks).values(intent_id=intent.id, is_running=running)
            await self._work.write(
                walk.on_conflict_do_update(
                    index_elements=["intent_id"], set_={"is_running": walk.excluded.is_running}
                )
            )

    async def add_attempt(
        self, intent_id: str, *, body: bytes, body_hash: str, build: str, at: datetime
    ) -> None:
        if not await inserted(
            self._work, attempts, intent_id=intent_id, body=body, body_hash=body_hash, build=build, at=at
        ):
            raise Stale("this order was claimed already")

    async def attempt_hash(self, intent_id: str) -> str | None:
        statement = sa.select(attempts.c.body_hash).where(attempts.c.intent_id == intent_id)
        return (await self._work.read(statement)).scalar()

    async def add_replace_attempt(
        self, intent_id: str, number: int, *, identifier: str, body: bytes, build: str, at: datetime
    ) -> None:
        if not await inserted(
            self._work,
            replace_attempts,
            intent_id=intent_id,
            number=number,
            identifier=identifier,
            body=body,
            body_hash=sha256(body).hexdigest(),
            build=build,
            at=at,
            is_open=1,
        ):
            raise Stale("this replacement was claimed already")

    async def replace_bodies(self, intent_id: str) -> tuple[bytes, ...]:
        """The exact bytes each replacement was claimed for, in their order."""
        columns = replace_attempts.c
        statement = sa.select(columns.body).where(columns.intent_id == intent_id).order_by(columns.number)
        return tuple((await self._work.read(statement)).scalars())

    async def with_open_replace(self) -> tuple[Intent, ...]:
        """Oldest first: those with a replacement whose outcome is not settled."""
        open_ = sa.select(replace_attempts.c.intent_id).where(replace_attempts.c.is_open == 1)
        return await self._list(intents.c.id.in_(open_), intents.c.created_at, intents.c.id)

    async def walking(self) -> tuple[Intent, ...]:
        """Oldest first: those whose walk runs."""
        running = sa.select(walks.c.intent_id).where(walks.c.is_running == 1)
        return await self._list(intents.c.id.in_(running), intents.c.created_at, intents.c.id)

    async def by_identifier(self, identifier: str) -> Intent | None:
        """Also by the identifier of a child or a replacement (I5)."""
        return await self._one(intents.c.identifier == base_identifier(identifier))

    async def by_order(self, environment: Environment, account: str, order_id: int) -> Intent | None:
        """Numbers of accounts and orders are unique within an environment only. Children lead to their intent."""
        rows = intent_orders.c
        this = (rows.environment == environment.value) & (rows.account == account)
        owner = sa.select(rows.intent_id).where(this & (rows.order_id == order_id))
        same_order = (intents.c.account == account) & (intents.c.order_id == order_id)
        same_order &= intents.c.environment == environment.value
        return await self._one(sa.or_(same_order, intents.c.id.in_(owner)))

    async def with_open_children(self) -> tuple[Intent, ...]:
        """Oldest first: those whose exits the broker may still work on, whatever their own state."""
        open_ = sa.select(intent_orders.c.intent_id).where(intent_orders.c.is_open == 1)
        return await self._list(intents.c.id.in_(open_), intents.c.created_at, intents.c.id)

    async def in_states(
        self, states: Sequence[IntentState], *, owner: str | None = None
    ) -> tuple[Intent, ...]:
        """Oldest first."""
        where: list[sa.ColumnElement[bool]] = [intents.c.state.in_([state.value for state in states])]
        if owner is not None:
            where.append(intents.c.owner == owner)
        return await self._list(sa.and_(*where), intents.c.created_at, intents.c.id)

    async def watched(self, now: datetime) -> tuple[Intent, ...]:
        states = (IntentState.PRESUMED_NOT_PLACED.value, IntentState.CLOSED_BY_OWNER.value)
        where = intents.c.state.in_(states) & (intents.c.watch_until > now)
        return await self._list(where, intents.c.created_at, intents.c.id)

    async def lapsing(self, now: datetime, limit: int) -> tuple[Intent, ...]:
        waiting = (IntentState.PREVIEWED.value, IntentState.APPROVED.value)
        where = intents.c.state.in_(waiting) & (intents.c.expires_at <= now)
        return await self._list(where, intents.c.expires_at, intents.c.id, limit=limit)

    async def recent(self, owner: str, since: datetime, limit: int) -> tuple[Intent, ...]:
        """Newest first."""
        where = (intents.c.owner == owner) & (intents.c.created_at >= since)
        return await self._list(where, intents.c.created_at.desc(), intents.c.id.desc(), limit=limit)

    async def _one(self, where: sa.ColumnElement[bool]) -> Intent | None:
        data = (await self._work.read(sa.select(intents.c.data).where(where))).scalar()
        return None if data is None else decode(Intent, data)

    async def _list(
        self, where: sa.ColumnElement[bool], *order: Any, limit: int | None = None
    ) -> tuple[Intent, ...]:
        statement = sa.select(intents.c.id, intents.c.data).where(where).order_by(*order).limit(limit)
        rows = await self._work.read(statement)
        return self._work.readable(intents, rows, lambda row: row.id, lambda row: decode(Intent, row.data))


def _columns(intent: Intent) -> dict[str, Any]:
    return {
        "id": intent.id,
        "identifier": intent.identifier,
        "team_id": intent.team_id,
        "owner": intent.owner,
        "state": intent.state.value,
        "version": intent.version,
        "environment": intent.environment.value,
        "link_id": intent.account.link_id,
        "account": intent.account.number,
        "order_id": None if intent.facts is None else intent.facts.order_id,
        "created_at": intent.created_at,
        "expires_at": intent.expires_at,
        "watch_until": intent.watch_until,
        "data": encode(intent),
    }
