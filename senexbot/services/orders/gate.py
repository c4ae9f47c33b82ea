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

    def is_open(self, account: AccountRef) -> bool:
        return self._event(f"{account.environment.value}:{account.number}").is_set()

    def refuse(self, account: AccountRef) -> None:
        """Raises Denied(code reconciling) while the account was not compared yet."""
        if not self.is_open(account):
            raise Denied(
                Reason(
                    "reconciling",
                    f"account {account.masked} could not be compared with tastytrade since the start; "
                    "try again in a minute",
                )
            )

    def _event(self, key: str) -> asyncio.Event:
        return self._open.setdefault(key, asyncio.Event())
