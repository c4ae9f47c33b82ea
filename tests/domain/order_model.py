"""A model of one order that needs approval: people, two processes and faults, stepped through the real rules.

A world is a value; `steps` gives every world that can follow. Each operation of a process is what a transaction of the
desk is: it reads and decides (by domain/lifecycle, approvals, approving, approvers, halts), and commits by
compare-and-set later, so that anything may happen between. A claim goes on with the create request and its record.
Whoever relies on halt or roles holds them until the commit, as the store's guards do.

`Broken` is raised by the judge, which looks at what was stored and what the broker got, and at nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

from senexbot.domain import approvals, approving
from senexbot.domain.approvals import COVER, ApprovalRequest, Asked, Choice, Decision, RequestState
from senexbot.domain.approvers import Candidate, may_approve
from senexbot.domain.envelopes import envelope_for, units, used_buying_power
from senexbot.domain.errors import AlreadyHandled, Denied, Outside, UserError
from senexbot.domain.halts import HaltState, allows
from senexbot.domain.lifecycle import Trigger, absorb, answered, move
from senexbot.domain.links import Role
from senexbot.domain.orders import (
    Accepted,
    BrokerStatus,
    Intent,
    IntentState,
    NewsSource,
    NotProven,
    NotSent,
    PlaceOutcome,
    RefusedByBroker,
)
from senexbot.domain.policy import DESK, Approvers, Limit, Policy, RuleName, Subject
from senexbot.domain.policy_assess import assess
from senexbot.domain.policy_input import PolicyInput
from senexbot.domain.policy_measures import OrderMarket
from senexbot.domain.reservations import kept as kept_share
from senexbot.domain.reservations import reserve
from senexbot.domain.terms import Action, Estimate, OrderTerms
from senexbot.domain.verdict import ApprovalNeed, Exposure, PolicyVerdict

from . import builders as b

V = TypeVar("V")
OWNER = "U1"
MINUTES = timedelta(minutes=30)
CONFIRM = timedelta(seconds=120)
# Four moments: asked, the request is over, the approval is over.
TIMES = (b.after(1), b.after(0) + MINUTES, b.after(0) + MINUTES + COVER)
TERMS = b.terms(Action.SELL_TO_OPEN, 2, "3.46", instrument=b.option())
S, T = IntentState, Trigger


class Broken(AssertionError):
    """An invariant does not hold."""


class Press(NamedTuple):
    """A button, as somebody saw it: `seen` is the version of the terms, or of the envelope, on that message."""

    what: str
    who: str
    seen: int


class Op(NamedTuple):
    """What one process is at. `phase`: what happens to it next."""

    what: str
    phase: str  # commit, post, record
    before: Intent
    after: Intent
    request_before: ApprovalRequest | None = None
    request_after: ApprovalRequest | None = None
    owner: bool = False  # the claim was begun by the owner's click on these terms
    now: datetime = b.NOW
    used: Decimal | None = None  # of the buying power, by the dry run that the claim rests on
    outcome: PlaceOutcome | None = None
    then: str = ""  # goes on with this after the commit


_KEPT: dict[object, Any] = {}


def kept(value: V) -> V:
    """The one object that stands for all equal ones: worlds are told apart by identity, which is quick."""
    return cast("V", _KEPT.setdefault(value, value))


def _op_key(op: Op) -> tuple[Any, ...]:
    rows = (op.before, op.after, op.request_before, op.request_after)
    used = 0 if op.used is None else int(op.used)
    return (op.what, op.phase, *map(id, rows), op.owner, op.now, used, OUTCOME_NAMES[op.outcome], op.then)


@dataclass(frozen=True, eq=False, slots=True)
class World:
    intent: Intent
    request: ApprovalRequest | None = None
    attempts: tuple[OrderTerms, ...] = ()
    halted: bool = False
    lost_role: bool = False  # the first approver has lost it
    drifted: bool = False  # margins have grown: one unit fits, two do not
    time: int = 0
    created: tuple[OrderTerms, ...] = ()  # the judge: every create request that began
    at_broker: bool = False
    ops: tuple[Op, ...] = ()
    pressed: frozenset[Press] = frozenset()
    faults: int = 0
    other: bool = False  # another order has been claimed, and holds its part of the limit
    confirmed: frozenset[int] = frozenset()  # versions of the terms that the owner has confirmed
    claims: int = 0

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for equal worlds, and for no others."""
        return (
            id(self.intent),
            id(self.request),
            tuple(map(id, self.attempts)),
            tuple(map(id, self.created)),
            tuple(map(_op_key, self.ops)),
            self.halted,
            self.lost_role,
            self.drifted,
            self.time,
            self.at_broker,
            self.other,
            self.pressed,
            self.faults,
            self.confirmed,
            self.claims,
        )


@dataclass(frozen=True)
class Rules:
    """How the world is set up; what is broken on purpose, to see that the judge sees it."""

    approvers: tuple[str, ...] = ("U2",)
    need: int = 1
    faults: int = 3
    processes: int = 2
    presses: tuple[str, ...] = ("ask", "approve", "fewer", "decline", "discard", "send", "send_fewer")
    breaks: str = ""
    sweeps: tuple[str, ...] = ("expire", "run_due", "lapse", "recover", "look")
    happens: tuple[str, ...] = ("halt", "lose_role", "drift", "time", "other order")

    def verdict(self, terms: OrderTerms, *, beside: bool = False) -> PolicyVerdict:
        """The policy's own (domain/policy_assess.py). `beside`: the other order holds its part of the limit."""
        return _assessed(terms, self.need, beside=beside and self.breaks != "no reservation")


MOST = Decimal(3)  # contracts of all orders together; each of the two orders has 2
OTHER = b.terms(Action.SELL_TO_OPEN, 2, "2.10", instrument=b.option())


@cache
def _assessed(terms: OrderTerms, need: int, *, beside: bool) -> PolicyVerdict:
    """Any contract needs an approval, more than MOST together are denied."""
    policy = Policy()
    for rule, value in ((RuleName.CONTRACTS, Limit(Decimal(0), MOST)), (RuleName.APPROVERS, Approvers(need))):
        policy = policy.with_setting(rule, DESK, value)
    subject = Subject(OWNER, frozenset({Role.TRADER}), terms.account)
    market = OrderMarket(Decimal("3.40"), Decimal("3.50"), Decimal("3.45"), usable=True)
    held = reserve(replace(b.intent(terms=OTHER), id="other"), Exposure(contracts=Decimal(2)), b.NOW, b.TODAY)
    facts = PolicyInput(
        terms=terms,
        subject=subject,
        now=b.NOW,
        local=b.NOW,
        market=market,
        balances=None,
        positions=(),
        ours=(held,) if beside else (),
        estimate=_dry_run(terms, drifted=False),
        estimated=True,
    )
    return assess(policy, facts)


def start(rules: Rules) -> World:
    """A preview that needs approval, with nothing pressed yet."""
    return World(
        kept(b.intent(terms=TERMS, estimate=_dry_run(TERMS, drifted=False), verdict=rules.verdict(TERMS)))
    )


def _dry_run(terms: OrderTerms, *, drifted: bool) -> Estimate:
    each = Decimal(12_850) if drifted else Decimal(9_600)
    before = Decimal(100_000)
    return Estimate(Decimal(1), Decimal(0), before, before - each * units(terms), (), b.NOW)


# --- what may happen next ------------------------------------------------------------------------


def steps(world: World, rules: Rules) -> Iterator[tuple[str, World]]:
    """Each thing that may happen next, by name."""
    for index, op in enumerate(world.ops):
        rest = world.ops[:index] + world.ops[index + 1 :]
        yield from _go_on(world, rules, op, rest)
        if world.faults < rules.faults:
            yield f"crash in {op.what} before {op.phase}", _with(world, rest, faults=world.faults + 1)
    if len(world.ops) < rules.processes:
        yield from _begin(world, rules)
    yield from _happen(world, rules)


def _holds(intent: Intent) -> bool:
    """Whether a claimed order still holds its part: all of it while it may be at the broker."""
    return bool(kept_share(reserve(intent, Exposure(), b.NOW, b.TODAY), intent, b.NOW).share)


def _with(world: World, ops: tuple[Op, ...], **changes: object) -> World:
    """Processes are alike: what they are at is kept in one order."""
    return replace(world, ops=tuple(sorted(ops, key=_op_key)) if len(ops) > 1 else ops, **changes)  # type: ignore[arg-type]


def _happen(world: World, rules: Rules) -> Iterator[tuple[str, World]]:
    guarded = any(op.phase == "commit" for op in world.ops)  # a reader's guard is held until its commit
    if "halt" in rules.happens and not world.halted and (not guarded or rules.breaks == "no guard"):
        yield "halt", replace(world, halted=True)
    if "lose_role" in rules.happens and not world.lost_role and (not guarded or rules.breaks == "no guard"):
        yield "lose_role", replace(world, lost_role=True)
    # Claims wait for one another at the reservations they read (store/policies.py).
    claiming = any(op.what == "claim" and op.phase == "commit" for op in world.ops)
    if "other order" in rules.happens and not world.other and (not claiming or rules.breaks == "no guard"):
        ours = world.attempts[0] if world.attempts and _holds(world.intent) else None
        if ours is None or units(ours) + units(OTHER) <= MOST or rules.breaks == "no reservation":
            yield "other order", replace(world, other=True)
    if "drift" in rules.happens and not world.drifted:
        yield "drift", replace(world, drifted=True)
    if "time" in rules.happens and world.time + 1 < len(TIMES):
        yield "time", replace(world, time=world.time + 1)


def _begin(world: World, rules: Rules) -> Iterator[tuple[str, World]]:
    for press in _buttons(world, rules):
        again = press in world.pressed
        if again and world.faults >= rules.faults:
            continue
        op = _try(lambda press=press: _pressed(world, rules, press))  # type: ignore[misc]
        if op is None:
            continue  # refused while reading: nothing is stored
        changed = _with(world, (*world.ops, op), pressed=world.pressed | {press}, faults=world.faults + again)
        yield f"{press.who} presses {press.what}@{press.seen}{' again' if again else ''}", changed
    for what in rules.sweeps:
        late = what == "recover" and any(op.phase in {"post", "record"} for op in world.ops)
        if late and world.faults >= rules.faults:
            continue  # a process that is frozen with a claim in hand is a fault
        op = _try(lambda what=what: _swept(world, rules, what))  # type: ignore[misc]
        if op is not None and not any(_same(op, other) for other in world.ops):
            yield f"sweep: {what}", _with(world, (*world.ops, op), faults=world.faults + late)


def _same(op: Op, other: Op) -> bool:
    return (op.what, op.phase, op.before) == (other.what, other.phase, other.before)


def _buttons(world: World, rules: Rules) -> Iterator[Press]:
    """Every message that was ever shown may still be looked at: a stale window is a legal one."""
    for what in rules.presses:
        if what in {"approve", "fewer", "decline"}:
            if world.request is not None:
                for seen in range(1, world.request.envelope_version + 1):
                    yield from (Press(what, who, seen) for who in (*rules.approvers, OWNER))
        else:
            for seen in range(1, world.intent.terms_version + 1):
                yield Press(what, OWNER, seen)


def _try(work: Callable[[], Op | None]) -> Op | None:
    try:
        op = work()
    except UserError:
        return None
    if op is None:
        return None
    return op._replace(
        after=kept(op.after), request_after=None if op.request_after is None else kept(op.request_after)
    )


# --- transactions: read and decide ---------------------------------------------------------------


def _pressed(world: World, rules: Rules, press: Press) -> Op | None:
    intent, now = world.intent, TIMES[world.time]
    if press.what in {"approve", "fewer", "decline"}:
        return _decision(world, rules, press, now)
    if press.seen != intent.terms_version:
        return None  # services/handles.py: same_terms
    match press.what:
        case "ask":
            approving.still_waiting(intent, now, confirm=CONFIRM, approval=MINUTES)
            request = _request(intent, rules)
            return Op("ask", "commit", intent, approving.asked(intent, request), None, request, now=now)
        case "discard":
            after = move(intent, T.DISCARD)
            request = world.request
            if (
                intent.state is S.AWAITING_APPROVAL
                and request is not None
                and rules.breaks != "no withdrawal"
            ):
                return Op("discard", "commit", intent, after, request, approvals.withdraw(request, now))
            return Op("discard", "commit", intent, after)
        case "send":
            return _claim(world, rules, owner=True)
        case _:
            approving.still_waiting(intent, now, confirm=CONFIRM, approval=MINUTES)
            return Op("send_fewer", "commit", intent, approving.fewer(intent, handle=""), then="send")


def _decision(world: World, rules: Rules, press: Press, now: datetime) -> Op | None:
    request = world.request
    if request is None:
        return None
    approvals.same_envelope(request, press.seen)
    if _refusal(world, press.who, rules) is not None:
        return None
    choice = Choice.DECLINE if press.what == "decline" else Choice.APPROVE
    quantity = Decimal(1) if press.what == "fewer" else None
    after = approvals.decide(request, Decision(press.who, choice, now, quantity, "no"))
    carried = approving.carried(world.intent, request, after)
    if rules.breaks == "fewer unasked":
        carried = replace(carried, reason="")
    return Op(press.what, "commit", world.intent, carried, request, after, now=now)


def _refusal(world: World, person: str, rules: Rules) -> object:
    lost = world.lost_role and person == rules.approvers[0]
    candidate = Candidate(b.actor(user_id=person), frozenset() if lost else frozenset({Role.APPROVER}))
    requester = "" if rules.breaks == "own order" else OWNER
    return may_approve(
        candidate, Role.APPROVER, team_id="T1", requester=requester, requester_customers=frozenset()
    )


def _request(intent: Intent, rules: Rules) -> ApprovalRequest:
    ends = b.NOW + MINUTES
    return ApprovalRequest(
        id="request1",
        intent_id=intent.id,
        team_id="T1",
        requester=OWNER,
        state=RequestState.OPEN,
        version=1,
        envelope_version=1,
        need=ApprovalNeed(rules.need),
        envelope=envelope_for(
            intent.terms,
            intent.estimate,
            rules.verdict(intent.terms).exposure,
            tick=Decimal("0.01"),
            until=ends + COVER,
        ),
        terms=intent.terms,
        breaks=(),
        reason="",
        asked_at=b.NOW,
        expires_at=ends,
        asked=tuple(Asked(person, "") for person in rules.approvers),
    )


def _claim(world: World, rules: Rules, *, owner: bool) -> Op | None:
    """services/sending.py: what the claim's transaction asks; what is outside is held instead (executing.py)."""
    intent, now, request = world.intent, TIMES[world.time], world.request
    approving.still_waiting(intent, now, confirm=CONFIRM, approval=MINUTES)
    no = allows(HaltState.HALTED if world.halted else HaltState.ACTIVE, intent.terms)
    estimate = _dry_run(intent.terms, drifted=world.drifted)
    given = request.given if request else ()
    lost = [person for person in given if _refusal(world, person, rules) is not None]
    if rules.breaks == "lost role":
        lost = []
    try:
        approving.permitted(
            intent, request, rules.verdict(intent.terms, beside=world.other), estimate, lost, now
        )
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
    return Op("claim", "commit", intent, after, request, request, owner, now, used, then="post")


def _held(intent: Intent, words: str, code: str, covered: Decimal | None) -> Op | None:
    if intent.reason == words and intent.approval is not None and intent.approval.covered == covered:
        return None
    return Op("hold", "commit", intent, approving.held(intent, words, code, covered))


def _swept(world: World, rules: Rules, what: str) -> Op | None:
    intent, now, request = world.intent, TIMES[world.time], world.request
    match what:
        case "expire":
            over = approvals.expire(request, now) if request else None
            if request is None or over is None:
                return None
            return Op(what, "commit", intent, approving.carried(intent, request, over), request, over)
        case "run_due":
            return _claim(world, rules, owner=False) if approving.sends_itself(intent) else None
        case "lapse":
            waits = intent.state in {S.PREVIEWED, S.APPROVED} and intent.expires_at <= now
            return Op(what, "commit", intent, move(intent, T.LAPSE)) if waits else None
        case "recover":
            if intent.state is not S.CLAIMED:
                return None
            after = answered(intent, NotProven("the process is gone"), now)
            return None if after is None else Op(what, "commit", intent, after)
        case _:
            return _look(world, now)


def _look(world: World, now: datetime) -> Op | None:
    """The broker's list: an order with our identifier is found from whatever state; else it is presumed not there."""
    intent = world.intent
    if world.at_broker:
        seen = b.order(BrokerStatus.LIVE, 1, identifier=intent.identifier, quantity=2)
        after = absorb(intent, seen, NewsSource.SWEEP, now)
        return None if after is None else Op("look", "commit", intent, after)
    if intent.state is S.UNKNOWN and not any(op.phase == "post" for op in world.ops):
        return Op("look", "commit", intent, move(intent, T.PRESUME))
    return None


# --- commit, post, record ------------------------------------------------------------------------


def _go_on(world: World, rules: Rules, op: Op, rest: tuple[Op, ...]) -> Iterator[tuple[str, World]]:
    match op.phase:
        case "commit":
            yield f"{op.what} commits", _commit(world, rules, op, rest)
        case "post":
            for name, outcome, there in OUTCOMES:
                lost = isinstance(outcome, NotProven)
                if lost and world.faults >= rules.faults:
                    continue
                ops = (*rest, op._replace(phase="record", outcome=outcome))
                changed = _with(world, ops, faults=world.faults + lost, at_broker=there or world.at_broker)
                yield name, replace(changed, created=(*world.created, kept(op.after.terms)))
        case _:
            after = None
            try:
                after = answered(world.intent, op.outcome, op.now) if op.outcome is not None else None
            except AlreadyHandled:
                pass  # the broker's own news was faster, or the outcome was settled
            yield "the answer is recorded", _with(world, rest, intent=kept(after) if after else world.intent)


OUTCOMES: tuple[tuple[str, PlaceOutcome, bool], ...] = (
    ("accepted", Accepted(7, None), True),
    ("refused", RefusedByBroker("no", "no", 422), False),
    ("not sent", NotSent("no connection"), False),
    ("answer lost, order there", NotProven("lost"), True),
    ("answer lost, no order", NotProven("lost"), False),
)


OUTCOME_NAMES: dict[PlaceOutcome | None, str] = {outcome: name for name, outcome, _ in OUTCOMES} | {None: ""}


def _commit(world: World, rules: Rules, op: Op, rest: tuple[Op, ...]) -> World:
    stale = op.before.version != world.intent.version
    if op.request_after is not op.request_before:
        current = world.request.version if world.request else 0
        stale |= current != (op.request_before.version if op.request_before else 0)
    if stale and rules.breaks != "no compare-and-set":
        return _with(world, rest)  # the store says Stale: nothing is stored
    request = op.request_after if op.request_after is not None else world.request
    changed = _with(world, rest, intent=op.after, request=request)
    if op.what == "ask":
        changed = replace(changed, confirmed=changed.confirmed | {op.after.terms_version})
    elif op.what == "send_fewer":
        changed = replace(changed, confirmed=changed.confirmed | {op.after.terms_version})
        following = _try(lambda: _claim(changed, rules, owner=True))
        return changed if following is None else _with(changed, (*rest, following))
    elif op.what == "claim":
        if world.attempts and rules.breaks != "no compare-and-set":
            return _with(world, rest)  # the attempt's unique row
        confirmed = changed.confirmed | ({op.after.terms_version} if op.owner else set())
        attempts = (*world.attempts, kept(op.after.terms))
        changed = replace(changed, confirmed=confirmed, attempts=attempts, claims=world.claims + 1)
        _judge_claim(world, changed, rules, op)
        return _with(changed, (*rest, op._replace(phase="post")))
    return changed


# --- the judge -----------------------------------------------------------------------------------


def _judge_claim(before: World, after: World, rules: Rules, op: Op) -> None:
    """What must be true at the moment a claim is committed; told from the stored rows and the desk's true state."""
    request, terms = before.request, op.after.terms
    _require(before.intent.state in {S.PREVIEWED, S.APPROVED}, "I3: claimed from a state that is not ready")
    _require(not before.halted, "I25: claimed while halted")
    _require(request is not None and request.state is RequestState.APPROVED, "I21: nobody has approved it")
    assert request is not None
    given = {d.person for d in request.decisions if d.choice is Choice.APPROVE}
    _require(OWNER not in given, "I28: approved by its owner")
    able = {person for person in given if not (before.lost_role and person == rules.approvers[0])}
    _require(len(able) >= rules.need, "I28, I29: too few who may approve it now")
    _require(op.after.terms_version in after.confirmed, "I31: terms that their owner has not confirmed")
    most = min(d.quantity or Decimal(0) for d in request.decisions if d.choice is Choice.APPROVE)
    _require(units(terms) <= most, "I31: more than was approved")
    _require(
        terms.price == TERMS.price and terms.legs[0].symbol == TERMS.legs[0].symbol, "I31: another order"
    )
    together = units(terms) + (units(OTHER) if before.other else 0)
    _require(together <= MOST, "I23: together more than the limit")
    room = Decimal(20_160) * most / 2
    _require(op.used is not None and op.used <= room, "I31: more buying power than was approved")
    _require(op.now < request.envelope.until, "I32: after the approval has ended")


def judge(world: World) -> None:
    """What must be true of every world."""
    intent, request = world.intent, world.request
    _require(world.claims <= 1, "I3: claimed twice")
    _require(len(world.attempts) <= 1, "I1: two attempts")
    _require(len(world.created) <= 1, "I1, I4, I7: a second create request")
    _require(world.created == world.attempts[: len(world.created)], "I2, I6: sent what was not stored")
    if world.created:
        _require(intent.identifier == b.intent().identifier, "I5: another identifier")
    if intent.state in {S.DISCARDED, S.LAPSED, S.DECLINED}:
        _require(not world.attempts, "I32: sent although it was over")
    if intent.state in {S.NOT_SENT, S.REFUSED}:
        _require(not world.at_broker, "I8: called not placed although the broker has it")
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
