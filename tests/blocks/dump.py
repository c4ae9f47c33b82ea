"""A message as plain text, the way a person sees it: for the golden files."""

from __future__ import annotations

import html
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from senexbot.blocks.kit import Message, Modal

GOLDEN = Path(__file__).parent / "golden"


def shown(mrkdwn: str) -> str:
    return html.unescape(re.sub(r"<[^<>|]*\|([^<>]*)>", r"\1", mrkdwn)).replace("*", "**")


def dump(message: Message | Modal) -> str:
    if isinstance(message, Message):
        return "\n".join(line for block in message.blocks for line in _block(block))
    payload = message.payload
    head = [f"( {payload['title']['text']} )"] if "title" in payload else []
    foot = [f"( {payload[k]['text']} )" for k in ("submit", "close") if k in payload]
    return "\n".join([*head, *(line for block in payload["blocks"] for line in _block(block)), *foot])


def _block(block: Mapping[str, Any]) -> list[str]:
    match block["type"]:
        case "section":
            lines = shown(block["text"]["text"]).split("\n")
            if "accessory" in block:
                lines.append(f"    {_button(block['accessory'])}")
            return lines
        case "context":
            return [f"    {shown(element['text'])}" for element in block["elements"]]
        case "actions":
            return [" ".join(_button(element) for element in block["elements"])]
        case "input":
            return _input(block)
        case "header":
            return [f"# {block['text']['text']}"]
        case _:
            return ["----"]


def _button(element: Mapping[str, Any]) -> str:
    if element["type"] == "overflow":
        return "[⋯ " + " | ".join(option["text"]["text"] for option in element["options"]) + "]"
    return f"[{element['text']['text']}]"


def _input(block: Mapping[str, Any]) -> list[str]:
    element = block["element"]
    options = [
        f"    ({'•' if o == element['initial_option'] else ' '}) {o['text']['text']}"
        for o in element.get("options", ())
    ]
    hint = [f"    {block['hint']['text']}"] if "hint" in block else []
    return [f"{block['label']['text']}:{'' if options else ' ______'}", *options, *hint]


def compare(name: str, cards: Mapping[str, Message | Modal]) -> None:
    """Each card under its title, against golden/<name>.txt; UPDATE_GOLDEN=1 writes the file anew."""
    text = "\n".join(f"=== {title}\n{dump(card)}\n" for title, card in cards.items())
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
