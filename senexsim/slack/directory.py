"""Who is in the workspace, which conversations there are, and who may see them. No messages here."""

import time
from dataclasses import dataclass, field
from typing import Any

from senexsim.slack.ids import Ids

Json = dict[str, Any]

COLOURS = ("9f69e7", "4bbe2e", "e7392d", "3c989f", "674b1b", "e96699", "5b89d5", "de5f24")


@dataclass
class User:
    """One person or bot. `away` people get no ephemerals; `reload_seq` hides those of before a reload."""

    id: str
    name: str
    real_name: str
    team_id: str
    colour: str
    is_bot: bool = False
    is_restricted: bool = False
    is_ultra_restricted: bool = False
    is_stranger: bool = False
    deleted: bool = False
    away: bool = False
    tz: str = "America/New_York"
    tz_label: str = "Eastern Standard Time"
    tz_offset: int = -18000
    updated: int = 0
    reload_seq: int = 0

    @property
    def is_guest(self) -> bool:
        return self.is_restricted or self.is_ultra_restricted


@dataclass
class Channel:
    """A channel, or a direct message when `im_user` is set (then its two members are that user and the bot)."""

    id: str
    name: str
    creator: str
    created: int
    is_private: bool = False
    im_user: str | None = None
    is_ext_shared: bool = False
    is_archived: bool = False
    topic: str = ""
    is_mpim: bool = False
    members: list[str] = field(default_factory=list)

    @property
    def is_im(self) -> bool:
        return self.im_user is not None

    @property
    def kind(self) -> str:
        """`im`, `mpim`, `private_channel` or `public_channel`, the words of the `types` argument."""
        if self.is_im or self.is_mpim:
            return "im" if self.is_im else "mpim"
        return "private_channel" if self.is_private else "public_channel"


class Directory:
    """Users and channels by id and by name. Names are unique among their kind."""

    def __init__(self, ids: Ids, team_id: str) -> None:
        self._ids = ids
        self.team_id = team_id
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.read_marks: dict[tuple[str, str], int] = {}

    def add_user(self, name: str, real_name: str, **flags: Any) -> User:
        user_id = flags.pop("id", None) or self._ids.make("U")
        colour = COLOURS[len(self.users) % len(COLOURS)]
        flags.setdefault("updated", int(time.time()))
        user = User(id=user_id, name=name, real_name=real_name, team_id=self.team_id, colour=colour, **flags)
        self.users[user.id] = user
        return user

    def add_channel(self, name: str, creator: str, members: list[str], **flags: Any) -> Channel:
        channel = Channel(
            id=self._ids.make("C"), name=name, creator=creator, created=int(time.time()), **flags
        )
        channel.members = list(members)
        self.channels[channel.id] = channel
        return channel

    def direct(self, user_id: str, bot_user: str) -> Channel:
        """That user's direct message with the bot; opened on first use."""
        for channel in self.channels.values():
            if channel.im_user == user_id:
                return channel
        opened = Channel(
            id=self._ids.make("D"), name="directmessage", creator=user_id, created=int(time.time())
        )
        opened.im_user, opened.is_private, opened.members = user_id, True, [user_id, bot_user]
        self.channels[opened.id] = opened
        return opened

    def group(self, people: list[str], bot_user: str) -> Channel:
        """The direct message of these people with the bot; the same ones meet in the same place."""
        members = [*people, bot_user]
        for channel in self.channels.values():
            if channel.is_mpim and set(channel.members) == set(members):
                return channel
        name = f"mpdm-{'--'.join(self.users[who].name for who in members)}-1"
        return self.add_channel(name, bot_user, members, is_private=True, is_mpim=True)

    def user(self, key: str) -> User | None:
        """By id or by name (with or without `@`)."""
        if key in self.users:
            return self.users[key]
        bare = key.removeprefix("@")
        return next((user for user in self.users.values() if user.name == bare), None)

    def channel(self, key: str) -> Channel | None:
        """By id or by name (with or without `#`). Direct messages have no name of their own."""
        if key in self.channels:
            return self.channels[key]
        bare = key.removeprefix("#")
        return next((c for c in self.channels.values() if c.name == bare and not c.is_im), None)

    def sees(self, user: User, channel: Channel) -> bool:
        if user.id in channel.members:
            return True
        return not channel.is_private and not user.is_guest

    def seen_by(self, user: User) -> list[Channel]:
        return [channel for channel in self.channels.values() if self.sees(user, channel)]
