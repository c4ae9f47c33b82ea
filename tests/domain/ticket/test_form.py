"""The ticket's fields and the words they make: both ways, and which field an error is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import pytest

from senexbot.domain.errors import ParseError
from senexbot.domain.language import parse, said_text
from senexbot.domain.language.said import OrderSaid
from senexbot.domain.ticket.form import PricingKind, Ticket, TicketField, TicketStart
from tests.domain.language.generated import order

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


@pytest.mark.parametrize(
    ("text", "strategy", "legs"),
    [
        ("sell 2 SPY 18DEC26 562/630 strangle @ 3.46", "strangle", "18DEC26 562/630"),
        ("sell 1 SPY iron condor 45d 16Δ 5 wide @ mid", "iron condor", "45d 16Δ 5 wide"),
        ("buy 1 AAPL 18DEC26 195 covered call @ 185.20", "covered call", "18DEC26 195"),
        ("buy 1 AAPL collar 45d 25Δ with shares @ 186 debit", "collar with shares", "45d 25Δ"),
        ("sell 2 SPY 18DEC26 580p and buy 2 575p @ 1.20 credit", "", "18DEC26 580p and buy 2 575p"),
        ("sell 1 SPY put 45d 16Δ @ mid", "", "45d 16Δ put"),
    ],
)
def test_a_strategy_is_chosen_in_its_own_field(text: str, strategy: str, legs: str) -> None:
    said = parse(text, TODAY)
    assert isinstance(said, OrderSaid)
    ticket = Ticket.of(said)
    assert ticket is not None
    assert (ticket.strategy, ticket.legs) == (strategy, legs)
    assert parse(ticket.text(), TODAY) == said


@pytest.mark.parametrize(
    ("contract", "underlying", "text"),
    [
        ("SPY   261218P00590000", "SPY", "sell 2 SPY 18DEC26 590p @ mid"),
        ("SPXW  261218C06000000", "SPX", "sell 2 SPXW 18DEC26 6000c @ mid"),
        ("BRKB  261218P00480000", "BRK/B", "sell 2 BRK/B 18DEC26 480p @ mid"),
        ("AAPL1 261218P00192500", "AAPL", "sell 2 AAPL1261218P00192500 @ mid"),
        ("SPY   261218P00590000", "", "sell 2 SPY 18DEC26 590p @ mid"),
        ("AAPL", "AAPL", "sell 2 AAPL @ mid"),
    ],
)
def test_a_ticket_that_closes_what_is_held(contract: str, underlying: str, text: str) -> None:
    """The other side of it, all of it, at the mid, in that account."""
    long = TicketStart(contract, underlying, Decimal(2), "0001")
    assert TicketStart.of_text(long.text) == long
    assert long.ticket().text() == f"{text} in 0001"
    assert isinstance(parse(long.ticket().text(), TODAY), OrderSaid)
    assert replace(long, held=Decimal(-2)).ticket().side == "buy"
    trade = TicketStart(contract, underlying).ticket()
    assert (trade.quantity, trade.symbol, trade.legs) == ("", long.ticket().symbol, long.ticket().legs)


@pytest.mark.parametrize("text", ["", "SPY", "SPY|SPY|two|0001", "SPY|SPY|2|0001|more"])
def test_what_starts_no_ticket(text: str) -> None:
    with pytest.raises(ValueError, match=r"unpack|start"):
        TicketStart.of_text(text)


def test_a_contract_said_as_one_word_has_fields_of_its_own() -> None:
    said = parse("buy 2 SPY261218P00590000 @ 3.40", TODAY)
    assert isinstance(said, OrderSaid)
    ticket = Ticket.of(said, underlying="SPY")
    assert ticket is not None
    assert (ticket.symbol, ticket.legs) == ("SPY", "18DEC26 590p")


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
