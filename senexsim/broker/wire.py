"""Envelopes of the broker's REST answers: success, list, page and error, as JSON responses.

It knows shapes only; it must not know accounts, orders or instruments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson
from aiohttp import web

JSON_TYPE = "application/json; charset=utf-8"


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return money(value)
    raise TypeError(f"{type(value).__name__} has no place in an answer")


def dumps(body: object) -> bytes:
    """JSON text; a Decimal becomes a string as the broker sends prices and money."""
    return orjson.dumps(body, default=_plain)


def money(value: Decimal) -> str:
    """A price or amount the way the broker prints it: plain digits, at least one after the point."""
    if not value.is_finite():
        return "NaN"
    text = format(value.normalize(), "f") if value else "0"
    return text if "." in text else f"{text}.0"


def instant(when: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and offset: `2026-03-02T14:30:00.123+00:00`."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds")


def day(when: date) -> str:
    return when.isoformat()


def answer(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """Any JSON body, without envelope (the token endpoint, the controls)."""
    response = web.Response(body=dumps(body), status=status, headers=headers)
    response.headers["Content-Type"] = JSON_TYPE
    return response


def ok(data: object, context: str | None, status: int = 200) -> web.Response:
    """`{"data": ..., "context": "/path"}`; `context=None` leaves the key out as a few endpoints do."""
    body: dict[str, Any] = {"data": data}
    if context is not None:
        body["context"] = context
    return answer(body, status)


def items(rows: Sequence[object], context: str | None) -> web.Response:
    """`{"data": {"items": [...]}, "context": ...}`."""
    return ok({"items": list(rows)}, context)


def page(
    rows: Sequence[object], context: str | None, *, per_page: int, page_offset: int, total: int
) -> web.Response:
    """One page of a list; `rows` are that page's rows only, `page_offset` counts pages from 0."""
    body = {
        "data": {"items": list(rows)},
        "context": context,
        "pagination": {
            "per-page": per_page,
            "page-offset": page_offset,
            "item-offset": per_page * page_offset,
            "total-items": total,
            "total-pages": -(-total // per_page),
            "current-item-count": len(rows),
            "previous-link": None,
            "next-link": None,
            "paging-link-template": None,
        },
    }
    if context is None:
        del body["context"]
    return answer(body)


def error(
    status: int,
    code: str | int,
    message: str,
    errors: Sequence[Mapping[str, object]] | None = None,
    *,
    data: object = None,
) -> web.Response:
    """`{"error": {"code", "message", "errors"?}}`; `data` stands beside it for a failed order check."""
    fault: dict[str, Any] = {"code": code, "message": message}
    if errors is not None:
        fault["errors"] = [dict(item) for item in errors]
    body: dict[str, Any] = {"error": fault}
    if data is not None:
        body = {"data": data, "error": fault}
    return answer(body, status)


class Refusal(Exception):
    """Raised anywhere below a route; the server answers with its envelope."""

    def __init__(
        self,
        status: int,
        code: str | int,
        message: str,
        errors: Sequence[Mapping[str, object]] | None = None,
        *,
        data: object = None,
    ) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.message = status, code, message
        self.errors, self.data = errors, data

    def response(self) -> web.Response:
        return error(self.status, self.code, self.message, self.errors, data=self.data)


def not_found(message: str = "Couldn't find record") -> Refusal:
    return Refusal(404, "record_not_found", message)


def not_permitted() -> Refusal:
    return Refusal(403, "not_permitted", "User not permitted access")


def invalid(domain: str, reason: str) -> Refusal:
    """A `validation_error` with one domain and reason."""
    fields = [{"domain": domain, "reason": reason}]
    return Refusal(400, "validation_error", "Request validation failed", fields)
