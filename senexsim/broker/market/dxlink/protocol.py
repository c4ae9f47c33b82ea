"""The messages of the DXLink protocol: reading the client's with all checks, and the words of its errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import orjson

MAX_MESSAGE: Final = 65_536  # bytes a client may send at once; more closes with 1009
SERVER_VERSION: Final = "1.0-1.2.1-senexsim"
MIN_PERIOD: Final = 0.1  # seconds: the market's own tick
MAX_PERIOD: Final = 60.0
MAX_SUBSCRIPTIONS: Final = 100_000
LATEST_MS: Final = 4_102_444_800_000  # the year 2100: no candle can be asked for after it
Message = dict[str, Any]


class ProtocolError(Exception):
    """What the server answers with an ERROR; `kind` is one of the protocol's own words."""

    def __init__(self, kind: str, message: str, channel: int = 0, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.kind, self.message, self.channel, self.fatal = kind, message, channel, fatal

    def frame(self) -> Message:
        return {"type": "ERROR", "channel": self.channel, "error": self.kind, "message": self.message}


def parse(text: str | bytes) -> Message:
    """One client message with a `type` and a `channel`. Raises ProtocolError."""
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ProtocolError("INVALID_MESSAGE", "The message is not valid JSON.") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ProtocolError("INVALID_MESSAGE", "The message has no type.")
    channel = message.get("channel")
    if not isinstance(channel, int) or isinstance(channel, bool) or channel < 0:
        raise ProtocolError("INVALID_MESSAGE", "The message has no valid channel.")
    return message


def number(message: Message, key: str, default: float) -> float:
    """A finite number of zero or more. Raises ProtocolError."""
    found = message.get(key, default)
    if found is None or found == "NaN":
        return default
    if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found) or found < 0:
        raise ProtocolError("INVALID_MESSAGE", f"{key} is not a valid number.", message["channel"])
    return float(found)


@dataclass(frozen=True, slots=True)
class FeedSetup:
    """What a channel's client wants: a period in seconds, COMPACT or FULL, and fields per event type."""

    period: float | None
    data_format: str | None
    fields: dict[str, list[str]]


def feed_setup(message: Message) -> FeedSetup:
    """Raises ProtocolError for anything of the wrong kind."""
    channel = message["channel"]
    asked = number(message, "acceptAggregationPeriod", -1.0) if "acceptAggregationPeriod" in message else -1.0
    wanted = message.get("acceptDataFormat")
    if wanted not in {None, "COMPACT", "FULL"}:
        raise ProtocolError("INVALID_MESSAGE", "acceptDataFormat is COMPACT or FULL.", channel)
    fields = message.get("acceptEventFields") or {}
    if not isinstance(fields, dict) or not all(_is_names(names) for names in fields.values()):
        raise ProtocolError("INVALID_MESSAGE", "acceptEventFields maps types to lists of names.", channel)
    period = min(max(asked, MIN_PERIOD), MAX_PERIOD) if asked >= 0 else None
    return FeedSetup(period, wanted, fields)


def _is_names(names: Any) -> bool:
    return isinstance(names, list) and all(isinstance(name, str) for name in names)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a subscription: an event type, a streamer symbol, and for candles since when."""

    type: str
    symbol: str
    from_ms: int | None


def subscription_items(message: Message, key: str) -> list[Item]:
    """The lines under `add` or `remove`. Raises ProtocolError."""
    channel, rows = message["channel"], message.get(key)
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise ProtocolError("INVALID_MESSAGE", f"{key} is not a list.", channel)
    return [_item(row, key, channel) for row in rows]


def _item(row: Any, key: str, channel: int) -> Item:
    if (
        not isinstance(row, dict)
        or not isinstance(row.get("type"), str)
        or not isinstance(row.get("symbol"), str)
    ):
        raise ProtocolError("INVALID_MESSAGE", f"An entry of {key} lacks type or symbol.", channel)
    since = row.get("fromTime")
    if isinstance(since, bool) or not isinstance(since, int | float | None) or not math.isfinite(since or 0):
        raise ProtocolError("INVALID_MESSAGE", "fromTime is not a valid number.", channel)
    return Item(row["type"], row["symbol"], None if since is None else min(max(int(since), 0), LATEST_MS))
