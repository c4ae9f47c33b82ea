"""What the market panel shows, and the wire: `/_sim/board`, `/_sim/reject`, `/_sim/wire`, and the faults that stand."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from senexsim.broker.brokerage import Brokerage
from senexsim.broker.gateway import Gateway
from senexsim.broker.market.exchange import Market
from senexsim.broker.orders.views import order_view
from senexsim.broker.queries import body_of
from senexsim.broker.wire import answer, instant, money
from senexsim.wire_log import WireLog

MOST_SYMBOLS: Final = 40
MOST_ORDERS: Final = 40


class Board:
    """Handlers over the house, its gateway and the log of the wire."""

    def __init__(self, house: Brokerage, gateway: Gateway, wire: WireLog) -> None:
        self._house, self._gateway, self._wire = house, gateway, wire

    def table(self) -> list[web.RouteDef]:
        return [
            web.get("/_sim/board", self.board),
            web.get("/_sim/fault", self.faults),
            web.get("/_sim/wire", self.wire),
            web.post("/_sim/reject", self.reject),
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
                "faults": self._standing(),
            }
        )

    async def faults(self, _: web.Request) -> web.Response:
        return answer({"faults": self._standing()})

    def _standing(self) -> list[dict[str, Any]]:
        return [
            {
                "target": rule.target,
                "kind": rule.fault.kind,
                "left": rule.left,
                "scope": rule.fault.scope,
                "symbol": rule.fault.symbol,
            }
            for rule in self._gateway.faults.rules
            if rule.left != 0
        ]

    async def wire(self, request: web.Request) -> web.Response:
        """`?since_seq=`: what went over REST and both streams since then, also what has its answer since then."""
        asked = request.query.get("since_seq", "0")
        if not (asked.isascii() and asked.isdigit()):
            return answer({"error": "since_seq: a whole number"}, 400)
        return answer({"events": self._wire.since(int(asked)), "seq": self._wire.seq})

    async def reject(self, request: web.Request) -> web.Response:
        """`{order_id, reason?}`: the exchange refuses an order that is on its way or working."""
        body = await body_of(request)
        if not isinstance(body, dict):
            raise TypeError("the body must be a JSON object")
        number, reason = int(body["order_id"]), str(body.get("reason") or "Rejected by the exchange")
        order = next((one for one in self._house.all_orders() if one.id == number), None)
        if order is None:
            return answer({"error": f"no order {number}"}, 404)
        self._house.engine.reject_by_hand(order, reason)
        return answer({"order": order_view(order)})


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
