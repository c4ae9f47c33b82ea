"""Slack as the bot: posts, edits, people and channels. Protocols, and the values they exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from senexbot.blocks.kit import Message
from senexbot.domain.links import Actor


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    id: str
    name: str
    is_im: bool
    is_private: bool
    has_outsiders: bool
    is_archived: bool
    bot_is_member: bool


class Messenger(Protocol):
    """Slack's Web API as the bot. Raises Gone, Transient, Uncertain, MessengerRateLimited. No retries inside."""

    async def open_direct(self, user_id: str) -> str:
        """Channel id of the bot's direct message with a person."""

    async def post(self, channel: str, message: Message, *, thread_ts: str | None = None) -> str:
        """ts of the new message."""

    async def update(self, channel: str, ts: str, message: Message) -> None: ...

    async def permalink(self, channel: str, ts: str) -> str: ...

    async def channel(self, channel: str) -> ChannelFacts:
        """Not cached longer than 60 s; Gone when the bot cannot see it."""

    async def is_member(self, channel: str, user_id: str) -> bool:
        """Whether this person is in a channel that the bot can see; Gone when it cannot. Never cached."""

    async def person(self, user_id: str) -> Actor: ...
