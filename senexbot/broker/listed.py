"""What all look-ups of instruments share: one record that may be missing, and tick tables."""

from __future__ import annotations

from senexbot.broker import raw
from senexbot.broker.rest import Rest, is_missing
from senexbot.domain.errors import Refused
from senexbot.domain.instruments import TickSize


async def record(rest: Rest, link_id: str, path: str) -> raw.Raw | None:
    """`data` of one object; None when the broker has no such record."""
    try:
        body = await rest.get(link_id, path)
    except Refused as refused:
        # the sandbox answers 422 to symbols that its lists do not have yet
        if is_missing(refused) or refused.status in {400, 422}:
            return None
        raise
    return raw.mapping(body.get("data"))


def tick_sizes(source: object) -> tuple[TickSize, ...]:
    """A tick table; rows without a positive value are left out."""
    return tuple(
        TickSize(value, raw.positive(row.get("threshold")))
        for row in raw.mappings(source)
        if (value := raw.positive(row.get("value"))) is not None
    )
