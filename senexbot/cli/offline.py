"""How commands of the host reach the database: read-only, through the running bot, or by taking the lock."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import typer

from senexbot.domain.errors import ConfigError, SenexError, WrongKey

if TYPE_CHECKING:
    from senexbot.host import HostCommands
    from senexbot.store.engine import SqlStore
    from senexbot.vault import Vault

T = TypeVar("T")
Arguments = Mapping[str, str]


def state_dir(environ: Arguments = os.environ) -> Path:
    from senexbot.settings import database_of

    return database_of(environ)[0]


def vault(environ: Arguments = os.environ) -> Vault:
    """The keys from the environment or their file. Raises ConfigError."""
    from senexbot.settings import keys_of
    from senexbot.vault import KeyRing, Vault

    text = keys_of(environ)
    if not text:
        raise ConfigError(
            "SENEXBOT_ENCRYPTION_KEYS (or SENEXBOT_ENCRYPTION_KEYS_FILE) is missing: the command reads or "
            "writes the audit log"
        )
    return Vault(KeyRing.parse(text))


async def with_store(
    work: Callable[[SqlStore], Awaitable[T]],
    *,
    readonly: bool,
    keys: bool = False,
    environ: Arguments = os.environ,
) -> T:
    """Open the database for one command and close it again; `keys`: also for a reading one."""
    from senexbot import __version__
    from senexbot.clock import SystemClock
    from senexbot.settings import database_of
    from senexbot.store.engine import SqlStore

    directory, url = database_of(environ)
    store = await SqlStore.open(
        url,
        state_dir=directory,
        clock=SystemClock(),
        build=f"senexbot/{__version__}",
        box=vault(environ) if keys or not readonly else None,
        readonly=readonly,
        generation="keep",
    )
    try:
        return await work(store)
    finally:
        await store.close()


def host_commands(store: SqlStore, environ: Arguments = os.environ) -> HostCommands:
    """What the bot's socket would serve, on a store that this process has opened."""
    from senexbot import __version__
    from senexbot.clock import SystemClock
    from senexbot.host import HostCommands
    from senexbot.ids import RandomIds
    from senexbot.services.halts.halts import Halts
    from senexbot.services.policy.editing import Policies
    from senexbot.services.rules import DeskRules

    rules = DeskRules(
        team_id="",
        live_trading=False,
        has_practice=False,
        confirm_seconds=0,
        admin_channel=environ.get("SENEXBOT_ADMIN_CHANNEL", "").strip(),
        build=f"senexbot/{__version__}",
    )
    clock = SystemClock()
    halts = Halts(store=store, clock=clock, rules=rules)
    policies = Policies(store=store, halts=halts, clock=clock, ids=RandomIds(clock=clock), rules=rules)
    return HostCommands(store=store, halts=halts, policies=policies, box=vault(environ), clock=clock)


async def write(
    command: str,
    arguments: Arguments,
    offline: Callable[[SqlStore], Awaitable[Mapping[str, Any]]],
    *,
    environ: Arguments = os.environ,
) -> Mapping[str, Any]:
    """Ask the running bot; when none runs here, do it with the lock taken. Raises SenexError."""
    from senexbot import control

    answer = await control.ask(state_dir(environ), command, **arguments)
    if answer is None:
        return await with_store(offline, readonly=False, environ=environ)
    if not answer.get("ok"):
        raise SenexError(str(answer.get("error", "the bot refused")))
    return answer


def run(work: Awaitable[T]) -> T:
    """Run one command to its end; our own errors become a line and exit code 1, settings 78."""

    async def whole() -> T:
        return await work

    try:
        return asyncio.run(whole())
    except (ConfigError, WrongKey) as fault:
        raise settings_fault(fault) from None
    except SenexError as fault:
        fail(fault.message)


def settings_fault(fault: ConfigError | WrongKey) -> typer.Exit:
    """Says it on standard error; to be raised."""
    print(fault.message, file=sys.stderr)
    return typer.Exit(78)


def fail(words: str) -> NoReturn:
    """One line on standard error, exit code 1."""
    print(words, file=sys.stderr)
    raise typer.Exit(1)
