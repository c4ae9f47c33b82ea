"""The exchange's time zone: trading days, sessions and daily limits follow it (I68)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

EXCHANGE_ZONE = ZoneInfo("America/New_York")
