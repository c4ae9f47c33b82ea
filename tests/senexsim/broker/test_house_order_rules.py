"""What the broker refuses, with which status, code and body; and what it lets pass."""

from __future__ import annotations

from typing import Any

import pytest
from house_bench import Client, leg, limit, market, plain_client

from senexsim.broker.orders.parsing import order_of
from senexsim.broker.server import BrokerSim

ORDERS = "/accounts/5WT00001/orders"
DRY = f"{ORDERS}/dry-run"


@pytest.mark.parametrize(
    ("change", "domain"),
    [
        ({"price": "-1"}, "price"),
        ({"price": "NaN"}, "price"),
        ({"price": "1e309"}, "price"),
        ({"price": "１.00"}, "price"),
        ({"price": "1_0"}, "price"),
        ({"price": True}, "price"),
        ({"price": None}, "price"),
        ({"price-effect": None}, "price-effect"),
        ({"order-type": None}, "order-type"),
        ({"order-type": "Limits"}, "order-type"),
        ({"time-in-force": "GTX"}, "time-in-force"),
        ({"time-in-force": "GTD"}, "gtc-date"),
        ({"legs": None}, "legs"),
        ({"legs": []}, "legs"),
        ({"legs": [leg("Buy to Open", 1, "KO"), leg("Buy to Open", 1, "PEP")]}, "legs"),
        ({"legs": [leg("Buy", 1, "KO")]}, "action"),
        ({"legs": [leg("Buy to Open", 0, "KO")]}, "quantity"),
        ({"stop-trigger": "50"}, "stop-trigger"),
        ({"order-type": "Market"}, "price"),
    ],
)
async def test_a_malformed_order_is_a_validation_error(
    client: Client, change: dict[str, Any], domain: str
) -> None:
    for path in (ORDERS, DRY):
        status, body = await client.call("POST", path, {**limit("Buy to Open", 1, "KO", "1.00"), **change})
        assert (status, body["error"]["code"]) == (400, "validation_error")
        assert [item["domain"] for item in body["error"]["errors"]] == [domain]
    assert await client.orders() == []


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ({**market("Buy to Open", 1, "KO"), "time-in-force": "GTC"}, "gtc_market_orders_not_supported"),
        ({**limit("Buy to Open", 1, "KO", "1.00"), "price-effect": "Credit"}, "cant_buy_for_credit"),
        ({**limit("Sell to Close", 1, "AAPL", "900.00"), "price-effect": "Debit"}, "cant_sell_for_debit"),
        (limit("Sell to Open", 1, "AAPL", "900.00"), "cannot_open_opposite_position"),
        (limit("Sell to Close", 301, "AAPL", "900.00"), "closing_quantity_exceeds_position"),
        (limit("Buy to Open", 50_001, "KO", "1.00"), "order_size_exceeded"),
        (
            limit(
                "Sell to Close",
                1,
                "KO",
                "90.00",
                **{"advanced-instructions": {"strict-position-effect-validation": True}},
            ),
            "closing_with_no_position",
        ),
    ],
)
async def test_the_preflight_checks_refuse_with_422(client: Client, order: dict[str, Any], code: str) -> None:
    status, body = await client.call("POST", ORDERS, order)
    assert (status, body["error"]["code"]) == (422, "preflight_check_failure")
    assert code in [item["code"] for item in body["error"]["errors"]]
    assert "data" not in body
    assert await client.orders() == []


async def test_a_failed_margin_check_has_data_and_error(client: Client) -> None:
    await client.pin("KO", "60.00", "60.10")
    status, body = await client.call("POST", DRY, limit("Buy to Open", 20_000, "KO", "60.00"))
    assert status == 422
    assert body["error"]["errors"][0]["code"] == "margin_check_failed"
    effect = body["data"]["buying-power-effect"]
    assert effect["change-in-buying-power"] == "600016.0"
    assert effect["new-buying-power-effect"] == "Debit"


async def test_a_close_without_position_becomes_an_open(client: Client) -> None:
    """The broker's silent re-tag, with a warning."""
    status, body = await client.call("POST", ORDERS, limit("Sell to Close", 1, "KO", "900.00"))
    assert status == 201
    assert body["data"]["order"]["legs"][0]["action"] == "Sell to Open"
    assert [w["code"] for w in body["data"]["warnings"]] == ["closing_with_no_position"]


async def test_working_closes_count_against_the_position(client: Client) -> None:
    assert (await client.call("POST", ORDERS, limit("Sell to Close", 200, "AAPL", "900.00")))[0] == 201
    status, body = await client.call("POST", ORDERS, limit("Sell to Close", 200, "AAPL", "901.00"))
    assert body["error"]["errors"][0]["code"] == "closing_quantity_exceeds_position"
    assert status == 422


async def test_a_level_without_uncovered_options_refuses_them(sim: BrokerSim, client: Client) -> None:
    options = list((await client.call("GET", "/accounts/5WT00001/positions"))[1]["data"]["items"])
    call = next(p["symbol"] for p in options if p["instrument-type"] == "Equity Option")
    await client.control("balance", {"account": "5WT00004", "cash": "500000"})
    async with plain_client(sim, user=2) as other:
        order = limit("Sell to Open", 1, call, "5.00")
        status, body = await other.call("POST", "/accounts/5WT00004/orders", order)
    assert status == 422
    assert "uncovered_options_not_permitted" in [item["code"] for item in body["error"]["errors"]]


async def test_an_oco_of_two_limits_is_refused(client: Client) -> None:
    children = [limit("Sell to Close", 10, "AAPL", price) for price in ("900.00", "901.00")]
    status, body = await client.call(
        "POST", "/accounts/5WT00001/complex-orders", {"type": "OCO", "orders": children}
    )
    assert status == 422
    assert body["error"]["errors"][0]["code"] == "invalid_oco_order_type_combo"


async def test_an_unknown_symbol_and_an_index_are_refused(client: Client) -> None:
    for symbol in ("NOSUCH", "SPX"):
        status, body = await client.call("POST", ORDERS, limit("Buy to Open", 1, symbol, "1.00"))
        assert (status, body["error"]["code"]) == (422, "invalid_symbol")


async def test_unknown_keys_are_ignored_and_the_tag_is_echoed(client: Client) -> None:
    order = limit("Buy to Open", 1, "KO", "1.00", behavior="immediate", **{"external-identifier": "tag-1"})
    status, body = await client.call("POST", ORDERS, order)
    assert status == 201
    assert body["data"]["order"]["external-identifier"] == "tag-1"
    assert "behavior" not in body["data"]["order"]


async def test_two_orders_with_one_identifier_are_both_accepted(client: Client) -> None:
    """`external-identifier` is a tag, not an idempotency key."""
    order = limit("Buy to Open", 1, "KO", "1.00", **{"external-identifier": "same"})
    placed = [(await client.call("POST", ORDERS, order))[1]["data"]["order"]["id"] for _ in range(2)]
    assert len(set(placed)) == 2
    assert [o["external-identifier"] for o in await client.orders()] == ["same", "same"]
    posts = [r for r in await client.requests() if r["method"] == "POST" and r["path"] == ORDERS]
    assert [r["external_identifier"] for r in posts] == ["same", "same"]


async def test_a_wrong_tick_is_rejected_after_the_201(client: Client) -> None:
    """F45: the dry run is clean, the exchange says no later."""
    order = limit("Buy to Open", 1, "KO", "1.005")
    assert (await client.call("POST", DRY, order))[0] == 200
    status, body = await client.call("POST", ORDERS, order)
    assert (status, body["data"]["order"]["status"]) == (201, "Routed")
    rejected = await client.until(body["data"]["order"]["id"], "Rejected")
    assert "increment" in rejected["reject-reason"]
    assert rejected["terminal-at"]


async def test_unknown_orders_and_routes_are_not_found(client: Client) -> None:
    for path in (f"{ORDERS}/1", f"{ORDERS}/abc", "/accounts/5WT00001/nothing"):
        status, body = await client.call("GET", path)
        assert (status, body["error"]["code"]) == (404, "record_not_found")


async def test_a_terminal_order_cannot_be_changed(client: Client) -> None:
    _, body = await client.call("POST", ORDERS, limit("Buy to Open", 1, "KO", "1.005"))
    path = f"{ORDERS}/{body['data']['order']['id']}"
    await client.until(body["data"]["order"]["id"], "Rejected")
    change = {"order-type": "Limit", "time-in-force": "Day", "price": "2.00", "price-effect": "Debit"}
    for method, sent in (("DELETE", None), ("PUT", change), ("PATCH", {"price": "2.00"})):
        status, answer = await client.call(method, path, sent)
        assert (status, answer["error"]["code"]) == (422, "cannot_update_order")
    assert (await client.call("POST", f"{path}/reconfirm"))[1]["error"]["code"] == "cannot_reconfirm_order"


async def test_edit_changes_only_what_is_sent(client: Client) -> None:
    order = limit("Buy to Open", 5, "KO", "1.00", tif="GTC", **{"external-identifier": "e-1"})
    number = (await client.call("POST", ORDERS, order))[1]["data"]["order"]["id"]
    await client.until(number, "Live")
    status, dry = await client.call("POST", f"{ORDERS}/{number}/dry-run", {"price": "1.10"})
    assert (status, dry["data"]["order"]["price"]) == (200, "1.1")
    status, body = await client.call("PATCH", f"{ORDERS}/{number}", {"price": "1.10"})
    new = body["data"]
    assert (status, new["price"], new["time-in-force"], new["legs"][0]["quantity"]) == (200, "1.1", "GTC", 5)
    assert (new["replaces-order-id"], new["external-identifier"]) == (number, "e-1")


async def test_a_fill_meanwhile_drops_the_replacement(client: Client) -> None:
    """F40: the old order fills before the exchange has confirmed its cancel."""
    number = (await client.call("POST", ORDERS, limit("Buy to Open", 5, "KO", "1.00")))[1]["data"]["order"][
        "id"
    ]
    await client.until(number, "Live")
    engine, old = client.sim.house.engine, client.sim.house.accounts["5WT00001"].orders[number]
    new = engine.replace(old, order_of("5WT00001", limit("Buy to Open", 5, "KO", "0.90")))
    assert (old.status, new.status) == ("Replace Requested", "Contingent")
    engine.fill_by_hand(old, None, None)  # without a pause, so that the cancel is not confirmed yet
    dropped = await client.until(int(new.id or 0), "Cancelled", "Live", "Filled")
    assert (old.status, dropped["status"]) == ("Filled", "Cancelled")


async def test_a_closed_session_holds_orders_until_it_opens(client: Client) -> None:
    await client.control("clock", {"session": "closed"})
    status, body = await client.call("POST", ORDERS, limit("Buy to Open", 1, "KO", "1.00"))
    assert (status, body["data"]["order"]["status"]) == (201, "Received")
    assert [w["code"] for w in body["data"]["warnings"]] == ["tif.next_valid_session"]
    status, refused = await client.call("POST", ORDERS, market("Buy to Open", 1, "KO"))
    assert (status, refused["error"]["code"]) == (422, "preflight_check_failure")
    await client.control("clock", {"session": "open"})
    await client.until(body["data"]["order"]["id"], "Live")


async def test_day_orders_expire_at_the_close_and_gtc_stay(client: Client) -> None:
    numbers = {}
    for tif in ("Day", "GTC"):
        order = limit("Buy to Open", 1, "KO", "1.00", tif=tif)
        numbers[tif] = (await client.call("POST", ORDERS, order))[1]["data"]["order"]["id"]
        await client.until(numbers[tif], "Live")
    await client.control("clock", {"session": "closed"})
    await client.until(numbers["Day"], "Expired")
    assert (await client.order(numbers["GTC"]))["status"] == "Live"


async def test_a_condition_holds_an_order_back(client: Client) -> None:
    await client.pin("KO", "60.00", "60.10", "60.05")
    condition = {
        "action": "route",
        "symbol": "KO",
        "instrument-type": "Equity",
        "indicator": "last",
        "comparator": "lte",
        "threshold": "55",
    }
    order = limit("Buy to Open", 1, "KO", "56.00", tif="GTC", rules={"conditions": [condition]})
    _, body = await client.call("POST", ORDERS, order)
    placed = body["data"]["order"]
    assert (placed["status"], placed["contingent-status"]) == ("Contingent", "Pending Condition")
    await client.pin("KO", "54.80", "54.90", "54.85")
    await client.until(placed["id"], "Filled")


async def test_an_ioc_does_not_rest(client: Client) -> None:
    _, body = await client.call("POST", ORDERS, limit("Buy to Open", 1, "KO", "1.00", tif="IOC"))
    await client.until(body["data"]["order"]["id"], "Cancelled")


async def test_a_large_limit_fills_in_parts(client: Client) -> None:
    """F42: a part-filled order is Live with less remaining; a cancel keeps its fills."""
    await client.control("balance", {"account": "5WT00001", "cash": "9000000"})
    await client.pin("KO", "60.00", "60.10")
    _, body = await client.call("POST", ORDERS, limit("Buy to Open", 6_000, "KO", "60.10"))
    number = body["data"]["order"]["id"]
    seen = await client.until(number, "Filled")
    fills = seen["legs"][0]["fills"]
    assert len(fills) > 1
    assert sum(fill["quantity"] for fill in fills) == 6_000
    assert len({fill["fill-id"] for fill in fills}) == len(fills)


async def test_a_notional_order_buys_a_fraction(client: Client) -> None:
    await client.pin("KO", "60.00", "60.10")
    order = {
        "order-type": "Notional Market",
        "time-in-force": "Day",
        "value": "100",
        "value-effect": "Debit",
        "legs": [{"instrument-type": "Equity", "symbol": "KO", "action": "Buy to Open"}],
    }
    status, body = await client.call("POST", ORDERS, order)
    assert status == 201, body
    filled = await client.until(body["data"]["order"]["id"], "Filled")
    assert filled["legs"][0]["fills"][0]["quantity"] == "1.66389"


async def test_the_customer_routes_need_account_numbers(client: Client) -> None:
    status, body = await client.call("GET", "/customers/me/orders/live")
    assert (status, body["error"]["errors"][0]["domain"]) == (400, "account-numbers")
    await client.call("POST", ORDERS, limit("Buy to Open", 1, "KO", "1.00"))
    query = "account-numbers[]=5WT00001&account-numbers[]=5WT00002"
    for path in ("/customers/me/orders/live", "/customers/me/orders"):
        status, body = await client.call("GET", f"{path}?{query}")
        assert (status, len(body["data"]["items"])) == (200, 1)
    status, _ = await client.call("GET", "/customers/me/orders/live?account-numbers[]=5WT00003")
    assert status == 403
