"""What stands on a preview beside its terms: its normal form, its market, its steps of price, its risk. No reads."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from senexbot.domain.errors import AlreadyHandled
from senexbot.domain.instruments import tick_at
from senexbot.domain.language import said_text
from senexbot.domain.market import SessionState
from senexbot.domain.money import step
from senexbot.domain.options.payoff import Payoff, payoff_of_terms
from senexbot.domain.orders.intents import Intent
from senexbot.domain.orders.net import net_of, net_ticks, unit_ratios
from senexbot.domain.orders.terms import OrderTerms, PriceView
from senexbot.domain.orders.words import terms_text
from senexbot.domain.resolving import Resolved
from senexbot.domain.resolving.back import said_of
from senexbot.services.orders.market_facts import MarketFacts


def text_of(terms: OrderTerms) -> str:
    """The normal form, which the language reads back to the same order; of an OCO on several legs these legs."""
    said = said_of(terms)
    return terms_text(terms) if said is None else said_text(said)


def stepped_price(terms: OrderTerms, facts: MarketFacts, steps: int) -> Decimal:
    """The signed net price `steps` higher per unit; raises AlreadyHandled without a limit, or at zero."""
    if terms.price is None:
        raise AlreadyHandled("This order has no price to change.", code="no_price")
    ticks = net_ticks(facts.instruments)
    price: Decimal | None = abs(terms.price)
    for _ in range(abs(steps)):
        price = step(price, ticks, steps) if price is not None else None
    if price is None:
        raise AlreadyHandled("The price cannot go lower.", code="no_price")
    return -price if terms.price < 0 else price


def price_view_of(facts: MarketFacts, terms: OrderTerms) -> PriceView | None:
    """The market of the one leg, or of all legs as one: what the whole would bring or cost."""
    quotes = [quote for quote in facts.quotes if quote is not None]
    if len(quotes) != len(terms.legs):
        return None
    bid, ask, last, net = quotes[0].bid, quotes[0].ask, quotes[0].last, None
    if len(quotes) > 1:
        net = net_of(terms.legs, quotes)
        bid, ask = (None, None) if net is None else sorted((abs(net.natural), abs(net.best)))
        last = None
    ticks = net_ticks(facts.instruments)
    reference = abs(terms.price) if terms.price is not None else (last or quotes[0].mid or Decimal(1))
    return PriceView(
        bid=bid,
        ask=ask,
        last=last,
        at=min(quote.at for quote in quotes),
        delayed=any(quote.delayed for quote in quotes),
        session_open=all(quote.session is SessionState.OPEN for quote in quotes),
        closed_at=min((q.closed_at for q in quotes if q.closed_at is not None), default=None),
        tick=tick_at(ticks, reference),
        lower=step(abs(terms.price), ticks, -1) if terms.price is not None else None,
        higher=step(abs(terms.price), ticks, 1) if terms.price is not None else None,
        natural=None if net is None else net.natural,
    )


def payoff_of(resolved: Resolved) -> Payoff | None:
    """Of orders for options that open; with the shares that covered calls and collars stand on."""
    if all(leg.instrument.option is None for leg in resolved.legs):
        return None
    spot = resolved.spot.mid or resolved.spot.last if resolved.spot is not None else None
    return payoff_of_terms(resolved.terms, spot=spot, held_shares=resolved.shares)


def payoff_repriced(intent: Intent, terms: OrderTerms) -> Payoff | None:
    """What another price changes: the same everywhere, by the difference."""
    old, new = intent.terms.price, terms.price
    if intent.payoff is None or old is None or new is None:
        return None
    leg, ratio = terms.legs[0], unit_ratios(terms.legs)[0]
    moved = intent.payoff.shifted((new - old) * leg.quantity / ratio * leg.multiplier)
    alone = payoff_of_terms(intent.terms)
    if alone is None or alone.break_evens != intent.payoff.break_evens:
        return moved  # shares count with it, whose part is not known here
    fresh = payoff_of_terms(terms)
    return moved if fresh is None else replace(fresh, up=moved.up, down=moved.down)
