"""The market's routes: REST, controls and the DXLink websocket. Authentication is not its business."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from senexsim.broker.market.dxlink import DXLinkServer
from senexsim.broker.market.exchange import Market
from senexsim.broker.market.ports import Faults
from senexsim.broker.market.rest import search
from senexsim.broker.market.rest.controls import Controls
from senexsim.broker.market.rest.future_options import FutureOptionRoutes
from senexsim.broker.market.rest.futures import FuturesRoutes
from senexsim.broker.market.rest.instruments import InstrumentRoutes
from senexsim.broker.market.rest.market_data import MarketDataRoutes
from senexsim.broker.market.rest.metrics import MetricRoutes
from senexsim.broker.market.rest.option_chains import ChainRoutes
from senexsim.broker.market.rest.other_instruments import OtherRoutes
from senexsim.broker.market.rest.sessions import SessionRoutes
from senexsim.broker.market.rest.watchlists import WatchlistRoutes
from senexsim.wire_log import WireLog


def _everyone(_request: web.Request) -> str:
    return ""


def routes(
    market: Market,
    *,
    origin: Callable[[], str],  # noqa: ARG001 - part of the agreed signature; no answer carries a link today
    faults: Faults,
    valid_quote_token: Callable[[str], bool],
    owner: Callable[[web.Request], str] = _everyone,
    wire: WireLog | None = None,
) -> list[web.RouteDef]:
    """Everything the market serves; `/dxlink` takes only tokens that `valid_quote_token` knows.

    `owner` names the customer whose private watchlists a request is about; without it all share one set.
    Handlers raise `wire.Refusal` for the broker's 4xx answers: the server turns it into a response.
    """
    dxlink = DXLinkServer(market, faults=faults, valid_quote_token=valid_quote_token, wire=wire)
    return [
        web.get("/dxlink", dxlink.handle),
        web.get("/_sim/frames", dxlink.frames),
        *Controls(market).routes(),
        *InstrumentRoutes(market).routes(),
        *FuturesRoutes(market).routes(),
        *FutureOptionRoutes(market).routes(),
        *OtherRoutes().routes(),
        *ChainRoutes(market).routes(),
        *MarketDataRoutes(market).routes(),
        *MetricRoutes(market).routes(),
        *SessionRoutes(market).routes(),
        *WatchlistRoutes(market, owner=owner).routes(),
        *search.routes(market),
    ]
