"""One account's books: cash, positions, transactions, orders. It moves money by fills and asks nobody."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from senexsim.broker.accounts.fees import Fees, paid, signed
from senexsim.broker.accounts.prices import multiplier
from senexsim.broker.market.model import Instrument
from senexsim.broker.orders.model import ComplexOrder, Order
from senexsim.broker.wire import day, instant, money

ZERO = Decimal(0)
NEW_YORK = ZoneInfo("America/New_York")
_transaction_ids = itertools.count(31_000_001)


def trading_day(when: datetime) -> date:
    """The US trading day a moment belongs to (New York's date)."""
    return when.astimezone(NEW_YORK).date()


@dataclass
class Position:
    """Quantity is signed here: negative is short. Gains are in dollars, for `realized_on` only."""

    symbol: str
    instrument: Instrument
    created_at: datetime
    updated_at: datetime
    quantity: Decimal = ZERO
    average_open_price: Decimal = ZERO
    day_basis: Decimal = ZERO
    realized_today: Decimal = ZERO
    realized_day_gain: Decimal = ZERO
    realized_on: date | None = None

    @property
    def multiplier(self) -> int:
        return multiplier(self.instrument)

    def trade(self, change: Decimal, price: Decimal, when: datetime) -> Decimal:
        """Apply a signed trade; answers the dollars that it realized. A trade through zero closes at `price`
        and opens the rest there."""
        gain = ZERO
        today = trading_day(when)
        if self.realized_on != today:
            self.realized_on, self.realized_today, self.realized_day_gain = today, ZERO, ZERO
        if self.quantity * change >= 0:
            self._open(change, price)
        else:
            closed = min(abs(change), abs(self.quantity)).copy_sign(self.quantity)
            gain = (price - self.average_open_price) * closed * self.multiplier
            self.realized_today += gain
            self.realized_day_gain += (price - self.day_basis) * closed * self.multiplier
            left = self.quantity + change
            through = left * self.quantity < 0
            self.quantity -= closed
            if through:
                self._open(left, price)
        self.updated_at = when
        return gain

    def _open(self, change: Decimal, price: Decimal) -> None:
        total = self.quantity + change
        if not total:
            return
        self.average_open_price = (self.average_open_price * self.quantity + price * change) / total
        self.day_basis = (self.day_basis * self.quantity + price * change) / total
        self.quantity = total


@dataclass
class Account:
    """An account and everything in it; `owner` is the customer's name."""

    number: str
    owner: str
    nickname: str
    account_type: str
    is_margin: bool
    options_level: str
    opened_at: datetime
    cash: Decimal = ZERO
    positions: dict[str, Position] = field(default_factory=dict)
    transactions: list[dict[str, Any]] = field(default_factory=list)
    orders: dict[int, Order] = field(default_factory=dict)
    complex_orders: dict[int, ComplexOrder] = field(default_factory=dict)
    opening: dict[str, Any] = field(default_factory=dict)
    futures_enabled: bool = False

    def open_positions(self) -> Iterator[Position]:
        return (p for p in self.positions.values() if p.quantity)

    def held(self, symbol: str) -> Decimal:
        position = self.positions.get(symbol)
        return position.quantity if position else ZERO

    def position(self, instrument: Instrument, when: datetime) -> Position:
        """The position in that instrument, a new and empty one if there was none."""
        known = self.positions.get(instrument.symbol)
        if known is None:
            known = Position(instrument.symbol, instrument, when, when)
            self.positions[instrument.symbol] = known
        return known

    def book_fill(self, trade: Trade) -> None:
        """Move cash and position by one fill and write its transaction."""
        change = trade.quantity if trade.action.startswith("Buy") else -trade.quantity
        position = self.position(trade.instrument, trade.at)
        gain = position.trade(change, trade.price, trade.at)
        value = -change * trade.price * position.multiplier
        if trade.instrument.future is not None:  # no money changes hands but what was won or lost
            value = gain
        self.cash += value - trade.fees.total
        self.transactions.append(trade.transaction(self.number, value))

    def settle(self, position: Position, price: Decimal, when: datetime) -> None:
        """A future that ended: what it won or lost is paid at this price and nothing is held any more."""
        held = position.quantity
        gain = position.trade(-held, price, when)
        self.cash += gain
        told = f"Settled {held.normalize():f} {position.symbol} @ {price}"
        self._received(position.instrument, "Expiration", abs(held), None, gain, when, told)
        self.transactions[-1]["price"] = money(price)

    def deliver(
        self,
        position: Position,
        quantity: Decimal,
        word: str,
        shares: Instrument | None,
        price: Decimal,
        when: datetime,
    ) -> None:
        """So many contracts of an option leave, signed as they are held, and what they stand for comes.

        `word`: Assignment, Exercise or Expiration. With `shares` these change hands at the strike; without, `price` a
        share is paid in cash: what an index option is worth, zero for one that expires. A future comes at the strike with
        no money but what it closes.
        """
        terms = position.instrument.option
        assert terms is not None
        position.trade(-quantity, ZERO if shares is not None else price, when)
        cash = quantity * price * position.multiplier if shares is None else ZERO
        removal = {"Assignment": "assignment", "Exercise": "exercise"}.get(word, "expiration")
        self._received(
            position.instrument, word, abs(quantity), None, cash, when, f"Removal of option due to {removal}"
        )
        self.cash += cash
        if shares is None:
            return
        each = 1 if shares.future is not None else position.multiplier
        bought = quantity * each * (1 if terms.right == "C" else -1)
        held = self.held(shares.symbol)
        gone = self.position(shares, when)
        gain = gone.trade(bought, terms.strike, when)
        side, aim = ("Buy" if bought > 0 else "Sell"), ("Close" if held * bought < 0 else "Open")
        value = gain if shares.future is not None else -bought * terms.strike
        self.cash += value
        told = f"{side} to {aim} {abs(bought).normalize():f} {shares.symbol} @ {terms.strike:.2f}"
        self._received(shares, f"{side} to {aim}", abs(bought), terms.strike, value, when, told)

    def _received(
        self,
        instrument: Instrument,
        word: str,
        quantity: Decimal,
        price: Decimal | None,
        value: Decimal,
        when: datetime,
        description: str,
    ) -> None:
        action = {} if price is None else {"action": word, "price": money(price)}
        self.transactions.append(
            {
                "id": next(_transaction_ids),
                "account-number": self.number,
                "symbol": instrument.symbol,
                "instrument-type": instrument.kind,
                "underlying-symbol": instrument.underlying_symbol,
                "transaction-type": "Receive Deliver",
                "transaction-sub-type": word,
                "description": description,
                **action,
                "quantity": money(quantity),
                "executed-at": instant(when),
                "transaction-date": day(trading_day(when)),
                **signed("value", value),
                **signed("net-value", value),
                "is-estimated-fee": True,
            }
        )

    def pay(
        self, amount: Decimal, when: datetime, description: str, *, dividend_of: Instrument | None = None
    ) -> None:
        """A money movement: a deposit when positive, a withdrawal when negative; or the dividend of a share."""
        self.cash += amount
        word, about = "Deposit" if amount >= 0 else "Withdrawal", dict[str, str]()
        if dividend_of is not None:
            word = "Dividend"
            about = {"symbol": dividend_of.symbol, "instrument-type": dividend_of.kind}
            about["underlying-symbol"] = dividend_of.underlying_symbol
        self.transactions.append(
            {
                "id": next(_transaction_ids),
                "account-number": self.number,
                **about,
                "transaction-type": "Money Movement",
                "transaction-sub-type": word,
                "description": description,
                "executed-at": instant(when),
                "transaction-date": day(trading_day(when)),
                **signed("value", amount),
                **signed("net-value", amount),
                "is-estimated-fee": True,
            }
        )


@dataclass(frozen=True)
class Trade:
    """One fill as the books see it."""

    instrument: Instrument
    action: str
    quantity: Decimal
    price: Decimal
    fees: Fees
    at: datetime
    order_id: int
    fill_id: str
    exec_id: str
    group_id: str
    venue: str
    legs: int

    def transaction(self, account: str, value: Decimal) -> dict[str, Any]:
        verb = "Bought" if self.action.startswith("Buy") else "Sold"
        net = value - self.fees.total
        return {
            "id": next(_transaction_ids),
            "account-number": account,
            "symbol": self.instrument.symbol,
            "instrument-type": self.instrument.kind,
            "underlying-symbol": self.instrument.underlying_symbol,
            "transaction-type": "Trade",
            "transaction-sub-type": self.action,
            "description": f"{verb} {self.quantity.normalize():f} {self.instrument.symbol} @ {self.price}",
            "action": self.action,
            "quantity": money(self.quantity),
            "price": money(self.price),
            "executed-at": instant(self.at),
            "transaction-date": day(trading_day(self.at)),
            **signed("value", value),
            **paid("regulatory-fees", self.fees.regulatory),
            **paid("clearing-fees", self.fees.clearing),
            **signed("net-value", net),
            **paid("commission", self.fees.commission),
            **paid("proprietary-index-option-fees", ZERO),
            "is-estimated-fee": True,
            "ext-exchange-order-number": str(self.order_id),
            "ext-global-order-number": self.order_id,
            "ext-group-id": "0",
            "ext-group-fill-id": self.group_id,
            "ext-exec-id": self.exec_id,
            "exec-id": self.fill_id,
            "exchange": "SIM",
            "order-id": self.order_id,
            "exchange-affiliation-identifier": "",
            "leg-count": self.legs,
            "destination-venue": self.venue,
        }
