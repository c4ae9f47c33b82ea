"""The two laws of the language, for the sample in the suite and for all of them in `make proof`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from senexbot.domain.errors import ParseError
from senexbot.domain.language import said_text, said_words
from senexbot.domain.language.parsing import read
from senexbot.domain.language.said import CloseSaid, OrderSaid

from .generated import TODAY


def money_of(sentence: Any) -> Any:
    """All of a sentence that decides about money; where it was pasted from does not."""
    return replace(sentence, pasted_from="") if isinstance(sentence, OrderSaid) else sentence


def holds_round_trip(sentence: Any) -> bool:
    """Law 1: an order's words parse back to the same order, and are their own normal form."""
    text = said_text(sentence)
    again = read(text, TODAY)
    return again == sentence and said_text(again) == text


def holds_visibility(sentence: Any, edit: str) -> bool | None:
    """Law 2: no edit of one character leads to another order with the same first line. None: it was refused."""
    try:
        other = read(edit, TODAY)
    except ParseError:
        return None
    words = said_words(other)
    assert len(words) <= 90
    return money_of(other) == money_of(sentence) or words != said_words(sentence)


__all__ = ["CloseSaid", "holds_round_trip", "holds_visibility", "money_of"]
