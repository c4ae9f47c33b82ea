"""Those who look after the desk are told: in their channel, or each operator by message (I48)."""

from __future__ import annotations

import pytest

from senexbot.domain.links import Role
from senexbot.domain.news import NoticeNews
from senexbot.services.admins import tell_admins
from tests.services.house import House

NEWS = "halted"


@pytest.mark.parametrize(
    ("channel", "doer", "told"),
    [
        ("CADMIN", "", [("CADMIN", "")]),
        ("", "", [("", "U7"), ("", "U8")]),
        ("", "U7", [("", "U8")]),
    ],
)
async def test_i48_operators_hear_of_it_without_a_channel(
    any_house: House, channel: str, doer: str, told: list[tuple[str, str]]
) -> None:
    house = any_house
    news = NoticeNews(NEWS, (("by", doer or "host"),), house.clock.now())
    async with house.sql.begin() as tx:
        for user, role in (("U7", Role.OPERATOR), ("U8", Role.OPERATOR), ("U9", Role.RISK)):
            await tx.roles.grant("T1", user, role, by="host")
        for _ in range(2):
            await tell_admins(tx, channel, news, dedupe="d1", doer=doer)
        rows = await tx.outbox.claim("test", 20, house.clock.now())
    assert sorted((row.channel, row.to_user) for row in rows) == told
