"""The step of `senexbot setup` that makes the encryption key: a file of its own, never written over."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from senexbot.cli.terminal import Terminal
from senexbot.domain.errors import ConfigError
from senexbot.vault import KeyRing, generate_key


def default_key_file(environ: Mapping[str, str] = os.environ) -> Path:
    """SENEXBOT_ENCRYPTION_KEYS_FILE, or a file in the user's own configuration."""
    told = environ.get("SENEXBOT_ENCRYPTION_KEYS_FILE", "").strip()
    if told:
        return Path(told)
    return Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "senexbot" / "encryption.keys"


def ask_key(terminal: Terminal, path: Path, *, state_dir: Path, environ: Mapping[str, str]) -> None:
    """Raises ConfigError for a place beside the database, and for a file that is there and holds no key."""
    path = path.resolve()
    if path.is_relative_to(state_dir.resolve()):
        raise ConfigError(f"{path} lies beside the database: name a place elsewhere with --key-file")
    if path.exists():
        ring = _ring(path)
        path.chmod(0o600)
        terminal.say(f"{path} is there and stays as it is (key {', '.join(ring.ids)})")
        return
    ring = KeyRing.parse(_fresh_key(path, environ.get("SENEXBOT_ENCRYPTION_KEYS", "").strip()))
    terminal.say(f"{path} made (key {ring.current_id}), only for its owner")
    terminal.say(
        "Keep a copy somewhere safe: without it the stored grants cannot be read. Not with the backups."
    )


def _ring(path: Path) -> KeyRing:
    try:
        return KeyRing.parse(",".join(path.read_text(encoding="ascii").replace(",", " ").split()))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read ({type(error).__name__})") from None
    except ConfigError as fault:
        raise ConfigError(f"{path} is there, and is no key file: {fault.message}") from None


def _fresh_key(path: Path, told: str) -> str:
    """The key that was written: the one already in use here, or a new one. Never over something."""
    text = told or generate_key()
    KeyRing.parse(text)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ConfigError(f"{path} cannot be made ({error.strerror})") from None
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return text
