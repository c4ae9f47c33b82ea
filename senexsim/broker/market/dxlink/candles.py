"""Candle subscriptions of a channel: the snapshot with its flags, then the newest candles as they change."""

from __future__ import annotations

from typing import Final

from senexsim.broker.market.bars import CandleKey
from senexsim.broker.market.candle_source import candles
from senexsim.broker.market.dxlink.events import index_of
from senexsim.broker.market.dxlink.fields import NAN, Event
from senexsim.broker.market.exchange import Market
from senexsim.broker.market.history import Bar

REMOVE: Final = 2
SNAPSHOT_BEGIN: Final = 4
SNAPSHOT_END: Final = 8
MAX_ROWS: Final = 20_000


class CandleStream:
    """One subscribed candle symbol. `from_ms` None asks for no history, only what comes."""

    def __init__(self, market: Market, key: CandleKey, symbol: str, from_ms: int | None) -> None:
        self._market = market
        self._key = key
        self._symbol = symbol
        self._from = from_ms
        self._newest = 0

    def snapshot(self) -> list[Event]:
        """The newest candle first; the last row carries the end, a removed one where history ends."""
        now = int(self._market.clock.now().timestamp() * 1000)
        first = self._key.bucket(now) if self._from is None else self._from
        bars = candles(self._market, self._key, self._symbol, first)[-MAX_ROWS:]
        if not bars:
            return [self._removed(first, SNAPSHOT_BEGIN | SNAPSHOT_END | REMOVE)]
        self._newest = bars[-1].time
        rows = [self._row(bar, 0) for bar in reversed(bars)]
        rows[0]["eventFlags"] |= SNAPSHOT_BEGIN
        if bars[0].time > self._key.bucket(first):
            rows.append(self._removed(self._key.bucket(first), SNAPSHOT_END | REMOVE))
        else:
            rows[-1]["eventFlags"] |= SNAPSHOT_END
        return rows

    def updates(self) -> list[Event]:
        """The candles since the last call that are new or still growing, oldest first."""
        bars = candles(self._market, self._key, self._symbol, self._newest or self._now())
        if bars:
            self._newest = bars[-1].time
        return [self._row(bar, 0) for bar in bars]

    def _now(self) -> int:
        return int(self._market.clock.now().timestamp() * 1000)

    def _row(self, bar: Bar, flags: int) -> Event:
        return {
            "eventSymbol": self._key.symbol,
            "eventTime": 0,
            "eventFlags": flags,
            "index": index_of(bar.time),
            "time": bar.time,
            "sequence": 0,
            "count": max(bar.volume // 120, 1),
            "volume": float(bar.volume),
            "vwap": round((bar.high + bar.low + bar.close) / 3, 4),
            "bidVolume": float(bar.volume // 2),
            "askVolume": float(bar.volume - bar.volume // 2),
            "impVolatility": NAN,
            "openInterest": NAN,
            "open": bar.open,
            "high": bar.high,
            "low": bar.low,
            "close": bar.close,
        }

    def _removed(self, time_ms: int, flags: int) -> Event:
        row = dict.fromkeys(
            (
                "volume", "vwap", "bidVolume", "askVolume", "impVolatility", "openInterest",
                "open", "high", "low", "close",
            ),
            NAN,
        )  # fmt: skip
        start = self._key.bucket(max(time_ms, 0))
        head: Event = {"eventSymbol": self._key.symbol, "eventTime": 0, "eventFlags": flags}
        return head | {"index": index_of(start), "time": start, "sequence": 0, "count": 0} | row
