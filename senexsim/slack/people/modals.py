"""A person submits or closes a modal, and what the app's answer does with it."""

from typing import Any

from senexsim.slack.delivery.answers import Answer
from senexsim.slack.directory import User
from senexsim.slack.escapes import remember_input
from senexsim.slack.machinery import Machinery
from senexsim.slack.people import payloads, states
from senexsim.slack.people.outcome import outcome, refused, silent
from senexsim.slack.views import DEEPEST_STACK, View
from senexsim.slack.webapi.views import ViewRefusedError, checked

Json = dict[str, Any]


async def submit(machinery: Machinery, user: User, view: View | None, entered: Json) -> Json:
    """`entered`: {block_id: {action_id: plain value}}. The client's own checks come first."""
    ws = machinery.ws
    seq = ws.bus.seq
    stack = ws.views.stacks.get(user.id, [])
    if view is None or view.user != user.id or not stack or stack[-1] is not view:
        return refused("view_not_found", seq)
    if view.spec.get("submit") is None:
        return refused("view_has_no_submit", seq)
    try:
        _enter(machinery, view, entered)
    except states.ValueRefusedError as error:
        return refused("invalid_value", seq, detail=str(error))
    complaints = _complaints(view)
    if complaints:
        ws.views.show_errors(view, complaints)
        return refused("invalid_input", seq, errors=complaints)
    ws.views.show_errors(view, {})
    trigger = ws.tickets.trigger(user.id, view.id)
    payload = payloads.interaction(ws, user, "view_submission")
    payload |= {"trigger_id": trigger.id, "view": payloads.view_json(ws, view)}
    payload |= {"response_urls": _response_urls(machinery, user, view), "is_cleared": False}
    more: Json = {}

    def heard(answer: Answer) -> None:
        more.update(_obey(machinery, user, view, answer))

    answer = await machinery.courier.deliver("interactive", payload, heard=heard)
    return outcome(answer, seq, trigger.id, **more)


def _enter(machinery: Machinery, view: View, entered: Json) -> None:
    known = {
        (block["block_id"], element["action_id"]): element
        for block, element in states.elements(view.spec["blocks"])
        if element["type"] in states.RESULT_FIELDS
    }
    for block_id, actions in entered.items():
        if not isinstance(actions, dict):
            raise states.ValueRefusedError(f"{block_id} must hold action ids")
        for action_id, plain in actions.items():
            element = known.get((block_id, action_id))
            if element is None:
                raise states.ValueRefusedError(f"the view has no input {block_id}/{action_id}")
            offered = machinery.ws.offered.get((view.user, block_id, action_id))
            value = states.entered(element, plain, offered)
            if isinstance(value, str):
                remember_input(machinery.ws, value)
            view.state[block_id, action_id] = value


def _complaints(view: View) -> dict[str, str]:
    found: dict[str, str] = {}
    for block, element in states.elements(view.spec["blocks"]):
        if block["type"] != "input":
            continue
        key = (block["block_id"], element["action_id"])
        value = view.state[key] if key in view.state else states.initial(element)
        complaint = states.complaint(block, element, value)
        if complaint:
            found[block["block_id"]] = complaint
    return found


def _response_urls(machinery: Machinery, user: User, view: View) -> list[Json]:
    """One for each conversation picked in an input that asked for it."""
    ws = machinery.ws
    urls: list[Json] = []
    for block, element in states.elements(view.spec["blocks"]):
        if block["type"] != "input" or not element.get("response_url_enabled"):
            continue
        picked = view.state.get((block["block_id"], element["action_id"]), states.initial(element))
        if picked not in ws.directory.channels:
            continue
        address = ws.tickets.reply_address("actions", ws.team_id, user.id, picked, None)
        urls.append(
            {
                "block_id": block["block_id"],
                "action_id": element["action_id"],
                "channel_id": picked,
                "response_url": f"{ws.origin}/{address.key}",
            }
        )
    return urls


def _obey(machinery: Machinery, user: User, view: View, answer: Answer) -> Json:
    """Do what `response_action` says. An answer that does not make sense leaves the modal as it is."""
    ws, said = machinery.ws, answer.fields
    action = said.get("response_action")
    if action is None and not said:
        ws.views.close_top(view)
        return {"response_action": None}
    try:
        match action:
            case "clear":
                ws.views.close_all(user.id)
            case "update":
                ws.views.replace(view, checked(ws, said.get("view"), "modal", replacing=view))
            case "push":
                _push(machinery, user, said)
            case "errors":
                ws.views.show_errors(view, _shown_errors(view, said.get("errors")))
            case _:
                raise ViewRefusedError("invalid_response_action")
    except ViewRefusedError as error:
        answer.error = error.error
        return {"response_action": action, "messages": error.messages}
    errors = {"errors": view.errors} if action == "errors" else {}
    return {"response_action": action, **errors}


def _push(machinery: Machinery, user: User, said: Json) -> None:
    if len(machinery.ws.views.stacks.get(user.id, [])) >= DEEPEST_STACK:
        raise ViewRefusedError("push_limit_reached")
    machinery.ws.views.push(user.id, checked(machinery.ws, said.get("view"), "modal"))


def _shown_errors(view: View, errors: Any) -> dict[str, str]:
    """Keys must be ids of input blocks of this view, values text."""
    inputs = {block["block_id"] for block in view.spec["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors:
        raise ViewRefusedError("invalid_response_action", ["errors must be an object that is not empty"])
    for key, text in errors.items():
        if key not in inputs:
            raise ViewRefusedError("invalid_response_action", [f"errors: no input block has the id {key}"])
        if not isinstance(text, str) or not text:
            raise ViewRefusedError("invalid_response_action", [f"errors: {key} must be a text"])
    return dict(errors)


async def close(machinery: Machinery, user: User, view: View | None, *, clear: bool) -> Json:
    """Cancel closes this view; `clear` (the ×), or its own clear_on_close, closes them all."""
    ws = machinery.ws
    seq = ws.bus.seq
    if view is None or view.user != user.id or not view.is_open or view.spec["type"] != "modal":
        return refused("view_not_found", seq)
    cleared = clear or bool(view.spec.get("clear_on_close"))
    told = ws.views.stacks[user.id][0] if cleared else view
    payload = payloads.interaction(ws, user, "view_closed")
    payload |= {"view": payloads.view_json(ws, told), "is_cleared": cleared}
    if cleared:
        ws.views.close_all(user.id)
    else:
        ws.views.close_top(view)
    if not told.spec.get("notify_on_close"):
        return silent(seq)
    return outcome(await machinery.courier.deliver("interactive", payload), seq)
