"""The unmodified SDK trades futures: dry run, orders, margin, fees, positions, money; and what is refused."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from house_bench import Client, eventually, leg, plain_client
from tastytrade import Account, Session
from tastytrade.instruments import Future
from tastytrade.order import (
    InstrumentType,
    LimitOrder,
    MarketOrder,
    OrderAction,
    OrderStatus,
    OTOCOOrder,
    PlacedOrder,
    StopOrder,
)
from tastytrade.utils import TastytradeError

from senexsim.broker.server import BrokerSim

pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")
ES = "/ESZ6"
FEES = Decimal("2.95")  # 1.25 commission, 0.30 clearing, 1.38 exchange, 0.02 NFA


@pytest.fixture(autouse=True)
async def december(client: Client) -> None:
    await client.control("clock", {"now": "2026-12-01T16:00:00Z"})
    await client.token()  # what was granted before has run out
    await client.pin(ES, "6010", "6010.25")


async def es(session: Session, action: OrderAction, quantity: int = 1) -> list[Any]:
    return [(await Future.get(session, ES)).build_leg(quantity, action)]


async def reaches(session: Session, account: Account, number: int, status: OrderStatus) -> PlacedOrder:
    async def look() -> PlacedOrder | None:
        order = await account.get_order(session, number)
        return order if order.status is status else None

    return await eventually(look)


async def test_a_dry_run_takes_margin_and_fees_not_the_price(session: Session, account: Account) -> None:
    order = LimitOrder(legs=await es(session, OrderAction.BUY, 2), price=Decimal("-6010.25"))
    answer = await account.place_order(session, order, dry_run=True)
    effect = answer.buying_power_effect
    assert effect.change_in_margin_requirement == Decimal(-48_000)
    assert effect.change_in_buying_power == Decimal(-48_000) - 2 * FEES
    assert answer.fee_calculation is not None
    assert answer.fee_calculation.total_fees == -2 * FEES
    assert answer.order.underlying_instrument_type is InstrumentType.FUTURE


async def test_bought_and_sold_again_pays_what_it_made(
    session: Session, account: Account, client: Client
) -> None:
    await client.control("clock", {"session": "closed", "futures_session": "open"})  # shares stand still
    before = await account.get_balances(session)
    order = LimitOrder(legs=await es(session, OrderAction.BUY, 2), price=Decimal("-6010.25"))
    placed = (await account.place_order(session, order, dry_run=False)).order
    await reaches(session, account, placed.id, OrderStatus.FILLED)
    (position,) = await account.get_positions(session, symbol=ES)
    assert (position.quantity, position.average_open_price, int(position.multiplier)) == (
        2,
        Decimal("6010.25"),
        50,
    )
    assert position.instrument_type is InstrumentType.FUTURE
    held = await account.get_balances(session)
    assert held.cash_balance == before.cash_balance - 2 * FEES  # nothing is paid but fees
    assert held.futures_margin_requirement == 48_000
    await client.pin(ES, "6020", "6020.25")
    risen = await account.get_balances(session)
    won = risen.net_liquidating_value - held.net_liquidating_value
    assert won == Decimal(10) * 50 * 2  # mid to mid
    sell = MarketOrder(legs=await es(session, OrderAction.SELL_TO_CLOSE, 2))
    sold = (await account.place_order(session, sell, dry_run=False)).order
    await reaches(session, account, sold.id, OrderStatus.FILLED)
    assert await account.get_positions(session, symbol=ES) == []
    after = await account.get_balances(session)
    assert after.cash_balance == before.cash_balance + (6020 - Decimal("6010.25")) * 100 - 4 * FEES
    assert after.futures_margin_requirement == 0
    trades = await account.get_history(session, symbol=ES)
    assert [trade.value for trade in trades] == [Decimal(975), Decimal(0)]


async def test_a_plain_sell_nets_and_turns_round(session: Session, account: Account, client: Client) -> None:
    """As futures do: neither open nor close is said."""
    for action, quantity in ((OrderAction.BUY, 1), (OrderAction.SELL, 3)):
        order = MarketOrder(legs=await es(session, action, quantity))
        placed = (await account.place_order(session, order, dry_run=False)).order
        await reaches(session, account, placed.id, OrderStatus.FILLED)
    (position,) = await account.get_positions(session, symbol=ES)
    assert (position.quantity_direction, position.quantity) == ("Short", 2)
    assert position.average_open_price == 6010


async def test_replaced_cancelled_and_listed_by_future(
    session: Session, account: Account, client: Client
) -> None:
    order = LimitOrder(legs=await es(session, OrderAction.BUY), price=Decimal(-6000))
    placed = (await account.place_order(session, order, dry_run=False)).order
    await reaches(session, account, placed.id, OrderStatus.LIVE)
    dearer = LimitOrder(legs=await es(session, OrderAction.BUY), price=Decimal("-6001.25"))
    moved = await account.replace_order(session, placed.id, dearer)
    await reaches(session, account, moved.id, OrderStatus.LIVE)
    await account.delete_order(session, moved.id)
    await reaches(session, account, moved.id, OrderStatus.CANCELLED)
    for symbol, count in ((ES, 2), ("/ESH7", 0)):
        status, body = await client.call("GET", f"/accounts/5WT00001/orders?futures-symbol={symbol}")
        assert (status, len(body["data"]["items"])) == (200, count)


async def test_a_bracket_around_a_future(session: Session, account: Account, client: Client) -> None:
    whole = OTOCOOrder(
        trigger_order=LimitOrder(legs=await es(session, OrderAction.BUY), price=Decimal("-6010.25")),
        take_profit=LimitOrder(legs=await es(session, OrderAction.SELL_TO_CLOSE), price=Decimal(6050)),
        stop_loss=StopOrder(legs=await es(session, OrderAction.SELL_TO_CLOSE), stop_trigger=Decimal(5990)),
    )
    placed = (await account.place_complex_order(session, whole, dry_run=False)).complex_order
    profit = placed.orders[0].id
    await reaches(session, account, profit, OrderStatus.LIVE)
    await client.pin(ES, "6050", "6050.25")
    await reaches(session, account, profit, OrderStatus.FILLED)
    await reaches(session, account, placed.orders[1].id, OrderStatus.CANCELLED)
    assert await account.get_positions(session, symbol=ES) == []


async def test_off_the_steps_dies_at_the_exchange(session: Session, account: Account) -> None:
    order = LimitOrder(legs=await es(session, OrderAction.BUY), price=Decimal("-6010.10"))
    await account.place_order(session, order, dry_run=True)
    placed = (await account.place_order(session, order, dry_run=False)).order
    rejected = await reaches(session, account, placed.id, OrderStatus.REJECTED)
    assert "0.25" in (rejected.reject_reason or "")


async def test_what_an_account_needs(sim: BrokerSim, session: Session) -> None:
    approved = await Account.get(session, "5WT00001")
    retirement = await Account.get(session, "5WT00002")
    assert (await approved.get_trading_status(session)).is_futures_enabled
    assert not (await retirement.get_trading_status(session)).is_futures_enabled
    order = LimitOrder(legs=await es(session, OrderAction.BUY), price=Decimal("-6010.25"))
    with pytest.raises(TastytradeError, match="futures_not_enabled"):
        await retirement.place_order(session, order, dry_run=True)
    many = LimitOrder(legs=await es(session, OrderAction.BUY, 9), price=Decimal("-6010.25"))
    with pytest.raises(TastytradeError, match="margin_check_failed"):
        await approved.place_order(session, many, dry_run=True)


def future(action: str, quantity: Any = 1, symbol: str = ES) -> dict[str, Any]:
    return {"instrument-type": "Future", "symbol": symbol, "action": action, "quantity": quantity}


def body(*legs: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = {"order-type": "Limit", "time-in-force": "Day", "price": "6010.25", "legs": list(legs)}
    made["price-effect"] = "Debit" if legs[0]["action"].startswith("Buy") else "Credit"
    return made | more


NO_PRICE = {"price": None, "price-effect": None}


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (body(future("Buy", "1.5")), "quantity"),
        (body(future("Buy"), future("Sell", symbol="/ESH7")), "legs"),
        (body(future("Buy"), **{"time-in-force": "Ext"}), "time-in-force"),
        (body(future("Long")), "action"),
        (body(future("Buy", symbol="/ESF7")), "invalid_symbol"),
        (body(future("Buy", symbol="KO")), "instrument-type"),
        (body(leg("Buy to Open", 1, ES)), "instrument-type"),
        (body(future("Sell to Close"), **{"advanced-instructions": {"strict-position-effect-validation": True}}), "closing_with_no_position"),
        (body(future("Buy", None), **NO_PRICE, **{"order-type": "Notional Market", "value": "500", "value-effect": "Debit"}), "legs"),
        (body(future("Buy"), **NO_PRICE, **{"order-type": "Market", "time-in-force": "GTC"}), "gtc_market_orders_not_supported"),
        (body(future("Buy"), **NO_PRICE, **{"order-type": "Stop", "stop-trigger": "6050", "time-in-force": "GTC"}), "gtc_stop_must_close"),
        (body(future("Buy", 2501)), "order_size_exceeded"),
        (body(future("Buy", symbol="/GCZ6"), price="3400"), "instrument_closing_only"),
        (body({**future("Buy"), "instrument-type": "Cryptocurrency"}), "instrument_type_not_tradeable"),
    ],
)  # fmt: skip
async def test_what_is_refused(client: Client, wanted: dict[str, Any], said: str) -> None:
    status, answer = await client.call("POST", "/accounts/5WT00001/orders/dry-run", wanted)
    assert status in {400, 422}
    assert said in str(answer)


async def test_hours_of_its_own(sim: BrokerSim, client: Client) -> None:
    path = "/accounts/5WT00001/orders"
    market = body(future("Buy"), **NO_PRICE, **{"order-type": "Market"})
    await client.control("clock", {"session": "closed", "futures_session": "open"})
    status, answer = await client.call("POST", path, market)
    assert status == 201, answer
    await client.until(answer["data"]["order"]["id"], "Filled")
    await client.control("clock", {"session": "open", "futures_session": "closed"})
    status, answer = await client.call("POST", path, market)
    assert (status, "opening_market_order_while_closed" in str(answer)) == (422, True)
    status, answer = await client.call("POST", path, body(future("Buy")))
    assert answer["data"]["warnings"][0]["code"] == "tif.next_valid_session"
    await client.until(answer["data"]["order"]["id"], "Received")
    await client.control("clock", {"futures_session": "open"})
    await client.until(answer["data"]["order"]["id"], "Filled")


async def test_a_day_order_ends_with_the_sessions_of_futures(client: Client) -> None:
    _, answer = await client.call("POST", "/accounts/5WT00001/orders", body(future("Buy"), price="5000"))
    number = answer["data"]["order"]["id"]
    await client.until(number, "Live")
    await client.control("clock", {"session": "closed", "futures_session": "open"})
    assert (await client.order(number))["status"] == "Live"
    await client.control("clock", {"futures_session": "closed"})
    await client.until(number, "Expired")


async def test_positions_are_found_by_product(sim: BrokerSim) -> None:
    async with plain_client(sim) as client:
        await client.control("position", {"account": "5WT00001", "symbol": ES, "quantity": -2})
        for code, count in (("ES", 1), ("CL", 0)):
            _, answer = await client.call(
                "GET", f"/accounts/5WT00001/positions?underlying-product-code={code}"
            )
            assert len(answer["data"]["items"]) == count
        _, answer = await client.call("GET", "/accounts/5WT00001/positions?instrument-type=Future")
        (row,) = answer["data"]["items"]
        assert (row["quantity-direction"], row["multiplier"]) == ("Short", 50)
        assert row["expires-at"].startswith("2026-12-18T14:30")
        _, answer = await client.call("GET", "/margin/accounts/5WT00001/requirements")
        (group,) = [g for g in answer["data"]["groups"] if g["underlying-symbol"] == ES]
        assert (group["underlying-type"], group["margin-requirement"]) == ("Future", "48000.0")


async def test_a_lasting_order_ends_with_its_contract(client: Client) -> None:
    wanted = body(future("Buy"), price="5000", **{"time-in-force": "GTC"})
    _, answer = await client.call("POST", "/accounts/5WT00001/orders", wanted)
    number = answer["data"]["order"]["id"]
    await client.until(number, "Live")
    await client.control("clock", {"now": "2026-12-18T15:00:00Z"})
    await client.token()
    await client.until(number, "Expired")
    status, answer = await client.call("POST", "/accounts/5WT00001/orders/dry-run", wanted)
    assert (status, answer["error"]["code"]) == (422, "invalid_symbol")


async def test_what_is_held_at_the_end_is_settled(session: Session, account: Account, client: Client) -> None:
    before = await account.get_balances(session)
    place = {"account": "5WT00001", "symbol": ES, "quantity": -2, "average_open_price": "6030"}
    await client.control("position", place)
    await client.control("clock", {"now": "2026-12-18T15:00:00Z"})
    await session.refresh(force=True)

    async def gone() -> bool:
        return await account.get_positions(session, symbol=ES) == []

    await eventually(gone)
    after = await account.get_balances(session)
    won = (6030 - Decimal("6010.125")) * 100
    # A share that is held may have paid meanwhile.
    paid = sum(row.value for row in await account.get_history(session, sub_types=["Dividend"]))
    assert after.cash_balance == before.cash_balance + won + paid
    (row,) = await account.get_history(session, symbol=ES)
    assert (row.transaction_type, row.transaction_sub_type, row.value) == (
        "Receive Deliver",
        "Expiration",
        won,
    )
