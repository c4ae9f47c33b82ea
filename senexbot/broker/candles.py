"""Candles of one instrument, asked for once: a DXLink line of its own that is opened, read and closed again.

A snapshot of weeks in minutes is megabytes: over the line that follows prices, these would wait behind it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from senexbot.broker import dxlink, raw, websocket
from senexbot.broker.drift import Drift
from senexbot.broker.market_line import MarketLimits, MarketLine
from senexbot.broker.quote_token import quote_token
from senexbot.broker.rest import Rest
from senexbot.broker.websocket import LineLost
from senexbot.domain.errors import Unavailable
from senexbot.ports.values import Candle

log = logging.getLogger(__name__)

SECONDS = 20.0  # from asking to the end of the snapshot
SIDE_BY_SIDE = 3  # questions; more wait for their turn
MOST_CANDLES = 100_000  # of one question
PERIODS = frozenset({"1m", "5m", "15m", "30m", "1h", "2h", "4h", "1d"})
REGULAR = ",tho=true"
# Daily candles of the regular hours alone begin only then; those of all hours reach farther back (pitfall 70).
REGULAR_DAYS_SINCE = date(2019, 1, 1)
CONTRACTS = ("AUTO", "HISTORY")  # AUTO may answer with an empty snapshot where HISTORY has one (pitfall 70)
_HUNDRED = Decimal(100)


class LineCandles:
    """Implements ports.CandleReads."""

    def __init__(self, rest: Rest, drift: Drift, *, seconds: float = SECONDS) -> None:
        self._rest = rest
        self._clock = rest.clock
        self._drift = drift
        self._seconds = seconds
        self._limits = MarketLimits(handshake=seconds, silence=seconds, send=seconds, auths=1)
        self._turns = asyncio.Semaphore(SIDE_BY_SIDE)

    async def candles(
        self,
        link_id: str,
        streamer_symbol: str,
        *,
        period: str,
        since: datetime,
        until: datetime | None = None,
        is_regular_only: bool = False,
    ) -> tuple[Candle, ...]:
        """As the port. What the broker has no history of is an empty answer; a snapshot that it cut short
        (it keeps so many candles and no more) begins later than `since`."""
        if period not in PERIODS or not streamer_symbol:
            raise ValueError(f"no candles of {period!r}")
        name = candle_symbol(streamer_symbol, period, since, is_regular_only=is_regular_only)
        found: dict[int, Candle] = {}
        try:
            async with asyncio.timeout(self._seconds), self._turns:
                for contract in CONTRACTS:
                    found = await self._ask(link_id, streamer_symbol, name, since, contract)
                    if found:
                        break
        except (TimeoutError, LineLost) as trouble:
            log.info("candles: %s", trouble or "late")
            raise Unavailable("The broker gave no complete candles in time.") from None
        ordered = (found[key] for key in sorted(found))
        return tuple(candle for candle in ordered if until is None or candle.at <= until)

    async def _ask(
        self, link_id: str, streamer_symbol: str, name: str, since: datetime, contract: str
    ) -> dict[int, Candle]:
        """One snapshot, whole, by epoch milliseconds. Raises LineLost."""
        environment = (await self._rest.sessions.of(link_id)).environment
        token, url = await quote_token(self._rest, link_id, environment)
        async with websocket.connected(url, limit=self._seconds) as socket:
            layouts = dxlink.asked([dxlink.CANDLE])
            line = MarketLine(
                socket, token, self._clock.now(), self._limits, self._drift, _nothing, layouts, contract
            )
            await line.open(_no_error)
            await line.send(dxlink.candles_since(name, since))
            snapshot = Snapshot(streamer_symbol)
            while not snapshot.is_whole:
                snapshot.add(self._rows(line, await line.hear()))
            return snapshot.candles

    def _rows(self, line: MarketLine, message: raw.Raw) -> list[tuple[Any, ...]]:
        """The candles of a message; none when it is about something else."""
        kind = message.get("type")
        if kind == "FEED_CONFIG":
            line.layouts = dxlink.layouts(message, line.layouts)
        elif kind in {"ERROR", "CHANNEL_CLOSED"}:
            raise LineLost("the broker ended the channel")
        elif kind == "FEED_DATA":
            rows = dxlink.rows(message.get("data"), line.layouts, dxlink.CANDLE)
            if rows is not None:
                return rows
            self._drift.note("candles that cannot be read", message.get("data"))
        return []


class Snapshot:
    """The candles of one symbol as they come in, newest first, until the flags say that it was all."""

    def __init__(self, streamer_symbol: str) -> None:
        self._begin = streamer_symbol + "{"  # what follows comes back in another spelling: {=1m} as {=m}
        self.candles: dict[int, Candle] = {}
        self.is_whole = False
        self._has_ended = False

    def add(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """Rows of one message. A removed row is an end or a correction, never a candle."""
        for name, flags, time, *values in rows:
            if not isinstance(name, str) or not name.startswith(self._begin) or type(flags) is not int:
                continue
            if type(time) is int and 0 < time < 10**14:
                candle = None if flags & dxlink.REMOVE else _candle(time, values)
                if candle is not None:
                    self.candles[time] = candle
                else:
                    self.candles.pop(time, None)
            if len(self.candles) > MOST_CANDLES:
                raise LineLost("more candles than anybody asks for")
            if flags & (dxlink.SNAPSHOT_END | dxlink.SNAPSHOT_SNIP):
                self._has_ended = True
            self.is_whole = self._has_ended and not flags & dxlink.TX_PENDING


def candle_symbol(streamer_symbol: str, period: str, since: datetime, *, is_regular_only: bool) -> str:
    """`AAPL{=5m,tho=true}`: the streamer symbol with its period and hours."""
    is_daily = period.endswith("d")
    regular = is_regular_only and not (is_daily and since.date() < REGULAR_DAYS_SINCE)
    return f"{streamer_symbol}{{={period}{REGULAR if regular else ''}}}"


def _candle(time: int, values: list[Any]) -> Candle | None:
    """None for what has no price (NaN), or prices that are none (I54)."""
    opened, high, low, close, volume, iv = (raw.number(value) for value in values)
    if opened is None or high is None or low is None or close is None:
        return None
    if not 0 < low <= min(opened, close) <= max(opened, close) <= high:
        return None
    at = datetime.fromtimestamp(time / 1000, UTC)
    percent = iv * _HUNDRED if iv is not None and iv > 0 else None
    return Candle(at, opened, high, low, close, volume or Decimal(0), percent)


def _nothing() -> None:
    """Nobody watches how often this line is heard: the whole question has one deadline."""


def _no_error(message: raw.Raw) -> None:
    if message.get("type") == "ERROR":
        raise LineLost("the broker reported an error")
