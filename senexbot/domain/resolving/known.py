"""What the market and the account are known to hold while an order's words are resolved.

Nothing is read here. What is not known yet is asked for by raising `Lacking`; what was asked for and
could not be read is None.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TypeVar

from senexbot.domain.instruments import Instrument
from senexbot.domain.links import AccountRef
from senexbot.domain.market import Position, Quote
from senexbot.domain.options.chain import Greeks, OptionChain

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Need:
    """What has to be read before the words can be resolved further; all of it can be read side by side."""

    instruments: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()
    greeks: tuple[Instrument, ...] = ()
    quotes: tuple[Instrument, ...] = ()
    positions: bool = False


class Lacking(Exception):
    """Raised inside the resolver only; its caller reads what is needed and resolves again."""

    def __init__(self, need: Need) -> None:
        super().__init__("more has to be read")
        self.need = need


@dataclass(frozen=True, slots=True)
class Known:
    """Snapshots of one moment. `assumed`: signed quantities that an order before this one will have brought."""

    account: AccountRef
    today: date
    now: datetime
    instruments: Mapping[str, Instrument | None] = field(default_factory=dict)
    chains: Mapping[str, OptionChain] = field(default_factory=dict)
    greeks: Mapping[str, Greeks | None] = field(default_factory=dict)
    quotes: Mapping[str, Quote | None] = field(default_factory=dict)
    positions: tuple[Position, ...] | None = None
    positions_asked: bool = False
    assumed: Mapping[str, Decimal] = field(default_factory=dict)

    def instrument(self, symbol: str) -> Instrument | None:
        if symbol not in self.instruments:
            raise Lacking(Need(instruments=(symbol,)))
        return self.instruments[symbol]

    def chain(self, symbol: str) -> OptionChain:
        if symbol not in self.chains:
            raise Lacking(Need(chains=(symbol,)))
        return self.chains[symbol]

    def greeks_of(self, contracts: Sequence[Instrument]) -> Mapping[str, Greeks]:
        """By symbol; what the feed did not tell is missing."""
        unasked = tuple(c for c in contracts if c.symbol not in self.greeks)
        if unasked:
            raise Lacking(Need(greeks=unasked))
        told = ((c.symbol, self.greeks[c.symbol]) for c in contracts)
        return {symbol: greeks for symbol, greeks in told if greeks is not None}

    def quotes_of(self, instruments: Sequence[Instrument]) -> tuple[Quote | None, ...]:
        unasked = tuple(i for i in instruments if i.symbol not in self.quotes)
        if unasked:
            raise Lacking(Need(quotes=unasked))
        return tuple(self.quotes[i.symbol] for i in instruments)

    def lines(self) -> tuple[Position, ...] | None:
        """The account's positions; None when they could not be read."""
        if not self.positions_asked:
            raise Lacking(Need(positions=True))
        return self.positions

    def held(self, symbol: str) -> Decimal | None:
        """Signed quantity of one symbol, with what is assumed; None when positions could not be read."""
        lines = self.lines()
        if lines is None:
            return None
        own = sum((p.quantity for p in lines if p.symbol == symbol), Decimal(0))
        return own + self.assumed.get(symbol, Decimal(0))

    def assuming(self, more: Mapping[str, Decimal]) -> Known:
        return replace(self, assumed={**self.assumed, **more})

    def learned(
        self,
        need: Need,
        *,
        instruments: Mapping[str, Instrument | None] = MappingProxyType({}),
        chains: Mapping[str, OptionChain] = MappingProxyType({}),
        greeks: Mapping[str, Greeks] = MappingProxyType({}),
        quotes: Mapping[str, Quote] = MappingProxyType({}),
        positions: tuple[Position, ...] | None = None,
    ) -> Known:
        """With the answers to a need; what was asked for and is not among them could not be read."""
        asked = need.positions or self.positions_asked
        return replace(
            self,
            instruments={**self.instruments, **_answered(need.instruments, instruments)},
            chains={**self.chains, **chains},
            greeks={**self.greeks, **_answered([c.symbol for c in need.greeks], greeks)},
            quotes={**self.quotes, **_answered([i.symbol for i in need.quotes], quotes)},
            positions=positions if need.positions else self.positions,
            positions_asked=asked,
        )


def _answered(asked: Sequence[str], answers: Mapping[str, T]) -> dict[str, T | None]:
    return {key: answers.get(key) for key in asked}
