"""`/_sim/quote` and `/_sim/clock`: what they do, and their words for what they cannot."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from .conftest import Bench


async def test_pin_and_release(bench: Bench) -> None:
    pinned = await bench.post("/_sim/quote", {"symbol": "AAPL", "bid": "190.10", "ask": 190.2})
    assert pinned == {
        "ok": True,
        "quote": {"symbol": "AAPL", "bid": "190.1", "ask": "190.2", "last": "190.15"},
    }
    bench.tick(5)
    assert bench.market.quote("AAPL").last == Decimal("190.15")
    rows = (await bench.get("/market-data/by-type?equity=AAPL"))["data"]["items"]
    assert (rows[0]["bid"], rows[0]["ask"], rows[0]["last"]) == ("190.1", "190.2", "190.15")
    await bench.post("/_sim/quote", {"symbol": "AAPL", "release": True})
    assert bench.market.quote("AAPL").last != Decimal("190.15")


async def test_listeners_run_before_a_pin_answers(bench: Bench) -> None:
    told: list[frozenset[str]] = []
    bench.market.on_tick(told.append)
    await bench.post("/_sim/quote", {"symbol": "SPY   261218C00590000", "bid": 1, "ask": 1.1, "last": 1.05})
    assert told == [{"SPY   261218C00590000"}]


async def test_bad_prints_can_be_pinned_f61(bench: Bench) -> None:
    """F61: zero, negative, crossed and far-off quotes are part of a market's life."""
    for bid, ask in ((0, 0), (-1, 1), (200, 190), (1870, 1871)):
        await bench.post("/_sim/quote", {"symbol": "AAPL", "bid": bid, "ask": ask})
        assert bench.market.quote("AAPL").bid == bid


@pytest.mark.parametrize(
    ("path", "body", "status", "word"),
    [
        ("quote", {}, 400, "symbol"),
        ("quote", {"symbol": "NOSUCH", "bid": 1, "ask": 2}, 404, "nothing is listed"),
        ("quote", {"symbol": "AAPL"}, 400, "bid"),
        ("quote", {"symbol": "AAPL", "bid": 1}, 400, "ask"),
        ("quote", {"symbol": "AAPL", "bid": "dear", "ask": 2}, 400, "not a number"),
        ("quote", {"symbol": "AAPL", "bid": "NaN", "ask": 2}, 400, "not a possible price"),
        ("quote", {"symbol": "AAPL", "bid": True, "ask": 2}, 400, "bid"),
        ("quote", {"symbol": "AAPL", "bid": 1e300, "ask": 2}, 400, "not a possible price"),
        ("quote", {"symbol": "AAPL", "release": "yes"}, 400, "release"),
        ("quote", {"symbol": "AAPL", "release": True, "bid": 1}, 400, "release"),
        ("quote", {"symbol": "AAPL", "bid": 1, "ask": 2, "size": 3}, 400, "size"),
        ("quote", [], 400, "object"),
        ("clock", {}, 400, "needed"),
        ("clock", {"now": "yesterday"}, 400, "now"),
        ("clock", {"now": "2026-11-23T10:00:00"}, 400, "zone"),
        ("clock", {"now": "1999-01-01T00:00:00Z"}, 400, "year"),
        ("clock", {"advance_s": "60"}, 400, "advance_s"),
        ("clock", {"advance_s": 1e300}, 400, "advance_s"),
        ("clock", {"session": "lunch"}, 400, "session"),
        ("clock", {"now": "2026-11-23T10:00:00Z", "advance_s": 1}, 400, "exclude"),
        ("clock", {"speed": 0}, 400, "speed"),
        ("clock", {"speed": "fast"}, 400, "speed"),
    ],
)
async def test_malformed_controls_are_explained(
    bench: Bench, path: str, body: Any, status: int, word: str
) -> None:
    before = bench.market.clock.now()
    answer = await bench.post(f"/_sim/{path}", body, status)
    assert word in answer["error"]
    assert (bench.market.clock.now() - before).total_seconds() < 60


async def test_the_clock_is_set_and_advanced(bench: Bench) -> None:
    answer = await bench.post("/_sim/clock", {"now": "2026-12-01T15:00:00+01:00"})
    assert answer["now"].startswith("2026-12-01T14:00:00")
    answer = await bench.post("/_sim/clock", {"advance_s": 90.5})
    assert answer["now"].startswith("2026-12-01T14:01:30")
    rows = (await bench.get("/market-data/by-type?equity=AAPL"))["data"]["items"]
    assert rows[0]["summary-date"] == "2026-12-01"


async def test_the_clocks_speed_is_changed_while_it_runs(bench: Bench) -> None:
    """A tick stands for as many market seconds more; the moment itself does not jump."""
    before = bench.market.clock.now()
    answer = await bench.post("/_sim/clock", {"speed": 0.5})
    assert (answer["speed"], bench.market.clock.speed) == (0.5, 0.5)
    assert 0 <= (bench.market.clock.now() - before).total_seconds() < 30
    traded = []
    for speed in (1000, 1):
        await bench.post("/_sim/clock", {"speed": speed})
        volume = bench.market.books["SPY"].volume
        for _ in range(20):
            bench.market.step()
        traded.append(bench.market.books["SPY"].volume - volume)
    assert traded[0] > 100 * traded[1]


async def test_the_session_is_closed_and_opened(bench: Bench) -> None:
    assert (await bench.post("/_sim/clock", {"session": "closed"}))["session"] == "closed"
    current = (await bench.get("/market-time/equities/sessions/current"))["data"]
    assert current["state"] == "Closed"
    rows = (await bench.get("/market-data/by-type?equity=AAPL"))["data"]["items"]
    assert (rows[0]["close-price-type"], rows[0]["close"]) == ("Final", rows[0]["last"])
    await bench.post("/_sim/clock", {"session": "open"})
    assert (await bench.get("/market-time/equities/sessions/current"))["data"]["state"] == "Open"


async def test_a_pin_does_not_wait_for_the_clients_period(bench: Bench) -> None:
    async with bench.link() as link:
        await link.open(1, acceptAggregationPeriod=60, acceptEventFields={"Quote": ["bidPrice"]})
        await link.subscribe("Quote", "AAPL")
        await link.hear("FEED_DATA")
        for bid in (150, 151, 152):
            await bench.post("/_sim/quote", {"symbol": "AAPL", "bid": bid, "ask": 160})
            assert (await link.hear("FEED_DATA"))["data"] == ["Quote", [bid]]


async def test_a_pinned_share_moves_its_options_greeks_at_once(bench: Bench) -> None:
    async with bench.link() as link:
        await link.open(1, acceptEventFields={"Greeks": ["delta"]})
        await link.subscribe("Greeks", ".AAPL261218C197.5")
        before = (await link.hear("FEED_DATA"))["data"][1][0]
        await bench.post("/_sim/quote", {"symbol": "AAPL", "bid": 240, "ask": 241})
        after = (await link.hear("FEED_DATA"))["data"][1][0]
    assert before < 0.5
    assert after > 0.9
