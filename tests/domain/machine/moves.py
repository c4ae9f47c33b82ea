"""What can happen next: people press, processes sweep, the world changes. How a process goes on from there: commits.py.

Each operation of a process is what a transaction of the desk is: it reads and decides by the desk's own rules (domain:
lifecycle, approvals, approving, approvers, envelopes, halts, policy_assess), and commits by compare-and-set later, so
that anything may happen between. A claim goes on with the create request and its record. Whoever relies on halt, roles or
limits holds them until the commit, as the store's guards do.

All functions are pure; the explorer (explorer.py) asks each question once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

from senexbot.domain.approval import approvals, approving
from senexbot.domain.approval.approvals import COVER, ApprovalRequest, Asked, Choice, Decision
from senexbot.domain.approval.approvers import Candidate, may_approve
from senexbot.domain.approval.envelopes import envelope_for, units, used_buying_power
from senexbot.domain.errors import Denied, Outside, UserError
from senexbot.domain.halts.halts import HaltState, allows
from senexbot.domain.links import Role
from senexbot.domain.orders.broker_orders import BrokerStatus, NotProven
from senexbot.domain.orders.intents import Intent, IntentState, NewsSource
from senexbot.domain.orders.lifecycle import Trigger, absorb, answered, move
from senexbot.domain.policy.clear import require_not_denied
from senexbot.domain.policy.reservations import kept as kept_share
from senexbot.domain.policy.verdict import ApprovalNeed
from tests.domain import builders as b

from .world import (
    CONFIRM,
    MINUTES,
    MOST,
    OTHER,
    OWNER,
    TIMES,
    Around,
    Op,
    Rows,
    Rules,
    dry_run,
    kept,
    reserved,
)

S, T = IntentState, Trigger


# --- the world around ----------------------------------------------------------------------------


def happens(
    around: Around, rules: Rules, *, guarded: bool, claiming: bool, room: bool
) -> Iterator[tuple[str, Around]]:
    """`guarded`: a transaction that has read holds halt and roles; `claiming`: and the reservations. `room`: the limit
    leaves as many as the other order wants."""
    if not guarded or rules.breaks == "no guard":
        for name, state in (
            ("halt", HaltState.HALTED),
            ("reduce", HaltState.REDUCING),
            ("resume", HaltState.ACTIVE),
        ):
            if name in rules.happens and around.halt is not state:
                yield name, around._replace(halt=state)
        if "lose_role" in rules.happens:
            for person in rules.approvers:
                if person not in around.lost:
                    yield f"{person} loses the role", around._replace(lost=around.lost | {person})
    held = claiming and rules.breaks != "no guard"
    fits = room or rules.breaks == "no reservation"
    if "other order" in rules.happens and not around.other and fits and not held:
        yield "other order", around._replace(other=True)
    if "drift" in rules.happens and not around.drifted:
        yield "drift", around._replace(drifted=True)
    if "time" in rules.happens and around.time + 1 < len(TIMES):
        yield "time", around._replace(time=around.time + 1)


def has_room(rows: Rows) -> bool:
    """For the other order beside this one, which holds all of its part while it may be at the broker."""
    if not rows.attempts or not kept_share(reserved(rows.intent), rows.intent, b.NOW).share:
        return True
    return units(rows.attempts[0]) + units(OTHER) <= MOST


# --- begin: read and decide ----------------------------------------------------------------------


def begins(rows: Rows, around: Around, rules: Rules, what: str) -> Iterator[tuple[str, Op]]:
    """A sweep, or a button of every message that was ever shown, pressed as often as one likes: a stale window is a legal
    one, and Slack may deliver twice (I33). What is refused while reading stores nothing."""
    if what in rules.sweeps:
        op = decided(lambda: _swept(rows, around, rules, what))
        if op is not None:
            yield f"sweep: {what}", op
        return
    decides = what in {"approve", "fewer", "decline"}
    newest = rows.intent.terms_version
    if decides:
        newest = rows.request.envelope_version if rows.request is not None else 0
    for seen in range(1, newest + 1):
        for who in (*rules.approvers, OWNER):
            op = decided(lambda who=who, seen=seen: _pressed(rows, around, rules, what, who, seen))  # type: ignore[misc]
            if op is not None:
                yield f"{who} presses {what}@{seen}", op


def decided(work: Callable[[], Op | None]) -> Op | None:
    try:
        op = work()
    except UserError:
        return None
    if op is None:
        return None
    return op._replace(
        after=kept(op.after), request_after=None if op.request_after is None else kept(op.request_after)
    )


def _pressed(rows: Rows, around: Around, rules: Rules, what: str, who: str, seen: int) -> Op | None:
    if what in {"approve", "fewer", "decline"}:
        return _decision(rows, around, rules, what, who, seen)
    intent = rows.intent
    if who != OWNER and rules.breaks != "another's button":
        return None  # services/orders/handles.py: owned_handle
    if seen != intent.terms_version and rules.breaks != "stale button":
        return None  # services/orders/handles.py: same_terms
    op = _owners(rows, around, rules, what, seen)
    return None if op is None else op._replace(who=who, seen=seen)


def _owners(rows: Rows, around: Around, rules: Rules, what: str, seen: int) -> Op | None:
    """What a press of the owner's button of this version does."""
    intent, now = rows.intent, around.now
    match what:
        case "edit":
            return _edit(rows, around, rules, seen)
        case "ask":
            _still_waiting(rows, around, rules)
            request = _request(intent, around, rules)
            after = approving.asked(intent, request)
            return Op("ask", "commit", intent, after, None, request, seen=seen, now=now)
        case "discard":
            after = move(intent, T.DISCARD)
            request_now = rows.request
            if intent.state is S.AWAITING_APPROVAL and request_now and rules.breaks != "no withdrawal":
                gone = approvals.withdraw(request_now, now)
                return Op("discard", "commit", intent, after, request_now, gone, now=now)
            return Op("discard", "commit", intent, after, now=now)
        case "send":
            return claim_of(rows, around, rules, owner=True, seen=seen)
        case _:
            _still_waiting(rows, around, rules)
            smaller = approving.fewer(intent, handle="")
            return Op("send_fewer", "commit", intent, smaller, seen=seen, now=now)


def _still_waiting(rows: Rows, around: Around, rules: Rules) -> None:
    if rules.breaks != "no expiry":
        approving.still_waiting(rows.intent, around.now, confirm=CONFIRM, approval=MINUTES)


def _edit(rows: Rows, around: Around, rules: Rules, seen: int) -> Op | None:
    """services/orders/previews.py: one step of the price makes new terms, a new button and a new time to confirm."""
    intent = rows.intent
    if intent.state is not S.PREVIEWED or intent.terms_version > 1:
        return None  # once is enough to have two versions
    terms = kept(replace(intent.terms, price=Decimal("3.45")))
    verdict = rules.verdict(terms, beside=around.other)
    require_not_denied(verdict)
    after = move(
        intent,
        T.EDIT,
        terms=terms,
        terms_version=intent.terms_version + 1,
        estimate=dry_run(terms, drifted=around.drifted),
        verdict=verdict,
        expires_at=around.now + CONFIRM,
    )
    return Op("edit", "commit", intent, after, seen=seen, now=around.now)


def _decision(rows: Rows, around: Around, rules: Rules, what: str, who: str, seen: int) -> Op | None:
    request = rows.request
    if request is None:
        return None
    if rules.breaks != "stale envelope":
        approvals.same_envelope(request, seen)
    if _refusal(around, who, rules) is not None:
        return None
    choice = Choice.DECLINE if what == "decline" else Choice.APPROVE
    quantity = Decimal(1) if what == "fewer" else None
    after = approvals.decide(request, Decision(who, choice, around.now, quantity, "no"))
    carried = approving.carried(rows.intent, request, after)
    if rules.breaks == "fewer unasked":
        carried = replace(carried, reason="")
    return Op(what, "commit", rows.intent, carried, request, after, seen=seen, now=around.now)


def _refusal(around: Around, person: str, rules: Rules) -> object:
    roles = frozenset() if person in around.lost else frozenset({Role.APPROVER})
    requester = "" if rules.breaks == "own order" else OWNER
    candidate = Candidate(b.actor(user_id=person), roles)
    return may_approve(
        candidate, Role.APPROVER, team_id="T1", requester=requester, requester_customers=frozenset()
    )


def _request(intent: Intent, around: Around, rules: Rules) -> ApprovalRequest:
    ends = around.now + MINUTES
    exposure = rules.verdict(intent.terms).exposure
    envelope = envelope_for(intent.terms, intent.estimate, exposure, tick=Decimal("0.01"), until=ends + COVER)
    return ApprovalRequest(
        id="request1",
        intent_id=intent.id,
        team_id="T1",
        requester=OWNER,
        state=approvals.RequestState.OPEN,
        version=1,
        envelope_version=1,
        need=ApprovalNeed(rules.need or 1),
        envelope=envelope,
        terms=intent.terms,
        breaks=(),
        reason="",
        asked_at=around.now,
        expires_at=ends,
        asked=tuple(Asked(person, "") for person in rules.approvers),
    )


def claim_of(rows: Rows, around: Around, rules: Rules, *, owner: bool, seen: int = 0) -> Op | None:
    """services/orders/sending.py: what the claim's transaction asks; what is outside is held instead (executing.py)."""
    intent, now, request = rows.intent, around.now, rows.request
    _still_waiting(rows, around, rules)
    no = allows(around.halt, intent.terms) if rules.breaks != "no halt" else None
    estimate = dry_run(intent.terms, drifted=around.drifted)
    given = request.given if request else ()
    lost = [person for person in given if _refusal(around, person, rules) is not None]
    if rules.breaks == "lost role":
        lost = []
    try:
        verdict = rules.verdict(intent.terms, beside=around.other)
        approving.permitted(intent, request, verdict, estimate, lost, now)
    except Denied as denied:
        if not isinstance(denied, Outside):
            return None if owner else _held(intent, denied.message, denied.code, None)
        outside = denied
        if rules.breaks != "no envelope":
            return _held(intent, outside.message, outside.code, outside.covered or None)
    if no is not None:
        return None if owner else _held(intent, no.words, no.code, None)
    used = used_buying_power(estimate)
    after = move(intent, T.CONFIRM, claimed_at=now, reason="", reason_code="")
    phase = "post" if rules.breaks == "send before commit" else "commit"
    return Op("claim", phase, intent, after, request, request, owner=owner, seen=seen, now=now, used=used)


def _held(intent: Intent, words: str, code: str, covered: Decimal | None) -> Op | None:
    if intent.state is not S.APPROVED:
        return None
    if intent.reason == words and intent.approval is not None and intent.approval.covered == covered:
        return None
    return Op("hold", "commit", intent, approving.held(intent, words, code, covered))


def _swept(rows: Rows, around: Around, rules: Rules, what: str) -> Op | None:
    intent, now, request = rows.intent, around.now, rows.request
    match what:
        case "expire":
            over = approvals.expire(request, now) if request else None
            if request is None or over is None:
                return None
            return Op(what, "commit", intent, approving.carried(intent, request, over), request, over)
        case "run_due":
            return claim_of(rows, around, rules, owner=False) if approving.sends_itself(intent) else None
        case "lapse":
            waits = intent.state in {S.PREVIEWED, S.APPROVED} and intent.expires_at <= now
            return Op(what, "commit", intent, move(intent, T.LAPSE)) if waits else None
        case "recover":
            if intent.state is not S.CLAIMED:
                return None
            if rules.breaks == "recovery sends":
                return Op("claim", "post", intent, intent, request, request, now=now)
            after = answered(intent, NotProven("the process is gone"), now)
            return None if after is None else Op(what, "commit", intent, after)
        case _:
            return _look(rows, around)


def _look(rows: Rows, around: Around) -> Op | None:
    """The broker's list: an order with our identifier is found from whatever state; else it is presumed not there."""
    intent = rows.intent
    if rows.at_broker:
        seen = b.order(BrokerStatus.LIVE, 1, identifier=intent.identifier, quantity=2)
        after = absorb(intent, seen, NewsSource.SWEEP, around.now)
        return None if after is None else Op("look", "commit", intent, after)
    return Op("presume", "commit", intent, move(intent, T.PRESUME)) if intent.state is S.UNKNOWN else None
