"""The policy's conditions: what may be traded, when, how often, and how far from the market."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from senexbot.domain.instruments import names_future
from senexbot.domain.money import percent_text, price_text, quantity_text
from senexbot.domain.orders.terms import OrderTerms, OrderType, Side
from senexbot.domain.policy.case import NO_ORDERS, Case, Missing, Said, over
from senexbot.domain.policy.reservations import Hold, opens, print_of
from senexbot.domain.policy.rules import Hours, Products, Restricted, RuleName
from senexbot.domain.policy.verdict import Finding, Outcome
from senexbot.domain.policy.words import hours_text

THROTTLE_WITHIN = timedelta(seconds=60)
COLLAR_IGNORES = Decimal("0.10")  # a percentage says nothing where the price is a few cents
_SATURDAY = 5


# --- how often -----------------------------------------------------------------------------------


def orders(case: Case) -> Iterator[Said]:
    rule, limit, facts = RuleName.ORDERS, case.limit(RuleName.ORDERS), case.facts
    if limit.is_off:
        return
    if facts.elsewhere is None:
        yield Missing(rule, NO_ORDERS)
        return
    today = facts.local.date()
    count = 1 + sum(1 for r in facts.of_account() if r.day == today and r.hold is not Hold.VOID)
    yield from over(
        rule,
        "limit_orders",
        limit,
        Decimal(count),
        lambda v, t: (
            f"order {quantity_text(v)} of this account today, limit {quantity_text(t)} (a trading day)"
        ),
    )


def throttle(case: Case) -> Iterator[Said]:
    facts, since = case.facts, case.facts.now - THROTTLE_WITHIN
    count = 1 + sum(1 for r in facts.ours if r.owner == facts.subject.user and r.at > since)
    yield from over(
        RuleName.THROTTLE,
        "limit_throttle",
        case.limit(RuleName.THROTTLE),
        Decimal(count),
        lambda v, t: f"{quantity_text(v)} orders of yours within a minute, limit {quantity_text(t)}",
    )


def duplicate(case: Case) -> Iterator[Said]:
    seconds, facts = case.number(RuleName.DUPLICATE), case.facts
    since = facts.now - timedelta(seconds=seconds)
    young = [r for r in facts.ours if r.at > since and r.share and r.is_of(facts.terms.account)]
    same = print_of(facts.terms) if young else ""
    age = min((facts.now - r.at for r in young if r.print == same), default=timedelta(seconds=seconds))
    if age >= timedelta(seconds=seconds):
        return
    ago = max(int(age.total_seconds()), 0)
    words = f"the same order was sent {ago} s ago: wait {seconds - ago} s, or say another quantity or price"
    yield Finding("duplicate", RuleName.DUPLICATE.value, Outcome.DENIED, words, Decimal(seconds))


# --- what and when -------------------------------------------------------------------------------


def restricted(case: Case) -> Iterator[Said]:
    value = case.values[RuleName.RESTRICTED]
    assert isinstance(value, Restricted)
    terms, day, closing = case.facts.terms, case.facts.local.date(), not opens(case.facts.terms)
    for entry in value.entries:
        meant = entry.symbol == terms.underlying or names_future(entry.symbol, terms.underlying)
        if not meant or not entry.holds_on(day) or (closing and not entry.closing_too):
            continue
        until = "" if entry.until is None else f" until {entry.until:%Y-%m-%d}"
        words = f"{entry.symbol} is restricted{until}{'' if entry.closing_too else ': it can only be closed'}"
        yield Finding("restricted", RuleName.RESTRICTED.value, Outcome.DENIED, words)
        return


def products(case: Case) -> Iterator[Said]:
    value = case.values[RuleName.PRODUCTS]
    assert isinstance(value, Products)
    for kind in dict.fromkeys(leg.type for leg in case.facts.terms.legs if not leg.action.closes):
        if kind not in value.allowed:
            words = f"{kind.value} is not allowed by the desk's policy"
            yield Finding("product", RuleName.PRODUCTS.value, Outcome.DENIED, words)


def hours(case: Case) -> Iterator[Said]:
    value, local = case.values[RuleName.HOURS], case.facts.local
    assert isinstance(value, Hours)
    if value.begin is None or value.end is None:
        return
    minute = local.hour * 60 + local.minute
    if local.weekday() >= _SATURDAY or not value.begin <= minute < value.end:
        words = f"opening orders are taken {hours_text(value)} on weekdays, New York time"
        yield Finding("hours", RuleName.HOURS.value, Outcome.DENIED, words)


def collar(case: Case) -> Iterator[Said]:
    rule, limit, terms = RuleName.COLLAR, case.limit(RuleName.COLLAR), case.facts.terms
    if limit.is_off or terms.type is not OrderType.LIMIT or terms.price is None:
        return
    buys, price, market = _pays(terms), abs(terms.price), case.facts.market
    reference = None if market is None else (market.ask if buys else market.bid) or market.last
    if market is None or not market.usable or not reference:
        yield Missing(rule, "price collar not checked: there is no fresh quote")
        return
    through = price - reference if buys else reference - price
    if through <= COLLAR_IGNORES:
        return
    side = "above the ask" if buys else "below the bid"
    yield from over(
        rule,
        "limit_collar",
        limit,
        through / reference * 100,
        lambda v, t: (
            f"{price_text(price)} is {percent_text(v, places=0)} {side} of {price_text(reference)}, "
            f"limit {percent_text(t, places=0)}"
        ),
    )


def _pays(terms: OrderTerms) -> bool:
    """Whether the order as a whole costs money: a single leg by its side, several by the price's sign."""
    if len(terms.legs) == 1 or not terms.price:
        return terms.side is Side.BUY
    return terms.price < 0
