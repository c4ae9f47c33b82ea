"""Writing down what the broker has answered, for as long as it takes: what is known must not become unknown.

A database step only, and never anything that sends: it may be tried again (I59).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from senexbot.domain.errors import InvariantBroken, SenexError, Stale, StoreFault, Unreadable
from senexbot.domain.orders.intents import Intent
from senexbot.ports import Clock, Store
from senexbot.services.news.telling import tell_change

log = structlog.get_logger()
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0  # between tries to record an answer

After = Callable[[Intent], Intent | None]


class Recording:
    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def record(self, intent_id: str, after: After, *, action: str) -> None:
        """Store what `after` makes of the intent as it is now, and tell it; None: its news was here before."""

        async def once() -> None:
            async with self._store.begin() as tx:
                intent = await tx.intents.get(intent_id)
                if intent is None:
                    raise InvariantBroken(f"intent {intent_id} has vanished")
                changed = after(intent)
                if changed is not None:
                    now = self._clock.now()
                    await tell_change(tx, intent, changed, by="bot", action=action, now=now)

        await self._until_stored(once, intent_id, action)

    async def _until_stored(self, once: Callable[[], Awaitable[None]], intent_id: str, action: str) -> None:
        """The stop of the program ends it."""
        pause = FIRST_PAUSE
        while True:
            try:
                await once()
            except Stale:
                continue
            except Unreadable:
                log.exception("order.record.unreadable", intent=intent_id, action=action)
                return
            except StoreFault as fault:
                log.warning("order.record.store", intent=intent_id, action=action, code=fault.code)
                await self._clock.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except SenexError as error:
                log.exception("order.record", intent=intent_id, action=action, code=error.code)
                return
            else:
                return
