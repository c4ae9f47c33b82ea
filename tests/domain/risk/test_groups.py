"""Positions as trades: by underlying and expiration, by the name traders have for them, and what closing costs."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from senexbot.domain.risk.account_measures import size
from senexbot.domain.risk.groups import trades_of
from senexbot.domain.risk.reading import figures_of
from senexbot.domain.risk.trade_measures import loss, profit
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


@pytest.mark.parametrize(
    ("options", "shares", "name", "covered"),
    [
        ([held(CALL, -2, "1")], 200, "Covered call ×2", 200),
        ([held(CALL, -2, "1")], 350, "Covered call ×2", 200),
        ([held(CALL, -2, "1")], 100, "Short call ×2", 100),
        ([held(CALL, -2, "1")], -200, "Short call ×2", 0),
        (STRANGLE, 200, "Covered strangle ×2", 200),
        ([held(PUT, 1, "1"), held(CALL, -1, "1")], 100, "Collar", 100),
        ([held(CALL, -1, "1"), held(HIGH, -1, "1")], 200, "2 legs", 200),
        ([held(CALL, -1, "1"), held(HIGH, 1, "1")], 100, "Call spread", 0),
        ([held(PUT, -1, "1")], 100, "Short put", 0),
    ],
)
def test_shares_cover_short_calls(options: Any, shares: int, name: str, covered: int) -> None:
    (trade,) = trades_of([*options, held("SPY", shares, "590", "600")])
    assert (trade.name, trade.covered) == (name, covered)


def test_shares_that_cover_a_call_count_in_its_profit_and_loss() -> None:
    """What the call loses above its strike the shares make: nothing there is a loss of the trade."""
    shares = held("SPY", 100, "590", "640")
    (trade,) = trades_of([held(CALL, -1, "5.00", "14.00"), shares])
    assert (trade.credit, trade.pnl) == (D(-58500), D(4100))
    assert (trade.payoff.greatest_profit, trade.payoff.greatest_loss) == (D(4500), D(58500))
    seen = view(held(CALL, -1, "5.00", "14.00"), shares)
    assert loss(seen) == []  # it cost something: there is no credit to measure by
    (share,) = profit(seen) or ()
    assert share.value is not None
    assert round(share.value) == 91
    assert size(seen) == []
    (unknown,) = trades_of([held(CALL, -1, "5.00", "14.00"), held("SPY", 100, "590")])
    assert unknown.pnl is None


def test_shares_cover_what_expires_first() -> None:
    later = contract(630, "C", day=date(2027, 2, 19))
    near, far = trades_of([held(later, -1, "9"), held(CALL, -1, "5"), held("SPY", 100, "590")])
    assert (near.covered, far.covered) == (100, 0)
    seen = view(held(CALL, -1, "5.00"), held("SPY", 100, "590"))
    assert seen.trades
    assert figures_of(seen, seen.trades[0]).pays  # closing the call costs, whatever the shares cost


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
