"""Sealed grants in the database: nothing readable, nothing movable, rotation that may die, erasure that erases."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from senexbot.domain.errors import WrongKey
from senexbot.domain.links import Environment
from senexbot.ports import AuditEntry, Sealed
from senexbot.store.engine import SqlStore
from senexbot.store.keys import grant_binding, rotate
from senexbot.store.tables import grants
from senexbot.vault import KeyRing, Vault, generate_key
from tests.store.values import a_link, an_intent, seal
from tests.stores import Home

CANARY = b"canary-refresh-token"


def every_byte(directory: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(directory.iterdir()))


async def test_the_files_hold_no_secret_and_no_key(sqlite: Home) -> None:
    """F99, I70, I71: database, log, lock, generation file and backup, searched byte by byte."""
    key = generate_key()
    box = Vault(KeyRing.parse(key))
    store = await sqlite.open(box=box)
    link = a_link()
    async with store.begin() as tx:
        await tx.links.add(link, seal(box, link, CANARY))
        await tx.intents.add(an_intent())
        await tx.audit(AuditEntry("U1", "link", link.id, "ok"))
    await store.backup(sqlite.state_dir / "backup.sqlite3")
    import base64

    raw_key = base64.urlsafe_b64decode(key + "=")
    for _ in range(2):
        found = every_byte(sqlite.state_dir)
        assert link.id.encode() in found
        assert CANARY not in found
        assert key.encode() not in found
        assert raw_key not in found
        await store.close()


async def test_sealed_grants_do_not_open_in_another_row(any_store: SqlStore, home: Home) -> None:
    """F100, I70: every pair of rows exchanged, in the database itself."""
    links = [
        a_link(1),
        a_link(2),
        a_link(3, user_id="U2"),
        a_link(4, team_id="T2"),
        a_link(5, environment=Environment.LIVE),
    ]
    async with any_store.begin() as tx:
        for link in links:
            await tx.links.add(link, seal(home.box, link, link.id.encode()))
    for one, other in itertools.permutations(links, 2):
        async with any_store.begin() as tx:
            mine, theirs = await tx.links.sealed(one.id), await tx.links.sealed(other.id)
            assert mine is not None
            assert theirs is not None
            await store_sealed(tx, one.id, theirs)
            moved = await tx.links.sealed(one.id)
            assert moved == theirs
            with pytest.raises(WrongKey):
                home.box.open(moved, grant_binding(one))
            await store_sealed(tx, one.id, mine)
            assert home.box.open(mine, grant_binding(one)) == one.id.encode()


async def store_sealed(tx: object, link_id: str, sealed: Sealed) -> None:
    values = {"key_id": sealed.key_id, "nonce": sealed.nonce, "ciphertext": sealed.ciphertext}
    await tx.work.write(grants.update().where(grants.c.link_id == link_id).values(**values))


async def test_an_erased_link_leaves_no_byte_of_its_grant(sqlite: Home) -> None:
    """I37: neither in the database nor in the write-ahead log, at once."""
    store = await sqlite.open()
    link = a_link()
    sealed = seal(sqlite.box, link, CANARY * 40)
    async with store.begin() as tx:
        await tx.links.add(link, sealed)
    assert sealed.ciphertext[:200] in every_byte(sqlite.state_dir)
    async with store.begin() as tx:
        await tx.links.erase(link.id)
    left = every_byte(sqlite.state_dir)
    assert not any(sealed.ciphertext[n : n + 16] in left for n in range(0, len(sealed.ciphertext) - 16, 16))
    assert sealed.nonce not in left


async def test_a_reader_in_the_way_only_delays_the_erasure(sqlite: Home) -> None:
    """I37: the log is emptied as soon as the reader has gone."""
    store = await sqlite.open()
    link = a_link()
    sealed = seal(sqlite.box, link, CANARY * 40)
    async with store.begin() as tx:
        await tx.links.add(link, sealed)
    async with store.read() as reading:
        assert await reading.links.get(link.id) is not None
        async with store.begin() as tx:
            await tx.links.erase(link.id)
        assert sealed.ciphertext in every_byte(sqlite.state_dir)
    async with asyncio.timeout(20):
        while sealed.ciphertext[:64] in every_byte(sqlite.state_dir):
            await asyncio.sleep(0.05)


class Killed(BaseException):
    """Stands for SIGKILL in the middle of a rotation."""


class FragileVault(Vault):
    """Dies after so many sealings."""

    def __init__(self, ring: KeyRing, lives: int) -> None:
        super().__init__(ring)
        self.lives = lives

    def seal(self, *args: object) -> Sealed:
        if not self.lives:
            raise Killed
        self.lives -= 1
        return super().seal(*args)


async def test_a_rotation_may_be_killed_at_every_record(any_store: SqlStore, home: Home) -> None:
    """F101, I71: at each record: all stay readable, the next run goes on, the old key is counted until unused."""
    links = [a_link(number) for number in range(1, 6)]
    old = home.box
    async with any_store.begin() as tx:
        for link in links:
            await tx.links.add(link, seal(old, link, link.id.encode()))
        await tx.audit(AuditEntry("U1", "link", "x", "ok"))
    new_key = generate_key()
    ring = KeyRing(
        (KeyRing.parse(new_key).ids[0], *old.key_ids),
        {**KeyRing.parse(new_key)._ciphers, **old._ring._ciphers},
    )
    records = len(links) + 1  # and the audit's key
    assert await any_store.key_uses() == {old.current_key_id: records}
    for done in range(1, records + 1):
        with suppress(Killed):  # the last one runs to its end
            await rotate(any_store, FragileVault(ring, 1))
        assert (await any_store.key_uses()).get(old.current_key_id, 0) == records - done
        async with any_store.read() as tx:
            for link in links:
                sealed = await tx.links.sealed(link.id)
                assert sealed is not None
                assert Vault(ring).open(sealed, grant_binding(link)) == link.id.encode()
    result = await rotate(any_store, Vault(ring))
    assert (result.resealed, result.failed) == (0, ())
    assert result.uses == {ring.current_id: records}
    await any_store.check_keys(Vault(KeyRing.parse(new_key)))
    await any_store.close()
    again = await home.open(box=Vault(KeyRing.parse(new_key)))
    assert await again.verify_audit() is None  # the chain's key is the same under the new seal


async def test_a_record_that_does_not_open_is_named_and_left_alone(any_store: SqlStore, home: Home) -> None:
    """F100, F101."""
    links = [a_link(1), a_link(2)]
    async with any_store.begin() as tx:
        for link in links:
            await tx.links.add(link, seal(home.box, link))
        broken = replace(seal(home.box, links[0]), ciphertext=b"x" * 40)
        await store_sealed(tx, "link1", broken)
    key = generate_key()
    ring = KeyRing(
        (KeyRing.parse(key).ids[0], *home.box.key_ids),
        {**KeyRing.parse(key)._ciphers, **home.box._ring._ciphers},
    )
    result = await rotate(any_store, Vault(ring))
    assert (result.resealed, result.failed) == (2, ("link1",))
    async with any_store.read() as tx:
        assert await tx.links.sealed("link1") == broken


async def test_a_link_erased_during_a_rotation_stays_erased(any_store: SqlStore, home: Home) -> None:
    link = a_link()
    sealed = seal(home.box, link)
    async with any_store.begin() as tx:
        await tx.links.add(link, sealed)
        await tx.links.erase(link.id)
        assert not await tx.links.reseal(link.id, sealed, sealed)
    async with any_store.read() as tx:
        assert await tx.links.sealed(link.id) is None
