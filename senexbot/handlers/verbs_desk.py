"""Verbs about the desk itself: halt, resume, status, help."""

from __future__ import annotations

from senexbot.blocks import desk as desk_blocks
from senexbot.blocks import help as help_blocks
from senexbot.blocks.desk import CancelButtons
from senexbot.blocks.errors import error_card
from senexbot.blocks.flatten import plan_words
from senexbot.blocks.kit import Message
from senexbot.blocks.orders import continued
from senexbot.domain.errors import (
    AlreadyHandled,
    NotConnected,
    NotPermitted,
    ParseError,
    SenexError,
    Suggestion,
)
from senexbot.domain.halts.flatten_plan import FlattenPlan
from senexbot.domain.halts.halts import DESK, account_scope, user_scope
from senexbot.domain.halts.protecting import Split
from senexbot.domain.links import Actor
from senexbot.domain.words import first_and_rest, looks_like_person, member_id, quoted
from senexbot.handlers.asking import Ask, Desk, DirectReply
from senexbot.ports import Handle
from senexbot.services.accounts import preferred
from senexbot.services.halts.halts import HaltAnswer
from senexbot.services.halts.mass_cancelling import Offer
from senexbot.services.news.admins import operators_of
from senexbot.services.news.faces import plan_key

CARD_SECONDS = 4.0


async def halt(ask: Ask) -> Message:
    """`halt [account DIGITS|user @x] [reducing] [REASON]`, the two in either order."""
    reducing, text = _reducing(ask.text)
    scope, text = await _scope(ask, text)
    if not reducing:
        reducing, text = _reducing(text)
    try:
        answer = await ask.desk.halts.halt(
            ask.actor, text, state="reducing" if reducing else "halted", scope=scope
        )
    except AlreadyHandled:
        answer = await ask.desk.halts.status(
            scope
        )  # halted before: what is open now is what they want to see
    if answer.wished_by == ask.actor.user_id:
        return desk_blocks.resume_asked(answer.row)
    return await _halted(ask.desk, ask.actor, answer)


async def flatten(ask: Ask) -> Message | None:
    """`flatten [ACCOUNT|all]`: the plan stands in the person's messages, and nothing is sent before they press."""
    words = ask.text.split()
    if words[:1] == ["account"]:
        words = words[1:]
    if len(words) > 1:
        raise ParseError(
            f"“{quoted(words[1])}” is one word too many.",
            word=quoted(words[1]),
            place=3,
            hint="Say flatten, flatten 0001 or flatten all.",
        )
    plan = await ask.desk.flattening.plan(ask.actor, words[0] if words else "")
    return None if ask.direct else await plan_continued(ask.desk, plan)


async def plan_continued(desk: Desk, plan: FlattenPlan) -> Message:
    link = await desk.orders.wait_for_card(plan_key(plan.id), seconds=CARD_SECONDS)
    return continued(link, plan_words(plan))


def _reducing(text: str) -> tuple[bool, str]:
    first, rest = first_and_rest(text)
    return (True, rest) if first.lower() == "reducing" else (False, text)


async def _scope(ask: Ask, text: str) -> tuple[str, str]:
    """Whom it is about, and the text behind that; the desk when none is named.

    Only what looks like digits of an account or like a person is one: `halt account was hacked` halts the
    desk, and is not refused for its reason's spelling.
    """
    kind, rest = first_and_rest(text)
    name, after = first_and_rest(rest)
    if kind.lower() == "account" and any(c.isdigit() for c in name):
        return await ask.desk.halts.account_scope(name), after
    if kind.lower() == "user" and looks_like_person(name):
        return user_scope(member_id(name)), after
    return DESK, text


async def _halted(desk: Desk, actor: Actor, answer: HaltAnswer) -> Message:
    offer = await desk.mass_cancelling.offer(
        actor, answer.working, answer.row.scope, on_the_way=answer.on_the_way
    )
    return desk_blocks.halt_card(
        answer.row,
        on_the_way=answer.on_the_way,
        way=offer.on_the_way,
        working=offer.split,
        cancels=await _cancel_buttons(desk, actor, offer, answer.row.scope),
        handle=await _resume_handle(desk, actor, answer.row.scope),
        agreed=answer.wished_by,
    )


async def _cancel_buttons(desk: Desk, actor: Actor, offer: Offer, scope: str) -> CancelButtons:
    """Also a plan for the way out, for whoever trades here: of their own accounts in this scope."""
    flatten = ""
    async with desk.store.read() as tx:
        links = await tx.links.of_user(actor.team_id, actor.user_id)
    own = {account_scope(link.environment, a.number) for link in links for a in link.accounts}
    if own and scope in {DESK, user_scope(actor.user_id), *own}:
        flatten = desk.ids.handle()
        async with desk.store.begin() as tx:
            await tx.handles.issue(Handle(flatten, "flatten", scope, 0, actor.user_id))
    return CancelButtons(
        offer.opening, offer.opening_count, offer.everything, offer.everything_count, flatten
    )


async def cancel_listed(desk: Desk, actor: Actor, handle: str) -> None:
    """All that a halt has listed beside this button. One message in the person's own messages, edited in place:
    reading back takes some seconds."""
    reply = DirectReply(slack=desk.slack, user_id=actor.user_id)
    listed = await desk.mass_cancelling.listed(actor, handle)
    await reply.progress(desk_blocks.cancelling(len(listed)))
    try:
        done = await desk.mass_cancelling.cancel(actor, handle, listed)
    except SenexError as error:
        await reply.final(error_card(error))
        return
    await reply.final(desk_blocks.cancels_done(done.cancelled, done.filled, done.ended, done.unknown))


async def _resume_handle(desk: Desk, actor: Actor, scope: str = DESK) -> str:
    """A Resume button for those who may press it."""
    try:
        await desk.halts.may_resume(actor)
    except NotPermitted:
        return ""
    value = desk.ids.handle()
    async with desk.store.begin() as tx:
        await tx.handles.issue(Handle(value, "desk", scope, 0, actor.user_id))
    return value


async def resume(ask: Ask) -> Message:
    scope, text = await _scope(ask, ask.text)
    return await resume_desk(ask.desk, ask.actor, text, scope=scope)


async def resume_desk(desk: Desk, actor: Actor, reason: str = "", *, scope: str = DESK) -> Message:
    answer = await desk.halts.resume(actor, reason, scope=scope)
    return desk_blocks.resume_asked(answer.row) if answer.wished_by else desk_blocks.resumed(answer.row)


async def status(ask: Ask) -> Message:
    answer = await ask.desk.halts.status()
    async with ask.desk.store.read() as tx:
        dead = await tx.outbox.dead_count()
    halted = answer.row.state != "active"
    offer = Offer(Split(opening=answer.working), Split())
    if halted:
        offer = await ask.desk.mass_cancelling.offer(
            ask.actor, answer.working, answer.row.scope, on_the_way=answer.on_the_way
        )
    return desk_blocks.status_card(
        answer.row,
        on_the_way=answer.on_the_way,
        way=offer.on_the_way,
        working=offer.split,
        cancels=await _cancel_buttons(ask.desk, ask.actor, offer, answer.row.scope) if halted else None,
        lines=ask.desk.health(),
        others=answer.others,
        handle=await _resume_handle(ask.desk, ask.actor) if halted else "",
        agreed=answer.wished_by,
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
