"""The unmodified SDK trades options on futures: dry run, spreads, margin, fees, exercise; and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from house_bench import Client, eventually
from tastytrade import Account, Session
from tastytrade.instruments import FutureOption
from tastytrade.order import InstrumentType, Leg, LimitOrder, OrderAction, OrderStatus
from tastytrade.utils import TastytradeError

from senexsim.broker.server import BrokerSim

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")
ES = "/ESZ6"
CALL, FARTHER = "./ESZ6 EW1Z6 261204C6000", "./ESZ6 EW1Z6 261204C6025"
FEES = Decimal("4.20")  # 2.50 commission to open, 0.30 clearing, 1.38 exchange, 0.02 NFA


@pytest.fixture(autouse=True)
async def december(client: Client) -> None:
    await client.control("clock", {"now": "2026-12-01T16:00:00Z"})
    await client.token()  # what was granted before has run out
    await client.pin(ES, "6010", "6010.25")
    await client.pin(CALL, "40", "40.25")
    await client.pin(FARTHER, "27", "27.25")


async def leg(session: Session, action: OrderAction, symbol: str = CALL) -> Leg:
    return (await FutureOption.get(session, symbol)).build_leg(1, action)


async def filled(session: Session, account: Account, *legs: Leg, price: str) -> None:
    order = LimitOrder(legs=list(legs), price=Decimal(price))
    placed = (await account.place_order(session, order, dry_run=False)).order

    async def done() -> bool:
        return (await account.get_order(session, placed.id)).status is OrderStatus.FILLED

    await eventually(done)


async def test_a_bought_call_is_paid_and_held(session: Session, account: Account) -> None:
    before = await account.get_balances(session)
    order = LimitOrder(legs=[await leg(session, OrderAction.BUY_TO_OPEN)], price=Decimal("-40.25"))
    dry = await account.place_order(session, order, dry_run=True)
    assert dry.order.underlying_symbol == ES
    assert dry.order.underlying_instrument_type is InstrumentType.FUTURE
    assert dry.buying_power_effect.change_in_buying_power == Decimal("-2012.50") - FEES
    await filled(session, account, *order.legs, price="-40.25")
    (held,) = await account.get_positions(session, symbol=CALL)
    assert (held.instrument_type, int(held.multiplier)) == (InstrumentType.FUTURE_OPTION, 50)
    assert held.underlying_symbol == ES
    after = await account.get_balances(session)
    assert after.cash_balance == before.cash_balance - Decimal("2012.50") - FEES
    assert after.long_futures_derivative_value == Decimal("40.125") * 50
    (sold,) = [await leg(session, OrderAction.SELL_TO_CLOSE)]
    await filled(session, account, sold, price="40")
    closed = await account.get_balances(session)
    assert closed.cash_balance == after.cash_balance + 2000 - (FEES - Decimal("2.50"))


async def test_what_is_short_needs_margin_and_a_spread_its_width(session: Session, account: Account) -> None:
    async def need(*legs: Leg, price: str) -> Decimal:
        order = LimitOrder(legs=list(legs), price=Decimal(price))
        effect = (await account.place_order(session, order, dry_run=True)).buying_power_effect
        return -effect.change_in_margin_requirement

    short = await leg(session, OrderAction.SELL_TO_OPEN)
    far = await leg(session, OrderAction.SELL_TO_OPEN, FARTHER)
    wing = await leg(session, OrderAction.BUY_TO_OPEN, FARTHER)
    assert await need(short, price="40") == 40 * 50 + 24_000  # in the money: the whole of the future's
    out = (6025 - Decimal("6010.125")) * 50
    assert await need(far, price="27") == 27 * 50 + 24_000 - out / 2
    assert await need(short, wing, price="12.75") == 25 * 50
    await filled(session, account, short, wing, price="12.75")
    held = await account.get_balances(session)
    assert held.futures_margin_requirement == 25 * 50
    assert held.short_futures_derivative_value == Decimal("40.125") * 50


async def test_in_the_money_it_becomes_the_future_at_the_strike(
    session: Session, account: Account, client: Client
) -> None:
    place = {"account": "5WT00001", "quantity": 1, "average_open_price": "40"}
    await client.control("position", {**place, "symbol": CALL})
    await client.control("position", {**place, "symbol": FARTHER, "quantity": -1})
    before = await account.get_balances(session)
    await client.control("clock", {"now": "2026-12-04T21:00:00Z"})
    await session.refresh(force=True)

    async def ended() -> bool:
        held = await account.get_positions(session)
        return not any(position.symbol.startswith("./") for position in held)

    await eventually(ended)
    (future,) = await account.get_positions(session, symbol=ES)
    assert (future.quantity, future.quantity_direction, future.average_open_price) == (1, "Long", 6000)
    after = await account.get_balances(session)
    paid = sum(row.value for row in await account.get_history(session, sub_types=["Dividend"]))
    assert after.cash_balance == before.cash_balance + paid  # a future costs nothing
    words = {row.transaction_sub_type for row in await account.get_history(session, underlying_symbol=ES)}
    assert {"Exercise", "Expiration", "Buy to Open"} <= words


async def test_what_is_refused(sim: BrokerSim, session: Session, client: Client) -> None:
    retirement = await Account.get(session, "5WT00002")
    order = LimitOrder(legs=[await leg(session, OrderAction.BUY_TO_OPEN)], price=Decimal("-40.25"))
    with pytest.raises(TastytradeError, match="futures_not_enabled"):
        await retirement.place_order(session, order, dry_run=True)

    def body(*legs: dict[str, Any]) -> dict[str, Any]:
        return {
            "order-type": "Limit",
            "time-in-force": "Day",
            "price": "40",
            "price-effect": "Debit",
            "legs": list(legs),
        }

    option = {"instrument-type": "Future Option", "symbol": CALL, "action": "Buy to Open", "quantity": 1}
    future = {"instrument-type": "Future", "symbol": ES, "action": "Buy", "quantity": 1}
    for wanted, said in (
        (body(option, future), "legs"),
        (body({**option, "action": "Buy"}), "action"),
        (body({**option, "symbol": "./ESZ6 EW1Z6 261204C6001"}), "invalid_symbol"),
        (body({**option, "quantity": 2501}), "order_size_exceeded"),
    ):
        status, answer = await client.call("POST", "/accounts/5WT00001/orders/dry-run", wanted)
        assert (status in {400, 422}, said in str(answer)) == (True, True), answer
