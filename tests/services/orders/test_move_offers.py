"""`replace …` in words: shown first, done by its owner's press, once (I27, I28, I31, I32)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from senexbot.domain.errors import AlreadyHandled, Expired, NotFound, NotPermitted, ParseError
from senexbot.domain.language.said import Effect, Limit, Market, ReplaceSaid, Standing, Stop, StopLimit, Walk
from senexbot.domain.orders.broker_orders import BrokerStatus
from senexbot.domain.orders.intents import Intent, IntentState, OrderFacts, WalkState
from senexbot.domain.orders.terms import TimeInForce, WalkTerms
from tests.domain.builders import ACCOUNT, D, actor, terms
from tests.services.house import House
from tests.services.orders.test_walking import taken

ANA = actor()
WALK = Walk(D("0.01"), timedelta(seconds=20), D("187.53"))


async def _working(house: House, **more: object) -> Intent:
    house.desk.replaced = taken
    facts = OrderFacts(7, BrokerStatus.LIVE, D(100), updated_at=1)
    working = await house.put(state=IntentState.WORKING, facts=facts, **more)
    await house.following.sweep(ACCOUNT)
    return working


async def test_words_change_nothing_and_the_press_moves_it_once(any_house: House) -> None:
    house = any_house
    await _working(house)
    made = await house.moves.offer(ANA, ReplaceSaid(7, Limit(D("187.60"))))
    assert made.change is not None
    assert (made.change.price, made.walk, made.at_once) == (D("-187.60"), None, False)
    assert house.desk.replaces == []
    with pytest.raises(NotPermitted):
        await house.moves.accept(actor(user_id="U2"), made.handle)
    await house.moves.accept(ANA, made.handle)
    await house.answered()
    assert len(house.desk.replaces) == 1
    assert (await house.intent()).terms.price == D("-187.60")
    with pytest.raises(AlreadyHandled) as late:
        await house.moves.accept(ANA, made.handle)
    assert late.value.code == "older_preview"
    with pytest.raises(AlreadyHandled) as gone:
        await house.moves.offer(ANA, ReplaceSaid(7, Limit(D(187))))
    assert "order 8 now" in gone.value.message


async def test_a_walk_in_words_begins_with_the_press(any_house: House) -> None:
    house = any_house
    await _working(house)
    made = await house.moves.offer(ANA, ReplaceSaid(7, walk=WALK))
    assert made.walk == WalkTerms(D("0.01"), 20, D("-187.53"))
    begun = await house.moves.accept(ANA, made.handle)
    assert begun.walk is not None
    assert begun.walk.state is WalkState.RUNNING
    assert begun.confirmed_price == D("-187.53")


async def test_i32_an_offer_ends(house: House) -> None:
    await _working(house)
    made = await house.moves.offer(ANA, ReplaceSaid(7, Limit(D("187.60"))))
    house.clock.advance(120)
    with pytest.raises(Expired):
        await house.moves.accept(ANA, made.handle)
    assert house.desk.replaces == []


@pytest.mark.parametrize(
    "said",
    [
        ReplaceSaid(7, standing=Standing(TimeInForce.IOC)),
        ReplaceSaid(7, Stop(D(187))),
        ReplaceSaid(7, StopLimit(D(187), D(188))),
        ReplaceSaid(7, Market()),
        ReplaceSaid(7, Limit(D(187), Effect.CREDIT)),
        ReplaceSaid(7, walk=Walk(D("0.01"), timedelta(seconds=20), D(180))),  # a better price is no walk
        ReplaceSaid(7, Limit(D(187)), walk=WALK),
    ],
)
async def test_what_cannot_be_replaced_is_said(house: House, said: ReplaceSaid) -> None:
    await _working(house)
    with pytest.raises(ParseError):
        await house.moves.offer(ANA, said)


async def test_only_ones_own_working_orders_with_a_limit_are_replaced(house: House) -> None:
    await _working(house, terms=terms(price=None))
    for said, who in (
        (ReplaceSaid(99, Limit(D(1))), ANA),
        (ReplaceSaid(7, Limit(D(1))), actor(user_id="U2")),
    ):
        with pytest.raises(NotFound):
            await house.moves.offer(who, said)
    with pytest.raises(ParseError):
        await house.moves.offer(ANA, ReplaceSaid(7, Limit(D(1))))
    await house.put(2, state=IntentState.WORKING)
    with pytest.raises(NotFound):
        await house.moves.offer(ANA, ReplaceSaid(17, Limit(D(1))))
