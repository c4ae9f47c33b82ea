"""The market beside an order, and where the order's price stands in it. Text is ready for mrkdwn."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from senexbot.blocks import figures
from senexbot.domain.orders.changes import triggers_at_once
from senexbot.domain.orders.terms import OrderTerms, PriceView, Side


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


def bid_mid_ask(view: PriceView, terms: OrderTerms, now: datetime) -> str:
    """`187.44 bid / 187.50 ask, mid 187.47 · 1 s old: your limit is the ask`; of a closed session which close it is."""
    late = ", delayed 15 min" if view.delayed else ""
    if view.bid is None or view.ask is None:
        last = f", last {figures.price(view.last)}" if view.last is not None else ""
        return f"No two-sided market{last}, {figures.age(view.at, now)}{late}"
    middle = figures.price((view.bid + view.ask) / 2)
    prices = f"{figures.price(view.bid)} bid / {figures.price(view.ask)} ask, mid {middle}"
    if view.closed_at is not None:
        return f"{prices} · {figures.closing(view.at, now, view.closed_at)}{late}"
    shown = f"{prices} · {figures.age(view.at, now)}{late}"
    if not view.session_open:
        return f"{shown}, market closed"
    beside = _beside(view.bid, view.ask, terms)
    return f"{shown}: {beside}" if beside else shown


def _beside(bid: Decimal, ask: Decimal, terms: OrderTerms) -> str:
    """Where the limit stands between bid and ask, for one leg."""
    if len(terms.legs) != 1:
        return ""
    buys = terms.side is Side.BUY
    if terms.stop_trigger is not None:
        return _waiting(bid, ask, terms.stop_trigger, terms)
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


def _waiting(bid: Decimal, ask: Decimal, trigger: Decimal, terms: OrderTerms) -> str:
    """What sets a stop off, whether that has happened already, and a limit that such a market leaves behind."""
    buys = terms.side is Side.BUY
    if triggers_at_once(terms, 0, trigger, bid, ask):
        words = f"careful, past {figures.price(trigger)} already: it triggers at once"
    else:
        words = f"waits for a trade at {figures.price(trigger)} or {'above' if buys else 'below'}"
    behind = Decimal(0) if terms.price is None else (abs(terms.price) - trigger) * (-1 if buys else 1)
    if behind > 0:
        words += (
            f"; its limit is {figures.price(behind)} {'below' if buys else 'above'} that and may not fill"
        )
    return words
