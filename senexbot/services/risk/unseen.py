"""An account that cannot be read while something is held in it: announced once, and its end too (I49)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from senexbot.domain.news import NoticeNews
from senexbot.domain.risk.view import RiskView
from senexbot.domain.risk.watches import Watch
from senexbot.ports import Outgoing, Store

BLIND_SECONDS = 120.0  # so long unseen before it is announced


@dataclass(slots=True)
class Seen:
    """`holds`: something was held when the account was last read. `since`: it cannot be read since then."""

    holds: bool = False
    since: datetime | None = None
    told: bool = False


async def announce(store: Store, now: datetime, seen: Seen, watches: Sequence[Watch], view: RiskView) -> None:
    """After a look: a blind time is told where something is held, once; and its end, where its beginning was."""
    if view.positions is not None and view.balances is not None:
        seen.holds = bool(view.positions)
        if seen.told and seen.since is not None:
            await _tell_all(store, watches, "risk_seen", seen.since, now)
        seen.since, seen.told = None, False
        return
    if seen.since is None:
        seen.since = now
    unseen = (now - seen.since).total_seconds()
    if seen.holds and not seen.told and unseen >= BLIND_SECONDS:
        seen.told = True
        await _tell_all(store, watches, "risk_blind", seen.since, now)


async def _tell_all(
    store: Store, watches: Sequence[Watch], kind: str, since: datetime, now: datetime
) -> None:
    async with store.begin() as tx:
        for watch in watches:
            params = (
                ("account", watch.ref.masked),
                ("environment", watch.environment.label),
                ("since", f"{since:%H:%M:%S} UTC"),
                ("until", f"{now:%H:%M:%S} UTC"),
            )
            out = Outgoing(
                key=f"user:{watch.owner}",
                news=NoticeNews(kind, params, now),
                dedupe=f"{kind}:{watch.id}:{since.isoformat()}",
                to_user=watch.owner,
            )
            await tx.outbox.put(out)
