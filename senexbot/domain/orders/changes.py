"""What a replacement changes of a working order or of one of its exits: its limit, its stop, how long it stands.

Legs, quantity and type stay: the broker does not let a replacement change the first two, and a stop that becomes a
limit is another order. Pure; what may be sent is decided in moving.py and by the checks of a claim.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from senexbot.domain.errors import AlreadyHandled, ParseError
from senexbot.domain.language.said import Effect, Limit, ReplaceSaid, Stop, StopLimit
from senexbot.domain.money import price_text
from senexbot.domain.orders.terms import (
    Besides,
    ChildRole,
    ChildTerms,
    OrderTerms,
    OrderType,
    Side,
    TimeInForce,
    side_of,
)

ANEW = "Cancel it and order again."
_LIMITED = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})


@dataclass(frozen=True, slots=True)
class Change:
    """All that one order would ask for then. `part`: 0 the order itself, else the child with this number, counted
    from 1. `price` is signed and per unit, None of a stop order."""

    price: Decimal | None
    besides: Besides
    part: int = 0


def part_of(terms: OrderTerms, part: int) -> OrderTerms | ChildTerms:
    return terms.children[part - 1] if part else terms


def as_it_stands(terms: OrderTerms, part: int = 0) -> Change:
    one = part_of(terms, part)
    return Change(one.price, Besides(one.stop_trigger, one.time_in_force, one.gtc_date), part)


def priced(terms: OrderTerms, price: Decimal) -> Change:
    """The order itself at another limit."""
    return replace(as_it_stands(terms), price=price)


def changed(terms: OrderTerms, change: Change) -> OrderTerms:
    """The whole with it, as it would be at the broker."""
    stop, tif, day = change.besides.stop_trigger, change.besides.time_in_force, change.besides.gtc_date
    if not change.part:
        return replace(terms, price=change.price, stop_trigger=stop, time_in_force=tif, gtc_date=day)
    children = list(terms.children)
    children[change.part - 1] = replace(
        children[change.part - 1], price=change.price, stop_trigger=stop, time_in_force=tif, gtc_date=day
    )
    return replace(terms, children=tuple(children))


def alone(terms: OrderTerms, part: int) -> OrderTerms:
    """One part as the order that it is at the broker, without what hangs on it or beside it."""
    if not part:
        return terms
    child = terms.children[part - 1]
    return OrderTerms(
        account=terms.account,
        underlying=terms.underlying,
        legs=child.legs,
        type=child.type,
        price=child.price,
        time_in_force=child.time_in_force,
        stop_trigger=child.stop_trigger,
        gtc_date=child.gtc_date,
        strategy=terms.strategy,
    )


def triggers_at_once(terms: OrderTerms, part: int, trigger: Decimal, bid: Decimal, ask: Decimal) -> bool:
    """Whether the market of its one leg is past this stop already."""
    one = part_of(terms, part)
    return trigger <= ask if side_of(one.legs, one.price) is Side.BUY else trigger >= bid


# --- from the words ------------------------------------------------------------------------------


def change_of(terms: OrderTerms, part: int, said: ReplaceSaid) -> Change:
    """What these words make of it. Raises ParseError with the nearest form that would do, AlreadyHandled when it
    asks for that already."""
    one = part_of(terms, part)
    if part and terms.children[part - 1].role is ChildRole.THEN:
        raise ParseError("An order that follows another is not changed here.", hint=ANEW)
    now = as_it_stands(terms, part)
    wanted = _standing(_pricing(now, one, said), said)
    if wanted == now:
        raise AlreadyHandled("It stands like that already.", code="no_price")
    return wanted


def _pricing(now: Change, one: OrderTerms | ChildTerms, said: ReplaceSaid) -> Change:
    match said.pricing:
        case None:
            return now
        case Limit(price=price, effect=effect) if one.type in _LIMITED and now.price is not None:
            return replace(now, price=_signed(price, effect, now.price))
        case Stop(trigger=trigger) if one.type is OrderType.STOP:
            return replace(now, besides=replace(now.besides, stop_trigger=trigger))
        case StopLimit(trigger=trigger, price=price, effect=effect) if (
            one.type is OrderType.STOP_LIMIT and now.price is not None
        ):
            besides = replace(now.besides, stop_trigger=trigger)
            return replace(now, price=_signed(price, effect, now.price), besides=besides)
        case _:
            raise _other_kind(one, said.order_id)


def _signed(price: Decimal, effect: Effect | None, now: Decimal) -> Decimal:
    if effect is not None and (effect is Effect.CREDIT) != (now > 0):
        word = "credit" if now > 0 else "debit"
        raise ParseError(f"This order is for a {word}; a replacement cannot turn it round.", hint=ANEW)
    return price.copy_sign(now)


def _other_kind(one: OrderTerms | ChildTerms, number: int) -> ParseError:
    """What is said is not of its kind: the form that is, with its own figures."""
    limit = price_text(abs(one.price)) if one.price is not None else ""
    stop = price_text(one.stop_trigger) if one.stop_trigger is not None else ""
    match one.type:
        case OrderType.STOP_LIMIT:
            words, form = "has a stop and a limit: say both, or the limit alone", f"stop {stop} limit {limit}"
        case OrderType.STOP:
            words, form = "is a stop without a limit, and stays one", f"stop {stop}"
        case OrderType.LIMIT:
            words, form = "is moved to a price, and stays a limit order", f"@ {limit}"
        case _:
            return ParseError("This order has no limit to move.", hint=ANEW)
    return ParseError(f"This order {words}.", hint=f"Say it like replace {number} {form}. Or: {ANEW}")


def _standing(wanted: Change, said: ReplaceSaid) -> Change:
    if said.standing is None:
        return wanted
    tif = said.standing.time_in_force
    if tif is TimeInForce.IOC:
        raise ParseError("An order that works already cannot be immediate or cancel.", hint=ANEW)
    besides = replace(wanted.besides, time_in_force=tif, gtc_date=said.standing.until)
    return replace(wanted, besides=besides)


# --- as a replacement ----------------------------------------------------------------------------


def told_apart(old: Change, new: Change) -> tuple[Besides | None, Besides | None]:
    """What a replacement stores beside the limits: both, or neither where only the limit moves."""
    return (None, None) if old.besides == new.besides else (old.besides, new.besides)
