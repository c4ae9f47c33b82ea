"""Verbs about a person's accounts: connect, disconnect, accounts, balances, positions."""

from __future__ import annotations

from datetime import timedelta

from senexbot.blocks import accounts as account_blocks
from senexbot.blocks.connect import connect_modal
from senexbot.blocks.holdings import Offer, offers
from senexbot.blocks.holdings import positions as positions_card
from senexbot.blocks.kit import Message
from senexbot.domain.errors import NotConnected, StoreFault, Suggestion
from senexbot.domain.links import Actor, Environment, Link
from senexbot.domain.ticket.form import TicketStart
from senexbot.handlers.asking import Ask, Desk
from senexbot.ports import Handle

BUTTON_LIFE = timedelta(days=1)


def environments(desk: Desk) -> tuple[Environment, ...]:
    """What may be linked here, practice first where there is one."""
    practice = (Environment.PRACTICE,) if desk.rules.has_practice else ()
    return (*practice, Environment.LIVE, Environment.SANDBOX)


async def connect(ask: Ask) -> Message | None:
    """Opens the form; where nothing can be opened, a button that does."""
    if not ask.trigger_id:
        return await not_linked(ask.desk, ask.actor)
    request = await ask.desk.links.begin(ask.actor)
    await ask.desk.slack.open_view(
        ask.trigger_id,
        connect_modal(environments=environments(ask.desk), private_metadata=request.value),
    )
    return None


async def not_linked(desk: Desk, actor: Actor) -> Message:
    """How to link, with the button. The button carries a handle that opens the form, nothing more."""
    value = desk.ids.handle()
    async with desk.store.begin() as tx:
        await tx.handles.issue(Handle(value, "form", "connect", 0, actor.user_id))
    return account_blocks.not_linked(connect_handle=value, practice_first=desk.rules.has_practice)


async def accounts(ask: Ask) -> Message:
    desk = ask.desk
    try:
        links = await desk.accounts.links(ask.actor)
    except NotConnected:
        return await not_linked(desk, ask.actor)
    until = desk.clock.not_before() + BUTTON_LIFE
    defaults: dict[tuple[str, str], str] = {}
    erase: dict[str, str] = {}
    connect_value = desk.ids.handle()
    owner = ask.actor.user_id
    async with desk.store.begin() as tx:
        await tx.handles.issue(Handle(connect_value, "form", "connect", 0, owner))
        for link in links:
            erase[link.id] = desk.ids.handle()
            await tx.handles.issue(Handle(erase[link.id], "link", link.id, 0, owner, until))
            for account in link.accounts:
                value = defaults[link.id, account.number] = desk.ids.handle()
                await tx.handles.issue(
                    Handle(value, "account", f"{link.id}|{account.number}", 0, owner, until)
                )
    return account_blocks.account_list(
        links, defaults, erase, connect_handle=connect_value, now=desk.clock.now()
    )


async def disconnect(ask: Ask) -> Message:
    """Asks before anything is erased; the list lets choose where it is not clear which link is meant."""
    links = await ask.desk.accounts.links(ask.actor)
    wanted = ask.text.strip().lower()
    chosen = [link for link in links if link.environment.value == wanted] if wanted else list(links)
    if len(chosen) != 1:
        return await accounts(ask)
    return await ask_to_erase(ask.desk, ask.actor, chosen[0])


async def ask_to_erase(desk: Desk, actor: Actor, link: Link) -> Message:
    """What would be erased and what goes on without it. Text alone erases nothing (I27): the button does."""
    value = desk.ids.handle()
    until = desk.clock.not_before() + BUTTON_LIFE
    async with desk.store.begin() as tx:
        await tx.handles.issue(Handle(value, "erase", link.id, 0, actor.user_id, until))
    return account_blocks.disconnect_asked(
        link,
        handle=value,
        open_orders=await desk.orders.open_count(actor, link.environment),
        alerts=len(await desk.alerts.listed_over(actor, link.id)),
        says=await desk.says(actor, (Suggestion("Keep it", "accounts"),)),
    )


async def erase(desk: Desk, actor: Actor, link_id: str) -> Message:
    """Erase one link and say what goes on without it."""
    alerts = len(await desk.alerts.listed_over(actor, link_id))
    (link,) = await desk.links.disconnect(actor, link_id)
    open_orders = await desk.orders.open_count(actor, link.environment)
    desk.alerts_changed()
    says = await desk.says(actor, (Suggestion("Connect again", "connect"),))
    return account_blocks.disconnected(link, open_orders=open_orders, alerts=alerts, says=says)


async def balances(ask: Ask) -> Message:
    answer = await ask.desk.accounts.balances(ask.actor)
    return account_blocks.balances(
        answer.rows,
        now=ask.desk.clock.now(),
        failed=[(f.account.masked, f.why) for f in answer.failed],
    )


async def positions(ask: Ask) -> Message:
    answer = await ask.desk.accounts.positions(ask.actor)
    empty = not any(held for _, _, held in answer.rows)
    says = await ask.desk.says(ask.actor, (Suggestion("Quote SPY", "quote SPY"),)) if empty else ()
    return positions_card(
        answer.rows,
        now=ask.desk.clock.now(),
        failed=[(f.account.masked, f.why) for f in answer.failed],
        says=says,
        menus=await _menus(ask, tuple(offers(answer.rows))),
    )


async def _menus(ask: Ask, found: tuple[Offer, ...]) -> dict[Offer, str]:
    """A handle behind each offer; a list without its menus is better than none."""
    until = ask.desk.clock.not_before() + BUTTON_LIFE
    handles: dict[Offer, str] = {}
    try:
        async with ask.desk.store.begin() as tx:
            for offer in found:
                kind, subject = _behind(offer)
                handles[offer] = ask.desk.ids.handle()
                await tx.handles.issue(Handle(handles[offer], kind, subject, 0, ask.actor.user_id, until))
    except StoreFault:
        return {}
    return handles


def _behind(offer: Offer) -> tuple[str, str]:
    """Closing several at once is a command of its own; all else opens the ticket."""
    if offer.closes_all:
        return "say", f"close {offer.underlying} in {offer.account}"
    if offer.closes is None:
        return "trade", TicketStart(offer.underlying, offer.underlying, account=offer.account).text
    held = offer.closes
    return "trade", TicketStart(held.symbol, offer.underlying, held.quantity, offer.account).text
