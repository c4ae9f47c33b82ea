"""Raised alerts for tests: of a price rule, of a condition of risk, and as entries of a place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from senexbot.domain.alerting.terms import Severity
from senexbot.domain.news import AlertNews, RiskNews
from senexbot.domain.routing.entry import Entry
from senexbot.domain.routing.raised import PRICE, Raised

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def alert_news(number: int = 1, **more: Any) -> AlertNews:
    level = 200 + number
    told = AlertNews(
        firing_id=f"F{number}",
        rule_id=f"R{number}",
        owner="U1",
        words=f"AAPL > {level} daily",
        symbol="AAPL",
        price=Decimal(level) + Decimal("0.50"),
        level=Decimal(level),
        direction="above",
        at=NOON,
        headline=f"AAPL {level}.50, over {level}",
        again="it may fire again on the next trading day",
    )
    return replace(told, **more)


def an_alert(number: int = 1, **more: Any) -> Raised:
    """A price alert of U1 at room C1, unless told otherwise; `at` also of its news."""
    news = more.pop("news", None) or alert_news(number, owner=more.get("owner", "U1"))
    raised = Raised(
        id=f"F{number}",
        kind=PRICE,
        owner="U1",
        team_id="T1",
        severity=Severity.WARNING,
        words=news.headline,
        room_words=news.headline,
        at=NOON,
        news=news,
        handle=f"handle-of-alert-{number:06}",
        symbol="AAPL",
        channel="C1",
        subject=f"R{number}",
    )
    return replace(raised, **more)


def risk_news(number: int = 1, **more: Any) -> RiskNews:
    told = RiskNews(
        alert_id=f"K{number}",
        kind="short_strike",
        owner="U1",
        environment="live",
        headline="LIVE · Short put tested: SPY 562p Δ −0.36, your line −0.35",
        lines=("Strangle ×2: −$410, 59 % of the credit; closing costs 5.50",),
        room_headline="LIVE · Short put tested: SPY 562p Δ −0.36, the line −0.35",
        room_lines=("Strangle ×2, 59 % of the credit",),
        at=NOON,
    )
    return replace(told, **more)


def a_risk(number: int = 1, **more: Any) -> Raised:
    news = more.pop("news", None) or risk_news(number)
    raised = an_alert(
        number,
        news=alert_news(number),
        id=f"K{number}",
        kind=news.kind,
        words="LIVE · SPY short put tested, −$410",
        room_words="LIVE · SPY short put tested",
        severity=Severity.CRITICAL,
        account="5WT00001",
        symbol="SPY",
        money_at_risk=Decimal(410),
        group="live:5WT00001:short_strike:SPY",
        handle=f"handle-of-risk-{number:07}",
    )
    return replace(raised, news=news, **more)


def entry(number: int = 1, alert: Raised | None = None, **more: Any) -> Entry:
    alert = alert or an_alert(number)
    return replace(Entry(number, alert, alert.place), **more)
