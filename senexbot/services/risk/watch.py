"""The long task that looks at the risk of every watched account, raises what holds and ends what is over.

An account is looked at by REST as soon as its stream says that something changed, every 15 s while something is held,
every minute otherwise, and seldom while the session is closed; between two looks what prices and greeks move is judged
at each tick (risk/live.py). State and message are one transaction; what changed meanwhile is
left for the next look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

import structlog

from senexbot.domain.access import effective_roles
from senexbot.domain.errors import Fenced, Stale, StoreFault
from senexbot.domain.links import AccountRef, Actor, Link, Role
from senexbot.domain.market import SessionState
from senexbot.domain.risk.alerts import RiskAlert, State, Why, ended, followed, to_raise
from senexbot.domain.risk.live import FOLLOWED, TOUCHED
from senexbot.domain.risk.looking import Finding, awake, look
from senexbot.domain.risk.presets import KINDS, Preset
from senexbot.domain.risk.view import RiskView
from senexbot.domain.risk.watches import Watch, may_watch
from senexbot.ports import Clock, Ids, Lease, Store, ValueFeeds
from senexbot.services.risk.live import RiskLive
from senexbot.services.risk.looking import RiskLooking
from senexbot.services.risk.telling import tell_changed, tell_raised
from senexbot.services.risk.unseen import Seen, announce

log = structlog.get_logger()
ROUND_SECONDS = 1.0
HELD_SECONDS = 15.0
EMPTY_SECONDS = 60.0
CLOSED_SECONDS = 600.0
NEWS_SECONDS = 2.0  # between two looks for news from the stream, which come in bursts
OLD_SECONDS = 60.0  # a look so old is nothing to lay ticks over
AT_ONCE = 4
Key = tuple[str, str]  # environment, account


@dataclass(slots=True)
class _Account:
    """What the task remembers of one account. Monotonic seconds."""

    due: float = 0.0
    versions: tuple[tuple[str, int], ...] = ()
    news: bool = False
    seen: Seen = field(default_factory=Seen)
    looked: float = -NEWS_SECONDS
    watches: Sequence[Watch] = ()  # of those who may read it, and what the last look found
    session: SessionState = SessionState.UNKNOWN
    view: RiskView | None = None
    settling: asyncio.Lock = field(default_factory=asyncio.Lock)


class RiskWatch:
    def __init__(
        self, *, store: Store, looking: RiskLooking, feeds: ValueFeeds, clock: Clock, ids: Ids
    ) -> None:
        self._live = RiskLive(store=store, feeds=feeds, clock=clock, on_tick=self._tick)
        self._lease: Lease | None = None
        self._news = asyncio.Event()
        self._store = store
        self._looking = looking
        self._clock = clock
        self._ids = ids
        self._accounts: dict[Key, _Account] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)

    def account_changed(self, number: str) -> None:
        """News of this account came: it is looked at at once, of more in a row after a moment."""
        for (_, known), account in self._accounts.items():
            if known == number and not account.news:
                account.news = True
                soonest = max(self._clock.monotonic(), account.looked + NEWS_SECONDS)
                account.due = min(account.due, soonest)
                self._news.set()

    async def run(self, lease: Lease) -> None:
        """Until cancelled. Raises Fenced when the lease is another's."""
        looks: dict[Key, asyncio.Task[None]] = {}
        try:
            while True:
                self._news.clear()
                try:
                    await self.round(lease, looks)
                except Fenced:
                    raise
                except StoreFault as fault:
                    log.warning("risk.store", code=fault.code)
                await self._pause()
        finally:
            await self._live.close()
            for task in looks.values():
                task.cancel()
            await asyncio.gather(*looks.values(), return_exceptions=True)

    async def _pause(self) -> None:
        """Until the next round, or news that came since this one began."""
        timer = asyncio.create_task(self._clock.sleep(ROUND_SECONDS))
        timer.add_done_callback(lambda over: None if over.cancelled() else self._news.set())
        try:
            await self._news.wait()
        finally:
            timer.cancel()

    async def round(self, lease: Lease, looks: dict[Key, asyncio.Task[None]]) -> None:
        """Begin the looks that are due; `looks` holds those under way. A slow account delays no other."""
        for key in [key for key, task in looks.items() if task.done()]:
            error = looks.pop(key).exception()
            if isinstance(error, Fenced):
                raise error
            if error is not None:
                log.error("risk.unforeseen", exc_info=error)
        self._lease = lease
        self._live.check()
        watched = await self._watched()
        await self._live.keep(watched.keys())
        for key, watches in watched.items():
            account = self._accounts.setdefault(key, _Account())
            versions = tuple((watch.id, watch.version) for watch in watches)
            if account.versions != versions:  # somebody watches something else, in whichever process
                account.versions, account.due = versions, 0.0
            if key not in looks and self._clock.monotonic() >= account.due:
                looks[key] = asyncio.create_task(self._guarded(lease, key, watches))

    async def _watched(self) -> Mapping[Key, Sequence[Watch]]:
        """What is watched, or has an open alert to end, by account."""
        async with self._store.read() as tx:
            watches = await tx.risk.watches()
            still_open = await tx.risk.open_watches()
        found: dict[Key, list[Watch]] = {}
        for watch in watches:
            if watch.settings or watch.id in still_open:
                found.setdefault((watch.environment.value, watch.account), []).append(watch)
        for gone in self._accounts.keys() - found.keys():
            del self._accounts[gone]
        return found

    async def _guarded(self, lease: Lease, key: Key, watches: Sequence[Watch]) -> None:
        account = self._accounts[key]
        account.news = False
        account.looked = self._clock.monotonic()
        account.due = account.looked + HELD_SECONDS
        try:
            async with self._at_once:
                pause = await self.look_at(lease, key, watches)
        except Fenced:
            raise
        except StoreFault as fault:
            log.warning("risk.store", code=fault.code)
            return
        if not account.news:
            account.due = self._clock.monotonic() + pause

    async def look_at(self, lease: Lease, key: Key, watches: Sequence[Watch]) -> float:
        """One account for all who watch it; the seconds until it is due again."""
        account = self._accounts[key]
        readable = await self._readable(watches)
        for watch in watches:
            if watch.id not in readable:
                await self._settle(lease, watch, None)
        if not readable:
            return EMPTY_SECONDS
        ref = next(iter(readable.values()))
        mine = [watch for watch in watches if watch.id in readable]
        session = await self._looking.session(ref)
        view = await self._looking.read(ref, {p for watch in mine for p in watch.lines})
        await announce(self._store, self._clock.now(), account.seen, mine, view)
        async with account.settling:
            for watch in mine:
                await self._settle(lease, watch, view, awake(session, view.positions))
        account.watches, account.session, account.view = mine, session, view
        await self._live.follow(key, ref, view)
        if session is SessionState.CLOSED:
            return CLOSED_SECONDS
        return HELD_SECONDS if account.seen.holds else EMPTY_SECONDS

    async def _tick(self, key: Key, views: tuple[RiskView, ...]) -> None:
        """Between two looks: what prices and greeks move. A strike counts as tested when it was touched for a moment."""
        account, lease = self._accounts.get(key), self._lease
        if account is None or lease is None or account.view is None:
            return
        old = (self._clock.now() - account.view.at).total_seconds() > OLD_SECONDS
        now_awake = awake(account.session, account.view.positions) & FOLLOWED
        if old or not now_awake:
            return
        async with account.settling:
            for watch in account.watches:
                if not watch.lines.keys() & now_awake:
                    continue
                for view in views[:-1]:
                    await self._settle(lease, watch, view, now_awake & TOUCHED, ends=False)
                await self._settle(lease, watch, views[-1], now_awake)

    async def _readable(self, watches: Sequence[Watch]) -> Mapping[str, AccountRef]:
        """By watch: the account through a link that reaches it now, while its owner may see it."""
        async with self._store.read() as tx:
            links = await tx.links.all()
            granted = await tx.roles.all()
        found: dict[str, AccountRef] = {}
        for watch in watches:
            reach = [
                link
                for link in links
                if (link.team_id, link.environment) == (watch.team_id, watch.environment)
                and link.account(watch.account)
            ]
            roles = frozenset(
                role for team, user, role in granted if (team, user) == (watch.team_id, watch.owner)
            )
            allowed = [link for link in reach if _may(watch, link, roles)]
            best = min(allowed, key=lambda link: (bool(link.broken), link.id != watch.link_id), default=None)
            if best is not None:
                found[watch.id] = replace(watch.ref, link_id=best.id)
        return found

    async def _settle(
        self,
        lease: Lease,
        watch: Watch,
        view: RiskView | None,
        now_awake: frozenset[Preset] = frozenset(),
        *,
        ends: bool = True,
    ) -> None:
        """Raise, follow and end, for one who watches. Without a view the account is not theirs any more.

        `ends` False: it was so for a moment, which raises and ends nothing.
        """
        now = self._clock.now()
        async with self._store.read() as tx:
            still = await tx.risk.open_of(watch.id)
        if view is None:
            for alert in still:
                await self._store_change(lease, ended(alert, Why.UNLINKED, now))
            return
        found = look(view, {preset: line for preset, line in watch.lines.items() if preset in now_awake})
        on = frozenset(watch.lines)
        for alert in still:
            if not ends or alert.preset in on - now_awake:
                continue
            after = followed(alert, found, on, now)
            if after is not None:
                await self._store_change(lease, after)
        fresh = to_raise(found, frozenset(alert.key for alert in still))
        if fresh:
            await self._raise(lease, watch, sorted(fresh, key=_weight, reverse=True), now)

    async def _store_change(self, lease: Lease, after: RiskAlert) -> None:
        try:
            async with self._store.begin() as tx:
                await tx.leases.check(lease)
                await tx.risk.save(after)
                await tell_changed(tx, after, self._clock.now())
        except Stale:
            log.info("risk.stale", alert=after.id)  # its owner pressed something: the next look sees it

    async def _raise(self, lease: Lease, watch: Watch, fresh: Sequence[Finding], now: datetime) -> None:
        """All of one look in one transaction, unless what is watched has changed meanwhile."""
        async with self._store.begin() as tx:
            await tx.leases.check(lease)
            stored = await tx.risk.watch(watch.id)
            if stored is None or stored.version != watch.version:
                return
            made = [self._alert(watch, finding, now) for finding in fresh]
            raised = [alert for alert in made if await tx.risk.add(alert)]
            await tell_raised(tx, raised, self._ids, now)
        log.info("risk.raised", account=watch.ref.masked, count=len(fresh))

    def _alert(self, watch: Watch, finding: Finding, now: datetime) -> RiskAlert:
        reading, line = finding.reading, finding.line
        assert reading.value is not None
        assert line is not None
        return RiskAlert(
            id=self._ids.row(),
            watch_id=watch.id,
            team_id=watch.team_id,
            owner=watch.owner,
            link_id=watch.link_id,
            environment=watch.environment,
            account=watch.account,
            preset=finding.preset,
            subject=reading.subject,
            version=1,
            state=State.OPEN,
            line=line,
            first=reading.value,
            last=reading.value,
            worst=reading.value,
            raised_at=now,
            seen_at=now,
            shown_at=now,
            figures=reading.figures,
            severity=KINDS[finding.preset].severity,
            handle=self._ids.handle(),
            at_stake=reading.at_stake,
            channel=watch.channel,
            to_user=watch.to_user,
            escalate=watch.escalate,
        )


def _may(watch: Watch, link: Link, granted: frozenset[Role]) -> bool:
    owner = Actor(link.team_id, watch.owner, link.team_id)
    own = link.user_id == watch.owner
    return may_watch(effective_roles(owner, granted, linked=own), is_own=own)


def _weight(finding: Finding) -> tuple[int, Decimal]:
    """The gravest first, and of equals what has most money at stake."""
    order = ("notice", "warning", "critical")
    return order.index(KINDS[finding.preset].severity.value), finding.reading.at_stake or Decimal(0)
