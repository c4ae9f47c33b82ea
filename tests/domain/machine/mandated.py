"""A mandate and the orders that it covers: two processes claim them while it is revoked, halted, or its day is used up.

Each claim reads rights, halts, the mandate and the day's uses and commits as services/approval/mandate_check.py does, by the desk's
own rules (domain: mandates, mandates_cover); what never was at the market is given back as services/news/telling.py does.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from dataclasses import replace as changed
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from senexbot.domain.approval.mandates import End, Mandate, Use, after_use, closed, counts, together
from senexbot.domain.approval.mandates_cover import outside
from senexbot.domain.errors import AlreadyHandled
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.policy.verdict import ApprovalNeed, Exposure
from tests.domain import builders as b
from tests.domain.approval.test_mandates import mandate

from .world import Broken, kept

S = IntentState
GRANTED = kept(mandate("at most 2 SPY strangles a day until friday"))
EXPOSURE = Exposure(notional=Decimal(1_000), greatest_loss=None, uncapped=True)
TERMS = b.strangle(1)
ORDERS = 3  # of one strangle each: one more than is granted
ENDS = {S.WORKING: "accepted", S.REFUSED: "refused", S.NOT_SENT: "not sent", S.UNKNOWN: "answer lost"}
ALL = frozenset({"revoke", "halt", "lose role", "time", "restart"})


@dataclass(frozen=True)
class Rules:
    faults: int = 2
    happens: frozenset[str] = ALL
    breaks: str = ""


class Op(NamedTuple):
    """`phase`: commit, record. `order`: whose claim it is, -1 of a revocation. `read`: the mandate as it was read."""

    what: str
    phase: str
    order: int
    read: Mandate
    after: Mandate
    who: str = ""
    late: bool = False  # its time was over when it read

    @property
    def key(self) -> Hashable:
        return (*self[:3], id(self.read), id(self.after), self.who, self.late)


class World(NamedTuple):
    """`states` of the orders; `used`: whether what each has used counts, None before its claim. `broke`: there was a halt
    since it was granted."""

    mandate: Mandate
    states: tuple[IntentState, ...]
    used: tuple[bool | None, ...]
    at_market: frozenset[int]  # the judge: orders that the broker may have
    halt: bool
    broke: bool
    lost: bool
    over: bool
    ops: tuple[Op | None, Op | None]

    @property
    def key(self) -> Hashable:
        return (id(self.mandate), *self[1:8], tuple(op and op.key for op in self.ops))

    @property
    def now(self) -> datetime:
        return self.mandate.ends_at if self.over else b.NOW


Step = tuple[str, World, int]


def start(rules: Rules) -> World:
    del rules
    return World(
        GRANTED,
        (S.PREVIEWED,) * ORDERS,
        (None,) * ORDERS,
        frozenset(),
        False,
        False,
        False,
        False,
        (None, None),
    )


def steps(world: World, rules: Rules) -> Iterator[Step]:
    """Each thing that may happen next."""
    _judge(world)
    for at, op in enumerate(world.ops):
        if op is None:
            for name, begun in _begins(world, rules):
                yield name, _with(world, at, begun), 0
        else:
            yield from (
                _commit(world, rules, at, op) if op.phase == "commit" else _records(world, rules, at, op)
            )
            yield f"crash in {op.what} before {op.phase}", _with(world, at, None), 1
    yield from _around(world, rules)
    yield from _found(world, rules)


def _with(world: World, at: int, op: Op | None) -> World:
    return world._replace(ops=(op, world.ops[1]) if at == 0 else (world.ops[0], op))


def _around(world: World, rules: Rules) -> Iterator[Step]:
    """What a transaction that has read holds until it commits does not change meanwhile: halts and roles."""
    guarded = any(op is not None and op.phase == "commit" for op in world.ops)
    if not guarded or rules.breaks == "no guard":
        if "halt" in rules.happens:
            yield (
                "resume" if world.halt else "halt",
                world._replace(halt=not world.halt, broke=True),
                0,
            )
        if "lose role" in rules.happens and not world.lost:
            yield "who granted it loses the role", world._replace(lost=True), 0
    if "time" in rules.happens and not world.over:
        yield "its time is over", world._replace(over=True), 0


# --- read and decide -------------------------------------------------------------------------------


def _uses(world: World, *, without: int = -1) -> tuple[Use, ...]:
    return tuple(
        Use("m1", f"order{n}", b.TODAY, b.NOW, Decimal(1), Decimal(1_000), None, counts=bool(used))
        for n, used in enumerate(world.used)
        if used is not None and n != without
    )


def _begins(world: World, rules: Rules) -> Iterator[tuple[str, Op]]:
    for order, state in enumerate(world.states):
        if state is S.PREVIEWED and _covers(world, rules, order):
            used = together(_uses(world), b.TODAY)
            taken = changed(used, units=used.units + 1, orders=used.orders + 1)
            after = kept(after_use(world.mandate, taken))
            yield (
                f"order {order} is confirmed",
                Op("claim", "commit", order, world.mandate, after, late=world.over),
            )
    if "revoke" in rules.happens:
        for who in ("U2", "U9"):
            if (
                who not in {world.mandate.requester, *world.mandate.given}
                and rules.breaks != "anybody revokes"
            ):
                continue
            try:
                after = closed(world.mandate, End.REVOKED, who, b.NOW)
            except AlreadyHandled:
                continue
            yield f"{who} revokes", Op("revoke", "commit", -1, world.mandate, kept(after), who)


def _covers(world: World, rules: Rules, order: int) -> bool:
    if world.halt:
        return False  # no order starts at all (domain/halts/halts.py: allows)
    if world.lost and rules.breaks != "lost role":
        return False  # services/approval/mandate_check.py: why_lapsed
    if world.broke and rules.breaks != "resume revives":
        return False
    known = world.mandate
    if rules.breaks == "revoked covers":
        known = changed(known, end=None)
    used = together(() if rules.breaks == "no count" else _uses(world, without=order), b.TODAY)
    now = b.NOW if rules.breaks == "no end" else world.now
    return not outside(known, TERMS, EXPOSURE, used, None, now=now, need=ApprovalNeed())


# --- commit and record -----------------------------------------------------------------------------


def _commit(world: World, rules: Rules, at: int, op: Op) -> Iterator[Step]:
    free = rules.breaks == "no compare-and-set"
    if (op.read is not world.mandate and not free) or (
        op.order >= 0 and world.states[op.order] is not S.PREVIEWED
    ):
        yield f"{op.what} is stale", _with(world, at, None), 0
        return
    if op.what == "revoke":
        _require(op.who != "U9", "I28, I30: revoked by somebody who had no part in it")
        yield "the revocation commits", _with(world._replace(mandate=op.after), at, None), 0
        return
    _judge_claim(world, op)
    claimed = world._replace(
        mandate=op.after,
        states=_put(world.states, op.order, S.CLAIMED),
        used=_put(world.used, op.order, True),
        at_market=world.at_market | {op.order},
    )
    yield "the claim commits", _with(claimed, at, op._replace(phase="record")), 0


def _records(world: World, rules: Rules, at: int, op: Op) -> Iterator[Step]:
    """The broker's answer and what follows from it for the mandate, in one transaction (by compare-and-set on it)."""
    for state, name in ENDS.items():
        there = state in {S.WORKING, S.UNKNOWN}
        yield (
            name,
            _with(_ended(world, rules, op.order, state, there=there), at, None),
            int(state is S.UNKNOWN),
        )


def _found(world: World, rules: Rules) -> Iterator[Step]:
    """What is left behind by a crash is unknown; what is unknown is presumed not placed, and may be found late."""
    at_work = {op.order for op in world.ops if op is not None}
    for order, state in enumerate(world.states):
        if state is S.CLAIMED and order not in at_work and "restart" in rules.happens:
            yield f"recovery of {order}", _ended(world, rules, order, S.UNKNOWN, there=True), 0
        if state is S.UNKNOWN:
            yield (
                f"{order} is presumed not placed",
                _ended(world, rules, order, S.PRESUMED_NOT_PLACED, there=True),
                0,
            )
        if state in {S.UNKNOWN, S.PRESUMED_NOT_PLACED}:
            yield f"{order} is found", _ended(world, rules, order, S.WORKING, there=True), 0


def _ended(world: World, rules: Rules, order: int, state: IntentState, *, there: bool) -> World:
    goes_on = counts(_intent(state))
    if rules.breaks == "unknown gives back":
        goes_on = state not in {S.UNKNOWN, S.PRESUMED_NOT_PLACED}
    before = world.used[order]
    after = world._replace(
        states=_put(world.states, order, state),
        used=_put(world.used, order, goes_on),
        at_market=world.at_market if there else world.at_market - {order},
    )
    if goes_on is before:
        return after
    return after._replace(mandate=kept(after_use(world.mandate, together(_uses(after), b.TODAY))))


def _intent(state: IntentState) -> Intent:
    return b.intent(state, terms=TERMS)


def _put(row: tuple, at: int, value: object) -> tuple:  # type: ignore[type-arg]
    return (*row[:at], value, *row[at + 1 :])


# --- the judge -------------------------------------------------------------------------------------


def _judge_claim(world: World, op: Op) -> None:
    """At the commit, by what is stored and true then."""
    _require(world.mandate.end is not End.REVOKED, "I29: claimed by a mandate that was revoked")
    _require(not world.halt, "I25: claimed while halted")
    _require(not world.broke, "I25, I31: a halt has ended it, and a resume does not bring it back")
    _require(not world.lost, "I28, I29: who granted it may not any more")
    _require(not op.late, "I32: its time is over")


def _judge(world: World) -> None:
    _require(
        len(world.at_market) <= GRANTED.terms.count, "I23: more at the market than was granted for the day"
    )


def _require(holds: bool, words: str) -> None:
    if not holds:
        raise Broken(words)
