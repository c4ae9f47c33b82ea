"""What was missed while nobody could look: after a blind time of the feed, and after a time in which no bot ran.

It finds its alerts in the store and stores what it finds like any firing. The stored version decides: what the stream
has told meanwhile is left alone, and what is told here the stream finds done (I46, I47).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from senexbot.alerts.storing import Storing
from senexbot.domain.alerting.evaluating import recall
from senexbot.domain.alerting.rules import WATCHED, AlertRule, RuleState
from senexbot.domain.errors import StoreFault
from senexbot.domain.links import Link
from senexbot.ports import Clock, Ids, Lease, Store, Tx
from senexbot.ports.values import Key
from senexbot.services.alerts.firing import Fired, firing_of
from senexbot.services.alerts.gap_check import CandleCheck, Missed, Waiting, unchecked_notices

log = structlog.get_logger()
HEARTBEAT = "alerts watched"  # the lease row whose end says when somebody last looked
BEAT_SECONDS = 5.0
WORTH_A_LOOK = timedelta(seconds=BEAT_SECONDS * 2)  # a shorter absence is a restart within a beat


class GapWatch:
    """Implements watch.GapCheck."""

    def __init__(self, *, store: Store, check: CandleCheck, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._check = check
        self._clock = clock
        self._ids = ids
        self._owed: dict[str, Fired] = {}
        self._storing: Storing | None = None

    async def begin(self, lease: Lease) -> None:
        """Under this lease from here on. First what was missed since anybody looked: before the stream is read, so
        that what still stands beyond its level is told as what it is."""
        storing = Storing(store=self._store, clock=self._clock, lease=lease, owed=self._owed)
        self._storing = storing
        await storing.pay()
        try:
            async with self._store.read() as tx:
                seen = await tx.leases.until(HEARTBEAT)
                links = await tx.links.all()
        except StoreFault as fault:
            log.warning("gap.store", code=fault.code)
            return
        since = None if seen is None else seen - timedelta(seconds=BEAT_SECONDS)
        if since is None or self._clock.now() - since < WORTH_A_LOOK:
            return
        now = self._clock.now()
        await asyncio.gather(*(self(link, (), since, now) for link in links))

    async def beat(self, sees: Callable[[], bool]) -> None:
        """Until cancelled: note that somebody looks, as long as somebody sees."""
        while True:
            if self._storing is not None and sees():
                await self._storing.durable(self._note)
            await self._clock.sleep(BEAT_SECONDS)

    async def _note(self, tx: Tx) -> None:
        await tx.leases.take(HEARTBEAT, "alerts", seconds=BEAT_SECONDS, now=self._clock.now())

    async def __call__(
        self,
        link: Link,
        keys: Sequence[Key],  # noqa: ARG002 - all alerts of the link, also one that is set just now
        since: datetime,
        until: datetime,
    ) -> None:
        storing = self._storing
        if storing is None:
            return
        try:
            async with self._store.read() as tx:
                standing = await tx.rules.live()
        except StoreFault as fault:
            log.warning("gap.store", code=fault.code)
            return
        mine = [rule for rule in standing if rule.link_id == link.id and rule.state in WATCHED]
        waiting = [_waiting(rule, since) for rule in mine if rule.created_at < until]
        checked = await self._check.check(link, [one for one in waiting if one is not None], since=since)
        if checked.missed:
            await storing.fire([self._fired(one) for one in checked.missed])
        notices = unchecked_notices(checked.unchecked, link, since=since, now=self._clock.now())
        if notices:

            async def tell(tx: Tx) -> None:
                for notice in notices:
                    await tx.outbox.put(notice)

            await storing.durable(tell)

    def _fired(self, one: Missed) -> Fired:
        now = self._clock.now()
        return firing_of(
            one.rule, one.value, values=one.values, at=one.at, now=now, ids=self._ids, gap_check=True
        )


def _waiting(rule: AlertRule, since: datetime) -> Waiting | None:
    """What it remembered when the gap began. None: the stream has told of it since then."""
    if rule.fired_at is not None and rule.fired_at >= since:
        return None
    begins = max(since, rule.created_at)
    if rule.armed_at is not None and rule.armed_at > begins:
        before = RuleState.WAITING if rule.fired_at is None else RuleState.RESTING
        return Waiting(rule, recall(replace(rule, state=before)), begins)
    return Waiting(rule, recall(rule), begins)
