"""Candles show what was pinned, as the frames did; and the record of frames is what went out, whole and bounded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from senexsim.broker.market.dxlink.record import SentFrames
from tests.senexsim.market.conftest import MONDAY_NOON, Bench, Trouble

OPTION, FUTURE = "SPY   261218C00590000", "/ESZ6"


async def candles(bench: Bench, streamer_symbol: str, seconds_back: int = 600) -> list[dict[str, Any]]:
    """The snapshot of minutes, oldest first."""
    since = int((bench.market.clock.now().timestamp() - seconds_back) * 1000)
    names = ["eventFlags", "time", "open", "high", "low", "close"]
    async with bench.link() as link:
        await link.open(1, acceptEventFields={"Candle": names})
        await link.subscribe("Candle", streamer_symbol + "{=1m}", fromTime=since)
        rows: list[list[Any]] = []
        while not rows or not rows[-1][0] & 8:
            flat = (await link.hear("FEED_DATA"))["data"][1]
            rows += [flat[at : at + len(names)] for at in range(0, len(flat), len(names))]
    return [dict(zip(names, row, strict=True)) for row in reversed(rows) if not row[0] & 2]


async def pin(bench: Bench, symbol: str, price: float) -> None:
    width = 0.25 if symbol == FUTURE else 0.05
    body = {"symbol": symbol, "bid": price - width, "ask": price + width, "last": price}
    await bench.post("/_sim/quote", body)


@pytest.mark.parametrize(
    ("symbol", "streamer", "away", "home"),
    [
        ("AAPL", "AAPL", 250.0, 180.0),
        (OPTION, ".SPY261218C590", 40.0, 12.0),
        (FUTURE, "/ESZ26:XCME", 6500.0, 6000.0),
    ],
)
async def test_a_price_that_went_and_came_back_stands_in_the_minutes(
    bench: Bench, symbol: str, streamer: str, away: float, home: float
) -> None:
    bench.market.clock.set(MONDAY_NOON)
    bench.market.clock_moved()
    for price, seconds in ((home, 60), (away, 60), (home, 60)):
        await pin(bench, symbol, price)
        bench.tick()
        bench.market.clock.advance(seconds)
    bench.tick()
    found = await candles(bench, streamer, 200)
    assert max(row["high"] for row in found) == away
    assert found[-1]["close"] == home
    assert [row["time"] for row in found] == sorted({row["time"] for row in found})
    held = [row for row in found if row["high"] == away]
    assert len(held) <= 2, "only the minutes in which it stood there"


async def test_what_is_let_go_follows_its_path_again(bench: Bench) -> None:
    await pin(bench, OPTION, 40.0)
    await bench.post("/_sim/quote", {"symbol": OPTION, "release": True})
    bench.market.clock.advance(120)
    bench.tick()
    found = await candles(bench, ".SPY261218C590")
    assert max(row["high"] for row in found) == 40.0
    assert found[-1]["high"] < 40.0


async def frames(bench: Bench, since: int = 0) -> dict[str, Any]:
    return await bench.get(f"/_sim/frames?since_seq={since}")


async def test_the_record_holds_each_frame_as_it_went_out(bench: Bench) -> None:
    async with bench.link() as link:
        await link.open(1, acceptEventFields={"Quote": ["eventSymbol", "bidPrice"]})
        await link.subscribe("Quote", "AAPL")
        await link.hear("FEED_DATA")
        bench.faults.queue += [Trouble("duplicate"), Trouble("malformed"), Trouble("reset")]
        for bid in (150, 151, 152):
            await bench.post("/_sim/quote", {"symbol": "AAPL", "bid": bid, "ask": bid + 1})
    async with bench.link() as link:
        await link.open(1)
    told = (await frames(bench))["frames"]
    first = [frame["frame"] for frame in told if frame["connection"] == 1]
    data = [text for text in first if "150.0" in text or "151.0" in text]
    assert json.loads(data[0]) == json.loads(data[1]), "the duplicate"
    assert not any("152.0" in text for text in first), "the line was dropped before that frame"
    with pytest.raises(ValueError, match=r"JSON|Expecting|Unterminated"):
        json.loads(first[-1])
    assert {frame["connection"] for frame in told} == {1, 2}
    assert [frame["seq"] for frame in told] == list(range(1, len(told) + 1))
    assert (await frames(bench, told[-1]["seq"]))["frames"] == []
    await bench.get("/_sim/frames?since_seq=x", status=400)


def test_the_record_is_bounded_and_says_what_it_forgot() -> None:
    record = SentFrames(most_frames=3, most_bytes=10)
    for text in ("a", "b", "c", "d"):
        record.sent(1, MONDAY_NOON, text)
    assert ([frame.text for frame in record.since()], record.forgotten) == (["b", "c", "d"], 1)
    record.sent(1, MONDAY_NOON, "x" * 9)
    assert ([frame.text for frame in record.since()], record.forgotten) == (["d", "x" * 9], 3)
    assert [frame.seq for frame in record.since(4)] == [5]
