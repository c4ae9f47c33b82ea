"""After a start nothing is sent for an account before it was compared with the broker (I64)."""

from __future__ import annotations

import asyncio

from senexbot.domain.errors import Denied, Reason
from senexbot.domain.links import AccountRef


class Gate:
    """Opens account by account as the first sweep of each has ended completely."""

    def __init__(self) -> None:
        self._open: dict[str, asyncio.Event] = {}

    def opened(self, environment: str, number: str) -> None:
        self._event(f"{environment}:{number}").set()

    async def pass_through(self, account: AccountRef, *, seconds: float) -> None:
        """Wait a moment for the account's first sweep. Raises Denied(code reconciling) when it is not there yet."""
        try:
            async with asyncio.timeout(seconds):
                await self._event(f"{account.environment.value}:{account.number}").wait()
        except TimeoutError:
            raise Denied(
                Reason(
                    "reconciling",
                    f"account {account.masked} is still being compared with tastytrade after a start; "
                    "try again in a minute",
                )
            ) from None

    def _event(self, key: str) -> asyncio.Event:
        return self._open.setdefault(key, asyncio.Event())
