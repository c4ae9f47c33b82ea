"""Take profit and stop loss as orders that close what the entry opens, at levels counted from its price."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from senexbot.domain.instruments import TickSize, tick_at
from senexbot.domain.language.said import (
    AtMultiple,
    AtPercent,
    AtPrice,
    Exits,
    Level,
    Sentence,
    Standing,
)
from senexbot.domain.money import credit_or_debit, price_text
from senexbot.domain.orders.net import in_favour
from senexbot.domain.orders.terms import Action, ChildRole, ChildTerms, Group, Leg, OrderType, TimeInForce
from senexbot.domain.resolving.outcome import CannotResolve, Choice
from senexbot.domain.resolving.strikes import number

_CLOSES = {Action.BUY_TO_OPEN: Action.SELL_TO_CLOSE, Action.SELL_TO_OPEN: Action.BUY_TO_CLOSE}


@dataclass(frozen=True, slots=True)
class Entry:
    """What the exits close. `price`: unsigned, per unit; None where the entry has none (a market order).

    `market`: of what is held already, where it stands now: the exits lie around it, wherever it was opened.
    """

    closing: tuple[Leg, ...]
    credit: bool
    price: Decimal | None
    ticks: tuple[TickSize, ...]
    is_held: bool = False
    market: Decimal | None = None

    @property
    def between(self) -> tuple[str, Decimal | None]:
        """What the exits lie around, and what it is called."""
        return ("market", self.market) if self.is_held else ("entry", self.price)


def closing_legs(legs: Sequence[Leg]) -> tuple[Leg, ...]:
    """The legs that undo these. Raises CannotResolve when one of these closes something itself."""
    if any(leg.action.closes for leg in legs):
        raise CannotResolve("exit_entry", "exits belong to an order that only opens")
    return tuple(replace(leg, action=_CLOSES[leg.action]) for leg in legs)


def exits_of(
    said: Exits, entry: Entry, instead: Callable[[Exits], Sentence]
) -> tuple[tuple[ChildTerms, ...], tuple[Choice, ...]]:
    """The take profit first. Raises CannotResolve for a level that cannot be or is on the wrong side."""
    standing = said.standing or Standing(TimeInForce.GTC)
    children: list[ChildTerms] = []
    lines: list[Choice] = []
    if said.take_profit is not None:
        wanted = _level(said.take_profit, entry, profit=True)
        price = in_favour(-wanted if entry.credit else wanted, entry.ticks)
        _sound(abs(price), entry, True, lambda level: instead(replace(said, take_profit=level)))
        children.append(_child(ChildRole.TAKE_PROFIT, OrderType.LIMIT, entry, standing, price=price))
        lines.append(Choice(f"take profit at {_told(price, entry)}{_why(said.take_profit, entry)}"))
    if said.stop_loss is not None:
        trigger = _sooner(_level(said.stop_loss, entry, profit=False), entry)
        _sound(trigger, entry, False, lambda level: instead(replace(said, stop_loss=level)))
        children.append(_child(ChildRole.STOP_LOSS, OrderType.STOP, entry, standing, trigger=trigger))
        at = _told(-trigger if entry.credit else trigger, entry)
        lines.append(Choice(f"stop loss at {at}{_why(said.stop_loss, entry)}"))
    if len(children) == 2:
        _apart(children, entry)
    if said.standing is None:
        lines.append(Choice("exits stand until cancelled (GTC)"))
    return tuple(children), tuple(lines)


def group_of(children: Sequence[ChildTerms]) -> Group:
    """One exit follows the entry; two cancel each other."""
    return Group.OTOCO if len(children) == 2 else Group.OTO


def _level(level: Level, entry: Entry, *, profit: bool) -> Decimal:
    if isinstance(level, AtPrice):
        return level.price
    if entry.price is None:
        raise CannotResolve("exit_entry", "an exit in percent or times needs an entry with a limit price")
    if isinstance(level, AtMultiple):
        return entry.price * level.times
    down = profit == entry.credit  # a credit gains when its price falls
    return entry.price * (1 + (-level.percent if down else level.percent) / 100)


def _sooner(trigger: Decimal, entry: Entry) -> Decimal:
    """On the grid, on the side that stops earlier and so loses less."""
    if trigger <= 0:
        return trigger
    tick = tick_at(entry.ticks, trigger)
    rounding = ROUND_FLOOR if entry.credit else ROUND_CEILING
    return (trigger / tick).to_integral_value(rounding=rounding) * tick


def _sound(price: Decimal, entry: Entry, profit: bool, instead: Callable[[Level], Sentence]) -> None:
    name = "take profit" if profit else "stop loss"
    if price <= 0:
        smallest = tick_at(entry.ticks, Decimal(0))
        raise CannotResolve(
            "exit_level", f"the {name} would be at zero", instead=(instead(AtPrice(smallest)),)
        )
    called, around = entry.between
    if around is None:
        return
    below = profit == entry.credit
    if price >= around if below else price <= around:
        side = "below" if below else "above"
        words = f"the {name} {price_text(price)} must be {side} the {called} {price_text(around)}"
        raise CannotResolve("exit_level", words)


def _apart(children: Sequence[ChildTerms], entry: Entry) -> None:
    profit, loss = children[0].price, children[1].stop_trigger
    assert profit is not None and loss is not None  # noqa: PT018 - one thought
    if (abs(profit) >= loss) if entry.credit else (abs(profit) <= loss):
        side = "below" if entry.credit else "above"
        raise CannotResolve(
            "exit_level",
            f"the take profit {price_text(abs(profit))} must be {side} the stop {price_text(loss)}",
        )


def _child(
    role: ChildRole,
    kind: OrderType,
    entry: Entry,
    standing: Standing,
    *,
    price: Decimal | None = None,
    trigger: Decimal | None = None,
) -> ChildTerms:
    return ChildTerms(role, entry.closing, kind, price, standing.time_in_force, trigger, standing.until)


def _told(signed: Decimal, entry: Entry) -> str:
    """Options say credit or debit, shares their price."""
    return credit_or_debit(signed) if entry.closing[0].multiplier != 1 else price_text(abs(signed))


def _why(level: Level, entry: Entry) -> str:
    if isinstance(level, AtPrice) or entry.price is None:
        return ""
    what = f"{number(level.percent)} %" if isinstance(level, AtPercent) else f"{number(level.times)} times"
    return f": {what} of {price_text(entry.price)}"
