"""The ticket's fields and the words they make: both ways, and which field an error is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

import pytest

from senexbot.domain.errors import ParseError
from senexbot.domain.language import parse, said_text
from senexbot.domain.language.said import OrderSaid
from senexbot.domain.ticket import PricingKind, Ticket, TicketField

from .language.generated import order

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("ticket", "text"),
    [
        (Ticket(quantity="100", symbol="AAPL", price="187.50"), "buy 100 AAPL @ 187.50"),
        (Ticket("sell", "half", "AAPL", pricing=PricingKind.MARKET), "sell half AAPL mkt"),
        (Ticket("buy", "$500", "SPY", price="9"), "buy $500 SPY"),
        (
            Ticket("sell", "2", "SPY", "45d 16Δ", "strangle", PricingKind.MID, "3.46", "gtc", account="0001"),
            "sell 2 SPY 45d 16Δ strangle @ mid gtc in 0001",
        ),
        (
            Ticket("sell", "50", "AAPL", pricing=PricingKind.STOP, price="180 limit 179.50"),
            "sell 50 AAPL stop 180 limit 179.50",
        ),
        (
            Ticket("buy", "100", "AAPL", price="187.50", time="gtc", exits="tp 210 sl 180"),
            "buy 100 AAPL @ 187.50 gtc tp 210 sl 180",
        ),
    ],
)
def test_the_fields_make_an_orders_words(ticket: Ticket, text: str) -> None:
    assert ticket.text() == text
    assert isinstance(parse(text, TODAY), OrderSaid)


@pytest.mark.parametrize("seed", range(400))
def test_what_is_laid_out_into_fields_says_the_same_order(seed: int) -> None:
    """Design decision 15: a form changes nothing that was meant."""
    said = order(Random(seed))
    ticket = Ticket.of(said)
    if ticket is None:
        assert said.then or said.walk is not None
    else:
        assert ticket.text() == said_text(said)


def test_what_the_form_has_no_place_for_is_not_laid_out() -> None:
    walked = parse("buy 100 AAPL @ 187.50 walk 0.01 every 20s to 187.60", TODAY)
    assert isinstance(walked, OrderSaid)
    assert Ticket.of(walked) is None


def blamed(ticket: Ticket) -> TicketField:
    with pytest.raises(ParseError) as error:
        parse(ticket.text(), TODAY)
    return ticket.blame(error.value)


def test_an_error_is_shown_under_the_field_that_it_is_about() -> None:
    fine = Ticket("sell", "2", "SPY", "45d 16Δ", "strangle", PricingKind.LIMIT, "3.46 credit")
    assert blamed(replace(fine, quantity="2x")) is TicketField.QUANTITY
    assert blamed(replace(fine, legs="45d 16Δ nonsense")) is TicketField.LEGS
    assert blamed(replace(fine, price="3.4x credit")) is TicketField.PRICE
    assert blamed(replace(fine, time="gtx")) is TicketField.TIME
    assert fine.field_at(99) is TicketField.PRICE
    assert Ticket().field_at(None) is TicketField.SYMBOL
    assert Ticket(symbol="SPY").field_at(None) is TicketField.QUANTITY


def test_an_untouched_form_is_no_order() -> None:
    assert Ticket().is_empty
    assert Ticket(side="sell", pricing=PricingKind.MARKET, time="gtc", strategy="strangle").is_empty
    assert not Ticket(symbol="SPY").is_empty
