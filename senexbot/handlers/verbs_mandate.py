"""Verbs about mandates, and their buttons."""

from __future__ import annotations

from senexbot.blocks import mandates as blocks
from senexbot.blocks.kit import Message
from senexbot.domain.approval.mandates_parsing import parse_mandate
from senexbot.domain.calendar import trading_day
from senexbot.domain.links import Actor
from senexbot.handlers.asking import Ask, Desk
from senexbot.services.clocks import EXCHANGE_ZONE


async def mandate(ask: Ask) -> Message:
    """`mandate at most …` asks for one; `mandate @PERSON at most …` prepares one for another; alone the list."""
    if not ask.text.strip():
        return await mandates(ask)
    said = parse_mandate(ask.text, trading_day(ask.desk.clock.now(), EXCHANGE_ZONE))
    asked = await ask.desk.mandates.ask(ask.actor, said)
    return blocks.answered(asked, ask.actor.user_id)


async def mandates(ask: Ask) -> Message:
    return await listed(ask.desk, ask.actor)


async def listed(desk: Desk, actor: Actor) -> Message:
    return blocks.mandates_card(await desk.mandates.standing(actor), now=desk.clock.now())
