"""The nearest sentences that a denial leaves open: each is the same wish with one value exchanged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from decimal import Decimal

from senexbot.domain.errors import Denied, Reason
from senexbot.domain.language import said_text
from senexbot.domain.language.normal import amount_text, pricing_text, standing_text
from senexbot.domain.language.said import (
    CloseSaid,
    Limit,
    Market,
    OrderSaid,
    Pegged,
    Pricing,
    Reference,
    RollSaid,
    Sentence,
    Standing,
    Stop,
    StopLimit,
    Units,
)
from senexbot.domain.money import price_text
from senexbot.domain.orders.terms import TimeInForce
from senexbot.domain.resolving.outcome import CannotResolve

Said = OrderSaid | CloseSaid | RollSaid
_TODAY = frozenset({"market_gtc", "stop_gtc", "gtd_date"})
_AT_MID = frozenset({"market_closed", "market_legs"})


def instead_of(said: Said, denied: Denied) -> tuple[Sentence, ...]:
    """At most three, the nearest first; none where several things are wrong or nothing near would do."""
    if isinstance(denied, CannotResolve):
        return denied.instead[:3]
    if len(denied.reasons) != 1:
        return ()
    return tuple(_mended(said, denied.reasons[0]))[:3]


def label_of(said: Said, offer: Sentence) -> str:
    """What a button says: the one value that differs, else the whole of it."""
    if isinstance(offer, OrderSaid | CloseSaid | RollSaid):
        if offer.pricing is not None and _but(said, "pricing", offer):
            return _price_label(said.pricing, offer.pricing)
        if _but(said, "amount", offer):
            return amount_text(offer.amount)
        if _but(said, "standing", offer):
            return standing_text(offer.standing) or "today only"
    return said_text(offer)


def _but(said: Said, name: str, offer: Said) -> bool:
    """Whether the two are equal but for this one value."""
    if type(said) is not type(offer):
        return False
    return all(getattr(said, f.name) == getattr(offer, f.name) for f in fields(said) if f.name != name)


def _price_label(before: Pricing | None, after: Pricing) -> str:
    if isinstance(after, Limit) and isinstance(before, Limit) and after.effect is before.effect:
        return price_text(after.price)
    return pricing_text(after).removeprefix("@ ")


def _mended(said: Said, reason: Reason) -> Iterator[Sentence]:
    if reason.code == "off_tick":
        yield from (replace(said, pricing=p) for p in _priced(said.pricing, reason.prices))
    elif reason.code == "trigger_off_tick" and isinstance(said.pricing, Stop | StopLimit):
        for price in reason.prices:
            yield replace(said, pricing=replace(said.pricing, trigger=price))
    elif reason.code in _TODAY:
        yield replace(said, standing=None)
    elif reason.code == "extended_shares":
        if said.standing is not None and said.standing.time_in_force in {
            TimeInForce.GTC_EXT,
            TimeInForce.GTC_EXT_OVERNIGHT,
        }:
            yield replace(said, standing=Standing(TimeInForce.GTC))
        yield replace(said, standing=None)
    elif reason.quantity and isinstance(said, OrderSaid) and isinstance(said.amount, Units):
        yield replace(said, amount=Units(reason.quantity))
    elif reason.code in _AT_MID and isinstance(said.pricing, Market):
        yield replace(said, pricing=Pegged(Reference.MID))


def _priced(pricing: Pricing | None, prices: Sequence[Decimal]) -> Iterator[Pricing]:
    if isinstance(pricing, Limit | StopLimit):
        yield from (replace(pricing, price=price) for price in prices)
