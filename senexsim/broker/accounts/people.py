"""The simulated broker's customers and how their accounts stand at the start. Invented people only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from senexsim.broker.accounts.balances import balance_view
from senexsim.broker.accounts.book import Account, trading_day
from senexsim.broker.accounts.prices import AtPreviousClose, Prices, mark
from senexsim.broker.market.model import Instrument

OPENED = datetime(2024, 3, 4, 15, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Stake:
    """A starting position: signed shares of `symbol`, or signed contracts some percent off the spot."""

    symbol: str
    quantity: int
    right: Literal["C", "P"] | None = None
    off_percent: int = 0


@dataclass(frozen=True)
class Opening:
    """How one account starts."""

    number: str
    nickname: str
    account_type: str
    is_margin: bool
    options_level: str
    cash: int
    stakes: tuple[Stake, ...] = ()
    futures: bool = False


@dataclass
class Customer:
    """A person with accounts."""

    name: str
    user_name: str
    openings: tuple[Opening, ...]
    accounts: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.accounts = [opening.number for opening in self.openings]

    @property
    def external_id(self) -> str:
        return f"U{hashlib.sha256(self.name.encode()).hexdigest()[:12]}"


def customers() -> list[Customer]:
    """Two funded customers, the first with two accounts, and one whose account is empty."""
    shares = (Stake("AAPL", 300), Stake("SPY", 120), Stake("AAPL", -2, "C", 5), Stake("SPY", 3, "P", -4))
    return [
        Customer(
            "Dana Whitfield",
            "dana.whitfield",
            (
                Opening(
                    "5WT00001", "Main", "Individual", True, "No Restrictions", 100_000, shares, futures=True
                ),
                Opening(
                    "5WT00002",
                    "Retirement",
                    "Roth IRA",
                    False,
                    "Covered And Cash Secured",
                    40_000,
                    (Stake("MSFT", 40),),
                ),
            ),
        ),
        Customer(
            "Marco Bellini",
            "marco.bellini",
            (
                Opening(
                    "5WT00003",
                    "Trading",
                    "Individual",
                    True,
                    "No Restrictions",
                    250_000,
                    (Stake("NVDA", 200), Stake("QQQ", -50)),
                    futures=True,
                ),
            ),
        ),
        Customer(
            "Ines Okafor",
            "ines.okafor",
            (Opening("5WT00004", "New", "Individual", True, "Defined Risk Spreads", 0),),
        ),
    ]


def open_account(opening: Opening, owner: Customer, prices: Prices, now: datetime) -> Account:
    """An account with its starting cash and positions, bought a little away from today's price."""
    account = Account(
        number=opening.number,
        owner=owner.name,
        nickname=opening.nickname,
        account_type=opening.account_type,
        is_margin=opening.is_margin,
        options_level=opening.options_level,
        opened_at=OPENED,
        futures_enabled=opening.futures,
    )
    if opening.cash:
        account.pay(Decimal(opening.cash), now - timedelta(days=30), "ACH deposit")
    for stake in opening.stakes:
        instrument = _instrument(stake, prices, now)
        if instrument is not None:
            place_stake(account, instrument, Decimal(stake.quantity), None, prices, now - timedelta(days=12))
    account.opening = balance_view(account, AtPreviousClose(prices), now)
    return account


def place_stake(
    account: Account,
    instrument: Instrument,
    quantity: Decimal,
    price: Decimal | None,
    prices: Prices,
    when: datetime,
) -> None:
    """Set a position without a trade. Without a price it was opened 3 percent below its mark."""
    now_worth = mark(prices, instrument.symbol)
    position = account.position(instrument, when)
    quote = prices.quote(instrument.symbol)
    position.quantity = quantity
    position.average_open_price = round(now_worth * Decimal("0.97"), 2) if price is None else price
    position.day_basis = quote.prev_close if quote else position.average_open_price
    position.updated_at = when


def _instrument(stake: Stake, prices: Prices, now: datetime) -> Instrument | None:
    if stake.right is None:
        return prices.instrument(stake.symbol)
    spot = mark(prices, stake.symbol)
    for symbol in _contracts(stake, spot, trading_day(now)):
        found = prices.instrument(symbol)
        if found is not None:
            return found
    return None


def _contracts(stake: Stake, spot: Decimal, today: date) -> Iterator[str]:
    """OCC symbols near the wanted strike, on Fridays three weeks out and later."""
    wanted = spot * (100 + stake.off_percent) / 100
    friday = today + timedelta(days=21 + (4 - today.weekday()) % 7)
    strikes = [round(wanted / 5) * 5 + step for step in (0, 5, -5, 10, -10)]
    for week in range(8):
        expiry = friday + timedelta(weeks=week)
        for strike in strikes:
            yield f"{stake.symbol:<6}{expiry:%y%m%d}{stake.right}{int(strike * 1000):08d}"
