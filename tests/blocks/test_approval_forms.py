"""How the forms around an approval are read back."""

import pytest

from senexbot.blocks import approval_forms as forms
from senexbot.blocks.external import reason_form
from senexbot.domain.errors import ParseError

from .order_cases import external_order


def state(value: object) -> dict[str, object]:
    return {forms.FIELD_BLOCK: {forms.FIELD_ACTION: {"value": value}}}


def test_the_form_sends_what_is_read_back() -> None:
    view = forms.fewer_form("h2", forms.Decimal(2)).payload
    (field,) = [b for b in view["blocks"] if b["type"] == "input"]
    assert (field["block_id"], field["element"]["action_id"]) == (forms.FIELD_BLOCK, forms.FIELD_ACTION)
    assert (view["private_metadata"], view["callback_id"]) == ("h2", "approval_fewer")


def test_the_form_for_a_reason_says_what_it_is_about() -> None:
    view = reason_form(external_order()).payload
    said, field = view["blocks"]
    assert "Buy to Open 100 AAPL" in said["text"]["text"]
    assert (field["block_id"], field["element"]["action_id"]) == (forms.FIELD_BLOCK, forms.FIELD_ACTION)
    assert (view["private_metadata"], view["callback_id"]) == ("h", "external_reason")


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (state(" earnings tonight\n"), "earnings tonight"),
        (state(None), ""),
        ({}, ""),
        ({forms.FIELD_BLOCK: None}, ""),
        ({forms.FIELD_BLOCK: {forms.FIELD_ACTION: None}}, ""),
    ],
)
def test_a_text_is_read_without_the_spaces_around(values: dict[str, object], text: str) -> None:
    assert forms.read_text(values) == text


@pytest.mark.parametrize("typed", ["", "two", "1.5", "-1", "٢", "1e3", "²"])
def test_a_number_is_digits(typed: str) -> None:
    with pytest.raises(ParseError):
        forms.read_number(state(typed))


def test_a_number_is_read() -> None:
    assert forms.read_number(state(" 40 ")) == 40
