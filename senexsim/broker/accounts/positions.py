"""Positions in the broker's JSON and the filters of the positions list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from senexsim.broker.accounts.book import NEW_YORK, Position
from senexsim.broker.accounts.fees import effect
from senexsim.broker.accounts.prices import Prices
from senexsim.broker.wire import day, instant, money

CLOSING_BELL = time(16, 0)


def _count(quantity: Decimal) -> int | str:
    return int(quantity) if quantity == quantity.to_integral_value() else money(quantity)


def _direction(quantity: Decimal) -> str:
    return "Long" if quantity > 0 else "Short" if quantity < 0 else "Zero"


def _expiry(position: Position) -> dict[str, str]:
    if position.instrument.future is not None:
        return {"expires-at": instant(position.instrument.future.stops_at)}
    if position.instrument.on_future is not None:
        return {"expires-at": instant(position.instrument.on_future.expires_at)}
    terms = position.instrument.option
    if terms is None:
        return {}
    bell = datetime.combine(terms.expiration, CLOSING_BELL, NEW_YORK).astimezone(UTC)
    return {"expires-at": instant(bell)}


def _realized(position: Position) -> dict[str, Any]:
    found: dict[str, Any] = {}
    gains = {"realized-day-gain": position.realized_day_gain, "realized-today": position.realized_today}
    for key, gain in gains.items():
        found[key] = money(abs(round(gain, 6)))
        found[f"{key}-effect"] = effect(gain)
        found[f"{key}-date"] = day(position.realized_on or position.updated_at.date())
    return found


def position_view(
    account: str, position: Position, prices: Prices, *, with_marks: bool = False
) -> dict[str, Any]:
    """The position object; quantity is never negative, the direction says Long, Short or Zero."""
    quote = prices.quote(position.symbol)
    view: dict[str, Any] = {
        "account-number": account,
        "symbol": position.symbol,
        "instrument-type": position.instrument.kind,
        "underlying-symbol": position.instrument.underlying_symbol,
        "quantity": _count(abs(position.quantity)),
        "quantity-direction": _direction(position.quantity),
        "close-price": money(quote.prev_close if quote else Decimal(0)),
        "average-open-price": money(round(position.average_open_price, 6)),
        "average-yearly-market-close-price": money(round(position.average_open_price, 6)),
        "average-daily-market-close-price": money(round(position.day_basis, 6)),
        "multiplier": position.multiplier,
        "cost-effect": "Debit" if position.quantity < 0 else "Credit",
        "is-suppressed": False,
        "is-frozen": False,
        "restricted-quantity": 0,
        **_expiry(position),
        **_realized(position),
        "created-at": instant(position.created_at),
        "updated-at": instant(position.updated_at),
    }
    if with_marks and quote is not None:
        view["mark-price"] = money(quote.mid)
        view["mark"] = money(quote.mid * abs(position.quantity) * position.multiplier)
    return view


def selected(positions: Iterable[Position], query: dict[str, list[str]]) -> list[Position]:
    """The positions a query asks for; `query` maps plain key names to their values."""
    keep_closed = query.get("include-closed-positions", [""])[-1].lower() == "true"
    found = [p for p in positions if keep_closed or p.quantity]
    if names := query.get("underlying-symbol"):
        found = [p for p in found if p.instrument.underlying_symbol in names]
    if symbols := query.get("symbol"):
        found = [p for p in found if p.symbol in symbols]
    if kinds := query.get("instrument-type"):
        found = [p for p in found if p.instrument.kind in kinds]
    if codes := query.get("underlying-product-code"):
        found = [
            p
            for p in found
            if (on := p.instrument.future or p.instrument.on_future) is not None and on.product in codes
        ]
    if query.get("partition-keys"):
        return []
    return found
