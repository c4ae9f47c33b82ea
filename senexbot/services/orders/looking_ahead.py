"""What an order would change, read beside the rest of a preview and never waited for longer than it is worth.

Nothing here decides anything: what is not there in time is missing from the card, and the card says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from senexbot.domain.errors import BrokerFault
from senexbot.domain.instruments import Instrument, InstrumentType, OptionContract
from senexbot.domain.market import Position
from senexbot.domain.options.chain import Greeks
from senexbot.domain.options.outlook import Outlook, outlook
from senexbot.domain.orders.terms import OrderTerms
from senexbot.ports import BrokerReads, Clock

SECONDS = 4.0  # for everything; the dry run takes its time beside it
MOST_HELD = 24  # options of one underlying whose delta is asked for
CLOSE = time(16)
YEAR = Decimal(365 * 24 * 3600)
T = TypeVar("T")


class LookingAhead:
    def __init__(self, *, reads: BrokerReads, clock: Clock, exchange_zone: tzinfo) -> None:
        self._reads = reads
        self._clock = clock
        self._zone = exchange_zone

    async def at(
        self,
        terms: OrderTerms,
        instruments: Sequence[Instrument],
        *,
        shares: Decimal = Decimal(0),
        known: Mapping[str, Greeks] = MappingProxyType({}),
        seconds: float = SECONDS,
    ) -> Outlook:
        """`instruments`: of the legs, in order. `shares`: held ones that its payoff counts. `known`: greeks that
        were read already. What is not there
        after `seconds` is missing; trouble with the broker is never raised."""
        link, until = terms.account.link_id, asyncio.get_running_loop().time() + seconds
        positions, spot = await asyncio.gather(
            _or_none(self._reads.positions(terms.account), until), _or_none(self._spot(terms), until)
        )
        options = [i for i in instruments if i.type is InstrumentType.EQUITY_OPTION]
        options += await self._held_options(link, terms.underlying, positions or (), until)
        unknown = [option for option in options if option.symbol not in known]
        greeks = await _or_none(self._reads.greeks(link, unknown), until) if unknown else None
        return outlook(
            terms,
            greeks={**known, **(greeks or {})},
            positions=positions,
            spot=spot,
            years=self._years(terms),
            shares=shares,
        )

    async def _spot(self, terms: OrderTerms) -> Decimal | None:
        """The underlying's price, where an option makes it matter."""
        if all(leg.type is not InstrumentType.EQUITY_OPTION for leg in terms.legs):
            return None
        link = terms.account.link_id
        underlying = await self._reads.instrument(link, terms.underlying)
        if underlying is None:
            return None
        quote = (await self._reads.quotes(link, (underlying,))).get(underlying.symbol)
        return None if quote is None else quote.mid or quote.last

    async def _held_options(
        self, link_id: str, underlying: str, positions: Sequence[Position], until: float
    ) -> list[Instrument]:
        """Those whose delta is part of the account's; none where there are too many to ask for."""
        symbols = [
            p.symbol
            for p in positions
            if p.underlying == underlying and p.instrument_type is InstrumentType.EQUITY_OPTION
        ]
        if len(symbols) > MOST_HELD:
            return []
        found = await asyncio.gather(*(_or_none(self._reads.instrument(link_id, s), until) for s in symbols))
        return [one for one in found if one is not None]

    def _years(self, terms: OrderTerms) -> Decimal | None:
        """To the close of the one day on which all options expire; None for several."""
        contracts = [OptionContract.from_occ(leg.symbol) for leg in terms.legs]
        days = {contract.expiration for contract in contracts if contract is not None}
        if len(days) != 1:
            return None
        return Decimal((self._close(days.pop()) - self._clock.now()).total_seconds()) / YEAR

    def _close(self, day: date) -> datetime:
        return datetime.combine(day, CLOSE, tzinfo=self._zone)


async def _or_none(read: Awaitable[T], until: float) -> T | None:
    try:
        async with asyncio.timeout_at(until):
            return await read
    except (BrokerFault, TimeoutError):
        return None
