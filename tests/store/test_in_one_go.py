"""Transactions that wait for nothing but their own steps: all of it stored or nothing, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa

from senexbot.domain.errors import InvariantBroken, SenexError, Stale, StoreUnavailable
from senexbot.domain.orders.intents import IntentState
from senexbot.store.engine import SqlStore
from tests.store.values import an_intent, outgoing
from tests.stores import Home


async def count(store: SqlStore) -> int:
    return len(await store.look(lambda tx: tx.intents.in_states(list(IntentState))))


async def test_it_is_stored_and_tells_what_was_made_of_it(any_store: SqlStore) -> None:
    async def put(tx: Any) -> str:
        await tx.intents.add(an_intent(1))
        return "put"

    assert await any_store.write(put) == "put"
    assert await count(any_store) == 1


async def test_of_one_that_fails_nothing_is_left_and_the_next_one_works(any_store: SqlStore) -> None:
    async def half(tx: Any) -> None:
        await tx.intents.add(an_intent(1))
        raise Stale("on second thoughts")

    async def caught(tx: Any) -> None:
        await tx.intents.add(an_intent(1))
        with suppress(SenexError):  # what a statement broke stays broken, whatever the caller caught
            await tx.work.read(sa.text("SELECT nothing FROM nowhere"))

    for act in (half, caught):
        with pytest.raises(SenexError):
            await any_store.write(act)
        assert await count(any_store) == 0
    await any_store.write(lambda tx: tx.intents.add(an_intent(1)))
    assert await count(any_store) == 1


async def test_a_look_cannot_write(any_store: SqlStore) -> None:
    with pytest.raises(InvariantBroken):
        await any_store.look(lambda tx: tx.intents.add(an_intent(1)))
    assert await count(any_store) == 0


async def test_news_is_handed_over_with_the_commit_and_never_before(any_store: SqlStore) -> None:
    """I39: what is handed to the relay is stored, as claimed by it; of what was not stored it hears nothing."""
    taken: list[tuple[int, threading.Thread]] = []
    any_store.hand_to("me", lambda row: taken.append((row.id, threading.current_thread())))

    async def put(tx: Any) -> None:
        await tx.outbox.put(outgoing("a", at_once=True))

    async def half(tx: Any) -> None:
        await put(tx)
        raise Stale("on second thoughts")

    with pytest.raises(Stale):
        await any_store.write(half)
    assert taken == []
    await any_store.write(put)
    assert [thread for _, thread in taken] == [threading.main_thread()]
    async with any_store.begin() as tx:
        assert await tx.outbox.claim("other", 10, tx.work.clock.now()) == ()


async def test_cancelled_at_any_moment_it_is_whole_or_not_there(any_store: SqlStore) -> None:
    draw, done = random.Random(5), 0
    for round_ in range(25):

        async def both(tx: Any, first: int = round_ * 2) -> None:
            await tx.intents.add(an_intent(first))
            await tx.intents.add(an_intent(first + 1))

        task = asyncio.create_task(any_store.write(both))
        await asyncio.sleep(draw.uniform(0, 0.006))
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        now = await count(any_store)
        assert now - done in {0, 2}
        done = now
    await any_store.write(lambda tx: tx.intents.add(an_intent(1000)))
    assert await count(any_store) == done + 1


async def test_one_that_waits_for_something_else_is_refused(upgraded_sqlite: Home) -> None:
    """I58: it would hold the database while it waits. Nothing of it is stored."""
    store = await upgraded_sqlite.open()

    async def waits(tx: Any) -> None:
        await tx.intents.add(an_intent(1))
        await asyncio.sleep(0)

    with pytest.raises(InvariantBroken, match="waited for something else"):
        await store.write(waits)
    assert await count(store) == 0
    await store.write(lambda tx: tx.intents.add(an_intent(1)))


async def test_it_costs_one_turn_of_the_thread(
    upgraded_sqlite: Home, caplog: pytest.LogCaptureFixture
) -> None:
    store = await upgraded_sqlite.open()
    await store.write(lambda tx: tx.intents.add(an_intent(1)))
    await count(store)
    with caplog.at_level(logging.DEBUG, logger="aiosqlite"):
        await store.write(lambda tx: tx.intents.add(an_intent(2)))
        await count(store)
    turns = [record for record in caplog.records if record.getMessage().startswith("executing")]
    assert len(turns) == 2


async def test_a_closed_store_takes_nothing(upgraded_sqlite: Home) -> None:
    store = await upgraded_sqlite.open()
    await store.close()
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.write(lambda tx: tx.intents.add(an_intent(1)))
    with pytest.raises(StoreUnavailable, match="closed"):
        await count(store)
