"""Getting in: grants, tokens, user agent, versions, scopes, whose account; and what the ledger keeps of it."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from house_bench import Client, limit

from senexsim.broker.ledger import masked
from senexsim.broker.server import BrokerSim

ORDERS = "/accounts/5WT00001/orders"


def grant(sim: BrokerSim, **change: Any) -> dict[str, Any]:
    who = sim.info["users"][0]
    wanted = {
        "grant_type": "refresh_token",
        "refresh_token": who["refresh_token"],
        "client_secret": who["provider_secret"],
        **change,
    }
    return {key: value for key, value in wanted.items() if value is not None}


def test_info_is_the_contracts_first_line() -> None:
    info = BrokerSim(seed=5).info
    assert list(info) == ["api_url", "streamer_url", "dxlink_url", "users"]
    assert all(list(u) == ["name", "provider_secret", "refresh_token", "accounts"] for u in info["users"])
    numbers = [n for u in info["users"] for n in u["accounts"]]
    assert len(numbers) == len(set(numbers)) == 4
    assert all(n.startswith("5WT") for n in numbers)
    claims = info["users"][0]["refresh_token"].split(".")[1]
    assert "practice" in json.loads(base64.urlsafe_b64decode(claims + "=="))["iss"]
    assert BrokerSim(seed=5).info["users"] == info["users"]
    assert BrokerSim(seed=6).info["users"] != info["users"]


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "[::1]"),
        ("evil.example", "127.0.0.1"),
    ],
)
async def test_market_data_is_named_by_the_name_it_was_asked_by(
    sim: BrokerSim, client: Client, host: str, named: str
) -> None:
    """A client that was given http://localhost:… may refuse to stream from another host name."""
    port = sim.origin.rpartition(":")[2]
    _, token = await client.call("POST", "/oauth/token", grant(sim))
    headers = {
        "Authorization": f"Bearer {token['access_token']}",
        "User-Agent": "a/1",
        "Host": f"{host}:{port}",
    }
    async with client.http.get(f"{sim.origin}/api-quote-tokens", headers=headers) as answer:
        assert (await answer.json())["data"]["dxlink-url"] == f"ws://{named}:{port}/dxlink"


async def test_json_and_form_bodies_get_a_token(sim: BrokerSim, client: Client) -> None:
    status, answer = await client.call("POST", "/oauth/token", grant(sim))
    assert (status, answer["expires_in"], answer["token_type"]) == (200, 900, "Bearer")
    async with client.http.post(
        f"{sim.origin}/oauth/token", data=grant(sim), headers={"User-Agent": "a/1"}
    ) as form:
        assert form.status == 200


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"refresh_token": "a.b.c"}, 400, "invalid_grant"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": None}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "code": "x"}, 400, "invalid_request"),
        ({"scope": "read admin"}, 400, "invalid_scope"),
    ],
)
async def test_a_bad_grant_has_the_token_endpoints_own_envelope(
    sim: BrokerSim, client: Client, change: dict[str, Any], status: int, code: str
) -> None:
    found, answer = await client.call("POST", "/oauth/token", grant(sim, **change))
    assert (found, answer["error_code"]) == (status, code)
    assert set(answer) == {"error_code", "error_description"}


async def test_another_users_secret_does_not_open_a_grant(sim: BrokerSim, client: Client) -> None:
    other = sim.info["users"][1]["provider_secret"]
    status, _ = await client.call("POST", "/oauth/token", grant(sim, client_secret=other))
    assert status == 401


async def test_a_token_expires_by_the_markets_clock(client: Client) -> None:
    assert (await client.call("GET", "/customers/me"))[0] == 200
    await client.control("clock", {"advance_s": 901})
    status, body = await client.call("GET", "/customers/me")
    assert (status, body["error"]["code"]) == (401, "invalid_session")
    assert "customer support identifier" in body["error"]["message"]


async def test_no_user_agent_is_turned_away_by_the_front_server(client: Client) -> None:
    headers = {"Authorization": client.headers["Authorization"]}
    url = f"{client.sim.origin}/customers/me"
    async with client.http.get(url, headers=headers, skip_auto_headers=["User-Agent"]) as response:
        assert (response.status, response.content_type) == (401, "text/html")
        assert "nginx" in await response.text()


async def test_no_bearer_is_unauthorized(client: Client) -> None:
    del client.headers["Authorization"]
    status, body = await client.call("GET", "/customers/me")
    assert (status, body["error"]["code"]) == (401, "unauthorized")
    assert (await client.call("GET", "/margin-requirements-public-configuration"))[0] == 200


async def test_a_version_that_is_gone(client: Client) -> None:
    client.headers["Accept-Version"] = "20230101"
    status, body = await client.call("GET", "/customers/me")
    assert (status, body["error"]["code"]) == (406, 406)


async def test_a_read_grant_cannot_trade(sim: BrokerSim, client: Client) -> None:
    _, answer = await client.call("POST", "/oauth/token", grant(sim, scope="read"))
    client.headers["Authorization"] = f"Bearer {answer['access_token']}"
    assert (await client.call("GET", f"{ORDERS}/live"))[0] == 200
    status, body = await client.call("POST", ORDERS, limit("Buy to Open", 1, "KO", "1.00"))
    assert (status, body["error"]["code"]) == (403, "not_permitted")
    assert await client.orders() == []


async def test_every_account_route_refuses_another_customer(sim: BrokerSim, client: Client) -> None:
    """Every user's data belongs to that user only: each route with an account in its path."""
    tried = 0
    for resource in sim.application().router.resources():
        canonical = resource.canonical
        if "{account}" not in canonical or canonical.startswith("/_sim"):
            continue
        path = canonical.replace("{account}", "5WT00003").replace("{customer}", "me")
        path = path.replace("{order}", "1").replace("{transaction}", "1").replace("{symbol}", "AAPL")
        for route in resource:
            if route.method in ("HEAD", "OPTIONS"):
                continue
            body = limit("Buy to Open", 1, "KO", "1.00") if route.method in ("POST", "PUT", "PATCH") else None
            status, answer = await client.call(route.method, path.replace("{currency}", "USD"), body)
            assert (status, answer["error"]["code"]) == (403, "not_permitted"), (route.method, path)
            tried += 1
    assert tried > 25
    assert await client.orders() == []


async def test_the_ledger_keeps_no_secret(sim: BrokerSim, client: Client) -> None:
    await client.call("POST", ORDERS, limit("Buy to Open", 1, "KO", "1.00", **{"auth-token": "Bearer x"}))
    async with client.http.post(f"{sim.origin}/oauth/token", data=grant(sim), headers={"User-Agent": "a/1"}):
        pass
    async with client.http.get(f"{sim.origin}/_sim/requests") as response:
        text = await response.text()
    who = sim.info["users"][0]
    for secret in (
        who["refresh_token"],
        who["provider_secret"],
        client.headers["Authorization"][7:],
        "Bearer x",
    ):
        assert secret not in text


async def test_the_ledger_shows_what_arrived_in_order(client: Client) -> None:
    await client.call("GET", f"{ORDERS}/live?status=Live")
    await client.call("POST", ORDERS, limit("Buy to Open", 1, "KO", "1.00", **{"external-identifier": "x-9"}))
    found = [r for r in await client.requests() if r["path"].startswith(ORDERS)]
    assert [(r["method"], r["query"], r["external_identifier"], r["outcome"]) for r in found] == [
        ("GET", "status=Live", None, "200"),
        ("POST", "", "x-9", "201"),
    ]
    assert found[1]["body"]["legs"][0]["symbol"] == "KO"
    assert [r["seq"] for r in await client.requests()] == list(range(1, len(await client.requests()) + 1))
    assert not [r for r in await client.requests() if r["path"].startswith("/_sim")]


async def test_controls_are_for_this_machine_only(client: Client) -> None:
    class Elsewhere(asyncio.Transport):
        def get_extra_info(self, name: str, default: Any = None) -> Any:
            return ("192.0.2.7", 4444) if name == "peername" else default

    async def never(_: web.Request) -> web.Response:
        raise AssertionError

    request = make_mocked_request("GET", "/_sim/requests", transport=Elsewhere())
    answer = await client.sim.gateway.middleware()(request, never)
    assert answer.status == 403


def test_masking_reaches_nested_objects() -> None:
    body = {"a": [{"refresh_token": "s1", "code": "kept"}], "grant_type": "x", "code": "s2"}
    assert masked(body) == {"a": [{"refresh_token": "***", "code": "kept"}], "grant_type": "x", "code": "***"}


def test_secrets_are_not_in_the_repr_of_a_grant() -> None:
    sim = BrokerSim()
    shown = repr(sim.house.grants)
    assert all(
        g.refresh_token not in shown and g.provider_secret not in shown for g in sim.house.grants.values()
    )
