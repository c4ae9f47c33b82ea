"""One backtest, day by day at the close. Pure: prices come in, trials and figures come out; no clock, no wire.

Options are valued by the simulator's own model on each day's close, so a result tells what this market would have
done, not what any real one did. There are no commissions and no early exercise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from senexsim.broker.backtest.request import LegWish, Wish
from senexsim.broker.market.trading_days import is_trading_day, previous_trading_day

CONTRACT = 100


class Prices(Protocol):
    """What an option is worth on a day of the past; `days` are calendar days to its expiration."""

    def value(self, spot: float, strike: float, days: int, right: str) -> float: ...
    def delta(self, spot: float, strike: float, days: int, right: str) -> float: ...
    def strikes(self) -> tuple[float, ...]: ...


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    close: float
    vix: float


@dataclass(frozen=True, slots=True)
class Held:
    """One leg of a trial; shares have no expiration."""

    sign: int
    quantity: int
    right: str
    strike: float
    expires: date | None

    def worth(self, prices: Prices, today: Day) -> float:
        """Dollars, signed: what closing it brings."""
        if self.expires is None:
            return self.sign * self.quantity * today.close
        days = max((self.expires - today.day).days, 0)
        return self.sign * self.quantity * CONTRACT * prices.value(today.close, self.strike, days, self.right)


@dataclass(slots=True)
class Trial:
    opened: date
    legs: tuple[Held, ...]
    paid: float  # dollars, signed: what opening it cost
    premium: float  # of the options alone, unsigned
    requirement: float
    closed: date | None = None
    profit: float = 0.0
    reason: str = ""

    @property
    def expires(self) -> date | None:
        return min((leg.expires for leg in self.legs if leg.expires is not None), default=None)


@dataclass(slots=True)
class Run:
    """A backtest under way; `steps` moves it on by one day at a time."""

    wish: Wish
    days: list[Day]
    prices: Prices
    open: list[Trial] = field(default_factory=list)
    done: list[Trial] = field(default_factory=list)
    snapshots: list[tuple[date, float, float]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def steps(self) -> Iterator[float]:
        """Yields the share of days that are done."""
        for index, today in enumerate(self.days, 1):
            self._leave(today)
            self._enter(today)
            running = sum(trial.profit for trial in self.done) + sum(
                self._profit(t, today) for t in self.open
            )
            self.snapshots.append((today.day, running, today.close))
            yield index / len(self.days)
        if self.days:
            for trial in list(self.open):
                self._close(trial, self.days[-1], "end of the backtest")

    def _profit(self, trial: Trial, today: Day) -> float:
        return sum(leg.worth(self.prices, today) for leg in trial.legs) - trial.paid

    def _close(self, trial: Trial, today: Day, reason: str) -> None:
        trial.closed, trial.profit, trial.reason = today.day, self._profit(trial, today), reason
        self.open.remove(trial)
        self.done.append(trial)
        self.log.append(f"{today.day} closed, {reason}: {trial.profit:.2f}")

    # -- leaving ----------------------------------------------------------------------------------------

    def _leave(self, today: Day) -> None:
        for trial in list(self.open):
            reason = self._why_leave(trial, today)
            if reason:
                self._close(trial, today, reason)

    def _why_leave(self, trial: Trial, today: Day) -> str:
        rules, profit = self.wish.exit, self._profit(trial, today)
        left = (trial.expires - today.day).days if trial.expires is not None else None
        if left is not None and left <= 0:
            return "expiration"
        if rules.profit is not None and trial.premium and profit >= trial.premium * rules.profit / 100:
            return "take profit"
        if rules.loss is not None and trial.premium and -profit >= trial.premium * rules.loss / 100:
            return "stop loss"
        if rules.after_days is not None and (today.day - trial.opened).days >= rules.after_days:
            return "days in trade"
        if rules.at_days is not None and left is not None and left <= rules.at_days:
            return "days to expiration"
        outside = (rules.low_vix is not None and today.vix < rules.low_vix) or (
            rules.high_vix is not None and today.vix > rules.high_vix
        )
        return "VIX" if outside else ""

    # -- entering ---------------------------------------------------------------------------------------

    def _enter(self, today: Day) -> None:
        rules = self.wish.entry
        if today.day.isoweekday() not in rules.weekdays or today.day == self.days[-1].day:
            return
        if (rules.low_vix is not None and today.vix < rules.low_vix) or (
            rules.high_vix is not None and today.vix > rules.high_vix
        ):
            return
        if rules.most is not None and len(self.open) >= rules.most:
            if not rules.close_oldest:
                return
            self._close(self.open[0], today, "the oldest made room")
        legs = tuple(self._leg(wish, today) for wish in self.wish.legs)
        if any(leg is None for leg in legs):
            self.log.append(f"{today.day} no entry: no such expiration")
            return
        held = tuple(leg for leg in legs if leg is not None)
        paid = sum(leg.worth(self.prices, today) for leg in held)
        premium = abs(sum(leg.worth(self.prices, today) for leg in held if leg.expires is not None))
        self.open.append(Trial(today.day, held, paid, premium, requirement(held, today, paid)))
        self.log.append(f"{today.day} opened for {paid:.2f}")

    def _leg(self, wish: LegWish, today: Day) -> Held | None:
        if not wish.is_option:
            return Held(wish.sign, wish.quantity, "", 0.0, None)
        expires = expiration(today.day, wish.days, exact=self.wish.entry.exact_days)
        if expires is None:
            return None
        days = (expires - today.day).days
        return Held(wish.sign, wish.quantity, wish.right, self._strike(wish, today.close, days), expires)

    def _strike(self, wish: LegWish, spot: float, days: int) -> float:
        """The listed strike that comes nearest to what was asked for."""
        out = 1 if wish.right == "C" else -1
        match wish.selection:
            case "percentageOTM":
                aim = spot * (1 + out * wish.level / 100)
            case "currentPriceOffset":
                aim = spot + wish.level
            case "premium":
                return min(
                    self.prices.strikes(),
                    key=lambda s: abs(self.prices.value(spot, s, days, wish.right) - wish.level),
                )
            case _:
                return min(
                    self.prices.strikes(),
                    key=lambda s: abs(abs(self.prices.delta(spot, s, days, wish.right)) * 100 - wish.level),
                )
        return min(self.prices.strikes(), key=lambda s: abs(s - aim))


def expiration(today: date, days: int, *, exact: bool) -> date | None:
    """The Friday (or the day before a holiday) nearest to so many days ahead; exact: that very day or none."""
    aim = today + timedelta(days=days)
    if exact:
        return aim if is_trading_day(aim) else None
    friday = aim + timedelta(days=(4 - aim.weekday() + 3) % 7 - 3)
    found = friday if is_trading_day(friday) else previous_trading_day(friday)
    return found if found >= today else found + timedelta(days=7)


def requirement(legs: tuple[Held, ...], today: Day, paid: float) -> float:
    """Dollars bound by a trial: what it cost, half of shares, and the greatest gap or a fifth of short options."""
    shares = sum(leg.sign * leg.quantity for leg in legs if leg.expires is None)
    total = abs(shares) * today.close / 2
    sides = []
    for right in "CP":
        shorts = [leg for leg in legs if leg.right == right and leg.sign < 0]
        longs = [leg for leg in legs if leg.right == right and leg.sign > 0]
        cover = max(shares if right == "C" else -shares, 0) // CONTRACT
        need = 0.0
        for short in shorts:
            bare = max(short.quantity - cover, 0)
            cover = max(cover - short.quantity, 0)
            gaps = [(long.strike - short.strike) * (1 if right == "C" else -1) for long in longs]
            naked = 0.2 * today.close
            need += bare * CONTRACT * (max(min(gaps), 0.0) if gaps else naked)
        sides.append(need)
    options = paid - shares * today.close
    return (
        total
        + (max(sides) if any(leg.sign > 0 and leg.right for leg in legs) else sum(sides))
        + max(options, 0.0)
    )


def statistics(run: Run) -> dict[str, float]:
    """The figures, under plain English names. Percentages are 0 to 100, money in dollars."""
    profits = [trial.profit for trial in run.done]
    count = len(profits)
    if not count:
        return {"Number of trades": 0}
    wins = sum(profit > 0 for profit in profits)
    peak = worst = 0.0
    for _, value, _ in run.snapshots:
        peak = max(peak, value)
        worst = max(worst, peak - value)
    bound = sum(trial.requirement for trial in run.done) / count
    total = sum(profits)
    days = sum((trial.closed - trial.opened).days for trial in run.done if trial.closed is not None)
    found = {
        "Number of trades": count,
        "Win percentage": wins / count * 100,
        "Loss percentage": (count - wins) / count * 100,
        "Total profit/loss": total,
        "Avg. profit/loss per trade": total / count,
        "Highest profit": max(profits),
        "Highest loss": min(profits),
        "Max drawdown": worst,
        "Avg. BPR per trade": bound,
        "Avg. return on BPR": total / count / bound * 100 if bound else 0.0,
        "Avg. days in trade": days / count,
    }
    return {name: round(value, 4) for name, value in found.items()}
