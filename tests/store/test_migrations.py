"""The migrations lead to exactly the schema that the code uses."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from senexbot.domain.alerting.normal import text_of
from senexbot.domain.alerting.reading import parse_alert
from senexbot.domain.alerting.rules import RuleState, Watched
from senexbot.domain.alerting.terms import AlertTerms, Level, Side, Source
from senexbot.domain.errors import Unreadable
from senexbot.store.engine import PATIENCE, connect, parsed, upgrade
from senexbot.store.migrations import REVISIONS
from senexbot.store.tables import metadata, rules
from tests.domain.alerting.texts import TODAY
from tests.stores import NOON, Home, database_url, run_sql


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


# as the first version wrote them
THEN = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
FIRST = (
    (
        '{"$v":1,"$":"PriceRule","id":"a","team_id":"T1","owner":"U1","link_id":"l1","symbol":"AAPL",'
        '"streamer_symbol":"AAPL","words":"AAPL","direction":"above","level":"200","channel":"C1","state":"armed",'
        '"version":3,"created_at":"2026-11-23T15:00:00+00:00","armed_at":"2026-11-23T15:00:00+00:00","fired_at":null,'
        '"last_price":"187.47","reason":"","grammar":1,"pending":false}'
    ),
    (
        '{"$v":1,"$":"PriceRule","id":"b","team_id":"T1","owner":"U2","link_id":"l2","symbol":"SPY   261218P00590000",'
        '"streamer_symbol":".SPY261218P590","words":"SPY 18 Dec 26 590 put","direction":"below","level":"3.405",'
        '"channel":"","state":"fired","version":2,"created_at":"2026-11-23T16:00:00+00:00",'
        '"armed_at":"2026-11-23T16:00:00+00:00","fired_at":"2026-11-23T17:00:00+00:00","last_price":"3.4","reason":"",'
        '"grammar":1,"pending":true}'
    ),
    (
        '{"$v":1,"$":"PriceRule","id":"c","team_id":"T2","owner":"U3","link_id":"l3","symbol":"/ESZ6",'
        '"streamer_symbol":"/ESZ26:XCME","words":"/ESZ6","direction":"above","level":"6000.25","channel":"C9",'
        '"state":"parked","version":2,"created_at":"2026-11-23T17:00:00+00:00","armed_at":null,"fired_at":null,'
        '"last_price":null,"reason":"no link","grammar":1,"pending":false}'
    ),
    '{"$v":1,"$":"PriceRule","id":"d","team_id":"T1","owner":"U1"}',
    "not even JSON",
)


def _to(connection: sa.Connection, wanted: str) -> None:
    config = Config()
    config.set_main_option("script_location", "senexbot.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, wanted)


@pytest.fixture
async def bare_postgres(server: str, tmp_path: Path) -> AsyncIterator[Home]:
    """A database of its own with nothing in it."""
    await run_sql(server, "CREATE DATABASE bare_of_all")
    home = Home(database_url(server, "bare_of_all"), tmp_path)
    try:
        yield home
    finally:
        await home.close()
        await run_sql(server, "DROP DATABASE bare_of_all WITH (FORCE)")


@pytest.fixture(params=["sqlite", "bare_postgres"], ids=["sqlite", "postgres"])
def bare(request: pytest.FixtureRequest) -> Home:
    return request.getfixturevalue(request.param)


async def test_alerts_of_the_first_version_are_watched_on(bare: Home) -> None:
    home = bare
    connections = connect(parsed(home.url), readonly=False, patience=PATIENCE)
    assert connections.writer is not None
    async with connections.writer.begin() as connection:
        await connection.run_sync(_to, "0007")
        for n, text in enumerate(FIRST):
            plain: dict[str, Any] = json.loads(text) if text[0] == "{" else {"id": "e"}
            known = {name: plain.get(name, "T1") for name in ("id", "team_id", "owner")}
            state, version = plain.get("state", "armed"), plain.get("version", 1)
            row = {**known, "state": state, "version": version, "created_at": NOON + timedelta(hours=n)}
            await connection.execute(sa.insert(rules).values(**row, data=text))
    await connections.dispose()

    await upgrade(home.url)
    store = await home.open()
    async with store.read() as tx:
        a, b, c = [await tx.rules.get(name) for name in "abc"]
        assert a
        assert b
        assert c
        assert a.terms == AlertTerms(Level(Source("AAPL"), Side.ABOVE, Decimal(200)))
        assert (a.number, a.version, a.state, a.channel, a.owner) == (1, 3, RuleState.ARMED, "C1", "U1")
        assert (a.last_value, a.armed_at, a.created_at, a.grammar) == (Decimal("187.47"), THEN, THEN, 2)
        assert (b.number, b.state, b.text) == (2, RuleState.FIRED, "SPY261218P00590000 < 3.405")
        assert b.instruments == (
            Watched("SPY261218P00590000", "SPY   261218P00590000", ".SPY261218P590", "SPY 18 Dec 26 590 put"),
        )
        assert (c.number, c.state, c.reason, c.team_id) == (1, RuleState.PARKED, "no link", "T2")
        for rule in (a, b, c):
            assert rule.text == text_of(rule.terms)
            assert parse_alert(rule.text, TODAY) == rule.terms
        assert [rule.id for rule in await tx.rules.live()] == ["a", "c"]
        assert await tx.rules.numbered("T1", 1) == a
        for name in "de":  # what did not decode is set aside as before
            with pytest.raises(Unreadable):
                await tx.rules.get(name)
    async with store.begin() as tx:
        assert await tx.rules.next_number("T1") == 5
