"""What a button of a risk alert says in the order language, from what is held when it is pressed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from senexbot.domain.errors import NotFound
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.language import parse, said_text
from senexbot.domain.language.said import CloseSaid
from senexbot.domain.market import Position, SessionState
from senexbot.domain.risk.looking import AT_ANY_TIME, awake
from senexbot.domain.risk.presets import Preset
from senexbot.domain.risk.reading import Figures
from senexbot.domain.risk.remedies import closing, rolling
from tests.domain.risk.world import CALL, PUT, STRANGLE, TODAY, contract, held

BOTH = Figures(symbols=(PUT.occ, CALL.occ))
LATER = held(contract(550, day=date(2027, 2, 19)), -1, "3")
SHARES = held("SPY", 100, "590")
LOW, HIGH, MORE = (contract(540), contract(650, "C"), contract(530))


@pytest.mark.parametrize(
    ("positions", "said"),
    [
        (STRANGLE, "close all SPY options in 5WT00001"),
        ((*STRANGLE, SHARES), "close all SPY options in 5WT00001"),
        (STRANGLE[:1], "close SPY270108P00562000 in 5WT00001"),
        ((*STRANGLE, LATER), "buy 2 SPY 8JAN27 562p and buy 2 630c @ mid in 5WT00001"),
        (
            (held(PUT, -2, "1"), held(CALL, 1, "1"), LATER),
            "buy 2 SPY 8JAN27 562p and sell 1 630c @ mid in 5WT00001",
        ),
    ],
)
def test_close_names_exactly_what_is_still_held(positions: tuple[Position, ...], said: str) -> None:
    made = closing(BOTH, positions, "5WT00001")
    assert said_text(made) == said
    assert parse(said, TODAY) == made


def test_close_of_two_lines_of_one_contract_counts_them_together() -> None:
    made = closing(BOTH, (held(PUT, -1, "1"), held(PUT, -1, "2")), "A")
    assert isinstance(made, CloseSaid)
    assert made.contract == PUT


def test_more_legs_than_one_order_takes_are_closed_with_all_of_the_underlying() -> None:
    legs = tuple(held(one, -1, "1") for one in (PUT, CALL, LOW, HIGH, MORE))
    figures = Figures(symbols=tuple(leg.symbol for leg in legs))
    assert said_text(closing(figures, (*legs, LATER), "A")) == "close all SPY options in A"


@pytest.mark.parametrize("positions", [(), (SHARES,), (LATER,), (held(PUT, 0, "1"),)])
def test_what_is_not_held_any_more_is_not_closed(positions: Any) -> None:
    with pytest.raises(NotFound):
        closing(BOTH, positions, "A")
    with pytest.raises(NotFound):
        rolling(BOTH, positions, "A")


@pytest.mark.parametrize(
    ("right", "said"),
    [
        ("put", "roll SPY puts 45d same delta in 5WT00001"),
        ("call", "roll SPY calls 45d same delta in 5WT00001"),
        ("", "roll SPY 45d same delta in 5WT00001"),
    ],
)
def test_roll_goes_to_about_six_weeks_at_the_same_delta(right: str, said: str) -> None:
    figures = Figures(symbols=BOTH.symbols, right=right)
    assert said_text(rolling(figures, STRANGLE, "5WT00001")) == said
    assert said_text(parse(said, TODAY)) == said


def test_what_can_change_while_the_session_is_closed() -> None:
    assert awake(SessionState.OPEN, None) == frozenset(Preset)
    for state in (SessionState.CLOSED, SessionState.PRE_MARKET, SessionState.EXTENDED):
        assert awake(state, STRANGLE) == awake(state, None) == AT_ANY_TIME
    future = held("/ESZ6", 1, "6000", instrument_type=InstrumentType.FUTURE)
    assert Preset.DAY_LOSS in awake(SessionState.CLOSED, (future,))
