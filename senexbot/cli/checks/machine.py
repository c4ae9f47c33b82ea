"""The machine and the settings: Python, variables, keys, folders, disk, time zones. Nothing is called."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from senexbot.cli.checks.finding import Finding, Level, Patient, fail, ok, warn
from senexbot.domain.errors import ConfigError
from senexbot.settings import keys_of, load
from senexbot.vault import KeyRing

OLDEST_PYTHON = (3, 11)
FULL, TIGHT = 200 * 2**20, 2 * 2**30  # bytes
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
ZONES = ("America/New_York", "Europe/Paris", "Asia/Tokyo")
OURS = ("senexbot.sqlite3*", "generation-*", "senexbot.sock")


def python(_: Patient) -> Iterator[Finding]:
    version = sys.version.split()[0]
    if sys.version_info < OLDEST_PYTHON:
        yield fail("python", f"{version} is too old", "install Python 3.11 or later")
    elif sys.prefix == sys.base_prefix:
        yield warn(
            "python", f"{version}, no virtual environment", "run `make setup` and use .venv/bin/senexbot"
        )
    else:
        yield ok("python", f"{version} in {sys.prefix}; SQLite {sqlite3.sqlite_version}")


def settings(patient: Patient) -> Iterator[Finding]:
    faults = setting_faults(patient.environ)
    for fault in faults:
        yield Finding(
            Level.SETTING, "settings", fault, "set it in the bot's environment; .env.example tells each one"
        )
    known = patient.settings
    if not faults:
        mode = "Socket Mode" if known.socket_mode else "HTTP"
        live = "ON" if known.live_trading else "off"
        yield ok("settings", f"complete; {mode}; live trading {live}")
    for variable, start in (("SLACK_BOT_TOKEN", "xoxb-"), ("SLACK_APP_TOKEN", "xapp-")):
        value = patient.environ.get(variable, "").strip()
        if value and not value.startswith(start):
            yield warn(variable, f"does not begin with {start}", "see that the right token was copied")
    if set(PROXIES) & set(patient.environ):
        yield ok("proxies", "proxy variables are set and not used: the bot calls out directly")


def setting_faults(environ: Mapping[str, str]) -> list[str]:
    try:
        load(environ)
    except ConfigError as fault:
        return fault.message.splitlines()
    return []


def keys(patient: Patient) -> Iterator[Finding]:
    try:
        text = keys_of(patient.environ)
        ring = KeyRing.parse(text) if text else None
    except ConfigError:
        return  # told among the settings
    if ring is None:
        return
    yield ok("keys", f"{len(ring.ids)} ({', '.join(ring.ids)}); the first one seals")
    named = patient.environ.get("SENEXBOT_ENCRYPTION_KEYS_FILE", "").strip()
    if not named:
        return
    path = Path(named).resolve()
    if path.stat().st_mode & 0o077:
        yield fail("keys", f"{path} is open to others", f"chmod 600 {path}")
    if path.is_relative_to(patient.settings.state_dir.resolve()):
        yield warn(
            "keys", "the key lies beside the database", "move it elsewhere, so that no copy holds both"
        )
    if patient.environ.get("SENEXBOT_ENCRYPTION_KEYS", "").strip():
        yield warn(
            "keys", "variable and file are both set; the file counts", "unset SENEXBOT_ENCRYPTION_KEYS"
        )


def folder(patient: Patient) -> Iterator[Finding]:
    directory = patient.settings.state_dir.resolve()
    if not directory.exists():
        yield warn(
            "state", f"{directory} does not exist yet", "the first start makes it, or `senexbot setup`"
        )
    elif not directory.is_dir():
        yield fail("state", f"{directory} is no folder", "set SENEXBOT_STATE_DIR to a folder")
    elif not os.access(directory, os.W_OK | os.X_OK):
        yield fail(
            "state", f"{directory} cannot be written to", "run this as the bot's user, or give it the folder"
        )
    elif directory.stat().st_mode & 0o077:
        yield warn("state", f"{directory} is open to others", f"chmod 700 {directory}")
    else:
        yield ok("state", str(directory))
    for path in _open_to_others(directory):
        yield fail("files", f"{path} is open to others", f"chmod 600 {path}")
    environment = Path(".env")
    if environment.is_file() and environment.stat().st_mode & 0o077:
        yield fail(
            "files", f"{environment.resolve()} is open to others", f"chmod 600 {environment.resolve()}"
        )


def _open_to_others(directory: Path) -> Iterator[Path]:
    if directory.is_dir() and os.access(directory, os.R_OK | os.X_OK):
        for pattern in OURS:
            for path in sorted(directory.glob(pattern)):
                if stat.S_IMODE(path.stat().st_mode) & 0o077:
                    yield path


def disk(patient: Patient) -> Iterator[Finding]:
    place = patient.settings.state_dir.resolve()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    words = f"{free / 2**30:.1f} GiB free at {place}"
    if free < FULL:
        yield fail("disk", words, "make room: without it no order can be stored, and none is sent")
    elif free < TIGHT:
        yield warn("disk", words, "make room soon")
    else:
        yield ok("disk", words)


def zones(_: Patient) -> Iterator[Finding]:
    try:
        for name in ZONES:
            ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        yield fail("time zones", "no data", "install tzdata: `make setup`, or apt-get install tzdata")
        return
    packaged = importlib.util.find_spec("tzdata") is not None
    yield ok("time zones", "known" + (", from the locked package" if packaged else ", from the system"))
