"""The unmodified tastytrade SDK reads everything it knows of accounts, over real sockets."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from house_bench import sdk_session
from tastytrade import Account, Session
from tastytrade.utils import TastytradeError

from senexsim.broker.server import BrokerSim


async def test_a_session_refreshes_and_validates(session: Session) -> None:
    await session.refresh()
    assert session.session_token.count(".") == 2
    assert await session.validate()


async def test_a_customer_and_their_accounts(session: Session) -> None:
    customer = await session.get_customer()
    assert (customer.first_name, customer.id) == ("Dana", "me")
    accounts = await Account.get(session)
    assert [a.account_number for a in accounts] == ["5WT00001", "5WT00002"]
    assert {a.margin_or_cash for a in accounts} == {"Margin", "Cash"}


async def test_balances_agree_with_positions(session: Session, account: Account) -> None:
    balance = await account.get_balances(session)
    derivative = balance.long_derivative_value - balance.short_derivative_value
    equity = balance.long_equity_value - balance.short_equity_value
    assert balance.net_liquidating_value == balance.cash_balance + equity + derivative
    assert balance.derivative_buying_power > 0
    assert balance.equity_buying_power == 2 * balance.derivative_buying_power


async def test_positions_of_all_kinds(session: Session, account: Account) -> None:
    positions = await account.get_positions(session, include_marks=True)
    kinds = {(p.instrument_type.value, p.quantity_direction) for p in positions}
    assert kinds == {("Equity", "Long"), ("Equity Option", "Long"), ("Equity Option", "Short")}
    assert all(p.mark_price is not None and p.quantity > 0 for p in positions)
    option = next(p for p in positions if p.instrument_type.value == "Equity Option")
    assert option.multiplier == 100
    assert option.expires_at is not None


async def test_positions_are_filtered(session: Session, account: Account) -> None:
    of_apple = await account.get_positions(session, underlying_symbols=["AAPL"])
    assert {p.underlying_symbol for p in of_apple} == {"AAPL"}
    assert [p.symbol for p in await account.get_positions(session, symbol="SPY")] == ["SPY"]


async def test_an_empty_account(sim: BrokerSim) -> None:
    async with sdk_session(sim, user=2) as session:
        (account,) = await Account.get(session)
        assert await account.get_positions(session) == []
        assert (await account.get_balances(session)).net_liquidating_value == 0
        assert await account.get_live_orders(session) == []
        assert await account.get_history(session) == []


async def test_the_other_reads(session: Session, account: Account) -> None:
    assert (await account.get_trading_status(session)).options_level == "No Restrictions"
    assert len(await account.get_balance_snapshots(session)) == 2
    week = date.today() - timedelta(days=7)
    snapshots = await account.get_balance_snapshots(session, start_date=week, page_offset=None)
    assert 5 <= len(snapshots) <= 6
    history = await account.get_net_liquidating_value_history(session, time_back="1d")
    assert history[-1].close == pytest.approx(
        (await account.get_balances(session)).net_liquidating_value, rel=Decimal("0.01")
    )
    report = await account.get_margin_requirements(session)
    assert report.margin_requirement < 0  # a debit, as the SDK signs it
    assert (await account.get_total_fees(session)).total_fees == 0
    (deposit,) = await account.get_history(session)
    assert deposit.value == Decimal(100_000)
    assert (await account.get_transaction(session, deposit.id)).description == deposit.description


async def test_the_day_begins_at_the_previous_close(session: Session, account: Account) -> None:
    """The change of net liquidation since the beginning of the day is what the positions made today."""
    balances = await account.get_balances(session)
    positions = await account.get_positions(session)
    at_open = (await account.get_balance_snapshots(session, time_of_day="BOD"))[0]
    worth = sum(
        (-1 if p.quantity_direction == "Short" else 1) * p.quantity * p.multiplier * (p.close_price or 0)
        for p in positions
    )
    assert at_open.net_liquidating_value == balances.cash_balance + worth


async def test_another_customers_account_is_refused(session: Session, account: Account) -> None:
    account.account_number = "5WT00003"
    with pytest.raises(TastytradeError, match="not_permitted"):
        await account.get_balances(session)
    account.account_number = "5WT99999"
    with pytest.raises(TastytradeError, match="not_permitted"):
        await account.get_balances(session)
