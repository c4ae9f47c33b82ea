"""All settings, read once at start into one frozen, typed object; every fault is reported at once, in words.

No value of a secret appears in any error, and none of these objects shows one in its repr.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator

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


def is_plain(url: str, schemes: set[str]) -> bool:
    """A loopback URL of one of these schemes that names no user, query or fragment and has a real port."""
    parts = urlsplit(url)
    if parts.scheme not in schemes or parts.username is not None or parts.query or parts.fragment:
        return False
    _ = parts.port  # raises ValueError when it is none
    return is_loopback(url)


class Settings(BaseModel):
    """The variables of the operator; docs/settings.md and .env.example tell them one by one."""

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
    def _practice_is_loopback(cls, value: str, info: ValidationInfo) -> str:
        schemes = {"http"} if info.field_name == "practice_api_url" else {"http", "ws"}
        if value and not is_plain(value, schemes):
            msg = "practice links go to a simulator on this machine only, such as http://127.0.0.1:8650; live and sandbox need no address"
            raise ValueError(msg)
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _slack_or_loopback(cls, value: str) -> str:
        with_slash = value if value.endswith("/") else value + "/"
        if with_slash != SLACK_API and not is_plain(value, {"http", "https"}):
            msg = f"neither Slack's own address ({SLACK_API}) nor one on this machine"
            raise ValueError(msg)
        return with_slash

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
        """The keys as comma-separated text, from the file or the variable. Raises ConfigError."""
        return _keys_text(self.encryption_keys.get_secret_value(), self.encryption_keys_file)

    def secrets(self) -> tuple[str, ...]:
        """Every text in here that must never be seen, for the log's last net."""
        tokens = (self.slack_bot_token, self.slack_app_token, self.slack_signing_secret)
        password = urlsplit(self.database_url).password if self.database_url else None
        found = [*(token.get_secret_value() for token in tokens), *self.keys_text().split(","), password]
        return tuple(text.strip() for text in found if text and text.strip())


def load(environ: Mapping[str, str]) -> Settings:
    """Read all settings. Raises ConfigError naming every fault at once."""
    given = _given(environ)
    faults = [*_missing(given), *_key_faults(given)]
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        faults += [_fault(dict(e)) for e in error.errors(include_input=False)]
        raise ConfigError("\n".join(faults)) from None
    if faults:
        raise ConfigError("\n".join(faults))
    return settings


def readable(environ: Mapping[str, str]) -> tuple[Settings, frozenset[str]]:
    """What can be read of faulty settings, and the variables left out of it; only for looking into faults."""
    given = _given(environ)
    faulty: set[str] = set()
    try:
        return Settings.model_validate(given), frozenset()
    except ValidationError as error:
        faulty = {str(part) for e in error.errors(include_input=False) for part in e["loc"]}
    rest = {name: value for name, value in given.items() if name not in faulty}
    return Settings.model_validate(rest), frozenset(faulty)


def _given(environ: Mapping[str, str]) -> dict[str, str]:
    """Ours among the variables, without blanks around them; an empty one counts as not set."""
    known = {field.alias for field in Settings.model_fields.values() if field.alias}
    return {name: value.strip() for name, value in environ.items() if name in known and value.strip()}


def keys_of(environ: Mapping[str, str]) -> str:
    """The encryption keys as comma-separated text; "" when none are set. Raises ConfigError."""
    given = _given(environ)
    path = given.get("SENEXBOT_ENCRYPTION_KEYS_FILE")
    return _keys_text(given.get("SENEXBOT_ENCRYPTION_KEYS", ""), Path(path) if path else None)


def _keys_text(text: str, path: Path | None) -> str:
    """The file goes before the variable."""
    if path is None:
        return text
    try:
        lines = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"SENEXBOT_ENCRYPTION_KEYS_FILE cannot be read: {path} ({type(error).__name__})"
        ) from None
    return ",".join(lines.replace(",", " ").split())


def _key_faults(given: Mapping[str, str]) -> list[str]:
    from senexbot.vault import KeyRing  # here, so that commands without keys do not wait for cryptography

    if not {"SENEXBOT_ENCRYPTION_KEYS", "SENEXBOT_ENCRYPTION_KEYS_FILE"} & set(given):
        return []
    try:
        KeyRing.parse(keys_of(given))
    except ConfigError as fault:
        named = "" if fault.message.startswith("SENEXBOT_") else "SENEXBOT_ENCRYPTION_KEYS: "
        return [named + fault.message]
    return []


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
    given = _given(environ)
    state_dir = Path(given.get("SENEXBOT_STATE_DIR", "state"))
    return state_dir, given.get("DATABASE_URL") or _default_url(state_dir)


def _default_url(state_dir: Path) -> str:
    return f"sqlite:///{state_dir.resolve() / 'senexbot.sqlite3'}"
