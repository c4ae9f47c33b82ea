"""The running alert engine: one watch for each link with alerts; follows what is set, changed, deleted and unlinked."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from senexbot.alerts.gap_watch import GapWatch
from senexbot.alerts.metrics import AlertMetrics
from senexbot.alerts.parking import Parking
from senexbot.alerts.storing import Storing
from senexbot.alerts.watch import LinkWatch
from senexbot.domain.alerting.rules import WATCHED, AlertRule, RuleState, expired, is_over, resumed
from senexbot.domain.errors import NotConnected, StoreFault
from senexbot.domain.links import Link
from senexbot.ports import BrokerReads, Clock, Ids, Lease, Store
from senexbot.ports.values import ValueFeeds
from senexbot.services.alerts.firing import Fired

log = structlog.get_logger()
RELOAD_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class _Running:
    """`is_again`: its watch had ended by itself and was taken up again since the last round."""

    watch: LinkWatch
    parking: Parking
    task: asyncio.Task[None]
    close: Callable[[], None]
    is_again: bool = False

    @property
    def is_over(self) -> bool:
        """Nothing is to be gone on with: the link is gone, or it has ended at once after it was taken up again."""
        if not self.task.done():
            return False
        return self.is_again or (not self.task.cancelled() and _is_gone(self.task.exception()))


class Engine:
    def __init__(
        self,
        *,
        store: Store,
        feeds: ValueFeeds,
        reads: BrokerReads,
        clock: Clock,
        ids: Ids,
        metrics: AlertMetrics | None = None,
        gap_check: GapWatch | None = None,
    ) -> None:
        self._store = store
        self._reads = reads
        self._feeds = feeds
        self._clock = clock
        self._ids = ids
        self._metrics = metrics
        self._gap_check = gap_check
        self._running: dict[str, _Running] = {}
        self._owed: dict[str, Fired] = {}
        self._changed = asyncio.Event()

    def rules_changed(self) -> None:
        """An alert was set or changed in this process: look at once instead of at the next round."""
        self._changed.set()

    async def run(self, lease: Lease) -> None:
        """Until cancelled, or until another owner has taken over (Fenced)."""
        storing = Storing(store=self._store, clock=self._clock, lease=lease, owed=self._owed)
        await storing.pay()
        beat: asyncio.Task[None] | None = None
        if self._gap_check is not None:
            await self._gap_check.begin(lease)
            beat = asyncio.create_task(self._gap_check.beat(self._sees), name="alerts-beat")
        try:
            while beat is None or not beat.done():
                try:
                    await self._round(storing)
                except StoreFault as fault:
                    log.warning("alerts.store", code=fault.code)  # what is watched is watched on
                try:
                    async with asyncio.timeout(RELOAD_SECONDS):
                        await self._changed.wait()
                except TimeoutError:
                    continue
                self._changed.clear()
            await beat
        finally:
            if beat is not None:
                beat.cancel()
                await asyncio.gather(beat, return_exceptions=True)
            await self._stop(self._running)

    def _sees(self) -> bool:
        """Whether nothing is hidden from it now: only then the time counts as watched."""
        return not any(running.watch.blindness.is_blind for running in self._running.values())

    async def _round(self, storing: Storing) -> None:
        async with self._store.read() as tx:
            standing = await tx.rules.live()
            links = {link.id: link for link in await tx.links.all()}
        standing = await self._keep_up(standing, storing)
        by_link: defaultdict[str, list[AlertRule]] = defaultdict(list)
        for rule in standing:
            if rule.link_id in links and (rule.state in WATCHED or rule.state is RuleState.PARKED):
                by_link[rule.link_id].append(rule)
        await self._stop({k: v for k, v in self._running.items() if k not in by_link or v.is_over})
        for link_id, mine in by_link.items():
            self._running[link_id] = running = self._kept(links[link_id], storing)
            running.parking.load(mine)
            await running.watch.load([rule for rule in mine if rule.state in WATCHED])
        if self._metrics is not None:
            self._metrics.states(standing)
            for running in self._running.values():
                self._metrics.watched(running.watch)

    async def _keep_up(self, standing: Sequence[AlertRule], storing: Storing) -> tuple[AlertRule, ...]:
        """What time alone changes: an alert whose last day has ended, and one whose snooze is over."""
        now = self._clock.now()
        moves: list[AlertRule] = []
        for rule in standing:
            if is_over(rule, now):
                moves.append(expired(rule))
            elif (
                rule.snoozed_until is not None
                and rule.state is RuleState.PAUSED
                and now >= rule.snoozed_until
            ):
                moves.append(resumed(rule))
        if not moves:
            return tuple(standing)
        written = await storing.save(moves)
        after = {rule.id: rule for rule in written.stored}
        kept = (after.get(rule.id, rule) for rule in standing if rule.id not in written.stale)
        return tuple(rule for rule in kept if rule.state is not RuleState.EXPIRED)

    def _start(self, link: Link, storing: Storing) -> _Running:
        feed = self._feeds.open(link)
        watch = LinkWatch(
            link=link,
            feed=feed,
            reads=self._reads,
            storing=storing,
            clock=self._clock,
            ids=self._ids,
            gap_check=self._gap_check,
        )
        parking = Parking(
            link=link,
            reads=self._reads,
            clock=self._clock,
            storing=storing,
            watch=watch,
            tell=watch.notify,
        )

        task = asyncio.create_task(_side_by_side(watch, parking), name=f"alerts-{link.id}")
        return _Running(watch, parking, task, feed.close)

    def _kept(self, link: Link, storing: Storing) -> _Running:
        """The link's watch: as it is, begun, or taken up again after it had ended by itself. Then it goes on with what
        it remembers and with the lows and highs that its feed has kept meanwhile: a crossing there and back is seen
        (F86, I41)."""
        known = self._running.get(link.id)
        if known is None:
            return self._start(link, storing)
        if not known.task.done():
            return replace(known, is_again=False)
        error = asyncio.CancelledError() if known.task.cancelled() else known.task.exception()
        log.warning("alerts.watch_ended", link=link.id, error=type(error).__name__)
        task = asyncio.create_task(_side_by_side(known.watch, known.parking), name=f"alerts-{link.id}")
        return replace(known, task=task, is_again=True)

    async def _stop(self, running: Mapping[str, _Running]) -> None:
        for link_id, one in dict(running).items():
            one.task.cancel()
            results = await asyncio.gather(one.task, return_exceptions=True)
            for error in results:
                if isinstance(error, Exception):
                    log.warning("alerts.watch_ended", link=link_id, error=type(error).__name__)
            one.close()
            if self._metrics is not None:
                self._metrics.ended(one.watch)
            self._running.pop(link_id, None)


async def _side_by_side(watch: LinkWatch, parking: Parking) -> None:
    async with asyncio.TaskGroup() as group:
        for work in (watch.run(), watch.standing.run(), watch.polling.run(), parking.run()):
            group.create_task(work)


def _is_gone(error: BaseException | None) -> bool:
    """Whether the link is: nothing comes from its feed any more."""
    if isinstance(error, BaseExceptionGroup):
        return any(map(_is_gone, error.exceptions))
    return isinstance(error, NotConnected)
