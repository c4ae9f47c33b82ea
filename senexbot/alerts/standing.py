"""Symbols that stand still on the feed while others move: the broker's own quote tells what they hide (F56).

A symbol may be quiet by itself. Only when its quote has moved, or cannot be read, or trading in it is halted (F65),
its owners are told, once; a crossing found so is late, and a halted symbol's quote is none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

import structlog

from senexbot.domain.alerting.rules import AlertRule, Watched
from senexbot.domain.alerting.terms import Field
from senexbot.domain.errors import BrokerFault
from senexbot.domain.links import Link
from senexbot.domain.market import Quote, SessionState
from senexbot.ports import BrokerReads, Clock
from senexbot.ports.values import Key, Span

log = structlog.get_logger()
ROUND_SECONDS = 2.0  # from the word of the feed to the first quote
EVERY_SECONDS = 30.0
SPIKE = Decimal("0.10")  # farther than this from the last trusted price, a print needs a market around it
STILL, HALTED = "symbol_still", "symbol_halted"
ENDS = {STILL: "symbol_moves", HALTED: "symbol_trades"}  # by the notice that began it
CLOSED_SECONDS = 300.0  # between two looks while the session is not open: nothing is expected to move


class Watch(Protocol):
    """What is asked of the watch whose symbols these are."""

    def rules_of(self, streamer_symbol: str) -> tuple[AlertRule, ...]: ...

    def latest(self, streamer_symbol: str) -> Span | None: ...

    async def take(self, spans: Sequence[Span], *, late: bool = False) -> None: ...


Tell = Callable[[str, str, tuple[tuple[str, str], ...], str], Awaitable[None]]  # kind, owner, params, dedupe


@dataclass(frozen=True, slots=True)
class _Told:
    kind: str
    since: datetime
    owners: Mapping[str, str]  # owner to the symbol in words


class Standing:
    """The symbols of one link that stand still, as the feed last told."""

    def __init__(self, *, link: Link, reads: BrokerReads, clock: Clock, watch: Watch, tell: Tell) -> None:
        self._link = link
        self._reads = reads
        self._clock = clock
        self._watch = watch
        self._tell = tell
        self._still: dict[str, datetime] = {}
        self._due: dict[str, float] = {}
        self._told: dict[str, _Told] = {}
        self._work = asyncio.Event()

    def heard(self, still: Mapping[str, datetime]) -> None:
        """The whole set, with the time of each last print."""
        if still != self._still:
            self._still = dict(still)
            self._work.set()

    async def run(self) -> None:
        """Until cancelled; costs nothing while nothing stands still."""
        while True:
            await self._work.wait()
            if not self._still:
                self._work.clear()
            await self._tell_ends()
            for name, since in tuple(self._still.items()):
                if self._clock.monotonic() >= self._due.get(name, 0.0):
                    self._due[name] = self._clock.monotonic() + EVERY_SECONDS
                    await self._compare(name, since)
            if self._still:
                await self._clock.sleep(ROUND_SECONDS)

    async def _compare(self, name: str, since: datetime) -> None:
        rules = self._watch.rules_of(name)
        if not rules:
            return
        try:
            quote = await self._quote(_watched(rules[0], name).broker_symbol)
        except BrokerFault as fault:
            log.info("alerts.standing_unread", symbol=name, code=fault.code)
            await self._say(name, since, rules, None)
            return
        if quote.session not in {SessionState.OPEN, SessionState.UNKNOWN}:
            self._due[name] = self._clock.monotonic() + CLOSED_SECONDS
            return
        if name not in self._still:
            return
        if quote.halted:
            await self._say(name, since, self._watch.rules_of(name), None, kind=HALTED)
            return
        latest = self._watch.latest(name)
        price = _price_of(quote, latest)
        if price is None:
            return
        if latest is not None and price == latest.last and name not in self._told:
            return  # quiet, not frozen
        owners = self._watch.rules_of(name)
        span = Span(Key(name, Field.LAST), last=price, low=price, high=price, at=quote.at)
        await self._watch.take((span,), late=True)
        await self._say(name, since, owners, price)

    async def _quote(self, symbol: str) -> Quote:
        """Raises BrokerFault, also for a symbol that the broker does not quote."""
        instrument = await self._reads.instrument(self._link.id, symbol)
        found = {} if instrument is None else await self._reads.quotes(self._link.id, [instrument])
        quote = found.get(symbol)
        if quote is None:
            raise BrokerFault("The broker gave no quote.")
        return quote

    async def _say(
        self,
        name: str,
        since: datetime,
        rules: tuple[AlertRule, ...],
        price: Decimal | None,
        *,
        kind: str = STILL,
    ) -> None:
        """Once for each standstill."""
        if name in self._told or not rules:
            return
        owners = {rule.owner: _watched(rule, name).words for rule in rules}
        self._told[name] = _Told(kind, since, owners)
        read = () if price is None else (("price", f"{price:f}"),)
        for owner, words in owners.items():
            params = (("what", words), ("since", f"{since:%H:%M:%S} UTC"), *read)
            await self._tell(kind, owner, params, f"{name}:{since.isoformat()}")

    async def _tell_ends(self) -> None:
        for name in self._due.keys() - self._still.keys():
            del self._due[name]
        for name in self._told.keys() - self._still.keys():
            told = self._told.pop(name)
            watching = {rule.owner for rule in self._watch.rules_of(name)}
            for owner, words in told.owners.items():
                if owner in watching:
                    until = ("until", f"{self._clock.now():%H:%M:%S} UTC")
                    params = (("what", words), ("since", f"{told.since:%H:%M:%S} UTC"), until)
                    await self._tell(ENDS[told.kind], owner, params, f"{name}:{told.since.isoformat()}")


def is_price(value: Decimal) -> bool:
    """A number above zero: anything else is no price (I54)."""
    return value.is_finite() and value > 0


def _watched(rule: AlertRule, streamer_symbol: str) -> Watched:
    return next(one for one in rule.instruments if one.streamer_symbol == streamer_symbol)


def _price_of(quote: Quote, latest: Span | None) -> Decimal | None:
    """The last trade, unless it is far from what was trusted and no market stands around it (I54)."""
    last, mid = quote.last, quote.mid
    if last is None or not is_price(last):
        return None
    near = latest is None or abs(last - latest.last) <= SPIKE * latest.last
    backed = mid is not None and abs(mid - last) <= SPIKE * last
    return last if near or backed else None
