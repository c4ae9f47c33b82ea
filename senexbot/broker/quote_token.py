"""The token and the address of the market data feed, asked for anew for each connection."""

from __future__ import annotations

from senexbot.broker import raw
from senexbot.broker.rest import Rest
from senexbot.domain.errors import Unavailable
from senexbot.domain.links import Environment


async def quote_token(rest: Rest, link_id: str, environment: Environment) -> tuple[str, str]:
    """A new token and its address, which must be on the list of addresses. Raises Unavailable and its kin."""
    body = await rest.get(link_id, "/api-quote-tokens", environment=environment, tries=1)
    data = raw.mapping(body.get("data"))
    token = raw.text(data.get("token"), 4096)
    url = rest.sessions.endpoints.dxlink(environment, raw.first(data, "dxlink-url", "dxlinkUrl"))
    if not token:
        raise Unavailable("The broker gave no token for market data.")
    return token, url
