"""Laws of money and quantity over random trades: nothing appears from nowhere, nothing is lost."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from house_bench import Client, limit, market, plain_client
from hypothesis import given
from hypothesis import strategies as st

from senexsim.broker.accounts.book import Account, Trade
from senexsim.broker.accounts.fees import Fees, of_leg
from senexsim.broker.accounts.margin import REG_T, Holding, groups_of
from senexsim.broker.accounts.prices import tick_at
from senexsim.broker.clock import SimClock
from senexsim.broker.market import Market
from senexsim.broker.market.model import Instrument, OptionTerms, TickSize

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
ORDERS = "/accounts/5WT00001/orders"


def instrument(right: str | None = None, strike: int = 100) -> Instrument:
    terms = None
    if right is not None:
        terms = OptionTerms("KO", "KO", NOW.date().replace(month=6), Decimal(strike), right)  # type: ignore[arg-type]
    return Instrument(
        symbol=f"KO {right}{strike}" if right else "KO",
        kind="Equity Option" if right else "Equity",
        streamer_symbol="KO",
        description="",
        is_etf=False,
        is_index=False,
        underlying_symbol="KO",
        option=terms,
        tick_sizes=(),
        option_tick_sizes=(),
        shares_per_contract=100 if right else 1,
    )


def an_account(cash: int = 0) -> Account:
    return Account(
        "5WT1", "A", "", "Individual", is_margin=True, options_level="", opened_at=NOW, cash=Decimal(cash)
    )


prices = st.integers(1, 500_00).map(lambda cents: Decimal(cents) / 100)
trades = st.lists(st.tuples(st.integers(-300, 300).filter(bool), prices), min_size=1, max_size=25)


def book(account: Account, what: Instrument, quantity: int, price: Decimal) -> Fees:
    action = "Buy to Open" if quantity > 0 else "Sell to Open"
    fees = of_leg(what, action, Decimal(abs(quantity)))
    account.book_fill(
        Trade(what, action, Decimal(abs(quantity)), price, fees, NOW, 1, "f", "e", "g", "SIM", 1)
    )
    return fees


@given(trades, prices, st.sampled_from([None, "C"]))
def test_cash_positions_and_fees_conserve_money(
    made: list[tuple[int, Decimal]], last: Decimal, right: str | None
) -> None:
    """Gains, realized and open, are exactly the change of what the account is worth, plus the fees paid."""
    account, what = an_account(50_000), instrument(right)
    fees = sum((book(account, what, quantity, price).total for quantity, price in made), Decimal(0))
    position = account.positions[what.symbol]
    per = position.multiplier
    assert position.quantity == sum(quantity for quantity, _ in made)
    open_gain = (last - position.average_open_price) * position.quantity * per
    worth = account.cash + position.quantity * last * per
    assert worth - 50_000 + fees == pytest.approx(position.realized_today + open_gain, abs=Decimal("1e-9"))
    net = sum(
        Decimal(t["net-value"]) * (-1 if t["net-value-effect"] == "Debit" else 1)
        for t in account.transactions
    )
    assert account.cash == 50_000 + net


@given(st.integers(1, 200), st.lists(st.integers(1, 40), min_size=1, max_size=8))
def test_fees_of_part_fills_add_up(total: int, parts: list[int]) -> None:
    """The commission cap holds for the order, however it was filled."""
    what, done, paid = instrument("C"), Decimal(0), Fees()
    for part in (min(p, total) for p in parts):
        paid += of_leg(what, "Sell to Open", done + part) - of_leg(what, "Sell to Open", done)
        done += part
    assert paid == of_leg(what, "Sell to Open", done)
    assert paid.commission <= 10


@pytest.mark.parametrize(
    ("right", "action", "quantity", "expected"),
    [
        (None, "Buy to Open", "1", {"clearing": "0.001", "taf": "0", "commission": "0"}),
        (None, "Sell to Close", "1", {"clearing": "0.001", "taf": "0.000166", "commission": "0"}),
        (None, "Buy to Open", "100", {"clearing": "0.08", "taf": "0", "commission": "0"}),
        (None, "Buy to Open", "0.5", {"clearing": "0.10", "taf": "0", "commission": "0"}),
        ("C", "Buy to Open", "3", {"clearing": "0.30", "taf": "0", "commission": "3.00"}),
        ("C", "Buy to Open", "40", {"clearing": "4.00", "taf": "0", "commission": "10.00"}),
        ("C", "Buy to Close", "1", {"clearing": "0.10", "taf": "0", "commission": "0"}),
    ],
)
def test_fees_are_the_captured_ones(
    right: str | None, action: str, quantity: str, expected: dict[str, str]
) -> None:
    fees = of_leg(instrument(right), action, Decimal(quantity))
    assert {key: getattr(fees, key) for key in expected} == {k: Decimal(v) for k, v in expected.items()}


def hold(quantity: int, mark: str, right: str | None = None, strike: int = 100) -> Holding:
    return Holding(instrument(right, strike), Decimal(quantity), Decimal(mark))


@pytest.mark.parametrize(
    ("holdings", "initial"),
    [
        ([hold(100, "100")], "5000"),
        ([hold(-100, "100")], "5000"),
        ([hold(1, "5", "C")], "0"),
        ([hold(100, "100"), hold(-1, "5", "C", 110)], "5000"),
        ([hold(-1, "2", "C", 100), hold(1, "1", "C", 105)], "500"),
        ([hold(-1, "1", "C", 105), hold(1, "2", "C", 100)], "0"),
        (
            [
                hold(-1, "2", "C", 105),
                hold(1, "1", "C", 110),
                hold(-1, "2", "P", 95),
                hold(1, "1", "P", 90),
            ],
            "500",
        ),
        ([hold(-1, "3", "P", 100)], "2300"),
        ([hold(-1, "0.05", "C", 200)], "1005"),
    ],
)
def test_margin_by_the_book(holdings: list[Holding], initial: str) -> None:
    (group,) = groups_of(holdings, REG_T, {"KO": Decimal(100)})
    assert group.initial == Decimal(initial)


def test_an_entry_with_a_threshold_holds_below_it() -> None:
    table = (TickSize(Decimal("0.05")), TickSize(Decimal("0.01"), Decimal(3)))
    assert [tick_at(table, Decimal(p)) for p in ("2.99", "3", "9")] == [
        Decimal("0.01"),
        Decimal("0.05"),
        Decimal("0.05"),
    ]


def test_every_starting_position_is_listed() -> None:
    prices_now = Market(clock=SimClock(), seed=1)
    from senexsim.broker.accounts.people import customers, open_account

    for customer in customers():
        for opening in customer.openings:
            account = open_account(opening, customer, prices_now, prices_now.clock.now())
            assert len(account.positions) == len(opening.stakes)


async def test_filled_and_remaining_add_up_at_every_step(client: Client) -> None:
    """I17's ground: on every notification fills plus remaining are the quantity."""
    await client.control("balance", {"account": "5WT00001", "cash": "9000000"})
    await client.pin("KO", "60.00", "60.10")
    from test_house_stream import line

    async with line(client, "5WT00001") as stream:
        await client.call("POST", ORDERS, limit("Buy to Open", 5_000, "KO", "60.10"))
        while True:
            order = await stream.hear_of("Order")
            (leg,) = order["legs"]
            assert sum(f["quantity"] for f in leg["fills"]) + leg["remaining-quantity"] == leg["quantity"]
            if order["status"] == "Filled":
                break
    assert len(leg["fills"]) > 1


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_random_trading_conserves_money(client: Client, seed: int) -> None:
    """Over random orders at random prices: cash is what the transactions say, positions what the fills say."""
    draw = random.Random(seed)
    path = "/accounts/5WT00003"
    async with plain_client(client.sim, user=1) as trader:
        start = Decimal((await trader.call("GET", f"{path}/balances/USD"))[1]["data"]["cash-balance"])
        seen = len((await trader.call("GET", f"{path}/transactions"))[1]["data"]["items"])
        held = Decimal(0)
        for _ in range(12):
            bid = Decimal(draw.randint(5000, 7000)) / 100
            await client.pin("KO", str(bid), str(bid + Decimal("0.05")))
            action = _possible(draw, held)
            order = market(action, draw.randint(1, int(abs(held)) if action.endswith("Close") else 40), "KO")
            status, body = await trader.call("POST", f"{path}/orders", order)
            assert status == 201, body
            filled = await trader.until(body["data"]["order"]["id"], "Filled", account="5WT00003")
            done = sum(Decimal(f["quantity"]) for f in filled["legs"][0]["fills"])
            held += done if action.startswith("Buy") else -done
        rows = (await trader.call("GET", f"{path}/transactions?sort=Asc"))[1]["data"]["items"][seen:]
        _, balance = await trader.call("GET", f"{path}/balances/USD")
        _, positions = await trader.call("GET", f"{path}/positions?symbol=KO")
    signs = {"Debit": -1, "Credit": 1, "None": 0}
    net = sum(Decimal(row["net-value"]) * signs[row["net-value-effect"]] for row in rows)
    assert Decimal(balance["data"]["cash-balance"]) == start + net
    shown = sum(
        p["quantity"] * (1 if p["quantity-direction"] == "Long" else -1) for p in positions["data"]["items"]
    )
    assert shown == held


def _possible(draw: random.Random, held: Decimal) -> str:
    if not held:
        return draw.choice(["Buy to Open", "Sell to Open"])
    return draw.choice(["Buy to Open", "Sell to Close"] if held > 0 else ["Sell to Open", "Buy to Close"])


async def test_a_round_trip_costs_the_spread_and_the_fees(client: Client) -> None:
    await client.pin("KO", "60.00", "60.10")
    path = "/accounts/5WT00001/balances/USD"
    before = Decimal((await client.call("GET", path))[1]["data"]["cash-balance"])
    for action in ("Buy to Open", "Sell to Close"):
        _, body = await client.call("POST", ORDERS, market(action, 100, "KO"))
        await client.until(body["data"]["order"]["id"], "Filled")
    after = Decimal((await client.call("GET", path))[1]["data"]["cash-balance"])
    assert before - after == Decimal(10) + Decimal("0.08") * 2 + Decimal("0.0166")
    _, fees = await client.call("GET", "/accounts/5WT00001/transactions/total-fees")
    assert Decimal(fees["data"]["total-fees"]) == Decimal("0.1766")


async def test_working_orders_hold_buying_power_back(client: Client) -> None:
    path = "/accounts/5WT00001/balances/USD"
    await client.pin("AAPL", "200.00", "200.10")
    await client.pin("SPY", "600.00", "600.10")

    async def power() -> Decimal:
        return Decimal((await client.call("GET", path))[1]["data"]["used-derivative-buying-power"])

    before = await power()
    _, body = await client.call("POST", ORDERS, limit("Buy to Open", 100, "KO", "1.00"))
    number = body["data"]["order"]["id"]
    held = Decimal(body["data"]["buying-power-effect"]["impact"])
    await client.until(number, "Live")
    assert await power() - before == pytest.approx(held, abs=Decimal(20))  # option marks drift a little
    await client.call("DELETE", f"{ORDERS}/{number}")
    await client.until(number, "Cancelled")
    assert await power() == pytest.approx(before, abs=Decimal(20))
