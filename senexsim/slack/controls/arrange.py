"""Controls that arrange the workspace: the app's settings, the clock, people, channels, faults."""

from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from senexsim.slack.controls.asked import Asked, ControlMalformedError
from senexsim.slack.delivery.http_mode import require_loopback
from senexsim.slack.directory import Channel
from senexsim.slack.faults import SOCKET_ACTS, FaultMalformedError, parse
from senexsim.slack.machinery import MACHINERY, Machinery
from senexsim.slack.manifest import Manifest, ManifestRefusedError
from senexsim.slack.webapi.oauth import let_go

Json = dict[str, Any]
PARTNER = "T0PARTNER00"  # the other workspace of shared channels

MOST_FAULTS = 1_000
MOST_PEOPLE = 500
_REVOKED = {"revoke_tokens": "token_revoked", "uninstall": "account_inactive"}


async def app(request: web.Request) -> web.Response:
    """`{request_url|null, manifest?|null, uninstall?, revoke_tokens?, reinstall?, events_per_hour?}`.

    `events_per_hour`: beyond so many events are lost, and the app is told `app_rate_limited`.
    A new request URL is asked for its challenge; `verified` tells whether it gave it back.
    """
    asked = await Asked.read(request)
    machinery = request.app[MACHINERY]
    answer: Json = {"ok": True, "error": None, "verified": None}
    if asked.fields.get("manifest") is not None or "manifest" in asked.fields:
        try:
            _set_manifest(machinery, asked.fields["manifest"])
        except ManifestRefusedError as refused:
            return web.json_response({"ok": False, "error": "invalid_manifest", "errors": refused.errors})
    if "request_url" in asked.fields:
        answer |= await _set_request_url(machinery, asked.optional("request_url"))
    for key, error in _REVOKED.items():
        if asked.flag(key):
            let_go(machinery, error, uninstalled=key == "uninstall")
    if "events_per_hour" in asked.fields:
        machinery.ws.limits.events_per_hour = int(_seconds(asked.fields["events_per_hour"]))
    if asked.flag("reinstall"):
        machinery.ws.app.token_error, machinery.ws.app.installed = None, True
    return web.json_response(answer)


def _set_manifest(machinery: Machinery, raw: Any) -> None:
    machinery.ws.app.manifest = None if raw is None else Manifest(raw)
    machinery.ws.rename_bot()
    machinery.ws.bus.tick()


async def _set_request_url(machinery: Machinery, url: str | None) -> Json:
    ws = machinery.ws
    try:
        ws.app.request_url = None if url is None else require_loopback(url)
    except ValueError as error:
        raise ControlMalformedError("invalid_argument", str(error)) from None
    ws.bus.tick()
    if url is None:
        return {}
    await machinery.courier.socket_mode.act("link_disabled")
    challenge = ws.ids.letters(52)
    body = {"token": ws.app.verification_token, "challenge": challenge, "type": "url_verification"}
    answer = await machinery.courier.deliver("url_verification", body)
    given = answer.body.get("challenge") if isinstance(answer.body, dict) else answer.body
    verified = answer.acked and given == challenge
    return {"verified": verified, "error": None if verified else "challenge_failed"}


async def clock(request: web.Request) -> web.Response:
    """`{now: epoch seconds or ISO time | advance_s}` → `{ok, now}`. All that was waiting for then happens."""
    asked = await Asked.read(request)
    ws = asked.ws
    if ("now" in asked.fields) == ("advance_s" in asked.fields):
        raise ControlMalformedError("missing_argument", "either now or advance_s")
    if "advance_s" in asked.fields:
        ws.clock.advance(_seconds(asked.fields["advance_s"]))
    else:
        ws.clock.move_to(_epoch(asked.fields["now"]))
    return web.json_response({"ok": True, "now": ws.clock.now()})


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 10**9:
        raise ControlMalformedError("invalid_argument", "seconds are a number")
    return float(value)


def _epoch(value: Any) -> float:
    if not isinstance(value, str):
        return (
            float(value)
            if isinstance(value, int | float) and not isinstance(value, bool)
            else _seconds(value)
        )
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ControlMalformedError("invalid_argument", "now is epoch seconds or an ISO time") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


async def user(request: web.Request) -> web.Response:
    """`{user, deactivate?|reactivate?, is_restricted?, is_ultra_restricted?, away?, reload?, silent?}`.

    `is_stranger`: somebody from the partner's workspace. `{create: name, real_name?}` makes one. `reload` drops that person's ephemerals. `silent`: the app is told
    nothing, as when the event is lost.
    """
    asked = await Asked.read(request)
    machinery, ws = request.app[MACHINERY], asked.ws
    if asked.has("create"):
        name = asked.text("create")
        if ws.directory.user(name):
            raise ControlMalformedError("name_taken", name)
        if len(ws.directory.users) >= MOST_PEOPLE:
            raise ControlMalformedError("too_many_users", f"at most {MOST_PEOPLE}")
        made = ws.directory.add_user(name, asked.text("real_name", name))
        ws.directory.direct(made.id, ws.app.bot_user_id)
        machinery.events.team_joined(made)
        return web.json_response({"ok": True, "id": made.id})
    person = asked.user()
    changed = False
    if asked.flag("deactivate") is not None or asked.flag("reactivate") is not None:
        person.deleted = bool(asked.flag("deactivate"))
        changed = True
    if asked.flag("guest") is not None:
        person.is_restricted, changed = bool(asked.flag("guest")), True
    for key in ("is_restricted", "is_ultra_restricted", "deleted"):
        if asked.flag(key) is not None:
            setattr(person, key, asked.flag(key))
            changed = True
    if asked.flag("is_stranger") is not None:
        person.is_stranger, changed = bool(asked.flag("is_stranger")), True
        person.team_id = PARTNER if person.is_stranger else ws.team_id
    if asked.flag("away") is not None:
        person.away = bool(asked.flag("away"))
    if asked.flag("reload"):
        person.reload_seq = ws.bus.seq
    seq = ws.bus.tick()
    if changed:
        person.updated = int(ws.clock.now())
        if not asked.flag("silent"):
            machinery.events.user_changed(person)
    return web.json_response({"ok": True, "id": person.id, "seq": seq})


async def channel(request: web.Request) -> web.Response:
    """`{channel, share?|unshare?|archive?|unarchive?, is_ext_shared?, is_archived?, invite?: user, kick?: user, rename?: name}`.

    `{create: name, is_private?, members?}` makes one. `@bot` as a user means the bot.
    """
    asked = await Asked.read(request)
    machinery, ws = request.app[MACHINERY], asked.ws
    if asked.has("create"):
        return web.json_response({"ok": True, "id": _create(asked, machinery)})
    room = asked.channel(None)
    owner = room.creator
    for key, shared in (("share", True), ("unshare", False)):
        if asked.flag(key) or asked.flag("is_ext_shared") is shared:
            room.is_ext_shared = shared
            other = {"connected_team_id": PARTNER} if shared else {"previously_connected_team_id": PARTNER}
            extra = {} if shared else {"is_ext_shared": False}
            machinery.events.channel(f"channel_{key}d", room, **other, **extra)
    for key, archived in (("archive", True), ("unarchive", False)):
        if asked.flag(key) or asked.flag("is_archived") is archived:
            room.is_archived = archived
            moved = {"is_moved": 0} if archived else {}
            machinery.events.channel(f"channel_{key}", room, user=owner, **moved)
    if asked.has("rename"):
        room.name = asked.text("rename")
        machinery.events.renamed(room)
    _membership(asked, machinery, room)
    return web.json_response({"ok": True, "id": room.id, "seq": ws.bus.tick()})


def _create(asked: Asked, machinery: Machinery) -> str:
    ws = asked.ws
    name = asked.text("create")
    if ws.directory.channel(name) or len(ws.directory.channels) >= 2 * MOST_PEOPLE:
        raise ControlMalformedError("name_taken", name)
    members = asked.fields.get("members", [])
    if not isinstance(members, list):
        raise ControlMalformedError("invalid_argument", "members must be a list")
    people = []
    for key in members:
        found = ws.bot if key == "@bot" else ws.directory.user(str(key))
        if found is None:
            raise ControlMalformedError("user_not_found", str(key))
        people.append(found.id)
    owner = people[0] if people else next(iter(ws.directory.users))
    made = ws.directory.add_channel(name, owner, people, is_private=bool(asked.flag("is_private")))
    ws.bus.tick()
    machinery.events.created(made)
    return made.id


def _membership(asked: Asked, machinery: Machinery, room: Channel) -> None:
    for key, joined in (("invite", True), ("kick", False)):
        if not asked.has(key):
            continue
        person = asked.ws.bot if asked.text(key) == "@bot" else asked.user(key)
        if joined and person.id not in room.members:
            room.members.append(person.id)
        if not joined and person.id in room.members:
            room.members.remove(person.id)
        machinery.events.member(room, person, joined=joined, actor=room.creator)


async def fault(request: web.Request) -> web.Response:
    """Adds one; `senexsim.slack.faults` lists targets and kinds. Socket acts happen now, to every open socket."""
    asked = await Asked.read(request)
    machinery = request.app[MACHINERY]
    try:
        made = parse(asked.fields)
    except FaultMalformedError as error:
        raise ControlMalformedError("invalid_fault", str(error)) from None
    if made.target == "ratelimit":
        asked.ws.limits.mode = made.kind
    elif made.target == "socket" and made.kind in {*SOCKET_ACTS, "freeze"}:
        await machinery.courier.socket_mode.act(made.kind)
    else:
        if made.channel is not None:
            known = asked.ws.directory.channel(made.channel)
            made.channel = known.id if known else made.channel
        if len(asked.ws.faults.standing) >= MOST_FAULTS:
            raise ControlMalformedError("too_many_faults", f"at most {MOST_FAULTS} may stand")
        asked.ws.faults.add(made)
    return web.json_response({"ok": True, "fault": made.as_json()})


async def clear_faults(request: web.Request) -> web.Response:
    machinery = request.app[MACHINERY]
    machinery.ws.faults.clear()
    machinery.ws.limits.mode = "generous"
    machinery.courier.socket_mode.thaw()
    return web.json_response({"ok": True})


async def faults(request: web.Request) -> web.Response:
    standing = request.app[MACHINERY].ws.faults.standing
    return web.json_response({"faults": [one.as_json() for one in standing]})
