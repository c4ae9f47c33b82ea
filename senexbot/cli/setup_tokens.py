"""The step of `senexbot setup` that takes Slack's tokens: from the environment, or typed until Slack takes them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping

from senexbot import logs
from senexbot.cli.terminal import Terminal
from senexbot.domain.errors import ConfigError
from senexbot.slack.app import Identity, identify
from senexbot.slack.manifest import SCOPES
from senexbot.slack.messenger import web_client
from senexbot.slack.transport import open_socket

SIGNING_SECRET = re.compile(r"[0-9a-f]{32}")


async def ask_tokens(
    terminal: Terminal, environ: Mapping[str, str], *, slack: str, http: bool
) -> tuple[dict[str, str], Identity]:
    """The variables to keep, and whose they are. `slack`: the base address of its Web API.

    Raises ConfigError when a token is missing or refused and nobody can be asked.
    """
    found: list[Identity] = []

    async def is_bot(token: str) -> None:
        found.append(await identify(web_client(token, base_url=slack)))

    async def is_app(token: str) -> None:
        await open_socket(web_client("", base_url=slack), token)

    async def is_secret(text: str) -> None:
        if not SIGNING_SECRET.fullmatch(text):
            raise ConfigError("SLACK_SIGNING_SECRET: 32 characters of 0-9 and a-f are expected")

    second, check = ("SLACK_SIGNING_SECRET", is_secret) if http else ("SLACK_APP_TOKEN", is_app)
    variables = {
        "SLACK_BOT_TOKEN": await _good(terminal, environ, "SLACK_BOT_TOKEN", is_bot),
        second: await _good(terminal, environ, second, check),
    }
    _tell(terminal, found[-1])
    return variables, found[-1]


async def _good(
    terminal: Terminal, environ: Mapping[str, str], variable: str, check: Callable[[str], Awaitable[None]]
) -> str:
    value = environ.get(variable, "").strip()
    logs.conceal(value)
    while True:
        value = value or terminal.secret(
            variable, f"{variable} is missing: set it before `senexbot setup --yes`"
        )
        try:
            await check(value)
        except ConfigError as fault:
            if not terminal.asks:
                raise
            terminal.say(fault.message, "Try again.")
            value = ""
        else:
            return value


def _tell(terminal: Terminal, identity: Identity) -> None:
    terminal.say(f"Bot {identity.bot_user_id} in workspace {identity.team_id} ({identity.team_name})")
    missing = sorted(set(SCOPES) - identity.scopes)
    if identity.scopes and missing:
        terminal.say(f"Scopes missing: {', '.join(missing)}. Paste the manifest again and reinstall the app.")
