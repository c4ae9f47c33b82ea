"""Prices of the past for backtests, and the backtests of each person while they run."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, Final

from senexsim.broker.backtest.engine import Day, Run, statistics
from senexsim.broker.backtest.request import Wish
from senexsim.broker.market import Market, chains, pricing
from senexsim.broker.market.catalog import LISTINGS, Listing
from senexsim.broker.market.model import Right
from senexsim.broker.market.option_desk import RATE
from senexsim.broker.market.trading_days import at
from senexsim.broker.wire import instant, invalid

KEPT: Final = 200
BREATH: Final = 5  # days between two looks at everything else
NOTICE: Final = "Priced by the simulator's own model on its own history, at the close, without commissions."


class PastPrices:
    """Option values of one listing on the market's volatility surface."""

    def __init__(self, market: Market, listing: Listing) -> None:
        self._listing, self._surface = listing, market.desk.surface(listing)
        self._strikes = tuple(float(strike) for strike in chains.strikes(listing))

    def terms(self, spot: float, strike: float, days: float, right: str) -> pricing.Terms:
        years = days / 365
        carry = self._listing.dividend_yield
        forward = spot * math.exp((RATE - carry) * years)
        volatility = self._surface.volatility(math.log(strike / forward), years)
        side: Right = "C" if right == "C" else "P"
        return pricing.Terms(
            spot, strike, years, RATE, carry, volatility, side, american=not self._listing.is_index
        )

    def value(self, spot: float, strike: float, days: int, right: str) -> float:
        return pricing.value(self.terms(spot, strike, days, right))

    def delta(self, spot: float, strike: float, days: int, right: str) -> float:
        return pricing.greeks(self.terms(spot, strike, days, right)).delta

    def strikes(self) -> tuple[float, ...]:
        return self._strikes


@dataclass
class Backtest:
    """One backtest of one person; `view` is what the API tells of it."""

    id: str
    owner: str
    body: dict[str, Any]
    created_at: datetime
    run: Run
    status: str = "pending"
    progress: float = 0.0
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    def view(self) -> dict[str, Any]:
        told = {
            **self.body,
            "id": self.id,
            "status": self.status,
            "createdAt": instant(self.created_at),
            "progress": round(self.progress, 4),
            "eta": 0,
        }
        if self.status != "completed":
            return told
        snapshots = [
            {"dateTime": instant(closing(day)), "profitLoss": round(value, 2), "underlyingPrice": price}
            for day, value, price in self.run.snapshots
        ]
        trials = [
            {
                "openDateTime": instant(closing(trial.opened)),
                "closeDateTime": instant(closing(trial.closed)),
                "profitLoss": round(trial.profit, 2),
            }
            for trial in self.run.done
            if trial.closed is not None
        ]
        results = {
            "snapshots": snapshots,
            "trials": trials,
            "statistics": statistics(self.run),
            "notices": [NOTICE],
        }
        return told | results


def closing(day: date) -> datetime:
    return at(day, time(16))


class BacktestDesk:
    """Everybody's backtests; the oldest are forgotten beyond two hundred."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._all: dict[str, Backtest] = {}
        self._ids = itertools.count(1)

    def listing(self, symbol: str) -> Listing:
        found = self._market.listing(symbol)
        if found is None or found.cycle == "none":
            raise invalid("symbol", "has no history of options here")
        return found

    def available(self) -> list[dict[str, str]]:
        """From and until when each symbol can be asked for."""
        found = []
        for listing in sorted(LISTINGS, key=lambda listing: listing.symbol):
            if listing.cycle != "none":
                days = self._market.history.days(listing)
                span = {"startDate": str(days[0][0]), "endDate": str(days[-1][0])}
                found.append({"symbol": listing.symbol, **span})
        return found

    def days(self, listing: Listing, start: date, end: date) -> list[Day]:
        vix = self._market.listing("VIX")
        assert vix is not None
        fear = {day: bar.close for day, bar in self._market.history.days(vix)}
        return [
            Day(day, bar.close, fear.get(day, 0.0))
            for day, bar in self._market.history.days(listing)
            if start <= day <= end
        ]

    def prices(self, listing: Listing) -> PastPrices:
        return PastPrices(self._market, listing)

    def start(self, owner: str, wish: Wish, body: dict[str, Any]) -> Backtest:
        """Begin to run it beside everything else. Raises the broker's refusal for a span without a day."""
        listing = self.listing(wish.symbol)
        days = self.days(listing, wish.start, wish.end)
        if not days:
            raise invalid("startDate", "there is no history in that span")
        while len(self._all) >= KEPT:
            self._all.pop(next(iter(self._all)))
        number = f"bt-{next(self._ids):06d}"
        made = Backtest(number, owner, body, self._market.clock.now(), Run(wish, days, self.prices(listing)))
        self._all[number] = made
        made.task = asyncio.get_running_loop().create_task(self._run(made))
        return made

    async def _run(self, backtest: Backtest) -> None:
        backtest.status = "running"
        for count, share in enumerate(backtest.run.steps()):
            backtest.progress = share
            if count % BREATH == 0:
                await asyncio.sleep(0)
        backtest.status = "completed"

    def of(self, owner: str) -> list[str]:
        return [number for number, backtest in self._all.items() if backtest.owner == owner]

    def find(self, owner: str, number: str) -> Backtest | None:
        found = self._all.get(number)
        return found if found is not None and found.owner == owner else None

    def cancel(self, backtest: Backtest) -> None:
        """End it where it stands; one that is done stays done."""
        if backtest.task is not None and backtest.status in {"pending", "running"}:
            backtest.task.cancel()
            backtest.status = "cancelled"

    async def close(self) -> None:
        tasks = [one.task for one in self._all.values() if one.task is not None]
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)


def moment(text: object, key: str) -> datetime:
    """An aware time. Raises the broker's refusal."""
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError:
        raise invalid(key, "does not have a valid value") from None
    return when if when.tzinfo else when.replace(tzinfo=UTC)
