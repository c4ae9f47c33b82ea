"""What must be true. The judge looks at what is stored, at what the broker got and at what people saw, and at no rule."""

from __future__ import annotations

from decimal import Decimal

from senexbot.domain.approval.approvals import Choice, RequestState
from senexbot.domain.approval.envelopes import units
from senexbot.domain.halts.halts import HaltState
from senexbot.domain.orders.intents import IntentState
from tests.domain import builders as b

from .world import MOST, OTHER, OWNER, TERMS, Around, Broken, Op, Rows, Rules

S = IntentState


def judge_claim(before: Rows, after: Rows, around: Around, rules: Rules, op: Op) -> None:
    """At the moment a claim is committed: told from the stored rows and the desk's true state."""
    terms = op.after.terms
    _require(before.intent.state in {S.PREVIEWED, S.APPROVED}, "I3: claimed from a state that is not ready")
    _require(around.halt is HaltState.ACTIVE, "I25: claimed while halted")
    _require(op.now < before.intent.expires_at, "I32: after its time was over")
    _require(
        terms in [after.shown[v - 1].terms for v in after.confirmed],
        "I31: terms that their owner has not confirmed",
    )
    _require(terms.legs[0].symbol == TERMS.legs[0].symbol, "I31: another order")
    together = units(terms) + (units(OTHER) if around.other else 0)
    _require(together <= MOST, "I23: together more than the limit")
    if rules.need:
        _judge_approval(before, around, rules, op)


def _judge_approval(before: Rows, around: Around, rules: Rules, op: Op) -> None:
    request = before.request
    approved = request is not None and request.state is RequestState.APPROVED
    _require(approved, "I21: nobody has approved it")
    assert request is not None
    yes = [d for d in request.decisions if d.choice is Choice.APPROVE]
    given = {d.person for d in yes}
    _require(OWNER not in given, "I28: approved by its owner")
    _require(len(given - around.lost) >= rules.need, "I28, I29: too few who may approve it now")
    most = min(d.quantity or Decimal(0) for d in yes)
    asked = units(request.terms)
    _require(units(op.after.terms) <= most, "I31: more than was approved")
    _require(op.after.terms.price == request.terms.price, "I31: another price than was approved")
    told = next(shown.used for shown in before.shown if shown.terms == request.terms)
    room = (
        (told or Decimal(0)) * Decimal("1.05") * most / asked
    )  # a twentieth more is the envelope's tolerance
    _require(op.used is not None and op.used <= room, "I31: more buying power than was approved")
    _require(op.now < request.envelope.until, "I32: after the approval has ended")


def judge_press(op: Op) -> None:
    """At the moment what a press of one of the owner's buttons led to is stored."""
    if op.who:
        _require(op.who == OWNER, "I30: another person's press changed the order")
        _require(op.seen == op.before.terms_version, "I30: a button of an older version changed the order")


def judge_decision(op: Op) -> None:
    before = op.request_before
    known = before is not None and op.seen == before.envelope_version
    _require(known, "I31: decided on an envelope that was changed since it was seen")


def judge_request(rows: Rows) -> None:
    """At the moment a create request begins."""
    _require(len(rows.created) <= 1, "I1, I4, I7: a second create request")
    _require(rows.created == rows.attempts[: len(rows.created)], "I2, I6: sent what was not stored")


def judge(rows: Rows) -> None:
    """What must be true of all that is ever stored."""
    intent, request = rows.intent, rows.request
    _require(rows.claims <= 1, "I3: claimed twice")
    _require(len(rows.attempts) <= 1, "I1: two attempts")
    judge_request(rows)
    if rows.created:
        _require(intent.identifier == b.intent().identifier, "I5: another identifier")
    if intent.state in {S.DISCARDED, S.LAPSED, S.DECLINED}:
        _require(not rows.attempts, "I32: sent although it was over")
    if intent.state in {S.NOT_SENT, S.REFUSED}:
        _require(not rows.at_broker, "I8: called not placed although the broker has it")
    if request is None:
        return
    people = [d.person for d in request.decisions]
    _require(len(people) == len(set(people)), "I33: one person has decided twice")
    _require(all(d.at < request.expires_at for d in request.decisions), "I32: decided when it was over")
    waits = intent.state is S.AWAITING_APPROVAL
    _require(waits == (request.state is RequestState.OPEN), "I29: request and order do not agree")


def _require(holds: bool, words: str) -> None:
    if not holds:
        raise Broken(words)
