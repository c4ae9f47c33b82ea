"""Reading a quote request. Nothing is skipped: every word belongs to an instrument or is refused."""

from __future__ import annotations

import re

from senexbot.domain.errors import ParseError, Suggestion
from senexbot.domain.parsing_symbol import QuoteTerm, read_term, term_text
from senexbot.domain.words import read_words

MAX_TERMS = 10
_LIST_COMMA = re.compile(r",(?=\s|$)")  # people write lists as "AAPL, SPY"

__all__ = ["MAX_TERMS", "QuoteTerm", "parse_quote", "term_text"]


def parse_quote(text: str) -> tuple[QuoteTerm, ...]:
    """1 to 10 instruments in the order asked, each once: `AAPL spy SPY 18DEC26 590p`.

    Raises ParseError. Expired options are not refused here: the chain says what is listed.
    """
    words = read_words(_LIST_COMMA.sub(" ", text))
    if not words:
        raise ParseError(
            "A quote of what?",
            hint="Type one or more symbols, such as quote AAPL SPY.",
            suggestions=(Suggestion("Quote SPY", "quote SPY"),),
        )
    terms: list[QuoteTerm] = []
    at = 0
    while at < len(words):
        term, at = read_term(words, at)
        terms.append(term)
    distinct = tuple(dict.fromkeys(terms))
    if len(distinct) > MAX_TERMS:
        raise ParseError(
            f"{len(distinct)} instruments in one quote; at most {MAX_TERMS} are answered.",
            hint="Ask in two lines.",
        )
    return distinct
