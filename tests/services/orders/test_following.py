"""News of orders: cancels against fills, foreign environments, broken grants, cancels that got lost."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from senexbot.domain.errors import AlreadyHandled, GrantExpired, Stale, Unavailable
from senexbot.domain.links import BrokerAccount, Environment
from senexbot.domain.news import NoticeNews
from senexbot.domain.orders.broker_orders import BrokerOrder, BrokerStatus, CancelOutcome
from senexbot.domain.orders.intents import Intent, IntentState, NewsSource, OrderFacts
from senexbot.ids import RandomIds
from senexbot.services.links import Links
from senexbot.services.orders.following import Following
from senexbot.services.streams import AccountStreams
from tests.domain.builders import actor, fill, order
from tests.services.house import House, outcomes

ANA = actor()


async def _working(house: House, number: int = 1) -> Intent:
    facts = OrderFacts(6 + number, BrokerStatus.LIVE, Decimal(100), updated_at=1)
    return await house.put(number, state=IntentState.WORKING, facts=facts)


def _order(
    number: int = 1, status: BrokerStatus = BrokerStatus.LIVE, at: int = 1, **more: object
) -> BrokerOrder:
    fills = (fill("f1", 100),) if status is BrokerStatus.FILLED else ()
    return order(status, at, *fills, id=6 + number, identifier=f"sx1-p-{number}", **more)


async def _rounds(house: House, following: Following, links: Links, seconds: int) -> None:
    """The sweeps' loop for so long."""
    sweeps: dict[str, asyncio.Task[None]] = {}
    for _ in range(seconds):
        await following.round(sweeps, links.broken)
        await asyncio.gather(*sweeps.values(), return_exceptions=True)
        house.clock.advance(1)


def _links(house: House) -> Links:
    return Links(
        store=house.store,
        reads=house.reads,
        box=house.home.box,
        clock=house.clock,
        ids=RandomIds(clock=house.clock),
        admin_channel="CADMIN",
    )


async def test_an_order_of_another_environment_is_not_ours(any_house: House) -> None:
    """I15, I20: the same account and order numbers in another environment, without our identifier."""
    house = any_house
    await _working(house)
    stranger = _order(status=BrokerStatus.FILLED, at=9)
    foreign = order(BrokerStatus.FILLED, 9, fill("f1", 100), id=7, identifier="")
    assert await house.following.learn_of(foreign, NewsSource.STREAM, Environment.LIVE) is None
    assert await house.told() == ()
    assert await house.following.learn_of(stranger, NewsSource.STREAM, Environment.LIVE) is None
    assert (await house.intent()).state is IntentState.WORKING
    assert [type(row.news) for row in await house.told()] == [NoticeNews]  # ours, elsewhere: an alarm


async def test_f39_a_fill_that_comes_while_cancelling_wins(any_house: House) -> None:
    house = any_house
    await _working(house)
    filled = _order(status=BrokerStatus.FILLED, at=5)
    house.desk.cancelled = lambda _: CancelOutcome(filled, too_late=True)
    answer, _ = await outcomes(
        house.cancelling.cancel(ANA, "h1"),
        house.following.learn_of(filled, NewsSource.STREAM, Environment.PRACTICE),
    )
    assert isinstance(answer, (AlreadyHandled, Stale)) or answer.intent.state is IntentState.FILLED
    done = await house.intent()
    assert done.state is IntentState.FILLED
    assert done.facts is not None
    assert done.facts.filled == 100  # the same fill from two sides counts once (I16)


async def test_a_cancel_can_be_asked_again_while_the_first_is_open(house: House) -> None:
    """The card offers it: the first request may never have arrived."""
    await _working(house)
    pending = _order(status=BrokerStatus.CANCEL_REQUESTED, at=2)
    house.desk.cancelled = lambda _: CancelOutcome(pending)
    await house.cancelling.cancel(ANA, "h1")
    assert (await house.intent()).state is IntentState.CANCEL_REQUESTED
    house.desk.cancelled = lambda _: CancelOutcome(_order(status=BrokerStatus.CANCELLED, at=3))
    done = await house.cancelling.cancel(ANA, "h1")
    assert done.intent is not None
    assert done.intent.state is IntentState.CANCELLED
    assert house.desk.cancels == [7, 7]


async def test_i18_a_cancel_that_never_left_is_taken_back(any_house: House) -> None:
    """The bot died between storing the wish and asking the broker: the card must not go on saying it."""
    house = any_house
    facts = OrderFacts(7, BrokerStatus.LIVE, Decimal(100), updated_at=1)
    await house.put(state=IntentState.CANCEL_REQUESTED, facts=facts)
    house.desk.listed = [_order()]
    links = _links(house)
    await _rounds(house, house.following, links, 40)
    assert (await house.intent()).state is IntentState.CANCEL_REQUESTED  # it may still be under way
    await _rounds(house, house.following, links, 60)
    assert (await house.intent()).state is IntentState.WORKING


async def test_f49_an_open_order_is_swept_within_a_minute_and_a_failed_sweep_soon_again(house: House) -> None:
    """I52; and not every second while the broker is down."""
    await _working(house)
    links = _links(house)
    await _rounds(house, house.following, links, 180)
    assert 3 <= house.desk.looks <= 5
    house.desk.trouble, house.desk.looks = Unavailable("down"), 0
    await _rounds(house, house.following, links, 120)
    assert 8 <= house.desk.looks <= 24


async def test_i52_a_slow_account_does_not_delay_the_others(house: House) -> None:
    accounts = tuple(BrokerAccount(f"5WT0000{n}", "", "Individual", "Margin") for n in range(1, 5))
    async with house.sql.begin() as tx:
        await tx.links.erase("link1")
    await house.link(accounts=accounts)
    stuck, look = asyncio.Event(), house.desk.look

    async def slow(account, since):  # type: ignore[no-untyped-def]
        if account.number == "5WT00001":
            await stuck.wait()
        return await look(account, since)

    house.desk.look = slow  # type: ignore[method-assign]
    sweeps: dict[str, asyncio.Task[None]] = {}
    await house.following.round(sweeps, _links(house).broken)
    others = [task for key, task in sweeps.items() if not key.endswith("1")]
    await asyncio.wait_for(asyncio.gather(*others), 30)
    assert house.desk.looks == 3
    stuck.set()
    await asyncio.gather(*sweeps.values())


async def test_f36_a_refused_grant_is_told_once_and_heals(house: House) -> None:
    """Whatever words the refusal comes in; a grant that works again is noticed."""
    links = _links(house)
    for words in ("not accepted", "left alone for an hour", "not accepted"):
        house.desk.trouble = GrantExpired(words)
        await _rounds(house, house.following, links, 620)
        house.clock.advance(3600)
    told = [row.news for row in await house.told() if isinstance(row.news, NoticeNews)]
    assert [news.kind for news in told] == ["link_broken"]
    house.desk.trouble = None
    await _rounds(house, house.following, links, 700)
    async with house.sql.read() as tx:
        (link,) = await tx.links.all()
    assert link.broken == ""


async def test_i51_after_a_reconnect_the_accounts_are_due_at_once(house: House) -> None:
    links = _links(house)
    await _rounds(house, house.following, links, 60)
    before = house.desk.looks
    async with house.sql.read() as tx:
        (link,) = await tx.links.all()
    await house.following.feed_connected(link)
    await _rounds(house, house.following, links, 1)
    assert house.desk.looks == before + 1


async def test_i66_sweeps_go_on_when_the_store_is_away_for_a_moment(house: House) -> None:
    await _working(house)
    house.desk.listed = [_order(status=BrokerStatus.FILLED, at=4)]
    house.store.failures = 3
    await _rounds(house, house.following, _links(house), 30)
    assert (await house.intent()).state is IntentState.FILLED


async def test_f23_a_deactivated_person_is_told_to_the_admins(house: House) -> None:
    """I37: orders of theirs may still work at the broker."""
    assert await _links(house).deactivated("T1", "U1") == 1
    (row,) = await house.told()
    assert isinstance(row.news, NoticeNews)
    assert (row.news.kind, row.channel) == ("link_erased_deactivated", "CADMIN")
    assert house.reads.forgotten == ["link1"]


async def test_i37_a_process_that_only_streams_forgets_a_link_that_is_gone(house: House) -> None:
    """Another process erased it: what this one holds in memory of its grant goes too."""

    class Quiet:
        async def run(self, link, sink):  # type: ignore[no-untyped-def]
            await asyncio.Event().wait()

    streams = AccountStreams(
        store=house.store,
        feeds=Quiet(),
        sink=house.following,
        clock=house.clock,
        forget=house.reads.forget,
    )
    running = asyncio.create_task(streams.run())
    await streams.round()
    async with house.sql.begin() as tx:
        await tx.links.erase("link1")
    await streams.round()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert "link1" in house.reads.forgotten


async def test_cancelling_what_is_over_says_so(house: House) -> None:
    await house.put(state=IntentState.FILLED)
    with pytest.raises(AlreadyHandled):
        await house.cancelling.cancel(ANA, "h1")
    assert house.desk.cancels == []
