"""Verbs about orders: order, orders."""

from __future__ import annotations

from dataclasses import replace

from senexbot.blocks import orders as order_blocks
from senexbot.blocks.errors import error_card
from senexbot.blocks.kit import Message
from senexbot.domain.calendar import trading_day
from senexbot.domain.errors import Denied, Suggestion
from senexbot.domain.money import price_text
from senexbot.domain.order_words import order_text, order_words
from senexbot.domain.orders import IntentState
from senexbot.domain.parsing_order import parse_order
from senexbot.domain.terms import OrderDraft
from senexbot.handlers.asking import Ask
from senexbot.services.clocks import EXCHANGE_ZONE

CARD_SECONDS = 4.0


async def order(ask: Ask) -> Message | None:
    """The preview goes to the direct message; a channel gets a pointer (design decision 5)."""
    draft = parse_order(ask.text, trading_day(ask.desk.clock.now(), EXCHANGE_ZONE))
    try:
        intent = await ask.desk.previews.preview(ask.actor, draft)
    except Denied as no:
        return await _nearest_prices(ask, draft, no)
    if ask.direct:
        return None
    link = await ask.desk.orders.wait_for_card(intent.id, seconds=CARD_SECONDS)
    return order_blocks.continued(link, order_words(intent.terms))


async def _nearest_prices(ask: Ask, draft: OrderDraft, no: Denied) -> Message:
    """Off the price steps and nothing else: the same order at the prices beside it, as buttons."""
    if len(no.reasons) != 1 or not no.reasons[0].prices:
        raise no
    offers = [
        Suggestion(price_text(price), f"order {order_text(replace(draft, price=price))}")
        for price in no.reasons[0].prices
    ]
    return error_card(no, says=await ask.desk.says(ask.actor, offers), nothing_sent=True)


async def orders(ask: Ask) -> Message:
    answer = await ask.desk.orders.of(ask.actor)
    rows = [
        order_blocks.OrderRow(
            own.intent, own.link, own.intent.handle if own.intent.state is IntentState.WORKING else ""
        )
        for own in answer.own
    ]
    external = [order_blocks.ExternalRow(e.order, e.handle) for e in answer.elsewhere]
    return order_blocks.orders_list(
        rows,
        external,
        now=ask.desk.clock.now(),
        environment_labels={e.order.account: e.environment for e in answer.elsewhere},
        failed=[(f.account.masked, f.why) for f in answer.failed],
    )
