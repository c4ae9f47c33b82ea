"""A read beside others, whose failure is one figure less and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from senexbot.domain.errors import BrokerFault, GrantExpired

T = TypeVar("T")


async def or_none(read: Awaitable[T | None] | None, *, within: float | None = None) -> T | None:
    """What it brings; None where there is nothing to read, the broker fails, or it takes longer than so many seconds.

    Raises GrantExpired: nothing else of this link can be read either, and its owner has to act.
    """
    if read is None:
        return None
    try:
        async with asyncio.timeout(within):
            return await read
    except GrantExpired:
        raise
    except (BrokerFault, TimeoutError):
        return None
