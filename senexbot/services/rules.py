"""The desk's settings as the use cases need them: plain values, passed down."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeskRules:
    """`live_trading` off: live links read and never trade (I20)."""

    team_id: str
    live_trading: bool
    has_practice: bool
    confirm_seconds: int
    admin_channel: str
    build: str
    approval_minutes: int = 30
