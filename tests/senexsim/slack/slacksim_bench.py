"""Builders of blocks and views, a person at the controls, and a Bolt app over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from senexsim.slack import SlackSim

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def button(action_id: str, text: str = "Go", **more: Any) -> Json:
    return {"type": "button", "action_id": action_id, "text": plain(text), **more}


def actions(*elements: Json, block_id: str = "row") -> Json:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def section(text: str, **more: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **more}


def field(block_id: str, element: Json, **more: Any) -> Json:
    return {"type": "input", "block_id": block_id, "label": plain(block_id), "element": element, **more}


def modal(*blocks: Json, **more: Any) -> Json:
    view = {"type": "modal", "callback_id": "form", "title": plain("Form"), "submit": plain("Send")}
    return {**view, "blocks": list(blocks), **more}


MANIFEST: Json = {
    "_metadata": {"major_version": 1},
    "display_information": {"name": "Desk", "description": "A desk"},
    "features": {
        "bot_user": {"display_name": "Desk Bot"},
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
        "slash_commands": [
            {"command": "/quote", "description": "A price", "usage_hint": "SYMBOL", "should_escape": False}
        ],
        "shortcuts": [{"name": "Ask", "type": "global", "callback_id": "ask", "description": "Asks"}],
    },
    "oauth_config": {"scopes": {"bot": ["commands", "chat:write", "im:history", "im:write"]}},
    "settings": {
        "event_subscriptions": {"bot_events": ["message.im"]},
        "interactivity": {"is_enabled": True},
        "socket_mode_enabled": True,
    },
}


class Person:
    """The `/_sim` controls over HTTP, as a test from outside would use them."""

    def __init__(self, sim: SlackSim, session: aiohttp.ClientSession) -> None:
        self.sim, self._session = sim, session

    async def post(self, path: str, expect: int = 200, **body: Any) -> Json:
        async with self._session.post(f"/_sim/{path}", json=body) as response:
            assert response.status == expect, await response.text()
            return await response.json()

    async def get(self, path: str, **query: Any) -> Json:
        async with self._session.get(f"/_sim/{path}", params=query) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def clear(self) -> None:
        async with self._session.delete("/_sim/fault") as response:
            assert response.status == 200

    async def command(self, text: str = "", **more: Any) -> Json:
        return await self.post(
            "command", **{"user": "ana", "channel": "trading", "command": "/quote", "text": text} | more
        )

    async def messages(self, channel: str = "trading", user: str = "ana", **more: Any) -> list[Json]:
        return (await self.get("messages", channel=channel, user=user, **more))["messages"]

    async def until(self, look: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
        """The first truthy answer of `look`."""
        async with asyncio.timeout(seconds):
            while not (found := await look()):
                await asyncio.sleep(0.005)
            return found

    async def next_messages(self, since: int, channel: str = "trading", user: str = "ana") -> list[Json]:
        found = await self.messages(channel, user, since_seq=since, wait_ms=30_000)
        assert found, f"nothing came after {since}"
        return found

    async def top_view(self, user: str = "ana") -> Json:
        async def look() -> Any:
            return (await self.get("views", user=user))["views"]

        return (await self.until(look))[-1]

    async def raw(self, method: str, path: str, **more: Any) -> tuple[int, str, Any]:
        async with self._session.request(method, path, **more) as response:
            return response.status, await response.text(), response.headers

    def id(self, name: str) -> str:
        found = self.sim.workspace.directory.user(name) or self.sim.workspace.directory.channel(name)
        assert found is not None
        return found.id

    def dm(self, name: str) -> str:
        return self.sim.workspace.directory.direct(self.id(name), self.sim.workspace.app.bot_user_id).id


class HttpApp:
    """An unmodified Bolt app behind aiohttp; keeps what arrived and what it answered."""

    def __init__(self, sim: SlackSim) -> None:
        self.client = AsyncWebClient(token=sim.info["bot_token"], base_url=sim.info["api_url"])
        self.bolt = AsyncApp(client=self.client, signing_secret=sim.info["signing_secret"])
        self.heard: list[tuple[dict[str, str], bytes, int]] = []
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def _serve(self, request: web.Request) -> web.Response:
        raw = await request.read()
        answer = await to_aiohttp_response(await self.bolt.async_dispatch(await to_bolt_request(request)))
        self.heard.append(({k.lower(): v for k, v in request.headers.items()}, raw, answer.status))
        return answer

    async def start(self) -> None:
        application = web.Application()
        application.router.add_post("/slack/events", self._serve)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/slack/events"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
