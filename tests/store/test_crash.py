"""SIGKILL at any instant: what was committed is there, and no half of anything (I56)."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path

from senexbot.domain.orders.intents import IntentState
from senexbot.vault import KeyRing, Vault, generate_key
from tests.stores import Home

ROUNDS = 4
WRITER = """
import asyncio, os, sys
from pathlib import Path
from senexbot.ports import AuditEntry
from senexbot.vault import KeyRing, Vault
from tests.store.values import an_intent, outgoing
from tests.stores import Home

async def main(url, directory, first):
    home = Home(url, Path(directory), box=Vault(KeyRing.parse(os.environ["KEY"])))
    store = await home.open()
    assert not store.opened_older_copy, store.older_copy_reason
    number = int(first)
    while True:
        async with store.begin() as tx:
            await tx.intents.add(an_intent(number))
            await tx.intents.add_attempt(f"intent{number:04}", body=b"x" * 3000, body_hash="h", build="b", at=home.clock.now())
            await tx.outbox.put(outgoing(str(number)))
            await tx.audit(AuditEntry("U1", "order", str(number), "ok"))
        os.write(1, b"%d\\n" % number)
        number += 1

asyncio.run(main(*sys.argv[1:]))
"""


async def killed_writer(home: Home, key: str, first: int, after: int, pause: float) -> int:
    """Run the child until it has reported `after` commits, then a moment more; its last report."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        WRITER,
        home.url,
        str(home.state_dir),
        str(first),
        cwd=Path(__file__).parents[2],
        env={**os.environ, "KEY": key},
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    last = 0
    for _ in range(after):
        last = int(await child.stdout.readline())
    await asyncio.sleep(pause)  # not a wait: it moves the kill to an arbitrary place
    child.kill()
    for line in (await child.stdout.read()).splitlines():
        last = int(line)
    await child.wait()
    return last


async def test_a_kill_at_any_instant_loses_nothing_and_halves_nothing(sqlite: Home) -> None:
    """F66, I56, I2: killed again and again; each reported commit is there, each record is whole.

    And no start after a kill is taken for an older copy (I62): the child would refuse.
    """
    key = generate_key()
    box = Vault(KeyRing.parse(key))
    chance = random.Random(66)
    reported = 0
    stored = 0
    for _ in range(ROUNDS):
        reported = await killed_writer(
            sqlite, key, stored + 1, chance.randrange(1, 8), chance.uniform(0, 0.02)
        )
        store = await sqlite.open(box=box, readonly=True)
        assert await store.check_integrity() == ()
        async with store.read() as tx:
            intents = await tx.intents.in_states([IntentState.PREVIEWED])
            stored = len(intents)
            assert await tx.outbox.depth() == stored
            for intent in intents:
                assert await tx.intents.attempt_hash(intent.id) == "h"
        assert reported <= stored <= reported + 1
        assert (await store.audit_head()).seq == stored
        assert await store.verify_audit() is None
        await store.close()
    assert stored >= ROUNDS
