"""What the checks need to know from outside about one order, read side by side within one deadline."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from senexbot.domain.errors import BrokerFault
from senexbot.domain.instruments import Instrument
from senexbot.domain.links import AccountRef
from senexbot.domain.market import Position, Quote, TradingStatus
from senexbot.domain.orders.checks import LegFacts
from senexbot.domain.orders.terms import OrderTerms
from senexbot.domain.resolving import Resolved
from senexbot.ports import BrokerReads
from senexbot.services.reading import or_none

READ_SECONDS = 8.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class MarketFacts:
    """None where the broker did not tell: the checks decide what that means (I22)."""

    instrument: Instrument
    quote: Quote | None
    status: TradingStatus | None
    held: Decimal | None  # signed quantity of that symbol in the account
    more: tuple[LegFacts, ...] = ()  # of the other legs, in order

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        return (self.instrument, *(leg.instrument for leg in self.more))

    @property
    def quotes(self) -> tuple[Quote | None, ...]:
        return (self.quote, *(leg.quote for leg in self.more))

    @classmethod
    def of(cls, resolved: Resolved, status: TradingStatus | None) -> MarketFacts:
        """What was read while the words were resolved is not read again."""
        first, *others = resolved.legs
        more = tuple(LegFacts(leg.instrument, leg.quote, leg.held) for leg in others)
        return cls(first.instrument, first.quote, status, first.held, more)


class MarketReader:
    def __init__(self, *, reads: BrokerReads) -> None:
        self._reads = reads

    async def facts(self, terms: OrderTerms) -> MarketFacts:
        """Facts for terms that exist already: their instruments are asked for again (ticks may change)."""
        link = terms.account.link_id
        found = await asyncio.gather(*(self._reads.instrument(link, leg.symbol) for leg in terms.legs))
        known = [instrument for instrument in found if instrument is not None]
        if len(known) != len(found):
            gone = ", ".join(leg.words for leg, one in zip(terms.legs, found, strict=True) if one is None)
            raise BrokerFault(f"tastytrade does not know {gone} any more.", code="unavailable")
        return await self.around(terms.account, *known)

    async def around(self, account: AccountRef, first: Instrument, *others: Instrument) -> MarketFacts:
        """Quotes (with their session), account flags and positions, each None when not read in time."""
        quotes, status, positions = await asyncio.gather(
            or_none(self._reads.quotes(account.link_id, (first, *others)), within=READ_SECONDS),
            or_none(self._reads.trading_status(account), within=READ_SECONDS),
            or_none(self._reads.positions(account), within=READ_SECONDS),
        )

        def leg(instrument: Instrument) -> LegFacts:
            have = None if positions is None else held(positions, instrument.symbol)
            return LegFacts(instrument, (quotes or {}).get(instrument.symbol), have)

        own = leg(first)
        return MarketFacts(
            instrument=first,
            quote=own.quote,
            status=status,
            held=own.position_quantity,
            more=tuple(leg(other) for other in others),
        )


def held(positions: tuple[Position, ...], symbol: str) -> Decimal:
    """Signed quantity of one symbol; zero when there is none."""
    return sum((p.quantity for p in positions if p.symbol == symbol), Decimal(0))
