"""The forms around an approval: why it is asked, why not, how many, a question and its answer."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from senexbot.blocks import figures
from senexbot.blocks.actions import CallbackId
from senexbot.blocks.inputs import text_input
from senexbot.blocks.kit import (
    PRIVATE_METADATA_LIMIT,
    VIEW_TITLE_LIMIT,
    Block,
    Modal,
    plain_text,
    section,
)
from senexbot.domain.errors import ParseError

FIELD_BLOCK = "approval_field"
FIELD_ACTION = "said"


def ask_form(handle: str, words: str) -> Modal:
    """`words`: which limit is broken, escaped."""
    reason = text_input(
        FIELD_BLOCK,
        FIELD_ACTION,
        "Why (the approver reads it)",
        placeholder="IV rank 62, replaces December",
        optional=True,
    )
    sent = "Asking confirms the order: it is sent by itself when it is approved."
    return _form(CallbackId.ORDER_ASK, "Ask for approval", "Ask", handle, section(f"{words}\n{sent}"), reason)


def decline_form(handle: str, callback: CallbackId = CallbackId.APPROVAL_DECLINE) -> Modal:
    field = text_input(FIELD_BLOCK, FIELD_ACTION, "Why not (the requester reads it)")
    return _form(callback, "Decline", "Decline", handle, field)


def fewer_form(handle: str, most: Decimal) -> Modal:
    hint = f"A whole number from 1 to {figures.quantity(most)}. The requester decides whether to send that."
    field = text_input(FIELD_BLOCK, FIELD_ACTION, "Approve at most", hint=hint)
    return _form(CallbackId.APPROVAL_FEWER, "Approve fewer", "Approve", handle, field)


def question_form(handle: str) -> Modal:
    field = text_input(FIELD_BLOCK, FIELD_ACTION, "What do you want to know?")
    return _form(CallbackId.APPROVAL_QUESTION, "Ask back", "Ask", handle, field)


def answer_form(handle: str, question: str) -> Modal:
    """`question` is escaped."""
    field = text_input(FIELD_BLOCK, FIELD_ACTION, "Your answer")
    return _form(CallbackId.ORDER_ANSWER, "Answer", "Answer", handle, section(f"“{question}”"), field)


def _form(callback: CallbackId, title: str, submit: str, handle: str, *blocks: Block) -> Modal:
    return Modal(
        {
            "type": "modal",
            "callback_id": str(callback),
            "title": plain_text(title, VIEW_TITLE_LIMIT),
            "submit": plain_text(submit, VIEW_TITLE_LIMIT),
            "close": plain_text("Back", VIEW_TITLE_LIMIT),
            "private_metadata": handle[:PRIVATE_METADATA_LIMIT],
            "blocks": list(blocks),
        }
    )


def read_text(values: Mapping[str, Any]) -> str:
    """What was typed into the form's one field; "" when nothing was."""
    found = values.get(FIELD_BLOCK)
    element = found.get(FIELD_ACTION) if isinstance(found, Mapping) else None
    typed = element.get("value") if isinstance(element, Mapping) else None
    return typed.strip() if isinstance(typed, str) else ""


def read_number(values: Mapping[str, Any]) -> Decimal:
    """Raises ParseError for anything but digits."""
    typed = read_text(values)
    if not (typed.isascii() and typed.isdigit()):
        raise ParseError("That is not a number.", hint="Say a whole number.")
    return Decimal(typed)
