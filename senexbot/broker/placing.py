"""OrderDesk: dry run, place, replace, cancel and look, with the evidence kept that the SDK throws away.

Placing and replacing happen once or not at all. Nothing in this file or below it repeats such a request.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, assert_never

import orjson

from senexbot.broker import composing, raw, sdk
from senexbot.broker.cancelling import CancelLimits, Cancelling
from senexbot.broker.drift import Drift
from senexbot.broker.estimating import check_echo, estimate_of, orders_of
from senexbot.broker.lanes import Lane
from senexbot.broker.looking import Looking
from senexbot.broker.mass_cancels import MassCancels
from senexbot.broker.outcomes import outcome_of
from senexbot.broker.rest import Rest, segment
from senexbot.broker.sending import Answered, Lost, NotOpened, SendLimits, send_order
from senexbot.domain.errors import GrantExpired, SenexError
from senexbot.domain.links import AccountRef
from senexbot.domain.orders.broker_orders import (
    Accepted,
    BrokerOrder,
    CancelOutcome,
    CancelWanted,
    NotProven,
    NotSent,
    OrdersLook,
    PlaceOutcome,
)
from senexbot.domain.orders.terms import Estimate, OrderTerms

log = logging.getLogger(__name__)

BEFORE_SENDING = 12.0  # seconds for token and rate lane; later than that nothing is sent
NEVER_OPENED = "No connection to the broker could be opened; nothing was sent."
LOST = "The answer was lost on the way."


class TastytradeDesk:
    """Orders through links; implements ports.OrderDesk."""

    def __init__(
        self,
        rest: Rest,
        drift: Drift,
        *,
        send_limits: SendLimits | None = None,
        cancel_limits: CancelLimits | None = None,
    ) -> None:
        self._rest = rest
        self._sessions = rest.sessions
        self._drift = drift
        self._limits = send_limits or SendLimits()
        self._cancelling = Cancelling(rest, cancel_limits)
        self._looking = Looking(rest, drift)
        self._mass_cancels = MassCancels(rest, self._looking)

    def compose(self, terms: OrderTerms, identifier: str) -> bytes:
        return composing.compose(terms, identifier)

    async def dry_run(self, account: AccountRef, body: bytes) -> Estimate:
        held = await self._sessions.of(account.link_id, account.environment)
        path = f"{_path(account, body)}/dry-run"
        answer = await self._rest.call(held, "POST", path, body=body, lane=Lane.ORDERS)
        estimate = estimate_of(answer, self._rest.clock.now())
        check_echo(answer, body)
        return estimate

    def compose_replacement(self, terms: OrderTerms, identifier: str) -> bytes:
        return composing.compose_replacement(terms, identifier)

    async def place(self, account: AccountRef, body: bytes) -> PlaceOutcome:
        return await self._once(account, "POST", _path(account, body), body)

    async def replace(self, account: AccountRef, order_id: int, body: bytes) -> PlaceOutcome:
        path = f"/accounts/{segment(account.number)}/orders/{order_id}"
        return await self._once(account, "PUT", path, body)

    async def _once(
        self, account: AccountRef, method: Literal["POST", "PUT"], path: str, body: bytes
    ) -> PlaceOutcome:
        """Everything that can fail before sending is done first: its failure is a proven NotSent (F36)."""
        try:
            async with asyncio.timeout(BEFORE_SENDING):
                held = await self._sessions.of(account.link_id, account.environment)
                await self._sessions.renew(held)
                await held.lanes.enter(Lane.ORDERS, BEFORE_SENDING)
            headers = sdk.order_headers(held.sdk, held.token)
            url = f"{self._sessions.endpoints.rest(account.environment)}{path}"
        except GrantExpired as fault:
            return NotSent(str(fault), grant_expired=True)
        except SenexError as fault:
            return NotSent(str(fault))
        except TimeoutError:
            return NotSent("The login took too long; nothing was sent.")
        except Exception:
            log.exception("an order could not be prepared")
            return NotSent("The order could not be prepared; nothing was sent.")
        sent = await send_order(url, body, headers, self._limits, method=method)
        if isinstance(sent, Answered):
            return self._judge(sent, body, replaces=method == "PUT")
        if isinstance(sent, NotOpened):
            return NotSent(NEVER_OPENED)
        if isinstance(sent, Lost):
            return NotProven(LOST)
        assert_never(sent)

    def _judge(self, sent: Answered, body: bytes, *, replaces: bool) -> PlaceOutcome:
        try:
            said = raw.mapping(orjson.loads(body))
            ours = [said] if replaces else orders_of(said)
            identifier = raw.text(ours[0].get("external-identifier")) if ours else ""
            outcome = outcome_of(sent.status, sent.body, identifier, replaces=replaces)
        except Exception:
            # a bug of ours while reading must not turn into "nothing happened"
            self._drift.note("answer to an order that broke our reading")
            return NotProven("the broker's answer could not be read")
        if isinstance(outcome, NotProven) or (isinstance(outcome, Accepted) and outcome.order is None):
            self._drift.note("answer to an order in a new form")
        return outcome

    async def cancel(self, account: AccountRef, order_id: int) -> CancelOutcome:
        return await self._cancelling.cancel(account, order_id)

    async def cancel_complex(self, account: AccountRef, complex_id: int) -> CancelOutcome:
        return await self._cancelling.cancel_complex(account, complex_id)

    async def cancel_many(
        self, account: AccountRef, wanted: Sequence[CancelWanted], *, seconds: float
    ) -> Mapping[CancelWanted, CancelOutcome]:
        return await self._mass_cancels.cancel(account, wanted, seconds)

    async def order(self, account: AccountRef, order_id: int) -> BrokerOrder | None:
        return await self._cancelling.order(account, order_id)

    async def look(self, account: AccountRef, since: datetime) -> OrdersLook:
        return await self._looking.look(account, since)


def _path(account: AccountRef, body: bytes) -> str:
    """A complex order has a path of its own."""
    kind = "complex-orders" if composing.is_complex(body) else "orders"
    return f"/accounts/{segment(account.number)}/{kind}"
