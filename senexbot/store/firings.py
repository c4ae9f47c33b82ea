"""Many firings at once: the rules' new states and the records, in a few statements (I40)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from senexbot.domain.alerting.firing import Firing
from senexbot.domain.alerting.rules import AlertRule
from senexbot.store.codec import encode
from senexbot.store.tables import firings, rules
from senexbot.store.upserts import prepared
from senexbot.store.work import Work

RECORD = prepared(lambda insert: insert(firings).on_conflict_do_nothing().returning(firings.c.id))
PRESENT = (
    sa.select(rules.c.id, rules.c.version)
    .where(rules.c.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(rules.c.id)
    .with_for_update()
)
MOVE = (
    rules.update()
    .where(rules.c.id == sa.bindparam("rule_id"), rules.c.version == sa.bindparam("before"))
    .values(state=sa.bindparam("to_state"), version=sa.bindparam("to_version"), data=sa.bindparam("to_data"))
)


class SqlFirings:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def store(self, fired: Sequence[tuple[AlertRule, Firing]]) -> frozenset[str]:
        """Stale ones are left out before anything is written; nobody else may move the rest meanwhile."""
        present = await self._present([rule.id for rule, _ in fired])
        fresh = [(rule, firing) for rule, firing in fired if present.get(rule.id) == rule.version - 1]
        if not fresh:
            return frozenset()
        records = [
            {
                "id": firing.id,
                "rule_id": firing.rule_id,
                "rule_version": firing.rule_version,
                "at": firing.at,
                "data": encode(firing),
            }
            for _, firing in fresh
        ]
        new = frozenset((await self._work.write(RECORD(self._work), records)).scalars())
        moves = [
            {
                "rule_id": rule.id,
                "before": rule.version - 1,
                "to_state": rule.state.value,
                "to_version": rule.version,
                "to_data": encode(rule),
            }
            for rule, firing in fresh
            if firing.id in new
        ]
        if moves:
            await self._work.write(MOVE, moves)
        return new

    async def _present(self, ids: Sequence[str]) -> dict[str, int]:
        """The stored versions; locked on PostgreSQL, where others write beside us (in one order: no deadlock)."""
        rows = await self._work.read(PRESENT, {"ids": sorted(set(ids))})
        return {row.id: row.version for row in rows}
