"""Checks of block elements and composition objects: buttons, selects, pickers, inputs, options, confirms."""

import re
from collections.abc import Callable
from typing import Any

from senexsim.slack.blockkit.report import Report

Json = dict[str, Any]

_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_TIME = re.compile(r"^([01]\d|2[0-3]):[0-5]\d$")
_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")

# Where each interactive element may stand.
ACCESSORY = frozenset(
    [
        "button",
        "overflow",
        "datepicker",
        "timepicker",
        "checkboxes",
        "radio_buttons",
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
        "image",
        "workflow_button",
    ]
)
IN_ACTIONS = (ACCESSORY - {"image"}) | {"datetimepicker", "rich_text_input"}
IN_INPUT = (ACCESSORY - {"button", "overflow", "image", "workflow_button"}) | frozenset(
    [
        "datetimepicker",
        "plain_text_input",
        "number_input",
        "email_text_input",
        "url_text_input",
        "rich_text_input",
        "file_input",
    ]
)


def check(report: Report, element: Any, at: str, allowed: frozenset[str]) -> None:
    """One element at a place where only the `allowed` types may stand."""
    if not isinstance(element, dict):
        report.add(at, "must provide an object")
        return
    kind = element.get("type")
    if kind is None:
        report.add(at, "missing required field: type")
        return
    if not isinstance(kind, str) or kind not in allowed:
        report.add(f"{at}/type", f"unsupported type: {kind}")
        return
    report.string(element, "action_id", at, 255)
    if "confirm" in element:
        confirm(report, element["confirm"], f"{at}/confirm")
    if element.get("focus_on_load"):
        report.focused += 1
        if report.focused > 1:
            report.add(f"{at}/focus_on_load", "only one element can have focus_on_load set to true")
    if "placeholder" in element:
        report.text(element, "placeholder", at, 150, plain=True)
    _CHECKS[kind](report, element, at)


def confirm(report: Report, value: Any, at: str) -> None:
    if not isinstance(value, dict):
        report.add(at, "must provide an object")
        return
    report.text(value, "title", at, 100, plain=True, required=False)
    report.text(value, "text", at, 300, required=False)
    report.text(value, "confirm", at, 30, plain=True, required=False)
    report.text(value, "deny", at, 30, plain=True, required=False)
    report.choice(value, "style", at, ("primary", "danger"))


def option(report: Report, value: Any, at: str, *, plain: bool) -> None:
    if not isinstance(value, dict):
        report.add(at, "must provide an object")
        return
    report.text(value, "text", at, 75, plain=plain)
    report.string(value, "value", at, 150, required=True, shortest=1)
    if "description" in value:
        report.text(value, "description", at, 75, plain=plain)
    report.string(value, "url", at, 3000)


def options(report: Report, element: Json, at: str, most: int, *, plain: bool, least: int = 1) -> None:
    listed = report.items(element, "options", at, most, least=least)
    seen: set[str] = set()
    for index, one in enumerate(listed):
        option(report, one, f"{at}/options/{index}", plain=plain)
        value = one.get("value") if isinstance(one, dict) else None
        if isinstance(value, str):
            if value in seen:
                report.add(f"{at}/options/{index}/value", f'duplicate option value: "{value}"')
            seen.add(value)


def option_groups(report: Report, element: Json, at: str) -> None:
    for index, group in enumerate(report.items(element, "option_groups", at, 100)):
        here = f"{at}/option_groups/{index}"
        if not isinstance(group, dict):
            report.add(here, "must provide an object")
            continue
        report.text(group, "label", here, 75, plain=True)
        options(report, group, here, 100, plain=True)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _values(holder: Any) -> list[Any]:
    listed = _list(holder.get("options")) if isinstance(holder, dict) else []
    return [one.get("value") for one in listed if isinstance(one, dict)]


def _chosen(report: Report, element: Json, key: str, at: str) -> None:
    """Initial options must be among those offered."""
    chosen = element.get(key)
    if chosen is None:
        return
    offered = _values(element)
    for group in _list(element.get("option_groups")):
        offered += _values(group)
    for one in chosen if isinstance(chosen, list) else [chosen]:
        if not isinstance(one, dict) or one.get("value") not in offered:
            report.add(f"{at}/{key}", "must match one of the options")


def _button(report: Report, element: Json, at: str) -> None:
    report.text(element, "text", at, 75, plain=True)
    report.string(element, "value", at, 2000)
    report.string(element, "url", at, 3000)
    report.string(element, "accessibility_label", at, 75)
    report.choice(element, "style", at, ("primary", "danger"))


def _static_select(report: Report, element: Json, at: str) -> None:
    if "options" in element and "option_groups" in element:
        report.add(at, "must define either `options` or `option_groups`, not both")
    elif "option_groups" in element:
        option_groups(report, element, at)
    else:
        options(report, element, at, 100, plain=True)
    _chosen(report, element, "initial_option", at)
    _chosen(report, element, "initial_options", at)
    report.integer(element, "max_selected_items", at, 1, 100)


def _external_select(report: Report, element: Json, at: str) -> None:
    report.integer(element, "min_query_length", at, 0, 255)
    report.integer(element, "max_selected_items", at, 1, 100)


def _picked(report: Report, element: Json, at: str) -> None:
    report.integer(element, "max_selected_items", at, 1, 100)
    report.flag(element, "response_url_enabled", at)
    report.flag(element, "default_to_current_conversation", at)
    wanted = element.get("filter")
    if wanted is not None:
        if not isinstance(wanted, dict) or not wanted:
            report.add(f"{at}/filter", "must provide an object")
            return
        for one in report.items(wanted, "include", f"{at}/filter", 4, required=False):
            if one not in ("im", "mpim", "private", "public"):
                report.add(f"{at}/filter/include", "must be a valid enum value: im, mpim, private, public")


def _overflow(report: Report, element: Json, at: str) -> None:
    options(report, element, at, 5, plain=True)


def _many(report: Report, element: Json, at: str) -> None:
    options(report, element, at, 10, plain=False)
    _chosen(report, element, "initial_option", at)
    _chosen(report, element, "initial_options", at)


def _datepicker(report: Report, element: Json, at: str) -> None:
    value = element.get("initial_date")
    if value is not None and not (isinstance(value, str) and _DATE.match(value)):
        report.add(f"{at}/initial_date", "must match the format YYYY-MM-DD")


def _timepicker(report: Report, element: Json, at: str) -> None:
    value = element.get("initial_time")
    if value is not None and not (isinstance(value, str) and _TIME.match(value)):
        report.add(f"{at}/initial_time", "must match the format HH:mm")


def _datetimepicker(report: Report, element: Json, at: str) -> None:
    report.integer(element, "initial_date_time", at, 1_000_000_000, 9_999_999_999)


def _plain_text(report: Report, element: Json, at: str) -> None:
    report.string(element, "initial_value", at, 3000)
    report.integer(element, "min_length", at, 0, 3000)
    report.integer(element, "max_length", at, 1, 3000)
    report.flag(element, "multiline", at)
    low, high = element.get("min_length"), element.get("max_length")
    if isinstance(low, int) and isinstance(high, int) and low > high:
        report.add(f"{at}/min_length", "must be less than or equal to max_length")
    _dispatch(report, element, at)


def _number(report: Report, element: Json, at: str) -> None:
    report.flag(element, "is_decimal_allowed", at, required=True)
    for key in ("min_value", "max_value", "initial_value"):
        value = element.get(key)
        if value is None:
            continue
        if not isinstance(value, str):
            report.add(f"{at}/{key}", "must provide a string")
        elif not _NUMBER.match(value):
            report.add(f"{at}/{key}", "must be a number")
    _dispatch(report, element, at)


def _line(report: Report, element: Json, at: str) -> None:
    report.string(element, "initial_value", at, 3000)
    _dispatch(report, element, at)


def _dispatch(report: Report, element: Json, at: str) -> None:
    config = element.get("dispatch_action_config")
    if config is None:
        return
    here = f"{at}/dispatch_action_config"
    if not isinstance(config, dict):
        report.add(here, "must provide an object")
        return
    for one in report.items(config, "trigger_actions_on", here, 2):
        if one not in ("on_enter_pressed", "on_character_entered"):
            where = f"{here}/trigger_actions_on"
            report.add(where, "must be a valid enum value: on_enter_pressed, on_character_entered")


def _files(report: Report, element: Json, at: str) -> None:
    report.integer(element, "max_files", at, 1, 10)


def image(report: Report, element: Json, at: str) -> None:
    if (element.get("image_url") is None) == (element.get("slack_file") is None):
        report.add(at, "must define either `image_url` or `slack_file`")
    report.string(element, "image_url", at, 3000, shortest=1)
    report.string(element, "alt_text", at, 2000, required=True)


def _anything(_report: Report, _element: Json, _at: str) -> None:
    """Types whose inside Slack's reference does not limit."""


_CHECKS: dict[str, Callable[[Report, Json, str], None]] = {
    "button": _button,
    "workflow_button": _button,
    "overflow": _overflow,
    "checkboxes": _many,
    "radio_buttons": _many,
    "static_select": _static_select,
    "multi_static_select": _static_select,
    "external_select": _external_select,
    "multi_external_select": _external_select,
    "datepicker": _datepicker,
    "timepicker": _timepicker,
    "datetimepicker": _datetimepicker,
    "plain_text_input": _plain_text,
    "number_input": _number,
    "email_text_input": _line,
    "url_text_input": _line,
    "rich_text_input": _anything,
    "file_input": _files,
    "image": image,
} | {
    f"{many}{kind}_select": _picked
    for many in ("", "multi_")
    for kind in ("users", "conversations", "channels")
}
