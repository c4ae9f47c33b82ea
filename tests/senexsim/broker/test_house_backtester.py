"""The backtester: its sessions, a run from the request to the figures, what it refuses, and its arithmetic."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from house_bench import Client, eventually

from senexsim.broker.backtest.engine import Day, Run, expiration, statistics
from senexsim.broker.backtest.request import wish_of
from senexsim.broker.server import BrokerSim
from senexsim.broker.wire import Refusal

PATH = "/backtester"
SHORT_PUT = {
    "type": "equity-option",
    "direction": "short",
    "quantity": 1,
    "side": "put",
    "daysUntilExpiration": 30,
    "strikeSelection": "delta",
    "delta": 30,
}


def wanted(*legs: dict[str, Any], **more: Any) -> dict[str, Any]:
    span = {"symbol": "SPY", "startDate": "2026-03-02", "endDate": "2026-06-26"}
    return {**span, "legs": list(legs) or [SHORT_PUT], "entryConditions": {}, "exitConditions": {}, **more}


async def session(client: Client) -> None:
    """As the older SDK does: the broker's token is changed for one of the backtester's own."""
    token = client.headers["Authorization"].removeprefix("Bearer ")
    status, body = await client.call("POST", f"{PATH}/sessions", {"tastytradeToken": token})
    assert (status, set(body)) == (201, {"token"})
    client.headers["Authorization"] = f"Bearer {body['token']}"


async def span_of(client: Client, symbol: str = "SPY") -> dict[str, str]:
    _, rows = await client.call("GET", f"{PATH}/available-dates")
    found = next(row for row in rows if row["symbol"] == symbol)
    return {"startDate": found["startDate"], "endDate": found["endDate"]}


async def completed(client: Client, body: dict[str, Any]) -> dict[str, Any]:
    status, made = await client.call("POST", f"{PATH}/backtests", body)
    assert (status, made["status"]) == (201, "pending"), made

    async def done() -> dict[str, Any] | None:
        _, told = await client.call("GET", f"{PATH}/backtests/{made['id']}")
        assert 0 <= told["progress"] <= 1
        return told if told["status"] == "completed" else None

    return dict(await eventually(done))


async def test_a_year_of_short_puts_from_the_request_to_the_figures(client: Client) -> None:
    await session(client)
    body = wanted(
        **await span_of(client), exitConditions={"takeProfitPercentage": 50, "atDaysToExpiration": 10}
    )
    told = await completed(client, body)
    assert {key: told[key] for key in body} == body
    assert (told["progress"], told["notices"]) == (1, [told["notices"][0]])
    figures, trials = told["statistics"], told["trials"]
    assert figures["Number of trades"] == len(trials) > 200
    total = sum(trial["profitLoss"] for trial in trials)
    assert figures["Total profit/loss"] == pytest.approx(total, abs=0.01 * len(trials))
    assert told["snapshots"][-1]["profitLoss"] == pytest.approx(total, abs=0.01 * len(trials))
    assert figures["Win percentage"] + figures["Loss percentage"] == pytest.approx(100)
    assert all(trial["openDateTime"] < trial["closeDateTime"] for trial in trials)
    _, logs = await client.call("GET", f"{PATH}/backtests/{told['id']}/logs")
    assert any("take profit" in line for line in logs)
    assert told["id"] in (await client.call("GET", f"{PATH}/backtests"))[1]
    again = await completed(client, body)
    assert (again["statistics"], again["trials"]) == (figures, trials)


async def test_the_dates_are_told_under_the_older_name_too(client: Client) -> None:
    old = await client.call("GET", f"{PATH}/backtests/const/available-dates")
    assert old == await client.call("GET", f"{PATH}/available-dates")
    assert len(old[1]) > 30


async def test_each_sees_their_own_and_the_brokers_token_will_do(sim: BrokerSim, client: Client) -> None:
    told = await completed(client, wanted(**await span_of(client)))
    client.user = 1
    await client.token()
    assert (await client.call("GET", f"{PATH}/backtests"))[1] == []
    for method, rest in (("GET", ""), ("GET", "/logs"), ("POST", "/cancel")):
        assert (await client.call(method, f"{PATH}/backtests/{told['id']}{rest}"))[0] == 404
    await session(client)
    assert (await client.call("DELETE", f"{PATH}/sessions"))[0] == 204
    assert (await client.call("GET", f"{PATH}/backtests"))[0] == 401
    assert (await client.call("POST", f"{PATH}/sessions", {"tastytradeToken": "guessed"}))[0] == 401
    assert sim.shape_faults == []


async def test_a_cancelled_one_goes_no_further(client: Client) -> None:
    _, made = await client.call("POST", f"{PATH}/backtests", wanted(**await span_of(client)))
    status, _ = await client.call("POST", f"{PATH}/backtests/{made['id']}/cancel")
    assert status == 204
    _, told = await client.call("GET", f"{PATH}/backtests/{made['id']}")
    assert told["status"] in {"cancelled", "completed"}  # it may have been quicker
    assert ("trials" in told) == (told["status"] == "completed")


@pytest.mark.parametrize(
    "change",
    [
        {"symbol": "NOSUCH"},
        {"symbol": None},
        {"startDate": "soon"},
        {"endDate": "2020-01-01"},
        {"startDate": "1999-01-01", "endDate": "1999-02-01"},
        {"legs": []},
        {"legs": [SHORT_PUT] * 5},
        {"legs": [{**SHORT_PUT, "quantity": 101}]},
        {"legs": [{**SHORT_PUT, "delta": None}]},
        {"legs": [{**SHORT_PUT, "strikeSelection": "currentPriceOffsetRelative"}]},
        {"legs": [{**SHORT_PUT, "strikeSelection": "moon"}]},
        {"legs": ["put"]},
        {"entryConditions": {"frequency": "now and then"}},
        {"entryConditions": {"specificDays": [6]}},
        {"exitConditions": {"takeProfitPercentage": "half"}},
        {"exitConditions": []} | {"entryConditions": 7},
    ],
)
async def test_what_cannot_be_run_is_refused(client: Client, change: dict[str, Any]) -> None:
    status, body = await client.call("POST", f"{PATH}/backtests", wanted(**change))
    assert (status, body["error"]["code"]) == (400, "validation_error")


async def test_a_trade_is_told_close_by_close(client: Client) -> None:
    span = await span_of(client)
    start = str(date.fromisoformat(span["endDate"]) - timedelta(days=20))
    _, chain = await client.call("GET", "/option-chains/SPY/nested")
    expiries = chain["data"]["items"][0]["expirations"]
    strikes = next(each for each in expiries if each["days-to-expiration"] > 25)["strikes"]
    middle = strikes[len(strikes) // 2]
    legs = [{"symbol": middle[side], "direction": "long", "quantity": 2} for side in ("call", "put")]
    body = {"underlying": "SPY", "startTime": f"{start}T00:00:00Z", "endTime": f"{span['endDate']}T23:59:00Z"}
    status, points = await client.call("POST", f"{PATH}/simulate-trade", {**body, "legs": legs})
    assert status == 200
    assert len(points) >= 10
    assert all(set(p) == {"dateTime", "price", "effect", "delta", "underlyingPrice"} for p in points)
    assert {point["effect"] for point in points} == {"Debit"}
    sold = [{**leg, "direction": "short"} for leg in legs]
    _, other = await client.call("POST", f"{PATH}/simulate-trade", {**body, "legs": sold})
    assert [(p["price"], -p["delta"], "Debit") for p in other] == [
        (p["price"], p["delta"], p["effect"]) for p in points
    ]
    for wrong in ({}, {"legs": [{"symbol": "SPY", "direction": "long"}]}, {"startTime": "x"}):
        refused, _ = await client.call("POST", f"{PATH}/simulate-trade", {**body, "legs": [], **wrong})
        assert refused == 400


# -- the arithmetic, on prices that are made up -----------------------------------------------------------


class Steps:
    """Options that are worth what they are inside, plus a dollar while they live; deltas by distance."""

    def value(self, spot: float, strike: float, days: int, right: str) -> float:
        inside = max(spot - strike if right == "C" else strike - spot, 0.0)
        return inside + (1.0 if days else 0.0)

    def delta(self, spot: float, strike: float, days: int, right: str) -> float:
        side = 1 if right == "C" else -1
        return side * min(max(0.5 + side * (spot - strike) / 20, 0.0), 1.0)

    def strikes(self) -> tuple[float, ...]:
        return tuple(float(strike) for strike in range(80, 121))


def ran(closes: list[float], *legs: dict[str, Any], vix: float = 20.0, **more: Any) -> Run:
    """A run over consecutive trading days from a Monday."""
    days, day = [], date(2026, 6, 1)
    for close in closes:
        days.append(Day(day, close, vix))
        day += timedelta(days=3 if day.isoweekday() == 5 else 1)
    run = Run(wish_of(wanted(*legs, **more)), days, Steps())
    assert list(run.steps())[-1] == 1
    return run


def test_a_short_option_earns_its_premium_at_expiration() -> None:
    put = {
        **SHORT_PUT,
        "daysUntilExpiration": 4,
        "strikeSelection": "currentPriceOffset",
        "currentPriceOffset": 0,
    }
    run = ran([100.0] * 5, put, entryConditions={"maximumActiveTrials": 1})
    (trial,) = run.done
    assert (trial.profit, trial.reason, trial.closed) == (100.0, "expiration", date(2026, 6, 5))
    assert statistics(run)["Win percentage"] == 100


def test_a_vertical_loses_no_more_than_its_width() -> None:
    """Sold at 100, bought at 95: a fall to 80 costs the width less the credit, which is also what is bound."""
    legs = [
        {**SHORT_PUT, "strikeSelection": "percentageOTM", "percentageOTM": 0, "daysUntilExpiration": 4},
        {
            **SHORT_PUT,
            "strikeSelection": "percentageOTM",
            "percentageOTM": 5,
            "daysUntilExpiration": 4,
            "direction": "long",
        },
    ]
    run = ran([100.0, 95.0, 90.0, 85.0, 80.0], *legs, entryConditions={"maximumActiveTrials": 1})
    (trial,) = run.done
    assert trial.profit == -500.0
    assert trial.requirement == 500.0
    assert statistics(run)["Max drawdown"] == 500.0


@pytest.mark.parametrize(
    ("closes", "leave", "reason"),
    [
        ([100.0, 101, 103, 104], {"takeProfitPercentage": 300}, "take profit"),
        (
            [100.0, 101, 98, 97],
            {"stopLossPercentage": 100, "takeProfitPercentage": 900},
            "end of the backtest",
        ),
        ([100.0, 100, 100, 100], {"afterDaysInTrade": 2}, "days in trade"),
        ([100.0, 100, 100, 100], {"atDaysToExpiration": 30}, "days to expiration"),
        ([100.0, 100, 100, 100], {"maximumVIX": 19}, "VIX"),
        ([100.0, 100, 100, 100], {"minimumVIX": 21}, "VIX"),
    ],
)
def test_each_way_out(closes: list[float], leave: dict[str, float], reason: str) -> None:
    call = {**SHORT_PUT, "side": "call", "direction": "long", "strikeSelection": "premium", "premium": 1}
    run = ran(closes, call, entryConditions={"maximumActiveTrials": 1}, exitConditions=leave)
    assert run.done[0].reason == reason


def test_a_stop_is_measured_against_the_premium() -> None:
    put = {**SHORT_PUT, "strikeSelection": "currentPriceOffset", "currentPriceOffset": 0}
    run = ran(
        [100.0, 99.5, 98.0],
        put,
        entryConditions={"maximumActiveTrials": 1},
        exitConditions={"stopLossPercentage": 100},
    )
    assert (run.done[0].reason, run.done[0].profit) == ("stop loss", -200.0)


def test_entries_wait_for_their_day_their_room_and_their_vix() -> None:
    monday = {"frequency": "on specific days of the week", "specificDays": [1]}
    assert len(ran([100.0] * 10, entryConditions=monday).done) == 2
    assert len(ran([100.0] * 10, entryConditions={"maximumActiveTrials": 2}).done) == 2
    oldest = {"maximumActiveTrials": 2, "maximumActiveTrialsBehavior": "close oldest"}
    assert len(ran([100.0] * 10, entryConditions=oldest).done) == 9
    assert ran([100.0] * 10, entryConditions={"minimumVIX": 21}).done == []
    assert ran([100.0] * 10, entryConditions={"maximumVIX": 19}).done == []
    assert statistics(ran([100.0] * 2, entryConditions={"maximumVIX": 19})) == {"Number of trades": 0}
    exact = {"useExactDTE": True}
    saturday = {**SHORT_PUT, "daysUntilExpiration": 5}
    assert {
        trial.opened.isoweekday() for trial in ran([100.0] * 10, saturday, entryConditions=exact).done
    } <= {3, 4, 5}


def test_shares_cover_what_is_sold_against_them() -> None:
    shares = {"type": "equity", "direction": "long", "quantity": 100}
    call = {**SHORT_PUT, "side": "call"}
    (trial, *_) = ran([100.0, 101.0], shares, call).done
    assert trial.requirement == 5000.0
    (trial, *_) = ran([100.0, 101.0], call).done
    assert trial.requirement == 2000.0


@pytest.mark.parametrize(
    ("days", "found"), [(30, date(2026, 7, 2)), (0, date(2026, 6, 5)), (45, date(2026, 7, 17))]
)
def test_the_nearest_friday_or_the_day_before_a_holiday(days: int, found: date) -> None:
    assert expiration(date(2026, 6, 1), days, exact=False) == found


def test_a_request_that_is_no_object_is_refused() -> None:
    with pytest.raises(Refusal):
        wish_of([])
