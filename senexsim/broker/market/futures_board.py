"""Which futures are listed at a moment, by both of their names, and which of them move with which share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from senexsim.broker.market.catalog import BY_SYMBOL
from senexsim.broker.market.futures import (
    PRODUCTS,
    FutureContract,
    lately_ended,
    months_of,
    quote_of,
)
from senexsim.broker.market.model import Quote


@dataclass(frozen=True, slots=True)
class _Listed:
    """One look at the calendar; it holds from `since` until the next contract ends at `until`."""

    since: datetime
    until: datetime
    by_symbol: dict[str, FutureContract]
    by_streamer: dict[str, str]
    by_driver: dict[str, frozenset[str]]


class FuturesBoard:
    """Kept until a contract ends or the clock is set back."""

    def __init__(self) -> None:
        self._kept: _Listed | None = None

    def _at(self, now: datetime) -> _Listed:
        kept = self._kept
        if kept is None or not kept.since <= now < kept.until:
            kept = self._kept = _listed(now)
        return kept

    def contract(self, symbol: str, now: datetime) -> FutureContract | None:
        return self._at(now).by_symbol.get(symbol)

    def from_streamer(self, streamer_symbol: str, now: datetime) -> str | None:
        return self._at(now).by_streamer.get(streamer_symbol)

    def moved_by(self, drivers: frozenset[str], now: datetime) -> frozenset[str]:
        """The futures whose price follows one of these listings."""
        followers = self._at(now).by_driver
        return frozenset().union(*(followers[d] for d in drivers & followers.keys()))

    def quote(
        self, contract: FutureContract, price_of: Callable[[str], Quote | None], now: datetime
    ) -> Quote:
        driver = contract.product.driver
        quote = price_of(driver)
        assert quote is not None, driver
        return quote_of(contract, quote, BY_SYMBOL[driver].price, now)


def _listed(now: datetime) -> _Listed:
    listed = [contract for product in PRODUCTS for contract in months_of(product, now)]
    ended = [contract for product in PRODUCTS for contract in lately_ended(product, now)]
    by_driver: dict[str, set[str]] = defaultdict(set)
    for contract in listed:
        by_driver[contract.product.driver].add(contract.symbol)
    return _Listed(
        since=now,
        until=min(contract.stops_at for contract in listed),
        by_symbol={contract.symbol: contract for contract in (*ended, *listed)},
        by_streamer={contract.streamer_symbol: contract.symbol for contract in (*ended, *listed)},
        by_driver={driver: frozenset(symbols) for driver, symbols in by_driver.items()},
    )
