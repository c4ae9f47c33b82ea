"""How much, and open or close: from the amount as said and the signed positions.

A closing leg never exceeds what it closes, and nobody is long and short in one symbol (I19).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from senexbot.domain.errors import Denied
from senexbot.domain.instruments import Instrument, InstrumentType
from senexbot.domain.language.said import Amount, Part, Sentence, Units
from senexbot.domain.money import quantity_text
from senexbot.domain.orders.checks import resolve_action
from senexbot.domain.orders.terms import Action, Leg, Side
from senexbot.domain.resolving.known import Known
from senexbot.domain.resolving.outcome import CannotResolve, Choice

_WORDS = {(1, 1): "all", (1, 2): "half", (1, 3): "a third", (1, 4): "a quarter"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A leg before it is known how many of it there are: `ratio` for each unit of the order."""

    instrument: Instrument
    side: Side
    ratio: int = 1


def part_words(part: Part) -> str:
    return _WORDS.get((part.numerator, part.denominator), f"{part.numerator}/{part.denominator}")


def part_of(whole: Decimal, part: Part) -> Decimal:
    """Rounded down to whole units; all of it is all, also a fraction of a share."""
    if part.numerator == part.denominator:
        return whole
    return (whole * part.numerator / part.denominator).to_integral_value(rounding=ROUND_FLOOR)


def units_of(
    amount: Units | Part, legs: Sequence[Wanted], known: Known, instead: Callable[[Amount], Sentence]
) -> tuple[Decimal, tuple[Choice, ...]]:
    """Units of the order: as said, or a part of what is held of every leg."""
    if isinstance(amount, Units):
        return amount.number, ()
    closable = min(_closable(leg, known) / leg.ratio for leg in legs)
    if len(legs) > 1:
        closable = closable.to_integral_value(rounding=ROUND_FLOOR)
    if closable <= 0:
        have = "hold" if legs[0].side is Side.SELL else "are short"
        name = " and ".join(leg.instrument.words for leg in legs)
        raise CannotResolve("position_missing", f"you {have} no {name}")
    units = part_of(closable, amount)
    if units <= 0:
        words = f"{part_words(amount)} of {quantity_text(closable)} is less than one"
        raise CannotResolve("part_too_small", words, instead=(instead(Units(Decimal(1))),))
    return units, (Choice(f"{part_words(amount)} of {quantity_text(closable)}: {quantity_text(units)}"),)


def _closable(leg: Wanted, known: Known) -> Decimal:
    held = known.held(leg.instrument.symbol)
    if held is None:
        raise CannotResolve("position_missing", "the positions could not be read: say how many")
    return held if leg.side is Side.SELL else -held


def leg_of(wanted: Wanted, units: Decimal, known: Known, instead: Callable[[Amount], Sentence]) -> Leg:
    """The leg with its action. Raises CannotResolve when it would cross zero, Denied as resolve_action does."""
    instrument, quantity = wanted.instrument, units * wanted.ratio
    held = known.held(instrument.symbol)
    try:
        action = resolve_action(
            wanted.side, held, quantity, is_option=_may_be_sold_short(instrument), words=instrument.words
        )
    except Denied as no:
        if no.code != "over_position" or held is None:
            raise
        raise _crossing(wanted, abs(held), instead) from None
    return terms_leg(instrument, action, quantity)


def _may_be_sold_short(instrument: Instrument) -> bool:
    return instrument.type is not InstrumentType.EQUITY


def _crossing(wanted: Wanted, closable: Decimal, instead: Callable[[Amount], Sentence]) -> CannotResolve:
    have = "hold" if wanted.side is Side.SELL else "are short"
    verb, amount = wanted.side.value, quantity_text(closable)
    words = (
        f"you {have} {amount} {wanted.instrument.words}: {verb} {amount} to close, "
        f"and what goes beyond as an order of its own once that has filled"
    )
    units = (closable / wanted.ratio).to_integral_value(rounding=ROUND_FLOOR)
    return CannotResolve("crosses_zero", words, instead=(instead(Units(units)),) if units > 0 else ())


def terms_leg(instrument: Instrument, action: Action, quantity: Decimal) -> Leg:
    return Leg(instrument.symbol, instrument.type, action, quantity, instrument.words, instrument.multiplier)


def closing_action(held: Decimal) -> Action:
    return Action.SELL_TO_CLOSE if held > 0 else Action.BUY_TO_CLOSE
