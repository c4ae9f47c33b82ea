"""The form that takes a personal grant, its errors, and how it is read. Nothing typed into it is ever shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from senexbot.blocks.actions import CallbackId
from senexbot.blocks.inputs import radio_input, text_input
from senexbot.blocks.kit import (
    PRIVATE_METADATA_LIMIT,
    VIEW_TITLE_LIMIT,
    Block,
    Modal,
    context,
    esc,
    plain,
    plain_text,
    section,
)
from senexbot.domain.errors import (
    BrokerRateLimited,
    GrantExpired,
    ParseError,
    SenexError,
    StoreFault,
    Unavailable,
)
from senexbot.domain.links import Environment

CONNECT_ENVIRONMENT_BLOCK = "connect_environment"
CONNECT_ENVIRONMENT_ACTION = "environment"
CONNECT_SECRET_BLOCK = "connect_client_secret"  # noqa: S105  (a block's name, no secret)
CONNECT_SECRET_ACTION = "client_secret"  # noqa: S105  (a field's name, no secret)
CONNECT_TOKEN_BLOCK = "connect_refresh_token"  # noqa: S105  (a block's name, no secret)
CONNECT_TOKEN_ACTION = "refresh_token"  # noqa: S105  (a field's name, no secret)

_ENVIRONMENT_WORDS = {
    Environment.PRACTICE: "Practice: play money, nothing is real",
    Environment.SANDBOX: "Sandbox: tastytrade's test system, 15 min late",
    Environment.LIVE: "Live: real money",
}
_WHERE = (
    "It takes a *personal grant*: my.tastytrade.com → Manage → My Profile → API → OAuth applications. "
    "Make an application (its client secret is shown once), then *Create Grant* gives the refresh token."
)
_PRACTICE = "*For practice* both values stand ready: under Practice grants on the demo's page, or with your desk's operator."
_KEPT = "Checked with tastytrade, then stored sealed for you alone. `/senex disconnect` erases it."


def connect_modal(
    *,
    environments: Sequence[Environment],
    private_metadata: str,
    busy: bool = False,
    problem: str = "",
) -> Modal:
    """The form. `busy`: the same window while the grant is checked; `problem`: words of what went wrong."""
    payload: dict[str, Any] = {
        "type": "modal",
        "callback_id": str(CallbackId.CONNECT),
        "title": plain_text("Connect tastytrade", VIEW_TITLE_LIMIT),
        "close": plain_text("Close" if busy else "Cancel", VIEW_TITLE_LIMIT),
        "private_metadata": private_metadata[:PRIVATE_METADATA_LIMIT],
        "clear_on_close": True,
    }
    if busy:
        payload["blocks"] = [
            section("*Asking tastytrade …*\nThis takes a few seconds; the answer comes here and by message.")
        ]
        return Modal(payload)
    payload["submit"] = plain_text("Connect", VIEW_TITLE_LIMIT)
    payload["blocks"] = _form(environments, problem)
    return Modal(payload)


def _form(environments: Sequence[Environment], problem: str) -> list[Block]:
    blocks = [section(f"*Not linked: {esc(problem)}*")] if problem else []
    practice = Environment.PRACTICE in environments
    blocks += [section(_PRACTICE), context(_WHERE)] if practice else [section(_WHERE)]
    choices = [(e.value, _ENVIRONMENT_WORDS[e]) for e in environments or tuple(Environment)]
    return [
        *blocks,
        radio_input(CONNECT_ENVIRONMENT_BLOCK, CONNECT_ENVIRONMENT_ACTION, "Which tastytrade", choices),
        text_input(
            CONNECT_SECRET_BLOCK,
            CONNECT_SECRET_ACTION,
            "Client secret",
            hint="Slack shows what you paste: mind who can see your screen.",
        ),
        text_input(CONNECT_TOKEN_BLOCK, CONNECT_TOKEN_ACTION, "Refresh token"),
        context(_KEPT),
    ]


def connect_errors(fault: SenexError) -> dict[str, str]:
    """What to show under which field of the form; nothing was kept."""
    if isinstance(fault, GrantExpired):
        return _grant_errors(fault.what)
    if isinstance(fault, ParseError):
        place = fault.word if fault.word in _FIELDS else CONNECT_TOKEN_BLOCK
        return {place or CONNECT_TOKEN_BLOCK: plain(fault.message)}
    if isinstance(fault, Unavailable | BrokerRateLimited):
        words = "tastytrade does not answer now. Nothing is kept; try again in a minute."
    elif isinstance(fault, StoreFault):
        words = "It could not be stored, so nothing is kept. Try again in a minute."
    else:
        words = (
            f"{plain(fault.message)} Nothing is kept." if fault.message else "Not linked. Nothing is kept."
        )
    return {CONNECT_TOKEN_BLOCK: words}


_FIELDS = (CONNECT_ENVIRONMENT_BLOCK, CONNECT_SECRET_BLOCK, CONNECT_TOKEN_BLOCK)


def _grant_errors(what: str) -> dict[str, str]:
    if what == "client_secret":
        return {
            CONNECT_SECRET_BLOCK: "tastytrade does not know this client secret. Copy it again, or make a new one."
        }
    if what == "environment":
        return {CONNECT_ENVIRONMENT_BLOCK: "This grant belongs to another environment. Choose that one."}
    if what == "refresh_token":
        return {
            CONNECT_TOKEN_BLOCK: "tastytrade does not accept this refresh token: wrong, or withdrawn. Create a new grant."
        }
    return {
        CONNECT_TOKEN_BLOCK: "tastytrade accepts neither as they stand. Check both, and which tastytrade they are for."
    }


def read_connect(state_values: Mapping[str, Any]) -> tuple[Environment, str, str]:
    """Environment, client secret and refresh token as submitted, spaces around them cut.

    Raises ParseError whose `word` is the block id of the field that is missing.
    """
    chosen = _at(state_values, CONNECT_ENVIRONMENT_BLOCK, CONNECT_ENVIRONMENT_ACTION, "selected_option")
    value = chosen.get("value") if isinstance(chosen, Mapping) else None
    try:
        environment = Environment(str(value))
    except ValueError:
        raise ParseError("Choose one.", word=CONNECT_ENVIRONMENT_BLOCK) from None
    secret = _typed(state_values, CONNECT_SECRET_BLOCK, CONNECT_SECRET_ACTION)
    token = _typed(state_values, CONNECT_TOKEN_BLOCK, CONNECT_TOKEN_ACTION)
    return environment, secret, token


def _at(values: Mapping[str, Any], block: str, action: str, key: str) -> Any:
    found = values.get(block)
    element = found.get(action) if isinstance(found, Mapping) else None
    return element.get(key) if isinstance(element, Mapping) else None


def _typed(values: Mapping[str, Any], block: str, action: str) -> str:
    typed = _at(values, block, action, "value")
    words = typed.strip() if isinstance(typed, str) else ""
    if not words:
        raise ParseError("This is needed.", word=block)
    return words
