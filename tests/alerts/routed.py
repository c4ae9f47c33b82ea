"""What was raised, as tests of the engine want it: the news of each alert in the place of the row that tells them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from senexbot.domain.news import AlertsNews
from senexbot.domain.routing.entry import Outcome
from senexbot.ports import OutboxRow, Tx
from tests.stores import NOON


async def opened(tx: Tx, rows: Sequence[OutboxRow]) -> tuple[OutboxRow, ...]:
    """One row for each alert, which counts as told from now on; other rows as they are."""
    found: list[OutboxRow] = []
    for row in rows:
        if not isinstance(row.news, AlertsNews):
            found.append(row)
            continue
        entries = await tx.alerts.due(row.news.place, NOON, 1000)
        found += [replace(row, news=entry.alert.news) for entry in entries]
        await tx.alerts.save([replace(entry, outcome=Outcome.POST) for entry in entries])
    return tuple(found)
