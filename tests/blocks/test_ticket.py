"""The ticket as submitted, and which field an error stands under."""

from __future__ import annotations

from typing import Any

import pytest

from senexbot.blocks import market_beside, quotes
from senexbot.blocks import ticket as form
from senexbot.blocks.inputs import suggesting_input, suggestions, typed
from senexbot.domain.errors import Denied, ParseError, Reason
from senexbot.domain.orders.terms import PriceView
from senexbot.domain.ticket.form import PricingKind, Ticket, TicketField

from .builders import NOW, ago, quote, strangle, terms, view


def option(value: str) -> dict[str, Any]:
    return {"selected_option": {"value": value, "text": {"type": "plain_text", "text": value}}}


SHOWN = frozenset(map(str, TicketField))
FILLED = {
    "ticket_symbol": {"ticket_symbol": option("SPY")},
    "ticket_side": {"ticket_changed": option("sell")},
    "ticket_quantity": {"ticket_changed": {"value": " 2 "}},
    "ticket_strategy": {"ticket_changed": option("strangle")},
    "ticket_legs": {"ticket_changed": {"value": "45d 16Δ"}},
    "ticket_pricing": {"ticket_changed": option("limit")},
    "ticket_price": {"ticket_changed": {"value": "3.46 credit"}},
    "ticket_time": {"ticket_changed": option("gtc")},
    "ticket_exits": {"ticket_changed": {"value": None}},
    "ticket_account": {"ticket_changed": option("0001")},
}


def test_the_form_is_read_as_it_was_filled_in() -> None:
    assert form.read_ticket(FILLED) == Ticket(
        "sell", "2", "SPY", "45d 16Δ", "strangle", PricingKind.LIMIT, "3.46 credit", "gtc", "", "0001"
    )


def test_what_was_left_or_is_none_of_ours_is_nothing() -> None:
    """I30: a payload that was changed reads as an empty form, never as an error of ours."""
    assert form.read_ticket({}) == Ticket()
    bare = {
        "ticket_strategy": {"ticket_changed": option("none")},
        "ticket_time": {"ticket_changed": option("day")},
    }
    assert form.read_ticket(bare) == Ticket()
    odd = {"ticket_pricing": {"ticket_changed": option("free")}, "ticket_quantity": {"ticket_changed": 7}}
    assert form.read_ticket(odd) == Ticket()


@pytest.mark.parametrize("values", [{}, {"b": None}, {"b": {"a": None}}, {"b": {"a": {"value": 5}}}])
def test_an_input_without_a_value_is_empty(values: dict[str, Any]) -> None:
    assert typed(values, "b", "a") == ""


def test_an_error_stands_under_its_field_with_what_to_type_instead() -> None:
    ticket = form.read_ticket(FILLED)
    error = ParseError("“45x” is not understood.", place=4, hint="Say 45d.")
    assert form.ticket_errors(ticket, error, SHOWN, "Say 45d.") == {"ticket_legs": "Say 45d."}
    assert form.ticket_errors(ticket, ParseError("What?", place=2), SHOWN, "What?") == {
        "ticket_quantity": "What?"
    }


def test_a_field_that_is_not_in_the_form_gives_its_error_to_the_quantity() -> None:
    """Slack drops an error for an input that it does not show: with one account there is no such field."""
    ticket = form.read_ticket(FILLED)
    closed = Denied(Reason("account_closed", "the account is closed"))
    assert form.ticket_errors(ticket, closed, SHOWN, "Closed.") == {"ticket_account": "Closed."}
    assert form.ticket_errors(ticket, closed, SHOWN - {"ticket_account"}, "Closed.") == {
        "ticket_quantity": "Closed."
    }


def test_suggestions_keep_slacks_limits() -> None:
    assert suggestions([]) == {"options": []}
    many = suggestions([(f"S{i}" * 100, "w" * 200) for i in range(150)])["options"]
    assert len(many) == 100
    assert all(len(o["value"]) <= 150 and len(o["text"]["text"]) <= 75 for o in many)


def test_a_suggesting_input_may_say_nothing_in_front() -> None:
    assert "placeholder" not in suggesting_input("b", "a", "Label")["element"]


@pytest.mark.parametrize(
    ("seen", "line"),
    [
        (view(), "187.44 bid / 187.50 ask, mid 187.47 · 1 s old: your limit is the ask"),
        (view("187.50", "187.55"), "187.50 bid / 187.55 ask, mid 187.525 · 1 s old: your limit is the bid"),
        (view(delayed=True, session_open=False), "187.44 bid / 187.50 ask, mid 187.47 · 1 s old, delayed 15 min, market closed"),
        (
            view(session_open=False, closed_at=ago(3600)),
            "187.44 bid / 187.50 ask, mid 187.47 · closing quote of <!date^1795444800^{date_short} {time}|23 Nov 14:40 UTC>",
        ),
        (view(None), "No two-sided market, last 187.47, 1 s old"),
        (view(None, last=None), "No two-sided market, 1 s old"),
    ],
)  # fmt: skip
def test_the_market_beside_the_price(seen: PriceView, line: str) -> None:
    assert market_beside.bid_mid_ask(seen, terms(), NOW) == line


def test_several_legs_have_no_limit_to_compare() -> None:
    assert (
        market_beside.bid_mid_ask(view("3.40", "3.52"), strangle(), NOW)
        == "3.40 bid / 3.52 ask, mid 3.46 · 1 s old"
    )


def test_the_market_of_a_symbol_alone() -> None:
    line = quotes.market_line(quote(), NOW)
    assert line.startswith("AAPL 187.44 bid / 187.50 ask, mid 187.47 · ")
