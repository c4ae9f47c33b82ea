"""What the stream does not tell is asked of the broker: IV rank, and the implied volatility of an underlying."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

import structlog

from senexbot.domain.alerting.rules import AlertRule, Watched
from senexbot.domain.alerting.terms import Field
from senexbot.domain.errors import BrokerFault
from senexbot.domain.instruments import Instrument
from senexbot.domain.links import Link
from senexbot.domain.market import Quote
from senexbot.ports import BrokerReads, Clock
from senexbot.ports.values import Key, Span

log = structlog.get_logger()
POLL_SECONDS = 60.0
_HUNDRED = Decimal(100)


def is_polled(key: Key) -> bool:
    """The feed tells the volatility of options alone, whose streamer symbols begin with a dot."""
    if key.field is Field.IV_RANK:
        return True
    return key.field is Field.IV and not key.streamer_symbol.startswith((".", "./"))


class Watch(Protocol):
    """What is asked of the watch whose alerts these are."""

    def polled(self) -> tuple[AlertRule, ...]: ...

    async def take(self, spans: Sequence[Span], *, late: bool = False) -> None: ...


class Polling:
    """Only the symbols that some alert wants, and nothing while none does."""

    def __init__(self, *, link: Link, reads: BrokerReads, clock: Clock, watch: Watch) -> None:
        self._link = link
        self._reads = reads
        self._clock = clock
        self._watch = watch
        self._instruments: dict[str, Instrument] = {}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.poll()
            await self._clock.sleep(POLL_SECONDS)

    async def poll(self) -> None:
        wanted = {one.broker_symbol: one for rule in self._watch.polled() for one in rule.instruments}
        if not wanted:
            return
        try:
            instruments = [one for symbol in wanted if (one := await self._instrument(symbol)) is not None]
            quotes = await self._reads.quotes(self._link.id, instruments)
        except BrokerFault as fault:
            log.info("alerts.metrics_unread", code=fault.code)
            return
        now = self._clock.now()
        spans = [
            span
            for symbol, quote in quotes.items()
            if symbol in wanted
            for span in _spans(wanted[symbol], quote, now)
        ]
        await self._watch.take(spans)

    async def _instrument(self, symbol: str) -> Instrument | None:
        known = self._instruments.get(symbol)
        if known is None:
            known = await self._reads.instrument(self._link.id, symbol)
            if known is not None:
                self._instruments[symbol] = known
        return known


def _spans(watched: Watched, quote: Quote, now: datetime) -> list[Span]:
    """In percent, as conditions have them; the broker tells parts of one."""
    found = {Field.IV_RANK: quote.iv_rank, Field.IV: quote.iv}
    return [
        Span(Key(watched.streamer_symbol, field), last=at, low=at, high=at, at=now)
        for field, part in found.items()
        if part is not None
        for at in (part * _HUNDRED,)
    ]
