"""What an alert looks at: a number of one instrument, a spread or the price of several legs, or a ratio."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from senexbot.domain.alerting.reading_bits import NUMBER, Cursor
from senexbot.domain.alerting.reading_numbers import GREEKS
from senexbot.domain.alerting.terms import Field, Ratio, Source, Sum, Value, Weighted
from senexbot.domain.instruments import (
    EQUITY_SYMBOL,
    FUTURE_PRODUCT,
    FUTURE_SYMBOL,
    OCC_SYMBOL,
    OptionContract,
)
from senexbot.domain.parsing_symbol import NO_SYMBOLS, read_term, term_text
from senexbot.domain.words import Word, read_number

FIELD_WORDS: Mapping[str, Field] = {
    "iv rank": Field.IV_RANK,
    "ivr": Field.IV_RANK,
    "implied volatility": Field.IV,
    "price": Field.LAST,
    **{field.value: field for field in Field},
}
_PHRASES = tuple(sorted(FIELD_WORDS, key=len, reverse=True))
_OPERATORS = {"+", "-", "/"}
MAX_PARTS = 6
_GLUED = re.compile(r"/(?P<symbol>[A-Z]{1,5})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Part:
    weight: Decimal
    symbol: str
    field: Field | None  # None: not said
    at: int


def is_option(symbol: str) -> bool:
    """Of a Source's symbol, which is the normal form of a term."""
    return " " in symbol or OptionContract.from_occ(symbol) is not None


def default_field(symbols: tuple[str, ...]) -> Field:
    """What is meant where no field is said: the last trade; of several with an option among them the mid, for last
    trades of different moments make no price."""
    return Field.MID if len(symbols) > 1 and any(map(is_option, symbols)) else Field.LAST


def is_field(text: str) -> bool:
    return any(phrase.split()[0] == text for phrase in _PHRASES)


def read_value(cursor: Cursor) -> Value:
    """The value that begins here. Raises ParseError."""
    first = cursor.at
    parts = [_part(cursor, _sign(cursor))]
    ratio = False
    while cursor.text() in _OPERATORS or _is_glued_sign(cursor):
        operator = _operator(cursor)
        if (operator == "/" or ratio) and len(parts) > (0 if ratio else 1):
            raise cursor.stumble(
                "{}: a ratio is of two symbols.",
                index=max(cursor.at - 1, first),
                hint="Say it like alert SPY / QQQ > 1.2.",
            )
        ratio = operator == "/"
        if len(parts) == MAX_PARTS:
            raise cursor.stumble(
                f"{{}}: at most {MAX_PARTS} symbols are summed.", index=cursor.at - 1, hint="Leave some out."
            )
        parts.append(_part(cursor, Decimal(-1 if operator == "-" else 1)))
    return _made(cursor, parts, ratio=ratio)


def _sign(cursor: Cursor) -> Decimal:
    return Decimal(-1) if cursor.take("-") else Decimal(1)


def _is_glued_sign(cursor: Cursor) -> bool:
    """`-2` between two symbols."""
    return (
        cursor.text()[:1] in {"+", "-"}
        and NUMBER.match(cursor.text()) is not None
        and _is_symbol(cursor.text(1))
    )


def _operator(cursor: Cursor) -> str:
    """The operator that stands here, taken; of `-2` the sign alone."""
    text = cursor.text()
    if text in _OPERATORS:
        cursor.at += 1
        return text
    word = cursor.word
    bits = cursor.bits
    cursor.bits = (*bits[: cursor.at], Word(word.text[1:], word.place), *bits[cursor.at + 1 :])
    return text[0]


def _is_symbol(text: str) -> bool:
    upper = text.upper()
    forms = (EQUITY_SYMBOL, FUTURE_SYMBOL, FUTURE_PRODUCT, OCC_SYMBOL)
    return upper not in NO_SYMBOLS and any(form.match(upper) for form in forms)


def _weight(cursor: Cursor) -> Decimal | None:
    """`2` of `2 SPY`, `2x SPY`, `2 * SPY`; None when none stands here."""
    text = cursor.text()
    if not text[:1].isdigit() and text[:1] not in {"-", "."}:
        return None
    starred = cursor.text(1) == "*"
    if not (starred or _is_symbol(cursor.text(1))):
        return None
    word, at = cursor.word, cursor.at
    number = word.text.lower().removesuffix("x")
    sign = Decimal(-1) if number.startswith("-") else Decimal(1)
    weight = read_number(Word(number.removeprefix("-"), word.place), "quantity") * sign
    if weight == 0:
        raise cursor.stumble("{}: none of it counts for nothing.", index=at, hint="Say 2 SPY - 3 QQQ.")
    cursor.at += 2 if starred else 1
    return weight


def _part(cursor: Cursor, sign: Decimal) -> _Part:
    if cursor.is_done:
        raise cursor.missing("Behind {} the symbol is missing.")
    weight = _weight(cursor)
    at = cursor.at
    term, cursor.at = read_term(cursor.bits, at)
    symbol = term_text(term)
    _no_glued_divisor(cursor)
    field_at = cursor.at
    field = read_field(cursor)
    if field is not None:
        _check(cursor, field, symbol, field_at)
    return _Part((weight or Decimal(1)) * sign, symbol, field, at)


def read_field(cursor: Cursor) -> Field | None:
    """The field that is said here, taken; None when none is."""
    phrase = cursor.take(*_PHRASES)
    return FIELD_WORDS[phrase] if phrase else None


def field_of(cursor: Cursor, value: Value, field: Field, at: int) -> Source:
    """A field whose symbol was left out: of the value before, which has to be of one symbol. Raises Stumble."""
    if not isinstance(value, Source):
        raise cursor.stumble("{}: of which symbol?", index=at, hint="Say the symbol in front of it.")
    _check(cursor, field, value.symbol, at)
    return Source(value.symbol, field)


def _check(cursor: Cursor, field: Field, symbol: str, at: int) -> None:
    """Raises Stumble at a bit when what `symbol` names has no such number."""
    if field in GREEKS and not is_option(symbol):
        raise cursor.stumble(
            f"{{}}: {symbol} is no option, so it has no {field.value}.",
            index=at,
            hint="Say it of an option: alert SPY 18DEC26 590p delta < -0.35.",
        )
    if field is Field.IV_RANK and is_option(symbol):
        raise cursor.stumble(
            "{}: an IV rank is of an underlying, not of one option.",
            index=at,
            hint="Say iv of the option, or iv rank of its underlying.",
        )


def _no_glued_divisor(cursor: Cursor) -> None:
    """`SPY /QQQ` is read neither as a ratio nor as a future."""
    match = _GLUED.match(cursor.text().upper())
    if match is not None:
        apart = f"/ {match['symbol']}"
        fix = (apart, cursor.with_(cursor.at, cursor.at + 1, apart))
        raise cursor.stumble(
            "{}: divided by it, or a future?", hint=f"Leave a space to divide: {apart}.", fixes=(fix,)
        )


def _made(cursor: Cursor, parts: list[_Part], *, ratio: bool) -> Value:
    fields = _fields(cursor, parts)
    sources = [Source(part.symbol, field) for part, field in zip(parts, fields, strict=True)]
    for i, source in enumerate(sources):
        if source in sources[:i]:
            raise cursor.stumble(
                "{} stands there twice.", index=parts[i].at, hint="Name each once, with its quantity."
            )
    weights = [part.weight for part in parts]
    if ratio:
        if weights != [1, 1]:
            raise cursor.stumble(
                "{}: a ratio knows no quantities and no signs.",
                index=parts[0].at,
                hint="Say it like alert SPY / QQQ > 1.2.",
            )
        return Ratio(sources[0], sources[1])
    if len(sources) == 1:
        if weights != [1]:
            raise cursor.stumble(
                "{}: of one symbol alone the quantity says nothing.", index=parts[0].at, hint="Leave it out."
            )
        return sources[0]
    return Sum(tuple(Weighted(weight, source) for weight, source in zip(weights, sources, strict=True)))


def _fields(cursor: Cursor, parts: list[_Part]) -> list[Field]:
    """Said of none: the default; once, behind the last: of all; of each: as said. Else it is not clear."""
    said = [part.field for part in parts if part.field is not None]
    if not said:
        return [default_field(tuple(part.symbol for part in parts))] * len(parts)
    if len(said) == len(parts):
        return said
    if len(said) == 1 and parts[-1].field is not None:
        field = said[0]
        for part in parts[:-1]:
            _check(cursor, field, part.symbol, part.at)
        return [field] * len(parts)
    first = next(part for part in parts if part.field is None)
    raise cursor.stumble(
        "{}: last, bid, ask or mid?",
        index=first.at,
        hint="Say it for each symbol, or once behind the last one.",
    )
