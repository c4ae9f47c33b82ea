"""Quotes for the words a person typed, and instruments for orders and alerts."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from senexbot.domain.errors import BrokerFault, NotFound, ParseError, Suggestion
from senexbot.domain.instruments import (
    EQUITY_SYMBOL,
    FUTURE_PRODUCT,
    FUTURE_SYMBOL,
    Instrument,
    OptionContract,
)
from senexbot.domain.links import Actor, Environment
from senexbot.domain.market import Quote, QuoteAnswer, SessionState
from senexbot.domain.orders.terms import OptionQuery
from senexbot.ports import BrokerReads, OptionMatch
from senexbot.services.accounts import Accounts


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word that is no instrument, and what was probably meant."""

    word: str
    nearest: tuple[str, ...]


class Quotes:
    """Everybody's market data comes over their own link."""

    def __init__(self, *, accounts: Accounts, reads: BrokerReads) -> None:
        self._accounts = accounts
        self._reads = reads

    async def quote(
        self, actor: Actor, terms: Sequence[str | OptionQuery | OptionContract]
    ) -> tuple[QuoteAnswer, tuple[Unknown, ...]]:
        """Rows in the order asked; unknown ones named, the rest answered."""
        link = await self._accounts.link(actor)
        found = await asyncio.gather(*(self.find(link.id, term) for term in terms))
        instruments = {i.symbol: i for i in found if isinstance(i, Instrument)}
        unknown = tuple(u for u in found if isinstance(u, Unknown))
        quotes = await self._reads.recent_quotes(link.id, tuple(instruments.values()))
        rows = tuple(quotes[symbol] for symbol in instruments if symbol in quotes)
        silent = tuple(Unknown(i.words, ()) for symbol, i in instruments.items() if symbol not in quotes)
        answer = QuoteAnswer(
            rows=rows,
            unknown=tuple(u.word for u in (*unknown, *silent)),
            note=_note(rows, link.environment),
        )
        return answer, (*unknown, *silent)

    async def find(self, link_id: str, term: str | OptionQuery | OptionContract) -> Instrument | Unknown:
        """The instrument a term names, or what was probably meant."""
        if isinstance(term, str):
            instrument = await self._reads.instrument(link_id, term)
            return instrument or Unknown(term, await self._similar(link_id, term))
        match = await self._reads.option(link_id, term)
        return match.exact or Unknown(option_words(term), nearest_options(term, match))

    async def need(
        self, link_id: str, term: str | OptionQuery | OptionContract, *, command: str
    ) -> Instrument:
        """As `find`, for a text that needs exactly this one. `command` with {} makes the suggestions."""
        found = await self.find(link_id, term)
        if isinstance(found, Instrument):
            return found
        raise ParseError(
            f"tastytrade knows no “{found.word}”.",
            word=found.word,
            hint="Say a symbol that is listed, such as AAPL, or an option such as SPY 18DEC26 590p.",
            suggestions=tuple(Suggestion(near, command.format(near)) for near in found.nearest),
        )

    async def one(self, link_id: str, instrument: Instrument) -> Quote:
        """Raises NotFound when there is no quote for it."""
        quotes = await self._reads.quotes(link_id, (instrument,))
        if instrument.symbol not in quotes:
            raise NotFound(f"tastytrade gives no quote for {instrument.words} now.")
        return quotes[instrument.symbol]

    async def suggest(self, actor: Actor, typed: str) -> tuple[str, ...]:
        """Symbols that begin like what was typed, itself first when it is one; empty when nothing is found."""
        link = await self._accounts.link(actor)
        word = typed.strip().upper()
        if not any(form.match(word) for form in (EQUITY_SYMBOL, FUTURE_SYMBOL, FUTURE_PRODUCT)):
            return ()
        near = await self._similar(link.id, word)
        exact = await self._reads.instrument(link.id, word)
        return tuple(dict.fromkeys((*((word,) if exact else ()), *near)))

    async def _similar(self, link_id: str, word: str) -> tuple[str, ...]:
        try:
            return await self._reads.similar(link_id, word)
        except BrokerFault:
            return ()


def option_words(term: OptionQuery | OptionContract) -> str:
    root = term.underlying if isinstance(term, OptionQuery) else term.root
    return OptionContract(root, term.expiration, term.right, term.strike).words


def nearest_options(term: OptionQuery | OptionContract, match: OptionMatch) -> tuple[str, ...]:
    """At most three listed contracts near the one asked for, in words that parse."""
    root = term.underlying if isinstance(term, OptionQuery) else term.root
    expirations = sorted(match.expirations, key=lambda e: (abs((e - term.expiration).days), e))[:2]
    strikes = sorted(match.strikes, key=lambda s: (abs(s - term.strike), s))[:2]
    pairs = [(e, s) for e in expirations or [term.expiration] for s in strikes or [term.strike]]
    return tuple(
        f"{root} {e:%d%b%y}".upper() + f" {s.normalize():f}{term.right.value.lower()}"
        for e, s in pairs
        if (e, s) != (term.expiration, term.strike)
    )[:3]


def _note(rows: Sequence[Quote], environment: Environment) -> str:
    if environment is Environment.SANDBOX:
        return "sandbox: prices are 15 minutes late"
    if rows and all(row.session is SessionState.CLOSED for row in rows):
        return "market closed: last prices of the session"
    return ""
