"""The form for a personal grant: what it asks, how it is read, what stands under which field."""

import pytest

from senexbot.blocks import accounts as a
from senexbot.domain import errors as e
from senexbot.domain.errors import ParseError
from senexbot.domain.links import Environment

from .hostile import HOSTILE
from .slack_rules import check_view


def _state(
    environment: object = "live", secret: object = " s3cret ", token: object = "eyJ.tok\n"
) -> dict[str, object]:
    return {
        a.CONNECT_ENVIRONMENT_BLOCK: {
            a.CONNECT_ENVIRONMENT_ACTION: {"selected_option": environment and {"value": environment}}
        },
        a.CONNECT_SECRET_BLOCK: {a.CONNECT_SECRET_ACTION: {"value": secret}},
        a.CONNECT_TOKEN_BLOCK: {a.CONNECT_TOKEN_ACTION: {"value": token}},
    }


def test_a_filled_form_is_read_without_the_spaces_around() -> None:
    assert a.read_connect(_state()) == (Environment.LIVE, "s3cret", "eyJ.tok")


@pytest.mark.parametrize(
    ("state", "field"),
    [
        (_state(environment=None), a.CONNECT_ENVIRONMENT_BLOCK),
        (_state(environment="moon"), a.CONNECT_ENVIRONMENT_BLOCK),
        (_state(secret="  "), a.CONNECT_SECRET_BLOCK),
        (_state(token=None), a.CONNECT_TOKEN_BLOCK),
        ({}, a.CONNECT_ENVIRONMENT_BLOCK),
        ({a.CONNECT_ENVIRONMENT_BLOCK: {a.CONNECT_ENVIRONMENT_ACTION: None}}, a.CONNECT_ENVIRONMENT_BLOCK),
    ],
)
def test_a_missing_field_is_named_under_itself(state: dict[str, object], field: str) -> None:
    with pytest.raises(ParseError) as raised:
        a.read_connect(state)
    assert list(a.connect_errors(raised.value)) == [field]


def test_the_form_sends_what_is_read_back() -> None:
    """Block and action ids of the form are the ones that read_connect looks for."""
    view = a.connect_modal(environments=tuple(Environment), private_metadata="k").payload
    fields = {b["block_id"]: b["element"]["action_id"] for b in view["blocks"] if b["type"] == "input"}
    assert fields == {
        a.CONNECT_ENVIRONMENT_BLOCK: a.CONNECT_ENVIRONMENT_ACTION,
        a.CONNECT_SECRET_BLOCK: a.CONNECT_SECRET_ACTION,
        a.CONNECT_TOKEN_BLOCK: a.CONNECT_TOKEN_ACTION,
    }
    assert view["callback_id"] == "connect"
    assert view["private_metadata"] == "k"


def test_the_first_environment_is_chosen_and_without_any_all_are_offered() -> None:
    view = a.connect_modal(
        environments=(Environment.PRACTICE, Environment.LIVE), private_metadata="k"
    ).payload
    element = next(b["element"] for b in view["blocks"] if b.get("block_id") == a.CONNECT_ENVIRONMENT_BLOCK)
    assert element["initial_option"]["value"] == "practice"
    check_view(a.connect_modal(environments=(), private_metadata="k"))


@pytest.mark.parametrize(
    ("fault", "field", "words"),
    [
        (e.GrantExpired("", what="client_secret"), a.CONNECT_SECRET_BLOCK, "client secret"),
        (e.GrantExpired("", what="refresh_token"), a.CONNECT_TOKEN_BLOCK, "refresh token"),
        (e.GrantExpired("", what="environment"), a.CONNECT_ENVIRONMENT_BLOCK, "another environment"),
        (e.GrantExpired(""), a.CONNECT_TOKEN_BLOCK, "neither"),
        (e.Unavailable("x"), a.CONNECT_TOKEN_BLOCK, "Nothing is kept"),
        (e.BrokerRateLimited("x", after=3), a.CONNECT_TOKEN_BLOCK, "Nothing is kept"),
        (e.StoreUnavailable("x"), a.CONNECT_TOKEN_BLOCK, "nothing is kept"),
        (
            e.Expired("This form was used already."),
            a.CONNECT_TOKEN_BLOCK,
            "This form was used already. Nothing is kept.",
        ),
        (e.SenexError(), a.CONNECT_TOKEN_BLOCK, "Nothing is kept"),
        (e.ParseError("odd", word="elsewhere"), a.CONNECT_TOKEN_BLOCK, "odd"),
    ],
)
def test_a_fault_stands_under_the_field_it_is_about(fault: e.SenexError, field: str, words: str) -> None:
    shown = a.connect_errors(fault)
    assert list(shown) == [field]
    assert words in shown[field]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_problem_does_not_break_the_form(text: str) -> None:
    """I74"""
    check_view(a.connect_modal(environments=tuple(Environment), private_metadata="k" * 4000, problem=text))
    assert all(len(words) <= 400 for words in a.connect_errors(e.Refused(text)).values())
