"""Any terms that an alert may have, for laws."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from senexbot.domain.alerting.reading_values import is_option
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
    Severity,
    Side,
    Source,
    Sum,
    Trail,
    Value,
    Way,
    Weighted,
)
from senexbot.domain.alerting.trees import instruments_of, is_moment, tests_of
from senexbot.domain.routing.escalation import Escalation

from .texts import TODAY

GREEKS = {Field.DELTA, Field.GAMMA, Field.THETA, Field.VEGA, Field.RHO}
SIGNED = {Field.DELTA, Field.THETA, Field.RHO}
# some of them words of the language
SYMBOLS = (
    "AAPL",
    "SPY",
    "QQQ",
    "BRK/B",
    "/ESZ6",
    "/ES",
    "UP",
    "NEW",
    "OR",
    "MARK",
    "BID",
    "LOW",
    "GAPS",
    "FOR",
    "IV",
)
OPTIONS = ("SPY 18DEC26 562p", "SPY 18DEC26 630.5c", "SPY261218P00590000", "UP 15JAN27 5c")


def decimals(least: str, most: str, places: int = 2) -> st.SearchStrategy[Decimal]:
    return st.decimals(Decimal(least), Decimal(most), places=places, allow_nan=False)


def times(least: timedelta, most: timedelta) -> st.SearchStrategy[timedelta]:
    seconds = st.integers(int(least.total_seconds()), int(most.total_seconds()))
    return seconds.map(lambda s: timedelta(seconds=s))


def fields(symbol: str) -> st.SearchStrategy[Field]:
    not_its = {Field.IV_RANK} if is_option(symbol) else GREEKS
    return st.sampled_from([f for f in Field if f not in not_its])


symbols = st.sampled_from(SYMBOLS + OPTIONS)


@st.composite
def sources(draw: st.DrawFn) -> Source:
    symbol = draw(symbols)
    return Source(symbol, draw(fields(symbol)))


@st.composite
def values(draw: st.DrawFn) -> Value:
    kind = draw(st.sampled_from(("source", "source", "sum", "ratio")))
    if kind == "source":
        return draw(sources())
    named = draw(st.lists(symbols, min_size=2, max_size=2 if kind == "ratio" else 4, unique=True))
    one = draw(st.sampled_from((None, Field.LAST, Field.MID, Field.BID)))
    parts = [Source(s, one or draw(fields(s))) for s in named]
    if kind == "ratio":
        return Ratio(parts[0], parts[1])
    weights = st.sampled_from([Decimal(w) for w in ("1", "-1", "2", "-3", "0.5", "-100")])
    return Sum(tuple(Weighted(draw(weights), part) for part in parts))


def is_signed(value: Value) -> bool:
    return isinstance(value, Sum) or (isinstance(value, Source) and value.field in SIGNED)


def levels(value: Value) -> st.SearchStrategy[Decimal]:
    if isinstance(value, Source) and value.field is Field.DELTA:
        return decimals("-0.99", "0.99")
    if is_signed(value):
        return decimals("-1000", "1000", 4)
    if isinstance(value, Source) and value.field is Field.VOLUME:
        return st.integers(1, 10**9 - 1).map(Decimal)
    return decimals("0.01", "99.99")


def amounts(value: Value | None, most: str = "99") -> st.SearchStrategy[Amount]:
    plain = decimals("0.01", "9999", 4).map(Amount)
    if value is not None and is_signed(value):
        return plain
    return plain | decimals("0.01", most).map(lambda d: Amount(d, is_percent=True))


DAY = timedelta(days=1)


@st.composite
def tests(draw: st.DrawFn) -> Condition:
    kind = draw(
        st.sampled_from((Level, Cross, Band, Move, Trail, Gap, Extreme, "outside", "inside", "either"))
    )
    if kind is Gap:
        return Gap(draw(symbols), draw(st.sampled_from(Direction)), draw(amounts(None)))
    if kind is Extreme:
        return Extreme(draw(symbols), draw(st.sampled_from(Reach)), draw(st.sampled_from(Period)))
    value = draw(values())
    if kind is Move:
        window = draw(times(timedelta(minutes=1), 5 * DAY))
        return Move(value, draw(st.sampled_from(Direction)), draw(amounts(value)), window)
    if kind is Trail:
        return Trail(value, draw(st.sampled_from(Reach)), draw(amounts(value)))
    if kind in {Level, Cross}:
        return kind(value, draw(st.sampled_from(Side)), draw(levels(value)))
    low, high = sorted(draw(st.lists(levels(value), min_size=2, max_size=2, unique=True)))
    if kind is Band:
        return Band(value, draw(st.sampled_from(Way)), low, high)
    if kind == "either":
        return Any((Cross(value, Side.ABOVE, low), Cross(value, Side.BELOW, low)))
    outside = Any((Level(value, Side.BELOW, low), Level(value, Side.ABOVE, high)))
    return outside if kind == "outside" else Not(outside)


def _is_said(condition: Condition) -> bool:
    """What the language admits: no lasting or missing moments, no two at once, not too many of anything."""
    if isinstance(condition, All | Any):
        if isinstance(condition, All) and sum(map(is_moment, condition.parts)) > 1:
            return False
        return all(map(_is_said, condition.parts))
    if isinstance(condition, Not | Held):
        return not is_moment(condition, anywhere=True) and _is_said(condition.part)
    return True


def _more(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        several.map(All),
        several.map(Any),
        inner.map(Not),
        st.builds(Held, inner, times(timedelta(seconds=1), DAY)),
    )


conditions: st.SearchStrategy[Condition] = st.recursive(tests(), _more, max_leaves=4).filter(
    lambda c: _is_said(c) and len(tests_of(c)) <= 8 and len(instruments_of(c)) <= 10
)


def escalations() -> st.SearchStrategy[Escalation]:
    to = st.sampled_from(("", "risk", "operator", "C12345", "U12345"))
    after = st.none() | times(timedelta(minutes=1), DAY)
    return st.builds(Escalation, to, after).filter(lambda e: e != Escalation())


@st.composite
def alert_terms(draw: st.DrawFn) -> AlertTerms:
    often = draw(st.sampled_from(Often))
    again = often is not Often.ONCE
    severity = draw(st.sampled_from(Severity))
    return AlertTerms(
        draw(conditions),
        Repeat(
            often,
            draw(st.none() | amounts(None)) if again else None,
            draw(st.none() | times(timedelta(minutes=1), 7 * DAY)) if again else None,
        ),
        draw(st.none() | st.dates(TODAY, TODAY + timedelta(days=366))),
        draw(st.sampled_from(Hours)),
        severity,
        draw(st.sampled_from(("", "C12345", "G0ABCDE", "U12345", "W12345"))),
        draw(st.none() | escalations()) if severity is Severity.CRITICAL else None,
    )
