"""`senexbot db`: bring the schema up to date, copy the database safely, check it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from senexbot.cli import offline

if TYPE_CHECKING:
    from senexbot.store.engine import SqlStore

cli = typer.Typer(no_args_is_help=True, help="The database.")


@cli.command()
def upgrade() -> None:
    """Bring the schema to this program's version. SQLite does so by itself at start."""
    print(offline.run(_upgrade()))


async def _upgrade() -> str:
    from senexbot.domain.errors import InUse
    from senexbot.settings import database_of
    from senexbot.store.engine import upgrade as bring_up
    from senexbot.store.migrations import HEAD

    try:
        return await bring_up(database_of(os.environ)[1])
    except InUse:
        await offline.with_store(_nothing, readonly=True)  # raises unless the schema is the newest already
        return HEAD


async def _nothing(_: SqlStore) -> None:
    """The bot that runs has brought its database up at its start."""


@cli.command()
def backup(target: Annotated[Path, typer.Argument(help="A file that does not exist yet.")]) -> None:
    """Copy the SQLite database while it is in use. The keys are not in it: keep them elsewhere."""
    from senexbot.store.upkeep import backup as copy

    source = _sqlite_file()
    if target.exists():
        offline.fail(f"{target} exists already")
    offline.run(copy(source, target))
    print(f"copied to {target}")


def _sqlite_file() -> Path:
    from senexbot.domain.errors import ConfigError
    from senexbot.settings import database_of
    from senexbot.store.opening import parsed
    from senexbot.store.sqlite import database_path

    try:
        url = parsed(database_of(os.environ)[1])
        path = database_path(url) if url.get_backend_name() == "sqlite" else None
    except ConfigError as fault:
        raise offline.settings_fault(fault) from None
    if path is None:
        offline.fail("PostgreSQL is backed up with its own tools (pg_dump)")
    if not path.exists():
        offline.fail(f"there is no database at {path}")
    return path


@cli.command()
def check() -> None:
    """Integrity, schema and what was set aside; exit code 1 when something is wrong."""

    async def work(store: SqlStore) -> tuple[str, ...]:
        return (*await store.check_integrity(), *(f"set aside: {t} {i}" for t, i in store.unreadable_rows))

    faults = offline.run(offline.with_store(work, readonly=True))
    for fault in faults:
        print(fault)
    if faults:
        raise typer.Exit(1)
    print("the database is sound")
