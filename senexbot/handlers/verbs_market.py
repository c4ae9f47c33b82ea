"""Verbs about prices: quote, alert, alerts."""

from __future__ import annotations

from senexbot.blocks import alerts as alert_blocks
from senexbot.blocks.kit import Message
from senexbot.blocks.quotes import quote_card
from senexbot.domain.alerts import distance_percent
from senexbot.domain.errors import Suggestion
from senexbot.domain.parsing_alert import parse_alert
from senexbot.domain.parsing_quote import parse_quote
from senexbot.handlers import verbs_backtest
from senexbot.handlers.asking import Ask


async def quote(ask: Ask) -> Message:
    answer, unknown = await ask.desk.quotes.quote(ask.actor, parse_quote(ask.text))
    offers = [Suggestion(f"Quote {near}", f"quote {near}") for word in unknown for near in word.nearest]
    says = await ask.desk.says(ask.actor, offers) if offers else ()
    return quote_card(answer, now=ask.desk.clock.now(), says=says)


async def alert(ask: Ask) -> Message:
    tried = verbs_backtest.asks_for_a_test(ask.text)
    if tried is not None:
        return await verbs_backtest.backtest_alert(ask, tried)
    draft = parse_alert(ask.text)
    (term,) = parse_quote(draft.symbol)
    made = await ask.desk.alerts.set(ask.actor, draft, term, "" if ask.direct else ask.channel)
    ask.desk.alerts_changed()
    if made.moved_why:
        where = f"your messages, because {made.moved_why}"
    else:
        where = "here"
    return alert_blocks.alert_set(
        made.rule,
        last=made.last,
        distance=distance_percent(made.rule, made.last) if made.last is not None else None,
        already_true=made.already_true,
        where=where,
        handle=made.handle,
        fire_handle=made.handle,
    )


async def alerts(ask: Ask) -> Message:
    rows = await ask.desk.alerts.listed(ask.actor)
    says = () if rows else await ask.desk.says(ask.actor, (Suggestion("Watch SPY", "alert SPY > 700"),))
    return alert_blocks.alert_list(
        [alert_blocks.RuleRow(r.rule, r.last, r.distance_percent, r.handle) for r in rows],
        now=ask.desk.clock.now(),
        says=says,
    )
