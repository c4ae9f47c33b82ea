"""Many cancels of one account at once: each asked for, several at a time and within the broker's pace, and all
of them read back together from the broker's lists (I18).

One by one they would take a request each to read back; a list of a hundred orders is one request.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from senexbot.broker import faults
from senexbot.broker.cancelling import TOO_LATE_CODE, WAITING
from senexbot.broker.lanes import Lane
from senexbot.broker.looking import Looking
from senexbot.broker.rest import Rest, segment
from senexbot.domain.errors import BrokerFault, BrokerRateLimited, GrantExpired
from senexbot.domain.links import AccountRef
from senexbot.domain.orders.broker_orders import BrokerOrder, BrokerStatus, CancelOutcome, CancelWanted

AT_ONCE = 8
ASKS = 3  # of one cancel, when an answer was lost or the broker asked to slow down
ANSWER_SECONDS = 4.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 1.5
LEAST_LEFT = 2.0  # so long before the end the last look begins
LOOK_BACK = timedelta(days=1)


@dataclass(slots=True)
class _State:
    accepted: bool = False
    missing: bool = False
    trouble: str = ""
    parts: tuple[BrokerOrder, ...] = ()

    @property
    def order(self) -> BrokerOrder | None:
        running = (part for part in self.parts if not part.status.is_terminal)
        return next(running, self.parts[0] if self.parts else None)

    @property
    def is_over(self) -> bool:
        return self.missing or (self.order is not None and self.order.status.is_terminal)


@dataclass
class MassCancels:
    rest: Rest
    looking: Looking
    at_once: int = AT_ONCE
    _now: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._now = asyncio.Semaphore(self.at_once)

    async def cancel(
        self, account: AccountRef, wanted: Sequence[CancelWanted], seconds: float
    ) -> dict[CancelWanted, CancelOutcome]:
        """Raises GrantExpired and NotConnected; other trouble is in the words of each."""
        clock = self.rest.clock
        ends = clock.monotonic() + seconds
        states = {one: _State() for one in wanted}
        await asyncio.gather(*(self._ask(account, one, state, ends) for one, state in states.items()))
        pause = FIRST_PAUSE
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(ends - clock.monotonic(), LEAST_LEFT)):
                    await self._look(account, states)
            if all(state.is_over for state in states.values()):
                break
            if clock.monotonic() + pause >= ends - LEAST_LEFT:
                break
            await clock.sleep(pause)
            pause = min(pause * 1.6, LONGEST_PAUSE)
        return {one: _outcome(one, state) for one, state in states.items()}

    async def _ask(self, account: AccountRef, wanted: CancelWanted, state: _State, ends: float) -> None:
        """Until the broker has answered; a repeat of a cancel names the same order and is harmless."""
        clock = self.rest.clock
        kind = "complex-orders" if wanted.is_complex else "orders"
        path = f"/accounts/{segment(account.number)}/{kind}/{wanted.number}"
        for _ in range(ASKS):
            if clock.monotonic() >= ends - LEAST_LEFT:
                state.trouble = state.trouble or "time was up"
                return
            async with self._now:
                try:
                    held = await self.rest.sessions.of(account.link_id, account.environment)
                    until = min(clock.monotonic() + ANSWER_SECONDS, ends - LEAST_LEFT)
                    answer = await self.rest.call(held, "DELETE", path, lane=Lane.CANCELS, ends=until)
                except GrantExpired:
                    raise
                except BrokerFault as trouble:
                    state.trouble = str(trouble)
                    continue
            if answer.ok:
                state.accepted, state.trouble = True, ""
                return
            refused = faults.envelope(answer.json())
            if answer.status == 404 and refused is not None:
                state.missing = True
                return
            fault = answer.fault()
            state.trouble = refused.words if refused is not None else str(fault)
            if answer.status == 422 and refused is not None and refused.code == TOO_LATE_CODE:
                return  # it is over, or not to be cancelled: the look says which
            if isinstance(fault, BrokerRateLimited):
                await clock.sleep(min(fault.after, max(ends - LEAST_LEFT - clock.monotonic(), 0.0)))

    async def _look(self, account: AccountRef, states: dict[CancelWanted, _State]) -> None:
        """What the lists do not show stays as it was known: an incomplete look proves nothing."""
        since = self.rest.clock.now() - LOOK_BACK
        look = await self.looking.look(account, since)
        by_number = {order.id: order for order in look.orders}
        wholes: dict[int, list[BrokerOrder]] = {}
        for order in look.orders:
            if order.complex_id is not None:
                wholes.setdefault(order.complex_id, []).append(order)
        for wanted, state in states.items():
            if wanted.is_complex:
                state.parts = tuple(wholes.get(wanted.number, ())) or state.parts
            elif wanted.number in by_number:
                state.parts = (by_number[wanted.number],)


def _outcome(wanted: CancelWanted, state: _State) -> CancelOutcome:
    order, parts = state.order, state.parts
    if order is None:
        if state.missing:
            return CancelOutcome(None, words=f"The broker knows no order {wanted.number} in this account.")
        why = state.trouble or "it was not listed"
        return CancelOutcome(None, words=f"Whether it was cancelled is not known: {why}")
    if order.status is BrokerStatus.CANCELLED:
        return CancelOutcome(order, words="Cancelled.", parts=parts)
    if order.status.is_terminal:
        words = f"Too late: it was {order.status_word.lower()} before."
        return CancelOutcome(order, too_late=True, words=words, parts=parts)
    if state.accepted or order.status in WAITING:
        return CancelOutcome(order, words="The cancel is on its way; the order may still fill.", parts=parts)
    why = state.trouble or "the broker did not take it"
    return CancelOutcome(order, words=f"Not cancelled, the order still works: {why}", parts=parts)
