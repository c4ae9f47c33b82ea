"""Values of input elements: from what a person enters to what Slack sends. Pure."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

# Element type -> the field its value stands in, in `state.values` and in `actions`.
RESULT_FIELDS: dict[str, str] = {
    "plain_text_input": "value",
    "number_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "rich_text_input": "rich_text_value",
    "static_select": "selected_option",
    "external_select": "selected_option",
    "radio_buttons": "selected_option",
    "overflow": "selected_option",
    "checkboxes": "selected_options",
    "multi_static_select": "selected_options",
    "multi_external_select": "selected_options",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "file_input": "files",
}
STATELESS = frozenset({"overflow"})
INITIAL_FIELDS: dict[str, str] = {
    "value": "initial_value",
    "rich_text_value": "initial_value",
    "selected_option": "initial_option",
    "selected_options": "initial_options",
    "selected_user": "initial_user",
    "selected_users": "initial_users",
    "selected_conversation": "initial_conversation",
    "selected_conversations": "initial_conversations",
    "selected_channel": "initial_channel",
    "selected_channels": "initial_channels",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_date_time": "initial_date_time",
}


class ValueRefusedError(Exception):
    """A person could not enter this: no such option, not a list, and the like."""


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """(block, element) for all interactive elements, in order."""
    for block in blocks:
        match block.get("type"):
            case "actions" | "context_actions":
                yield from ((block, element) for element in block.get("elements", []))
            case "section" if isinstance(block.get("accessory"), dict):
                yield block, block["accessory"]
            case "input":
                yield block, block["element"]
            case "card":
                yield from ((block, element) for element in block.get("actions", []))
            case _:
                continue


def options(element: Json) -> list[Json]:
    flat = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        flat.extend(group.get("options") or [])
    return flat


def initial(element: Json) -> Any:
    """The value an untouched element carries: its `initial_*`, else null, or an empty list for `files` and many."""
    where = RESULT_FIELDS[element["type"]]
    value = element.get(INITIAL_FIELDS.get(where, ""), None)
    if value is None and where in {"selected_options", "files"}:
        return []
    if value is None and where.endswith("s") and where.startswith("selected_"):
        return []
    return value


def entered(element: Json, plain: Any, offered: list[Json] | None = None) -> Any:
    """A plain value as Slack stores it. `offered`: the options an external source gave.

    Raises ValueRefusedError when no person could have entered it.
    """
    where = RESULT_FIELDS.get(element["type"])
    if where is None:
        raise ValueRefusedError(f"{element['type']} takes no value")
    if where == "selected_option":
        return None if plain is None else _pick(element, plain, offered)
    if where == "selected_options":
        return [_pick(element, one, offered) for one in _listed(plain)]
    if where.startswith("selected_") and where.endswith("s"):
        return [str(one) for one in _listed(plain)]
    if where == "files":
        return _listed(plain)
    if where == "selected_date_time":
        return None if plain is None else _whole(plain)
    if where == "rich_text_value":
        return plain
    return None if plain is None or plain == "" else str(plain)


def _listed(plain: Any) -> list[Any]:
    if plain is None:
        return []
    return plain if isinstance(plain, list) else [plain]


def _whole(plain: Any) -> int:
    try:
        return int(plain)
    except (TypeError, ValueError):
        raise ValueRefusedError("a date and time is epoch seconds") from None


def _initial_options(element: Json) -> list[Json]:
    """An external select's own initial options were offered by nobody, and may still stay chosen."""
    one = element.get("initial_option")
    return ([one] if one else []) + list(element.get("initial_options") or [])


def _pick(element: Json, plain: Any, offered: list[Json] | None) -> Json:
    wanted = plain.get("value") if isinstance(plain, dict) else plain
    pool = options(element) + list(offered or []) + _initial_options(element)
    for option in pool:
        if option.get("value") == wanted:
            return {key: option[key] for key in ("text", "value", "description", "url") if key in option}
    raise ValueRefusedError(f"no option has the value {wanted!r}")


def values(blocks: list[Json], state: dict[tuple[str, str], Any]) -> Json:
    """`state.values`: block_id -> action_id -> {type, <result field>} for every element that keeps a value."""
    out: Json = {}
    for block, element in elements(blocks):
        where = RESULT_FIELDS.get(element["type"])
        if where is None or element["type"] in STATELESS:
            continue
        key = (block["block_id"], element["action_id"])
        value = state[key] if key in state else initial(element)
        entry = {"type": element["type"], where: value}
        if element["type"] == "timepicker" and element.get("timezone"):
            entry["timezone"] = element["timezone"]
        out.setdefault(key[0], {})[key[1]] = entry
    return out


def complaint(block: Json, element: Json, value: Any) -> str | None:
    """What the client itself says before it sends a form; None when it is content."""
    if value is None or value in ("", []):
        return None if block.get("optional") else "Please complete this required field."
    kind = element["type"]
    if kind == "number_input":
        return _number_complaint(element, value)
    if kind == "plain_text_input":
        if len(value) < int(element.get("min_length") or 0):
            return f"Please enter at least {element['min_length']} characters."
        if len(value) > int(element.get("max_length") or 3000):
            return f"Please enter no more than {element.get('max_length') or 3000} characters."
    if kind == "email_text_input" and ("@" not in value or value.startswith("@") or value.endswith("@")):
        return "Please enter a valid email address."
    if kind == "url_text_input" and "://" not in value:
        return "Please enter a valid URL."
    most = element.get("max_selected_items")
    if most and isinstance(value, list) and len(value) > most:
        return f"Please select no more than {most}."
    return None


def _number_complaint(element: Json, value: str) -> str | None:
    try:
        number = float(value)
    except ValueError:
        return "Please enter a valid number."
    if number != number or number in (float("inf"), float("-inf")):  # noqa: PLR0124 - NaN differs from itself
        return "Please enter a valid number."
    if not element.get("is_decimal_allowed") and "." in value:
        return "Please enter a whole number."
    low, high = element.get("min_value"), element.get("max_value")
    if low is not None and number < float(low):
        return f"Please enter a number greater than or equal to {low}."
    if high is not None and number > float(high):
        return f"Please enter a number less than or equal to {high}."
    return None
