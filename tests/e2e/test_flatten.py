"""Halt, what works split, the plan out and its press twice: the judge is the broker simulator's ledger."""

from __future__ import annotations

import asyncio
import os
import time
from decimal import Decimal
from pathlib import Path

from tests.e2e.stage import PATIENCE, Stage, has_action, monthly, shown, stage

PUT, LOWER = f"SPY   {monthly():%y%m%d}P00590000", f"SPY   {monthly():%y%m%d}P00580000"
PLAN_SECONDS = 5.0


async def held(desk: Stage, account: str, **positions: int) -> None:
    for symbol, quantity in positions.items():
        await desk.sim(
            "/_sim/position",
            {"account": account, "symbol": symbol, "quantity": quantity, "average_open_price": "3.00"},
            side="broker",
        )


def is_idle() -> bool:
    return os.getloadavg()[0] < (os.cpu_count() or 1) / 2


async def test_halt_lists_then_flatten_closes_in_stages_and_once(tmp_path: Path) -> None:
    """I4, I19, I25: nothing opens, nothing is sent twice, protection goes just before what it protects."""
    async with stage(tmp_path) as desk:
        await desk.connect("ana", 2)  # whose account is empty
        account = desk.broker.info["users"][2]["accounts"][0]
        await desk.sim("/_sim/balance", {"account": account, "cash": "100000"}, side="broker")
        for symbol, bid, ask in (
            ("AAPL", "187.44", "187.50"),
            ("SPY", "600.00", "600.02"),
            (PUT, "3.40", "3.45"),
            (LOWER, "2.10", "2.15"),
        ):
            await desk.sim("/_sim/quote", {"symbol": symbol, "bid": bid, "ask": ask}, side="broker")
        await held(desk, account, **{"AAPL": 100, PUT: -2, LOWER: 2})
        opens = await desk.preview("ana", "order buy 10 AAPL @ 150", "Buy 10 AAPL")
        await desk.press("ana", opens, "order_confirm")
        protects = await desk.preview("ana", "protect AAPL sl 170", "Sell 100 AAPL")
        await desk.press("ana", protects, "order_confirm")

        assert len(await desk.live_orders(2)) == 2
        await desk.says("ana", "Working: buy 10 AAPL")
        await desk.command("ana", "halt reducing")
        halted = await desk.says("ana", "Desk is REDUCING")
        assert "2 working at the broker: 1 opens risk, 1 protects (kept)" in shown(halted)
        assert "Cancel opening orders (1)" in shown(halted)
        assert "Cancel all 2, protection too" in shown(halted)
        before = len(await desk.creates())
        began = time.monotonic()
        await desk.press("ana", halted, "flatten_plan")
        plan = await desk.until("ana", lambda m: has_action(m, "flatten_send"))
        took = time.monotonic() - began
        assert took < PLAN_SECONDS * (1 if is_idle() else 4), took
        text = shown(plan)
        assert "1 cancel, 2 closes" in text
        assert "1 order that protects it is cancelled just before" in text
        assert len(await desk.creates()) == before
        await asyncio.gather(*(desk.press("ana", plan, "flatten_send") for _ in range(2)))
        await desk.press("ana", plan, "flatten_send")
        over = await desk.says("ana", "is over: 2 of 2 closed", seconds=PATIENCE * 2)
        assert over["ts"] == plan["ts"]  # one card, edited in place
        sent = (await desk.creates())[before:]
        assert len(sent) == 2
        spread, shares = (request["body"] for request in sent)
        assert {(leg["symbol"], leg["action"]) for leg in spread["legs"]} == {
            (PUT, "Buy to Close"),
            (LOWER, "Sell to Close"),
        }
        assert [(leg["symbol"], leg["action"]) for leg in shares["legs"]] == [("AAPL", "Sell to Close")]
        assert {body["order-type"] for body in (spread, shares)} == {"Limit"}
        assert Decimal("185.5") < Decimal(str(shares["price"])) < Decimal("187.44")
        requests = (await desk.sim("/_sim/requests", side="broker"))["requests"]
        cancels = [r["seq"] for r in requests if r["method"] == "DELETE"]
        assert len(cancels) == 2
        assert cancels[0] < sent[0]["seq"] < cancels[1] < sent[1]["seq"]
        statuses = sorted(o["status"] for o in await desk.orders())
        assert statuses == ["Cancelled", "Cancelled", "Filled", "Filled"]
        await desk.command("ana", "flatten")
        await desk.says("ana", "nothing is held, and no order works")
