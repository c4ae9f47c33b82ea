"""The ticket read as an order, and which field a no is about: the desk's own, the policy's and what cannot be
resolved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from senexbot.domain.errors import NotConnected, ParseError, SenexError
from senexbot.domain.language import parse
from senexbot.domain.language.said import OrderSaid, Shares
from senexbot.domain.ticket.form import PricingKind, Ticket, TicketField

_CODES: Mapping[TicketField, str] = {
    TicketField.SYMBOL: (
        "unknown_symbol no_options spot_missing not_tradable instrument_inactive instrument_closing_only "
        "quote_halted restricted product duplicate unresolved_order limit_concentration"
    ),
    TicketField.LEGS: (
        "nonstandard expiration_missing expiration_not_listed strike_not_listed greeks_missing legs_shape "
        "too_many_legs leg_count leg_twice legs_mixed"
    ),
    TicketField.SIDE: "short_not_offered opposite_position price_sign",
    TicketField.PRICING: "market_closed market_legs",
    TicketField.PRICE: (
        "market_missing effect_missing credit_or_debit price_zero price_missing off_tick trigger_missing "
        "trigger_off_tick quote_missing quote_stale limit_collar"
    ),
    TicketField.TIME: "market_gtc stop_gtc extended_shares gtd_date hours",
    TicketField.EXITS: "exit_level exit_entry group_shape",
    TicketField.ACCOUNT: (
        "account_unknown account_closed account_frozen account_closing_only status_missing link_broken "
        "positions_missing live_off halted reducing daily_loss"
    ),
}
FIELD_OF = {code: field for field, codes in _CODES.items() for code in codes.split()}


class FieldProblem(ParseError):
    """What one field of the ticket lacks, before its words are read together with the others."""

    def __init__(self, field: TicketField, message: str, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.field = field


def said_in(ticket: Ticket, today: date) -> OrderSaid:
    """The order that the fields say. Raises ParseError, with words that were typed and never the form's own."""
    problem = _lacking(ticket, today)
    if problem is not None:
        raise problem
    said = parse(replace(ticket, account="").text(), today)
    if not isinstance(said, OrderSaid):
        raise ParseError("That is no order to buy or sell.")
    return replace(said, account_hint=ticket.account)


def blame(ticket: Ticket, fault: SenexError) -> TicketField:
    """The quantity where nothing is nearer: most of the desk's limits are about how much."""
    if isinstance(fault, FieldProblem):
        return fault.field
    if isinstance(fault, ParseError):
        return _blame_words(ticket, fault)
    if isinstance(fault, NotConnected):
        return TicketField.ACCOUNT
    return FIELD_OF.get(fault.code, TicketField.QUANTITY)


def _blame_words(ticket: Ticket, error: ParseError) -> TicketField:
    """What is missing behind all else, and what does not suit the strategy, is about the legs."""
    if error.place is None:
        if error.word and error.word.upper() == ticket.symbol.upper():
            return TicketField.SYMBOL
        if error.word and error.word == ticket.account:
            return TicketField.ACCOUNT
        return TicketField.LEGS if ticket.legs or ticket.strategy else TicketField.PRICE
    field = ticket.field_at(error.place)
    return TicketField.LEGS if field is TicketField.STRATEGY else field


def _lacking(ticket: Ticket, today: date) -> FieldProblem | None:
    if not ticket.symbol.strip():
        return FieldProblem(TicketField.SYMBOL, "Choose a symbol.", "Type its first letters.")
    if not ticket.quantity.strip():
        return FieldProblem(TicketField.QUANTITY, "How many?", _QUANTITIES)
    if not _is_amount(ticket, today):
        return FieldProblem(TicketField.QUANTITY, f"“{ticket.quantity[:40]}” is no quantity.", _QUANTITIES)
    if ticket.strategy and not ticket.legs.strip():
        words = "The expiration and the strikes are missing."
        return FieldProblem(TicketField.LEGS, words, "Such as 45d 16Δ, or 18DEC26 562/630.")
    return _price_problem(ticket)


_QUANTITIES = "Say it like 100, half or $500."


def _is_amount(ticket: Ticket, today: date) -> bool:
    """Read alone, beside a symbol that is surely one."""
    try:
        said = parse(f"sell {ticket.quantity} SPY mkt", today)
    except ParseError as error:
        return not error.hint.startswith("Expected here")  # none, too much, a half: its own words are better
    return isinstance(said, OrderSaid) and said.what == Shares("SPY")


def _price_problem(ticket: Ticket) -> FieldProblem | None:
    """Missing, or typed where it would not count: a typed price is never dropped in silence."""
    price, in_dollars = ticket.price.strip(), ticket.quantity.strip().startswith("$")

    def no(message: str, hint: str) -> FieldProblem:
        return FieldProblem(TicketField.PRICE, message, hint)

    if price and in_dollars:
        return no("An amount of dollars trades at the market.", "Empty this, or say how many shares.")
    if price and not ticket.pricing.takes_price:
        chosen = "mid" if ticket.pricing is PricingKind.MID else "market"
        return no(f"At the {chosen} takes no price.", "Choose Limit for this one, or empty it.")
    if price or in_dollars or not ticket.pricing.takes_price:
        return None
    if ticket.pricing is PricingKind.STOP:
        return no("A stop order needs its trigger.", "Such as 180, or 180 limit 179.50.")
    return no("A limit order needs its price.", "Such as 187.50 or mid-0.05; or choose At the mid.")
