"""The verb about prices: quote."""

from __future__ import annotations

from senexbot.blocks.kit import Message
from senexbot.blocks.quotes import quote_card
from senexbot.domain.errors import Suggestion
from senexbot.domain.parsing_quote import parse_quote
from senexbot.handlers.asking import Ask


async def quote(ask: Ask) -> Message:
    answer, unknown = await ask.desk.quotes.quote(ask.actor, parse_quote(ask.text))
    offers = [Suggestion(f"Quote {near}", f"quote {near}") for word in unknown for near in word.nearest]
    says = await ask.desk.says(ask.actor, offers) if offers else ()
    return quote_card(answer, now=ask.desk.clock.now(), says=says)
