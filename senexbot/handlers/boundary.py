"""The one path that everything said takes: who is it, may they, answer, and turn trouble into words.

Broad `except` stands here and in the task supervisor only.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

import structlog

from senexbot.blocks import errors as error_blocks
from senexbot.blocks.actions import SayButton
from senexbot.blocks.kit import Message
from senexbot.blocks.notices import notice
from senexbot.domain.access import may, stranger
from senexbot.domain.errors import (
    Gone,
    MessengerFault,
    NotConnected,
    NotPermitted,
    ParseError,
    SenexError,
    StoreFault,
    Suggestion,
)
from senexbot.domain.links import Actor, Role
from senexbot.domain.verbs import Audience, Verb, find_verb
from senexbot.handlers.asking import Ask, Desk, DirectReply, Reply
from senexbot.handlers.registry import HANDLERS
from senexbot.handlers.verbs_account import not_linked
from senexbot.handlers.verbs_desk import not_understood, short_help
from senexbot.ports import AuditEntry, Tx
from senexbot.services.floods import Floods
from senexbot.services.orders.checking import roles_of

log = structlog.get_logger()
PROGRESS_SECONDS = 0.7

# What looks like a token: a JWT, one of Slack's, or a long random word. It is never echoed (F98).
SECRET_LIKE = re.compile(r"eyJ[\w-]{10,}|xox[a-z]-\w|xapp-\w|(?<![\w/+-])[A-Za-z0-9_+/=-]{36,500}(?![\w/+-])")
ACCOUNT_VERBS = frozenset(
    {"balances", "positions", "accounts", "disconnect", "orders", "order", "policy", "risk"}
)


class Boundary:
    """Answers whatever is said, on any surface."""

    def __init__(self, *, desk: Desk) -> None:
        self._desk = desk
        self._floods = Floods(desk.clock)

    async def actor(self, user_id: str) -> Actor:
        """The person as Slack's directory knows them now. Raises NotPermitted when Slack does not tell."""
        try:
            return await self._desk.slack.person(user_id)
        except Gone:
            raise NotPermitted("Slack does not know you here.") from None
        except MessengerFault:
            raise NotPermitted("Slack does not tell now who you are. Try again in a minute.") from None

    async def say(
        self,
        *,
        user_id: str,
        text: str,
        channel: str,
        direct: bool,
        reply: Reply,
        trigger_id: str = "",
        verb: Verb | None = None,
    ) -> None:
        """Answer one command, message or mention. Never raises."""
        structlog.contextvars.bind_contextvars(request=self._desk.ids.row()[-10:], user=user_id)
        try:
            message = await self._answer(user_id, text, channel, direct, reply, trigger_id, verb)
        except Exception as error:
            message = await self._trouble(error, user_id, nothing_sent=_is_order(verb, text))
        await self._deliver(reply, message)

    async def press(
        self,
        *,
        user_id: str,
        reply: Reply,
        work: Callable[[Actor], Awaitable[Message | None]],
        verb: Verb | None = None,
    ) -> None:
        """Answer one button; `verb`: the one whose rights it needs besides. Never raises."""
        structlog.contextvars.bind_contextvars(request=self._desk.ids.row()[-10:], user=user_id)
        try:
            self._floods.take(user_id)
            actor = await self.actor(user_id)
            await self.no_stranger(actor, "button")
            if verb is not None:
                await self._permit(actor, verb)
            message = await work(actor)
        except Exception as error:
            message = await self._trouble(error, user_id)
        await self._deliver(reply, message)

    async def _answer(
        self,
        user_id: str,
        text: str,
        channel: str,
        direct: bool,
        reply: Reply,
        trigger_id: str,
        verb: Verb | None,
    ) -> Message | None:
        self._floods.take(user_id)
        if SECRET_LIKE.search(text):
            return notice("secret_typed", {})
        actor = await self.actor(user_id)
        ask = Ask(actor, text, channel, direct, trigger_id, self._desk)
        if verb is None:
            if not text.strip():
                await self.no_stranger(actor, "help")
                return await short_help(self._desk, actor)
            try:
                verb, rest = find_verb(text)
            except ParseError as error:
                await self.no_stranger(actor, "help")
                if error.place != 1:
                    raise
                return await not_understood(ask, error)
            ask = Ask(actor, rest, channel, direct, trigger_id, self._desk)
        await self._permit(actor, verb)
        return await self._run(verb, ask, reply)

    async def _permit(self, actor: Actor, verb: Verb) -> None:
        async def known(tx: Tx) -> tuple[frozenset[Role], bool]:
            return await roles_of(tx, actor), bool(await tx.links.of_user(actor.team_id, actor.user_id))

        roles, linked = await self._desk.store.look(known)
        no = stranger(actor, roles)
        if no is None and verb.needs_link and not linked:
            raise NotConnected("No tastytrade account is linked yet.")
        no = no or may(actor, roles, verb)
        if no is not None:
            await self._audit_refusal(actor, verb.name, no.code)
            raise NotPermitted(f"{no.words[:1].upper()}{no.words[1:]}.", code=no.code)

    async def no_stranger(self, actor: Actor, what: str) -> None:
        """Raises NotPermitted for somebody without any rights here (I34)."""
        async with self._desk.store.read() as tx:
            no = stranger(actor, await roles_of(tx, actor))
        if no is not None:
            await self._audit_refusal(actor, what, no.code)
            raise NotPermitted(f"{no.words[:1].upper()}{no.words[1:]}.", code=no.code)

    async def _run(self, verb: Verb, ask: Ask, reply: Reply) -> Message | None:
        """The verb's handler; when it takes a moment, a line that says so and is replaced afterwards."""
        if verb.name in ACCOUNT_VERBS and not ask.direct:
            why = await self._why_not_here(ask.channel)
            if why or verb.audience is Audience.OWNER:
                return await self._elsewhere(verb, ask, why)
        task = asyncio.ensure_future(HANDLERS[verb.name](ask))
        try:
            done, _ = await asyncio.wait({task}, timeout=PROGRESS_SECONDS)
            if not done and verb.name != "connect":
                what = f"{verb.name} {ask.text}".strip()[:60]
                try:
                    await reply.progress(notice("progress", {"what": what}))
                except MessengerFault as fault:
                    log.info("reply.progress", code=fault.code)
            return await task
        finally:
            task.cancel()

    async def _elsewhere(self, verb: Verb, ask: Ask, why: str) -> Message | None:
        """Account data goes to the person's messages; the channel gets a pointer (I35)."""
        message = await HANDLERS[verb.name](ask)
        if verb.name == "order" or message is None:
            return message
        direct = DirectReply(slack=self._desk.slack, user_id=ask.actor.user_id)
        await direct.final(message)
        params = {"why": why, "what": verb.name, "link": await direct.link()}
        return notice("answered_in_messages", params)

    async def _why_not_here(self, channel: str) -> str:
        try:
            facts = await self._desk.slack.channel(channel)
        except Gone:
            return "I cannot see who reads this channel"
        except MessengerFault:
            return "Slack does not tell who reads this channel"
        return "people from outside read this channel" if facts.has_outsiders else ""

    async def _trouble(self, error: Exception, user_id: str, *, nothing_sent: bool = False) -> Message:
        if isinstance(error, NotConnected):
            try:
                return await not_linked(self._desk, await self.actor(user_id))
            except SenexError:
                return error_blocks.error_card(error)
        if isinstance(error, SenexError):
            if isinstance(error, (StoreFault, MessengerFault)):
                log.warning("request.failed", code=error.code)
            offers: tuple[Suggestion, ...] = error.suggestions if isinstance(error, ParseError) else ()
            says: tuple[SayButton, ...] = ()
            if offers:
                try:
                    says = await self._desk.says(await self.actor(user_id), offers)
                except SenexError:
                    says = ()
            return error_blocks.error_card(error, says=says, nothing_sent=nothing_sent)
        reference = self._desk.ids.row()[-10:]
        log.error("request.unforeseen", reference=reference, exc_info=error)
        return error_blocks.unforeseen(reference)

    async def _deliver(self, reply: Reply, message: Message | None) -> None:
        """None: the answer stands elsewhere (a card, a form)."""
        try:
            if message is None:
                await reply.clear()
            else:
                await reply.final(message)
        except MessengerFault as fault:
            log.warning("reply.lost", code=fault.code)
        except Exception:
            log.exception("reply.unforeseen")

    async def _audit_refusal(self, actor: Actor, what: str, code: str) -> None:
        try:
            async with self._desk.store.begin() as tx:
                await tx.audit(AuditEntry(actor.user_id, f"refused.{what}", "", code))
        except StoreFault:
            log.warning("audit.store", action=what, code=code)


def _is_order(verb: Verb | None, text: str) -> bool:
    try:
        return (verb or find_verb(text)[0]).name == "order"
    except ParseError:
        return False
