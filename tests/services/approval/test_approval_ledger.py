"""Two who act at once on one request, on both databases, with the real adapter: the simulator's ledger is the judge (F92)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from senexbot.domain.orders.intents import IntentState
from tests.broker.kit import control, creates, grant, simulated
from tests.services.approval.test_approvals import ANA, BEN, CLEO, asked, desk_with_limits, now_of
from tests.services.house import House, outcomes
from tests.stores import Home


@asynccontextmanager
async def ledgered(home: Home, sim: Any) -> AsyncIterator[House]:
    person = sim.info["users"][0]
    async with simulated(sim) as broker:
        broker.sessions._grants.grants["link1"] = grant(person["provider_secret"], person["refresh_token"])
        await control(sim, "quote", {"symbol": "AAPL", "bid": "187.44", "ask": "187.60"})
        yield await House.build(home, desk=broker.desk)


@pytest.mark.parametrize("second", ["approve", "discard", "expire", "halt"])
async def test_f92_the_ledger_agrees_with_what_is_stored(home: Home, sim: Any, second: str) -> None:
    """I1, I4, I25, I28, I32: one order where it was approved and claimed, none where it was not."""
    async with ledgered(home, sim) as house:
        await desk_with_limits(house)
        intent, request = await asked(house)
        await house.following.sweep(intent.account)

        async def approve() -> None:
            await house.executing.after(await house.approvals.approve(BEN, request.handle_of("U2")))

        if second == "expire":
            house.clock.advance(30 * 60)
        other = {
            "approve": lambda: house.approvals.approve(CLEO, request.handle_of("U3")),
            "discard": lambda: house.previews.discard(ANA, intent.handle),
            "expire": house.approvals.lapse_due,
            "halt": lambda: house.halts.halt(ANA),
        }[second]
        await outcomes(approve(), other())
        await house.executing.run_due()
        await house.answered()
        stored, made = await now_of(house, intent), await creates(sim)
        orders = (await control(sim, "orders", method="GET"))["orders"]
        sent = stored.state is IntentState.WORKING
        assert len(made) == len(orders) == sent
        assert [one["external-identifier"] for one in orders] == [intent.identifier] * sent
        if not sent:
            assert stored.state in {IntentState.DISCARDED, IntentState.DECLINED, IntentState.APPROVED}
        if second == "approve":
            assert sent


async def test_f92_many_clicks_of_everybody_make_one_order(home: Home, sim: Any) -> None:
    """I33: every button of every message, several times, while two sweeps look for what is approved."""
    async with ledgered(home, sim) as house:
        await desk_with_limits(house)
        intent, request = await asked(house)
        clicks = [
            house.approvals.approve(who, request.handle_of(name))
            for who, name in ((BEN, "U2"), (CLEO, "U3")) * 3
        ]
        await outcomes(*clicks, house.executing.run_due(), house.executing.run_due())
        await asyncio.gather(*(house.executing.run(intent.id) for _ in range(3)))
        await house.answered()
        assert len(await creates(sim)) == 1
        assert (await now_of(house, intent)).state is IntentState.WORKING
