"""The watch over one link: values of its feed meet the alerts, and what becomes of them is stored before it is told.

Nothing is read from the feed while something is not stored: while the store is away the feed conflates, with its
lows and highs, and no crossing is lost (I41, I55).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol

import structlog

from senexbot.alerts.blindness import Blindness
from senexbot.alerts.board import Board, Outcome, key_of
from senexbot.alerts.polling import Polling, is_polled
from senexbot.alerts.standing import Standing
from senexbot.alerts.storing import Storing
from senexbot.domain.alerting.evaluating import mark_of
from senexbot.domain.alerting.hours import is_open, trades
from senexbot.domain.alerting.rules import AlertRule, RuleState, armed, marked
from senexbot.domain.alerting.terms import Field
from senexbot.domain.alerting.trees import sources_in
from senexbot.domain.calendar import trading_day
from senexbot.domain.errors import BrokerFault
from senexbot.domain.links import Link
from senexbot.domain.market import SessionState
from senexbot.domain.news import NoticeNews
from senexbot.ports import BrokerReads, Clock, Ids, Outgoing
from senexbot.ports.values import Key, Quiet, Span, Spans, ValueFeed
from senexbot.services.alerts.firing import Fired, firing_of
from senexbot.services.clocks import EXCHANGE_ZONE

log = structlog.get_logger()
TURN_SECONDS = 1.0  # between two looks at the clock: timers, windows, the session
SESSION_SECONDS = 60.0  # between two questions whether the session runs
WORTH_A_ROW = Decimal("0.0025")  # of a trail's extreme: a smaller step is not stored


class GapCheck(Protocol):
    """Looks in candles for what a blind time hid, and fires it, marked."""

    async def __call__(self, link: Link, keys: Sequence[Key], since: datetime, until: datetime) -> None: ...


class LinkWatch:
    def __init__(
        self,
        *,
        link: Link,
        feed: ValueFeed,
        reads: BrokerReads,
        storing: Storing,
        clock: Clock,
        ids: Ids,
        gap_check: GapCheck | None = None,
    ) -> None:
        self._link = link
        self._feed = feed
        self._reads = reads
        self._storing = storing
        self._clock = clock
        self._ids = ids
        self._gap_check = gap_check
        self._in_hand: Spans | None = None
        self._wanted: dict[Key, Quiet] = {}
        self._wanted_days: frozenset[str] = frozenset()
        self._turn = asyncio.Lock()  # one look at a time: the feed's, the clock's, the broker's
        self._state = SessionState.UNKNOWN
        self.firings = 0
        self.board = Board(feed)
        self.blindness = Blindness(clock=clock, waits=self._waits, tell=self._tell)
        self.standing = Standing(link=link, reads=reads, clock=clock, watch=self, tell=self.notify)
        self.polling = Polling(link=link, reads=reads, clock=clock, watch=self)

    # What is watched -------------------------------------------------------------------------------------------------

    async def load(self, rules: Sequence[AlertRule]) -> None:
        """The whole set as stored. One in memory of the same version keeps what it remembers, and of a newer one (it
        was stored after the set was read) stays."""
        async with self._turn:
            board = self.board
            fresh = {rule.id: rule for rule in rules}
            for rule_id in [one for one in board.entries if one not in fresh]:
                board.remove(rule_id)
            await self._let_go_of_the_past([rule for rule in rules if self._is_news(rule)])
            board.loads += 1
            new = [board.put(rule) for rule in rules if self._is_news(rule)]
            board.tidy()
            self._want()
            if new:
                self._session()
                await self._settle(board.meet(new, self._clock.now()), late=False)

    def _is_news(self, rule: AlertRule) -> bool:
        known = self.board.entries.get(rule.id)
        return known is None or known.rule.version < rule.version

    async def _let_go_of_the_past(self, rules: Sequence[AlertRule]) -> None:
        """What values did before these alerts were set concerns only those that were there: a low and a high that
        the feed still keeps would fire a new one for what is over (I46)."""
        keys = {key_of(rule, source) for rule in rules for source in sources_in(rule.terms.condition)}
        spans = self._feed.cut([key for key in keys if key in self.board.keys])
        if spans:
            self._session()
            await self._settle(self.board.take(spans, self._clock.now()), late=False)

    def rules_of(self, streamer_symbol: str) -> tuple[AlertRule, ...]:
        return self.board.rules_of(streamer_symbol)

    def latest(self, streamer_symbol: str) -> Span | None:
        return self._feed.latest(Key(streamer_symbol, Field.LAST))

    def polled(self) -> tuple[AlertRule, ...]:
        """The alerts that watch what the stream does not tell."""
        return tuple(
            entry.rule
            for entry in self.board.entries.values()
            if any(is_polled(place.key) for place in entry.places)
        )

    def silent(self) -> tuple[AlertRule, ...]:
        """The alerts over something of which nothing was ever told."""
        return self.board.silent()

    def let_go(self, rule: AlertRule) -> None:
        """It is stored otherwise now: the next round loads it, if it is still to be watched."""
        self.board.remove(rule.id)
        self._bands()

    # What happens ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Evaluate until cancelled."""
        async with asyncio.TaskGroup() as group:
            for work in (self._follow(), self._keep_time(), self._ask_session()):
                group.create_task(work)

    async def _follow(self) -> None:
        while True:
            # what was in hand when the watch ended by itself is met again: it left the feed and came nowhere
            told = self._in_hand or await self._feed.changes()
            self._in_hand = told
            loads = self.board.loads
            gap = await self.blindness.heard(told.blind_since, told.recovered_from)
            blind = told.recovered_from is not None or told.blind_since is not None
            for late in (False, True):
                spans = [one for one in told.spans if (blind or one.key.streamer_symbol in told.late) is late]
                await self.take(spans, late=late, loads=loads)
            if told.days:
                async with self._turn:
                    self._session()
                    await self._settle(self.board.figures(told.days, self._clock.now()), late=blind)
            self.standing.heard(told.still)
            if gap is not None and self._gap_check is not None and self.board.entries:
                await self._gap_check(self._link, tuple(self.board.keys), *gap)
            self._in_hand = None

    async def take(self, spans: Sequence[Span], *, late: bool = False, loads: int | None = None) -> None:
        """What these values did, against the alerts that it concerns; `loads`: as in Board.take."""
        if not spans:
            return
        async with self._turn:
            self._session()
            await self._settle(self.board.take(spans, self._clock.now(), loads=loads), late=late)

    async def _keep_time(self) -> None:
        """Timers that are due, windows that want to know what moved quietly, and a session that began or ended."""
        sampled = self._clock.now()
        while True:
            due, now = self.board.next_due(), self._clock.now()
            wait = TURN_SECONDS if due is None else min(max((due - now).total_seconds(), 0.0), TURN_SECONDS)
            await self._clock.sleep(wait)
            now = self._clock.now()
            width = self.board.windows.width()
            spans: tuple[Span, ...] = ()
            if width is not None and now - sampled >= width:
                sampled = now
                spans = self._feed.cut(self.board.window_keys())
            async with self._turn:
                outcomes = self._session_outcomes()
                outcomes += self.board.take(spans, now)
                outcomes += self.board.due(now)
                await self._settle(outcomes, late=False)
            await self.blindness.look()

    async def _ask_session(self) -> None:
        """Whether the session runs, as the broker has it: a table of hours knows no holidays."""
        while True:
            try:
                self._state = await self._reads.session_state(self._link.id)
            except BrokerFault as fault:
                log.info("alerts.session_unread", code=fault.code)
                self._state = SessionState.UNKNOWN
            await self._clock.sleep(SESSION_SECONDS)

    def _session_outcomes(self) -> list[Outcome]:
        now = self._clock.now()
        return self.board.session(
            trading_day(now, EXCHANGE_ZONE), is_open=is_open(self._state, now, EXCHANGE_ZONE), now=now
        )

    def _session(self) -> None:
        """Before a look: the day and session it belongs to. What that alone changes is met at the next turn."""
        self.board.stand(
            trading_day(now := self._clock.now(), EXCHANGE_ZONE),
            is_open=is_open(self._state, now, EXCHANGE_ZONE),
        )

    # What becomes of it ----------------------------------------------------------------------------------------------

    async def _settle(self, outcomes: Sequence[Outcome], *, late: bool) -> None:
        """Store what has changed, tell what has fired, and let the feed know the new bands."""
        fires: list[Fired] = []
        moves: list[AlertRule] = []
        for one in outcomes:
            if one.stepped.fired:
                fires.append(self._firing(one, late=late))
            else:
                moves += _moved(one)
        try:
            if fires:
                written = await self._storing.fire(fires)
                self.firings += len(written.stored)
                self._written(written.stored, written.stale)
            if moves:
                written = await self._storing.save(moves)
                self._written(written.stored, written.stale)
        finally:
            self._bands()

    def _firing(self, one: Outcome, *, late: bool) -> Fired:
        stepped = one.stepped
        return firing_of(
            one.rule,
            stepped.value,
            values=stepped.values,
            at=one.at,
            now=self._clock.now(),
            ids=self._ids,
            late=late,
        )

    def _written(self, stored: Sequence[AlertRule], stale: frozenset[str]) -> None:
        """A rule that is stored otherwise by now is let go; the next round loads it."""
        for rule in stored:
            entry = self.board.entries.get(rule.id)
            if entry is None:
                continue
            if rule.state is RuleState.FIRED:
                self.board.remove(rule.id)
            else:
                entry.rule = rule
        for rule_id in stale:
            self.board.remove(rule_id)

    def _want(self) -> None:
        """The whole set, with the bands as they are."""
        self.board.take_changed()
        streamed = [key for key in self.board.keys if not is_polled(key)]
        self._wanted = self.board.bands(streamed)
        self._wanted_days = self.board.day_symbols
        self._feed.want(self._wanted, self._wanted_days)

    def _bands(self) -> None:
        """What has changed of the bands. A key that came or went changes the set."""
        changed = {key for key in self.board.take_changed() if not is_polled(key)}
        if self.board.day_symbols != self._wanted_days or any(
            (key in self.board.keys) != (key in self._wanted) for key in changed
        ):
            self._want()
            return
        for key, band in self.board.bands(changed).items():
            if key in self._wanted and self._wanted[key] != band:
                self._wanted[key] = band
                self._feed.quieten(key, band)

    # What is told ----------------------------------------------------------------------------------------------------

    def _waits(self) -> bool:
        now = self._clock.now()
        return any(
            trades(entry.rule, self._state, now, EXCHANGE_ZONE) for entry in self.board.entries.values()
        )

    async def _tell(self, kind: str, since: datetime) -> None:
        params = (
            ("what", "Prices"),
            ("since", f"{since:%H:%M:%S} UTC"),
            ("until", f"{self._clock.now():%H:%M:%S} UTC"),
        )
        await self.notify(kind, self._link.user_id, params, since.isoformat())

    async def notify(self, kind: str, user: str, params: tuple[tuple[str, str], ...], dedupe: str) -> None:
        """`dedupe`: what makes it one of its kind for this person and link."""
        where = ("environment", self._link.environment.label)
        notice = Outgoing(
            key=f"user:{user}",
            news=NoticeNews(kind, (*params, where), self._clock.now()),
            dedupe=f"{kind}:alerts:{self._link.id}:{user}:{dedupe}",
            to_user=user,
        )
        await self._storing.durable(lambda tx: tx.outbox.put(notice))


def _moved(one: Outcome) -> list[AlertRule]:
    """What of a look without a firing is worth a row: that it arms, or that its trail has moved."""
    rule, after = one.rule, one.stepped.memory
    if after.phase is RuleState.ARMED and rule.state is not RuleState.ARMED:
        return [replace(armed(rule, one.at), last_value=one.stepped.value, mark=mark_of(rule.terms, after))]
    mark = mark_of(rule.terms, after)
    if mark is not None and (rule.mark is None or abs(mark - rule.mark) >= WORTH_A_ROW * abs(rule.mark)):
        return [marked(rule, mark)]
    return []
