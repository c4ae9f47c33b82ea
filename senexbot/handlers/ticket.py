"""The order ticket: opened at once, and what its fields come to at this moment.

The form decides nothing: what its fields say goes through the order language, like a command.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import structlog

from senexbot.blocks import market_beside, outlooks, quotes, trades
from senexbot.blocks import ticket as form
from senexbot.blocks.kit import Modal
from senexbot.domain.calendar import trading_day
from senexbot.domain.errors import Denied, NotFound, ParseError, SenexError
from senexbot.domain.language import parse, said_text, said_words
from senexbot.domain.language.said import OrderSaid
from senexbot.domain.links import Actor, masked
from senexbot.domain.resolving.mending import instead_of, label_of
from senexbot.domain.ticket.blame import said_in
from senexbot.domain.ticket.form import Ticket, TicketStart
from senexbot.handlers.asking import Desk
from senexbot.ports import ANYBODY, Handle
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.orders.handles import owned_handle, owned_intent, same_terms

log = structlog.get_logger()
READ_SECONDS = 6.0
QUOTE_SECONDS = 3.0
TAIL = 4  # so many last characters name an account, unless two share them


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
    said = parse(intent.text, today(desk))
    ticket = Ticket.of(said, underlying=intent.terms.underlying) if isinstance(said, OrderSaid) else None
    if ticket is None:
        raise NotFound("The form has no place for this order: say it again with the change.")
    ticket = replace(ticket, account=intent.account.number)
    await _open(desk, actor, trigger_id, await issue(desk, actor, value), ticket)


async def open_trade(desk: Desk, actor: Actor, trigger_id: str, value: str) -> None:
    """Behind Trade beside an instrument: a ticket of whoever presses it, filled with that instrument; under an alert
    with what closes the position that they hold in it, so that three taps lead from the alert to a sent order.

    Raises NotFound, NotPermitted, Expired. That they may trade at all was asked before.
    """
    async with desk.store.read() as tx:
        handle = await tx.handles.find(value)
        owner = actor if handle is None or handle.owner != ANYBODY else replace(actor, user_id=ANYBODY)
        handle = await owned_handle(tx, owner, value, "trade", now=desk.clock.not_before())
    start = TicketStart.of_text(handle.subject)
    under = await issue(desk, actor)
    view_id = await desk.slack.open_view(trigger_id, form.ticket_loading(private_metadata=under))
    if handle.owner == ANYBODY and not start.account:
        start = await _as_held(desk, actor, start)
    await _fill(desk, actor, view_id, under, start.ticket())


async def _as_held(desk: Desk, actor: Actor, start: TicketStart) -> TicketStart:
    """With the one position that the person holds in it; as it is when there is none, several, or none to be read."""
    try:
        async with asyncio.timeout(QUOTE_SECONDS):
            answer = await desk.accounts.positions(actor)
    except (SenexError, TimeoutError):
        return start
    found = [
        (account.number, held)
        for _, account, positions in answer.rows
        for held in positions
        if held.symbol == start.symbol and held.quantity
    ]
    if len(found) != 1:
        return start
    ((number, position),) = found
    return TicketStart(start.symbol, position.underlying, position.quantity, number)


async def _open(desk: Desk, actor: Actor, trigger_id: str, handle: str, ticket: Ticket) -> None:
    """Within the life of the trigger a form that says "Loading"; then what the order comes to now."""
    view_id = await desk.slack.open_view(trigger_id, form.ticket_loading(private_metadata=handle))
    await _fill(desk, actor, view_id, handle, ticket)


async def _fill(desk: Desk, actor: Actor, view_id: str, handle: str, ticket: Ticket) -> None:
    try:
        modal = await ticket_view(desk, actor, handle, ticket)
    except SenexError as fault:  # a form that loads for ever tells nobody anything
        log.info("ticket.open", code=fault.code)
        modal = form.ticket_over(fault_words(fault), private_metadata=handle)
    await desk.slack.update_view(view_id, modal)


async def ticket_view(desk: Desk, actor: Actor, handle: str, ticket: Ticket) -> Modal:
    accounts = await _accounts(desk, actor)
    ticket = replace(ticket, account=_as_offered(ticket.account, accounts))
    if ticket.account and ticket.account not in dict(accounts):  # never another account in its place
        raise NotFound(f"Account {masked(ticket.account)} is not linked any more.")
    label, reading = await _reading(desk, actor, ticket)
    return form.ticket_modal(
        ticket, reading, private_metadata=handle, environment_label=label, accounts=accounts
    )


async def _accounts(desk: Desk, actor: Actor) -> list[tuple[str, str]]:
    """(how the language names it, words), the person's default first: what stands in the form is what is used."""
    links = await desk.accounts.links(actor)
    default = (await desk.accounts.pick(actor)).number
    open_ones = [(link, account) for link in links for account in link.accounts if not account.is_closed]
    tails = Counter(account.number[-TAIL:] for _, account in open_ones)
    return [
        (
            account.number if tails[account.number[-TAIL:]] > 1 else account.number[-TAIL:],
            f"{link.environment.label} {account.masked} {account.nickname}".strip(),
        )
        for link, account in sorted(open_ones, key=lambda pair: pair[1].number != default)
    ]


def _as_offered(said: str, accounts: Sequence[tuple[str, str]]) -> str:
    """An account by its number, or as typed, as the form's own choice; as it is where none or several fit."""
    fitting = [value for value, _ in accounts if said and (said.endswith(value) or value.endswith(said))]
    return fitting[0] if len(fitting) == 1 else said


async def _reading(desk: Desk, actor: Actor, ticket: Ticket) -> tuple[str, form.Reading]:
    """The environment's label, and what the fields come to: as far as they can be read, and the market allows."""
    if ticket.is_empty:
        return "", form.Reading()
    try:
        said = said_in(ticket, today(desk))
    except ParseError as error:
        return "", await _unread(desk, actor, ticket, fault_words(error))
    try:
        async with asyncio.timeout(READ_SECONDS):
            (look,) = await desk.previews.look(actor, said)
    except TimeoutError:
        return "", form.Reading(problem="The market cannot be read now; Preview tries again.")
    except SenexError as error:
        problem = f"{said_words(said)}: {fault_words(error, said)}"
        return "", await _unread(desk, actor, ticket, problem)
    now = desk.clock.now()
    lines = (
        outlooks.chosen(look.choices),
        outlooks.at_expiry(look.payoff, look.terms.underlying, outlooks.chance(look.terms, look.outlook))
        or trades.risk_of_future(look.terms),
    )
    return look.terms.environment.label, form.Reading(
        first=trades.what(look.terms),
        market=market_beside.bid_mid_ask(look.view, look.terms, now) if look.view else "No quote to be had",
        lines=tuple(line for line in lines if line),
        fine=outlooks.ahead(look.terms, look.outlook),
    )


async def _unread(desk: Desk, actor: Actor, ticket: Ticket, problem: str) -> form.Reading:
    """What is missing; the market of the symbol alone, so that a price can be chosen before the rest is."""
    try:
        async with asyncio.timeout(QUOTE_SECONDS):
            answer, _ = await desk.quotes.quote(actor, (ticket.symbol.upper(),))
    except (SenexError, TimeoutError):
        return form.Reading(problem=problem)
    lines = [quotes.market_line(row, desk.clock.now()) for row in answer.rows]
    return form.Reading(problem=problem, market="".join(lines))


def fault_words(fault: SenexError, said: OrderSaid | None = None) -> str:
    """What is wrong and what to type instead; of an order that could be read the nearest values that would do."""
    hint = getattr(fault, "hint", "")
    if said is not None and isinstance(fault, Denied):
        offers = ((label_of(said, one), said_text(one)) for one in instead_of(said, fault))
        near = [value for value, whole in offers if value != whole and value not in fault.message]
        hint = f"Would do: {', '.join(near)}." if near else hint
    message = fault.message
    if hint and message and message[-1] not in ".?!":
        message += "."
    return f"{message[:1].upper()}{message[1:]} {hint}".strip() or "It could not be done."


def today(desk: Desk) -> Any:
    return trading_day(desk.clock.now(), EXCHANGE_ZONE)
