"""The simulated market: who is listed, what they cost now, and who is told. It knows no accounts and no wire."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from senexsim.broker.clock import SimClock
from senexsim.broker.market.model import Instrument, Quote

TickCallback = Callable[[frozenset[str]], None]


class Market:
    """A seeded market that ticks every 100 ms of real time."""

    def __init__(self, *, clock: SimClock, seed: int) -> None:
        self.clock = clock
        self.seed = seed

    def instrument(self, symbol: str) -> Instrument | None:
        """The instrument of a tastytrade symbol, None when nothing is listed under it."""
        raise NotImplementedError

    def quote(self, symbol: str) -> Quote | None:
        """The quote of a tastytrade symbol, None when nothing is listed under it."""
        raise NotImplementedError

    def session_state(self) -> str:
        """`Open` or `Closed`."""
        raise NotImplementedError

    def on_tick(self, callback: TickCallback) -> None:
        """Call back after prices changed, with the changed underlyings and pinned symbols."""
        raise NotImplementedError

    async def pin(self, symbol: str, bid: Decimal, ask: Decimal, last: Decimal | None = None) -> None:
        """Fix the symbol until `release`; frames are sent and callbacks run before it returns."""
        raise NotImplementedError

    async def release(self, symbol: str) -> None:
        """Let the symbol follow its path again."""
        raise NotImplementedError

    def set_session(self, state: str | None) -> None:
        """`open`, `closed`, or None for the ordinary state, which is open."""
        raise NotImplementedError

    async def run(self) -> None:
        """Tick every 100 ms until cancelled."""
        raise NotImplementedError
