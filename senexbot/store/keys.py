"""What is sealed in the database: the audit chain's key (which is the canary too), and rotation (I71, I72)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

from senexbot.domain.errors import Unreadable, WrongKey
from senexbot.domain.links import Link
from senexbot.ports import Binding, Sealed, SecretBox
from senexbot.store.links import SqlLinks
from senexbot.store.tables import deployment, grants, sealed_keys
from senexbot.store.tx import SqlTx
from senexbot.store.upserts import inserted
from senexbot.store.work import Work

AUDIT = "audit"
PAGE = 100


def grant_binding(link: Link) -> Binding:
    """What a link's sealed grant belongs to; the same as services/links.py seals with."""
    return Binding("grant", link.environment.value, link.team_id, link.user_id, link.id)


async def audit_key(work: Work, box: SecretBox) -> bytes | None:
    """The chain's key; None in a database that has none yet. Raises WrongKey."""
    sealed = await _sealed(work)
    return None if sealed is None else box.open(sealed, await _binding(work))


async def create_audit_key(work: Work, box: SecretBox) -> bytes:
    """Make the chain's key in a new database."""
    key = secrets.token_bytes(32)
    sealed = box.seal(key, await _binding(work))
    await inserted(
        work, sealed_keys, name=AUDIT, key_id=sealed.key_id, nonce=sealed.nonce, ciphertext=sealed.ciphertext
    )
    return await audit_key(work, box) or key


async def check(tx: SqlTx, box: SecretBox) -> None:
    """Open the canary and one grant of each key id in use. Raises WrongKey; changes nothing."""
    await audit_key(tx.work, box)
    one_each = sa.select(sa.func.min(grants.c.link_id)).group_by(grants.c.key_id)
    for link_id in (await tx.work.read(one_each)).scalars().all():
        try:
            link = await tx.links.get(link_id)
        except Unreadable:
            continue  # a damaged row is no proof of a wrong key
        sealed = await tx.links.sealed(link_id)
        if link is not None and sealed is not None:
            box.open(sealed, grant_binding(link))


async def uses(work: Work) -> Mapping[str, int]:
    """How many sealed records stand under each key id: a key may go when it is not among them."""
    counts: dict[str, int] = {}
    for table in (grants, sealed_keys):
        statement = sa.select(table.c.key_id, sa.func.count().label("uses")).group_by(table.c.key_id)
        for row in await work.read(statement):
            counts[row.key_id] = counts.get(row.key_id, 0) + row.uses
    return counts


@dataclass(frozen=True, slots=True)
class Rotation:
    """`failed`: links whose grant did not open and stands as it was. `uses`: what is left, by key id."""

    resealed: int
    failed: tuple[str, ...]
    uses: Mapping[str, int]


class Sealing(Protocol):
    """The part of the store that rotation needs."""

    def begin(self) -> AbstractAsyncContextManager[SqlTx]: ...

    def read(self) -> AbstractAsyncContextManager[SqlTx]: ...


async def rotate(store: Sealing, box: SecretBox) -> Rotation:
    """Seal everything again under the box's current key, one record a transaction.

    May be killed at any point and started again; every record stays readable under the ring.
    """
    resealed = int(await _rotate_audit_key(store, box))
    failed: list[str] = []
    after = ""
    while True:
        async with store.read() as tx:
            page = await SqlLinks(tx.work).sealed_otherwise(box.current_key_id, after, PAGE)
        for link_id in page:
            try:
                resealed += await _reseal(store, box, link_id)
            except (WrongKey, Unreadable):
                failed.append(link_id)
        if len(page) < PAGE:
            break
        after = page[-1]
    async with store.read() as tx:
        return Rotation(resealed, tuple(failed), await uses(tx.work))


async def _reseal(store: Sealing, box: SecretBox, link_id: str) -> bool:
    async with store.begin() as tx:
        link = await tx.links.get(link_id)
        sealed = await tx.links.sealed(link_id)
        if link is None or sealed is None or sealed.key_id == box.current_key_id:
            return False
        binding = grant_binding(link)
        new = box.seal(box.open(sealed, binding), binding)
        return await SqlLinks(tx.work).reseal(link_id, sealed, new)


async def _rotate_audit_key(store: Sealing, box: SecretBox) -> bool:
    async with store.begin() as tx:
        sealed = await _sealed(tx.work)
        if sealed is None or sealed.key_id == box.current_key_id:
            return False
        binding = await _binding(tx.work)
        new = box.seal(box.open(sealed, binding), binding)
        return await tx.work.changed(
            sealed_keys.update()
            .where(sealed_keys.c.name == AUDIT, sealed_keys.c.nonce == sealed.nonce)
            .values(key_id=new.key_id, nonce=new.nonce, ciphertext=new.ciphertext)
        )


async def _sealed(work: Work) -> Sealed | None:
    row = (await work.read(sa.select(sealed_keys).where(sealed_keys.c.name == AUDIT))).first()
    return None if row is None else Sealed(row.key_id, row.nonce, row.ciphertext)


async def _binding(work: Work) -> Binding:
    database_id = (await work.read(sa.select(deployment.c.database_id))).scalar_one()
    return Binding("audit chain", "", "", "", database_id)
