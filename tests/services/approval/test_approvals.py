"""Approval by another person: who may, what it covers, and what it leads to, on both databases (I27 to I33)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from senexbot.domain.approval.approvals import ApprovalRequest, RequestState
from senexbot.domain.approval.approvers import Deputy
from senexbot.domain.errors import (
    AlreadyHandled,
    Denied,
    Expired,
    Gone,
    NotFound,
    NotPermitted,
    Outside,
    ParseError,
    Transient,
)
from senexbot.domain.links import Role
from senexbot.domain.orders.broker_orders import Accepted, BrokerStatus
from senexbot.domain.orders.intents import Intent, IntentState, NewsSource
from senexbot.domain.policy.verdict import Outcome, PolicyVerdict
from senexbot.ids import RandomIds
from senexbot.services.approval.asked_of_me import WaitingApprovals
from tests.domain.builders import ACCOUNT, actor, order
from tests.fakes.policy import needs
from tests.services.house import House

ANA, BEN, CLEO, DAN = (actor(user_id=f"U{n}") for n in (1, 2, 3, 4))
SAID = "buy 100 AAPL @ 187.50"


async def desk_with_limits(house: House, count: int = 1, approvers: tuple[str, ...] = ("U2", "U3")) -> None:
    house.policy.says = lambda terms: needs(count, loss=str(terms.legs[0].quantity * Decimal("187.5")))
    house.desk.outcome = lambda _: Accepted(7, None)
    async with house.sql.begin() as tx:
        for person in approvers:
            await tx.roles.grant("T1", person, Role.APPROVER, by="host")


async def asked(house: House, reason: str = "replaces December") -> tuple[Intent, ApprovalRequest]:
    preview = await house.preview(ANA, SAID)
    intent = await house.approvals.ask(ANA, preview.handle, reason)
    return intent, await request_of(house, intent)


async def request_of(house: House, intent: Intent) -> ApprovalRequest:
    assert intent.approval is not None
    async with house.sql.read() as tx:
        found = await tx.approvals.get(intent.approval.request_id)
    assert found is not None
    return found


async def now_of(house: House, intent: Intent) -> Intent:
    async with house.sql.read() as tx:
        found = await tx.intents.get(intent.id)
    assert found is not None
    return found


async def approved_by(house: House, request: ApprovalRequest, who: str, **more: Decimal) -> None:
    decided = await house.approvals.approve(actor(user_id=who), request.handle_of(who), **more)
    await house.executing.after(decided)
    await house.answered()


async def test_i31_the_market_anew_changes_what_is_seen_and_not_what_is_approved(any_house: House) -> None:
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    assert request.view is not None
    house.clock.advance(40)
    with pytest.raises(NotPermitted):
        await house.approval_quotes.refresh(CLEO, request.handle_of("U2"))
    seen = await house.approval_quotes.refresh(BEN, request.handle_of("U2"))
    assert seen.view is not None
    assert seen.view.at - request.view.at == timedelta(seconds=40)
    assert (seen.version, seen.envelope_version) == (request.version + 1, request.envelope_version)
    assert seen.envelope == request.envelope
    await approved_by(house, await request_of(house, intent), "U2")
    assert (await now_of(house, intent)).state is IntentState.WORKING
    with pytest.raises(AlreadyHandled):
        await house.approval_quotes.refresh(BEN, request.handle_of("U2"))
    with pytest.raises(NotFound):
        await house.approval_quotes.refresh(BEN, "no handle")


# --- from asking to sending ----------------------------------------------------------------------


async def test_what_is_approved_is_sent_by_itself_once(any_house: House) -> None:
    """I1, I28, I31: the owner confirms by asking, another approves, the desk sends what was approved."""
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    assert intent.state is IntentState.AWAITING_APPROVAL
    assert house.desk.sent == []
    assert [one.person for one in request.asked] == ["U2", "U3"]
    await approved_by(house, request, "U2")
    await house.executing.run_due()
    await house.answered()
    assert house.desk.sent == [house.desk.compose(intent.terms, intent.identifier)]
    assert (await now_of(house, intent)).state is IntentState.WORKING
    with pytest.raises(AlreadyHandled):
        await approved_by(house, request, "U3")
    assert len(house.desk.sent) == 1


async def test_the_owner_cannot_confirm_what_others_have_to_approve(any_house: House) -> None:
    house = any_house
    await desk_with_limits(house)
    preview = await house.preview(ANA, SAID)
    with pytest.raises(Denied) as no:
        await house.sending.confirm(ANA, preview.handle)
    assert no.value.code == "approval_needed"
    asked_now = await house.approvals.ask(ANA, preview.handle)
    with pytest.raises(AlreadyHandled):
        await house.sending.confirm(ANA, asked_now.handle)
    assert house.desk.sent == []


async def test_a_limit_that_came_after_the_preview_holds_in_the_claim(any_house: House) -> None:
    """I21."""
    house = any_house
    preview = await house.preview(ANA, SAID)
    await desk_with_limits(house)
    with pytest.raises(Denied) as no:
        await house.sending.confirm(ANA, preview.handle)
    assert no.value.code == "approval_needed"
    assert house.desk.sent == []


async def test_two_have_to_approve_and_one_person_counts_once(any_house: House) -> None:
    house = any_house
    await desk_with_limits(house, 2)
    intent, request = await asked(house)
    await approved_by(house, request, "U2")
    with pytest.raises(AlreadyHandled):
        await approved_by(house, request, "U2")
    waiting = await now_of(house, intent)
    assert waiting.state is IntentState.AWAITING_APPROVAL
    assert waiting.approval is not None
    assert (waiting.approval.given, waiting.approval.needed) == (("U2",), 2)
    assert house.desk.sent == []
    await approved_by(house, request, "U3")
    await house.answered()
    assert len(house.desk.sent) == 1


# --- who may -------------------------------------------------------------------------------------


async def test_f106_nobody_approves_their_own_order(any_house: House) -> None:
    """I28, I30: also with the role, and with somebody else's button."""
    house = any_house
    await desk_with_limits(house, approvers=("U1", "U2"))
    intent, request = await asked(house)
    assert [one.person for one in request.asked] == ["U2"]
    with pytest.raises(NotPermitted):
        await house.approvals.approve(ANA, request.handle_of("U2"))
    with pytest.raises(NotFound):
        await house.approvals.approve(ANA, intent.handle)
    assert house.desk.sent == []


async def test_f106_the_same_broker_customer_is_no_second_person(any_house: House) -> None:
    house = any_house
    await desk_with_limits(house)
    _, request = await asked(house)
    await house.link(id="link2", user_id="U2")  # the same customer, another Slack account
    with pytest.raises(NotPermitted) as no:
        await approved_by(house, request, "U2")
    assert no.value.code == "same_customer"
    await house.link(id="link3", user_id="U3", customer_id="C3")
    await approved_by(house, request, "U3")


async def test_f107_a_role_that_was_lost_approves_nothing(any_house: House) -> None:
    """I29: between the message and the click, and between the click and the claim."""
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    async with house.sql.begin() as tx:
        await tx.roles.revoke("T1", "U2", Role.APPROVER)
    with pytest.raises(NotPermitted):
        await approved_by(house, request, "U2")
    decided = await house.approvals.approve(CLEO, request.handle_of("U3"))
    async with house.sql.begin() as tx:
        await tx.roles.revoke("T1", "U3", Role.APPROVER)
    await house.executing.after(decided)
    held = await now_of(house, intent)
    assert held.state is IntentState.APPROVED
    assert "does not count any more" in held.reason
    assert house.desk.sent == []


@pytest.mark.parametrize("change", [{"is_guest": True}, {"home_team_id": "T9"}, {"deleted": True}])
async def test_i34_guests_and_outsiders_are_not_asked_and_cannot_approve(
    house: House, change: dict[str, object]
) -> None:
    await desk_with_limits(house)
    house.slack.people["U2"] = actor(user_id="U2", **change)
    intent, request = await asked(house)
    assert [one.person for one in request.asked] == ["U3"]
    house.slack.people["U3"] = actor(user_id="U3", **change)
    with pytest.raises(NotPermitted):
        await house.approvals.approve(house.slack.people["U3"], request.handle_of("U3"))
    assert (await now_of(house, intent)).state is IntentState.AWAITING_APPROVAL


async def test_nobody_eligible_is_said_at_the_preview(any_house: House) -> None:
    """I28: denied with the limit and what would pass, and not left waiting (design decision 7)."""
    house = any_house
    await desk_with_limits(house, approvers=("U1",))
    with pytest.raises(Denied) as no:
        await house.preview(ANA, SAID)
    assert no.value.code == "no_approver"
    assert "$18,750 over $10,000" in no.value.message
    assert "53 or fewer would pass" in no.value.message


async def test_whoever_left_between_preview_and_ask_is_not_waited_for(any_house: House) -> None:
    house = any_house
    await desk_with_limits(house, 2)
    preview = await house.preview(ANA, SAID)
    async with house.sql.begin() as tx:
        await tx.roles.revoke("T1", "U2", Role.APPROVER)
    with pytest.raises(Denied) as no:
        await house.approvals.ask(ANA, preview.handle)
    assert no.value.code == "no_approver"


async def test_a_deputy_decides_in_place_and_only_while_the_principal_may(any_house: House) -> None:
    house = any_house
    await desk_with_limits(house, approvers=("U2", "U1"))
    until = house.clock.now() + timedelta(hours=1)
    async with house.sql.begin() as tx:
        await tx.deputies.put("T1", Deputy("U2", "U4", until))
        await tx.deputies.put(
            "T1", Deputy("U1", "U3", until)
        )  # the requester's own deputy is no second person
    _, request = await asked(house)
    assert [one.person for one in request.asked] == ["U2", "U4"]
    decided = await house.approvals.approve(DAN, request.handle_of("U4"))
    assert decided.request.state is RequestState.APPROVED
    async with house.sql.begin() as tx:
        await tx.roles.revoke("T1", "U2", Role.APPROVER)
    await house.executing.after(decided)
    assert "does not count any more" in (await now_of(house, decided.intent)).reason
    assert house.desk.sent == []


async def test_those_on_the_rota_are_asked_first_and_the_others_after_half_the_time(any_house: House) -> None:
    house = any_house
    await desk_with_limits(house)
    async with house.sql.begin() as tx:
        await tx.deputies.set_rota("T1", "monday", ("U3", "U9"))
    intent, request = await asked(house)
    assert [one.person for one in request.asked] == ["U3"]
    house.clock.advance(15 * 60 - 1)
    assert await house.approvals.lapse_due() == 0
    house.clock.advance(1)
    assert await house.approvals.lapse_due() == 1
    wider = await request_of(house, intent)
    assert [one.person for one in wider.asked] == ["U3", "U2"]
    assert wider.handle_of("U3") == request.handle_of("U3")
    await approved_by(house, wider, "U2")
    await house.answered()
    assert len(house.desk.sent) == 1


# --- no, fewer, and questions --------------------------------------------------------------------


async def test_a_decline_needs_a_reason_and_ends_it(any_house: House) -> None:
    house = any_house
    await desk_with_limits(house, 2)
    intent, request = await asked(house)
    with pytest.raises(ParseError):
        await house.approvals.decline(BEN, request.handle_of("U2"), "  ")
    await house.approvals.decline(BEN, request.handle_of("U2"), "earnings tonight")
    declined = await now_of(house, intent)
    assert (declined.state, declined.reason) == (IntentState.DECLINED, "earnings tonight")
    with pytest.raises(AlreadyHandled):
        await approved_by(house, request, "U3")
    fresh = await house.previews.again(ANA, declined.handle)
    assert fresh.state is IntentState.PREVIEWED


async def test_i31_fewer_are_sent_only_when_the_owner_agrees(any_house: House) -> None:
    """The envelope shrinks, the terms get a new version, and it is that version which the owner confirms."""
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    for wrong in (Decimal(0), Decimal(101), Decimal("1.5")):
        with pytest.raises(ParseError):
            await approved_by(house, request, "U2", quantity=wrong)
    await approved_by(house, request, "U2", quantity=Decimal(40))
    await house.executing.run_due()
    fewer = await now_of(house, intent)
    assert house.desk.sent == []
    assert fewer.terms.legs[0].quantity == 40
    assert fewer.reason.startswith("40 of 100")
    with pytest.raises(AlreadyHandled):
        await house.executing.send(ANA, intent.handle)  # the button of the version before
    await house.executing.send(ANA, fewer.handle)
    await house.answered()
    assert house.desk.sent == [house.desk.compose(fewer.terms, fewer.identifier)]


async def test_i31_a_button_for_a_wider_envelope_is_void(any_house: House) -> None:
    house = any_house
    await desk_with_limits(house, 2)
    intent, request = await asked(house)
    await approved_by(house, request, "U2", quantity=Decimal(40))
    with pytest.raises(AlreadyHandled) as late:
        await approved_by(house, request, "U3")
    assert late.value.code == "older_request"
    narrower = await request_of(house, intent)
    assert narrower.envelope.greatest_quantity == 40
    await approved_by(house, narrower, "U3")
    assert (await now_of(house, intent)).reason_code == "approved_fewer"
    assert house.desk.sent == []


async def test_a_question_is_asked_back_and_answered(any_house: House) -> None:
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    await house.approvals.ask_back(BEN, request.handle_of("U2"), "why now?")
    waiting = await now_of(house, intent)
    assert waiting.approval is not None
    assert (waiting.approval.question, waiting.approval.question_by) == ("why now?", "U2")
    with pytest.raises(AlreadyHandled):
        await house.approvals.ask_back(CLEO, request.handle_of("U3"), "and how?")
    with pytest.raises(NotPermitted):
        await house.approvals.answer(BEN, waiting.handle, "because")
    answered = await house.approvals.answer(ANA, waiting.handle, "volatility is high")
    assert answered.approval is not None
    assert answered.approval.question == ""
    with pytest.raises(AlreadyHandled):
        await house.approvals.answer(ANA, waiting.handle, "again")
    await house.relayed()
    assert any(channel == "DU2" and "volatility is high" in text for channel, text in house.slack.posted)
    await approved_by(house, request, "U2")
    await house.answered()
    assert len(house.desk.sent) == 1


async def test_an_order_that_is_withdrawn_cannot_be_approved(any_house: House) -> None:
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    await house.previews.discard(ANA, intent.handle)
    assert (await request_of(house, intent)).state is RequestState.WITHDRAWN
    with pytest.raises(AlreadyHandled):
        await approved_by(house, request, "U2")
    assert house.desk.sent == []


# --- time ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "sent"), [(30 * 60 - 0.001, 1), (30 * 60, 0)])
async def test_i32_the_end_of_a_request_is_sharp(any_house: House, seconds: float, sent: int) -> None:
    """Also before anybody has noted that it is over."""
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    house.clock.advance(seconds)
    if sent:
        await approved_by(house, request, "U2")
        await house.answered()
    else:
        with pytest.raises(Expired):
            await approved_by(house, request, "U2")
        await house.approvals.lapse_due()
        declined = await now_of(house, intent)
        assert (declined.state, declined.reason_code) == (IntentState.DECLINED, "approval_expired")
        assert await house.approvals.lapse_due() == 0
        await house.relayed()
        assert any(
            channel == "DU1" and "nobody decided in time" in text for channel, text in house.slack.posted
        )
    assert len(house.desk.sent) == sent


async def test_f87_a_clock_that_was_set_back_extends_no_request(any_house: House) -> None:
    """I67."""
    house = any_house
    await desk_with_limits(house)
    _, request = await asked(house)
    house.clock.advance(-3600)
    with pytest.raises(Expired):
        await approved_by(house, request, "U2")


async def test_an_approval_that_was_held_ends_with_its_envelope(any_house: House) -> None:
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    await approved_by(house, request, "U2", quantity=Decimal(1))
    house.clock.advance(45 * 60)
    held = await now_of(house, intent)
    with pytest.raises(Expired):
        await house.executing.send(ANA, held.handle)
    await house.previews.lapse_due()
    assert (await now_of(house, intent)).state is IntentState.LAPSED


# --- outside of the envelope ---------------------------------------------------------------------


async def test_f110_what_has_drifted_outside_goes_back_with_the_difference(any_house: House) -> None:
    """I31, design decision 8: the dry run is repeated; what is still covered is one click away."""
    house = any_house
    house.desk.used = Decimal(19_200)
    await desk_with_limits(house)
    intent, request = await asked(house)
    house.desk.used = Decimal(25_700)
    await approved_by(house, request, "U2")
    held = await now_of(house, intent)
    assert house.desk.sent == []
    assert held.state is IntentState.APPROVED
    assert "buying power used would be $25,700.00, approved up to $20,160.00" in held.reason
    assert held.approval is not None
    assert held.approval.covered == 78
    await house.executing.run_due()
    assert house.desk.sent == []  # it waits for its owner
    house.desk.used = Decimal(20_046)
    await house.executing.send_fewer(ANA, held.handle)
    await house.answered()
    sent = await now_of(house, intent)
    assert sent.terms.legs[0].quantity == 78
    assert house.desk.sent == [house.desk.compose(sent.terms, sent.identifier)]
    with pytest.raises(AlreadyHandled):
        await house.executing.send_fewer(ANA, held.handle)


async def test_f110_still_outside_after_fewer_is_held_again(house: House) -> None:
    house.desk.used = Decimal(19_200)
    await desk_with_limits(house)
    intent, request = await asked(house)
    house.desk.used = Decimal(25_700)
    await approved_by(house, request, "U2")
    held = await now_of(house, intent)
    with pytest.raises(Outside):
        await house.executing.send_fewer(ANA, held.handle)
    again = await now_of(house, intent)
    assert again.state is IntentState.APPROVED
    assert house.desk.sent == []


async def test_asking_again_is_a_new_order_and_the_old_approval_is_void(any_house: House) -> None:
    """F109."""
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    house.desk.used = Decimal(3)
    await approved_by(house, request, "U2")
    held = await now_of(house, intent)
    fresh = await house.previews.again(ANA, held.handle)
    assert fresh.id != intent.id
    assert (await now_of(house, intent)).state is IntentState.DISCARDED
    with pytest.raises(AlreadyHandled):
        await house.executing.send(ANA, held.handle)
    assert house.desk.sent == []


@pytest.mark.parametrize("verdict", [needs(2), replace(needs(), outcome=Outcome.DENIED)])
async def test_a_policy_that_was_tightened_holds_what_was_approved(
    any_house: House, verdict: PolicyVerdict
) -> None:
    """I21."""
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    house.policy.says = lambda _: verdict
    await approved_by(house, request, "U2")
    assert house.desk.sent == []
    assert (await now_of(house, intent)).state is IntentState.APPROVED


async def test_f92_a_halt_stops_what_is_approved(any_house: House) -> None:
    """I25: it is held, and sent by its owner's click after the resume, never by itself."""
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    await house.halts.halt(ANA)
    await approved_by(house, request, "U2")
    held = await now_of(house, intent)
    assert held.reason_code == "halted"
    await house.halts.resume("host")
    await house.executing.run_due()
    assert house.desk.sent == []
    await house.executing.send(ANA, held.handle)
    await house.answered()
    assert len(house.desk.sent) == 1


async def test_what_a_dead_process_left_approved_is_sent_by_the_next(any_house: House) -> None:
    """A crash between the approval and the claim: nothing was sent, and the claim is still free (I1)."""
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    await house.approvals.approve(BEN, request.handle_of("U2"))
    house.store.failures = 1
    assert await house.executing.run_due() == 1
    assert house.desk.sent == []
    assert await house.executing.run_due() == 1
    await house.answered()
    assert len(house.desk.sent) == 1
    assert (await now_of(house, intent)).state is IntentState.WORKING


# --- what is told --------------------------------------------------------------------------------


async def test_each_who_is_asked_has_a_message_that_is_edited_when_it_is_decided(any_house: House) -> None:
    """Two are asked, one decides: no second message, and the one who decided is not told of it."""
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    await house.relayed()
    asked_of = [(c, t) for c, t in house.slack.posted if "asked of you" in t]
    assert {channel for channel, _ in asked_of} == {"DU2", "DU3"}
    assert all("replaces December" in text and "$18,750 over $10,000" in text for _, text in asked_of)
    await approved_by(house, request, "U2")
    await house.answered()
    await house.relayed()
    edited = dict(t for t in house.slack.updated if "Approved" in t[1] and t[0] != "DU1")
    assert "by you" in edited["DU2"]
    assert "Approved by U2" in edited["DU3"]
    assert [c for c, _ in house.slack.posted if c in {"DU2", "DU3"}] == [c for c, _ in asked_of]
    assert any(channel == "DU1" and "Approved: buy" in text for channel, text in house.slack.posted)
    del intent


async def test_f18_a_message_that_was_deleted_is_posted_again_while_the_request_is_open(house: House) -> None:
    await desk_with_limits(house, 2)
    _, request = await asked(house)
    await house.relayed()
    before = [c for c, _ in house.slack.posted].count("DU3")
    house.slack.faults["update"] = [Gone("message_not_found")] * 3
    await approved_by(house, request, "U2")
    await house.relayed()
    assert [c for c, _ in house.slack.posted].count("DU3") == before + 1


async def test_i31_the_price_of_an_approved_order_moves_inside_of_its_envelope_only(any_house: House) -> None:
    house = any_house
    await desk_with_limits(house)
    intent, request = await asked(house)
    await approved_by(house, request, "U2")
    live = order(BrokerStatus.LIVE, 2, identifier=intent.identifier)
    await house.following.learn_of(live, NewsSource.STREAM, ACCOUNT.environment)
    working = await now_of(house, intent)
    with pytest.raises(Denied) as no:
        await house.replacing.step(ANA, working.handle, steps=1)
    assert no.value.code == "outside_envelope"
    assert house.desk.replaces == []
    await house.replacing.step(ANA, working.handle, steps=-1)
    await house.answered()
    assert len(house.desk.replaces) == 1


async def test_what_waits_for_a_person_is_listed_until_they_have_decided(any_house: House) -> None:
    """Nobody sees what others are asked for; a message that was deleted comes anew, once."""
    house = any_house
    await desk_with_limits(house, 2)
    _, request = await asked(house)
    ids = RandomIds(clock=house.clock)
    waiting = WaitingApprovals(store=house.sql, messenger=house.slack, clock=house.clock, ids=ids)
    assert [one.link for one in await waiting.of(BEN)] == [""]  # not posted yet
    await house.relayed()
    assert [(one.request.id, bool(one.link), one.brought) for one in await waiting.of(BEN)] == [
        (request.id, True, False)
    ]
    assert await waiting.of(ANA) == await waiting.of(DAN) == ()
    house.slack.faults["permalink"] = [Transient("not now"), Gone("message_not_found")]
    posted = [channel for channel, _ in house.slack.posted].count("DU2")
    assert [(one.link, one.brought) for one in await waiting.of(BEN)] == [("", False)]
    assert [(one.link, one.brought) for one in await waiting.of(BEN)] == [("", True)]
    await house.relayed()
    assert [channel for channel, _ in house.slack.posted].count("DU2") == posted + 1
    await approved_by(house, request, "U2")
    assert await waiting.of(BEN) == ()
    assert len(await waiting.of(CLEO)) == 1
    house.clock.advance(30 * 60)
    assert await waiting.of(CLEO) == ()
