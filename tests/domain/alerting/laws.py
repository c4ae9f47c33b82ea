"""Terms, looks and histories for the laws of alerts, as hypothesis draws them; and a follower that sees every look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from senexbot.domain.alerting.evaluating import Memory, Stepped, begin, step
from senexbot.domain.alerting.looks import Look, Seen
from senexbot.domain.alerting.terms import (
    AlertTerms,
    All,
    Amount,
    Any,
    Band,
    Condition,
    Cross,
    Direction,
    Extreme,
    Field,
    Gap,
    Held,
    Hours,
    Level,
    Move,
    Not,
    Often,
    Period,
    Ratio,
    Reach,
    Repeat,
    Side,
    Source,
    Sum,
    Trail,
    Way,
    Weighted,
)
from senexbot.domain.alerting.windows import Windows

A, B = Source("AAPL"), Source("SPY")
START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
DAY = date(2026, 11, 23)
DAY_ID = 20780


@dataclass(frozen=True)
class Figures:
    day_open: Decimal | None = None
    day_high: Decimal | None = None
    day_low: Decimal | None = None
    previous_close: Decimal | None = None
    high_52_week: Decimal | None = None
    low_52_week: Decimal | None = None
    day_id: int | None = DAY_ID


def D(text: object) -> Decimal:
    return Decimal(str(text))


def seen(last: object, low: object = None, high: object = None) -> Seen:
    last = D(last)
    return Seen(last, last if low is None else D(low), last if high is None else D(high))


def above(level: object, source: Source | Sum | Ratio = A) -> Level:
    return Level(source, Side.ABOVE, D(level))


def below(level: object, source: Source | Sum | Ratio = A) -> Level:
    return Level(source, Side.BELOW, D(level))


@dataclass
class Follower:
    """One alert, looked at by hand. `firings`: the number of each look at which it fired, and what was told."""

    terms: AlertTerms
    memory: Memory = None  # type: ignore[assignment]
    windows: Windows = field(default_factory=Windows)
    values: dict[Source, Seen] = field(default_factory=dict)
    days: dict[str, Figures] = field(default_factory=dict)
    at: datetime = START
    day: date = DAY
    is_open: bool = True
    firings: list[Decimal | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.memory = self.memory or begin(self.terms)
        self.windows.want(self.terms.condition)

    def look(self, seconds: float = 1, **changed: Seen | None) -> Stepped:
        """`changed`: by "a" and "b"; the others are as they were."""
        self.at += timedelta(seconds=seconds)
        for name, one in changed.items():
            source = {"a": A, "b": B}[name]
            if one is None:
                self.values.pop(source, None)
            else:
                self.values[source] = one
        now = Look(
            self.at, self.day, dict(self.values), self.days, self.windows.ranges(self.at), self.is_open
        )
        stepped = step(self.terms, self.memory, now)
        self.windows.add(now)
        self.memory = stepped.memory
        if stepped.fired:
            self.firings.append(stepped.value)
        self.values = {source: Seen(one.last, one.last, one.last) for source, one in self.values.items()}
        return stepped

    def ticks(self, *prices: object) -> list[bool]:
        """One look a tick of the first source; whether each fired."""
        return [self.look(a=seen(price)).fired for price in prices]


def spans(prices: Sequence[Decimal], cuts: Iterable[bool]) -> list[Seen]:
    """The ticks conflated: a new span begins where a cut is."""
    groups: list[list[Decimal]] = []
    for price, cut in zip(prices, cuts, strict=True):
        if cut or not groups:
            groups.append([])
        groups[-1].append(price)
    return [Seen(group[-1], min(group), max(group)) for group in groups]


prices = st.integers(min_value=190, max_value=210).map(Decimal)
fine_prices = st.integers(min_value=1900, max_value=2100).map(lambda n: Decimal(n) / 10)
sources = st.sampled_from([A, B])
sides = st.sampled_from(Side)
amounts = st.one_of(
    st.integers(1, 6).map(lambda n: Amount(Decimal(n))),
    st.integers(1, 4).map(lambda n: Amount(Decimal(n), is_percent=True)),
)
times = st.sampled_from([timedelta(seconds=2), timedelta(seconds=5), timedelta(minutes=5)])
values = st.one_of(
    sources,
    st.just(Sum((Weighted(Decimal(1), A), Weighted(Decimal(-1), B)))),
    st.just(Ratio(A, B)),
)


def _levels(value: object) -> st.SearchStrategy[Decimal]:
    if isinstance(value, Source):
        return prices
    if isinstance(value, Sum):
        return st.integers(-8, 8).map(Decimal)
    return st.integers(95, 105).map(lambda n: Decimal(n) / 100)


def _leveled(kind: type[Level | Cross]) -> st.SearchStrategy[Level | Cross]:
    return values.flatmap(lambda value: st.builds(kind, st.just(value), sides, _levels(value)))


bands = st.builds(
    lambda value, way, low, width: Band(value, way, low, low + width),
    sources,
    st.sampled_from(Way),
    prices,
    st.integers(1, 6).map(Decimal),
)
tests = st.one_of(
    _leveled(Level),
    _leveled(Cross),
    bands,
    st.builds(Move, values, st.sampled_from(Direction), amounts, times),
    st.builds(Trail, values, st.sampled_from(Reach), amounts),
    st.builds(Gap, st.just("AAPL"), st.sampled_from(Direction), amounts),
    st.builds(Extreme, st.just("AAPL"), st.sampled_from(Reach), st.sampled_from(Period)),
)


def trees(leaves: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: All(tuple(parts))),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: Any(tuple(parts))),
            inner.map(Not),
            st.builds(Held, inner, times),
        ),
        max_leaves=4,
    )


conditions = trees(tests)
repeats = st.builds(
    Repeat,
    st.sampled_from(Often),
    st.one_of(st.none(), st.integers(1, 3).map(lambda n: Amount(Decimal(n)))),
    st.one_of(st.none(), st.just(timedelta(seconds=4))),
)
terms = st.builds(AlertTerms, conditions, repeats, hours=st.sampled_from(Hours))

__all__ = ["Field"]
