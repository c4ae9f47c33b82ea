"""One REST call through a link's session: token, rate lane, time limits, errors; retries for reads only.

It carries reads, dry runs and cancels. It must never carry a create request: that is sending.py's.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from senexbot.broker import faults
from senexbot.broker.lanes import Lane
from senexbot.broker.sessions import LinkSession, Sessions
from senexbot.domain.errors import BrokerFault, BrokerRateLimited, InvariantBroken, Refused, Unavailable
from senexbot.domain.links import Environment

if TYPE_CHECKING:
    import httpx2

log = logging.getLogger(__name__)

MOST_BODY = 48 * 1024 * 1024  # bytes; whole option chains of tens of megabytes have been seen
DEADLINE = 8.0
TRIES = 3
REHEARSALS = ("/orders/dry-run", "/complex-orders/dry-run")
_jitter = random.SystemRandom().uniform

Params = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of an answer, whatever its status."""

    status: int
    body: bytes
    after: float | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        return faults.load(self.body)

    def fault(self) -> BrokerFault:
        return faults.fault_of(self.status, self.body, after=self.after)


@dataclass(frozen=True, slots=True)
class _Wanted:
    method: str
    path: str
    params: Params
    body: bytes | None


def segment(word: str) -> str:
    """One path segment, encoded: `BRK/B` -> `BRK%2FB` (pitfall 20)."""
    return quote(word, safe="")


class Rest:
    """Calls for one link at a time; raises Refused, Unavailable, GrantExpired, BrokerRateLimited."""

    def __init__(self, sessions: Sessions, *, deadline: float = DEADLINE) -> None:
        self.sessions = sessions
        self.clock = sessions.clock
        self._deadline = deadline

    async def get(
        self,
        link_id: str,
        path: str,
        params: Params = (),
        *,
        lane: Lane = Lane.READS,
        environment: Environment | None = None,
        tries: int = TRIES,
        deadline: float | None = None,
    ) -> Any:
        """Parsed JSON of a 2xx answer. At most two repeats with jitter, all within the deadline."""
        held = await self.sessions.of(link_id, environment)
        ends = self.clock.monotonic() + (deadline or self._deadline)
        for left in range(tries - 1, -1, -1):
            try:
                return await self._read(held, path, params, lane, ends)
            except (Unavailable, BrokerRateLimited) as trouble:
                pause = self._pause(trouble, tries - left)
                if not left or self.clock.monotonic() + pause >= ends:
                    raise
            await self.clock.sleep(pause)
        raise AssertionError  # pragma: no cover - the loop returns or raises

    def _pause(self, trouble: BrokerFault, tried: int) -> float:
        if isinstance(trouble, BrokerRateLimited):
            return trouble.after + _jitter(0.05, 0.5)
        return float(0.15 * 2**tried) * _jitter(0.5, 1.5)

    async def _read(self, held: LinkSession, path: str, params: Params, lane: Lane, ends: float) -> Any:
        answer = await self.call(held, "GET", path, params=params, lane=lane, ends=ends)
        if not answer.ok:
            raise answer.fault()
        found = answer.json()
        if not isinstance(found, dict):
            raise Unavailable("The broker's answer could not be read.")
        return found

    async def call(
        self,
        held: LinkSession,
        method: str,
        path: str,
        *,
        params: Params = (),
        body: bytes | None = None,
        lane: Lane = Lane.READS,
        ends: float | None = None,
    ) -> Answer:
        """One request; a 401 gets one more with a new token, as nothing here creates anything.

        Raises Unavailable when no answer came; any answer, 4xx and 5xx too, is returned (429: the lane
        slows down as well).
        """
        if method in {"PUT", "PATCH"} or (method == "POST" and not path.endswith(REHEARSALS)):
            raise InvariantBroken("create and replace requests have their own way out")
        if not path.startswith("/"):
            raise InvariantBroken("paths start with a slash")
        ends = self.clock.monotonic() + self._deadline if ends is None else ends
        wanted = _Wanted(method, path, params, body)
        await self._renew(held, ends)
        answer = await self._once(held, wanted, lane, ends)
        if answer.status == 401:
            await self._renew(held, ends, unlike=held.token)
            answer = await self._once(held, wanted, lane, ends)
        if answer.status == 429:
            held.lanes.slow_down(2.0 if answer.after is None else answer.after)
        return answer

    async def _renew(self, held: LinkSession, ends: float, unlike: str = "") -> None:
        try:
            async with asyncio.timeout(max(ends - self.clock.monotonic(), 0.0)):
                await self.sessions.renew(held, unlike=unlike)
        except TimeoutError:
            raise Unavailable("The broker's login did not answer in time.") from None

    async def _once(self, held: LinkSession, wanted: _Wanted, lane: Lane, ends: float) -> Answer:
        import httpx2

        left = ends - self.clock.monotonic()
        if left <= 0:
            raise Unavailable("The broker did not answer in time.")
        await held.lanes.enter(lane, left)
        try:
            async with asyncio.timeout(left):
                return await _exchange(held.client, wanted)
        except (TimeoutError, httpx2.TimeoutException):
            raise Unavailable("The broker did not answer in time.") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, OSError, RuntimeError) as trouble:
            log.info("no answer: %s", type(trouble).__name__)
            raise Unavailable("The broker could not be reached.") from None


async def _exchange(client: httpx2.AsyncClient, wanted: _Wanted) -> Answer:
    """Send and read at most MOST_BODY bytes of the answer."""
    request = client.build_request(
        wanted.method, wanted.path, params=list(wanted.params) or None, content=wanted.body
    )
    response = await client.send(request, stream=True)
    try:
        kept = bytearray()
        async for chunk in response.aiter_bytes():
            kept += chunk
            if len(kept) > MOST_BODY:
                raise Unavailable("The broker's answer is too large.")
    finally:
        await response.aclose()
    return Answer(response.status_code, bytes(kept), faults.retry_after(response.headers.get("retry-after")))


def is_missing(fault: BrokerFault) -> bool:
    """The broker's own "no such record"."""
    return isinstance(fault, Refused) and fault.status == 404
