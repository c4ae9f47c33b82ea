"""Quote alerts of the broker (one-shot, user level): REST bodies, the watch on quotes, the notification."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from senexsim.broker.accounts.prices import Prices
from senexsim.broker.clock import SimClock
from senexsim.broker.market.model import Quote
from senexsim.broker.orders.parsing import as_body, number
from senexsim.broker.wire import instant, invalid, not_found

FIELDS = frozenset({"Last", "Bid", "Ask", "IV"})
OPERATORS = frozenset({">", "<"})
LIFETIME = timedelta(days=365)
Push = Callable[[str, str, Mapping[str, Any]], None]


@dataclass
class QuoteAlert:
    """A threshold one user set; `triggered_at` ends it."""

    id: str
    user: str
    user_id: str
    symbol: str
    underlying: str
    instrument_type: str
    dx_symbol: str
    field: str
    operator: str
    threshold: str
    created_at: datetime
    expires_at: datetime
    triggered_at: datetime | None = None

    def reached(self, quote: Quote) -> bool:
        values = {"Last": quote.last, "Bid": quote.bid, "Ask": quote.ask}
        value = values.get(self.field)
        if value is None:
            return False
        level = Decimal(self.threshold)
        return value > level if self.operator == ">" else value < level

    def view(self) -> dict[str, Any]:
        """The REST object: times ISO or null."""
        done = self.triggered_at and instant(self.triggered_at)
        return {
            "alert-external-id": self.id,
            "user-external-id": self.user_id,
            "symbol": self.symbol,
            "instrument-type": self.instrument_type,
            "dx-symbol": self.dx_symbol,
            "field": self.field,
            "operator": self.operator,
            "threshold": self.threshold,
            "threshold-numeric": float(self.threshold),
            "provider": "dxfeed",
            "created-at": instant(self.created_at),
            "expires-at": instant(self.expires_at),
            "triggered-at": done,
            "completed-at": done,
            "dismissed-at": None,
            "expired-at": None,
        }

    def notification(self) -> dict[str, Any]:
        """The stream's object: `expires-at` is epoch milliseconds there, unset times are left out."""
        view = {key: value for key, value in self.view().items() if value is not None}
        return {**view, "expires-at": str(int(self.expires_at.timestamp() * 1000))}


class QuoteAlerts:
    """The alerts of all users. An IV alert is kept but never fires: IV is not quoted here."""

    def __init__(self, *, prices: Prices, clock: SimClock, push: Push) -> None:
        self._prices, self._clock, self._push = prices, clock, push
        self._alerts: dict[str, QuoteAlert] = {}
        self._ids = itertools.count(10_001)

    def of(self, user: str) -> list[dict[str, Any]]:
        return [alert.view() for alert in self._alerts.values() if alert.user == user]

    def create(self, user: str, user_id: str, raw: object) -> dict[str, Any]:
        """Raises `validation_error`."""
        body = as_body(raw)
        symbol, field, operator = body.get("symbol"), body.get("field"), body.get("operator")
        if not isinstance(symbol, str):
            raise invalid("symbol", "is missing")
        if str(field) not in FIELDS:
            raise invalid("field", "does not have a valid value")
        if str(operator) not in OPERATORS:
            raise invalid("operator", "does not have a valid value")
        threshold = number(body, "threshold")
        if threshold is None:
            raise invalid("threshold", "is missing")
        instrument = self._prices.instrument(symbol)
        if instrument is None:
            raise invalid("symbol", "does not have a valid value")
        now = self._clock.now()
        alert = QuoteAlert(
            id=str(next(self._ids)),
            user=user,
            user_id=user_id,
            symbol=symbol,
            underlying=instrument.underlying_symbol,
            instrument_type=str(body.get("instrument-type") or instrument.kind),
            dx_symbol=instrument.streamer_symbol,
            field=str(field),
            operator=str(operator),
            threshold=str(body["threshold"]),
            created_at=now,
            expires_at=now + LIFETIME,
        )
        self._alerts[alert.id] = alert
        return alert.view()

    def delete(self, user: str, key: str) -> None:
        alert = self._alerts.get(key)
        if alert is None or alert.user != user:
            raise not_found("Couldn't find alert")
        del self._alerts[key]

    def on_tick(self, symbols: frozenset[str]) -> None:
        """Fire what the new prices reached, once."""
        for alert in self._alerts.values():
            if alert.triggered_at is not None or not {alert.symbol, alert.underlying} & symbols:
                continue
            quote = self._prices.quote(alert.symbol)
            if quote is not None and alert.reached(quote):
                alert.triggered_at = self._clock.now()
                self._push(alert.user, "QuoteAlert", alert.notification())
