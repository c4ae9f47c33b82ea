"""Which field a no stands under."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from senexbot.domain.errors import Denied, NotConnected, NotPermitted, ParseError, Reason
from senexbot.domain.language import parse
from senexbot.domain.orders.checks import CODES
from senexbot.domain.policy.codes import POLICY_CODES
from senexbot.domain.resolving import RESOLVING_CODES
from senexbot.domain.ticket.blame import FIELD_OF, blame, said_in
from senexbot.domain.ticket.form import PricingKind, Ticket, TicketField

TODAY = date(2026, 11, 24)
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
    assert blame(FINE, ParseError("something is missing")) is TicketField.LEGS
    assert blame(Ticket("buy", "1", "SPY"), ParseError("something is missing")) is TicketField.PRICE
    assert blame(FINE, NotConnected("not linked")) is TicketField.ACCOUNT
    assert blame(FINE, NotPermitted("no")) is TicketField.QUANTITY


def problem(**changed: Any) -> tuple[TicketField, str]:
    ticket = replace(FINE, **changed)
    with pytest.raises(ParseError) as error:
        said_in(ticket, TODAY)
    return blame(ticket, error.value), f"{error.value.message} {error.value.hint}"


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"symbol": " "}, TicketField.SYMBOL, "Choose a symbol."),
        ({"quantity": ""}, TicketField.QUANTITY, "How many?"),
        ({"quantity": "x"}, TicketField.QUANTITY, "“x” is no quantity."),
        ({"quantity": "2x"}, TicketField.QUANTITY, "“2x” is no quantity."),
        ({"quantity": "1 2"}, TicketField.QUANTITY, "“1 2” is no quantity."),
        ({"quantity": "0"}, TicketField.QUANTITY, "“0”: an order needs a quantity of at least 1."),
        ({"quantity": "100 SPY"}, TicketField.QUANTITY, "“100 SPY” is no quantity."),
        ({"legs": ""}, TicketField.LEGS, "The expiration and the strikes are missing."),
        ({"legs": "45d"}, TicketField.LEGS, "A strangle has two strikes"),
        ({"legs": "16Δ"}, TicketField.LEGS, "The expiration is missing."),
        ({"legs": "18DEC26 590", "strategy": ""}, TicketField.LEGS, "Put or call?"),
        ({"price": ""}, TicketField.PRICE, "A limit order needs its price."),
        ({"price": "", "pricing": PricingKind.STOP}, TicketField.PRICE, "A stop order needs its trigger."),
        ({"pricing": PricingKind.MID}, TicketField.PRICE, "At the mid takes no price."),
        ({"pricing": PricingKind.MARKET}, TicketField.PRICE, "At the market takes no price."),
        ({"quantity": "$500"}, TicketField.PRICE, "An amount of dollars trades at the market."),
        ({"price": "3.4x credit"}, TicketField.PRICE, "“3.4x”"),
        ({"exits": "tp"}, TicketField.EXITS, "Behind “tp” something is missing"),
        ({"time": "gtx"}, TicketField.TIME, "“gtx”"),
    ],
)
def test_each_no_stands_under_its_field_in_words_that_were_typed(
    changed: dict[str, Any], field: TicketField, words: str
) -> None:
    """Nobody typed the “in” before the account, or the “@” before the price."""
    found, told = problem(**changed)
    assert found is field
    assert told.startswith(words)
    assert "“in”" not in told
    assert "“@”" not in told


@pytest.mark.parametrize(
    "ticket",
    [
        FINE,
        Ticket("buy", "$500", "SPY", account="0001"),
        Ticket("sell", "half", "AAPL", pricing=PricingKind.MID, price=" "),
        Ticket("sell", "50", "AAPL", pricing=PricingKind.STOP, price="180 limit 179.50"),
    ],
)
def test_what_can_be_read_is_what_its_words_say(ticket: Ticket) -> None:
    assert said_in(ticket, TODAY) == parse(ticket.text(), TODAY)


def test_only_an_order_to_buy_or_sell_is_a_ticket() -> None:
    with pytest.raises(ParseError):
        said_in(Ticket("close", "2", "AAPL", price="3"), TODAY)
