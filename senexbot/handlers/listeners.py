"""Bolt's listeners: acknowledge first, then hand over to the boundary. Nothing is decided here."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp

from senexbot.blocks.actions import ActionId, CallbackId, action_kind, number_of
from senexbot.blocks.home import home_view, no_home
from senexbot.blocks.kit import Message
from senexbot.blocks.order_cards import CARD_KEY
from senexbot.domain.errors import (
    MessengerFault,
    NotConnected,
    NotPermitted,
    SenexError,
    StoreFault,
    Suggestion,
)
from senexbot.domain.links import Actor
from senexbot.domain.verbs import find_verb, verb_of_command
from senexbot.handlers.approval_forms import APPROVAL_FORMS, ApprovalForms
from senexbot.handlers.asking import AddressReply, Desk, DirectReply, EphemeralReply, Reply
from senexbot.handlers.boundary import Boundary
from senexbot.handlers.buttons import BUTTONS, said, says_something
from senexbot.handlers.form import ConnectForm
from senexbot.handlers.pressing import Press
from senexbot.handlers.ticket_form import TicketForm
from senexbot.handlers.verbs_account import not_linked

log = structlog.get_logger()
ANYTHING = re.compile(r".*", re.DOTALL)
MENTION = re.compile(r"^\s*<@[UW][A-Z0-9]+(?:\|[^>]*)?>\s*")
MOST_SEEN = 20_000
ERASE_AGAIN_SECONDS = (0.5, 1.0, 3.0, 5.0, 10.0, 20.0)
WHERE_PRESSED = frozenset(
    {ActionId.FLATTEN_PLAN, ActionId.RISK_CLOSE, ActionId.RISK_ROLL, ActionId.RISK_FLATTEN}
)  # what they bring stands in the person's messages: elsewhere the way there is told
UMBRELLA = "senex"
# Buttons that need the rights of a verb.
VERB_OF = {
    ActionId.TICKET_TRADE: find_verb("order")[0],
    ActionId.POSITION_MENU: find_verb("order")[0],
    ActionId.ALERT_HALT: find_verb("halt")[0],
    ActionId.RISK_CLOSE: find_verb("close")[0],
    ActionId.RISK_ROLL: find_verb("roll")[0],
    ActionId.RISK_FLATTEN: find_verb("flatten")[0],
}
SAYS = frozenset({ActionId.SAY, ActionId.RULE_MENU})
HOME_VERBS = ("balances", "positions", "orders")

Body = Mapping[str, Any]
Ack = Callable[..., Awaitable[Any]]
Send = Callable[[str, Message | None, bool], Awaitable[None]]


class Once:
    """The same interaction delivered again has no further effect (I33): remembered here, and in the store
    so that a restart does not forget."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._seen: OrderedDict[str, None] = OrderedDict()

    async def first(self, key: str) -> bool:
        if key in self._seen:
            return False
        self._seen[key] = None
        while len(self._seen) > MOST_SEEN:
            self._seen.popitem(last=False)
        try:
            async with self._desk.store.begin() as tx:
                return await tx.first_time(key)
        except StoreFault:
            return True  # memory has to do; whatever changes state has its own compare-and-set


class Listeners:
    def __init__(self, *, desk: Desk, send: Send, prefix: str) -> None:
        self._desk = desk
        self._send = send
        self._prefix = prefix
        self._boundary = Boundary(desk=desk)
        self._form = ConnectForm(desk=desk, boundary=self._boundary)
        self._approval_forms = ApprovalForms(desk=desk, boundary=self._boundary, later=self._later)
        self._once = Once(desk)
        self._tasks: set[asyncio.Task[None]] = set()
        self._ticket = TicketForm(desk=desk, boundary=self._boundary, later=self._later)

    def attach(self, app: AsyncApp) -> None:
        """Register everything with Bolt."""
        app.command(ANYTHING)(self._command)
        app.action(ANYTHING)(self._action)
        app.view(str(CallbackId.CONNECT))(self._submitted)
        app.view(str(CallbackId.TICKET))(self._ticket_said)
        app.options(str(ActionId.TICKET_SYMBOL))(self._symbols)
        for callback in APPROVAL_FORMS:
            app.view(str(callback))(self._approval_said)
        app.shortcut(ANYTHING)(self._shortcut)
        for name, listener in (
            ("message", self._message),
            ("app_mention", self._mention),
            ("app_home_opened", self._home),
            ("user_change", self._user_change),
            ("app_uninstalled", self._uninstalled),
            ("tokens_revoked", self._revoked),
        ):
            app.event(name)(listener)
        for name in (
            "channel_shared",
            "channel_unshared",
            "channel_archive",
            "member_left_channel",
            "channel_left",
        ):
            app.event(name)(self._channel_changed)

    async def drain(self, seconds: float) -> None:
        """Wait for the answers in hand."""
        if self._tasks:
            await asyncio.wait(tuple(self._tasks), timeout=seconds)

    def _later(self, work: Awaitable[None]) -> None:
        """Everything after the acknowledgement runs on its own: Bolt's turn is over with the ack."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- commands ------------------------------------------------------------------------------

    async def _command(self, ack: Ack, body: Body) -> None:
        await ack()
        self._later(self._run_command(body))

    async def _run_command(self, body: Body) -> None:
        if not await self._once.first(f"command:{body.get('trigger_id', '')}"):
            return
        user_id, text = str(body.get("user_id", "")), str(body.get("text") or "")
        command = str(body.get("command", "")).removeprefix("/").removeprefix(self._prefix)
        verb = verb_of_command(f"/{command}")
        channel = str(body.get("channel_id", ""))
        await self._boundary.say(
            user_id=user_id,
            text=text,
            channel=channel,
            direct=await self._is_own_direct(user_id, channel),
            reply=self._reply(user_id, str(body.get("response_url", ""))),
            trigger_id=str(body.get("trigger_id", "")),
            verb=None if command == UMBRELLA else verb,
        )

    async def _is_own_direct(self, user_id: str, channel: str) -> bool:
        if not channel.startswith("D"):
            return False
        try:
            return await self._desk.slack.open_direct(user_id) == channel
        except MessengerFault:
            return False

    def _reply(self, user_id: str, url: str) -> Reply:
        direct = DirectReply(slack=self._desk.slack, user_id=user_id)
        return AddressReply(send=self._send, url=url, fallback=direct) if url else direct

    # --- buttons and forms ---------------------------------------------------------------------

    async def _action(self, ack: Ack, body: Body) -> None:
        await ack()
        self._later(self._run_action(body))

    async def _run_action(self, body: Body) -> None:
        action = body["actions"][0]
        kind = action_kind(str(action.get("action_id", "")))
        user_id = str(body["user"]["id"])
        if kind in {ActionId.TICKET_CHANGED, ActionId.TICKET_SYMBOL}:  # reads only: twice is no harm
            await self._ticket.changed(user_id, body.get("view") or {}, typing=_is_typed(action))
            return
        if kind is None or not await self._once.first(_press_key(body)):
            return
        reply = self._reply(user_id, str(body.get("response_url") or ""))
        chosen = action.get("selected_option") or action  # a menu's entry, or a button
        handle, trigger = str(chosen.get("value") or ""), str(body.get("trigger_id", ""))
        view = str((body.get("view") or {}).get("id") or "")
        number = number_of(str(action.get("action_id", "")))
        on_card = str(action.get("block_id", "")).startswith(CARD_KEY)

        async def work(actor: Actor) -> Message | None:
            direct = kind in WHERE_PRESSED and await self._is_own_direct(user_id, _channel(body))
            press = Press(actor, handle, trigger, self._desk, on_card, direct, view, number)
            if kind in SAYS or (kind is ActionId.POSITION_MENU and await says_something(press)):
                text = await said(press)
                await self._say_for(user_id, text, body, reply, trigger)
                return None
            return await BUTTONS[kind](press)

        verb = VERB_OF.get(kind)
        await self._boundary.press(user_id=user_id, reply=reply, work=work, verb=verb)

    async def _say_for(self, user_id: str, text: str, body: Body, reply: Reply, trigger: str) -> None:
        channel = _channel(body)
        direct = not channel or await self._is_own_direct(user_id, channel)
        await self._boundary.say(
            user_id=user_id, text=text, channel=channel, direct=direct, reply=reply, trigger_id=trigger
        )

    async def _submitted(self, ack: Ack, body: Body) -> None:
        answer = await self._form.submitted(str(body["user"]["id"]), body["view"])
        await ack(**answer)

    async def _ticket_said(self, ack: Ack, body: Body) -> None:
        answer = await self._ticket.submitted(str(body["user"]["id"]), body["view"])
        await ack(**answer)

    async def _symbols(self, ack: Ack, body: Body) -> None:
        answer = await self._ticket.suggest(str(body["user"]["id"]), str(body.get("value") or ""))
        await ack(**answer)

    async def _approval_said(self, ack: Ack, body: Body) -> None:
        answer = await self._approval_forms.submitted(str(body["user"]["id"]), body["view"])
        await ack(**answer)

    async def _shortcut(self, ack: Ack, body: Body) -> None:
        await ack()
        user_id = str(body["user"]["id"])
        self._later(
            self._boundary.say(
                user_id=user_id,
                text=str(body.get("callback_id", "help")).removeprefix("say_"),
                channel="",
                direct=True,
                reply=DirectReply(slack=self._desk.slack, user_id=user_id),
                trigger_id=str(body.get("trigger_id", "")),
            )
        )

    # --- events --------------------------------------------------------------------------------

    async def _message(self, body: Body, event: Body) -> None:
        """Only what a person types into the bot's own direct message."""
        plain = _in_direct(event) and not event.get("subtype") and not event.get("bot_id")
        if plain and event.get("user"):
            self._later(self._said(body, event, str(event.get("text") or ""), mention=False))

    async def _mention(self, body: Body, event: Body) -> None:
        if event.get("user") and not event.get("bot_id"):
            text = MENTION.sub("", str(event.get("text") or ""))
            self._later(self._said(body, event, text, mention=True))

    async def _said(self, body: Body, event: Body, text: str, *, mention: bool) -> None:
        if not await self._once.first(f"event:{body.get('event_id', '')}"):
            return
        user_id, channel = str(event["user"]), str(event.get("channel", ""))
        reply: Reply = DirectReply(slack=self._desk.slack, user_id=user_id)
        if mention:
            reply = EphemeralReply(slack=self._desk.slack, channel=channel, user_id=user_id, fallback=reply)
        await self._boundary.say(user_id=user_id, text=text, channel=channel, direct=not mention, reply=reply)

    async def _home(self, event: Body) -> None:
        if event.get("user") and event.get("tab", "home") == "home":
            self._later(self._publish_home(str(event["user"])))

    async def _publish_home(self, user_id: str) -> None:
        desk = self._desk
        try:
            try:
                actor = await self._boundary.actor(user_id)
                await self._boundary.no_stranger(actor, "home")
            except NotPermitted as no:
                await desk.slack.publish_home(user_id, no_home(no.message))
                return
            halt = (await desk.halts.status()).row
            words = "" if halt.state == "active" else f"The desk is {halt.state}"
            try:
                says = await desk.says(actor, [Suggestion(v.capitalize(), v) for v in HOME_VERBS])
                view = home_view(await desk.accounts.links(actor), says=says, halt_words=words)
            except NotConnected:
                button = (await not_linked(desk, actor)).blocks[-1]["elements"][0]["value"]
                view = home_view((), connect_handle=button, halt_words=words)
            await desk.slack.publish_home(user_id, view)
        except SenexError as error:
            log.info("home.failed", code=error.code)

    async def _user_change(self, event: Body) -> None:
        user = event.get("user") or {}
        self._desk.slack.forget_person(str(user.get("id", "")))
        if user.get("deleted"):
            self._later(self._deactivated(str(user["id"])))

    async def _deactivated(self, user_id: str) -> None:
        links, team = self._desk.links, self._desk.rules.team_id
        await self._erase(lambda: links.deactivated(team, user_id))

    async def _uninstalled(self) -> None:
        """All work for the workspace ends and every secret goes (F24)."""
        log.warning("app.uninstalled")
        self._later(self._erase(self._desk.links.everyone_gone))

    async def _revoked(self, event: Body) -> None:
        """Only the bot's own token ends the work: one that a person gave to another app is theirs."""
        if (event.get("tokens") or {}).get("bot"):
            await self._uninstalled()

    async def _erase(self, erase: Callable[[], Awaitable[int]]) -> None:
        """Within a minute (I37), also when the store is away for a while; the daily sweep is the last net."""
        for pause in ERASE_AGAIN_SECONDS:
            try:
                if await erase():
                    self._desk.alerts_changed()
            except StoreFault as fault:
                log.warning("erase.store", code=fault.code)
                await self._desk.clock.sleep(pause)
            else:
                return

    async def _channel_changed(self, event: Body) -> None:
        channel = event.get("channel")
        self._desk.slack.forget_channel(str(channel.get("id") if isinstance(channel, Mapping) else channel))


def _in_direct(event: Body) -> bool:
    """Slack says it in `channel_type`; other servers leave that out, but ids of direct messages begin with D."""
    kind = event.get("channel_type")
    return kind == "im" if kind else str(event.get("channel", "")).startswith("D")


def _channel(body: Body) -> str:
    """Where a button stands; "" in a form or on the home tab."""
    return str((body.get("channel") or {}).get("id", ""))


def _is_typed(action: Body) -> bool:
    """One of many to come: Slack tells of every character."""
    return action.get("type") == "plain_text_input"


def _press_key(body: Body) -> str:
    """One press: a second one has another trigger and another action_ts."""
    action = body["actions"][0]
    return f"press:{body['user']['id']}:{action.get('action_ts', '')}:{body.get('trigger_id', '')}"
