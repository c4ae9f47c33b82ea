"""Orders written out: the normal form that parses back to the same order, and the words of a card."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from senexbot.domain.instruments import InstrumentType, OptionContract
from senexbot.domain.money import credit_or_debit, dollars, price_text, quantity_text
from senexbot.domain.orders.terms import (
    ChildRole,
    ChildTerms,
    Leg,
    OptionQuery,
    OrderTerms,
    TimeInForce,
    WalkTerms,
)


def compact_occ(contract: OptionContract) -> str:
    """The OCC symbol as one word, without padding: `SPY261218P00590000`."""
    return contract.occ.replace(" ", "")


def query_text(query: OptionQuery) -> str:
    """`SPY 18DEC26 590p`."""
    strike = f"{query.strike.normalize():f}{query.right.value.lower()}"
    return f"{query.underlying} {_day_text(query.expiration)} {strike}"


def _day_text(day: date) -> str:
    return f"{day.day}{day:%b%y}".upper()


def day_words(day: date) -> str:
    """`18 Dec 26`."""
    return f"{day.day} {day:%b %y}"


# --- the normal form -----------------------------------------------------------------------------

_STANDING_TEXT = {
    TimeInForce.DAY: "",
    TimeInForce.GTC: " gtc",
    TimeInForce.EXT: " ext",
    TimeInForce.GTC_EXT: " gtc ext",
    TimeInForce.EXT_OVERNIGHT: " overnight",
    TimeInForce.GTC_EXT_OVERNIGHT: " gtc overnight",
    TimeInForce.IOC: " ioc",
}


def _standing_text(terms: OrderTerms | ChildTerms) -> str:
    if terms.gtc_date is not None:
        return f" until {_day_text(terms.gtc_date)}"
    return _STANDING_TEXT.get(terms.time_in_force, " gtd")


def terms_text(terms: OrderTerms) -> str:
    """The normal form of resolved terms; an option as its one-word OCC symbol. Names no account.

    `sell 2 SPY261218P00590000 + buy 2 SPY261218P00580000 @ 1.20 credit gtc`, children behind semicolons.
    """
    said = f"{_what_text(terms)} {_paid_text(terms)}{_standing_text(terms)}"
    walk = ""
    if terms.walk is not None:
        to = price_text(abs(terms.walk.to))
        walk = f" walk {price_text(terms.walk.step)} every {terms.walk.every_seconds}s to {to}"
    group = f"; {terms.group.value.lower()}" if terms.group is not None else ""
    children = "".join(
        f"; {child.role.value}: {_legs_text(child.legs)} {_paid_text(child)}{_standing_text(child)}"
        for child in terms.children
    )
    return said + walk + group + children


def _what_text(terms: OrderTerms) -> str:
    if terms.value is not None:
        return f"{terms.side.value} {dollars(abs(terms.value)).replace(',', '')} {terms.legs[0].symbol}"
    return _legs_text(terms.legs)


def _legs_text(legs: tuple[Leg, ...]) -> str:
    return " + ".join(
        f"{leg.action.side.value} {leg.quantity:f} {leg.symbol.replace(' ', '')}" for leg in legs
    )


def _paid_text(terms: OrderTerms | ChildTerms) -> str:
    stop = "" if terms.stop_trigger is None else f"stop {price_text(terms.stop_trigger)}"
    if terms.price is None:
        return stop or "mkt"
    price = f"@ {price_text(abs(terms.price))}"
    if len(terms.legs) > 1:
        price = f"@ {credit_or_debit(terms.price)}"
    return f"{stop} {price}".strip()


# --- the words -----------------------------------------------------------------------------------

_STANDING_WORDS = {
    TimeInForce.DAY: "today only",
    TimeInForce.GTC: "GTC",
    TimeInForce.EXT: "today with extended hours",
    TimeInForce.GTC_EXT: "GTC with extended hours",
    TimeInForce.EXT_OVERNIGHT: "today and overnight",
    TimeInForce.GTC_EXT_OVERNIGHT: "GTC, also overnight",
    TimeInForce.IOC: "immediate or cancel",
}


_LIMITED = frozenset({InstrumentType.EQUITY, InstrumentType.FUTURE})  # a limit, neither credit nor debit


def order_words(terms: OrderTerms, *, leg_words: Callable[[Leg], str] = lambda leg: leg.words) -> str:
    """As a trader says it: `Buy 100 AAPL, limit 187.50, today only`; `Sell 50 AAPL, stop 180.00, GTC`;
    `Sell 2 SPY 18 Dec 26 590 put for 3.40 credit, GTC`; `Sell 2 SPY strangles for 3.46 credit ($692), GTC`.

    `leg_words` says a single leg, or each of legs that have no common name.
    """
    said = what_words(terms, leg_words=leg_words)
    return f"{said[:1].upper()}{said[1:]}{_paid_words(terms)}{_walk_end(terms)}, {standing_words(terms)}"


def _walk_end(terms: OrderTerms) -> str:
    """The limit that is confirmed with a walk belongs to the first line: money goes as far as that."""
    return "" if terms.walk is None else f" walking to {price_text(abs(terms.walk.to))}"


def what_words(terms: OrderTerms, *, leg_words: Callable[[Leg], str] = lambda leg: leg.words) -> str:
    """Side, quantity and thing: `buy 100 AAPL`, `sell 2 SPY strangles`, `sell $500.00 of SPY`."""
    if terms.value is not None:
        return f"{terms.side.value} {dollars(abs(terms.value))} of {leg_words(terms.legs[0])}"
    if len(terms.legs) == 1 or not terms.strategy:
        return legs_words(terms.legs, leg_words=leg_words)
    return f"{terms.side.value} {quantity_text(terms.units)} {thing_words(terms)}"


def legs_words(legs: tuple[Leg, ...], *, leg_words: Callable[[Leg], str] = lambda leg: leg.words) -> str:
    """`sell 2 SPY 8 Jan 27 562 put and sell 2 SPY 8 Jan 27 630 call`."""
    return " and ".join(
        f"{leg.action.side.value} {quantity_text(leg.quantity)} {leg_words(leg)}" for leg in legs
    )


def thing_words(terms: OrderTerms) -> str:
    """What several legs are called, for so many units: `SPY strangles`, `SPY iron condor`."""
    name = terms.strategy or "spread"
    return f"{terms.underlying} {name if terms.units == 1 else _plural(name)}"


def _plural(name: str) -> str:
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def _paid_words(terms: OrderTerms) -> str:
    shares = all(leg.type in _LIMITED for leg in terms.legs)
    stop = "" if terms.stop_trigger is None else f", stop {price_text(terms.stop_trigger)}"
    if terms.price is None:
        return stop or " at the market"
    if shares:
        return f"{stop}{',' if not stop else ''} limit {price_text(abs(terms.price))}"
    return f"{stop} for {credit_or_debit(terms.price)}{_amount(terms)}"


def _amount(terms: OrderTerms) -> str:
    """` ($692)`: what several legs bring or cost at their price, before fees."""
    if terms.price is None or len(terms.legs) == 1:
        return ""
    amount = dollars(abs(terms.price) * terms.units * max(leg.multiplier for leg in terms.legs))
    return f" ({amount.removesuffix('.00')})"


def standing_words(terms: OrderTerms | ChildTerms) -> str:
    """How long it stands: `today only`, `GTC`, `until 18 Dec 26`."""
    return tif_words(terms.time_in_force, terms.gtc_date)


def tif_words(tif: TimeInForce, until: date | None) -> str:
    """The same of a time in force by itself."""
    return _STANDING_WORDS.get(tif, "until a date") if until is None else f"until {day_words(until)}"


def child_words(child: ChildTerms) -> str:
    """`take profit at 1.73 debit`, `stop loss, stop 6.92`, `then sell 100 AAPL at 190.00`.

    The legs of an exit are the order's own and are not said again.
    """
    name = child.role.value
    if child.role is ChildRole.THEN:
        name += f" {legs_words(child.legs)}"
    stop = "" if child.stop_trigger is None else f", stop {price_text(child.stop_trigger)}"
    if child.price is None:
        return f"{name}{stop or ' at the market'}"
    shares = all(leg.type in _LIMITED for leg in child.legs)
    price = price_text(abs(child.price)) if shares else credit_or_debit(child.price)
    return f"{name}{f'{stop}, limit' if stop else ' at'} {price}"


def walk_words(walk: WalkTerms, *, legs: int) -> str:
    """`0.01 every 20 s to 3.40`, of several legs `… to 3.40 credit`."""
    to = price_text(abs(walk.to)) if legs == 1 else credit_or_debit(walk.to)
    return f"{price_text(walk.step)} every {walk.every_seconds} s to {to}"
