"""The small language of the shape tables and its comparison with a JSON value. It knows no endpoint.

A table is `keys(money="a b", text="c? d~", address=ADDRESS, legs=each(LEG))`: under a type's name stand
the keys of that type, `?` marks one that may be absent, `~` one that may be null. Any other name is one
key (underscores for dashes) with a table of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Union

_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?|NaN")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


def _matches(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


KINDS: Final[dict[str, Callable[[Any], bool]]] = {
    "text": lambda value: isinstance(value, str),
    "money": _matches(_NUMBER),
    "integer": _is_int,
    "count": lambda value: _is_int(value) or _matches(_NUMBER)(value),
    "real": lambda value: _is_int(value) or isinstance(value, float),
    "flag": lambda value: isinstance(value, bool),
    "effect": lambda value: value in ("Debit", "Credit", "None"),
    "instant": _matches(_INSTANT),
    "day": _matches(_DAY),
    "texts": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    "anything": lambda _value: True,
}


@dataclass(frozen=True)
class Each:
    """A list of objects of one table."""

    shape: Shape


@dataclass(frozen=True)
class Key:
    """What stands under one key: a kind's name, a table or a list of them."""

    kind: Union[str, Shape, Each]  # noqa: UP007 - Shape is named before it exists
    optional: bool = False
    nullable: bool = False


Shape = Mapping[str, Key]


def each(shape: Shape) -> Each:
    return Each(shape)


def optional(kind: Union[str, Shape, Each]) -> Key:  # noqa: UP007
    """A table under a key that may be absent."""
    return Key(kind, optional=True)


def keys(*parts: Shape, **fields: Any) -> Shape:
    """A table; `parts` are tables whose keys it has too."""
    found: dict[str, Key] = {}
    for part in parts:
        found.update(part)
    for name, content in fields.items():
        if name in KINDS and isinstance(content, str):
            for word in content.split():
                plain = word.rstrip("?~")
                found[plain] = Key(name, optional="?" in word, nullable="~" in word)
        else:
            found[name.replace("_", "-")] = content if isinstance(content, Key) else Key(content)
    return found


def differences(
    value: Any,
    kind: Union[str, Shape, Each],  # noqa: UP007
    where: str,
    *,
    values: bool = True,
) -> Iterator[str]:
    """What in the value does not fit, one sentence each; without `values` none of them is quoted."""
    if isinstance(kind, str):
        if not KINDS[kind](value):
            yield f"{where}: {f'{value!r:.60}' if values else type(value).__name__} is no {kind}"
    elif isinstance(kind, Each):
        if not isinstance(value, list):
            yield f"{where}: no list"
            return
        for index, item in enumerate(value):
            yield from differences(item, kind.shape, f"{where}[{index}]", values=values)
    elif not isinstance(value, dict):
        yield f"{where}: no object"
    else:
        yield from _object(value, kind, where, values=values)


def _object(value: Mapping[str, Any], shape: Shape, where: str, *, values: bool) -> Iterator[str]:
    for name in value.keys() - shape.keys():
        yield f"{where}: unknown key {name}"
    for name, key in shape.items():
        if name not in value:
            if not key.optional:
                yield f"{where}: {name} is missing"
        elif value[name] is None:
            if not key.nullable:
                yield f"{where}: {name} is null"
        else:
            yield from differences(value[name], key.kind, f"{where}.{name}", values=values)
