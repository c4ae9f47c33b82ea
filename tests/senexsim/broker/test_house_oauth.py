"""The browser's way in: the page, the code, the tokens made of it, and what ends them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from house_bench import Client
from tastytrade import Account, Session
from yarl import URL

from senexsim.broker.server import BrokerSim

BACK = "http://127.0.0.1:9/callback?kept=1"


async def application(client: Client) -> dict[str, Any]:
    status, body = await client.call("GET", "/_sim/oauth")
    assert status == 200
    return dict(body)


async def asked(client: Client, **change: str) -> dict[str, str]:
    app = await application(client)
    query = {"client_id": app["client_id"], "redirect_uri": BACK, "response_type": "code", "state": "s<1>"}
    return {**query, **change}


async def decided(client: Client, form: dict[str, str]) -> tuple[int, URL, str]:
    url = f"{client.sim.origin}/auth.html"
    headers = {"User-Agent": "a browser"}
    async with client.http.post(url, data=form, headers=headers, allow_redirects=False) as response:
        return response.status, URL(response.headers.get("Location", "")), await response.text()


async def signed_in(client: Client, **change: str) -> str:
    form = await asked(client, **change) | {"username": "dana.whitfield", "password": "practice"}
    status, target, _ = await decided(client, form)
    assert (status, target.query["state"], target.query["kept"]) == (302, "s<1>", "1")
    return target.query["code"]


async def exchanged(client: Client, given: str, **change: str) -> tuple[int, dict[str, Any]]:
    app = await application(client)
    secrets = {key: app[key] for key in ("client_id", "client_secret")}
    form = {"grant_type": "authorization_code", "code": given, "redirect_uri": BACK, **secrets, **change}
    status, body = await client.call("POST", "/oauth/token", form)
    return status, body


async def test_a_code_becomes_a_grant_the_sdk_lives_on(sim: BrokerSim, client: Client) -> None:
    code = await signed_in(client)
    status, body = await exchanged(client, code)
    assert (status, body["token_type"], body["expires_in"]) == (200, "Bearer", 900)
    claims = json.loads(base64.urlsafe_b64decode(body["id_token"].split(".")[1] + "=="))
    app = await application(client)
    assert (claims["name"], claims["aud"]) == ("Dana Whitfield", app["client_id"])
    async with Session(app["client_secret"], body["refresh_token"]) as session:
        session._client.base_url = sim.origin
        accounts = await Account.get(session)
    assert [account.account_number for account in accounts] == ["5WT00001", "5WT00002"]
    assert code not in json.dumps(await client.requests())
    assert app["client_secret"] not in json.dumps(await client.requests())


async def test_a_refresh_gives_no_new_refresh_token_and_leaves_the_old_access_alive(client: Client) -> None:
    _, first = await exchanged(client, await signed_in(client))
    app = await application(client)
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    tokens = [first["access_token"]]
    for _ in range(2):
        status, body = await client.call(
            "POST", "/oauth/token", {**form, "client_secret": app["client_secret"]}
        )
        assert (status, set(body)) == (200, {"access_token", "token_type", "expires_in"})
        tokens.append(body["access_token"])
    for token in tokens:
        client.headers["Authorization"] = f"Bearer {token}"
        assert (await client.call("GET", "/customers/me"))[0] == 200
    assert len(set(tokens)) == 3


async def test_a_second_use_of_a_code_ends_what_the_first_one_gave(client: Client) -> None:
    code = await signed_in(client)
    _, first = await exchanged(client, code)
    client.headers["Authorization"] = f"Bearer {first['access_token']}"
    assert (await client.call("GET", "/customers/me"))[0] == 200
    status, body = await exchanged(client, code)
    assert (status, body["error_code"]) == (400, "invalid_grant")
    assert (await client.call("GET", "/customers/me"))[0] == 401
    app = await application(client)
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    status, _ = await client.call("POST", "/oauth/token", {**form, "client_secret": app["client_secret"]})
    assert status == 400


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"redirect_uri": "http://127.0.0.1:9/other"}, 400, "invalid_grant"),
        ({"code": "wrong"}, 400, "invalid_grant"),
        ({"code": ""}, 400, "invalid_request"),
    ],
)
async def test_what_does_not_fit_the_code_is_refused_and_does_not_use_it_up(
    client: Client, change: dict[str, str], status: int, code: str
) -> None:
    given = await signed_in(client)
    found, body = await exchanged(client, given, **change)
    assert (found, body["error_code"]) == (status, code)
    assert (await exchanged(client, given))[0] == 200


async def test_a_code_is_old_after_ten_minutes(client: Client) -> None:
    code = await signed_in(client)
    await client.control("clock", {"advance_s": 601})
    assert (await exchanged(client, code))[1]["error_code"] == "invalid_grant"


async def test_only_what_was_asked_for_is_given(client: Client) -> None:
    _, body = await exchanged(client, await signed_in(client, scope="read"))
    assert "id_token" not in body
    client.headers["Authorization"] = f"Bearer {body['access_token']}"
    assert (await client.call("GET", "/customers/me"))[0] == 200
    assert (await client.call("POST", "/accounts/5WT00001/orders/dry-run", {}))[0] == 403


async def test_a_new_secret_ends_the_grants_of_the_application_alone(sim: BrokerSim, client: Client) -> None:
    _, body = await exchanged(client, await signed_in(client))
    before = await application(client)
    after = await client.control("oauth", {"regenerate": True})
    assert after["client_secret"] != before["client_secret"]
    form = {"grant_type": "refresh_token", "refresh_token": body["refresh_token"]}
    for secret in (before["client_secret"], after["client_secret"]):
        status, answer = await client.call("POST", "/oauth/token", {**form, "client_secret": secret})
        assert (status, answer["error_code"]) == (400, "invalid_grant")
    await client.token()  # the personal grant lives


async def test_the_page_asks_tells_and_leads_back(client: Client) -> None:
    query = await asked(client, scope="read openid")
    url = URL(f"{client.sim.origin}/auth.html").with_query(query)
    async with client.http.get(url) as response:
        text = await response.text()
    assert "see accounts" in text
    assert "place, change" not in text
    assert 'value="s&lt;1&gt;"' in text
    status, _, text = await decided(client, {**query, "username": "dana.whitfield", "password": "guessed"})
    assert (status, "do not belong together" in text) == (401, True)
    status, target, _ = await decided(client, {**query, "deny": "1"})
    assert (status, target.query["error"], target.query["state"]) == (302, "access_denied", "s<1>")


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_id": "somebody"}, 400, None),
        ({"redirect_uri": "https://evil.example/"}, 400, None),
        ({"redirect_uri": "http://127.0.0.1@evil.example/"}, 400, None),
        ({"redirect_uri": ""}, 400, None),
        ({"response_type": "token"}, 302, "unsupported_response_type"),
        ({"scope": "read everything"}, 302, "invalid_scope"),
    ],
)
async def test_an_unknown_address_is_led_nowhere(
    client: Client, change: dict[str, str], status: int, error: str | None
) -> None:
    url = URL(f"{client.sim.origin}/auth.html").with_query(await asked(client, **change))
    async with client.http.get(url, allow_redirects=False) as response:
        assert (response.status, URL(response.headers.get("Location", "")).query.get("error")) == (
            status,
            error,
        )


async def test_registered_addresses_are_compared_letter_by_letter(client: Client) -> None:
    await client.control("oauth", {"redirect_uris": ["https://desk.example/callback"]})
    for uri, status in {
        "https://desk.example/callback": 200,
        "https://desk.example/callback/": 400,
        BACK: 400,
    }.items():
        url = URL(f"{client.sim.origin}/auth.html").with_query(await asked(client, redirect_uri=uri))
        async with client.http.get(url) as response:
            assert response.status == status, uri
    for wrong in ({"redirect_uris": ["callback"]}, {"redirect_uris": "x"}, {"other": 1}, []):
        assert (await client.call("POST", "/_sim/oauth", wrong))[0] == 400
