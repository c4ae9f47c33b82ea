"""A reason for orders placed elsewhere: asked once, given once, reminded once; the order is never touched (I15)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from senexbot.domain.errors import AlreadyHandled, NotFound, NotPermitted, ParseError, Stale
from senexbot.domain.links import Environment, Role
from senexbot.domain.news import NoticeNews
from senexbot.domain.orders.broker_orders import BrokerStatus
from senexbot.domain.orders.external import ExternalOrder
from senexbot.domain.orders.intents import NewsSource
from senexbot.domain.policy.rules import Elsewhere, Limit, Which
from senexbot.ids import RandomIds
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.orders.external import ExternalOrders
from tests.domain.builders import ACCOUNT, NOW, D, actor, after, fill, order
from tests.services.house import RULES, House, outcomes

ANA = actor()
B = BrokerStatus
THEIRS = order(B.LIVE, 2, id=99, identifier="", received_at=after(1))


async def _asked(house: House, which: Which = Which.ANY) -> ExternalOrder:
    await house.limits(elsewhere=Elsewhere(which))
    house.desk.listed = [THEIRS]
    await house.following.sweep(ACCOUNT)
    return await _record(house)


async def _record(house: House) -> ExternalOrder:
    async with house.sql.read() as tx:
        known = await tx.externals.get("practice:5WT00001:99")
    assert known is not None
    return known


async def _none(house: House) -> None:
    async with house.sql.read() as tx:
        assert await tx.externals.get("practice:5WT00001:99") is None
    assert await house.told() == ()


def _untouched(house: House) -> None:
    assert (house.desk.sent, house.desk.replaces, house.desk.cancels) == ([], [], [])


async def test_nothing_is_asked_unless_the_policy_says_so(any_house: House) -> None:
    house = any_house
    house.desk.listed = [THEIRS]
    await house.following.sweep(ACCOUNT)
    await _none(house)
    await house.limits(elsewhere=Elsewhere(Which.OVER))
    house.clock.advance(60)
    await house.following.sweep(ACCOUNT)
    await _none(house)  # not over the limits as installed
    await house.limits(elsewhere=Elsewhere(Which.OVER), notional=Limit(D(10_000)))
    house.clock.advance(60)
    await house.following.sweep(ACCOUNT)
    assert (await _record(house)).over == ("notional $18,750.00 over $10,000.00",)
    _untouched(house)


async def test_it_is_asked_once_however_often_it_is_seen(any_house: House) -> None:
    """By the stream and the sweep, by two processes at once; later news edits the same message."""
    house = any_house
    await house.limits(elsewhere=Elsewhere(Which.ANY))
    other = ExternalOrders(
        store=house.store,
        clock=house.clock,
        ids=RandomIds(clock=house.clock),
        rules=RULES,
        exchange_zone=EXCHANGE_ZONE,
    )
    house.desk.listed = [THEIRS]
    await outcomes(
        house.following.sweep(ACCOUNT),
        house.following.learn_of(THEIRS, NewsSource.STREAM, ACCOUNT.environment),
        *(service.seen(THEIRS, ACCOUNT.environment) for service in (other, house.external) for _ in range(3)),
    )
    await house.relayed()
    await house.following.learn_of(
        order(B.LIVE, 3, fill("a", 40), id=99, identifier=""), NewsSource.STREAM, ACCOUNT.environment
    )
    await house.relayed()
    ((channel, text),) = house.slack.posted
    assert channel == "DU1"
    assert "Placed elsewhere: why? Buy to Open 100 AAPL" in text
    assert "40 of 100 filled" in house.slack.updated[-1][1]
    assert await house.audited("external.ask") == [("bot", "ok")]
    _untouched(house)


async def test_the_reason_is_stored_shown_and_told_to_those_who_look_after_the_desk(any_house: House) -> None:
    house = any_house
    known = await _asked(house)
    await house.relayed()
    assert (await house.external.form(ANA, known.handle)).id == known.id
    with pytest.raises(NotPermitted):
        await house.external.give(actor(user_id="U2"), known.handle, "mine")
    with pytest.raises(ParseError):
        await house.external.give(ANA, known.handle, "  ")
    await house.external.give(ANA, known.handle, "Hedge of the <morning>")
    with pytest.raises(AlreadyHandled):
        await house.external.form(ANA, known.handle)
    await house.relayed()
    assert "reason given" in house.slack.updated[-1][1]
    assert "Hedge of the &lt;morning&gt;" in house.slack.updated[-1][1]
    ((channel, text),) = [(c, t) for c, t in house.slack.posted if c != "DU1"]
    assert channel == "CADMIN"
    assert "Hedge of the &lt;morning&gt;" in text
    records = [r async for r in house.sql.export_audit() if r.entry.action == "external.reason"]
    assert [(r.entry.actor, dict(r.entry.params)["why"]) for r in records] == [
        ("U1", "Hedge of the <morning>")
    ]
    _untouched(house)


async def test_i33_two_presses_give_one_reason(any_house: House) -> None:
    house = any_house
    known = await _asked(house)
    answers = await outcomes(*(house.external.give(ANA, known.handle, f"reason {n}") for n in range(5)))
    assert sum(isinstance(answer, ExternalOrder) for answer in answers) == 1
    assert all(isinstance(a, (ExternalOrder, AlreadyHandled, Stale)) for a in answers)
    told = [row for row in await house.told() if isinstance(row.news, NoticeNews)]
    assert len(told) == 1
    assert len(await house.audited("external.reason")) == 1


@pytest.mark.parametrize("given", [False, True])
async def test_one_reminder_after_half_an_hour_if_it_is_still_to_come(any_house: House, given: bool) -> None:
    house = any_house
    known = await _asked(house)
    await house.relayed()
    if given:
        await house.external.give(ANA, known.handle, "a hedge")
    house.clock.advance(29 * 60)
    await house.relayed()
    before = len([c for c, _ in house.slack.posted if c == "DU1"])
    for _ in range(3):
        house.clock.advance(31 * 60)
        await house.relayed()
    mine = [text for channel, text in house.slack.posted if channel == "DU1"]
    assert len(mine) - before == (0 if given else 1)
    assert given or "Still to come: why" in mine[-1]


async def test_an_edit_there_of_what_was_asked_for_is_not_asked_for_again(house: House) -> None:
    await _asked(house)
    edited = replace(THEIRS, id=100, replaces=99)
    await house.following.learn_of(edited, NewsSource.STREAM, ACCOUNT.environment)
    assert await house.audited("external.ask") == [("bot", "ok")]


async def test_what_was_placed_before_the_link_or_in_nobodys_account_is_not_asked_for(house: House) -> None:
    await house.limits(elsewhere=Elsewhere(Which.ANY))
    for one in (replace(THEIRS, received_at=NOW - timedelta(days=1)), replace(THEIRS, account="5WT99999")):
        await house.external.seen(one, ACCOUNT.environment)
    await house.external.seen(THEIRS, Environment.LIVE)
    await _none(house)


async def test_our_own_orders_are_never_asked_for(house: House) -> None:
    await house.limits(elsewhere=Elsewhere(Which.ANY))
    await house.put()
    await house.sending.confirm(ANA, "h1")
    await house.answered()
    ours = order(B.LIVE, 2, received_at=after(1))
    await house.following.learn_of(ours, NewsSource.STREAM, ACCOUNT.environment)
    assert await house.audited("external.ask") == []


async def test_a_trouble_of_the_store_loses_nothing_and_stops_nobody(house: House) -> None:
    await house.limits(elsewhere=Elsewhere(Which.ANY))
    house.store.failures = 1
    await house.following.learn_of(THEIRS, NewsSource.STREAM, ACCOUNT.environment)
    await _none(house)
    await house.following.learn_of(THEIRS, NewsSource.STREAM, ACCOUNT.environment)
    assert (await _record(house)).owner == "U1"


async def test_a_foreign_handle_opens_nothing(house: House) -> None:
    await house.put()
    with pytest.raises(NotFound):
        await house.external.form(ANA, "h1")


async def test_without_an_admin_channel_risk_and_the_operators_read_the_reason(any_house: House) -> None:
    """Each once, also who holds both roles; the one who gave it knows."""
    house = any_house
    known = await _asked(house)
    await house.told()
    await house.grant(Role.RISK, Role.OPERATOR)
    await house.grant(Role.RISK, Role.OPERATOR, user="U2")
    await house.grant(Role.RISK, user="U3")
    quiet = ExternalOrders(
        store=house.store,
        clock=house.clock,
        ids=RandomIds(clock=house.clock),
        rules=replace(RULES, admin_channel=""),
        exchange_zone=EXCHANGE_ZONE,
    )
    await quiet.give(ANA, known.handle, "a hedge")
    told = [row.to_user for row in await house.told() if isinstance(row.news, NoticeNews)]
    assert sorted(told) == ["U2", "U3"]
