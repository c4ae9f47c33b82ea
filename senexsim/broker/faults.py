"""Faults asked for by a test: which request or stream frame goes wrong, how, and how often.

It decides only; doing the damage is the business of the server and the streams.

A `freeze` of `dxlink` stands until it is cleared and has three forms. By itself nothing is read or written on
any of its sockets. With `"scope": "data"` the sockets live on (handshakes, channels, keep-alives) and no
FEED_DATA comes, on new connections neither. With `"symbol": "AAPL"` (tastytrade's or the streamer's name; an
underlying's options go on) only that symbol stands still, snapshots of new subscriptions included. The
REST prices move on in every form; afterwards the newest values come.
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
    {"target", "kind", "count", "probability", "seed", "delay_ms", "status", "retry_after", "scope", "symbol"}
)
SCOPES: Final = frozenset({"socket", "data", "symbol"})


@dataclass(frozen=True)
class Fault:
    """One drawn fault; times in milliseconds, `retry_after` in seconds.

    `status` counts for the kind `status`; where it was given (`status_given`), also for the kinds that act
    and lose the answer: then a page with that status is sent instead of nothing. `scope` and `symbol` count
    for a freeze of `dxlink`.
    """

    kind: str
    delay_ms: int = 0
    status: int = 500
    retry_after: int | None = None
    status_given: bool = False
    scope: str = "socket"
    symbol: str = ""


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

    def view(self) -> dict[str, Any]:
        fault = self.fault
        return {
            "target": self.target,
            "kind": fault.kind,
            "left": self.left,
            "scope": fault.scope,
            "symbol": fault.symbol,
        }


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

    def views(self) -> list[dict[str, Any]]:
        """Those that stand."""
        return [rule.view() for rule in self.rules if rule.left != 0]

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
        """Whether a fault of that kind lies on the whole target, without consuming it (freeze of a stream)."""
        return any(
            rule.fault.kind == kind and rule.fault.scope == "socket" and rule.matches(target)
            for rule in self.rules
        )

    def data_stand_still(self, target: str) -> bool:
        """Whether the target's data are frozen while its keep-alives go on."""
        return any(rule.fault.scope == "data" and rule.matches(target) for rule in self.rules)

    def symbols_standing_still(self, target: str) -> frozenset[str]:
        """The symbols that are frozen by themselves."""
        return frozenset(
            rule.fault.symbol for rule in self.rules if rule.fault.symbol and rule.matches(target)
        )


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
    scope, symbol = _frozen_part(wanted)
    lasting = kind == "expired-grant" or (kind == "freeze" and target in STREAMS)
    if count is None and probability is None and not lasting:
        count = 1
    fault = Fault(
        kind=str(kind),
        delay_ms=int(wanted.get("delay_ms") or 0),
        status=int(wanted.get("status") or 500),
        retry_after=None if wanted.get("retry_after") is None else int(wanted["retry_after"]),
        status_given=wanted.get("status") is not None,
        scope=scope,
        symbol=symbol,
    )
    chance = None if probability is None else float(probability)
    return Rule(target, fault, count, chance, random.Random(wanted.get("seed", 1)))


def _frozen_part(wanted: Mapping[str, Any]) -> tuple[str, str]:
    """`scope` and `symbol` as asked; the symbol alone implies its scope."""
    scope, symbol = wanted.get("scope"), wanted.get("symbol")
    if scope is None and symbol is None:
        return "socket", ""
    if (wanted.get("target"), wanted.get("kind")) != ("dxlink", "freeze"):
        raise ValueError("scope and symbol belong to the kind freeze of the target dxlink")
    if scope is None:
        scope = "symbol"
    if scope not in SCOPES:
        raise ValueError(f"scope: one of {', '.join(sorted(SCOPES))}")
    if (scope == "symbol") != (isinstance(symbol, str) and bool(symbol)):
        raise ValueError('symbol: one symbol, with the scope "symbol" and no other')
    return str(scope), symbol or ""
