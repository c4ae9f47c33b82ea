"""The simulated broker's customers and how their accounts stand at the start. Invented people only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from senexsim.broker.accounts.balances import balance_view
from senexsim.broker.accounts.book import Account, trading_day
from senexsim.broker.accounts.prices import Prices, mark
from senexsim.broker.market.model import Instrument
from senexsim.broker.wire import day, instant

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
                Opening("5WT00001", "Main", "Individual", True, "No Restrictions", 100_000, shares),
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
    )
    if opening.cash:
        account.pay(Decimal(opening.cash), now - timedelta(days=30), "ACH deposit")
    for stake in opening.stakes:
        instrument = _instrument(stake, prices, now)
        if instrument is not None:
            place_stake(account, instrument, Decimal(stake.quantity), None, prices, now - timedelta(days=12))
    account.opening = balance_view(account, prices, now)
    return account


def place_stake(  # noqa: PLR0917 - a plain list of facts
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


def account_view(account: Account) -> dict[str, Any]:
    """The account object of `/customers/me/accounts`."""
    return {
        "account-number": account.number,
        "opened-at": instant(account.opened_at),
        "nickname": account.nickname,
        "account-type-name": account.account_type,
        "day-trader-status": False,
        "is-closed": False,
        "is-firm-error": False,
        "is-firm-proprietary": False,
        "is-futures-approved": False,
        "is-test-drive": False,
        "margin-or-cash": "Margin" if account.is_margin else "Cash",
        "is-foreign": False,
        "investment-objective": "SPECULATION",
        "suitable-options-level": account.options_level,
        "created-at": instant(account.opened_at),
    }


def calculation_type(account: Account) -> str:
    return "Reg T" if account.is_margin else "Cash"


def trading_status_view(account: Account) -> dict[str, Any]:
    """The trading-status object."""
    off = (
        "has-intraday-equities-margin",
        "is-aggregated-at-clearing",
        "is-closed",
        "is-closing-only",
        "is-cryptocurrency-closing-only",
        "is-cryptocurrency-enabled",
        "is-frozen",
        "is-futures-closing-only",
        "is-futures-intra-day-enabled",
        "is-futures-enabled",
        "is-in-day-trade-equity-maintenance-call",
        "is-in-margin-call",
        "is-pattern-day-trader",
        "is-portfolio-margin-enabled",
        "is-risk-reducing-only",
        "is-small-notional-futures-intra-day-enabled",
        "is-equity-offering-enabled",
        "is-equity-offering-closing-only",
    )
    return {
        "account-number": account.number,
        "id": int(account.number[3:]),
        "day-trade-count": 0,
        "equities-margin-calculation-type": calculation_type(account),
        "fee-schedule-name": "default",
        "futures-margin-rate-multiplier": "0.0",
        **dict.fromkeys(off, False),
        "is-full-equity-margin-required": not account.is_margin,
        "is-roll-the-day-forward-enabled": True,
        "are-far-otm-net-options-restricted": True,
        "options-level": account.options_level,
        "short-calls-enabled": account.options_level == "No Restrictions",
        "small-notional-futures-margin-rate-multiplier": "0.0",
        "enhanced-fraud-safeguards-enabled-at": instant(account.opened_at),
        "updated-at": instant(account.opened_at),
    }


def _address() -> dict[str, Any]:
    return {
        "street-one": "1 Example Street",
        "city": "Chicago",
        "state-region": "IL",
        "postal-code": "60601",
        "country": "US",
        "is-foreign": False,
        "is-domestic": True,
    }


def _account_types() -> list[dict[str, Any]]:
    margin = [("Cash", False), ("Cash Secured Margin", True), ("IRA Margin", True), ("Reg T", True)]
    kinds = {"Individual": margin, "Roth IRA": [("IRA Margin", True)]}
    return [
        {
            "name": name,
            "description": "",
            "is-tax-advantaged": "IRA" in name,
            "has-multiple-owners": False,
            "is-publicly-available": True,
            "margin-types": [{"name": kind, "is-margin": flag} for kind, flag in types],
        }
        for name, types in kinds.items()
    ]


def customer_view(customer: Customer) -> dict[str, Any]:
    """The customer object of `/customers/me`, with the keys a production customer has."""
    first, last = customer.name.split(" ", 1)
    work = {
        "marital-status": "MARRIED",
        "number-of-dependents": 0,
        "employment-status": "EMPLOYED",
        "occupation": "Engineer",
        "employer-name": "Example Works",
        "job-title": "Engineer",
    }
    no = (
        "is-foreign",
        "subject-to-tax-withholding",
        "has-industry-affiliation",
        "has-political-affiliation",
        "has-listed-affiliation",
        "is-investment-adviser",
        "has-institutional-assets",
        "is-professional",
        "has-delayed-quotes",
        "has-pending-or-approved-application",
    )
    who = {
        "first-name": first,
        "last-name": last,
        "birth-date": day(date(1980, 1, 1)),
        "citizenship-country": "USA",
        "usa-citizenship-type": "Citizen",
        "external-id": customer.external_id,
    }
    experience = ("stock", "covered-options", "uncovered-options", "futures")
    return {
        "id": "me",
        **who,
        "first-surname": last,
        "address": _address(),
        "mailing-address": _address(),
        "customer-suitability": {
            "id": int(customer.accounts[0][3:]),
            **work,
            "annual-net-income": 10,
            "net-worth": 0,
            "liquid-net-worth": 0,
            **{f"{kind}-trading-experience": "EXTENSIVE" for kind in experience},
        },
        "mobile-phone-number": "+13125550100",
        "work-phone-number": "",
        "home-phone-number": "",
        "email": f"{customer.user_name}@example.invalid",
        "tax-number-type": "SSN",
        "tax-number": "*****0000",
        "agreed-to-margining": True,
        "agreed-to-terms": True,
        **dict.fromkeys(no, False),
        "permitted-account-types": _account_types(),
        "identifiable-type": "Person",
        "person": {**who, **work},
        "created-at": instant(OPENED),
    }
