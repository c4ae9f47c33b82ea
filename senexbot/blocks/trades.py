"""An order's terms, its fills and the market beside it, in a trader's words. Text is ready for mrkdwn."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from senexbot.blocks import figures
from senexbot.blocks.kit import cut, esc
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.money import credit_or_debit
from senexbot.domain.order_words import order_words
from senexbot.domain.orders import (
    Action,
    BrokerOrder,
    Estimate,
    Intent,
    Leg,
    OrderTerms,
    PriceView,
    Side,
    TimeInForce,
)

WORDS_LIMIT = 80


def what(terms: OrderTerms) -> str:
    """`Buy 100 AAPL, limit 187.50, today only`; `Sell 2 SPY 18 Dec 26 590 put to close for 3.40 credit, GTC`."""
    if len(terms.legs) == 1:
        return esc(order_words(replace(terms, legs=(_with_effect(terms.legs[0]),))), 2 * WORDS_LIMIT)
    until = "GTC" if terms.time_in_force is TimeInForce.GTC else "today only"
    price = "at the market" if terms.price is None else f"for {credit_or_debit(terms.price)}"
    return f"{_legs(terms.legs)} {price}, {until}"


def _with_effect(leg: Leg) -> Leg:
    """An option says when it closes, shares when they are sold short or bought back."""
    if leg.type is InstrumentType.EQUITY:
        effect = {Action.SELL_TO_OPEN: " short", Action.BUY_TO_CLOSE: " to cover"}.get(leg.action, "")
    else:
        effect = " to close" if leg.action.closes else " to open"
    return replace(leg, words=cut(leg.words, WORDS_LIMIT) + effect)


def what_short(terms: OrderTerms) -> str:
    """`buy 100 AAPL at 187.50`: inside a sentence."""
    legs = figures.lowered(_legs(terms.legs))
    at = "at market" if terms.price is None else f"at {figures.price(abs(terms.price))}"
    return f"{legs} {at}"


def _legs(legs: tuple[Leg, ...]) -> str:
    return " and ".join(_leg(leg, first=not i) for i, leg in enumerate(legs))


def _leg(leg: Leg, *, first: bool) -> str:
    verb = leg.action.side.value
    verb = verb.capitalize() if first else verb
    return f"{verb} {figures.quantity(leg.quantity)} {esc(_with_effect(leg).words, 2 * WORDS_LIMIT)}"


def units(terms: OrderTerms) -> Decimal:
    """How many of the smallest leg: what a quantity of the order counts."""
    return min(leg.quantity for leg in terms.legs)


# --- what it costs -------------------------------------------------------------------------------


def cost(estimate: Estimate, terms: OrderTerms, view: PriceView | None) -> str:
    """`Cost $18,750.00 + $0.08 fees`; signs in words."""
    fees = f"{figures.dollars(abs(estimate.fees))} fees"
    if estimate.cost is not None:
        if estimate.cost > 0:
            return f"{_income(terms)} {figures.dollars(estimate.cost)} less {fees}"
        return f"Cost {figures.dollars(-estimate.cost)} + {fees}"
    about = _at_the_market(terms, view)
    word = "Cost" if terms.side is Side.BUY else _income(terms)
    return f"{word} about {about}, {fees}" if about else f"{word} not known before the fill, {fees}"


def _income(terms: OrderTerms) -> str:
    """What a seller calls the money: shares bring proceeds, options a credit."""
    return "Proceeds" if terms.legs[0].type is InstrumentType.EQUITY else "Credit"


def _at_the_market(terms: OrderTerms, view: PriceView | None) -> str:
    """What one leg would come to at the other side of the market."""
    if view is None or len(terms.legs) != 1:
        return ""
    leg = terms.legs[0]
    side, name = (view.ask, "ask") if terms.side is Side.BUY else (view.bid, "bid")
    if side is None:
        return ""
    return f"{figures.dollars(side * leg.quantity * leg.multiplier)} at the {name}"


def buying_power(estimate: Estimate) -> str:
    before, after = estimate.buying_power_before, estimate.buying_power_after
    return f"buying power {figures.dollars(before)} → {figures.dollars(after)}"


# --- the market beside it ------------------------------------------------------------------------


def market(view: PriceView, terms: OrderTerms, now: datetime) -> str:
    """`187.44 / 187.50, 1 s old: your limit is the ask`."""
    if view.bid is None or view.ask is None:
        last = f", last {figures.price(view.last)}" if view.last is not None else ""
        return f"No two-sided market to be seen{last}, {figures.age(view.at, now)}: check the price yourself"
    prices = f"{figures.price(view.bid)} / {figures.price(view.ask)}"
    late = ", delayed 15 min" if view.delayed else ""
    if view.closed_at is not None:
        close = figures.closing(view.at, now, view.closed_at)
        return f"Market closed, {prices}, {close}{late}: it waits for the open"
    shown = f"{prices}, {figures.age(view.at, now)}{late}"
    if not view.session_open:
        return f"Market closed, last quotes {shown}: it waits for the open"
    beside = _beside(view.bid, view.ask, terms)
    return f"{shown}: {beside}" if beside else shown


def _beside(bid: Decimal, ask: Decimal, terms: OrderTerms) -> str:
    """Where the limit stands between bid and ask, for one leg."""
    if len(terms.legs) != 1:
        return ""
    buys = terms.side is Side.BUY
    if terms.price is None:
        return f"you take the {'ask' if buys else 'bid'} or what comes after it"
    limit = abs(terms.price)
    if limit == ask:
        return "your limit is the ask"
    if limit == bid:
        return "your limit is the bid"
    if bid < limit < ask:
        return "your limit is inside the market"
    if limit > ask:
        return f"your limit is {figures.price(limit - ask)} above the ask" + (
            ", fills at once" if buys else ""
        )
    return f"your limit is {figures.price(bid - limit)} below the bid" + ("" if buys else ", fills at once")


# --- what has happened ---------------------------------------------------------------------------


def done(intent: Intent) -> str:
    """`bought 1 of 2 SPY 18 Dec 26 590 put at 3.45`; "" when nothing is known to be filled."""
    facts, terms = intent.facts, intent.terms
    if facts is None or not facts.filled:
        return ""
    if len(terms.legs) != 1:
        return f"fills on {_legs(terms.legs)}"
    leg = terms.legs[0]
    verb = "bought" if terms.side is Side.BUY else "sold"
    amount = figures.quantity(facts.filled)
    if facts.filled != leg.quantity:
        amount += f" of {figures.quantity(leg.quantity)}"
    at = ", average" if _several_prices(intent) else " at"
    price = figures.price(facts.average_price or Decimal(0))
    return f"{verb} {amount} {esc(leg.words, WORDS_LIMIT)}{at} {price}"


def _several_prices(intent: Intent) -> bool:
    return intent.facts is not None and len({fill.price for fill in intent.facts.fills}) > 1


def amount_done(intent: Intent) -> str:
    """`paid $18,750.00` or `received $690.00`, before fees; "" without fills or with several legs."""
    facts, terms = intent.facts, intent.terms
    if facts is None or not facts.filled or len(terms.legs) != 1:
        return ""
    total = sum((f.quantity * f.price for f in facts.fills), Decimal(0)) * terms.legs[0].multiplier
    return f"{'paid' if terms.side is Side.BUY else 'received'} {figures.dollars(total)} before fees"


def progress(intent: Intent) -> str:
    """`1 of 2 filled, 1 remaining`: fills and the rest add up (I17)."""
    facts = intent.facts
    if facts is None or len(intent.terms.legs) != 1:
        return ""
    total = units(intent.terms)
    filled = min(facts.filled, total)
    return (
        f"{figures.quantity(filled)} of {figures.quantity(total)} filled, "
        f"{figures.quantity(total - filled)} remaining"
    )


# --- orders placed elsewhere ---------------------------------------------------------------------


def broker_order(order: BrokerOrder) -> str:
    """`Buy 100 AAPL, limit 187.50, Day`, from what the broker shows of it."""
    legs = " and ".join(
        f"{esc(leg.action, 20)} {figures.quantity(leg.quantity)} {esc(leg.symbol, 40)}" for leg in order.legs
    )
    at = "at market" if order.price is None else f"{esc(order.type, 20)} {figures.price(abs(order.price))}"
    return f"{legs or esc(order.underlying, 20)}, {at}, {esc(order.time_in_force, 12)}"
