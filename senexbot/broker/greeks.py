"""Greeks of a handful of contracts, asked for once: a DXLink line that is opened, read and closed again.

The alert engine's feed is another one; nothing here stays connected.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from senexbot.broker import dxlink, raw, websocket
from senexbot.broker.drift import Drift
from senexbot.broker.market_line import MarketLimits, MarketLine
from senexbot.broker.quote_token import quote_token
from senexbot.broker.rest import Rest
from senexbot.broker.websocket import LineLost
from senexbot.domain.chain import Greeks
from senexbot.domain.errors import Unavailable
from senexbot.domain.instruments import Instrument

log = logging.getLogger(__name__)

MOST_GREEKS = 1000  # contracts of one question
GREEKS_SECONDS = 6.0  # from asking to the last answer; what has not come by then is missing
SEND_SECONDS = 3.0
_WHOLE = Decimal(1)


class GreeksReads:
    """One question at a time; each opens a line of its own."""

    def __init__(self, rest: Rest, drift: Drift, *, seconds: float = GREEKS_SECONDS) -> None:
        self._rest = rest
        self._clock = rest.clock
        self._drift = drift
        self._seconds = seconds
        self._limits = MarketLimits(handshake=seconds, silence=seconds, send=SEND_SECONDS, auths=1)

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
                await self._ask(link_id, wanted, found)
        except (TimeoutError, LineLost) as trouble:
            log.info("greeks: %s", trouble or "late")
        if not found:
            raise Unavailable("The broker gave no greeks in time.")
        return found

    async def _ask(self, link_id: str, wanted: dict[str, str], found: dict[str, Greeks]) -> None:
        environment = (await self._rest.sessions.of(link_id)).environment
        token, url = await quote_token(self._rest, link_id, environment)
        async with websocket.connected(url, limit=self._seconds) as socket:
            layouts = dict(dxlink.GREEKS_FIELDS)
            line = MarketLine(
                socket, token, self._clock.now(), self._limits, self._drift, lambda: None, layouts
            )
            await line.open(_no_error)
            for message in dxlink.subscriptions(wanted, (), dxlink.GREEKS):
                await line.send(message)
            silent = set(wanted)
            while silent:
                for row in self._rows(line, await line.hear()):
                    self._add(row, wanted, found)
                    silent.discard(str(row[0]))

    def _rows(self, line: MarketLine, message: raw.Raw) -> list[tuple[Any, ...]]:
        """The greeks of a message; none when it is about something else."""
        kind = message.get("type")
        if kind == "FEED_CONFIG":
            line.layouts = dxlink.layouts(message, line.layouts)
        elif kind in {"ERROR", "CHANNEL_CLOSED"}:
            raise LineLost("the broker ended the channel")
        elif kind == "FEED_DATA":
            rows = dxlink.greeks(message.get("data"), line.layouts)
            if rows is not None:
                return rows
            self._drift.note("greeks that cannot be read", message.get("data"))
        return []

    def _add(self, row: tuple[Any, ...], wanted: dict[str, str], found: dict[str, Greeks]) -> None:
        symbol, *values = row
        delta, gamma, theta, vega, volatility, price = (raw.number(value) for value in values)
        if symbol in wanted and delta is not None and abs(delta) <= _WHOLE:
            found[wanted[symbol]] = Greeks(delta, gamma, theta, vega, volatility, price, at=self._clock.now())


def _no_error(message: raw.Raw) -> None:
    """What comes between the steps of the handshake: nothing is waited for after an error."""
    if message.get("type") == "ERROR":
        raise LineLost("the broker reported an error")
