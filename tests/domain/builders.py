"""Ordinary values for tests of the domain; each test changes what it is about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from senexbot.domain.errors import ParseError
from senexbot.domain.halts.halts import HaltState
from senexbot.domain.instruments import (
    FutureContract,
    Instrument,
    InstrumentType,
    OptionContract,
    Right,
    TickSize,
    product_of,
)
from senexbot.domain.links import AccountRef, Actor, BrokerAccount, Environment, Link, Role
from senexbot.domain.market import Quote, SessionState, TradingStatus
from senexbot.domain.orders.broker_orders import BrokerLeg, BrokerOrder, BrokerStatus, Fill
from senexbot.domain.orders.checks import CheckInput
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.orders.terms import (
    Action,
    ChildRole,
    ChildTerms,
    Group,
    Leg,
    OrderTerms,
    OrderType,
    TimeInForce,
)

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
PENNIES = (TickSize(Decimal("0.0001"), Decimal(1)), TickSize(Decimal("0.01")))
NICKELS = (TickSize(Decimal("0.05"), Decimal(3)), TickSize(Decimal("0.10")))
PUT = OptionContract("SPY", date(2026, 12, 18), Right.PUT, Decimal(590))
CALL = OptionContract("SPY", date(2026, 12, 18), Right.CALL, Decimal(640))
ACCOUNT = AccountRef("link1", "5WT00001", Environment.PRACTICE)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def D(text: str | int) -> Decimal:
    return Decimal(text)


def share(symbol: str = "AAPL", **changes: Any) -> Instrument:
    values: dict[str, Any] = {
        "symbol": symbol,
        "type": InstrumentType.EQUITY,
        "streamer_symbol": symbol,
        "description": symbol,
        "underlying": symbol,
        "tick_sizes": PENNIES,
    }
    return Instrument(**values | changes)


def future(symbol: str = "/ESZ6", **changes: Any) -> Instrument:
    """An E-mini S&P: $50 a point, steps of 0.25, the active month."""
    dates = FutureContract(
        product_of(symbol),
        last_trade=date(2026, 12, 18),
        closing_only=date(2026, 12, 18),
        active_month=True,
        rolls_to="/ESH7",
    )
    values: dict[str, Any] = {
        "symbol": symbol,
        "type": InstrumentType.FUTURE,
        "streamer_symbol": "/ESZ26:XCME",
        "description": "E Mini S&P",
        "underlying": symbol,
        "tick_sizes": (TickSize(Decimal("0.25")),),
        "multiplier": Decimal(50),
        "future": dates,
    }
    return Instrument(**values | changes)


def option(contract: OptionContract = PUT, **changes: Any) -> Instrument:
    values: dict[str, Any] = {
        "symbol": contract.occ,
        "type": InstrumentType.EQUITY_OPTION,
        "streamer_symbol": ".SPY261218P590",
        "description": contract.words,
        "underlying": contract.root,
        "tick_sizes": NICKELS,
        "multiplier": Decimal(100),
        "option": contract,
    }
    return Instrument(**values | changes)


def terms(
    action: Action = Action.BUY_TO_OPEN,
    quantity: str | int = 100,
    price: str | None = "-187.50",
    *,
    instrument: Instrument | None = None,
    tif: TimeInForce = TimeInForce.DAY,
    account: AccountRef = ACCOUNT,
) -> OrderTerms:
    what = instrument or share()
    leg = Leg(what.symbol, what.type, action, Decimal(quantity), what.words, what.multiplier)
    return OrderTerms(
        account=account,
        underlying=what.underlying,
        legs=(leg,),
        type=OrderType.MARKET if price is None else OrderType.LIMIT,
        price=None if price is None else Decimal(price),
        time_in_force=tif,
    )


def leg(contract: OptionContract = PUT, action: Action = Action.SELL_TO_OPEN, quantity: str | int = 2) -> Leg:
    return Leg(
        contract.occ,
        InstrumentType.EQUITY_OPTION,
        action,
        Decimal(quantity),
        contract.words,
        Decimal(100),
    )


def strangle(quantity: str | int = 2, price: str | None = "3.46", **changes: Any) -> OrderTerms:
    """Sell so many SPY strangles."""
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "underlying": "SPY",
        "legs": (leg(PUT, quantity=quantity), leg(CALL, quantity=quantity)),
        "type": OrderType.LIMIT,
        "price": None if price is None else Decimal(price),
        "time_in_force": TimeInForce.GTC,
        "strategy": "strangle",
    }
    return OrderTerms(**values | changes)


def bracket(**changes: Any) -> OrderTerms:
    """Buy 100 AAPL, take profit at 210, stop loss at 180."""
    out = (terms(Action.SELL_TO_CLOSE).legs[0],)
    children = (
        ChildTerms(ChildRole.TAKE_PROFIT, out, OrderType.LIMIT, Decimal(210), TimeInForce.GTC),
        ChildTerms(ChildRole.STOP_LOSS, out, OrderType.STOP, None, TimeInForce.GTC, Decimal(180)),
    )
    return replace(terms(), group=Group.OTOCO, children=children, **changes)


def of_legs(
    status: BrokerStatus, updated_at: int, *fills: Fill, of: OrderTerms | None = None, **changes: Any
) -> BrokerOrder:
    """A report of an order with these terms' legs (default: two strangles)."""
    wanted = of or strangle()
    legs = tuple(
        BrokerLeg(one.symbol, one.type, one.action.value, one.quantity, one.quantity, mine)
        for one in wanted.legs
        for mine in (tuple(f for f in fills if f.symbol == one.symbol),)
    )
    return order(status, updated_at, legs=legs, price=wanted.price, **changes)


def leg_fill(fill_id: str, contract: OptionContract, quantity: str | int, price: str = "1.70") -> Fill:
    return Fill(fill_id, contract.occ, Decimal(quantity), Decimal(price))


def intent(state: IntentState = IntentState.PREVIEWED, **changes: Any) -> Intent:
    values: dict[str, Any] = {
        "id": "intent1",
        "identifier": "sx1-p-1",
        "team_id": "T1",
        "owner": "U1",
        "version": 1,
        "terms_version": 1,
        "state": state,
        "terms": terms(),
        "text": "buy 100 AAPL @ 187.50",
        "created_at": NOW,
        "expires_at": after(120),
        "claimed_at": None if state is IntentState.PREVIEWED else NOW,
    }
    return Intent(**values | changes)


def fill(fill_id: str, quantity: str | int, price: str = "187.50") -> Fill:
    return Fill(fill_id, "AAPL", Decimal(quantity), Decimal(price))


def order(
    status: BrokerStatus = BrokerStatus.LIVE, updated_at: int = 1, *fills: Fill, **changes: Any
) -> BrokerOrder:
    quantity = Decimal(changes.pop("quantity", 100))
    filled = sum((f.quantity for f in fills), Decimal(0))
    leg = BrokerLeg("AAPL", InstrumentType.EQUITY, "Buy to Open", quantity, quantity - filled, tuple(fills))
    values: dict[str, Any] = {
        "id": 7,
        "account": "5WT00001",
        "status": status,
        "status_word": status.value,
        "identifier": "sx1-p-1",
        "underlying": "AAPL",
        "type": "Limit",
        "time_in_force": "Day",
        "price": Decimal("-187.50"),
        "legs": (leg,),
        "received_at": NOW,
        "updated_at": updated_at,
    }
    return BrokerOrder(**values | changes)


def actor(**changes: Any) -> Actor:
    values: dict[str, Any] = {"team_id": "T1", "user_id": "U1", "home_team_id": "T1"}
    return Actor(**values | changes)


def link(**changes: Any) -> Link:
    values: dict[str, Any] = {
        "id": "link1",
        "team_id": "T1",
        "user_id": "U1",
        "environment": Environment.PRACTICE,
        "customer_id": "C1",
        "accounts": (BrokerAccount("5WT00001", "", "Individual", "Margin"),),
        "default_account": "5WT00001",
        "created_at": NOW,
    }
    return Link(**values | changes)


def quote(instrument: Instrument | None = None, **changes: Any) -> Quote:
    values: dict[str, Any] = {
        "instrument": instrument or share(),
        "at": NOW,
        "bid": Decimal("187.44"),
        "ask": Decimal("187.50"),
        "last": Decimal("187.47"),
        "session": SessionState.OPEN,
    }
    return Quote(**values | changes)


def facts(**changes: Any) -> CheckInput:
    values: dict[str, Any] = {
        "terms": terms(),
        "instrument": share(),
        "link": link(),
        "actor": actor(),
        "roles": frozenset({Role.TRADER}),
        "halt": HaltState.ACTIVE,
        "live_trading": False,
        "now": NOW,
        "quote": quote(),
        "position_quantity": Decimal(0),
        "trading_status": TradingStatus(),
    }
    return CheckInput(**values | changes)


def fit_to_show(error: ParseError) -> None:
    """A ParseError that may be repeated to a person: a short, printable word, plain in its other texts."""
    word = error.word or ""
    assert len(word) <= 40
    assert word.isprintable()
    assert error.message.isprintable()
    assert error.hint
    assert error.hint.isprintable()
    assert all(s.label.isprintable() and s.command.isprintable() for s in error.suggestions)
