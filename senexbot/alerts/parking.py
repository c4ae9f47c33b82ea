"""Alerts over an instrument that the broker does not know (any more) are parked, with the reason, and taken up again
when it does; their owners are told of both (F65). Asked only about those of which the feed has told nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import structlog

from senexbot.alerts.storing import Storing
from senexbot.domain.alerting.rules import AlertRule, RuleState, Watched, parked, unparked
from senexbot.domain.errors import BrokerFault
from senexbot.domain.links import Link
from senexbot.ports import BrokerReads, Clock

log = structlog.get_logger()
ROUND_SECONDS = 60.0
AGAIN_SECONDS = 900.0  # between two questions about one instrument
NOT_LISTED = "is not listed at tastytrade"


def reason_of(watched: Watched) -> str:
    return f"{watched.words} {NOT_LISTED}"


class Watch(Protocol):
    """What is asked of the watch whose alerts these are."""

    def silent(self) -> tuple[AlertRule, ...]: ...

    def let_go(self, rule: AlertRule) -> None: ...


Tell = Callable[[str, str, tuple[tuple[str, str], ...], str], Awaitable[None]]  # kind, owner, params, dedupe


class Parking:
    def __init__(
        self, *, link: Link, reads: BrokerReads, clock: Clock, storing: Storing, watch: Watch, tell: Tell
    ) -> None:
        self._link = link
        self._reads = reads
        self._clock = clock
        self._storing = storing
        self._watch = watch
        self._tell = tell
        self._parked: tuple[AlertRule, ...] = ()
        self._asked: dict[
            str, tuple[float, bool]
        ] = {}  # by the broker's symbol: when, and whether it is listed

    def load(self, rules: Sequence[AlertRule]) -> None:
        """All of this link. Those parked for another reason are others' to take up."""
        self._parked = tuple(
            rule for rule in rules if rule.state is RuleState.PARKED and rule.reason.endswith(NOT_LISTED)
        )

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._clock.sleep(ROUND_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Nothing is parked for a question that was not answered."""
        moves: list[AlertRule] = []
        for rule in self._watch.silent():
            missing = await self._missing(rule)
            if missing is not None:
                moves.append(parked(rule, reason_of(missing)))
        for rule in self._parked:
            if await self._missing(rule, default=rule.instruments[0]) is None:
                moves.append(unparked(rule))
        self._parked = ()  # until they are loaded again, as they are then
        for rule in (await self._storing.save(moves)).stored:
            self._watch.let_go(rule)
            await self._say(rule)

    async def _say(self, rule: AlertRule) -> None:
        kind = "alert_parked" if rule.state is RuleState.PARKED else "alert_unparked"
        params = (("number", str(rule.number)), ("words", rule.text), ("reason", rule.reason))
        await self._tell(kind, rule.owner, params, f"{rule.id}:{rule.version}")

    async def _missing(self, rule: AlertRule, default: Watched | None = None) -> Watched | None:
        """The first instrument that is not listed; `default` when that cannot be told."""
        try:
            for one in rule.instruments:
                if not await self._is_listed(one.broker_symbol):
                    return one
        except BrokerFault as fault:
            log.info("alerts.listing_unread", code=fault.code)
            return default
        return None

    async def _is_listed(self, symbol: str) -> bool:
        now = self._clock.monotonic()
        known = self._asked.get(symbol)
        if known is not None and now - known[0] < AGAIN_SECONDS:
            return known[1]
        listed = await self._reads.instrument(self._link.id, symbol) is not None
        self._asked[symbol] = (now, listed)
        return listed
