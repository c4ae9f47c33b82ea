"""Price rules against a naive model that sees every print: I41, I46, I54, I55, faults 61 and 62."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from senexbot.domain.alerting.rules import RuleState
from senexbot.domain.alerting.terms import Often, Repeat
from senexbot.domain.alerts import (
    AlertDraft,
    Direction,
    QuietBand,
    Tick,
    deleted,
    distance_percent,
    evaluate,
    fire_now,
    gap_check,
    new_rule,
    parked,
    price_rule,
    quiet_band,
    standing,
    stepped,
    unparked,
)
from senexbot.domain.tape import Tape

from .builders import NOW, D, after, rule

ABOVE, BELOW = Direction.ABOVE, Direction.BELOW
W, A, F = RuleState.WAITING, RuleState.ARMED, RuleState.FIRED


def tick(last, low=None, high=None, *, confirmed=True):
    return Tick(
        "AAPL", D(last), D(last if low is None else low), D(last if high is None else high), NOW, confirmed
    )


def made(last, direction=ABOVE):
    return new_rule(
        AlertDraft("AAPL", direction, D("200.0")),
        id="r",
        team_id="T1",
        owner="U1",
        link_id="L",
        symbol="AAPL",
        streamer_symbol="AAPL",
        words="AAPL",
        channel="C1",
        now=NOW,
        last=None if last is None else D(last),
    )


@pytest.mark.parametrize(
    ("direction", "last", "state"),
    [
        (ABOVE, "199", A),
        (ABOVE, "200", A),
        (ABOVE, "201", W),
        (BELOW, "201", A),
        (BELOW, "200", A),
        (BELOW, "199", W),
        (ABOVE, None, W),
        (ABOVE, "NaN", W),
        (ABOVE, "0", W),
    ],
)
def test_true_already_waits(direction, last, state):
    made_rule = made(last, direction)
    assert made_rule.state is state
    assert (made_rule.armed_at is not None) == (state is A)
    assert made_rule.words == "AAPL"


@pytest.mark.parametrize(
    ("direction", "state", "seen", "result", "fires"),
    [
        (ABOVE, A, ("200",), A, False),
        (ABOVE, A, ("200.01",), F, True),
        (ABOVE, A, ("199", "198", "201"), F, True),  # there and back within one tick (I55)
        (ABOVE, W, ("201",), W, False),
        (ABOVE, W, ("200",), A, False),
        (ABOVE, W, ("199", "199", "205"), A, False),  # it came down: that is no move up
        (ABOVE, W, ("201", "199", "205"), F, True),  # down and up again
        (BELOW, A, ("200",), A, False),
        (BELOW, A, ("199.99",), F, True),
        (BELOW, A, ("201", "199", "202"), F, True),
        (BELOW, W, ("199",), W, False),
        (BELOW, W, ("200",), A, False),
        (BELOW, W, ("199", "195", "201"), F, True),
        (ABOVE, F, ("300",), F, False),
        (ABOVE, RuleState.PARKED, ("300",), RuleState.PARKED, False),
        (ABOVE, RuleState.DELETED, ("300",), RuleState.DELETED, False),
    ],
)
def test_evaluate(direction, state, seen, result, fires):
    before = rule(direction, state=state)
    changed, fired = evaluate(before, tick(*seen))
    assert (changed.state, fired) == (result, fires)
    assert changed.version == before.version + (1 if result is not state else 0)
    if fires:
        assert (changed.fired_at, changed.last_price) == (NOW, D(seen[0]))
    if state is W and result is A:
        assert changed.armed_at == NOW


@pytest.mark.parametrize(
    "bad",
    [
        tick("0"),
        tick("-1"),
        tick("NaN"),
        tick("Infinity"),
        tick("sNaN"),
        tick("300", "0", "300"),
        tick("300", "300", "Infinity"),
        tick("300", "NaN", "300"),
        tick("300", "300", "NaN"),
        tick("300", "250", "260"),
    ],
)
@pytest.mark.parametrize("confirmed", [True, False])
def test_nonsense_never_fires_and_changes_nothing(bad, confirmed):
    """I54, F61."""
    before = rule(last_price=D(199))
    assert evaluate(before, replace(bad, confirmed=confirmed)) == (before, False)


def test_a_spike_needs_a_second_print():
    """F61, on ticks whose maker held nothing back."""
    before = rule(last_price=D(190))
    pending, fired = evaluate(before, tick("2000", confirmed=False))
    assert (pending.pending, pending.state, pending.version, fired) == (True, A, 1, False)
    assert pending.last_price == D(190)
    calm, fired = evaluate(pending, tick("191", confirmed=False))
    assert (calm.pending, calm.last_price, fired) == (False, D(191), False)
    assert evaluate(pending, tick("2001", confirmed=False))[1]
    assert evaluate(pending, tick("190", "190", "2001", confirmed=False))[1]
    assert evaluate(before, tick("2000", "2000", "2001", confirmed=False))[1]  # two prints beyond at once
    assert not evaluate(before, tick("190", "190", "2001", confirmed=False))[1]
    assert evaluate(before, tick("209", confirmed=False))[1]  # 10 % exactly is no spike
    assert not evaluate(before, tick("209.01", confirmed=False))[1]
    assert evaluate(rule(), tick("2000", confirmed=False))[1]  # nothing known to measure it by
    down = rule(BELOW, last_price=D(210))
    assert evaluate(down, tick("1", confirmed=False))[0].pending


def test_a_waiting_rule_keeps_a_spike_pending_too():
    before = rule(state=W, last_price=D(300))
    pending, fired = evaluate(before, tick("340", "199", "340", confirmed=False))
    assert (pending.state, pending.pending, fired) == (A, True, False)
    assert evaluate(pending, tick("341", confirmed=False))[1]


def test_jitter_round_the_level_is_one_alert():
    """F62, I46."""
    current, firings = rule(), 0
    for number in range(10_000):
        current, fired = evaluate(current, tick("200.01" if number % 2 else "199.99"))
        firings += fired
    assert firings == 1


def test_after_a_blind_time():
    """I47, F60."""
    assert gap_check(rule(), D(190), D(201), D(195), after(5))[1]
    assert not gap_check(rule(), D(190), D(200), D(195), after(5))[1]
    assert gap_check(rule(), D(190), D(195), D(201), after(5))[1]
    assert gap_check(rule(BELOW), D(199), D(205), D(201), after(5))[1]
    assert not gap_check(rule(), D("NaN"), D(300), D(195), after(5))[1]
    armed, fired = gap_check(rule(state=W), D(190), D(210), D(195), after(5))
    assert (armed.state, armed.armed_at, fired) == (A, after(5), False)


def test_the_button_and_the_other_states():
    asked = fire_now(rule(state=W), D(201), after(1))
    assert (asked.state, asked.version, asked.fired_at) == (F, 2, after(1))
    with pytest.raises(ValueError, match="fired"):
        fire_now(asked, D(201), after(2))
    away = parked(rule(), "halted by its exchange")
    assert (away.state, away.reason, away.version) == (RuleState.PARKED, "halted by its exchange", 2)
    back = unparked(away)
    assert (back.state, back.reason, back.version) == (W, "", 3)
    assert deleted(rule()).state is RuleState.DELETED


def test_distance():
    assert distance_percent(rule(), D(100)) == 100
    assert distance_percent(rule(BELOW, "590"), D("602.14")) < 0
    assert distance_percent(rule(), D(0)) is None


# --- the laws ----------------------------------------------------------------------------------

PRINTS = st.lists(
    st.one_of(
        st.integers(190, 210).map(Decimal),
        st.integers(150, 260).map(Decimal),
        st.sampled_from([D("0"), D("-5"), D("NaN"), D("2000"), D("20"), D("2001")]),
    ),
    max_size=30,
)


def trusted(start, prints):
    """The naive reading of the spike rule, print by print: what is believed, in order."""
    believed, last, held = [], start, None
    for price in prints:
        if not price.is_finite() or price <= 0:
            continue
        if abs(price - last) <= last / 10:
            believed.append(price)
        elif held is not None and abs(price - held) <= held / 10:
            believed += [held, price]
        else:
            held = price
            continue
        last, held = price, None
    return believed


def crossings(start, prints, level, direction):
    """How many firings a rule has that arms at or before the level and fires once beyond it."""

    def beyond(price):
        return price > level if direction is ABOVE else price < level

    armed = not beyond(start)
    for price in prints:
        if armed and beyond(price):
            return 1
        armed = armed or not beyond(price)
    return 0


def cut_up(prints, cuts):
    """The prints in consecutive chunks; `cuts` are their sizes, the rest is the last."""
    chunks, at = [], 0
    for size in cuts:
        chunks.append(prints[at : at + size])
        at += size
    return [*chunks, prints[at:]]


def firings(current, start, chunks):
    """What the rule does when the feed is evaluated after each chunk only."""
    tape, count = Tape("AAPL", last=start), 0
    for number, chunk in enumerate(chunks):
        for price in chunk:
            tape = tape.take(price, NOW + timedelta(seconds=number))
        tape, seen = tape.cut()
        if seen is not None:
            current, fired = evaluate(current, seen)
            count += fired
    return count


@given(
    st.sampled_from(Direction),
    st.integers(180, 220),
    PRINTS,
    st.lists(st.integers(0, 6), max_size=12),
)
@settings(max_examples=200)
def test_however_the_feed_is_cut_up_an_armed_rule_fires_once_iff_it_was_crossed(
    direction, level, prints, cuts
):
    """I41, I55: no confirmed crossing is lost, none is invented."""
    start = Decimal(200)
    truth = trusted(start, prints)
    current = rule(direction, str(level), last_price=start)
    if current.beyond(start):
        return
    expected = crossings(start, truth, Decimal(level), direction)
    assert firings(current, start, cut_up(prints, cuts)) == expected


@given(
    st.sampled_from(Direction),
    st.integers(180, 220),
    PRINTS,
    st.lists(st.integers(0, 6), max_size=12),
)
@settings(max_examples=200)
def test_a_waiting_rule_never_invents_a_crossing_and_uncut_loses_none(direction, level, prints, cuts):
    """I41: for a rule that was true when set, a tick cannot tell down-and-up from up-and-down; it errs
    towards silence for that one tick only."""
    start = Decimal(200)
    truth = trusted(start, prints)
    current = rule(direction, str(level), last_price=start, state=W)
    expected = crossings(start, truth, Decimal(level), direction) if current.beyond(start) else None
    if expected is None:
        return
    assert firings(current, start, [[p] for p in prints]) == expected
    assert firings(current, start, cut_up(prints, cuts)) <= expected


def test_the_tape_holds_back_spikes_and_gives_extremes():
    """F61."""
    tape = Tape("AAPL")
    assert tape.cut() == (tape, None)
    for price in ("100", "99", "104", "1000", "101"):
        tape = tape.take(D(price), NOW)
    tape, seen = tape.cut()
    assert seen == Tick("AAPL", D(101), D(99), D(104), NOW, confirmed=True)
    assert tape.cut()[1] is None
    for price in ("1000", "500", "1001"):
        tape = tape.take(D(price), NOW)
    assert tape.cut()[1] is None
    tape, seen = tape.take(D("1002"), NOW).cut()
    assert seen == Tick("AAPL", D(1002), D(1001), D(1002), NOW, confirmed=True)


near_levels = st.sampled_from([D(f"{n}") for n in range(196, 205)])


@given(
    st.lists(st.tuples(st.sampled_from([ABOVE, BELOW]), near_levels, st.sampled_from([W, A])), max_size=6),
    st.lists(near_levels, min_size=3, max_size=3),
)
def test_i46_within_the_quiet_band_no_rule_leaves_its_state(watched, prices):
    """And the band is exact: a sound tick outside of it moves the state of at least one rule."""
    rules = [rule(direction, str(level), state=state) for direction, level, state in watched]
    low, last, high = sorted(prices)
    seen = tick(last, low, high)
    after_each = [evaluate(one, seen)[0].state for one in rules]
    if quiet_band(rules).holds(seen):
        assert after_each == [one.state for one in rules]
    else:
        assert after_each != [one.state for one in rules]


def test_what_a_band_says_nothing_of():
    """Nonsense and unconfirmed ticks go the long way; rules that are not watched bound nothing."""
    assert quiet_band([rule(state=F)]) == QuietBand()
    band = quiet_band([rule(state=A)])
    assert band.holds(tick("200"))
    assert not band.holds(tick("200", confirmed=False))
    assert not band.holds(tick("200", low="NaN"))
    assert not band.holds(tick("200", high="Infinity"))


# --- as standing alerts --------------------------------------------------------------------------


def test_a_rule_of_one_level_is_a_standing_alert_and_back():
    rule = made("187.47")
    alert = standing(rule, 3)
    assert (alert.number, alert.text) == (3, "AAPL > 200.00")
    assert price_rule(alert) == rule
    below = standing(replace(rule, direction=Direction.BELOW), 4)
    assert (below.text, price_rule(below).direction) == ("AAPL < 200.00", Direction.BELOW)
    gone = deleted(rule)
    assert stepped(alert, gone) == replace(alert, state=RuleState.DELETED, version=2)
    daily = replace(alert, terms=replace(alert.terms, repeat=Repeat(Often.DAILY)))
    assert price_rule(daily) is None
