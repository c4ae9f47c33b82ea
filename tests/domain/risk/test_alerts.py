"""The life of a risk alert: once for an episode, quiet while it lasts, over when it ends; missing knowledge waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.links import Environment
from senexbot.domain.risk.alerts import (
    EDIT_EVERY,
    SAID_AFTER,
    RiskAlert,
    State,
    Why,
    followed,
    moved_line,
    redrawn,
    to_raise,
)
from senexbot.domain.risk.looking import Finding, Look, Stand, stand_of
from senexbot.domain.risk.presets import KINDS, Line, Preset
from senexbot.domain.risk.reading import Figures, Reading
from tests.domain.risk.world import NOW, PUT, D

MINUTE = timedelta(minutes=1)
ON = frozenset(Preset)


def alert(value: str = "0.36", preset: Preset = Preset.DELTA, **changes: Any) -> RiskAlert:
    values: dict[str, Any] = {
        "id": "risk1",
        "watch_id": "practice:5WT00001:U1",
        "team_id": "T1",
        "owner": "U1",
        "link_id": "link1",
        "environment": Environment.PRACTICE,
        "account": "5WT00001",
        "preset": preset,
        "subject": PUT.occ,
        "version": 1,
        "state": State.OPEN,
        "line": D("0.35"),
        "first": D(value),
        "last": D(value),
        "worst": D(value),
        "raised_at": NOW,
        "seen_at": NOW,
        "shown_at": NOW,
        "figures": Figures(),
        "severity": KINDS[preset].severity,
        "handle": "h1",
    }
    return RiskAlert(**values | changes)


def seen(
    value: str | None, *, preset: Preset = Preset.DELTA, line: str = "0.35", matters: bool = True
) -> Look:
    reading = Reading(PUT.occ, None if value is None else D(value), Figures(name="Short put"), matters)
    finding = Finding(preset, reading, D(line), stand_of(preset, reading, D(line)))
    return Look({finding.key: finding})


def after(was: RiskAlert, look: Look, minutes: float = 0, on: frozenset[Preset] = ON) -> RiskAlert | None:
    return followed(was, look, on, NOW + minutes * MINUTE)


def test_what_holds_is_raised_once() -> None:
    look = seen("0.36")
    (finding,) = to_raise(look, frozenset())
    assert finding.stand is Stand.HOLDS
    assert to_raise(look, frozenset({finding.key})) == ()
    for value in ("0.34", "0.10", None):
        assert to_raise(seen(value), frozenset()) == ()


def test_it_is_over_when_it_is_back_beyond_its_release() -> None:
    assert after(alert(), seen("0.34"), 5) is None
    over = after(alert(), seen("0.28"), 72)
    assert over is not None
    assert (over.state, over.why_over, over.last, over.version) == (State.OVER, Why.BACK, D("0.28"), 2)
    assert over.over_at == NOW + 72 * MINUTE
    assert not over.is_open


def test_it_is_over_when_it_does_not_matter_any_more_even_without_a_value() -> None:
    over = after(alert(), seen(None, matters=False), 1)
    assert over is not None
    assert (over.why_over, over.last, over.version) == (Why.BACK, D("0.36"), 2)


def test_it_is_over_when_its_subject_is_gone_and_when_it_is_not_watched() -> None:
    gone = after(alert(), Look({}))
    off = after(alert(), seen("0.36"), on=frozenset())
    assert gone is not None
    assert gone.why_over is Why.GONE
    assert off is not None
    assert off.why_over is Why.OFF


def test_what_is_not_known_is_waited_for_and_said_when_it_lasts() -> None:
    unknown = seen(None)
    first = after(alert(), unknown, 1)
    assert first is not None
    assert (first.is_open, first.unknown_since, first.unknown_said) == (True, NOW + MINUTE, False)
    assert after(first, unknown, 2) is None
    said = after(first, Look({}, frozenset({Preset.DELTA})), 1 + SAID_AFTER / MINUTE)
    assert said is not None
    assert said.unknown_said
    assert after(said, unknown, 60) is None
    back = after(said, seen("0.36"), 61)
    assert back is not None
    assert (back.unknown_since, back.unknown_said, back.version) == (None, False, 4)


def test_a_small_move_is_no_news_and_a_large_one_waits_its_turn() -> None:
    assert after(alert(), seen("0.37"), 5) is None
    assert after(alert(), seen("0.50"), EDIT_EVERY / MINUTE - 0.1) is None
    moved = after(alert(), seen("0.50"), 1)
    assert moved is not None
    assert (moved.last, moved.worst, moved.first) == (D("0.50"), D("0.50"), D("0.36"))
    down = after(moved, seen("0.40"), 3)
    assert down is not None
    assert (down.last, down.worst) == (D("0.40"), D("0.50"))


def test_a_value_that_stays_is_never_news() -> None:
    flag = alert("1", Preset.MARGIN_CALL, line=D(0))
    assert after(flag, seen("1", preset=Preset.MARGIN_CALL, line="0"), 60) is None


@pytest.mark.parametrize(
    ("preset", "last", "line", "further"),
    [
        (Preset.DELTA, "0.36", "0.35", "0.40"),
        (Preset.DELTA, "0.41", "0.35", "0.45"),
        (Preset.DELTA, "0.99", "0.35", "1.00"),
        (Preset.LOSS, "2.1", "2", "2.6"),
        (Preset.DAY_LOSS, "512", "500", "620"),
        (Preset.BUYING_POWER, "95", "50", None),
        (Preset.PROFIT, "0", "0", None),
        (Preset.DTE, "21", "21", None),
        (Preset.FLOOR, "19000", "20000", None),
    ],
)
def test_a_button_offers_the_line_one_step_further(
    preset: Preset, last: str, line: str, further: str | None
) -> None:
    offered = moved_line(alert(last, preset, line=D(line)))
    assert offered == (None if further is None else Line(D(further)))


def test_drawing_the_line_further_ends_it() -> None:
    moved = redrawn(alert(), Line(D("0.40")), NOW)
    assert (moved.line, moved.version, moved.why_over) == (D("0.40"), 2, Why.MOVED)
    assert moved.open_key == alert().open_key == f"practice:5WT00001:U1|delta|{PUT.occ}"


class Life:
    """What the watch does with one condition, look after look."""

    def __init__(self) -> None:
        self.open: RiskAlert | None = None
        self.story: list[str] = []

    def look(self, value: Decimal | None, now: datetime) -> None:
        look = seen(None if value is None else str(value))
        if self.open is not None:
            moved = followed(self.open, look, ON, now)
            if moved is not None:
                assert moved.version == self.open.version + 1
                self.open = moved if moved.is_open else None
                self.story += [] if moved.is_open else ["over"]
            return
        for finding in to_raise(look, frozenset()):
            assert finding.reading.value is not None
            self.open = alert(str(finding.reading.value), raised_at=now, shown_at=now)
            self.story.append("raised")


values = st.none() | st.decimals(min_value="0", max_value="1", places=2)


@given(st.lists(st.tuples(values, st.integers(1, 600)), max_size=40))
def test_raising_and_ending_alternate_and_only_knowledge_moves_them(
    looks: list[tuple[Decimal | None, int]],
) -> None:
    life, now, held = Life(), NOW, False
    for value, seconds in looks:
        now += timedelta(seconds=seconds)
        before = list(life.story)
        life.look(value, now)
        new = life.story[len(before) :]
        if value is None:
            assert new == []
        elif value >= D("0.35"):
            assert new == ([] if held else ["raised"])
            held = True
        elif value < D("0.32"):
            assert new == (["over"] if held else [])
            held = False
        else:
            assert new == []
    assert life.story == ["raised", "over"] * (len(life.story) // 2) + ["raised"] * (len(life.story) % 2)


@given(st.lists(st.sampled_from(["0.34", "0.35", "0.36", "0.33"]), min_size=1, max_size=60))
def test_trembling_on_the_line_is_one_alert(looks: list[str]) -> None:
    life = Life()
    for number, value in enumerate(looks):
        life.look(D(value), NOW + number * timedelta(seconds=15))
    assert life.story in ([], ["raised"])


def test_an_alert_knows_what_it_is_about() -> None:
    assert replace(alert(), subject="").key == (Preset.DELTA, "")
