"""A look at an account with newer prices and greeks over it: what the stream has told since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from senexbot.domain.alerting.terms import Field
from senexbot.domain.market import Position, Quote
from senexbot.domain.options.chain import Greeks
from senexbot.domain.risk.presets import Preset
from senexbot.domain.risk.view import RiskView

FOLLOWED = frozenset(
    {
        Preset.CONCENTRATION,
        Preset.BETA_DELTA,
        Preset.THETA,
        Preset.VEGA,
        Preset.TESTED,
        Preset.DELTA,
        Preset.PROFIT,
        Preset.LOSS,
        Preset.MAX_LOSS,
        Preset.ASSIGNMENT,
        Preset.EXERCISE,
        Preset.DIVIDEND,
    }
)
"""What prices and greeks move; the rest comes with the account's own figures."""

TOUCHED = frozenset({Preset.TESTED})
"""What counts when it was there for a moment, too."""


class Tick(NamedTuple):
    value: Decimal
    at: datetime


Newest = Callable[[str, Field], Tick | None]
"""The newest value of one symbol's field; None: not known."""


def with_live(view: RiskView, newest: Newest) -> RiskView:
    """Whatever is newer than the look. A market whose sides are crossed or missing changes nothing."""
    quotes = {symbol: _quote(symbol, quote, newest) for symbol, quote in view.quotes.items()}
    greeks = {symbol: _greeks(symbol, known, newest) for symbol, known in view.greeks.items()}
    held = None if view.positions is None else tuple(_marked(p, view.quotes, quotes) for p in view.positions)
    return replace(view, quotes=quotes, greeks=greeks, positions=held)


def _quote(symbol: str, known: Quote, newest: Newest) -> Quote:
    bid, ask, last = (newest(symbol, field) for field in (Field.BID, Field.ASK, Field.LAST))
    found = known
    if bid is not None and ask is not None and max(bid.at, ask.at) > known.at and bid.value <= ask.value:
        found = replace(found, bid=bid.value, ask=ask.value, at=max(bid.at, ask.at))
    if last is not None and last.at > known.at:
        found = replace(found, last=last.value, at=max(found.at, last.at))
    return found


def _greeks(symbol: str, known: Greeks, newest: Newest) -> Greeks:
    delta = newest(symbol, Field.DELTA)
    if delta is None or delta.at <= known.at:
        return known
    others = {name: newest(symbol, Field(name)) for name in ("gamma", "theta", "vega")}
    return replace(
        known,
        delta=delta.value,
        at=delta.at,
        **{name: tick.value for name, tick in others.items() if tick is not None},
    )


def _marked(position: Position, before: Mapping[str, Quote], now: Mapping[str, Quote]) -> Position:
    """Worth the middle of the newer market; the broker's mark while there is none."""
    quote = now.get(position.symbol)
    if quote is None or quote is before.get(position.symbol) or quote.mid is None:
        return position
    return replace(position, mark=quote.mid)
