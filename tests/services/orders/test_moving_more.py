"""Moving a stop, a time in force and an exit: claimed, checked and sent once, as a price is (I1, I7, I25, I31)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest

from senexbot.domain.approval.envelopes import ApprovalMark, envelope_for
from senexbot.domain.errors import AlreadyHandled, Denied, NotFound, SenexError, Stale
from senexbot.domain.language.said import Limit, ReplaceSaid, Standing, Stop, StopLimit
from senexbot.domain.links import Role
from senexbot.domain.market import Position
from senexbot.domain.news import Buzz, BuzzNews, StoryNews
from senexbot.domain.orders.broker_orders import (
    Accepted,
    BrokerOrder,
    BrokerStatus,
    NotProven,
    RefusedByBroker,
)
from senexbot.domain.orders.intents import Intent, IntentState, NewsSource, OrderFacts, ReplaceState
from senexbot.domain.orders.terms import Action, OrderTerms, OrderType, TimeInForce
from senexbot.domain.policy.verdict import Exposure
from tests.domain.builders import ACCOUNT, D, actor, after, bracket, fill, order, share, terms
from tests.services.approval.test_approvals import approved_by, asked, desk_with_limits
from tests.services.house import House, outcomes
from tests.services.orders.test_complex_orders import _protected, part

ANA = actor()
B, S, R, T = BrokerStatus, IntentState, ReplaceState, OrderType
LONG = Position(
    account=ACCOUNT.number,
    symbol="AAPL",
    instrument_type=share().type,
    underlying="AAPL",
    quantity=D(100),
    multiplier=D(1),
    average_open_price=D(187),
    close_price=None,
    mark=None,
)


def stop(price: str | None = None) -> OrderTerms:
    kind = T.STOP if price is None else T.STOP_LIMIT
    return replace(terms(Action.SELL_TO_CLOSE, price=price), type=kind, stop_trigger=D(180))


def made(number: int, **more: Any) -> Any:
    """The broker takes it: the new order with what was asked for."""

    def taken(old_id: int, body: bytes) -> Accepted:
        said = orjson.loads(body)
        values: dict[str, Any] = {
            "identifier": said["external-identifier"],
            "replaces": old_id,
            "price": D(said["price"]) if "price" in said else None,
            "stop_trigger": D(said["stop-trigger"]) if "stop-trigger" in said else None,
            "time_in_force": said["time-in-force"],
            **more,
        }
        return Accepted(number, order(B.LIVE, 3, id=number, **values))

    return taken


async def _working(house: House, of: OrderTerms) -> Intent:
    house.reads.positions_held = (LONG,)
    house.desk.replaced = made(8)
    working = await house.put(state=S.WORKING, facts=OrderFacts(7, B.LIVE, D(100), updated_at=1), terms=of)
    await house.following.sweep(ACCOUNT)
    return working


async def _exits(house: House) -> Intent:
    intent = await _protected(house)
    house.reads.positions_held = (LONG,)
    house.desk.replaced = made(81, complex_id=56)
    await house.told()
    return intent


async def _said(house: House, number: int, *what: Any) -> Intent:
    """Say it, and press the button of what is shown."""
    offered = await house.moves.offer(ANA, ReplaceSaid(number, *what))
    await house.moves.accept(ANA, offered.handle)
    await house.answered()
    return await house.intent()


def _body(house: House) -> tuple[int, dict[str, Any]]:
    ((number, body),) = house.desk.replaces
    return number, orjson.loads(body)


async def _buzzes(house: House) -> list[Buzz]:
    return [row.news.buzz for row in await house.told() if isinstance(row.news, BuzzNews)]


@pytest.mark.parametrize(
    ("of", "words", "sent"),
    [
        (stop(), (Stop(D(182)),), {"stop-trigger": "182", "time-in-force": "Day"}),
        (stop("179.50"), (StopLimit(D(182), D("181.50")),), {"stop-trigger": "182", "price": "181.5"}),
        (terms(), (None, Standing(TimeInForce.GTC)), {"time-in-force": "GTC", "price": "187.5"}),
        (terms(), (Limit(D(187)), Standing(TimeInForce.GTC)), {"time-in-force": "GTC", "price": "187"}),
    ],
)
async def test_one_request_says_all_that_the_order_is_to_be(
    any_house: House, of: OrderTerms, words: tuple[Any, ...], sent: dict[str, str]
) -> None:
    """I2, I5: what was shown is what is sent, and what stands when the broker has it."""
    house = any_house
    await _working(house, of)
    offered = await house.moves.offer(ANA, ReplaceSaid(7, *words))
    await house.moves.accept(ANA, offered.handle)
    await house.answered()
    number, body = _body(house)
    assert (number, body["external-identifier"], "legs" in body) == (7, "sx1-p-1.r1", False)
    assert {name: body[name] for name in sent} == sent
    moved = await house.intent()
    assert offered.change is not None
    assert (moved.terms.price, moved.terms.stop_trigger) == (
        offered.change.price,
        offered.change.besides.stop_trigger,
    )
    assert moved.terms.time_in_force is offered.change.besides.time_in_force
    assert (moved.state, moved.chain, moved.facts.order_id if moved.facts else 0) == (S.WORKING, (7,), 8)
    with pytest.raises(AlreadyHandled):
        await house.moves.accept(ANA, offered.handle)
    assert len(house.desk.replaces) == 1


async def test_what_the_forms_do_not_allow_is_refused_before_it_is_offered(house: House) -> None:
    """With the nearest value; a stop past the market is shown as what it does."""
    await _working(house, stop())
    with pytest.raises(Denied) as off:
        await house.moves.offer(ANA, ReplaceSaid(7, Stop(D("182.003"))))
    assert off.value.code == "trigger_off_tick"
    assert "182.00 or 182.01" in off.value.message
    assert not (await house.moves.offer(ANA, ReplaceSaid(7, Stop(D(182))))).at_once
    assert (await house.moves.offer(ANA, ReplaceSaid(7, Stop(D("187.44"))))).at_once
    with pytest.raises(Denied) as no:
        await house.moves.offer(ANA, ReplaceSaid(7, None, Standing(TimeInForce.EXT)))
    assert no.value.code == "extended_shares"
    assert house.desk.replaces == []


async def test_an_exit_is_moved_by_its_own_number(any_house: House) -> None:
    """F40, I5, I14: under a name of its own; the card goes on with the new one, and the old number leads back."""
    house = any_house
    await _exits(house)
    moved = await _said(house, 71, Limit(D(211)))
    number, body = _body(house)
    assert (number, body["external-identifier"], body["price"]) == (71, "sx1-p-1.1.r1", "211")
    assert body["advanced-instructions"] == {"strict-position-effect-validation": True}
    taken = moved.children[0]
    assert taken.facts is not None
    assert (taken.facts.order_id, taken.chain, moved.terms.children[0].price) == (81, (71,), D(211))
    assert moved.state is S.FILLED
    late = part(1, B.CANCELLED, 9, fill("a1", 40, "210.02"), identifier="")
    await house.following.learn_of(late, NewsSource.STREAM, ACCOUNT.environment)
    rest = order(B.FILLED, 9, fill("a2", 60, "211.05"), id=81, identifier="", complex_id=56)
    await house.following.learn_of(rest, NewsSource.SWEEP, ACCOUNT.environment)
    done = (await house.intent()).children[0]
    assert done.facts is not None
    assert (done.facts.filled, done.facts.found_by_sweep) == (D(100), True)
    assert await _buzzes(house) == [Buzz.EXIT_FILLED]
    with pytest.raises(AlreadyHandled) as gone:
        await house.moves.offer(ANA, ReplaceSaid(71, Limit(D(212))))
    assert "order 81 now" in gone.value.message
    with pytest.raises(NotFound):
        await house.moves.offer(actor(user_id="U2"), ReplaceSaid(72, Stop(D(181))))


async def test_i1_two_presses_move_an_exit_once(any_house: House) -> None:
    house = any_house
    await _exits(house)
    offered = await house.moves.offer(ANA, ReplaceSaid(72, Stop(D(182))))
    answers = await outcomes(*(house.moves.accept(ANA, offered.handle) for _ in range(6)))
    await house.answered()
    assert sum(isinstance(answer, Intent) for answer in answers) == 1
    assert all(isinstance(a, (AlreadyHandled, Stale, Intent)) for a in answers)
    number, body = _body(house)
    assert (number, body["stop-trigger"], body["order-type"]) == (72, "182", "Stop")


@pytest.mark.parametrize("known_first", [True, False])
async def test_an_exit_that_fills_while_it_is_moved_is_told_as_filled(
    any_house: House, known_first: bool
) -> None:
    """The broker refuses what has filled; the fill may be known before that or after."""
    house = any_house
    await _exits(house)
    house.desk.hold = asyncio.Event()
    house.desk.replaced = lambda _, __: RefusedByBroker("cannot_update_order", "could not be updated", 422)
    offered = await house.moves.offer(ANA, ReplaceSaid(71, Limit(D(211))))
    await house.moves.accept(ANA, offered.handle)
    filled = part(1, B.FILLED, 9, fill("x", 100, "210.05"))
    if known_first:
        await house.following.learn_of(filled, NewsSource.STREAM, ACCOUNT.environment)
    house.desk.hold.set()
    await house.answered()
    await house.following.learn_of(filled, NewsSource.STREAM, ACCOUNT.environment)
    rows = await house.told()
    told = [row.news.line for row in rows if isinstance(row.news, StoryNews)]
    assert any("Take profit not moved to 211.00" in line for line in told)
    assert Buzz.EXIT_FILLED in [row.news.buzz for row in rows if isinstance(row.news, BuzzNews)]
    current = await house.intent()
    assert not current.has_open_replace
    assert current.children[0].facts is not None
    assert current.children[0].facts.filled == 100


async def test_i25_a_halt_stops_the_move_of_an_exit_and_reducing_does_not(any_house: House) -> None:
    """An exit only closes; nothing is replaced once the desk is halted."""
    house = any_house
    await _exits(house)
    await house.grant(Role.RISK, Role.OPERATOR)
    await house.halts.halt(ANA, state="reducing")
    assert (await _said(house, 71, Limit(D("210.50")))).terms.children[0].price == D("210.50")
    house.desk.replaced = made(82, complex_id=56)
    house.desk.replaces.clear()
    offered = await house.moves.offer(ANA, ReplaceSaid(81, Limit(D(211))))
    answer, _ = await outcomes(house.moves.accept(ANA, offered.handle), house.halts.halt(ANA))
    await house.answered()
    assert len(house.desk.replaces) == (0 if isinstance(answer, SenexError) else 1)
    sent = len(house.desk.replaces)
    again = await house.moves.offer(ANA, ReplaceSaid(72, Stop(D(182))))
    with pytest.raises(Denied) as no:
        await house.moves.accept(ANA, again.handle)
    assert no.value.code == "halted"
    assert len(house.desk.replaces) == sent


async def test_exits_that_wait_are_moved_without_a_position(any_house: House) -> None:
    house = any_house
    house.desk.outcome = lambda _: Accepted(70, part(0, B.LIVE, 2), 56, (part(1), part(2)))
    await house.put(terms=bracket())
    await house.sending.confirm(ANA, "h1")
    await house.answered()
    house.desk.replaced = made(81, complex_id=56)
    moved = await _said(house, 72, Stop(D(182)))
    assert moved.terms.children[1].stop_trigger == D(182)
    assert moved.state is S.WORKING
    assert moved.has_open_replace is False


async def test_an_exit_of_nothing_held_is_refused(any_house: House) -> None:
    """Somebody has closed the position elsewhere: the broker would refuse it too."""
    house = any_house
    await _exits(house)
    house.reads.positions_held = ()
    offered = await house.moves.offer(ANA, ReplaceSaid(71, Limit(D(211))))
    with pytest.raises(Denied) as no:
        await house.moves.accept(ANA, offered.handle)
    assert no.value.code == "no_position"
    assert house.desk.replaces == []


async def test_f40_an_exit_whose_answer_was_lost_is_never_sent_again(any_house: House) -> None:
    """I7, I12: found by its name; or by the evidence rule the old one stands, and only then it may move again."""
    house = any_house
    await _exits(house)
    house.desk.replaced = lambda _, __: _lost()
    unknown = await _said(house, 71, Limit(D(211)))
    assert unknown.children[0].replacing is not None
    assert unknown.children[0].replacing.state is R.UNKNOWN
    assert await _buzzes(house) == [Buzz.MOVE_UNKNOWN]
    with pytest.raises(AlreadyHandled):
        await _said(house, 72, Stop(D(182)))
    old: BrokerOrder = part(1, B.LIVE, 3)
    house.desk.listed = [old, part(2, B.LIVE, 3)]
    for _ in range(40):
        house.clock.advance(5)
        await house.settling_replaces.round()
    stands = await house.intent()
    assert stands.children[0].replacing is not None
    assert stands.children[0].replacing.state is R.NOT_DONE
    assert stands.terms.children[0].price == D(210)
    assert len(house.desk.replaces) == 1
    house.desk.replaced = made(82, complex_id=56)
    again = await _said(house, 71, Limit(D(212)))
    assert again.terms.children[0].price == D(212)
    assert orjson.loads(house.desk.replaces[-1][1])["external-identifier"] == "sx1-p-1.1.r2"


def _lost() -> Any:
    return NotProven("the answer was lost")


async def test_an_exit_taken_by_the_broker_after_all_is_found_by_its_name(any_house: House) -> None:
    house = any_house
    await _exits(house)
    house.desk.replaced = lambda _, __: _lost()
    await _said(house, 71, Limit(D(211)))
    new = order(B.LIVE, 4, id=81, identifier="sx1-p-1.1.r1", replaces=71, price=D(211), complex_id=56)
    house.desk.listed = [part(1, B.CANCELLED, 5, replaced_by=81), new, part(2, B.LIVE, 3)]
    await house.settling_replaces.round()
    found = await house.intent()
    assert not found.has_open_replace
    assert found.children[0].facts is not None
    assert (found.children[0].facts.order_id, found.terms.children[0].price) == (81, D(211))
    assert len(house.desk.replaces) == 1


async def test_i31_what_was_approved_stays_of_its_kind(any_house: House) -> None:
    """Another time in force is another order than was approved; the price moves within the envelope."""
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    await approved_by(house, request, "U2")
    live = order(B.LIVE, 2, identifier=intent.identifier)
    await house.following.learn_of(live, NewsSource.STREAM, ACCOUNT.environment)
    offered = await house.moves.offer(ANA, ReplaceSaid(7, None, Standing(TimeInForce.GTC)))
    with pytest.raises(Denied) as no:
        await house.moves.accept(ANA, offered.handle)
    assert no.value.code == "outside_envelope"
    assert house.desk.replaces == []


async def test_i31_the_exits_of_an_approved_order_stay_as_they_were_approved(any_house: House) -> None:
    house = any_house
    await _exits(house)
    await desk_with_limits(house)
    _, request = await asked(house)
    bracketed = (await house.intent()).terms
    envelope = envelope_for(bracketed, None, Exposure(), tick=None, until=after(900))
    covering = replace(request, version=request.version + 1, envelope=envelope)
    mark = ApprovalMark(request.id, 1, ("U2",), after(900), envelope)
    async with house.sql.begin() as tx:
        await tx.approvals.save(covering)
        known = await tx.intents.get("intent1")
        assert known is not None
        await tx.intents.save(replace(known, version=known.version + 1, approval=mark))
    offered = await house.moves.offer(ANA, ReplaceSaid(71, Limit(D(211))))
    with pytest.raises(Denied, match="the orders behind it are not those that were approved"):
        await house.moves.accept(ANA, offered.handle)
    assert house.desk.replaces == []
