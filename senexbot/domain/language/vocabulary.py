"""The words of the language: which kind each is (a terminal of the grammar) and what it stands for.

One table for reading, for repairs and for hints. A phrase of several words is one entry.
"""

from __future__ import annotations

from senexbot.domain.instruments import Right
from senexbot.domain.language.said import Effect, Part, Reference, Strategy
from senexbot.domain.parsing_symbol import MONTHS
from senexbot.domain.terms import Side

Meaning = Side | Strategy | Right | Part | Effect | Reference | str | None

_STRATEGIES = {
    Strategy.VERTICAL: "vertical verticals spread spreads vertical_spread vertical_spreads",
    Strategy.STRANGLE: "strangle strangles",
    Strategy.STRADDLE: "straddle straddles",
    Strategy.IRON_CONDOR: "iron_condor iron_condors",
    Strategy.IRON_BUTTERFLY: "iron_butterfly iron_butterflies iron_fly iron_flies",
    Strategy.BUTTERFLY: "butterfly butterflies fly flies",
    Strategy.CALENDAR: "calendar calendars calendar_spread calendar_spreads",
    Strategy.DIAGONAL: "diagonal diagonals diagonal_spread diagonal_spreads",
    Strategy.RATIO: "ratio ratios ratio_spread ratio_spreads",
    Strategy.COVERED_CALL: "covered_call covered_calls",
    Strategy.COLLAR: "collar collars",
}
_PARTS = {
    "all": Part(1, 1),
    "half": Part(1, 2),
    "a half": Part(1, 2),
    "a third": Part(1, 3),
    "one third": Part(1, 3),
    "two thirds": Part(2, 3),
    "a quarter": Part(1, 4),
    "one quarter": Part(1, 4),
    "three quarters": Part(3, 4),
}
_RIGHTS = {"p": Right.PUT, "put": Right.PUT, "puts": Right.PUT}
_RIGHTS |= {"c": Right.CALL, "call": Right.CALL, "calls": Right.CALL}
_EFFECTS = {"credit": Effect.CREDIT, "cr": Effect.CREDIT, "debit": Effect.DEBIT, "db": Effect.DEBIT}
_PLAIN = {
    "CLOSE": "close",
    "PROTECT": "protect",
    "ROLL": "roll",
    "REPLACE": "replace",
    "THEN": "then",
    "AND": "and",
    "OF": "of",
    "UNIT": "shares share contracts contract",
    "MARKET": "mkt market",
    "AT": "@ at for",
    "LIMIT": "limit lmt",
    "STOP": "stop stp",
    "TIF": "day today gtc ext overnight ioc",
    "UNTIL": "until gtd",
    "IN": "in account",
    "TP": "tp target take_profit",
    "SL": "sl stop_loss",
    "EXITS": "exits",
    "WALK": "walk",
    "EVERY": "every",
    "TO": "to",
    "OPTIONS": "options option",
    "SAME_DELTA": "same_delta",
    "SAME_STRIKE": "same_strike",
    "ATM": "atm at_the_money",
    "OUT": "out otm",
    "WITH_SHARES": "with_shares",
    "MONTHLY": "monthly",
    "SIGN": "- +",
}


def _table() -> dict[str, tuple[str, Meaning]]:
    table: dict[str, tuple[str, Meaning]] = {side.value: ("SIDE", side) for side in Side}
    for strategy, words in _STRATEGIES.items():
        table |= {word.replace("_", " "): ("STRATEGY", strategy) for word in words.split()}
    table |= {word: ("PART", part) for word, part in _PARTS.items()}
    table |= {word: ("RIGHT", right) for word, right in _RIGHTS.items()}
    table |= {word: ("EFFECT", effect) for word, effect in _EFFECTS.items()}
    table |= {reference.value: ("PEG", reference) for reference in Reference}
    for kind, words in _PLAIN.items():
        table |= {word.replace("_", " "): (kind, word.replace("_", " ")) for word in words.split()}
    return table


PHRASES = _table()

WEEKDAYS = {
    name: index
    for index, names in enumerate(
        ("monday mon", "tuesday tue", "wednesday wed", "thursday thu", "friday fri")
    )
    for name in names.split()
}

# What a hint calls a kind of word, the likelier ones first.
NAMES = {
    "SIDE": "buy or sell",
    "CLOSE": "close",
    "SYMBOL": "a symbol",
    "AT": "@ and a price",
    "STRATEGY": "a strategy",
    "DATE": "an expiration",
    "STRIKES": "strikes",
    "DELTA": "a delta",
    "RIGHT": "put or call",
    "NUMBER": "a number",
    "PERCENT": "a percentage",
    "MULTIPLE": "a multiple such as 2x",
    "PEG": "mid, bid or ask",
    "MARKET": "mkt",
    "TIF": "how long it stands (gtc)",
    "EFFECT": "credit or debit",
    "DURATION": "a time such as 20s",
    "EVERY": "every",
    "TO": "to",
    "ACCOUNT": "the last digits of an account",
    "ORDER_ID": "the number of a working order",
    "SAME_DELTA": "same delta",
    "SIGNED": "a signed quantity",
    "TP": "tp",
    "SL": "sl",
    "IN": "in and an account",
}

_MONTH_WORDS = frozenset(MONTHS)


def words_of(kinds: frozenset[str]) -> frozenset[str]:
    """Every word or phrase of these kinds, for near ones to be looked for."""
    found = {phrase for phrase, (kind, _) in PHRASES.items() if kind in kinds}
    if "DATE" in kinds:
        found |= {*WEEKDAYS, *_MONTH_WORDS}
    return frozenset(found)


def expected(kinds: frozenset[str]) -> str:
    """`a symbol or a strategy`: at most four of what could stand somewhere."""
    names = [name for kind, name in NAMES.items() if kind in kinds][:4]
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} or {names[-1]}"
