"""What Slack adds to blocks it accepts: missing ids and the defaults of text objects."""

import copy
from typing import Any

from senexsim.slack.ids import Ids

Json = dict[str, Any]

# Elements that carry an action_id.
INTERACTIVE = frozenset(
    [
        "button",
        "overflow",
        "datepicker",
        "timepicker",
        "datetimepicker",
        "checkboxes",
        "radio_buttons",
        "plain_text_input",
        "number_input",
        "email_text_input",
        "url_text_input",
        "rich_text_input",
        "file_input",
        "static_select",
        "external_select",
        "users_select",
        "conversations_select",
        "channels_select",
        "multi_static_select",
        "multi_external_select",
        "multi_users_select",
        "multi_conversations_select",
        "multi_channels_select",
        "workflow_button",
        "feedback_buttons",
        "icon_button",
    ]
)


def complete(blocks: list[Json], ids: Ids) -> list[Json]:
    """A deep copy with every block_id and action_id present. The given blocks stay as they are."""
    made = copy.deepcopy(blocks)
    for block in made:
        if not block.get("block_id"):
            block["block_id"] = ids.letters(5)
        _walk(block, ids)
    return made


def _walk(value: Any, ids: Ids) -> None:
    if isinstance(value, list):
        for item in value:
            _walk(item, ids)
        return
    if not isinstance(value, dict):
        return
    kind = value.get("type")
    if isinstance(kind, str) and kind in INTERACTIVE and not value.get("action_id"):
        value["action_id"] = ids.letters(5)
    if kind == "plain_text" and "text" in value:
        value.setdefault("emoji", True)
    if kind == "mrkdwn" and "text" in value:
        value.setdefault("verbatim", False)
    for inner in value.values():
        _walk(inner, ids)
