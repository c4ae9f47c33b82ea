"""One suite for both databases: what ports.Store and its rows promise."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from senexbot.domain.alerting.firing import Firing
from senexbot.domain.alerting.normal import text_of
from senexbot.domain.alerting.reading import parse_alert
from senexbot.domain.alerting.rules import RuleState
from senexbot.domain.errors import Fenced, InvariantBroken, NotFound, Stale, StoreUnavailable
from senexbot.domain.links import Environment, Role
from senexbot.domain.orders.intents import IntentState
from senexbot.ports import AuditEntry, CardPlace, HaltRow, Handle
from senexbot.store.engine import SqlStore
from tests.domain.alerting.texts import CONDITIONS, TODAY
from tests.store.values import a_link, a_rule, an_intent, facts, moved, outgoing, seal
from tests.stores import NOON, Home


class _Stop(Exception):
    """Something goes wrong in the middle of a transaction."""


# --- transactions --------------------------------------------------------------------------------


async def test_a_block_that_ends_well_is_stored_and_one_that_raises_is_not(any_store: SqlStore) -> None:
    """I39, I56: both or neither."""
    async with any_store.begin() as tx:
        await tx.intents.add(an_intent(1))
        await tx.outbox.put(outgoing("a"))
    with pytest.raises(_Stop):  # noqa: PT012  the end of the block is what is tested
        async with any_store.begin() as tx:
            await tx.intents.add(an_intent(2))
            await tx.outbox.put(outgoing("b"))
            await tx.audit(AuditEntry("U1", "order", "intent0002", "ok"))
            raise _Stop
    async with any_store.read() as tx:
        assert await tx.intents.get("intent0001") == an_intent(1)
        assert await tx.intents.get("intent0002") is None
        assert await tx.outbox.depth() == 1
    assert (await any_store.audit_head()).seq == 0


async def test_writing_in_a_reading_transaction_fails(any_store: SqlStore) -> None:
    with pytest.raises(InvariantBroken):
        async with any_store.read() as tx:
            await tx.intents.add(an_intent(1))
    with pytest.raises(InvariantBroken):
        async with any_store.read() as tx:
            await tx.audit(AuditEntry("U1", "order", "x", "ok"))


async def test_the_database_itself_refuses_writes_of_readers(any_store: SqlStore) -> None:
    """I57: not only our own check stands between a reader and the data."""
    with pytest.raises(StoreUnavailable):  # noqa: PT012  the end of the block is what is tested
        async with any_store.read() as tx:
            tx.work.writing = True
            await tx.intents.add(an_intent(1))


async def test_a_read_sees_one_moment(any_store: SqlStore) -> None:
    """A reading transaction is consistent, and neither side waits for the other."""
    async with any_store.read() as tx:
        assert await tx.intents.get("intent0001") is None
        async with any_store.begin() as other:
            await other.intents.add(an_intent(1))
        assert await tx.intents.get("intent0001") is None
    async with any_store.read() as tx:
        assert await tx.intents.get("intent0001") is not None


async def test_readers_do_not_wait_for_a_long_write(any_store: SqlStore) -> None:
    async with any_store.begin() as tx:
        await tx.intents.add(an_intent(1))
        async with asyncio.timeout(2), any_store.read() as reader:
            assert await reader.intents.get("intent0001") is None


async def test_a_failed_statement_dooms_the_whole_transaction(any_store: SqlStore) -> None:
    """A body that swallows the error must not commit the half before it."""
    with pytest.raises(Stale):  # noqa: PT012  the end of the block is what is tested
        async with any_store.begin() as tx:
            await tx.intents.add(an_intent(1))
            with pytest.raises(Stale):  # a foreign key that leads nowhere
                await tx.intents.add_attempt("nobody", body=b"{}", body_hash="h", build="b", at=NOON)
    async with any_store.read() as tx:
        assert await tx.intents.get("intent0001") is None


async def test_losing_a_race_does_not_doom_it(any_store: SqlStore) -> None:
    """Stale from a compare-and-set leaves the transaction whole, on both databases."""
    async with any_store.begin() as tx:
        await tx.intents.add(an_intent(1))
        with pytest.raises(Stale):
            await tx.intents.add(an_intent(1))
        await tx.handles.issue(Handle("h", "intent", "intent0001", 1, "U1"))
    async with any_store.read() as tx:
        assert await tx.handles.find("h") is not None


async def test_a_closed_store_refuses(any_store: SqlStore) -> None:
    await any_store.close()
    await any_store.close()
    with pytest.raises(StoreUnavailable):
        async with any_store.begin():
            pass
    with pytest.raises(StoreUnavailable):
        async with any_store.read():
            pass


# --- links ---------------------------------------------------------------------------------------


async def test_links_keep_their_grant_and_their_changes(any_store: SqlStore, home: Home) -> None:
    link = a_link()
    async with any_store.begin() as tx:
        await tx.links.add(link, seal(home.box, link))
        await tx.links.set_default("link1", "5WT00002")
        await tx.links.set_broken("link1", "the grant has expired")
        with pytest.raises(Stale):
            await tx.links.add(link, seal(home.box, link))
        with pytest.raises(NotFound):
            await tx.links.set_default("nobody", "x")
    async with any_store.read() as tx:
        stored = await tx.links.get("link1")
        assert stored == replace(link, default_account="5WT00002", broken="the grant has expired")
        assert await tx.links.of_user("T1", "U1") == (stored,)
        assert await tx.links.of_user("T1", "U2") == ()
        assert await tx.links.all() == (stored,)
        sealed = await tx.links.sealed("link1")
        assert sealed is not None


async def test_an_erased_link_is_gone_with_its_grant(any_store: SqlStore, home: Home) -> None:
    """I37."""
    link = a_link()
    async with any_store.begin() as tx:
        await tx.links.add(link, seal(home.box, link))
    async with any_store.begin() as tx:
        await tx.links.erase("link1")
    async with any_store.read() as tx:
        assert await tx.links.get("link1") is None
        assert await tx.links.sealed("link1") is None
    assert home.box.current_key_id in await any_store.key_uses()  # the audit's key alone


# --- intents -------------------------------------------------------------------------------------


async def test_an_intent_comes_back_equal(any_store: SqlStore) -> None:
    full = an_intent(
        1, facts=facts(), state=IntentState.FILLED, muted_until=NOON, watch_until=NOON, last_look_at=NOON
    )
    async with any_store.begin() as tx:
        await tx.intents.add(full)
    async with any_store.read() as tx:
        assert await tx.intents.get(full.id) == full
        assert await tx.intents.by_identifier(full.identifier) == full
        assert await tx.intents.by_order(Environment.PRACTICE, "5WT00001", 77) == full
        assert await tx.intents.by_order(Environment.PRACTICE, "5WT00002", 77) is None
        assert await tx.intents.by_order(Environment.LIVE, "5WT00001", 77) is None


async def test_saving_needs_the_version_before(any_store: SqlStore) -> None:
    """I3: a state moves by compare-and-set only."""
    one = an_intent(1)
    async with any_store.begin() as tx:
        await tx.intents.add(one)
        await tx.intents.save(moved(one, IntentState.CLAIMED))
    for version in (1, 2, 4):
        with pytest.raises(Stale):
            async with any_store.begin() as tx:
                await tx.intents.save(replace(one, version=version, state=IntentState.DISCARDED))
    async with any_store.read() as tx:
        stored = await tx.intents.get(one.id)
        assert stored is not None
        assert (stored.state, stored.version) == (IntentState.CLAIMED, 2)


async def test_an_identifier_is_never_shared(any_store: SqlStore) -> None:
    """I5."""
    async with any_store.begin() as tx:
        await tx.intents.add(an_intent(1))
    with pytest.raises(Stale):
        async with any_store.begin() as tx:
            await tx.intents.add(an_intent(2, identifier=an_intent(1).identifier))


async def test_an_intent_has_one_attempt_for_ever(any_store: SqlStore) -> None:
    """I1: the second claim of an intent fails, whatever its state says."""
    async with any_store.begin() as tx:
        await tx.intents.add(an_intent(1))
        await tx.intents.add_attempt("intent0001", body=b"{}", body_hash="h1", build="b", at=NOON)
    with pytest.raises(Stale):
        async with any_store.begin() as tx:
            await tx.intents.add_attempt("intent0001", body=b"{}", body_hash="h2", build="b", at=NOON)
    async with any_store.read() as tx:
        assert await tx.intents.attempt_hash("intent0001") == "h1"
        assert await tx.intents.attempt_hash("intent0002") is None


async def test_of_a_hundred_claimers_one_wins(any_store: SqlStore) -> None:
    """F91, I3: compare-and-set and attempt in one transaction, a hundred at once."""
    one = an_intent(1)
    async with any_store.begin() as tx:
        await tx.intents.add(one)
    won: list[int] = []

    async def claim(number: int) -> None:
        async with any_store.begin() as tx:
            await tx.intents.save(moved(one, IntentState.CLAIMED, reason=str(number)))
            await tx.intents.add_attempt(one.id, body=b"{}", body_hash=str(number), build="b", at=NOON)
            await tx.audit(AuditEntry("U1", "order.claim", one.id, "ok"))
        won.append(number)

    results = await asyncio.gather(*(claim(n) for n in range(100)), return_exceptions=True)
    assert sum(isinstance(result, Stale) for result in results) == 99
    async with any_store.read() as tx:
        stored = await tx.intents.get(one.id)
        assert stored is not None
        assert [stored.reason] == [str(n) for n in won] == [await tx.intents.attempt_hash(one.id)]
    assert (await any_store.audit_head()).seq == 1


async def test_lists_of_intents(any_store: SqlStore) -> None:
    watched = an_intent(4, state=IntentState.PRESUMED_NOT_PLACED, watch_until=NOON + timedelta(hours=1))
    unwatched = an_intent(5, state=IntentState.PRESUMED_NOT_PLACED, watch_until=NOON)
    async with any_store.begin() as tx:
        for intent in (an_intent(1), an_intent(2, owner="U2"), an_intent(3), watched, unwatched):
            await tx.intents.add(intent)
    async with any_store.read() as tx:

        def ids(found: tuple[object, ...]) -> list[str]:
            return [intent.id[-1] for intent in found]

        assert ids(await tx.intents.in_states([IntentState.PREVIEWED])) == ["1", "2", "3"]
        assert ids(await tx.intents.in_states([IntentState.PREVIEWED], owner="U1")) == ["1", "3"]
        assert await tx.intents.in_states([]) == ()
        assert ids(await tx.intents.watched(NOON)) == ["4"]
        assert ids(await tx.intents.lapsing(NOON + timedelta(seconds=122), 10)) == ["1", "2"]
        assert ids(await tx.intents.lapsing(NOON + timedelta(hours=1), 1)) == ["1"]
        assert ids(await tx.intents.recent("U1", NOON + timedelta(seconds=3), 10)) == ["5", "4", "3"]
        assert ids(await tx.intents.recent("U1", NOON, 2)) == ["5", "4"]


# --- handles, cards, rules -----------------------------------------------------------------------


async def test_handles_point_to_what_they_were_made_for(any_store: SqlStore) -> None:
    handle = Handle("abc", "intent", "intent0001", 3, "U1", NOON)
    async with any_store.begin() as tx:
        await tx.handles.issue(handle)
        with pytest.raises(Stale):
            await tx.handles.issue(replace(handle, subject="intent0002"))
    async with any_store.read() as tx:
        assert await tx.handles.find("abc") == handle
        assert await tx.handles.find("abd") is None


async def test_a_card_never_shows_an_older_version(any_store: SqlStore) -> None:
    """I43."""
    async with any_store.begin() as tx:
        assert await tx.cards.place("i") is None
        await tx.cards.put("i", CardPlace("D1", "1.1", 2))
        await tx.cards.put("i", CardPlace("D1", "1.1", 5))
        await tx.cards.put("i", CardPlace("D1", "1.1", 4))
        assert await tx.cards.place("i") == CardPlace("D1", "1.1", 5)
        await tx.cards.put("i", CardPlace("D1", "1.2", 5))
        assert await tx.cards.place("i") == CardPlace("D1", "1.2", 5)
        await tx.cards.forget("i")
        await tx.cards.put("i", CardPlace("D1", "1.3", 1))
        assert await tx.cards.place("i") == CardPlace("D1", "1.3", 1)


async def test_a_card_is_found_by_its_message(any_store: SqlStore) -> None:
    """I43: who edited it last may find that the message is another card's now, or shows something newer."""
    async with any_store.begin() as tx:
        await tx.cards.put("i", CardPlace("D1", "1.1", 2))
        assert await tx.cards.shown("i", CardPlace("D1", "1.1", 3))
        assert await tx.cards.shown("i", CardPlace("D1", "1.1", 3))
        assert not await tx.cards.shown("i", CardPlace("D1", "1.1", 2))
        assert not await tx.cards.shown("i", CardPlace("D1", "1.2", 4))
        assert not await tx.cards.shown("i", CardPlace("D2", "1.1", 4))
        assert not await tx.cards.shown("j", CardPlace("D1", "1.1", 4))
        assert await tx.cards.place("i") == CardPlace("D1", "1.1", 3)
        assert await tx.cards.place("j") is None
        assert await tx.cards.at("D1", "1.1") == "i"
        assert await tx.cards.at("D2", "1.1") is None
        assert await tx.cards.at("D1", "1.2") is None


async def test_rules_move_by_version_and_fire_once(any_store: SqlStore) -> None:
    """I40, I46: one firing for one version of a rule."""
    rule = a_rule()
    fired = replace(rule, state=RuleState.FIRED, version=2, fired_at=NOON, last_value=Decimal(201))
    async with any_store.begin() as tx:
        await tx.rules.add(rule)
        with pytest.raises(Stale):
            await tx.rules.add(rule)
        await tx.rules.add(a_rule(2, state=RuleState.PARKED, owner="U2"))
        await tx.rules.save(fired)
        await tx.rules.add_firing(Firing("f1", rule.id, 1, Decimal(201), NOON))
    with pytest.raises(Stale):
        async with any_store.begin() as tx:
            await tx.rules.add_firing(Firing("f2", rule.id, 1, Decimal(201), NOON))
    with pytest.raises(Stale):
        async with any_store.begin() as tx:
            await tx.rules.save(replace(rule, state=RuleState.DELETED))
    async with any_store.read() as tx:
        assert await tx.rules.get(rule.id) == fired
        assert await tx.rules.live() == (a_rule(2, state=RuleState.PARKED, owner="U2"),)
        assert await tx.rules.of_owner("T1", "U1") == (fired,)


async def test_rules_are_called_by_a_number_of_their_workspace(any_store: SqlStore) -> None:
    async with any_store.begin() as tx:
        assert await tx.rules.next_number("T1") == 1
        await tx.rules.add(a_rule(1))
        assert await tx.rules.next_number("T1") == 2
        await tx.rules.add(a_rule(7, owner="U2", state=RuleState.PAUSED))
        await tx.rules.add(a_rule(3, team_id="T2"))
        assert (await tx.rules.next_number("T1"), await tx.rules.next_number("T2")) == (8, 4)
        await tx.rules.save(a_rule(1, state=RuleState.DELETED, version=2))
        assert await tx.rules.next_number("T1") == 8
    with pytest.raises(Stale):
        async with any_store.begin() as tx:
            await tx.rules.add(replace(a_rule(9), number=7))
    async with any_store.read() as tx:
        assert await tx.rules.numbered("T1", 7) == a_rule(7, owner="U2", state=RuleState.PAUSED)
        assert await tx.rules.numbered("T1", 1) == a_rule(1, state=RuleState.DELETED, version=2)
        assert await tx.rules.numbered("T1", 3) is None
        assert await tx.rules.of_team("T1") == (a_rule(7, owner="U2", state=RuleState.PAUSED),)
        assert await tx.rules.get("rule9") is None


async def test_any_terms_are_stored_and_come_back(any_store: SqlStore) -> None:
    texts = [text for rows in CONDITIONS.values() for text, _ in rows]
    rules = [
        a_rule(
            n,
            terms=(terms := parse_alert(f"{text} every time rearm 2% cooldown 30m", TODAY)),
            text=text_of(terms),
        )
        for n, text in enumerate(texts, start=1)
    ]
    async with any_store.begin() as tx:
        for rule in rules:
            await tx.rules.add(rule)
    async with any_store.read() as tx:
        assert await tx.rules.live() == tuple(rules)


# --- halts, roles, leases, seen ------------------------------------------------------------------


async def test_the_halt_moves_by_version(any_store: SqlStore) -> None:
    """I25: two people never overwrite each other's halt."""
    halted = HaltRow("desk", "halted", "U1", "fat finger", NOON, 1)
    async with any_store.begin() as tx:
        assert await tx.halts.get("desk") is None
        await tx.halts.put(halted)
        for version in (0, 1, 3):
            with pytest.raises(Stale):
                await tx.halts.put(replace(halted, version=version))
        assert await tx.halts.get("desk") == halted
        await tx.halts.put(replace(halted, state="active", version=2))
    async with any_store.read() as tx:
        assert await tx.halts.get("desk") == replace(halted, state="active", version=2)


async def test_roles(any_store: SqlStore) -> None:
    async with any_store.begin() as tx:
        await tx.roles.grant("T1", "U1", Role.OPERATOR, by="host")
        await tx.roles.grant("T1", "U1", Role.OPERATOR, by="host")
        await tx.roles.grant("T1", "U1", Role.RISK, by="host")
        assert await tx.roles.of("T1", "U1") == {Role.OPERATOR, Role.RISK}
        assert await tx.roles.of("T2", "U1") == frozenset()
        await tx.roles.revoke("T1", "U1", Role.RISK)
        await tx.roles.revoke("T1", "U1", Role.RISK)
        assert await tx.roles.all() == (("T1", "U1", Role.OPERATOR),)


async def test_whoever_lost_a_lease_is_fenced(any_store: SqlStore) -> None:
    """I60, F55: the epoch grows with each take-over and is checked in the owner's transaction."""
    later = NOON + timedelta(seconds=31)
    async with any_store.begin() as tx:
        first = await tx.leases.take("stream", "a", seconds=30, now=NOON)
        assert first is not None
        assert await tx.leases.take("stream", "b", seconds=30, now=NOON) is None
        first = await tx.leases.renew(first, seconds=30, now=NOON)
        assert first is not None
        await tx.leases.check(first)
        second = await tx.leases.take("stream", "b", seconds=30, now=later)
        assert second is not None
        assert second.epoch == first.epoch + 1
        assert await tx.leases.renew(first, seconds=30, now=later) is None
        await tx.leases.release(first)  # not ours any more: changes nothing
        await tx.leases.check(second)
    with pytest.raises(Fenced):  # noqa: PT012  the end of the block is what is tested
        async with any_store.begin() as tx:
            await tx.intents.add(an_intent(1))
            await tx.leases.check(first)
    async with any_store.read() as tx:
        assert await tx.intents.get("intent0001") is None


async def test_a_released_lease_is_free_and_its_epoch_never_repeats(any_store: SqlStore) -> None:
    async with any_store.begin() as tx:
        first = await tx.leases.take("relay", "a", seconds=30, now=NOON)
        assert first is not None
        await tx.leases.release(first)
        with pytest.raises(Fenced):
            await tx.leases.check(first)
        second = await tx.leases.take("relay", "b", seconds=30, now=NOON)
        assert second is not None
        assert second.epoch == first.epoch + 1
        again = await tx.leases.take("relay", "b", seconds=30, now=NOON)
        assert again is not None
        assert again.epoch == second.epoch + 1


async def test_a_key_is_new_once_in_a_day(any_store: SqlStore, home: Home) -> None:
    """I33, F4: deduplication outlives a restart, and ends after 24 h."""

    async def first(key: str) -> bool:
        async with any_store.begin() as tx:
            return await tx.first_time(key)

    assert [await first("e1"), await first("e1"), await first("e2")] == [True, False, True]
    home.clock.advance(24 * 3600 - 1)
    assert not await first("e1")
    home.clock.advance(1)
    assert await first("e1")
    await any_store.prune()
    assert not await first("e1")
    assert await first("e2")


async def test_a_key_of_a_rolled_back_transaction_is_new_again(any_store: SqlStore) -> None:
    """F10: a crash before the commit means that nothing happened."""
    with pytest.raises(_Stop):  # noqa: PT012  the end of the block is what is tested
        async with any_store.begin() as tx:
            assert await tx.first_time("e1")
            raise _Stop
    async with any_store.begin() as tx:
        assert await tx.first_time("e1")


async def test_the_same_key_at_once_is_new_for_one(any_store: SqlStore) -> None:
    """F13."""

    async def first() -> bool:
        async with any_store.begin() as tx:
            return await tx.first_time("e1")

    assert sum(await asyncio.gather(*(first() for _ in range(20)))) == 1
