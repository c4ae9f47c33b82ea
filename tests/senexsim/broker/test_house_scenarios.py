"""Scenarios from their files: the same path by tick, what each of them does, and faults told in words."""

from __future__ import annotations

import asyncio
import math
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from house_bench import plain_client
from hypothesis import given, settings
from hypothesis import strategies as st
from tastytrade import Account, Session
from tastytrade.instruments import NestedOptionChain

from senexsim.broker.accounts.book import trading_day
from senexsim.broker.clock import SimClock
from senexsim.broker.market.catalog import LISTINGS
from senexsim.broker.market.dividends import next_dividend
from senexsim.broker.market.future_options import BY_ROOT, expirations, options_of
from senexsim.broker.market.paths import PricePaths
from senexsim.broker.scenario.script import ScenarioFault, load, names, script_of, table_of
from senexsim.broker.server import BrokerSim

SEED = 7


def begun(name: str, seed: int = SEED, speed: float = 1.0) -> BrokerSim:
    """A simulator that is stepped by hand; nothing listens."""
    sim = BrokerSim(seed=seed, speed=speed, scenario=name)
    assert sim.player is not None
    sim.player.begin()
    return sim


def stepped(sim: BrokerSim, beats: int) -> BrokerSim:
    for _ in range(beats):
        sim.market.step()
    return sim


def path(sim: BrokerSim, beats: int) -> list[tuple[Any, ...]]:
    found = []
    for _ in range(beats):
        sim.market.step()
        found.append(tuple(book.visible for book in sim.market.books.values()))
    return found


def middle(sim: BrokerSim, symbol: str) -> float:
    quote = sim.market.quote(symbol)
    assert quote is not None
    return float(quote.mid)


def test_the_same_seed_gives_the_same_prices_by_tick() -> None:
    one, same, other = (path(begun("crash-day", seed), 700) for seed in (SEED, SEED, SEED + 1))
    assert one == same
    assert one != other


@settings(max_examples=25)
@given(seed=st.integers(), speed=st.floats(0.001, 1000), ticks=st.integers(1, 30))
def test_a_path_follows_from_the_seed_the_speed_and_the_tick_alone(
    seed: int, speed: float, ticks: int
) -> None:
    """Law: whoever makes as many steps of the same length from the same seed stands at the same prices."""
    one, same, other = (PricePaths(number, LISTINGS) for number in (seed, seed, seed + 1))
    for _ in range(ticks):
        moves, again, elsewhere = (paths.step(0.1 * speed) for paths in (one, same, other))
        assert moves == again
        assert moves != elsewhere


def test_a_move_can_be_called_back_under_way(tmp_path: Path) -> None:
    """A second wish takes the place of the first."""
    mine = tmp_path / "mine.yaml"
    steps = [{"tick": 0, "over": 1, "moves": "{KO: -20}"}, {"tick": 5, "over": 0, "moves": "{KO: 0}"}]
    text = "steps:\n" + "".join(
        "  - " + "    ".join(f"{k}: {v}\n" for k, v in step.items()) for step in steps
    )
    mine.write_text(text, encoding="utf-8")
    sim, calm = begun(str(mine)), BrokerSim(seed=SEED)
    stepped(sim, 4), stepped(calm, 4)
    assert middle(sim, "KO") < middle(calm, "KO") * 0.95
    stepped(sim, 20), stepped(calm, 20)
    assert middle(sim, "KO") == middle(calm, "KO")


@pytest.mark.parametrize("name", names())
def test_each_plays_to_its_end_without_trouble(name: str) -> None:
    sim = begun(name)
    assert sim.player is not None
    last = sim.player.script.steps[-1]
    stepped(sim, last.beat + last.over + 2)
    told = sim.player.told()
    assert told["troubles"] == []
    assert all(step["done"] for step in told["steps"])
    assert told["title"]
    assert told["about"]


def test_a_crash_day() -> None:
    """Down by the market's share of each, halted as a whole, and on from a lower price."""
    sim, calm = begun("crash-day"), BrokerSim(seed=SEED)
    stepped(calm, 600)
    vix = middle(sim, "VIX")
    option = next(options_of(expirations(BY_ROOT["ES"], sim.clock.now())[-1])).symbol
    calmly = sim.market.option_terms(option).volatility
    stepped(sim, 600)
    for symbol, beta in {"SPY": 1.0, "QQQ": 1.2}.items():
        fall = math.log(middle(sim, symbol) / middle(calm, symbol))
        listing = sim.market.listing(symbol)
        assert fall == pytest.approx(math.log1p(-0.07) * listing.beta, abs=0.004), (symbol, beta)
    assert middle(sim, "VIX") > vix * 1.15
    assert sim.market.option_terms(option).volatility > calmly * 1.3
    assert middle(sim, "SPX") / middle(calm, "SPX") == pytest.approx(0.93, abs=0.006)
    stepped(sim, 15)
    standing = sim.market.quote("SPY")
    assert standing.halted
    stepped(sim, 100)
    assert sim.market.quote("SPY").last == standing.last
    stepped(sim, 400)
    assert not sim.market.quote("SPY").halted
    assert sim.faults.rules


def test_an_earnings_gap() -> None:
    sim = begun("earnings-gap")
    stepped(sim, 10)
    (call,) = [
        p.symbol
        for p in sim.house.accounts["5WT00001"].open_positions()
        if " " in p.symbol and "AAPL" in p.symbol
    ]
    before, dear = middle(sim, "AAPL"), sim.market.option_terms(call).volatility
    stepped(sim, 292)
    assert sim.market.session_state() == "Closed"
    stepped(sim, 200)
    assert sim.market.session_state() == "Open"
    assert middle(sim, "AAPL") / before == pytest.approx(0.87, abs=0.02)
    assert sim.market.option_terms(call).volatility < dear * 0.75
    quote = sim.market.quote("AAPL")
    assert float(quote.prev_close) == pytest.approx(
        before, rel=0.02
    )  # the next day's close is that of the evening


def test_a_quiet_sunday() -> None:
    sim = begun("quiet-sunday")
    assert sim.clock.now().strftime("%A %H") in ("Sunday 22", "Sunday 21")  # with and without summer time
    before = path(sim, 1)
    assert path(sim, 1100)[-1] == before[0]
    assert sim.market.session_state("Future") == "Closed"
    stepped(sim, 120)
    assert (sim.market.session_state("Future"), sim.market.session_state()) == ("Open", "Closed")


async def test_an_assignment_morning_in_the_books_and_on_the_wire() -> None:
    async with BrokerSim(seed=SEED, speed=60, scenario="assignment-morning", check_shapes=True) as sim:
        account = sim.house.accounts["5WT00001"]
        (call,) = [p for p in account.open_positions() if p.quantity < 0]
        strike, cash = call.instrument.option.strike, account.cash
        async with plain_client(sim) as client, asyncio.timeout(30):
            while account.held(call.symbol):
                await asyncio.sleep(0.01)
            assert account.held("AAPL") == 100
            assert account.cash == cash + 200 * strike
            _, body = await client.call("GET", "/accounts/5WT00001/transactions?type=Receive%20Deliver")
            rows = [
                (r["transaction-sub-type"], r["quantity"], r["value-effect"]) for r in body["data"]["items"]
            ]
            assert sorted(rows) == [
                ("Assignment", "1.0", "None"),
                ("Assignment", "1.0", "None"),
                ("Sell to Close", "100.0", "Credit"),
                ("Sell to Close", "100.0", "Credit"),
            ]
            told = await client.control("scenario", method="GET")
            assert (told["name"], told["troubles"]) == ("assignment-morning", [])
        assert sim.shape_faults == []


# -- assignment, exercise and expiration by themselves -----------------------------------------------------


async def test_assigned_and_exercised_by_hand(sim: BrokerSim) -> None:
    account = sim.house.accounts["5WT00001"]
    (short,) = [p for p in account.open_positions() if p.quantity < 0]
    (long,) = [p for p in account.open_positions() if p.quantity == 3]
    async with plain_client(sim) as client:
        await client.control("assign", {"account": account.number, "symbol": short.symbol, "quantity": 1})
        assert account.held(short.symbol) == -1
        cash, spy = account.cash, account.held("SPY")
        answer = await client.control("assign", {"account": account.number, "symbol": long.symbol})
        assert answer["quantity"] == "0"
        assert account.held("SPY") == spy - 300
        assert account.cash == cash + 300 * long.instrument.option.strike
        for wrong in ({"symbol": "AAPL"}, {"symbol": long.symbol}, {"symbol": short.symbol, "quantity": 2}):
            body = {"account": account.number, **wrong}
            assert (await client.call("POST", "/_sim/assign", body))[0] == 400, wrong
        status, _ = await client.call("GET", "/accounts/5WT00001/positions?include-marks=true")
        assert status == 200


async def test_options_end_with_their_day(sim: BrokerSim, session: Any) -> None:
    """In the money: shares at the strike. Out of it: gone for nothing. An index: its worth in cash."""
    chain = (await NestedOptionChain.get(session, "AAPL"))[0].expirations[1]
    (index, *_) = [c for c in await NestedOptionChain.get(session, "SPX") if c.root_symbol == "SPXW"]
    cash_settled = next(e for e in index.expirations if e.expiration_date == chain.expiration_date)
    account = sim.house.accounts["5WT00003"]
    spot, level = sim.market.quote("AAPL").last, sim.market.quote("SPX").last
    rising = [s.strike_price for s in chain.strikes]
    inside = next(s for s in chain.strikes if s.strike_price == max(k for k in rising if k < spot - 20))
    outside = next(s for s in chain.strikes if s.strike_price == min(k for k in rising if k > spot + 20))
    low = next(
        s
        for s in cash_settled.strikes
        if s.strike_price == max(k.strike_price for k in cash_settled.strikes if k.strike_price < level - 100)
    )
    async with plain_client(sim, user=1) as client:
        for symbol, quantity in {inside.call: -1, outside.call: 2, outside.put: 1, low.call: 1}.items():
            await client.control(
                "position", {"account": account.number, "symbol": symbol, "quantity": quantity}
            )
        await client.control("clock", {"session": "closed"})  # so that prices stand
        cash, level = account.cash, sim.market.quote("SPX").last
        await client.control("clock", {"now": f"{chain.expiration_date}T22:00:00Z"})
        async with asyncio.timeout(30):
            while any(account.held(s) for s in (inside.call, outside.call, outside.put, low.call)):
                await asyncio.sleep(0.01)
    assert account.held("AAPL") == -100 - 100  # one call assigned, one put exercised
    paid = 100 * (inside.strike_price + outside.strike_price) + 100 * (level - low.strike_price)
    assert account.cash == cash + paid
    words = [
        t["transaction-sub-type"] for t in account.transactions if t["transaction-type"] == "Receive Deliver"
    ]
    assert sorted(words) == [
        "Assignment",
        "Exercise",
        "Exercise",
        "Expiration",
        "Sell to Open",
        "Sell to Open",
    ]


async def looked(sim: BrokerSim) -> None:
    """Until the house has seen the day that the clock shows."""
    while sim.house.settlement.day != trading_day(sim.clock.now()):
        await asyncio.sleep(0.005)


async def test_dividends_are_paid_to_who_held_and_by_who_was_short(sim: BrokerSim, session: Session) -> None:
    """Bought on the day before it goes ex, paid days later; a share that comes on the ex-day itself brings nothing."""
    listing = sim.market.listing("KO")
    coming = next_dividend(listing, sim.clock.now().date())
    eve = f"{coming.ex_day - timedelta(days=1)}T15:00:00Z"
    account, other = sim.house.accounts["5WT00004"], sim.house.accounts["5WT00002"]
    async with plain_client(sim) as client, asyncio.timeout(30):
        await client.control("clock", {"session": "closed"})
        await client.control("clock", {"now": eve})
        await looked(sim)
        for number, quantity in (("5WT00004", 100), ("5WT00001", -40)):
            await client.control("position", {"account": number, "symbol": "KO", "quantity": quantity})
        await client.control("clock", {"now": f"{coming.ex_day}T15:00:00Z"})
        await looked(sim)
        await client.control("position", {"account": "5WT00002", "symbol": "KO", "quantity": 10})
        assert account.cash == 0  # not paid yet
        await client.control("clock", {"now": f"{coming.pay_day}T15:00:00Z"})
        while account.cash == 0:
            await asyncio.sleep(0.01)
        await session.refresh(force=True)
        (row,) = await (await Account.get(session, "5WT00001")).get_history(
            session, types=["Money Movement"], symbol="KO"
        )
    assert account.cash == 100 * coming.amount
    assert (row.transaction_sub_type, row.value) == ("Dividend", -40 * coming.amount)
    assert not [
        t for t in other.transactions if t["transaction-sub-type"] == "Dividend" and t["symbol"] == "KO"
    ]


def test_a_share_begins_its_ex_day_lower_by_what_it_pays() -> None:
    """Beside a market that sees the same ticks and no new day: the whole difference is the dividend, and it stays."""
    going, staying = BrokerSim(seed=SEED), BrokerSim(seed=SEED)
    ko = going.market.books["KO"]
    coming = next_dividend(ko.listing, going.clock.now().date())
    eve = datetime.fromisoformat(f"{coming.ex_day - timedelta(days=1)}T15:00:00+00:00")
    for sim in (going, staying):
        sim.clock.set(eve)
        stepped(sim, 3)
    closed = ko.visible[2]
    going.clock.set(eve + timedelta(days=1))
    for _ in range(50):
        stepped(going, 1), stepped(staying, 1)
        assert middle(staying, "KO") - middle(going, "KO") == pytest.approx(float(coming.amount), abs=0.011)
        assert middle(going, "SPX") == middle(staying, "SPX")
    assert (ko.prev_close, ko.opened) == (closed, closed - coming.amount)


async def test_nothing_fills_in_a_halt(sim: BrokerSim) -> None:
    async with plain_client(sim) as client:
        await client.control("halt", {"symbol": "KO", "halted": True})
        leg = {"instrument-type": "Equity", "symbol": "KO", "action": "Buy to Open", "quantity": 1}
        body = {
            "order-type": "Limit",
            "time-in-force": "Day",
            "price": "900.00",
            "price-effect": "Debit",
            "legs": [leg],
        }
        _, answer = await client.call("POST", "/accounts/5WT00001/orders", body)
        number = answer["data"]["order"]["id"]
        await client.until(number, "Live")
        _, data = await client.call("GET", "/market-data/Equity/KO")
        assert data["data"]["is-trading-halted"] is True
        await client.control("halt", {"symbol": "KO", "halted": False})
        await client.until(number, "Filled")
        for wrong, status in (
            ({"symbol": "KO"}, 400),
            ({"symbol": "NO", "halted": True}, 404),
            ({"x": 1}, 400),
        ):
            assert (await client.call("POST", "/_sim/halt", wrong))[0] == status


# -- reading ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({}, "1 to 1000 steps"),
        ({"steps": [{}]}, "step 1: either at or tick"),
        ({"steps": [{"at": 1, "tick": 2}]}, "either at or tick"),
        ({"steps": [{"at": "soon"}]}, "at: a number"),
        ({"steps": [{"at": 1, "fly": True}]}, "unknown: fly"),
        ({"steps": [{"at": 1, "market": -100}]}, "market: a number from -95"),
        ({"steps": [{"at": 1, "moves": [1]}]}, "a table of symbol"),
        ({"steps": [{"at": 1, "halt": "AAPL"}]}, "halt: a list"),
        ({"steps": [{"at": 1, "session": "ajar"}]}, "session: open or closed"),
        ({"steps": [{"at": 1, "assign": [{"account": "5WT00001"}]}]}, "underlying is missing"),
        ({"steps": [{"at": 1, "clock": {"now": 1}}]}, "advance_s: a number"),
        ({"steps": [{"at": 1}], "start": {"when": "someday"}}, "when:"),
        ({"steps": [{"at": 1}], "start": {"when": "2026-03-02T10:00:00"}}, "with its zone"),
        ({"steps": [{"at": 1}], "begin": {}}, "unknown: begin"),
    ],
)
def test_what_cannot_be_understood_is_told(table: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioFault, match=words):
        script_of("mine", table, speed=1.0)


def test_the_papers_example_is_one() -> None:
    paper = (Path(__file__).parents[3] / "docs" / "testing-with-senexsim.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```yaml\n(.*?)^```", paper, flags=re.DOTALL | re.MULTILINE)
    assert [step.beat for step in script_of("paper", table_of(example, "paper"), speed=1.0).steps] == [
        300,
        600,
    ]
    for name in names():
        assert f"| `{name}` |" in paper


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("steps: [", "mine.yaml: while parsing"),
        ("steps:\n  - {at: 1, at: 2}\n", "at stands twice"),
        ("- 1", "a table is needed"),
        ("", "a table is needed"),
        ("steps: !!python/object/apply:os.getcwd []", "could not determine a constructor"),
        ("steps: &all [*all]", "step 1: a table is needed"),
    ],
)
def test_a_file_that_is_no_scenario_is_told(tmp_path: Path, text: str, words: str) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioFault, match=words):
        load(str(mine), speed=1.0)


def test_symbols_that_look_like_words_of_yaml_stay_symbols() -> None:
    found = table_of("a: [ON, NO, yes, off, true]\nwhen: 2026-03-02T10:00:00Z\nhour: 09:35", "x")
    assert found["a"] == ["ON", "NO", "yes", "off", True]
    assert found["when"] == "2026-03-02T10:00:00Z"


def test_times_are_market_seconds_or_ticks_and_days_are_trading_days() -> None:
    script = script_of(
        "x", {"steps": [{"tick": 7}, {"at": 3, "over": 6}], "start": {"when": "friday 10:00"}}, speed=2.0
    )
    assert [(step.beat, step.over) for step in script.steps] == [(7, 0), (15, 30)]
    clock = SimClock()
    christmas = load("crash-day", speed=1.0).begins(clock.now())
    assert christmas is not None
    assert christmas > clock.now()
    after = script.begins(datetime.fromisoformat("2026-12-24T20:00:00+00:00"))
    assert str(after) == "2027-01-08 15:00:00+00:00"  # Christmas and New Year's Day are Fridays


def test_a_step_that_does_not_fit_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    mine.write_text("steps:\n  - {tick: 1, halt: [NOSUCH]}\n  - {tick: 2, halt: [KO]}\n", encoding="utf-8")
    sim = stepped(begun(str(mine)), 5)
    assert sim.player is not None
    assert len(sim.player.told()["troubles"]) == 1
    assert sim.market.quote("KO").halted


def test_the_command_names_what_there_is() -> None:
    command = [sys.executable, "-m", "senexsim", "broker", "--scenario", "nonsense"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert all(name in done.stderr for name in names())
    assert names() == ["assignment-morning", "crash-day", "earnings-gap", "quiet-sunday"]
    with pytest.raises(ScenarioFault, match="No such file"):
        load("/nowhere/x.yaml", speed=1)
