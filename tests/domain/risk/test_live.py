"""Newer prices and greeks over a look at an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from senexbot.domain.alerting.terms import Field
from senexbot.domain.risk.live import Newest, Tick, with_live
from tests.domain.risk.world import CALL, NOW, PUT, D, greeks, held, view

LATER = NOW + timedelta(seconds=2)


def told(values: Mapping[tuple[str, Field], str], seconds: float = 2) -> Newest:
    at = NOW + timedelta(seconds=seconds)

    def newest(symbol: str, field: Field) -> Tick | None:
        value = values.get((symbol, field))
        return None if value is None else Tick(D(value), at)

    return newest


def market(symbol: str, bid: str, ask: str) -> dict[tuple[str, Field], str]:
    return {(symbol, Field.BID): bid, (symbol, Field.ASK): ask}


def test_a_newer_market_is_the_quote_and_the_mark() -> None:
    seen = view(held(PUT, -2, "1.80", "2.90"), held(CALL, -2, "1.66", "2.60"))
    after = with_live(seen, told(market("SPY", "561.98", "562.02") | market(PUT.occ, "9.90", "10.10")))
    assert after.price("SPY") == D(562)
    assert after.quotes["SPY"].at == LATER
    assert after.positions is not None
    assert seen.positions is not None
    assert [p.mark for p in after.positions] == [D(10), seen.positions[1].mark]


def test_a_newer_last_trade_is_taken_with_the_market_as_it_was() -> None:
    seen = view(held(PUT, -2, "1.80", "2.90"))
    after = with_live(seen, told({("SPY", Field.LAST): "570"}))
    assert (after.quotes["SPY"].last, after.quotes["SPY"].bid) == (D(570), seen.quotes["SPY"].bid)


def test_what_is_older_crossed_or_one_sided_changes_nothing() -> None:
    seen = view(held(PUT, -2, "1.80", "2.90"))
    for newest in (
        told({}),
        told(market("SPY", "562.02", "561.98")),
        told({("SPY", Field.BID): "561.98"}),
        told(market("SPY", "561.98", "562.02") | {("SPY", Field.LAST): "562"}, seconds=-1),
    ):
        assert with_live(seen, newest) == seen


def test_greeks_come_together_and_only_with_a_newer_delta() -> None:
    seen = replace(view(held(PUT, -2, "1.80", "2.90")), greeks={PUT.occ: greeks("-0.30")})
    after = with_live(seen, told({(PUT.occ, Field.DELTA): "-0.36", (PUT.occ, Field.THETA): "-0.20"}))
    known = after.greeks[PUT.occ]
    assert (known.delta, known.theta, known.vega, known.at) == (D("-0.36"), D("-0.20"), D("0.50"), LATER)
    assert with_live(seen, told({(PUT.occ, Field.DELTA): "-0.36"}, seconds=-1)) == seen
    assert with_live(seen, told({(PUT.occ, Field.THETA): "-0.20"})) == seen


def test_an_account_that_was_not_read_stays_so_and_a_held_without_quote_keeps_its_mark() -> None:
    assert with_live(replace(view(), positions=None), told({})).positions is None
    unknown = held("ZZZ", 5, "1.00", "2.00")
    assert with_live(view(unknown), told(market("SPY", "1", "2"))).positions == (unknown,)
