"""Everything one workspace holds, put together: people, channels, messages, views, the app and its settings."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from senexsim.slack.bus import Bus
from senexsim.slack.clock import Clock
from senexsim.slack.directory import Directory, User
from senexsim.slack.faults import Faults
from senexsim.slack.files import FileStore
from senexsim.slack.ids import Ids
from senexsim.slack.limits import Limits
from senexsim.slack.manifest import DEFAULT_BOT_SCOPES, Manifest
from senexsim.slack.messages import MessageStore
from senexsim.slack.tickets import Tickets
from senexsim.slack.views import ViewStore
from senexsim.wire_log import WireLog

Json = dict[str, Any]

KEPT_CALLS = 5_000
KEPT_DELIVERIES = 5_000
KEPT_INPUTS = 500
DEFAULT_SEED = 1
CHATTER = frozenset({"message.channels", "message.groups"})


@dataclass
class App:
    """The one installed app. `request_url` set: signed HTTP; else Socket Mode."""

    id: str
    bot_id: str
    bot_user_id: str
    bot_token: str
    app_token: str
    signing_secret: str
    verification_token: str
    request_url: str | None = None
    manifest: Manifest | None = None
    token_error: str | None = None
    learned_commands: dict[str, Json] = field(default_factory=dict)

    @property
    def scopes(self) -> tuple[str, ...]:
        return self.manifest.scopes if self.manifest else DEFAULT_BOT_SCOPES

    @property
    def name(self) -> str:
        return self.manifest.name if self.manifest else "senex"

    @property
    def commands(self) -> list[Json]:
        """[{command, description, usage_hint}] of the manifest, else those people have typed."""
        listed = self.manifest.commands if self.manifest else list(self.learned_commands.values())
        return [
            {
                "command": entry["command"],
                "description": entry.get("description", ""),
                "usage_hint": entry.get("usage_hint", ""),
            }
            for entry in listed
        ]

    def subscribed(self, event: str) -> bool:
        """Without a manifest: everything but what people and the app itself say in channels."""
        if self.manifest is None:
            return event not in CHATTER
        return event in self.manifest.events


class Workspace:
    """State only: what people do, what the app calls and how it is told live in their own packages."""

    def __init__(
        self, seed: int = DEFAULT_SEED, manifest: Manifest | None = None, grants: list[Json] | None = None
    ) -> None:
        self.clock, self.ids, self.bus = Clock(), Ids(seed), Bus()
        self.seed = seed
        self.team_id, self.team_name, self.team_domain = self.ids.make("T"), "Senex Desk", "senex-desk"
        self.directory = Directory(self.ids, self.team_id)
        self.messages = MessageStore(self.bus)
        self.views = ViewStore(self.bus, self.clock, self.ids)
        self.tickets = Tickets(self.clock, self.ids)
        self.faults, self.limits, self.files = Faults(), Limits(self.clock), FileStore(self.ids)
        self.calls: deque[Json] = deque(maxlen=KEPT_CALLS)
        self.deliveries: deque[Json] = deque(maxlen=KEPT_DELIVERIES)
        self.inputs: deque[str] = deque(maxlen=KEPT_INPUTS)
        self.wire_log = WireLog()
        self.scheduled: dict[str, Json] = {}
        self.offered: dict[tuple[str, str, str], list[Json]] = {}
        self.grants = list(grants or [])
        self.origin = ""
        self.tour: Json | None = None
        self.broker_url = ""  # of a broker simulator whose controls the page may use
        self.sockets_open = 0
        self.app = self._install(manifest)
        self._populate()

    @property
    def bot(self) -> User:
        return self.directory.users[self.app.bot_user_id]

    def connected(self) -> bool:
        """Whether somebody is there to be told: an open socket, or a request URL."""
        return self.app.request_url is not None or self.sockets_open > 0

    def _install(self, manifest: Manifest | None) -> App:
        ids = self.ids
        app_id, bot_user = ids.make("A"), ids.make("U")
        return App(
            id=app_id,
            bot_id=ids.make("B"),
            bot_user_id=bot_user,
            bot_token=f"xoxb-{ids.digits(12)}-{ids.digits(13)}-{ids.letters(24)}",
            app_token=f"xapp-1-{app_id}-{ids.digits(13)}-{ids.hexadecimal(64)}",
            signing_secret=ids.hexadecimal(32),
            verification_token=ids.letters(24),
            manifest=manifest,
        )

    def _populate(self) -> None:
        """A trader, a second full member, a third who may approve, a guest, and one channel of each kind."""
        people = self.directory
        display = self.app.manifest.display_name if self.app.manifest else "senex"
        ana = people.add_user("ana", "Ana Trader")
        ben = people.add_user("ben", "Ben Trader")
        cara = people.add_user("cara", "Cara Approver")
        dan = people.add_user("dan", "Dan Guest", is_restricted=True)
        bot = people.add_user(
            display.lower().replace(" ", "_"), display, id=self.app.bot_user_id, is_bot=True
        )
        slackbot = people.add_user("slackbot", "Slackbot", id="USLACKBOT")
        full = [ana.id, ben.id, cara.id]
        people.add_channel("trading", ana.id, [*full, dan.id, bot.id])
        people.add_channel("general", ana.id, full)
        people.add_channel("desk-private", ana.id, [*full, bot.id], is_private=True)
        people.add_channel("desk-partners", ana.id, [*full, bot.id], is_ext_shared=True)
        for person in (ana, ben, cara, dan):
            people.direct(person.id, bot.id)
        slackbot.tz_offset, slackbot.tz, slackbot.tz_label = 0, "UTC", "Coordinated Universal Time"

    def rename_bot(self) -> None:
        """After a new manifest: the bot carries its display name."""
        if self.app.manifest:
            self.bot.real_name = self.app.manifest.display_name
            self.bot.name = self.app.manifest.display_name.lower().replace(" ", "_")
