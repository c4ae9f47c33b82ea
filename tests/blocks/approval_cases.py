"""The cards of approvals: the message of each who is asked, the requester's card, the forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from senexbot.blocks import approval_forms as forms
from senexbot.blocks import orders
from senexbot.blocks.approvals import (
    WaitingRow,
    approval_card,
    deputies_card,
    deputy_named,
    rota_card,
    waiting_list,
)
from senexbot.blocks.kit import Message, Modal
from senexbot.domain.approval import approvals as machine
from senexbot.domain.approval.approvals import ApprovalRequest, Asked, Choice, Decision, RequestState
from senexbot.domain.approval.approvers import Deputy
from senexbot.domain.approval.envelopes import ApprovalMark, envelope_for
from senexbot.domain.news import Buzz
from senexbot.domain.options.payoff import Payoff
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.orders.terms import OrderTerms
from senexbot.domain.policy.verdict import ApprovalNeed, Exposure, Finding, Outcome, PolicyVerdict

from .builders import CARD_LINK, NOW, D, ago, ahead, estimate, intent, put_terms, terms, view

S = IntentState
LOSES = Exposure(greatest_loss=D("5748"))
VERDICT = PolicyVerdict(
    Outcome.NEEDS_APPROVAL,
    findings=(
        Finding("buying_power", "buying_power", Outcome.NEEDS_APPROVAL, "buying power 46 % over 40 %"),
        Finding("products", "products", Outcome.CLEAR, "products"),
    ),
    need=ApprovalNeed(),
)


def request(order: OrderTerms | None = None, exposure: Exposure = LOSES, **changes: Any) -> ApprovalRequest:
    order = order or put_terms()
    envelope = envelope_for(
        order, estimate(buying_power_after=D("65419.44")), exposure, tick=D("0.01"), until=ahead(2700)
    )
    made = ApprovalRequest(
        id="01JDR",
        intent_id="01JDX",
        team_id="T1",
        requester="U00001",
        state=RequestState.OPEN,
        version=1,
        envelope_version=1,
        need=ApprovalNeed(),
        envelope=envelope,
        terms=order,
        breaks=("buying power 46 % over 40 %",),
        reason="IV rank 62, replaces December",
        asked_at=ago(30),
        expires_at=ahead(1770),
        asked=(Asked("U00002", "h2"), Asked("U00003", "h3")),
        view=view("3.40", "3.50", at=ago(31)),
        payoff=Payoff(D(117_000), D(690), (D("586.55"),), up=D(690), down=D(-5748)),
    )
    return replace(made, **changes)


def yes(person: str, quantity: int | None = None) -> Decision:
    return Decision(person, Choice.APPROVE, NOW, None if quantity is None else D(quantity))


def _for(what: ApprovalRequest, who: str = "U00002") -> Message:
    return approval_card(what, who, now=NOW)


def _mine(state: IntentState, **more: Any) -> Message:
    return orders.order_card(asked_intent(state, **more), handle="h-card", now=NOW)


def marked(what: ApprovalRequest | None = None, **changes: Any) -> ApprovalMark:
    return replace(machine.mark(what or request()), **changes)


def asked_intent(state: IntentState, **more: Any) -> Intent:
    values = {"terms": put_terms(), "verdict": VERDICT, "approval": marked(), "version": 2, **more}
    return intent(state, **values)


def approval_cards() -> Mapping[str, Message | Modal]:
    two = request(need=ApprovalNeed(2))
    one_of_two = machine.decide(two, yes("U00002"))
    asking = machine.ask_back(request(), "U00003", "why now?", NOW)
    given = marked(machine.decide(request(), yes("U00002")))
    declined = machine.decide(request(), Decision("U00002", Choice.DECLINE, NOW, reason="earnings tonight"))
    withdrawn = machine.withdraw(request(), NOW)
    expired = machine.expire(request(), ahead(1770))
    assert expired is not None
    return {
        "asked": _for(request()),
        "asked, shares, no reason, nothing else known": _for(
            request(
                terms(), Exposure(), reason="", breaks=(), envelope=_bare(terms()), view=None, payoff=None
            )
        ),
        "asked, one unit at the market, a loss without a cap": _for(
            request(
                put_terms(None),
                Exposure(uncapped=True),
                terms=_one(put_terms(None)),
                envelope=_uncapped(),
                payoff=Payoff(None, D(345)),
            )
        ),
        "asked, price of the shares not known": _for(request(payoff=Payoff(D(1), D(345), up=D(1)))),
        "one of two, approved by you": _for(one_of_two),
        "one of two, for the other": _for(one_of_two, "U00003"),
        "asked back": _for(asking),
        "answered": _for(machine.answer(asking, "volatility is high", NOW)),
        "approved by you": _for(machine.decide(request(), yes("U00002"))),
        "approved by two": _for(machine.decide(one_of_two, yes("U00003", 1)), "U00004"),
        "declined by you": _for(declined),
        "declined": _for(declined, "U00003"),
        "declined itself": _for(expired),
        "withdrawn": _for(withdrawn),
        "preview that needs approval": orders.order_card(
            intent(terms=put_terms(), verdict=VERDICT), handle="h-card", now=NOW
        ),
        "preview that needs two, no words": orders.order_card(
            intent(verdict=PolicyVerdict(Outcome.NEEDS_APPROVAL)), handle="h-card", now=NOW
        ),
        "waiting": _mine(S.AWAITING_APPROVAL),
        "waiting, one of two": _mine(S.AWAITING_APPROVAL, approval=marked(one_of_two)),
        "waiting, asked back": _mine(S.AWAITING_APPROVAL, approval=marked(asking)),
        "waiting, nothing known": _mine(S.AWAITING_APPROVAL, approval=None),
        "approved, sending": _mine(S.APPROVED, approval=given),
        "approved, nothing known": _mine(S.APPROVED, approval=None),
        "approved, over by the clock": _mine(S.APPROVED, approval=given, expires_at=ago(1)),
        "approved for fewer": _mine(
            S.APPROVED,
            terms=_one(put_terms()),
            approval=given,
            reason="1 of 2, send that?",
            reason_code="approved_fewer",
        ),
        "outside, one is covered": _mine(
            S.APPROVED,
            approval=replace(given, covered=D(1)),
            reason="buying power used would be $25,700.00, approved up to $20,160.00",
            reason_code="outside_envelope",
        ),
        "outside, nothing is covered": _mine(
            S.APPROVED,
            approval=given,
            reason="the price would be 3.30 credit, approved from 3.39 credit",
            reason_code="outside_envelope",
        ),
        "approved while halted": _mine(
            S.APPROVED,
            approval=given,
            reason="the desk is halted: no order starts, cancels work",
            reason_code="halted",
        ),
        "held, nothing known": _mine(S.APPROVED, approval=None, reason="not now", reason_code="stopping"),
        "declined, to the requester": _mine(
            S.DECLINED, reason="earnings tonight", approval=marked(declined), reason_code="declined"
        ),
        "declined itself, to the requester": _mine(
            S.DECLINED, reason="nobody decided in time", approval=marked(expired)
        ),
        "declined, no words": _mine(S.DECLINED, approval=None),
        "buzz: approved": _buzz(asked_intent(S.APPROVED, approval=given), Buzz.APPROVED),
        "buzz: approved, and sent since": _buzz(asked_intent(S.WORKING, approval=given), Buzz.APPROVED),
        "buzz: approved for fewer": _buzz(
            asked_intent(S.APPROVED, reason="1 of 2, send that?"), Buzz.APPROVED
        ),
        "buzz: declined": _buzz(asked_intent(S.DECLINED, reason="earnings tonight"), Buzz.DECLINED),
        "buzz: held": _buzz(asked_intent(S.APPROVED, reason="the desk is halted"), Buzz.HELD),
        "buzz: asked back": _buzz(asked_intent(S.AWAITING_APPROVAL, approval=marked(asking)), Buzz.QUESTION),
        "buzz: asked back, answered since": _buzz(asked_intent(S.WORKING, approval=None), Buzz.QUESTION),
        "waiting for you": waiting_list(
            [
                WaitingRow(request(), CARD_LINK),
                WaitingRow(request(need=ApprovalNeed(2), decisions=(yes("U00003"),)), ""),
                WaitingRow(request(expires_at=ahead(90_000)), "", brought=True),
            ],
            now=NOW,
        ),
        "waiting for you, many": waiting_list([WaitingRow(request(), "")] * 23, now=NOW),
        "waiting for you, none": waiting_list([], now=NOW),
        "waiting for you, two mandates": waiting_list([], now=NOW, mandates=2),
        "waiting for you, an order and a mandate": waiting_list(
            [WaitingRow(request(), "")], now=NOW, mandates=1
        ),
        "deputies": deputies_card([Deputy("U00001", "U00002", ahead(90_000))], now=NOW),
        "deputies, many": deputies_card(
            [Deputy("U00001", f"U0000{n}", ahead(60)) for n in range(21)], now=NOW
        ),
        "deputies, none": deputies_card([], now=NOW),
        "deputy named": deputy_named(Deputy("U00001", "U00002", ahead(90_000)), "U00002", now=NOW),
        "deputy no more": deputy_named(None, "U00002", now=NOW),
        "rota": rota_card({"monday": ["U00002", "U00003"], "friday": ["U00002"]}),
        "rota, none": rota_card({}),
        "form: ask": forms.ask_form("h-card", "Buying power 46 % over 40 %: needs 1 approval"),
        "form: decline": forms.decline_form("h2"),
        "form: fewer": forms.fewer_form("h2", D(2)),
        "form: ask back": forms.question_form("h2"),
        "form: answer": forms.answer_form("h-card", "why now?"),
    }


def _buzz(what: Intent, buzz: Buzz) -> Message:
    return orders.order_buzz(what, buzz, link=CARD_LINK)


def _one(order: OrderTerms) -> OrderTerms:
    return replace(order, legs=tuple(replace(leg, quantity=D(1)) for leg in order.legs))


def _bare(order: OrderTerms) -> Any:
    return envelope_for(order, None, Exposure(), tick=view().tick, until=ahead(2700))


def _uncapped() -> Any:
    return envelope_for(_one(put_terms(None)), None, Exposure(uncapped=True), tick=None, until=ahead(2700))
