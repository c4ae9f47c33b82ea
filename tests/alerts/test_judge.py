"""The judge: what crossed in the frames that went out on our connection was told, and whatever else was told is marked
(I41, I46, I54; faults F56 to F65 of market data, F14 to F22 of Slack, F69 of the disk, F86 of the process).

The crossings are worked out here, from the simulator's record and by other code than the bot's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import random
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from senexbot.domain.alerting.rules import AlertRule, RuleState
from tests.alerts.live import PATIENCE, Live, live

pytestmark = pytest.mark.asyncio(loop_scope="module")
SPEED = 25.0
SEEDS = int(os.environ.get("JUDGE_SEEDS", "1"))  # of each trouble of the line; more in `make proof`
EACH_SEED = pytest.mark.parametrize("seed", range(SEEDS))  # a test each: its time limit is for one
SYMBOL = "AAPL"
MARKS = ("possible repeat", "seen late", "found in the candles")
FAR = 0.1
Json = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """One alert of the judge: its level, on which side, from which frame on."""

    rule: AlertRule
    level: float
    is_above: bool
    since: int
    symbol: str = SYMBOL

    def beyond(self, price: float) -> bool:
        return price > self.level if self.is_above else price < self.level

    @property
    def words(self) -> str:
        return f"{'over' if self.is_above else 'under'} {self.level:.2f}"


# --- the judge's own eyes --------------------------------------------------------------------------


def prints(frames: list[Json], symbol: str = SYMBOL) -> list[tuple[int, float]]:
    """Every last trade that was sent, as (frame, price): what can be read, in the order in which it went out."""
    layouts: dict[int, list[str]] = {}
    found: list[tuple[int, float]] = []
    for frame in frames:
        try:
            message = json.loads(frame["frame"])
        except ValueError:
            continue
        connection = frame["connection"]
        if message.get("type") == "FEED_CONFIG" and "Trade" in message.get("eventFields", {}):
            layouts[connection] = message["eventFields"]["Trade"]
        if message.get("type") != "FEED_DATA" or message["data"][0] != "Trade":
            continue
        names, flat = layouts[connection], message["data"][1]
        for at in range(0, len(flat), len(names)):
            row = dict(zip(names, flat[at : at + len(names)], strict=True))
            if row["eventSymbol"] == symbol and isinstance(row["price"], int | float):
                found.append((frame["seq"], float(row["price"])))
    return found


def confirmed(told: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Without nonsense; one that is far from the last is confirmed by the next one near it."""
    last: float | None = None
    held: tuple[int, float] | None = None
    found: list[tuple[int, float]] = []
    for seq, price in told:
        if price <= 0:
            continue
        if last is None or abs(price - last) <= FAR * last:
            held = None
        elif held is None or abs(price - held[1]) > FAR * held[1]:
            held = seq, price
            continue
        else:
            found.append(held)
            held = None
        found.append((seq, price))
        last = price
    return found


def newest_sent(frames: list[Json], symbol: str = SYMBOL) -> float:
    told = confirmed(prints(frames, symbol))
    return told[-1][1] if told else math.nan


def crossed(wanted: Wanted, told: list[tuple[int, float]]) -> bool:
    """Whether it was beyond its level since the alert was set: it stood before it then, so it moved through."""
    return any(wanted.beyond(price) for seq, price in told if seq > wanted.since)


def mentions(posts: list[str], wanted: Wanted) -> list[str]:
    return [post for post in posts if re.search(f"{wanted.symbol} .*{re.escape(wanted.words)}(?!\\d)", post)]


def is_marked(post: str, wanted: Wanted) -> bool:
    """In a message of many, on its own line."""
    lines = [line for line in post.lower().splitlines() if wanted.words in line]
    return any(mark in post.lower().splitlines()[0] for mark in MARKS) or all(
        any(mark in line for mark in MARKS) for line in lines
    )


# --- the desk --------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    path: Path = tmp_path_factory.mktemp("judge")
    async with live(path, speed=SPEED) as running:
        await running.fault("slack", target="ratelimit", kind="off")
        await running.watch(f"{SYMBOL} > 99999.01")  # so that the line stays when all others have fired
        yield running


async def alerts_around(desk: Live, draw: random.Random, price: float, channel: str) -> list[Wanted]:
    """Five levels on both sides: as many as a message of many names."""
    found = []
    for n in range(5):
        is_above = n % 2 == 0
        away = price * draw.uniform(0.002, 0.02)
        level = int((price + away if is_above else price - away) * 10) / 10 + 0.01 + n * 0.02
        level = round(level, 2)
        newest = (await desk.frames())[-1]["seq"]
        rule = await desk.watch(f"{SYMBOL} {'>' if is_above else '<'} {level:.2f}", channel=channel)
        found.append(Wanted(rule, level, is_above, newest))
    return found


async def walk(desk: Live, draw: random.Random, price: float, steps: int = 10) -> None:
    """Far and back, so that some levels are crossed between two looks."""
    for _ in range(steps):
        await desk.pin(SYMBOL, round(price * draw.uniform(0.975, 1.025), 2))
        if draw.random() < 0.3:
            await asyncio.sleep(draw.uniform(0.0, 0.1))
    await desk.pin(SYMBOL, price)


async def settled_at(desk: Live, price: float) -> None:
    """Nothing of another test is on its way any more, and the watch stands at this price."""
    await desk.pin(SYMBOL, price + 0.5)
    await desk.pin(SYMBOL, price)
    await desk.heard(SYMBOL, lambda _: price)


async def told_to(desk: Live, room: str, owned: list[str]) -> list[str]:
    """Everything in the room, and what came to the owner instead: it was not among `owned`."""
    return await desk.posts(room) + [post for post in await desk.posts() if post not in owned]


async def all_told(desk: Live, room: str, owned: list[str], must: list[Wanted], which: str) -> None:
    posts: list[str] = []
    try:
        async with asyncio.timeout(PATIENCE):
            while not all(mentions(posts, one) for one in must):
                await asyncio.sleep(0.02 if posts else 0)
                posts = await told_to(desk, room, owned)
    except TimeoutError:
        missing = [one.words for one in must if not mentions(posts, one)]
        pytest.fail(f"{which}: crossed and not told: {missing}\n" + "\n---\n".join(posts))


Trouble = Callable[[Live, random.Random], Awaitable[None]]


async def judged(
    desk: Live, seed: int, begin: Trouble, end: Trouble, *, while_blind: bool = False, after: int = 3
) -> None:
    """`after`: steps when the trouble is over; with none, what the trouble hid has no second chance."""
    draw = random.Random(seed)
    owned = await desk.posts()  # what the person was told directly before
    price = round(draw.uniform(186, 194), 2)  # near enough to each other's that no move is a spike
    await settled_at(desk, price)
    room = desk.room(f"judge-{seed}")
    wanted = await alerts_around(desk, draw, price, room)
    states = [(await desk.state(one.rule)).state for one in wanted]
    assert states == [RuleState.ARMED] * len(wanted), "something of another test was on its way still"
    try:
        await begin(desk, draw)
        await walk(desk, draw, price)
        await end(desk, draw)
        await walk(desk, draw, price, steps=after)
        await desk.heard(SYMBOL, newest_sent)
        told = confirmed(prints(await desk.frames()))
        must = [one for one in wanted if crossed(one, told)]
        await all_told(desk, room, owned, must, f"seed {seed}")
        await desk.quiet()
        posts = await told_to(desk, room, owned)
        for one in wanted:
            found = mentions(posts, one)
            loose = [post for post in found if not is_marked(post, one)]
            most = 1 if one in must else 0
            assert len(loose) <= most, f"seed {seed}: {one.words} told unmarked\n" + "\n---\n".join(loose)
        if while_blind:
            assert must or any(mentions(posts, one) for one in wanted), "the walk crossed nothing"
    finally:
        await desk.clear()
        await desk.clear("slack")
        await desk.fault("slack", target="ratelimit", kind="off")
        await desk.forget(*(one.rule for one in wanted))


def broker_fault(*more: Json, **wanted: Any) -> Trouble:
    async def begin(desk: Live, _: random.Random) -> None:
        for one in (*more, wanted):
            await desk.fault(**one)

    return begin


REFUSED = {"target": "dxlink", "kind": "status", "status": 502, "count": 2}
NO_TOKEN = {"target": "GET /api-quote-tokens", "kind": "status", "status": 500, "count": 1}


def slack_fault(**wanted: Any) -> Trouble:
    async def begin(desk: Live, _: random.Random) -> None:
        await desk.fault("slack", **wanted)

    return begin


async def nothing(_: Live, __: random.Random) -> None:
    return


async def clear(desk: Live, _: random.Random) -> None:
    await desk.clear()


async def flood(desk: Live, draw: random.Random) -> None:
    """F63: far more prices than anybody looks at one by one, of this symbol and of others."""
    market = desk.broker.market
    for n in range(300):
        name = (SYMBOL, "SPY", "QQQ")[n % 3]
        price = market.books[name].visible[2] * Decimal(str(round(draw.uniform(0.997, 1.003), 4)))
        last = price.quantize(Decimal("0.01"))
        await market.pin(name, last - Decimal("0.05"), last + Decimal("0.05"), last)
    for name in ("SPY", "QQQ"):
        await market.release(name)


async def halted(desk: Live, _: random.Random) -> None:
    await desk.sim("/_sim/halt", {"symbol": SYMBOL, "halted": True})


async def resumed(desk: Live, _: random.Random) -> None:
    await desk.sim("/_sim/halt", {"symbol": SYMBOL, "halted": False})


async def watch_dies(desk: Live, draw: random.Random) -> None:
    """F86: quietly, amid prices; somebody begins it again."""
    assert desk.house is not None
    await desk.pin(SYMBOL, float(desk.broker.market.books[SYMBOL].visible[2]) * 1.001)
    dead = tuple(desk.house.engine._running.values())
    for one in dead:
        one.task.cancel()
    await walk(desk, draw, float(desk.broker.market.books[SYMBOL].visible[2]), steps=3)
    async with asyncio.timeout(PATIENCE):
        while any(one in dead for one in desk.house.engine._running.values()):
            await asyncio.sleep(0.02)


class DiskHeld:
    """F69: somebody else writes to the database, for as long as the walk lasts."""

    def __init__(self) -> None:
        self._held: sqlite3.Connection | None = None

    async def begin(self, desk: Live, _: random.Random) -> None:
        self._held = sqlite3.connect(desk.home.path, timeout=0, isolation_level=None)
        async with asyncio.timeout(PATIENCE):
            while not self._held.in_transaction:
                with contextlib.suppress(sqlite3.OperationalError):  # the bot, in this same loop, is writing
                    self._held.execute("BEGIN IMMEDIATE")
                await asyncio.sleep(0)

    async def end(self, _: Live, __: random.Random) -> None:
        assert self._held is not None
        with contextlib.closing(self._held):
            self._held.execute("ROLLBACK")


BROKEN = {
    "no trouble": nothing,
    "F60 the line breaks": broker_fault(target="dxlink", kind="reset", count=1),
    "F60 it breaks again and again": broker_fault(target="dxlink", kind="reset", probability=0.3, seed=5),
    "F57 the line breaks and is refused": broker_fault(REFUSED, target="dxlink", kind="reset", count=1),
    "F59 the line breaks and no token comes": broker_fault(NO_TOKEN, target="dxlink", kind="reset", count=1),
    "F53 frames come twice": broker_fault(target="dxlink", kind="duplicate", probability=0.5, seed=2),
    "F51 frames change places": broker_fault(target="dxlink", kind="reorder", probability=0.4, seed=3),
    "F61 frames are cut": broker_fault(target="dxlink", kind="malformed", probability=0.3, seed=4),
    "F58 frames come late": broker_fault(target="dxlink", kind="delay", probability=0.5, seed=6, delay_ms=60),
}


@EACH_SEED
@pytest.mark.parametrize("name", BROKEN)
async def test_i41_every_crossing_on_the_wire_is_told(desk: Live, name: str, seed: int) -> None:
    await judged(desk, 100 * seed + list(BROKEN).index(name), BROKEN[name], clear)


DEAF = {
    "F56 the socket freezes": broker_fault(target="dxlink", kind="freeze"),
    "F56 the data freeze, the keep-alives go on": broker_fault(target="dxlink", kind="freeze", scope="data"),
}


@EACH_SEED
@pytest.mark.parametrize("name", DEAF)
async def test_i47_what_crosses_in_a_blind_time_is_told_late_or_from_candles(
    desk: Live, name: str, seed: int
) -> None:
    async def noticed(desk: Live, _: random.Random) -> None:
        await desk.blind()
        await desk.clear()

    await judged(desk, 100 * seed + 31 + list(DEAF).index(name), DEAF[name], noticed, while_blind=True)


HELD = DiskHeld()
STRANGE: dict[str, tuple[Trouble, Trouble]] = {
    "F63 far more prices than usual": (flood, nothing),
    "F65 trading is halted and goes on": (halted, resumed),
    "F69 somebody else writes to the database": (HELD.begin, HELD.end),
    "F86 the watch dies quietly": (watch_dies, nothing),
}


@EACH_SEED
@pytest.mark.parametrize("name", STRANGE)
async def test_i41_every_crossing_is_told_whatever_happens_to_market_disk_and_process(
    desk: Live, name: str, seed: int
) -> None:
    await judged(desk, 100 * seed + 41 + list(STRANGE).index(name), *STRANGE[name], after=0)


async def test_f64_alerts_come_and_go_while_the_line_is_down(desk: Live) -> None:
    """A new symbol, a new level and one that is deleted: each is judged from the line that comes back."""
    await settled_at(desk, 190.0)
    await desk.pin("MSFT", 400.0)
    room = desk.room("down")
    gone = await desk.watch(f"{SYMBOL} > 192.55", channel=room)
    for fault in (NO_TOKEN | {"count": 1000}, {"target": "dxlink", "kind": "reset", "count": 1}):
        await desk.fault(**fault)
    await desk.pin(SYMBOL, 190.01)
    await desk.down()
    newest = (await desk.frames())[-1]["seq"]
    rules = [
        await desk.watch(f"{SYMBOL} > 191.55", channel=room),
        await desk.watch("MSFT > 403.55", symbol="MSFT", channel=room),
    ]
    wanted = [
        Wanted(rules[0], 191.55, True, newest),
        Wanted(rules[1], 403.55, True, newest, "MSFT"),
    ]
    await desk.forget(gone)
    await desk.clear()
    await desk.watching(SYMBOL, "MSFT")
    for symbol, price in ((SYMBOL, 193.0), (SYMBOL, 190.0), ("MSFT", 404.0), ("MSFT", 400.0)):
        await desk.pin(symbol, price)
    frames = await desk.frames()
    assert all(crossed(one, confirmed(prints(frames, one.symbol))) for one in wanted)
    posts = await desk.until(lambda posts: all(mentions(posts, one) for one in wanted), channel=room)
    await desk.quiet()
    assert not mentions(posts, Wanted(gone, 192.55, True, newest)), "it was deleted while the line was down"
    await desk.forget(*rules)


SILENT = {
    "F14 the answer is lost": slack_fault(target="chat.postMessage", kind="accepted-then-dropped", count=2),
    "F15 too many requests": slack_fault(
        target="chat.postMessage", kind="ratelimited", count=2, retry_after=1
    ),
    "F22 a page with 502": slack_fault(target="chat.postMessage", kind="status", status=502, count=2),
    "F16 the channel is gone": slack_fault(
        target="chat.postMessage", kind="error", error="is_archived", count=1
    ),
    "F22 a page instead of an answer": slack_fault(target="chat.postMessage", kind="malformed", count=2),
    "F14 the connection breaks": slack_fault(target="chat.postMessage", kind="reset", count=2),
}


@EACH_SEED
@pytest.mark.parametrize("name", SILENT)
async def test_i42_trouble_of_slack_loses_no_alert(desk: Live, name: str, seed: int) -> None:
    await judged(desk, 100 * seed + 51 + list(SILENT).index(name), SILENT[name], nothing)


@EACH_SEED
async def test_f61_nonsense_is_never_told(desk: Live, seed: int) -> None:
    """Beside the levels that real prices cross stand two that only nonsense is beyond."""

    async def nonsense(desk: Live, draw: random.Random) -> None:
        price = desk.broker.market.books[SYMBOL].visible[2]
        for last in (0, -5, float(price) * 10, float(price)):
            quote = {"symbol": SYMBOL, "bid": float(price) - 0.05, "ask": float(price) + 0.05, "last": last}
            await desk.sim("/_sim/quote", quote)

    far = [
        await desk.watch(f"{SYMBOL} {level}", channel=desk.room("far")) for level in ("> 900.01", "< 20.01")
    ]
    await judged(desk, 100 * seed + 71, nonsense, nothing)
    assert [(await desk.state(one)).state for one in far] == [RuleState.ARMED] * 2
    await desk.forget(*far)


async def test_f62_a_price_that_jitters_round_a_level_is_told_once(desk: Live) -> None:
    await settled_at(desk, 190.0)
    room = desk.room("jitter")
    rule = await desk.watch(f"{SYMBOL} > 190.07 every time", channel=room)
    for n in range(120):
        await desk.pin(SYMBOL, 190.06 + 0.03 * (n % 2), width=0.01)
    await desk.pin(SYMBOL, 190.0)
    await desk.until(lambda posts: any("over 190.07" in post for post in posts), channel=room)
    await desk.quiet()
    assert sum("over 190.07" in post for post in await desk.posts(room)) == 1
    await desk.forget(rule)
