"""Spreads, every order type and complex orders against the broker simulator; its ledger is the judge."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from senexbot.broker.cancelling import CancelLimits
from senexbot.domain.errors import Refused
from senexbot.domain.instruments import Right
from senexbot.domain.orders.broker_orders import Accepted, BrokerStatus, NotProven, RefusedByBroker
from senexbot.domain.orders.identifiers import child_identifier
from senexbot.domain.orders.terms import (
    Action,
    ChildRole,
    ChildTerms,
    Group,
    Leg,
    OptionQuery,
    OrderType,
    TimeInForce,
)

from .kit import PATIENCE, Listener, account, control, creates, link, running, simulated, terms

T = OrderType
WHOLE = "POST /accounts/*/complex-orders"


async def pin(sim, bid="199.90", ask="200.10", symbol="AAPL", last=None):
    await control(
        sim, "quote", {"symbol": symbol, "bid": bid, "ask": ask, **({"last": last} if last else {})}
    )


async def options(sim, broker, **prices):
    """Two listed SPY options, pinned: `low` is a put, `high` a call."""
    day = broker.sessions.clock.now().date() + timedelta(days=45)
    near = await broker.reads.option("l1", OptionQuery("SPY", day, Right.PUT, Decimal("0.5")))
    found = []
    for right, strike in ((Right.PUT, near.strikes[0]), (Right.CALL, near.strikes[-1])):
        hit = await broker.reads.option("l1", OptionQuery("SPY", near.expirations[0], right, strike))
        found.append(hit.exact)
        bid, ask = prices.get(right.word, ("1.70", "1.80"))
        await pin(sim, bid, ask, hit.exact.symbol)
    return found


def legs(found, *actions, quantities=(2, 2)):
    return tuple(
        Leg(one.symbol, one.type, action, Decimal(quantity), one.words, Decimal(100))
        for one, action, quantity in zip(found, actions, quantities, strict=True)
    )


def spread(legs_, price):
    return replace(terms(), underlying="SPY", legs=legs_, price=Decimal(price))


def bracket(trigger="100", profit="210", stop="90", group=Group.OTOCO):
    out = terms(Action.SELL_TO_CLOSE).legs
    children = (
        ChildTerms(ChildRole.TAKE_PROFIT, out, T.LIMIT, Decimal(profit), TimeInForce.GTC),
        ChildTerms(ChildRole.STOP_LOSS, out, T.STOP, None, TimeInForce.GTC, Decimal(stop)),
    )
    return replace(terms(price=trigger), group=group, children=children)


async def place(broker, what, identifier="sx1-p-w"):
    return await broker.desk.place(account(), broker.desk.compose(what, identifier))


async def reaches(broker, order_id, status, seconds=PATIENCE):
    async with asyncio.timeout(seconds):
        while (order := await broker.desk.order(account(), order_id)).status is not status:
            await asyncio.sleep(0.01)
    return order


def since(broker):
    return broker.sessions.clock.now() - timedelta(minutes=5)


# --- spreads -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actions", "price", "cost"),
    [
        ((Action.SELL_TO_OPEN, Action.SELL_TO_OPEN), "3.50", 700),
        ((Action.BUY_TO_OPEN, Action.BUY_TO_OPEN), "-3.40", -680),
        ((Action.SELL_TO_OPEN, Action.BUY_TO_OPEN), "0.05", 10),
    ],
)
async def test_a_dry_run_of_a_spread_has_the_sign_of_its_net(sim, broker, actions, price, cost):
    what = spread(legs(await options(sim, broker), *actions), price)
    estimate = await broker.desk.dry_run(account(), broker.desk.compose(what, "sx1-p-dry"))
    assert estimate.cost == cost
    assert estimate.fees < 0
    assert estimate.buying_power_after != estimate.buying_power_before
    assert await creates(sim) == []


async def test_a_spread_fills_leg_by_leg(sim, broker):
    """Pitfall 43: whatever was said first, the fills add up to units in the end; a ratio counts its own way."""
    found = await options(sim, broker)
    what = spread(legs(found, Action.SELL_TO_OPEN, Action.BUY_TO_OPEN, quantities=(4, 2)), "1.50")
    placed = await place(broker, what)
    assert isinstance(placed, Accepted)
    order = await reaches(broker, placed.order_id, BrokerStatus.FILLED)
    async with asyncio.timeout(PATIENCE):
        while order.filled != 2:
            order = await broker.desk.order(account(), placed.order_id)
    assert order.quantity == 2
    assert [leg.filled for leg in order.legs] == [4, 2]
    (judged,) = (await control(sim, "orders", method="GET"))["orders"]
    assert judged["external-identifier"] == "sx1-p-w"
    assert (judged["price"], judged["price-effect"]) == ("1.5", "Credit")


# --- every type ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"type": T.STOP, "price": None, "stop_trigger": Decimal(250)}, {"stop-trigger": "250.0"}),
        (
            {"type": T.STOP_LIMIT, "price": Decimal(-251), "stop_trigger": Decimal(250)},
            {"stop-trigger": "250.0", "price": "251.0", "price-effect": "Debit"},
        ),
        (
            {"type": T.NOTIONAL_MARKET, "price": None, "value": Decimal(-500)},
            {"value": "500.0", "value-effect": "Debit"},
        ),
        ({"time_in_force": TimeInForce.IOC}, {"time-in-force": "IOC"}),
        ({"time_in_force": TimeInForce.GTC_EXT}, {"time-in-force": "GTC Ext"}),
        ({"time_in_force": TimeInForce.EXT_OVERNIGHT}, {"time-in-force": "Ext Overnight"}),
    ],
)
async def test_every_type_and_standing_is_taken_as_it_is_meant(sim, broker, changes, shown):
    await pin(sim)
    what = replace(terms(), **changes)
    if what.value is not None:
        what = replace(what, legs=(replace(what.legs[0], quantity=Decimal(0)),))
    body = broker.desk.compose(what, "sx1-p-t")
    estimate = await broker.desk.dry_run(account(), body)
    if what.value is not None:
        assert estimate.cost == -500
    placed = await broker.desk.place(account(), body)
    assert isinstance(placed, Accepted), placed
    (judged,) = (await control(sim, "orders", method="GET"))["orders"]
    assert {key: judged.get(key) for key in shown} == shown


async def test_until_a_date(sim, broker):
    day = broker.sessions.clock.now().date() + timedelta(days=10)
    await place(broker, replace(terms(), time_in_force=TimeInForce.GTD, gtc_date=day))
    (judged,) = (await control(sim, "orders", method="GET"))["orders"]
    assert (judged["time-in-force"], judged["gtc-date"]) == ("GTD", day.isoformat())


async def test_by_value_the_broker_tells_the_quantity(sim, broker):
    await pin(sim)
    what = replace(terms(quantity=0, price=None), type=T.NOTIONAL_MARKET, value=Decimal(-500))
    placed = await place(broker, what)
    order = await reaches(broker, placed.order_id, BrokerStatus.FILLED)
    assert order.quantity == order.filled > 0


# --- complex orders ------------------------------------------------------------------------------


async def test_a_bracket_is_one_request_and_each_part_has_its_identifier(sim, broker):
    """I4, I5: three orders of one create request, on its own path, each under its own tag."""
    await pin(sim)
    placed = await place(broker, bracket())
    assert isinstance(placed, Accepted)
    assert placed.complex_id
    assert placed.order.identifier == "sx1-p-w"
    tags = [child_identifier("sx1-p-w", n) for n in (1, 2)]
    assert [child.identifier for child in placed.children] == tags
    (request,) = await creates(sim)
    assert request["path"].endswith("/complex-orders")
    assert request["external_identifier"] == "sx1-p-w"
    judged = (await control(sim, "orders", method="GET"))["orders"]
    assert [o["external-identifier"] for o in judged] == ["sx1-p-w", *tags]
    assert {o["complex-order-id"] for o in judged} == {placed.complex_id}


async def test_the_dry_run_of_a_bracket_counts_its_trigger(sim, broker):
    await pin(sim)
    estimate = await broker.desk.dry_run(account(), broker.desk.compose(bracket(), "sx1-p-dry"))
    assert estimate.cost == -1000
    assert estimate.fees <= 0
    assert estimate.buying_power_after < estimate.buying_power_before
    assert await creates(sim) == []


async def test_an_oco_protects_what_is_held(sim, broker):
    await pin(sim)
    await control(
        sim,
        "position",
        {"account": "5WT00001", "symbol": "AAPL", "quantity": 10, "average_open_price": "150"},
    )
    two = bracket().children
    sell = terms(Action.SELL_TO_CLOSE, price="210")
    what = replace(sell, group=Group.OCO, children=two[1:], time_in_force=TimeInForce.GTC)
    body = broker.desk.compose(what, "sx1-p-o")
    assert (await broker.desk.dry_run(account(), body)).cost == 2100
    placed = await broker.desk.place(account(), body)
    assert isinstance(placed, Accepted)
    await pin(sim, "89.90", "90.10", last="89.95")
    stop = await reaches(broker, placed.children[0].id, BrokerStatus.FILLED)
    assert stop.filled == 10
    await reaches(broker, placed.order_id, BrokerStatus.CANCELLED)


async def test_an_oco_without_what_it_closes_is_refused_before(sim, broker):
    """I19: re-tagged legs are caught at the dry run, and strict validation refuses the order."""
    await pin(sim)
    sell = terms(Action.SELL_TO_CLOSE, symbol="MSFT", price="900")
    stop = ChildTerms(ChildRole.STOP_LOSS, sell.legs, T.STOP, None, TimeInForce.DAY, Decimal(1))
    body = broker.desk.compose(replace(sell, group=Group.OCO, children=(stop,)), "sx1-p-o")
    with pytest.raises(Refused):
        await broker.desk.dry_run(account(), body)
    assert isinstance(await broker.desk.place(account(), body), RefusedByBroker)


async def test_children_follow_the_fill_of_their_trigger(sim, broker):
    """F41: a child that the exchange rejects is its own news, the other works on."""
    await pin(sim)
    listener = Listener()
    async with running(broker.account_feeds.run(link("5WT00001"), listener)):
        await listener.until(lambda heard: heard.of("connected"))
        placed = await place(broker, bracket(trigger="201", stop="90.123"))
        profit, stop = (child.id for child in placed.children)
        await reaches(broker, placed.order_id, BrokerStatus.FILLED)
        await reaches(broker, profit, BrokerStatus.LIVE)
        refused = await reaches(broker, stop, BrokerStatus.REJECTED)
        assert refused.reject_reason
        await listener.until(
            lambda heard: any(
                o.id == stop and o.status is BrokerStatus.REJECTED and o.complex_id == placed.complex_id
                for o in heard.of("order")
            )
        )


@pytest.mark.parametrize("kind", ["accepted-then-dropped", "reset", "malformed"])
async def test_the_answer_is_lost_and_every_part_is_found(sim, broker, kind):
    """I7, I9, F25, F41: nothing is sent again; the look shows trigger and children with their tags."""
    await pin(sim)
    await control(sim, "fault", {"target": WHOLE, "kind": kind, "count": 1})
    assert isinstance(await place(broker, bracket()), NotProven)
    assert len(await creates(sim)) == 1
    look = await broker.desk.look(account(), since(broker))
    assert look.complete
    if kind == "reset":
        assert look.orders == ()
        return
    tags = {child_identifier("sx1-p-w", n) for n in (1, 2)} | {"sx1-p-w"}
    assert {order.identifier for order in look.orders} == tags
    assert len({order.complex_id for order in look.orders}) == 1


async def test_a_complex_order_is_cancelled_by_its_own_number_and_read_back(sim, broker):
    """I18, pitfall 38."""
    await pin(sim)
    placed = await place(broker, bracket())
    await reaches(broker, placed.order_id, BrokerStatus.LIVE)
    outcome = await broker.desk.cancel_complex(account(), placed.complex_id)
    assert [part.status for part in outcome.parts] == [BrokerStatus.CANCELLED] * 3
    assert outcome.order.id == placed.order_id
    assert outcome.words == "Cancelled."
    unknown = await broker.desk.cancel_complex(account(), placed.order_id)
    assert unknown.order is None
    assert "knows no order" in unknown.words


async def test_the_exits_of_a_filled_order_are_cancelled_together(sim, broker):
    await pin(sim)
    placed = await place(broker, bracket(trigger="201"))
    await reaches(broker, placed.children[0].id, BrokerStatus.LIVE)
    outcome = await broker.desk.cancel_complex(account(), placed.complex_id)
    statuses = [part.status for part in outcome.parts]
    assert statuses == [BrokerStatus.FILLED, BrokerStatus.CANCELLED, BrokerStatus.CANCELLED]
    again = await broker.desk.cancel_complex(account(), placed.complex_id)
    assert again.too_late


async def test_a_cancel_whose_answer_is_lost_is_read_back(sim):
    """F39: a read-back that fails says so and never calls it cancelled."""
    async with simulated(sim, cancel_limits=CancelLimits(deadline=1.5, answer=0.3)) as broker:
        await pin(sim)
        placed = await place(broker, bracket())
        await reaches(broker, placed.order_id, BrokerStatus.LIVE)
        read = {"target": "GET /accounts/*/complex-orders/*", "kind": "status", "status": 502, "count": 50}
        await control(sim, "fault", read)
        drop = {"target": "DELETE /accounts/*/complex-orders/*", "kind": "accepted-then-dropped", "count": 1}
        await control(sim, "fault", drop)
        outcome = await broker.desk.cancel_complex(account(), placed.complex_id)
        assert outcome.order is None
        assert "not known" in outcome.words


async def test_an_answer_about_another_complex_order_proves_nothing(sim, broker):
    body = broker.desk.compose(bracket(), "sx1-p-w").replace(b'"orders":[', b'"orders":[],"more":[')
    assert isinstance(await broker.desk.place(account(), body), RefusedByBroker)
