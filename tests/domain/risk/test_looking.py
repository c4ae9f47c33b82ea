"""A table of cases for each preset: when it holds, when it is clear, when it cannot be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.alerting.terms import Side
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.market import TradingStatus
from senexbot.domain.orders.broker_orders import BrokerStatus
from senexbot.domain.risk.looking import MEASURES, Stand, level_of, look, release_of, stand_of
from senexbot.domain.risk.presets import KINDS, Line, Preset
from senexbot.domain.risk.reading import Figures, Reading
from senexbot.domain.risk.view import Metrics, RiskView
from tests.domain.risk.world import (
    CALL,
    EXPIRY,
    NOW,
    PUT,
    STRANGLE,
    TODAY,
    D,
    an_order,
    balances,
    contract,
    greeks,
    held,
    quoted,
    view,
)

HOLDS, CLEAR, BETWEEN, UNKNOWN = Stand.HOLDS, Stand.CLEAR, Stand.BETWEEN, Stand.UNKNOWN
P = Preset
LOW, HIGH = contract(540), contract(650, "C")
CONDOR = (*STRANGLE, held(LOW, 2, "1.00", "1.40"), held(HIGH, 2, "0.90", "1.30"))  # 1.56 credit, now 2.80
NEAR = contract(605, day=TODAY + timedelta(days=1))  # a put in the money, expires tomorrow
COVERED = contract(590, "C", day=EXPIRY)


def money(**changes: Any) -> RiskView:
    return view(balances=balances(**changes))


def spot(price: str, *positions: Any, **more: Any) -> RiskView:
    base = view(*positions, **more)
    return replace(base, quotes={**base.quotes, "SPY": quoted("SPY", price, price)})


def events(**known: Any) -> RiskView:
    return view(metrics={"SPY": Metrics(**known)})


def short_call(mark: str | None = "10.20", price: str = "600", **metrics: Any) -> RiskView:
    given = {"ex_dividend": TODAY + timedelta(days=3), "dividend": D("1.80"), **metrics}
    return spot(price, held(COVERED, -1, "8.00", mark), metrics={"SPY": Metrics(**given)})


CASES: list[tuple[Preset, str, RiskView, str | None, list[tuple[str, Stand]] | None]] = [
    # preset, what, view, line (None: the default), what each subject comes to (None: blind)
    (P.DAY_LOSS, "400 of 1,000", view(), None, [("400", CLEAR)]),
    (P.DAY_LOSS, "at the line", money(day_change=D(-1000)), None, [("1000", HOLDS)]),
    (P.DAY_LOSS, "in dollars", view(), "400", [("400", HOLDS)]),
    (P.DAY_LOSS, "back, not yet by a tenth", view(), "420", [("400", BETWEEN)]),
    (P.DAY_LOSS, "a gain", money(day_change=D(700)), None, [("-700", CLEAR)]),
    (P.DAY_LOSS, "not told", money(day_change=None), None, None),
    (P.DAY_LOSS, "no balances", view(balances=None), None, None),
    (P.DAY_LOSS, "nothing that a percentage is of", money(net_liquidating_value=D(0)), None, [("400", UNKNOWN)]),
    (P.DRAWDOWN, "under 2 %", view(), None, [("1.96", CLEAR)]),
    (P.DRAWDOWN, "from 52,000", view(peak=D(52_000)), None, [("3.85", HOLDS)]),
    (P.DRAWDOWN, "no peak yet", view(peak=None), None, None),
    (P.DRAWDOWN, "no balances", view(balances=None), None, None),
    (P.FLOOR, "over", view(), "20000", [("50000", CLEAR)]),
    (P.FLOOR, "at the floor", view(), "50000", [("50000", HOLDS)]),
    (P.FLOOR, "a little over", view(), "49800", [("50000", BETWEEN)]),
    (P.FLOOR, "no balances", view(balances=None), "20000", None),
    (P.BUYING_POWER, "40 % used", view(), None, [("40", CLEAR)]),
    (P.BUYING_POWER, "60 % used", money(derivative_buying_power=D(20_000)), None, [("60", HOLDS)]),
    (P.BUYING_POWER, "49 % used", money(derivative_buying_power=D(25_500)), None, [("49", BETWEEN)]),
    (P.BUYING_POWER, "more free than it is worth", money(derivative_buying_power=D(80_000)), None, [("0", CLEAR)]),
    (P.BUYING_POWER, "no balances", view(balances=None), None, None),
    (P.CUSHION, "60 % spare", view(), None, [("60", CLEAR)]),
    (P.CUSHION, "8 % spare", money(maintenance_requirement=D(46_000)), None, [("8", HOLDS)]),
    (P.CUSHION, "11 % spare", money(maintenance_requirement=D(44_500)), None, [("11", BETWEEN)]),
    (P.CUSHION, "not told", money(maintenance_requirement=None), None, None),
    (P.MARGIN_CALL, "none", view(), None, [("0", CLEAR)]),
    (P.MARGIN_CALL, "called", view(status=TradingStatus(is_in_margin_call=True)), None, [("1", HOLDS)]),
    (P.MARGIN_CALL, "not told", view(status=None), None, None),
    (P.RESTRICTED, "none", view(), None, [("0", CLEAR)]),
    (P.RESTRICTED, "closing only", view(status=TradingStatus(is_closing_only=True)), None, [("1", HOLDS)]),
    (P.RESTRICTED, "not told", view(status=None), None, None),
    (P.SIZE, "a naked strangle has no cap", view(), None, []),
    (P.SIZE, "a condor can lose 4,088", view(*CONDOR), None, [("8.18", CLEAR)]),
    (P.SIZE, "over its line", view(*CONDOR), "8", [("8.18", HOLDS)]),
    (P.SIZE, "no positions", view(positions=None), None, None),
    (P.SIZE, "no balances", view(balances=None), None, None),
    (P.CONCENTRATION, "strikes of the strangle", view(), None, [("476.8", HOLDS)]),
    (P.CONCENTRATION, "40 shares", view(held("AAPL", 40, "180", "187")), None, [("14.96", CLEAR)]),
    (P.CONCENTRATION, "no price", view(held("AAPL", 40, "0")), None, [("", UNKNOWN)]),
    (P.CONCENTRATION, "no positions", view(positions=None), None, None),
    (P.CONCENTRATION, "no balances", view(balances=None), None, None),
    (P.BETA_DELTA, "34 of 83 SPY", view(), None, [("34", CLEAR)]),
    (P.BETA_DELTA, "at 34", view(), "34", [("34", HOLDS)]),
    (P.BETA_DELTA, "shares by their beta", view(held("AAPL", 100, "180"), quotes={
        "SPY": quoted("SPY", "600", "600"), "AAPL": quoted("AAPL", None, None, "180")},
        metrics={"AAPL": Metrics(D("1.2"))}), "30", [("36", HOLDS)]),
    (P.BETA_DELTA, "no beta", view(held("AAPL", 100, "180"), metrics={"AAPL": Metrics()}), None, [("", UNKNOWN)]),
    (P.BETA_DELTA, "not asked", view(held("AAPL", 100, "180"), metrics={}), None, [("", UNKNOWN)]),
    (P.BETA_DELTA, "no greeks", view(greeks={}), None, [("", UNKNOWN)]),
    (P.BETA_DELTA, "no price of SPY", view(quotes={}), None, [("", UNKNOWN)]),
    (P.BETA_DELTA, "no price of SPY, in shares", view(quotes={}), "30", [("", UNKNOWN)]),
    (P.BETA_DELTA, "nothing held", replace(view(), positions=()), None, [("0", CLEAR)]),
    (P.BETA_DELTA, "no positions", view(positions=None), None, None),
    (P.THETA, "40 of 250", view(), None, [("40", CLEAR)]),
    (P.THETA, "40 of 40", view(), "40", [("40", HOLDS)]),
    (P.THETA, "shares have none", view(held("AAPL", 10, "180")), None, [("0", CLEAR)]),
    (P.THETA, "one leg without", view(greeks={PUT.occ: greeks("-0.36", None), CALL.occ: greeks("0.2")}), None,
     [("", UNKNOWN)]),
    (P.THETA, "no greeks", view(greeks={}), None, [("", UNKNOWN)]),
    (P.THETA, "no positions", view(positions=None), None, None),
    (P.VEGA, "200 of 250", view(), None, [("200", CLEAR)]),
    (P.VEGA, "200 of 200", view(), "200", [("200", HOLDS)]),
    (P.TESTED, "both far", view(), None, [("6.33", CLEAR), ("5", CLEAR)]),
    (P.TESTED, "put reached", spot("562"), None, [("0", HOLDS), ("12.1", CLEAR)]),
    (P.TESTED, "call passed", spot("636"), None, [("11.64", CLEAR), ("-0.94", HOLDS)]),
    (P.TESTED, "just outside again", spot("564"), None, [("0.35", BETWEEN), ("11.7", CLEAR)]),
    (P.TESTED, "no price", view(quotes={}), None, [("", UNKNOWN), ("", UNKNOWN)]),
    (P.TESTED, "long options", view(held(PUT, 1, "2")), None, []),
    (P.TESTED, "no positions", view(positions=None), None, None),
    (P.DELTA, "put over", view(), None, [("0.36", HOLDS), ("0.19", CLEAR)]),
    (P.DELTA, "put between", view(), "0.38", [("0.36", BETWEEN), ("0.19", CLEAR)]),
    (P.DELTA, "one not told", view(greeks={CALL.occ: greeks("0.2")}), None, [("", UNKNOWN), ("0.2", CLEAR)]),
    (P.DELTA, "no positions", view(positions=None), None, None),
    (P.PROFIT, "a loss", view(), None, [("-58.96", CLEAR)]),
    (P.PROFIT, "half is kept", view(held(PUT, -2, "1.80", "0.90"), held(CALL, -2, "1.66", "0.80")), None,
     [("50.87", HOLDS)]),
    (P.PROFIT, "48 %", view(held(PUT, -2, "1.80", "0.90"), held(CALL, -2, "1.66", "0.90")), None, [("47.98", BETWEEN)]),
    (P.PROFIT, "no mark", view(held(PUT, -2, "1.80")), None, [("", UNKNOWN)]),
    (P.PROFIT, "a long call has no cap", view(held(CALL, 1, "2", "9")), None, []),
    (P.PROFIT, "no positions", view(positions=None), None, None),
    (P.LOSS, "0.59 of the credit", view(), None, [("0.59", CLEAR)]),
    (P.LOSS, "twice the credit", view(held(PUT, -2, "1.80", "5.40")), None, [("2", HOLDS)]),
    (P.LOSS, "1.9 times", view(held(PUT, -2, "1.80", "5.22")), None, [("1.9", BETWEEN)]),
    (P.LOSS, "no mark", view(held(PUT, -2, "1.80")), None, [("", UNKNOWN)]),
    (P.LOSS, "a debit", view(held(PUT, 2, "1.80", "0.10")), None, []),
    (P.LOSS, "no positions", view(positions=None), None, None),
    (P.MAX_LOSS, "a long put", view(held(PUT, 2, "2.00", "0.40")), None, [("80", HOLDS)]),
    (P.MAX_LOSS, "the condor", view(*CONDOR), None, [("6.07", CLEAR)]),
    (P.MAX_LOSS, "no cap", view(), None, []),
    (P.MAX_LOSS, "no positions", view(positions=None), None, None),
    (P.DTE, "39 days", view(), None, [("39", CLEAR)]),
    (P.DTE, "21 days", view(today=EXPIRY - timedelta(days=21)), None, [("21", HOLDS)]),
    (P.DTE, "long ones only", view(held(PUT, 1, "2"), today=EXPIRY), None, []),
    (P.DTE, "no positions", view(positions=None), None, None),
    (P.ASSIGNMENT, "far away", view(held(contract(610), -1, "12")), None, [("39", CLEAR)]),
    (P.ASSIGNMENT, "in the money tomorrow", view(held(NEAR, -1, "5")), None, [("1", HOLDS)]),
    (P.ASSIGNMENT, "out of the money tomorrow", view(held(replace(NEAR, strike=D(590)), -1, "5")), None,
     [("1", CLEAR)]),
    (P.ASSIGNMENT, "no price", view(held(NEAR, -1, "5"), quotes={}), None, [("", UNKNOWN)]),
    (P.ASSIGNMENT, "long ones", view(held(NEAR, 1, "5")), None, []),
    (P.ASSIGNMENT, "no positions", view(positions=None), None, None),
    (P.EXERCISE, "in the money tomorrow", view(held(NEAR, 1, "5")), None, [("1", HOLDS)]),
    (P.EXERCISE, "short ones", view(), None, []),
    (P.DIVIDEND, "0.20 left, 1.80 paid", short_call(), None, [("3", HOLDS)]),
    (P.DIVIDEND, "2.20 left, 1.80 paid", short_call("12.20"), None, [("3", CLEAR)]),
    (P.DIVIDEND, "out of the money", short_call("0.50", "580"), None, [("3", CLEAR)]),
    (P.DIVIDEND, "not within five days", short_call(ex_dividend=TODAY + timedelta(days=6)), None, [("6", CLEAR)]),
    (P.DIVIDEND, "after it expires", short_call(ex_dividend=EXPIRY + timedelta(days=1)), None, []),
    (P.DIVIDEND, "none coming", short_call(ex_dividend=None), None, []),
    (P.DIVIDEND, "how much is not told", short_call(dividend=None), None, [("", UNKNOWN)]),
    (P.DIVIDEND, "no mark", short_call(None), None, [("", UNKNOWN)]),
    (P.DIVIDEND, "not asked", view(held(COVERED, -1, "8"), metrics={}), None, [("", UNKNOWN)]),
    (P.DIVIDEND, "a put pays none", view(held(PUT, -1, "2")), None, []),
    (P.DIVIDEND, "no positions", view(positions=None), None, None),
    (P.EARNINGS, "in a week", events(earnings=TODAY + timedelta(days=7)), None, [("7", HOLDS)]),
    (P.EARNINGS, "in two weeks", events(earnings=TODAY + timedelta(days=14)), None, [("14", CLEAR)]),
    (P.EARNINGS, "after it expires", events(earnings=EXPIRY + timedelta(days=1)), None, []),
    (P.EARNINGS, "over", events(earnings=TODAY - timedelta(days=1)), None, []),
    (P.EARNINGS, "none", events(), None, []),
    (P.EARNINGS, "not asked", view(metrics={}), None, [("", UNKNOWN)]),
    (P.EARNINGS, "no positions", view(positions=None), None, None),
    (P.EX_DIVIDEND, "in three days", events(ex_dividend=TODAY + timedelta(days=3)), None, [("3", HOLDS)]),
    (P.EX_DIVIDEND, "long ones only", view(held(PUT, 1, "2"), metrics={"SPY": Metrics(ex_dividend=TODAY)}), None, []),
    (P.REJECTED, "one", view(orders=(an_order(BrokerStatus.REJECTED),)), None, [("1", HOLDS)]),
    (P.REJECTED, "ours tells itself", view(orders=(an_order(BrokerStatus.REJECTED),), ours=frozenset({77})), None, []),
    (P.REJECTED, "none", view(orders=(an_order(),)), None, []),
    (P.REJECTED, "not told", view(orders=None), None, None),
    (P.PART_FILLED, "ten minutes", view(orders=(an_order(BrokerStatus.LIVE, "1"),)), None, [("10", HOLDS)]),
    (P.PART_FILLED, "two minutes", view(orders=(an_order(BrokerStatus.LIVE, "1", minutes=2),)), None, [("2", CLEAR)]),
    (P.PART_FILLED, "times not told", view(orders=(an_order(BrokerStatus.LIVE, "1", minutes=None),)), None,
     [("60", HOLDS)]),
    (P.PART_FILLED, "no time at all", view(
        orders=(an_order(BrokerStatus.LIVE, "1", minutes=None, received_at=None),)), None, [("", UNKNOWN)]),
    (P.PART_FILLED, "whole", view(orders=(an_order(BrokerStatus.LIVE, "2"),)), None, []),
    (P.PART_FILLED, "over", view(orders=(an_order(BrokerStatus.CANCELLED, "1"),)), None, []),
    (P.PART_FILLED, "untouched", view(orders=(an_order(),)), None, []),
    (P.PART_FILLED, "not told", view(orders=None), None, None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("preset", "seen", "line", "wanted"),
    [pytest.param(p, v, line, w, id=f"{p.value}: {what}") for p, what, v, line, w in CASES],
)
def test_each_preset_says_what_a_trader_would(
    preset: Preset, seen: RiskView, line: str | None, wanted: list[tuple[str, Stand]] | None
) -> None:
    default = KINDS[preset].default
    drawn = default if line is None else Line(D(line))
    assert drawn is not None
    found = look(seen, {preset: drawn})
    if wanted is None:
        assert (found.blind, found.of(preset)) == (frozenset({preset}), ())
        return
    assert found.blind == frozenset()
    told = [(_short(f.reading.value), f.stand) for f in found.of(preset)]
    assert told == [(_short(D(value)) if value else "", stand) for value, stand in wanted]


def _short(value: Decimal | None) -> str:
    return "" if value is None else f"{value.quantize(D('0.01')):f}"


def test_the_table_has_a_case_of_each_kind_for_each_preset() -> None:
    stands = {preset: set() for preset in Preset}
    blind = set()
    for preset, _, _, _, wanted in CASES:
        blind |= {preset} if wanted is None else set()
        stands[preset] |= {stand for _, stand in wanted or ()}
    assert set(MEASURES) == set(Preset) == set(KINDS)
    assert all(HOLDS in found for found in stands.values())
    shared = {
        Preset.VEGA,
        Preset.EXERCISE,
        Preset.EX_DIVIDEND,
    }  # measured by the same function as their sister
    assert blind | shared == set(Preset)


def test_a_line_is_a_share_of_net_liquidation_or_in_the_presets_own_unit() -> None:
    assert level_of(P.DAY_LOSS, Line(D(2), of_net_liq=True), view()) == 1000
    assert level_of(P.DAY_LOSS, Line(D(500)), view(balances=None)) == 500
    assert level_of(P.DAY_LOSS, Line(D(2), of_net_liq=True), view(balances=None)) is None
    assert level_of(P.BETA_DELTA, Line(D(120), of_net_liq=True), view()) == 100
    assert level_of(P.BETA_DELTA, Line(D(120), of_net_liq=True), view(quotes={})) is None


numbers = st.decimals(min_value=-1000, max_value=1000, places=2)


@given(st.sampled_from(Preset), numbers, numbers)
def test_a_value_holds_is_clear_or_lies_between_and_never_two_of_them(
    preset: Preset, value: Decimal, level: Decimal
) -> None:
    """Hysteresis: between its line and its release nothing changes, whatever it was before."""
    stand = stand_of(preset, Reading("", value, Figures()), level)
    worse = value >= level if KINDS[preset].side is Side.ABOVE else value <= level
    assert (stand is HOLDS) == worse
    back = level - value if KINDS[preset].side is Side.ABOVE else value - level
    assert (stand is BETWEEN) == (0 < back <= release_of(preset, level))


@given(st.sampled_from(Preset), numbers)
def test_what_is_not_known_never_holds(preset: Preset, level: Decimal) -> None:
    assert stand_of(preset, Reading("", None, Figures()), level) is UNKNOWN
    assert stand_of(preset, Reading("", level, Figures()), None) is UNKNOWN
    assert stand_of(preset, Reading("", level, Figures(), matters=False), level) is CLEAR


@given(st.sets(st.sampled_from(["balances", "peak", "status", "positions", "orders"])))
def test_knowledge_that_is_missing_raises_nothing_and_clears_nothing(missing: set[str]) -> None:
    """Whatever cannot be read: what it takes to tell a preset is missing, and the others stay as they were."""
    lines = {p: k.default or Line(D(1)) for p, k in KINDS.items()}
    whole = look(view(), lines)
    less = look(view(**dict.fromkeys(missing)), lines)
    for key, finding in whole.findings.items():
        if key[0] in less.blind:
            continue
        assert less.findings[key].stand in {finding.stand, UNKNOWN}
    assert less.findings.keys() <= whole.findings.keys()


def test_futures_and_what_is_closed_are_no_trades() -> None:
    future = held("/ESZ6", 1, "6000", instrument_type=InstrumentType.FUTURE)
    seen = view(future, held(PUT, 0, "1"))
    assert seen.trades == ()
    assert look(seen, {P.BETA_DELTA: Line(D(1))}).of(P.BETA_DELTA)[0].stand is UNKNOWN


def test_the_day_of_an_event_is_told_with_the_days_to_it() -> None:
    day = date(2026, 12, 3)
    found = look(events(earnings=day), {P.EARNINGS: Line(D(7))}).of(P.EARNINGS)[0].reading
    assert (found.subject, found.figures.day, found.figures.days) == ("SPY 2027-01-08", day, 3)
    assert found.figures.symbols == (PUT.occ, CALL.occ)
    assert found.at_stake == 408
    assert NOW.date() == TODAY
