"""Standing alerts, and the records of those that fired: one firing for one version of a rule (I40, I46)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from senexbot.domain.alerting.firing import Firing
from senexbot.domain.alerting.rules import STANDING, AlertRule
from senexbot.domain.errors import Stale
from senexbot.store.codec import decode, encode
from senexbot.store.tables import firings, rule_numbers, rules
from senexbot.store.upserts import inserted
from senexbot.store.work import Work

_STANDS = rules.c.state.in_(sorted(state.value for state in STANDING))


class SqlRules:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def next_number(self, team_id: str) -> int:
        """Nobody else gets one in this workspace until this transaction has ended."""
        await self._work.guard(f"rule_numbers:{team_id}", exclusive=True)
        newest = sa.select(sa.func.max(rule_numbers.c.number)).where(rule_numbers.c.team_id == team_id)
        return ((await self._work.read(newest)).scalar() or 0) + 1

    async def add(self, rule: AlertRule) -> None:
        if not await inserted(self._work, rules, **_columns(rule)):
            raise Stale("this rule exists already")
        named = {"team_id": rule.team_id, "number": rule.number, "rule_id": rule.id}
        if not await inserted(self._work, rule_numbers, **named):
            raise Stale("this number is another rule's")

    async def get(self, rule_id: str) -> AlertRule | None:
        return await self._one(rules.c.id == rule_id)

    async def numbered(self, team_id: str, number: int) -> AlertRule | None:
        named = sa.select(rule_numbers.c.rule_id).where(
            rule_numbers.c.team_id == team_id, rule_numbers.c.number == number
        )
        return await self._one(rules.c.id.in_(named))

    async def save(self, rule: AlertRule) -> None:
        columns = _columns(rule)
        where = (rules.c.id == columns.pop("id")) & (rules.c.version == rule.version - 1)
        if not await self._work.changed(rules.update().where(where).values(**columns)):
            raise Stale("the alert has moved on")

    async def live(self) -> tuple[AlertRule, ...]:
        return await self._list(_STANDS)

    async def of_team(self, team_id: str) -> tuple[AlertRule, ...]:
        return await self._list(_STANDS & (rules.c.team_id == team_id))

    async def of_owner(self, team_id: str, owner: str) -> tuple[AlertRule, ...]:
        return await self._list((rules.c.team_id == team_id) & (rules.c.owner == owner))

    async def add_firing(self, firing: Firing) -> None:
        if not await inserted(
            self._work,
            firings,
            id=firing.id,
            rule_id=firing.rule_id,
            rule_version=firing.rule_version,
            at=firing.at,
            data=encode(firing),
        ):
            raise Stale("this rule has fired already")

    async def _one(self, where: sa.ColumnElement[bool]) -> AlertRule | None:
        """Raises Unreadable when the row does not decode."""
        data = (await self._work.read(sa.select(rules.c.data).where(where))).scalar()
        return None if data is None else decode(AlertRule, data)

    async def _list(self, where: sa.ColumnElement[bool]) -> tuple[AlertRule, ...]:
        statement = sa.select(rules.c.id, rules.c.data).where(where)
        rows = await self._work.read(statement.order_by(rules.c.created_at, rules.c.id))
        return self._work.readable(rules, rows, lambda row: row.id, lambda row: decode(AlertRule, row.data))


def _columns(rule: AlertRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "team_id": rule.team_id,
        "owner": rule.owner,
        "state": rule.state.value,
        "version": rule.version,
        "created_at": rule.created_at,
        "data": encode(rule),
    }
