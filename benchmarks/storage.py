"""The store beside bare SQLAlchemy on SQLite (WAL, synchronous=FULL): an intent, a claim, a user's links."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.bare import Bare, bare_database, insert
from benchmarks.figures import Goal, Row, Sizes, interleaved
from senexbot.clock import SystemClock
from senexbot.domain.alerting.rules import fired
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.orders.lifecycle import Trigger, move
from senexbot.services.alerts.firing import Fired, FiringHandles, fire_all
from senexbot.services.news.telling import tell_change
from senexbot.store.engine import SqlStore
from senexbot.store.tables import intents, links
from tests.store.values import a_link, a_rule, an_intent, seal
from tests.stores import NOON, sqlite_home

UNRESOLVED = (IntentState.UNKNOWN, IntentState.NEEDS_PERSON)


async def run(sizes: Sizes) -> list[Row]:
    with tempfile.TemporaryDirectory() as place:
        async with sqlite_home(Path(place), clock=SystemClock()) as home, bare_database(Path(place)) as bare:
            bench = Storage(await home.open(), bare, sizes.of(100, 3))
            await bench.prepare(home.box)
            rounds = sizes.rounds
            rows = [
                Row(
                    "one intent saved",
                    *await interleaved(rounds, bench.intent, bench.bare_intent, "ms"),
                    "bare insert + commit",
                ),
                Row(
                    "one claim (checks' reads, attempt, story, audit)",
                    *await interleaved(rounds, bench.claims, bench.bare_intent, "ms"),
                    "bare insert + commit",
                ),
                Row(
                    "a user's links read",
                    *await interleaved(rounds, bench.links, bench.bare_links, "ms"),
                    "bare select",
                    Goal(1.2, at_least=False),
                ),
                Row(
                    "alerts fired a second, a thousand in one commit",
                    *await interleaved(rounds, bench.fired_together, bench.fired_alone, "/s"),
                    "one commit each",
                    Goal(10, at_least=True),
                ),
            ]
    return rows


class Storage:
    """Milliseconds an operation, `times` of them a round, one after the other."""

    def __init__(self, store: SqlStore, bare: Bare, times: int) -> None:
        self._store = store
        self._bare = bare
        self._times = times
        self._serial = iter(range(1, 10**9))
        self._row: dict[str, Any] = {}

    async def prepare(self, box: Any) -> None:
        async with self._store.begin() as tx:
            for number in (1, 2):
                await tx.links.add(a_link(number), seal(box, a_link(number)))
            await tx.intents.add(an_intent(0))
        self._row = await self._bare.copied(self._store, intents, "intent0000")
        for number in (1, 2):
            row = await self._bare.copied(self._store, links, f"link{number}")
            await insert(self._bare, links, row)

    async def _each(self, act: Callable[[], Awaitable[object]]) -> float:
        began = time.perf_counter()
        for _ in range(self._times):
            await act()
        return (time.perf_counter() - began) / self._times * 1e3

    async def intent(self) -> float:
        async def save() -> None:
            async with self._store.begin() as tx:
                await tx.intents.add(an_intent(next(self._serial)))

        return await self._each(save)

    async def bare_intent(self) -> float:
        async def save() -> None:
            number = next(self._serial)
            row = self._row | {"id": f"b{number}", "identifier": f"b{number}"}
            await insert(self._bare, intents, row)

        return await self._each(save)

    async def claims(self) -> float:
        """What services/orders/sending.py does in the transaction that claims, without the broker's facts."""
        waiting = [an_intent(next(self._serial)) for _ in range(self._times)]
        async with self._store.begin() as tx:
            for intent in waiting:
                await tx.intents.add(intent)
        left = iter(waiting)
        return await self._each(lambda: self._claim(next(left)))

    async def _claim(self, intent: Intent) -> None:
        async with self._store.begin() as tx:
            await tx.check_generation()
            await tx.intents.get(intent.id)
            await tx.links.get("link1")
            await tx.roles.of("T1", "U1")
            await tx.halts.get("desk")
            await tx.intents.in_states(UNRESOLVED, owner="U1")
            claimed = move(intent, Trigger.CONFIRM, claimed_at=NOON)
            await tx.intents.add_attempt(intent.id, body=b"{}", body_hash="0" * 64, build="bench", at=NOON)
            await tell_change(tx, intent, claimed, by="U1", action="order.confirm", now=NOON)

    async def fired_together(self) -> float:
        ready = await self._armed(self._times * 10)
        began = time.perf_counter()
        async with self._store.begin() as tx:
            assert len(await fire_all(tx, ready, now=NOON)) == len(ready)
        return len(ready) / (time.perf_counter() - began)

    async def fired_alone(self) -> float:
        ready = await self._armed(self._times)
        began = time.perf_counter()
        for one in ready:
            async with self._store.begin() as tx:
                assert await fire_all(tx, [one], now=NOON)
        return len(ready) / (time.perf_counter() - began)

    async def _armed(self, many: int) -> list[Fired]:
        """Rules that are stored, about to fire into one of twenty rooms."""
        numbers = [next(self._serial) for _ in range(many)]
        rules = [a_rule(number, channel=f"C{number % 20}") for number in numbers]
        async with self._store.begin() as tx:
            for rule in rules:
                await tx.rules.add(rule)
        return [
            Fired(
                rule,
                fired(rule, NOON, NOON.date(), Decimal(201)),
                Decimal(201),
                (),
                NOON,
                f"firing{rule.number}",
                FiringHandles(f"trade{rule.number}", f"alert{rule.number}"),
            )
            for rule in rules
        ]

    async def links(self) -> float:
        """As each command reads them (services/accounts.py)."""

        async def read() -> None:
            assert len(await self._store.look(lambda tx: tx.links.of_user("T1", "U1"))) == 2

        return await self._each(read)

    async def bare_links(self) -> float:
        mine = sa.select(links.c.id, links.c.data).where(links.c.team_id == "T1", links.c.user_id == "U1")

        async def read() -> None:
            async with self._bare.engine.connect() as connection:
                assert len((await connection.execute(mine)).all()) == 2

        return await self._each(read)
