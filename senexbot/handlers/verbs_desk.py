"""Verbs about the desk itself: halt, resume, status, help."""

from __future__ import annotations

from senexbot.blocks import desk as desk_blocks
from senexbot.blocks import help as help_blocks
from senexbot.blocks.kit import Message
from senexbot.domain.errors import NotConnected, NotPermitted, ParseError, Suggestion
from senexbot.domain.links import Actor
from senexbot.handlers.asking import Ask, Desk
from senexbot.ports import Handle
from senexbot.services.accounts import preferred
from senexbot.services.admins import operators_of
from senexbot.services.halts import DESK, HaltAnswer


async def halt(ask: Ask) -> Message:
    first, _, rest = ask.text.strip().partition(" ")
    reducing = first.lower() == "reducing"
    answer = await ask.desk.halts.halt(
        ask.actor, rest if reducing else ask.text, state="reducing" if reducing else "halted"
    )
    return await _halted(ask.desk, ask.actor, answer)


async def _halted(desk: Desk, actor: Actor, answer: HaltAnswer) -> Message:
    return desk_blocks.halt_card(
        answer.row,
        on_the_way=answer.on_the_way,
        working=len(answer.working),
        handle=await _resume_handle(desk, actor),
    )


async def _resume_handle(desk: Desk, actor: Actor) -> str:
    """A Resume button for those who may press it."""
    try:
        await desk.halts.may_resume(actor)
    except NotPermitted:
        return ""
    value = desk.ids.handle()
    async with desk.store.begin() as tx:
        await tx.handles.issue(Handle(value, "desk", DESK, 0, actor.user_id))
    return value


async def resume(ask: Ask) -> Message:
    return await resume_desk(ask.desk, ask.actor, ask.text)


async def resume_desk(desk: Desk, actor: Actor, reason: str = "") -> Message:
    answer = await desk.halts.resume(actor, reason)
    return desk_blocks.resumed(answer.row)


async def status(ask: Ask) -> Message:
    answer = await ask.desk.halts.status()
    async with ask.desk.store.read() as tx:
        dead = await tx.outbox.dead_count()
    return desk_blocks.status_card(
        answer.row,
        on_the_way=answer.on_the_way,
        working=len(answer.working),
        lines=ask.desk.health(),
        handle=await _resume_handle(ask.desk, ask.actor) if answer.row.state != "active" else "",
        dead_letters=dead,
    )


async def help_(ask: Ask) -> Message:
    """The three likeliest next steps; `help all` tells every verb."""
    if ask.text.strip().lower() == "all":
        return help_blocks.full_help()
    return await short_help(ask.desk, ask.actor)


async def short_help(desk: Desk, actor: Actor) -> Message:
    dead = await _dead_letters_for(desk, actor)
    try:
        links = await desk.accounts.links(actor)
    except NotConnected:
        value = desk.ids.handle()
        async with desk.store.begin() as tx:
            await tx.handles.issue(Handle(value, "form", "connect", 0, actor.user_id))
        says = await desk.says(actor, (Suggestion("All words", "help all"),))
        return help_blocks.short_card(says, linked=False, connect_handle=value, dead_letters=dead)
    says = await desk.says(
        actor,
        (
            Suggestion("Positions", "positions"),
            Suggestion("Orders", "orders"),
            Suggestion("All words", "help all"),
        ),
    )
    where = preferred(links).environment.label
    return help_blocks.short_card(says, linked=True, environment_label=where, dead_letters=dead)


async def _dead_letters_for(desk: Desk, actor: Actor) -> int:
    """How many there are, for operators; for everybody while nobody is one."""
    async with desk.store.read() as tx:
        operators = await operators_of(tx)
        return await tx.outbox.dead_count() if actor.user_id in operators or not operators else 0


async def not_understood(ask: Ask, error: ParseError) -> Message:
    """A first word that is none of ours, with what was probably meant."""
    return help_blocks.unknown_verb_error(error, says=await ask.desk.says(ask.actor, error.suggestions))
