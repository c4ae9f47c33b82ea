"""The state machine of an alert, test by test and as laws: once a crossing, nothing lost between looks (I41, I46, I54)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from senexbot.domain.alerting.evaluating import Memory, begin, is_true, mark_of, recall
from senexbot.domain.alerting.looks import Look, Seen, is_sound
from senexbot.domain.alerting.moments import first_nodes
from senexbot.domain.alerting.rules import AlertRule, RuleState, Watched
from senexbot.domain.alerting.terms import (
    AlertTerms,
    All,
    Amount,
    Any,
    Band,
    Cross,
    Direction,
    Extreme,
    Field,
    Gap,
    Held,
    Hours,
    Level,
    Move,
    Not,
    Often,
    Period,
    Ratio,
    Reach,
    Repeat,
    Side,
    Source,
    Sum,
    Trail,
    Way,
    Weighted,
)
from senexbot.domain.alerting.trees import days_in, sources_in

from .laws import (
    DAY,
    START,
    A,
    B,
    D,
    Figures,
    Follower,
    above,
    below,
    conditions,
    fine_prices,
    repeats,
    seen,
    sides,
    spans,
)

EVERY, DAILY = Repeat(Often.EVERY), Repeat(Often.DAILY)
SPREAD = Sum((Weighted(D(1), A), Weighted(D(-1), B)))
W, ARMED, R, F = RuleState.WAITING, RuleState.ARMED, RuleState.RESTING, RuleState.FIRED


def follow(condition, repeat=None, **more):
    return Follower(AlertTerms(condition, repeat or Repeat(), **more))


# Tables ---------------------------------------------------------------------------------------------------------------

ABOVE, UP, LOOSE = above(200), Cross(A, Side.ABOVE, D(200)), Repeat(Often.EVERY, Amount(D(1)))


@pytest.mark.parametrize(
    ("condition", "repeat", "ticks", "fires"),
    [
        (above(200), None, "199 200 201 199 201", "__x__"),
        (above(200), EVERY, "199 201 199.6 201 199.5 201", "_x___x"),
        (above(200), LOOSE, "199 201 199.1 201 199 201", "_x___x"),
        (above(200), None, "201 202 200 201", "___x"),
        (below(200), None, "201 200 199", "__x"),
        (below(200), EVERY, "201 199 200.4 199 200.5 199", "_x___x"),
        (UP, EVERY, "199 201 200 201 199.5 201", "_x___x"),
        (UP, None, "201 202 203 199 201", "____x"),
        (Cross(A, Side.BELOW, D(200)), EVERY, "201 199 200.5 199", "_x_x"),
        (Band(A, Way.ENTERS, D(200), D(202)), EVERY, "199 200 201 203 201", "_x__x"),
        (Band(A, Way.ENTERS, D(200), D(202)), EVERY, "199 201 202.3 202 203", "_x___"),
        (Band(A, Way.LEAVES, D(200), D(202)), EVERY, "201 203 201.9 203 201 199", "_x___x"),
        (Band(A, Way.LEAVES, D(200), D(202)), None, "203 204 201 199", "___x"),
        (Move(A, Direction.UP, Amount(D(2)), timedelta(minutes=5)), None, "200 201 199 201", "___x"),
        (Move(A, Direction.DOWN, Amount(D(1), is_percent=True), timedelta(minutes=5)), None, "200 198", "_x"),
        (Move(A, Direction.EITHER, Amount(D(2)), timedelta(minutes=5)), EVERY, "200 202 200 202", "_x__"),
        (Move(A, Direction.EITHER, Amount(D(2)), timedelta(minutes=5)), None, "200 198", "_x"),
        (Trail(A, Reach.HIGH, Amount(D(2))), EVERY, "200 205 204 203 202 201 199", "___x_x_"),
        (Trail(A, Reach.LOW, Amount(D(1), is_percent=True)), None, "200 198 199.9 199.98", "___x"),
        (Not(above(200)), None, "201 200", "_x"),
        (All((above(200), below(205))), EVERY, "199 206 203 206 199 203", "__x__x"),
        (Any((above(205), below(195))), EVERY, "200 206 200 194", "_x_x"),
        (Held(above(200), timedelta(seconds=2)), None, "199 201 202 203", "___x"),
        (Held(above(200), timedelta(seconds=2)), None, "199 201 199 203 204 205", "_____x"),
        (Held(Not(above(200)), timedelta(seconds=1)), None, "201 199 198", "__x"),
        (All((UP, Not(above(210)))), EVERY, "199 201 190 211", "_x__"),
    ],
)
def test_when_each_condition_fires(condition, repeat, ticks, fires):
    follower = follow(condition, repeat)
    assert "".join("x" if fired else "_" for fired in follower.ticks(*ticks.split())) == fires


@pytest.mark.parametrize(
    ("condition", "span", "told"),
    [
        (above(200), ("199", "198", "201"), "201"),
        (above(200), ("201", "198", "202"), "201"),
        (below(198), ("199", "197", "201"), "197"),
        (UP, ("199", "198", "201"), "201"),
        (Band(A, Way.ENTERS, D(200), D(202)), ("199", "198", "201"), "201"),
        (Trail(A, Reach.HIGH, Amount(D(2))), ("199", "197", "199"), "197"),
        (Move(A, Direction.UP, Amount(D(3)), timedelta(minutes=5)), ("200", "199", "202.5"), "202.5"),
        (All((above(200), above(50, B))), ("199", "198", "201"), "201"),
        (Any((above(900, B), above(200))), ("199", "198", "201"), "201"),
    ],
)
def test_i41_a_touch_between_two_looks_fires_and_is_what_is_told(condition, span, told):
    follower = follow(condition)
    follower.look(a=seen(199), b=seen(100))
    assert follower.look(a=seen(*span)).fired
    assert follower.firings == [D(told)]


def test_a_crossing_that_began_beyond_counts_where_now_is_beyond_again():
    """Armed while beyond: in a composite. It went back and through once more between two looks."""
    follower = follow(All((UP, above(50, B))))
    follower.look(a=seen(201), b=seen(100))
    assert not follower.look(a=seen(199, 199, 202)).fired  # the order of these is not known
    follower.look(a=seen(201), b=seen(10))
    assert follower.look(a=seen(202, 199, 202), b=seen(100)).fired


def test_a_sum_and_a_ratio_are_looked_at_with_the_newest_of_the_others():
    for value, level, told in ((SPREAD, 12, "13"), (Ratio(A, B), "1.06", "1.065")):
        follower = follow(above(level, value))
        follower.look(a=seen(210), b=seen(200))
        follower.look(a=seen(210, 210, 213))
        assert follower.firings == [D(told)]


def test_moves_and_trails_of_several_sources_take_their_newest_values():
    for condition in (
        Move(SPREAD, Direction.UP, Amount(D(3)), timedelta(minutes=1)),
        Trail(SPREAD, Reach.LOW, Amount(D(3))),
    ):
        follower = follow(condition)
        follower.look(a=seen(210), b=seen(200))
        follower.look(b=seen(198))
        assert not follower.firings
        assert follower.look(b=seen(197)).fired


def test_what_is_not_known_is_neither_true_nor_false():
    follower = follow(Not(above(50, B)))
    assert follower.ticks(199, 201) == [False, False]
    assert follower.memory.phase is W
    assert follow(above(200)).look().memory.phase is W
    for condition in (
        Cross(B, Side.ABOVE, D(1)),
        Band(B, Way.ENTERS, D(1), D(2)),
        Move(B, Direction.UP, Amount(D(1)), timedelta(minutes=1)),
        Trail(B, Reach.HIGH, Amount(D(1))),
        above(1, SPREAD),
        above(1, Ratio(B, A)),
        Extreme("SPY", Reach.HIGH, Period.DAY),
        Gap("SPY", Direction.UP, Amount(D(1))),
        Held(above(1, B), timedelta(seconds=1)),
        All((above(1), above(1, B))),
    ):
        follower = follow(condition)
        follower.look(a=seen(200))
        assert follower.memory.phase is W, condition
        assert is_true(condition, Look(START, DAY, {A: seen(200)})) is None


def test_what_is_false_by_one_part_is_known_to_be():
    assert is_true(All((above(300), above(1, B))), Look(START, DAY, {A: seen(200)})) is False
    assert is_true(Any((above(100), above(1, B))), Look(START, DAY, {A: seen(200)})) is True


def test_a_value_that_is_lost_breaks_what_is_held():
    follower = follow(Held(Any((above(200), above(900, B))), timedelta(seconds=3)))
    follower.look(a=seen(199), b=seen(1))
    follower.look(a=seen(201))
    follower.look(a=None)
    follower.look(a=seen(201))
    assert not follower.look(seconds=2).fired
    assert follower.look(seconds=1).fired


def test_held_says_when_it_is_due_and_fires_then_with_nothing_new():
    follower = follow(Held(above(200), timedelta(minutes=5)))
    follower.look(a=seen(199))
    stepped = follower.look(a=seen(201))
    assert stepped.due == follower.at + timedelta(minutes=5)
    assert not follower.look(299).fired
    assert follower.look(1).fired


def test_a_dip_between_two_looks_breaks_what_is_held():
    follower = follow(Held(above(200), timedelta(seconds=3)))
    follower.look(a=seen(199))
    follower.look(a=seen(201))
    follower.look(2, a=seen(201, 199, 202))
    assert not follower.look(2).fired
    assert follower.look(1).fired


@pytest.mark.parametrize(
    ("source", "one", "sound"),
    [
        (A, seen("NaN", 1, 1), False),
        (A, seen(1, "NaN", 1), False),
        (A, seen(1, 1, "Infinity"), False),
        (A, seen("NaN"), False),
        (A, seen(1, 2, 3), False),
        (A, seen(0), False),
        (A, seen(1, -1, 1), False),
        (A, seen(1), True),
        (Source("AAPL", Field.VOLUME), seen(0), True),
        (Source("AAPL", Field.IV), seen(-1), False),
        (Source(".A", Field.DELTA), seen("-0.3"), True),
    ],
)
def test_i54_nonsense_changes_nothing(source, one, sound):
    assert is_sound(source, one) is sound
    for condition in (below(100, source), All((below(100, source),))):
        follower = follow(condition)
        follower.values[source] = seen(101)
        follower.look()
        before = follower.memory
        follower.values[source] = one
        stepped = follower.look()
        if not sound:
            assert not stepped.fired
            assert follower.memory == before
            assert is_true(condition, Look(START, DAY, {source: one})) is None
        else:
            assert stepped.fired


def test_i46_a_gap_is_said_once_a_day_and_is_over_with_it():
    follower = follow(Gap("AAPL", Direction.UP, Amount(D(2), is_percent=True)), EVERY)
    follower.days["AAPL"] = Figures(previous_close=D(200))
    assert not follower.look().fired
    follower.days["AAPL"] = Figures(previous_close=D(200), day_open=D(204))
    assert follower.look().fired
    assert not follower.look().fired
    assert follower.firings == [D(204)]
    # The next day's figures come with its open already in them.
    follower.days["AAPL"] = Figures(previous_close=D(200), day_open=D(204), day_id=20781)
    assert follower.look().fired
    follower.days["AAPL"] = Figures(previous_close=D(200), day_open=D(203), day_id=20782)
    assert not follower.look().fired


@pytest.mark.parametrize(
    ("direction", "opens", "fires"),
    [
        (Direction.UP, 202, True),
        (Direction.UP, 198, False),
        (Direction.DOWN, 198, True),
        (Direction.EITHER, 198, True),
        (Direction.EITHER, 201, False),
    ],
)
def test_a_gap_has_a_direction(direction, opens, fires):
    follower = follow(Gap("AAPL", direction, Amount(D(2))))
    follower.days["AAPL"] = Figures(previous_close=D(200))
    follower.look()
    follower.days["AAPL"] = Figures(previous_close=D(200), day_open=D(opens))
    assert follower.look().fired is fires


def test_a_percentage_of_nothing_is_not_known():
    percent = Amount(D(2), is_percent=True)
    follower = follow(Gap("AAPL", Direction.UP, percent))
    follower.days["AAPL"] = Figures(previous_close=D(0), day_open=D(204))
    follower.look()
    assert follower.memory.phase is W
    delta = Source(".A", Field.DELTA)
    follower = follow(
        Any((Trail(delta, Reach.HIGH, percent), Move(delta, Direction.UP, percent, timedelta(1))))
    )
    follower.values[delta] = seen(0)
    follower.look()
    assert not follower.look().fired


@pytest.mark.parametrize("reach", list(Reach))
@pytest.mark.parametrize("period", list(Period))
def test_an_extreme_is_a_trade_beyond_all_before_it(reach, period):
    sign = 1 if reach is Reach.HIGH else -1

    def at(away):
        return seen(200 + sign * D(away))

    follower = follow(Extreme("AAPL", reach, period), EVERY)
    assert not follower.look(a=at(0)).fired
    assert follower.memory.phase is W  # what was before is not known
    far = 200 + sign * 5
    figures = Figures(day_high=D(far), day_low=D(far), high_52_week=D(far), low_52_week=D(far))
    follower.days["AAPL"] = figures
    assert [follower.look(a=at(away)).fired for away in ("4", "5", "5.1", "5.2")] == [
        False,
        False,
        True,
        False,
    ]
    # The feed's figure may be told before the trade: it does not hide it. And it rests within its band.
    follower.days["AAPL"] = replace(figures, day_high=D(far) + sign * 2, day_low=D(far) + sign * 2)
    assert [follower.look(a=at(away)).fired for away in ("4", "7")] == [False, True]
    follower.look(a=at(0))
    follower.days["AAPL"] = replace(figures, day_id=20781, day_high=None, day_low=None)
    assert follower.look(a=at(8)).fired is (period is Period.WEEKS_52)
    follower.look(a=at(0))
    assert follower.look(a=at("8.1")).fired is True


def test_a_52_week_high_needs_the_feeds_figure():
    follower = follow(Extreme("AAPL", Reach.HIGH, Period.WEEKS_52))
    follower.days["AAPL"] = Figures(day_high=D(200))
    follower.look(a=seen(199))
    assert follower.memory.phase is W


# Repeats, hours -------------------------------------------------------------------------------------------------------


def test_a_cooldown_swallows_what_crosses_meanwhile_and_says_when_it_is_over():
    follower = follow(above(200), Repeat(Often.EVERY, Amount(D(1)), timedelta(seconds=10)))
    assert follower.ticks(198, 201, 198, 201, 198)[1:] == [True, False, False, False]
    stepped = follower.look()
    assert stepped.due == START + timedelta(seconds=12)
    assert (follower.memory.phase, follower.memory.cleared) == (R, True)
    follower.look(20)
    assert follower.memory.phase is ARMED
    assert follower.ticks(201) == [True]


def test_a_cooldown_that_ends_beyond_the_level_waits_for_its_return():
    follower = follow(above(200), Repeat(Often.EVERY, Amount(D(1)), timedelta(seconds=10)))
    follower.ticks(198, 201, 198, 201)
    assert not follower.look(20).fired
    assert follower.memory.phase is R


def test_the_crossing_that_ends_a_cooldown_counts():
    """Cleared, and nothing was looked at when its time came."""
    for condition in (above(200), All((above(200),))):
        follower = follow(condition, Repeat(Often.EVERY, Amount(D(1)), timedelta(seconds=10)))
        follower.ticks(198, 201, 198)
        assert follower.look(30, a=seen(201)).fired


def test_daily_fires_again_on_another_day_of_the_exchange():
    for condition in (above(200), All((above(200),))):
        follower = follow(condition, DAILY)
        assert follower.ticks(199, 201, 198, 201, 198) == [False, True, False, False, False]
        follower.day += timedelta(days=1)
        assert follower.ticks(201, 198, 201) == [True, False, False]


def test_i46_a_daily_alert_that_was_resumed_does_not_fire_twice_on_one_day():
    for condition in (above(200), All((above(200),))):
        follower = follow(condition, DAILY)
        follower.ticks(199, 201)
        follower.memory = follower.memory._replace(phase=W, cleared=False)
        assert follower.ticks(198, 201, 198) == [False, False, False]
        follower.day += timedelta(days=1)
        assert follower.ticks(201) == [True]


def test_a_value_that_goes_away_leaves_an_alert_as_it_was():
    follower = follow(above(200), DAILY)
    follower.ticks(199, 201, 198)
    follower.day += timedelta(days=1)
    follower.look(a=None)
    assert follower.memory.phase is ARMED
    assert follower.ticks(201) == [True]


def test_fired_and_back_in_one_look_is_clear_at_once():
    for condition in (above(200), All((above(200),)), below(200), UP):
        follower = follow(condition, EVERY)
        follower.look(a=seen(201 if condition == below(200) else 199))
        back = seen(202, 199, 202) if condition == below(200) else seen(198, 198, 201)
        assert follower.look(a=back).fired
        assert follower.memory.cleared
        again = 199 if condition == below(200) else 201
        assert follower.look(a=seen(again)).fired


def test_market_hours_only_looks_at_the_bell_at_what_happened_before_it():
    for condition in (above(200), All((above(200),)), UP):
        follower = follow(condition, hours=Hours.REGULAR)
        follower.ticks(199)
        follower.is_open = False
        assert follower.ticks(201, 202) == [False, False]
        follower.is_open = True
        assert follower.look().fired


def test_nothing_is_held_across_the_close():
    follower = follow(Held(above(200), timedelta(seconds=10)), hours=Hours.REGULAR)
    follower.ticks(199, 201)
    follower.is_open = False
    follower.look()
    follower.is_open = True
    assert not follower.look(20).fired
    assert follower.look(10).fired


def test_one_that_is_done_stays_done():
    follower = follow(above(200))
    follower.ticks(199, 201)
    assert follower.memory.phase is F
    assert follower.ticks(199, 201) == [False, False]


def test_a_trail_begins_anew_after_a_firing_and_its_mark_is_for_the_row():
    terms = AlertTerms(Trail(A, Reach.HIGH, Amount(D(2))), EVERY)
    follower = Follower(terms)
    follower.ticks(200, 203)
    assert mark_of(terms, follower.memory) == D(203)
    follower.ticks(201)
    assert mark_of(terms, follower.memory) == D(201)
    assert mark_of(AlertTerms(UP), begin(AlertTerms(UP))) is None


# Laws -----------------------------------------------------------------------------------------------------------------

histories = st.lists(st.tuples(fine_prices, st.booleans()), min_size=1, max_size=40)
levels = st.one_of(
    st.builds(Level, st.just(A), sides, st.just(D(200))), st.builds(Cross, st.just(A), sides, st.just(D(200)))
)


@given(levels, histories)
def test_i41_conflating_ticks_in_any_way_loses_no_firing_and_adds_none(condition, history):
    """Of an alert that is armed: its first tick is a look of its own, on the side from which it waits."""
    first = D(190) if condition.side is Side.ABOVE else D(210)
    ticks = [price for price, _ in history]
    by_tick, by_span = follow(condition), follow(condition)
    for follower in (by_tick, by_span):
        follower.ticks(first)
        assert follower.memory.phase is ARMED
    by_tick.ticks(*ticks)
    for span in spans(ticks, [cut for _, cut in history]):
        by_span.look(a=span)
    assert len(by_span.firings) == len(by_tick.firings)
    crossed = any(price > 200 if condition.side is Side.ABOVE else price < 200 for price in ticks)
    assert len(by_tick.firings) == int(crossed)


@settings(max_examples=300, deadline=None)
@given(sides, st.sampled_from([D(200), D("199.5")]), repeats, histories)
def test_the_short_way_of_a_plain_level_is_the_long_way(side, level, repeat, history):
    short, long = (
        follow(condition, repeat) for condition in (Level(A, side, level), All((Level(A, side, level),)))
    )
    for number, span in enumerate(spans([p for p, _ in history], [c for _, c in history])):
        for follower in (short, long):
            follower.day = DAY + timedelta(days=number // 7)
        assert short.look(a=span)._replace(memory=None) == long.look(a=span)._replace(memory=None)
        assert (short.memory.phase, short.memory.cleared) == (long.memory.phase, long.memory.cleared)


@settings(max_examples=150, deadline=None)
@given(st.lists(conditions, min_size=2, max_size=2), repeats, histories)
def test_de_morgan(parts, repeat, history):
    one, other = tuple(parts)
    for left, right in (
        (Not(All((one, other))), Any((Not(one), Not(other)))),
        (Not(Any((one, other))), All((Not(one), Not(other)))),
        (Not(Not(one)), one),
    ):
        followers = [follow(left, repeat), follow(right, repeat)]
        fires = []
        for follower in followers:
            follower.days["AAPL"] = Figures(D(204), D(205), D(199), D(200), D(206), D(195))
            fires.append(
                [
                    follower.look(a=seen(price), **({"b": seen(200)} if has else {})).fired
                    for price, has in history
                ]
            )
        assert fires[0] == fires[1]


@given(histories, st.integers(1, 5))
def test_held_is_true_where_its_part_was_true_without_a_break(history, seconds):
    follower = follow(Held(above(200), timedelta(seconds=seconds)), Repeat(Often.EVERY))
    fires = follower.ticks(199, *(price for price, _ in history))
    run, was, told = 0, False, []
    for price in (D(199), *(price for price, _ in history)):
        run = run + 1 if price > 200 else 0
        held = run > seconds
        if price <= D("199.5"):
            was = False  # clear by its band
        told.append(held and not was)
        was = was or held
    assert fires == told


def stored(condition, repeat, memory: Memory) -> AlertRule:
    return AlertRule(
        id="R",
        number=1,
        team_id="T",
        owner="U",
        link_id="L",
        terms=AlertTerms(condition, repeat),
        text="",
        instruments=(Watched("AAPL", "AAPL", "AAPL", "AAPL"),),
        channel="",
        state=memory.phase,
        version=1,
        created_at=START,
        fired_at=memory.fired_at,
        fired_day=memory.fired_day,
        mark=mark_of(AlertTerms(condition), memory) if memory.nodes else None,
    )


alone = st.one_of(
    levels,
    st.builds(Band, st.just(A), st.sampled_from(Way), st.just(D(198)), st.just(D(202))),
    st.builds(Trail, st.just(A), st.sampled_from(Reach), st.just(Amount(D(3)))),
)


@given(alone, st.sampled_from([Repeat(), EVERY]), histories)
def test_i46_a_restart_between_any_two_looks_neither_loses_nor_repeats(condition, repeat, history):
    steady, restarted = follow(condition, repeat), follow(condition, repeat)
    for price, restarts in history:
        if restarts and restarted.memory.phase is not W:
            restarted.memory = recall(stored(condition, repeat, restarted.memory))
        assert steady.look(a=seen(price)).fired == restarted.look(a=seen(price)).fired


def test_before_the_first_look_a_stored_mark_is_the_trails():
    both = All((Trail(A, Reach.HIGH, Amount(D(1))), UP, Held(UP, timedelta(1)), Not(above(1))))
    assert first_nodes(both, D(210)) == (D(210), None, None, None)
    assert sources_in(both) == (A,)
    assert days_in(both) == frozenset()
    assert days_in(Not(Gap("AAPL", Direction.UP, Amount(D(1))))) == {"AAPL"}
    assert Seen(D(1), D(1), D(1)).last == Decimal(1)
