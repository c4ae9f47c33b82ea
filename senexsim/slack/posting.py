"""Making, editing and deleting messages: the one way in, whoever asks. Knows no scopes and no HTTP."""

import json
from dataclasses import replace
from typing import Any

from senexsim.slack.blockkit.blocks import text_size
from senexsim.slack.blockkit.check import check_blocks
from senexsim.slack.blockkit.complete import complete
from senexsim.slack.delivery.events import Events, Told
from senexsim.slack.directory import Channel
from senexsim.slack.messages import Content, Message
from senexsim.slack.people.payloads import message_body
from senexsim.slack.workspace import Workspace

Json = dict[str, Any]

LONGEST_TEXT = 40_000
LONGEST_EDIT = 4_000
LONGEST_MARKDOWN = 12_000
MOST_ATTACHMENTS = 100
LARGEST_BLOCKS = 13_200
LARGEST_METADATA = 8_000


class PostRefusedError(Exception):
    """`error` is Slack's word, `messages` the complaints about blocks."""

    def __init__(self, error: str, messages: list[str] | None = None) -> None:
        super().__init__(error)
        self.error, self.messages = error, messages or []


def read_json(value: Any, error: str) -> Any:
    """A JSON argument comes as an object, or as a string in a form. Raises PostRefusedError(error)."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        return json.loads(value)
    except ValueError:
        raise PostRefusedError(error) from None


class Posting:
    def __init__(self, ws: Workspace, events: Events) -> None:
        self._ws, self._events = ws, events

    def content(self, fields: Json, before: Content | None = None) -> Content:
        """Check and complete what is to be said; an edit keeps blocks and attachments that it does not name.

        Raises PostRefusedError: no_text, invalid_blocks(_format), msg_too_long, msg_blocks_too_long, and others.
        """
        text = fields.get("text")
        text = "" if text is None else str(text)
        markdown = fields.get("markdown_text")
        if markdown:
            if text or fields.get("blocks"):
                raise PostRefusedError("markdown_text_conflict")
            if len(str(markdown)) > LONGEST_MARKDOWN:
                raise PostRefusedError("msg_too_long")
            text = str(markdown)
        if before is not None and len(text) > LONGEST_EDIT:
            raise PostRefusedError("msg_too_long")
        blocks = self._blocks(fields.get("blocks"))
        attachments = self._attachments(fields.get("attachments"))
        if blocks is None and before is not None:
            blocks = before.blocks
        if attachments is None and before is not None:
            attachments = before.attachments
        if not text.strip() and not blocks and not attachments:
            raise PostRefusedError("no_text")
        metadata = _metadata(fields.get("metadata"))
        if metadata is None and before is not None and fields.get("metadata") is None:
            metadata = before.metadata
        return Content(text[:LONGEST_TEXT], blocks or [], attachments or [], metadata)

    def _blocks(self, raw: Any) -> list[Json] | None:
        blocks = read_json(raw, "invalid_blocks_format")
        if blocks is None:
            return None
        if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
            raise PostRefusedError("invalid_blocks_format")
        errors = check_blocks(blocks, "message")
        if errors:
            raise PostRefusedError("invalid_blocks", errors)
        if text_size(blocks) > LARGEST_BLOCKS:
            raise PostRefusedError("msg_blocks_too_long")
        return complete(blocks, self._ws.ids)

    def _attachments(self, raw: Any) -> list[Json] | None:
        attachments = read_json(raw, "invalid_attachments")
        if attachments is None:
            return None
        if not isinstance(attachments, list) or not all(isinstance(one, dict) for one in attachments):
            raise PostRefusedError("invalid_attachments")
        if len(attachments) > MOST_ATTACHMENTS:
            raise PostRefusedError("too_many_attachments")
        shown = []
        for index, attachment in enumerate(attachments):
            inner = self._blocks(attachment["blocks"]) if attachment.get("blocks") else None
            extra = {"blocks": inner} if inner is not None else {}
            shown.append({"id": index + 1, **attachment, **extra})
        return shown

    def post(
        self,
        channel: Channel,
        author: str,
        content: Content,
        *,
        by_app: bool,
        thread_ts: str | None = None,
        broadcast: bool = False,
        ephemeral_to: str | None = None,
        files: list[Json] | None = None,
        rich: list[Json] | None = None,
        told: list[Told] | None = None,
    ) -> Message:
        """`rich`: the rich_text blocks of what a person typed, for the event only; `told` collects its first tries."""
        now = self._ws.clock.now()
        message = Message(
            channel=channel.id,
            ts=self._ws.ids.ts(now),
            author=author,
            content=content,
            created_seq=0,
            seq=0,
            by_app=by_app,
            thread_ts=thread_ts,
            broadcast=broadcast,
            ephemeral_to=ephemeral_to,
            files=list(files or []),
        )
        self._ws.messages.add(message, now)
        parent = self._ws.messages.find(channel.id, thread_ts) if thread_ts else None
        if parent is not None and ephemeral_to is None:
            self._ws.messages.touch(parent)
        if ephemeral_to is None:
            tries = self._events.posted(message, channel, rich)
            if told is not None:
                told.extend(tries)
        return message

    def edit(self, message: Message, content: Content) -> None:
        now = self._ws.clock.now()
        before = message_body(self._ws, message)
        if message.ephemeral_to is None:
            message.edited = {"user": message.author, "ts": self._ws.ids.ts(now)}
        self._ws.messages.edit(message, replace(content), now)
        if message.ephemeral_to is None:
            self._events.changed(message, self._ws.directory.channels[message.channel], before)

    def delete(self, message: Message) -> None:
        before = message_body(self._ws, message)
        self._ws.messages.delete(message)
        if message.ephemeral_to is None:
            self._events.deleted(message, self._ws.directory.channels[message.channel], before)


def _metadata(raw: Any) -> Json | None:
    metadata = read_json(raw, "invalid_metadata_format")
    if metadata in (None, {}):
        return None
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        raise PostRefusedError("invalid_metadata_format")
    payload = metadata.get("event_payload")
    if not isinstance(payload, dict):
        raise PostRefusedError("invalid_metadata_format")
    if len(json.dumps(metadata)) > LARGEST_METADATA:
        raise PostRefusedError("metadata_too_large")
    return {"event_type": metadata["event_type"], "event_payload": payload}
