"""Planning the way out and carrying it out, on both databases: once, in stages, and by its owner's word alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from senexbot.domain.errors import AlreadyHandled, Expired, NotPermitted, Refused, Unavailable
from senexbot.domain.halts.flatten_plan import FlattenPlan, PlanState, StepState
from senexbot.domain.halts.halts import DESK, account_scope
from senexbot.domain.instruments import Instrument, InstrumentType
from senexbot.domain.links import Environment, Role
from senexbot.domain.market import Position, SessionState
from senexbot.domain.news import PlanNews
from senexbot.domain.orders.broker_orders import (
    Accepted,
    BrokerLeg,
    BrokerOrder,
    BrokerStatus,
    CancelOutcome,
    NotProven,
)
from senexbot.domain.orders.intents import Intent, IntentState, NewsSource, OrderFacts
from senexbot.ports import Handle, Lease
from tests.domain.builders import actor, fill, option, order, quote, share, terms
from tests.fakes.policy import needs
from tests.services.house import House, outcomes

ANA, BEN = actor(), actor(user_id="U2")
ONE = account_scope(Environment.PRACTICE, "5WT00001")


def held(symbol: str = "AAPL", quantity: int = 100, kind: InstrumentType = InstrumentType.EQUITY) -> Position:
    underlying = symbol.split(maxsplit=1)[0]
    many = Decimal(100) if kind is InstrumentType.EQUITY_OPTION else Decimal(1)
    return Position("5WT00001", symbol, kind, underlying, Decimal(quantity), many, Decimal(3), None, None)


def works(number: int, action: str, quantity: int = 100, **changes: Any) -> BrokerOrder:
    leg = BrokerLeg("AAPL", InstrumentType.EQUITY, action, Decimal(quantity), Decimal(quantity))
    return order(id=number, identifier="", legs=(leg,), price=Decimal(150), cancellable=True, **changes)


async def lease_of(house: House, owner: str = "me") -> Lease:
    async with house.sql.begin() as tx:
        taken = await tx.leases.take("stream", owner, seconds=3600, now=house.clock.now())
    assert taken is not None
    return taken


async def stored(house: House, plan: FlattenPlan) -> FlattenPlan:
    async with house.sql.read() as tx:
        found = await tx.flatten.get(plan.id)
    assert found is not None
    return found


async def turn(house: House, plan: FlattenPlan, lease: Lease, times: int = 1) -> FlattenPlan:
    for _ in range(times):
        now = await stored(house, plan)
        if now.state is PlanState.RUNNING:
            await house.flatten_running.turn(now, lease)
            await house.answered()
    return await stored(house, plan)


async def intents_of(house: House, plan: FlattenPlan) -> list[Intent | None]:
    async with house.sql.read() as tx:
        return [await tx.intents.get(close.intent_id) for close in plan.closes]


def numbered() -> Callable[[bytes], Accepted]:
    """Each order is accepted under a number of its own."""
    numbers = iter(range(500, 600))
    return lambda _: Accepted(next(numbers), None)


async def filled(house: House, plan: FlattenPlan) -> None:
    """The broker fills all that works of it."""
    for intent in await intents_of(house, plan):
        if intent is not None and intent.state is IntentState.WORKING and intent.facts is not None:
            leg = intent.terms.legs[0]
            done = replace(fill(f"f{intent.id}", str(leg.quantity)), symbol=leg.symbol)
            told = BrokerLeg(leg.symbol, leg.type, leg.action.value, leg.quantity, Decimal(0), (done,))
            news = order(
                BrokerStatus.FILLED,
                9,
                id=intent.facts.order_id,
                identifier=intent.identifier,
                legs=(told,),
                underlying=intent.terms.underlying,
            )
            await house.following.learn_of(news, NewsSource.STREAM, intent.environment)


@pytest.fixture
async def long_aapl(any_house: House) -> House:
    any_house.reads.positions_held = (held(),)
    any_house.desk.outcome = numbered()
    return any_house


async def test_i4_pressed_many_times_by_two_runners_each_close_is_sent_once(long_aapl: House) -> None:
    house = long_aapl
    house.reads.positions_held = (held(), held("MSFT", 5))
    plan = await house.flattening.plan(ANA)
    assert (len(plan.closes), [c.unchecked for c in plan.closes]) == (2, [False, False])
    assert house.desk.sent == []
    assert len(house.desk.dry_runs) == 2
    pressed = await outcomes(*(house.flattening.confirm(ANA, plan.handle) for _ in range(4)))
    assert sum(isinstance(one, FlattenPlan) for one in pressed) == 1
    lease = await lease_of(house)
    await turn(house, plan, lease)
    running = await stored(house, plan)
    await outcomes(*(house.flatten_running.turn(running, lease) for _ in range(3)))
    await house.answered()
    await turn(house, plan, lease, times=2)
    assert len(house.desk.sent) == 2
    await filled(house, plan)
    over = await turn(house, plan, lease, times=2)
    assert over.state is PlanState.DONE
    assert [close.state for close in over.closes] == [StepState.DONE, StepState.DONE]
    assert len(house.desk.sent) == 2


async def test_after_a_restart_it_rests_and_goes_on_without_a_second_order(long_aapl: House) -> None:
    house = long_aapl
    house.reads.positions_held = (held("AAPL  261218C00200000", -1, InstrumentType.EQUITY_OPTION), held())

    async def instrument(_: str, symbol: str) -> Instrument:
        return CALL if " " in symbol else share(symbol)

    house.reads.instrument = instrument  # type: ignore[method-assign]
    plan = await house.flattening.plan(ANA)
    await house.flattening.confirm(ANA, plan.handle)
    first = await lease_of(house)
    await turn(house, plan, first, times=3)
    assert len(house.desk.sent) == 1  # the shares wait for the call
    async with house.sql.begin() as tx:
        await tx.leases.release(first)
    second = await lease_of(house, "another")
    resting = await turn(house, plan, second)
    assert (resting.state, resting.reason) == (PlanState.PAUSED, "the bot was started again")
    await turn(house, plan, second)
    with pytest.raises(NotPermitted):
        await house.flattening.go_on(BEN, plan.handle)
    await house.flattening.go_on(ANA, plan.handle)
    await turn(house, plan, second, times=3)
    assert len(house.desk.sent) == 1
    await filled(house, plan)
    await turn(house, plan, second, times=2)
    assert len(house.desk.sent) == 2
    await filled(house, plan)
    assert (await turn(house, plan, second, times=2)).state is PlanState.DONE


CONTRACT = option().option
assert CONTRACT is not None
CALL = option(replace(CONTRACT, root="AAPL"), symbol="AAPL  261218C00200000", underlying="AAPL")


async def test_opening_orders_go_first_and_protection_just_before(long_aapl: House) -> None:
    house = long_aapl
    house.desk.listed = [works(7, "Buy to Open", 10), works(9, "Sell to Close")]
    gone: list[str] = []

    def cancelled(number: int) -> CancelOutcome:
        gone.append(f"cancel {number} after {len(house.desk.sent)} sent")
        told = order(BrokerStatus.CANCELLED, 9, id=number, identifier="")
        return CancelOutcome(told, parts=(told,))

    house.desk.cancelled = cancelled
    plan = await house.flattening.plan(ANA)
    assert [step.wanted.number for step in plan.opening] == [7]
    assert [step.wanted.number for step in plan.protecting] == [9]
    assert house.desk.dry_runs == []  # the broker holds the shares for the exit
    await house.flattening.confirm(ANA, plan.handle)
    lease = await lease_of(house)
    await turn(house, plan, lease, times=4)
    assert gone == ["cancel 7 after 0 sent", "cancel 9 after 0 sent"]
    assert len(house.desk.sent) == len(house.desk.dry_runs) == 1


@pytest.mark.parametrize("status", [BrokerStatus.LIVE, BrokerStatus.FILLED, None])
async def test_nothing_is_sent_while_its_protection_stands_or_has_filled(
    long_aapl: House, status: BrokerStatus | None
) -> None:
    house = long_aapl
    house.desk.listed = [works(9, "Sell to Close")]

    def cancelled(number: int) -> CancelOutcome:
        if status is None:
            return CancelOutcome(None, words="no answer")
        told = order(status, 9, id=number, identifier="")
        return CancelOutcome(told, words="as it is", parts=(told,))

    house.desk.cancelled = cancelled
    plan = await house.flattening.plan(ANA)
    await house.flattening.confirm(ANA, plan.handle)
    over = await turn(house, plan, await lease_of(house), times=4)
    assert house.desk.sent == []
    assert (over.state, over.closes[0].state) == (PlanState.DONE, StepState.FAILED)
    assert over.closes[0].why


async def test_i19_a_position_that_is_gone_by_then_is_not_sold_again(long_aapl: House) -> None:
    house = long_aapl
    plan = await house.flattening.plan(ANA)
    await house.flattening.confirm(ANA, plan.handle)
    house.reads.positions_held = ()
    over = await turn(house, plan, await lease_of(house), times=3)
    assert house.desk.sent == []
    assert over.closes[0].state is StepState.FAILED
    assert "no AAPL to close" in over.closes[0].why
    assert over.state is PlanState.DONE


async def test_i10_an_outcome_that_is_not_known_is_told_so_and_never_sent_again(long_aapl: House) -> None:
    house = long_aapl
    house.desk.outcome = lambda _: NotProven("the answer was lost")
    plan = await house.flattening.plan(ANA)
    await house.flattening.confirm(ANA, plan.handle)
    now = await turn(house, plan, await lease_of(house), times=5)
    assert (now.state, now.closes[0].state) == (PlanState.RUNNING, StepState.UNKNOWN)
    assert len(house.desk.sent) == 1


async def test_i25_halted_nothing_starts_and_the_plan_says_how_it_could(long_aapl: House) -> None:
    house = long_aapl
    house.desk.listed = [works(7, "Buy to Open", 10)]
    await house.halts.halt(ANA)
    plan = await house.flattening.plan(ANA)
    assert "no close starts before it is reducing" in plan.blocked
    assert house.desk.dry_runs == []
    await house.flattening.confirm(ANA, plan.handle)
    over = await turn(house, plan, await lease_of(house), times=4)
    assert over.state is PlanState.DONE
    assert house.desk.cancels == [7]
    assert house.desk.sent == []


async def test_a_halt_on_the_way_rests_it(long_aapl: House) -> None:
    house = long_aapl
    plan = await house.flattening.plan(ANA)
    await house.flattening.confirm(ANA, plan.handle)
    await house.halts.halt(ANA, scope=ONE)
    lease = await lease_of(house)
    now = await turn(house, plan, lease, times=3)
    assert now.state is PlanState.PAUSED
    assert "is halted" in now.reason
    await house.grant(Role.RISK)
    await house.halts.halt(ANA, scope=ONE, state="reducing")
    await house.flattening.go_on(ANA, plan.handle)
    await turn(house, plan, lease, times=3)
    assert len(house.desk.sent) == 1


async def test_stopped_by_its_owner_sends_no_more(long_aapl: House) -> None:
    house = long_aapl
    plan = await house.flattening.plan(ANA)
    await house.flattening.confirm(ANA, plan.handle)
    await house.flattening.stop(ANA, plan.handle)
    lease = await lease_of(house)
    assert (await turn(house, plan, lease, times=2)).state is PlanState.PAUSED
    assert house.desk.sent == []
    with pytest.raises(AlreadyHandled):
        await house.flattening.stop(ANA, plan.handle)


async def test_what_needs_an_approval_is_asked_on_its_own_card(long_aapl: House) -> None:
    house = long_aapl
    plan = await house.flattening.plan(ANA)
    await house.grant(Role.APPROVER, user="U2")
    house.policy.says = lambda _: needs(1)
    await house.flattening.confirm(ANA, plan.handle)
    now = await turn(house, plan, await lease_of(house), times=4)
    assert (now.state, now.closes[0].state) == (PlanState.RUNNING, StepState.ASKS)
    assert house.desk.sent == []
    (intent,) = await intents_of(house, now)
    assert intent is not None
    assert intent.state is IntentState.PREVIEWED


async def test_i28_only_its_owner_presses_and_only_own_accounts_are_planned(long_aapl: House) -> None:
    house = long_aapl
    plan = await house.flattening.plan(ANA)
    await house.grant(Role.RISK, Role.OPERATOR, user="U2")
    with pytest.raises(NotPermitted):
        await house.flattening.confirm(BEN, plan.handle)
    async with house.sql.begin() as tx:
        await tx.handles.issue(Handle("beside", "flatten", ONE, 0, "U2"))
        await tx.handles.issue(Handle("ana's", "flatten", DESK, 0, "U1"))
    await house.link(id="link2", user_id="U2", accounts=(), customer_id="C2")
    with pytest.raises(NotPermitted):
        await house.flattening.plan_for(BEN, "beside")
    assert len((await house.flattening.plan_for(ANA, "ana's")).closes) == 1
    assert len((await house.flattening.plan(ANA, "all")).closes) == 1


async def test_i32_a_plan_that_nobody_presses_lapses_and_says_so(long_aapl: House) -> None:
    house = long_aapl
    plan = await house.flattening.plan(ANA)
    house.clock.advance(121)
    with pytest.raises(Expired):
        await house.flattening.confirm(ANA, plan.handle)
    assert await house.flattening.lapse_due() == 1
    assert (await stored(house, plan)).state is PlanState.LAPSED
    assert await house.flattening.lapse_due() == 0
    with pytest.raises(Expired):
        await house.flattening.confirm(ANA, plan.handle)


async def test_a_closed_market_is_said_and_nothing_is_queued(house: House) -> None:
    house.reads.positions_held = (held(),)

    async def closed(_: str, instruments: Any) -> Any:
        return {one.symbol: quote(one, session=SessionState.CLOSED) for one in instruments}

    house.reads.quotes = closed  # type: ignore[method-assign]
    plan = await house.flattening.plan(ANA)
    assert (plan.closes, plan.closed_market, plan.is_empty) == ((), True, True)
    assert [one.left.symbol for one in plan.left] == ["AAPL"]
    with pytest.raises(AlreadyHandled):
        await house.flattening.confirm(ANA, plan.handle)


async def test_without_the_whole_list_of_orders_there_is_no_plan(house: House) -> None:
    house.desk.complete = False
    with pytest.raises(Unavailable):
        await house.flattening.plan(ANA)


async def test_the_card_is_one_message_edited_in_place(house: House) -> None:
    house.reads.positions_held = (held(),)
    house.desk.outcome = numbered()
    plan = await house.flattening.plan(ANA)
    await house.relayed()
    await house.flattening.confirm(ANA, plan.handle)
    await turn(house, plan, await lease_of(house), times=3)
    await house.relayed()
    rows = [row for row in await house.told() if isinstance(row.news, PlanNews)]
    assert not rows
    posted = [text for _, text in house.slack.posted if "flatten" in text.lower()]
    edited = [text for _, text in house.slack.updated if "flatten" in text.lower()]
    assert len(posted) == 1
    assert edited


async def test_a_working_exit_of_ours_tells_its_own_card(long_aapl: House) -> None:
    """I18: read back before it is told, also when it goes within a plan."""
    house = long_aapl
    sells = replace(terms(), legs=(replace(terms().legs[0], action=held_action()),), price=Decimal(200))
    await house.put(
        1,
        state=IntentState.WORKING,
        terms=sells,
        facts=OrderFacts(9, BrokerStatus.LIVE, Decimal(100)),
    )
    house.desk.listed = [replace(works(9, "Sell to Close"), identifier="sx1-p-1")]

    def cancelled(number: int) -> CancelOutcome:
        told = replace(works(number, "Sell to Close"), status=BrokerStatus.CANCELLED, updated_at=9)
        return CancelOutcome(told, parts=(told,))

    house.desk.cancelled = cancelled
    plan = await house.flattening.plan(ANA)
    assert plan.protecting[0].intent_id == "intent1"
    await house.flattening.confirm(ANA, plan.handle)
    await turn(house, plan, await lease_of(house), times=3)
    assert (await house.intent()).state is IntentState.CANCELLED
    assert len(house.desk.sent) == 1


def held_action() -> Any:
    from senexbot.domain.orders.terms import Action

    return Action.SELL_TO_CLOSE


async def test_the_runner_carries_a_plan_to_its_end(house: House) -> None:
    house.reads.positions_held = (held(),)
    house.desk.outcome = numbered()
    plan = await house.flattening.plan(ANA)
    await house.flattening.confirm(ANA, plan.handle)
    running = asyncio.create_task(house.flatten_running.run(await lease_of(house)))
    async with asyncio.timeout(30):
        while not house.desk.sent:
            await asyncio.sleep(0.01)
        while (await stored(house, plan)).closes[0].state is not StepState.SENT:
            await asyncio.sleep(0.01)
        await house.answered()
        await filled(house, plan)
        while (await stored(house, plan)).state is not PlanState.DONE:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(house.desk.sent) == 1


async def test_a_close_that_our_own_checks_stop_leaves_its_protection_where_it_is(long_aapl: House) -> None:
    """The stop goes just before the close is sent, never for a close that is not sent."""
    house = long_aapl
    house.desk.listed = [works(9, "Sell to Close")]
    gone: list[int] = []

    def cancelled(number: int) -> CancelOutcome:
        gone.append(number)
        told = order(BrokerStatus.CANCELLED, 9, id=number, identifier="")
        return CancelOutcome(told, parts=(told,))

    house.desk.cancelled = cancelled
    plan = await house.flattening.plan(ANA)
    await house.flattening.confirm(ANA, plan.handle)
    house.reads.positions_held = ()
    over = await turn(house, plan, await lease_of(house), times=3)
    assert (gone, house.desk.sent) == ([], [])
    assert over.closes[0].state is StepState.FAILED
    assert "Its protection stands as before" in over.closes[0].why


async def test_what_the_broker_refuses_after_its_protection_went_says_that_it_is_bare(
    long_aapl: House,
) -> None:
    house = long_aapl
    house.desk.listed = [works(9, "Sell to Close")]
    told = order(BrokerStatus.CANCELLED, 9, id=9, identifier="")
    house.desk.cancelled = lambda _: CancelOutcome(told, parts=(told,))
    house.desk.refused = Refused("the broker does not want it")
    plan = await house.flattening.plan(ANA)
    await house.flattening.confirm(ANA, plan.handle)
    over = await turn(house, plan, await lease_of(house), times=3)
    assert house.desk.sent == []
    assert "say protect AAPL with tp or sl" in over.closes[0].why
