"""The market's routes: REST, controls and the DXLink websocket. Authentication is not its business."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from senexsim.broker.market.exchange import Market
from senexsim.broker.market.ports import Faults


def routes(
    market: Market,
    *,
    origin: Callable[[], str],
    faults: Faults,
    valid_quote_token: Callable[[str], bool],
) -> list[web.RouteDef]:
    """Everything the market serves; `/dxlink` takes only tokens that `valid_quote_token` knows."""
    raise NotImplementedError
