"""The outbox on both databases: order within a key, claims, collapse, dead letters."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from senexbot.domain.errors import Stale
from senexbot.domain.news import UNREADABLE, AlertNews, Buzz, BuzzNews, CardNews, NoticeNews, StoryNews
from senexbot.ports import OutboxRow
from senexbot.store.engine import SqlStore
from senexbot.store.tables import outbox
from tests.store.values import outgoing
from tests.stores import NOON, Home

ALERT = AlertNews(
    "f1", "rule1", "U1", "AAPL above 200", "AAPL", Decimal("200.01"), Decimal(200), "above", NOON
)


async def put(store: SqlStore, *rows: object) -> list[bool]:
    async with store.begin() as tx:
        return [await tx.outbox.put(row) for row in rows]


async def claim(
    store: SqlStore, owner: str = "w", limit: int = 10, *, later: float = 0
) -> tuple[OutboxRow, ...]:
    async with store.begin() as tx:
        return await tx.outbox.claim(owner, limit, NOON + timedelta(seconds=later))


async def test_every_kind_of_news_comes_back_equal(any_store: SqlStore) -> None:
    news = [
        CardNews("i"),
        StoryNews("i", "filled \ud800 40 \x00 of 100", NOON),
        BuzzNews("i", Buzz.FILLED, NOON),
        ALERT,
        NoticeNews("hello", (("a", "b"), ("c", "d")), NOON),
    ]
    await put(any_store, *(outgoing(str(n), key=str(n), news=one) for n, one in enumerate(news)))
    assert [row.news for row in await claim(any_store)] == news


async def test_a_dedupe_key_is_taken_once(any_store: SqlStore) -> None:
    assert await put(any_store, outgoing("a"), outgoing("a"), outgoing("b")) == [True, False, True]
    (head,) = await claim(any_store)
    async with any_store.begin() as tx:
        await tx.outbox.sent(head.id, NOON)
    assert await put(any_store, outgoing("a")) == [False]


async def test_only_the_head_of_a_key_is_handed_out(any_store: SqlStore) -> None:
    """I43: strictly in order within a key; I44: other keys do not wait."""
    await put(any_store, outgoing("a1", key="a"), outgoing("a2", key="a"), outgoing("b1", key="b"))
    first = await claim(any_store)
    assert [row.key for row in first] == ["a", "b"]
    assert await claim(any_store, "other") == ()
    async with any_store.begin() as tx:
        await tx.outbox.retry(first[0].id, not_before=NOON + timedelta(seconds=5), maybe_sent=False)
        await tx.outbox.sent(first[1].id, NOON)
    assert await claim(any_store, later=4) == ()  # a2 waits behind a1, which waits for its time
    (again,) = await claim(any_store, later=5)
    assert (again.id, again.attempts, again.maybe_sent) == (first[0].id, 2, False)
    async with any_store.begin() as tx:
        await tx.outbox.sent(again.id, NOON)
        assert await tx.outbox.depth() == 1
    (second,) = await claim(any_store, later=5)
    assert second.key == "a"


async def test_a_lapsed_claim_is_handed_out_again_as_perhaps_sent(any_store: SqlStore) -> None:
    """F95, I42: the first worker was paused; its late mark is fenced, the repeat is marked."""
    await put(any_store, outgoing("a"))
    (first,) = await claim(any_store, "paused")
    assert await claim(any_store, "other", later=59) == ()
    (second,) = await claim(any_store, "other", later=60)
    assert (second.id, second.attempts, second.maybe_sent) == (first.id, 2, True)
    with pytest.raises(Stale):
        async with any_store.begin() as tx:
            await tx.outbox.retry(first.id, not_before=NOON, maybe_sent=False, attempt=first.attempts)
    async with any_store.begin() as tx:
        await tx.outbox.sent(second.id, NOON, attempt=second.attempts)
        await tx.outbox.sent(second.id, NOON)  # again: changes nothing
        assert await tx.outbox.depth() == 0


async def test_f80_what_a_killed_process_had_in_hand_need_not_wait(any_store: SqlStore) -> None:
    """At the start of the only process every claim is over; what was in hand is a possible repeat."""
    await put(any_store, outgoing("a"), outgoing("b", key="other"))
    killed = await claim(any_store, "killed")
    async with any_store.begin() as tx:
        await tx.outbox.lapse_claims(NOON)
    again = await claim(any_store, "next")
    assert [row.id for row in again] == [row.id for row in killed]
    assert all(row.maybe_sent for row in again)


async def test_a_doubt_is_never_forgotten(any_store: SqlStore) -> None:
    """I42: once perhaps sent, always perhaps sent."""
    await put(any_store, outgoing("a"))
    for expected in (False, True, True):
        (row,) = await claim(any_store)
        assert row.maybe_sent is expected
        async with any_store.begin() as tx:
            await tx.outbox.retry(row.id, not_before=NOON, maybe_sent=not expected)


async def test_unsent_rows_of_a_card_collapse_in_their_place(any_store: SqlStore) -> None:
    """F125: only the newest state is worth sending, and it keeps its place before the card's story."""
    await put(
        any_store,
        outgoing("c1", news=CardNews("v1"), collapse="card"),
        outgoing("s1", news=StoryNews("i", "line", NOON)),
        outgoing("c2", news=CardNews("v2"), collapse="card"),
    )
    (head,) = await claim(any_store)
    assert head.news == CardNews("v2")
    # while it is on its way, a newer state gets a row of its own
    await put(any_store, outgoing("c3", news=CardNews("v3"), collapse="card"))
    await put(any_store, outgoing("c4", news=CardNews("v4"), collapse="card"))
    told = []
    for _ in range(3):
        async with any_store.begin() as tx:
            await tx.outbox.sent(head.id, NOON)
        told.append(head.news)
        (head,) = await claim(any_store) or (head,)
    assert told == [CardNews("v2"), StoryNews("i", "line", NOON), CardNews("v4")]
    assert await put(any_store, outgoing("c1", collapse="card"), outgoing("c3", collapse="card")) == [
        False,
        False,
    ]


async def test_other_words_do_not_collapse(any_store: SqlStore) -> None:
    await put(any_store, outgoing("a", collapse="card"), outgoing("b", collapse="other"), outgoing("c"))
    async with any_store.read() as tx:
        assert await tx.outbox.depth() == 3


async def test_a_row_waits_for_its_time(any_store: SqlStore) -> None:
    await put(any_store, outgoing("a", not_before=NOON + timedelta(seconds=30)))
    assert await claim(any_store, later=29) == ()
    assert len(await claim(any_store, later=30)) == 1


async def test_buried_rows_are_dead_letters_and_free_their_key(any_store: SqlStore) -> None:
    """I48, F16."""
    await put(any_store, outgoing("a", channel="C1"), outgoing("b"))
    (head,) = await claim(any_store)
    async with any_store.begin() as tx:
        await tx.outbox.bury(head.id, "is_archived", NOON)
        await tx.outbox.sent(head.id, NOON)  # too late: stays dead
        (dead,) = await tx.outbox.dead(10)
    assert (dead.id, dead.channel, dead.reason, dead.died_at) == (head.id, "C1", "is_archived", NOON)
    assert [row.id for row in await claim(any_store)] == [head.id + 1]


async def test_a_dead_letter_is_sent_again_or_given_up(any_store: SqlStore) -> None:
    """I48: once; the attempts go on counting, so that nobody who had it before can end it."""
    await put(any_store, outgoing("a"), outgoing("b", key="other"))
    first, second = await claim(any_store)
    async with any_store.begin() as tx:
        assert not await tx.outbox.resend(first.id, NOON)  # it is no dead letter yet
        for row in (first, second):
            await tx.outbox.bury(row.id, "is_archived", NOON)
        assert await tx.outbox.dead_count() == 2
        letter = await tx.outbox.dead_one(first.id)
        assert letter is not None
        assert letter.reason == "is_archived"
    async with any_store.begin() as tx:
        assert await tx.outbox.resend(first.id, NOON)
        assert not await tx.outbox.resend(first.id, NOON)
        assert await tx.outbox.discard(second.id, NOON)
        assert not await tx.outbox.discard(second.id, NOON)
        assert await tx.outbox.dead_count() == 0
        assert await tx.outbox.dead_one(first.id) is None
    (again,) = await claim(any_store)
    assert (again.id, again.attempts, again.maybe_sent) == (first.id, 2, False)


async def test_pending_alerts_behind_the_head(any_store: SqlStore) -> None:
    """I45: what a late burst merges; cards, other channels and the head itself are not among it."""
    rows = [outgoing(f"a{n}", key="C1", channel="C1", news=ALERT) for n in range(4)]
    await put(
        any_store,
        *rows,
        outgoing("n", key="C1", channel="C1"),
        outgoing("x", key="C2", channel="C2", news=ALERT),
    )
    (head, _) = await claim(any_store)
    async with any_store.read() as tx:
        behind = await tx.outbox.pending("C1", 10)
        assert [row.id for row in behind] == [head.id + 1, head.id + 2, head.id + 3]
        assert [row.id for row in await tx.outbox.pending("C1", 2)] == [head.id + 1, head.id + 2]
    async with any_store.begin() as tx:
        for row in (head, *behind):
            await tx.outbox.sent(row.id, NOON)
        assert await tx.outbox.pending("C1", 10) == ()


async def test_parallel_workers_never_take_one_row_twice(any_store: SqlStore) -> None:
    """I43: five workers, six keys: each row once, in order within its key, no two of a key at once."""
    keys, each = 6, 4
    rows = [
        outgoing(f"{key}-{n}", key=f"k{key}", news=CardNews(str(n)))
        for n in range(each)
        for key in range(keys)
    ]
    await put(any_store, *rows)
    told: dict[str, list[str]] = {f"k{key}": [] for key in range(keys)}
    on_the_way: set[str] = set()

    async def work(name: str) -> None:
        while sum(map(len, told.values())) < keys * each:
            for row in await claim(any_store, name, 3):
                assert row.key not in on_the_way
                on_the_way.add(row.key)
                assert isinstance(row.news, CardNews)
                told[row.key].append(row.news.intent_id)
                await asyncio.sleep(0)
                on_the_way.remove(row.key)
                async with any_store.begin() as tx:
                    await tx.outbox.sent(row.id, NOON)
            await asyncio.sleep(0)

    async with asyncio.timeout(30):
        await asyncio.gather(*(work(f"w{n}") for n in range(5)))
    assert all(order == [str(n) for n in range(each)] for order in told.values())


async def test_a_row_that_cannot_be_read_does_not_block_its_key(any_store: SqlStore) -> None:
    """F77, I48, I66: it comes as what it is, to be buried and reported, is counted, and the next is told."""
    await put(any_store, outgoing("a"), outgoing("b", news=CardNews("next")))
    async with any_store.begin() as tx:
        await tx.work.write(outbox.update().where(outbox.c.id == 1).values(news='{"$v":1,"$":"Other"}'))
    (head,) = await claim(any_store)
    assert head.news == NoticeNews(UNREADABLE, (("outbox_row", "1"),), NOON)
    async with any_store.begin() as tx:
        await tx.outbox.bury(head.id, UNREADABLE, NOON, attempt=head.attempts)
    (row,) = await claim(any_store)
    assert row.news == CardNews("next")
    assert ("outbox", "1") in any_store.unreadable_rows
    async with any_store.read() as tx:
        (dead,) = await tx.outbox.dead(10)
    assert dead.reason == "unreadable"
    assert dead.news == NoticeNews("unreadable", (("outbox_row", "1"),), NOON)


async def test_waiting_for_news_ends_with_the_commit(any_store: SqlStore) -> None:
    async def put_soon() -> None:
        await put(any_store, outgoing("a"))

    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(any_store.outbox_ready(600))
        group.create_task(put_soon())
    await put(any_store, outgoing("b"))
    async with asyncio.timeout(30):
        await any_store.outbox_ready(600)  # put while nobody waited: not lost


async def test_waiting_for_news_ends_without_any(any_store: SqlStore) -> None:
    await any_store.outbox_ready(0)


async def test_news_of_another_process_is_seen(postgres: Home) -> None:
    """Design 13: web and relay are two processes on one PostgreSQL."""
    relay, web = await postgres.open(generation="build"), await postgres.open(generation="build")
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(relay.outbox_ready(600))
        group.create_task(put(web, outgoing("a")))


async def test_old_rows_and_keys_are_pruned(any_store: SqlStore, home: Home) -> None:
    await put(any_store, outgoing("a"), outgoing("b", key="other"))
    async with any_store.begin() as tx:
        await tx.outbox.sent(1, NOON)
    home.clock.advance(7 * 24 * 3600)
    await any_store.prune()
    async with any_store.read() as tx:
        left = (await tx.work.read(sa.select(outbox.c.id))).scalars().all()
    assert left == [2]
