"""The cards of mandates: each person's message in each state, the list, and what an order's card says of one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from senexbot.blocks import approval_forms as forms
from senexbot.blocks import mandates as blocks
from senexbot.blocks import orders, policy
from senexbot.blocks.actions import CallbackId
from senexbot.blocks.kit import Message, Modal
from senexbot.domain.approval import approvals as machine
from senexbot.domain.approval.approvals import Asked, Choice, Decision, RequestState
from senexbot.domain.approval.mandates import End, Mandate, MandateRow, Used, closed, decided
from senexbot.domain.approval.mandates_parsing import parse_mandate
from senexbot.domain.approval.mandates_terms import MandateMark, mandate_text
from senexbot.domain.links import Environment
from senexbot.domain.policy.verdict import ApprovalNeed

from .approval_cases import VERDICT
from .builders import NOW, D, ago, ahead, intent, put_terms, strangle

TODAY = NOW.date()
STRANGLES = "at most 10 short SPY strangles a day at 16 delta or less until friday"
LONG = (
    "at most 10,000 short SPY iron butterflies a day at 16.5 delta or less for 1.25 credit or better "
    "notional 1500000 a day loss 250000 an order in 0001 until friday 12:00"
)


def mandate(text: str = STRANGLES, **changes: Any) -> Mandate:
    terms = parse_mandate(text, TODAY).terms
    made = Mandate(
        id="01JDM",
        team_id="T1",
        requester="U00001",
        state=RequestState.OPEN,
        version=1,
        envelope_version=1,
        need=ApprovalNeed(),
        reason="theta week",
        asked_at=ago(30),
        expires_at=ahead(1770),
        asked=(Asked("U00002", "h2"), Asked("U00003", "h3")),
        environment=Environment.PRACTICE,
        account="5WT00001",
        terms=terms,
        text=mandate_text(terms),
        grammar=1,
        ends_at=NOW + timedelta(days=4),
        holder_handle="h1",
    )
    return replace(made, **changes)


def granted(text: str = STRANGLES, **changes: Any) -> Mandate:
    return replace(decided(mandate(text), Decision("U00002", Choice.APPROVE, ago(10))), **changes)


def _to(made: Mandate, who: str = "U00002") -> Message:
    return blocks.mandate_card(made, who, now=NOW)


def mandate_cards() -> Mapping[str, Message | Modal]:
    used = granted(today=Used(TODAY, D(3), D(1), D(1), 2, ago(60)))
    over = {end: closed(used, end, "U00001" if end is End.REVOKED else "bot", NOW) for end in End}
    two = replace(mandate(), need=ApprovalNeed(2))
    one_of_two = decided(two, Decision("U00003", Choice.APPROVE, NOW))
    no = decided(mandate(), Decision("U00002", Choice.DECLINE, NOW, reason="earnings on Thursday"))
    late = machine.expire(mandate(), ahead(1770))
    assert late is not None
    proposed = mandate(proposed_by="U00002", reason="", asked=(Asked("U00002", "h2"),))
    return {
        "asked": _to(mandate()),
        "asked, everything said": _to(mandate(LONG)),
        "asked, shares, no reason": _to(mandate("at most 500 AAPL shares a day until friday", reason="")),
        "asked, to its holder": _to(mandate(), "U00001"),
        "asked, one of two, by you": _to(one_of_two, "U00003"),
        "asked, one of two, by another": _to(one_of_two),
        "proposed, to who proposes it": _to(proposed),
        "proposed, to another": _to(
            replace(proposed, asked=(*proposed.asked, Asked("U00003", "h3"))), "U00003"
        ),
        "granted, to who granted it": _to(granted()),
        "granted, used": _to(used),
        "granted, used, no time known": _to(replace(used, today=Used(TODAY, D(3), orders=1))),
        "granted, to its holder": _to(used, "U00001"),
        "granted, to who was asked too": _to(used, "U00003"),
        "revoked by its holder": _to(over[End.REVOKED]),
        "revoked by you": _to(over[End.REVOKED], "U00001"),
        "over": _to(over[End.OVER]),
        "ended by a halt": _to(over[End.HALTED], "U00001"),
        "declined by you": _to(no),
        "declined, to its holder": _to(no, "U00001"),
        "declined itself": _to(late),
        "withdrawn": _to(machine.withdraw(mandate(), NOW)),
        "answered: asked": blocks.answered(mandate(), "U00001"),
        "answered: prepared": blocks.answered(proposed, "U00002"),
        "list": blocks.mandates_card(
            [
                MandateRow(used, "h1"),
                MandateRow(granted(LONG)),
                MandateRow(
                    granted(), "h5", ("who granted it may not any more: approving needs the role approver",)
                ),
                MandateRow(mandate(), "h6"),
                MandateRow(mandate(), "h2", may_grant=True),
            ],
            now=NOW,
        ),
        "list, many": blocks.mandates_card([MandateRow(used, "h1")] * 14, now=NOW),
        "list, one": blocks.mandates_card([MandateRow(used, "h1")], now=NOW),
        "list, none": blocks.mandates_card([], now=NOW),
        "form: decline": forms.decline_form("h2", CallbackId.MANDATE_DECLINE),
        **_orders(),
    }


def _orders() -> dict[str, Message]:
    mark = MandateMark("01JDM", ("U00002", "U00003"), NOW + timedelta(days=4), D(10), D(3))
    why = "10 of 10 are used today"
    return {
        "preview that is covered": orders.order_card(
            intent(terms=strangle(), verdict=VERDICT, mandate=mark), handle="h-card", now=NOW
        ),
        "preview that is not covered any more": orders.order_card(
            intent(terms=strangle(), verdict=VERDICT, uncovered=why), handle="h-card", now=NOW
        ),
        "tested: covered": policy.explained(put_terms(), VERDICT, ("U00002",), mark, now=NOW),
        "tested: not covered": policy.explained(put_terms(), VERDICT, ("U00002",), None, why, now=NOW),
    }
