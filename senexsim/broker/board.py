"""What the market panel shows, and the wire: `/_sim/board` and `/_sim/wire`."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from senexsim.broker.brokerage import Brokerage
from senexsim.broker.faults import Faults
from senexsim.broker.market.exchange import Market
from senexsim.broker.orders.views import order_view
from senexsim.broker.wire import answer, instant, money
from senexsim.wire_log import WireLog

MOST_SYMBOLS: Final = 40
MOST_ORDERS: Final = 40


class Board:
    """Handlers over the house, its faults and the log of the wire."""

    def __init__(self, house: Brokerage, faults: Faults, wire: WireLog) -> None:
        self._house, self._faults, self._wire = house, faults, wire

    def table(self) -> list[web.RouteDef]:
        return [
            web.get("/_sim/board", self.board),
            web.get("/_sim/wire", self.wire),
        ]

    async def board(self, request: web.Request) -> web.Response:
        """`?symbols=AAPL,SPY`: their prices, the clock and the session, and the orders, the newest first."""
        market = self._house.market
        asked = [one.strip() for one in request.query.get("symbols", "").split(",") if one.strip()]
        orders = sorted(self._house.all_orders(), key=lambda order: -(order.id or 0))[:MOST_ORDERS]
        return answer(
            {
                "now": instant(self._house.clock.now()),
                "session": market.session_state().lower(),
                "quotes": [_quote(market, symbol) for symbol in asked[:MOST_SYMBOLS]],
                "orders": [{**order_view(order), "is_over": order.is_terminal} for order in orders],
                "accounts": {
                    number: customer.name
                    for customer in self._house.customers.values()
                    for number in customer.accounts
                },
                "faults": self._faults.views(),
            }
        )

    async def wire(self, request: web.Request) -> web.Response:
        """`?since_seq=`: what went over REST and both streams since then, also what has its answer since then."""
        asked = request.query.get("since_seq", "0")
        if not (asked.isascii() and asked.isdigit()):
            return answer({"error": "since_seq: a whole number"}, 400)
        return answer({"events": self._wire.since(int(asked)), "seq": self._wire.seq})


def _quote(market: Market, symbol: str) -> dict[str, Any]:
    """Prices as they are quoted; `known` false where nothing is listed under that name."""
    instrument, quote = market.instrument(symbol), market.quote(symbol)
    if instrument is None or quote is None:
        return {"symbol": symbol, "known": False}
    return {
        "symbol": symbol,
        "known": True,
        "bid": money(quote.bid),
        "ask": money(quote.ask),
        "last": money(quote.last),
        "pinned": market.is_pinned(symbol),
        "halted": quote.halted,
    }
