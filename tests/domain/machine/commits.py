"""How a process goes on: it commits by compare-and-set, its request leaves, the answer is recorded; or it dies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from senexbot.domain.errors import AlreadyHandled
from senexbot.domain.orders.broker_orders import NotProven
from senexbot.domain.orders.lifecycle import answered

from .judge import judge_claim, judge_decision, judge_press, judge_request
from .moves import claim_of, decided
from .world import OUTCOMES, Around, Op, Rows, Rules, Shown, kept


class Next(NamedTuple):
    """Something that may happen: what is stored then, what the process is at then, how many faults it takes."""

    name: str
    rows: Rows
    op: Op | None
    faults: int = 0


def goes_on(rows: Rows, around: Around, rules: Rules, op: Op) -> Iterator[Next]:
    """What the process may do next, or that it dies."""
    match op.phase:
        case "commit":
            yield _commit(rows, around, rules, op)
        case "post":
            for name, outcome, there in OUTCOMES:
                sent = replace(
                    rows, created=(*rows.created, op.after.terms), at_broker=there or rows.at_broker
                )
                judge_request(sent)
                then = op._replace(phase="record", outcome=outcome)
                yield Next(name, sent, then, int(isinstance(outcome, NotProven)))
        case _:
            yield _record(rows, rules, op)
    yield Next(f"crash in {op.what} before {op.phase}", rows, None, 1)


def _record(rows: Rows, rules: Rules, op: Op) -> Next:
    after = None
    if rules.breaks == "retry on unknown" and isinstance(op.outcome, NotProven):
        return Next("sends again", rows, op._replace(phase="post", outcome=None))
    outcome = op.outcome
    if rules.breaks == "lost is refused" and isinstance(outcome, NotProven):
        outcome = OUTCOMES[1][1]
    try:
        after = answered(rows.intent, outcome, op.now) if outcome is not None else None
    except AlreadyHandled:
        pass  # the broker's own news was faster, or the outcome was settled
    return Next("the answer is recorded", rows if after is None else replace(rows, intent=kept(after)), None)


def _commit(rows: Rows, around: Around, rules: Rules, op: Op) -> Next:
    stale = op.before.version != rows.intent.version
    if op.request_after is not op.request_before:
        current = rows.request.version if rows.request else 0
        stale |= current != (op.request_before.version if op.request_before else 0)
    free = rules.breaks == "no compare-and-set"
    if stale and not free:
        return Next(f"{op.what} is stale", rows, None)  # the store says Stale: nothing is stored
    request = op.request_after if op.request_after is not None else rows.request
    judge_press(op)
    changed = replace(rows, intent=op.after, request=request)
    if op.after.terms_version > len(rows.shown):
        changed = replace(changed, shown=(*rows.shown, Shown.of(op.after)))
    then = None
    match op.what:
        case "approve" | "fewer" | "decline":
            judge_decision(op)
        case "ask":
            changed = replace(changed, confirmed=changed.confirmed | {op.seen})
        case "send_fewer":
            # The button names how many: these are the terms of the next version.
            changed = replace(changed, confirmed=changed.confirmed | {op.seen + 1})
            then = decided(lambda: claim_of(changed, around, rules, owner=True))
        case "claim":
            if rows.attempts and not free:
                return Next("claim finds the attempt there", rows, None)  # the attempt's unique row
            confirmed = changed.confirmed | ({op.seen} if op.seen else set())
            attempts = (*rows.attempts, kept(op.after.terms))
            changed = replace(changed, confirmed=confirmed, attempts=attempts, claims=rows.claims + 1)
            judge_claim(rows, changed, around, rules, op)
            then = op._replace(phase="post")
    return Next(f"{op.what} commits", changed, then)
