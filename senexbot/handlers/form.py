"""The connect form: checked with the broker, answered in the form itself when that is quick enough."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog

from senexbot.blocks import accounts as account_blocks
from senexbot.blocks.connect import CONNECT_TOKEN_BLOCK, connect_errors, connect_modal, read_connect
from senexbot.blocks.kit import Message, Modal
from senexbot.domain.errors import MessengerFault, SenexError, Suggestion
from senexbot.domain.links import Actor, Grant, Link, Secret
from senexbot.handlers.asking import Desk, DirectReply
from senexbot.handlers.boundary import Boundary
from senexbot.handlers.verbs_account import environments

log = structlog.get_logger()
QUICK_SECONDS = 1.8  # Slack waits three seconds for the answer to a submitted form


class ConnectForm:
    def __init__(self, *, desk: Desk, boundary: Boundary) -> None:
        self._desk = desk
        self._boundary = boundary
        self._tasks: set[asyncio.Task[None]] = set()

    async def submitted(self, user_id: str, view: Mapping[str, Any]) -> dict[str, Any]:
        """What to acknowledge the submission with: errors under fields, or the next state of the form."""
        try:
            environment, secret, token = read_connect(view["state"]["values"])
            if environment not in environments(self._desk):
                return {"response_action": "errors", "errors": {CONNECT_TOKEN_BLOCK: "Not offered here."}}
            actor = await self._boundary.actor(user_id)
            await self._boundary.no_stranger(actor, "connect")
        except SenexError as fault:
            return {"response_action": "errors", "errors": connect_errors(fault)}
        grant = Grant(environment, Secret(secret), Secret(token))
        request = str(view.get("private_metadata", ""))
        work = asyncio.create_task(self._desk.links.complete(actor, request, grant))
        done, _ = await asyncio.wait({work}, timeout=QUICK_SECONDS)
        if not done:
            later = asyncio.create_task(self._finish(actor, str(view["id"]), request, work))
            self._tasks.add(later)
            later.add_done_callback(self._tasks.discard)
            busy = connect_modal(environments=environments(self._desk), private_metadata=request, busy=True)
            return {"response_action": "update", "view": dict(busy.payload)}
        try:
            link = await work
        except SenexError as fault:
            log.info("connect.refused", code=fault.code)
            return {"response_action": "errors", "errors": connect_errors(fault)}
        except Exception:
            log.exception("connect.unforeseen")
            words = "This went wrong on our side. Nothing is kept; try again in a minute."
            return {"response_action": "errors", "errors": {CONNECT_TOKEN_BLOCK: words}}
        later = asyncio.create_task(self._tell(actor, link))
        self._tasks.add(later)
        later.add_done_callback(self._tasks.discard)
        return {"response_action": "clear"}

    async def _finish(self, actor: Actor, view_id: str, request: str, work: asyncio.Task[Link]) -> None:
        """The broker was slow: the answer comes into the open form, or by message when that is closed."""
        try:
            link = await work
        except SenexError as fault:
            problem = next(iter(connect_errors(fault).values()))
            modal = connect_modal(
                environments=environments(self._desk), private_metadata=request, problem=problem
            )
            await self._update(view_id, modal)
        except Exception:
            log.exception("connect.unforeseen")
            modal = connect_modal(
                environments=environments(self._desk),
                private_metadata=request,
                problem="this went wrong on our side; nothing is kept",
            )
            await self._update(view_id, modal)
        else:
            await self._update(view_id, _linked_view(link))
            await self._tell(actor, link)

    async def _update(self, view_id: str, modal: Modal) -> None:
        try:
            await self._desk.slack.update_view(view_id, modal)
        except MessengerFault as fault:
            log.info("connect.form_closed", code=fault.code)

    async def _tell(self, actor: Actor, link: Link) -> None:
        says = await self._desk.says(
            actor,
            (
                Suggestion("Balances", "balances"),
                Suggestion("Positions", "positions"),
                Suggestion("Quote SPY", "quote SPY"),
            ),
        )
        message: Message = account_blocks.connected(link, says=says)
        try:
            await DirectReply(slack=self._desk.slack, user_id=actor.user_id).final(message)
        except MessengerFault as fault:
            log.warning("connect.tell", code=fault.code)


def _linked_view(link: Link) -> Modal:
    message = account_blocks.connected(link)
    return Modal(
        {
            "type": "modal",
            "title": {"type": "plain_text", "text": "Connected"},
            "close": {"type": "plain_text", "text": "Done"},
            "blocks": list(message.blocks),
        }
    )
