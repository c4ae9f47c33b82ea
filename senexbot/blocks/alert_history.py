"""What candles say of an alert: how often it would have fired in 30 days, when, and what they cannot say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from senexbot.blocks import figures
from senexbot.blocks.actions import SayButton, say_buttons
from senexbot.blocks.kit import Message, card, esc
from senexbot.domain.alerting.backtest import Backtest, Moment
from senexbot.domain.alerting.terms import Field

SHOWN = 6
_DAY = timedelta(days=1)
_TITLE = 50  # of the alert's own words; the rest of the line is how often


def often_words(found: Backtest, reach: timedelta, *, counts_moments: bool) -> str:
    """`would have fired 3 times in 30 days`; of one that fires once `came true 3 times in 30 days`."""
    verb = "came true" if counts_moments else "would have fired"
    never = "did not come true" if counts_moments else "would not have fired"
    span = f"in {_reach_words(reach)}"
    least, most = found.least, found.most
    if not found.is_proven:
        count = least if most is None else (least + most + 1) // 2
        return f"{verb} about {figures.times(count)} {span}" if count else f"probably {never} {span}"
    if found.at_closes and not least:
        return f"{never} at any close of 5 minutes {span}"
    if most is None:
        perhaps = "may have come true" if counts_moments else "may have fired"
        return f"{verb} at least {figures.times(least)} {span}" if least else f"{perhaps} {span}"
    if most == 0:
        return f"{never} {span}"
    if least == most:
        return f"{verb} {figures.times(least)} {span}"
    if least == 0:
        return f"{verb} at most {figures.times(most)} {span}"
    return f"{verb} {least:,} to {most:,} times {span}"


def _reach_words(reach: timedelta) -> str:
    days = max(round(reach / _DAY), 1)
    return "1 day" if days == 1 else f"{days} days"


def untold_words(fields: Sequence[Field]) -> str:
    """`bid and delta`."""
    names = [_FIELDS.get(field, field.value) for field in fields]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


_FIELDS = {Field.IV: "IV", Field.IV_RANK: "IV rank", Field.VOLUME: "volume of the day"}


def alert_untold(words: str, fields: Sequence[Field], *, says: Sequence[SayButton] = ()) -> Message:
    return card(
        f"Candles do not tell {esc(untold_words(fields), 60)}: how often is not known",
        f"They hold last trades, and “{esc(words, 120)}” looks at more. It can be set all the same.",
        buttons=say_buttons(says),
    )


def alert_tested(
    words: str,
    found: Backtest,
    reach: timedelta,
    *,
    counts_moments: bool,
    zone: tzinfo,
    picture: str = "",
    says: Sequence[SayButton] = (),
) -> Message:
    """`reach`: zero where there are no candles. `picture`: where it is, in words."""
    if not reach:
        return card(
            "There are no candles of this in the last 30 days",
            f"So nobody can say how often “{esc(words, 120)}” would have fired. It can be set all the same.",
            buttons=say_buttons(says),
        )
    often = often_words(found, reach, counts_moments=counts_moments)
    shown = found.moments[-SHOWN:]
    rest = len(found.moments) - len(shown)
    lines = [
        f"{esc(words, 160)}",
        " · ".join(_moment(one, zone) for one in reversed(shown))
        + (f" · and {rest:,} before" if rest else ""),
        _how_sure(found),
        picture,
    ]
    return card(
        f"{figures.raised(often)}: {esc(words, _TITLE)}" if len(words) <= _TITLE else figures.raised(often),
        *(line for line in (lines if len(words) > _TITLE else lines[1:]) if line),
        buttons=say_buttons(says),
    )


def _moment(one: Moment, zone: tzinfo) -> str:
    at: datetime = one.at.astimezone(zone)
    doubt = "" if one.is_sure else " (perhaps)"
    return f"{at.day} {at:%b %H:%M} at {figures.price(one.value)}{doubt}"


def _how_sure(found: Backtest) -> str:
    told = "From candles of 5 minutes, last trades, New York time"
    if not found.is_proven:
        return f"{told}. What decides lies inside of the candles: this is a guess"
    if found.at_closes:
        return f"{told}. Of several symbols only their closes are compared: in between there may be more"
    if found.most is None:
        return f"{told}. A candle does not tell how often the price went to and fro in it: there may be more"
    if found.least != found.most:
        return f"{told}. A candle does not tell whether its high or its low came first"
    return told
