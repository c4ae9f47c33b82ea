"""Words into pieces: each piece is a terminal of the grammar with its meaning and its place.

Which terminal a word is depends on what the grammar can take where it stands (`DAY` is a symbol behind a
quantity and a time behind a price), so a word only has candidates here; `grammar` chooses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from senexbot.domain.instruments import (
    EQUITY_SYMBOL,
    FUTURE_PRODUCT,
    FUTURE_SYMBOL,
    OCC_SYMBOL,
    OptionContract,
    Right,
)
from senexbot.domain.language.expirations import SLASHED, expiration_of, may_be_expiration
from senexbot.domain.language.misread import misread
from senexbot.domain.language.said import Expiration
from senexbot.domain.language.vocabulary import PHRASES, Meaning
from senexbot.domain.parsing_symbol import MONTHS, NO_SYMBOLS
from senexbot.domain.words import Word, read_words

# The only characters beyond plain ASCII that are read, each only where it is meant: a Δ behind a number or
# alone, and a pasted minus before a number or between a price's name and its offset.
MEANT = re.compile(
    r"(?<=\d)[Δ∆](?=[/pc]|\Z)|\A[Δ∆]\Z|(?<=\d)[−–](?=delta)|\A@?[−–](?=[\d.$])|\A[−–]\Z"
    r"|(?:(?<=mid)|(?<=bid)|(?<=ask))[−–](?=[\d.$]|\Z)",
    re.ASCII | re.IGNORECASE,
)
_PLAIN_FORM = str.maketrans({"Δ": "delta", "∆": "delta", "−": "-", "–": "-"})
_NUM = r"(?:\d[\d,]*(?:\.\d+)?|\.\d+)"
_PEGGED = re.compile(r"(mid|bid|ask)([-+])(\S+)?\Z", re.ASCII)
_PEGS = frozenset({"mid", "bid", "ask", "@mid", "@bid", "@ask"})
_PAIR = re.compile(rf"(?:{_NUM}-?delta|\d+(?:d|dte)|\d{{1,2}}[a-z]{{3}}\d{{2,4}})\Z", re.ASCII)
_YEAR_AND_DAY = re.compile(r"\d{2}/\d{1,2}\Z", re.ASCII)
_STRIKE = rf"{_NUM}[pc]?"

# with the exchange behind it (`/ESZ26:XCME`) as other platforms and the feed write it
_FUTURE = "|".join(
    form.pattern.removesuffix(r"\Z") + "(?::X[A-Z]{3})?" for form in (FUTURE_SYMBOL, FUTURE_PRODUCT)
)

_NUMBERS = (
    ("DELTA", re.compile(rf"[-+]?{_NUM}(?: |-)?deltas?\Z", re.ASCII)),
    ("WIDTH", re.compile(rf"\$?{_NUM}(?: |-)?wide\Z", re.ASCII)),
    ("PERCENT", re.compile(rf"[-+]?{_NUM}%\Z", re.ASCII)),
    ("FRACTION", re.compile(r"\d{1,2}/\d{1,2}\Z", re.ASCII)),
    ("STRIKES", re.compile(rf"{_STRIKE}(?:/{_STRIKE}){{1,3}}\Z", re.ASCII)),
    ("STRIKE_RIGHT", re.compile(rf"(?P<strike>{_NUM})(?P<right>p|puts?|c|calls?)\Z", re.ASCII)),
    ("RATIO", re.compile(r"\d{1,2}x\d{1,2}\Z", re.ASCII)),
    ("MULTIPLE", re.compile(rf"{_NUM}x\Z", re.ASCII)),
    ("DURATION", re.compile(r"(?P<count>\d{1,5}) ?(?P<unit>s|sec|seconds?|m|min|minutes?)\Z", re.ASCII)),
    ("MONEY", re.compile(r"\$[-+\d.,]\S*\Z", re.ASCII)),
    ("ORDER_ID", re.compile(r"#?\d{1,18}\Z", re.ASCII)),
    ("SIGNED", re.compile(rf"[-+]{_NUM}\Z", re.ASCII)),
)
_OTHERS = (
    ("FUTURE", re.compile(rf"(?:{_FUTURE})\Z", re.ASCII | re.IGNORECASE)),
    ("NOTE", re.compile(r"\((?:weeklys?|quarterlys?)\)\Z|\[to open(?:/to open)*\]\Z", re.ASCII)),
    ("TO_CLOSE", re.compile(r"\[to close(?:/to close)*\]\Z", re.ASCII)),
    ("RIGHTS", re.compile(r"(?:call/put|put/call)\Z", re.ASCII)),
    ("COVER", re.compile(r"call/[a-z][a-z0-9./]*\Z", re.ASCII)),
    ("COVERED", re.compile(r"covered\Z", re.ASCII)),
    ("BACKRATIO", re.compile(r"backratio\Z", re.ASCII)),
    ("MARK", re.compile(r"mark\Z", re.ASCII)),
    ("TIF", re.compile(r"gtc_ext\Z", re.ASCII)),
    ("DONE", re.compile(r"(?:bot|sold)\Z", re.ASCII)),
)
_NUMBERS_BEGIN = frozenset("0123456789.,-+$#")
_OF_PASTE = frozenset(
    {"SIGNED", "FRACTION", "NOTE", "TO_CLOSE", "RIGHTS", "COVER", "COVERED", "BACKRATIO", "DONE"}
)
_LAST_RESORTS = frozenset({"SYMBOL", "ACCOUNT"})
_NUMERIC = re.compile(r"[-+$.,]*\d[\d.,_e+-]*\Z", re.ASCII)  # rightly or wrongly written
_OPTION = "Name an option like SPY 18DEC26 590p."
_LONGEST = 4  # words of a phrase
_BEGINNINGS = frozenset(
    {"this", "next", *MONTHS} | {phrase.split()[0] for phrase in PHRASES if " " in phrase}
)
_BEHIND_NUMBERS = frozenset(  # `18 dec 26`, `45 days`, `16 delta`, `5 wide`, `20 sec`
    {*MONTHS, "d", "dte", "day", "days", "delta", "deltas", "wide", "s", "sec", "second", "seconds"}
    | {"m", "min", "minute", "minutes"}
)


class Bit(NamedTuple):
    """A word, or the part of one that is read by itself; `text` in lower case with plain signs."""

    text: str
    word: Word


Value = Meaning | Expiration | OptionContract | timedelta | tuple[str, Right]


_NOWHERE = Word("", 0)


class Piece(NamedTuple):
    """`kind` is the terminal, `text` what stands there (lower case), `value` its meaning, where it has one.

    `word` is the first of its words, `whole` all of them as one.
    """

    kind: str
    text: str
    word: Word
    value: Value = None
    whole: Word = _NOWHERE


class Candidate(NamedTuple):
    kind: str
    size: int  # bits it takes
    value: Callable[[], Value]


Takes = Callable[[str], bool]
"""Whether a piece of this kind can stand where a word stands."""


def read_bits(text: str) -> tuple[tuple[Word, ...], tuple[Bit, ...]]:
    """The words of a text, and the bits that are read by themselves. Raises ParseError as read_words does."""
    words = read_words(text, MEANT)
    bits: list[Bit] = []
    before = ""
    for word in words:
        typed = word.text
        plain = (typed if typed.isascii() else typed.translate(_PLAIN_FORM)).lower()
        if "/" not in plain and plain[0] != "@" and plain[:3] not in _PEGS and before not in _PEGS:
            bits.append(Bit(plain, word))  # as most words are
        else:
            bits += [Bit(part, word) for part in _parts(plain, before)]
        before = plain
    return words, tuple(_notes(bits) if "[" in text else bits)


def _parts(text: str, before: str) -> list[str]:
    """`@187.50` is two, `mid-0.05` three, `16Δ/5Δ` and `30d/60d` two, `26/15` of `18 DEC 26/15 JAN 27` too."""
    if text.startswith("@") and len(text) > 1:
        return ["@", *_parts(text[1:], "")]
    if before in _PEGS and text[0] in "-+" and len(text) > 1:
        return [text[0], text[1:]]
    if text[:3] in _PEGS and (match := _PEGGED.match(text)):
        return [part for part in match.groups() if part]
    if "/" not in text:
        return [text]
    parts = text.split("/")
    if len(parts) == 2 and (all(map(_PAIR.match, parts)) or (before in MONTHS and _YEAR_AND_DAY.match(text))):
        return parts
    return [text]


def _notes(bits: list[Bit]) -> Iterator[Bit]:
    """`[TO OPEN/TO OPEN]` as one bit."""
    opened: list[Bit] = []
    for bit in bits:
        if opened or bit.text.startswith("["):
            opened.append(bit)
            if bit.text.endswith("]"):
                yield Bit(" ".join(b.text for b in opened), span(tuple(opened)))
                opened = []
        else:
            yield bit
    yield from opened


def candidate(bits: tuple[Bit, ...], at: int, today: date, takes: Takes) -> Candidate | None:
    """What begins at a bit and can be taken: the longest phrase first, symbols and plain numbers last."""
    for size in range(_longest(bits, at), 0, -1):
        text = bits[at].text if size == 1 else " ".join(b.text for b in bits[at : at + size])
        phrase = _PHRASES.get(text)
        if phrase is not None and takes(phrase.kind):
            return phrase
        if may_be_expiration(text) and takes("DATE") and not _are_strikes(text, bits, at, today):
            found = expiration_of(text, span(bits[at : at + size]), today)
            if found is not None and takes(found[0]):
                return Candidate(found[0], size, found[1])
        for one in _matching(text, size):
            if takes(one.kind):
                return one
    return _last_resort(bits, at, takes)


def span(bits: tuple[Bit, ...]) -> Word:
    """All the words of these bits as one, at the place of the first."""
    if len(bits) == 1:
        return bits[0].word
    words = dict.fromkeys(b.word for b in bits)
    return Word(" ".join(w.text for w in words), bits[0].word.place)


def _longest(bits: tuple[Bit, ...], at: int) -> int:
    """How many bits the longest phrase from here may have: most words begin none."""
    first, left = bits[at].text, len(bits) - at
    if left == 1:
        return 1
    if first[0] in _NUMBERS_BEGIN:
        return min(3, left) if bits[at + 1].text in _BEHIND_NUMBERS else 1
    return min(_LONGEST, left) if first in _BEGINNINGS else 1


def _last_resort(bits: tuple[Bit, ...], at: int, takes: Takes) -> Candidate | None:
    text = bits[at].text
    if takes("OCC") or takes("SYMBOL"):
        for one in _symbols(bits, at):
            if takes(one.kind):
                return one
    if takes("NUMBER") and _NUMERIC.match(text):
        return Candidate("NUMBER", 1, _constant(text))
    return Candidate("ACCOUNT", 1, _constant(text)) if takes("ACCOUNT") else None


def _constant(value: Value) -> Callable[[], Value]:
    return lambda: value


_PHRASES = {
    text: Candidate(kind, text.count(" ") + 1, _constant(meaning))
    for text, (kind, meaning) in PHRASES.items()
}


def _are_strikes(text: str, bits: tuple[Bit, ...], at: int, today: date) -> bool:
    """Three numbers with slashes are strikes where another word is the expiration (`12/14/16` of a fly)."""
    if "/" not in text or not SLASHED.match(text):
        return False
    others = (b for i, b in enumerate(bits) if i != at and not SLASHED.match(b.text))
    return any(expiration_of(b.text, b.word, today) for b in others) or any(b.text in MONTHS for b in bits)


@lru_cache(maxsize=2_048)
def _matching(text: str, size: int) -> tuple[Candidate, ...]:
    """What a text is by its shape alone. Kept, for the same few shapes are asked for at each word."""
    rows = _NUMBERS if text[0] in _NUMBERS_BEGIN else _OTHERS
    matches = ((kind, pattern.match(text)) for kind, pattern in rows)
    return tuple(Candidate(kind, size, _constant(_meaning(kind, match))) for kind, match in matches if match)


def _meaning(kind: str, match: re.Match[str]) -> Value:
    if kind == "STRIKE_RIGHT":
        return match["strike"], Right.PUT if match["right"].startswith("p") else Right.CALL
    if kind == "DURATION":
        return timedelta(seconds=int(match["count"]) * (60 if match["unit"].startswith("m") else 1))
    if kind == "FUTURE":
        return match[0].upper().partition(":")[0]
    if kind == "DONE":
        return PHRASES["buy" if match[0] == "bot" else "sell"][1]
    return match[0]


def _symbols(bits: tuple[Bit, ...], at: int) -> Iterator[Candidate]:
    symbol = bits[at].text.upper()
    following = bits[at + 1].text.upper() if at + 1 < len(bits) else ""
    for size, text in ((2, f"{symbol} {following}"), (1, symbol)):
        if OCC_SYMBOL.match(text):
            yield Candidate("OCC", size, _occ(text, bits[at + size - 1].word))
    if symbol not in NO_SYMBOLS and EQUITY_SYMBOL.match(symbol):
        yield Candidate("SYMBOL", 1, _constant(symbol.replace(".", "/")))  # tastytrade writes BRK/B


def _occ(text: str, word: Word) -> Callable[[], Value]:
    def read() -> OptionContract:
        contract = OptionContract.from_occ(text)
        if contract is None:
            raise misread("{} is no option symbol.", word, _OPTION)
        if contract.strike == 0:
            raise misread("{}: a strike of zero does not exist.", word, _OPTION)
        return contract

    return read


def is_known(bits: tuple[Bit, ...], at: int, today: date) -> bool:
    """Whether what begins at a bit means anything to the language, anywhere, but a symbol or an account."""
    return (
        candidate(bits, at, today, lambda kind: kind not in _LAST_RESORTS and kind not in _OF_PASTE)
        is not None
    )
