"""Slack by hand, at the Messenger port: it keeps what was posted and fails as it is told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import count

from senexbot.blocks.kit import Message
from senexbot.domain.errors import MessengerFault
from senexbot.domain.links import Actor
from senexbot.ports import ChannelFacts
from tests.domain.builders import actor


@dataclass
class HandMessenger:
    """`posted` and `updated`: (channel, text). `faults`: raised by the next calls of that method, in order.

    A fault in `lost` is raised after the message was stored: the answer went missing.
    """

    posted: list[tuple[str, str]] = field(default_factory=list)
    updated: list[tuple[str, str]] = field(default_factory=list)
    faults: dict[str, list[MessengerFault]] = field(default_factory=dict)
    lost: list[MessengerFault] = field(default_factory=list)
    hold: asyncio.Event | None = None  # a post waits for it
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    people: dict[str, Actor] = field(default_factory=dict)  # whom the directory tells otherwise of
    rooms: dict[str, ChannelFacts | Exception] = field(default_factory=dict)  # what is not as usual
    strangers: set[str] = field(default_factory=set)  # who is in no private channel
    threads: list[tuple[str, str]] = field(default_factory=list)  # channel and ts of what was answered there
    messages: list[Message] = field(default_factory=list)  # whatever was posted or put in its place, whole
    _ts: count[int] = field(default_factory=lambda: count(1))

    def _fail(self, method: str) -> None:
        if self.faults.get(method):
            raise self.faults[method].pop(0)

    async def open_direct(self, user_id: str) -> str:
        return f"D{user_id}"

    async def post(self, channel: str, message: Message, *, thread_ts: str | None = None) -> str:
        self._fail("post")
        self.arrived.set()
        if self.hold is not None:
            await self.hold.wait()
        self.posted.append((channel, message.text))
        self.messages.append(message)
        if thread_ts:
            self.threads.append((channel, thread_ts))
        if self.lost:
            raise self.lost.pop(0)
        return f"{next(self._ts)}.0"

    async def update(self, channel: str, ts: str, message: Message) -> None:
        self._fail("update")
        self.updated.append((channel, message.text))
        self.messages.append(message)

    async def permalink(self, channel: str, ts: str) -> str:
        self._fail("permalink")
        return f"https://slack.test/{channel}/{ts}"

    async def channel(self, channel: str) -> ChannelFacts:
        found = self.rooms.get(channel, ChannelFacts(channel, "desk", False, False, False, False, True))
        if isinstance(found, Exception):
            raise found
        return found

    async def is_member(self, channel: str, user_id: str) -> bool:
        self._fail("is_member")
        return user_id not in self.strangers

    async def person(self, user_id: str) -> Actor:
        self._fail("person")
        return self.people.get(user_id, actor(user_id=user_id))
