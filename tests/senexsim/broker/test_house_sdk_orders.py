"""The unmodified SDK places, follows, replaces and cancels orders, and hears of them on its alert streamer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from house_bench import Client, eventually, limit
from tastytrade import Account, AlertStreamer, Session
from tastytrade.account import AccountBalance, CurrentPosition
from tastytrade.order import (
    InstrumentType,
    Leg,
    LimitOrder,
    MarketOrder,
    OCOOrder,
    OrderAction,
    OrderStatus,
    OrderTimeInForce,
    OTOCOOrder,
    OTOOrder,
    PlacedComplexOrder,
    PlacedOrder,
    StopLimitOrder,
    StopOrder,
)
from tastytrade.utils import TastytradeError

from senexsim.broker.server import BrokerSim

# The SDK posts its order bodies in a way that its own HTTP library warns about.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=<...>':DeprecationWarning")


def share(action: OrderAction, quantity: int, symbol: str = "KO") -> list[Leg]:
    return [Leg(instrument_type=InstrumentType.EQUITY, symbol=symbol, action=action, quantity=quantity)]


def buy(price: str, quantity: int = 10, symbol: str = "KO", **more: object) -> LimitOrder:
    return LimitOrder(legs=share(OrderAction.BUY_TO_OPEN, quantity, symbol), price=-Decimal(price), **more)


async def reaches(session: Session, account: Account, number: int, status: OrderStatus) -> PlacedOrder:
    async def look() -> PlacedOrder | None:
        order = await account.get_order(session, number)
        return order if order.status is status else None

    return await eventually(look)


@asynccontextmanager
async def alerts(sim: BrokerSim, session: Session, account: Account) -> AsyncIterator[AlertStreamer]:
    streamer = AlertStreamer(session)
    streamer.base_url = sim.info["streamer_url"]
    async with streamer:
        await streamer.subscribe_accounts([account])
        yield streamer
    for queue in streamer._queues.values():  # the SDK leaves them open
        await queue.aclose()


async def test_a_dry_run_costs_nothing(session: Session, account: Account, client: Client) -> None:
    await client.pin("KO", "60.00", "60.10")
    answer = await account.place_order(session, buy("60.00"), dry_run=True)
    assert answer.buying_power_effect.change_in_buying_power == Decimal("-300.008")
    assert answer.fee_calculation is not None
    assert answer.fee_calculation.total_fees == Decimal("-0.008")
    assert not hasattr(answer.order, "id")
    assert await account.get_live_orders(session) == []


async def test_a_limit_rests_and_fills_when_the_market_reaches_it(
    session: Session, account: Account, client: Client
) -> None:
    await client.pin("KO", "60.00", "60.10")
    before = await account.get_balances(session)
    placed = (await account.place_order(session, buy("59.50"), dry_run=False)).order
    assert placed.status is OrderStatus.ROUTED
    await reaches(session, account, placed.id, OrderStatus.LIVE)
    await client.pin("KO", "59.30", "59.40")
    filled = await account.get_order(session, placed.id)  # matched before the pin answered
    assert filled.status is OrderStatus.FILLED
    assert filled.average_fill_price() == Decimal("59.40")
    (position,) = await account.get_positions(session, symbol="KO")
    assert (position.quantity, position.average_open_price) == (10, Decimal("59.4"))
    after = await account.get_balances(session)
    assert after.cash_balance == before.cash_balance - Decimal("594.008")
    trade = (await account.get_history(session, symbol="KO"))[0]
    assert (trade.net_value, trade.order_id) == (Decimal("-594.008"), placed.id)


async def test_a_market_order_fills_at_once(session: Session, account: Account, client: Client) -> None:
    await client.pin("KO", "60.00", "60.10")
    order = MarketOrder(legs=share(OrderAction.BUY_TO_OPEN, 7))
    placed = (await account.place_order(session, order, dry_run=False)).order
    filled = await reaches(session, account, placed.id, OrderStatus.FILLED)
    assert sum(fill.quantity for fill in filled.legs[0].fills or []) == 7


async def test_cancel_and_history(session: Session, account: Account) -> None:
    placed = (await account.place_order(session, buy("1.00"), dry_run=False)).order
    await reaches(session, account, placed.id, OrderStatus.LIVE)
    await account.delete_order(session, placed.id)
    await reaches(session, account, placed.id, OrderStatus.CANCELLED)
    with pytest.raises(TastytradeError, match="cannot_update_order"):
        await account.delete_order(session, placed.id)
    history = await account.get_order_history(session, statuses=[OrderStatus.CANCELLED])
    assert [order.id for order in history] == [placed.id]
    assert [order.id for order in await account.get_live_orders(session)] == [placed.id]


async def test_history_pages_to_the_end(session: Session, account: Account) -> None:
    """F35: an order beyond the first page is found by whoever reads all pages."""
    for _ in range(12):
        await account.place_order(session, buy("1.00", 1), dry_run=False)
    first = await account.get_order_history(session, per_page=5)
    every = await account.get_order_history(session, per_page=5, page_offset=None)
    assert (len(first), len(every)) == (5, 12)
    assert [o.id for o in every] == sorted((o.id for o in every), reverse=True)


async def test_replace_makes_a_new_order(session: Session, account: Account) -> None:
    old = (await account.place_order(session, buy("1.00", external_identifier="walk-1"), dry_run=False)).order
    await reaches(session, account, old.id, OrderStatus.LIVE)
    new = await account.replace_order(session, old.id, buy("1.05"))
    assert (new.replaces_order_id, new.status, new.price) == (
        old.id,
        OrderStatus.CONTINGENT,
        Decimal("-1.05"),
    )
    await reaches(session, account, new.id, OrderStatus.LIVE)
    former = await account.get_order(session, old.id)
    assert (former.status, former.edited, former.replacing_order_id) == (OrderStatus.CANCELLED, True, new.id)


async def test_an_oco_closes_once(session: Session, account: Account, client: Client) -> None:
    await client.pin("AAPL", "200.00", "200.10")
    wanted = OCOOrder(
        take_profit=LimitOrder(
            legs=share(OrderAction.SELL_TO_CLOSE, 100, "AAPL"),
            price=Decimal(210),
            time_in_force=OrderTimeInForce.GTC,
        ),
        stop_loss=StopOrder(
            legs=share(OrderAction.SELL_TO_CLOSE, 100, "AAPL"),
            stop_trigger=Decimal(190),
            time_in_force=OrderTimeInForce.GTC,
        ),
    )
    assert (await account.place_complex_order(session, wanted, dry_run=True)).complex_order.type == "OCO"
    placed = (await account.place_complex_order(session, wanted, dry_run=False)).complex_order
    assert {o.complex_order_tag for o in placed.orders} == {"OCO::order"}
    await reaches(session, account, placed.take_profit.id, OrderStatus.LIVE)
    await reaches(session, account, placed.stop_loss.id, OrderStatus.LIVE)
    await client.pin("AAPL", "210.00", "210.10")
    await reaches(session, account, placed.take_profit.id, OrderStatus.FILLED)
    await reaches(session, account, placed.stop_loss.id, OrderStatus.CANCELLED)
    whole = await account.get_complex_order(session, placed.id)
    assert whole.terminal_at is not None


async def test_an_otoco_protects_what_its_trigger_bought(
    session: Session, account: Account, client: Client
) -> None:
    await client.pin("KO", "60.00", "60.10")
    closing = share(OrderAction.SELL_TO_CLOSE, 10)
    wanted = OTOCOOrder(
        trigger_order=buy("59.00"),
        take_profit=LimitOrder(legs=closing, price=Decimal(65)),
        stop_loss=StopLimitOrder(legs=closing, stop_trigger=Decimal(55), price=Decimal(54)),
    )
    placed = (await account.place_complex_order(session, wanted, dry_run=False)).complex_order
    assert placed.trigger_order.complex_order_tag == "OTOCO::trigger-order"
    await reaches(session, account, placed.trigger_order.id, OrderStatus.LIVE)
    assert (await account.get_order(session, placed.stop_loss.id)).status is OrderStatus.CONTINGENT
    await client.pin("KO", "58.90", "59.00")
    await reaches(session, account, placed.stop_loss.id, OrderStatus.LIVE)
    await client.pin("KO", "54.90", "55.00", last="54.95")
    await reaches(session, account, placed.stop_loss.id, OrderStatus.FILLED)
    await reaches(session, account, placed.take_profit.id, OrderStatus.CANCELLED)
    assert await account.get_positions(session, symbol="KO") == []
    (live,) = await account.get_live_complex_orders(session)
    assert live.id == placed.id


async def test_the_judge_knows_a_complex_order_by_its_first_part(client: Client) -> None:
    sell = limit("Sell to Close", 10, "KO", "999")
    parts = {
        "trigger-order": {**limit("Buy to Open", 10, "KO", "1.00"), "external-identifier": "one"},
        "orders": [{**sell, "external-identifier": "two"}],
    }
    status, body = await client.call("POST", "/accounts/5WT00001/complex-orders", {"type": "OTO", **parts})
    assert status == 201, body
    (request,) = [r for r in await client.requests() if r["path"].endswith("/complex-orders")]
    assert request["external_identifier"] == "one"


async def test_cancelling_an_oto_cancels_its_parts(session: Session, account: Account) -> None:
    closing = LimitOrder(legs=share(OrderAction.SELL_TO_CLOSE, 10), price=Decimal(999))
    wanted = OTOOrder(trigger_order=buy("1.00"), orders=[closing])
    placed = (await account.place_complex_order(session, wanted, dry_run=False)).complex_order
    await reaches(session, account, placed.trigger_order.id, OrderStatus.LIVE)
    await account.delete_complex_order(session, placed.id)
    assert (await account.get_order(session, placed.orders[0].id)).status is OrderStatus.CANCELLED
    await reaches(session, account, placed.trigger_order.id, OrderStatus.CANCELLED)
    assert [c.id for c in await account.get_complex_order_history(session)] == [placed.id]


async def test_the_alert_streamer_tells_a_fill(
    sim: BrokerSim, session: Session, account: Account, client: Client
) -> None:
    await client.pin("KO", "60.00", "60.10")
    async with alerts(sim, session, account) as streamer, asyncio.timeout(30):
        await streamer.subscribe_public_watchlists()
        await streamer.subscribe_quote_alerts()
        placed = (await account.place_order(session, buy("60.10", 3), dry_run=False)).order
        seen = []
        async for order in streamer.listen(PlacedOrder):
            seen.append(order.status.value)
            if order.status is OrderStatus.FILLED:
                break
        assert seen == ["Routed", "In Flight", "Live", "Filled"]
        assert order.id == placed.id
        position = await anext(streamer.listen(CurrentPosition))
        assert (position.symbol, position.quantity) == ("KO", 3)
        balance = await anext(streamer.listen(AccountBalance))
        assert balance.cash_balance == (await account.get_balances(session)).cash_balance


async def test_the_alert_streamer_tells_a_complex_order(
    sim: BrokerSim, session: Session, account: Account
) -> None:
    closing = LimitOrder(legs=share(OrderAction.SELL_TO_CLOSE, 10), price=Decimal(999))
    async with alerts(sim, session, account) as streamer, asyncio.timeout(30):
        wanted = OTOOrder(trigger_order=buy("1.00"), orders=[closing])
        placed = (await account.place_complex_order(session, wanted, dry_run=False)).complex_order
        told = await anext(streamer.listen(PlacedComplexOrder))
        assert told.id == placed.id
