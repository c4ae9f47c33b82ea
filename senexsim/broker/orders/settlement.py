"""What happens to what is held: options assigned, exercised or expired, futures settled, dividends. No HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from senexsim.broker.accounts.book import Account, Position, trading_day
from senexsim.broker.accounts.prices import Prices, mark
from senexsim.broker.clock import SimClock
from senexsim.broker.market.catalog import BY_SYMBOL
from senexsim.broker.market.dividends import dividends
from senexsim.broker.market.model import Instrument
from senexsim.broker.market.trading_days import at
from senexsim.broker.orders.news import News

BELL = time(16)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Owed:
    """A dividend somebody will be paid, or will pay when negative."""

    day: date
    account: Account
    instrument: Instrument
    amount: Decimal


def _owed(account: Account, position: Position, after: date, until: date) -> Iterator[Owed]:
    """What went ex after the one day and not after the other on shares that are held."""
    listing = BY_SYMBOL.get(position.symbol) if position.instrument.is_share else None
    for dividend in dividends(listing, until) if listing is not None else ():
        if dividend.ex_day <= after:
            return
        amount = round(dividend.amount * position.quantity, 2)
        yield Owed(dividend.pay_day, account, position.instrument, amount)


class Settlement:
    """Looks at all accounts; `sweep` does what is due by the clock. `day` is the trading day it has seen."""

    def __init__(
        self, *, prices: Prices, clock: SimClock, accounts: Mapping[str, Account], news: News
    ) -> None:
        self._prices, self._clock, self._accounts, self._news = prices, clock, accounts, news
        self.day = trading_day(clock.now())
        self._owed: list[Owed] = []

    def sweep(self) -> None:
        """Futures end at their last mark; options at the bell of their day, in the money by a cent or for nothing.

        An index that settles in the morning is settled at the bell too. Futures are not delivered.
        """
        now = self._clock.now()
        self._dividends(now)
        for account in self._accounts.values():
            for position in list(account.open_positions()):
                future = position.instrument.future
                if future is not None and now >= future.stops_at:
                    account.settle(position, mark(self._prices, position.symbol), now)
                    self._told(account, position.symbol)
                elif self._expired(position, now):
                    self._expire(account, position, now)

    def _dividends(self, now: datetime) -> None:
        """Whoever holds a share as its ex-day begins is paid on the pay day; whoever is short pays."""
        today = trading_day(now)
        if today > self.day:
            for account in self._accounts.values():
                self._owed += [
                    o
                    for position in account.open_positions()
                    for o in _owed(account, position, self.day, today)
                ]
        self.day = today
        due = [owed for owed in self._owed if owed.day <= today]
        self._owed = [owed for owed in self._owed if owed.day > today]
        for owed in due:
            owed.account.pay(owed.amount, now, owed.instrument.description, dividend_of=owed.instrument)
            self._news.balance(owed.account.number)

    def assign(self, account: Account, symbol: str, quantity: Decimal | None = None) -> Position:
        """What is short is assigned, what is long exercised, all of it or so many contracts.

        Raises ValueError in words for what is no option, not held or held in less.
        """
        position = account.positions.get(symbol)
        if position is None or not position.quantity or position.instrument.option is None:
            raise ValueError(f"{account.number} holds no option {symbol}")
        if quantity is not None and not 0 < quantity <= abs(position.quantity):
            raise ValueError(f"quantity: above 0, at most {abs(position.quantity).normalize():f}")
        count = abs(position.quantity) if quantity is None else quantity
        self._deliver(account, position, count.copy_sign(position.quantity), self._clock.now())
        return position

    @staticmethod
    def _expired(position: Position, now: datetime) -> bool:
        if position.instrument.on_future is not None:
            return now >= position.instrument.on_future.expires_at
        terms = position.instrument.option
        return terms is not None and now >= at(terms.expiration, BELL)

    def _worth(self, position: Position) -> Decimal:
        """What one share of the option is worth if it is exercised now, at least zero."""
        terms = position.instrument.option
        assert terms is not None
        gain = mark(self._prices, terms.underlying) - terms.strike
        return max(gain if terms.right == "C" else -gain, Decimal(0))

    def _expire(self, account: Account, position: Position, now: datetime) -> None:
        if self._worth(position) >= CENT:
            self._deliver(account, position, position.quantity, now)
            return
        account.deliver(position, position.quantity, "Expiration", None, Decimal(0), now)
        self._told(account, position.symbol)

    def _deliver(self, account: Account, position: Position, quantity: Decimal, now: datetime) -> None:
        terms = position.instrument.option
        assert terms is not None
        word = "Assignment" if quantity < 0 else "Exercise"
        under = self._prices.instrument(terms.underlying)
        ended = under is None or (under.future is not None and not under.future.active)
        if under is None or ended or under.is_index:
            account.deliver(position, quantity, word, None, self._worth(position), now)
        else:
            account.deliver(position, quantity, word, under, Decimal(0), now)
            self._news.position(account.number, under.symbol)
        self._told(account, position.symbol)

    def _told(self, account: Account, symbol: str) -> None:
        self._news.position(account.number, symbol)
        self._news.balance(account.number)
