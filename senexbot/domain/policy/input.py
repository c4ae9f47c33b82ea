"""All that the policy looks at for one order. Nothing here asks anybody: None is "it could not be read"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from senexbot.domain.market import Balances, Position
from senexbot.domain.orders.terms import Estimate, OrderTerms
from senexbot.domain.policy.measures import OrderMarket, Risk, scaled, units
from senexbot.domain.policy.reservations import Hold, Reservation
from senexbot.domain.policy.rules import Subject


@dataclass(frozen=True, slots=True)
class PolicyInput:
    """`local`: the moment in the exchange's time zone. `ours`: what this desk's orders hold in the account,
    and the person's anywhere; `elsewhere`: today's orders of the account that were placed elsewhere.

    `estimated`: the broker's dry run is in, so that buying power can be told. `eligible`: how many other
    persons may approve now; None when that is not asked. `loss_lifted`: a person has lifted today's halt
    for the daily loss. `risk`: from the payoff, for several legs.
    """

    terms: OrderTerms
    subject: Subject
    now: datetime
    local: datetime
    market: OrderMarket | None
    balances: Balances | None
    positions: tuple[Position, ...] | None
    ours: tuple[Reservation, ...] = ()
    elsewhere: tuple[Reservation, ...] | None = ()
    estimate: Estimate | None = None
    estimated: bool = False
    risk: Risk | None = None
    eligible: int | None = None
    loss_lifted: bool = False

    @property
    def known(self) -> tuple[Reservation, ...]:
        return (*self.ours, *(self.elsewhere or ()))

    def of_account(self) -> tuple[Reservation, ...]:
        return tuple(r for r in self.known if r.is_of(self.terms.account))

    def together(self, minutes: int) -> tuple[Reservation, ...]:
        """Opening orders of the same account and underlying that count as one with this: those still open,
        and what filled of those sent within so many minutes of the same trading day."""
        since, day = self.now - timedelta(minutes=minutes), self.local.date()
        underlying = self.terms.underlying
        return tuple(
            r
            for r in self.known
            if r.underlying == underlying
            and r.opens
            and r.is_of(self.terms.account)
            and (r.is_open or (minutes > 0 and r.day == day and r.at > since and r.hold is Hold.ENDED))
        )

    def unseen_by(self, read_at: datetime) -> tuple[Reservation, ...]:
        """Orders of ours that figures read at that moment may not hold yet."""
        return tuple(
            r
            for r in self.ours
            if r.is_of(self.terms.account)
            and (r.hold is Hold.CLAIMED or (r.changed_at is not None and r.changed_at >= read_at))
        )

    def sized(self, to: Decimal) -> PolicyInput:
        """The same with the order `to` units large; what the dry run said grows in proportion."""
        ratio = to / units(self.terms)
        estimate, risk = self.estimate, self.risk
        if estimate is not None:
            change = (estimate.buying_power_after - estimate.buying_power_before) * ratio
            estimate = replace(estimate, buying_power_after=estimate.buying_power_before + change)
        if risk is not None:
            loss = None if risk.greatest_loss is None else risk.greatest_loss * ratio
            risk = Risk(loss, risk.uncapped_contracts * ratio)
        return replace(self, terms=scaled(self.terms, to), estimate=estimate, risk=risk)
