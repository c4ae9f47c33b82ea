"""Chains, greeks and futures through a link, against the broker simulator, and from answers of other shapes."""

import json
import time
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from senexbot.broker.chains import chain_of, chains_of
from senexbot.broker.drift import Drift
from senexbot.broker.futures import future
from senexbot.broker.greeks import GreeksReads
from senexbot.broker.rest import Rest
from senexbot.domain.errors import Unavailable
from senexbot.domain.instruments import InstrumentType, Right, TickSize

from .kit import control

SAMPLES = Path(__file__).parents[3] / "shared/reference/tastytrade/samples"


async def test_a_chain_tells_expirations_strikes_ticks_and_settlement(broker):
    chain = await broker.reads.chain("l1", "SPY")
    assert chain.underlying == "SPY"
    assert chain.roots == ("SPY",)
    days = [e.day for e in chain.standard()]
    assert days == sorted(days)
    monthly = [e for e in chain.standard() if e.is_monthly]
    assert monthly
    assert all(15 <= e.day.day <= 21 for e in monthly)
    assert any(not e.is_monthly for e in chain.standard())
    first = monthly[0]
    strike = first.listed(Right.PUT)[0]
    put = first.contract(strike, Right.PUT)
    assert (put.option.strike, put.option.expiration, put.multiplier) == (strike, first.day, 100)
    assert put.tick_sizes == (TickSize(Decimal("0.01")),)
    assert put.streamer_symbol.startswith(".SPY")
    assert first.contract(strike + Decimal("0.001"), Right.PUT) is None


async def test_an_index_has_two_roots_and_the_weekly_one_finds_its_index(broker):
    chain = await broker.reads.chain("l1", "SPX")
    assert set(chain.roots) == {"SPX", "SPXW"}
    assert {e.settlement for e in chain.standard("SPX")} == {"AM"}
    assert {e.settlement for e in chain.standard("SPXW")} == {"PM"}
    weekly = await broker.reads.chain("l1", "SPXW")
    assert weekly.underlying == "SPX"
    assert set(weekly.roots) == {"SPX", "SPXW"}
    nothing = await broker.reads.chain("l1", "NOSUCH")
    assert nothing.expirations == ()


async def test_a_chain_is_asked_once_a_day(sim, broker):
    """Pitfall 22: chains are large."""
    await broker.reads.chain("l1", "SPY")
    assert await broker.reads.chain("l1", "SPY") is await broker.reads.chain("l1", "SPY")
    ledger = await control(sim, "requests", method="GET")
    assert sum("option-chains" in r["path"] for r in ledger["requests"]) == 1
    await broker.reads.forget("l1")
    await broker.reads.chain("l1", "SPY")
    ledger = await control(sim, "requests", method="GET")
    assert sum("option-chains" in r["path"] for r in ledger["requests"]) == 2


async def test_greeks_are_asked_once_and_the_line_is_closed(sim, broker):
    chain = await broker.reads.chain("l1", "SPY")
    near = next(e for e in chain.standard() if (e.day - broker.sessions.clock.now().date()).days > 30)
    strikes = near.listed(Right.PUT)
    puts = [near.contract(s, Right.PUT) for s in strikes]
    ghost = replace(puts[0], symbol="ghost", streamer_symbol="")
    found = await broker.reads.greeks("l1", [*puts, ghost])
    assert set(found) == {p.symbol for p in puts}
    deltas = [found[p.symbol].delta for p in puts]
    assert all(-1 <= d <= 0 for d in deltas)
    assert deltas == sorted(deltas, reverse=True)
    assert deltas[0] > Decimal("-0.2") > Decimal("-0.9") > deltas[-1]
    assert found[puts[0].symbol].vega is not None
    assert await broker.reads.greeks("l1", []) == {}


async def test_a_feed_that_tells_nothing_ends_with_the_deadline(sim, broker):
    """I50: one deadline for the whole question."""
    chain = await broker.reads.chain("l1", "SPY")
    put = next(chain.standard()).contract(Decimal(597), Right.PUT)
    reads = GreeksReads(Rest(broker.sessions), broker.value_feeds, seconds=0.6)
    assert set(await reads.greeks("l1", [put])) == {put.symbol}
    await control(sim, "fault", {"target": "dxlink", "kind": "freeze", "count": 9})
    began = time.monotonic()
    with pytest.raises(Unavailable):
        await reads.greeks("l1", [put])
    assert time.monotonic() - began < 3
    many = [replace(put, symbol=str(n), streamer_symbol=f".X{n}") for n in range(1001)]
    with pytest.raises(Unavailable):
        await reads.greeks("l1", many)


async def test_what_the_feed_does_not_know_is_missing(broker):
    chain = await broker.reads.chain("l1", "SPY")
    put = next(chain.standard()).contract(Decimal(597), Right.PUT)
    reads = GreeksReads(Rest(broker.sessions), broker.value_feeds, seconds=0.8)
    dead = replace(put, symbol="dead", streamer_symbol=".NOSUCH261218P1")
    assert set(await reads.greeks("l1", [put, dead])) == {put.symbol}


async def test_a_future_has_its_own_ticks_and_multiplier(sim, broker):
    today = broker.sessions.clock.now().date()
    codes = [f"/ES{letter}{(today.year + ahead) % 10}" for ahead in (0, 1) for letter in "HMUZ"]
    found = [f for code in codes if (f := await broker.reads.instrument("l1", code)) is not None]
    assert found
    assert {f.type for f in found} == {InstrumentType.FUTURE}
    assert {f.tick_sizes for f in found} == {(TickSize(Decimal("0.25")),)}
    assert {f.multiplier for f in found} == {Decimal(50)}
    assert all(f.streamer_symbol.endswith(":XCME") for f in found)
    assert await broker.reads.instrument("l1", "/NOSUCH") is None


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared reference is not beside this tree")
def test_a_captured_future_and_chain_are_read():
    row = json.loads((SAMPLES / "future_single.json").read_text())["data"]
    read = future(row)
    assert read.type is InstrumentType.FUTURE
    assert read.multiplier > 0
    assert read.tick_sizes
    assert future({**row, "notional-multiplier": "NaN"}) is None
    bare = future({k: v for k, v in row.items() if k != "tick-sizes"} | {"tick-size": "0.25"})
    assert bare.tick_sizes == (TickSize(Decimal("0.25")),)
    captured = json.loads((SAMPLES / "option_chain_nested_cert_2026.json").read_text())
    chain = chain_of("AAPL", chains_of(captured, Drift()))
    assert all(e.kind and e.settlement and e.standard for e in chain.expirations)


def _nested(**changes):
    row = {
        "underlying-symbol": "XYZ", "root-symbol": "XYZ", "option-chain-type": "Standard",
        "shares-per-contract": 100, "tick-sizes": [{"value": "0.05"}],
        "deliverables": [{"amount": "100.0", "symbol": "XYZ", "deliverable-type": "Shares"}],
        "expirations": [{
            "expiration-type": "Regular", "expiration-date": "2026-12-18", "settlement-type": "PM",
            "strikes": [{"strike-price": "5.0", "call": "C", "call-streamer-symbol": ".C", "put": "", "put-streamer-symbol": ""}],
        }],
    }  # fmt: skip
    return {"data": {"items": [row | changes]}}


@pytest.mark.parametrize(
    ("changes", "standard"),
    [
        ({}, True),
        ({"deliverables": []}, True),
        ({"deliverables": [{"amount": "100.0", "deliverable-type": "Cash"}]}, True),
        ({"option-chain-type": "Non-standard"}, False),
        ({"shares-per-contract": 10}, False),
        ({"deliverables": [{"amount": "50.0", "symbol": "XYZ"}]}, False),
        ({"deliverables": [{"amount": "100.0", "symbol": "ABC"}]}, False),
        ({"deliverables": [{"amount": "100.0", "symbol": "XYZ"}, {"amount": "3.12"}]}, False),
    ],
)
def test_what_delivers_something_else_is_not_standard(changes, standard):
    chain = chain_of("XYZ", chains_of(_nested(**changes), Drift()))
    (only,) = chain.expirations
    assert only.standard is standard
    assert len(list(chain.standard())) == standard
    assert only.contract(Decimal(5), Right.PUT) is None
    assert only.listed(Right.PUT) == ()
    assert only.day == date(2026, 12, 18)
