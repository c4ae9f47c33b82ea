"""What the reader raises when it stumbles: a ParseError that also knows how the text could be mended.

A fix is a change of the typed words; `repairs` turns those that read as whole sentences into suggestions.
"""

from __future__ import annotations

from dataclasses import dataclass

from senexbot.domain.errors import ParseError
from senexbot.domain.words import Word, quoted


@dataclass(frozen=True, slots=True)
class Fix:
    """`swaps`: other words at these places ("" leaves one out). `append`: words at the end. `whole`: instead."""

    label: str
    swaps: tuple[tuple[int, str], ...] = ()
    append: str = ""
    whole: str = ""


class Misread(ParseError):
    """`wanted`: the words that could stand at the place stumbled on, for near ones to be looked for."""

    def __init__(
        self,
        message: str,
        *,
        at: Word | None = None,
        hint: str,
        fixes: tuple[Fix, ...] = (),
        wanted: frozenset[str] = frozenset(),
    ) -> None:
        text = quoted(at.text) if at else None
        super().__init__(message, word=text, place=at.place if at else None, hint=hint)
        self.fixes = fixes
        self.wanted = wanted


def misread(
    message: str,
    at: Word,
    hint: str,
    *fixes: Fix,
    wanted: frozenset[str] = frozenset(),
) -> Misread:
    """At a word; `{}` in the message is the word quoted."""
    return Misread(message.format(f"“{quoted(at.text)}”"), at=at, hint=hint, fixes=fixes, wanted=wanted)
