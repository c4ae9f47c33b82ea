"""views.*: opening, pushing and updating modals, publishing a home."""

from typing import Any

from senexsim.slack.blockkit.check import check_view, too_large
from senexsim.slack.blockkit.complete import complete
from senexsim.slack.people.payloads import view_json
from senexsim.slack.tickets import Trigger, TriggerRefusedError
from senexsim.slack.views import DEEPEST_STACK, View
from senexsim.slack.webapi.method import Call, RefusedError, method
from senexsim.slack.workspace import Workspace

Json = dict[str, Any]

KEPT_FIELDS = [
    "type",
    "title",
    "submit",
    "close",
    "private_metadata",
    "callback_id",
    "external_id",
    "clear_on_close",
    "notify_on_close",
    "submit_disabled",
]


class ViewRefusedError(Exception):
    """`error` is Slack's word, `messages` its complaints."""

    def __init__(self, error: str, messages: list[str] | None = None) -> None:
        super().__init__(error)
        self.error, self.messages = error, messages or []


def checked(ws: Workspace, raw: Any, surface: str, replacing: View | None = None) -> Json:
    """The view completed. Raises ViewRefusedError: invalid_arguments, view_too_large, duplicate_external_id."""
    errors = check_view(raw, surface)
    if errors:
        raise ViewRefusedError("invalid_arguments", errors)
    if too_large(raw):
        raise ViewRefusedError("view_too_large")
    other = ws.views.by_external_id(str(raw.get("external_id") or ""))
    if other is not None and other is not replacing:
        raise ViewRefusedError("duplicate_external_id")
    spec: Json = {key: raw[key] for key in KEPT_FIELDS if raw.get(key) is not None}
    for key in ("title", "submit", "close"):
        if key in spec:
            spec[key] = {"emoji": True, **spec[key]}
    return spec | {"blocks": complete(raw["blocks"], ws.ids)}


def _spec(call: Call, surface: str, replacing: View | None = None) -> Json:
    raw = call.json("view")
    if raw is None:
        raise RefusedError("invalid_arguments")
    try:
        return checked(call.ws, raw, surface, replacing)
    except ViewRefusedError as refused:
        lines = {"response_metadata": {"messages": [f"[ERROR] {line}" for line in refused.messages]}}
        raise RefusedError(refused.error, **(lines if refused.messages else {})) from None


def _trigger(call: Call) -> Trigger:
    given = call.text("trigger_id")
    if not given:
        raise RefusedError("invalid_arguments")
    try:
        return call.ws.tickets.spend(given)
    except TriggerRefusedError as refused:
        raise RefusedError(str(refused)) from None


@method("views.open", "4")
async def opening(call: Call) -> Json:
    spec = _spec(call, "modal")
    trigger = _trigger(call)
    return {"view": view_json(call.ws, call.ws.views.open(trigger.user, spec))}


@method("views.push", "4")
async def push(call: Call) -> Json:
    """Only with a trigger that came from inside the open modal, and onto at most two others."""
    spec = _spec(call, "modal")
    trigger = _trigger(call)
    below = call.ws.views.find(trigger.view_id) if trigger.view_id else None
    if below is None or not below.is_open or below.spec["type"] != "modal":
        raise RefusedError("invalid_trigger_id")
    if len(call.ws.views.stacks.get(trigger.user, [])) >= DEEPEST_STACK:
        raise RefusedError("push_limit_reached")
    return {"view": view_json(call.ws, call.ws.views.push(trigger.user, spec))}


@method("views.update", "4")
async def update(call: Call) -> Json:
    view_id, external_id = call.text("view_id"), call.text("external_id")
    if not view_id and not external_id:
        raise RefusedError("invalid_arguments")
    view = call.ws.views.find(view_id) if view_id else call.ws.views.by_external_id(external_id)
    if view is None or not view.is_open or view.spec["type"] != "modal":
        raise RefusedError("not_found")
    spec = _spec(call, "modal", replacing=view)
    _check_hash(call, view)
    return {"view": view_json(call.ws, call.ws.views.replace(view, spec))}


@method("views.publish", "4")
async def publish(call: Call) -> Json:
    user = call.ws.directory.users.get(call.text("user_id"))
    if user is None or user.deleted:
        raise RefusedError("invalid_arguments")
    manifest = call.ws.app.manifest
    if manifest and not manifest.home("home_tab_enabled", default=False):
        raise RefusedError("not_enabled")
    current = call.ws.views.homes.get(user.id)
    spec = _spec(call, "home", replacing=current)
    if current is not None:
        _check_hash(call, current)
    return {"view": view_json(call.ws, call.ws.views.publish(user.id, spec))}


def _check_hash(call: Call, view: View) -> None:
    given = call.text("hash")
    if given and given != view.hash:
        raise RefusedError("hash_conflict")
