"""Reading a request's query: lists in all the encodings in use, whole numbers, dates, pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from aiohttp import web

from senexsim.broker import wire


def context(request: web.Request) -> str:
    """The `context` of an answer: the path as it was asked for, still encoded."""
    return request.rel_url.raw_path


def listed(request: web.Request, name: str) -> list[str]:
    """The values of `name`: repeated, bracketed or comma separated; each once, in the order asked."""
    raw = [*request.query.getall(name, []), *request.query.getall(f"{name}[]", [])]
    found = (part.strip() for value in raw for part in value.split(","))
    return list(dict.fromkeys(part for part in found if part))


def whole(request: web.Request, name: str, default: int, *, low: int, high: int) -> int:
    """A whole number in a range. Raises the broker's refusal."""
    text = request.query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not low <= int(text[:12]) <= high:
        raise wire.invalid(name, "does not have a valid value")
    return int(text)


def flag(request: web.Request, name: str) -> bool | None:
    """`true`, `false`, or None when not asked. Raises the broker's refusal."""
    text = request.query.get(name)
    if text is None:
        return None
    if text.lower() not in {"true", "false"}:
        raise wire.invalid(name, "does not have a valid value")
    return text.lower() == "true"


def day(request: web.Request, name: str) -> date | None:
    """An ISO date, or None when not asked. Raises the broker's refusal."""
    text = request.query.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise wire.invalid(name, "does not have a valid value") from None


def paged(request: web.Request, rows: Sequence[object], *, per_page: int) -> web.Response:
    """One page of `rows` as the request asks for it."""
    size = whole(request, "per-page", per_page, low=1, high=2000)
    offset = whole(request, "page-offset", 0, low=0, high=1_000_000)
    part = rows[offset * size : (offset + 1) * size]
    return wire.page(part, context(request), per_page=size, page_offset=offset, total=len(rows))
