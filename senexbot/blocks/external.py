"""Orders placed elsewhere that are asked for a reason: the message, its reminder, and the form. Words only."""

from __future__ import annotations

from datetime import datetime

from senexbot.blocks import figures, trades
from senexbot.blocks.actions import ActionId, CallbackId
from senexbot.blocks.approval_forms import FIELD_ACTION, FIELD_BLOCK
from senexbot.blocks.inputs import text_input
from senexbot.blocks.kit import (
    PRIVATE_METADATA_LIMIT,
    VIEW_TITLE_LIMIT,
    Message,
    Modal,
    button,
    card,
    esc,
    link,
    plain_text,
    section,
    when,
)
from senexbot.domain.orders.external import ExternalOrder


def external_card(known: ExternalOrder, *, now: datetime) -> Message:
    """To the account's owner; with the reason once it is given."""
    order = known.order
    state = esc(order.status_word or order.status.value, 30)
    filled = f", {figures.quantity(order.filled)} of {figures.quantity(order.quantity)} filled"
    first = "Placed elsewhere: why?" if not known.reason else "Placed elsewhere, reason given:"
    ask = "" if known.reason else "Nothing is held back or changed: the order stays as it is at the broker"
    return card(
        f"{known.environment.label} · {first} {trades.broker_order(order)}",
        f"It is {state}{filled if order.filled else ''}",
        f"Over the desk's limits: {esc('; '.join(known.over), 160)}" if known.over else "",
        f"Reason: “{esc(known.reason, 300)}”" if known.reason else ask,
        foot=f"Account {esc('…' + order.account[-4:], 8)} · broker's order {order.id} · {_since(known, now)}",
        buttons=() if known.reason else (button("Give a reason", ActionId.EXTERNAL_REASON, known.handle),),
    )


def _since(known: ExternalOrder, now: datetime) -> str:
    if known.answered_at is not None:
        return f"given {when(known.answered_at, now)}"
    return f"asked {when(known.asked_at, now)}"


def external_reminder(known: ExternalOrder, *, link: str) -> Message:
    """One short line, once."""
    there = _there(link)
    return card(
        f"{known.environment.label} · Still to come: why {trades.broker_order(known.order)}?",
        f"It was placed elsewhere{f'; answer there: {there}' if there else ''}",
        buttons=(button("Give a reason", ActionId.EXTERNAL_REASON, known.handle),),
    )


def _there(url: str) -> str:
    return link(url, "Message") if url else ""


def reason_form(known: ExternalOrder) -> Modal:
    field = text_input(FIELD_BLOCK, FIELD_ACTION, "Why (risk reads it)", placeholder="Hedge of the morning")
    return Modal(
        {
            "type": "modal",
            "callback_id": str(CallbackId.EXTERNAL_REASON),
            "title": plain_text("Give a reason", VIEW_TITLE_LIMIT),
            "submit": plain_text("Give", VIEW_TITLE_LIMIT),
            "close": plain_text("Back", VIEW_TITLE_LIMIT),
            "private_metadata": known.handle[:PRIVATE_METADATA_LIMIT],
            "blocks": [section(trades.broker_order(known.order)), field],
        }
    )
