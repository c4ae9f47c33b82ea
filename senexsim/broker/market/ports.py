"""What the market asks of its surroundings: scripted trouble. It must not know how faults are stored."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class Fault(Protocol):
    """One drawn trouble, as `/_sim/fault` declares it; `retry_after` in seconds."""

    @property
    def kind(self) -> str: ...
    @property
    def delay_ms(self) -> int: ...
    @property
    def status(self) -> int: ...
    @property
    def retry_after(self) -> float | None: ...


class Faults(Protocol):
    """Where scripted trouble is drawn from."""

    def take(self, target: str, among: Iterable[str] | None = None) -> Fault | None:
        """Consume one count, or draw the probability, of a fault on `target` of one of those kinds."""
        ...

    def standing(self, target: str, kind: str) -> bool:
        """True while a fault of that kind is set on all of `target`; consumes nothing."""
        ...

    def data_stand_still(self, target: str) -> bool:
        """True while the data of `target` are frozen and its keep-alives are not."""
        ...

    def symbols_standing_still(self, target: str) -> frozenset[str]:
        """Symbols of `target` that are frozen by themselves, under any of their names."""
        ...
