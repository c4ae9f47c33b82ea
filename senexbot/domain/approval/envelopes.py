"""The envelope of an approval: what was approved is what is sent (design decision 8).

It says which legs, at most how many, the worst price, the greatest effect on buying power, the greatest loss and
until when. `covers` compares an order as it would be sent now; each difference comes in words.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import reduce
from math import gcd

from senexbot.domain.instruments import InstrumentType
from senexbot.domain.links import Environment
from senexbot.domain.money import credit_or_debit, dollars, quantity_text
from senexbot.domain.orders.terms import (
    Action,
    ChildRole,
    Estimate,
    Group,
    Leg,
    OrderTerms,
    OrderType,
    TimeInForce,
)
from senexbot.domain.policy.verdict import Exposure

# What drifts between asking and sending. An option's mid always does; a share's or future's limit price is its protection.
OPTION_PRICE_ROOM = Decimal("0.02")
DOLLAR_ROOM = Decimal("0.05")
_SHARES = frozenset({InstrumentType.EQUITY, InstrumentType.FUTURE})


@dataclass(frozen=True, slots=True)
class CoveredLeg:
    """`ratio`: of this leg to one unit of the order."""

    symbol: str
    action: Action
    ratio: Decimal


@dataclass(frozen=True, slots=True)
class CoveredChild:
    """An order that hangs on the approved one; exactly as it was shown, whatever the quantity."""

    role: ChildRole
    legs: tuple[CoveredLeg, ...]
    type: OrderType
    price: Decimal | None
    time_in_force: TimeInForce
    stop_trigger: Decimal | None
    gtc_date: date | None


@dataclass(frozen=True, slots=True)
class Envelope:
    """`worst_price` is signed, a larger one is better; None with an order that has no price. Dollars are positive.

    `greatest_loss` None: it could not be told, or has no cap; `uncapped`: that was shown and approved.
    """

    environment: Environment
    account: str
    legs: tuple[CoveredLeg, ...]
    type: OrderType
    time_in_force: TimeInForce
    greatest_quantity: Decimal
    worst_price: Decimal | None
    greatest_buying_power: Decimal | None
    greatest_loss: Decimal | None
    uncapped: bool
    until: datetime
    stop_trigger: Decimal | None = None
    gtc_date: date | None = None
    greatest_value: Decimal | None = None  # of a notional order
    group: Group | None = None
    children: tuple[CoveredChild, ...] = ()


@dataclass(frozen=True, slots=True)
class ApprovalMark:
    """What the requester's card shows of an approval; the request itself is a row of its own.

    `given`: who has approved; `question`: one that waits for the requester. `covered`: when it was not sent, the
    quantity that the approval would still cover.
    """

    request_id: str
    needed: int
    given: tuple[str, ...]
    expires_at: datetime
    envelope: Envelope
    declined_by: str = ""
    question: str = ""
    question_by: str = ""
    covered: Decimal | None = None


def units(terms: OrderTerms) -> Decimal:
    """How many units an order is: its legs' quantities over their ratio. 1 for a notional order."""
    quantities = [leg.quantity for leg in terms.legs]
    if any(quantity <= 0 for quantity in quantities):
        return Decimal(1)
    if any(quantity != quantity.to_integral_value() for quantity in quantities):
        return quantities[0]
    return Decimal(reduce(gcd, (int(quantity) for quantity in quantities)))


def _covered(legs: tuple[Leg, ...], of: Decimal) -> tuple[CoveredLeg, ...]:
    return tuple(CoveredLeg(leg.symbol, leg.action, leg.quantity / of) for leg in legs)


def _children(terms: OrderTerms) -> tuple[CoveredChild, ...]:
    of = units(terms)
    return tuple(
        CoveredChild(
            child.role,
            _covered(child.legs, of),
            child.type,
            child.price,
            child.time_in_force,
            child.stop_trigger,
            child.gtc_date,
        )
        for child in terms.children
    )


def used_buying_power(estimate: Estimate | None) -> Decimal | None:
    """Dollars that an order takes of the buying power; 0 when it gives some back, None when nobody knows."""
    if estimate is None:
        return None
    return max(estimate.buying_power_before - estimate.buying_power_after, Decimal(0))


def envelope_for(
    terms: OrderTerms, estimate: Estimate | None, exposure: Exposure, *, tick: Decimal | None, until: datetime
) -> Envelope:
    """What is asked to be approved for this order: itself, and the room that prices and margins need to breathe.

    `tick`: one price step at the order's price; None when it is not known, and then the price has no room.
    """
    return Envelope(
        environment=terms.environment,
        account=terms.account.number,
        legs=_covered(terms.legs, units(terms)),
        type=terms.type,
        time_in_force=terms.time_in_force,
        greatest_quantity=units(terms),
        worst_price=_worst(terms, tick),
        greatest_buying_power=_roomy(used_buying_power(estimate)),
        greatest_loss=None if exposure.uncapped else _roomy(exposure.greatest_loss),
        uncapped=exposure.uncapped,
        until=until,
        stop_trigger=terms.stop_trigger,
        gtc_date=terms.gtc_date,
        greatest_value=None if terms.value is None else abs(terms.value),
        group=terms.group,
        children=_children(terms),
    )


def _worst(terms: OrderTerms, tick: Decimal | None) -> Decimal | None:
    if terms.price is None or tick is None or any(leg.type in _SHARES for leg in terms.legs):
        return terms.price
    steps = (abs(terms.price) * OPTION_PRICE_ROOM / tick).to_integral_value(ROUND_FLOOR)
    return terms.price - steps * tick


def _roomy(amount: Decimal | None) -> Decimal | None:
    if amount is None:
        return None
    return (amount * (1 + DOLLAR_ROOM)).to_integral_value(ROUND_CEILING)


def narrowed(envelope: Envelope, quantity: Decimal) -> Envelope:
    """The same for fewer units: dollars shrink with them. `quantity` is below the greatest one."""
    part = quantity / envelope.greatest_quantity

    def share(amount: Decimal | None) -> Decimal | None:
        return None if amount is None else (amount * part).to_integral_value(ROUND_CEILING)

    return replace(
        envelope,
        greatest_quantity=quantity,
        greatest_buying_power=share(envelope.greatest_buying_power),
        greatest_loss=share(envelope.greatest_loss),
    )


def resized(terms: OrderTerms, quantity: Decimal) -> OrderTerms:
    """The same order in another number of units, with what hangs on it."""
    of = units(terms)

    def scaled(legs: tuple[Leg, ...]) -> tuple[Leg, ...]:
        return tuple(replace(leg, quantity=leg.quantity / of * quantity) for leg in legs)

    children = tuple(replace(child, legs=scaled(child.legs)) for child in terms.children)
    return replace(terms, legs=scaled(terms.legs), children=children)


def covers(
    envelope: Envelope, terms: OrderTerms, estimate: Estimate | None, now: datetime, exposure: Exposure
) -> tuple[str, ...]:
    """What of this order lies outside, in words; empty when all of it is approved. `estimate` and `exposure` are of now."""
    words = [*_other_order(envelope, terms), *_worse(envelope, terms)]
    if now >= envelope.until:
        words.append("the approval has ended")
    if units(terms) > envelope.greatest_quantity:
        most = quantity_text(envelope.greatest_quantity)
        words.append(f"the quantity would be {quantity_text(units(terms))}, approved up to {most}")
    used = used_buying_power(estimate)
    words += _dollars("buying power used", used, envelope.greatest_buying_power)
    if exposure.uncapped and not envelope.uncapped:
        words.append("its loss has no cap, which was not approved")
    elif not exposure.uncapped and not envelope.uncapped:
        words += _dollars("the greatest loss", exposure.greatest_loss, envelope.greatest_loss)
    return tuple(words)


def _other_order(envelope: Envelope, terms: OrderTerms) -> list[str]:
    if (terms.environment, terms.account.number) != (envelope.environment, envelope.account):
        return ["it is for another account than was approved"]
    if (_covered(terms.legs, units(terms)), terms.group) != (envelope.legs, envelope.group):
        return ["its legs are not those that were approved"]
    if _children(terms) != envelope.children:
        return ["the orders behind it are not those that were approved"]
    kind = (terms.type, terms.time_in_force, terms.stop_trigger, terms.gtc_date)
    if kind != (envelope.type, envelope.time_in_force, envelope.stop_trigger, envelope.gtc_date):
        return ["it is another kind of order than was approved"]
    return []


def _worse(envelope: Envelope, terms: OrderTerms) -> list[str]:
    price, worst = terms.price, envelope.worst_price
    if price is not None and (worst is None or price < worst):
        from_ = "no price" if worst is None else f"from {credit_or_debit(worst)}"
        return [f"the price would be {credit_or_debit(price)}, approved {from_}"]
    value, most = terms.value, envelope.greatest_value
    if value is not None and (most is None or abs(value) > most):
        return [f"its value would be {dollars(abs(value))}, approved up to {dollars(most or Decimal(0))}"]
    return []


def _dollars(what: str, value: Decimal | None, most: Decimal | None) -> list[str]:
    """One amount against its limit. What was told when it was approved has to be told now."""
    if most is None:
        return []
    if value is None:
        return [f"{what} could not be told"]
    return [f"{what} would be {dollars(value)}, approved up to {dollars(most)}"] if value > most else []


def covered_units(
    envelope: Envelope, terms: OrderTerms, estimate: Estimate | None, now: datetime, exposure: Exposure
) -> Decimal:
    """The largest number of units of this order that would lie inside, if margins grow in step; 0 for none."""
    quantity = units(terms)
    if quantity != quantity.to_integral_value():
        return Decimal(0)
    limits = [quantity, envelope.greatest_quantity]
    pairs = (
        (used_buying_power(estimate), envelope.greatest_buying_power),
        (exposure.greatest_loss, envelope.greatest_loss),
    )
    limits += [quantity * most / value for value, most in pairs if value and most is not None]
    fits = min(limits).to_integral_value(ROUND_FLOOR)
    if fits < 1:
        return Decimal(0)
    part = fits / quantity
    smaller = None if estimate is None else _scaled(estimate, part)
    loss = None if exposure.greatest_loss is None else exposure.greatest_loss * part
    outside = covers(envelope, resized(terms, fits), smaller, now, replace(exposure, greatest_loss=loss))
    return Decimal(0) if outside else fits


def _scaled(estimate: Estimate, part: Decimal) -> Estimate:
    used = (estimate.buying_power_before - estimate.buying_power_after) * part
    return replace(estimate, buying_power_after=estimate.buying_power_before - used)
