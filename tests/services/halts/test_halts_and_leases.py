"""Who may lift a halt, read where it is lifted; and leases that no clock and no absence prolongs."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from senexbot.domain.errors import AlreadyHandled, NotPermitted
from senexbot.domain.halts.halts import account_scope
from senexbot.domain.links import Environment, Role
from senexbot.domain.news import NoticeNews
from senexbot.domain.policy.rules import Number, RuleName, Scope, ScopeKind
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


# --- two persons, where the policy says so -------------------------------------------------------

BEN, CLEO = actor(user_id="U2"), actor(user_id="U3")


async def two_lift(house: House) -> None:
    await house.limits(resume=Number(2))
    for user in ("U1", "U2", "U3"):
        await house.grant(Role.RISK, user=user)


async def test_i26_where_the_policy_wants_two_the_first_changes_nothing(any_house: House) -> None:
    house = any_house
    await two_lift(house)
    await house.halts.halt(ANA)
    first = await house.halts.resume(BEN)
    assert (first.row.state, first.wished_by) == ("halted", "U2")
    status = await house.halts.status()
    assert (status.row.state, status.wished_by) == ("halted", "U2")
    with pytest.raises(AlreadyHandled):
        await house.halts.resume(BEN)
    asked = {
        r.to_user
        for r in await house.told()
        if isinstance(r.news, NoticeNews) and r.news.kind == "resume_asked"
    }
    assert asked == {"U1", "U3"}
    assert (await house.halts.resume(CLEO)).row.state == "active"
    assert await house.audited("desk.resume_asked") == [("U2", "ok")]


async def test_i26_two_at_once_and_one_person_twice(any_house: House) -> None:
    """One person pressing as often as they like lifts nothing; two persons at once lift it once."""
    house = any_house
    await two_lift(house)
    await house.halts.halt(ANA)
    await outcomes(*(house.halts.resume(BEN) for _ in range(4)))
    assert (await house.halts.status()).row.state == "halted"
    await outcomes(house.halts.resume(ANA), house.halts.resume(CLEO))
    row = (await house.halts.status()).row
    assert (row.state, row.version) == ("active", 2)


async def test_i26_a_wish_counts_for_its_own_halt_its_own_end_and_half_an_hour(house: House) -> None:
    await two_lift(house)
    await house.halts.halt(ANA)
    await house.halts.resume(BEN)
    house.clock.advance(30 * 60)
    assert (await house.halts.status()).wished_by == ""
    assert (await house.halts.resume(CLEO)).wished_by == "U3"
    # to reducing is another wish than to active, and starts anew
    assert (await house.halts.halt(BEN, state="reducing")).row.state == "halted"
    assert (await house.halts.halt(ANA, state="reducing")).row.state == "reducing"
    await house.halts.halt(ANA)  # tighter again: nobody is asked
    assert (await house.halts.resume(BEN)).row.state == "halted"  # the wish from before is of another halt


async def test_i26_the_role_is_asked_of_both_and_the_host_breaks_the_glass(house: House) -> None:
    await two_lift(house)
    await house.halts.halt(ANA)
    await house.halts.resume(BEN)
    async with house.sql.begin() as tx:
        await tx.roles.revoke("T1", "U3", Role.RISK)
    with pytest.raises(NotPermitted):
        await house.halts.resume(CLEO)
    assert (await house.halts.resume("host")).row.state == "active"


async def test_an_account_may_want_two_where_the_desk_wants_one(house: House) -> None:
    async with house.sql.begin() as tx:
        policy = await tx.policies.current()
        scope = Scope(ScopeKind.ACCOUNT, "practice:5WT00001")
        await tx.policies.add(policy.with_setting(RuleName.RESUME, scope, Number(2)), by="t", why="t")
    for user in ("U1", "U2"):
        await house.grant(Role.OPERATOR, user=user)
    one = account_scope(Environment.PRACTICE, "5WT00001")
    await house.halts.halt(ANA, scope=one)
    await house.halts.halt(ANA)
    assert (await house.halts.resume(ANA)).row.state == "active"
    assert (await house.halts.resume(ANA, scope=one)).row.state == "halted"
    assert (await house.halts.resume(BEN, scope=one)).row.state == "active"


async def test_nothing_lifts_a_halt_by_itself(house: House) -> None:
    await house.halts.halt(ANA)
    house.clock.advance(7 * 24 * 3600)
    assert (await house.halts.status()).row.state == "halted"
