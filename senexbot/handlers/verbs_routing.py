"""`alerts why` and `alerts quiet`, and the buttons under alerts that were told."""

from __future__ import annotations

from senexbot.blocks import alert_answers
from senexbot.blocks.alert_posts import Face
from senexbot.blocks.kit import Message
from senexbot.domain.errors import AlreadyHandled, MessengerFault, NotFound
from senexbot.domain.links import Actor
from senexbot.domain.news import AlertNews
from senexbot.domain.routing.entry import Place
from senexbot.domain.routing.moving import moved
from senexbot.domain.words import first_and_rest
from senexbot.handlers import verbs_alert
from senexbot.handlers.asking import Ask, Desk
from senexbot.services.alerts.inbox import PAGE


async def alerts(ask: Ask) -> Message | None:
    """`alerts why [f1042]`, `alerts quiet [22:00-07:00|off]`, `alerts escalate […]`; the rest is about rules."""
    first, rest = first_and_rest(ask.text)
    match first.lower():
        case "why":
            return await _why(ask, rest.strip())
        case "quiet":
            return await _quiet(ask, rest)
        case "escalate":
            return await _escalate(ask, rest.strip())
        case _:
            return await verbs_alert.alerts(ask)


async def _why(ask: Ask, name: str) -> Message:
    face = _own_face(ask.desk, ask.actor)
    if not name:
        return alert_answers.why_list(await ask.desk.inbox.last(ask.actor), face)
    entry = await ask.desk.inbox.why(ask.actor, name)
    where = ""
    if entry.ts and (Place(entry.place).is_room or entry.place == ask.actor.user_id):
        try:
            where = await ask.desk.slack.permalink(entry.channel, entry.ts)
        except MessengerFault:
            where = ""
    return alert_answers.why(entry, face, where=where)


async def _quiet(ask: Ask, text: str) -> Message:
    inbox = ask.desk.inbox
    known = await inbox.set_quiet(ask.actor, text) if text.strip() else await inbox.quiet(ask.actor)
    return alert_answers.quiet(known.hours, known.until, known.waiting, now=ask.desk.clock.now())


async def _escalate(ask: Ask, text: str) -> Message:
    """Of the whole desk: to whom a critical alert goes that nobody has, and after how long."""
    escalating = ask.desk.escalating
    said = await escalating.set_desk(ask.actor, text) if text else await escalating.desk(ask.actor)
    return alert_answers.escalation(said, admin_channel=escalating.admin_channel, done=bool(text))


async def have_it(desk: Desk, actor: Actor, handle: str) -> Message:
    return alert_answers.have_it(await desk.inbox.have_it(actor, handle))


async def snooze(desk: Desk, actor: Actor, handle: str) -> Message:
    entry, until = await desk.inbox.snooze(actor, handle)
    return alert_answers.snoozed(entry, until, _own_face(desk, actor))


async def move_level(desk: Desk, actor: Actor, handle: str) -> Message:
    """The level of the alert goes a round step beyond the value it fired at, and is watched anew; one tap."""
    entry = await desk.inbox.own(actor, handle)
    async with desk.store.read() as tx:
        rule = await tx.rules.get(entry.alert.subject)
    if rule is None or not isinstance(entry.alert.news, AlertNews):
        raise NotFound("This alert is not there any more. Set it anew.")
    if rule.text != entry.alert.news.words:
        raise AlreadyHandled(f"Moved or changed already: it watches {rule.text} now.", code="changed")
    terms = moved(rule.terms, entry.alert.news.price)
    if terms is None:
        raise AlreadyHandled("This alert has no one level any more. Change it: alerts.", code="changed")
    made = await desk.alerts.edit(actor, rule, terms)
    desk.alerts_changed()
    return await verbs_alert.set_card(desk, made, was=rule.text)


async def show_all(
    desk: Desk, actor: Actor, handle: str, *, trigger_id: str, view_id: str = "", offset: int = 0
) -> None:
    """Opens the list of all alerts of a message; in the list itself turns its page."""
    page = await desk.inbox.page(actor, handle, offset)
    face = Face(desk.clock.now(), reader=page.reader)
    modal = alert_answers.all_of(
        page.entries, face, offset=offset, total=page.total, handle=handle, page=PAGE
    )
    if view_id:
        await desk.slack.update_view(view_id, modal)
    else:
        await desk.slack.open_view(trigger_id, modal)


def _own_face(desk: Desk, actor: Actor) -> Face:
    return Face(desk.clock.now(), reader=actor.user_id)
