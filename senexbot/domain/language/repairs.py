"""What was probably meant: changes of a text that read as a whole sentence, nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches

from senexbot.domain.errors import ParseError, Suggestion
from senexbot.domain.language.misread import Fix, Misread
from senexbot.domain.language.normal import said_text
from senexbot.domain.language.said import Sentence
from senexbot.domain.language.vocabulary import PHRASES
from senexbot.domain.parsing_symbol import MONTHS
from senexbot.domain.words import Word

Reader = Callable[[str], Sentence]

_MOST = 3
_GLUED = re.compile(r"(?P<head>[$\d.,/]+)(?P<letters>[a-z]+)(?P<tail>[\d/]*)\Z")
_ENDINGS = (*MONTHS, "delta", "wide", "dte", "d", "put", "call", "p", "c", "x")


def suggestions(words: tuple[Word, ...], error: ParseError, read: Reader) -> tuple[Suggestion, ...]:
    """At most three, each a button that says the repaired order."""
    found: dict[str, Suggestion] = {}
    for fix in _fixes(words, error):
        try:
            command = f"order {said_text(read(changed(words, fix)))}"
        except ParseError:
            continue
        if fix.label in PHRASES and fix.label.upper() in command.split():
            continue  # a word of the language, but read as a symbol
        found.setdefault(command, Suggestion(fix.label, command))
    return tuple(found.values())[:_MOST]


def changed(words: tuple[Word, ...], fix: Fix) -> str:
    """The text with a fix made."""
    if fix.whole:
        return fix.whole
    swaps = dict(fix.swaps)
    texts = [swaps.get(word.place, word.text) for word in words]
    return " ".join(t for t in (*texts, fix.append) if t)


def _fixes(words: tuple[Word, ...], error: ParseError) -> Iterator[Fix]:
    if not isinstance(error, Misread):
        return
    yield from error.fixes
    if error.place is None or not error.wanted:
        return
    at = error.place - 1
    yield from _near(words[at], error.wanted)
    if at:
        yield from _near(words[at - 1], frozenset(PHRASES))


def _near(word: Word, wanted: frozenset[str]) -> Iterator[Fix]:
    """Near words in its place, and near endings of what is glued to a number (`18DCE26`)."""
    text = word.text.lower()
    lead, text = ("@", text[1:]) if text.startswith("@") else ("", text)
    for near in get_close_matches(text, sorted(wanted), n=_MOST, cutoff=0.5):
        yield Fix(near, ((word.place, lead + near),))
    match = _GLUED.match(text)
    if match:
        for near in get_close_matches(match["letters"], _ENDINGS, n=_MOST, cutoff=0.5):
            meant = f"{match['head']}{near}{match['tail']}"
            yield Fix(meant.upper() if near in MONTHS else meant, ((word.place, lead + meant),))
