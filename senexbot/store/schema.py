"""Which schema a database has, and bringing it up to the program's (alembic, in code)."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from senexbot.domain.errors import ConfigError, StoreUnavailable
from senexbot.store.faults import words
from senexbot.store.migrations import HEAD, REVISIONS

VERSION_TABLE = "alembic_version"


async def revision(connection: AsyncConnection) -> str | None:
    """The database's schema; None when it is empty. Raises ConfigError when it is newer than the program.

    A database with tables of another program is refused too.
    """
    tables = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    if VERSION_TABLE not in tables:
        if tables:
            raise ConfigError("the database holds another program's tables: give senexbot one of its own")
        return None
    stored: sa.Select[str] = sa.select(sa.column("version_num")).select_from(sa.table(VERSION_TABLE))
    found = (await connection.execute(stored)).scalars().all()
    if len(found) != 1 or found[0] not in REVISIONS:
        shown = ", ".join(str(one)[:40] for one in found) or "none"
        raise ConfigError(
            f"the database's schema ({shown}) is not one this senexbot knows (up to {HEAD}): "
            "it was made by a newer version; start that version"
        )
    return str(found[0])


def refuse_old(found: str | None) -> None:
    """Raises ConfigError unless the schema is the program's own."""
    if found != HEAD:
        state = "has no tables yet" if found is None else f"has schema {found}, this senexbot needs {HEAD}"
        raise ConfigError(f"the database {state}: run `senexbot db upgrade` first")


async def upgrade(connection: AsyncConnection) -> None:
    """Bring the schema to the newest, inside the transaction that is open on the connection."""
    await connection.run_sync(_upgrade)


async def upgrade_in_one(engine: AsyncEngine) -> str:
    """The same in a transaction of its own: all of it or nothing. The revision the database has then."""
    try:
        async with engine.begin() as connection:
            if await revision(connection) != HEAD:
                await upgrade(connection)
    except (SQLAlchemyError, OSError) as error:
        raise StoreUnavailable(f"the schema was not changed: {words(error)}") from error
    return HEAD


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "senexbot.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
