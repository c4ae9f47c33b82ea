"""Deputies and the rota, on both databases: who may name whom, until when, and who hears of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from senexbot.domain.approval.parsing_deputy import DeputySaid, RotaSaid
from senexbot.domain.errors import NotFound, NotPermitted
from senexbot.domain.links import Role
from senexbot.services.approval.standing_in import StandingIn
from tests.domain.builders import actor
from tests.services.approval.test_approvals import asked, desk_with_limits
from tests.services.house import House

BEN = actor(user_id="U2")
FRIDAY = date(2026, 11, 27)


def standing_in(house: House) -> StandingIn:
    return StandingIn(store=house.store, messenger=house.slack, clock=house.clock)


async def test_a_deputy_is_asked_until_the_end_of_the_day_that_was_named(any_house: House) -> None:
    house = any_house
    await desk_with_limits(house, approvers=("U2",))
    named = await standing_in(house).name(BEN, DeputySaid("U4", FRIDAY))
    assert named is not None
    _, request = await asked(house)
    assert [one.person for one in request.asked] == ["U2", "U4"]
    await house.relayed()
    assert any(channel == "DU4" and "in the place of" in text for channel, text in house.slack.posted)
    house.clock.advance((named.until - house.clock.now()) / timedelta(seconds=1))
    assert await standing_in(house).deputies(BEN) == ()
    _, request = await asked(house)
    assert [one.person for one in request.asked] == ["U2"]


async def test_f106_the_deputy_of_the_requesters_other_slack_account_is_no_second_person(
    any_house: House,
) -> None:
    """I28: who could not decide themselves passes no right on."""
    house = any_house
    await desk_with_limits(house, approvers=("U2", "U3"))
    await house.link(id="link2", user_id="U2")  # the requester's own customer
    await standing_in(house).name(BEN, DeputySaid("U4", FRIDAY))
    _, request = await asked(house)
    assert [one.person for one in request.asked] == ["U3"]


async def test_a_deputy_can_be_taken_back(any_house: House) -> None:
    house = any_house
    await desk_with_limits(house, approvers=("U2",))
    await standing_in(house).name(BEN, DeputySaid("U4", FRIDAY))
    assert await standing_in(house).name(BEN, DeputySaid("U4", None)) is None
    assert await standing_in(house).deputies(BEN) == ()
    with pytest.raises(NotFound):
        await standing_in(house).name(BEN, DeputySaid("U4", None))


async def test_only_who_may_approve_names_a_full_member_and_not_themselves(any_house: House) -> None:
    house = any_house
    await desk_with_limits(house, approvers=("U2",))
    house.slack.people["U5"] = actor(user_id="U5", is_guest=True)
    for who, said in (
        (actor(user_id="U3"), DeputySaid("U4", FRIDAY)),
        (BEN, DeputySaid("U2", FRIDAY)),
        (BEN, DeputySaid("U5", FRIDAY)),
        (actor(user_id="U2", is_guest=True), DeputySaid("U4", FRIDAY)),
    ):
        with pytest.raises(NotPermitted):
            await standing_in(house).name(who, said)
    assert await standing_in(house).deputies(BEN) == ()


async def test_the_rota_is_set_by_risk_and_taken_away_again(any_house: House) -> None:
    house = any_house
    with pytest.raises(NotPermitted):
        await standing_in(house).set_rota(BEN, RotaSaid("monday", ("U3",)))
    async with house.sql.begin() as tx:
        await tx.roles.grant("T1", "U2", Role.RISK, by="host")
    await standing_in(house).set_rota(BEN, RotaSaid("monday", ("U3", "U2")))
    await standing_in(house).set_rota(BEN, RotaSaid("friday", ("U2",)))
    assert await standing_in(house).rota(BEN) == {"monday": ("U3", "U2"), "friday": ("U2",)}
    await standing_in(house).set_rota(BEN, RotaSaid("monday", ()))
    assert await standing_in(house).rota(BEN) == {"friday": ("U2",)}
