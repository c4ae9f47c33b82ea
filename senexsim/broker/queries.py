"""Query strings the broker's way: `key[]` and `key` alike, dates and times, pages. Raises `validation_error`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson
from aiohttp import web

from senexsim.broker.wire import invalid, page

Query = dict[str, list[str]]


def query_of(request: web.Request) -> Query:
    """All values per key; the brackets of array keys are dropped."""
    found: Query = defaultdict(list)
    for key, value in request.query.items():
        found[key.removesuffix("[]")].append(value)
    return dict(found)


def one(query: Query, key: str) -> str | None:
    values = query.get(key)
    return values[-1] if values else None


def whole(query: Query, key: str, default: int, low: int, high: int) -> int:
    """A whole number within bounds."""
    text = one(query, key)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or not low <= int(text) <= high:
        raise invalid(key, "does not have a valid value")
    return int(text)


def date_of(query: Query, key: str) -> date | None:
    text = one(query, key)
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise invalid(key, "does not have a valid value") from None


def time_of(query: Query, key: str) -> datetime | None:
    """An ISO time; without a zone it is UTC. A blank stands for a plus lost in the URL."""
    text = one(query, key)
    try:
        when = None if text is None else datetime.fromisoformat(text.replace(" 00:00", "+00:00"))
    except ValueError:
        raise invalid(key, "does not have a valid value") from None
    return when if when is None or when.tzinfo else when.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Span:
    """A stretch of time asked for by dates and by times; ends are included, None is open."""

    start: date | None
    end: date | None
    since: datetime | None
    until: datetime | None

    def covers(self, day: date, when: datetime) -> bool:
        return (
            (self.start is None or day >= self.start)
            and (self.end is None or day <= self.end)
            and (self.since is None or when >= self.since)
            and (self.until is None or when <= self.until)
        )


def span_of(query: Query) -> Span:
    """`start-date`, `end-date`, `start-at`, `end-at`."""
    return Span(
        date_of(query, "start-date"),
        date_of(query, "end-date"),
        time_of(query, "start-at"),
        time_of(query, "end-at"),
    )


def descending(query: Query) -> bool:
    """`sort` Asc or Desc, which is the default."""
    sort = one(query, "sort") or "Desc"
    if sort not in ("Asc", "Desc"):
        raise invalid("sort", "does not have a valid value")
    return sort == "Desc"


def paged(
    request: web.Request, query: Query, rows: Sequence[Any], *, default: int, most: int
) -> web.Response:
    """One page of rows already filtered and sorted."""
    per_page = whole(query, "per-page", default, 1, most)
    offset = whole(query, "page-offset", 0, 0, 10**6)
    start = per_page * offset
    shown = rows[start : start + per_page]
    return page(shown, request.path, per_page=per_page, page_offset=offset, total=len(rows))


async def body_of(request: web.Request) -> Any:
    """The JSON body; `validation_error` when it is none."""
    try:
        return orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise invalid("body", "is not valid JSON") from None
