"""Which field of the ticket a no is about: the desk's own, the policy's and what cannot be resolved."""

from __future__ import annotations

from collections.abc import Mapping

from senexbot.domain.errors import NotConnected, ParseError, SenexError
from senexbot.domain.ticket import PricingKind, Ticket, TicketField

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


def blame(ticket: Ticket, fault: SenexError) -> TicketField:
    """The quantity where nothing is nearer: most of the desk's limits are about how much."""
    if isinstance(fault, ParseError):
        if fault.place is None and fault.word and fault.word == ticket.account:
            return TicketField.ACCOUNT
        if fault.place is None and fault.word and fault.word.upper() == ticket.symbol.upper():
            return TicketField.SYMBOL
        return ticket.blame(fault)
    if isinstance(fault, NotConnected):
        return TicketField.ACCOUNT
    return FIELD_OF.get(fault.code, TicketField.QUANTITY)


def conflict(ticket: Ticket) -> ParseError | None:
    """What the fields say against one another, which no word of the order shows."""
    if not ticket.price.strip():
        return None
    if ticket.quantity.strip().startswith("$"):
        return ParseError(
            "An amount of dollars trades at the market.", hint="Empty this, or say how many shares."
        )
    if ticket.pricing.takes_price:
        return None
    chosen = "mid" if ticket.pricing is PricingKind.MID else "market"
    return ParseError(f"At the {chosen} takes no price.", hint="Choose Limit for this one, or empty it.")
