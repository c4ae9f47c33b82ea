"""After a blind time: what the alerts missed, from candles of one minute of the gap (I47, F60).

The engine asks when the line is back, and at its start for the time in which nobody watched. It stores what is found
like any firing: the stored version decides, so what the stream has shown meanwhile is not told again.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

import structlog

from senexbot.domain.alerting.backtest import untold
from senexbot.domain.alerting.candle_steps import History
from senexbot.domain.alerting.gap import lead_of, missed
from senexbot.domain.alerting.memory import Memory
from senexbot.domain.alerting.rules import AlertRule
from senexbot.domain.alerting.terms import Source
from senexbot.domain.alerting.trees import days_in
from senexbot.domain.calendar import in_regular_hours
from senexbot.domain.candles import Candle
from senexbot.domain.errors import BrokerFault
from senexbot.domain.links import Link
from senexbot.domain.news import NoticeNews
from senexbot.ports import CandleReads, Clock, Outgoing

log = structlog.get_logger()
PERIOD, PERIOD_WORD = timedelta(minutes=1), "1m"
LONGEST = timedelta(days=4)  # a longer absence is checked from there on
YEAR_BACK = timedelta(days=400)
MOST_NAMED = 5
SIDE_BY_SIDE = 8


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert and what it remembered when the gap began for it, at `since`: evaluating.recall of its row."""

    rule: AlertRule
    memory: Memory
    since: datetime


@dataclass(frozen=True, slots=True)
class Missed:
    """It became true at `at` (the minute is known) with `value`; `values`: of every source then, for the words."""

    rule: AlertRule
    value: Decimal
    values: tuple[tuple[Source, Decimal], ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Checked:
    """`unchecked`: those that moved market or missing candles leave in doubt, with why in words."""

    missed: tuple[Missed, ...]
    unchecked: tuple[tuple[AlertRule, str], ...]


class CandleCheck:
    def __init__(self, *, candles: CandleReads, clock: Clock, exchange_zone: tzinfo) -> None:
        self._candles = candles
        self._clock = clock
        self._zone = exchange_zone
        self._turns = asyncio.Semaphore(SIDE_BY_SIDE)

    async def check(self, link: Link, waiting: Sequence[Waiting], *, since: datetime) -> Checked:
        """What these missed from `since` until now. Each symbol is read once. Raises nothing: what cannot be read
        leaves its alerts unchecked."""
        since = max(since, self._clock.now() - LONGEST)
        minutes, daily = await self._read(link.id, [one.rule for one in waiting], since)
        return await asyncio.to_thread(self._look, waiting, minutes, daily, since)

    def _look(
        self,
        waiting: Sequence[Waiting],
        minutes: Mapping[str, tuple[Candle, ...] | None],
        daily: Mapping[str, tuple[Candle, ...] | None],
        since: datetime,
    ) -> Checked:
        found: list[Missed] = []
        unchecked: list[tuple[AlertRule, str]] = []
        for one in waiting:
            rule = one.rule
            streamers = {i.symbol: i.streamer_symbol for i in rule.instruments}
            mine = {symbol: minutes.get(name) for symbol, name in streamers.items()}
            years = {symbol: daily.get(streamers[symbol]) or () for symbol in days_in(rule.terms.condition)}
            begins = max(since, one.since)
            doubt = self._doubt(rule, mine, years, begins)
            if doubt is not None:
                unchecked += [(rule, doubt)] if doubt else []
                continue
            known = {symbol: rows or () for symbol, rows in mine.items()}
            history = History(known, PERIOD, self._zone, self._is_open, years)
            hit = missed(rule.terms, one.memory, history, since=begins, armed_at=rule.armed_at)
            if hit is not None and hit.value is not None:
                found.append(Missed(rule, hit.value, hit.values, hit.at))
        return Checked(tuple(found), tuple(unchecked))

    def _doubt(
        self,
        rule: AlertRule,
        minutes: Mapping[str, tuple[Candle, ...] | None],
        years: Mapping[str, tuple[Candle, ...]],
        since: datetime,
    ) -> str | None:
        """Why it cannot be checked; "" where nothing moved meanwhile, so that there is nothing to check; None: it can.

        A night and a weekend have no candles, and wake nobody."""
        unread = any(rows is None for rows in minutes.values())
        moved = any(one.at + PERIOD > since for rows in minutes.values() for one in rows or ())
        if unread:
            return "its candles could not be read" if moved or self._was_open(since) else ""
        if not moved:
            return ""
        fields = untold(rule.terms.condition)
        if fields:
            return f"candles do not tell {', '.join(field.value for field in fields)}"
        if any(not rows for rows in years.values()):
            return "its daily candles could not be read"
        return None

    async def _read(
        self, link_id: str, rules: Sequence[AlertRule], since: datetime
    ) -> tuple[Mapping[str, tuple[Candle, ...] | None], Mapping[str, tuple[Candle, ...] | None]]:
        """By streamer symbol; None where it failed."""
        begins: dict[str, datetime] = {}
        yearly: set[str] = set()
        for rule in rules:
            start = since - lead_of(rule.terms) - PERIOD
            watched = days_in(rule.terms.condition)
            for one in rule.instruments:
                begins[one.streamer_symbol] = min(start, begins.get(one.streamer_symbol, start))
                if one.symbol in watched:
                    yearly.add(one.streamer_symbol)
        year = self._clock.now() - YEAR_BACK
        minutes, daily = await asyncio.gather(
            self._all(link_id, PERIOD_WORD, begins), self._all(link_id, "1d", dict.fromkeys(yearly, year))
        )
        return minutes, daily

    async def _all(
        self, link_id: str, period: str, begins: Mapping[str, datetime]
    ) -> dict[str, tuple[Candle, ...] | None]:
        names = tuple(begins)
        rows = await asyncio.gather(*(self._one(link_id, name, period, begins[name]) for name in names))
        return dict(zip(names, rows, strict=True))

    async def _one(self, link_id: str, name: str, period: str, since: datetime) -> tuple[Candle, ...] | None:
        try:
            async with self._turns:
                return await self._candles.candles(link_id, name, period=period, since=since)
        except BrokerFault as fault:
            log.info("gap.unread", symbol=name, code=fault.code)
            return None

    def _is_open(self, moment: datetime) -> bool:
        return in_regular_hours(moment, self._zone)

    def _was_open(self, since: datetime) -> bool:
        """Whether regular hours ran at any time since."""
        moment, now = since, self._clock.now()
        while moment < now:
            if self._is_open(moment):
                return True
            moment += timedelta(minutes=15)
        return self._is_open(now)


def unchecked_notices(
    unchecked: Iterable[tuple[AlertRule, str]], link: Link, *, since: datetime, now: datetime
) -> tuple[Outgoing, ...]:
    """One message an owner, which says from when to when and which alerts nobody can check."""
    by_owner: defaultdict[str, list[tuple[AlertRule, str]]] = defaultdict(list)
    for rule, why in unchecked:
        by_owner[rule.owner].append((rule, why))
    return tuple(
        Outgoing(
            key=f"user:{owner}",
            news=NoticeNews(
                "gap_unchecked",
                (
                    ("count", str(len(rows))),
                    ("which", _named(rows)),
                    ("since", f"{since:%H:%M:%S} UTC"),
                    ("until", f"{now:%H:%M:%S} UTC"),
                    ("environment", link.environment.label),
                ),
                now,
            ),
            dedupe=f"gap_unchecked:{link.id}:{owner}:{since.isoformat()}",
            to_user=owner,
        )
        for owner, rows in by_owner.items()
    )


def _named(rows: Sequence[tuple[AlertRule, str]]) -> str:
    """`3 (AAPL bid > 200): candles do not tell bid; …`."""
    shown = "; ".join(f"{rule.number} ({rule.text}): {why}" for rule, why in rows[:MOST_NAMED])
    left = len(rows) - MOST_NAMED
    return f"{shown}; and {left} more" if left > 0 else shown
