"""Ids: they sort by time, never repeat, and cannot be guessed."""

from __future__ import annotations

import re
from datetime import timedelta

from senexbot.domain.links import Environment
from senexbot.ids import RandomIds
from tests.stores import HandClock


def test_row_ids_grow_within_a_millisecond_and_when_the_clock_goes_back() -> None:
    clock = HandClock()
    ids = RandomIds(clock=clock)
    made = [ids.row() for _ in range(500)]
    clock.advance(1)
    made.append(ids.row())
    clock.advance(-3600)
    made += [ids.row() for _ in range(500)]
    assert made == sorted(set(made))
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", one) for one in made)


def test_row_ids_of_different_processes_sort_by_time() -> None:
    clock = HandClock()
    earlier = RandomIds(clock=clock, bits=lambda _: (1 << 80) - 1).row()
    clock.advance(timedelta(milliseconds=1).total_seconds())
    assert earlier < RandomIds(clock=clock, bits=lambda _: 0).row()


def test_handles_hold_128_random_bits() -> None:
    ids = RandomIds(clock=HandClock())
    made = {ids.handle() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", one) for one in made)


def test_identifiers_name_their_environment() -> None:
    """I5, F47."""
    ids = RandomIds(clock=HandClock())
    made = [ids.identifier(environment) for environment in Environment for _ in range(100)]
    assert len(set(made)) == 300
    assert [one[:6] for one in made[::100]] == ["sx1-p-", "sx1-s-", "sx1-l-"]
    assert all(re.fullmatch(r"sx1-[psl]-[0-9A-Z]{26}", one) for one in made)
