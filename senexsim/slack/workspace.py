"""Everything one workspace holds, put together: people, channels, messages, views, the app and its settings."""

from collections import deque
from typing import Any

from senexsim.slack.app import App, Registration
from senexsim.slack.bus import Bus
from senexsim.slack.clock import Clock
from senexsim.slack.directory import Directory, User
from senexsim.slack.faults import Faults
from senexsim.slack.files import FileStore
from senexsim.slack.ids import Ids
from senexsim.slack.limits import Limits
from senexsim.slack.manifest import Manifest
from senexsim.slack.messages import MessageStore
from senexsim.slack.tickets import Tickets
from senexsim.slack.views import ViewStore
from senexsim.wire_log import WireLog

Json = dict[str, Any]

KEPT_CALLS = 5_000
KEPT_DELIVERIES = 5_000
KEPT_INPUTS = 500
DEFAULT_SEED = 1
NOT_INSTALLED = "account_inactive"
OTHERS = (("Senex Annex", "senex-annex"), ("Senex Branch", "senex-branch"), ("Senex Cellar", "senex-cellar"))


class Workspace:
    """State only: what people do, what the app calls and how it is told live in their own packages.

    `first`: another workspace of the same Slack, which has its clock, its faults, its sockets and the app's registration;
    the app is not installed in this one yet.
    """

    def __init__(
        self,
        seed: int = DEFAULT_SEED,
        manifest: Manifest | None = None,
        grants: list[Json] | None = None,
        *,
        first: "Workspace | None" = None,
        number: int = 0,
    ) -> None:
        self.first: Workspace = first or self
        self.clock: Clock = first.clock if first else Clock()
        self.ids: Ids = first.ids if first else Ids(seed)
        self.bus = Bus()
        self.seed = seed
        self.team_id = self.ids.make("T")
        self.team_name, self.team_domain = OTHERS[number - 1] if number else ("Senex Desk", "senex-desk")
        self.directory = Directory(self.ids, self.team_id)
        self.messages = MessageStore(self.bus)
        self.views = ViewStore(self.bus, self.clock, self.ids)
        self.tickets = Tickets(self.clock, self.ids)
        self.faults: Faults = first.faults if first else Faults()
        self.limits, self.files = Limits(self.clock), FileStore(self.ids)
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
        self.app: App = self._elsewhere(first.app.registration) if first else self._register(manifest)
        self._populate()

    @property
    def bot(self) -> User:
        return self.directory.users[self.app.bot_user_id]

    def connected(self) -> bool:
        """Whether somebody is there to be told: an open socket, or a request URL."""
        if not self.app.installed:
            return False
        return self.app.request_url is not None or self.first.sockets_open > 0

    def _register(self, manifest: Manifest | None) -> App:
        ids, own = self.ids, Ids(self.seed + 1_000_003)
        app_id, bot_user = ids.make("A"), ids.make("U")
        bot_id = ids.make("B")
        token = f"xoxb-{ids.digits(12)}-{ids.digits(13)}-{ids.letters(24)}"
        registration = Registration(
            id=app_id,
            app_token=f"xapp-1-{app_id}-{ids.digits(13)}-{ids.hexadecimal(64)}",
            signing_secret=ids.hexadecimal(32),
            verification_token=ids.letters(24),
            client_id=f"{own.digits(12)}.{own.digits(13)}",
            client_secret=own.hexadecimal(32),
            manifest=manifest,
        )
        return App(registration, bot_id, bot_user, {token: None})

    def _elsewhere(self, registration: Registration) -> App:
        ids = self.ids
        unknown = f"xoxb-{ids.digits(12)}-{ids.digits(13)}-{ids.letters(24)}"
        found = App(registration, ids.make("B"), ids.make("U"), {unknown: None}, installed=False)
        found.token_error = NOT_INSTALLED
        return found

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
