"""Which field a no stands under."""

from dataclasses import replace

import pytest

from senexbot.domain.checks import CODES
from senexbot.domain.errors import Denied, NotConnected, NotPermitted, ParseError, Reason
from senexbot.domain.policy_codes import POLICY_CODES
from senexbot.domain.resolving import RESOLVING_CODES
from senexbot.domain.ticket import PricingKind, Ticket, TicketField
from senexbot.domain.ticket_blame import FIELD_OF, blame, conflict

FINE = Ticket("sell", "2", "SPY", "45d 16Δ", "strangle", PricingKind.LIMIT, "3.46 credit", account="0001")


def test_each_code_is_a_published_one() -> None:
    assert FIELD_OF.keys() <= CODES.keys() | POLICY_CODES.keys() | RESOLVING_CODES.keys()


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("strike_not_listed", TicketField.LEGS),
        ("off_tick", TicketField.PRICE),
        ("limit_collar", TicketField.PRICE),
        ("market_gtc", TicketField.TIME),
        ("exit_level", TicketField.EXITS),
        ("restricted", TicketField.SYMBOL),
        ("account_closed", TicketField.ACCOUNT),
        ("over_position", TicketField.QUANTITY),
        ("limit_notional", TicketField.QUANTITY),
    ],
)
def test_a_denial_stands_under_what_it_is_about(code: str, field: TicketField) -> None:
    assert blame(FINE, Denied(Reason(code, "no"), Reason("quantity", "no"))) is field


def test_words_that_were_looked_up_are_found_again() -> None:
    """The desk's own look-ups name the word and no place."""
    assert blame(FINE, ParseError("unknown", word="SPY")) is TicketField.SYMBOL
    assert blame(FINE, ParseError("fits none", word="0001")) is TicketField.ACCOUNT
    assert blame(FINE, ParseError("what?", word="x", place=4)) is TicketField.LEGS
    assert blame(FINE, ParseError("something is missing")) is TicketField.PRICE
    assert blame(FINE, NotConnected("not linked")) is TicketField.ACCOUNT
    assert blame(FINE, NotPermitted("no")) is TicketField.QUANTITY


@pytest.mark.parametrize(
    ("ticket", "words"),
    [
        (FINE, ""),
        (replace(FINE, pricing=PricingKind.STOP), ""),
        (replace(FINE, pricing=PricingKind.MID, price=" "), ""),
        (replace(FINE, pricing=PricingKind.MID), "At the mid takes no price."),
        (replace(FINE, pricing=PricingKind.MARKET), "At the market takes no price."),
        (Ticket("buy", "$500", "SPY", price="600"), "An amount of dollars trades at the market."),
        (Ticket("buy", "$500", "SPY"), ""),
    ],
)
def test_a_price_that_would_not_count_is_said(ticket: Ticket, words: str) -> None:
    """A typed price is never dropped in silence."""
    odd = conflict(ticket)
    assert ("" if odd is None else odd.message) == words
    if odd is not None:
        assert blame(ticket, odd) is TicketField.PRICE
