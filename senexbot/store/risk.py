"""Risk: what is watched, and its alerts; at most one open alert for one condition of one watch."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from senexbot.domain.errors import Stale
from senexbot.domain.risk.alerts import RiskAlert
from senexbot.domain.risk.watches import Watch
from senexbot.store.codec import decode, encode
from senexbot.store.tables import risk_alerts, risk_peaks, risk_watches
from senexbot.store.upserts import insert, inserted
from senexbot.store.work import Work


class SqlRisk:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def watch(self, watch_id: str) -> Watch | None:
        """Raises Unreadable when the row does not decode."""
        statement = sa.select(risk_watches.c.data).where(risk_watches.c.id == watch_id)
        data = (await self._work.read(statement)).scalar()
        return None if data is None else decode(Watch, data)

    async def watches(self) -> tuple[Watch, ...]:
        columns = risk_watches.c
        rows = await self._work.read(sa.select(columns.id, columns.data).order_by(columns.id))
        return self._work.readable(
            risk_watches, rows, lambda row: row.id, lambda row: decode(Watch, row.data)
        )

    async def put_watch(self, watch: Watch) -> None:
        if watch.version == 1:
            done = await inserted(self._work, risk_watches, id=watch.id, version=1, data=encode(watch))
        else:
            this = (risk_watches.c.id == watch.id) & (risk_watches.c.version == watch.version - 1)
            changed = risk_watches.update().where(this).values(version=watch.version, data=encode(watch))
            done = await self._work.changed(changed)
        if not done:
            raise Stale("what is watched was changed meanwhile")

    async def add(self, alert: RiskAlert) -> bool:
        return await inserted(self._work, risk_alerts, **_columns(alert))

    async def get(self, alert_id: str) -> RiskAlert | None:
        """Raises Unreadable when the row does not decode."""
        statement = sa.select(risk_alerts.c.data).where(risk_alerts.c.id == alert_id)
        data = (await self._work.read(statement)).scalar()
        return None if data is None else decode(RiskAlert, data)

    async def save(self, alert: RiskAlert) -> None:
        columns = _columns(alert)
        this = (risk_alerts.c.id == columns.pop("id")) & (risk_alerts.c.version == alert.version - 1)
        if not await self._work.changed(risk_alerts.update().where(this).values(**columns)):
            raise Stale("the risk alert has moved on")

    async def open_of(self, watch_id: str) -> tuple[RiskAlert, ...]:
        columns = risk_alerts.c
        here = (columns.watch_id == watch_id) & columns.open_key.is_not(None)
        rows = await self._work.read(
            sa.select(columns.id, columns.data).where(here).order_by(columns.raised_at, columns.id)
        )
        return self._work.readable(
            risk_alerts, rows, lambda row: row.id, lambda row: decode(RiskAlert, row.data)
        )

    async def open_watches(self) -> frozenset[str]:
        statement = sa.select(risk_alerts.c.watch_id).where(risk_alerts.c.open_key.is_not(None)).distinct()
        return frozenset((await self._work.read(statement)).scalars())

    async def peak(self, account: str) -> tuple[date, Decimal] | None:
        row = (await self._work.read(sa.select(risk_peaks).where(risk_peaks.c.account == account))).first()
        return None if row is None else (date.fromisoformat(row.day), Decimal(row.peak))

    async def put_peak(self, account: str, day: date, peak: Decimal) -> None:
        values = {"day": day.isoformat(), "peak": f"{peak:f}"}
        new = insert(self._work, risk_peaks).values(account=account, **values)
        await self._work.write(new.on_conflict_do_update(index_elements=[risk_peaks.c.account], set_=values))


def _columns(alert: RiskAlert) -> dict[str, Any]:
    return {
        "id": alert.id,
        "watch_id": alert.watch_id,
        "open_key": alert.open_key if alert.is_open else None,
        "version": alert.version,
        "raised_at": alert.raised_at,
        "data": encode(alert),
    }
