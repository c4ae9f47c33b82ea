"""The line that says what stands behind a strategy's name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from senexbot.blocks import trades
from senexbot.domain.instruments import OptionContract, Right
from senexbot.domain.orders.terms import Action
from tests.domain.builders import CALL, PUT, leg, strangle, terms

LATER = OptionContract("SPY", date(2027, 1, 15), Right.PUT, Decimal("592.5"))


def test_legs_of_one_day_share_it_and_what_they_do() -> None:
    assert trades.legs(strangle(3)) == "18 Dec 26: sell 590 put, sell 640 call, to open"


def test_each_day_is_named_and_each_effect_where_they_differ() -> None:
    roll = strangle(strategy="roll", legs=(leg(PUT, Action.BUY_TO_CLOSE), leg(LATER, Action.SELL_TO_OPEN)))
    assert trades.legs(roll) == "18 Dec 26: buy 590 put to close; 15 Jan 27: sell 592.5 put to open"


def test_ratios_and_another_root_are_said() -> None:
    weekly = replace(CALL, root="SPXW")
    legs = (leg(PUT, Action.BUY_TO_OPEN, 2), leg(weekly, Action.SELL_TO_OPEN, 4))
    made = strangle(
        strategy="ratio",
        underlying="SPX",
        legs=(replace(legs[0], symbol=replace(PUT, root="SPX").occ), legs[1]),
    )
    assert trades.legs(made) == "18 Dec 26: buy 590 put, sell 2 × SPXW 640 call, to open"


def test_a_leg_that_is_no_option_is_said_in_full() -> None:
    mixed = strangle(strategy="covered call", legs=(terms().legs[0], leg(CALL)))
    assert trades.legs(mixed).startswith("Legs: buy 100 AAPL")
    assert trades.legs(terms()) == ""
