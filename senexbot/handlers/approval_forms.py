"""The forms around an approval, as they come back: checked, answered in the form itself when that is quick enough."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from senexbot.blocks.actions import CallbackId
from senexbot.blocks.approval_forms import FIELD_BLOCK, read_number, read_text
from senexbot.blocks.errors import error_card
from senexbot.blocks.kit import plain
from senexbot.domain.errors import MessengerFault, ParseError, SenexError
from senexbot.domain.links import Actor
from senexbot.handlers import verbs_alert
from senexbot.handlers.asking import Desk, DirectReply
from senexbot.handlers.boundary import Boundary

log = structlog.get_logger()
QUICK_SECONDS = 1.8  # Slack waits three seconds for the answer to a submitted form
Values = Mapping[str, Any]
Later = Callable[[Awaitable[None]], None]


async def _ask(desk: Desk, actor: Actor, handle: str, values: Values) -> None:
    await desk.approvals.ask(actor, handle, read_text(values))


async def _answer(desk: Desk, actor: Actor, handle: str, values: Values) -> None:
    await desk.approvals.answer(actor, handle, read_text(values))


async def _fewer(desk: Desk, actor: Actor, handle: str, values: Values) -> None:
    decided = await desk.approvals.approve(actor, handle, read_number(values))
    await desk.executing.after(decided)


async def _decline(desk: Desk, actor: Actor, handle: str, values: Values) -> None:
    await desk.approvals.decline(actor, handle, read_text(values))


async def _question(desk: Desk, actor: Actor, handle: str, values: Values) -> None:
    await desk.approvals.ask_back(actor, handle, read_text(values))


async def _reason(desk: Desk, actor: Actor, handle: str, values: Values) -> None:
    await desk.external.give(actor, handle, read_text(values))


async def _mandate_decline(desk: Desk, actor: Actor, handle: str, values: Values) -> None:
    await desk.mandates.decline(actor, handle, read_text(values))


async def _rule_change(desk: Desk, actor: Actor, handle: str, values: Values) -> None:
    await verbs_alert.form_said(desk, actor, handle, read_text(values))


APPROVAL_FORMS: Mapping[CallbackId, Callable[[Desk, Actor, str, Values], Awaitable[None]]] = {
    CallbackId.ORDER_ASK: _ask,
    CallbackId.ORDER_ANSWER: _answer,
    CallbackId.APPROVAL_FEWER: _fewer,
    CallbackId.APPROVAL_DECLINE: _decline,
    CallbackId.APPROVAL_QUESTION: _question,
    CallbackId.EXTERNAL_REASON: _reason,
    CallbackId.MANDATE_DECLINE: _mandate_decline,
    CallbackId.RULE_CHANGE: _rule_change,
}


class ApprovalForms:
    def __init__(self, *, desk: Desk, boundary: Boundary, later: Later) -> None:
        self._desk = desk
        self._boundary = boundary
        self._later = later

    async def submitted(self, user_id: str, view: Mapping[str, Any]) -> dict[str, Any]:
        """What to acknowledge with: an error under the field, or nothing, which closes the form."""
        work = asyncio.ensure_future(self._work(user_id, view))
        done, _ = await asyncio.wait({work}, timeout=QUICK_SECONDS)
        if not done:
            self._later(self._tell(user_id, work))
            return {}
        fault = work.result()
        if fault is None:
            return {}
        return {"response_action": "errors", "errors": {FIELD_BLOCK: _words(fault)}}

    async def _work(self, user_id: str, view: Mapping[str, Any]) -> SenexError | None:
        try:
            actor = await self._boundary.actor(user_id)
            await self._boundary.no_stranger(actor, "approval")
            handle = str(view.get("private_metadata", ""))
            values: Values = view["state"]["values"]
            await APPROVAL_FORMS[CallbackId(str(view["callback_id"]))](self._desk, actor, handle, values)
        except SenexError as fault:
            log.info("approval.form", code=fault.code)
            return fault
        except Exception:
            log.exception("approval.form.unforeseen")
            return SenexError("This went wrong on our side. Look at the message: it shows what is so.")
        return None

    async def _tell(self, user_id: str, work: asyncio.Future[SenexError | None]) -> None:
        """The form is closed already: what went wrong comes by message."""
        fault = await work
        if fault is None:
            return
        try:
            await DirectReply(slack=self._desk.slack, user_id=user_id).final(error_card(fault))
        except MessengerFault as lost:
            log.warning("approval.form.tell", code=lost.code)


def _words(fault: SenexError) -> str:
    hint = f" {fault.hint}" if isinstance(fault, ParseError) and fault.hint else ""
    return plain(f"{fault.message or 'That did not work.'}{hint}")
