"""The file of variables that a shell and systemd's EnvironmentFile both read: only its owner may."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from senexbot.domain.errors import ConfigError

_BARE = re.compile(r"[A-Za-z0-9_@%+=:,./-]*")
_ASSIGNED = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=")


def text(values: Mapping[str, str], before: str = "") -> str:
    """The new file: ours first, then every line of the old one that sets something else."""
    kept = [line for line in before.splitlines() if _other(line, values)]
    lines = ["# Written by `senexbot setup`; .env.example tells every variable."]
    lines += [f"{name}={_quoted(name, value)}" for name, value in values.items()]
    return "\n".join([*lines, *kept]) + "\n"


def _other(line: str, values: Mapping[str, str]) -> bool:
    found = _ASSIGNED.match(line)
    return found is not None and found[1] not in values


def _quoted(name: str, value: str) -> str:
    """Bare or in single quotes, which a shell and systemd read alike. Raises ConfigError for what neither can."""
    if _BARE.fullmatch(value):
        return value
    if not value.isprintable() or "'" in value or "\\" in value:
        raise ConfigError(f"{name} holds a character that cannot stand in a file of variables")
    return f"'{value}'"


def write(path: Path, content: str) -> None:
    """Whole or not at all, with mode 0600 from its first moment."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
