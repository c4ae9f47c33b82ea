"""Controls that are people doing things. Each answers `{ok, acked, ack_ms, error, trigger_id, seq}`."""

from typing import Any

from aiohttp import web

from senexsim.slack.controls.asked import Asked, ControlMalformedError
from senexsim.slack.directory import User
from senexsim.slack.machinery import MACHINERY
from senexsim.slack.messages import Message
from senexsim.slack.people import clicks, modals, talk
from senexsim.slack.people.clicks import Place
from senexsim.slack.people.outcome import refused

Json = dict[str, Any]

LONGEST_COMMAND = 100_000


async def command(request: web.Request) -> web.Response:
    asked = await Asked.read(request)
    user = asked.user()
    word = asked.text("command")
    if not word.startswith("/") or any(c.isspace() for c in word) or len(word) < 2:
        raise ControlMalformedError("invalid_argument", "command is one word that begins with /")
    text = asked.text("text", "")
    if len(text) > LONGEST_COMMAND:
        raise ControlMalformedError("invalid_argument", f"text has more than {LONGEST_COMMAND} characters")
    machinery = request.app[MACHINERY]
    return web.json_response(await talk.command(machinery, user, asked.channel(user), word, text))


async def message(request: web.Request) -> web.Response:
    asked = await Asked.read(request)
    user = asked.user()
    channel, thread_ts = asked.channel(user), asked.optional("thread_ts")
    return web.json_response(
        await talk.message(request.app[MACHINERY], user, channel, asked.text("text"), thread_ts)
    )


async def shortcut(request: web.Request) -> web.Response:
    asked = await Asked.read(request)
    user = asked.user()
    target = _message(asked, user) if asked.has("ts") else None
    if asked.has("ts") and target is None:
        return web.json_response(refused("message_not_found", asked.ws.bus.seq))
    return web.json_response(
        await talk.shortcut(request.app[MACHINERY], user, asked.text("callback_id"), target)
    )


async def react(request: web.Request) -> web.Response:
    asked = await Asked.read(request)
    user, target = asked.user(), _message(asked, asked.user())
    if target is None:
        return web.json_response(refused("message_not_found", asked.ws.bus.seq))
    name, gone = asked.text("name"), asked.flag("remove") is True
    return web.json_response(await talk.react(request.app[MACHINERY], user, target, name, remove=gone))


def _message(asked: Asked, user: User) -> Message | None:
    return asked.ws.messages.find(asked.channel(user).id, asked.text("ts"))


def _place(request: web.Request, asked: Asked) -> Place | None:
    """The message or view that is meant; None when there is no such thing."""
    user = asked.user()
    if asked.has("view_id"):
        view = asked.ws.views.find(asked.text("view_id"))
        return Place(request.app[MACHINERY], user, None, view) if view else None
    target = _message(asked, user)
    return Place(request.app[MACHINERY], user, target, None) if target else None


def _nowhere(asked: Asked) -> web.Response:
    error = "view_not_found" if asked.has("view_id") else "message_not_found"
    return web.json_response(refused(error, asked.ws.bus.seq))


async def click(request: web.Request) -> web.Response:
    asked = await Asked.read(request)
    given: Json = {
        "action_id": asked.text("action_id"),
        "block_id": asked.optional("block_id"),
        "times": asked.number("times", 1, 1, clicks.MOST_TIMES),
        "interval_ms": asked.number("interval_ms", 0, 0, 60_000),
    }
    given |= {key: asked.fields[key] for key in ("value", "selected_option") if key in asked.fields}
    place = _place(request, asked)
    return web.json_response(await clicks.click(place, given)) if place else _nowhere(asked)


async def suggest(request: web.Request) -> web.Response:
    asked = await Asked.read(request)
    place = _place(request, asked)
    if place is None:
        return _nowhere(asked)
    action_id, block_id = asked.text("action_id"), asked.optional("block_id")
    return web.json_response(await clicks.suggest(place, action_id, block_id, asked.text("value", "")))


async def submit(request: web.Request) -> web.Response:
    asked = await Asked.read(request)
    state = asked.fields.get("state", {})
    if not isinstance(state, dict):
        raise ControlMalformedError("invalid_argument", "state must be an object")
    view = asked.ws.views.find(asked.text("view_id"))
    return web.json_response(await modals.submit(request.app[MACHINERY], asked.user(), view, state))


async def close(request: web.Request) -> web.Response:
    """`{user, view_id, clear?}`: `clear` is the ×, which closes the whole stack."""
    asked = await Asked.read(request)
    view, clear = asked.ws.views.find(asked.text("view_id")), asked.flag("clear") is True
    return web.json_response(await modals.close(request.app[MACHINERY], asked.user(), view, clear=clear))


async def open_home(request: web.Request) -> web.Response:
    """`{user, tab: home|messages}`: the person opens the app's home."""
    asked = await Asked.read(request)
    tab = asked.text("tab", "home")
    if tab not in {"home", "messages"}:
        raise ControlMalformedError("invalid_argument", "tab is home or messages")
    return web.json_response(await talk.open_home(request.app[MACHINERY], asked.user(), tab))
