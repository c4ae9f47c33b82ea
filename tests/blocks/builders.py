"""Domain values for the tests of cards: one of each, changed by keyword."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from senexbot.domain.alerting.normal import text_of
from senexbot.domain.alerting.reading import parse_alert
from senexbot.domain.alerting.rules import AlertRule, RuleState, Watched
from senexbot.domain.alerting.trees import instruments_of
from senexbot.domain.instruments import Instrument, InstrumentType, OptionContract, Right, TickSize
from senexbot.domain.links import AccountRef, BrokerAccount, Environment, Link
from senexbot.domain.market import Balances, Position, Quote, SessionState
from senexbot.domain.news import AlertNews
from senexbot.domain.orders.broker_orders import BrokerLeg, BrokerOrder, BrokerStatus, Fill
from senexbot.domain.orders.facts import facts_for
from senexbot.domain.orders.intents import (
    ChildOrder,
    Intent,
    IntentState,
    OrderFacts,
    Replace,
    ReplaceState,
    Walk,
    WalkState,
)
from senexbot.domain.orders.terms import (
    Action,
    ChildRole,
    ChildTerms,
    Estimate,
    Group,
    Leg,
    OrderTerms,
    OrderType,
    PriceView,
    TimeInForce,
    WalkTerms,
)
from senexbot.domain.parsing_quote import parse_quote
from senexbot.services.quotes import option_words

D = Decimal
NOW = datetime(2026, 11, 23, 15, 40, 0, tzinfo=UTC)
PUT = OptionContract("SPY", date(2026, 12, 18), Right.PUT, D("590"))
CARD_LINK = "https://slack.test/archives/D1/p1795455600000100"


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def ahead(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def account_ref(environment: Environment = Environment.PRACTICE) -> AccountRef:
    return AccountRef("L1", "5WT00001", environment)


def share_leg(quantity: str = "100", action: Action = Action.BUY_TO_OPEN, words: str = "AAPL") -> Leg:
    return Leg("AAPL", InstrumentType.EQUITY, action, D(quantity), words)


def put_leg(quantity: str = "2", action: Action = Action.SELL_TO_OPEN) -> Leg:
    return Leg(PUT.occ, InstrumentType.EQUITY_OPTION, action, D(quantity), PUT.words, D(100))


def terms(
    *legs: Leg,
    price: str | None = "-187.50",
    environment: Environment = Environment.PRACTICE,
    tif: TimeInForce = TimeInForce.DAY,
) -> OrderTerms:
    return OrderTerms(
        account=account_ref(environment),
        underlying="SPY" if legs and legs[0].multiplier != 1 else "AAPL",
        legs=legs or (share_leg(),),
        type=OrderType.MARKET if price is None else OrderType.LIMIT,
        price=None if price is None else D(price),
        time_in_force=tif,
    )


def put_terms(price: str | None = "3.45", action: Action = Action.SELL_TO_OPEN, **more: Any) -> OrderTerms:
    return terms(put_leg(action=action), price=price, environment=Environment.LIVE, **more)


CALL = OptionContract("SPY", date(2026, 12, 18), Right.CALL, D("640"))


def call_leg(quantity: str = "2", action: Action = Action.SELL_TO_OPEN) -> Leg:
    return Leg(CALL.occ, InstrumentType.EQUITY_OPTION, action, D(quantity), CALL.words, D(100))


def strangle(price: str | None = "3.46", **more: Any) -> OrderTerms:
    first = terms(put_leg(), call_leg(), price=price, environment=Environment.LIVE, tif=TimeInForce.GTC)
    return replace(first, strategy="strangle", **more)


def strangle_facts(
    *fills: Fill, status: BrokerStatus = BrokerStatus.LIVE, action: Action = Action.SELL_TO_OPEN
) -> OrderFacts:
    legs = (put_leg(action=action), call_leg(action=action))
    return replace(facts_for(452177, legs), status=status, fills=fills)


def leg_fill(number: int, contract: OptionContract, quantity: str, price: str) -> Fill:
    return Fill(f"f{number}", contract.occ, D(quantity), D(price), NOW)


def bracket(**more: Any) -> OrderTerms:
    """Buy 100 AAPL with a take profit and a stop loss."""
    out = (share_leg("100", Action.SELL_TO_CLOSE),)
    children = (
        ChildTerms(ChildRole.TAKE_PROFIT, out, OrderType.LIMIT, D("210"), TimeInForce.GTC),
        ChildTerms(ChildRole.STOP_LOSS, out, OrderType.STOP, None, TimeInForce.GTC, stop_trigger=D("180")),
    )
    return replace(terms(), group=Group.OTOCO, children=children, **more)


def child(
    role: ChildRole, status: BrokerStatus | None = None, *fills: Fill, number: int = 1, reason: str = ""
) -> ChildOrder:
    known = None
    if status is not None:
        known = OrderFacts(452177 + number, status, D(100), fills, reject_reason=reason)
    return ChildOrder(role, f"sx1-p-0123456789abcdefghjkmnpqrs.{number}", known)


def estimate(**more: Any) -> Estimate:
    first = Estimate(
        cost=D("-18750"),
        fees=D("-0.08"),
        buying_power_before=D("84619.44"),
        buying_power_after=D("65869.36"),
        warnings=(),
        at=ago(1),
    )
    return replace(first, **more)


def view(bid: str | None = "187.44", ask: str | None = "187.50", **more: Any) -> PriceView:
    first = PriceView(
        bid=None if bid is None else D(bid),
        ask=None if ask is None else D(ask),
        last=D("187.47"),
        at=ago(1),
        delayed=False,
        session_open=True,
        tick=D("0.01"),
    )
    return replace(first, **more)


def facts(
    *fills: Fill, status: BrokerStatus = BrokerStatus.LIVE, quantity: str = "100", **more: Any
) -> OrderFacts:
    first = OrderFacts(order_id=452177, status=status, quantity=D(quantity), fills=fills)
    return replace(first, **more)


def walk(state: WalkState, *, to: Decimal | None = None, **more: Any) -> Walk:
    return Walk(WalkTerms(D("0.01"), 20, to or D("-187.60")), state, ahead(20), **more)


def moved(state: ReplaceState, **more: Any) -> Replace:
    """A price move of `terms()` from 187.50 to 187.51."""
    values: dict[str, Any] = {
        "number": 1,
        "identifier": "sx1-p-0123456789abcdefghjkmnpqrs.r1",
        "state": state,
        "old_id": 452177,
        "old_price": D("-187.50"),
        "price": D("-187.51"),
        "by": "U00001",
        "claimed_at": ago(20),
        **more,
    }
    return Replace(**values)


def fill(number: int = 1, quantity: str = "100", price: str = "187.49") -> Fill:
    return Fill(f"f{number}", "AAPL", D(quantity), D(price), NOW)


def intent(state: IntentState = IntentState.PREVIEWED, **more: Any) -> Intent:
    first = Intent(
        id="01JDX",
        identifier="sx1-p-0123456789abcdefghjkmnpqrs",
        team_id="T1",
        owner="U00001",
        version=1,
        terms_version=1,
        state=state,
        terms=terms(),
        text="buy 100 AAPL @ 187.50",
        created_at=ago(3),
        expires_at=ahead(120),
        estimate=estimate(),
        price_view=view(),
    )
    return replace(first, **more)


def broker_order(status: BrokerStatus = BrokerStatus.LIVE, filled: str = "0", **more: Any) -> BrokerOrder:
    fills = (Fill("x1", "AAPL", D(filled), D("187.49")),) if D(filled) else ()
    leg = BrokerLeg("AAPL", InstrumentType.EQUITY, "Buy to Open", D(100), D(100) - D(filled), fills)
    first = BrokerOrder(
        id=452180,
        account="5WT00001",
        status=status,
        status_word=status.value,
        identifier="",
        underlying="AAPL",
        type="Limit",
        time_in_force="Day",
        price=D("-187.50"),
        legs=(leg,),
        received_at=ago(60),
        updated_at=1,
        cancellable=not status.is_terminal,
    )
    return replace(first, **more)


def account(number: str = "5WT00001", **more: Any) -> BrokerAccount:
    return replace(BrokerAccount(number, "Individual", "Individual", "Margin"), **more)


def link(environment: Environment = Environment.PRACTICE, *accounts: BrokerAccount, **more: Any) -> Link:
    held = accounts or (
        account(),
        account("5WT00002", account_type="Roth IRA", nickname="Pension", margin_or_cash="Cash"),
    )
    first = Link("L1", "T1", "U00001", environment, "C1", held, held[0].number, ago(86_400 * 3))
    return replace(first, **more)


def balances(**more: Any) -> Balances:
    first = Balances(
        account="5WT00001",
        net_liquidating_value=D("104213.55"),
        cash=D("42310.00"),
        equity_buying_power=D("84619.44"),
        derivative_buying_power=D("42309.72"),
        day_change=D("-812.40"),
        maintenance_requirement=D("19200"),
        at=ago(2),
    )
    return replace(first, **more)


def shares(symbol: str = "AAPL", quantity: str = "100", **more: Any) -> Position:
    first = Position(
        account="5WT00001",
        symbol=symbol,
        instrument_type=InstrumentType.EQUITY,
        underlying=symbol,
        quantity=D(quantity),
        multiplier=D(1),
        average_open_price=D("180.10"),
        close_price=D("186.24"),
        mark=D("187.47"),
    )
    return replace(first, **more)


def puts(quantity: str = "-2", **more: Any) -> Position:
    return shares(
        PUT.occ,
        quantity,
        instrument_type=InstrumentType.EQUITY_OPTION,
        underlying="SPY",
        multiplier=D(100),
        average_open_price=D("3.45"),
        close_price=D("3.10"),
        mark=D("2.85"),
        **more,
    )


def instrument(symbol: str = "AAPL", description: str = "Apple Inc.", **more: Any) -> Instrument:
    first = Instrument(
        symbol=symbol,
        type=InstrumentType.EQUITY,
        streamer_symbol=symbol,
        description=description,
        underlying=symbol,
        tick_sizes=(TickSize(D("0.01")),),
    )
    return replace(first, **more)


def put_instrument() -> Instrument:
    return instrument(PUT.occ, "", type=InstrumentType.EQUITY_OPTION, underlying="SPY", option=PUT)


def quote(symbol: str = "AAPL", **more: Any) -> Quote:
    first = Quote(
        instrument=instrument(symbol),
        at=ago(1),
        bid=D("187.44"),
        ask=D("187.50"),
        last=D("187.47"),
        prev_close=D("186.24"),
        volume=D("41230000"),
        iv_rank=D("0.23"),
        session=SessionState.OPEN,
    )
    return replace(first, **more)


def alert_rule(said: str, state: RuleState = RuleState.ARMED, **more: Any) -> AlertRule:
    """The alert that a text sets; an option is named as people say it."""
    terms = parse_alert(said, NOW.date())
    first = AlertRule(
        id="R1",
        number=3,
        team_id="T1",
        owner="U00001",
        link_id="L1",
        terms=terms,
        text=text_of(terms),
        instruments=tuple(Watched(s, s, s, _named(s)) for s in instruments_of(terms.condition)),
        channel="C01234",
        state=state,
        version=1,
        created_at=ago(60),
    )
    return replace(first, **more)


def _named(symbol: str) -> str:
    (term,) = parse_quote(symbol)
    return term if isinstance(term, str) else option_words(term)


def alert_news(**more: Any) -> AlertNews:
    first = AlertNews(
        firing_id="F1",
        rule_id="R1",
        owner="U00001",
        words="AAPL above 200",
        symbol="AAPL",
        price=D("200.05"),
        level=D("200"),
        direction="above",
        at=ago(1),
    )
    return replace(first, **more)
