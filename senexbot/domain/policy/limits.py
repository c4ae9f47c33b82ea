"""The policy's limits: how large an order may be, alone and beside those that count as one with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from senexbot.domain.money import dollars, percent_text, quantity_text
from senexbot.domain.policy.case import NO_ORDERS, Case, Missing, Rule, Said, over
from senexbot.domain.policy.input import PolicyInput
from senexbot.domain.policy.measures import ZERO, position_value
from senexbot.domain.policy.reservations import Reservation
from senexbot.domain.policy.rules import Limit, RuleName
from senexbot.domain.policy.verdict import Concentration, Exposure, Finding, Outcome


def _sum(case: Case, own: Decimal | None, figure: str) -> tuple[Decimal | None, int]:
    """The order and those that count as one with it; None when one of them is not known."""
    total, counted = own, 0
    for other in case.beside:
        part = other.part(getattr(other.exposure, figure))
        counted += bool(part)
        total = None if total is None or part is None else total + part
    return total, counted


def _with_others(count: int) -> str:
    return "" if not count else f" with {count} other order{'' if count == 1 else 's'} beside it"


def _size(rule: RuleName, code: str, figure: str, label: str, unit: Callable[[Decimal], str]) -> Rule:
    """A limit on what this order and those beside it come to."""

    def said(case: Case) -> Iterator[Said]:
        limit = case.limit(rule)
        if limit.is_off:
            return
        value, count = _sum(case, getattr(case.exposure, figure), figure)
        if case.facts.elsewhere is None:
            yield Missing(rule, NO_ORDERS)
        elif value is None:
            yield Missing(rule, f"{label} not checked: no price is known for the order or one beside it")
        else:
            beside = _with_others(count)
            yield from over(
                rule, code, limit, value, lambda v, t: f"{label} {unit(v)}{beside}, limit {unit(t)}"
            )

    return said


def _loss(case: Case) -> Iterator[Said]:
    rule, limit = RuleName.LOSS, case.limit(RuleName.LOSS)
    if limit.is_off:
        return
    if case.exposure.uncapped and _uncovered(case):
        outcome = Outcome.NEEDS_APPROVAL if limit.deny_over is None else Outcome.DENIED
        threshold = limit.approve_over if limit.deny_over is None else limit.deny_over
        assert threshold is not None
        yield Finding(
            "limit_loss", rule.value, outcome, f"no cap on the loss, limit {dollars(threshold)}", threshold
        )
        return
    own = case.exposure.greatest_loss if not case.exposure.uncapped else case.exposure.notional
    value, count = _sum(case, own, "greatest_loss")
    if case.facts.elsewhere is None or value is None:
        yield Missing(rule, "greatest loss not checked: it is not known of this order or one beside it")
        return
    beside = _with_others(count)
    yield from over(
        rule,
        "limit_loss",
        limit,
        value,
        lambda v, t: f"greatest loss {dollars(v)}{beside}, limit {dollars(t)}",
    )


def _uncovered(case: Case) -> Decimal:
    """Contracts without a cap that no shares held stand for, with those of the orders beside this one."""
    facts = case.facts
    value, _ = _sum(case, case.exposure.uncapped_contracts, "uncapped_contracts")
    assert value is not None
    cover = ZERO
    for position in facts.positions or ():
        if position.underlying != facts.terms.underlying:
            continue
        shares = position.quantity * position.multiplier / 100
        if position.symbol == position.underlying:
            cover += max(shares, ZERO)
        elif _is_short_call(position.symbol, position.quantity):
            cover += shares
    return max(value - max(cover, ZERO), ZERO)


def _is_short_call(symbol: str, quantity: Decimal) -> bool:
    return quantity < 0 and symbol[-9:-8] == "C"


def _uncapped(case: Case) -> Iterator[Said]:
    limit = case.limit(RuleName.UNCAPPED)
    if limit.is_off or not case.exposure.uncapped:
        return
    if case.facts.positions is None or case.facts.elsewhere is None:
        yield Missing(RuleName.UNCAPPED, "uncapped loss not checked: positions or orders could not be read")
        return
    yield from over(
        RuleName.UNCAPPED,
        "limit_uncapped",
        limit,
        _uncovered(case),
        lambda v, t: f"{quantity_text(v)} contracts without a cap on the loss, limit {quantity_text(t)}",
    )


def _buying_power(case: Case) -> Iterator[Said]:
    rule, limit, facts = RuleName.BUYING_POWER, case.limit(RuleName.BUYING_POWER), case.facts
    if limit.is_off or not facts.estimated:
        return
    balances, taken = facts.balances, case.exposure.buying_power
    if balances is None or taken is None or balances.net_liquidating_value <= 0:
        yield Missing(rule, "buying power not checked: the account's figures could not be read")
        return
    pending = [r.part(r.exposure.buying_power) for r in facts.unseen_by(balances.at)]
    if None in pending:
        yield Missing(rule, "buying power not checked: it is not known what an order on its way takes")
        return
    worth = balances.net_liquidating_value
    used = worth - balances.derivative_buying_power + sum((p for p in pending if p), ZERO) + taken
    yield from over(
        rule,
        "limit_buying_power",
        limit,
        used / worth * 100,
        lambda v, t: f"buying power {percent_text(v, places=0)} used, limit {percent_text(t, places=0)}",
    )


def _concentration(case: Case) -> Iterator[Said]:
    found = case.share
    if isinstance(found, Missing):
        yield found
    elif found is not None:
        underlying = case.facts.terms.underlying
        yield from over(
            RuleName.CONCENTRATION,
            "limit_concentration",
            case.limit(RuleName.CONCENTRATION),
            found.after,
            lambda v, t: (
                f"{percent_text(v, places=0)} of the account in {underlying}, limit {percent_text(t, places=0)}"
            ),
        )


def concentration(
    limit: Limit, facts: PolicyInput, exposure: Exposure, together: tuple[Reservation, ...]
) -> Concentration | Missing | None:
    """`together`: the orders that count as one with this one. None where the policy sets no limit."""
    rule = RuleName.CONCENTRATION
    if limit.is_off:
        return None
    balances, positions = facts.balances, facts.positions
    if (
        balances is None
        or positions is None
        or facts.elsewhere is None
        or balances.net_liquidating_value <= 0
    ):
        return Missing(rule, "concentration not checked: the account's figures could not be read")
    underlying = facts.terms.underlying
    beside = {r.intent_id or r.print: r for r in together if r.is_open}
    beside |= {r.intent_id: r for r in facts.unseen_by(balances.at) if r.opens and r.underlying == underlying}
    parts = [
        exposure.notional,
        *(position_value(p) for p in positions if p.underlying == underlying),
        *(r.part(r.exposure.notional) for r in beside.values()),
    ]
    known = [p for p in parts if p is not None]
    if len(known) < len(parts):
        return Missing(rule, f"concentration not checked: no price is known for something in {underlying}")
    worth, (own, *others) = balances.net_liquidating_value / 100, known
    before = sum(others, ZERO)
    return Concentration(before / worth, (own + before) / worth, limit.first)


def _daily_loss(case: Case) -> Iterator[Said]:
    rule, limit, facts = RuleName.DAILY_LOSS, case.limit(RuleName.DAILY_LOSS), case.facts
    if limit.is_off or facts.loss_lifted:
        return
    if facts.balances is None or facts.balances.day_change is None:
        yield Missing(rule, "daily loss not checked: the day's result could not be read")
        return
    yield from over(
        rule,
        "daily_loss",
        limit,
        max(-facts.balances.day_change, ZERO),
        lambda v, t: f"the account is down {dollars(v)} today, limit {dollars(t)}",
    )


LIMITS: tuple[Rule, ...] = (
    _daily_loss,
    _size(RuleName.NOTIONAL, "limit_notional", "notional", "notional", dollars),
    _size(RuleName.SHARES, "limit_shares", "shares", "shares", quantity_text),
    _size(RuleName.CONTRACTS, "limit_contracts", "contracts", "contracts", quantity_text),
    _loss,
    _uncapped,
    _buying_power,
    _concentration,
)
