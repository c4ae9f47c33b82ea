"""files.*: an address for the bytes, then the share."""

import mimetypes
from typing import Any

from senexsim.slack.directory import Channel
from senexsim.slack.files import StorageFullError, StoredFile
from senexsim.slack.messages import Content
from senexsim.slack.webapi.chat import thread_of
from senexsim.slack.webapi.method import Call, RefusedError, method

Json = dict[str, Any]

LARGEST_FILE = 16 * 1024 * 1024


@method("files.getUploadURLExternal", "4", "files:write")
async def upload_url(call: Call) -> Json:
    name, length = call.text("filename"), call.number("length", 0)
    if not name:
        raise RefusedError("missing_argument")
    if length <= 0:
        raise RefusedError("invalid_arguments")
    if length > LARGEST_FILE:
        raise RefusedError("file_too_large")
    alt_txt = call.text("alt_txt")
    if len(alt_txt) > 1000:
        raise RefusedError("alt_txt_too_large")
    try:
        stored = call.ws.files.expect(name, length, alt_txt)
    except StorageFullError:
        raise RefusedError("storage_limit_reached") from None
    stored.created = int(call.ws.clock.now())
    stored.mimetype = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return {"upload_url": f"{call.ws.origin}/upload/v1/{stored.ticket}", "file_id": stored.id}


def file_json(call: Call, stored: StoredFile) -> Json:
    name, _, ending = stored.name.rpartition(".")
    return {
        "id": stored.id,
        "created": stored.created,
        "timestamp": stored.created,
        "name": stored.name,
        "title": stored.title,
        "mimetype": stored.mimetype,
        "filetype": ending if name else "",
        "user": call.bot_id,
        "user_team": call.ws.team_id,
        "editable": False,
        "size": stored.length,
        "mode": "hosted",
        "is_external": False,
        "is_public": False,
        "alt_txt": stored.alt_txt,
        "url_private": f"{call.ws.origin}/_sim/files/{stored.id}",
        "url_private_download": f"{call.ws.origin}/_sim/files/{stored.id}",
        "permalink": f"https://{call.ws.team_domain}.slack.com/files/{call.bot_id}/{stored.id}/{stored.name}",
        "channels": list(stored.shared_in),
        "file_access": "visible",
    }


@method("files.info", "4", "files:read")
async def info(call: Call) -> Json:
    """One of the app's own files, once its upload was completed. Nobody comments on files here."""
    stored = call.ws.files.find(call.text("file"))
    if stored is None or not stored.completed:
        raise RefusedError("file_not_found")
    return {"file": file_json(call, stored), "comments": [], "response_metadata": {"next_cursor": ""}}


@method("files.completeUploadExternal", "4", "files:write")
async def complete(call: Call) -> Json:
    """One message per channel with all files; private files without a channel."""
    given = call.json("files")
    if not isinstance(given, list) or not given:
        raise RefusedError("invalid_arguments")
    found = [_uploaded(call, entry) for entry in given]
    channels = [_shareable(call, key) for key in call.listed("channels") or call.listed("channel_id")]
    if len(channels) > 100:
        raise RefusedError("invalid_arguments")
    comment = call.text("initial_comment")
    fields = {"text": comment} if comment else {"blocks": call.args.get("blocks")}
    has_words = bool(comment or call.args.get("blocks"))
    content = call.machinery.posting.content(fields) if has_words else Content()
    for stored in found:
        stored.completed = True
        stored.shared_in += [channel.id for channel in channels]
    shown = [file_json(call, stored) for stored in found]
    for channel in channels:
        thread_ts = thread_of(call, channel)
        call.machinery.posting.post(
            channel, call.bot_id, content, by_app=True, thread_ts=thread_ts, files=shown
        )
    return {"files": shown}


def _uploaded(call: Call, entry: Any) -> StoredFile:
    stored = call.ws.files.find(str(entry.get("id"))) if isinstance(entry, dict) else None
    if stored is None or stored.body is None or stored.completed:
        raise RefusedError("file_not_found")
    stored.title = str(entry.get("title") or stored.name)
    return stored


def _shareable(call: Call, key: str) -> Channel:
    channel = call.ws.directory.channels.get(key)
    if channel is None or (channel.is_private and call.bot_id not in channel.members):
        raise RefusedError("channel_not_found")
    if call.bot_id not in channel.members:
        raise RefusedError("not_in_channel")
    return channel
