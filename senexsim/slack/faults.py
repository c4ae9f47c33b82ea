"""Trouble on order: which fault hits which call, how often, and who is told. It only decides; others obey."""

import asyncio
import fnmatch
import random
from dataclasses import asdict, dataclass, field
from typing import Any

Json = dict[str, Any]

SOCKET_ACTS = ("warning", "refresh_requested", "link_disabled", "too_many_websockets", "kill", "reset")
KINDS: dict[str, frozenset[str]] = {
    "api": frozenset(
        {"delay", "status", "ratelimited", "error", "accepted-then-dropped", "reset", "freeze", "malformed"}
    ),
    "delivery": frozenset(
        {
            "delay",
            "drop",
            "duplicate",
            "reorder",
            "replay",
            "bad-signature",
            "old-timestamp",
            "bad-timestamp",
            "accepted-then-dropped",
        }
    ),
    "socket": frozenset(
        {
            *SOCKET_ACTS,
            "freeze",
            "strict-ack",
            "delay",
            "drop",
            "duplicate",
            "reorder",
            "accepted-then-dropped",
        }
    ),
    "ratelimit": frozenset({"strict", "generous", "off"}),
}


class FaultMalformedError(ValueError):
    """A control that names no fault we have; `str()` says what is wrong."""


@dataclass
class Fault:
    """One rule. Without `count` and `probability` it stands until cleared."""

    target: str
    kind: str
    channel: str | None = None
    type: str | None = None
    count: int | None = None
    probability: float | None = None
    seed: int = 0
    delay_ms: int = 0
    status: int = 500
    retry_after: int = 30
    error: str = "internal_error"
    timestamp: str | None = None
    hits: int = 0
    _random: random.Random = field(default_factory=random.Random, repr=False)

    def matches(self, target: str, channel: str | None, kind_of_delivery: str | None) -> bool:
        if not fnmatch.fnmatchcase(target, self.target):
            return False
        if self.channel is not None and self.channel != channel:
            return False
        return self.type is None or self.type == kind_of_delivery

    def strikes(self) -> bool:
        """Whether it hits this time; uses one of `count` up."""
        if self.count is not None and self.hits >= self.count:
            return False
        if self.probability is not None and self._random.random() >= self.probability:
            return False
        self.hits += 1
        return True

    def as_json(self) -> Json:
        return {key: value for key, value in asdict(self).items() if not key.startswith("_")}


def parse(spec: Json) -> Fault:
    """A Fault from `{target, kind, channel?, type?, count?|probability?, seed?, delay_ms?, …}`.

    Raises FaultMalformedError on an unknown target, kind, field, or a value of the wrong type.
    """
    known = {name for name in Fault.__dataclass_fields__ if name not in {"hits", "_random"}}
    unknown = set(spec) - known
    if unknown:
        raise FaultMalformedError(f"unknown field: {', '.join(sorted(unknown))}")
    target, kind = spec.get("target"), spec.get("kind")
    if not isinstance(target, str) or not isinstance(kind, str):
        raise FaultMalformedError("target and kind are required")
    family = target if target in KINDS else "api"
    if kind not in KINDS[family]:
        raise FaultMalformedError(f"{target} knows no {kind}: {', '.join(sorted(KINDS[family]))}")
    for name in ("count", "seed", "delay_ms", "status", "retry_after"):
        if spec.get(name) is not None and (not isinstance(spec[name], int) or isinstance(spec[name], bool)):
            raise FaultMalformedError(f"{name} must be an integer")
    probability = spec.get("probability")
    if probability is not None and not (isinstance(probability, int | float) and 0 <= probability <= 1):
        raise FaultMalformedError("probability must be between 0 and 1")
    fault = Fault(**{key: value for key, value in spec.items() if value is not None})
    fault._random = random.Random(fault.seed)  # noqa: SLF001 - the constructor of this class, split off for its checks
    return fault


class Faults:
    def __init__(self) -> None:
        self.standing: list[Fault] = []
        self._cleared = asyncio.Event()

    def add(self, fault: Fault) -> None:
        self.standing.append(fault)

    def clear(self) -> None:
        self.standing.clear()
        self._cleared.set()
        self._cleared = asyncio.Event()

    async def thaw(self) -> None:
        """Wait until the faults are cleared."""
        await self._cleared.wait()

    def strike(self, target: str, channel: str | None = None, delivery: str | None = None) -> list[Fault]:
        """The faults that hit this call, in the order they were set."""
        return [f for f in self.standing if f.matches(target, channel, delivery) and f.strikes()]

    def stands(self, target: str, kind: str) -> bool:
        return any(f.target == target and f.kind == kind for f in self.standing)
