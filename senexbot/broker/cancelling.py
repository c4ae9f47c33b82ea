"""Cancelling an order, or a complex one by its own number, and reading back what became of it, until it is
over or time is up (I18).

A repeat of a cancel names the same order and is harmless; nothing here can create anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from senexbot.broker import faults
from senexbot.broker.lanes import Lane
from senexbot.broker.mapping import broker_order, complex_parts
from senexbot.broker.raw import mapping
from senexbot.broker.rest import Rest, is_missing, segment
from senexbot.domain.errors import BrokerFault, GrantExpired, Refused, Unavailable
from senexbot.domain.links import AccountRef
from senexbot.domain.orders.broker_orders import BrokerOrder, BrokerStatus, CancelOutcome

TOO_LATE_CODE = "cannot_update_order"
WAITING = {BrokerStatus.CANCEL_REQUESTED, BrokerStatus.REPLACE_REQUESTED}


@dataclass(frozen=True, slots=True)
class CancelLimits:
    """Seconds: how long to read back, and between two looks (growing)."""

    deadline: float = 10.0
    answer: float = 5.0  # for one cancel, so that time is left to read back when it is lost
    least: float = 1.0  # for the last look
    first_pause: float = 0.15
    longest_pause: float = 1.5
    asks: int = 3  # cancels sent at most, when one was lost or came too early


@dataclass(slots=True)
class _State:
    """What one cancel has learned so far."""

    parts: tuple[BrokerOrder, ...] = ()
    asks: int = 0
    accepted: bool = False
    refused: str = ""
    trouble: str = ""

    @property
    def order(self) -> BrokerOrder | None:
        """The one that decides: a part that is not over, else the first."""
        running = (part for part in self.parts if not part.status.is_terminal)
        return next(running, self.parts[0] if self.parts else None)


class Cancelling:
    """Cancels through one link. Raises GrantExpired and NotConnected; other trouble is in the words."""

    def __init__(self, rest: Rest, limits: CancelLimits | None = None) -> None:
        self._rest = rest
        self._limits = limits or CancelLimits()

    async def order(self, account: AccountRef, order_id: int) -> BrokerOrder | None:
        """The order as the broker shows it now; None when there is no such order in the account."""
        path = f"/accounts/{segment(account.number)}/orders/{order_id}"
        try:
            body = await self._rest.get(
                account.link_id, path, lane=Lane.ORDERS, environment=account.environment
            )
        except Refused as refused:
            if is_missing(refused):
                return None
            raise
        found = broker_order(mapping(body.get("data")))
        if found is None or found.id != order_id:
            raise Unavailable("The broker's order could not be read.")
        return found

    async def cancel(self, account: AccountRef, order_id: int) -> CancelOutcome:
        return await self._cancel(account, "orders", order_id)

    async def cancel_complex(self, account: AccountRef, complex_id: int) -> CancelOutcome:
        """By the number of the whole; a child's would not be found (pitfall 38)."""
        return await self._cancel(account, "complex-orders", complex_id)

    async def _cancel(self, account: AccountRef, kind: str, number: int) -> CancelOutcome:
        path = f"/accounts/{segment(account.number)}/{kind}/{number}"
        clock, limits, state = self._rest.clock, self._limits, _State()
        ends = clock.monotonic() + limits.deadline
        pause = limits.first_pause
        while True:
            if self._must_ask(state):
                missing = await self._ask(account, path, state, ends)
                if missing:
                    return CancelOutcome(None, words=f"The broker knows no order {number} in this account.")
            await self._read(account, path, state, ends)
            over = state.order is not None and state.order.status.is_terminal
            if over or clock.monotonic() + pause >= ends:
                return _outcome(state)
            await clock.sleep(pause)
            pause = min(pause * 1.6, limits.longest_pause)

    def _must_ask(self, state: _State) -> bool:
        """At first; again while the broker shows the order as working and cancellable in spite of it."""
        if state.asks == 0:
            return True
        order = state.order
        if order is None or state.accepted or state.asks >= self._limits.asks:
            return False
        return order.cancellable and order.status not in WAITING

    async def _ask(self, account: AccountRef, path: str, state: _State, ends: float) -> bool:
        """Send one cancel; True when the broker knows no such order."""
        held = await self._rest.sessions.of(account.link_id, account.environment)
        state.asks += 1
        try:
            first = self._rest.clock.monotonic() + self._limits.answer
            answer = await self._rest.call(held, "DELETE", path, lane=Lane.ORDERS, ends=min(first, ends))
        except GrantExpired:
            raise
        except BrokerFault as trouble:
            state.trouble = str(trouble)
            return False
        if answer.ok:
            state.accepted, state.trouble, state.refused = True, "", ""
            state.parts = _parts(answer.json()) or state.parts
            return False
        refused = faults.envelope(answer.json())
        if answer.status == 404 and refused is not None:
            return True
        if answer.status == 422 and refused is not None and refused.code == TOO_LATE_CODE:
            state.refused = refused.words
        else:
            state.trouble = str(answer.fault())
        return False

    async def _read(self, account: AccountRef, path: str, state: _State, ends: float) -> None:
        left = max(ends - self._rest.clock.monotonic(), self._limits.least)
        try:
            body = await self._rest.get(
                account.link_id,
                path,
                lane=Lane.ORDERS,
                environment=account.environment,
                tries=1,
                deadline=left,
            )
        except GrantExpired:
            raise
        except BrokerFault as trouble:
            state.trouble = str(trouble)
        else:
            state.parts = _parts(body) or state.parts


def _parts(body: object) -> tuple[BrokerOrder, ...]:
    """The order of an answer, or all parts of a complex one; nothing when any of them cannot be read."""
    data = mapping(mapping(body).get("data"))
    sources = complex_parts(data) if "orders" in data else [(data, None)]
    read = [broker_order(part, complex_id=number) for part, number in sources]
    return tuple(part for part in read if part is not None) if all(read) else ()


def _outcome(state: _State) -> CancelOutcome:
    order = state.order
    if order is None:
        return CancelOutcome(
            None, words=f"Whether it was cancelled is not known: {state.trouble or 'no answer'}"
        )
    parts = state.parts
    if order.status is BrokerStatus.CANCELLED:
        return CancelOutcome(order, words=_cancelled(order), parts=parts)
    if order.status.is_terminal:
        words = f"Too late: it was {order.status_word.lower()} before."
        return CancelOutcome(order, too_late=True, words=words, parts=parts)
    if state.accepted or order.status in WAITING:
        return CancelOutcome(order, words="The cancel is on its way; the order may still fill.", parts=parts)
    why = state.refused or state.trouble or "the broker did not take it"
    return CancelOutcome(order, words=f"Not cancelled, the order still works: {why}", parts=parts)


def _cancelled(order: BrokerOrder) -> str:
    if order.filled:
        return f"Cancelled after {order.filled:f} of {order.quantity:f} were filled."
    return "Cancelled."
