"""`alert test …`: how often an alert would have fired in 30 days, with a picture."""

from __future__ import annotations

import asyncio

import structlog

from senexbot.blocks import alert_history
from senexbot.blocks.kit import Message, without_markup
from senexbot.domain.alerting.backtest import Moment
from senexbot.domain.alerting.words import value_words
from senexbot.domain.candles import Candle
from senexbot.domain.errors import MessengerFault, Suggestion
from senexbot.domain.words import first_and_rest
from senexbot.handlers.asking import Ask
from senexbot.pictures.alert_history import HistoryChart, Mark, Stretch, history_png
from senexbot.services.alerts.backtesting import Tested
from senexbot.services.clocks import EXCHANGE_ZONE

log = structlog.get_logger()
WORD = "test"


def asks_for_a_test(text: str) -> str | None:
    """What stands behind `test`; None for another text."""
    head, rest = first_and_rest(text)
    return rest if head.lower() == WORD and rest else None


async def backtest_alert(ask: Ask, text: str) -> Message:
    """Of an alert as it would be set; nothing is watched by it."""
    return await told(ask, await ask.desk.backtesting.of_text(ask.actor, text), f"alert {text}")


async def told(ask: Ask, tested: Tested, command: str) -> Message:
    """`command`: sets it, "" for one that is set already. The picture goes to the person's messages: what answers a
    command can hold none."""
    offers = (Suggestion("Set this alert", command),) if command else ()
    says = await ask.desk.says(ask.actor, offers) if offers else ()
    if tested.found is None:
        return alert_history.alert_untold(tested.words, tested.untold, says=says)
    return alert_history.alert_tested(
        tested.words,
        tested.found,
        tested.reach,
        counts_moments=tested.counts_moments,
        zone=EXCHANGE_ZONE,
        picture=await _picture(ask, tested),
        says=says,
    )


async def _picture(ask: Ask, tested: Tested) -> str:
    """Drawn in a thread of its own and posted; where it is, in words."""
    chart = chart_of(tested)
    if chart is None:
        return ""
    png = await asyncio.to_thread(history_png, chart)
    try:
        channel = await ask.desk.slack.open_direct(ask.actor.user_id)
        alt = ". ".join((chart.title, *chart.foot))
        await ask.desk.pictures.share(channel, "", title=chart.title, alt=alt, png=png)
    except MessengerFault as fault:
        log.info("backtest.picture", code=fault.code)
        return "Slack did not take the picture"
    return "" if ask.direct else "The picture is in your messages"


def chart_of(tested: Tested) -> HistoryChart | None:
    found, drawn = tested.found, tested.drawn
    if found is None or drawn is None:
        return None
    often = alert_history.often_words(found, tested.reach, counts_moments=tested.counts_moments)
    unsure = any(not moment.is_sure for moment in found.moments)
    beside = {one.at: one for one in drawn.candles}
    return HistoryChart(
        title=without_markup(tested.words),
        stretches=tuple(Stretch(one.at, one.low, one.high, one.close) for one in drawn.candles),
        zone=EXCHANGE_ZONE,
        levels=drawn.levels,
        marks=tuple(_mark(one, beside.get(one.at)) for one in found.moments),
        foot=(
            f"{often[:1].upper()}{often[1:]}",
            "Hollow: the candle leaves it open" if unsure else f"Shown: {value_words(drawn.value, {})}",
        ),
    )


def _mark(one: Moment, candle: Candle | None) -> Mark:
    """On the line that is drawn: what decided may have been another value."""
    if candle is not None and not candle.low <= one.value <= candle.high:
        return Mark(one.at, candle.close, one.is_sure)
    return Mark(one.at, one.value, one.is_sure)
