"""DXLink as a client speaks it: the messages of the handshake and the rows of FEED_DATA. No sockets here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from senexbot.broker import raw

CHANNEL = 1  # a client's channels have odd numbers
TRADE = "Trade"
GREEKS = "Greeks"  # asked for once for each order that names a delta
QUOTE = "Quote"  # asked for only while a print that looks like a spike waits to be confirmed
FIELDS: dict[str, tuple[str, ...]] = {
    TRADE: ("eventType", "eventSymbol", "price"),
    QUOTE: ("eventType", "eventSymbol", "bidPrice", "askPrice"),
}
GREEKS_FIELDS: dict[str, tuple[str, ...]] = {
    GREEKS: ("eventType", "eventSymbol", "delta", "gamma", "theta", "vega", "volatility", "price"),
}
CANDLE = "Candle"
CANDLE_FIELDS: dict[str, tuple[str, ...]] = {
    CANDLE: (
        "eventType", "eventSymbol", "eventFlags", "time", "open", "high", "low", "close", "volume", "impVolatility"
    ),
}  # fmt: skip
_ASKED = FIELDS | GREEKS_FIELDS | CANDLE_FIELDS
TX_PENDING, REMOVE, SNAPSHOT_BEGIN, SNAPSHOT_END, SNAPSHOT_SNIP = 1, 2, 4, 8, 16  # of eventFlags
CHUNK = 500  # symbols in one FEED_SUBSCRIPTION: a larger message is refused with code 1009
SERVER_PATIENCE = 60  # seconds without a message from us before the server hangs up


def setup(version: str) -> bytes:
    return orjson.dumps(
        {
            "type": "SETUP",
            "channel": 0,
            "version": version,
            "keepaliveTimeout": SERVER_PATIENCE,
            "acceptKeepaliveTimeout": SERVER_PATIENCE,
        }
    )


def auth(token: str) -> bytes:
    return orjson.dumps({"type": "AUTH", "channel": 0, "token": token})


def channel_request(contract: str = "AUTO") -> bytes:
    """`contract`: AUTO for what changes from now on, HISTORY for what has been."""
    return orjson.dumps(
        {
            "type": "CHANNEL_REQUEST",
            "channel": CHANNEL,
            "service": "FEED",
            "parameters": {"contract": contract},
        }
    )


def feed_setup(period: float, fields: Mapping[str, Sequence[str]] = FIELDS) -> bytes:
    """`period`: seconds over which the server puts events together."""
    return orjson.dumps(
        {
            "type": "FEED_SETUP",
            "channel": CHANNEL,
            "acceptAggregationPeriod": period,
            "acceptDataFormat": "COMPACT",
            "acceptEventFields": {event: list(names) for event, names in fields.items()},
        }
    )


KEEPALIVE = orjson.dumps({"type": "KEEPALIVE", "channel": 0})


def subscriptions(add: Iterable[str], remove: Iterable[str], event: str = TRADE) -> Iterator[bytes]:
    """FEED_SUBSCRIPTION messages of at most 500 symbols each, what is not wanted any more first."""
    for key, symbols in (("remove", sorted(remove)), ("add", sorted(add))):
        for start in range(0, len(symbols), CHUNK):
            rows = [{"type": event, "symbol": s} for s in symbols[start : start + CHUNK]]
            yield orjson.dumps({"type": "FEED_SUBSCRIPTION", "channel": CHANNEL, key: rows})


def candles_since(symbol: str, since: datetime) -> bytes:
    """The subscription of one candle symbol such as AAPL{=5m}, with its history; no end can be asked for."""
    row = {"type": CANDLE, "symbol": symbol, "fromTime": int(since.timestamp() * 1000)}
    return orjson.dumps({"type": "FEED_SUBSCRIPTION", "channel": CHANNEL, "add": [row]})


def layouts(message: raw.Raw, known: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """Row layouts after a FEED_CONFIG, which may be incomplete: what it does not tell stays as it is."""
    told = raw.mapping(message.get("eventFields"))
    found = {event: tuple(fields) for event, fields in known.items()}
    for event in known:
        ours = _ASKED[event]
        named = told.get(event)
        if isinstance(named, list) and all(isinstance(f, str) for f in named) and set(ours[1:]) <= set(named):
            found[event] = tuple(named)
    return found


def trades(data: object, layout: Mapping[str, Sequence[str]]) -> list[tuple[Any, ...]] | None:
    """(symbol, price) of the trades in one FEED_DATA, unchecked; None when it makes no sense."""
    return _events(data, TRADE, layout[TRADE])


def quotes(data: object, layout: Mapping[str, Sequence[str]]) -> list[tuple[Any, ...]] | None:
    """(symbol, bid, ask) of the quotes in one FEED_DATA, unchecked; None when it makes no sense."""
    return _events(data, QUOTE, layout[QUOTE])


def greeks(data: object, layout: Mapping[str, Sequence[str]]) -> list[tuple[Any, ...]] | None:
    """(symbol, delta, gamma, theta, vega, volatility, price) of one FEED_DATA, unchecked; None: no sense."""
    return _events(data, GREEKS, layout[GREEKS])


def candles(data: object, layout: Mapping[str, Sequence[str]]) -> list[tuple[Any, ...]] | None:
    """The rows of CANDLE_FIELDS after the type, unchecked; None when it makes no sense."""
    return _events(data, CANDLE, layout[CANDLE])


def _events(data: object, event: str, fields: Sequence[str]) -> list[tuple[Any, ...]] | None:
    """Rows of one event type, COMPACT or FULL, as the columns of FIELDS after the type.

    The server may switch a channel to FULL objects at any time (pitfall 68); an empty list is legal.
    """
    if not isinstance(data, list):
        return None
    if not data:
        return []
    wanted = _ASKED[event][1:]
    if isinstance(data[0], dict):
        rows = [row for row in data if isinstance(row, dict)]
        return [tuple(r.get(f) for f in wanted) for r in rows if r.get("eventType", TRADE) == event]
    found: list[tuple[Any, ...]] = []
    for kind, values in zip(data[::2], data[1::2], strict=False):
        if isinstance(kind, list):  # ["Trade", [fields]] announces the layout in older servers
            kind = kind[0] if kind else None
        if kind != event:
            continue
        if not isinstance(values, list) or len(values) % len(fields):
            return None
        width = len(fields)
        found += zip(*(values[fields.index(f) :: width] for f in wanted), strict=True)
    return found
