"""Two workspaces of one Slack: installation by browser, whose token is whose, events by team, tokens that rotate."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slacksim_bench import MANIFEST, Person
from yarl import URL

from senexsim.slack import SlackSim

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")  # of Slack's SDK
BACK = "http://127.0.0.1:9/slack/oauth_redirect"
ROTATING = {**MANIFEST, "settings": {**MANIFEST["settings"], "token_rotation_enabled": True}}


@pytest_asyncio.fixture
async def both() -> AsyncIterator[SlackSim]:
    async with SlackSim(workspaces=2) as running:
        yield running


@pytest_asyncio.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def plain(both: SlackSim) -> AsyncWebClient:
    return AsyncWebClient(base_url=both.info["api_url"])


async def consent(
    sim: SlackSim, http: aiohttp.ClientSession, team: int = 1, decision: str = "allow", **change: str
) -> URL:
    """Where the browser is sent after the page of consent."""
    info = sim.info
    where = info["workspaces"][team]
    asked = {
        "client_id": info["client_id"],
        "scope": "chat:write,im:history",
        "redirect_uri": BACK,
        "state": "s1",
    }
    async with http.get(info["authorize_url"], params=asked | change) as page:
        assert page.status == 200, await page.text()
        assert f'value="{where["team_id"]}/{where["users"][0]["id"]}"' in await page.text()
    who = f"{where['team_id']}/{where['users'][0]['id']}"
    form = {**asked, **change, "who": who, "decision": decision}
    async with http.post(info["authorize_url"], data=form, allow_redirects=False) as answer:
        assert answer.status == 302
        return URL(answer.headers["Location"])


async def install(sim: SlackSim, http: aiohttp.ClientSession, plain: AsyncWebClient, team: int = 1) -> Any:
    back = await consent(sim, http, team)
    info = sim.info
    return await plain.oauth_v2_access(
        client_id=info["client_id"],
        client_secret=info["client_secret"],
        code=back.query["code"],
        redirect_uri=BACK,
    )


async def refused(call: Any) -> str:
    with pytest.raises(SlackApiError) as told:
        await call
    return str(told.value.response["error"])


async def test_a_code_becomes_a_token_of_that_workspace(
    both: SlackSim, http: aiohttp.ClientSession, plain: AsyncWebClient
) -> None:
    back = await consent(both, http)
    assert (str(back.with_query(None)), back.query["state"]) == (BACK, "s1")
    app = {"client_id": both.info["client_id"], "client_secret": both.info["client_secret"]}
    wrong = plain.oauth_v2_access(**{**app, "client_secret": "x"}, code=back.query["code"])
    assert await refused(wrong) == "bad_client_secret"
    elsewhere = plain.oauth_v2_access(**app, code=back.query["code"], redirect_uri="http://127.0.0.1:8/")
    assert await refused(elsewhere) == "bad_redirect_uri"
    found = await plain.oauth_v2_access(**app, code=back.query["code"], redirect_uri=BACK)
    second = both.info["workspaces"][1]
    assert found["team"] == {"id": second["team_id"], "name": "Senex Annex"}
    assert (found["token_type"], found["scope"], found["enterprise"]) == (
        "bot",
        "chat:write,im:history",
        None,
    )
    assert found["authed_user"]["id"] == second["users"][0]["id"]
    assert "refresh_token" not in found.data
    assert await refused(plain.oauth_v2_access(**app, code=back.query["code"])) == "code_already_used"
    assert await refused(plain.oauth_v2_access(**app, code="nonsense")) == "invalid_code"
    for token, team in ((found["access_token"], 1), (both.info["bot_token"], 0)):
        who = await plain.auth_test(token=token)
        assert who["team_id"] == both.info["workspaces"][team]["team_id"]
    calls = [c for ws in both.workspaces for c in ws.calls if c["method"] == "oauth.v2.access"]
    assert {call["args"]["client_secret"] for call in calls} == {"***"}


async def test_who_says_no_and_who_may_not_be_asked(both: SlackSim, http: aiohttp.ClientSession) -> None:
    back = await consent(both, http, decision="cancel")
    assert dict(back.query) == {"error": "access_denied", "state": "s1"}
    good = {"client_id": both.info["client_id"], "redirect_uri": BACK}
    for change, fault in (
        ({"client_id": "1.2"}, "invalid_client_id"),
        ({"redirect_uri": "https://evil.example/"}, "bad_redirect_uri"),
        ({"redirect_uri": ""}, "bad_redirect_uri"),
        ({"team": "T0NOWHERE"}, "team_not_found"),
    ):
        async with http.get(both.info["authorize_url"], params=good | change) as page:
            assert (page.status, fault in await page.text()) == (400, True)
    guest = next(user for user in both.info["workspaces"][1]["users"] if user["is_restricted"])
    form = {**good, "decision": "allow", "who": f"{guest['team_id']}/{guest['id']}"}
    async with http.post(both.info["authorize_url"], data=form, allow_redirects=False) as answer:
        assert answer.status == 400


async def test_one_app_hears_of_both_and_answers_each_with_its_token(
    both: SlackSim, http: aiohttp.ClientSession, plain: AsyncWebClient
) -> None:
    """Unmodified Bolt with an authorize function of its own, on one Socket Mode connection."""
    first, second = both.info["workspaces"]
    tokens = {first["team_id"]: both.info["bot_token"]}

    async def authorize(enterprise_id: str | None, team_id: str) -> AuthorizeResult:
        token = tokens[team_id]
        return AuthorizeResult(enterprise_id=None, team_id=team_id, bot_token=token)

    app = AsyncApp(authorize=authorize, client=plain, raise_error_for_unhandled_request=False)
    heard: list[tuple[str, str, str]] = []

    @app.command("/quote")
    async def quote(ack: Any, command: Any, client: Any, respond: Any) -> None:
        who = await client.auth_test()
        heard.append(("command", command["team_id"], who["team_id"]))
        await ack(f"for {command['team_domain']}")

    @app.event("message")
    async def said(body: Any, event: Any) -> None:
        heard.append(("event", body["team_id"], body["authorizations"][0]["team_id"]))

    handler = AsyncSocketModeHandler(app, both.info["app_token"])
    await handler.connect_async()
    try:
        people = []
        for place in (first, second):
            session = aiohttp.ClientSession(place["page_url"])
            people.append((place, session, Person(both, session)))
        eve = people[1][2]
        assert (await eve.command("AAPL"))["error"] == "dispatch_unknown_command"  # the app is not there yet
        told = await eve.post("message", user="ana", channel="@bot", text="hello?")
        tokens[second["team_id"]] = (await install(both, http, plain))["access_token"]
        for place, _, person in people:
            assert (await person.command("AAPL"))["acked"]
            assert (await person.post("message", user="ana", channel="@bot", text="hello"))["acked"]
            shown = await person.messages()
            assert shown[-1]["text"] == f"for senex-{'desk' if place is first else 'annex'}"
        teams = [first["team_id"]] * 2 + [second["team_id"]] * 2
        assert heard == [
            (kind, team, team) for kind, team in zip(["command", "event"] * 2, teams, strict=True)
        ]
        assert told["ok"]
    finally:
        await handler.close_async()
        for _, session, _ in people:
            await session.close()


async def test_leaving_one_workspace_leaves_the_other(
    both: SlackSim, http: aiohttp.ClientSession, plain: AsyncWebClient
) -> None:
    token = (await install(both, http, plain))["access_token"]
    other = AsyncWebClient(token=token, base_url=both.info["api_url"])
    assert [team["name"] for team in (await other.auth_teams_list())["teams"]] == ["Senex Annex"]
    assert not (await other.auth_revoke(test=True))["revoked"]
    assert (await other.auth_revoke())["revoked"]
    assert await refused(other.auth_test()) == "token_revoked"
    token = (await install(both, http, plain))["access_token"]
    assert await refused(other.auth_test()) == "invalid_auth"  # the token before this installation
    app = {"client_id": both.info["client_id"], "client_secret": both.info["client_secret"]}
    newer = AsyncWebClient(token=token, base_url=both.info["api_url"])
    assert (await newer.apps_uninstall(**app))["ok"]
    async with asyncio.timeout(10):
        while len(told := both.workspaces[1].deliveries) < 3:
            await asyncio.sleep(0.005)
    assert sorted(letter["what"] for letter in told)[:3] == [
        "app_uninstalled",
        "tokens_revoked",
        "tokens_revoked",
    ]
    assert not both.workspaces[0].deliveries
    assert await refused(newer.auth_test()) == "account_inactive"
    assert (await plain.auth_test(token=both.info["bot_token"]))["ok"]


async def test_tokens_rotate_and_the_old_ones_end(http: aiohttp.ClientSession) -> None:
    async with SlackSim(manifest=ROTATING, workspaces=2) as both:
        plain = AsyncWebClient(base_url=both.info["api_url"])
        app = {"client_id": both.info["client_id"], "client_secret": both.info["client_secret"]}
        long_lived = both.info["bot_token"]
        swapped = await plain.oauth_v2_exchange(token=long_lived, **app)
        assert swapped["access_token"].startswith("xoxe.xoxb-")
        assert await refused(plain.auth_test(token=long_lived)) == "invalid_auth"
        again = plain.oauth_v2_exchange(token=swapped["access_token"], **app)
        assert await refused(again) == "token_already_exchanged"
        found = await install(both, http, plain)
        assert (found["expires_in"], found["refresh_token"][:7]) == (43_200, "xoxe-1-")
        refresh: dict[str, Any] = {**app, "grant_type": "refresh_token"}
        newer = await plain.oauth_v2_access(**refresh, refresh_token=found["refresh_token"])
        assert newer["team"]["name"] == "Senex Annex"
        used = plain.oauth_v2_access(**refresh, refresh_token=found["refresh_token"])
        assert await refused(used) == "invalid_refresh_token"
        for token in (found["access_token"], newer["access_token"]):  # two may live at once
            assert (await plain.auth_test(token=token))["ok"]
        last = await plain.oauth_v2_access(**refresh, refresh_token=newer["refresh_token"])
        assert await refused(plain.auth_test(token=found["access_token"])) == "invalid_auth"
        both.workspace.clock.advance(43_201)
        for token in (newer["access_token"], last["access_token"], swapped["access_token"]):
            assert await refused(plain.auth_test(token=token)) == "token_expired"
        after = await plain.oauth_v2_access(**refresh, refresh_token=last["refresh_token"])
        assert (await plain.auth_test(token=after["access_token"]))["team"] == "Senex Annex"


def test_how_many_there_may_be() -> None:
    assert "workspaces" not in SlackSim().info
    assert len({ws.team_name for ws in SlackSim(workspaces=4).workspaces}) == 4
    with pytest.raises(ValueError, match="1 to 4"):
        SlackSim(workspaces=5)
