"""One confirmation, one create request (I1, I4, I7), whatever happens between click and answer.

The judge is the broker simulator's ledger.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.e2e.stage import Stage, has_action, shown, stage

PINNED = {"symbol": "AAPL", "bid": "187.44", "ask": "187.50"}
CREATE = "POST /accounts/*/orders"


async def _waiting_preview(desk: Stage, text: str = "order buy 10 AAPL @ 187.40") -> dict[str, object]:
    await desk.connect("ana")
    await desk.sim("/_sim/quote", dict(PINNED), side="broker")
    return await desk.preview("ana", text, "AAPL")


async def test_f5_twenty_presses_at_once_send_one_order(tmp_path: Path) -> None:
    """F5, I33: twenty clicks within 50 ms and in two windows; the others are told it is done."""
    async with stage(tmp_path) as desk:
        preview = await _waiting_preview(desk)
        await asyncio.gather(
            *(desk.press("ana", preview, "order_confirm", times=10, interval_ms=2) for _ in range(2))
        )
        await desk.says("ana", "Working: buy 10 AAPL")
        await desk.says("ana", "already")
        assert len(await desk.creates()) == 1


async def test_f6_confirm_and_discard_together_have_one_winner(tmp_path: Path) -> None:
    async with stage(tmp_path) as desk:
        preview = await _waiting_preview(desk)
        await asyncio.gather(
            desk.press("ana", preview, "order_confirm"), desk.press("ana", preview, "order_discard")
        )
        card = await desk.until("ana", lambda m: "Working" in shown(m) or "Discarded" in shown(m))
        assert len(await desk.creates()) == (1 if "Working" in shown(card) else 0)


async def test_f8_a_click_on_an_older_version_is_refused(tmp_path: Path) -> None:
    """I31: a confirmation covers exactly one version of the terms."""
    async with stage(tmp_path) as desk:
        preview = await _waiting_preview(desk)
        await desk.press("ana", preview, "order_step_up")
        await desk.says("ana", "limit 187.41")
        old = next(
            e["value"]
            for block in preview["versions"][0]["blocks"]  # type: ignore[index]
            for e in block.get("elements", [])
            if e.get("action_id") == "order_confirm"
        )
        await desk.press("ana", preview, "order_confirm", value=old)
        await desk.says("ana", "changed since")
        assert await desk.creates() == []


@pytest.mark.parametrize("kind", ["accepted-then-dropped", "late-effect"])
async def test_f25_a_lost_answer_is_unknown_and_then_found(tmp_path: Path, kind: str) -> None:
    """F25, F33, I9, I10, I14: shown as not known, found by its identifier, never sent again."""
    async with stage(tmp_path) as desk:
        preview = await _waiting_preview(desk)
        await desk.sim(
            "/_sim/fault", {"target": CREATE, "kind": kind, "count": 1, "delay_ms": 3000}, side="broker"
        )
        await desk.press("ana", preview, "order_confirm")
        await desk.says("ana", "Not known whether the broker has your order")
        await desk.says("ana", "Found at the broker", seconds=40)
        assert len(await desk.creates()) == 1


async def test_f36_a_broker_that_does_not_answer_leaves_the_preview_waiting(tmp_path: Path) -> None:
    """F36, I61's cousin: nothing is claimed and nothing sent; the button works when the broker is back."""
    async with stage(tmp_path) as desk:
        preview = await _waiting_preview(desk)
        for target in ("GET /market-data/by-type", "GET /accounts/*/trading-status"):
            await desk.sim(
                "/_sim/fault", {"target": target, "kind": "status", "status": 503, "count": 99}, side="broker"
            )
        await desk.press("ana", preview, "order_confirm")
        await desk.until("ana", lambda m: m["ephemeral"] and "quote" in shown(m))
        assert await desk.creates() == []
        async with desk.http.delete(f"{desk.broker.info['api_url']}/_sim/fault") as answer:
            assert answer.status == 200
        await desk.press("ana", preview, "order_confirm")
        await desk.says("ana", "Working: buy 10 AAPL")
        assert len(await desk.creates()) == 1


async def test_f28_a_gateway_page_proves_nothing(tmp_path: Path) -> None:
    """F28: 504 without an effect stays unknown until the evidence rule; nothing is sent again (I7)."""
    async with stage(tmp_path) as desk:
        preview = await _waiting_preview(desk)
        await desk.sim(
            "/_sim/fault", {"target": CREATE, "kind": "status", "status": 504, "count": 1}, side="broker"
        )
        await desk.press("ana", preview, "order_confirm")
        await desk.says("ana", "Not known whether the broker has your order")
        card = await desk.until("ana", lambda m: has_action(m, "order_look"))
        await desk.press("ana", card, "order_look")
        assert len(await desk.creates()) == 1


async def test_f45_the_brokers_no_is_told_in_its_words(tmp_path: Path) -> None:
    """A refusal of the dry run: nothing is sent, the broker's reason is shown."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana", customer=2)
        await desk.sim("/_sim/quote", dict(PINNED), side="broker")
        await desk.command("ana", "order buy 100000 AAPL @ 187.40")
        await desk.until(
            "ana", lambda m: "ot sent" in shown(m) or "enied" in shown(m) or "efused" in shown(m)
        )
        assert await desk.creates() == []


async def test_f66_killed_at_any_moment_and_started_again(tmp_path: Path) -> None:
    """F78, F79, I64: SIGKILL right after the click; afterwards at most one order, and its card goes on."""
    async with stage(tmp_path) as desk:
        preview = await _waiting_preview(desk)
        for pause in (0.0, 0.02, 0.2):
            click = asyncio.create_task(desk.press("ana", preview, "order_confirm"))
            await asyncio.wait({click}, timeout=pause)
            await desk.bot.kill()
            await asyncio.wait({click}, timeout=5)
            click.cancel()
            await desk.bot.start()
        await desk.press("ana", preview, "order_confirm")
        await desk.until("ana", lambda m: "Working: buy 10 AAPL" in shown(m), seconds=60)
        assert len(await desk.creates()) == 1


async def test_i25_a_halt_survives_a_restart_and_cancels_work(tmp_path: Path) -> None:
    """I25, I26: halted by a command; restarted; confirm refused; the working order can be cancelled."""
    async with stage(tmp_path) as desk:
        preview = await _waiting_preview(desk)
        await desk.press("ana", preview, "order_confirm")
        working = await desk.until("ana", lambda m: has_action(m, "order_cancel"))
        second = await desk.preview("ana", "order buy 5 AAPL @ 180", "Buy 5 AAPL")
        await desk.command("ana", "too wild", command="/halt")
        await desk.says("ana", "HALTED")
        assert await desk.bot.stop() == 0
        await desk.bot.start()
        await desk.press("ana", second, "order_confirm")
        await desk.says("ana", "halted")
        await desk.press("ana", working, "order_cancel")
        await desk.says("ana", "Cancelled, nothing filled: buy 10 AAPL")
        assert len(await desk.creates()) == 1
