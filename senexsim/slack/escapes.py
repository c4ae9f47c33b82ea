"""Finds what a person typed and the app passed on unescaped: mentions and links of somebody else's making."""

import json
import re
from collections.abc import Iterator
from typing import Any

from senexsim.slack.workspace import Workspace

Json = dict[str, Any]

_MARKUP = re.compile(r"<(?:[!@#]|https?://|mailto:)[^<>\n]*>?")


def remember_input(ws: Workspace, text: str) -> None:
    """Keep the pieces of what a person entered that would be markup if they came out raw."""
    for piece in _MARKUP.findall(text):
        ws.inputs.append(piece)


def warnings_of(ws: Workspace, args: Json) -> list[str]:
    """One line for each place where such a piece stands in a text that Slack would parse."""
    if not ws.inputs:
        return []
    pieces = set(ws.inputs)
    return [
        f"raw {piece} from user input reached text at {pointer}"
        for pointer, text in _parsed_texts(args)
        for piece in sorted(pieces)
        if piece in text
    ]


def _parsed_texts(args: Json) -> Iterator[tuple[str, str]]:
    for key in ("text", "markdown_text", "initial_comment"):
        if isinstance(args.get(key), str):
            yield f"/{key}", args[key]
    for key in ("blocks", "attachments", "view"):
        yield from _walk(_parsed(args.get(key)), f"/{key}")


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def _walk(value: Any, at: str) -> Iterator[tuple[str, str]]:
    """Text objects of type mrkdwn, markdown blocks, and attachments' texts; plain_text is not parsed."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _walk(item, f"{at}/{index}")
    elif isinstance(value, dict):
        if isinstance(value.get("text"), str) and value.get("type") in {"mrkdwn", "markdown", None}:
            yield f"{at}/text", value["text"]
        for key, inner in value.items():
            yield from _walk(inner, f"{at}/{key}")
