"""DXLink as a client speaks it: the messages of the handshake and the rows of FEED_DATA. No sockets here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from senexbot.broker import raw

CHANNEL = 1  # a client's channels have odd numbers
FIELDS = ("eventType", "eventSymbol", "price")
EVENT = "Trade"
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


def channel_request() -> bytes:
    return orjson.dumps(
        {
            "type": "CHANNEL_REQUEST",
            "channel": CHANNEL,
            "service": "FEED",
            "parameters": {"contract": "AUTO"},
        }
    )


def feed_setup(period: float) -> bytes:
    """`period`: seconds over which the server puts events together."""
    return orjson.dumps(
        {
            "type": "FEED_SETUP",
            "channel": CHANNEL,
            "acceptAggregationPeriod": period,
            "acceptDataFormat": "COMPACT",
            "acceptEventFields": {EVENT: list(FIELDS)},
        }
    )


KEEPALIVE = orjson.dumps({"type": "KEEPALIVE", "channel": 0})


def subscriptions(add: Iterable[str], remove: Iterable[str]) -> Iterator[bytes]:
    """FEED_SUBSCRIPTION messages of at most 500 symbols each, what is not wanted any more first."""
    for key, symbols in (("remove", sorted(remove)), ("add", sorted(add))):
        for start in range(0, len(symbols), CHUNK):
            rows = [{"type": EVENT, "symbol": s} for s in symbols[start : start + CHUNK]]
            yield orjson.dumps({"type": "FEED_SUBSCRIPTION", "channel": CHANNEL, key: rows})


def fields_of(message: raw.Raw) -> tuple[str, ...] | None:
    """The row layout a FEED_CONFIG tells; None when it tells none (it may be incomplete)."""
    named = raw.mapping(message.get("eventFields")).get(EVENT)
    if not isinstance(named, list) or not all(isinstance(f, str) for f in named):
        return None
    fields = tuple(named)
    return fields if {"eventSymbol", "price"} <= set(fields) else None


def trades(data: object, fields: Sequence[str]) -> list[tuple[Any, Any]] | None:
    """(symbol, price) pairs of one FEED_DATA, COMPACT or FULL, unchecked; None when it makes no sense.

    The server may switch a channel to FULL objects at any time (pitfall 68); an empty list is legal.
    """
    if not isinstance(data, list):
        return None
    if not data:
        return []
    if isinstance(data[0], dict):
        rows = [row for row in data if isinstance(row, dict)]
        return [(r.get("eventSymbol"), r.get("price")) for r in rows if r.get("eventType", EVENT) == EVENT]
    found: list[tuple[Any, Any]] = []
    for kind, values in zip(data[::2], data[1::2], strict=False):
        if isinstance(kind, list):  # ["Trade", [fields]] announces the layout in older servers
            kind = kind[0] if kind else None
        if kind != EVENT:
            continue
        if not isinstance(values, list) or len(values) % len(fields):
            return None
        width, name, price = len(fields), fields.index("eventSymbol"), fields.index("price")
        found += zip(values[name::width], values[price::width], strict=True)
    return found
