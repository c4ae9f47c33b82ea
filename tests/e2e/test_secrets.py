"""Canaries through the whole desk at the most talkative level, and no way out through a proxy."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.e2e.stage import stage

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "WS_PROXY", "http_proxy", "https_proxy", "all_proxy")


async def test_no_secret_in_the_log_and_no_call_through_a_proxy(tmp_path: Path) -> None:
    """F97, I69, I76: linking, reading and ordering at DEBUG, with proxy variables that lead to a listener."""
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.read(100))
        writer.close()

    listener = await asyncio.start_server(proxy, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with listener:
        variables = dict.fromkeys(PROXIES, address) | {"SENEXBOT_LOG_LEVEL": "debug"}
        async with stage(tmp_path, **variables) as desk:
            await desk.connect("ana")
            await desk.command("ana", "", command="/balances")
            await desk.says("ana", "Net liq")
            wrong = desk.grant(1, refresh_token="canary-refresh-token", client_secret="canary-client-secret")
            await desk.command("ben", "connect")
            view = await desk.view("ben")
            await desk.sim("/_sim/submit", {"user": "ben", "view_id": view["id"], "state": wrong})
            await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}, side="broker")
            preview = await desk.preview("ana", "order buy 10 AAPL @ 187.50", "Buy 10 AAPL")
            await desk.press("ana", preview, "order_confirm")
            await desk.says("ana", "Filled")
            assert await desk.bot.stop() == 0
            person = desk.broker.info["users"][0]
            secrets = [
                desk.bot.environment["SENEXBOT_ENCRYPTION_KEYS"],
                *(desk.slack.info[name] for name in ("bot_token", "app_token", "signing_secret")),
                person["provider_secret"],
                person["refresh_token"],
                "canary",
                *person["accounts"],
            ]
            written = desk.bot.log.decode()
        assert asked == []
    assert '"level"' in written  # the log was kept and read
    assert [secret for secret in secrets if secret in written] == []
    assert "Bearer " not in written
