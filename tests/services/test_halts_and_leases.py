"""Who may lift a halt, read where it is lifted; and leases that no clock and no absence prolongs."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from senexbot.domain.errors import NotPermitted
from senexbot.domain.links import Role
from senexbot.ports import Lease
from senexbot.services.leading import Leading
from tests.domain.builders import actor
from tests.services.house import House, outcomes

ANA = actor()


async def test_i26_a_trader_halts_and_does_not_lift_not_even_in_part(any_house: House) -> None:
    house = any_house
    await house.halts.halt(ANA, "too wild")
    for lift in (house.halts.resume(ANA), house.halts.halt(ANA, state="reducing")):
        with pytest.raises(NotPermitted):
            await lift
    assert (await house.halts.status()).row.state == "halted"
    async with house.sql.begin() as tx:
        await tx.roles.grant("T1", "U1", Role.RISK, by="host")
    await house.halts.halt(ANA, state="reducing")
    await house.halts.resume(ANA)
    assert (await house.halts.status()).row.state == "active"


async def test_i29_a_stranger_halts_nothing(any_house: House) -> None:
    with pytest.raises(NotPermitted):
        await any_house.halts.halt(actor(user_id="U9"))
    assert (await any_house.halts.status()).row.state == "active"


async def test_i26_two_halts_at_once_halt(any_house: House) -> None:
    """One of the two may hear that it was late."""
    await outcomes(any_house.halts.halt(ANA), any_house.halts.halt("host"))
    assert (await any_house.halts.status()).row.state == "halted"


async def test_i67_a_lease_from_a_clock_that_had_jumped_ahead_is_not_believed(any_house: House) -> None:
    house = any_house
    jumped = house.clock.now() + timedelta(hours=1)
    async with house.sql.begin() as tx:
        assert await tx.leases.take("stream", "a", seconds=15, now=jumped) is not None
        taken = await tx.leases.take("stream", "b", seconds=15, now=house.clock.now())
    assert taken is not None
    assert taken.epoch == 2


@pytest.mark.parametrize("alone", [True, False])
async def test_i60_only_who_is_alone_works_on_without_the_store(house: House, *, alone: bool) -> None:
    """A full disk for longer than the lease: on SQLite nobody else can take it; else the holder stops."""
    began, ended = asyncio.Event(), asyncio.Event()

    async def work(_: Lease) -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    leads = Leading(store=house.store, clock=house.clock, owner="me", name="stream", alone=alone, renew=0.01)
    running = asyncio.create_task(leads.run(work))
    await began.wait()
    house.store.failures = 10
    async with asyncio.timeout(30):
        while house.store.failures:
            house.clock.advance(2)
            await asyncio.sleep(0.01)
    assert ended.is_set() is not alone
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
