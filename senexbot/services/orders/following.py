"""Following orders at the broker: by the account stream, by sweeps, and once for all after a start.

Every piece of news goes through `learn_of`, which is idempotent: old, repeated and reordered news
changes nothing. Orders without one of our identifiers are external and never touched (I15).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from senexbot.domain.errors import (
    BrokerFault,
    GrantExpired,
    InvariantBroken,
    NotConnected,
    Stale,
    StoreFault,
    Unreadable,
)
from senexbot.domain.links import AccountRef, Environment, Link
from senexbot.domain.news import NoticeNews
from senexbot.domain.orders.broker_orders import BrokerOrder, BrokerStatus, OrdersLook
from senexbot.domain.orders.chain import is_successor
from senexbot.domain.orders.intents import Intent, IntentState, NewsSource
from senexbot.domain.orders.lifecycle import Trigger, absorb, move
from senexbot.ports import Clock, OrderDesk, Outgoing, Store
from senexbot.services.news.admins import tell_admins
from senexbot.services.news.telling import tell_change
from senexbot.services.orders.gate import Gate
from senexbot.services.rules import DeskRules

log = structlog.get_logger()
OPEN_STATES = tuple(state for state in IntentState if state.is_open)
SWEEP_OPEN_SECONDS = 45.0  # while an order is open: at least every 60 s even if the stream is healthy (I52)
SWEEP_QUIET_SECONDS = 600.0
RETRY_SECONDS = 5.0  # after a sweep that failed or was incomplete
AT_ONCE = 8  # sweeps side by side: a slow account must not delay the others
LOST_CANCEL_SECONDS = 30.0  # longer than asking for a cancel and reading it back may take
ROUND_SECONDS = 1.0
LOOK_BACK = timedelta(days=1)
TRIES = 5
TELL_AGAIN_SECONDS = (0.5, 2.0, 5.0)
WORKS_ON = (
    BrokerStatus.RECEIVED,
    BrokerStatus.CONTINGENT,
    BrokerStatus.ROUTED,
    BrokerStatus.IN_FLIGHT,
    BrokerStatus.LIVE,
)
OnBroken = Callable[[str, str], Awaitable[None]]
OnExternal = Callable[[BrokerOrder, Environment], Awaitable[None]]


class Following:
    """The AccountSink port, and the sweeps."""

    def __init__(self, *, store: Store, desk: OrderDesk, clock: Clock, rules: DeskRules, gate: Gate) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock
        self._rules = rules
        self._gate = gate
        self._swept: dict[str, float] = {}  # by link and account: the last complete sweep, monotonic
        self._tried: dict[str, float] = {}
        self._cancels: dict[str, tuple[int, float]] = {}  # by intent: version and since when it is seen
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._reading: dict[str, asyncio.Lock] = {}
        self._looks: dict[str, tuple[float, OrdersLook]] = {}
        self._lost: dict[str, datetime] = {}
        self._listeners: list[Callable[[str], None]] = []
        self._on_external: list[OnExternal] = []

    def on_account_news(self, listener: Callable[[str], None]) -> None:
        """Called with the account number on each event of its stream."""
        self._listeners.append(listener)

    def on_external(self, listener: OnExternal) -> None:
        """Called with every report of an order that is none of ours; it must not raise."""
        self._on_external.append(listener)

    # --- AccountSink ---------------------------------------------------------------------------

    async def feed_connected(self, link: Link) -> None:
        """Its accounts are due at once (I51); the line is not kept waiting for them."""
        since = self._lost.pop(link.id, None)
        for account in link.accounts:
            key = f"{link.id}:{account.number}"
            self._swept.pop(key, None)
            self._tried.pop(key, None)
        if since is not None:
            await self._tell_owner(link, "seen_again", since)

    async def feed_order(self, link: Link, order: BrokerOrder) -> None:
        if link.account(order.account) is None:
            return
        await self.learn_of(order, NewsSource.STREAM, link.environment)
        self._nudge(order.account)

    async def feed_account_changed(self, link: Link, account: str) -> None:
        if link.account(account) is not None:
            self._nudge(account)

    async def feed_lost(self, link: Link, why: str) -> None:
        if link.id in self._lost:
            return
        self._lost[link.id] = self._clock.now()
        log.warning("account_feed.lost", link=link.id, why=why)
        await self._tell_owner(link, "blind", self._lost[link.id])

    def _nudge(self, account: str) -> None:
        for listener in self._listeners:
            listener(account)

    async def _tell_owner(self, link: Link, kind: str, since: datetime) -> None:
        """A blind time is announced only where risk is open; a quiet night wakes nobody."""
        for pause in TELL_AGAIN_SECONDS:
            try:
                await self._put_notice(link, kind, since)
            except StoreFault as fault:
                log.warning("account_feed.notice", code=fault.code)
                await self._clock.sleep(pause)
            else:
                return

    async def _put_notice(self, link: Link, kind: str, since: datetime) -> None:
        now = self._clock.now()
        async with self._store.begin() as tx:
            open_intents = await tx.intents.in_states(OPEN_STATES, owner=link.user_id)
            protected = await tx.intents.with_open_children()
            if not open_intents and all(i.owner != link.user_id for i in protected):
                return
            params = (
                ("what", "Orders"),
                ("environment", link.environment.label),
                ("since", f"{since:%H:%M:%S} UTC"),
                ("until", f"{now:%H:%M:%S} UTC"),
            )
            await tx.outbox.put(
                Outgoing(
                    key=f"user:{link.user_id}",
                    news=NoticeNews(kind, params, now),
                    dedupe=f"{kind}:{link.id}:{since.isoformat()}",
                    to_user=link.user_id,
                )
            )

    # --- sweeps --------------------------------------------------------------------------------

    async def run(self, on_broken: OnBroken) -> None:
        """Sweep each account when its time has come, until cancelled. `on_broken(link_id, why)`: the grant
        is refused, or ("" as why) works again."""
        sweeps: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                try:
                    await self.round(sweeps, on_broken)
                except StoreFault as fault:
                    log.warning("sweep.store", code=fault.code)
                await self._clock.sleep(ROUND_SECONDS)
        finally:
            for task in sweeps.values():
                task.cancel()
            await asyncio.gather(*sweeps.values(), return_exceptions=True)

    async def round(self, sweeps: dict[str, asyncio.Task[None]], on_broken: OnBroken) -> None:
        """Begin the sweeps that are due; `sweeps` holds those under way."""
        for key in [key for key, task in sweeps.items() if task.done()]:
            error = sweeps.pop(key).exception()
            if error is not None:
                log.error("sweep.unforeseen", exc_info=error)
        async with self._store.read() as tx:
            links = await tx.links.all()
            open_intents = await tx.intents.in_states(OPEN_STATES)
            protected = await tx.intents.with_open_children()
        busy = {(i.environment, i.account.number) for i in (*open_intents, *protected)}
        for link in links:
            for account in link.accounts:
                key = f"{link.id}:{account.number}"
                is_busy = (link.environment, account.number) in busy
                if key not in sweeps and self._is_due(key, busy=is_busy):
                    self._tried[key] = self._clock.monotonic()
                    sweeps[key] = asyncio.create_task(self._sweep_guarded(link, account.number, on_broken))

    def _is_due(self, key: str, *, busy: bool) -> bool:
        now, never = self._clock.monotonic(), float("-inf")
        every = SWEEP_OPEN_SECONDS if busy else SWEEP_QUIET_SECONDS
        return (
            now - self._swept.get(key, never) >= every and now - self._tried.get(key, never) >= RETRY_SECONDS
        )

    async def _sweep_guarded(self, link: Link, number: str, on_broken: OnBroken) -> None:
        try:
            async with self._at_once:
                look = await self.sweep(AccountRef(link.id, number, link.environment))
            if look.complete and link.broken:
                await on_broken(link.id, "")
        except GrantExpired as error:
            self._swept[f"{link.id}:{number}"] = self._clock.monotonic()
            with contextlib.suppress(StoreFault):  # the next sweep says it again
                await on_broken(link.id, error.message)
        except NotConnected:
            return
        except (BrokerFault, StoreFault) as error:
            log.warning("sweep.failed", code=error.code)

    async def sweep(self, account: AccountRef) -> OrdersLook:
        """One complete read of an account's orders; opens its gate when it was complete.

        Who asks while another reads gets that one's answer only if it began later: one read for both.
        """
        key = f"{account.link_id}:{account.number}"
        lock = self._reading.setdefault(key, asyncio.Lock())
        asked = self._clock.monotonic()
        async with lock:
            last = self._looks.get(key)
            if last is not None and last[0] >= asked:
                return last[1]
            began = self._clock.monotonic()
            look = await self._sweep_once(account)
            self._looks[key] = (began, look)
        return look

    async def looked(self, account: AccountRef, *, within: float) -> OrdersLook:
        """The last look when it began at most so many seconds ago, else a new one."""
        last = self._looks.get(f"{account.link_id}:{account.number}")
        if last is not None and self._clock.monotonic() - last[0] <= within and last[1].complete:
            return last[1]
        return await self.sweep(account)

    async def _sweep_once(self, account: AccountRef) -> OrdersLook:
        look = await self._desk.look(account, self._clock.now() - LOOK_BACK)
        for order in look.orders:
            try:
                await self.learn_of(order, NewsSource.SWEEP, account.environment)
            except Unreadable:
                log.warning(
                    "sweep.unreadable", order=order.id
                )  # its row is set aside; the others go on (I66)
        if look.complete:
            await self._ask_for_missing(account, look)
            await self._retract_lost_cancels(account, look)
            self._swept[f"{account.link_id}:{account.number}"] = self._clock.monotonic()
            self._gate.opened(account.environment.value, account.number)
        else:
            log.warning("sweep.incomplete", why=look.why_incomplete)
        return look

    async def _ask_for_missing(self, account: AccountRef, look: OrdersLook) -> None:
        """An open order that the lists did not show is asked for by its id; so is an open child."""
        seen = {order.id for order in look.orders}
        async with self._store.read() as tx:
            working = await tx.intents.in_states((IntentState.WORKING, IntentState.CANCEL_REQUESTED))
            protected = await tx.intents.with_open_children()
        asked: set[int] = set()
        for intent in working:
            if intent.facts is not None and _is_in(intent, account):
                asked.add(intent.facts.order_id)
        for intent in protected:
            if _is_in(intent, account):
                asked |= {c.facts.order_id for c in intent.children if c.facts is not None and c.is_open}
        for order_id in sorted(asked - seen):
            order = await self._desk.order(account, order_id)
            if order is not None:
                await self.learn_of(order, NewsSource.SWEEP, account.environment)

    async def _retract_lost_cancels(self, account: AccountRef, look: OrdersLook) -> None:
        """A cancel that was stored and never reached the broker (the bot died in between) must not look as
        if it had: when the order still works long after, its card says so (I18)."""
        working = {order.id for order in look.orders if order.status in WORKS_ON}
        async with self._store.read() as tx:
            asked = await tx.intents.in_states((IntentState.CANCEL_REQUESTED,))
        for gone in self._cancels.keys() - {intent.id for intent in asked}:
            del self._cancels[gone]
        now = self._clock.monotonic()
        for intent in asked:
            if not _is_in(intent, account):
                continue
            facts = intent.facts
            if facts is None or facts.order_id not in working:
                continue
            if facts.status is BrokerStatus.CANCEL_REQUESTED:  # the broker has it
                continue
            version, since = self._cancels.get(intent.id, (0, now))
            if version != intent.version:
                self._cancels[intent.id] = (intent.version, now)
            elif now - since >= LOST_CANCEL_SECONDS:
                await self._retract(intent)

    async def _retract(self, intent: Intent) -> None:
        after = move(intent, Trigger.CANCEL_FAIL)
        with contextlib.suppress(Stale):  # there is newer news of it
            async with self._store.begin() as tx:
                await tell_change(
                    tx, intent, after, by="bot", action="order.cancel_failed", now=self._clock.now()
                )

    # --- the one way for news ------------------------------------------------------------------

    async def learn_of(
        self, order: BrokerOrder, source: NewsSource, environment: Environment
    ) -> Intent | None:
        """Take in one report. Returns our intent's newest state, or None for an external order.

        `environment`: of the link it came over; numbers of accounts and orders are unique in one only.
        """
        for _ in range(TRIES):
            try:
                ours = await self._learn_once(order, source, environment)
                if ours is None:
                    await self._tell_external(order, environment)
                return ours
            except Stale:
                await asyncio.sleep(0)
            except InvariantBroken as broken:
                await self._alarm(order, broken)
                return None
        raise StoreFault(f"news of order {order.id} lost {TRIES} races")

    async def _learn_once(
        self, order: BrokerOrder, source: NewsSource, environment: Environment
    ) -> Intent | None:
        async with self._store.read() as tx:
            intent = await tx.intents.by_identifier(order.identifier) if order.identifier else None
            intent = intent or await tx.intents.by_order(environment, order.account, order.id)
            if intent is None and order.replaces is not None:
                # a replacement of ours that lost its identifier; anybody else's is external (I15)
                old = await tx.intents.by_order(environment, order.account, order.replaces)
                if old is not None and any(is_successor(one, order) for one in old.replacings):
                    intent = old
        if intent is None:
            return None
        if (intent.environment, intent.account.number) != (environment, order.account):
            raise InvariantBroken(f"order {order.id} carries our identifier in another account")
        now = self._clock.now()
        after = absorb(intent, order, source, now)
        if after is None:
            return intent
        async with self._store.begin() as tx:
            await tell_change(tx, intent, after, by="broker", action=f"order.{source.value}", now=now)
        return after

    async def _tell_external(self, order: BrokerOrder, environment: Environment) -> None:
        for listener in self._on_external:
            await listener(order, environment)

    async def _alarm(self, order: BrokerOrder, broken: InvariantBroken) -> None:
        log.error("order.invariant", order=order.id, why=broken.message)
        now = self._clock.now()
        news = NoticeNews("invariant", (("order", str(order.id)), ("why", broken.message)), now)
        async with self._store.begin() as tx:
            await tell_admins(
                tx, self._rules.admin_channel, news, dedupe=f"invariant:{order.id}:{broken.message}"
            )


def _is_in(intent: Intent, account: AccountRef) -> bool:
    return (intent.environment, intent.account.number) == (account.environment, account.number)
