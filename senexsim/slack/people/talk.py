"""A person types: slash commands, messages, mentions; opens the home tab; reaches for a shortcut."""

import asyncio
import re
from typing import Any

from senexsim.slack.delivery.answers import Answer
from senexsim.slack.directory import Channel, User
from senexsim.slack.escapes import remember_input
from senexsim.slack.machinery import Machinery
from senexsim.slack.messages import Content, Message
from senexsim.slack.people import payloads
from senexsim.slack.people.outcome import outcome, refused, silent
from senexsim.slack.people.replies import reply_with
from senexsim.slack.posting import PostRefusedError
from senexsim.slack.tickets import ReplyAddress

Json = dict[str, Any]

LONGEST_MESSAGE = 40_000
MOST_LEARNED = 50
_TOKEN = re.compile(r"<@([UW][A-Z0-9]+)>|<#(C[A-Z0-9]+)(?:\|[^>]*)?>|@([\w.-]+)")
_BROADCASTS = ("channel", "here", "everyone")


def cannot_act(machinery: Machinery, user: User, channel: Channel) -> str | None:
    """Why that person could not type there, in Slack's words."""
    if user.deleted:
        return "account_inactive"
    if not machinery.ws.directory.sees(user, channel):
        return "channel_not_found"
    if user.id not in channel.members:
        return "not_in_channel"
    return "is_archived" if channel.is_archived else None


async def command(machinery: Machinery, user: User, channel: Channel, word: str, text: str) -> Json:
    """Run a slash command; what the app acknowledges with is shown to that person."""
    ws = machinery.ws
    seq = ws.bus.seq
    refusal = cannot_act(machinery, user, channel)
    if refusal:
        return refused(refusal, seq)
    known = next((entry for entry in ws.app.commands if entry["command"] == word), None)
    if not ws.app.installed or (ws.app.manifest is not None and known is None):
        _slackbot_says(machinery, user, channel, word)
        return refused("dispatch_unknown_command", seq)
    if known is None and len(ws.app.learned_commands) < MOST_LEARNED:
        ws.app.learned_commands[word] = {"command": word}
    remember_input(ws, text)
    trigger = ws.tickets.trigger(user.id)
    address = ws.tickets.reply_address("commands", ws.team_id, user.id, channel.id, None)
    payload = payloads.command(ws, user, channel, word, _escaped_command(machinery, word, text))
    payload |= {"response_url": f"{ws.origin}/{address.key}", "trigger_id": trigger.id}
    said = f"{word} {text}".strip()

    def heard(answer: Answer) -> None:
        _show_ack(machinery, said, address, answer)

    answer = await machinery.courier.deliver("slash_commands", payload, heard=heard)
    return outcome(answer, seq, trigger.id)


def _escaped_command(machinery: Machinery, word: str, text: str) -> str:
    """With `should_escape`, mentions of people and channels arrive with their ids; else the text as typed."""
    manifest = machinery.ws.app.manifest
    entry = next((e for e in manifest.commands if e["command"] == word), {}) if manifest else {}
    return typed(machinery, text) if entry.get("should_escape") else text


def _show_ack(machinery: Machinery, said: str, address: ReplyAddress, answer: Answer) -> None:
    fields = answer.fields
    if not fields:
        return
    public = fields.get("response_type") == "in_channel"
    if public:
        channel = machinery.ws.directory.channels[address.channel]
        machinery.posting.post(channel, address.user, Content(text=said), by_app=False)
    if not any(fields.get(key) for key in ("text", "blocks", "attachments")):
        return
    try:
        reply_with(machinery, address, fields)
    except PostRefusedError:
        answer.error = "invalid_command_response"


def _slackbot_says(machinery: Machinery, user: User, channel: Channel, word: str) -> None:
    text = (
        f"`{word}` is not a valid command. In Slack, all messages that start with the “/” character are "
        "interpreted as commands."
    )
    machinery.posting.post(channel, "USLACKBOT", Content(text=text), by_app=False, ephemeral_to=user.id)


def typed(machinery: Machinery, text: str) -> str:
    """What Slack makes of typed text: `&`, `<`, `>` escaped, picked mentions kept, `@name` turned into one."""
    directory = machinery.ws.directory
    out, last = [], 0
    for found in _TOKEN.finditer(text):
        user_id, channel_id, name = found.groups()
        mention = None
        if user_id in directory.users:
            mention = f"<@{user_id}>"
        elif channel_id in directory.channels:
            mention = f"<#{channel_id}|{directory.channels[channel_id].name}>"
        elif name in _BROADCASTS:
            mention = f"<!{name}>"
        elif name and (user := directory.user(name)):
            mention = f"<@{user.id}>"
        if mention is not None:
            out += [_escape(text[last : found.start()]), mention]
            last = found.end()
    return "".join([*out, _escape(text[last:])])


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


async def message(
    machinery: Machinery, user: User, channel: Channel, text: str, thread_ts: str | None = None
) -> Json:
    """Post as that person. The app hears of it as an event; `acked` is the answer to its first try.

    That the app did not take it is nothing a person would see: `error` stays null.
    """
    ws = machinery.ws
    refusal = cannot_act(machinery, user, channel) or _closed_to_people(machinery, channel)
    if refusal is None and not text.strip():
        refusal = "no_text"
    if refusal is None and len(text) > LONGEST_MESSAGE:
        refusal = "msg_too_long"
    if refusal:
        return refused(refusal, ws.bus.seq)
    remember_input(ws, text)
    stored = typed(machinery, text)
    rich = [_rich_text(machinery, stored)]
    told: list[asyncio.Future[Answer]] = []
    made = machinery.posting.post(
        channel, user.id, Content(text=stored), by_app=False, thread_ts=thread_ts, rich=rich, told=told
    )
    answers = await asyncio.gather(*told)
    heard = next((answer for answer in answers if answer.acked), Answer())
    return outcome(Answer(acked=heard.acked, ms=heard.ms), made.seq, ts=made.ts, channel=channel.id)


def _closed_to_people(machinery: Machinery, channel: Channel) -> str | None:
    manifest = machinery.ws.app.manifest
    if not channel.is_im or manifest is None:
        return None
    shut = not manifest.home("messages_tab_enabled", default=True)
    read_only = manifest.home("messages_tab_read_only_enabled", default=False)
    return "messages_tab_disabled" if shut or read_only else None


def _rich_text(machinery: Machinery, stored: str) -> Json:
    elements: list[Json] = []
    for part in re.split(r"(<[@!#][^>]+>)", stored):
        if part.startswith("<@"):
            elements.append({"type": "user", "user_id": part[2:-1]})
        elif part.startswith("<!"):
            elements.append({"type": "broadcast", "range": part[2:-1]})
        elif part.startswith("<#"):
            elements.append({"type": "channel", "channel_id": part[2:-1].split("|")[0]})
        elif part:
            plain = part.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            elements.append({"type": "text", "text": plain})
    section = {"type": "rich_text_section", "elements": elements}
    return {"type": "rich_text", "block_id": machinery.ws.ids.letters(5), "elements": [section]}


async def open_home(machinery: Machinery, user: User, tab: str) -> Json:
    """The person opens the app's home (or its messages tab): an event, every time."""
    ws = machinery.ws
    if user.deleted:
        return refused("account_inactive", ws.bus.seq)
    channel = ws.directory.direct(user.id, ws.app.bot_user_id)
    view = ws.views.homes.get(user.id)
    machinery.events.home_opened(user, channel, tab, payloads.view_json(ws, view) if view else None)
    return silent(ws.bus.seq)


async def shortcut(machinery: Machinery, user: User, callback_id: str, message: Message | None) -> Json:
    """A global shortcut, or one on a message."""
    ws = machinery.ws
    seq = ws.bus.seq
    kind = "message" if message else "global"
    if user.deleted:
        return refused("account_inactive", seq)
    if ws.app.manifest and not any(
        entry["callback_id"] == callback_id and entry["type"] == kind for entry in ws.app.manifest.shortcuts
    ):
        return refused("shortcut_not_found", seq)
    trigger = ws.tickets.trigger(user.id)
    payload = payloads.interaction(ws, user, "message_action" if message else "shortcut")
    payload |= {"action_ts": ws.ids.ts(ws.clock.now()), "callback_id": callback_id, "trigger_id": trigger.id}
    if message is not None:
        channel = ws.directory.channels[message.channel]
        address = ws.tickets.reply_address("actions", ws.team_id, user.id, channel.id, message)
        payload |= {
            "response_url": f"{ws.origin}/{address.key}",
            "message_ts": message.ts,
            "channel": {"id": channel.id, "name": payloads.channel_name(channel)},
            "message": payloads.message_body(ws, message),
        }
    answer = await machinery.courier.deliver("interactive", payload)
    return outcome(answer, seq, trigger.id)


async def react(machinery: Machinery, user: User, message: Message, name: str, *, remove: bool) -> Json:
    people = [who for who in message.reactions.get(name, []) if who != user.id]
    if not remove:
        people.append(user.id)
    message.reactions[name] = people
    if not people:
        del message.reactions[name]
    machinery.ws.messages.touch(message)
    machinery.events.reaction("reaction_removed" if remove else "reaction_added", message, user, name)
    return silent(message.seq)
