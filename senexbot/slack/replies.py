"""Answers to the interaction in hand, through its reply address; nothing else may use one.

A reply address is a bearer secret and comes from outside: only Slack's own reply host is ever called,
no redirect is followed (I76, F19), and none is logged.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import aiohttp

from senexbot.blocks.kit import Message
from senexbot.domain.errors import Gone, Transient, Uncertain
from senexbot.slack.own_origin import at_own_origin, is_readable
from senexbot.slack.prefixing import Prefixing

SLACK_REPLY_HOSTS = frozenset({"hooks.slack.com"})
REPLY_SECONDS = 10


class ReplyAddresses:
    """Which reply addresses are Slack's: its own host over https, or exactly the simulator's origin."""

    def __init__(self, slack_api_url: str) -> None:
        self._base = slack_api_url
        parts = urlsplit(slack_api_url)
        self._real = parts.hostname == "slack.com"
        self._origin = (parts.scheme, parts.hostname, parts.port)

    def resolve(self, url: str) -> str:
        """The address to call. Raises Gone when it is not one of Slack's."""
        there = at_own_origin(url, self._base)
        if not self.allows(there):
            raise Gone("foreign_reply_address")
        return there

    def allows(self, url: str) -> bool:
        if not is_readable(url):
            return False
        parts = urlsplit(url)
        if self._real:
            return (
                parts.scheme == "https" and parts.hostname in SLACK_REPLY_HOSTS and parts.port in {None, 443}
            )
        return (parts.scheme, parts.hostname, parts.port) == self._origin


class Replier:
    """Posts messages to reply addresses over one shared HTTP session."""

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        addresses: ReplyAddresses,
        prefixing: Prefixing | None = None,
    ) -> None:
        self._words = prefixing or Prefixing("")
        self._session = session
        self._addresses = addresses

    async def send(self, url: str, message: Message | None, *, replace: bool = False) -> None:
        """Ephemeral to the acting person. `replace`: swap the message that this address answered before;
        with no message, take that one back.

        Raises Gone (not an address of Slack's, or spent), Transient, Uncertain.
        """
        address = self._addresses.resolve(url)
        body: dict[str, Any] = {"delete_original": True}
        if message is not None:
            body = {
                "response_type": "ephemeral",
                "replace_original": replace,
                "text": self._words.text(message.text),
                "blocks": self._words.payload(list(message.blocks)),
            }
        try:
            async with self._session.post(
                address,
                json=body,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=REPLY_SECONDS),
            ) as answer:
                status = answer.status
        except aiohttp.ClientConnectorError:
            raise Transient("Slack could not be reached") from None
        except (TimeoutError, aiohttp.ClientError):
            raise Uncertain("Slack's answer was lost") from None
        if status >= 500:
            raise Uncertain(f"Slack answered {status}")
        if status != 200:
            raise Gone(f"reply_address_{status}")
