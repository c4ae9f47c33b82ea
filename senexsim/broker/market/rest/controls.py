"""`/_sim/quote` and `/_sim/clock`: a test's hands on the market. Loopback is the server's business."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from aiohttp import web

from senexsim.broker import wire
from senexsim.broker.market.exchange import Market

_QUOTE_KEYS: Final = frozenset({"symbol", "bid", "ask", "last", "release"})
_HALT_KEYS: Final = frozenset({"symbol", "halted"})
_CLOCK_KEYS: Final = frozenset({"now", "advance_s", "speed", "session", "futures_session"})
MAX_PRICE: Final = Decimal(10) ** 9
MAX_ADVANCE: Final = Decimal(10) ** 9  # seconds


class Malformed(Exception):
    """A control that cannot be understood; `status` is the answer's."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message, self.status = message, status


class Controls:
    """The controls of one market."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/_sim/quote", self.quote),
            web.post("/_sim/halt", self.halt),
            web.post("/_sim/clock", self.clock),
        ]

    async def quote(self, request: web.Request) -> web.Response:
        """`{symbol, bid, ask, last?}` pins, `{symbol, release: true}` lets go; frames are out before it answers."""
        try:
            return await self._quote(await _body(request, _QUOTE_KEYS))
        except Malformed as fault:
            return wire.answer({"error": fault.message}, fault.status)

    async def _quote(self, body: dict[str, Any]) -> web.Response:
        symbol = body.get("symbol")
        if not isinstance(symbol, str) or not symbol:
            raise Malformed("symbol: a tastytrade symbol is needed")
        if self._market.instrument(symbol) is None:
            raise Malformed(f"symbol: nothing is listed as {symbol[:40]!r}", 404)
        if "release" in body:
            if body["release"] is not True or len(body) > 2:
                raise Malformed("release: true, with the symbol alone")
            await self._market.release(symbol)
        else:
            bid, ask = _price(body, "bid"), _price(body, "ask")
            last = _price(body, "last") if body.get("last") is not None else None
            await self._market.pin(symbol, bid, ask, last)
        return wire.answer({"ok": True, "quote": self._shown(symbol)})

    def _shown(self, symbol: str) -> dict[str, str]:
        quote = self._market.quote(symbol)
        assert quote is not None
        prices = {"bid": quote.bid, "ask": quote.ask, "last": quote.last}
        return {"symbol": symbol} | {name: wire.money(price) for name, price in prices.items()}

    async def halt(self, request: web.Request) -> web.Response:
        """`{symbol, halted}`: trading in a share or an index stops, its options with it, until `halted` is false."""
        try:
            body = await _body(request, _HALT_KEYS)
            symbol, halted = body.get("symbol"), body.get("halted")
            if not isinstance(halted, bool):
                raise Malformed("halted: true or false")
            if not isinstance(symbol, str) or symbol not in self._market.books:
                raise Malformed(f"symbol: no share or index is listed as {str(symbol)[:40]!r}", 404)
        except Malformed as fault:
            return wire.answer({"error": fault.message}, fault.status)
        self._market.halt(symbol, halted=halted)
        return wire.answer({"ok": True, "symbol": symbol, "halted": halted})

    async def clock(self, request: web.Request) -> web.Response:
        """`{now}` an ISO time with its zone, `{advance_s}` seconds, `{speed}` market seconds a real one, `{session}` open or closed, and with
        `{futures_session}` another one for futures alone (until `session` is said again)."""
        try:
            return self._clock(await _body(request, _CLOCK_KEYS))
        except Malformed as fault:
            return wire.answer({"error": fault.message}, fault.status)

    def _clock(self, body: dict[str, Any]) -> web.Response:
        if not body:
            raise Malformed("one of now, advance_s, speed, session is needed")
        if "now" in body and "advance_s" in body:
            raise Malformed("now and advance_s exclude each other")
        session = body.get("session", "open")
        if session not in ("open", "closed"):
            raise Malformed("session: open or closed")
        if body.get("futures_session", "open") not in ("open", "closed"):
            raise Malformed("futures_session: open or closed")
        moved = _moment(body["now"]) if "now" in body else None
        seconds = _seconds(body["advance_s"]) if "advance_s" in body else None
        clock = self._market.clock
        if "speed" in body:
            clock.speed = _speed(body["speed"])
        try:
            if moved is not None:
                clock.set(moved)
            if seconds is not None:
                clock.advance(seconds)
        except OverflowError:
            raise Malformed("the clock cannot go there") from None
        if "session" in body:
            self._market.set_session(session)
        if "futures_session" in body:
            self._market.set_futures_session(body["futures_session"])
        self._market.clock_moved()
        state = self._market.session_state()
        told = {"now": wire.instant(clock.now()), "session": state.lower(), "speed": clock.speed}
        return wire.answer({"ok": True, **told})


async def _body(request: web.Request, keys: frozenset[str]) -> dict[str, Any]:
    try:
        body = json.loads(await request.read(), parse_float=Decimal, parse_constant=str)
    except ValueError:
        raise Malformed("the body is not valid JSON") from None
    if not isinstance(body, dict):
        raise Malformed("the body is not an object")
    if unknown := set(body) - keys:
        raise Malformed(f"unknown keys: {', '.join(sorted(unknown))[:100]}")
    return body


def _price(body: dict[str, Any], key: str) -> Decimal:
    found = body.get(key)
    if found is None or isinstance(found, bool) or not isinstance(found, int | str | Decimal):
        raise Malformed(f"{key}: a price is needed")
    try:
        price = Decimal(found)
    except InvalidOperation:
        raise Malformed(f"{key}: {str(found)[:40]!r} is not a number") from None
    if not price.is_finite() or abs(price) > MAX_PRICE:
        raise Malformed(f"{key}: {str(found)[:40]!r} is not a possible price")
    return price


def _seconds(found: Any) -> float:
    if isinstance(found, bool) or not isinstance(found, int | Decimal):
        raise Malformed("advance_s: a number of seconds is needed")
    if not abs(Decimal(found)) <= MAX_ADVANCE:
        raise Malformed(f"advance_s: at most {MAX_ADVANCE} seconds")
    return float(found)


def _speed(found: Any) -> float:
    if isinstance(found, bool) or not isinstance(found, int | Decimal) or not 0.001 <= found <= 1000:
        raise Malformed("speed: a number from 0.001 to 1000")
    return float(found)


def _moment(found: Any) -> datetime:
    try:
        when = datetime.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        when = None
    if when is None or when.tzinfo is None:
        raise Malformed("now: an ISO 8601 time with its zone is needed")
    if not 2000 <= when.year <= 2090:
        raise Malformed("now: a year from 2000 to 2090 is needed")
    return when.astimezone(UTC)
