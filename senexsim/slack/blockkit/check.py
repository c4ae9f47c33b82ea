"""The way in: all complaints about a message's blocks or about a view, and how much text blocks hold."""

import json
from typing import Any

from senexsim.slack.blockkit import blocks as block_checks
from senexsim.slack.blockkit.report import Report

Json = dict[str, Any]

MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
LARGEST_VIEW = 250 * 1024


def check_blocks(blocks: list[Any], surface: str, at: str = "/blocks") -> list[str]:
    """Complaints in Slack's form, `must be … [json-pointer:/blocks/0/…]`; empty when there are none."""
    report = Report(surface)
    if len(blocks) > MOST_BLOCKS[surface]:
        report.add(at, f"no more than {MOST_BLOCKS[surface]} items allowed")
    block_checks.check_all(report, blocks, at)
    return report.lines


def check_view(view: Any, surface: str) -> list[str]:
    """Complaints about a modal or home view."""
    report = Report(surface)
    if not isinstance(view, dict):
        report.add("/view", "must provide an object")
        return report.lines
    if view.get("type") != surface:
        report.add("/view/type", f"must be a valid enum value: {surface}")
        return report.lines
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        report.add("/view", "missing required field: blocks")
        return report.lines
    if surface == "modal":
        _modal(report, view, blocks)
    else:
        for key in ("title", "submit", "close"):
            if view.get(key) is not None:
                report.add("/view", f"no more properties allowed: {key}")
    report.string(view, "private_metadata", "/view", 3000)
    report.string(view, "callback_id", "/view", 255)
    report.string(view, "external_id", "/view", 255)
    return report.lines + check_blocks(blocks, surface, "/view/blocks")


def _modal(report: Report, view: Json, blocks: list[Any]) -> None:
    report.text(view, "title", "/view", 24, plain=True)
    report.text(view, "submit", "/view", 24, plain=True, required=False)
    report.text(view, "close", "/view", 24, plain=True, required=False)
    for key in ("clear_on_close", "notify_on_close", "submit_disabled"):
        report.flag(view, key, "/view")
    asks = any(isinstance(block, dict) and block.get("type") == "input" for block in blocks)
    if asks and view.get("submit") is None:
        report.add("/view/submit", "`submit` is required if there are input blocks")


def too_large(view: Json) -> bool:
    return (
        len(json.dumps(view, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))
        > LARGEST_VIEW
    )
