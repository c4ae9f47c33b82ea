"""`/market-time`: sessions, holidays and half days. The simulated session is open unless it was told to close."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from aiohttp import web

from senexsim.broker import wire
from senexsim.broker.market.exchange import Market
from senexsim.broker.market.rest.query import context, day, listed
from senexsim.broker.market.trading_days import (
    Session,
    at,
    half_days,
    holidays,
    is_trading_day,
    new_york_date,
    next_trading_day,
    previous_trading_day,
    session,
)

EQUITY: Final = "Equity"
FUTURES: Final = ("CME", "CFE", "Smalls")
LONGEST: Final = timedelta(days=9 * 31)


def futures_session(day: date) -> Session:
    """18:00 in New York on the evening before until 17:00."""
    opened = at(day - timedelta(days=1), time(18))
    return Session(day, opened, opened, at(day, time(17)), at(day, time(17)))


def _session(collection: str, day: date) -> Session:
    return session(day) if collection == EQUITY else futures_session(day)


def session_row(times: Session, collection: str) -> dict[str, str]:
    """One session's times."""
    return {
        "close-at": wire.instant(times.close),
        "close-at-ext": wire.instant(times.close_extended),
        "instrument-collection": collection,
        "open-at": wire.instant(times.open),
        "session-date": wire.day(times.day),
        "start-at": wire.instant(times.start),
    }


class SessionRoutes:
    """The sessions of one market."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/market-time/sessions/current", self.current_of_several),
            web.get("/market-time/sessions", self.span),
            web.get("/market-time/equities/sessions/current", self.current),
            web.get("/market-time/equities/sessions/{which:next|previous}", self.neighbour),
            web.get("/market-time/equities/holidays", self.holidays),
            web.get("/market-time/futures/sessions/current/{collection}", self.current),
            web.get("/market-time/futures/sessions/{which:next|previous}/{collection}", self.neighbour),
            web.get("/market-time/futures/holidays/{collection}", self.holidays),
        ]

    async def current_of_several(self, request: web.Request) -> web.Response:
        """By `instrument-collections[]`; Equity when none is asked for."""
        asked = listed(request, "instrument-collections") or [EQUITY]
        if not all(collection in {EQUITY, *FUTURES} for collection in asked):
            raise wire.invalid("instrument-collections", "does not have a valid value")
        return wire.items([self._current(collection) for collection in asked], context(request))

    async def current(self, request: web.Request) -> web.Response:
        return wire.ok(self._current(self._collection(request)), context(request))

    async def neighbour(self, request: web.Request) -> web.Response:
        """The session before or after `date` (today)."""
        around = day(request, "date") or new_york_date(self._market.clock.now())
        step = next_trading_day if request.match_info["which"] == "next" else previous_trading_day
        collection = self._collection(request)
        return wire.ok(session_row(_session(collection, step(around)), collection), context(request))

    async def span(self, request: web.Request) -> web.Response:
        """Every session from `from-date` to `to-date`, at most nine months."""
        first, last = day(request, "from-date"), day(request, "to-date")
        collection = request.query.get("instrument-collection", EQUITY)
        if first is None or last is None:
            raise wire.invalid("from-date" if first is None else "to-date", "is missing")
        if last < first or last - first > LONGEST:
            raise wire.invalid("to-date", "must be within nine months after from-date")
        if collection not in {EQUITY, *FUTURES}:
            raise wire.invalid("instrument-collection", "does not have a valid value")
        days = (first + timedelta(days=ahead) for ahead in range((last - first).days + 1))
        rows = [session_row(_session(collection, one), collection) for one in days if is_trading_day(one)]
        return wire.items(rows, context(request))

    async def holidays(self, request: web.Request) -> web.Response:
        """Last year's to next year's."""
        self._collection(request)
        year = new_york_date(self._market.clock.now()).year
        years = range(year - 1, year + 2)
        data = {
            "market-half-days": sorted(wire.day(one) for each in years for one in half_days(each)),
            "market-holidays": sorted(wire.day(one) for each in years for one in holidays(each)),
        }
        return wire.ok(data, context(request))

    def _collection(self, request: web.Request) -> str:
        collection = request.match_info.get("collection", EQUITY)
        if collection not in {EQUITY, *FUTURES}:
            raise wire.not_found()
        return collection

    def _current(self, collection: str) -> dict[str, Any]:
        now = self._market.clock.now()
        times = self._times(collection, now)
        today = new_york_date(now)
        following = _session(collection, today)
        if not is_trading_day(today) or following.open <= now:
            following = _session(collection, next_trading_day(today))
        row: dict[str, Any] = session_row(times, collection)
        del row["session-date"]
        return row | {
            "state": self._market.session_state("Equity" if collection == EQUITY else "Future"),
            "next-session": session_row(following, collection),
            "previous-session": session_row(_session(collection, previous_trading_day(today)), collection),
        }

    def _times(self, collection: str, now: datetime) -> Session:
        """Today's times, bent so that they agree with the state: a session that never closes is a day long."""
        today = new_york_date(now)
        usual = _session(collection, today)
        closed_at = self._market.closed_at(EQUITY if collection == EQUITY else "Future")
        if closed_at is not None:
            return replace(usual, close=min(usual.close, max(closed_at, usual.open)))
        if is_trading_day(today) and usual.open <= now < usual.close:
            return usual
        midnight, end = at(today, time(0)), at(today + timedelta(days=1), time(0))
        return Session(today, midnight, midnight, end, end)
