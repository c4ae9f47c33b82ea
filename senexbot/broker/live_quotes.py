"""Quotes that the shared connection has just heard, for whoever asks for quotes by hand.

No connection is made for a quote: where there is one, what was asked for once is followed for some minutes, and
the next question finds it. What is not fresh there is read by REST.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from senexbot.broker import raw
from senexbot.broker.value_feed import Follower, SharedConnections
from senexbot.domain.alerting.terms import Field
from senexbot.domain.instruments import Instrument
from senexbot.ports import Clock, Key, Quiet

JUST_HEARD = timedelta(seconds=5)  # an older quote is read by REST instead
FOLLOWED_SECONDS = 300.0
MOST_FOLLOWED = 50  # instruments a link
_FIELDS = (Field.BID, Field.ASK, Field.LAST, Field.VOLUME)
_QUIET = Quiet(-math.inf, math.inf)  # nobody waits for these


@dataclass(slots=True)
class _Asked:
    """What one link has asked for lately: until when each streamer symbol is followed, by the loop's time."""

    feed: Follower
    until: dict[str, float] = field(default_factory=dict)


class LiveQuotes:
    """Over the connections that there are."""

    def __init__(
        self,
        feeds: SharedConnections,
        clock: Clock,
        *,
        seconds: float = FOLLOWED_SECONDS,
        most: int = MOST_FOLLOWED,
    ) -> None:
        self._feeds = feeds
        self._clock = clock
        self._seconds = seconds
        self._most = most
        self._asked: dict[str, _Asked] = {}

    def rows(self, link_id: str, instruments: Sequence[Instrument]) -> dict[str, tuple[raw.Raw, datetime]]:
        """Market data rows as REST has them, by tastytrade symbol, with the moment at which the quote came."""
        connection = self._feeds.of(link_id)
        if connection is None or connection.is_gone or not self._feeds.is_running:
            self._asked.pop(link_id, None)
            return {}
        asked = self._asked.get(link_id)
        if asked is None or asked.feed.connection is not connection:
            asked = self._asked[link_id] = _Asked(self._feeds.open(connection.owner))
        found = {i.symbol: row for i in instruments if (row := self._row(asked.feed, i)) is not None}
        self._follow(link_id, asked, [i.streamer_symbol for i in instruments if i.streamer_symbol])
        return found

    def _row(self, feed: Follower, instrument: Instrument) -> tuple[raw.Raw, datetime] | None:
        """None unless bid and ask came just now over a line that lives, and the day is known."""
        name, connection = instrument.streamer_symbol, feed.connection
        day, halted = feed.day(name), connection.values.halted.get(name)
        if day is None or halted is None or not connection.is_current(name):
            return None
        bid, ask, last, volume = (feed.latest(Key(name, one)) for one in _FIELDS)
        if bid is None or ask is None or last is None:
            return None
        at = min(bid.at, ask.at)
        if self._clock.now() - at > JUST_HEARD:
            return None
        row = {"bid": bid.last, "ask": ask.last, "last": last.last, "prev-close": day.previous_close}
        return row | {"volume": volume and volume.last, "is-trading-halted": halted}, at

    def _follow(self, link_id: str, asked: _Asked, names: Sequence[str]) -> None:
        loop = asyncio.get_running_loop()
        for name in names:
            asked.until.pop(name, None)
            asked.until[name] = loop.time() + self._seconds
        for name in tuple(asked.until)[: -self._most]:
            del asked.until[name]
        self._want(asked)
        loop.call_later(self._seconds, self._let_go, link_id, asked)

    def _want(self, asked: _Asked) -> None:
        keys = {Key(name, one): _QUIET for name in asked.until for one in _FIELDS}
        asked.feed.want(keys, frozenset(asked.until))

    def _let_go(self, link_id: str, asked: _Asked) -> None:
        """What nobody has asked for since; with the last one its user goes, so that the connection may end."""
        now = asyncio.get_running_loop().time()
        asked.until = {name: until for name, until in asked.until.items() if until > now}
        if asked.until:
            self._want(asked)
            return
        asked.feed.close()
        if self._asked.get(link_id) is asked:
            del self._asked[link_id]
