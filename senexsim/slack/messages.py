"""Every message with all its versions. Knows no rules about who may post; bounded per channel."""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from senexsim.slack.bus import Bus

Json = dict[str, Any]

KEPT_PER_CHANNEL = 5_000
KEPT_VERSIONS = 200


@dataclass
class Content:
    """What a message says: the parts an edit may change."""

    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    attachments: list[Json] = field(default_factory=list)
    metadata: Json | None = None


@dataclass
class Version:
    seq: int
    at: float
    content: Content


@dataclass
class Message:
    """Key: (channel, ts). `ephemeral_to` names the only person who sees it. `author` is a user id."""

    channel: str
    ts: str
    author: str
    content: Content
    created_seq: int
    seq: int
    by_app: bool = False
    thread_ts: str | None = None
    broadcast: bool = False
    ephemeral_to: str | None = None
    subtype: str | None = None
    edited: Json | None = None
    deleted: bool = False
    files: list[Json] = field(default_factory=list)
    pinned: tuple[str, int] | None = None  # by whom, and when
    reactions: dict[str, list[str]] = field(default_factory=dict)
    versions: list[Version] = field(default_factory=list)
    state: dict[tuple[str, str, str], Json] = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts


class MessageStore:
    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._by_channel: dict[str, OrderedDict[str, Message]] = {}
        self._threads: dict[tuple[str, str], list[Message]] = {}
        self._latest: dict[str, int] = {}

    def add(self, message: Message, at: float) -> Message:
        message.created_seq = message.seq = self._tick(message)
        message.versions = [Version(message.seq, at, message.content)]
        shelf = self._by_channel.setdefault(message.channel, OrderedDict())
        shelf[message.ts] = message
        if message.is_reply and message.thread_ts:
            self._threads.setdefault((message.channel, message.thread_ts), []).append(message)
        if len(shelf) > KEPT_PER_CHANNEL:
            _, oldest = shelf.popitem(last=False)
            self._threads.pop((oldest.channel, oldest.ts), None)
        return message

    def _tick(self, message: Message) -> int:
        seq = self._bus.tick()
        self._latest[message.channel] = seq
        return seq

    def latest(self, channel: str) -> int:
        """The seq of the last change in that channel; 0 when there was none."""
        return self._latest.get(channel, 0)

    def edit(self, message: Message, content: Content, at: float) -> None:
        message.content = content
        message.seq = self._tick(message)
        message.versions.append(Version(message.seq, at, content))
        del message.versions[1:-KEPT_VERSIONS]

    def touch(self, message: Message) -> None:
        """Something other than the content changed: a reaction, a reply count."""
        message.seq = self._tick(message)

    def delete(self, message: Message) -> None:
        message.deleted = True
        message.seq = self._tick(message)

    def find(self, channel: str, ts: str) -> Message | None:
        return self._by_channel.get(channel, OrderedDict()).get(ts)

    def standing(self, channel: str, ts: str) -> Message | None:
        """A message that history would show: not deleted, not ephemeral."""
        message = self.find(channel, ts)
        return message if message and not message.deleted and message.ephemeral_to is None else None

    def within(self, channel: str) -> Iterator[Message]:
        return iter(list(self._by_channel.get(channel, OrderedDict()).values()))

    def history(self, channel: str) -> list[Message]:
        """Oldest first; no ephemerals, nothing deleted."""
        return [m for m in self.within(channel) if not m.deleted and m.ephemeral_to is None]

    def replies(self, channel: str, parent_ts: str) -> list[Message]:
        thread = self._threads.get((channel, parent_ts), [])
        return [m for m in thread if not m.deleted and m.ephemeral_to is None]
