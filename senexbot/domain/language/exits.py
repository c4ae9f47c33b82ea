"""Exits said with an entry or on a position: where the profit is taken, where the loss is stopped."""

from __future__ import annotations

from decimal import Decimal

from senexbot.domain.language.amounts import money, number, stripped
from senexbot.domain.language.lexing import Piece
from senexbot.domain.language.misread import Fix, misread
from senexbot.domain.language.said import (
    AtMultiple,
    AtPercent,
    AtPrice,
    Exits,
    Level,
    Limit,
    Market,
    Pricing,
    Stop,
)
from senexbot.domain.words import Word

MAX_PERCENT = 1_000
MAX_TIMES = 100
_GOAL = "Type a price (210), a percentage (50%) or a multiple (2x)."


def goal_of(piece: Piece) -> Level:
    if piece.kind == "PERCENT":
        percent = number(stripped(piece, "%"), "percentage")
        if not 0 < percent <= MAX_PERCENT:
            raise misread(
                f"{{}}: more than 0 % and at most {MAX_PERCENT:,} % is read here.", piece.word, _GOAL
            )
        return AtPercent(percent)
    if piece.kind == "MULTIPLE":
        times = number(stripped(piece, "x"), "multiple")
        if not 0 < times <= MAX_TIMES or times == 1:
            raise misread(
                f"{{}} is no exit: a multiple of the entry, not 1 and at most {MAX_TIMES}.", piece.word, _GOAL
            )
        return AtMultiple(times)
    return AtPrice(money(piece, "price"))


def check_exits(
    exits: Exits, pricing: Pricing, at: Word, goals: tuple[Word, ...], *, pays: bool | None
) -> None:
    """What the text alone shows to be no exit. `pays`: whether the entry is paid for; None when not known.

    `goals`: the words of the levels, which are offered the other way round.
    """
    fixes = (_turned(goals),) if len(goals) == 2 else ()
    levels = [level for level in (exits.take_profit, exits.stop_loss) if level is not None]
    if isinstance(pricing, Market | Stop) and any(not isinstance(level, AtPrice) for level in levels):
        raise misread(
            "{}: a part of an entry price that is not known yet.",
            at,
            "Name prices (tp 210), or enter at mid.",
        )
    if pays is None:
        return
    entry = pricing.price if isinstance(pricing, Limit) else None
    if _lies(exits.take_profit, entry, pays=pays, percent=1) in {0, -1}:
        raise _wrong("take-profit", "above" if pays else "below", at, *fixes)
    if _lies(exits.stop_loss, entry, pays=pays, percent=-1) in {0, 1}:
        raise _wrong("stop-loss", "below" if pays else "above", at, *fixes)
    if isinstance(exits.take_profit, AtPrice) and isinstance(exits.stop_loss, AtPrice):
        check_order(exits.take_profit.price, exits.stop_loss.price, at, *fixes, pays=pays)


def check_order(take_profit: Decimal, stop_loss: Decimal, at: Word, *fixes: Fix, pays: bool) -> None:
    if take_profit == stop_loss or (take_profit > stop_loss) is not pays:
        above = "above" if pays else "below"
        raise misread(
            "{}: the take-profit lies on the wrong side of the stop-loss.",
            at,
            f"Here it has to be {above} it.",
            *fixes,
        )


def _lies(level: Level | None, entry: Decimal | None, *, pays: bool, percent: int) -> int | None:
    """1 gains on the entry, -1 loses, 0 is no price at all; None when the text does not tell."""
    if isinstance(level, AtPrice):
        if entry is None:
            return None
        return 0 if level.price == entry else 1 if (level.price > entry) is pays else -1
    if isinstance(level, AtMultiple):
        return 1 if (level.times > 1) is pays else -1
    gone = level is not None and level.percent >= 100
    # All of a credit kept, or all of a debit lost, is a price of zero.
    return 0 if gone and (percent > 0) is not pays else None


def _wrong(what: str, where: str, at: Word, *fixes: Fix) -> Exception:
    return misread(
        f"{{}}: that {what} is none for this entry.", at, f"Here a {what} lies {where} the entry.", *fixes
    )


def _turned(goals: tuple[Word, ...]) -> Fix:
    one, two = goals
    return Fix("the other way round", ((one.place, two.text), (two.place, one.text)))
