"""A person's quiet hours: from when to when, by the clock on their wall. The zone's rules come in as an argument."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from senexbot.domain.errors import ParseError
from senexbot.domain.words import quoted

_HOURS = re.compile(
    r"(\d{1,2})(?::(\d{2}))?\s*(?:-|–|to)\s*(\d{1,2})(?::(\d{2}))?\Z", re.ASCII | re.IGNORECASE
)
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class QuietHours:
    """`begins`, `ends`: minutes after midnight in `zone` (an IANA name); over midnight when it ends before it begins."""

    begins: int
    ends: int
    zone: str

    @property
    def words(self) -> str:
        return f"{_clock(self.begins)}–{_clock(self.ends)}"

    def covers(self, now: datetime, zone: tzinfo) -> bool:
        local = now.astimezone(zone)
        minute = local.hour * 60 + local.minute
        return (minute - self.begins) % _DAY < (self.ends - self.begins) % _DAY

    def over_at(self, now: datetime, zone: tzinfo) -> datetime:
        """When the hours that cover `now` end, in UTC; on the day the clocks change by the new clock."""
        local = now.astimezone(zone)
        day = local.replace(hour=self.ends // 60, minute=self.ends % 60, second=0, microsecond=0, fold=0)
        if day <= local:
            day = (day.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
        over = day.astimezone(UTC)
        return over if over > now else now + timedelta(minutes=1)


def read_quiet_hours(text: str, zone: str) -> QuietHours | None:
    """`22:00-07:00`, `22-7`; None for `off`. Raises ParseError."""
    said = " ".join(text.split())
    if said.lower() in {"off", "none"}:
        return None
    found = _HOURS.match(said)
    if found is None:
        raise _unclear(said)
    begins, ends = (
        int(hour) * 60 + int(minute or 0) for hour, minute in ((found[1], found[2]), (found[3], found[4]))
    )
    if begins >= _DAY or ends > _DAY or int(found[2] or 0) > 59 or int(found[4] or 0) > 59:
        raise _unclear(said)
    if begins == ends % _DAY:
        raise ParseError(
            "Quiet hours that begin and end at the same time would be all day or never.",
            word=quoted(said),
            place=3,
            hint="Say when they end: alerts quiet 22-7. To hold back one alert, snooze or pause it.",
        )
    return QuietHours(begins, ends % _DAY, zone)


def _unclear(said: str) -> ParseError:
    return ParseError(
        f"“{quoted(said)}” is no time from and to." if said else "Quiet hours need a time from and to.",
        word=quoted(said),
        place=3,
        hint="Say alerts quiet 22-7, or alerts quiet off.",
    )


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
