"""The app manifest: what Slack checks before it takes one, and what the workspace reads from it afterwards."""

import re
from typing import Any

Json = dict[str, Any]

# Slack's own commands; an app that asks for one of them has its whole manifest refused.
RESERVED_COMMANDS = frozenset(
    [
        "/active",
        "/apps",
        "/archive",
        "/away",
        "/call",
        "/canvas",
        "/collapse",
        "/dm",
        "/dnd",
        "/expand",
        "/feed",
        "/feedback",
        "/files",
        "/help",
        "/huddle",
        "/invite",
        "/invite_people",
        "/join",
        "/keys",
        "/kick",
        "/leave",
        "/me",
        "/msg",
        "/mute",
        "/open",
        "/part",
        "/people",
        "/prefs",
        "/remind",
        "/remove",
        "/rename",
        "/search",
        "/shortcuts",
        "/shrug",
        "/star",
        "/status",
        "/topic",
        "/unarchive",
        "/who",
    ]
)
# Without a manifest there is nobody who could ask for a missing scope, so the app has what the methods here
# want. Not `chat:write.public`: that a bot must be invited before it can post is what apps have to cope with.
DEFAULT_BOT_SCOPES = (
    "commands",
    "chat:write",
    "im:read",
    "im:write",
    "im:history",
    "users:read",
    "channels:read",
    "groups:read",
    "app_mentions:read",
    "files:write",
    "files:read",
    "channels:history",
    "groups:history",
    "channels:join",
    "mpim:read",
    "mpim:write",
    "mpim:history",
    "pins:read",
    "pins:write",
    "reactions:read",
    "reactions:write",
    "team:read",
    "usergroups:read",
    "users:read.email",
)
_SECTIONS = frozenset(
    {"_metadata", "display_information", "features", "oauth_config", "settings", "functions", "workflows"}
    | {"datastores", "outgoing_domains", "types", "metadata_events", "external_auth_providers", "$schema"}
)
_COMMAND = re.compile(r"^/[^\s/A-Z]{1,31}$")
_COLOUR = re.compile(r"^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$")


class ManifestRefusedError(ValueError):
    """`errors`: list of {message, pointer}, the shape of `apps.manifest.validate`."""

    def __init__(self, errors: list[Json]) -> None:
        super().__init__("; ".join(f"{error['pointer']}: {error['message']}" for error in errors))
        self.errors = errors


class Manifest:
    """A manifest that passed the checks. Missing parts read as Slack's defaults."""

    def __init__(self, raw: Json) -> None:
        errors = _check(raw)
        if errors:
            raise ManifestRefusedError(errors)
        self.raw = raw

    def _at(self, *path: str) -> Any:
        here: Any = self.raw
        for key in path:
            here = here.get(key) if isinstance(here, dict) else None
        return here

    @property
    def name(self) -> str:
        return str(self._at("display_information", "name"))

    @property
    def display_name(self) -> str:
        return str(self._at("features", "bot_user", "display_name") or self.name)

    @property
    def commands(self) -> list[Json]:
        return list(self._at("features", "slash_commands") or [])

    @property
    def shortcuts(self) -> list[Json]:
        return list(self._at("features", "shortcuts") or [])

    @property
    def token_rotation(self) -> bool:
        return (self.raw.get("settings") or {}).get("token_rotation_enabled") is True

    @property
    def redirect_urls(self) -> tuple[str, ...]:
        return tuple((self.raw.get("oauth_config") or {}).get("redirect_urls") or ())

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self._at("oauth_config", "scopes", "bot") or ())

    @property
    def events(self) -> frozenset[str]:
        return frozenset(self._at("settings", "event_subscriptions", "bot_events") or ())

    @property
    def options_url(self) -> str | None:
        url = self._at("settings", "interactivity", "message_menu_options_url")
        return str(url) if url else None

    @property
    def interactive(self) -> bool:
        return bool(self._at("settings", "interactivity", "is_enabled"))

    def home(self, switch: str, default: bool) -> bool:
        value = self._at("features", "app_home", switch)
        return default if value is None else bool(value)


def _check(raw: Any) -> list[Json]:
    errors: list[Json] = []
    if not isinstance(raw, dict):
        return [{"message": "Must be an object", "pointer": "/"}]
    for key in raw:
        if key not in _SECTIONS:
            errors.append({"message": f"Unknown property: {key}", "pointer": f"/{key}"})
    _check_information(raw.get("display_information"), errors)
    features = raw.get("features")
    if features is not None:
        _check_features(features if isinstance(features, dict) else {}, errors)
    _check_oauth(raw.get("oauth_config") or {}, errors)
    _check_settings(raw.get("settings") or {}, errors)
    _check_scopes_cover_features(raw, errors)
    return errors


def _text(
    holder: Json, key: str, pointer: str, longest: int, errors: list[Json], *, shortest: int = 0
) -> None:
    value = holder.get(key)
    if value is None:
        if shortest:
            errors.append({"message": f"Missing required field: {key}", "pointer": pointer})
        return
    if not isinstance(value, str):
        errors.append({"message": "Must be a string", "pointer": f"{pointer}/{key}"})
    elif len(value) > longest:
        errors.append(
            {"message": f"Must be no more than {longest} characters", "pointer": f"{pointer}/{key}"}
        )
    elif len(value) < shortest:
        errors.append({"message": f"Must be at least {shortest} characters", "pointer": f"{pointer}/{key}"})


def _check_information(info: Any, errors: list[Json]) -> None:
    here = "/display_information"
    if not isinstance(info, dict):
        errors.append({"message": "Missing required field: display_information", "pointer": "/"})
        return
    _text(info, "name", here, 35, errors, shortest=1)
    _text(info, "description", here, 140, errors)
    if "long_description" in info:
        _text(info, "long_description", here, 4000, errors, shortest=175)
    colour = info.get("background_color")
    if colour is not None and not _COLOUR.match(str(colour)):
        errors.append({"message": "Must be a hex color", "pointer": f"{here}/background_color"})


def _check_features(features: Json, errors: list[Json]) -> None:
    bot = features.get("bot_user")
    if bot is not None:
        _text(bot, "display_name", "/features/bot_user", 80, errors, shortest=1)
    _check_commands(features.get("slash_commands") or [], errors)
    shortcuts = features.get("shortcuts") or []
    if len(shortcuts) > 10:
        errors.append({"message": "Must have no more than 10 items", "pointer": "/features/shortcuts"})
    for index, shortcut in enumerate(shortcuts):
        here = f"/features/shortcuts/{index}"
        _text(shortcut, "name", here, 24, errors, shortest=1)
        _text(shortcut, "callback_id", here, 255, errors, shortest=1)
        _text(shortcut, "description", here, 150, errors, shortest=1)
        if shortcut.get("type") not in {"global", "message"}:
            errors.append({"message": "Must be one of global, message", "pointer": f"{here}/type"})


def _check_commands(commands: list[Json], errors: list[Json]) -> None:
    if len(commands) > 50:
        errors.append({"message": "Must have no more than 50 items", "pointer": "/features/slash_commands"})
    seen: set[str] = set()
    for index, entry in enumerate(commands):
        here = f"/features/slash_commands/{index}"
        command = str(entry.get("command", ""))
        if not _COMMAND.match(command):
            errors.append({"message": "Invalid command name", "pointer": f"{here}/command"})
        if command in RESERVED_COMMANDS:
            errors.append({"message": f"{command} is a reserved command name", "pointer": f"{here}/command"})
        if command in seen:
            errors.append({"message": f"{command} is listed twice", "pointer": f"{here}/command"})
        seen.add(command)
        _text(entry, "description", here, 2000, errors, shortest=1)
        _text(entry, "usage_hint", here, 1000, errors)
        _text(entry, "url", here, 3000, errors)


def _check_oauth(oauth: Json, errors: list[Json]) -> None:
    scopes = oauth.get("scopes") or {}
    for kind in ("bot", "user", "bot_optional", "user_optional"):
        listed = scopes.get(kind) or []
        if len(listed) > 255:
            errors.append(
                {"message": "Must have no more than 255 items", "pointer": f"/oauth_config/scopes/{kind}"}
            )
        if not all(isinstance(scope, str) and scope for scope in listed):
            errors.append({"message": "Must be strings", "pointer": f"/oauth_config/scopes/{kind}"})


def _check_settings(settings: Json, errors: list[Json]) -> None:
    interactivity = settings.get("interactivity")
    if interactivity is not None:
        if not isinstance(interactivity.get("is_enabled"), bool):
            missing = {"message": "Missing required field: is_enabled", "pointer": "/settings/interactivity"}
            errors.append(missing)
        for key in ("request_url", "message_menu_options_url"):
            _text(interactivity, key, "/settings/interactivity", 3500, errors)
    events = settings.get("event_subscriptions") or {}
    if len(events.get("bot_events") or []) > 100:
        pointer = "/settings/event_subscriptions/bot_events"
        errors.append({"message": "Must have no more than 100 items", "pointer": pointer})
    for key in ("socket_mode_enabled", "org_deploy_enabled", "token_rotation_enabled", "is_hosted"):
        if key in settings and not isinstance(settings[key], bool):
            errors.append({"message": "Must be a boolean", "pointer": f"/settings/{key}"})


def _check_scopes_cover_features(raw: Json, errors: list[Json]) -> None:
    features = raw.get("features") or {}
    scopes = ((raw.get("oauth_config") or {}).get("scopes") or {}).get("bot") or []
    wants = features.get("slash_commands") or features.get("shortcuts")
    if wants and "commands" not in scopes:
        message = "Slash commands and shortcuts require the commands scope"
        errors.append({"message": message, "pointer": "/oauth_config/scopes/bot"})
    if scopes and not features.get("bot_user"):
        message = "Bot scopes require a bot user"
        errors.append({"message": message, "pointer": "/features/bot_user"})
