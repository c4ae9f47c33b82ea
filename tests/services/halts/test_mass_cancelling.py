"""Cancelling after a halt: what was listed and nothing else, once, read back together; the ledger is the judge."""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from senexbot.clock import SystemClock
from senexbot.domain.errors import AlreadyHandled, BrokerFault, NotPermitted
from senexbot.domain.halts.halts import DESK
from senexbot.domain.halts.protecting import Split
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.links import Role
from senexbot.domain.market import Position
from senexbot.domain.news import NoticeNews, StoryNews
from senexbot.domain.orders.broker_orders import BrokerStatus, CancelOutcome
from senexbot.domain.orders.intents import IntentState, OrderFacts
from senexbot.domain.orders.terms import Action
from tests.broker.kit import control, grant, simulated
from tests.domain.builders import actor, order, terms
from tests.services.house import House, outcomes
from tests.stores import Home

ANA, RIA = actor(), actor(user_id="U2")
LISTED = 200
MOST_SECONDS = 15.0
LOADED = 4  # so many times longer while the machine does something else


def working(number: int, **changes: Any) -> dict[str, Any]:
    facts = OrderFacts(100 + number, BrokerStatus.LIVE, Decimal(100))
    return {"state": IntentState.WORKING, "facts": facts, "claimed_at": None, **changes}


def holding(quantity: int) -> tuple[Position, ...]:
    aapl = Position(
        "5WT00001",
        "AAPL",
        InstrumentType.EQUITY,
        "AAPL",
        Decimal(quantity),
        Decimal(1),
        Decimal(180),
        None,
        None,
    )
    return (aapl,)


async def halted(house: House, who: Any = ANA, scope: str = DESK) -> Any:
    answer = await house.halts.halt(who, scope=scope)
    return await house.mass_cancelling.offer(who, answer.working, scope)


async def press(house: House, who: Any, handle: str) -> Any:
    return await house.mass_cancelling.cancel(who, handle, await house.mass_cancelling.listed(who, handle))


def answered(status: BrokerStatus = BrokerStatus.CANCELLED) -> Any:
    def read_back(number: int) -> CancelOutcome:
        told = order(status, 9, id=number, identifier=f"sx1-p-{number - 100}")
        return CancelOutcome(told, words="as the broker says", parts=(told,))

    return read_back


async def test_what_protects_is_kept_unless_asked(any_house: House) -> None:
    house = any_house
    house.reads.positions_held = holding(100)
    house.desk.cancelled = answered()
    await house.put(1, **working(1, terms=terms(quantity=10)))
    await house.put(2, **working(2, terms=terms(Action.SELL_TO_CLOSE, 100, "200")))
    offer = await halted(house)
    assert [i.id for i in offer.split.opening] == ["intent1"]
    assert [i.id for i in offer.split.protecting] == ["intent2"]
    assert (offer.opening_count, offer.everything_count) == (1, 2)
    done = await press(house, ANA, offer.opening)
    assert [i.id for i in done.cancelled] == ["intent1"]
    assert house.desk.cancels == [101]
    assert (await house.intent(2)).state is IntentState.WORKING
    again = await house.mass_cancelling.offer(ANA, (await house.halts.status()).working, DESK)
    assert not again.opening
    done = await press(house, ANA, again.everything)
    assert [i.id for i in done.cancelled] == ["intent2"]


async def test_i33_a_second_press_asks_for_nothing(any_house: House) -> None:
    """Also where the first one's answer was lost and the order works on: that needs a look, and a new list."""
    house = any_house
    await house.put(1, **working(1))
    offer = await halted(house)
    pressed = await outcomes(*(press(house, ANA, offer.opening) for _ in range(3)))
    assert sum(isinstance(one, AlreadyHandled) for one in pressed) == 2
    with pytest.raises(AlreadyHandled):
        await press(house, ANA, offer.opening)
    assert house.desk.cancels == [101]


async def test_unread_positions_are_said_and_counted_as_opening(house: House) -> None:
    async def unreadable(_: Any) -> Any:
        raise BrokerFault("no answer", code="unavailable")

    house.reads.positions = unreadable  # type: ignore[method-assign]
    await house.put(1, **working(1, terms=terms(Action.SELL_TO_CLOSE, 100, "200")))
    offer = await halted(house)
    assert offer.split == Split(opening=offer.split.opening, not_known=1)
    assert (offer.opening_count, offer.everything) == (1, "")


async def test_the_press_cancels_what_was_listed_whatever_can_be_read_by_then(house: House) -> None:
    """An exit that was shown as protection stays, also when the positions cannot be read any more."""
    house.reads.positions_held = holding(100)
    house.desk.cancelled = answered()
    await house.put(1, **working(1, terms=terms(quantity=10)))
    await house.put(2, **working(2, terms=terms(Action.SELL_TO_CLOSE, 100, "200")))
    offer = await halted(house)
    house.reads.positions_held = ()
    await press(house, ANA, offer.opening)
    assert house.desk.cancels == [101]


async def test_i18_what_is_not_read_back_is_told_as_unknown_and_works_on(any_house: House) -> None:
    house = any_house
    await house.put(1, **working(1))
    offer = await halted(house)
    done = await press(house, ANA, offer.opening)
    assert [(i.id, why) for i, why in done.unknown] == [("intent1", "nothing heard")]
    assert (await house.intent()).state is IntentState.WORKING


async def test_filled_meanwhile_is_told_as_filled(house: House) -> None:
    from tests.domain.builders import fill

    def full(number: int) -> CancelOutcome:
        told = order(BrokerStatus.FILLED, 9, fill("f1", 100), id=number)
        return CancelOutcome(told, too_late=True, words="Too late", parts=(told,))

    house.desk.cancelled = full
    await house.put(1, **working(1, terms=terms()))
    offer = await halted(house)
    done = await press(house, ANA, offer.opening)
    assert [i.id for i in done.filled] == ["intent1"]


async def test_others_orders_need_the_role_and_their_protection_is_never_touched(any_house: House) -> None:
    """I29: read when it is pressed. Each owner is told."""
    house = any_house
    house.reads.positions_held = holding(100)
    house.desk.cancelled = answered()
    await house.put(1, **working(1, terms=terms(quantity=10)))
    await house.put(2, **working(2, terms=terms(Action.SELL_TO_CLOSE, 100, "200")))
    await house.grant(Role.RISK, user="U2")
    offer = await halted(house, RIA)
    assert (offer.opening_count, offer.everything) == (1, "")
    async with house.sql.begin() as tx:
        await tx.roles.revoke("T1", "U2", Role.RISK)
    with pytest.raises(NotPermitted):
        await press(house, RIA, offer.opening)
    assert not house.desk.cancels
    await house.grant(Role.RISK, user="U2")
    offer = await house.mass_cancelling.offer(RIA, (await house.halts.status()).working, DESK)
    await press(house, RIA, offer.opening)
    assert house.desk.cancels == [101]
    told = [r for r in await house.told() if isinstance(r.news, NoticeNews)]
    assert [
        (r.to_user, dict(r.news.params)["count"]) for r in told if r.news.kind == "cancelled_by_desk"
    ] == [("U1", "1")]


async def test_after_the_halt_nobody_cancels_others_orders(house: House) -> None:
    await house.put(1, **working(1))
    await house.grant(Role.RISK, user="U2")
    offer = await halted(house, RIA)
    await house.halts.resume(RIA)
    with pytest.raises(NotPermitted):
        await press(house, RIA, offer.opening)


async def test_a_trader_without_the_role_gets_buttons_for_their_own_alone(house: House) -> None:
    await house.put(1, **working(1))
    await house.link(id="link2", user_id="U3")
    offer = await halted(house, actor(user_id="U3"))
    assert len(offer.split.opening) == 1
    assert not offer.opening


async def test_two_hundred_cancels_are_read_back_in_time(sqlite: Home, sim: Any) -> None:
    """By the ledger: one request for each order, at the broker's pace, all over within 15 s on a quiet machine."""
    person = sim.info["users"][0]
    async with simulated(sim, clock=SystemClock()) as broker:
        broker.sessions._grants.grants["link1"] = grant(person["provider_secret"], person["refresh_token"])
        number = person["accounts"][0]
        await control(sim, "quote", {"symbol": "AAPL", "bid": "187.44", "ask": "187.60"})
        await control(sim, "balance", {"account": number, "cash": "10000000"})
        await control(sim, "position", {"account": number, "symbol": "AAPL", "quantity": 10})
        house = await House.build(sqlite, desk=broker.desk)
        house.reads.positions_held = holding(10)
        for at in range(1, LISTED + 1):
            await put_working(house, sim, number, at)
        exit_ = await put_working(house, sim, number, LISTED + 1, sells=True)
        offer = await halted(house)
        assert (offer.opening_count, offer.everything_count) == (LISTED, LISTED + 1)
        fills = await control(sim, "fill", {"order_id": (await house.intent(1)).facts.order_id})
        assert fills["order"]["status"] == "Filled"
        began = time.monotonic()
        done = await press(house, ANA, offer.opening)
        took = time.monotonic() - began
        assert (len(done.cancelled), len(done.filled), done.unknown) == (LISTED - 1, 1, ())
        assert took < MOST_SECONDS * (1 if idle() else LOADED), f"{took:.1f} s"
        asked = [
            r["path"].rsplit("/", 1)[1]
            for r in (await control(sim, "requests", method="GET"))["requests"]
            if r["method"] == "DELETE"
        ]
        assert len(asked) == len(set(asked)) == LISTED
        left = (await control(sim, "orders", method="GET"))["orders"]
        assert [o["id"] for o in left if o["status"] == "Live"] == [exit_]
        lines = [row.news.line for row in await house.told() if isinstance(row.news, StoryNews)]
        assert len(lines) == 1, "not one for each: the answer tells of all"
        assert lines[0].startswith("Filled")


def idle() -> bool:
    """Whether this process may have had the machine for itself."""
    import os

    return os.getloadavg()[0] < (os.cpu_count() or 1) / 2


async def put_working(house: House, sim: Any, account: str, at: int, *, sells: bool = False) -> int:
    """An order of ours that works at the broker, as if it had been sent before."""
    identifier = f"sx1-p-{at}"
    price = f"{300 + at / 100:.2f}" if sells else f"{100 + at / 100:.2f}"
    action = Action.SELL_TO_CLOSE if sells else Action.BUY_TO_OPEN
    placed = await control(
        sim,
        "order",
        {
            "account": account,
            "order": {
                "external-identifier": identifier,
                "order-type": "Limit",
                "time-in-force": "Day",
                "price": price,
                "price-effect": "Credit" if sells else "Debit",
                "legs": [
                    {
                        "action": action.value,
                        "instrument-type": "Equity",
                        "symbol": "AAPL",
                        "quantity": 1,
                    }
                ],
            },
        },
    )
    order_id = int(placed["order"]["id"])
    said = terms(action, 1, price if sells else f"-{price}")
    said = replace(said, account=replace(said.account, number=account))
    await house.put(
        at,
        state=IntentState.WORKING,
        terms=said,
        facts=OrderFacts(order_id, BrokerStatus.LIVE, Decimal(1)),
    )
    return order_id
