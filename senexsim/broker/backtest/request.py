"""What a backtest is asked to do, read from the client's JSON (camelCase). Raises the broker's refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from senexsim.broker.market.model import Right
from senexsim.broker.wire import invalid

MOST_LEGS: Final = 4
EVERY_DAY: Final = "every day"
SPECIFIC_DAYS: Final = "on specific days of the week"
CLOSE_OLDEST: Final = "close oldest"
DO_NOT_ENTER: Final = "don't enter"
SELECTIONS: Final = ("delta", "percentageOTM", "currentPriceOffset", "premium")
RELATIVE: Final = (
    "percentageOTMRelative",
    "currentPriceOffsetRelative",
    "currentPriceExactOffsetRelative",
)


@dataclass(frozen=True, slots=True)
class LegWish:
    """One leg. `selection` and `level` say how the strike is found; both are unused for shares."""

    is_option: bool
    sign: Literal[1, -1]
    quantity: int
    right: Right = "C"
    days: int = 45
    selection: str = "delta"
    level: float = 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """When a trial begins. Weekdays count from 1, Monday."""

    weekdays: frozenset[int]
    most: int | None
    close_oldest: bool
    exact_days: bool
    low_vix: float | None
    high_vix: float | None


@dataclass(frozen=True, slots=True)
class Exit:
    """When a trial ends, besides at expiration. Percentages are of the net premium at entry."""

    profit: float | None
    loss: float | None
    after_days: int | None
    at_days: int | None
    low_vix: float | None
    high_vix: float | None


@dataclass(frozen=True, slots=True)
class Wish:
    symbol: str
    start: date
    end: date
    legs: tuple[LegWish, ...]
    entry: Entry
    exit: Exit


def wish_of(body: object) -> Wish:
    """A checked request."""
    if not isinstance(body, dict):
        raise invalid("body", "is not an object")
    symbol = body.get("symbol")
    if not isinstance(symbol, str) or not symbol:
        raise invalid("symbol", "is missing")
    start, end = _day(body, "startDate"), _day(body, "endDate")
    if end < start:
        raise invalid("endDate", "must not be before startDate")
    legs = body.get("legs")
    if not isinstance(legs, list) or not 1 <= len(legs) <= MOST_LEGS:
        raise invalid("legs", f"1 to {MOST_LEGS} are needed")
    entry, leave = _object(body, "entryConditions"), _object(body, "exitConditions")
    return Wish(symbol, start, end, tuple(_leg(leg) for leg in legs), _entry(entry), _exit(leave))


def _object(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = body.get(key) or {}
    if not isinstance(found, dict):
        raise invalid(key, "is not an object")
    return found


def _day(body: Mapping[str, Any], key: str) -> date:
    try:
        return date.fromisoformat(str(body.get(key))[:10])
    except ValueError:
        raise invalid(key, "does not have a valid value") from None


def _number(body: Mapping[str, Any], key: str, low: float, high: float) -> float | None:
    found = body.get(key)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float) or not low <= found <= high:
        raise invalid(key, "does not have a valid value")
    return float(found)


def _count(body: Mapping[str, Any], key: str, low: int, high: int) -> int | None:
    found = _number(body, key, low, high)
    if found is not None and found != int(found):
        raise invalid(key, "does not have a valid value")
    return None if found is None else int(found)


def _word(body: Mapping[str, Any], key: str, words: tuple[str, ...]) -> str:
    found = body.get(key)
    if found not in words:
        raise invalid(key, "does not have a valid value")
    return str(found)


def _leg(leg: object) -> LegWish:
    if not isinstance(leg, dict):
        raise invalid("legs", "are objects")
    kind = _word(leg, "type", ("equity", "equity-option"))
    sign: Literal[1, -1] = 1 if _word(leg, "direction", ("long", "short")) == "long" else -1
    quantity = _count(leg, "quantity", 1, 100)
    if quantity is None:
        raise invalid("quantity", "is missing")
    if kind == "equity":
        return LegWish(False, sign, quantity)
    right: Right = "C" if _word(leg, "side", ("call", "put")) == "call" else "P"
    days = _count(leg, "daysUntilExpiration", 0, 365)
    selection, level = _selection(leg)
    return LegWish(True, sign, quantity, right, 45 if days is None else days, selection, level)


def _selection(leg: Mapping[str, Any]) -> tuple[str, float]:
    """How the strike is found; without a word for it, by the delta, as older clients ask."""
    word = leg.get("strikeSelection") or "delta"
    if word in RELATIVE:
        raise invalid("strikeSelection", "relative to another leg is not offered by this simulator")
    if word not in SELECTIONS:
        raise invalid("strikeSelection", "does not have a valid value")
    bounds: dict[str, Callable[[], float | None]] = {
        "delta": lambda: _number(leg, "delta", 1, 100),
        "percentageOTM": lambda: _number(leg, "percentageOTM", -90, 90),
        "currentPriceOffset": lambda: _number(leg, "currentPriceOffset", -10_000, 10_000),
        "premium": lambda: _number(leg, "premium", 0.01, 10_000),
    }
    level = bounds[word]()
    if level is None:
        raise invalid(word, "is missing")
    return word, level


def _entry(body: Mapping[str, Any]) -> Entry:
    frequency = body.get("frequency") or EVERY_DAY
    if frequency not in (EVERY_DAY, SPECIFIC_DAYS):
        raise invalid("frequency", "does not have a valid value")
    weekdays = body.get("specificDays") or [1, 2, 3, 4, 5]
    if not isinstance(weekdays, list) or not all(day in (1, 2, 3, 4, 5) for day in weekdays):
        raise invalid("specificDays", "does not have a valid value")
    behaviour = body.get("maximumActiveTrialsBehavior") or DO_NOT_ENTER
    if behaviour not in (CLOSE_OLDEST, DO_NOT_ENTER):
        raise invalid("maximumActiveTrialsBehavior", "does not have a valid value")
    return Entry(
        weekdays=frozenset(weekdays) if frequency == SPECIFIC_DAYS else frozenset(range(1, 6)),
        most=_count(body, "maximumActiveTrials", 1, 1000),
        close_oldest=behaviour == CLOSE_OLDEST,
        exact_days=bool(body.get("useExactDTE")),
        low_vix=_number(body, "minimumVIX", 0, 1000),
        high_vix=_number(body, "maximumVIX", 0, 1000),
    )


def _exit(body: Mapping[str, Any]) -> Exit:
    return Exit(
        profit=_number(body, "takeProfitPercentage", 1, 10_000),
        loss=_number(body, "stopLossPercentage", 1, 10_000),
        after_days=_count(body, "afterDaysInTrade", 0, 3650),
        at_days=_count(body, "atDaysToExpiration", 0, 365),
        low_vix=_number(body, "minimumVIX", 0, 1000),
        high_vix=_number(body, "maximumVIX", 0, 1000),
    )
