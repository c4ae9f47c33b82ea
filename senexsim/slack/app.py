"""The app: what it is everywhere (`Registration`), and its installation in one workspace (`App`) with its tokens."""

from dataclasses import dataclass, field
from typing import Any

from senexsim.slack.ids import Ids
from senexsim.slack.manifest import DEFAULT_BOT_SCOPES, Manifest

Json = dict[str, Any]

CHATTER = frozenset({"message.channels", "message.groups"})
TOKEN_SECONDS = 43_200
MOST_TOKENS = 2


@dataclass
class Registration:
    """The same in every workspace. `request_url` set: signed HTTP; else Socket Mode."""

    id: str
    app_token: str
    signing_secret: str
    verification_token: str
    client_id: str
    client_secret: str
    request_url: str | None = None
    manifest: Manifest | None = None


@dataclass
class App:
    """One installation. `tokens` are the bot's, each with the moment it ends, None for one that stays."""

    registration: Registration
    bot_id: str
    bot_user_id: str
    tokens: dict[str, float | None]
    installed: bool = True
    granted: tuple[str, ...] | None = None
    refresh_token: str | None = None
    token_error: str | None = None
    learned_commands: dict[str, Json] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.registration.id

    @property
    def app_token(self) -> str:
        return self.registration.app_token

    @property
    def signing_secret(self) -> str:
        return self.registration.signing_secret

    @property
    def verification_token(self) -> str:
        return self.registration.verification_token

    @property
    def request_url(self) -> str | None:
        return self.registration.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self.registration.request_url = url

    @property
    def manifest(self) -> Manifest | None:
        return self.registration.manifest

    @manifest.setter
    def manifest(self, manifest: Manifest | None) -> None:
        self.registration.manifest = manifest

    @property
    def bot_token(self) -> str:
        """The newest one."""
        return list(self.tokens)[-1]

    @property
    def rotates(self) -> bool:
        return self.manifest is not None and self.manifest.token_rotation

    def install(self, ids: Ids, now: float, scopes: tuple[str, ...]) -> None:
        """Somebody said yes: a token of its own, and what was wrong with older ones is past."""
        self.installed, self.token_error, self.granted = True, None, scopes
        self.tokens.clear()
        self.renew(ids, now)

    def renew(self, ids: Ids, now: float) -> None:
        """One more token; where tokens rotate it ends after twelve hours and comes with the key to the next.

        At most two live at once: the oldest ends at once.
        """
        plain = f"xoxb-{ids.digits(12)}-{ids.digits(13)}-{ids.letters(24)}"
        if self.rotates:
            self.tokens[f"xoxe.{plain}"] = now + TOKEN_SECONDS
            self.refresh_token = f"xoxe-1-{ids.letters(146)}"
        else:
            self.tokens[plain] = None
            self.refresh_token = None
        while len(self.tokens) > MOST_TOKENS:
            del self.tokens[next(iter(self.tokens))]

    @property
    def scopes(self) -> tuple[str, ...]:
        if self.granted is not None:
            return self.granted
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
        if not self.installed:
            return False
        if self.manifest is None:
            return event not in CHATTER
        return event in self.manifest.events
