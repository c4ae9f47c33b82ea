"""How much: units, dollars, or a part of the position. And numbers with a place."""

from __future__ import annotations

from decimal import Decimal

from senexbot.domain.language.lexing import Piece
from senexbot.domain.language.misread import Fix, misread
from senexbot.domain.language.said import Amount, Notional, Part, Units
from senexbot.domain.language.tables import Node
from senexbot.domain.words import Word, read_number

MAX_SHARES = 1_000_000
MAX_CONTRACTS = 10_000
MAX_DOLLARS = 10_000_000
_CENT = Decimal("0.01")


def number(piece: Piece, what: str) -> Decimal:
    """A strict number; `$` is read and dropped. Raises ParseError with the piece as its word."""
    return read_number(Word(piece.text, piece.word.place), what)


def money(node: Node | Piece, what: str) -> Decimal:
    """A number above zero, where zero would be no price."""
    piece = node if isinstance(node, Piece) else node.first
    value = number(piece, what)
    if value == 0:
        raise misread(f"{{}}: zero is no {what}.", piece.word, "Type a number above zero.")
    return value


def stripped(piece: Piece, *endings: str) -> Piece:
    """`45%` as `45`, so that what stands before the ending is read as strictly as any number."""
    text = piece.text
    for ending in endings:
        text = text.removesuffix(ending)
    return Piece(piece.kind, text.rstrip(" -"), piece.word, whole=piece.whole)


def amount_of(node: Node | None) -> Amount | None:
    """What the words before the instrument say; None when they say nothing."""
    if node is None:
        return None
    piece = node.first
    if isinstance(piece.value, Part):
        return piece.value
    if piece.kind == "MONEY":
        return _notional(piece)
    if piece.kind == "PERCENT":
        return part_of_percent(piece)
    return Units(units(piece))


def units(piece: Piece) -> Decimal:
    """A whole number of at least one; how many at most depends on the instrument."""
    value = number(piece, "quantity")
    if value != value.to_integral_value():
        fix = Fix(f"{int(value)}", ((piece.word.place, f"{int(value)}"),))
        raise misread("{}: only whole shares and contracts are traded here.", piece.word, "Round it.", fix)
    if value == 0:
        raise misread("{}: an order needs a quantity of at least 1.", piece.word, "Type 1 or more.")
    return Decimal(int(value))


def _notional(piece: Piece) -> Notional:
    value = money(piece, "amount of dollars")
    if value.quantize(_CENT) != value:
        raise misread("{}: dollars have two digits behind the point.", piece.word, "Type it like $500.25.")
    if value > MAX_DOLLARS:
        raise misread(f"{{}} is more than the ${MAX_DOLLARS:,} an order may have.", piece.word, "Type less.")
    return Notional(value)


def part_of_percent(piece: Piece) -> Part:
    value = number(stripped(piece, "%"), "percentage")
    if not 0 < value <= 100:
        raise misread("{}: a part is more than 0 % and at most 100 %.", piece.word, "Type it like 25%.")
    top, bottom = (value / 100).as_integer_ratio()
    return Part(top, bottom)


def at_most(amount: Amount, most: int, unit: str, at: Word) -> None:
    if isinstance(amount, Units) and amount.number > most:
        raise misread(f"{{}} is more than the {most:,} {unit} one order may have.", at, "Type less.")
