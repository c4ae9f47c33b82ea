"""The inputs that forms are made of: typed text, choices, and choices that the desk suggests while one types.

Pure. An input keeps what was typed through an update of its form as long as its ids stay the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from senexbot.blocks.kit import Block, plain_text

INPUT_LABEL_LIMIT = 2000
INPUT_LENGTH_LIMIT = 3000
OPTION_TEXT_LIMIT = 75
OPTION_VALUE_LIMIT = 150
OPTIONS_LIMIT = 100
PLACEHOLDER_LIMIT = 150

Choices = Sequence[tuple[str, str]]
"""(value, words)."""


def text_input(block_id: str, action_id: str, label: str, *, placeholder: str = "", hint: str = "") -> Block:
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": action_id,
        "max_length": INPUT_LENGTH_LIMIT,
    }
    if placeholder:
        element["placeholder"] = plain_text(placeholder, PLACEHOLDER_LIMIT)
    return _input(block_id, label, element, hint)


def radio_input(
    block_id: str, action_id: str, label: str, options: Sequence[tuple[str, str]], *, hint: str = ""
) -> Block:
    """`options`: (value, words), the first one chosen."""
    shown = [{"text": plain_text(words, OPTION_TEXT_LIMIT), "value": value} for value, words in options]
    element = {"type": "radio_buttons", "action_id": action_id, "options": shown, "initial_option": shown[0]}
    return _input(block_id, label, element, hint)


def _input(block_id: str, label: str, element: Block, hint: str) -> Block:
    block: dict[str, Any] = {
        "type": "input",
        "block_id": block_id,
        "label": plain_text(label, INPUT_LABEL_LIMIT),
        "element": element,
    }
    if hint:
        block["hint"] = plain_text(hint, INPUT_LABEL_LIMIT)
    return block
