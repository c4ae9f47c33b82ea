"""What a person's orders look like now: waiting, open and today's, and those placed elsewhere."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from senexbot.domain.calendar import day_bounds, trading_day
from senexbot.domain.errors import BrokerFault, MessengerFault, Unreadable
from senexbot.domain.links import AccountRef, Actor, Environment
from senexbot.domain.orders.broker_orders import BrokerOrder
from senexbot.domain.orders.external import ExternalOrder
from senexbot.domain.orders.intents import Intent, IntentState, NewsSource
from senexbot.ports import Clock, Handle, Ids, Messenger, OrderDesk, Store
from senexbot.services.accounts import Accounts, Failed
from senexbot.services.orders.external import ExternalOrders
from senexbot.services.orders.following import OPEN_STATES, Following

HANDLE_LIFE = timedelta(days=1)
SHOWN = 20
WAITING_STATES = (IntentState.PREVIEWED, IntentState.AWAITING_APPROVAL, IntentState.APPROVED)


@dataclass(frozen=True, slots=True)
class OwnOrder:
    intent: Intent
    link: str  # permalink of its card, "" when it has none yet


@dataclass(frozen=True, slots=True)
class ElsewhereOrder:
    order: BrokerOrder
    environment: str
    handle: str  # for Cancel; "" when the broker does not let it be cancelled
    asked: ExternalOrder | None = None  # when its owner was asked for a reason


@dataclass(frozen=True, slots=True)
class OrdersAnswer:
    own: tuple[OwnOrder, ...]
    elsewhere: tuple[ElsewhereOrder, ...]
    failed: tuple[Failed, ...]


class Orders:
    def __init__(
        self,
        *,
        store: Store,
        desk: OrderDesk,
        accounts: Accounts,
        following: Following,
        messenger: Messenger,
        clock: Clock,
        ids: Ids,
        exchange_zone: tzinfo,
        external: ExternalOrders,
    ) -> None:
        self._store = store
        self._desk = desk
        self._accounts = accounts
        self._following = following
        self._messenger = messenger
        self._clock = clock
        self._ids = ids
        self._zone = exchange_zone
        self._external = external

    async def of(self, actor: Actor) -> OrdersAnswer:
        """Reads the broker first, so that what is shown is what is; accounts that fail are named."""
        links = await self._accounts.links(actor)
        day_start, _ = day_bounds(trading_day(self._clock.now(), self._zone), self._zone)
        elsewhere: list[ElsewhereOrder] = []
        failed: list[Failed] = []
        for link in links:
            for account in link.accounts:
                if account.is_closed:
                    continue
                ref = AccountRef(link.id, account.number, link.environment)
                try:
                    look = await self._desk.look(ref, day_start)
                except BrokerFault as error:
                    failed.append(Failed(account, error.message))
                    continue
                asked = await self._external.known(ref.environment, look.orders)
                for order in look.orders:
                    try:
                        mine = await self._following.learn_of(order, NewsSource.SWEEP, ref.environment)
                    except Unreadable:
                        mine = None  # its row is set aside; the broker's own view of it is still true (I66)
                    if mine is None or mine.owner != actor.user_id:  # another link reaches this account too
                        elsewhere.append(await self._elsewhere(actor, ref, order, asked.get(order.id)))
        async with self._store.read() as tx:
            intents = await tx.intents.recent(actor.user_id, day_start, SHOWN)
            waiting = await tx.intents.in_states((*WAITING_STATES, *OPEN_STATES), owner=actor.user_id)
            protected = await tx.intents.with_open_children()
        shown = {
            i.id: i
            for i in (*waiting, *(p for p in protected if p.owner == actor.user_id), *intents)
            if i.state not in {IntentState.LAPSED, IntentState.DISCARDED}
        }
        links_to = await asyncio.gather(*(self.card_link(i.id) for i in shown.values()))
        own = tuple(OwnOrder(i, link) for i, link in zip(shown.values(), links_to, strict=True))
        today = tuple(e for e in elsewhere if not e.order.status.is_terminal or _since(e.order, day_start))
        return OrdersAnswer(own, today[:SHOWN], tuple(failed))

    async def open_count(self, actor: Actor, environment: Environment) -> int:
        """How many of the person's orders the broker may still work on."""
        async with self._store.read() as tx:
            intents = await tx.intents.in_states(OPEN_STATES, owner=actor.user_id)
        return sum(1 for intent in intents if intent.environment is environment)

    async def card_link(self, intent_id: str) -> str:
        """Permalink of an intent's card; "" while it has none."""
        async with self._store.read() as tx:
            place = await tx.cards.place(intent_id)
        if place is None:
            return ""
        try:
            return await self._messenger.permalink(place.channel, place.ts)
        except MessengerFault:
            return ""

    async def wait_for_card(self, intent_id: str, *, seconds: float) -> str:
        """The card's permalink as soon as the relay has posted it; "" when that takes longer."""
        until = self._clock.monotonic() + seconds
        while self._clock.monotonic() < until:
            link = await self.card_link(intent_id)
            if link:
                return link
            await self._clock.sleep(0.05)
        return ""

    async def _elsewhere(
        self, actor: Actor, ref: AccountRef, order: BrokerOrder, asked: ExternalOrder | None
    ) -> ElsewhereOrder:
        handle = ""
        if not order.status.is_terminal:
            handle = self._ids.handle()
            row = Handle(
                value=handle,
                kind="order",
                subject=f"{ref.link_id}|{ref.number}|{order.id}",
                version=0,
                owner=actor.user_id,
                expires_at=self._clock.not_before() + HANDLE_LIFE,
            )
            async with self._store.begin() as tx:
                await tx.handles.issue(row)
        return ElsewhereOrder(order, ref.environment.label, handle, asked)


def _since(order: BrokerOrder, start: datetime) -> bool:
    return order.received_at is not None and order.received_at >= start
