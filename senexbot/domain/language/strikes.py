"""Which contract, word by word: what stands between the instrument and the price, gathered before it is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from math import gcd
from typing import NamedTuple

from senexbot.domain.instruments import Right
from senexbot.domain.language.amounts import number, stripped
from senexbot.domain.language.lexing import Piece
from senexbot.domain.language.misread import misread
from senexbot.domain.language.said import (
    AtDelta,
    AtStrike,
    AtTheMoney,
    Effect,
    Expiration,
    InDays,
    Monthly,
    OnDate,
    PercentOut,
    Strategy,
    Strike,
)
from senexbot.domain.language.tables import Node
from senexbot.domain.words import Word, read_number

MAX_STRIKE = 100_000
_EXPIRATIONS = frozenset({"DATE", "DAYS", "MONTHLY"})
_RIGHTS = {"p": Right.PUT, "c": Right.CALL}
_STRIKE_EXAMPLE = "A strike is a number such as 590 or 592.50."


class StrikeSaid(NamedTuple):
    strike: Strike
    right: Right | None
    at: Word


@dataclass(slots=True)
class Specs:
    """What was said of the contract. `bare`: numbers alone, whose meaning the rest decides."""

    strategy: Strategy | None = None
    strategy_at: Word | None = None
    right: Right | None = None
    right_at: Word | None = None
    expirations: list[tuple[Expiration, Word]] = field(default_factory=list)
    strikes: list[StrikeSaid] = field(default_factory=list)
    widths: list[tuple[Decimal, Word]] = field(default_factory=list)
    ratio: tuple[int, int] | None = None
    with_shares: Word | None = None
    bare: list[tuple[Piece, Effect | None]] = field(default_factory=list)
    last: Word | None = None

    @property
    def is_option(self) -> bool:
        """Whether anything was said that only an option has."""
        named = self.strategy or self.right or self.expirations or self.strikes or self.widths
        return bool(named) or self.ratio is not None or self.with_shares is not None


def specs_of(entry: Node) -> Specs:
    said = Specs()
    leading = entry.piece("STRATEGY")
    if leading is not None:
        _strategy(leading, said)
    for spec in entry.nodes("spec"):
        _take(spec, said)
        said.last = spec.last.word
    return said


def _strategy(piece: Piece, said: Specs) -> None:
    if said.strategy is not None:
        raise misread("{}: the strategy was said already.", piece.word, "Say it once.")
    assert isinstance(piece.value, Strategy)
    said.strategy, said.strategy_at = piece.value, piece.word


def _take(spec: Node, said: Specs) -> None:
    piece = spec.first
    kind = piece.kind
    right = spec.piece("RIGHT")
    if kind == "STRATEGY":
        _strategy(piece, said)
    elif kind == "RIGHT":
        _right(piece, said)
    elif kind in _EXPIRATIONS:
        assert isinstance(piece.value, OnDate | InDays | Monthly)
        said.expirations.append((piece.value, piece.word))
    elif kind == "STRIKES":
        said.strikes += [_listed(part, piece) for part in piece.text.split("/")]
    elif kind == "WIDTH":
        width = number(stripped(piece, "wide"), "width")
        if width == 0:
            raise misread("{}: a width of zero is none.", piece.whole, "Type it like 5 wide.")
        said.widths.append((width, piece.whole))
    elif kind == "RATIO":
        said.ratio = _ratio(piece, said)
    elif kind == "WITH_SHARES":
        said.with_shares = piece.whole
    elif kind in {"NUMBER", "MONEY"} and right is None:
        effect = spec.piece("EFFECT")
        said.bare.append(
            (piece, Effect(effect.value) if effect and isinstance(effect.value, Effect) else None)
        )
    else:
        said.strikes.append(StrikeSaid(strike_of(piece), right_of(piece, right), piece.word))


def _right(piece: Piece, said: Specs) -> None:
    assert isinstance(piece.value, Right)
    if said.right is not None:
        raise misread("{}: put or call was said already.", piece.word, "Say it once.")
    said.right, said.right_at = piece.value, piece.word


def right_of(piece: Piece, behind: Piece | None) -> Right | None:
    """The right in `590p`, or in the word behind the strike."""
    if isinstance(piece.value, tuple):
        return piece.value[1]
    return behind.value if behind is not None and isinstance(behind.value, Right) else None


def strike_of(piece: Piece) -> Strike:
    """`590`, `590p`, `16Δ`, `5%`, `atm`."""
    if piece.kind == "DELTA":
        return AtDelta(_delta(piece))
    if piece.kind == "PERCENT":
        percent = number(stripped(piece, "%"), "percentage")
        if not 0 < percent < 100:
            raise misread("{}: so far out of the money is no strike.", piece.word, "Type it like 5%.")
        return PercentOut(percent)
    if piece.kind == "ATM":
        return AtTheMoney()
    text = piece.value[0] if isinstance(piece.value, tuple) else piece.text
    return exact_strike(text, piece.word)


def exact_strike(text: str, word: Word) -> AtStrike:
    value = read_number(Word(text, word.place), "strike")
    if value == 0:
        raise misread("{}: a strike of zero does not exist.", word, _STRIKE_EXAMPLE)
    if value >= MAX_STRIKE or ("." in text and value != round(value, 3)):
        raise misread(
            "{} is no strike: below 100,000, with at most 3 digits behind the point.", word, _STRIKE_EXAMPLE
        )
    return AtStrike(value)


def _listed(part: str, piece: Piece) -> StrikeSaid:
    right = _RIGHTS.get(part[-1])
    text = part if right is None else part.rstrip("pc")
    return StrikeSaid(exact_strike(text, piece.word), right, piece.word)


def _delta(piece: Piece) -> Decimal:
    """In hundredths: `16Δ` and `0.16 delta` are 16. `1Δ` is 1, as deltas are quoted."""
    value = number(stripped(piece, "deltas", "delta"), "delta")
    hundredths = value * 100 if value < 1 else value
    if not 0 < hundredths < 100:
        raise misread("{} is no delta: more than 0 and less than 100.", piece.word, "Type it like 16Δ.")
    return hundredths


def _ratio(piece: Piece, said: Specs) -> tuple[int, int]:
    if said.ratio is not None:
        raise misread("{}: the ratio was said already.", piece.word, "Say it once.")
    first, second = (int(part) for part in piece.text.split("x"))
    if not 1 <= first < second <= 10:
        raise misread(
            "{} is no ratio that is read here.", piece.word, "The smaller number comes first, as in 1x2."
        )
    common = gcd(first, second)
    if common > 1:
        unit = f"{first // common}x{second // common}"
        raise misread(
            "{}: the number of units stands before the symbol.",
            piece.word,
            f"Say {unit}, {common} times as many.",
        )
    return first, second
