"""Orders placed elsewhere, in the broker's own apps, whose owner is asked for a reason. Never touched, never blocked.

Pure: whether one is asked for, and how its record moves; it follows what the broker shows of the order (I15).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from senexbot.domain.errors import AlreadyHandled, ParseError
from senexbot.domain.links import Environment
from senexbot.domain.money import dollars, quantity_text
from senexbot.domain.orders.broker_orders import BrokerOrder
from senexbot.domain.policy.reservations import Reservation
from senexbot.domain.policy.rules import Elsewhere, Limit, Policy, RuleName, Subject, Which
from senexbot.domain.policy.verdict import Exposure

LONGEST_REASON = 300


@dataclass(frozen=True, slots=True)
class ExternalOrder:
    """One that is asked for. `owner`: of the account; `over`: the limits it is over, in words; `handle`: of the button.

    `order`: as the broker showed it last. `reason`: "" until it is given.
    """

    id: str
    environment: Environment
    team_id: str
    owner: str
    version: int
    order: BrokerOrder
    over: tuple[str, ...]
    handle: str
    asked_at: datetime
    reason: str = ""
    answered_at: datetime | None = None


def external_id(environment: Environment, order: BrokerOrder) -> str:
    """Numbers of accounts and orders are unique within an environment only."""
    return f"{environment.value}:{order.account}:{order.id}"


def concerns(order: BrokerOrder, linked_at: datetime) -> bool:
    """Whether it counts at all: placed since the account was linked, and working or filled in part."""
    if order.received_at is not None and order.received_at < linked_at:
        return False
    return not order.status.is_terminal or bool(order.filled)


def asked_for(policy: Policy, subject: Subject, held: Reservation) -> tuple[str, ...] | None:
    """None: no reason is asked. Else the limits of one order that it is over, in words; none where any is asked for."""
    value = policy.value(RuleName.ELSEWHERE, subject)
    assert isinstance(value, Elsewhere)
    over = _over(policy, subject, held.exposure) if held.opens else ()
    if value.which is Which.ANY or (value.which is Which.OVER and over):
        return over
    return None


_SIZES: tuple[tuple[RuleName, str, Callable[[Exposure], Decimal | None], Callable[[Decimal], str]], ...] = (
    (RuleName.NOTIONAL, "notional", lambda e: e.notional, dollars),
    (RuleName.SHARES, "shares", lambda e: e.shares, quantity_text),
    (RuleName.CONTRACTS, "contracts", lambda e: e.contracts, quantity_text),
    (RuleName.LOSS, "greatest loss", lambda e: e.greatest_loss, dollars),
    (RuleName.UNCAPPED, "contracts without a cap", lambda e: e.uncapped_contracts, quantity_text),
)


def _over(policy: Policy, subject: Subject, exposure: Exposure) -> tuple[str, ...]:
    words = []
    for rule, name, of, unit in _SIZES:
        limit, value = policy.value(rule, subject), of(exposure)
        assert isinstance(limit, Limit)
        if value is not None and limit.first is not None and value > limit.first:
            words.append(f"{name} {unit(value)} over {unit(limit.first)}")
    return tuple(words)


def seen_again(known: ExternalOrder, order: BrokerOrder) -> ExternalOrder | None:
    """After one more report; None when it shows nothing that the card does not."""
    before = known.order
    if order.updated_at < before.updated_at or before.status.is_terminal:
        return None
    if (order.status, order.filled, order.price) == (before.status, before.filled, before.price):
        return None
    return replace(known, version=known.version + 1, order=order)


def answered(known: ExternalOrder, reason: str, now: datetime) -> ExternalOrder:
    """With the owner's reason, once. Raises ParseError for none or a long one, AlreadyHandled for a second one."""
    unanswered(known)
    said = " ".join(reason.split())
    if not said:
        raise ParseError("The reason is missing.", hint="A few words will do.")
    if len(said) > LONGEST_REASON:
        raise ParseError(f"A reason has at most {LONGEST_REASON} characters.", hint="Say it shorter.")
    return replace(known, version=known.version + 1, reason=said, answered_at=now)


def unanswered(known: ExternalOrder) -> None:
    """Raises AlreadyHandled when its reason was given."""
    if known.reason:
        raise AlreadyHandled("You have given a reason for this order already.", code="reason_given")
