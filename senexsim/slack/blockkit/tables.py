"""Checks of tables and of rich text."""

from typing import Any

from senexsim.slack.blockkit.report import Report

Json = dict[str, Any]

_CELLS = ("raw_text", "raw_number", "rich_text")
_RICH = ("rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted")


def _cell(report: Report, cell: Any, at: str) -> None:
    kind = cell.get("type") if isinstance(cell, dict) else None
    if kind not in _CELLS:
        report.add(f"{at}/type", f"must be a valid enum value: {', '.join(_CELLS)}")
    elif kind == "raw_text":
        report.string(cell, "text", at, 10_000, required=True)
    elif kind == "raw_number":
        if not isinstance(cell.get("value"), int | float) or isinstance(cell.get("value"), bool):
            report.add(f"{at}/value", "must be a number")
        report.string(cell, "text", at, 10_000)
    else:
        rich_text(report, cell, at)


def _rows(report: Report, block: Json, at: str, most: int, least: int) -> list[list[Any]]:
    rows = report.items(block, "rows", at, most, least=least)
    good: list[list[Any]] = []
    for index, row in enumerate(rows):
        here = f"{at}/rows/{index}"
        if not isinstance(row, list):
            report.add(here, "must provide an array")
            continue
        if not 1 <= len(row) <= 20:
            report.add(here, "no more than 20 items allowed" if row else "no less than 1 items allowed")
        for place, cell in enumerate(row):
            _cell(report, cell, f"{here}/{place}")
        good.append(row)
    return good


def table(report: Report, block: Json, at: str) -> None:
    _rows(report, block, at, 100, 1)
    for index, setting in enumerate(report.items(block, "column_settings", at, 20, required=False)):
        if isinstance(setting, dict):
            report.choice(setting, "align", f"{at}/column_settings/{index}", ("left", "center", "right"))
            report.flag(setting, "is_wrapped", f"{at}/column_settings/{index}")
        elif setting is not None:
            report.add(f"{at}/column_settings/{index}", "must provide an object")


def data_table(report: Report, block: Json, at: str) -> None:
    caption = block.get("caption")
    if caption is None:
        report.add(at, "missing required field: caption")
    report.integer(block, "page_size", at, 1, 100)
    rows = _rows(report, block, at, 101, 2)
    if len({len(row) for row in rows}) > 1:
        report.add(f"{at}/rows", "all rows must have the same number of cells")
    for place, cell in enumerate(rows[0] if rows else []):
        if isinstance(cell, dict) and cell.get("type") == "rich_text":
            report.add(f"{at}/rows/0/{place}/type", "the header row cannot hold rich_text")


def rich_text(report: Report, block: Json, at: str) -> None:
    for index, element in enumerate(report.items(block, "elements", at, 1_000)):
        here = f"{at}/elements/{index}"
        kind = element.get("type") if isinstance(element, dict) else None
        if kind not in _RICH:
            report.add(f"{here}/type", f"must be a valid enum value: {', '.join(_RICH)}")
            continue
        report.items(element, "elements", here, 10_000, least=0)
        if kind == "rich_text_list":
            report.choice(element, "style", here, ("bullet", "ordered"))
            report.integer(element, "indent", here, 0, 8)
