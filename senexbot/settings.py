"""All settings, read once at start into one frozen, typed object; every fault is reported at once, in words.

No value of a secret appears in any error, and none of these objects shows one in its repr.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from senexbot.domain.errors import ConfigError

SLACK_API = "https://slack.com/api/"


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine: 127.0.0.0/8, ::1 or localhost."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Settings(BaseModel):
    """The variables of the operator; docs/settings.md tells them one by one."""

    model_config = ConfigDict(frozen=True)

    state_dir: Annotated[Path, Field(alias="SENEXBOT_STATE_DIR")] = Path("state")
    database_url: Annotated[str, Field(alias="DATABASE_URL", repr=False)] = ""  # may hold a password
    encryption_keys: Annotated[SecretStr, Field(alias="SENEXBOT_ENCRYPTION_KEYS")] = SecretStr("")
    encryption_keys_file: Annotated[Path | None, Field(alias="SENEXBOT_ENCRYPTION_KEYS_FILE")] = None
    slack_bot_token: Annotated[SecretStr, Field(alias="SLACK_BOT_TOKEN")] = SecretStr("")
    slack_app_token: Annotated[SecretStr, Field(alias="SLACK_APP_TOKEN")] = SecretStr("")
    slack_signing_secret: Annotated[SecretStr, Field(alias="SLACK_SIGNING_SECRET")] = SecretStr("")
    slack_api_url: Annotated[str, Field(alias="SLACK_API_URL")] = SLACK_API
    host: Annotated[str, Field(alias="HOST")] = "127.0.0.1"
    port: Annotated[int, Field(alias="PORT", ge=0, le=65535)] = 3000
    live_trading: Annotated[bool, Field(alias="SENEXBOT_LIVE_TRADING")] = False
    practice_api_url: Annotated[str, Field(alias="TASTYTRADE_API_URL")] = ""
    practice_streamer_url: Annotated[str, Field(alias="TASTYTRADE_STREAMER_URL")] = ""
    command_prefix: Annotated[str, Field(alias="SENEXBOT_COMMAND_PREFIX", pattern=r"^[a-z0-9_-]{0,12}$")] = ""
    confirm_seconds: Annotated[int, Field(alias="SENEXBOT_CONFIRM_SECONDS", ge=5, le=3600)] = 120
    approval_minutes: Annotated[int, Field(alias="SENEXBOT_APPROVAL_MINUTES", ge=1, le=1440)] = 30
    admin_channel: Annotated[str, Field(alias="SENEXBOT_ADMIN_CHANNEL")] = ""
    health_port: Annotated[int | None, Field(alias="SENEXBOT_HEALTH_PORT", ge=0, le=65535)] = None
    log_level: Annotated[
        str, Field(alias="SENEXBOT_LOG_LEVEL", pattern="^(?i:debug|info|warning|error)$")
    ] = "INFO"

    @field_validator("live_trading", mode="before")
    @classmethod
    def _on_or_off(cls, value: object) -> object:
        words = {"on": True, "off": False}
        key = str(value).strip().lower()
        if key not in words:
            msg = "say on or off"
            raise ValueError(msg)
        return words[key]

    @field_validator("practice_api_url", "practice_streamer_url")
    @classmethod
    def _practice_is_loopback(cls, value: str) -> str:
        if value and not is_loopback(value):
            msg = "practice links go to a simulator on this machine only (127.0.0.1); live and sandbox need no address"
            raise ValueError(msg)
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _slack_or_loopback(cls, value: str) -> str:
        parts = urlsplit(value)
        if not is_loopback(value) and not (parts.scheme == "https" and parts.hostname == "slack.com"):
            msg = "neither Slack's own address nor one on this machine"
            raise ValueError(msg)
        return value if value.endswith("/") else value + "/"

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgres://", "postgresql://")):
            msg = "say sqlite:///PATH or postgresql://…"
            raise ValueError(msg)
        return value

    @property
    def socket_mode(self) -> bool:
        return bool(self.slack_app_token.get_secret_value())

    @property
    def has_practice(self) -> bool:
        return bool(self.practice_api_url)

    def url_of_database(self) -> str:
        """The database's URL: as given, or SQLite in the state directory."""
        return self.database_url or _default_url(self.state_dir)

    def keys_text(self) -> str:
        """The keys as comma-separated text, from the variable or the file. Raises ConfigError."""
        if self.encryption_keys_file is None:
            return self.encryption_keys.get_secret_value()
        try:
            text = self.encryption_keys_file.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"SENEXBOT_ENCRYPTION_KEYS_FILE cannot be read: {self.encryption_keys_file} ({type(error).__name__})"
            ) from None
        return ",".join(text.split())


def load(environ: Mapping[str, str]) -> Settings:
    """Read all settings. Raises ConfigError naming every fault at once."""
    known = {field.alias for field in Settings.model_fields.values() if field.alias}
    given = {name: value for name, value in environ.items() if name in known and value.strip() != ""}
    faults = _missing(given)
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        faults += [_fault(dict(e)) for e in error.errors(include_input=False)]
        raise ConfigError("\n".join(faults)) from None
    if faults:
        raise ConfigError("\n".join(faults))
    return settings


def _missing(given: Mapping[str, str]) -> list[str]:
    faults: list[str] = []
    if "SLACK_BOT_TOKEN" not in given:
        faults.append("SLACK_BOT_TOKEN is missing: Slack app page, OAuth & Permissions, it begins with xoxb-")
    if "SLACK_APP_TOKEN" not in given and "SLACK_SIGNING_SECRET" not in given:
        faults.append(
            "set SLACK_APP_TOKEN (begins with xapp-, for Socket Mode) or SLACK_SIGNING_SECRET (for HTTP)"
        )
    if "SENEXBOT_ENCRYPTION_KEYS" not in given and "SENEXBOT_ENCRYPTION_KEYS_FILE" not in given:
        faults.append(
            "SENEXBOT_ENCRYPTION_KEYS is missing: make one with `senexbot keys generate` and keep it "
            "apart from the database"
        )
    if ("TASTYTRADE_API_URL" in given) != ("TASTYTRADE_STREAMER_URL" in given):
        faults.append("TASTYTRADE_API_URL and TASTYTRADE_STREAMER_URL are set together or not at all")
    return faults


def _fault(error: Mapping[str, Any]) -> str:
    name = ".".join(str(part) for part in error["loc"])
    return f"{name}: {str(error['msg']).removeprefix('Value error, ')}"


def database_of(environ: Mapping[str, str]) -> tuple[Path, str]:
    """State directory and database URL, for commands that need no Slack (halt, roles, db, audit)."""
    state_dir = Path(environ.get("SENEXBOT_STATE_DIR") or "state")
    return state_dir, environ.get("DATABASE_URL") or _default_url(state_dir)


def _default_url(state_dir: Path) -> str:
    return f"sqlite:///{state_dir.resolve() / 'senexbot.sqlite3'}"
