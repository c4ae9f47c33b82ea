"""The words of the language: which kind each is (a terminal of the grammar) and what it stands for.

One table for reading, for repairs and for hints. A phrase of several words is one entry.
"""

from __future__ import annotations

from senexbot.domain.instruments import Right
from senexbot.domain.language.said import Effect, Part, Reference, Strategy
from senexbot.domain.orders.terms import Side
from senexbot.domain.parsing_symbol import MONTHS

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

# What a hint calls what could stand somewhere: the first row whose kinds are all expected names it, and takes
# the kinds of its second set out of what is named after it.
NAMES: tuple[tuple[frozenset[str], frozenset[str], str], ...] = tuple(
    (frozenset(when.split()), frozenset(names.split()), text)
    for when, names, text in (
        ("SIDE CLOSE", "SIDE CLOSE PROTECT ROLL REPLACE", "buy, sell, close, protect, roll, replace"),
        ("PART SYMBOL", "PART NUMBER MONEY PERCENT STRATEGY SYMBOL FUTURE OCC", "a quantity, a symbol"),
        ("SYMBOL", "SYMBOL FUTURE OCC STRATEGY NUMBER AT", "a symbol"),
        ("ORDER_ID", "ORDER_ID", "the number of a working order"),
        (
            "STRATEGY DATE",
            "STRATEGY DATE NUMBER DELTA RIGHT PEG MONEY MARKET",
            "a strategy, an expiration, a strike",
        ),
        ("SAME_DELTA DATE", "SAME_DELTA DATE NUMBER DELTA RIGHT TO", "an expiration, a strike, same delta"),
        ("DELTA", "DELTA NUMBER RIGHT", "a strike"),
        (
            "MULTIPLE",
            "MULTIPLE PERCENT NUMBER MONEY AT",
            "a price (210), a percentage (50%), a multiple (2x)",
        ),
        ("AT PEG TIF", "AT PEG NUMBER MONEY MARKET LIMIT STOP TO", "@ and a price"),
        ("AT TIF", "AT NUMBER MONEY MARKET LIMIT STOP TO", "@ and a price"),
        ("NUMBER PEG", "NUMBER MONEY PEG MARKET LIMIT AT", "a price (187.50), mid, bid, ask, mkt"),
        ("MARK", "MARK NUMBER SIGNED MARKET PEG", "a price (1.20), MARK, MKT"),
        ("NUMBER MONEY", "NUMBER MONEY AT LIMIT", "a price"),
        ("TIF", "TIF UNTIL", "how long it stands (gtc)"),
        ("DATE", "DATE", "a day such as 18DEC26"),
        ("EFFECT", "EFFECT", "credit, debit"),
        ("DURATION", "DURATION", "a time such as 20s"),
        ("EVERY", "EVERY", "every"),
        ("TO", "TO", "to and a price"),
        ("ACCOUNT", "ACCOUNT", "the last digits of an account"),
        ("TP", "TP SL", "tp, sl"),
        ("IN", "IN", "in and an account"),
        ("SIDE", "SIDE", "buy, sell"),
        ("NUMBER", "NUMBER", "a number"),
        ("RIGHTS", "RIGHT RIGHTS COVER", "PUT, CALL, CALL/PUT"),
    )
)

_MONTH_WORDS = frozenset(MONTHS)


def words_of(kinds: frozenset[str]) -> frozenset[str]:
    """Every word or phrase of these kinds, for near ones to be looked for."""
    found = {phrase for phrase, (kind, _) in PHRASES.items() if kind in kinds}
    if "DATE" in kinds:
        found |= {*WEEKDAYS, *_MONTH_WORDS, "monthly"}
    return frozenset(found)


def expected(kinds: frozenset[str]) -> str:
    """`a symbol`, `tp, sl or in and an account`: at most four of what could stand somewhere."""
    left, names = kinds, list[str]()
    for when, taken, text in NAMES:
        if when <= left:
            left -= taken
            names += text.split(", ")
    names = names[:6]
    return (
        f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0] if names else "nothing more"
    )
