"""`senexbot setup`: from an empty machine to a test card in the operator's messages, step by step.

Nothing typed as a secret is shown again; an existing key is never overwritten.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from senexbot.blocks.kit import Message, card, esc
from senexbot.cli import env_file, offline
from senexbot.cli.install import manifest_text
from senexbot.cli.setup_key import ask_key
from senexbot.cli.setup_tokens import ask_tokens
from senexbot.cli.terminal import Terminal
from senexbot.clock import SystemClock
from senexbot.domain.errors import ConfigError, MessengerFault
from senexbot.domain.links import Role
from senexbot.settings import SLACK_API, Settings, readable
from senexbot.slack.app import Identity
from senexbot.slack.messenger import SlackMessenger, web_client
from senexbot.slack.transport import PATH
from senexbot.store.engine import SqlStore

MEMBER = re.compile(r"[UW][A-Z0-9]{4,20}")
PUBLIC_URL = re.compile(r"https://[^\s/?#]+(/[^\s?#]*)?")


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are kept; the key apart from the database."""

    state_dir: Path
    key_file: Path
    env_file: Path
    manifest: Path


@dataclass(frozen=True, slots=True)
class Wanted:
    """`url`: the public address for HTTP, "" for Socket Mode; `yes`: ask nothing."""

    places: Places
    url: str = ""
    operator: str = ""
    yes: bool = False


@dataclass(slots=True)
class Found:
    """What the steps have found out; `secrets` and `operator` go into the file and the store."""

    url: str = ""
    identity: Identity | None = None
    operator: str = ""
    variables: dict[str, str] = field(default_factory=dict, repr=False)


async def install(wanted: Wanted, environ: Mapping[str, str]) -> int:
    """All steps; 0 when the test card arrived. Raises ConfigError (a wrong answer, with --yes) and SenexError."""
    known, left_out = readable(environ)
    if left_out:
        raise ConfigError(
            f"these variables are faulty: {', '.join(sorted(left_out))} (see `senexbot doctor`)"
        )
    terminal, found = Terminal(asks=not wanted.yes), Found()
    _machine(terminal)
    _folder(terminal, wanted.places)
    terminal.step("3. Encryption key")
    ask_key(terminal, wanted.places.key_file, state_dir=wanted.places.state_dir, environ=environ)
    found.url = _address(terminal, wanted, known)
    _app(terminal, wanted.places, found.url, known)
    await _tokens(terminal, found, environ, known)
    messenger = _messenger(found, known)
    found.operator = await _operator(terminal, wanted, messenger)
    variables = {**_carried(environ), **_places(wanted.places), **found.variables}
    _write(terminal, wanted.places.env_file, variables)
    await _grant(terminal, found, {**_without_key(environ), **variables})
    await _test_card(terminal, found, messenger)
    _next(terminal, wanted.places, found)
    return 0


# --- the machine ---------------------------------------------------------------------------------


def _machine(terminal: Terminal) -> None:
    terminal.step("1. This machine")
    terminal.say(f"Python {sys.version.split()[0]} in {sys.prefix}")
    if sys.prefix == sys.base_prefix:
        terminal.say("No virtual environment: `make setup` makes one, with exactly the locked packages.")


def _folder(terminal: Terminal, places: Places) -> None:
    terminal.step("2. State directory")
    directory = places.state_dir.resolve()
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory.chmod(0o700)
    except OSError as error:
        raise ConfigError(f"{directory} cannot be made the bot's own ({error.strerror})") from None
    terminal.say(f"{directory} (only for its owner): database, generation file, socket")


# --- the Slack app -------------------------------------------------------------------------------


def _address(terminal: Terminal, wanted: Wanted, known: Settings) -> str:
    """The public address for HTTP; "" for Socket Mode, which needs none."""
    terminal.step("4. How Slack reaches the bot")
    if wanted.url or not terminal.asks or known.socket_mode:
        terminal.say(f"HTTP at {wanted.url}" if wanted.url else "Socket Mode: no public address is needed")
        if not wanted.url and not known.socket_mode and known.slack_signing_secret:
            raise ConfigError(
                "with SLACK_SIGNING_SECRET and no SLACK_APP_TOKEN, name your address with --url"
            )
        return wanted.url
    terminal.say("With Socket Mode the bot calls Slack, and no public address is needed: right for most.")
    while True:
        url = terminal.text("Enter for Socket Mode, or your public https address", "--url")
        if not url or PUBLIC_URL.fullmatch(url):
            return url
        terminal.say("a public address looks like https://desk.example.com", "Try again.")


def _app(terminal: Terminal, places: Places, url: str, known: Settings) -> None:
    terminal.step("5. The Slack app")
    path = places.manifest.resolve()
    try:
        path.write_text(manifest_text(url, known.command_prefix) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({error.strerror}): see --manifest-file") from None
    terminal.say(
        f"Its manifest is in {path}",
        "a) Open https://api.slack.com/apps, Create New App, From a manifest.",
        "b) Pick your workspace, choose JSON, paste the whole file, Next, Create.",
        "c) Install App, Install to Workspace, Allow.",
        "d) OAuth & Permissions: copy the Bot User OAuth Token (it begins with xoxb).",
    )
    if url:
        terminal.say(
            "e) Basic Information, App Credentials: copy the Signing Secret.",
            f"f) Your web server passes {url.rstrip('/')}{PATH} on to HOST and PORT of this machine.",
        )
    else:
        terminal.say(
            "e) Basic Information, App-Level Tokens, Generate: scope connections:write; copy it (it begins with xapp)."
        )
    terminal.pause("Ready?")


async def _tokens(terminal: Terminal, found: Found, environ: Mapping[str, str], known: Settings) -> None:
    terminal.step("6. Tokens")
    found.variables, found.identity = await ask_tokens(
        terminal, environ, slack=known.slack_api_url, http=bool(found.url)
    )


def _messenger(found: Found, known: Settings) -> SlackMessenger:
    assert found.identity is not None
    client = web_client(found.variables["SLACK_BOT_TOKEN"], base_url=known.slack_api_url)
    return SlackMessenger(client=client, clock=SystemClock(), team_id=found.identity.team_id)


# --- the first operator --------------------------------------------------------------------------


async def _operator(terminal: Terminal, wanted: Wanted, messenger: SlackMessenger) -> str:
    terminal.step("7. The first operator")
    typed = wanted.operator
    while True:
        typed = typed or terminal.text(
            "Your Slack member id (your profile, ⋮, Copy member ID)", "--operator U… is missing"
        )
        try:
            await _check_member(messenger, typed)
        except ConfigError as fault:
            if not terminal.asks:
                raise
            terminal.say(fault.message, "Try again.")
            typed = ""
        else:
            return typed


async def _check_member(messenger: SlackMessenger, typed: str) -> None:
    if not MEMBER.fullmatch(typed):
        raise ConfigError("a member id looks like U012AB3CD")
    try:
        person = await messenger.person(typed)
    except MessengerFault as fault:
        raise ConfigError(f"Slack does not know {typed}: {fault.message}") from None
    if not person.is_full_member:
        raise ConfigError(f"{typed} is no full member of this workspace")


async def _grant(terminal: Terminal, found: Found, environ: Mapping[str, str]) -> None:
    """Through the running bot, or with the lock taken; makes the database when there is none."""
    assert found.identity is not None
    arguments = {
        "change": "grant",
        "user": found.operator,
        "role": Role.OPERATOR.value,
        "team": found.identity.team_id,
    }

    async def work(store: SqlStore) -> Mapping[str, Any]:
        return await offline.host_commands(store, environ).roles(arguments)

    terminal.step("9. Role")
    await offline.write("roles", arguments, work, environ=environ)
    terminal.say(f"{found.operator} is operator now")


# --- what is kept --------------------------------------------------------------------------------


def _carried(environ: Mapping[str, str]) -> dict[str, str]:
    """Our variables that are set already, so that the bot runs with what was installed here."""
    names = [str(entry.alias) for entry in Settings.model_fields.values()]
    left = {"SENEXBOT_ENCRYPTION_KEYS", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"}
    kept = {
        name: environ[name].strip() for name in names if environ.get(name, "").strip() and name not in left
    }
    return {name: value for name, value in kept.items() if (name, value) != ("SLACK_API_URL", SLACK_API)}


def _places(places: Places) -> dict[str, str]:
    return {
        "SENEXBOT_STATE_DIR": str(places.state_dir.resolve()),
        "SENEXBOT_ENCRYPTION_KEYS_FILE": str(places.key_file.resolve()),
    }


def _without_key(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name != "SENEXBOT_ENCRYPTION_KEYS"}


def _write(terminal: Terminal, path: Path, variables: Mapping[str, str]) -> None:
    terminal.step("8. Variables")
    before = _before(path)
    if before and not terminal.agrees(f"{path} exists; write it anew? Lines that set something else stay"):
        raise ConfigError(f"{path} was left as it is: name another file with --env-file")
    try:
        env_file.write(path, env_file.text(variables, before))
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({error.strerror}): see --env-file") from None
    terminal.say(f"{path.resolve()} written, only for its owner: {', '.join(variables)}")


def _before(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({type(error).__name__}): see --env-file") from None


# --- the end -------------------------------------------------------------------------------------


def installed_card(identity: Identity) -> Message:
    return card(
        "senexbot is installed",
        f"You are its operator in {esc(identity.team_name or identity.team_id)}.",
        "Start the bot, then say /senex connect here to link a tastytrade account.",
        foot="Live trading is off until SENEXBOT_LIVE_TRADING=on is set",
    )


async def _test_card(terminal: Terminal, found: Found, messenger: SlackMessenger) -> None:
    assert found.identity is not None
    terminal.step("10. Test card")
    channel = await messenger.open_direct(found.operator)
    await messenger.post(channel, installed_card(found.identity))
    terminal.say("Sent: it waits in your direct messages from the bot.")


def _next(terminal: Terminal, places: Places, found: Found) -> None:
    terminal.step("Done. Start the bot:")
    terminal.say(
        f"set -a; . {places.env_file.resolve()}; set +a; {Path(sys.prefix) / 'bin' / 'senexbot'} run",
        "or as a service: senexbot.service in the repository says how. `senexbot doctor` checks everything.",
    )
    if found.url:
        terminal.say("With HTTP, Slack accepts the manifest's address only once the bot answers there.")
