"""Checks of each block type, and of what blocks share: ids that must differ, totals over a message."""

from collections.abc import Callable
from typing import Any

from senexsim.slack.blockkit import elements
from senexsim.slack.blockkit.report import Report
from senexsim.slack.blockkit.tables import data_table, rich_text, table

Json = dict[str, Any]

MARKDOWN_TOTAL = 12_000
TABLE_TOTAL = 10_000

# Block type -> surfaces it may stand on.
ALL = frozenset({"message", "modal", "home"})
SURFACES: dict[str, frozenset[str]] = {
    "section": ALL,
    "divider": ALL,
    "header": ALL,
    "context": ALL,
    "actions": ALL,
    "image": ALL,
    "input": ALL,
    "rich_text": ALL,
    "video": ALL,
    "file": frozenset({"message"}),
    "markdown": frozenset({"message"}),
    "table": frozenset({"message"}),
    "data_table": frozenset({"message"}),
    "data_visualization": frozenset({"message", "home"}),
    "context_actions": frozenset({"message"}),
    "alert": ALL,
    "card": frozenset({"message"}),
    "carousel": frozenset({"message"}),
    "container": frozenset({"message"}),
}


def check_all(report: Report, blocks: list[Any], at: str) -> None:
    ids: set[str] = set()
    for index, block in enumerate(blocks):
        here = f"{at}/{index}"
        if not isinstance(block, dict):
            report.add(here, "must provide an object")
            continue
        check_one(report, block, here)
        block_id = block.get("block_id")
        if isinstance(block_id, str) and block_id:
            if block_id in ids:
                report.add(f"{here}/block_id", f'`block_id` "{block_id}" already exists for another block')
            ids.add(block_id)
    _totals(report, blocks, at)


def check_one(report: Report, block: Json, at: str) -> None:
    kind = block.get("type")
    if kind is None:
        report.add(at, "missing required field: type")
        return
    if not isinstance(kind, str) or kind not in SURFACES or report.surface not in SURFACES[kind]:
        report.add(f"{at}/type", f"unsupported type: {kind}")
        return
    report.string(block, "block_id", at, 255)
    _CHECKS[kind](report, block, at)


def _totals(report: Report, blocks: list[Any], at: str) -> None:
    shown = [block for block in blocks if isinstance(block, dict)]
    markdown = [len(str(block.get("text", ""))) for block in shown if block.get("type") == "markdown"]
    if sum(markdown) > MARKDOWN_TOTAL and max(markdown) <= MARKDOWN_TOTAL:
        report.add(at, f"markdown text must be less than {MARKDOWN_TOTAL + 1} characters in all")
    cells = sum(
        text_size(block.get("rows")) for block in shown if block.get("type") in ("table", "data_table")
    )
    if cells > TABLE_TOTAL:
        report.add(at, f"tables must be less than {TABLE_TOTAL + 1} characters in all")
    if sum(1 for block in shown if block.get("type") == "table") > 1:
        report.add(at, "only one table allowed")
    if sum(1 for block in shown if block.get("type") == "data_visualization") > 2:
        report.add(at, "no more than 2 data_visualization blocks allowed")


def text_size(value: Any) -> int:
    """Characters in all `text` fields, however deep."""
    if isinstance(value, list):
        return sum(text_size(item) for item in value)
    if isinstance(value, dict):
        return sum(
            len(inner) if key == "text" and isinstance(inner, str) else text_size(inner)
            for key, inner in value.items()
        )
    return 0


def _section(report: Report, block: Json, at: str) -> None:
    if block.get("text") is None and block.get("fields") is None:
        report.add(at, "must define either `text` or `fields`")
        return
    report.text(block, "text", at, 3000, required=False)
    for index, field in enumerate(report.items(block, "fields", at, 10, required=False)):
        report.text_object(field, f"{at}/fields/{index}", 2000)
    if block.get("accessory") is not None:
        elements.check(report, block["accessory"], f"{at}/accessory", elements.ACCESSORY)


def _divider(_report: Report, _block: Json, _at: str) -> None:
    """Nothing in it."""


def _header(report: Report, block: Json, at: str) -> None:
    report.text(block, "text", at, 150, plain=True)


def _context(report: Report, block: Json, at: str) -> None:
    for index, element in enumerate(report.items(block, "elements", at, 10)):
        here = f"{at}/elements/{index}"
        if isinstance(element, dict) and element.get("type") == "image":
            elements.image(report, element, here)
        else:
            report.text_object(element, here, 3000)


def _actions(report: Report, block: Json, at: str) -> None:
    _row(report, report.items(block, "elements", at, 25), f"{at}/elements", elements.IN_ACTIONS)


def _row(report: Report, row: list[Any], at: str, allowed: frozenset[str]) -> None:
    seen: set[str] = set()
    for index, element in enumerate(row):
        elements.check(report, element, f"{at}/{index}", allowed)
        action_id = element.get("action_id") if isinstance(element, dict) else None
        if isinstance(action_id, str) and action_id:
            if action_id in seen:
                where = f"{at}/{index}/action_id"
                report.add(where, f'`action_id` "{action_id}" already exists for another element')
            seen.add(action_id)


def _context_actions(report: Report, block: Json, at: str) -> None:
    for index, element in enumerate(report.items(block, "elements", at, 5)):
        kind = element.get("type") if isinstance(element, dict) else None
        if kind not in ("feedback_buttons", "icon_button"):
            report.add(f"{at}/elements/{index}/type", f"unsupported type: {kind}")


def _image(report: Report, block: Json, at: str) -> None:
    elements.image(report, block, at)
    report.text(block, "title", at, 2000, plain=True, required=False)


def _input(report: Report, block: Json, at: str) -> None:
    report.text(block, "label", at, 2000, plain=True)
    report.text(block, "hint", at, 2000, plain=True, required=False)
    report.flag(block, "optional", at)
    report.flag(block, "dispatch_action", at)
    if block.get("element") is None:
        report.add(at, "missing required field: element")
        return
    elements.check(report, block["element"], f"{at}/element", elements.IN_INPUT)


def _video(report: Report, block: Json, at: str) -> None:
    report.text(block, "title", at, 200, plain=True)
    report.string(block, "author_name", at, 50)
    report.string(block, "alt_text", at, 2000, required=True)
    for key in ("thumbnail_url", "video_url"):
        report.string(block, key, at, 3000, required=True)


def _file(report: Report, block: Json, at: str) -> None:
    report.string(block, "external_id", at, 255, required=True)


def _markdown(report: Report, block: Json, at: str) -> None:
    report.string(block, "text", at, MARKDOWN_TOTAL, required=True, shortest=1)


def _alert(report: Report, block: Json, at: str) -> None:
    report.text(block, "text", at, 3000)
    report.choice(block, "level", at, ("default", "info", "warning", "error", "success"))


def _card(report: Report, block: Json, at: str) -> None:
    for key, longest in (("title", 150), ("subtitle", 150), ("body", 200)):
        report.text(block, key, at, longest, required=False)
    _row(report, report.items(block, "actions", at, 25, required=False), f"{at}/actions", elements.IN_ACTIONS)


def _carousel(report: Report, block: Json, at: str) -> None:
    for index, card in enumerate(report.items(block, "elements", at, 10)):
        if isinstance(card, dict) and card.get("type") == "card":
            _card(report, card, f"{at}/elements/{index}")
        else:
            report.add(f"{at}/elements/{index}/type", "unsupported type")


def _container(report: Report, block: Json, at: str) -> None:
    for index, child in enumerate(report.items(block, "child_blocks", at, 10)):
        if isinstance(child, dict):
            check_one(report, child, f"{at}/child_blocks/{index}")


def _data_visualization(report: Report, block: Json, at: str) -> None:
    title = block.get("title")
    if isinstance(title, dict):
        report.text_object(title, f"{at}/title", 50, plain=True)
    else:
        report.string(block, "title", at, 50)


_CHECKS: dict[str, Callable[[Report, Json, str], None]] = {
    "section": _section,
    "divider": _divider,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "context_actions": _context_actions,
    "image": _image,
    "input": _input,
    "rich_text": rich_text,
    "video": _video,
    "file": _file,
    "markdown": _markdown,
    "table": table,
    "data_table": data_table,
    "data_visualization": _data_visualization,
    "alert": _alert,
    "card": _card,
    "carousel": _carousel,
    "container": _container,
}
