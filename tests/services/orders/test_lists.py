"""What a person sees of their orders: also those that others, or other tools, have placed in the account."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from senexbot.domain.errors import Expired
from senexbot.domain.orders.broker_orders import CancelOutcome
from senexbot.domain.orders.intents import IntentState
from senexbot.ids import RandomIds
from senexbot.services.accounts import Accounts
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.orders.lists import Orders
from senexbot.store.tables import intents
from tests.domain.builders import actor, order
from tests.services.house import House

ANA, BOB = actor(), actor(user_id="U2")


def _orders(house: House) -> Orders:
    return Orders(
        store=house.store,
        desk=house.desk,
        accounts=Accounts(store=house.store, reads=house.reads),
        following=house.following,
        messenger=house.slack,
        clock=house.clock,
        ids=RandomIds(clock=house.clock),
        exchange_zone=EXCHANGE_ZONE,
        external=house.external,
    )


async def test_i14_what_one_holder_placed_is_shown_to_the_other(any_house: House) -> None:
    """Two links reach one account: neither is left without an order that works in it."""
    house = any_house
    await house.link(id="link2", user_id="U2")
    await house.put(state=IntentState.CLAIMED)
    house.desk.listed = [order(identifier="sx1-p-1", cancellable=True)]
    mine, theirs = await _orders(house).of(ANA), await _orders(house).of(BOB)
    assert [own.intent.id for own in mine.own] == ["intent1"]
    assert mine.elsewhere == ()
    assert theirs.own == ()
    assert [e.order.id for e in theirs.elsewhere] == [7]


async def test_f77_one_unreadable_row_does_not_hide_the_other_orders(house: House) -> None:
    await house.put(1, state=IntentState.CLAIMED)
    async with house.sql.begin() as tx:
        await tx.work.write(sa.update(intents).values(data="not json"))
    house.desk.listed = [order(identifier="sx1-p-1"), order(id=9, identifier="")]
    answer = await _orders(house).of(ANA)
    assert {e.order.id for e in answer.elsewhere} == {7, 9}


async def test_i32_an_old_cancel_button_does_nothing(house: House) -> None:
    house.desk.listed = [order(id=9, identifier="")]
    (shown,) = (await _orders(house).of(ANA)).elsewhere
    house.desk.cancelled = lambda _: CancelOutcome(None)
    house.clock.advance(86_400)
    with pytest.raises(Expired):
        await house.cancelling.cancel_external(ANA, shown.handle)
    assert house.desk.cancels == []
