"""A thousand alerts at once into one room, on a virtual clock with Slack's limits as its simulator has them, strictly."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from benchmarks.figures import Figures, Goal, Row, Sizes
from senexbot.blocks.kit import Message
from senexbot.domain.errors import MessengerRateLimited
from senexbot.domain.routing.entry import TOLD
from senexbot.services.alerts.routing import raise_all
from senexbot.services.news.outbox import Relay
from senexbot.store.engine import SqlStore
from senexsim.slack.limits import TIERS, Limits
from tests.domain.routing.builders import an_alert
from tests.fakes.slack import HandMessenger
from tests.services.house import RULES
from tests.stores import HandClock, sqlite_home

ROOM, ELSEWHERE = "C1", "C2"


class VirtualClock(HandClock):
    """Time passes where somebody sleeps, and not before all has been raised: it is raised at once."""

    def __init__(self) -> None:
        super().__init__()
        self.runs = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        until = self.monotonic() + seconds
        await self.runs.wait()
        while self.monotonic() < until:
            self.advance(min(0.05, until - self.monotonic()))
            await asyncio.sleep(0)


@dataclass
class _Time:
    """The simulator's clock, by ours."""

    clock: HandClock

    def now(self) -> float:
        return self.clock.monotonic()


@dataclass
class LimitedSlack(HandMessenger):
    """Refuses what is over the limits, and counts it; keeps who was told when."""

    clock: HandClock = field(default_factory=HandClock)
    limits: Limits | None = None
    refused: int = 0
    told: list[tuple[str, datetime]] = field(default_factory=list)
    elsewhere: asyncio.Event = field(default_factory=asyncio.Event)

    def _take(self, channel: str, method: str) -> None:
        assert self.limits is not None
        wait = self.limits.post(channel) if method == "chat.postMessage" else None
        wait = wait or self.limits.call(method, "3" if method == "chat.update" else "special")
        if wait is not None:
            self.refused += 1
            raise MessengerRateLimited(wait)
        self.told.append((channel, self.clock.now()))
        if channel == ELSEWHERE:
            self.elsewhere.set()

    async def post(self, channel: str, message: Message, *, thread_ts: str | None = None) -> str:
        self._take(channel, "chat.postMessage")
        return await super().post(channel, message, thread_ts=thread_ts)

    async def update(self, channel: str, ts: str, message: Message) -> None:
        self._take(channel, "chat.update")
        await super().update(channel, ts, message)


@dataclass(frozen=True, slots=True)
class Outcome:
    """`seconds`: until the last was told; `lone`: until the one elsewhere was; `posts`: messages in the room."""

    seconds: float
    lone: float
    posts: int


async def run(sizes: Sizes) -> list[Row]:
    many = sizes.of(1_000, 50)
    found = [await burst(many, at_once=at_once) for at_once in (True, False)]
    longest, most = max(one.seconds for one in found), max(one.posts for one in found)
    lone = max(one.lone for one in found)
    title = f"{many:,} alerts at once, one room"
    rows = (
        (f"{title}: the last told after", longest, "s", 5),
        (f"{title}: messages", float(most), "messages", 3),
        ("a lone alert elsewhere told after", lone, "s", 0),
    )
    return [
        Row(what, Figures((value,), unit), goal=Goal(bound, at_least=False, absolute=True))
        for what, value, unit, bound in rows
    ]


async def burst(many: int, *, at_once: bool) -> Outcome:
    """`at_once`: in one transaction; else in one for each, while the relay runs. Fails when one is lost or doubled,
    or a call was over the limit."""
    clock = VirtualClock()
    limits = Limits(_Time(clock))  # type: ignore[arg-type]  # the simulator's clock has more, which limits do not ask
    limits.mode = "strict"
    assert TIERS["3"] == 50
    slack = LimitedSlack(clock=clock, limits=limits)
    with tempfile.TemporaryDirectory() as place:
        async with sqlite_home(Path(place), clock=clock) as home:
            store = await home.open()
            relay = Relay(store=store, messenger=slack, clock=clock, rules=RULES, owner="bench")
            began = clock.now()
            alerts = [an_alert(n, at=began, owner=f"U{n % 6}", symbol=f"SYM{n % 9}") for n in range(many)]
            for batch in [alerts] if at_once else [[one] for one in alerts]:
                async with store.begin() as tx:
                    await raise_all(tx, batch, now=clock.now())
                if not at_once:
                    await relay.drain()
            async with store.begin() as tx:
                await raise_all(
                    tx, [an_alert(many, at=began, channel=ELSEWHERE, owner="U9")], now=clock.now()
                )
            lone = (await _told_elsewhere(relay, slack) - began).total_seconds()
            clock.runs.set()
            await _drained(relay, store, clock)
            await _all_told_once(store, alerts_of=many)
    assert slack.refused == 0, "a call was over the limit"
    last = max(at for channel, at in slack.told if channel == ROOM)
    posts = sum(channel == ROOM for channel, _ in slack.posted)
    return Outcome((last - began).total_seconds(), lone, posts)


async def _told_elsewhere(relay: Relay, slack: LimitedSlack) -> datetime:
    """A queue of rooms is worked on side by side: nobody waits for the full one."""
    await relay.drain()
    async with asyncio.timeout(60):
        await slack.elsewhere.wait()
    return next(at for channel, at in slack.told if channel == ELSEWHERE)


async def _drained(relay: Relay, store: SqlStore, clock: HandClock) -> None:
    while True:
        while await relay.drain():
            await relay.settle()
        await relay.settle()
        async with store.read() as tx:
            if not await tx.outbox.depth():
                return
        clock.advance(0.1)


async def _all_told_once(store: SqlStore, *, alerts_of: int) -> None:
    async with store.read() as tx:
        entries = await tx.alerts.numbered(range(1, alerts_of + 2))
        messages = {(entry.channel, entry.ts) for entry in entries}
        counted = [await tx.alerts.in_message(*message, 1) for message in messages]
    assert len(entries) == alerts_of + 1
    assert all(entry.outcome in TOLD for entry in entries), "one was not told"
    assert sum(held.count for held in counted if held) == len(entries), "one was told twice"
