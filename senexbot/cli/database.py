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
    from senexbot.settings import database_of
    from senexbot.store.engine import upgrade as bring_up

    print(offline.run(bring_up(database_of(os.environ)[1])))


@cli.command()
def backup(target: Annotated[Path, typer.Argument(help="A file that does not exist yet.")]) -> None:
    """Copy the SQLite database while it is in use. The keys are not in it: keep them elsewhere."""
    from senexbot.settings import database_of
    from senexbot.store.upkeep import backup as copy

    url = database_of(os.environ)[1]
    if not url.startswith("sqlite:///"):
        offline.fail("PostgreSQL is backed up with pg_dump.")
    if target.exists():
        offline.fail(f"{target} exists already.")
    offline.run(copy(Path(url.removeprefix("sqlite:///")), target))
    print(f"copied to {target}")


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
