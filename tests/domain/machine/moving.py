"""Replacements (the other half of I7): one order at the broker, moved by its owner's taps and by a confirmed walk.

Two processes claim, send and record as services/orders/replacing.py does, by the desk's own rules (domain: moving, walking,
order_chain through lifecycle.absorb, halts); sweeps recover and look as services/orders/settling_replaces.py does.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from dataclasses import replace as changed
from decimal import Decimal
from typing import NamedTuple

from senexbot.domain.errors import AlreadyHandled, InvariantBroken
from senexbot.domain.halts.halts import HaltState, allows
from senexbot.domain.orders.broker_orders import (
    Accepted,
    BrokerStatus,
    NotProven,
    NotSent,
    PlaceOutcome,
    RefusedByBroker,
)
from senexbot.domain.orders.identifiers import replacement_identifier
from senexbot.domain.orders.intents import Intent, IntentState, NewsSource, Replace, ReplaceState, WalkState
from senexbot.domain.orders.lifecycle import absorb
from senexbot.domain.orders.moving import WALK, claim_replace, replaced, settle_replace
from senexbot.domain.orders.terms import WalkTerms
from senexbot.domain.orders.walking import Todo, begun, decide, halted
from tests.domain import builders as b

from .world import Broken, kept

OWNER, STRANGER = "U1", "U2"
STEP = Decimal("0.02")
LIMIT = Decimal("3.42")  # of a credit: where the walk ends, two steps below the price
WALK_TERMS = WalkTerms(STEP, 20, LIMIT)
LATE = b.after(10_000)  # whenever it is asked, the walk's next step is due
FIRST = 7  # the number of the order; its replacements get the next ones
MOST = 2  # replacements: the second is enough to meet the first in every way
ALL = frozenset({"tap", "walk", "halt", "fill"})


@dataclass(frozen=True)
class Rules:
    """`happens`: what is varied. `breaks`: a rule that is taken away, to see that the judge sees it."""

    faults: int = 2
    happens: frozenset[str] = ALL
    breaks: str = ""


class Put(NamedTuple):
    """One PUT that began: the judge's ledger."""

    number: int
    old_id: int
    price: Decimal | None


class Op(NamedTuple):
    """What a process is at: a transaction that has read (`commit`), a claim on its way (`put`), an answer in hand
    (`record`)."""

    what: str
    phase: str
    before: Intent
    after: Intent
    wanted: Replace | None = None
    who: str = ""
    seen: int = 0
    outcome: PlaceOutcome | None = None


class AtBroker(NamedTuple):
    """The order that the broker has now."""

    number: int
    price: Decimal
    filled: bool = False


OUTCOMES: dict[PlaceOutcome | None, str] = {
    None: "",
    NotSent("no connection"): "not sent",
    RefusedByBroker("no", "no", 422): "refused",
    NotProven("lost"): "lost",
    **{Accepted(number, None): f"accepted {number}" for number in (8, 9)},
}


class World(NamedTuple):
    intent: Intent
    attempts: tuple[Put, ...]
    puts: tuple[Put, ...]
    at_broker: AtBroker
    halt: bool
    given_up: frozenset[int]  # numbers that were taken for not done
    ops: tuple[Op | None, Op | None]

    @property
    def key(self) -> Hashable:
        """Equal for equal ones, and for no others: rows stand for themselves (`kept`)."""
        ops = tuple(op and (*op[:2], *map(id, op[2:5]), *op[5:7], OUTCOMES[op.outcome]) for op in self.ops)
        return (id(self.intent), *self[1:6], ops)


Step = tuple[str, World, int]


def start(rules: Rules) -> World:
    terms = b.strangle(price="3.46")
    live = absorb(
        b.intent(IntentState.CLAIMED, terms=terms), b.of_legs(BrokerStatus.LIVE, 1), NewsSource.ANSWER, b.NOW
    )
    assert live is not None
    assert live.facts is not None
    walk = begun(WALK_TERMS, b.NOW) if "walk" in rules.happens else None
    intent = kept(changed(live, walk=walk, confirmed_price=LIMIT if walk else Decimal("3.46")))
    return World(intent, (), (), AtBroker(FIRST, Decimal("3.46")), False, frozenset(), (None, None))


def steps(world: World, rules: Rules) -> Iterator[Step]:
    """Each thing that may happen next."""
    _judge(world)
    for at, op in enumerate(world.ops):
        if op is None:
            for name, begun_op in _begun(world, rules):
                late = _is_late(begun_op, world.ops[1 - at])
                yield name, _with(world, at, begun_op), late
        else:
            yield from _goes_on(world, rules, at, op)
            yield f"crash in {op.what} before {op.phase}", _with(world, at, None), 1
    guarded = any(op is not None and op.phase == "commit" for op in world.ops) and rules.breaks != "no guard"
    if "halt" in rules.happens and not guarded:
        yield "resume" if world.halt else "halt", world._replace(halt=not world.halt), 0
    if "fill" in rules.happens and not world.at_broker.filled:
        yield "fill", world._replace(at_broker=world.at_broker._replace(filled=True)), 0


def _with(world: World, at: int, op: Op | None) -> World:
    ops = (op, world.ops[1]) if at == 0 else (world.ops[0], op)
    return world._replace(ops=ops)


def _is_late(op: Op, other: Op | None) -> int:
    """A sweep that can only be while the other process is frozen with its request in hand."""
    return int(op.what in {"recover", "not done"} and other is not None and other.phase in {"put", "record"})


# --- read and decide -------------------------------------------------------------------------------


_BEGUN: dict[Hashable, tuple[tuple[str, Op], ...]] = {}


def _begun(world: World, rules: Rules) -> tuple[tuple[str, Op], ...]:
    """Asked once for all that it depends on."""
    key = (id(world.intent), world.puts, world.at_broker, world.halt, world.given_up, rules)
    found = _BEGUN.get(key)
    if found is None:
        found = _BEGUN[key] = tuple(_begins(world, rules))
    return found


def _begins(world: World, rules: Rules) -> Iterator[tuple[str, Op]]:
    intent = world.intent
    if "tap" in rules.happens:
        for who in (OWNER, STRANGER):
            for seen in range(1, intent.terms_version + 1):
                op = _tap(world, rules, who, seen)
                if op is not None:
                    yield f"{who} taps {seen}", op
    if intent.walk is not None and intent.walk.state is WalkState.RUNNING:
        todo = decide(intent, intent.walk, in_session=True, now=LATE)
        if rules.breaks == "walk in doubt" and todo.todo is Todo.PAUSE and intent.terms.price is not None:
            todo = changed(todo, todo=Todo.STEP, price=intent.terms.price - STEP)
        if todo.todo is Todo.STEP:
            op = _move(world, rules, WALK, todo.price, seen=intent.terms_version)
            if op is not None:
                yield "the walk steps", op
        elif todo.todo in {Todo.PAUSE, Todo.END}:
            state = WalkState.PAUSED if todo.todo is Todo.PAUSE else WalkState.ENDED
            yield "the walk rests", Op("rest", "commit", intent, kept(halted(intent, state, todo.reason)))
    yield from _sweeps(world, rules)


def _tap(world: World, rules: Rules, who: str, seen: int) -> Op | None:
    intent = world.intent
    if who != OWNER and rules.breaks != "another's button":
        return None  # services/orders/handles.py: owned_handle
    if seen != intent.terms_version and rules.breaks != "stale button":
        return None  # same_terms, and the same again in the claim
    price = intent.terms.price
    return None if price is None else _move(world, rules, who, price - STEP, seen=seen)


def _move(world: World, rules: Rules, by: str, price: Decimal | None, *, seen: int) -> Op | None:
    """services/orders/replacing.py: what the claim's transaction asks."""
    intent = world.intent
    number = max((one.number for one in intent.replacings), default=0) + 1
    if number > MOST or intent.facts is None:
        return None
    if rules.breaks != "no halt" and allows(_halt(world), intent.terms) is not None:
        return None
    wanted = Replace(
        number=number,
        identifier=replacement_identifier(intent.identifier, number),
        state=ReplaceState.CLAIMED,
        old_id=intent.facts.order_id,
        old_price=intent.terms.price,
        price=price,
        by=by,
        claimed_at=b.NOW,
        old_status=intent.facts.status,
        old_updated_at=intent.facts.updated_at,
    )
    try:
        after = claim_replace(intent, wanted, "")
    except AlreadyHandled:
        if rules.breaks != "walk in doubt":
            return None
        after = changed(intent, version=intent.version + 1, replacing=wanted)
    phase = "put" if rules.breaks == "send before commit" else "commit"
    return Op("move", phase, intent, kept(after), kept(wanted), by, seen)


def _halt(world: World) -> HaltState:
    return HaltState.HALTED if world.halt else HaltState.ACTIVE


def _sweeps(world: World, rules: Rules) -> Iterator[tuple[str, Op]]:
    intent = world.intent
    wanted = intent.open_replace
    if wanted is not None and wanted.state is ReplaceState.CLAIMED:
        if rules.breaks == "recovery sends":
            yield "recovery", Op("move", "put", intent, intent, wanted, wanted.by)
        after = replaced(intent, wanted.number, NotProven("the process is gone"), b.NOW)
        if after is not None:
            yield "recovery", Op("recover", "commit", intent, kept(after))
    try:
        seen = absorb(intent, _report(world), NewsSource.SWEEP, b.NOW)
    except InvariantBroken as alarm:
        _require(world.at_broker.number - FIRST in world.given_up, f"I16: {alarm}")
        return  # taken for not done, and there all the same: a person is called
    if seen is not None:
        yield "a look", Op("look", "commit", intent, kept(seen))
    elif wanted is not None and wanted.state is ReplaceState.UNKNOWN:
        after = settle_replace(intent, ReplaceState.NOT_DONE, "not in the lists")
        yield "not done, by the lists", Op("not done", "commit", intent, kept(after))


def _report(world: World) -> b.BrokerOrder:
    """The order that the broker has, by the name that the PUT gave it."""
    intent, (number, price, filled) = world.intent, world.at_broker
    fills = (b.leg_fill("f1", b.PUT, 2), b.leg_fill("f2", b.CALL, 2)) if filled else ()
    put = next((put for put in world.puts if put.number == number - FIRST), None)
    name = replacement_identifier(intent.identifier, put.number) if put else intent.identifier
    return b.of_legs(
        BrokerStatus.FILLED if filled else BrokerStatus.LIVE,
        100 if filled else number,
        *fills,
        of=changed(intent.terms, price=price),
        id=number,
        identifier=name,
        replaces=put.old_id if put else None,
    )


# --- commit, send, record --------------------------------------------------------------------------


def _goes_on(world: World, rules: Rules, at: int, op: Op) -> Iterator[Step]:
    match op.phase:
        case "commit":
            yield _commit(world, rules, at, op)
        case "put":
            yield from _sends(world, at, op)
        case _:
            yield _record(world, rules, at, op)


def _commit(world: World, rules: Rules, at: int, op: Op) -> Step:
    free = rules.breaks == "no compare-and-set"
    if op.before.version != world.intent.version and not free:
        return f"{op.what} is stale", _with(world, at, None), 0
    if op.wanted is None:
        stored = world._replace(intent=op.after)
        wanted = op.before.replacing
        if op.what == "not done" and wanted is not None:
            stored = stored._replace(given_up=world.given_up | {wanted.number})
        return f"{op.what} commits", _with(stored, at, None), 0
    attempt = Put(op.wanted.number, op.wanted.old_id, op.wanted.price)
    if any(one.number == attempt.number for one in world.attempts) and not free:
        return "finds the attempt there", _with(world, at, None), 0
    _judge_claim(world, op)
    claimed = world._replace(intent=op.after, attempts=(*world.attempts, attempt))
    return "the move commits", _with(claimed, at, op._replace(phase="put")), 0


def _sends(world: World, at: int, op: Op) -> Iterator[Step]:
    assert op.wanted is not None
    put = Put(op.wanted.number, op.wanted.old_id, op.wanted.price)
    sent = world._replace(puts=(*world.puts, put))
    there = (world.at_broker.number, world.at_broker.filled) == (put.old_id, False)
    new = FIRST + put.number

    def then(outcome: PlaceOutcome, after: World) -> World:
        return _with(after, at, op._replace(phase="record", outcome=outcome))

    yield "not sent", then(NotSent("no connection"), world), 0
    yield "refused", then(RefusedByBroker("no", "no", 422), sent), 0
    lost = NotProven("lost")
    yield "answer lost, nothing done", then(lost, sent), 1
    if there:
        assert put.price is not None
        moved = AtBroker(new, put.price)
        yield "accepted", then(Accepted(new, None), sent._replace(at_broker=moved)), 0
        yield "answer lost, moved", then(lost, sent._replace(at_broker=moved)), 1


def _record(world: World, rules: Rules, at: int, op: Op) -> Step:
    assert op.wanted is not None
    assert op.outcome is not None
    if rules.breaks == "sends again" and isinstance(op.outcome, NotProven):
        return "sends again", _with(world, at, op._replace(phase="put", outcome=None)), 0
    outcome = RefusedByBroker("no", "no", 422) if _taken_for_refused(rules, op) else op.outcome
    after = replaced(world.intent, op.wanted.number, outcome, b.NOW)
    stored = world if after is None else world._replace(intent=kept(after))
    return "the answer is recorded", _with(stored, at, None), 0


def _taken_for_refused(rules: Rules, op: Op) -> bool:
    return rules.breaks == "lost is refused" and isinstance(op.outcome, NotProven)


# --- the judge -------------------------------------------------------------------------------------


def _judge_claim(world: World, op: Op) -> None:
    assert op.wanted is not None
    _require(not world.halt, "I25: moved while halted")
    if op.who == WALK:
        price = op.wanted.price
        _require(price is not None and price >= LIMIT, "I31: a walk beyond what was confirmed")
        last = world.attempts[-1].number if world.attempts else 0
        moved = world.at_broker.number == FIRST + last
        _require(moved, "I7: a walk went on after a step that was not understood")
        return
    _require(op.who == OWNER, "I30: another person's press moved it")
    _require(op.seen == op.before.terms_version, "I30: a button of an older version moved it")


def _judge(world: World) -> None:
    numbers = [put.number for put in world.puts]
    _require(len(numbers) == len(set(numbers)), "I7: one replacement was sent twice")
    claimed = [one.number for one in world.attempts]
    _require(len(claimed) == len(set(claimed)), "I3: one replacement was claimed twice")
    _require(set(world.puts) <= set(world.attempts), "I2, I6: sent what was not stored")
    wanted = world.intent.replacing
    if wanted is not None and wanted.state is ReplaceState.REFUSED:
        there = world.at_broker.number == FIRST + wanted.number
        _require(not there, "I8: called refused although the broker has moved it")


def _require(holds: bool, words: str) -> None:
    if not holds:
        raise Broken(words)
