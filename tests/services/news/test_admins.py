"""Those who look after the desk are told: in their channel, or each operator by message (I48)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from senexbot.domain.errors import Gone
from senexbot.domain.links import Role
from senexbot.domain.news import AlertNews, CardNews, News, NoticeNews
from senexbot.domain.orders.intents import IntentState
from senexbot.ports import Outgoing
from senexbot.services.news.admins import tell_admins
from senexbot.services.news.outbox import Relay
from senexbot.store.tables import outbox
from tests.domain.builders import NOW
from tests.services.house import RULES, House

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


def _alert(owner: str) -> AlertNews:
    return AlertNews("F1", "R1", owner, "AAPL above 200", "AAPL", Decimal(201), Decimal(200), "above", NOW)


CARD = CardNews("intent1")
HELLO = NoticeNews("hello", (), NOW)


@pytest.mark.parametrize(
    ("operators", "admin_channel", "to_user", "channel", "news", "told"),
    [
        # The owner's own messages are closed to us: the admins, whoever they are.
        ("U7 U8", "", "U1", "", CARD, ["DU7", "DU8"]),
        ("U7", "CADMIN", "U1", "", CARD, ["CADMIN"]),
        # The admin channel itself is dead: the operators, and not the dead channel again.
        ("U7", "CADMIN", "", "CADMIN", HELLO, ["DU7"]),
        # Nobody is operator: the owner by another way, else whoever linked first.
        ("", "", "", "C1", CARD, ["DU1"]),
        ("", "CADMIN", "", "CADMIN", HELLO, ["DU2"]),
        ("", "", "U1", "", CARD, ["DU2"]),
        ("", "", "U2", "", HELLO, ["DU1"]),
        # An operator who cannot be reached is none.
        ("U1", "", "U1", "", CARD, ["DU2"]),
        # An alert of a closed channel goes to its owner with the reason: that is told already.
        ("", "", "", "C1", _alert("U1"), ["DU1", "DU1"]),
    ],
)
async def test_i48_somebody_who_can_be_reached_hears_of_a_dead_letter(
    house: House, operators: str, admin_channel: str, to_user: str, channel: str, news: News, told: list[str]
) -> None:
    """Also on a desk without an admin channel and without an operator."""
    await house.put(state=IntentState.CLAIMED)
    await house.link(id="link2", user_id="U2", created_at=NOW - timedelta(days=1))
    async with house.sql.begin() as tx:
        for user in operators.split():
            await tx.roles.grant("T1", user, Role.OPERATOR, by="host")
        await tx.outbox.put(Outgoing("k", news, "d", to_user=to_user, channel=channel))
    rules = replace(RULES, admin_channel=admin_channel)
    relay = Relay(store=house.sql, messenger=house.slack, clock=house.clock, rules=rules, owner="test")
    house.slack.faults["post"] = [Gone("is_archived")]
    while await relay.drain():
        await relay.settle()
    assert sorted(place for place, _ in house.slack.posted) == told
    async with house.sql.read() as tx:
        (letter,) = await tx.outbox.dead(10)
    if not isinstance(news, AlertNews):
        assert f"messages resend {letter.id}" in house.slack.posted[0][1]


async def test_i48_a_report_that_cannot_be_delivered_is_not_reported(house: House) -> None:
    """It is in the list; a report of a report would go round for ever."""
    async with house.sql.begin() as tx:
        await tx.roles.grant("T1", "U7", Role.OPERATOR, by="host")
        await tx.outbox.put(Outgoing("k", HELLO, "d", to_user="U1"))
    relay = Relay(store=house.sql, messenger=house.slack, clock=house.clock, rules=RULES, owner="test")
    house.slack.faults["post"] = [Gone("user_disabled"), Gone("channel_not_found"), Gone("unforeseen")]
    while await relay.drain():
        await relay.settle()
    assert house.slack.posted == []
    async with house.sql.read() as tx:
        assert await tx.outbox.dead_count() == 2


async def test_i48_a_message_that_cannot_be_read_is_reported(house: House) -> None:
    """F77: it would be lost without a word."""
    async with house.sql.begin() as tx:
        await tx.outbox.put(Outgoing("k", HELLO, "d", to_user="U1"))
        await tx.work.write(outbox.update().values(news="nonsense"))
    await house.relayed()
    ((place, text),) = house.slack.posted
    assert place == "CADMIN"
    assert "unreadable" in text
