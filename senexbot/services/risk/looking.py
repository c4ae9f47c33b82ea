"""Reading what is known of one account's risk: side by side, within a deadline, and what fails is missing.

Nothing decides here. Reads are bounded; orders are shared with the sweeps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import TypeVar

import structlog

from senexbot.domain.calendar import in_regular_hours, trading_day
from senexbot.domain.errors import BrokerFault, NotConnected, SenexError, StoreFault
from senexbot.domain.instruments import Instrument, InstrumentType
from senexbot.domain.links import AccountRef
from senexbot.domain.market import Position, Quote, SessionState
from senexbot.domain.options.chain import Greeks
from senexbot.domain.orders.broker_orders import BrokerOrder
from senexbot.domain.risk.presets import Preset
from senexbot.domain.risk.view import BENCHMARK, Metrics, RiskView
from senexbot.ports import BrokerReads, Clock, Store
from senexbot.services.orders.following import Following

log = structlog.get_logger()
READ_SECONDS = 8.0
ORDERS_WITHIN = 120.0  # seconds that a look at the orders may be old: the stream tells of changes
MOST_OPTIONS = 100  # whose greeks are asked for
PEAK_STEP = Decimal("1.0005")  # a new highest that is worth a write
NEED_GREEKS = frozenset({Preset.DELTA, Preset.BETA_DELTA, Preset.THETA, Preset.VEGA})
NEED_METRICS = frozenset({Preset.BETA_DELTA, Preset.DIVIDEND, Preset.EARNINGS, Preset.EX_DIVIDEND})
NEED_ORDERS = frozenset({Preset.REJECTED, Preset.PART_FILLED})
NEED_STATUS = frozenset({Preset.MARGIN_CALL, Preset.RESTRICTED})
T = TypeVar("T")


class RiskLooking:
    def __init__(
        self, *, store: Store, reads: BrokerReads, following: Following, clock: Clock, exchange_zone: tzinfo
    ) -> None:
        self._store = store
        self._reads = reads
        self._following = following
        self._clock = clock
        self._zone = exchange_zone

    async def session(self, account: AccountRef) -> SessionState:
        """By the clock and the weekday where the broker does not tell."""
        told = await _or_none(self._reads.session_state(account.link_id))
        if told is not None and told is not SessionState.UNKNOWN:
            return told
        return SessionState.OPEN if in_regular_hours(self._clock.now(), self._zone) else SessionState.CLOSED

    async def read(self, account: AccountRef, presets: Iterable[Preset]) -> RiskView:
        """What these presets need. Never raises for the broker's trouble."""
        wanted = frozenset(presets)
        now = self._clock.now()
        today = trading_day(now, self._zone)
        balances, positions, status, orders = await asyncio.gather(
            _or_none(self._reads.balances(account)),
            _or_none(self._reads.positions(account)),
            _or_none(self._reads.trading_status(account) if wanted & NEED_STATUS else None),
            self._orders(account) if wanted & NEED_ORDERS else _nothing(),
        )
        held = tuple(p for p in positions or () if p.quantity)
        quotes, greeks, metrics = await asyncio.gather(
            self._quotes(account.link_id, held),
            self._greeks(account.link_id, held) if wanted & NEED_GREEKS else _no_greeks(),
            self._metrics(account.link_id, held) if wanted & NEED_METRICS else _no_metrics(),
        )
        peak = None if balances is None else await self._peak(account, today, balances.net_liquidating_value)
        return RiskView(
            at=now,
            today=today,
            balances=balances,
            peak=peak,
            status=status,
            positions=None if positions is None else held,
            quotes=quotes,
            greeks=greeks,
            metrics=metrics,
            orders=orders,
            ours=await self._ours(account, orders or ()),
        )

    async def _orders(self, account: AccountRef) -> tuple[BrokerOrder, ...] | None:
        """Today's; None when the list is not whole."""
        look = await _or_none(self._following.looked(account, within=ORDERS_WITHIN))
        if look is None or not look.complete:
            return None
        today = trading_day(look.at, self._zone)
        return tuple(order for order in look.orders if self._is_of(order.received_at, today))

    def _is_of(self, received_at: datetime | None, today: date) -> bool:
        return received_at is None or trading_day(received_at, self._zone) == today

    async def _ours(self, account: AccountRef, orders: Sequence[BrokerOrder]) -> frozenset[int]:
        """The numbers of those that this desk placed."""
        if not orders:
            return frozenset()
        async with self._store.read() as tx:
            found = [
                order.id
                for order in orders
                if await tx.intents.by_order(account.environment, account.number, order.id) is not None
                or (order.identifier and await tx.intents.by_identifier(order.identifier) is not None)
            ]
        return frozenset(found)

    async def _instruments(self, link_id: str, symbols: Iterable[str]) -> list[Instrument]:
        found = await asyncio.gather(
            *(_or_none(self._reads.instrument(link_id, s)) for s in dict.fromkeys(symbols))
        )
        return [one for one in found if one is not None]

    async def _quotes(self, link_id: str, held: Sequence[Position]) -> Mapping[str, Quote]:
        """Of what is held, its underlyings, and the benchmark."""
        if not held:
            return {}
        symbols = [BENCHMARK, *(p.underlying for p in held), *(p.symbol for p in held)]
        instruments = await self._instruments(link_id, symbols)
        return await _or_none(self._reads.quotes(link_id, instruments)) or {}

    async def _greeks(self, link_id: str, held: Sequence[Position]) -> Mapping[str, Greeks]:
        options = [p.symbol for p in held if p.instrument_type is InstrumentType.EQUITY_OPTION]
        if not options or len(options) > MOST_OPTIONS:
            return {}
        instruments = await self._instruments(link_id, options)
        return await _or_none(self._reads.greeks(link_id, instruments)) or {}

    async def _metrics(self, link_id: str, held: Sequence[Position]) -> Mapping[str, Metrics]:
        underlyings = sorted({p.underlying for p in held})
        if not underlyings:
            return {}
        return await _or_none(self._reads.metrics(link_id, underlyings)) or {}

    async def _peak(self, account: AccountRef, today: date, worth: Decimal) -> Decimal:
        """The day's highest, this one included; kept so that a restart does not forget it."""
        key = f"{account.environment.value}:{account.number}"
        try:
            async with self._store.read() as tx:
                known = await tx.risk.peak(key)
            before = known[1] if known is not None and known[0] == today else None
            if before is not None and worth <= before * PEAK_STEP:
                return max(before, worth)
            async with self._store.begin() as tx:
                await tx.risk.put_peak(key, today, worth)
        except StoreFault as fault:
            log.warning("risk.peak", code=fault.code)
        return worth


async def _nothing() -> None:
    return None


async def _no_greeks() -> Mapping[str, Greeks]:
    return {}


async def _no_metrics() -> Mapping[str, Metrics]:
    return {}


async def _or_none(read: Awaitable[T] | None) -> T | None:
    if read is None:
        return None
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await read
    except (BrokerFault, NotConnected, TimeoutError):
        return None
    except SenexError as fault:
        log.warning("risk.read", code=fault.code)
        return None
