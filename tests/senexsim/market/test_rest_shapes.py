"""Answers against captured ones (key names and JSON types), the odd encodings, and refusals."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Bench, sample

CALL = "AAPL%20%20261218C00197500"


def kinds(value: Any) -> Any:
    """The JSON type of every key; a list is what its first element is."""
    if isinstance(value, dict):
        return {key: kinds(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [kinds(value[0])] if value else []
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    if isinstance(theirs, dict) and isinstance(ours, dict):
        missing = [f"{path}.{key} is missing" for key in theirs.keys() - ours.keys()]
        return missing + [
            line
            for key in theirs.keys() & ours.keys()
            for line in differences(ours[key], theirs[key], f"{path}.{key}")
        ]
    if isinstance(theirs, list) and isinstance(ours, list):
        return differences(ours[0], theirs[0], f"{path}[]") if theirs and ours else []
    return [] if ours == theirs else [f"{path} is {ours}, not {theirs}"]


@pytest.mark.parametrize(
    ("path", "name", "absent"),
    [
        ("/market-data/by-type?equity=META&equity=AAPL&index=VIX", "market_data_by_type_prod_2026", set()),
        ("/market-metrics?symbols=AAPL", "market_metrics_2026", set()),
        ("/market-metrics/historic-corporate-events/dividends/AAPL", "market_metrics_dividends", set()),
        (
            "/market-metrics/historic-corporate-events/earnings-reports/AAPL?start-date=2022-01-01",
            "market_metrics_earnings",
            set(),
        ),
        ("/instruments/equities/AAPL", "equity_single", {".data.cusip"}),
        ("/instruments/equities?symbol[]=AAPL&symbol[]=SPY", "equities_cert_2026", set()),
        ("/instruments/equities/active?per-page=4", "equities_active_page", {".data.items[].cusip"}),
        (f"/instruments/equity-options/{CALL}", "equity_option_single", set()),
        (f"/instruments/equity-options?symbol[]={CALL}", "equity_options", set()),
        ("/option-chains/AAPL", "option_chain_full", set()),
        ("/option-chains/AAPL/compact", "option_chain_compact", set()),
        ("/option-chains/SPY/nested", "option_chain_nested_cert_2026", set()),
        ("/option-chains/AAPL/nested", "option_chain_nested_2023", set()),
        ("/symbols/search/AAP", "symbol_search", set()),
        ("/market-time/equities/sessions/current", "market_session_equities_current_cert_2026", set()),
        ("/public-watchlists", "public_watchlists", set()),
        ("/public-watchlists?counts-only=true", "public_watchlists_counts_only", set()),
        ("/pairs-watchlists", "pairs_watchlists", set()),
        ("/instruments/warrants", "warrants", set()),
        ("/instruments/cryptocurrencies", "cryptocurrencies_cert_2026", set()),
        (
            "/instruments/quantity-decimal-precisions",
            "quantity_decimal_precisions_cert_2026",
            set(),
        ),
        ("/instruments/future-products/CME/ES", "future_product_single", {".data.option-products"}),
    ],
)
async def test_answers_have_the_captured_shape(bench: Bench, path: str, name: str, absent: set[str]) -> None:
    theirs, ours = kinds(sample(name)), kinds(await bench.get(path))
    found = [line for line in differences(ours, theirs) if line.split(" ")[0] not in absent]
    assert found == []


async def test_watchlists_have_the_captured_shape(bench: Bench) -> None:
    captured = sample("watchlist_created")
    created = await bench.post("/watchlists", captured["data"], 201)
    assert created == captured
    assert differences(kinds(await bench.get("/watchlists")), kinds(sample("watchlists"))) == []
    async with bench.http.delete(bench.url + "/watchlists/testing with %2F - odd chars") as response:
        deleted = await response.json()
    assert deleted.keys() == sample("watchlist_deleted").keys()


async def test_entries_of_public_lists_tell_their_kind_in_both_spellings(bench: Bench) -> None:
    for row in (await bench.get("/public-watchlists"))["data"]["items"]:
        for entry in row["watchlist-entries"]:
            kind = "Cryptocurrency" if row["name"] == "Crypto" else "Equity"
            assert entry["instrument-type"] == entry["instrument_type"] == kind


async def test_no_pagination_where_none_was_captured(bench: Bench) -> None:
    assert "pagination" not in await bench.get("/instruments/equities?symbol[]=AAPL")
    assert (await bench.get("/instruments/equities?per-page=5"))["pagination"]["per-page"] == 5
    assert "context" not in await bench.get("/symbols/search/AAPL")


@pytest.mark.parametrize(
    "query",
    [
        "equity=AAPL&equity=SPY&equity=BRK/B",
        "equity[]=AAPL&equity[]=SPY&equity[]=BRK%2FB",
        "equity=AAPL,SPY,BRK/B",
        "equity%5B%5D=AAPL,SPY&equity=BRK/B",
    ],
)
async def test_lists_come_in_three_encodings(bench: Bench, query: str) -> None:
    rows = (await bench.get(f"/market-data/by-type?{query}"))["data"]["items"]
    assert {row["symbol"] for row in rows} == {"AAPL", "SPY", "BRK/B"}


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("equities", {"AAPL"}),
        ("equity-options", {"AAPL  261218C00197500"}),
        ("futures", {"/ESZ6"}),
        ("future-options", set()),
        ("cryptocurrencies", {"BTC/USD"}),
        ("warrants", {"SOFIW"}),
    ],
)
async def test_a_list_answers_its_own_of_mixed_symbols(bench: Bench, kind: str, found: set[str]) -> None:
    """The broker's Python client asks every list for all symbols, whose kinds it does not know."""
    asked = ("AAPL", "AAPL%20%20261218C00197500", "%2FESZ6", "BTC%2FUSD", "SOFIW", "NOPE")
    query = "&".join(f"symbol[]={symbol}" for symbol in asked)
    rows = (await bench.get(f"/instruments/{kind}?{query}&with-expired=True"))["data"]["items"]
    assert {row["symbol"] for row in rows} == found


@pytest.mark.parametrize(
    ("path", "symbol"),
    [
        ("/instruments/equities/BRK%2FB", "BRK/B"),
        ("/instruments/equities/BRK/B", "BRK/B"),
        ("/market-data/Equity/BRK%2fB", "BRK/B"),
        ("/market-data/Equity%20Option/AAPL%20%20261218C00197500", "AAPL  261218C00197500"),
        ("/instruments/futures/%2FESZ6", "/ESZ6"),
        ("/instruments/futures//ESZ6", "/ESZ6"),
        ("/instruments/futures/ESZ6", "/ESZ6"),
    ],
)
async def test_slashes_and_blanks_in_paths(bench: Bench, path: str, symbol: str) -> None:
    answer = await bench.get(path)
    assert answer["data"]["symbol"] == symbol
    assert answer["context"] == path


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/market-data/by-type", 400, "validation_error"),
        ("/market-data/by-type?equity=" + ",".join(f"A{n}" for n in range(101)), 400, "validation_error"),
        ("/market-data/Nonsense/AAPL", 400, "validation_error"),
        ("/market-data/Future//ESM6", 404, "record_not_found"),
        ("/market-data/Equity/NOSUCH", 404, "record_not_found"),
        ("/market-metrics", 400, "validation_error"),
        ("/market-metrics/historic-corporate-events/earnings-reports/AAPL", 400, "validation_error"),
        (
            "/market-metrics/historic-corporate-events/earnings-reports/AAPL?start-date=x",
            400,
            "validation_error",
        ),
        ("/instruments/equities/NOSUCH", 404, "record_not_found"),
        ("/instruments/equities?per-page=0", 400, "validation_error"),
        ("/instruments/equities?page-offset=-1", 400, "validation_error"),
        ("/instruments/equities?is-etf=maybe", 400, "validation_error"),
        ("/instruments/equity-options", 400, "validation_error"),
        ("/option-chains/NOSUCH/nested", 404, "record_not_found"),
        ("/market-time/sessions", 400, "validation_error"),
        ("/market-time/sessions?from-date=2026-01-01&to-date=2027-01-01", 400, "validation_error"),
        ("/market-time/sessions/current?instrument-collections[]=Moon", 400, "validation_error"),
        ("/market-time/futures/holidays/Moon", 404, "record_not_found"),
        ("/watchlists/mine", 404, "record_not_found"),
        ("/public-watchlists/mine", 404, "record_not_found"),
        ("/instruments/cryptocurrencies/NO", 404, "record_not_found"),
    ],
)
async def test_refusals(bench: Bench, path: str, status: int, code: str) -> None:
    assert (await bench.get(path, status))["error"]["code"] == code


async def test_sessions_of_a_span(bench: Bench) -> None:
    rows = (await bench.get("/market-time/sessions?from-date=2026-11-23&to-date=2026-11-29"))["data"]["items"]
    assert [row["session-date"] for row in rows] == ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-27"]
    assert rows[0]["open-at"] == "2026-11-23T14:30:00.000+00:00"
    assert rows[-1]["close-at"] == "2026-11-27T18:00:00.000+00:00"
    following = (await bench.get("/market-time/equities/sessions/next?date=2026-11-25"))["data"]
    assert following["session-date"] == "2026-11-27"
    before = (await bench.get("/market-time/equities/sessions/previous?date=2026-11-30"))["data"]
    assert before["session-date"] == "2026-11-27"
