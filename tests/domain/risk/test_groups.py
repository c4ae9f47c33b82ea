"""Positions as trades: by underlying and expiration, by the name traders have for them, and what closing costs."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from senexbot.domain.risk.groups import trades_of
from senexbot.domain.risk.reading import figures_of
from tests.domain.risk.world import CALL, PUT, STRANGLE, D, contract, held, quoted, view

AT_PUT, AT_CALL = contract(600), contract(600, "C")
LOW, HIGH = contract(540), contract(650, "C")


@pytest.mark.parametrize(
    ("positions", "name"),
    [
        ([held(PUT, -1, "1")], "Short put"),
        ([held(CALL, 3, "1")], "Long call ×3"),
        (STRANGLE, "Strangle ×2"),
        ([held(PUT, 1, "1"), held(CALL, 1, "1")], "Long strangle"),
        ([held(AT_PUT, -1, "1"), held(AT_CALL, -1, "1")], "Straddle"),
        ([held(PUT, -1, "1"), held(LOW, 1, "1")], "Put spread"),
        ([held(CALL, 2, "1"), held(HIGH, -2, "1")], "Call spread ×2"),
        ([held(PUT, -1, "1"), held(CALL, 1, "1")], "2 legs"),
        ([held(PUT, -1, "1"), held(LOW, -1, "1")], "2 legs"),
        ([held(PUT, -1, "1"), held(LOW, 2, "1")], "2 legs"),
        ([*STRANGLE, held(LOW, 2, "1"), held(HIGH, 2, "1")], "Iron condor ×2"),
        ([held(LOW, 1, "1"), held(AT_PUT, -1, "1"), held(AT_CALL, -1, "1"), held(HIGH, 1, "1")], "Iron butterfly"),
        ([held(LOW, -1, "1"), held(PUT, 1, "1"), held(CALL, -1, "1"), held(HIGH, 1, "1")], "4 legs"),
        ([held(LOW, 1, "1"), held(PUT, -1, "1"), held(CALL, 1, "1"), held(HIGH, -1, "1")], "4 legs"),
        ([held(LOW, 1, "1"), held(contract(640), -1, "1"), held(CALL, -1, "1"), held(HIGH, 1, "1")], "4 legs"),
        ([held(PUT, "-0.5", "1")], "Short put"),
    ],
)  # fmt: skip
def test_a_trade_has_the_name_that_traders_have_for_it(positions: Any, name: str) -> None:
    (trade,) = trades_of(positions)
    assert trade.name == name


def test_trades_are_told_apart_by_underlying_and_expiration() -> None:
    later, other = contract(562, day=date(2027, 2, 19)), contract(180, root="AAPL")
    found = trades_of([*STRANGLE, held(later, -1, "3"), held(other, -1, "2"), held("SPY", 100, "590")])
    assert [trade.subject for trade in found] == ["AAPL 2027-01-08", "SPY 2027-01-08", "SPY 2027-02-19"]


def test_money_of_a_trade_carries_its_sign() -> None:
    (trade,) = trades_of(STRANGLE)
    assert (trade.credit, trade.pnl) == (D(692), D(-408))
    assert trade.payoff.greatest_loss is None
    (bought,) = trades_of([held(PUT, 1, "2.00", "3.10")])
    assert (bought.credit, bought.pnl) == (D(-200), D(110))


def test_closing_one_unit_costs_what_the_market_asks() -> None:
    (trade,) = trades_of(STRANGLE)
    assert trade.market(view().quotes) == (D("5.42"), D("5.58"))
    assert trade.market({}) is None
    assert trade.market({**view().quotes, PUT.occ: quoted(PUT, None, "2.94")}) is None
    (spread,) = trades_of([held(PUT, -1, "3"), held(LOW, 1, "2")])
    crossing = {PUT.occ: quoted(PUT, "2.80", "3.00"), LOW.occ: quoted(LOW, "2.70", "2.90")}
    assert spread.market(crossing) is None  # a debit at one side, a credit at the other


def test_whether_closing_pays_is_told_by_the_marks_else_by_the_entry() -> None:
    def pays(*positions: Any) -> bool:
        seen = view(*positions)
        assert seen.trades
        return figures_of(seen, seen.trades[0]).pays

    assert pays(*STRANGLE)
    assert not pays(held(PUT, 1, "2", "1"))
    assert pays(held(PUT, -1, "2"))
    assert not pays(held(PUT, 1, "2"))
