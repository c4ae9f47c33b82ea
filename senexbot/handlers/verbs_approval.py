"""Verbs about approving: what waits for you, deputy, rota."""

from __future__ import annotations

from senexbot.blocks import approvals as approval_blocks
from senexbot.blocks.kit import Message
from senexbot.domain.approval.parsing_deputy import parse_deputy, parse_rota
from senexbot.domain.calendar import trading_day
from senexbot.handlers.asking import Ask
from senexbot.services.clocks import EXCHANGE_ZONE


async def approvals(ask: Ask) -> Message:
    """`approvals`: what waits for the asker's decision."""
    waiting = await ask.desk.waiting.of(ask.actor)
    rows = [approval_blocks.WaitingRow(one.request, one.link, one.brought) for one in waiting]
    mandates = sum(row.may_grant for row in await ask.desk.mandates.standing(ask.actor))
    return approval_blocks.waiting_list(rows, now=ask.desk.clock.now(), mandates=mandates)


async def deputy(ask: Ask) -> Message:
    """`deputy`, `deputy @PERSON until DAY`, `deputy @PERSON off`."""
    now = ask.desk.clock.now()
    if not ask.text.strip():
        return approval_blocks.deputies_card(await ask.desk.standing_in.deputies(ask.actor), now=now)
    said = parse_deputy(ask.text, trading_day(now, EXCHANGE_ZONE))
    named = await ask.desk.standing_in.name(ask.actor, said)
    return approval_blocks.deputy_named(named, said.person, now=now)


async def rota(ask: Ask) -> Message:
    """`rota`, `rota WEEKDAY @PERSON …`, `rota WEEKDAY off`."""
    if ask.text.strip():
        await ask.desk.standing_in.set_rota(ask.actor, parse_rota(ask.text))
    return approval_blocks.rota_card(await ask.desk.standing_in.rota(ask.actor))
