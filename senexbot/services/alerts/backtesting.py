"""How often an alert would have fired in the last 30 days, from the broker's candles. Reading takes seconds at most;
what was read is kept for a minute, so that a person who tries three levels waits once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import structlog

from senexbot.domain.alerting.backtest import Backtest, as_every_time, backtest, untold
from senexbot.domain.alerting.candle_steps import History
from senexbot.domain.alerting.drawn import Drawn, drawn_of
from senexbot.domain.alerting.reading import parse_alert
from senexbot.domain.alerting.rules import AlertRule
from senexbot.domain.alerting.terms import AlertTerms, Field, Hours
from senexbot.domain.alerting.trees import days_in, sources_in
from senexbot.domain.alerting.words import words_of
from senexbot.domain.calendar import in_regular_hours, trading_day
from senexbot.domain.candles import Candle
from senexbot.domain.errors import BrokerFault
from senexbot.domain.links import Actor
from senexbot.domain.parsing_quote import parse_quote
from senexbot.ports import CandleReads, Clock
from senexbot.services.accounts import Accounts
from senexbot.services.quotes import Quotes

log = structlog.get_logger()
BACK = timedelta(days=30)
YEAR_BACK = timedelta(days=400)
PERIOD, PERIOD_WORD = timedelta(minutes=5), "5m"
KEPT_SECONDS = 60.0
LINE_SECONDS = 1.5  # that a card which was just set waits for its line
MOST_KEPT = 50
Key = tuple[str, str, str, bool]


@dataclass(frozen=True, slots=True)
class Tested:
    """What the candles say. `words`: the alert's own. `found`: None where no candle tells (`untold`: which values).
    `reach`: how far back the candles go. `counts_moments`: it fires once, and how often it came true is told."""

    text: str
    words: str
    counts_moments: bool
    found: Backtest | None
    untold: tuple[Field, ...]
    reach: timedelta
    drawn: Drawn | None


class Backtesting:
    def __init__(
        self,
        *,
        accounts: Accounts,
        quotes: Quotes,
        candles: CandleReads,
        clock: Clock,
        exchange_zone: tzinfo,
    ) -> None:
        self._accounts = accounts
        self._quotes = quotes
        self._candles = candles
        self._clock = clock
        self._zone = exchange_zone
        self._kept: dict[Key, tuple[float, asyncio.Task[tuple[Candle, ...]]]] = {}
        self._one = asyncio.Semaphore(
            1
        )  # it computes in a thread of its own; more of them would slow everybody

    async def of_text(self, actor: Actor, text: str) -> Tested:
        """Of an alert as it would be set. Raises ParseError, NotConnected, BrokerFault."""
        terms = parse_alert(text, trading_day(self._clock.now(), self._zone))
        link = await self._accounts.link(actor)
        streamers: dict[str, str] = {}
        names: dict[str, str] = {}
        for symbol in dict.fromkeys(source.symbol for source in sources_in(terms.condition)):
            (term,) = parse_quote(symbol)
            instrument = await self._quotes.need(link.id, term, command="quote {}")
            streamers[symbol], names[symbol] = instrument.streamer_symbol, instrument.words
        return await self._of(link.id, terms, text, streamers, names)

    async def of_rule(self, rule: AlertRule) -> Tested:
        """Of an alert that is set. Raises BrokerFault."""
        streamers = {one.symbol: one.streamer_symbol for one in rule.instruments}
        names = {one.symbol: one.words for one in rule.instruments}
        return await self._of(rule.link_id, rule.terms, rule.text, streamers, names)

    async def at_once(self, rule: AlertRule) -> Tested | None:
        """For the card of an alert that was just set: None when it is not known in a moment. It never fails."""
        task = asyncio.ensure_future(self.of_rule(rule))
        done, _ = await asyncio.wait({task}, timeout=LINE_SECONDS)
        if not done:
            task.add_done_callback(_forget_fault)  # what it reads is kept for whoever asks next
            return None
        return None if task.exception() is not None else task.result()

    async def _of(
        self,
        link_id: str,
        terms: AlertTerms,
        text: str,
        streamers: Mapping[str, str],
        names: Mapping[str, str],
    ) -> Tested:
        asked = as_every_time(terms)
        words, once = words_of(terms, names), asked is not terms
        missing = untold(terms.condition)
        if missing:
            return Tested(text, words, once, None, missing, BACK, None)
        since = self._clock.now() - BACK
        regular = terms.hours is Hours.REGULAR
        candles = await self._read(link_id, streamers, PERIOD_WORD, since, regular=regular)
        daily: Mapping[str, tuple[Candle, ...]] = {}
        if watched := days_in(terms.condition):
            year = {symbol: name for symbol, name in streamers.items() if symbol in watched}
            daily = await self._read(link_id, year, "1d", self._clock.now() - YEAR_BACK, regular=False)
        history = History(candles, PERIOD, self._zone, self._is_open, daily)
        async with self._one:
            found = await asyncio.to_thread(backtest, asked, history)
        return Tested(text, words, once, found, (), self._reach(candles), drawn_of(terms.condition, candles))

    def _is_open(self, moment: datetime) -> bool:
        return in_regular_hours(moment, self._zone)

    def _reach(self, candles: Mapping[str, tuple[Candle, ...]]) -> timedelta:
        """How far back all of them go; a weekend at the beginning counts as candles."""
        firsts = [rows[0].at for rows in candles.values() if rows]
        if len(firsts) < len(candles):
            return timedelta()
        reach = self._clock.now() - max(firsts)
        return BACK if reach > BACK - timedelta(days=4) else reach

    async def _read(
        self, link_id: str, streamers: Mapping[str, str], period: str, since: datetime, *, regular: bool
    ) -> Mapping[str, tuple[Candle, ...]]:
        found = await asyncio.gather(
            *(self._candles_of((link_id, name, period, regular), since) for name in streamers.values())
        )
        return dict(zip(streamers, found, strict=True))

    async def _candles_of(self, key: Key, since: datetime) -> tuple[Candle, ...]:
        """Read once for all who ask within a minute. Raises BrokerFault."""
        now = self._clock.monotonic()
        for old, (until, _) in tuple(self._kept.items()):
            if until <= now:
                del self._kept[old]
        kept = self._kept.get(key)
        if kept is None:
            while len(self._kept) >= MOST_KEPT:
                del self._kept[next(iter(self._kept))]
            link_id, name, period, regular = key
            task = asyncio.ensure_future(
                self._candles.candles(link_id, name, period=period, since=since, is_regular_only=regular)
            )
            task.add_done_callback(_forget_fault)
            kept = self._kept[key] = now + KEPT_SECONDS, task
        try:
            return await asyncio.shield(kept[1])
        except BrokerFault:
            self._kept.pop(key, None)
            raise


def _forget_fault(task: asyncio.Task[object]) -> None:
    """Whoever waited has it; nobody is left to raise it to."""
    if not task.cancelled() and task.exception() is not None:
        log.info("candles.unread", fault=type(task.exception()).__name__)
