"""Faults asked for by a test: which request or stream frame goes wrong, how, and how often.

It decides only; doing the damage is the business of the server and the streams.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

KINDS: Final = frozenset(
    {
        "delay",
        "status",
        "accepted-then-dropped",
        "reset",
        "freeze",
        "duplicate",
        "reorder",
        "malformed",
        "late-effect",
        "late-listing",
        "expired-grant",
        "rate-limit",
    }
)
STREAMS: Final = frozenset({"account-stream", "dxlink"})
KEYS: Final = frozenset(
    {"target", "kind", "count", "probability", "seed", "delay_ms", "status", "retry_after"}
)


@dataclass(frozen=True)
class Fault:
    """One drawn fault; times in milliseconds, `retry_after` in seconds.

    `status` counts for the kind `status`; where it was given (`status_given`), also for the kinds that act
    and lose the answer: then a page with that status is sent instead of nothing.
    """

    kind: str
    delay_ms: int = 0
    status: int = 500
    retry_after: int | None = None
    status_given: bool = False


@dataclass
class Rule:
    """A standing order for faults: so many times, or with a seeded probability each time."""

    target: str
    fault: Fault
    left: int | None
    probability: float | None
    draw: random.Random
    pattern: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        self.pattern = _glob(self.target)

    def matches(self, target: str) -> bool:
        return self.left != 0 and self.pattern.fullmatch(target) is not None

    def strikes(self) -> bool:
        if self.probability is not None and self.draw.random() >= self.probability:
            return False
        if self.left is not None:
            self.left -= 1
        return True


def _glob(target: str) -> re.Pattern[str]:
    """`*` stands for one path segment, at the end for all the rest, as the method for any method."""
    method, _, path = target.strip().partition(" ")
    if not path:
        return re.compile(re.escape(method))
    head = "[A-Z]+" if method == "*" else re.escape(method.upper())
    parts = [re.escape(part) for part in path.split("*")]
    body = "[^/]+".join(parts[:-1]) + (".*" if path.endswith("*") else "[^/]+" if parts[:-1] else "")
    return re.compile(f"{head} {body}{parts[-1]}")


class Faults:
    """The table of rules; the first matching rule that strikes wins."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def add(self, wanted: Mapping[str, Any]) -> Rule:
        """Add a rule from the control's body. Raises ValueError with words for a malformed one."""
        rule = _rule(wanted)
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        self.rules.clear()

    def take(self, target: str, among: Iterable[str] | None = None) -> Fault | None:
        """Consume one fault for this request or frame.

        `target` is `"POST /accounts/5WT00001/orders"`, `"account-stream"` or `"dxlink"`. A freeze of a
        stream is never taken: it stands. `among` limits the kinds looked at.
        """
        for rule in self.rules:
            kind = rule.fault.kind
            if (kind == "freeze" and target in STREAMS) or (among is not None and kind not in among):
                continue
            if rule.matches(target) and rule.strikes():
                return rule.fault
        return None

    def standing(self, target: str, kind: str) -> bool:
        """Whether a fault of that kind lies on the target, without consuming it (freeze of a stream)."""
        return any(rule.fault.kind == kind and rule.matches(target) for rule in self.rules)


def _rule(wanted: Mapping[str, Any]) -> Rule:
    target, kind = wanted.get("target"), wanted.get("kind")
    if unknown := set(wanted) - KEYS:
        raise ValueError(f"unknown keys: {', '.join(sorted(unknown))}")
    if not isinstance(target, str) or (target not in STREAMS and " /" not in target):
        raise ValueError('target: "METHOD /path" with * for a segment, "account-stream" or "dxlink"')
    if str(kind) not in KINDS:
        raise ValueError(f"kind: one of {', '.join(sorted(KINDS))}")
    count, probability = wanted.get("count"), wanted.get("probability")
    if count is not None and (not isinstance(count, int) or count < 1):
        raise ValueError("count: a whole number from 1")
    if probability is not None and not 0 < float(probability) <= 1:
        raise ValueError("probability: above 0, at most 1")
    lasting = kind == "expired-grant" or (kind == "freeze" and target in STREAMS)
    if count is None and probability is None and not lasting:
        count = 1
    fault = Fault(
        kind=str(kind),
        delay_ms=int(wanted.get("delay_ms") or 0),
        status=int(wanted.get("status") or 500),
        retry_after=None if wanted.get("retry_after") is None else int(wanted["retry_after"]),
        status_given=wanted.get("status") is not None,
    )
    chance = None if probability is None else float(probability)
    return Rule(target, fault, count, chance, random.Random(wanted.get("seed", 1)))
