"""Futures as the broker lists them: one month by its name, or the active one of a product."""

from __future__ import annotations

from datetime import date

from senexbot.broker import raw
from senexbot.broker.listed import record, tick_sizes
from senexbot.broker.rest import Rest, segment
from senexbot.domain.instruments import (
    FUTURE_SYMBOL,
    FutureContract,
    Instrument,
    InstrumentType,
    TickSize,
    product_of,
)


def future(source: raw.Raw) -> Instrument | None:
    symbol = raw.text(source.get("symbol"), 40)
    streamer = raw.text(source.get("streamer-symbol"), 60)
    multiplier = raw.positive(source.get("notional-multiplier"))
    if not symbol or not streamer or multiplier is None:
        return None
    ticks = tick_sizes(source.get("tick-sizes"))
    step = raw.positive(source.get("tick-size"))
    return Instrument(
        symbol=symbol,
        type=InstrumentType.FUTURE,
        streamer_symbol=streamer,
        description=raw.text(raw.mapping(source.get("future-product")).get("description"), 80),
        underlying=symbol,
        tick_sizes=ticks or ((TickSize(step),) if step is not None else ()),
        multiplier=multiplier,
        is_closing_only=raw.flag(source.get("is-closing-only")),
        active=source.get("active") is not False and source.get("is-tradeable") is not False,
        future=FutureContract(
            product=product_of(symbol),
            exchange=raw.text(source.get("exchange"), 20) or "CME",
            last_trade=raw.day(source.get("last-trade-date")),
            first_notice=raw.day(source.get("first-notice-date")),
            closing_only=raw.day(source.get("closing-only-date")),
            active_month=raw.flag(source.get("active-month")),
            rolls_to=raw.text(source.get("roll-target-symbol"), 20),
        ),
    )


class Futures:
    """Look-ups through a link; nothing is kept here."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def find(self, link_id: str, symbol: str) -> Instrument | None:
        """By its symbol, with one digit of the year or two; a product alone is its active month."""
        named = FUTURE_SYMBOL.match(symbol)
        if named is None:
            return _front(await self.months(link_id, symbol))
        data = await record(self._rest, link_id, f"/instruments/futures/{segment(symbol)}")
        if data is not None:
            return future(data)
        if len(named[3]) == 1:
            return None
        found = await self.find(link_id, symbol[:-2] + symbol[-1])
        until = found.future.last_trade if found is not None and found.future is not None else None
        return found if until is not None and f"{until:%y}" == named[3] else None

    async def months(self, link_id: str, symbol: str) -> tuple[Instrument, ...]:
        """The listed months of a product, or of a future's product, the nearest first."""
        product = (product_of(symbol) or symbol).removeprefix("/")
        body = await self._rest.get(link_id, "/instruments/futures", [("product-code[]", product)])
        found = (future(row) for row in raw.mappings(raw.items(body)))
        listed = [one for one in found if one is not None and one.active]
        return tuple(sorted(listed, key=_last_day))


def _last_day(instrument: Instrument) -> date:
    known = instrument.future.last_trade if instrument.future is not None else None
    return known or date.max


def _front(months: tuple[Instrument, ...]) -> Instrument | None:
    """The broker's active month; without one the nearest that may be opened."""
    active = (one for one in months if one.future is not None and one.future.active_month)
    open_ones = (one for one in months if not one.is_closing_only)
    return next(active, None) or next(open_ones, None)
