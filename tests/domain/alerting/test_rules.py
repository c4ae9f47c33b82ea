"""What may become of an alert: each move, from each state that knows it, and from no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from senexbot.domain.alerting import rules as moves
from senexbot.domain.alerting.rules import STANDING, WATCHED, AlertRule, RuleState, Watched, new_rule
from senexbot.domain.alerting.terms import AlertTerms, Level, Often, Repeat, Side, Source

NOW = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
DAY = date(2026, 11, 30)
SPY = Watched("SPY", "SPY", "SPY", "SPY")
TERMS = AlertTerms(Level(Source("SPY"), Side.BELOW, Decimal(590)))


def rule(state: RuleState = RuleState.ARMED, repeat: Repeat | None = None, **changes: object) -> AlertRule:
    terms = replace(TERMS, repeat=repeat) if repeat else TERMS
    made = new_rule(
        terms,
        id="r1",
        number=1,
        team_id="T1",
        owner="U1",
        link_id="l1",
        text="SPY < 590.00",
        instruments=(SPY,),
        channel="C1",
        now=NOW,
        is_true=False,
        last_value=Decimal("602.14"),
    )
    return replace(made, state=state, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("is_true", "state", "armed_at"),
    [(False, RuleState.ARMED, NOW), (True, RuleState.WAITING, None), (None, RuleState.WAITING, None)],
)
def test_only_what_is_known_to_be_false_is_armed(
    is_true: bool | None, state: RuleState, armed_at: datetime | None
) -> None:
    made = new_rule(
        TERMS,
        id="r1",
        number=7,
        team_id="T1",
        owner="U1",
        link_id="l1",
        text="SPY < 590.00",
        instruments=(SPY,),
        channel="",
        now=NOW,
        is_true=is_true,
    )
    assert (made.state, made.armed_at, made.version, made.number) == (state, armed_at, 1, 7)


def edit(one: AlertRule) -> AlertRule:
    terms = AlertTerms(Level(Source("SPY"), Side.BELOW, Decimal(580)))
    return moves.edited(
        one,
        terms,
        text="SPY < 580.00",
        instruments=(SPY,),
        now=NOW,
        is_true=False,
        expires_at=None,
        last_value=Decimal(600),
        channel="C2",
    )


KNOWN: tuple[tuple[str, Callable[[AlertRule], AlertRule], frozenset[RuleState], RuleState], ...] = (
    (
        "arm",
        lambda r: moves.armed(r, NOW),
        frozenset({RuleState.WAITING, RuleState.RESTING}),
        RuleState.ARMED,
    ),
    ("fire", lambda r: moves.fired(r, NOW, DAY, Decimal(589)), WATCHED, RuleState.FIRED),
    ("pause", moves.paused, WATCHED | {RuleState.PARKED}, RuleState.PAUSED),
    ("snooze", lambda r: moves.snoozed(r, NOW), WATCHED | {RuleState.PAUSED}, RuleState.PAUSED),
    ("resume", moves.resumed, frozenset({RuleState.PAUSED}), RuleState.WAITING),
    ("park", lambda r: moves.parked(r, "no such symbol"), WATCHED, RuleState.PARKED),
    ("unpark", moves.unparked, frozenset({RuleState.PARKED}), RuleState.WAITING),
    ("expire", moves.expired, STANDING, RuleState.EXPIRED),
    ("delete", moves.deleted, frozenset(RuleState) - {RuleState.DELETED}, RuleState.DELETED),
)


@pytest.mark.parametrize("state", RuleState)
@pytest.mark.parametrize(("move", "make", "known", "after"), KNOWN)
def test_a_move_leads_where_it_says_or_nowhere(
    move: str,
    make: Callable[[AlertRule], AlertRule],
    known: frozenset[RuleState],
    after: RuleState,
    state: RuleState,
) -> None:
    before = rule(state)
    assert moves.may(before, move) is (state in known)
    if state in known:
        moved = make(before)
        assert (moved.state, moved.version, moved.terms) == (after, before.version + 1, before.terms)
    else:
        with pytest.raises(ValueError, match=f"an alert that is {state.value} cannot {move}"):
            make(before)


@pytest.mark.parametrize("often", [Often.EVERY, Often.DAILY])
def test_one_that_repeats_rests_and_arms_again(often: Often) -> None:
    resting = moves.fired(
        rule(repeat=Repeat(often), mark=Decimal(601)), NOW + timedelta(hours=1), DAY, Decimal("589.80")
    )
    assert resting.state is RuleState.RESTING
    assert (resting.fired_at, resting.fired_day) == (NOW + timedelta(hours=1), DAY)
    assert (resting.last_value, resting.mark) == (Decimal("589.80"), None)
    again = moves.armed(resting, NOW + timedelta(hours=2))
    assert (again.state, again.armed_at) == (RuleState.ARMED, NOW + timedelta(hours=2))


def test_the_cooldown_and_the_day_hold_back_in_every_state() -> None:
    cool = rule(repeat=Repeat(Often.EVERY, cooldown=timedelta(minutes=30)))
    assert moves.may_fire(cool, NOW, DAY)
    cool = moves.fired(cool, NOW, DAY, None)
    assert not moves.may_fire(cool, NOW + timedelta(minutes=29, seconds=59), DAY)
    assert moves.may_fire(cool, NOW + timedelta(minutes=30), DAY)
    daily = moves.fired(rule(repeat=Repeat(Often.DAILY)), NOW, DAY, None)
    back = moves.resumed(moves.paused(daily))
    for one in (daily, back):
        assert not moves.may_fire(one, NOW + timedelta(hours=3), DAY)
        assert moves.may_fire(one, NOW + timedelta(hours=20), DAY + timedelta(days=1))
    assert moves.may_fire(rule(repeat=Repeat(Often.DAILY)), NOW, DAY)
    assert moves.may_fire(rule(), NOW, DAY)


def test_reasons_and_snoozes_go_with_their_state() -> None:
    parked = moves.parked(rule(), "delisted")
    assert parked.reason == "delisted"
    assert moves.unparked(parked).reason == moves.paused(parked).reason == ""
    until = NOW + timedelta(hours=1)
    snoozed = moves.snoozed(rule(mark=Decimal(601)), until)
    assert (snoozed.state, snoozed.snoozed_until) == (RuleState.PAUSED, until)
    back = moves.resumed(snoozed)
    assert (back.state, back.snoozed_until, back.mark) == (RuleState.WAITING, None, None)
    assert moves.marked(rule(), Decimal(603)).mark == Decimal(603)


def test_it_is_over_at_the_end_of_its_last_day_while_it_stands() -> None:
    ends = NOW + timedelta(hours=5)
    assert not moves.is_over(rule(), ends)
    assert not moves.is_over(rule(expires_at=ends), ends - timedelta(seconds=1))
    assert moves.is_over(rule(expires_at=ends), ends)
    assert moves.is_over(rule(RuleState.PAUSED, expires_at=ends), ends)
    assert not moves.is_over(rule(RuleState.FIRED, expires_at=ends), ends)


@pytest.mark.parametrize("state", sorted(RuleState))
def test_an_edited_one_is_watched_anew_and_a_paused_one_stays_so(state: RuleState) -> None:
    before = rule(state, reason="x", mark=Decimal(1), fired_at=NOW, fired_day=DAY, snoozed_until=NOW)
    if state is RuleState.DELETED:
        with pytest.raises(ValueError, match="cannot edit"):
            edit(before)
        return
    after = edit(before)
    pausing = state is RuleState.PAUSED
    assert after.state is (RuleState.PAUSED if pausing else RuleState.ARMED)
    assert after.armed_at == (None if pausing else NOW)
    assert after.snoozed_until == (NOW if pausing else None)
    assert (after.text, after.channel, after.version) == ("SPY < 580.00", "C2", before.version + 1)
    assert (after.reason, after.mark, after.fired_at, after.fired_day) == ("", None, None, None)
    assert (after.id, after.number, after.created_at) == (before.id, before.number, before.created_at)


def test_an_edited_one_that_is_true_already_waits() -> None:
    after = moves.edited(
        rule(),
        TERMS,
        text="SPY < 590.00",
        instruments=(SPY,),
        now=NOW,
        is_true=True,
        expires_at=NOW,
        last_value=None,
        channel="",
        to_user="U2",
    )
    assert (after.state, after.armed_at, after.to_user, after.expires_at) == (
        RuleState.WAITING,
        None,
        "U2",
        NOW,
    )


def test_it_finds_its_instruments_by_symbol() -> None:
    assert rule().instrument("SPY") is SPY
    with pytest.raises(KeyError):
        rule().instrument("QQQ")
