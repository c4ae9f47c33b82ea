"""The cards of `alert test`: every kind of count, what candles do not tell, and none at all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from senexbot.blocks.actions import SayButton
from senexbot.blocks.alert_history import alert_tested, alert_untold
from senexbot.blocks.kit import Message
from senexbot.domain.alerting.backtest import Backtest, Moment
from senexbot.domain.alerting.terms import Field

ZONE = ZoneInfo("America/New_York")
MONTH = timedelta(days=30)
WORDS = "SPY last under 590.00, once a day"
LONG = "AAPL last above 200.00 and SPY last under 590.00 for 5 min, every time, regular hours, to Fri 18 Dec"
SETS = (SayButton("Set this alert", "h1"),)


def moments(count: int, *, unsure: int = 0) -> tuple[Moment, ...]:
    start = datetime(2026, 11, 2, 15, 35, tzinfo=UTC)
    return tuple(
        Moment(start + timedelta(days=2 * i), Decimal("589.95") - i, is_sure=i >= unsure)
        for i in range(count)
    )


def history_cards() -> Mapping[str, Message]:
    def said(
        least: int,
        most: int | None,
        *,
        words: str = WORDS,
        once: bool = False,
        proven: bool = True,
        reach: timedelta = MONTH,
        picture: str = "",
        shown: int | None = None,
        unsure: int = 0,
        closes: bool = False,
    ) -> Message:
        some = moments(least if shown is None else shown, unsure=unsure)
        found = Backtest(least, most, some, proven, closes)
        return alert_tested(words, found, reach, counts_moments=once, zone=ZONE, picture=picture, says=SETS)

    return {
        "three times": said(3, 3),
        "once, its moments": said(2, 2, words="SPY last under 590.00, once", once=True),
        "never": said(0, 0),
        "never, for one that fires once": said(0, 0, once=True),
        "a range": said(2, 4, shown=4, unsure=2),
        "at most": said(0, 1, shown=1, unsure=1),
        "at least": said(9, None, picture="The picture is in your messages"),
        "at least none": said(0, None, shown=1, unsure=1),
        "at least none, for one that fires once": said(0, None, once=True),
        "several symbols": said(2, None, words=LONG, closes=True),
        "several symbols, never": said(0, None, words=LONG, closes=True),
        "a guess without an end": said(2, None, proven=False),
        "a guess": said(2, 2, proven=False, words=LONG),
        "a guess of none": said(0, 0, proven=False),
        "a few days of candles": said(1, 1, reach=timedelta(days=1)),
        "no candles": said(0, 0, reach=timedelta()),
        "not told": alert_untold("AAPL bid above 200.00, once", (Field.BID,), says=SETS),
        "several not told": alert_untold(LONG, (Field.IV_RANK, Field.DELTA, Field.VOLUME)),
    }
