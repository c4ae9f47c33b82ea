"""The words of a mandate: `at most 10 SPY strangles a day at 16 delta or less until friday`. One reading or none.

A grammar of its own beside the order language's, run by the same machine (language/tables.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from difflib import get_close_matches
from functools import cache

from senexbot.domain.approval.mandates_terms import Cap, Kind, MandateTerms, Per
from senexbot.domain.errors import ParseError, Suggestion
from senexbot.domain.instruments import EQUITY_SYMBOL
from senexbot.domain.language.expirations import expiration_of
from senexbot.domain.language.lexing import MEANT, Piece
from senexbot.domain.language.misread import Fix, Misread, misread
from senexbot.domain.language.said import OnDate
from senexbot.domain.language.tables import END, Machine, Node, Tables, tables_of
from senexbot.domain.orders.terms import Side
from senexbot.domain.parsing_symbol import NO_SYMBOLS
from senexbot.domain.words import Word, looks_like_person, member_id, read_number, read_words

MANDATE_GRAMMAR = 1  # stored beside each normal form
LONGEST_DAYS = 31
MOST_UNITS, MOST_SHARES, MOST_DOLLARS = 10_000, 1_000_000, 10_000_000
HOW = "Say it like mandate at most 10 SPY strangles a day at 16 delta or less until friday."

TEXT = r"""
mandate:  AT_MOST NUMBER SIDE? SYMBOL KIND A_DAY clause+
clause:   delta | price | notional | loss | account | until
delta:    AT? DELTA OR_LESS? | AT_MOST DELTA
price:    (FOR | AT)? (NUMBER | MONEY) EFFECT (OR_BETTER | OR_LESS | OR_MORE)?
notional: NOTIONAL AT_MOST? (NUMBER | MONEY) per?
loss:     LOSS AT_MOST? (NUMBER | MONEY) per?
per:      A_DAY | AN_ORDER
account:  IN ACCOUNT
until:    UNTIL DATE TIME?
%declare AT_MOST NUMBER SIDE SYMBOL KIND A_DAY AN_ORDER AT DELTA OR_LESS OR_BETTER OR_MORE FOR MONEY EFFECT
%declare NOTIONAL LOSS IN ACCOUNT UNTIL DATE TIME
"""

_PHRASES = {
    "AT_MOST": ("at most", "up to", "max", "maximum", "no more than"),
    "A_DAY": ("a day", "per day", "each day", "daily"),
    "AN_ORDER": ("an order", "per order", "each order", "each"),
    "OR_LESS": ("or less", "or lower", "or under"),
    "OR_BETTER": ("or better",),
    "OR_MORE": ("or more", "or higher"),
    "AT": ("at",),
    "FOR": ("for",),
    "IN": ("in",),
    "UNTIL": ("until", "till"),
    "EFFECT": ("credit", "debit"),
    "NOTIONAL": ("notional",),
    "LOSS": ("loss", "greatest loss", "max loss", "losing"),
    "SIDE": ("short", "sold", "long", "bought"),
    "KIND": tuple(word for kind in Kind for word in (kind.value, kind.one)),
}
_KIND_OF = {phrase: name for name, phrases in _PHRASES.items() for phrase in phrases}
_SIDES = {"short": Side.SELL, "sold": Side.SELL, "long": Side.BUY, "bought": Side.BUY}
_EXPECTED = {
    "AT_MOST": "at most",
    "NUMBER": "a number",
    "SYMBOL": "the symbol",
    "KIND": "strangles, straddles, verticals, iron condors, iron butterflies, puts, calls, options or shares",
    "A_DAY": "a day",
    "AN_ORDER": "an order",
    "SIDE": "short or long",
    "DELTA": "16 delta or less",
    "EFFECT": "credit or debit",
    "NOTIONAL": "notional",
    "LOSS": "loss",
    "IN": "in and an account",
    "ACCOUNT": "the account's last characters",
    "UNTIL": "until and a day",
    "DATE": "a day like friday or 18DEC26",
    "TIME": "a time like 12:00",
}
_NUM = r"(?:\d[\d,]*(?:\.\d+)?|\.\d+)"
_SHAPES = (
    ("DELTA", re.compile(rf"{_NUM}[ -]?deltas?\Z", re.ASCII)),
    ("TIME", re.compile(r"\d{1,2}:\d{2}\Z", re.ASCII)),
    ("MONEY", re.compile(r"\$\S+\Z|\S*\d[km]\Z", re.ASCII)),
    ("NUMBER", re.compile(r"[-+.,]*\d\S*\Z", re.ASCII)),
)
_UNCAPPED = frozenset({Kind.STRANGLE, Kind.STRADDLE})
_PLAIN = str.maketrans({"Δ": "delta", "∆": "delta", "−": "-", "–": "-"})
_MENTION = re.compile(r"<@([UW][A-Z0-9]{4,20})(?:\|[^<>]*)?>", re.ASCII)


@dataclass(frozen=True, slots=True)
class MandateSaid:
    """`person`: whom it is for, "" for the one who says it; `reason`: what stands behind `because`."""

    person: str
    terms: MandateTerms
    reason: str = ""


def parse_mandate(text: str, today: date) -> MandateSaid:
    """What a text grants or asks for. Raises ParseError naming the word, its place and what to type instead."""
    asked, _, reason = text.partition(" because ")
    words = read_words(_MENTION.sub(r" \1 ", asked), MEANT)
    person = ""
    if words and looks_like_person(words[0].text):
        person, words = member_id(words[0].text), words[1:]
    try:
        return MandateSaid(person, _read(words, today), reason.strip())
    except Misread as error:
        error.suggestions = _suggestions(words, error, person, today)
        raise


def _suggestions(words: tuple[Word, ...], error: Misread, person: str, today: date) -> tuple[Suggestion, ...]:
    """The fixes that read; each says the whole mandate."""
    found = []
    for fix in error.fixes:
        swaps = dict(fix.swaps)
        said = " ".join(part for part in (*(swaps.get(w.place, w.text) for w in words), fix.append) if part)
        try:
            _read(read_words(said, MEANT), today)
        except ParseError:
            continue
        found.append(Suggestion(fix.label, " ".join(part for part in ("mandate", person, said) if part)))
    return tuple(found)


# --- reading ---------------------------------------------------------------------------------------


@cache
def _tables() -> Tables:
    from lark import Lark

    lark = Lark(TEXT, parser="lalr", lexer="basic", start=["mandate"], maybe_placeholders=False)
    return tables_of(lark, ("mandate",))


@dataclass(frozen=True, slots=True)
class _Bit:
    """A word in lower case, without the comma behind it."""

    text: str
    word: Word


def _read(words: tuple[Word, ...], today: date) -> MandateTerms:
    bits = tuple(_Bit(_plain(word.text), word) for word in words if word.text != ",")
    if not bits:
        raise Misread("A mandate for what?", hint=HOW)
    machine, at, last = Machine(_tables(), "mandate"), 0, bits[-1].word
    while at < len(bits):
        chosen = next((c for c in _candidates(bits, at, today) if machine.takes(c[0].kind)), None)
        if chosen is None:
            raise misread(
                "{} cannot stand here.", bits[at].word, _expected(machine), *_mends(machine, bits[at])
            )
        piece, size = chosen
        machine.feed(piece)
        at += size
    if not machine.takes(END):
        fix = Fix("… until friday", append="until friday")
        raise misread("Behind {} something is missing.", last, _expected(machine), fix)
    return _terms(machine.end(), last, today)


def _plain(text: str) -> str:
    return text.translate(_PLAIN).lower().rstrip(",")


def _expected(machine: Machine) -> str:
    names = [words for kind, words in _EXPECTED.items() if kind in machine.accepts()]
    return f"Expected here: {', '.join(names)}." if names else HOW


def _mends(machine: Machine, bit: _Bit) -> Iterator[Fix]:
    """A word left out before this one, or this one misspelt."""
    place, text = bit.word.place, bit.word.text
    for kind, words in (("AT_MOST", "at most"), ("A_DAY", "a day")):
        if machine.takes(kind):
            yield Fix(f"{words} {text}", ((place, f"{words} {text}"),))
    if machine.takes("KIND"):
        for near in get_close_matches(bit.text, _PHRASES["KIND"], n=2, cutoff=0.7):
            yield Fix(near, ((place, near),))


def _candidates(bits: tuple[_Bit, ...], at: int, today: date) -> Iterator[tuple[Piece, int]]:
    """What may begin here, the longest first; a symbol and an account are taken where nothing else fits."""
    first = bits[at].word
    for size in range(min(3, len(bits) - at), 0, -1):
        text = " ".join(bit.text for bit in bits[at : at + size])
        whole = Word(" ".join(bit.word.text for bit in bits[at : at + size]), first.place)

        def piece(kind: str, value: OnDate | None = None, text: str = text, whole: Word = whole) -> Piece:
            return Piece(kind, text, first, value, whole)

        if text in _KIND_OF:
            yield piece(_KIND_OF[text]), size
        if text == "today":
            yield piece("DATE", OnDate(today)), size
        elif text == "tomorrow":
            yield piece("DATE", OnDate(today + timedelta(days=1))), size
        elif (found := expiration_of(text, whole, today)) is not None and found[0] == "DATE":
            day = found[1]()
            assert isinstance(day, OnDate)
            yield piece("DATE", day), size
        for kind, shape in _SHAPES:
            if shape.match(text):
                yield piece(kind), size
    symbol = first.text.rstrip(",").upper()
    if symbol not in NO_SYMBOLS and EQUITY_SYMBOL.match(symbol):
        yield Piece("SYMBOL", symbol.replace(".", "/"), first, whole=first), 1
    yield Piece("ACCOUNT", bits[at].text, first, whole=first), 1


# --- what was read ---------------------------------------------------------------------------------


def _terms(tree: Node, last: Word, today: date) -> MandateTerms:
    clauses = _once(tree)
    piece, kind = tree.piece("SYMBOL"), tree.piece("KIND")
    count, side_piece = tree.piece("NUMBER"), tree.piece("SIDE")
    assert piece is not None
    assert kind is not None
    assert count is not None
    what = next(k for k in Kind if kind.text in {k.value, k.one})
    side = None
    if side_piece is not None:
        side = _SIDES[side_piece.text]
        if what is Kind.SHARE and side is Side.SELL:
            raise misread("{}: selling shares short is not offered.", side_piece.word, "Leave the word out.")
    if "until" not in clauses:
        fix = Fix("… until friday", append="until friday")
        raise misread("Behind {} the end is missing: a mandate has one.", last, "Say until and a day.", fix)
    until, minute = _until(clauses["until"], today)
    return MandateTerms(
        count=_count(count, what),
        symbol=piece.text,
        kind=what,
        until=until,
        minute=minute,
        side=side,
        delta=_delta(clauses["delta"], what) if "delta" in clauses else None,
        price=_price(clauses["price"], side, what) if "price" in clauses else None,
        notional=_cap(clauses["notional"]) if "notional" in clauses else None,
        loss=_loss(clauses["loss"], side, what) if "loss" in clauses else None,
        account=clauses["account"].last.text if "account" in clauses else "",
    )


def _once(tree: Node) -> dict[str, Node]:
    found: dict[str, Node] = {}
    for clause in (node.nodes()[0] for node in tree.nodes("clause")):
        if clause.rule in found:
            raise misread(f"{{}}: {clause.rule} is said twice.", clause.first.word, "Say it once.")
        found[clause.rule] = clause
    return found


def _count(piece: Piece, kind: Kind) -> Decimal:
    value, most = _number(piece, "number"), MOST_SHARES if kind is Kind.SHARE else MOST_UNITS
    if value != value.to_integral_value() or not 1 <= value <= most:
        raise misread(f"{{}}: a mandate is for 1 to {most:,} a day, whole ones.", piece.word, "Say how many.")
    return Decimal(int(value))


def _number(piece: Piece, what: str) -> Decimal:
    return read_number(Word(piece.text, piece.word.place), what)


def _delta(node: Node, kind: Kind) -> Decimal:
    piece = node.piece("DELTA")
    assert piece is not None
    digits = re.sub(r"[ -]?deltas?\Z", "", piece.text)
    if kind is Kind.SHARE:
        raise misread("{}: shares have no delta.", piece.word, "Leave it out.")
    if node.piece("OR_LESS", "AT_MOST") is None:
        words = piece.whole.text
        places = tuple((piece.word.place + i, "") for i in range(1, len(words.split())))
        fix = Fix(f"{words} or less", ((piece.word.place, f"{words} or less"), *places))
        raise misread("{}: or less?", piece.whole, f"Say at {digits} delta or less.", fix)
    value = read_number(Word(digits, piece.word.place), "delta")
    if not 1 <= value <= 99:
        hint = f"Say at {value * 100:.0f} delta or less." if 0 < value < 1 else "Say 1 to 99, like 16 delta."
        raise misread("{} is no delta: it is said in hundredths.", piece.whole, hint)
    return value


def _price(node: Node, side: Side | None, kind: Kind) -> Decimal:
    piece, effect = node.piece("NUMBER", "MONEY"), node.piece("EFFECT")
    assert piece is not None
    assert effect is not None
    value = _number(piece, "price")
    credit = effect.text == "credit"
    if value == 0:
        raise misread("{}: zero is no price.", piece.word, "Type a number above zero.")
    if side is not None and credit is not (side is Side.SELL):
        word = "credit" if side is Side.SELL else "debit"
        raise misread(f"{{}}: what is {'sold' if side is Side.SELL else 'bought'} here is for a {word}.",
                      effect.word, f"Say {piece.text} {word} or better.")  # fmt: skip
    if kind is Kind.SHARE and credit:
        raise misread("{}: shares are bought for a debit.", effect.word, f"Say {piece.text} debit or better.")
    behind = node.piece("OR_BETTER", "OR_LESS", "OR_MORE")
    fix = Fix(f"{effect.text} or better", ((effect.word.place, f"{effect.text} or better"),))
    if behind is None:
        raise misread("{}: or better?", effect.word, f"Say {piece.text} {effect.text} or better.", fix)
    if behind.kind == ("OR_LESS" if credit else "OR_MORE"):
        hint = f"Say {piece.text} {effect.text} or better."
        raise misread("{}: that would be a price without an end.", behind.whole, hint)
    return value if credit else -value


def _cap(node: Node) -> Cap:
    piece, per = node.piece("NUMBER", "MONEY"), node.node("per")
    assert piece is not None
    factor = {"k": 1_000, "m": 1_000_000}.get(piece.text[-1], 1)
    amount = read_number(Word(piece.text.rstrip("km"), piece.word.place), "amount of dollars") * factor
    if amount != amount.to_integral_value() or not 1 <= amount <= MOST_DOLLARS:
        hint = f"Say 1 to {MOST_DOLLARS:,}, whole dollars."
        raise misread("{} is no amount for a mandate.", piece.word, hint)
    if per is None:
        word, fixes = piece.word, []
        for one in Per:
            fixes.append(Fix(f"{piece.text} {one}", ((word.place, f"{word.text.rstrip(',')} {one}"),)))
        raise misread(
            "{}: a day, or an order?", word, f"Say {piece.text} a day or {piece.text} an order.", *fixes
        )
    return Cap(Decimal(int(amount)), Per.DAY if per.first.kind == "A_DAY" else Per.ORDER)


def _loss(node: Node, side: Side | None, kind: Kind) -> Cap:
    if kind in _UNCAPPED and side is Side.SELL:
        hint = "Leave the loss out, or say iron condors."
        raise misread(f"{{}}: the loss of sold {kind} has no cap.", node.first.word, hint)
    return _cap(node)


def _until(node: Node, today: date) -> tuple[date, int | None]:
    piece, clock = node.piece("DATE"), node.piece("TIME")
    assert piece is not None
    assert isinstance(piece.value, OnDate)
    day = piece.value.day
    if day > today + timedelta(days=LONGEST_DAYS):
        hint = f"Say a day up to {today + timedelta(days=LONGEST_DAYS)}."
        raise misread(f"{{}}: a mandate lasts at most {LONGEST_DAYS} days.", piece.whole, hint)
    if clock is None:
        return day, None
    hour, minute = (int(part) for part in clock.text.split(":"))
    if hour > 23 or minute > 59:
        raise misread("{} is no time of day.", clock.word, "Say it like 12:00, by New York's clock.")
    return day, hour * 60 + minute
