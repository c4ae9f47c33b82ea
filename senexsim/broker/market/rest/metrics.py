"""`/market-metrics`: volatility, liquidity, earnings and dividends of a listing. No envelope context here."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from zlib import crc32

from aiohttp import web

from senexsim.broker import wire
from senexsim.broker.market import chains
from senexsim.broker.market.catalog import Listing
from senexsim.broker.market.dividends import (
    dividend_of,
    dividends,
    earnings,
    earnings_per_share,
    next_dividend,
)
from senexsim.broker.market.exchange import Market
from senexsim.broker.market.figures import realised_volatility
from senexsim.broker.market.rest.market_data import zulu
from senexsim.broker.market.rest.query import day, listed
from senexsim.broker.market.trading_days import new_york_date

_EVENTS = "/market-metrics/historic-corporate-events"


def _fraction(value: float) -> str:
    return f"{value:.9f}"


class MetricRoutes:
    """Figures of one market's listings."""

    def __init__(self, market: Market) -> None:
        self._market = market

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/market-metrics", self.metrics),
            web.get(f"{_EVENTS}/dividends/{{symbol:.+}}", self.dividends),
            web.get(f"{_EVENTS}/earnings-reports/{{symbol:.+}}", self.earnings),
        ]

    async def metrics(self, request: web.Request) -> web.Response:
        """By `symbols`, comma separated; unknown ones are left out."""
        asked = listed(request, "symbols")
        if not asked:
            raise wire.invalid("symbols", "is missing")
        found = (self._market.listing(symbol) for symbol in asked[:500])
        return wire.items([self._row(listing) for listing in found if listing is not None], None)

    async def dividends(self, request: web.Request) -> web.Response:
        listing = self._listing(request)
        paid = dividends(listing, new_york_date(self._market.clock.now()))
        rows = [{"occurred-date": wire.day(one.ex_day), "amount": wire.money(one.amount)} for one in paid]
        return wire.items(rows, None)

    async def earnings(self, request: web.Request) -> web.Response:
        """Needs `start-date`; reports up to `end-date` or today, oldest first."""
        listing = self._listing(request)
        start = day(request, "start-date")
        if start is None:
            raise wire.invalid("start-date", "is missing")
        today = new_york_date(self._market.clock.now())
        end = min(day(request, "end-date") or today, today)
        reports = earnings(listing, max(start.year - 1, 1990), today.year)
        rows = [
            {"occurred-date": wire.day(one.quarter_end), "eps": wire.money(one.eps)}
            for one in reports
            if one.quarter_end >= start and one.report_day <= end
        ]
        return wire.items(rows, None)

    def _listing(self, request: web.Request) -> Listing:
        listing = self._market.listing(request.match_info["symbol"])
        if listing is None:
            raise wire.not_found()
        return listing

    def _row(self, listing: Listing) -> dict[str, Any]:
        now = zulu(self._market.clock.now())
        row: dict[str, Any] = {"symbol": listing.symbol}
        row |= self._volatility(listing, now)
        row |= self._liquidity(listing, now)
        row |= {
            "updated-at": now,
            "beta": _fraction(listing.beta),
            "beta-updated-at": now,
            "corr-spy-3month": f"{max(-0.95, min(0.95, listing.beta * 0.155 / listing.volatility)):.2f}",
            "listed-market": listing.market,
            "lendability": "Easy To Borrow",
            "borrow-rate": "0.0",
            "market-cap": int(listing.shares * float(self._market.books[listing.symbol].visible[2])),
            "sector": listing.sector,
            "industry": listing.industry,
        }
        return row | self._dividend(listing, now) | self._earnings(listing, now)

    def _volatility(self, listing: Listing, now: str) -> dict[str, Any]:
        surface = self._market.desk.surface(listing)
        month = surface.at_the_money(30 / 365)
        spot = self._market.clock.now()
        noise = crc32(f"{self._market.seed}:{listing.symbol}:iv".encode())
        rank, percentile = noise % 1000 / 1000, noise // 1000 % 1000 / 1000
        realised = {days: realised_volatility(self._market, listing, days) * 100 for days in (30, 60, 90)}
        expirations = [e for root in chains.roots(listing) for e in chains.expirations(listing, root, spot)]
        return {
            "implied-volatility-index": _fraction(month),
            "implied-volatility-index-15-day": _fraction(surface.at_the_money(15 / 365)),
            "implied-volatility-index-5-day-change": _fraction((noise % 41 - 20) / 2000),
            "implied-volatility-index-rank": _fraction(rank),
            "tos-implied-volatility-index-rank": _fraction(rank),
            "tw-implied-volatility-index-rank": _fraction(max(rank - 0.05, 0.0)),
            "tos-implied-volatility-index-rank-updated-at": now,
            "implied-volatility-index-rank-source": "tos",
            "implied-volatility-percentile": _fraction(percentile),
            "implied-volatility-updated-at": now,
            "option-expiration-implied-volatilities": [
                {
                    "expiration-date": wire.day(expiration.day),
                    "option-chain-type": "Standard",
                    "settlement-type": expiration.settlement,
                    "implied-volatility": _fraction(surface.at_the_money(chains.years_to(expiration, spot))),
                }
                for expiration in expirations
            ],
            "implied-volatility-30-day": f"{month * 100:.2f}",
            **{f"historical-volatility-{days}-day": f"{value:.2f}" for days, value in realised.items()},
            "iv-hv-30-day-difference": f"{month * 100 - realised[30]:.2f}",
        }

    def _liquidity(self, listing: Listing, now: str) -> dict[str, Any]:
        value = listing.volume * listing.price / 130_000
        start = zulu(self._market.clock.now() - timedelta(days=2))
        return {
            "liquidity-value": _fraction(value),
            "liquidity-rank": _fraction(min(value / 200_000, 1.2)),
            "liquidity-rating": 4 if value > 10_000 else 3 if value > 2_000 else 2,
            "liquidity-running-state": {
                "sum": _fraction(value * 9),
                "count": 9,
                "started-at": start,
                "updated-at": now,
            },
        }

    def _dividend(self, listing: Listing, now: str) -> dict[str, Any]:
        today = new_york_date(self._market.clock.now())
        last, coming = dividend_of(listing, today), next_dividend(listing, today)
        if last is None:
            return {}
        row = {
            "dividend-rate-per-share": wire.money(last.amount),
            "annual-dividend-per-share": wire.money(last.amount * last.per_year),
            "dividend-yield": _fraction(listing.dividend_yield),
            "dividend-ex-date": wire.day(last.ex_day),
            "dividend-pay-date": wire.day(last.pay_day),
            "dividend-updated-at": now,
        }
        return row if coming is None else row | {"dividend-next-date": wire.day(coming.ex_day)}

    def _earnings(self, listing: Listing, now: str) -> dict[str, Any]:
        today = new_york_date(self._market.clock.now())
        reports = earnings(listing, today.year - 1, today.year + 1)
        if not reports:
            return {}
        coming = next(report for report in reports if report.report_day >= today)
        last = [report for report in reports if report.report_day < today][-1]
        per_share = Decimal(str(earnings_per_share(listing)))
        price = self._market.books[listing.symbol].visible[2]
        return {
            "earnings": {
                "visible": True,
                "expected-report-date": wire.day(coming.report_day),
                "estimated": True,
                "late-flag": 0,
                "time-of-day": "BTO" if coming.before_open else "AMC",
                "quarter-end-date": wire.day(coming.quarter_end),
                "actual-eps": wire.money(last.eps),
                "consensus-estimate": wire.money(coming.eps),
                "updated-at": now,
            },
            "price-earnings-ratio": f"{price / per_share:.5f}",
            "earnings-per-share": f"{per_share:.5f}",
        }
