"""The words of an alert's text as the bits that are read one by one, and a cursor over them.

`AAPL>200`, `(SPY-QQQ)` and `195..205` are several bits; a symbol, a date, a number and a mention are one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from senexbot.domain.errors import ParseError
from senexbot.domain.instruments import EQUITY_SYMBOL, FUTURE_PRODUCT, FUTURE_SYMBOL
from senexbot.domain.words import Word, quoted, read_words

HOW = "Say it like alert AAPL > 200 or alert SPY below 590."

_NUM = r"(?:\d[\d,]*(?:\.\d+)?|\.\d+)"
NUMBER = re.compile(rf"[-+]?\$?{_NUM}[km]?%?\Z", re.ASCII)
_WHOLE = (
    re.compile(r"\d{1,4}[-/]\d{1,2}[-/]\d{1,4}\Z", re.ASCII),  # a date
    re.compile(r"52-?(?:w|wk|week|weeks)\Z", re.ASCII),
    re.compile(r"re-arm\Z"),
)
_SIGNS = re.compile(r"([<>=]+)")
_RANGE = re.compile(r"(\.{2,3})")
_SIGNED = re.compile(r"[-+][\d.$][^-+/*()]*\Z", re.ASCII)
_OPERATORS = re.compile(r"([-+/*])")


class Stumble(ParseError):
    """`index`: of the bit stumbled on. `wanted`: what could stand there. `fixes`: a label and a whole text each."""

    def __init__(
        self,
        message: str,
        *,
        at: Word | None = None,
        index: int | None = None,
        hint: str = HOW,
        wanted: Collection[str] = (),
        fixes: tuple[tuple[str, str], ...] = (),
    ) -> None:
        word = quoted(at.text) if at else None
        super().__init__(message, word=word, place=at.place if at else None, hint=hint)
        self.index = index
        self.wanted = frozenset(wanted)
        self.fixes = fixes


def read_bits(text: str) -> tuple[Word, ...]:
    """Raises ParseError as read_words does; a mention of a person or channel is a bit."""
    words = read_words(text, with_mentions=True)
    return tuple(Word(bit, word.place) for word in words for bit in _bits(word.text))


def _bits(text: str) -> Iterator[str]:
    if text.startswith(("<@", "<#")):
        yield text
        return
    closing = 0
    while text.startswith("("):
        yield "("
        text = text[1:]
    while text.endswith(")"):
        closing += 1
        text = text[:-1]
    for piece in _SIGNS.split(text):
        if _SIGNS.match(piece):
            yield piece
        elif piece:
            for part in _RANGE.split(piece):
                yield from _parts(part)
    yield from ")" * closing


def _parts(text: str) -> Iterator[str]:
    if not text:
        return
    low, high = text.lower(), text.upper()
    shapes = (EQUITY_SYMBOL, FUTURE_SYMBOL, FUTURE_PRODUCT)
    if (
        NUMBER.match(low)
        or any(form.match(low) for form in _WHOLE)
        or any(form.match(high) for form in shapes)
        or _SIGNED.match(text)
        or not any(c.isalpha() for c in text)
    ):
        yield text
    elif text[0] in "-+" and any(form.match(high[1:]) for form in shapes):
        yield text[0]  # the slash of /ESZ6 and of BRK/B divides nothing
        yield text[1:]
    elif "(" in text or ")" in text:
        for piece in re.split(r"([()])", text):
            yield from (piece,) if piece in {"(", ")"} else _parts(piece)
    else:
        yield from (piece for piece in _OPERATORS.split(text) if piece)


class Cursor:
    """Where the reading stands. `text` answers "" behind the end."""

    def __init__(self, bits: tuple[Word, ...]) -> None:
        self.bits = bits
        self.at = 0

    @property
    def is_done(self) -> bool:
        return self.at >= len(self.bits)

    @property
    def word(self) -> Word:
        return self.bits[self.at]

    def text(self, ahead: int = 0) -> str:
        at = self.at + ahead
        return self.bits[at].text.lower() if at < len(self.bits) else ""

    def take(self, *phrases: str) -> str:
        """The first of these phrases that stands here, taken; "" when none does."""
        for phrase in phrases:
            pieces = phrase.split()
            if all(self.text(i) == piece for i, piece in enumerate(pieces)):
                self.at += len(pieces)
                return phrase
        return ""

    def said(self, since: int, until: int | None = None) -> str:
        """The bits from `since` on, as typed."""
        return " ".join(bit.text for bit in self.bits[since : self.at if until is None else until])

    def with_(self, start: int, behind: int, text: str) -> str:
        """The whole text with other words in the place of these bits."""
        texts = (self.said(0, start), text, self.said(behind, len(self.bits)))
        return " ".join(t for t in texts if t)

    def stumble(
        self,
        message: str,
        *,
        index: int | None = None,
        hint: str = HOW,
        wanted: Collection[str] = (),
        fixes: tuple[tuple[str, str], ...] = (),
    ) -> Stumble:
        """At a bit (where the cursor stands when not told); `{}` in the message is the bit quoted."""
        index = self.at if index is None else index
        at = self.bits[index]
        return Stumble(
            message.replace("{}", f"“{quoted(at.text)}”"),
            at=at,
            index=index,
            hint=hint,
            wanted=wanted,
            fixes=fixes,
        )

    def missing(self, message: str, hint: str = HOW, fixes: tuple[tuple[str, str], ...] = ()) -> Stumble:
        """Something is missing here: at the bit before, which `{}` names; at nothing when there is none."""
        if self.at == 0:
            return Stumble(message, hint=hint, fixes=fixes)
        return self.stumble(message, index=self.at - 1, hint=hint, fixes=fixes)
