"""Linking: a request is for ten minutes, one use and the person who asked (I73)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from senexbot.domain.errors import Expired, GrantExpired, NotPermitted
from senexbot.domain.links import BrokerAccount, Environment, Grant, Secret
from senexbot.ids import RandomIds
from senexbot.ports import VerifiedGrant
from senexbot.services.links import Links
from tests.domain.builders import actor
from tests.fakes.broker import HandReads
from tests.services.house import House

GRANT = Grant(Environment.PRACTICE, Secret("client"), Secret("refresh"))
ANA, BEN = actor(user_id="UANA"), actor(user_id="UBEN")


class TakingReads(HandReads):
    """A broker that takes this grant; `refuses`: as often it does not, `asked` counts."""

    refuses = 0
    asked = 0

    async def verify(self, grant: Grant) -> VerifiedGrant:
        self.asked += 1
        await asyncio.sleep(0)
        if self.refuses:
            self.refuses -= 1
            raise GrantExpired("no", what="refresh_token")
        return VerifiedGrant("C1", (BrokerAccount("5WT00001", "", "Individual", "Margin"),))


def desk(house: House) -> tuple[Links, TakingReads]:
    reads = TakingReads(house.clock)
    ids = RandomIds(clock=house.clock)
    links = Links(store=house.sql, reads=reads, box=house.home.box, clock=house.clock, ids=ids)
    return links, reads


async def linked(house: House, who: Any) -> int:
    async with house.sql.read() as tx:
        return len(await tx.links.of_user(who.team_id, who.user_id))


async def test_i73_a_link_request_ends_after_ten_minutes(any_house: House) -> None:
    """To the second; and then the broker is not even asked about the grant."""
    links, reads = desk(any_house)
    request = (await links.begin(ANA)).value
    late = (await links.begin(ANA)).value
    any_house.clock.advance(599)
    await links.complete(ANA, request, GRANT)
    assert await linked(any_house, ANA) == 1
    any_house.clock.advance(1)
    with pytest.raises(Expired, match="ten minutes"):
        await links.complete(ANA, late, GRANT)
    assert reads.asked == 1


async def test_i73_only_who_asked_can_use_it(any_house: House) -> None:
    links, reads = desk(any_house)
    request = (await links.begin(ANA)).value
    with pytest.raises(NotPermitted):
        await links.complete(BEN, request, GRANT)
    with pytest.raises(Expired):
        await links.complete(ANA, f"{request}x", GRANT)
    assert reads.asked == 0
    await links.complete(ANA, request, GRANT)
    assert (await linked(any_house, ANA), await linked(any_house, BEN)) == (1, 0)


async def test_i73_a_link_request_is_used_once(any_house: House) -> None:
    """Also when it is sent in several times at once; a grant that was refused has not used it."""
    links, reads = desk(any_house)
    request = (await links.begin(ANA)).value
    reads.refuses = 1
    with pytest.raises(GrantExpired):
        await links.complete(ANA, request, GRANT)
    answers = await asyncio.gather(
        *(links.complete(ANA, request, GRANT) for _ in range(4)), return_exceptions=True
    )
    assert sum(isinstance(answer, Expired) for answer in answers) == 3
    with pytest.raises(Expired, match="used already"):
        await links.complete(ANA, request, GRANT)
    assert await linked(any_house, ANA) == 1


async def test_i73_a_request_that_ends_while_the_broker_is_asked_is_over(any_house: House) -> None:
    links, reads = desk(any_house)
    request = (await links.begin(ANA)).value
    any_house.clock.advance(595)

    async def slow(grant: Grant) -> VerifiedGrant:
        any_house.clock.advance(10)
        return await TakingReads.verify(reads, grant)

    reads.verify = slow  # type: ignore[method-assign]  # a fake's answer
    with pytest.raises(Expired):
        await links.complete(ANA, request, GRANT)
    assert await linked(any_house, ANA) == 0
