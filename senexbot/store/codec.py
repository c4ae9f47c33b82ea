"""Frozen dataclasses to JSON text and back, driven by their type hints alone.

A document is versioned and names its type; what does not decode exactly raises Unreadable, so that a
damaged or foreign row is set aside instead of being half understood. Secrets are refused.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import json
import types
import typing
from collections.abc import Callable, Hashable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from senexbot.domain.errors import InvariantBroken, Unreadable
from senexbot.domain.links import Secret

FORMAT = 1
TAG, VERSION = "$", "$v"

T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class Codec:
    """`plain` makes what JSON can hold; `value` reads it back or raises ValueError."""

    plain: Callable[[Any], Any]
    value: Callable[[Any], Any]


def encode(value: Any) -> str:
    """The JSON text of a dataclass instance. ASCII only, so that any database text column holds it."""
    kind: Any = type(value)
    plain = {VERSION: FORMAT, TAG: kind.__name__, **_codec(kind).plain(value)}
    return json.dumps(plain, separators=(",", ":"))


def decode(kind: type[T], text: str) -> T:
    """Read one document of this type. Raises Unreadable."""
    return typing.cast("T", _decode((kind,), text))


def decode_one_of(kinds: tuple[type, ...], text: str) -> Any:
    """Read one document of any of these types, by its tag. Raises Unreadable."""
    return _decode(kinds, text)


def _decode(kinds: tuple[type, ...], text: str) -> Any:
    try:
        plain = json.loads(text, parse_constant=_no_constant, parse_float=_no_constant)
        if not isinstance(plain, dict) or plain.pop(VERSION, None) != FORMAT:
            raise ValueError("unknown format")
        tag = plain.pop(TAG, None)
        kind = next((one for one in kinds if one.__name__ == tag), None)
        if kind is None:
            raise ValueError("unknown type")
        return _codec(kind).value(plain)
    except (ValueError, TypeError, RecursionError) as error:
        # the text may hold account numbers: name the types only
        names = " or ".join(one.__name__ for one in kinds)
        raise Unreadable(f"a stored {names} cannot be read ({type(error).__name__})") from None


def _no_constant(word: str) -> Any:
    raise ValueError(f"no number we write: {word[:10]}")


@functools.cache
def _codec(hint: Hashable) -> Codec:
    origin = typing.get_origin(hint)
    if origin in {typing.Union, types.UnionType}:
        return _union(typing.get_args(hint))
    if origin is tuple:
        return _tuple(typing.get_args(hint))
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return Codec(lambda member: hint(member).value, hint)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint) and hint is not Secret:
        return _dataclass(hint)
    raise InvariantBroken(f"no codec for {hint!r}")


def _exactly(kind: type) -> Codec:
    def check(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(f"not a {kind.__name__}")
        return value

    return Codec(check, check)


def _decimal(text: Any) -> Decimal:
    if not isinstance(text, str):
        raise TypeError("a decimal is stored as text")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("no decimal") from None
    if not number.is_finite():
        raise ValueError("no finite decimal")
    return number


def _decimal_text(number: Decimal) -> str:
    if not isinstance(number, Decimal) or not number.is_finite():
        raise InvariantBroken("only finite decimals are stored")
    return str(number)


def _moment_text(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise InvariantBroken("a time without a zone is never stored")
    return moment.astimezone(UTC).isoformat()


def _moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no zone")
    return moment.astimezone(UTC)


def _seconds(time: timedelta) -> int:
    if time.microseconds:
        raise InvariantBroken("only whole seconds are stored")
    return time.days * 86_400 + time.seconds


def _span(plain: Any) -> timedelta:
    if type(plain) is not int:
        raise TypeError("a span of time is stored as whole seconds")
    try:
        return timedelta(seconds=plain)
    except OverflowError:
        raise ValueError("no span of time") from None


_PLAIN: dict[Any, Codec] = {
    str: _exactly(str),
    int: _exactly(int),
    bool: _exactly(bool),
    type(None): _exactly(type(None)),
    Decimal: Codec(_decimal_text, _decimal),
    datetime: Codec(_moment_text, _moment),
    date: Codec(date.isoformat, date.fromisoformat),
    timedelta: Codec(_seconds, _span),
}


def _tuple(args: tuple[Any, ...]) -> Codec:
    if len(args) == 2 and args[1] is Ellipsis:
        each = _codec(args[0])
        return Codec(
            lambda values: [each.plain(v) for v in values],
            lambda plain: tuple(each.value(p) for p in _list(plain)),
        )
    parts = [_codec(arg) for arg in args]
    return Codec(
        lambda values: [part.plain(v) for part, v in zip(parts, values, strict=True)],
        lambda plain: tuple(part.value(p) for part, p in zip(parts, _list(plain), strict=True)),
    )


def _list(plain: Any) -> list[Any]:
    if not isinstance(plain, list):
        raise TypeError("not a list")
    return plain


def _union(args: tuple[Any, ...]) -> Codec:
    """`X | None`, or a union of dataclasses told apart by their tag."""
    some = tuple(arg for arg in args if arg is not type(None))
    optional = len(some) < len(args)
    inner = _codec(some[0]) if len(some) == 1 else _tagged(some)

    def value(plain: Any) -> Any:
        if plain is None and optional:
            return None
        return inner.value(plain)

    return Codec(lambda v: None if v is None and optional else inner.plain(v), value)


def _tagged(kinds: tuple[Any, ...]) -> Codec:
    by_name = {kind.__name__: kind for kind in kinds}

    def value(plain: Any) -> Any:
        if not isinstance(plain, dict) or plain.get(TAG) not in by_name:
            raise ValueError("unknown type in a union")
        rest = {name: part for name, part in plain.items() if name != TAG}
        return _codec(by_name[plain[TAG]]).value(rest)

    return Codec(lambda v: {TAG: type(v).__name__, **_codec(by_name[type(v).__name__]).plain(v)}, value)


def _dataclass(kind: type) -> Codec:
    hints = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind)]
    parts = {name: _codec(hints[name]) for name in names}

    def value(plain: Any) -> Any:
        if not isinstance(plain, dict) or not plain.keys() <= parts.keys():
            raise ValueError("unknown fields")
        return kind(**{name: parts[name].value(part) for name, part in plain.items()})

    return Codec(lambda v: {name: parts[name].plain(getattr(v, name)) for name in names}, value)
