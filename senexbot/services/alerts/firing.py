"""One firing: the rule's new state, the record and the message in one transaction (I40)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from senexbot.domain.alerting import rules as moves
from senexbot.domain.alerting.firing import Firing
from senexbot.domain.alerting.rules import AlertRule
from senexbot.domain.alerting.terms import Often, Severity, Source
from senexbot.domain.calendar import trading_day
from senexbot.domain.money import price_text
from senexbot.domain.news import AlertNews
from senexbot.domain.routing.headline import headline
from senexbot.domain.routing.moving import single_level
from senexbot.domain.routing.raised import PRICE, Raised
from senexbot.domain.ticket.form import TicketStart
from senexbot.ports import ANYBODY, Handle, Ids, Tx
from senexbot.services.alerts.routing import raise_all
from senexbot.services.clocks import EXCHANGE_ZONE

TRADE_LIFE = timedelta(days=30)
AGAIN = {
    Often.ONCE: "it fires once, so it is done",
    Often.EVERY: "it fires again after it has come back",
    Often.DAILY: "it may fire again on the next trading day",
}


def raised_before(news: AlertNews, *, channel: str, team_id: str) -> Raised:
    """The alert of a rule of the first grammar. Its place in the outbox said where; now this does."""
    words = (
        news.headline or f"{news.symbol} {price_text(news.price)}, {news.direction} {price_text(news.level)}"
    )
    return Raised(
        id=news.firing_id,
        kind=PRICE,
        owner=news.owner,
        team_id=team_id,
        severity=Severity.WARNING,
        words=words,
        room_words=words,
        at=news.at,
        news=news,
        symbol=news.symbol,
        channel=channel,
        subject=news.rule_id,
        late=news.late,
    )


@dataclass(frozen=True, slots=True)
class FiringHandles:
    """Fresh values (Ids.handle): `trade` of the Trade button, `alert` of the others under the message."""

    trade: str
    alert: str


@dataclass(frozen=True, slots=True)
class Fired:
    """One firing to be stored and told.

    `rule`: as it was when its condition became true; `after`: what it is now (version + 1). `value`: of the part
    that decided. `values`: the newest of every source that the condition names, for the words. `at`: when the
    deciding value came (its age is shown). `firing_id`: Ids.row(). `late`: seen after a blind time; `gap_check`:
    found in candles; `asked`: by the button.
    """

    rule: AlertRule
    after: AlertRule
    value: Decimal
    values: tuple[tuple[Source, Decimal], ...]
    at: datetime
    firing_id: str
    handles: FiringHandles
    late: bool = False
    gap_check: bool = False
    asked: bool = False


def firing_of(
    rule: AlertRule,
    value: Decimal | None,
    *,
    values: tuple[tuple[Source, Decimal], ...],
    at: datetime,
    now: datetime,
    ids: Ids,
    late: bool = False,
    gap_check: bool = False,
    asked: bool = False,
) -> Fired:
    """A firing of this rule, now; the rest as in Fired. `value`: None where none decided (a gap at the open)."""
    return Fired(
        rule=rule,
        after=moves.fired(rule, now, trading_day(now, EXCHANGE_ZONE), value),
        value=Decimal(0) if value is None else value,
        values=values,
        at=at,
        firing_id=ids.row(),
        handles=FiringHandles(trade=ids.handle(), alert=ids.handle()),
        late=late,
        gap_check=gap_check,
        asked=asked,
    )


async def fire_all(tx: Tx, fired: Sequence[Fired], *, now: datetime) -> tuple[AlertRule, ...]:
    """Store and tell many in this one transaction; the `after` of those stored. A rule that was edited, deleted or
    fired meanwhile is left out: the stored version decides."""
    records = [(one.after, _record(one, now)) for one in fired]
    stored = await tx.firings.store(records)
    done = [one for one in fired if one.firing_id in stored]
    trades = [_trade_handle(one, now) for one in done if _symbol(one.rule)]
    await raise_all(tx, [raised(one) for one in done], now=now, handles=trades)
    return tuple(one.after for one in done)


def raised(fired: Fired) -> Raised:
    """The alert that a firing raises: at its rule's place, snoozed as a whole by the rule's id."""
    rule = fired.rule
    said = headline(rule, fired.value, fired.values)
    symbol = _symbol(rule)
    news = AlertNews(
        firing_id=fired.firing_id,
        rule_id=rule.id,
        owner=rule.owner,
        words=rule.text,
        symbol=symbol or rule.instruments[0].symbol,
        price=fired.value,
        level=fired.value,
        direction="",
        at=fired.at,
        late=fired.late,
        asked=fired.asked,
        trade=fired.handles.trade if symbol else "",
        headline=said,
        again=AGAIN[rule.terms.repeat.often],
        move=fired.handles.alert if single_level(rule.terms.condition) else "",
        snooze=fired.handles.alert if rule.terms.repeat.often is not Often.ONCE else "",
        gap_check=fired.gap_check,
    )
    return Raised(
        id=fired.firing_id,
        kind=PRICE,
        owner=rule.owner,
        team_id=rule.team_id,
        severity=rule.terms.severity,
        words=said,
        room_words=said,
        at=fired.at,
        news=news,
        handle=fired.handles.alert,
        link_id=rule.link_id,
        symbol=news.symbol,
        channel=rule.channel,
        to_user=rule.to_user,
        subject=rule.id,
        group=f"price:{rule.owner}:{rule.text}",
        late=fired.late or fired.gap_check,
        escalate=rule.terms.escalate,
    )


def _record(one: Fired, now: datetime) -> Firing:
    return Firing(
        one.firing_id,
        one.rule.id,
        one.rule.version,
        one.value,
        now,
        late=one.late,
        asked=one.asked,
        gap_check=one.gap_check,
    )


def _trade_handle(one: Fired, now: datetime) -> Handle:
    start = TicketStart(_symbol(one.rule))
    return Handle(one.handles.trade, "trade", start.text, 0, ANYBODY, now + TRADE_LIFE)


def _symbol(rule: AlertRule) -> str:
    """The broker's name of the one instrument that it watches; "" of several, which no one ticket trades."""
    return rule.instruments[0].broker_symbol if len(rule.instruments) == 1 else ""
