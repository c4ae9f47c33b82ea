"""Reads what an order's words need of the market, side by side and within one deadline, until they are terms."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import tzinfo
from typing import TypeVar

from senexbot.domain.calendar import trading_day
from senexbot.domain.errors import ParseError, Suggestion, Unavailable
from senexbot.domain.language import said_text
from senexbot.domain.language.said import Contract, OrderSaid, Shares
from senexbot.domain.links import AccountRef
from senexbot.domain.market import TradingStatus
from senexbot.domain.resolving import (
    CannotResolve,
    Known,
    Need,
    Resolvable,
    Resolved,
    first_need,
    resolve,
)
from senexbot.ports import BrokerReads, Clock
from senexbot.services.reading import or_none

RESOLVE_SECONDS = 20.0  # for everything; a chain alone may take most of it on its first day
MOST_ROUNDS = 8
T = TypeVar("T")


class Resolving:
    def __init__(self, *, reads: BrokerReads, clock: Clock, exchange_zone: tzinfo) -> None:
        self._reads = reads
        self._clock = clock
        self._zone = exchange_zone

    async def resolve(
        self, account: AccountRef, said: Resolvable
    ) -> tuple[tuple[Resolved, ...], TradingStatus | None]:
        """The orders that the words mean, and the account's flags (None: they could not be read).

        Raises CannotResolve or Denied with what would do instead, GrantExpired, Unavailable.
        """
        try:
            async with asyncio.timeout(RESOLVE_SECONDS):
                found, status = await asyncio.gather(
                    self._found(account, said), or_none(self._reads.trading_status(account))
                )
        except TimeoutError:
            raise Unavailable("The market could not be read in time. Nothing was sent.") from None
        return found, status

    async def _found(self, account: AccountRef, said: Resolvable) -> tuple[Resolved, ...]:
        now = self._clock.now()
        known = Known(account, trading_day(now, self._zone), now)
        need = first_need(said)
        for _ in range(MOST_ROUNDS):
            known = await self._read(account, known, need)
            try:
                found = resolve(said, known)
            except CannotResolve as no:
                if no.code == "unknown_symbol":
                    raise await self._unknown(account, said, no) from None
                raise
            if not isinstance(found, Need):
                return found
            need = found
        raise Unavailable("The order asks for more of the market than can be read. Nothing was sent.")

    async def _read(self, account: AccountRef, known: Known, need: Need) -> Known:
        """Without instruments and chains nothing can be said; what else could not be read is told as such, and
        the resolver decides what that means (I22)."""
        link = account.link_id
        instruments, chains, greeks, quotes, positions = await asyncio.gather(
            asyncio.gather(*(self._reads.instrument(link, s) for s in need.instruments)),
            asyncio.gather(*(self._reads.chain(link, s) for s in need.chains)),
            or_none(self._reads.greeks(link, need.greeks)) if need.greeks else _nothing(),
            or_none(self._reads.quotes(link, need.quotes)) if need.quotes else _nothing(),
            or_none(self._reads.positions(account)) if need.positions else _nothing(),
        )
        return known.learned(
            need,
            instruments=dict(zip(need.instruments, instruments, strict=True)),
            chains=dict(zip(need.chains, chains, strict=True)),
            greeks=greeks or {},
            quotes=quotes or {},
            positions=positions,
        )

    async def _unknown(self, account: AccountRef, said: Resolvable, no: CannotResolve) -> ParseError:
        """The same words with the nearest symbols that are known."""
        word, near = no.about, tuple[str, ...]()
        if isinstance(said, OrderSaid) and not isinstance(said.what, Contract):
            near = await or_none(self._reads.similar(account.link_id, word)) or ()
        return ParseError(
            f"tastytrade knows no “{word}”.",
            word=word,
            hint="Say a symbol that is listed, such as AAPL, or an option such as SPY 18DEC26 590p.",
            suggestions=tuple(Suggestion(symbol, _renamed(said, symbol)) for symbol in near),
        )


def _renamed(said: Resolvable, symbol: str) -> str:
    assert isinstance(said, OrderSaid)
    assert not isinstance(said.what, Contract)
    what = Shares(symbol) if isinstance(said.what, Shares) else replace(said.what, symbol=symbol)
    return f"order {said_text(replace(said, what=what))}"


async def _nothing() -> None:
    return None
