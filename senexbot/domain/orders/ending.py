"""What ends soon: a future's last days, told while there is time to roll it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from senexbot.domain.instruments import Instrument
from senexbot.domain.orders.words import day_words

SOON_DAYS = 10


def ending(instrument: Instrument, today: date) -> Iterator[str]:
    """The nearest of its dates that lies within ten days, in words: last trade, first notice, closing only."""
    future = instrument.future
    if future is None:
        return
    dates = (
        (future.last_trade, "trades for the last time on"),
        (future.first_notice, "has its first notice of delivery on"),
        (future.closing_only, "can only be closed from"),
    )
    soon = [(day, words) for day, words in dates if day is not None and 0 <= (day - today).days <= SOON_DAYS]
    if not soon:
        return
    day, words = min(soon, key=lambda one: one[0])
    yield f"{instrument.words} {words} {day_words(day)}{next_month(instrument)}"


def next_month(instrument: Instrument) -> str:
    """`; the next month is /ESH7`, "" where the broker names none."""
    future = instrument.future
    return f"; the next month is {future.rolls_to}" if future is not None and future.rolls_to else ""
