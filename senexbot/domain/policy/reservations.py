"""What an order holds of the limits from its claim to its end, so that parallel orders never exceed one
together (I23). An order that ended unfilled gives everything back; a filled one counts in its window."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from senexbot.domain.links import AccountRef, Environment
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.orders.terms import OrderTerms
from senexbot.domain.policy.verdict import Exposure

_NEVER_LEFT = frozenset({IntentState.NOT_SENT, IntentState.REFUSED})
# Presumptions, not proofs: what may yet be found at the broker goes on counting in its window.
_PRESUMED = frozenset({IntentState.PRESUMED_NOT_PLACED, IntentState.CLOSED_BY_OWNER})


class Hold(enum.StrEnum):
    CLAIMED = "claimed"  # the broker's figures may not show it yet
    WORKING = "working"  # the broker has it
    ENDED = "ended"  # with fills, perhaps
    VOID = "void"  # proven that it never was an order: counts nowhere


@dataclass(frozen=True, slots=True)
class Reservation:
    """`share`: which part of the exposure still counts, 0 to 1. `day`: the exchange's trading day of the claim.

    `intent_id` is "" for an order placed elsewhere. `print`: legs and price, to see the same order twice.
    """

    intent_id: str
    environment: Environment
    account: str
    owner: str
    underlying: str
    opens: bool
    print: str
    exposure: Exposure
    at: datetime
    day: date
    hold: Hold = Hold.CLAIMED
    share: Decimal = Decimal(1)
    changed_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.hold in {Hold.CLAIMED, Hold.WORKING}

    def part(self, amount: Decimal | None) -> Decimal | None:
        """What still counts of one figure of the exposure; None when it is not known."""
        if not self.share:
            return Decimal(0)
        return None if amount is None else amount * self.share

    def is_of(self, account: AccountRef) -> bool:
        return self.account == account.number and self.environment is account.environment


def opens(terms: OrderTerms) -> bool:
    """Some leg, of the order or of one that follows it, may make a position larger."""
    return not (terms.closes and all(leg.action.closes for child in terms.children for leg in child.legs))


def print_of(terms: OrderTerms) -> str:
    """The same for two orders that would do the same in one account."""
    legs = sorted(f"{leg.action.value} {leg.quantity.normalize():f} {leg.symbol}" for leg in terms.legs)
    price = "market" if terms.price is None else f"{terms.price.normalize():f}"
    return "; ".join((*legs, terms.type.value, price, str(terms.stop_trigger), str(terms.value)))


def reserve(intent: Intent, exposure: Exposure, now: datetime, day: date) -> Reservation:
    """What the claim of this intent holds."""
    return Reservation(
        intent_id=intent.id,
        environment=intent.environment,
        account=intent.account.number,
        owner=intent.owner,
        underlying=intent.terms.underlying,
        opens=opens(intent.terms),
        print=print_of(intent.terms),
        exposure=exposure,
        at=now,
        day=day,
        changed_at=now,
    )


def moved(held: Reservation, exposure: Exposure, now: datetime) -> Reservation:
    """After a replacement was claimed: the larger of both, for either price may turn out to be the one that
    works. It still counts as sent when it was first."""
    old, new = held.exposure, exposure
    both = Exposure(
        notional=_larger(old.notional, new.notional),
        buying_power=_larger(old.buying_power, new.buying_power),
        greatest_loss=_larger(old.greatest_loss, new.greatest_loss),
        uncapped=old.uncapped or new.uncapped,
        shares=max(old.shares, new.shares),
        contracts=max(old.contracts, new.contracts),
        uncapped_contracts=max(old.uncapped_contracts, new.uncapped_contracts),
    )
    return replace(held, exposure=both, changed_at=now)


def _larger(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else max(one, other)


def kept(held: Reservation, intent: Intent, now: datetime) -> Reservation:
    """The reservation after its intent has moved on; the same when nothing changes.

    An order that is open counts whole: what has filled of it may not be in the positions yet.
    """
    hold, share = _standing(intent)
    if (hold, share) == (held.hold, held.share):
        return held
    return replace(held, hold=hold, share=share, changed_at=now)


def _standing(intent: Intent) -> tuple[Hold, Decimal]:
    if intent.state.is_unresolved:
        return Hold.CLAIMED, Decimal(1)
    if intent.state.is_open:
        return Hold.WORKING, Decimal(1)
    if intent.state in _NEVER_LEFT:
        return Hold.VOID, Decimal(0)
    if intent.state in _PRESUMED:
        return Hold.ENDED, Decimal(1)
    facts = intent.facts
    if facts is None or not facts.quantity:
        return Hold.ENDED, Decimal(0)
    return Hold.ENDED, min(facts.filled / facts.quantity, Decimal(1))
