"""Greeks of a handful of contracts, asked for once, over the connection that the link's followers share.

Contracts that somebody follows are answered at once. For others the connection is made when there is none, and
it is kept for a while: the next question finds it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Self

from senexbot.broker import dxlink, raw
from senexbot.broker.market_connection import MarketConnection
from senexbot.broker.rest import Rest
from senexbot.broker.value_feed import SharedConnections
from senexbot.domain.errors import Unavailable
from senexbot.domain.instruments import Instrument
from senexbot.domain.links import Environment
from senexbot.domain.options.chain import Greeks

MOST_GREEKS = 1000  # contracts of one question
GREEKS_SECONDS = 6.0  # from asking to the last answer; what has not come by then is missing
FRESH_SECONDS = 10.0  # what came so lately is not asked for again
_WHOLE = Decimal(1)


@dataclass(frozen=True, slots=True)
class _Owner:
    id: str
    environment: Environment


class _Question:
    """One user of the connection, for as long as it waits."""

    def __init__(self, connection: MarketConnection, names: frozenset[str]) -> None:
        self.wanted = names
        self.news = asyncio.Event()
        self._connection = connection
        self._lines = {(dxlink.GREEKS, name) for name in names}
        self._gone: Exception | None = None

    def __enter__(self) -> Self:
        values = self._connection.values
        known = {line for line in self._lines if values.is_needed(line)}
        now = self._connection.clock.monotonic()
        self._since = now - (FRESH_SECONDS if self._connection.lost is None else 0.0)
        values.need(self._lines)
        values.greek_listeners.add(self.news.set)
        self._connection.users.append(self)
        self._connection.rewanted()
        if stale := {(event, name) for event, name in known if name not in self.told()}:
            self._connection.ask_again(stale)
        return self

    def __exit__(self, *_: object) -> None:
        values = self._connection.values
        values.greek_listeners.discard(self.news.set)
        values.spare(self._lines)
        self._connection.users.remove(self)
        self._connection.rewanted()

    def told(self) -> set[str]:
        """The contracts that were told of since it began, or shortly before."""
        greeks = self._connection.values.greeks
        return {n for n in self.wanted if n in greeks and greeks[n][1][1] >= self._since}

    async def wait(self) -> None:
        """Until all were told of. Raises NotConnected when the link has gone."""
        while len(self.told()) < len(self.wanted):
            self.news.clear()
            if self._gone is not None:
                raise self._gone
            await self.news.wait()

    def line_lost(self) -> None: ...

    def line_found(self, since: datetime, *, is_long: bool) -> None: ...

    def still_changed(self, returned: frozenset[str]) -> None: ...

    def ended(self, why: Exception) -> None:
        self._gone = why
        self.news.set()


class GreeksReads:
    """Questions of one adapter."""

    def __init__(self, rest: Rest, feeds: SharedConnections, *, seconds: float = GREEKS_SECONDS) -> None:
        self._rest = rest
        self._feeds = feeds
        self._seconds = seconds

    async def greeks(self, link_id: str, instruments: Sequence[Instrument]) -> dict[str, Greeks]:
        """By tastytrade symbol; what was not told within the deadline is missing.

        Raises Unavailable when nothing was told at all, or too much is asked.
        """
        wanted = {i.streamer_symbol: i.symbol for i in instruments if i.streamer_symbol}
        if not wanted:
            return {}
        if len(wanted) > MOST_GREEKS:
            raise Unavailable(f"Greeks of more than {MOST_GREEKS} contracts are not asked for at once.")
        found: dict[str, Greeks] = {}
        try:
            async with asyncio.timeout(self._seconds):
                environment = (await self._rest.sessions.of(link_id)).environment
                connection = self._feeds.connection(_Owner(link_id, environment))
                with _Question(connection, frozenset(wanted)) as question:
                    try:
                        await question.wait()
                    finally:
                        found = _read(connection, wanted, question.told())
        except TimeoutError:
            pass
        if not found:
            raise Unavailable("The broker gave no greeks in time.")
        return found


def _read(connection: MarketConnection, wanted: dict[str, str], told: Iterable[str]) -> dict[str, Greeks]:
    found = {}
    for name in told:
        values, at = connection.values.greeks[name]
        price, volatility, delta, gamma, theta, _, vega = (raw.number(value) for value in values)
        if delta is not None and abs(delta) <= _WHOLE:
            found[wanted[name]] = Greeks(delta, gamma, theta, vega, volatility, price, at=at[0])
    return found
