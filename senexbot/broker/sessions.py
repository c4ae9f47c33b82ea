"""One SDK session for each link, opened on need; its access token, refreshed once for all who wait.

It never sends an order and never writes a grant anywhere.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from senexbot.broker import sdk
from senexbot.broker.breaker import Breaker
from senexbot.broker.endpoints import Endpoints
from senexbot.broker.issuer import environment_of
from senexbot.broker.lanes import Lanes
from senexbot.domain.errors import BrokerFault, BrokerRateLimited, GrantExpired, InvariantBroken, Unavailable
from senexbot.domain.links import Environment, Grant
from senexbot.ports import Clock, Grants

if TYPE_CHECKING:
    import httpx2
    from tastytrade import Session

log = logging.getLogger(__name__)

RENEW_BEFORE = timedelta(seconds=60)
PAUSES = (0.4, 1.2)  # seconds before the second and third try of a token call
TRANSIENT_REFUSAL = "not a tastytrade customer"  # the sandbox says so now and then to a good grant


@dataclass(slots=True)
class LinkSession:
    """What is held in memory for one link; `key` names it to the breaker."""

    key: str
    environment: Environment
    sdk: Session
    lanes: Lanes
    token: str = field(default="", repr=False)
    good_until: datetime | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def client(self) -> httpx2.AsyncClient:
        return sdk.client_of(self.sdk)


class Sessions:
    """Opens, refreshes and forgets sessions. Raises NotConnected, GrantExpired, Unavailable and kin."""

    def __init__(
        self,
        *,
        grants: Grants,
        endpoints: Endpoints,
        clock: Clock,
        breaker: Breaker | None = None,
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self.endpoints = endpoints
        self.clock = clock
        self._grants = grants
        self._breaker = breaker or Breaker(clock)
        self._pauses = pauses
        self._open: dict[str, LinkSession] = {}
        self._opening = asyncio.Lock()

    async def of(self, link_id: str, environment: Environment | None = None) -> LinkSession:
        """The link's session, without a token yet. `environment`: what the caller believes it to be;
        another one is a bug and never sent to (I20)."""
        held = self._open.get(link_id)
        if held is None:
            async with self._opening:
                held = self._open.get(link_id)
                if held is None:
                    await sdk.warm()
                    held = self._start(link_id, await self._grants.grant(link_id))
                    self._open[link_id] = held
        if environment is not None and held.environment is not environment:
            raise InvariantBroken(f"link {link_id} is not {environment}")
        return held

    def _start(self, key: str, grant: Grant) -> LinkSession:
        made = sdk.open_session(
            secret=grant.client_secret.reveal(),
            refresh=grant.refresh_token.reveal(),
            base_url=self.endpoints.rest(grant.environment),
            is_sandbox=grant.environment is Environment.SANDBOX,
        )
        return LinkSession(key, grant.environment, made, Lanes(self.clock))

    async def token(self, link_id: str, *, unlike: str = "") -> str:
        """A usable access token. `unlike`: one the broker has just refused."""
        held = await self.of(link_id)
        await self.renew(held, unlike=unlike)
        return held.token

    async def renew(self, held: LinkSession, *, unlike: str = "") -> None:
        """Make sure the session holds a token that lives a minute longer and is not `unlike`.

        Single-flight: whoever waits finds the token another one fetched.
        """
        if self._is_good(held, unlike):
            return
        async with held.lock:
            if not self._is_good(held, unlike):
                await self._fetch(held)

    def _is_good(self, held: LinkSession, unlike: str) -> bool:
        if not held.token or held.good_until is None or held.token == unlike:
            return False
        return self.clock.not_before() < held.good_until

    async def _fetch(self, held: LinkSession) -> None:
        self._breaker.check(held.key)
        for pause in (*self._pauses, None):
            try:
                lifetime = timedelta(seconds=await sdk.refresh(held.sdk))
            except sdk.TokenRefused as refused:
                fault: BrokerFault = self._judge(held, refused)
            except Exception as trouble:
                log.warning("token call failed: %s", type(trouble).__name__)
                fault = Unavailable("The broker's login service could not be reached.")
            else:
                held.token = sdk.token_of(held.sdk)
                held.good_until = self.clock.not_before() + max(lifetime - RENEW_BEFORE, lifetime / 2)
                self._breaker.worked(held.key)
                return
            if pause is None or not _may_pass(fault):
                raise fault
            await self.clock.sleep(pause)
            self._breaker.check(held.key)

    def _judge(self, held: LinkSession, refused: sdk.TokenRefused) -> BrokerFault:
        """What a refusal of the token endpoint means; refusals of the grant count for the breaker."""
        if refused.status == 429:
            return BrokerRateLimited("The broker's login asks us to slow down.", after=refused.after or 5.0)
        if refused.status >= 500 or refused.status < 400:
            return Unavailable(f"The broker's login has trouble of its own ({refused.status}).")
        self._breaker.failed(held.key)
        log.warning("token refused: status %d", refused.status)
        if TRANSIENT_REFUSAL in refused.words.lower():
            return Unavailable("The broker's login refused for the moment.", code="token_refused_for_now")
        return expired(refused.code, refused.words)

    async def forget(self, link_id: str) -> None:
        """Drop the link's session with everything that came with its grant."""
        held = self._open.pop(link_id, None)
        if held is not None:
            held.token, held.good_until = "", None
            await sdk.close(held.sdk)

    async def close(self) -> None:
        for link_id in list(self._open):
            await self.forget(link_id)

    @asynccontextmanager
    async def trial(self, grant: Grant) -> AsyncIterator[LinkSession]:
        """A session for a grant that is not stored, with a fresh token; gone afterwards.

        A token made for another environment is refused here, before anything is sent (F47).
        """
        made_for = environment_of(grant.refresh_token.reveal())
        if made_for is not None and made_for is not grant.environment:
            words = f"This refresh token belongs to the {made_for} environment, not to {grant.environment}."
            raise GrantExpired(words, what="environment")
        await sdk.warm()
        held = self._start(_trial_key(grant), grant)
        try:
            await self.renew(held)
            yield held
        finally:
            held.token = ""
            await sdk.close(held.sdk)


def _trial_key(grant: Grant) -> str:
    """Names a grant to the breaker without keeping it: another person's wrong grant must not block mine."""
    pair = f"{grant.client_secret.reveal()}\0{grant.refresh_token.reveal()}"
    return f"trial-{hashlib.sha256(pair.encode()).hexdigest()[:16]}"


def _may_pass(fault: BrokerFault) -> bool:
    """Whether trying the token call again soon can help."""
    return isinstance(fault, Unavailable)


def expired(code: str, words: str) -> GrantExpired:
    """Which part of a grant was refused: OAuth says `invalid_client` for the secret, `invalid_grant` for
    the refresh token; descriptions are read where the code does not tell."""
    lowered = f"{code} {words}".lower().replace("_", " ")
    if "client" in lowered or "secret" in lowered:
        return GrantExpired("The broker does not accept this client secret.", what="client_secret")
    if any(mark in lowered for mark in ("grant", "jwt", "token", "revoked", "expired")):
        return GrantExpired("The broker does not accept this refresh token.", what="refresh_token")
    return GrantExpired("The broker does not accept this grant any more.")
