"""What the checks need to know from outside about one order, read side by side within one deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from senexbot.domain.errors import BrokerFault, GrantExpired
from senexbot.domain.instruments import Instrument
from senexbot.domain.links import AccountRef
from senexbot.domain.market import Position, Quote, TradingStatus
from senexbot.domain.terms import OrderTerms
from senexbot.ports import BrokerReads

READ_SECONDS = 8.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MarketFacts:
    """None where the broker did not tell: the checks decide what that means (I22)."""

    instrument: Instrument
    quote: Quote | None
    status: TradingStatus | None
    held: Decimal | None  # signed quantity of that symbol in the account


class MarketReader:
    def __init__(self, *, reads: BrokerReads) -> None:
        self._reads = reads

    async def facts(self, terms: OrderTerms) -> MarketFacts:
        """Facts for terms that exist already: their instrument is asked for again (ticks may change)."""
        leg = terms.legs[0]
        instrument = await self._reads.instrument(terms.account.link_id, leg.symbol)
        if instrument is None:
            raise BrokerFault(f"tastytrade does not know {leg.words} any more.", code="unavailable")
        return await self.around(terms.account, instrument)

    async def around(self, account: AccountRef, instrument: Instrument) -> MarketFacts:
        """Quote (with its session), account flags and position, each None when it could not be read in time."""
        quotes, status, positions = await asyncio.gather(
            _or_none(self._reads.quotes(account.link_id, (instrument,))),
            _or_none(self._reads.trading_status(account)),
            _or_none(self._reads.positions(account)),
        )
        return MarketFacts(
            instrument=instrument,
            quote=(quotes or {}).get(instrument.symbol),
            status=status,
            held=None if positions is None else held(positions, instrument.symbol),
        )


def held(positions: tuple[Position, ...], symbol: str) -> Decimal:
    """Signed quantity of one symbol; zero when there is none."""
    return sum((p.quantity for p in positions if p.symbol == symbol), Decimal(0))


async def _or_none(read: Awaitable[T]) -> T | None:
    try:
        async with asyncio.timeout(READ_SECONDS):
            return await read
    except GrantExpired:
        raise
    except (BrokerFault, TimeoutError):
        return None
