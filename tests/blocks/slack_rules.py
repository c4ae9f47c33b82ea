"""What Slack accepts (Block Kit limits) and what our voice allows, as checks on a finished message or view."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from senexbot.blocks.kit import Message, Modal

OURS = re.compile(
    r"<!date\^\d{1,11}\^[A-Za-z_{} ]{1,40}\|[A-Za-z0-9: ]{1,40}>"
    r"|<https://slack\.test/[A-Za-z0-9/&;=?]+\|[A-Za-z ]{1,20}>"
    r"|<@[UW][A-Z0-9]{4,20}>"
    r"|<#[CG][A-Z0-9]+>"
)
ENTITY = re.compile(r"&(?:amp|lt|gt);")
ELEMENTS = {"button"}
INVISIBLE = re.compile(
    "[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def check_message(message: Message, *, lines: int | None = None) -> None:
    """Fails when Slack would refuse it, or when foreign text could act. `lines`: at most so many in the text."""
    assert message.text.strip()
    assert units(message.text) <= 4000
    first, *rest = message.text.split("\n")
    assert units(first) <= 90, first
    assert "*" not in message.text, "a notification shows no bold"
    check_foreign(message.text)
    if lines is not None:
        assert len(rest) + 1 <= lines, message.text
    assert message.blocks
    assert len(message.blocks) <= 50
    assert len(json.dumps(message.blocks, ensure_ascii=False)) <= 13_000
    check_blocks(message.blocks, kinds={"section", "context", "actions"})


def check_view(view: Modal) -> None:
    payload = view.payload
    assert payload["type"] in {"modal", "home"}
    assert len(payload["blocks"]) <= 100
    assert len(json.dumps(payload)) < 250_000
    kinds = {"section", "context", "actions", "input", "divider", "header"}
    check_blocks(payload["blocks"], kinds=kinds)
    if payload["type"] == "home":
        assert set(payload) == {"type", "blocks"}
        return
    for name in {"title", "submit", "close"} & set(payload):
        check_plain(payload[name], 24)
    assert len(payload["private_metadata"]) <= 3000
    assert len(payload["callback_id"]) <= 255
    if any(block["type"] == "input" for block in payload["blocks"]):
        assert "submit" in payload


def check_blocks(blocks: Sequence[Mapping[str, Any]], *, kinds: set[str]) -> None:
    for block in blocks:
        assert block["type"] in kinds
        assert 1 <= len(block.get("block_id", "x")) <= 255
        CHECKS[block["type"]](block)
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(ids) == len(set(ids))
    for block in blocks:
        within = [e["action_id"] for e in elements_of(block)]
        assert len(within) == len(set(within)), "action ids differ within one block"


def elements_of(block: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if block["type"] == "actions":
        yield from block["elements"]
    if "accessory" in block:
        yield block["accessory"]
    if block["type"] == "input":
        yield block["element"]


def buttons_of(message: Message) -> list[Mapping[str, Any]]:
    return [e for block in message.blocks for e in elements_of(block) if e["type"] == "button"]


def _section(block: Mapping[str, Any]) -> None:
    assert ("text" in block) != ("fields" in block)
    if "text" in block:
        check_text(block["text"], 3000)
    else:
        assert 1 <= len(block["fields"]) <= 10
        for field in block["fields"]:
            check_text(field, 2000)
    if "accessory" in block:
        check_button(block["accessory"])


def _context(block: Mapping[str, Any]) -> None:
    assert 1 <= len(block["elements"]) <= 10
    for element in block["elements"]:
        check_text(element, 3000)


def _actions(block: Mapping[str, Any]) -> None:
    assert 1 <= len(block["elements"]) <= 25
    for element in block["elements"]:
        check_button(element)


def _input(block: Mapping[str, Any]) -> None:
    check_plain(block["label"], 2000)
    if "hint" in block:
        check_plain(block["hint"], 2000)
    element = block["element"]
    assert 1 <= len(element["action_id"]) <= 255
    if element["type"] == "plain_text_input":
        assert element["max_length"] <= 3000
        if "placeholder" in element:
            check_plain(element["placeholder"], 150)
        return
    if "placeholder" in element:
        check_plain(element["placeholder"], 150)
    if element["type"] == "external_select":
        assert element["min_query_length"] >= 0
        assert "initial_option" not in element or len(element["initial_option"]["value"]) <= 150
        return
    assert element["type"] in {"radio_buttons", "static_select"}
    assert 1 <= len(element["options"]) <= (10 if element["type"] == "radio_buttons" else 100)
    assert element["initial_option"] in element["options"]
    for option in element["options"]:
        check_plain(option["text"], 75)
        assert 1 <= len(option["value"]) <= 75


def _divider(block: Mapping[str, Any]) -> None:
    assert set(block) == {"type"}


def _header(block: Mapping[str, Any]) -> None:
    check_plain(block["text"], 150)


CHECKS = {
    "section": _section,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "divider": _divider,
    "header": _header,
}


def check_button(element: Mapping[str, Any]) -> None:
    if element["type"] == "overflow":
        assert 1 <= len(element["options"]) <= 5
        for option in element["options"]:
            check_plain(option["text"], 75)
            assert 1 <= len(option["value"]) <= 150
        return
    assert element["type"] in ELEMENTS
    check_plain(element["text"], 30)
    assert 1 <= len(element["action_id"]) <= 255
    assert 1 <= len(element["value"]) <= 2000
    assert element.get("style", "danger") in {"primary", "danger"}


def check_text(text: Mapping[str, Any], limit: int) -> None:
    if text["type"] == "plain_text":
        check_plain(text, limit)
        return
    assert text["type"] == "mrkdwn"
    assert text["verbatim"] is True, "Slack must not make links of its own"
    assert 1 <= units(text["text"]) <= limit
    check_foreign(text["text"])
    for line in text["text"].split("\n"):
        assert line.count("*") % 2 == 0, f"bold is left open: {line}"
        assert line.count("`") % 2 == 0, f"code is left open: {line}"
        assert "~" not in line
        assert not line.startswith("&gt;"), "Slack would show a quotation"


def check_plain(text: Mapping[str, Any], limit: int) -> None:
    assert text["type"] == "plain_text"
    assert text["emoji"] is False
    assert 1 <= units(text["text"]) <= limit
    assert not INVISIBLE.search(text["text"])


def check_foreign(mrkdwn: str) -> None:
    """Nothing but our own dates, permalinks and persons is markup; all else is escaped."""
    bare = ENTITY.sub(" ", OURS.sub(" ", mrkdwn))
    assert not re.search("[<>&]", bare), bare
    assert not INVISIBLE.search(mrkdwn)
    assert not re.search(r":(?!\d\d:)[a-z0-9_+'-]+:", bare, re.IGNORECASE), "an emoji would show"
