"""What ends a risk, as a sentence of the order language: close the trade at the mid, roll it later. Pure.

Made from what is held when somebody presses, never from what was held when the alert was raised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from senexbot.domain.errors import NotFound
from senexbot.domain.instruments import InstrumentType, OptionContract, Right
from senexbot.domain.language.said import (
    AtStrike,
    CloseSaid,
    InDays,
    LegSaid,
    OnDate,
    OrderSaid,
    Part,
    Pegged,
    Reference,
    RollSaid,
    SameDelta,
    Spread,
    Strategy,
    Units,
)
from senexbot.domain.market import Position
from senexbot.domain.orders.rules import MOST_LEGS
from senexbot.domain.orders.terms import Side
from senexbot.domain.risk.groups import Trade, trades_of
from senexbot.domain.risk.reading import Figures

ALL = Part(1, 1)
MID = Pegged(Reference.MID)
ROLL_DAYS = 45
GONE = "None of it is held any more: there is nothing to close."


def closing(figures: Figures, positions: Sequence[Position], account: str) -> OrderSaid | CloseSaid:
    """What closes what is still held of the trade. `account`: its number. Raises NotFound.

    With more legs than one order takes all options of the underlying are named, in as many orders as it takes.
    """
    held = _still(figures, positions)
    if len(held) == 1:
        (one,) = held
        contract = OptionContract.from_occ(one.symbol)
        assert contract is not None
        return CloseSaid(ALL, one.underlying, contract=contract, account_hint=account)
    (trade,) = trades_of(held)
    if len(held) > MOST_LEGS or not _others(trade, positions):
        return CloseSaid(ALL, trade.underlying, options_only=True, account_hint=account)
    legs = tuple(
        LegSaid(
            AtStrike(leg.contract.strike),
            leg.contract.right,
            None,
            Side.BUY if leg.quantity < 0 else Side.SELL,
            int(abs(leg.quantity) / trade.units),
        )
        for leg in trade.legs
    )
    side = legs[0].side
    assert side is not None
    what = Spread(trade.underlying, Strategy.LEGS, legs, OnDate(trade.expiration))
    return OrderSaid(side, Units(trade.units), what, MID, account_hint=account)


def rolling(figures: Figures, positions: Sequence[Position], account: str) -> RollSaid:
    """The short side to about six weeks, at its delta. Raises NotFound."""
    held = _still(figures, positions)
    right = Right.PUT if figures.right == "put" else Right.CALL if figures.right else None
    return RollSaid(held[0].underlying, InDays(ROLL_DAYS), SameDelta(), right, account_hint=account)


def _others(trade: Trade, positions: Sequence[Position]) -> bool:
    """Whether other options of the underlying are held, which stay."""
    return any(
        other.underlying == trade.underlying and other.subject != trade.subject
        for other in trades_of(positions)
    )


def _still(figures: Figures, positions: Sequence[Position]) -> list[Position]:
    """Of the trade, whatever its size is now; two lines of one contract are one."""
    found: dict[str, Position] = {}
    for position in positions:
        if (
            position.symbol not in figures.symbols
            or position.instrument_type is not InstrumentType.EQUITY_OPTION
        ):
            continue
        before = found.get(position.symbol)
        quantity = position.quantity + (before.quantity if before else 0)
        found[position.symbol] = replace(position, quantity=quantity)
    held = [position for position in found.values() if position.quantity]
    if not held:
        raise NotFound(GONE)
    return held
