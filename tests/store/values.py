"""Domain values as the services would store them, every optional field filled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from senexbot.domain.alerting.rules import AlertRule, RuleState, Watched
from senexbot.domain.alerting.terms import AlertTerms, Level, Side, Source
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.links import AccountRef, BrokerAccount, Environment, Link
from senexbot.domain.news import CardNews, News
from senexbot.domain.orders.broker_orders import BrokerStatus, Fill
from senexbot.domain.orders.intents import Intent, IntentState, OrderFacts
from senexbot.domain.orders.terms import Action, Estimate, Leg, OrderTerms, OrderType, PriceView, TimeInForce
from senexbot.ports import Outgoing, Sealed, SecretBox
from senexbot.store.keys import grant_binding
from tests.stores import NOON


def a_link(number: int = 1, **changes: Any) -> Link:
    link = Link(
        id=f"link{number}",
        team_id="T1",
        user_id="U1",
        environment=Environment.PRACTICE,
        customer_id="me",
        accounts=(BrokerAccount("5WT00001", "main", "Individual", "Margin"),),
        default_account="5WT00001",
        created_at=NOON + timedelta(seconds=number),
    )
    return replace(link, **changes)


def seal(box: SecretBox, link: Link, secret: bytes = b"a grant") -> Sealed:
    return box.seal(secret, grant_binding(link))


def an_intent(number: int = 1, **changes: Any) -> Intent:
    intent = Intent(
        id=f"intent{number:04}",
        identifier=f"sx1-p-{number:026}",
        team_id="T1",
        owner="U1",
        version=1,
        terms_version=1,
        state=IntentState.PREVIEWED,
        terms=OrderTerms(
            AccountRef("link1", "5WT00001", Environment.PRACTICE),
            "AAPL",
            (Leg("AAPL", InstrumentType.EQUITY, Action.BUY_TO_OPEN, Decimal(100), "AAPL"),),
            OrderType.LIMIT,
            Decimal("-187.50"),
            TimeInForce.DAY,
        ),
        text="buy 100 AAPL @ 187.50",
        created_at=NOON + timedelta(seconds=number),
        expires_at=NOON + timedelta(seconds=number + 120),
        estimate=Estimate(Decimal(-18750), Decimal("-0.12"), Decimal(50000), Decimal(31250), ("wide",), NOON),
        price_view=PriceView(Decimal("187.4"), None, Decimal("187.5"), NOON, False, True, Decimal("0.01")),
        checks_missing=("trading status",),
    )
    return replace(intent, **changes)


def facts(order_id: int = 77) -> OrderFacts:
    fills = (
        Fill("f1", "AAPL", Decimal(40), Decimal("187.45"), NOON),
        Fill("f2", "AAPL", Decimal(60), Decimal(187)),
    )
    return OrderFacts(order_id, BrokerStatus.FILLED, Decimal(100), fills, 1_700_000_000_000)


def moved(intent: Intent, state: IntentState, **changes: Any) -> Intent:
    return replace(intent, state=state, version=intent.version + 1, **changes)


def a_rule(number: int = 1, **changes: Any) -> AlertRule:
    rule = AlertRule(
        id=f"rule{number}",
        number=number,
        team_id="T1",
        owner="U1",
        link_id="link1",
        terms=AlertTerms(Level(Source("AAPL"), Side.ABOVE, Decimal(200))),
        text="AAPL > 200.00",
        instruments=(Watched("AAPL", "AAPL", "AAPL", "AAPL"),),
        channel="C1",
        state=RuleState.ARMED,
        version=1,
        created_at=NOON + timedelta(seconds=number),
    )
    return replace(rule, **changes)


def outgoing(dedupe: str, *, key: str = "card:1", news: News | None = None, **changes: Any) -> Outgoing:
    if not changes.keys() & {"channel", "to_user"}:
        changes["to_user"] = "U1"
    return Outgoing(key=key, news=news or CardNews("intent0001"), dedupe=dedupe, **changes)
