"""Reading what can be quoted or traded: a symbol, an OCC symbol, or an option in words.

Shared by quotes, orders and alerts. It names contracts; whether they are listed the chain decides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from senexbot.domain.errors import ParseError, Suggestion
from senexbot.domain.instruments import EQUITY_SYMBOL, FUTURE_PRODUCT, FUTURE_SYMBOL, OptionContract, Right
from senexbot.domain.orders.terms import OptionQuery
from senexbot.domain.orders.words import compact_occ, query_text
from senexbot.domain.words import Word, stumble

QuoteTerm = str | OptionQuery | OptionContract
"""An equity, index or future symbol, an option as a person names it, or an OCC symbol read."""

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_RIGHTS = {
    "p": Right.PUT,
    "put": Right.PUT,
    "puts": Right.PUT,
    "c": Right.CALL,
    "call": Right.CALL,
    "calls": Right.CALL,
}
_OCC_TAIL = re.compile(r"\d{6}[CP]\d{8}\Z", re.ASCII)
_STRIKE = re.compile(r"(?P<strike>(?:0|[1-9]\d{0,4})(?:\.\d{1,3})?)(?P<right>[a-z]*)\Z", re.ASCII)
_DAY_MONTH_YEAR = re.compile(r"(\d{1,2})([a-z]{3})(\d{4}|\d{2})\Z", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})\Z", re.ASCII)
_YEAR = re.compile(r"(?:\d{2}|20\d{2})\Z", re.ASCII)
_DAY = re.compile(r"\d{1,2}\Z", re.ASCII)
_EXAMPLE = "Name an option like SPY 18DEC26 590p."

NO_SYMBOLS = frozenset(
    {"SHARE", "SHARES", "OF", "MKT", "MARKET", "LIMIT", "LMT", "GTC", "BUY", "SELL", "PUT", "PUTS", "CALL"}
    | {"CALLS", "ABOVE", "BELOW", "OVER", "UNDER"}
)


@dataclass(frozen=True, slots=True)
class _Date:
    day: date
    size: int  # words it takes


def _text(words: Sequence[Word], at: int) -> str:
    return words[at].text.lower() if at < len(words) else ""


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _real_date(word: Word, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise stumble("{} is no day of the calendar.", word, _EXAMPLE) from None


def _slashed(word: Word, match: re.Match[str]) -> date:
    """`12/18/26` month first, as the exchanges write it. Where both ways are a day, nothing is guessed."""
    first, second, year = int(match[1]), int(match[2]), _year(match[3])
    if first != second and first <= 12 and second <= 12:
        ways = (_real_date(word, year, first, second), _real_date(word, year, second, first))
        names = " or ".join(f"{w.day}{w:%b%y}".upper() for w in ways)
        raise stumble("{} can be two days.", word, f"Type {names}.")
    if first > 12:
        raise stumble("{} has no such month.", word, "The month comes first: 12/18/26; or type 18DEC26.")
    return _real_date(word, year, first, second)


def _date_at(words: Sequence[Word], at: int) -> _Date | None:
    """The date that begins at a word; None when none does. Raises ParseError for one that is no day."""
    text = _text(words, at)
    if not text:
        return None
    word = words[at]
    if (match := _DAY_MONTH_YEAR.match(text)) and match[2] in MONTHS:
        return _Date(_real_date(word, _year(match[3]), MONTHS.index(match[2]) + 1, int(match[1])), 1)
    if match := _ISO.match(text):
        return _Date(_real_date(word, int(match[1]), int(match[2]), int(match[3])), 1)
    if match := _SLASHED.match(text):
        return _Date(_slashed(word, match), 1)
    month, year = _text(words, at + 1), _text(words, at + 2)
    if _DAY.match(text) and month in MONTHS:
        if not _YEAR.match(year):
            raise stumble("After {} the year is missing.", words[at + 1], _EXAMPLE)
        return _Date(_real_date(word, _year(year), MONTHS.index(month) + 1, int(text)), 3)
    return None


@dataclass(frozen=True, slots=True)
class _Strike:
    strike: Decimal
    right: Right
    size: int


def _strike_at(words: Sequence[Word], at: int) -> _Strike | None:
    """`590p`, `590 put` at a word; None when it is something else (a price, say)."""
    match = _STRIKE.match(_text(words, at))
    if match is None:
        return None
    if match["right"]:
        right = _RIGHTS.get(match["right"])
        size = 1
    else:
        right = _RIGHTS.get(_text(words, at + 1))
        size = 2
    return _Strike(Decimal(match["strike"]), right, size) if right is not None else None


def _option_at(words: Sequence[Word], at: int, root: str) -> tuple[OptionQuery, int] | None:
    """Date and strike, or strike and date, behind the underlying. None: neither begins here."""
    day = _date_at(words, at)
    if day is not None:
        behind = at + day.size
        strike = _strike_at(words, behind)
        if strike is None:
            raise _no_strike(words, behind, root, day.day)
        behind += strike.size
    else:
        strike = _strike_at(words, at)
        if strike is None:
            return None
        behind = at + strike.size
        day = _date_at(words, behind)
        if day is None:
            raise stumble("Behind {} the expiration is missing.", words[behind - 1], _EXAMPLE)
        behind += day.size
    if strike.strike == 0:
        raise stumble("{}: a strike of zero does not exist.", words[behind - 1], _EXAMPLE)
    return OptionQuery(root, day.day, strike.right, strike.strike), behind


def _no_strike(words: Sequence[Word], at: int, root: str, day: date) -> ParseError:
    """A date with no strike behind it, or with a strike that says neither call nor put."""
    if at >= len(words):
        return stumble("Behind {} the strike is missing.", words[at - 1], _EXAMPLE)
    match = _STRIKE.match(_text(words, at))
    if match is None:
        return stumble("{} is not a strike with call or put.", words[at], _EXAMPLE)
    error = stumble("{}: call or put?", words[at], _EXAMPLE)
    strike = Decimal(match["strike"])
    if strike and not match["right"]:
        names = [query_text(OptionQuery(root, day, right, strike)) for right in Right]
        error.suggestions = tuple(Suggestion(name, f"quote {name}") for name in names)
    return error


def read_term(words: Sequence[Word], at: int) -> tuple[QuoteTerm, int]:
    """The instrument that begins at index `at`, and the index behind it.

    Raises ParseError for a word that is no symbol and for an option that is not named completely.
    """
    word = words[at]
    symbol = word.text.upper()
    contract = OptionContract.from_occ(symbol)
    if contract is not None:
        return _checked(contract, word), at + 1
    following = words[at + 1].text.upper() if at + 1 < len(words) else ""
    if _OCC_TAIL.match(following):
        contract = OptionContract.from_occ(f"{symbol} {following}")
        if contract is None:
            raise stumble("{} is no option symbol.", words[at + 1], _EXAMPLE)
        return _checked(contract, words[at + 1]), at + 2
    if FUTURE_SYMBOL.match(symbol) or FUTURE_PRODUCT.match(symbol):
        if _option_at(words, at + 1, symbol) is not None:
            raise stumble(
                "{}: options on futures are not served here.", word, f"Say the future itself: {symbol}."
            )
        return symbol, at + 1
    if symbol in NO_SYMBOLS or not EQUITY_SYMBOL.match(symbol):
        raise stumble(
            "{} is not a symbol.",
            word,
            "Type a symbol like AAPL or /ESZ6, or an option like SPY 18DEC26 590p.",
        )
    symbol = symbol.replace(".", "/")  # tastytrade writes BRK/B
    option = _option_at(words, at + 1, symbol)
    return option if option is not None else (symbol, at + 1)


def _checked(contract: OptionContract, word: Word) -> OptionContract:
    if contract.strike == 0:
        raise stumble("{}: a strike of zero does not exist.", word, _EXAMPLE)
    return contract


def term_text(term: QuoteTerm) -> str:
    """The normal form of a term: `AAPL`, `SPY 18DEC26 590p`, `SPY261218P00590000`. read_term reads it back."""
    if isinstance(term, OptionQuery):
        return query_text(term)
    if isinstance(term, OptionContract):
        return compact_occ(term)
    return term
