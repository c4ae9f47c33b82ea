"""What comes of an order's words: terms with the choices made on the way, or a no that offers other words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from senexbot.domain.errors import Denied, Reason
from senexbot.domain.instruments import Instrument
from senexbot.domain.language.said import Sentence
from senexbot.domain.market import Quote
from senexbot.domain.options.chain import Greeks
from senexbot.domain.orders.terms import OrderTerms

RESOLVING_CODES: Mapping[str, str] = {
    "unknown_symbol": "The broker knows no such symbol.",
    "no_options": "There are no listed options on it.",
    "nonstandard": "The contract delivers something else than 100 of its underlying.",
    "expiration_missing": "The words name no expiration.",
    "expiration_not_listed": "No option expires on that day.",
    "strike_not_listed": "That strike is not listed for the expiration.",
    "greeks_missing": "The deltas could not be read, so none can be chosen by.",
    "spot_missing": "The price of the underlying could not be read.",
    "legs_shape": "The legs do not make the strategy that was named.",
    "too_many_legs": "One order has at most four legs.",
    "position_missing": "There is no position that fits the words.",
    "part_too_small": "The part that was named is less than one unit.",
    "crosses_zero": "The order would close a position and open the opposite one.",
    "market_missing": "A leg has no two-sided market to take a price from.",
    "effect_missing": "A price for several legs needs the word credit or debit.",
    "credit_or_debit": "The word credit or debit contradicts the market of the legs.",
    "price_zero": "The price would be zero.",
    "shares_needed": "The strategy needs shares that are not held.",
    "several_orders": "The words would take several orders, which have no one price.",
    "exit_level": "The exit is on the wrong side of the entry, or at zero.",
    "exit_entry": "The exit needs an entry with a price that opens something.",
    "follow_up": "An order can only be followed by plain orders.",
    "roll_shape": "The position cannot be rolled in one order.",
    "notional": "An order in dollars buys or sells shares at the market.",
    "walk_shape": "A walk moves a limit order alone, in its price steps, towards a fill.",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that the words left to the market, and what was taken and why; shown and stored."""

    words: str


@dataclass(frozen=True, slots=True)
class LegMarket:
    """A leg's instrument with what is known of it. `held`: signed; None: could not be read."""

    instrument: Instrument
    quote: Quote | None
    held: Decimal | None


@dataclass(frozen=True, slots=True)
class Resolved:
    """One order. `legs` in the order of the terms' legs; `spot`: the underlying's quote where it was needed;
    `shares`: those of the underlying that the options stand on. `greeks`: by symbol, of the legs that were
    chosen by them."""

    terms: OrderTerms
    choices: tuple[Choice, ...]
    legs: tuple[LegMarket, ...]
    spot: Quote | None = None
    shares: Decimal = Decimal(0)
    greeks: Mapping[str, Greeks] = field(default_factory=dict)


class CannotResolve(Denied):
    """Our own no with a code of RESOLVING_CODES (or checks.CODES). `instead`: sentences that would do, the
    nearest first. `about`: the word that is not known."""

    def __init__(self, code: str, words: str, *, instead: tuple[Sentence, ...] = (), about: str = "") -> None:
        super().__init__(Reason(code, words))
        self.instead = instead
        self.about = about
