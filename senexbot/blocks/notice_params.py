"""The parameters of a notice as its words take them: escaped, cut, and nothing where one is missing."""

from __future__ import annotations

from collections.abc import Mapping

from senexbot.blocks.kit import esc, person

Params = Mapping[str, str]
Words = tuple[str, ...]  # the first line, then the others


def get(params: Params, *names: str, limit: int = 120) -> str:
    """The first of these parameters that is there, ready for mrkdwn."""
    return next((esc(params[name], limit) for name in names if params.get(name)), "")


def span(params: Params) -> str:
    start, end = get(params, "from", "since"), get(params, "to", "until")
    return " ".join(part for part in (f"from {start}" if start else "", f"to {end}" if end else "") if part)


def tail(mark: str, text: str) -> str:
    return f"{mark}{text}" if text else ""


def environment(params: Params) -> str:
    where = get(params, "environment", limit=12)
    return f"{where} · " if where else ""


def person_of(params: Params, *names: str) -> str:
    return next((person(params[name]) for name in names if params.get(name)), "")
