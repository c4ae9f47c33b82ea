"""DXLink as a client speaks it: the messages of the handshake and the rows of FEED_DATA. No sockets here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

import orjson

from senexbot.broker import raw

CHANNEL = 1  # a client's channels have odd numbers
TRADE, QUOTE, GREEKS, CANDLE = "Trade", "Quote", "Greeks", "Candle"
SUMMARY, PROFILE, UNDERLYING = "Summary", "Profile", "Underlying"
ASKED: dict[str, tuple[str, ...]] = {  # the symbol first
    TRADE: ("eventSymbol", "price", "dayVolume"),
    QUOTE: ("eventSymbol", "bidPrice", "askPrice"),
    GREEKS: ("eventSymbol", "price", "volatility", "delta", "gamma", "theta", "rho", "vega"),
    UNDERLYING: ("eventSymbol", "volatility"),
    SUMMARY: (
        "eventSymbol", "dayId", "dayOpenPrice", "dayHighPrice", "dayLowPrice", "prevDayClosePrice"
    ),
    PROFILE: ("eventSymbol", "tradingStatus", "high52WeekPrice", "low52WeekPrice"),
    CANDLE: ("eventSymbol", "eventFlags", "time", "open", "high", "low", "close", "volume", "impVolatility"),
}  # fmt: skip
FOLLOWED = (TRADE, QUOTE, GREEKS, UNDERLYING, SUMMARY, PROFILE)  # what one shared connection carries
TX_PENDING, REMOVE, SNAPSHOT_BEGIN, SNAPSHOT_END, SNAPSHOT_SNIP = 1, 2, 4, 8, 16  # of eventFlags
CHUNK = 500  # symbols in one FEED_SUBSCRIPTION: a larger message is refused with code 1009
SERVER_PATIENCE = 60  # seconds without a message from us before the server hangs up
NOT_SENT = -1

Subscription = tuple[str, str]  # event type and symbol
Columns = Sequence[Sequence[Any]]  # those of ASKED; what the server does not send is a column of None


@dataclass(frozen=True, slots=True)
class Layout:
    """How the flat rows of one event type are laid out: their width, and where each asked field stands.

    `pick` takes the columns out of a flat list, in one call; None when not all that was asked for is sent.
    """

    width: int
    places: tuple[int, ...]
    pick: Callable[[list[Any]], Columns] | None


def layout_of(event: str, names: Sequence[str]) -> Layout:
    width = len(names)
    places = tuple(names.index(field) if field in names else NOT_SENT for field in ASKED[event])
    if NOT_SENT in places:
        return Layout(width, places, None)
    return Layout(width, places, itemgetter(*(slice(place, None, width) for place in places)))


def asked(events: Iterable[str]) -> dict[str, Layout]:
    """The layouts before the server has said otherwise."""
    return {event: layout_of(event, ("eventType", *ASKED[event])) for event in events}


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


def feed_setup(period: float, events: Iterable[str]) -> bytes:
    """`period`: seconds over which the server puts events together."""
    return orjson.dumps(
        {
            "type": "FEED_SETUP",
            "channel": CHANNEL,
            "acceptAggregationPeriod": period,
            "acceptDataFormat": "COMPACT",
            "acceptEventFields": {event: ["eventType", *ASKED[event]] for event in events},
        }
    )


KEEPALIVE = orjson.dumps({"type": "KEEPALIVE", "channel": 0})


def subscriptions(add: Iterable[Subscription], remove: Iterable[Subscription]) -> Iterator[bytes]:
    """FEED_SUBSCRIPTION messages of at most 500 lines each, what is not wanted any more first."""
    for key, lines in (("remove", sorted(remove)), ("add", sorted(add))):
        for start in range(0, len(lines), CHUNK):
            rows = [{"type": event, "symbol": symbol} for event, symbol in lines[start : start + CHUNK]]
            yield orjson.dumps({"type": "FEED_SUBSCRIPTION", "channel": CHANNEL, key: rows})


def candles_since(symbol: str, since: datetime) -> bytes:
    """The subscription of one candle symbol such as AAPL{=5m}, with its history; no end can be asked for."""
    row = {"type": CANDLE, "symbol": symbol, "fromTime": int(since.timestamp() * 1000)}
    return orjson.dumps({"type": "FEED_SUBSCRIPTION", "channel": CHANNEL, "add": [row]})


def layouts(message: raw.Raw, known: Mapping[str, Layout]) -> dict[str, Layout]:
    """Row layouts after a FEED_CONFIG, which may be incomplete: what it does not tell stays as it is.

    A layout may leave asked fields out. Without the symbol it is of no use to anybody.
    """
    told = raw.mapping(message.get("eventFields"))
    found = dict(known)
    for event in known:
        named = told.get(event)
        if isinstance(named, list) and all(isinstance(f, str) for f in named) and "eventSymbol" in named:
            found[event] = layout_of(event, named)
    return found


def columns(data: object, known: Mapping[str, Layout]) -> list[tuple[str, Columns]] | None:
    """The events of one FEED_DATA by type, unchecked, as the columns of ASKED; None when it makes no sense.

    COMPACT or FULL: the server may switch a channel to FULL objects at any time (pitfall 68); a list of rows
    is flat and holds several symbols (pitfall 67); an empty list is legal. Types not in `known` are left out.
    """
    if type(data) is not list:
        return None
    try:
        kind, values = data
        layout = known[kind]
        if layout.pick is not None and type(values) is list and not len(values) % layout.width:
            return [(kind, layout.pick(values))]
    except (KeyError, TypeError, ValueError):
        pass  # not what nearly every message is: one type and its rows
    if not data:
        return []
    if type(data[0]) is dict:
        return _objects(data, known)
    found: list[tuple[str, Columns]] = []
    for place in range(0, len(data) - 1, 2):
        kind, values = data[place], data[place + 1]
        if type(kind) is list:  # ["Trade", [fields]] announces the layout in older servers
            kind = kind[0] if kind else None
        if type(kind) is not str or kind not in known:
            continue
        layout = known[kind]
        width = layout.width
        if type(values) is not list or len(values) % width:
            return None
        none = (None,) * (len(values) // width)
        found.append((kind, [values[c::width] if c != NOT_SENT else none for c in layout.places]))
    return found


def _objects(data: Sequence[object], known: Mapping[str, Layout]) -> list[tuple[str, Columns]]:
    """FULL objects. What names no type is a trade: some servers leave it out."""
    rows = [row for row in data if isinstance(row, dict)]
    found: list[tuple[str, Columns]] = []
    for event in known:
        mine = [row for row in rows if row.get("eventType", TRADE) == event]
        if mine:
            found.append((event, [[row.get(field) for row in mine] for field in ASKED[event]]))
    return found


def rows(data: object, known: Mapping[str, Layout], event: str) -> list[tuple[Any, ...]] | None:
    """The events of one type as tuples of ASKED, unchecked; None when the message makes no sense."""
    found = columns(data, known)
    if found is None:
        return None
    return [row for kind, told in found if kind == event for row in zip(*told, strict=True)]
