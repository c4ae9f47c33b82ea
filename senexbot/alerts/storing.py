"""What has to be durable before anybody is told: tried until the store is back, given up only to another owner."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from senexbot.domain.alerting.rules import AlertRule
from senexbot.domain.errors import Fenced, Stale, StoreFault
from senexbot.ports import Clock, Lease, Store, Tx
from senexbot.services.alerts.firing import Fired, fire_all

log = structlog.get_logger()
MOST_AT_ONCE = 500  # firings in one transaction


@dataclass(frozen=True, slots=True)
class Written:
    """`stored`: the rules as they are now. `stale`: the ids of those of which another version is stored."""

    stored: tuple[AlertRule, ...]
    stale: frozenset[str]


class Storing:
    """`owed`: firings that were seen and are not stored yet, by rule. It belongs to the engine, so that it outlives
    a watch that is stopped while the store is away, and the lease under which it was seen."""

    def __init__(self, *, store: Store, clock: Clock, lease: Lease, owed: dict[str, Fired]) -> None:
        self._store = store
        self._clock = clock
        self._lease = lease
        self._owed = owed

    async def durable(self, write: Callable[[Tx], Awaitable[object]]) -> bool:
        """Write once, tried until the store is back. False: the row has moved on. Raises Fenced."""
        delay = 0.1

        async def checked(tx: Tx) -> None:
            await tx.leases.check(self._lease)
            await write(tx)

        while True:
            try:
                await self._store.write(checked)
            except Stale:
                return False
            except Fenced:
                raise
            except StoreFault as fault:
                log.warning("alert.store", code=fault.code)
                await self._clock.sleep(delay)
                delay = min(delay * 2, 5.0)
            else:
                return True

    async def fire(self, fired: Sequence[Fired]) -> Written:
        """All firings of one look, state, record and news in one transaction (I40), a large burst in several."""
        self._owed.update({one.rule.id: one for one in fired})
        stored: list[AlertRule] = []
        for start in range(0, len(fired), MOST_AT_ONCE):
            part = fired[start : start + MOST_AT_ONCE]
            done: tuple[AlertRule, ...] = ()

            async def write(tx: Tx, part: Sequence[Fired] = part) -> None:
                nonlocal done
                done = await fire_all(tx, part, now=self._clock.now())

            await self.durable(write)
            stored += done
            for one in part:
                self._owed.pop(one.rule.id, None)
        known = {rule.id for rule in stored}
        return Written(tuple(stored), frozenset(one.rule.id for one in fired if one.rule.id not in known))

    async def save(self, rules: Sequence[AlertRule]) -> Written:
        """Moves without news. A rule that did not arm would miss the next crossing: this too is tried until it is
        done. What was edited or deleted meanwhile is left as it is."""
        stored: list[AlertRule] = []
        for start in range(0, len(rules), MOST_AT_ONCE):
            part = rules[start : start + MOST_AT_ONCE]
            done: list[AlertRule] = []

            async def write(tx: Tx, part: Sequence[AlertRule] = part, done: list[AlertRule] = done) -> None:
                done.clear()
                for rule in part:
                    try:
                        await tx.rules.save(rule)
                    except Stale:
                        continue
                    done.append(rule)

            await self.durable(write)
            stored += done
        known = {rule.id for rule in stored}
        return Written(tuple(stored), frozenset(rule.id for rule in rules if rule.id not in known))

    async def pay(self) -> None:
        """What was seen under an earlier lease is told late (I41)."""
        await self.fire([replace(one, late=True) for one in tuple(self._owed.values())])
