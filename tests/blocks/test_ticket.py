"""The ticket as submitted, and which field an error stands under."""

from __future__ import annotations

from typing import Any

import pytest

from senexbot.blocks import ticket as form
from senexbot.blocks.inputs import suggesting_input, suggestions, typed
from senexbot.domain.errors import ParseError
from senexbot.domain.ticket import PricingKind, Ticket


def option(value: str) -> dict[str, Any]:
    return {"selected_option": {"value": value, "text": {"type": "plain_text", "text": value}}}


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
    assert form.ticket_errors(ticket, error) == {"ticket_legs": "“45x” is not understood. Say 45d."}
    assert form.ticket_errors(ticket, ParseError("What?", place=2)) == {"ticket_quantity": "What?"}


def test_suggestions_keep_slacks_limits() -> None:
    assert suggestions([]) == {"options": []}
    many = suggestions([(f"S{i}" * 100, "w" * 200) for i in range(150)])["options"]
    assert len(many) == 100
    assert all(len(o["value"]) <= 150 and len(o["text"]["text"]) <= 75 for o in many)


def test_a_suggesting_input_may_say_nothing_in_front() -> None:
    assert "placeholder" not in suggesting_input("b", "a", "Label")["element"]
