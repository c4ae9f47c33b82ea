"""The reader that all verbs share: a text into plain ASCII words with their places, and strict numbers.

It changes nothing silently: look-alike letters, other scripts' digits, hidden and direction-changing
characters are refused by name, never folded into what they resemble (F117, I75).
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import NamedTuple

from senexbot.domain.errors import ParseError

MAX_TEXT = 1_000
MAX_QUOTED = 40
MAX_INTEGER_DIGITS = 9
MAX_DECIMALS = 4
_FEW_DIGITS = 9
MAX_PRICE_DECIMALS = 8  # a bond future moves in halves of 1/64, a currency in 0.00005
_PRICES = frozenset({"price", "stop", "step", "level", "ratio", "gamma", "vega"})

_SLACK = re.compile(
    r"&(?:amp|lt|gt);"
    r"|<(?P<mention>[@#!][^<>\s]*)>"
    r"|<(?P<link>(?:https?|mailto|tel)[^<>\s|]*)(?:\|(?P<label>[^<>]*))?>"
)
_SPACE = re.compile("[ \\t\\r\\n\u00a0\u2000-\u200a\u202f\u205f\u3000]+")  # what is seen as a space
_SLACK_MARKS = frozenset("<&")
_ENTITIES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}
_NUMBER = re.compile(r"\$?(?P<int>\d{1,3}(?:,\d{3})+|\d+)?(?P<frac>\.\d+)?\Z", re.ASCII)
_DIGITS_MEANT = re.compile(r"\d+(,\d{1,2})\Z", re.ASCII)

# For hints only. Cyrillic and Greek letters that look like a Latin one.
_LOOK_ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТХУаеѕіјорсхуΑΒΕΖΗΙΚΜΝΟΡΤΥΧο−–—‚",
    "ABESIJKMHOPCTXYaesijopcxyABEZHIKMNOPTYXo---,",
)


class Word(NamedTuple):  # made for each word and each number: a tuple costs a third of a frozen class
    """`place` counts from 1."""

    text: str
    place: int


def quoted(text: str) -> str:
    """A piece of what was typed, safe to repeat: hidden and combining characters as `�`, at most 40."""
    shown = "".join(
        c if c.isprintable() and not unicodedata.category(c).startswith("M") else "\N{REPLACEMENT CHARACTER}"
        for c in text[:MAX_QUOTED]
    )
    return shown if len(text) <= MAX_QUOTED else f"{shown[: MAX_QUOTED - 1]}…"


def stumble(message: str, word: Word, hint: str = "") -> ParseError:
    """A ParseError at a word; `{}` in the message is the word quoted."""
    text = quoted(word.text)
    return ParseError(message.format(f"“{text}”"), word=text, place=word.place, hint=hint)


def _unslack(match: re.Match[str]) -> str:
    """What Slack made of the typed text, undone once. Mentions and links that are no plain word stay."""
    if match["link"] is not None:
        label = match["label"]
        target = re.sub(r"\A(?:https?://|mailto:|tel:)", "", match["link"])
        # Slack turns `BRK.BE` into a link to http://BRK.BE: the label is what was typed.
        return label if label and label.lower() == target.lower() else match[0]
    return _ENTITIES.get(match[0], match[0])


def read_words(
    text: str, meant: re.Pattern[str] | None = None, *, with_mentions: bool = False
) -> tuple[Word, ...]:
    """The words of a text as Slack delivers it (`&gt;` is `>`); empty for an empty text.

    `meant` matches the few other characters of a word that a language reads where they stand (the Δ of
    `16Δ`). With mentions a person or channel is a word of its own, as Slack writes it (`<#C1|desk>`). Raises
    ParseError for more than 1,000 characters, for any other character that is not plain ASCII, and for
    mentions and links.
    """
    if len(text) > MAX_TEXT:
        raise ParseError(
            f"The text has {len(text):,} characters; at most {MAX_TEXT:,} are read.",
            hint="Say one thing in one line.",
        )
    if text.isascii() and text.isprintable() and not _SLACK_MARKS.intersection(text):
        return tuple(Word(t, i) for i, t in enumerate(text.split(), start=1))  # as most texts are
    mentions = {m[0] for m in _SLACK.finditer(text) if m["mention"] or (m["link"] and _unslack(m) == m[0])}
    pieces = (t for t in _SPACE.split(_SLACK.sub(_unslack, text)) if t)
    words = tuple(Word(t, i) for i, t in enumerate(pieces, start=1))
    for word in words:
        if with_mentions and word.text in mentions and word.text.startswith(("<@", "<#")):
            continue
        if mentions and any(m in word.text for m in mentions):
            raise stumble("{} is a mention or a link, not a word.", word, "Type the word itself.")
        if not _is_plain(meant.sub("", word.text) if meant else word.text):
            raise _refusal(word)
    return words


_MEMBER = re.compile(
    r"<@(?P<mention>[UW][A-Z0-9]{4,20})(?:\|[^<>]*)?>|(?P<id>[UW][A-Z0-9]{4,20})\Z", re.ASCII
)


def member_id(text: str) -> str:
    """The person that a mention or a member id names. Raises ParseError."""
    match = _MEMBER.match(text)
    if match is None:
        raise ParseError(
            f"“{quoted(text)}” names nobody here.",
            word=quoted(text),
            hint="Mention the person in a message to me, or say the member ID (profile, ⋮, Copy member ID).",
        )
    return match["mention"] or match["id"]


def looks_like_person(text: str) -> bool:
    """A mention, a member id, or a name with an @ as it is typed in a command."""
    return text.startswith(("@", "<@")) or _MEMBER.match(text) is not None


def first_and_rest(text: str) -> tuple[str, str]:
    """The first piece of a text and what stands behind it, both as typed; empty for an empty text."""
    pieces = _SPACE.split(_SPACE.sub(" ", text, count=1).lstrip(" "), maxsplit=1)
    return pieces[0], pieces[1].rstrip() if len(pieces) > 1 else ""


def _is_plain(text: str) -> bool:
    return all("!" <= c <= "~" for c in text)


def _refusal(word: Word) -> ParseError:
    """Why a word with anything but plain ASCII is not read, and what to type instead."""
    meant = unicodedata.normalize("NFKC", word.text).translate(_LOOK_ALIKE)
    meant = "".join(_plain_digit(c) for c in meant if unicodedata.category(c) not in {"Cf", "Cc"})
    what = "hidden characters" if _has_hidden(word.text) else "characters that only look like plain ones"
    if meant and _is_plain(meant):
        return stumble(f"{{}} has {what} in it.", word, f"Type {meant} with plain letters and digits.")
    return stumble("{} has characters that are not read here.", word, "Type plain letters and digits only.")


def _plain_digit(char: str) -> str:
    digit = unicodedata.decimal(char, None)
    return char if digit is None else str(digit)


def _has_hidden(text: str) -> bool:
    return any(unicodedata.category(c) in {"Cf", "Cc"} for c in text)


def read_number(word: Word, what: str) -> Decimal:
    """An exact positive number or zero: `100`, `1,000`, `187.50`, `.5`, `$187.50`.

    Raises ParseError for everything else: signs, exponents, NaN, groups that are no thousands, more than
    9 digits before the point or 4 behind it (of a price 8). `what` names it in the message ("quantity").
    """
    text = word.text
    if len(text) < _FEW_DIGITS and text.isdigit() and text.isascii() and (text[0] != "0" or text == "0"):
        return Decimal(f"{text}.0")  # as most numbers are
    match = _NUMBER.match(text)
    if match is None or (match["int"] is None and match["frac"] is None):
        raise stumble(f"{{}} is not a {what}.", word, _number_hint(text, what))
    integer = (match["int"] or "0").replace(",", "")
    fraction = (match["frac"] or ".")[1:]
    if len(integer) > 1 and integer.startswith("0"):
        raise stumble(f"{{}} is not a {what}.", word, "Leave out the zeros in front.")
    if len(integer) > MAX_INTEGER_DIGITS:
        raise stumble(f"{{}} is too large for a {what}.", word, f"At most {MAX_INTEGER_DIGITS} digits.")
    most = MAX_PRICE_DECIMALS if what in _PRICES else MAX_DECIMALS
    if len(fraction) > most:
        raise stumble(f"{{}} is too exact for a {what}.", word, f"At most {most} digits behind the point.")
    return Decimal(f"{integer}.{fraction or '0'}")


def looks_numeric(text: str) -> bool:
    """Whether a word means to be a number, rightly or wrongly written: it begins as one does."""
    return re.match(r"[-+$.,]*\d", text, re.ASCII) is not None


def _number_hint(text: str, what: str) -> str:
    if text.startswith(("-", "+")):
        return f"A {what} has no sign."
    if _DIGITS_MEANT.match(text):
        return f"The decimal mark is a point: {text.replace(',', '.')}."
    return "Write it in plain digits, such as 1,000 or 187.50."
