"""A Bolt app as its documentation starts one: acknowledges a command, then responds. Its own process."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult


async def _authorize(**_: Any) -> AuthorizeResult:
    """Without a call, as senexbot does: no round trip to compare."""
    return AuthorizeResult(enterprise_id=None, team_id="T1", bot_token="xoxb-bench", bot_user_id="U0")  # noqa: S106


async def _serve(secret: str) -> None:
    app = AsyncApp(signing_secret=secret, authorize=_authorize)

    @app.command("/senex")
    async def _command(ack: Any, respond: Any) -> None:
        await ack()
        await respond("Here is what you asked for.")

    runner = web.AppRunner(app.web_app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    print(json.dumps({"url": f"http://127.0.0.1:{port}/slack/events"}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
