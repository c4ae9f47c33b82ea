"""Two who act at once on one request: one legal end, on both databases (F92, I28, I29, I32, I33)."""

from __future__ import annotations

import asyncio

import pytest

from senexbot.domain.approval.approvals import RequestState
from senexbot.domain.errors import Expired, Stale, UserError
from senexbot.domain.links import Role
from senexbot.domain.orders.intents import IntentState
from tests.services.approval.test_approvals import ANA, BEN, CLEO, asked, desk_with_limits, now_of, request_of
from tests.services.house import House, outcomes

ROUNDS = range(2)


async def settle(house: House) -> None:
    await house.executing.run_due()
    await house.answered()


@pytest.mark.parametrize("round_", ROUNDS)
async def test_f92_two_approvers_click_together_where_one_is_needed(any_house: House, round_: int) -> None:
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    clicks = [(BEN, "U2"), (CLEO, "U3")] * 2
    answers = await outcomes(
        *(house.approvals.approve(who, request.handle_of(name)) for who, name in clicks[round_ % 2 :])
    )
    won = [one for one in answers if not isinstance(one, BaseException)]
    assert len(won) == 1
    assert all(isinstance(one, UserError) for one in answers if one not in won)
    await settle(house)
    assert len(house.desk.sent) == 1
    assert len((await request_of(house, intent)).given) == 1


@pytest.mark.parametrize("round_", ROUNDS)
async def test_f92_two_approvers_click_together_where_both_are_needed(any_house: House, round_: int) -> None:
    """Neither is lost: who loses the race reads again and counts."""
    house = any_house
    await desk_with_limits(house, 2)
    intent, request = await asked(house)
    clicks = [(BEN, "U2"), (CLEO, "U3")]
    answers = await outcomes(
        *(
            house.approvals.approve(who, request.handle_of(name))
            for who, name in clicks[:: -1 if round_ % 2 else 1]
        )
    )
    assert not [one for one in answers if isinstance(one, BaseException)]
    await settle(house)
    assert sorted((await request_of(house, intent)).given) == ["U2", "U3"]
    assert len(house.desk.sent) == 1


@pytest.mark.parametrize("round_", ROUNDS)
async def test_f92_approve_and_discard_at_once(any_house: House, round_: int) -> None:
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    work = [
        house.approvals.approve(BEN, request.handle_of("U2")),
        house.previews.discard(ANA, intent.handle),
    ]
    answers = await outcomes(*work[:: -1 if round_ % 2 else 1])
    await settle(house)
    after, now = await request_of(house, intent), await now_of(house, intent)
    refused = [one for one in answers if isinstance(one, BaseException)]
    assert all(isinstance(one, (UserError, Stale)) for one in refused)
    if now.state is IntentState.DISCARDED:  # possibly of what was approved a moment ago
        assert after.state in {RequestState.WITHDRAWN, RequestState.APPROVED}
        assert house.desk.sent == []
    else:
        assert (now.state, after.state) == (IntentState.WORKING, RequestState.APPROVED)
        assert len(house.desk.sent) == 1


@pytest.mark.parametrize("seconds", [1799.999, 1800])
async def test_f92_approve_and_expire_at_once(any_house: House, seconds: float) -> None:
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    house.clock.advance(seconds)
    approved, _ = await outcomes(
        house.approvals.approve(BEN, request.handle_of("U2")), house.approvals.lapse_due()
    )
    await settle(house)
    now = await now_of(house, intent)
    if seconds < 1800:
        assert now.state is IntentState.WORKING
        assert len(house.desk.sent) == 1
    else:
        assert isinstance(approved, Expired)
        assert now.state is IntentState.DECLINED
        assert house.desk.sent == []


@pytest.mark.parametrize("round_", ROUNDS)
async def test_f92_approve_and_halt_at_once(any_house: House, round_: int) -> None:
    """I25: claimed before the halt and listed by it, or not at all."""
    house = any_house
    house.desk.hold = asyncio.Event()
    await desk_with_limits(house)
    intent, request = await asked(house)
    await house.following.sweep(intent.account)

    async def approve() -> None:
        await house.executing.after(await house.approvals.approve(BEN, request.handle_of("U2")))

    async def halt() -> frozenset[str]:
        for _ in range(round_ * 12):
            await asyncio.sleep(0)
        return frozenset(one.id for one in (await house.halts.halt(ANA)).on_the_way)

    _, listed = await outcomes(approve(), halt())
    now = await now_of(house, intent)
    if now.state is IntentState.CLAIMED:
        assert listed == {intent.id}
    else:
        assert now.state is IntentState.APPROVED
        assert now.reason_code == "halted"
        assert listed == frozenset()
    house.desk.hold.set()
    await settle(house)
    assert len(house.desk.sent) == (now.state is IntentState.CLAIMED)


@pytest.mark.parametrize("round_", ROUNDS)
async def test_f107_approve_and_revoke_at_once(any_house: House, round_: int) -> None:
    """I29: the role is there when it is claimed, or nothing is sent."""
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)

    async def revoke() -> None:
        for _ in range(round_ * 12):
            await asyncio.sleep(0)
        async with house.sql.begin() as tx:
            await tx.roles.revoke("T1", "U2", Role.APPROVER)

    async def approve() -> None:
        await house.executing.after(await house.approvals.approve(BEN, request.handle_of("U2")))

    await outcomes(approve(), revoke())
    await settle(house)
    now = await now_of(house, intent)
    if house.desk.sent:
        assert now.state is IntentState.WORKING
    else:
        assert now.state in {IntentState.AWAITING_APPROVAL, IntentState.APPROVED}


async def test_i33_two_processes_send_what_is_approved_once(any_house: House) -> None:
    """The one that took the click and the one that sweeps, with a reader of its own each."""
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    await house.approvals.approve(BEN, request.handle_of("U2"))
    other = type(house.executing)(
        store=house.sql, sending=house.sending, clock=house.clock, ids=house.executing._ids
    )
    await outcomes(*(one.run(intent.id) for one in (house.executing, other, house.executing, other)))
    await house.answered()
    assert len(house.desk.sent) == 1
    assert (await now_of(house, intent)).state is IntentState.WORKING
