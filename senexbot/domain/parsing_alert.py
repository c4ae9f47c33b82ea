"""Reading an alert: an instrument, above or below, a level. Nothing is guessed, nothing ignored."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from senexbot.domain.alerts import AlertDraft, Direction
from senexbot.domain.errors import ParseError, Suggestion
from senexbot.domain.money import price_text
from senexbot.domain.parsing_symbol import read_term, term_text
from senexbot.domain.words import Word, looks_numeric, read_number, read_words, stumble

_DIRECTIONS: Mapping[str, Direction] = {
    ">": Direction.ABOVE,
    "above": Direction.ABOVE,
    "over": Direction.ABOVE,
    "<": Direction.BELOW,
    "below": Direction.BELOW,
    "under": Direction.BELOW,
}
_SIGN = {Direction.ABOVE: ">", Direction.BELOW: "<"}
_NO_DIRECTIONS: Mapping[str, str] = {">=": ">", "=>": ">", "<=": "<", "=<": "<", "=": "", "==": ""}
_OPERATOR = re.compile(r"([<>=]+)")
_HOW = "Say it like alert AAPL > 200 or alert SPY below 590."


def alert_text(draft: AlertDraft) -> str:
    """The normal form: `AAPL > 200.00`. parse_alert reads it back to an equal draft."""
    return f"{draft.symbol} {_SIGN[draft.direction]} {price_text(draft.level)}"


def parse_alert(text: str) -> AlertDraft:
    """`AAPL > 200`, `AAPL above 200`, `SPY 18DEC26 590p < 3.40`. Raises ParseError.

    The draft's symbol is the term's normal form, as a quote reads it.
    """
    words = _apart(read_words(text))
    try:
        return _read(words)
    except ParseError as error:
        error.suggestions = error.suggestions or _repairs(words, error.place)
        raise


def _apart(words: Sequence[Word]) -> tuple[Word, ...]:
    """`AAPL>200` as three words that share their place."""
    return tuple(Word(piece, w.place) for w in words for piece in _OPERATOR.split(w.text) if piece)


def _read(words: Sequence[Word]) -> AlertDraft:
    if not words:
        raise ParseError("An alert on what?", hint=_HOW)
    term, at = read_term(words, 0)
    symbol = term_text(term)
    if at >= len(words):
        raise ParseError("Above or below which price?", hint=_HOW)
    direction = _direction(words, at, symbol)
    if at + 1 >= len(words):
        raise stumble("Behind {} the price is missing.", words[at], _HOW)
    level = read_number(words[at + 1], "price")
    if level == 0:
        raise stumble("{}: a price of zero is never crossed.", words[at + 1], _HOW)
    if at + 2 < len(words):
        raise stumble("{} is one word too many.", words[at + 2], _HOW)
    return AlertDraft(symbol, direction, level)


def _direction(words: Sequence[Word], at: int, symbol: str) -> Direction:
    word = words[at]
    known = _DIRECTIONS.get(word.text.lower())
    if known is not None:
        return known
    if word.text in _NO_DIRECTIONS:
        error = stumble("{} is not served: an alert fires on a move through the price.", word, _HOW)
        signs, level = _NO_DIRECTIONS[word.text] or "><", at + 1
    elif looks_numeric(word.text):
        error = stumble("Above or below {}?", word, _HOW)
        signs, level = "><", at
    else:
        raise stumble("{} is neither above nor below.", word, _HOW)
    error.suggestions = _offers(symbol, signs, words[level:])
    raise error


def _offers(symbol: str, signs: str, rest: Sequence[Word]) -> tuple[Suggestion, ...]:
    tail = " ".join(word.text for word in rest)
    found = (_offer(read_words(f"{symbol} {sign} {tail}")) for sign in signs)
    return tuple(offer for offer in found if offer is not None)


def _offer(words: Sequence[Word]) -> Suggestion | None:
    try:
        draft = _read(words)
    except ParseError:
        return None
    label = f"{draft.symbol} {draft.direction.value} {price_text(draft.level)}"
    return Suggestion(label, f"alert {alert_text(draft)}")


def _repairs(words: Sequence[Word], place: int | None) -> tuple[Suggestion, ...]:
    """What was probably meant at the word stumbled on, where the repaired text reads well."""
    at = next((i for i, word in enumerate(words) if word.place == place), None)
    if at is None:
        return ()
    near = get_close_matches(words[at].text.lower(), _DIRECTIONS, n=2, cutoff=0.6)
    offers = (_offer((*words[:at], Word(word, 0), *words[at + 1 :])) for word in near)
    return tuple(offer for offer in offers if offer is not None)
