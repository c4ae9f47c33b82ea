"""What the SDK asks besides accounts and orders, and refusals that only a plain client sees."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from house_bench import Client, leg, limit
from tastytrade import Account, AlertStreamer, Session
from tastytrade.account import CurrentPosition
from tastytrade.metrics import get_risk_free_rate
from tastytrade.order import InstrumentType, Leg, LimitOrder, OrderAction

from senexsim.broker.server import BrokerSim


def two(symbol: str) -> LimitOrder:
    bought = Leg(
        instrument_type=InstrumentType.EQUITY,
        symbol=symbol,
        action=OrderAction.BUY_TO_OPEN,
        quantity=Decimal(2),
    )
    return LimitOrder(legs=[bought], price=Decimal(-60))


async def test_the_risk_free_rate(session: Session) -> None:
    assert Decimal("0.01") < await get_risk_free_rate(session) < Decimal("0.1")


@pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")  # of the SDK
async def test_the_effect_of_an_order_on_buying_power(
    session: Session, account: Account, client: Client
) -> None:
    await client.pin("KO", "60.00", "60.10")
    effect = await account.get_order_buying_power_effect(session, two("KO"))
    assert effect.change_in_buying_power < 0
    assert effect.new_buying_power == effect.current_buying_power + effect.change_in_buying_power
    assert await account.get_live_orders(session) == []


async def test_accounts_are_followed_together(sim: BrokerSim, session: Session, client: Client) -> None:
    await client.pin("KO", "60.00", "60.10")
    accounts = await Account.get(session)
    streamer = AlertStreamer(session)
    streamer.base_url = sim.info["streamer_url"]
    async with asyncio.timeout(30), streamer:
        await streamer.subscribe_accounts(accounts)
        for account in accounts:
            await client.control(
                "position", {"account": account.account_number, "symbol": "KO", "quantity": 7}
            )
        told = [await anext(streamer.listen(CurrentPosition)) for _ in accounts]
    for queue in streamer._queues.values():  # the SDK leaves them open
        await queue.aclose()
    assert {position.account_number for position in told} == {"5WT00001", "5WT00002"}


async def test_what_cannot_be_reconfirmed_or_edited(client: Client) -> None:
    path = "/accounts/5WT00001"
    _, answer = await client.call("POST", f"{path}/orders", limit("Buy to Open", 1, "KO", "1.00"))
    number = answer["data"]["order"]["id"]
    status, body = await client.call("POST", f"{path}/orders/{number}/reconfirm")
    assert (status, body["error"]["code"]) == (422, "cannot_reconfirm_order")
    oco = {
        "type": "OCO",
        "orders": [
            limit("Sell to Close", 10, "AAPL", "900.00", tif="GTC"),
            {
                "order-type": "Stop",
                "time-in-force": "GTC",
                "stop-trigger": "1.00",
                "legs": [leg("Sell to Close", 10, "AAPL")],
            },
        ],
    }
    _, answer = await client.call("POST", f"{path}/complex-orders", oco)
    number = answer["data"]["complex-order"]["id"]
    change = {"ratio-price-threshold": "1.0"}
    for method, rest in (("PATCH", ""), ("POST", "/dry-run")):
        status, body = await client.call(method, f"{path}/complex-orders/{number}{rest}", change)
        assert (status, body["error"]["code"]) == (422, "cannot_update_order")


@pytest.mark.parametrize("kind", ["Equity Option", "Future"])
async def test_an_option_on_a_future_is_of_its_own_kind(client: Client, kind: str) -> None:
    _, answer = await client.call("GET", "/futures-option-chains/ES")
    symbol = answer["data"]["items"][0]["symbol"]
    order = limit("Buy to Open", 1, symbol, "1.00")
    order["legs"][0]["instrument-type"] = kind
    status, body = await client.call("POST", "/accounts/5WT00001/orders/dry-run", order)
    assert status in (400, 422), body
    assert await client.orders() == []
