"""The controls a test drives the simulator with: /_sim/requests, orders, fill, reject, position, balance, order, fault.

Loopback only (the gateway sees to that). /_sim/quote and /_sim/clock belong to the market. What /_sim/fault takes,
and the three forms in which `dxlink` can be frozen, stands in faults.py.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from aiohttp import web

from senexsim.broker.accounts.book import Account
from senexsim.broker.accounts.people import place_stake
from senexsim.broker.accounts.positions import position_view
from senexsim.broker.brokerage import Brokerage
from senexsim.broker.faults import STREAMS
from senexsim.broker.gateway import Gateway
from senexsim.broker.orders.model import Order
from senexsim.broker.orders.parsing import order_of
from senexsim.broker.orders.preflight import Checks
from senexsim.broker.orders.views import order_view
from senexsim.broker.queries import body_of
from senexsim.broker.wire import Refusal, answer

ELSEWHERE = "WBT"


class Controls:
    """Handlers over the house and its gateway."""

    def __init__(self, house: Brokerage, gateway: Gateway) -> None:
        self.house, self.gateway = house, gateway

    def table(self) -> list[web.RouteDef]:
        return [
            web.get("/_sim/requests", self.requests),
            web.get("/_sim/orders", self.orders),
            web.post("/_sim/fill", self.fill),
            web.post("/_sim/reject", self.reject),
            web.post("/_sim/position", self.position),
            web.post("/_sim/balance", self.balance),
            web.post("/_sim/assign", self.assign),
            web.post("/_sim/order", self.order),
            web.get("/_sim/fault", self.faults),
            web.post("/_sim/fault", self.fault),
            web.delete("/_sim/fault", self.clear),
        ]

    async def requests(self, _: web.Request) -> web.Response:
        return answer({"requests": [entry.view() for entry in self.gateway.ledger.entries]})

    async def orders(self, _: web.Request) -> web.Response:
        found = sorted(self.house.all_orders(), key=lambda order: order.id or 0)
        return answer({"orders": [order_view(order) for order in found]})

    async def fill(self, request: web.Request) -> web.Response:
        body = await _object(request)
        order = self._order(body)
        self.house.engine.fill_by_hand(order, _decimal(body, "quantity"), _decimal(body, "price"))
        return answer({"order": order_view(order)})

    async def reject(self, request: web.Request) -> web.Response:
        """`{order_id, reason?}`: the exchange refuses an order that is on its way or working."""
        body = await _object(request)
        order = self._order(body)
        self.house.engine.reject_by_hand(order, str(body.get("reason") or "Rejected by the exchange"))
        return answer({"order": order_view(order)})

    async def position(self, request: web.Request) -> web.Response:
        """Set a position without a trade; quantity is signed, 0 leaves it closed."""
        body = await _object(request)
        account, symbol = self._account(body), str(body["symbol"])
        instrument = self.house.market.instrument(symbol)
        if instrument is None:
            return answer({"error": f"no instrument {symbol}"}, 404)
        quantity = _decimal(body, "quantity") or Decimal(0)
        price, now = _decimal(body, "average_open_price"), self.house.clock.now()
        place_stake(account, instrument, quantity, price, self.house.market, now)
        self.house.engine.news.position(account.number, symbol)
        self.house.engine.news.balance(account.number)
        view = position_view(account.number, account.positions[symbol], self.house.market)
        return answer({"position": view})

    async def assign(self, request: web.Request) -> web.Response:
        """Assign what is short, exercise what is long: all of an option that is held, or so many contracts."""
        body = await _object(request)
        account, symbol = self._account(body), str(body["symbol"])
        self.house.settlement.assign(account, symbol, _decimal(body, "quantity"))
        left = account.held(symbol)
        return answer({"account": account.number, "symbol": symbol, "quantity": str(left)})

    async def balance(self, request: web.Request) -> web.Response:
        """Set the cash; the difference is booked as a money movement."""
        body = await _object(request)
        account, cash = self._account(body), _decimal(body, "cash")
        if cash is None:
            raise ValueError("cash: a number")
        account.pay(cash - account.cash, self.house.clock.now(), "Set by the simulator's control")
        self.house.engine.news.balance(account.number)
        return answer({"account": account.number, "cash": str(account.cash)})

    async def order(self, request: web.Request) -> web.Response:
        """Place an order as if on the broker's own platform: the order's body plus `account`."""
        body = await _object(request)
        account = self._account(body)
        wanted = body.get("order", body)
        order = order_of(account.number, {"source": ELSEWHERE, **wanted})
        checks = Checks(account, self.house.market, self.house.clock.now())
        checks.run(order).raise_errors()
        self.house.engine.submit(order)
        return answer({"order": order_view(order)}, 201)

    async def fault(self, request: web.Request) -> web.Response:
        rule = self.gateway.faults.add(await _object(request))
        if rule.target in STREAMS:
            self.house.streamer.kick()
        return answer({"ok": True, "target": rule.target, "kind": rule.fault.kind})

    async def faults(self, _: web.Request) -> web.Response:
        return answer({"faults": self.gateway.faults.views()})

    async def clear(self, _: web.Request) -> web.Response:
        self.gateway.clear_faults()
        return answer({"ok": True})

    def _order(self, body: dict[str, Any]) -> Order:
        """Raises Refusal 404."""
        number = int(body["order_id"])
        order = next((one for one in self.house.all_orders() if one.id == number), None)
        if order is None:
            raise Refusal(404, "record_not_found", f"no order {number}")
        return order

    def _account(self, body: dict[str, Any]) -> Account:
        number = str(body.get("account", ""))
        if number not in self.house.accounts:
            raise ValueError(f"account: one of {', '.join(sorted(self.house.accounts))}")
        return self.house.accounts[number]


async def _object(request: web.Request) -> dict[str, Any]:
    body = await body_of(request)
    if not isinstance(body, dict):
        raise TypeError("the body must be a JSON object")
    return body


def _decimal(body: dict[str, Any], key: str) -> Decimal | None:
    raw = body.get(key)
    if raw is None:
        return None
    value = Decimal(str(raw))
    if not value.is_finite():
        raise ValueError(f"{key}: a finite number")
    return value
