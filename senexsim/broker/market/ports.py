"""What the market asks of its surroundings: scripted trouble. It must not know how faults are stored."""

from __future__ import annotations

from typing import Protocol


class Fault(Protocol):
    """One scripted trouble, as `/_sim/fault` declares it."""

    @property
    def kind(self) -> str: ...
    @property
    def delay_ms(self) -> int | None: ...
    @property
    def status(self) -> int | None: ...
    @property
    def retry_after(self) -> int | None: ...


class Faults(Protocol):
    """Where scripted trouble is drawn from."""

    def take(self, target: str) -> Fault | None:
        """Consume one count, or draw the probability, of a fault on `target`."""
        ...

    def standing(self, target: str, kind: str) -> bool:
        """True while a fault of that kind is set on `target`; consumes nothing."""
        ...
