"""How commands of the host reach the database: read-only, through the running bot, or by taking the lock."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer

from senexbot import control
from senexbot.domain.errors import ConfigError, SenexError
from senexbot.settings import database_of

if TYPE_CHECKING:
    from senexbot.store.engine import SqlStore
    from senexbot.vault import Vault

T = TypeVar("T")


def state_dir() -> Path:
    return database_of(os.environ)[0]


def vault() -> Vault:
    """The keys from the environment or their file. Raises ConfigError."""
    from senexbot.vault import KeyRing, Vault

    path = os.environ.get("SENEXBOT_ENCRYPTION_KEYS_FILE")
    text = os.environ.get("SENEXBOT_ENCRYPTION_KEYS", "")
    if path and not text:
        try:
            text = ",".join(Path(path).read_text(encoding="ascii").split())
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"SENEXBOT_ENCRYPTION_KEYS_FILE cannot be read ({type(error).__name__})"
            ) from None
    if not text:
        raise ConfigError("SENEXBOT_ENCRYPTION_KEYS is missing: the command has to write to the audit log")
    return Vault(KeyRing.parse(text))


async def with_store(work: Callable[[SqlStore], Awaitable[T]], *, readonly: bool, keys: bool = False) -> T:
    """Open the database for one command and close it again."""
    from senexbot import __version__
    from senexbot.clock import SystemClock
    from senexbot.store.engine import SqlStore

    directory, url = database_of(os.environ)
    store = await SqlStore.open(
        url,
        state_dir=directory,
        clock=SystemClock(),
        build=f"senexbot/{__version__}",
        box=vault() if keys or not readonly else None,
        readonly=readonly,
        generation="keep",
    )
    try:
        return await work(store)
    finally:
        await store.close()


def through_bot_or_store(
    command: str, arguments: Mapping[str, str], offline: Callable[[SqlStore], Awaitable[Mapping[str, Any]]]
) -> Mapping[str, Any]:
    """Ask the running bot; when none runs here, do it with the lock taken."""

    async def either() -> Mapping[str, Any]:
        answer = await control.ask(state_dir(), command, **arguments)
        if answer is None:
            return {"ok": True, **await with_store(offline, readonly=False)}
        return answer

    answer = run(either())
    if not answer.get("ok"):
        fail(str(answer.get("error", "the bot refused")))
    return answer


def run(work: Awaitable[T]) -> T:
    """Run one command to its end; our own errors become a line and exit code 1, settings 78."""

    async def whole() -> T:
        return await work

    try:
        return asyncio.run(whole())
    except ConfigError as fault:
        print(fault.message, file=sys.stderr)
        raise typer.Exit(78) from None
    except SenexError as fault:
        fail(fault.message)


def fail(words: str) -> NoReturn:
    """One line on standard error, exit code 1."""
    print(words, file=sys.stderr)
    raise typer.Exit(1)
