"""The main job on PostgreSQL with three processes: web, stream and relay share nothing but the database."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.e2e.stage import BotChild, Stage, has_action, shown, stage
from tests.e2e.test_approvals import asked_of, said
from tests.e2e.test_policy import host, member
from tests.stores import postgres_home, postgres_server


async def test_the_main_job_in_three_processes(tmp_path: Path) -> None:
    """I4, I43, I60: one order, its card and buzz from another process, an alert from a third.

    A claim that waits for a slow answer in one process is not called lost by another. I33, F13: two processes
    listen to Slack, and each command and press is delivered to both; so are those of two approvers at once.
    """
    with postgres_server() as server:
        async with (
            postgres_home(server, tmp_path) as home,
            stage(tmp_path, role="web", DATABASE_URL=home.url) as desk,
        ):
            second = {**desk.bot.environment, "SENEXBOT_STATE_DIR": str(tmp_path / "second")}
            others = [BotChild(desk.bot.environment, role) for role in ("stream", "relay")]
            others.append(BotChild(second, "web"))
            try:
                for other in others:
                    await other.start()
                await desk.connect("ana")
                await desk.sim("/_sim/fault", {"target": "socket", "kind": "duplicate"})
                pin = {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}
                await desk.sim("/_sim/quote", pin, side="broker")
                preview = await desk.preview("ana", "order buy 100 AAPL @ 187.50", "Buy 100 AAPL")
                await desk.sim(
                    "/_sim/fault",
                    {"target": "POST /accounts/*/orders", "kind": "delay", "delay_ms": 3000, "count": 1},
                    side="broker",
                )
                await asyncio.gather(
                    *(desk.press("ana", preview, "order_confirm", times=5) for _ in range(3))
                )
                await desk.says("ana", "Filled: bought 100 AAPL", seconds=30)
                assert len(await desk.creates()) == 1
                assert not any("Not known" in shown(m) for m in await desk.messages("ana"))
                await desk.command("ana", "AAPL > 200", command="/alert", channel="trading")
                await desk.says("ana", "Watching", channel="trading")
                high = {"symbol": "AAPL", "bid": "200.40", "ask": "200.60"}
                await desk.sim("/_sim/quote", high, side="broker")
                await desk.until("ben", lambda m: "200.50" in shown(m), channel="trading", seconds=30)
                heard = await desk.messages("ana", "trading")
                assert sum("Watching: AAPL" in shown(m) for m in heard) == 1
                cards = [m for m in await desk.messages("ana") if "100 AAPL" in shown(m)]
                assert len([m for m in cards if shown(m).startswith("PRACTICE") and not m["thread_ts"]]) == 2
                await _two_approve_at_once(desk)
            finally:
                for other in others:
                    assert await other.stop() == 0


async def _two_approve_at_once(desk: Stage) -> None:
    """Either decides and either process may claim: the ledger has one create more, and both messages say what became of it."""
    before = len(await desk.creates())
    await desk.sim("/_sim/quote", {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}, side="broker")
    await host(desk, "policy", "set", "notional", "10000/1000000")
    for name in ("ben", "cara"):
        await host(desk, "roles", "grant", member(desk, name), "approver")
    await desk.command("ana", "order buy 90 AAPL @ 187.50")
    preview = await desk.until("ana", lambda m: "Buy 90 AAPL" in shown(m) and has_action(m, "order_ask"))
    await said(desk, "ana", preview, "order_ask", "rolls the hedge")
    cards = {name: await asked_of(desk, name) for name in ("ben", "cara")}
    await asyncio.gather(*(desk.press(n, card, "approval_approve", times=3) for n, card in cards.items()))
    await desk.says("ana", "Filled: bought 90 AAPL", seconds=30)
    for name, card in cards.items():
        over = await desk.until(
            name, lambda m, ts=card["ts"]: m["ts"] == ts and not has_action(m, "approval_approve"), seconds=30
        )
        assert "Approved" in shown(over)
    assert len(await desk.creates()) == before + 1
