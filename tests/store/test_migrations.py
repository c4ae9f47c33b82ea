"""The migrations lead to exactly the schema that the code uses."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from senexbot.store.engine import upgrade
from senexbot.store.migrations import REVISIONS
from senexbot.store.tables import metadata
from tests.stores import Home


async def test_migrated_and_declared_schema_are_the_same(home: Home) -> None:
    store = await home.open()

    def differences(connection: sa.Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    async with store.read() as tx:
        assert await tx.work.connection.run_sync(differences) == []


async def test_every_sqlite_table_is_declared_alike_and_strict(sqlite: Home, tmp_path: Path) -> None:
    await upgrade(sqlite.url)
    declared = sa.create_engine(f"sqlite:///{tmp_path / 'declared.sqlite3'}")
    metadata.create_all(declared)
    declared.dispose()

    def parts(sql: str) -> list[str]:
        """Columns and constraints, whose order says nothing."""
        head, inner = " ".join(sql.split()).replace(", )", " )").split("(", 1)
        inner, tail = inner.rsplit(")", 1)
        return [head, *sorted(part.strip() for part in inner.split(", ")), tail]

    def tables(path: Path) -> dict[str, list[str]]:
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'trigger'"
            )
            return {name: parts(sql) for name, sql in rows if name != "alembic_version"}

    migrated = tables(sqlite.path)
    assert migrated == tables(tmp_path / "declared.sqlite3")
    own = {name: found for name, found in migrated.items() if found[0].startswith("CREATE TABLE")}
    assert own.keys() - {"sqlite_sequence"} == metadata.tables.keys()
    assert all(own[name][-1].strip() == "STRICT" for name in metadata.tables)


def test_the_list_of_revisions_is_the_scripts_own() -> None:
    config = Config()
    config.set_main_option("script_location", "senexbot.store:migrations")
    scripts = ScriptDirectory.from_config(config)
    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == REVISIONS
