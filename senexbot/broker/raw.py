"""Reading loosely typed JSON: numbers as strings or numbers, missing keys, other shapes (pitfalls 12-18).

Every reader answers None for what it cannot read; NaN and infinity are never read. No reader raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

Raw = Mapping[str, Any]
MOST_DIGITS = 40  # a longer number is no price, size or amount


def number(value: object) -> Decimal | None:
    """A finite exact number from a JSON number or a string of one."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    text = repr(value) if isinstance(value, float) else str(value)
    if len(text) > MOST_DIGITS or not text.isascii() or "_" in text:
        return None
    try:
        read = Decimal(text)
    except InvalidOperation:
        return None
    return read if read.is_finite() and -20 <= read.adjusted() <= 20 else None


def positive(value: object) -> Decimal | None:
    read = number(value)
    return read if read is not None and read > 0 else None


def whole(value: object) -> int | None:
    """An id: a JSON integer, or a string of digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 0 <= value < 10**19 else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        return int(value)
    return None


def text(value: object, limit: int = 200) -> str:
    """A string; numbers become one; anything else is empty."""
    if isinstance(value, str):
        return value[:limit]
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)[:limit]
    return ""


def flag(value: object) -> bool:
    return value is True or (isinstance(value, str) and value.lower() == "true")


def moment(value: object) -> datetime | None:
    """An ISO 8601 time with offset (or Z) as aware UTC."""
    if not isinstance(value, str) or len(value) > MOST_DIGITS:
        return None
    try:
        read = datetime.fromisoformat(value)
        return None if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def day(value: object) -> date | None:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value[:10])
    except ValueError:
        return None


def mapping(value: object) -> Raw:
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def mappings(value: object) -> list[Raw]:
    """The objects in a list; what is no object is left out."""
    return [row for row in rows(value) if isinstance(row, dict)]


def first(source: Raw, *keys: str) -> Any:
    """The first of several spellings of a key that is there (dashed, camelCase)."""
    return next((source[key] for key in keys if source.get(key) is not None), None)


def signed(source: Raw, key: str) -> Decimal | None:
    """`<key>` with the sign of `<key>-effect`: Debit is negative. None when the number is missing."""
    size = number(source.get(key))
    if size is None:
        return None
    effect = source.get(f"{key}-effect")
    if effect == "Debit":
        return -abs(size)
    return abs(size) if effect == "Credit" else size


def items(body: object) -> list[Any] | None:
    """`data.items` of an answer; None when there is no such list."""
    data = mapping(body).get("data")
    found = data.get("items") if isinstance(data, dict) else None
    return found if isinstance(found, list) else None


def unique(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
