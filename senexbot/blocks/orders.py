"""Everything about orders that is shown: the door to the card and to what stands beside it."""

from __future__ import annotations

from senexbot.blocks.order_cards import order_card
from senexbot.blocks.order_lists import (
    ExternalRow,
    OrderRow,
    cancel_result,
    continued,
    order_buzz,
    orders_list,
    state_words,
    story,
    unknown_explained,
)
from senexbot.blocks.order_moves import move_offer
from senexbot.blocks.ticket import ticket_offered, ticket_opened

__all__ = [
    "ExternalRow",
    "OrderRow",
    "cancel_result",
    "continued",
    "move_offer",
    "order_buzz",
    "order_card",
    "orders_list",
    "state_words",
    "story",
    "ticket_offered",
    "ticket_opened",
    "unknown_explained",
]
