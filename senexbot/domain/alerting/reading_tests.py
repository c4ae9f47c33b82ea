"""One test of an alert, behind the value that it looks at: a level, a crossing, a band, a move, a trail, a gap, a record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from senexbot.domain.alerting.reading_bits import NUMBER, Cursor, Stumble
from senexbot.domain.alerting.reading_numbers import is_amount, read_amount, read_level, read_time
from senexbot.domain.alerting.reading_values import FIELD_WORDS
from senexbot.domain.alerting.terms import (
    Any,
    Band,
    Condition,
    Cross,
    Direction,
    Extreme,
    Field,
    Gap,
    Level,
    Move,
    Not,
    Period,
    Reach,
    Side,
    Source,
    Trail,
    Value,
    Way,
)
from senexbot.domain.instruments import EQUITY_SYMBOL
from senexbot.domain.words import looks_numeric

LONGEST_WINDOW = timedelta(days=5)
SHORTEST_WINDOW = timedelta(minutes=1)
_SIDES: Mapping[str, Side] = {
    **dict.fromkeys((">", "above", "over"), Side.ABOVE),
    **dict.fromkeys(("<", "below", "under"), Side.BELOW),
}
_CROSSES = ("crosses", "cross")
_WAYS = {**dict.fromkeys(_CROSSES, ""), "up": Side.ABOVE, "down": Side.BELOW, **_SIDES}
_BANDS = {"enters": Way.ENTERS, "leaves": Way.LEAVES}
_MOVES: Mapping[str, Direction] = {
    "moves": Direction.EITHER,
    **dict.fromkeys(("up", "rises", "gains"), Direction.UP),
    **dict.fromkeys(("down", "drops", "falls", "loses"), Direction.DOWN),
}
_OFF: Mapping[Reach, tuple[str, ...]] = {
    Reach.HIGH: ("off", "from", "below", "under"),
    Reach.LOW: ("off", "from", "above", "over"),
}
_PREPOSITIONS = frozenset(word for words in _OFF.values() for word in words)
_PERIODS: Mapping[str, Period] = {
    **dict.fromkeys(
        ("52-week", "52 week", "52-weeks", "52 weeks", "52w", "52wk", "52-w", "52-wk", "52week"),
        Period.WEEKS_52,
    ),
    **dict.fromkeys(("day", "day's", "session", "intraday"), Period.DAY),
}
_NO_SIDES = {">=": ">", "=>": ">", "<=": "<", "=<": "<", "=": "", "==": ""}
_RANGE = ("..", "...", "to", "and", "-")
_EXTREME = "Say new 52-week high, or new day high."
_TRAIL = "Say trails 5% from high, or trails 2% from low."
PREDICATES = frozenset(
    {*_SIDES, *_CROSSES, *_BANDS, "between", "inside", "outside", *_MOVES, "trails", "gaps", "gap", "new"}
    | {"makes"}
)


def begins_predicate(text: str) -> bool:
    """Whether a test begins with this word, or means to."""
    return text in PREDICATES or text in _NO_SIDES or looks_numeric(text)


def begins_test(cursor: Cursor) -> bool:
    """Whether a test begins here whose symbol was left out: `or < 180`, `or up 2% in 1h`, and not `or UP > 5`."""
    text, behind = cursor.text(), cursor.text(1)
    if text in _SIDES or text in _NO_SIDES:
        return True
    if text not in PREDICATES:
        return looks_numeric(text) and behind in _PREPOSITIONS
    if not behind or NUMBER.match(behind):
        return True
    if text in {"moves", "gaps", "gap"}:
        return behind in {"up", "down"}
    if text in {"new", "makes"}:
        return behind in {"a", "new", "high", "low", "52", *_PERIODS}
    return not EQUITY_SYMBOL.match(text.upper())  # crosses, between: no symbol is that long


def read_test(cursor: Cursor, value: Value) -> Condition:
    """The test that stands behind a value. Raises ParseError."""
    if cursor.is_done:
        raise cursor.missing("Above or below which price?")
    text = cursor.text()
    if text in _SIDES:
        cursor.at += 1
        return Level(value, _SIDES[text], read_level(cursor, value))
    if cursor.take(*_CROSSES):
        return _cross(cursor, value)
    if text in _BANDS:
        cursor.at += 1
        return Band(value, _BANDS[text], *_band(cursor, value))
    if text in {"between", "inside", "outside"}:
        cursor.at += 1
        low, high = _band(cursor, value)
        outside = Any((Level(value, Side.BELOW, low), Level(value, Side.ABOVE, high)))
        return outside if text == "outside" else Not(outside)
    if text in _MOVES:
        cursor.at += 1
        return _move(cursor, value, _MOVES[text])
    if cursor.take("trails"):
        return _trail(cursor, value)
    if cursor.take("gaps", "gap"):
        return _gap(cursor, value)
    if cursor.take("makes a new", "makes new", "new"):
        return _extreme(cursor, value)
    if is_amount(cursor):
        return _off(cursor, value)
    raise _no_test(cursor)


def _no_test(cursor: Cursor) -> Stumble:
    at, text = cursor.at, cursor.text()
    if text in _NO_SIDES:
        signs = _NO_SIDES[text] or "><"
        fixes = tuple((sign, cursor.with_(at, at + 1, sign)) for sign in signs)
        return cursor.stumble("{} is not served: an alert fires on a move through the price.", fixes=fixes)
    return cursor.stumble("{} is neither above nor below.", wanted={*PREDICATES, *FIELD_WORDS})


def _cross(cursor: Cursor, value: Value) -> Condition:
    text = cursor.text()
    side = _WAYS.get(text)
    if isinstance(side, Side):
        cursor.at += 1
    cursor.take("through")
    level = read_level(cursor, value)
    if isinstance(side, Side):
        return Cross(value, side, level)
    return Any((Cross(value, Side.ABOVE, level), Cross(value, Side.BELOW, level)))


def _band(cursor: Cursor, value: Value) -> tuple[Decimal, Decimal]:
    hint = "Say a band like 195..205."
    if cursor.is_done:
        raise cursor.missing("Behind {} the band is missing.", hint)
    first, _, second = cursor.text().partition("-")
    if first and second and looks_numeric(first) and looks_numeric(second):
        meant = f"{first}..{second}"
        fix = (meant, cursor.with_(cursor.at, cursor.at + 1, meant))
        raise cursor.stumble("{} is not a band.", hint=hint, fixes=(fix,))
    at = cursor.at
    low = read_level(cursor, value)
    if not cursor.take(*_RANGE):
        raise cursor.missing("Behind {} the other end of the band is missing.", hint)
    high_at = cursor.at
    high = read_level(cursor, value)
    if high <= low:
        texts = cursor.bits[high_at].text, cursor.bits[at].text
        fixes = ((f"{texts[0]}..{texts[1]}", cursor.with_(at, high_at + 1, f"{texts[0]} .. {texts[1]}")),)
        raise cursor.stumble(
            "{}: a band goes from its lower to its higher end.",
            index=high_at,
            hint=hint,
            fixes=fixes if high < low else (),
        )
    return low, high


def _move(cursor: Cursor, value: Value, direction: Direction) -> Condition:
    word = cursor.at - 1
    if direction is Direction.EITHER and (way := cursor.take("up", "down")):
        direction = _MOVES[way]
    amount = read_amount(cursor, value, at_most_all=direction is not Direction.UP)
    behind = cursor.at
    if cursor.take("in", "within"):
        time = read_time(cursor, "the time for a move", SHORTEST_WINDOW, LONGEST_WINDOW)
        return Move(value, direction, amount, time)
    reach = _reach(cursor)
    if reach is not None:
        wanted = Reach.LOW if direction is Direction.UP else Reach.HIGH
        if direction is Direction.EITHER or reach is not wanted:
            raise cursor.stumble(
                f"{{}}: one is up from a low and down from a high, not {cursor.said(word + 1)}.",
                index=word,
                hint=_TRAIL,
            )
        return Trail(value, reach, amount)
    at = cursor.said(0, behind)
    rest = cursor.said(behind, len(cursor.bits))
    fixes = tuple((f"in {time}", f"{at} in {time} {rest}".strip()) for time in ("15m", "1h", "1d"))
    raise cursor.missing("Behind {}: within which time?", "Say up 2% in 1h, or up 2% from low.", fixes)


def _reach(cursor: Cursor) -> Reach | None:
    """`off the high`, `from low`; None, and nothing taken, when it does not stand here."""
    for reach, words in _OFF.items():
        for word in words:
            for article in ("", "the ", "its "):
                if cursor.take(f"{word} {article}{reach.value}"):
                    return reach
    return None


def _trail(cursor: Cursor, value: Value) -> Condition:
    amount = read_amount(cursor, value)
    reach = _reach(cursor)
    if reach is None:
        head, rest = cursor.said(0), cursor.said(cursor.at, len(cursor.bits))
        fixes = tuple((f"from {r}", f"{head} from {r} {rest}".strip()) for r in ("high", "low"))
        raise cursor.missing("Behind {}: from the high or from the low?", _TRAIL, fixes)
    if reach is Reach.HIGH and amount.is_percent and amount.value >= 100:
        raise cursor.missing("{}: nothing falls by that much.", "Say less than 100%.")
    return Trail(value, reach, amount)


def _off(cursor: Cursor, value: Value) -> Condition:
    """`3 off the high`; a lone number is asked about."""
    start = cursor.at
    if not any(cursor.text(i) in _PREPOSITIONS for i in (1, 2)):
        fixes = tuple((sign, cursor.with_(start, start, sign)) for sign in "><")
        raise cursor.stumble("Above or below {}?", fixes=fixes)
    return _trail(cursor, value)


def _one_symbol(cursor: Cursor, value: Value, at: int) -> str:
    if isinstance(value, Source) and value.field is Field.LAST:
        return value.symbol
    raise cursor.stumble(
        "{} is said of the last trade of one symbol.", index=at, hint="Say it like alert AAPL gaps 2%."
    )


def _gap(cursor: Cursor, value: Value) -> Condition:
    symbol = _one_symbol(cursor, value, cursor.at - 1)
    way = cursor.take("up", "down")
    direction = _MOVES[way] if way else Direction.EITHER
    amount = read_amount(cursor, value, at_most_all=direction is not Direction.UP)
    cursor.take("at the open", "at open")
    return Gap(symbol, direction, amount)


def _extreme(cursor: Cursor, value: Value) -> Condition:
    symbol = _one_symbol(cursor, value, cursor.at - 1)
    start = cursor.at
    period = _PERIODS.get(cursor.take(*_PERIODS))
    if cursor.is_done:
        raise cursor.missing("Behind {}: a high or a low?", _EXTREME)
    reach = cursor.take("high", "low")
    if not reach:
        raise cursor.stumble("{} is neither high nor low.", hint=_EXTREME, wanted={"high", "low", *_PERIODS})
    if period is None and cursor.take("of the day"):
        period = Period.DAY
    if period is None and cursor.take("in 52 weeks", "of 52 weeks"):
        period = Period.WEEKS_52
    if period is None:
        fixes = tuple((f"{p} {reach}", cursor.with_(start, start, p)) for p in ("52-week", "day"))
        raise cursor.stumble(
            "{}: of the day, or of 52 weeks?", index=cursor.at - 1, hint=_EXTREME, fixes=fixes
        )
    return Extreme(symbol, Reach(reach), period)
