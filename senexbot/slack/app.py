"""One Bolt app for one workspace, authorised without a call: the bot's identity is read once at start."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import aiohttp
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from senexbot.domain.errors import ConfigError, SenexError, Transient

PASSING = frozenset(
    ["ratelimited", "rate_limited", "request_timeout", "service_unavailable", "internal_error", "fatal_error"]
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the bot is, as auth.test answers; `scopes` from its header."""

    team_id: str
    team_name: str
    bot_user_id: str
    bot_id: str
    scopes: frozenset[str]


async def identify(client: AsyncWebClient) -> Identity:
    """Ask Slack who we are. Raises ConfigError when the token is refused, Transient when Slack does not answer."""
    try:
        answer = await client.auth_test()
    except SlackApiError as error:
        raise refused("SLACK_BOT_TOKEN", error) from None
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise unreached(client, error) from None
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Identity(
        team_id=str(answer["team_id"]),
        team_name=str(answer.get("team", "")),
        bot_user_id=str(answer["user_id"]),
        bot_id=str(answer.get("bot_id", "")),
        scopes=frozenset(s.strip() for s in headers.get("x-oauth-scopes", "").split(",") if s.strip()),
    )


def refused(variable: str, error: SlackApiError) -> SenexError:
    """What Slack's answer to a token means: the token is wrong, or Slack has trouble of its own."""
    reason = str(error.response.get("error", "")) if isinstance(error.response.data, dict) else ""
    if not reason or reason in PASSING or error.response.status_code != 200:
        return Transient(f"Slack answered {error.response.status_code} {reason or 'without a reason'}")
    return ConfigError(f"Slack refuses {variable}: {reason}")


def unreached(client: AsyncWebClient, error: BaseException) -> Transient:
    """No answer at all: worth another start, unlike a wrong setting."""
    return Transient(f"Slack cannot be reached at {client.base_url} ({type(error).__name__})")


def build_app(*, client: AsyncWebClient, identity: Identity, signing_secret: str) -> AsyncApp:
    """The app without listeners. In Socket Mode no signature is checked: the socket is authenticated."""

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=identity.team_id,
            bot_token=client.token,
            bot_user_id=identity.bot_user_id,
            bot_id=identity.bot_id,
        )

    return AsyncApp(
        logger=logging.getLogger("slack_bolt"),
        client=client,
        signing_secret=signing_secret or "socket-mode-checks-none",
        authorize=authorize,
        request_verification_enabled=bool(signing_secret),
        # Our listeners acknowledge and hand over, so Bolt may wait for them: otherwise it looks for the
        # acknowledgement every 10 ms, which is then the least that each one takes.
        process_before_response=True,
    )
