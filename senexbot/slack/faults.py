"""Slack's string errors and network trouble, sorted by what can be done about them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError

from senexbot.domain.errors import Gone, MessengerFault, MessengerRateLimited, Transient, Uncertain

# Trying again cannot help: the place, the message or the right is not there.
GONE = frozenset(
    [
        "account_inactive",
        "cannot_dm_bot",
        "cant_update_message",
        "channel_is_limited_access",
        "channel_not_found",
        "edit_window_closed",
        "ekm_access_denied",
        "invalid_auth",
        "is_archived",
        "message_not_found",
        "messages_tab_disabled",
        "missing_scope",
        "no_permission",
        "not_authed",
        "not_in_channel",
        "restricted_action",
        "thread_not_found",
        "token_expired",
        "token_revoked",
        "user_disabled",
        "user_not_found",
        "user_not_visible",
        "users_not_found",
        "org_login_required",
        "cant_broadcast_message",
        "invalid_blocks",
        "invalid_blocks_format",
        "msg_blocks_too_long",
        "msg_too_long",
        "metadata_too_large",
        "no_text",
        "too_many_attachments",
        "invalid_arguments",
    ]
)
# "It is possible that some aspect of the operation succeeded", says Slack of these, with status 200.
PROVES_NOTHING = frozenset(["fatal_error", "internal_error"])
# Slack says that it did not do it.
SURELY_NOT_STORED = frozenset(
    ["ratelimited", "rate_limited", "request_timeout", "service_unavailable", "team_added_to_org"]
)


def translate(error: BaseException) -> MessengerFault:
    """A MessengerFault for whatever a Web API call has raised."""
    if isinstance(error, SlackApiError):
        return _of_answer(error.response.status_code, dict(error.response.headers), error.response.data)
    if isinstance(error, aiohttp.ClientConnectorError):
        return Transient("Slack could not be reached")
    if isinstance(error, (aiohttp.ClientError, asyncio.TimeoutError, OSError, json.JSONDecodeError)):
        return Uncertain(f"Slack's answer was lost ({type(error).__name__})")
    return Uncertain(f"unforeseen trouble with Slack ({type(error).__name__})")


def _of_answer(status: int, headers: Mapping[str, str], data: Any) -> MessengerFault:
    reason = str(data.get("error", "")) if isinstance(data, Mapping) else ""
    if status == 429 or reason in {"ratelimited", "rate_limited"}:
        return MessengerRateLimited(_seconds(headers))
    if reason in GONE:
        return Gone(reason)
    if reason in SURELY_NOT_STORED:
        return Transient(f"Slack answered {reason}")
    if reason and status < 500 and reason not in PROVES_NOTHING:
        # An application error that we do not know: Slack refused it, and will again.
        return Gone(reason) if status == 200 else Transient(f"Slack answered {status} {reason}")
    return Uncertain(f"Slack answered {status} without saying what it did")


def _seconds(headers: Mapping[str, str]) -> float:
    value = next((v for k, v in headers.items() if k.lower() == "retry-after"), "1")
    try:
        return min(max(float(value), 0.1), 3600.0)
    except ValueError:
        return 1.0
