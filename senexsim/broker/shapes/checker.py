"""Compares answers with the shape tables. It reports; it never changes or refuses an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson
from aiohttp import web

from senexsim.broker.shapes.endpoints import (
    ENDPOINTS,
    ERROR,
    ERROR_ITEM,
    OAUTH_ERROR,
    PAGINATION,
    Endpoint,
)
from senexsim.broker.shapes.language import Shape, differences, each
from senexsim.broker.shapes.orders import BUYING_POWER_EFFECT

PAGES: Final = frozenset({"/auth.html"})  # for people, not for clients


class Inspector:
    """Collects in `faults` what any answer had too much, too little or of another type."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.seen: set[str] = set()

    def inspect(self, request: web.Request, response: web.Response) -> None:
        resource = request.match_info.route.resource
        if request.path.startswith("/backtester/"):  # another service, with its own style
            return
        name = f"{request.method} {resource.canonical.rstrip('/') if resource is not None else '?'}"
        if response.content_type != "application/json":
            if resource is not None and resource.canonical in PAGES:
                return
            if response.status < 300 and ENDPOINTS.get(name, Endpoint("bare", {})).form != "empty":
                self.faults.append(f"{name}: a {response.status} without JSON")
            return
        body = orjson.loads(response.body) if isinstance(response.body, bytes) else None
        if response.status < 300:
            self.seen.add(name)
        self.faults += [f"{name} {fault}" for fault in answer_faults(name, response.status, body)]


def answer_faults(name: str, status: int, body: Any, *, values: bool = True) -> Iterator[str]:
    """What in the answer of that endpoint does not fit its table; without `values` nothing of it is quoted."""
    if not isinstance(body, dict):
        yield "the body is no object"
    elif status >= 400:
        yield from error_faults(body)
    elif name not in ENDPOINTS:
        yield "has no shape table"
    else:
        yield from endpoint_faults(ENDPOINTS[name], body, values=values)


def error_faults(body: dict[str, Any]) -> Iterator[str]:
    """The error envelopes: the broker's, the token endpoint's, and data beside an error."""
    if "error_code" in body:
        yield from differences(body, OAUTH_ERROR, "body")
        return
    error = body.get("error")
    if not isinstance(error, dict) or body.keys() - {"error", "data"}:
        yield "is no error envelope"
        return
    if "data" in body:
        effect = body["data"].get("buying-power-effect") if isinstance(body["data"], dict) else None
        yield from differences(effect, BUYING_POWER_EFFECT, "data.buying-power-effect")
    yield from differences({"errors": [], **error}, ERROR, "error")
    for index, item in enumerate(error.get("errors", [])):
        yield from differences(item, ERROR_ITEM, f"error.errors[{index}]")


def endpoint_faults(endpoint: Endpoint, body: dict[str, Any], *, values: bool = True) -> Iterator[str]:
    if endpoint.form == "bare":
        yield from differences(body, endpoint.shape, "body", values=values)
        return
    yield from _envelope(endpoint, body, values=values)
    data = body.get("data")
    if endpoint.form == "object":
        yield from differences(data, endpoint.shape, "data", values=values)
    elif not isinstance(data, dict) or set(data) != {"items"}:
        yield "data is no list of items"
    else:
        yield from _rows(endpoint, data["items"], values=values)


def _rows(endpoint: Endpoint, rows: Any, *, values: bool) -> Iterator[str]:
    found = list(differences(rows, each(endpoint.shape), "items", values=values))
    others: tuple[Shape, ...] = endpoint.also
    if not found or any(not list(differences(rows, each(other), "items")) for other in others):
        return
    yield from found


def _envelope(endpoint: Endpoint, body: dict[str, Any], *, values: bool) -> Iterator[str]:
    allowed = {"data"}
    if endpoint.context:
        allowed.add("context")
    if endpoint.form == "page" or endpoint.may_page:
        allowed.add("pagination")
    for key in body.keys() - allowed:
        yield f"unknown key {key} beside data"
    if endpoint.context and not isinstance(body.get("context"), str):
        yield "context is missing"
    if endpoint.form == "page" and "pagination" not in body:
        yield "pagination is missing"
    if "pagination" in body:
        yield from differences(body["pagination"], PAGINATION, "pagination", values=values)
