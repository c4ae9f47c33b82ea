"""Which events make which values: what is subscribed for a wanted key, and where the columns of a frame go.

No sockets and no clock: frames come in with the moment at which they came.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from senexbot.broker import dxlink, raw
from senexbot.broker.conflation import FAR, KINDS, Row, Rows, Told, View
from senexbot.broker.dxlink import Columns, Subscription
from senexbot.broker.pulse import Moment
from senexbot.domain.alerting.terms import Field
from senexbot.ports import DayFigures, Key, Quiet

STANDS = 2.0  # seconds: a quote far from the one before that nothing has taken back since is the market
DAYS = (dxlink.SUMMARY, dxlink.PROFILE)
PRICED = (Field.LAST, Field.BID, Field.ASK, Field.MID)  # fields whose silence may be a standstill
_NUMBERS = (float, int)
_GREEKS = {  # field to its column
    Field.IV: 1,
    Field.DELTA: 2,
    Field.GAMMA: 3,
    Field.THETA: 4,
    Field.RHO: 5,
    Field.VEGA: 6,
}
_BOOK = (Field.BID, Field.ASK, Field.MID)
Book = tuple[Row | None, Row | None, Row | None]  # rows of bid, ask and mid


def is_option(streamer_symbol: str) -> bool:
    """`.SPY261218P590`, `./ESZ6P5000:XCME`."""
    return streamer_symbol.startswith(".")


def events_of(key: Key) -> tuple[str, ...]:
    """The event types that make this value. Raises ValueError for what is not streamed."""
    match key.field:
        case Field.LAST | Field.VOLUME:
            return (dxlink.TRADE,)
        case Field.BID | Field.ASK | Field.MID:
            return (dxlink.QUOTE,)
        case Field.MARK:
            return (dxlink.TRADE, dxlink.QUOTE)
        case Field.IV if not is_option(key.streamer_symbol):
            return (dxlink.UNDERLYING,)
        case field if field in _GREEKS:
            return (dxlink.GREEKS,)
    raise ValueError(f"{key.field} is not streamed")


def rows_of(field: Field) -> tuple[Field, ...]:
    """The rows behind a value. Each symbol whose trades come has one of its last trade."""
    if field is Field.MARK:
        return (Field.MARK, Field.LAST, Field.BID, Field.ASK)
    return (field, Field.LAST) if field is Field.VOLUME else (field,)


class DayUser(Told):
    """A user who may want to know what Summary and Profile say."""

    @abstractmethod
    def day_changed(self, streamer_symbol: str) -> None: ...


class MarketValues:
    """The values of one connection. `changed_needs` is called when something else has to be subscribed."""

    def __init__(self, changed_needs: Callable[[], None]) -> None:
        self.rows = Rows()
        self.dirty: set[Subscription] = set()  # what is needed from now on, or no longer
        self.days: dict[str, DayFigures] = {}
        self.halted: dict[str, bool] = {}
        self.greeks: dict[str, tuple[tuple[Any, ...], Moment]] = {}  # as ASKED has them, after the symbol
        self.greek_listeners: set[Callable[[], None]] = set()
        self._changed_needs = changed_needs
        self._needs: defaultdict[str, dict[str, int]] = defaultdict(dict)
        self._books: dict[str, Book] = {}
        self._questioned: set[str] = set()  # last trades that wait for a quote around them
        self._day_users: defaultdict[str, set[DayUser]] = defaultdict(set)
        self._last, self._volumes, self._marks = (
            self.rows.tables[field] for field in (Field.LAST, Field.VOLUME, Field.MARK)
        )

    # -- who wants what ----------------------------------------------------------------------------------

    def follow(self, user: Told, key: Key, quiet: Quiet) -> View:
        """Raises ValueError for what is not streamed."""
        name, events = key.streamer_symbol, events_of(key)
        row, *_ = [self.rows.use(field, name) for field in rows_of(key.field)]
        self.need((event, name) for event in events)
        view = View(user, key, row, quiet)
        row.views += (view,)
        self._rebook(name)
        return view

    def unfollow(self, view: View) -> None:
        key = view.key
        view.row.views = tuple(other for other in view.row.views if other is not view)
        view.user.changed.pop(view, None)
        for field in rows_of(key.field):
            self.rows.leave(field, key.streamer_symbol)
        self.spare((event, key.streamer_symbol) for event in events_of(key))
        self._rebook(key.streamer_symbol)

    def follow_day(self, user: DayUser, streamer_symbol: str) -> None:
        self._day_users[streamer_symbol].add(user)
        self.need((event, streamer_symbol) for event in DAYS)

    def unfollow_day(self, user: DayUser, streamer_symbol: str) -> None:
        users = self._day_users[streamer_symbol]
        users.discard(user)
        self.spare((event, streamer_symbol) for event in DAYS)
        if not users:
            del self._day_users[streamer_symbol]
            self.days.pop(streamer_symbol, None)
            self.halted.pop(streamer_symbol, None)

    def probe(self, names: Iterable[str]) -> None:
        """Last trades that nobody looks at, from now on."""
        for name in names:
            self.rows.use(Field.LAST, name)
            self.need([(dxlink.TRADE, name)])

    def unprobe(self, names: Iterable[str]) -> None:
        for name in names:
            self.rows.leave(Field.LAST, name)
            self.spare([(dxlink.TRADE, name)])

    def need(self, lines: Iterable[Subscription]) -> None:
        """Count one user more of these events."""
        for event, name in lines:
            needs = self._needs[event]
            needs[name] = needs.get(name, 0) + 1
            if needs[name] == 1:
                self._soil((event, name))

    def spare(self, lines: Iterable[Subscription]) -> None:
        """One user less."""
        for event, name in lines:
            needs = self._needs[event]
            needs[name] -= 1
            if not needs[name]:
                del needs[name]
                if event == dxlink.GREEKS:
                    self.greeks.pop(name, None)
                self._soil((event, name))

    def _soil(self, line: Subscription) -> None:
        if not self.dirty:
            self._changed_needs()
        self.dirty.add(line)

    def is_needed(self, line: Subscription) -> bool:
        return line[1] in self._needs[line[0]]

    def needed(self) -> set[Subscription]:
        return {(event, name) for event, names in self._needs.items() for name in names}

    def lines_of(self, names: Iterable[str]) -> set[Subscription]:
        """The subscriptions whose silence made these symbols suspects."""
        return {
            (event, name)
            for name in names
            for event in (dxlink.TRADE, dxlink.QUOTE)
            if name in self._needs[event]
        }

    def _rebook(self, name: str) -> None:
        """Only what quotes come for has a book; that of a questioned trade has no rows."""
        if name not in self._needs[dxlink.QUOTE]:
            self._books.pop(name, None)
            return
        bid, ask, mid = (self.rows.tables[field].get(name) for field in _BOOK)
        self._books[name] = (bid, ask, mid)

    # -- frames ------------------------------------------------------------------------------------------

    def feed(self, told: Iterable[tuple[str, Columns]], at: Moment) -> None:
        """The events of one frame, unchecked."""
        for event, columns in told:
            if event == dxlink.TRADE:
                names, prices, volumes = columns
                self.rows.column(self._last, names, prices, at)
                if self._volumes:
                    self.rows.sparse(self._volumes, names, volumes, at)
                if self._marks:
                    self._mark(names, at)
            elif event == dxlink.QUOTE:
                self._quotes(columns, at)
            elif event == dxlink.GREEKS:
                self._take_greeks(columns, at)
            elif event == dxlink.UNDERLYING:
                names, shares = columns
                self.rows.sparse(self.rows.tables[Field.IV], names, shares, at)
            else:
                self._take_days(event, columns)
        if self.rows.suspects or self._questioned:
            self._question(at)

    def _quotes(self, columns: Columns, at: Moment) -> None:
        """Bid, ask and mid of each quote that makes sense. A bid of zero is real for an option: nobody wants it."""
        books, rows = self._books, self.rows
        for name, bid, ask in zip(*columns, strict=True):
            try:
                bid_row, ask_row, mid_row = books[name]
                is_sound = 0 <= bid <= ask and ask > 0 and (bid > 0 or is_option(name))
            except (KeyError, TypeError):
                self._half_quote(name, bid, ask, at)
                continue
            if not is_sound:
                rows.dropped += 1
                continue
            if bid_row is not None and bid:
                if bid_row.floor <= bid <= bid_row.ceiling:
                    bid_row.last, bid_row.at = bid, at
                else:
                    rows.moved(bid_row, bid, at)
            if ask_row is not None:
                if ask_row.floor <= ask <= ask_row.ceiling:
                    ask_row.last, ask_row.at = ask, at
                else:
                    rows.moved(ask_row, ask, at)
            if mid_row is not None and type(bid) is not bool and type(ask) is not bool:
                rows.take(mid_row, (bid + ask) / 2, at)
            if name in self._questioned:
                self._confirm(name, (bid + ask) / 2, at)
        if self._marks:
            self._mark(columns[0], at)

    def _half_quote(self, name: Any, bid: Any, ask: Any, at: Moment) -> None:
        """One side is NaN or missing: the other may be real. There is no middle then."""
        book = self._books.get(name) if type(name) is str else None
        if book is None or (type(bid) in _NUMBERS) == (type(ask) in _NUMBERS):
            self.rows.dropped += 1
            return
        row, value = (book[0], bid) if type(bid) in _NUMBERS else (book[1], ask)
        if row is not None:
            self.rows.take(row, value, at)

    def _mark(self, names: Sequence[Any], at: Moment) -> None:
        """The last trade, kept between bid and ask; without a trade the middle."""
        tables = self.rows.tables
        for name in names:
            row = self._marks.get(name) if type(name) is str else None
            if row is None:
                continue
            last, bid, ask = (tables[f][name].last for f in (Field.LAST, Field.BID, Field.ASK))
            if last is None:
                last = (bid + ask) / 2 if bid is not None and ask is not None else None
            if last is not None:
                low = last if ask is None else min(last, ask)
                self.rows.take(row, float(low if bid is None else max(low, bid)), at)

    def _take_greeks(self, columns: Columns, at: Moment) -> None:
        needs, tables = self._needs[dxlink.GREEKS], self.rows.tables
        for name, *values in zip(*columns, strict=True):
            if type(name) is not str or name not in needs:
                self.rows.dropped += 1
                continue
            self.greeks[name] = (tuple(values), at)
            for field, column in _GREEKS.items():
                row = tables[field].get(name)
                if row is not None:
                    self.rows.take(row, values[column], at)
        for listener in self.greek_listeners:
            listener()

    def _take_days(self, event: str, columns: Columns) -> None:
        for name, *values in zip(*columns, strict=True):
            users = self._day_users.get(name) if type(name) is str else None
            if not users:
                continue
            before = self.days.get(name, DayFigures())
            if event == dxlink.SUMMARY:
                day, opened, high, low, close = values
                after = replace(
                    before,
                    day_id=raw.whole(day),
                    day_open=raw.positive(opened),
                    day_high=raw.positive(high),
                    day_low=raw.positive(low),
                    previous_close=raw.positive(close),
                )
            else:
                status, high, low = values
                self.halted[name] = status == "HALTED"
                after = replace(before, high_52_week=raw.positive(high), low_52_week=raw.positive(low))
            if after != before:
                self.days[name] = after
                for user in users:
                    user.day_changed(name)

    # -- suspects ------------------------------------------------------------------------------------------

    def _question(self, at: Moment) -> None:
        """A print that looks like a spike is believed when the market's quote stands near it: ask for one (F61)."""
        suspects = {row.name for row in self.rows.suspects if row.kind is KINDS[Field.LAST]}
        for name in suspects - self._questioned:
            self.need([(dxlink.QUOTE, name)])
            self._rebook(name)
            mid = self._books[name][2]
            if mid is not None and mid.last is not None and not mid.held:
                self._confirm(name, mid.last, at)
        gone = self._questioned - suspects
        self._questioned = suspects
        for name in gone:
            self.spare([(dxlink.QUOTE, name)])
            self._rebook(name)

    def _confirm(self, name: str, mid: float, at: Moment) -> None:
        row = self._last.get(name)
        if row is not None and row.held and abs(mid - row.held) <= FAR * row.held:
            self.rows.confirm(row, at)

    def let_stand(self, now: Moment) -> None:
        """Believe the quotes that are far from the ones before, and still the newest after a while."""
        for row in tuple(self.rows.suspects):
            if row.kind is KINDS[Field.LAST] or row.held_at is None:
                continue
            if now[1] - row.held_at[1] >= STANDS:
                self.rows.confirm(row, now)

    def stamps(self) -> dict[str, datetime]:
        """When the newest price of each symbol came."""
        return self.rows.stamps(PRICED)
