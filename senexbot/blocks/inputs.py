"""The inputs that forms are made of: typed text, choices, and choices that the desk suggests while one types.

Pure. An input keeps what was typed through an update of its form as long as its ids stay the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


def text_input(
    block_id: str,
    action_id: str,
    label: str,
    *,
    placeholder: str = "",
    hint: str = "",
    initial: str = "",
    optional: bool = False,
    dispatch: bool = False,
) -> Block:
    """`dispatch`: what is typed tells the desk as it is typed, not only the form's own button."""
    element: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": action_id,
        "max_length": INPUT_LENGTH_LIMIT,
    }
    if placeholder:
        element["placeholder"] = plain_text(placeholder, PLACEHOLDER_LIMIT)
    if initial:
        element["initial_value"] = initial[:INPUT_LENGTH_LIMIT]
    if dispatch:
        element["dispatch_action_config"] = {
            "trigger_actions_on": ["on_enter_pressed", "on_character_entered"]
        }
    return _input(block_id, label, element, hint, optional=optional, dispatch=dispatch)


def radio_input(
    block_id: str,
    action_id: str,
    label: str,
    options: Choices,
    *,
    initial: str = "",
    hint: str = "",
    dispatch: bool = False,
) -> Block:
    """`initial` is the value chosen first, else the first one. The order stays: no choice moves under a thumb."""
    shown, chosen = _choice(options, initial)
    element = {"type": "radio_buttons", "action_id": action_id, "options": shown, "initial_option": chosen}
    return _input(block_id, label, element, hint, dispatch=dispatch)


def select_input(
    block_id: str, action_id: str, label: str, options: Choices, *, initial: str = "", dispatch: bool = False
) -> Block:
    """One of a short list; `initial` is the value chosen first, else the list's first."""
    shown, chosen = _choice(options[:OPTIONS_LIMIT], initial)
    element = {"type": "static_select", "action_id": action_id, "options": shown, "initial_option": chosen}
    return _input(block_id, label, element, "", dispatch=dispatch)


def suggesting_input(
    block_id: str, action_id: str, label: str, *, initial: str = "", placeholder: str = ""
) -> Block:
    """A choice from what the desk suggests for the letters typed. Choosing tells the desk at once."""
    element: dict[str, Any] = {"type": "external_select", "action_id": action_id, "min_query_length": 1}
    if placeholder:
        element["placeholder"] = plain_text(placeholder, PLACEHOLDER_LIMIT)
    if initial:
        element["initial_option"] = _option(initial, initial)
    return _input(block_id, label, element, "", dispatch=True)


def suggestions(options: Choices) -> dict[str, Any]:
    """What answers a suggesting input; without any, Slack says that nothing was found."""
    return {"options": [_option(value, words) for value, words in options[:OPTIONS_LIMIT]]}


def typed(values: Mapping[str, Any], block_id: str, action_id: str) -> str:
    """What an input holds, typed or chosen, without the spaces around it; "" when it holds nothing."""
    found = values.get(block_id)
    element = found.get(action_id) if isinstance(found, Mapping) else None
    if not isinstance(element, Mapping):
        return ""
    chosen = element.get("selected_option")
    value = chosen.get("value") if isinstance(chosen, Mapping) else element.get("value")
    return value.strip() if isinstance(value, str) else ""


def _choice(options: Choices, initial: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The options, and that one of them which is chosen."""
    shown = [_option(value, words) for value, words in options]
    return shown, next((option for option in shown if option["value"] == initial), shown[0])


def _option(value: str, words: str) -> dict[str, Any]:
    return {"text": plain_text(words, OPTION_TEXT_LIMIT), "value": value[:OPTION_VALUE_LIMIT]}


def _input(
    block_id: str, label: str, element: Block, hint: str, *, optional: bool = False, dispatch: bool = False
) -> Block:
    block: dict[str, Any] = {
        "type": "input",
        "block_id": block_id,
        "label": plain_text(label, INPUT_LABEL_LIMIT),
        "element": element,
    }
    if hint:
        block["hint"] = plain_text(hint, INPUT_LABEL_LIMIT)
    if optional:
        block["optional"] = True
    if dispatch:
        block["dispatch_action"] = True
    return block
