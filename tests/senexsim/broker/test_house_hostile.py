"""Hostile bodies: whatever is sent as an order, a control or a token request, the answer is a 4xx in words."""

from __future__ import annotations

import copy
import io
import random
from typing import Any

import pytest
from house_bench import Client, leg, limit

ORDERS = "/accounts/5WT00001/orders"
COMPLEX = "/accounts/5WT00001/complex-orders"
JUNK: list[Any] = [
    None, True, 0, -1, 1.5, 10**30, "", " ", "x" * 5000, "NaN", "Infinity", "-0", "1e5", "٣", "\u0000",
    [], {}, [None], {"a": 1}, "2026-13-45", "Buy to Open", "'; DROP TABLE orders; --", "<!channel>",
]  # fmt: skip
WHOLE = limit(
    "Buy to Open",
    1,
    "KO",
    "1.00",
    **{
        "stop-trigger": "1",
        "gtc-date": "2030-01-01",
        "rules": {"route-after": "2030-01-01T00:00:00Z", "conditions": [{"action": "route", "symbol": "KO"}]},
        "advanced-instructions": {"strict-position-effect-validation": True},
        "external-identifier": "x",
    },
)
OTOCO = {"type": "OTOCO", "trigger-order": WHOLE, "orders": [WHOLE, {**WHOLE, "order-type": "Stop"}]}


def places(value: Any) -> list[tuple[Any, ...]]:
    """Paths to every value inside."""
    found: list[tuple[Any, ...]] = []
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in rows:
        found += [(key,), *((key, *rest) for rest in places(inner))]
    return found


def spoiled(draw: random.Random, body: dict[str, Any]) -> Any:
    """The body with some values replaced by junk or removed."""
    made = copy.deepcopy(body)
    for _ in range(draw.randint(1, 3)):
        *path, last = draw.choice(places(made) or [("a",)])
        inside = made
        for key in path:
            inside = inside[key]
        if draw.random() < 0.3 and isinstance(inside, dict):
            inside.pop(last, None)
        else:
            inside[last] = draw.choice(JUNK)
    return made


@pytest.mark.parametrize("seed", range(6))
async def test_no_body_makes_a_server_error(client: Client, seed: int) -> None:
    """F117, F118 for the broker's side: 500 would mean that we did not think of it."""
    draw = random.Random(seed)
    standing = (await client.call("POST", ORDERS, limit("Buy to Open", 1, "KO", "0.50")))[1]["data"]["order"][
        "id"
    ]
    await client.until(standing, "Live")
    targets = [
        ("POST", ORDERS, WHOLE),
        ("POST", f"{ORDERS}/dry-run", WHOLE),
        ("POST", f"{ORDERS}/{standing}/dry-run", WHOLE),
        ("PUT", f"{ORDERS}/{standing}", WHOLE),
        ("POST", COMPLEX, OTOCO),
        ("POST", f"{COMPLEX}/dry-run", OTOCO),
        ("POST", "/margin/accounts/5WT00001/dry-run", WHOLE),
        ("POST", "/quote-alerts", {"symbol": "KO", "field": "Last", "operator": ">", "threshold": "1"}),
        ("POST", "/oauth/token", {"grant_type": "refresh_token", "refresh_token": "a", "client_secret": "b"}),
        ("POST", "/_sim/fill", {"order_id": standing, "quantity": 1, "price": "1"}),
        ("POST", "/_sim/position", {"account": "5WT00001", "symbol": "KO", "quantity": 1}),
        ("POST", "/_sim/balance", {"account": "5WT00001", "cash": 1}),
        ("POST", "/_sim/fault", {"target": "POST /never", "kind": "delay", "count": 1, "delay_ms": 1}),
    ]
    for _ in range(80):
        method, path, body = draw.choice(targets)
        sent = spoiled(draw, body) if draw.random() < 0.9 else draw.choice(JUNK)
        status, answer = await client.call(method, path, sent)
        assert status < 500, (method, path, sent, answer)


async def test_a_body_that_is_no_json_is_a_validation_error(client: Client) -> None:
    for raw in (b"", b"{", b"\xff\xfe", b"[" * 100_000):
        url, headers = client.sim.origin + ORDERS, {**client.headers, "Content-Type": "application/json"}
        async with client.http.post(url, data=raw, headers=headers) as response:
            assert response.status == 400
            assert (await response.json())["error"]["code"] == "validation_error"


async def test_too_large_a_body_is_turned_away(client: Client) -> None:
    url = client.sim.origin + ORDERS
    async with client.http.post(url, data=io.BytesIO(b"x" * 3_000_000), headers=client.headers) as response:
        assert response.status == 413
    assert (await client.call("GET", "/customers/me"))[0] == 200


async def test_many_legs_and_strange_quantities(client: Client) -> None:
    for quantity in ("1e400", "0.0000001", "-3", "1/2", "", None, []):
        body = {**limit("Buy to Open", 1, "KO", "1.00"), "legs": [leg("Buy to Open", quantity, "KO")]}
        status, answer = await client.call("POST", f"{ORDERS}/dry-run", body)
        assert status in (200, 400), answer
