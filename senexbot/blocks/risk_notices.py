"""An account whose risk cannot be seen, and its end: words for blocks/notices.py."""

from __future__ import annotations

from collections.abc import Mapping

from senexbot.blocks.kit import esc


def risk_blind(params: Mapping[str, str]) -> tuple[str, ...]:
    since = esc(params.get("since", ""), 30)
    return (
        f"{_where(params)} cannot be seen{f' since {since}' if since else ''}: alerts may come late",
        "Something is held there. What was raised stays as it was; the broker is asked again all the time",
        "Look in tastytrade's own app, or at the last figures: `/senex risk`",
    )


def risk_seen(params: Mapping[str, str]) -> tuple[str, ...]:
    since, until = (esc(params.get(name, ""), 30) for name in ("since", "until"))
    return (
        f"{_where(params)} is seen again{f', blind from {since} to {until}' if since and until else ''}",
        "What holds now is told now; what came and went meanwhile was not seen",
    )


def _where(params: Mapping[str, str]) -> str:
    label = esc(params.get("environment", ""), 12)
    account = esc(params.get("account", ""), 8)
    return f"{f'{label} · ' if label else ''}Risk{f' of {account}' if account else ''}"
