"""Price rules and their firings: one firing for one version of a rule (I40, I46)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from senexbot.domain.alerting.firing import Firing
from senexbot.domain.alerts import PriceRule, RuleState
from senexbot.domain.errors import Stale
from senexbot.store.codec import decode, encode
from senexbot.store.tables import firings, rules
from senexbot.store.upserts import inserted
from senexbot.store.work import Work

LIVE = (RuleState.WAITING, RuleState.ARMED, RuleState.PARKED)


class SqlRules:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, rule: PriceRule) -> None:
        """Raises Stale when the id exists already."""
        if not await inserted(self._work, rules, **_columns(rule)):
            raise Stale("this rule exists already")

    async def get(self, rule_id: str) -> PriceRule | None:
        """Raises Unreadable when the row does not decode."""
        data = (await self._work.read(sa.select(rules.c.data).where(rules.c.id == rule_id))).scalar()
        return None if data is None else decode(PriceRule, data)

    async def save(self, rule: PriceRule) -> None:
        columns = _columns(rule)
        where = (rules.c.id == columns.pop("id")) & (rules.c.version == rule.version - 1)
        if not await self._work.changed(rules.update().where(where).values(**columns)):
            raise Stale("the alert has moved on")

    async def live(self) -> tuple[PriceRule, ...]:
        return await self._list(rules.c.state.in_([state.value for state in LIVE]))

    async def of_owner(self, team_id: str, owner: str) -> tuple[PriceRule, ...]:
        """All states, oldest first."""
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

    async def _list(self, where: sa.ColumnElement[bool]) -> tuple[PriceRule, ...]:
        statement = sa.select(rules.c.id, rules.c.data).where(where)
        rows = await self._work.read(statement.order_by(rules.c.created_at, rules.c.id))
        return self._work.readable(rules, rows, lambda row: row.id, lambda row: decode(PriceRule, row.data))


def _columns(rule: PriceRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "team_id": rule.team_id,
        "owner": rule.owner,
        "state": rule.state.value,
        "version": rule.version,
        "created_at": rule.created_at,
        "data": encode(rule),
    }
