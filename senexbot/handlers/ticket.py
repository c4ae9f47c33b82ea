"""The order ticket in the person's hands: opened at once, read again with every change, submitted as words.

The form decides nothing: what its fields say goes through the order language, like a command.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import structlog

from senexbot.blocks import outlooks, trades
from senexbot.blocks import ticket as form
from senexbot.blocks.inputs import suggestions
from senexbot.blocks.kit import Modal, plain
from senexbot.domain.calendar import trading_day
from senexbot.domain.errors import (
    AlreadyHandled,
    MessengerFault,
    NotFound,
    NotPermitted,
    ParseError,
    SenexError,
)
from senexbot.domain.language import parse, said_words
from senexbot.domain.language.said import OrderSaid
from senexbot.domain.links import Actor
from senexbot.domain.ticket import Ticket, TicketField
from senexbot.handlers.asking import Desk
from senexbot.ports import Handle
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.handles import owned_handle, owned_intent, same_terms

if TYPE_CHECKING:  # the boundary knows the verbs, and a verb opens the ticket
    from senexbot.handlers.boundary import Boundary

log = structlog.get_logger()
QUICK_SECONDS = 1.8  # Slack waits three seconds for the answer to a submitted form, and to a search
READ_SECONDS = 6.0
Later = Callable[[Awaitable[None]], None]


async def issue(desk: Desk, actor: Actor, subject: str = "") -> str:
    """A handle for one ticket. `subject`: the button of the preview that it edits, "" for a new order."""
    value = desk.ids.handle()
    async with desk.store.begin() as tx:
        await tx.handles.issue(Handle(value, "ticket", subject, 0, actor.user_id))
    return value


async def open_new(desk: Desk, actor: Actor, trigger_id: str) -> None:
    await _open(desk, actor, trigger_id, await issue(desk, actor), Ticket())


async def open_for(desk: Desk, actor: Actor, trigger_id: str, value: str) -> None:
    """Behind a button: a new ticket, or the preview that the button belongs to."""
    async with desk.store.read() as tx:
        handle = await tx.handles.find(value)
        if handle is None or handle.kind == "ticket":
            await owned_handle(tx, actor, value, "ticket")
            intent = None
        else:
            handle, intent = await owned_intent(tx, actor, value)
            same_terms(handle, intent)
    if intent is None:
        await _open(desk, actor, trigger_id, value, Ticket())
        return
    said = parse(intent.text, _today(desk))
    ticket = Ticket.of(said) if isinstance(said, OrderSaid) else None
    if ticket is None:
        raise NotFound("The form has no place for this order: say it again with the change.")
    await _open(desk, actor, trigger_id, await issue(desk, actor, value), ticket)


async def _open(desk: Desk, actor: Actor, trigger_id: str, handle: str, ticket: Ticket) -> None:
    """Within the life of the trigger a form that says "Loading"; then what the order comes to now."""
    view_id = await desk.slack.open_view(trigger_id, form.ticket_loading(private_metadata=handle))
    await desk.slack.update_view(view_id, await _modal(desk, actor, handle, ticket))


async def _modal(desk: Desk, actor: Actor, handle: str, ticket: Ticket) -> Modal:
    links = await desk.accounts.links(actor)
    accounts = [
        (account.number[-4:], f"{link.environment.label} {account.masked} {account.nickname}".strip())
        for link in links
        for account in link.accounts
        if not account.is_closed
    ]
    label, reading = await _reading(desk, actor, ticket)
    return form.ticket_modal(
        ticket, reading, private_metadata=handle, environment_label=label, accounts=accounts
    )


async def _reading(desk: Desk, actor: Actor, ticket: Ticket) -> tuple[str, form.Reading]:
    """The environment's label, and what the fields come to: as far as they can be read, and the market allows."""
    if ticket.is_empty:
        return "", form.Reading()
    try:
        said = parse(ticket.text(), _today(desk))
        if not isinstance(said, OrderSaid):
            raise ParseError("That is no order to buy or sell.")
    except ParseError as error:
        return "", form.Reading(problem=_words(error))
    try:
        async with asyncio.timeout(READ_SECONDS):
            (look,) = await desk.previews.look(actor, said)
    except TimeoutError:
        return "", form.Reading(problem="The market cannot be read now; Preview tries again.")
    except SenexError as error:
        return "", form.Reading(problem=f"{said_words(said)}: {_words(error)}")
    market = trades.market(look.view, look.terms, desk.clock.now()) if look.view else "No quote to be had"
    lines = (
        market,
        outlooks.chosen(look.choices),
        outlooks.at_expiry(look.payoff, look.terms.underlying),
    )
    return look.terms.environment.label, form.Reading(
        first=trades.what(look.terms), lines=tuple(line for line in lines if line)
    )


class TicketForm:
    def __init__(self, *, desk: Desk, boundary: Boundary, later: Later) -> None:
        self._desk = desk
        self._boundary = boundary
        self._later = later
        self._newest: dict[str, int] = {}  # by view: which change is the last

    async def changed(self, user_id: str, view: Mapping[str, Any]) -> None:
        """Something was chosen, or enter was pressed: the same form with what it comes to now."""
        view_id, handle = str(view.get("id", "")), str(view.get("private_metadata", ""))
        turn = self._newest[view_id] = self._newest.get(view_id, 0) + 1
        while len(self._newest) > 1000:
            self._newest.pop(next(iter(self._newest)))
        try:
            actor = await self._boundary.actor(user_id)
            await self._boundary.no_stranger(actor, "ticket")
            await self._owned(actor, handle)
            modal = await _modal(self._desk, actor, handle, form.read_ticket(view["state"]["values"]))
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
        return {"response_action": "errors", "errors": _errors(ticket, fault)}

    async def _preview(self, user_id: str, handle: str, ticket: Ticket) -> SenexError | None:
        try:
            actor = await self._boundary.actor(user_id)
            await self._boundary.no_stranger(actor, "ticket")
            edited = (await self._owned(actor, handle)).subject
            said = parse(ticket.text(), _today(self._desk))
            if not isinstance(said, OrderSaid):
                raise ParseError("That is no order to buy or sell.")
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
        """The same form submitted again makes no second preview (I33); with other words it does."""
        words = sha256(ticket.text().encode()).hexdigest()[:16]
        async with self._desk.store.begin() as tx:
            if not await tx.first_time(f"ticket:{handle}:{words}"):
                raise AlreadyHandled("This was previewed already: look in your messages.", code="previewed")

    async def _discard(self, actor: Actor, value: str) -> None:
        """The preview that was edited, unless it has moved on meanwhile."""
        try:
            await self._desk.previews.discard(actor, value)
        except SenexError as fault:
            log.info("ticket.edited", code=fault.code)

    async def _finish(self, view_id: str, handle: str, work: Awaitable[SenexError | None]) -> None:
        fault = await work
        words = "The preview stands in your messages." if fault is None else _words(fault)
        over = form.ticket_over if fault is not None else form.ticket_done
        try:
            await self._desk.slack.update_view(view_id, over(words, private_metadata=handle))
        except MessengerFault as lost:
            log.info("ticket.form_closed", code=lost.code)

    async def _owned(self, actor: Actor, value: str) -> Handle:
        async with self._desk.store.read() as tx:
            return await owned_handle(tx, actor, value, "ticket")


def _errors(ticket: Ticket, fault: SenexError) -> dict[str, str]:
    if isinstance(fault, ParseError):
        return form.ticket_errors(ticket, fault)
    return {str(TicketField.QUANTITY): plain(_words(fault))}


def _words(fault: SenexError) -> str:
    hint = getattr(fault, "hint", "")
    return f"{fault.message} {hint}".strip() or "It could not be done."


def _today(desk: Desk) -> Any:
    return trading_day(desk.clock.now(), EXCHANGE_ZONE)
