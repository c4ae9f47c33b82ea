"""The ticket in the person's hands: read again with every change, submitted as words."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Any

import structlog

from senexbot.blocks import ticket as form
from senexbot.blocks.inputs import suggestions
from senexbot.domain.errors import (
    AlreadyHandled,
    MessengerFault,
    NotPermitted,
    ParseError,
    SenexError,
)
from senexbot.domain.links import Actor
from senexbot.domain.ticket.blame import said_in
from senexbot.domain.ticket.form import Ticket
from senexbot.handlers.asking import Desk
from senexbot.handlers.boundary import Boundary
from senexbot.handlers.ticket import fault_words, ticket_view, today
from senexbot.ports import Handle
from senexbot.services.orders.handles import owned_handle

log = structlog.get_logger()
QUICK_SECONDS = 1.8  # Slack waits three seconds for the answer to a submitted form, and to a search
PAUSE_SECONDS = 0.6  # between two characters that are typed in one go there is less
Later = Callable[[Awaitable[None]], None]


class TicketForm:
    def __init__(self, *, desk: Desk, boundary: Boundary, later: Later) -> None:
        self._desk = desk
        self._boundary = boundary
        self._later = later
        self._newest: dict[str, int] = {}  # by view: which change is the last
        self._failed: dict[str, int] = {}  # by ticket: how often it was submitted in vain

    async def changed(self, user_id: str, view: Mapping[str, Any], *, typing: bool = False) -> None:
        """Something was chosen or typed: the same form with what it comes to now. `typing`: a character of several, so
        that the market is only read once nothing follows for a moment."""
        view_id, handle = str(view.get("id", "")), str(view.get("private_metadata", ""))
        turn = self._newest[view_id] = self._newest.get(view_id, 0) + 1
        while len(self._newest) > 1000:
            self._newest.pop(next(iter(self._newest)))
        if typing:
            await self._desk.clock.sleep(PAUSE_SECONDS)
            if self._newest.get(view_id) != turn:
                return
        try:
            actor = await self._boundary.actor(user_id)
            await self._boundary.no_stranger(actor, "ticket")
            await self._owned(actor, handle)
            modal = await ticket_view(self._desk, actor, handle, form.read_ticket(view["state"]["values"]))
            if self._newest.get(view_id) == turn:
                await self._desk.slack.update_view(view_id, modal)
        except SenexError as fault:  # the form stays as it is; submitting says what is wrong
            log.info("ticket.changed", code=fault.code)

    async def suggest(self, user_id: str, typed: str) -> dict[str, Any]:
        """Symbols for the letters typed. Nothing rather than late: Slack shows an error after three seconds."""
        try:
            async with asyncio.timeout(QUICK_SECONDS):
                actor = await self._boundary.actor(user_id)
                await self._boundary.no_stranger(actor, "ticket")
                found = await self._desk.quotes.suggest(actor, typed)
        except (SenexError, TimeoutError):
            found = ()
        return suggestions([(symbol, symbol) for symbol in found])

    async def submitted(self, user_id: str, view: Mapping[str, Any]) -> dict[str, Any]:
        """What to acknowledge with: errors under the fields, or the form closes and the preview is on its way."""
        ticket = form.read_ticket(view["state"]["values"])
        handle = str(view.get("private_metadata", ""))
        work = asyncio.ensure_future(self._preview(user_id, handle, ticket))
        done, _ = await asyncio.wait({work}, timeout=QUICK_SECONDS)
        if not done:
            self._later(self._finish(str(view.get("id", "")), handle, work))
            busy = form.ticket_busy(private_metadata=handle)
            return {"response_action": "update", "view": dict(busy.payload)}
        fault = work.result()
        if fault is None:
            return {"response_action": "clear"}
        self._failed[handle] = self._failed.get(handle, 0) + 1
        blocks = {str(block.get("block_id", "")) for block in view.get("blocks") or ()}
        errors = form.ticket_errors(ticket, fault, blocks, self._words(ticket, fault))
        return {"response_action": "errors", "errors": errors}

    def _words(self, ticket: Ticket, fault: SenexError) -> str:
        try:
            return fault_words(fault, said_in(ticket, today(self._desk)))
        except ParseError:
            return fault_words(fault)

    async def _preview(self, user_id: str, handle: str, ticket: Ticket) -> SenexError | None:
        try:
            actor = await self._boundary.actor(user_id)
            await self._boundary.no_stranger(actor, "ticket")
            edited = (await self._owned(actor, handle)).subject
            said = said_in(ticket, today(self._desk))
            await self._once(handle, ticket)
            await self._desk.previews.preview_sentence(actor, said)
            if edited:
                await self._discard(actor, edited)
        except SenexError as fault:
            return fault
        except Exception:
            log.exception("ticket.unforeseen")
            return NotPermitted("This went wrong on our side. Nothing was sent; try again in a minute.")
        return None

    async def _once(self, handle: str, ticket: Ticket) -> None:
        """The same form submitted again makes no second preview (I33); with other words, or after a no, it does."""
        words = sha256(ticket.text().encode()).hexdigest()[:16]
        async with self._desk.store.begin() as tx:
            if not await tx.first_time(f"ticket:{handle}:{words}:{self._failed.get(handle, 0)}"):
                raise AlreadyHandled("This was previewed already: look in your messages.", code="previewed")

    async def _discard(self, actor: Actor, value: str) -> None:
        """The preview that was edited, unless it has moved on meanwhile."""
        try:
            await self._desk.previews.discard(actor, value)
        except SenexError as fault:
            log.info("ticket.edited", code=fault.code)

    async def _finish(self, view_id: str, handle: str, work: Awaitable[SenexError | None]) -> None:
        fault = await work
        words = "The preview stands in your messages." if fault is None else fault_words(fault)
        over = form.ticket_over if fault is not None else form.ticket_done
        try:
            await self._desk.slack.update_view(view_id, over(words, private_metadata=handle))
        except MessengerFault as lost:
            log.info("ticket.form_closed", code=lost.code)

    async def _owned(self, actor: Actor, value: str) -> Handle:
        async with self._desk.store.read() as tx:
            return await owned_handle(tx, actor, value, "ticket")
