"""What an app's reply does: the body of a command's acknowledgement, or of a post to a response_url."""

from typing import Any

from senexsim.slack.machinery import Machinery
from senexsim.slack.messages import Content, Message
from senexsim.slack.posting import PostRefusedError
from senexsim.slack.tickets import ReplyAddress

Json = dict[str, Any]


def _flag(fields: Json, name: str) -> bool:
    return fields.get(name) is True or str(fields.get(name)).lower() == "true"


def reply_with(machinery: Machinery, address: ReplyAddress, fields: Json) -> Message | None:
    """Post, replace or delete as the reply says; ephemeral by default, wherever the person was.

    Raises PostRefusedError: no_text, invalid_blocks and the like.
    """
    source = address.source
    if _flag(fields, "delete_original"):
        if source is not None and not source.deleted and source.by_app:
            machinery.posting.delete(source)
        if not any(fields.get(key) for key in ("text", "blocks", "attachments")):
            return None
    elif _flag(fields, "replace_original") and source is not None and source.by_app and not source.deleted:
        machinery.posting.edit(source, machinery.posting.content(fields))
        return source
    return _new(machinery, address, fields)


def _new(machinery: Machinery, address: ReplyAddress, fields: Json) -> Message | None:
    content = machinery.posting.content(fields)
    response_type = fields.get("response_type") or "ephemeral"
    if response_type not in {"ephemeral", "in_channel"}:
        raise PostRefusedError("invalid_response_type")
    message = _post(machinery, address, content, fields, public=response_type == "in_channel")
    if address.source is None:
        address.source = message
    return message


def _post(
    machinery: Machinery, address: ReplyAddress, content: Content, fields: Json, *, public: bool
) -> Message | None:
    ws = machinery.ws
    channel = ws.directory.channels[address.channel]
    person = ws.directory.users[address.user]
    if not public and (person.away or person.deleted):
        return None
    thread_ts = str(fields["thread_ts"]) if fields.get("thread_ts") else None
    if thread_ts is None and not public and address.source is not None and address.source.is_reply:
        thread_ts = address.source.thread_ts
    return machinery.posting.post(
        channel,
        ws.app.bot_user_id,
        content,
        by_app=True,
        thread_ts=thread_ts,
        ephemeral_to=None if public else person.id,
    )
