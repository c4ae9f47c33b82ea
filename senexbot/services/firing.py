"""One firing: the rule's new state, the record and the message in one transaction (I40)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from senexbot.domain.alerting.terms import Source
from senexbot.domain.alerts import Firing, PriceRule, RuleState
from senexbot.domain.news import AlertNews
from senexbot.domain.ticket import TicketStart
from senexbot.ports import ANYBODY, Handle, Outgoing, Tx

if TYPE_CHECKING:
    from senexbot.domain.alerting.rules import AlertRule

TRADE_LIFE = timedelta(days=30)


async def fire(
    tx: Tx,
    rule: PriceRule,
    *,
    price: Decimal,
    now: datetime,
    firing_id: str,
    trade: str,
    asked: bool = False,
    late: bool = False,
) -> PriceRule:
    """The fired rule, saved. `trade`: a new handle for the message's Trade button. Raises Stale when the rule has moved on (edited, deleted, fired): nothing is told."""
    after = replace(rule, state=RuleState.FIRED, version=rule.version + 1, fired_at=now, last_price=price)
    await tx.rules.save(after)
    await tx.rules.add_firing(Firing(firing_id, rule.id, rule.version, price, now, late=late, asked=asked))
    news = AlertNews(
        firing_id=firing_id,
        rule_id=rule.id,
        owner=rule.owner,
        words=f"{rule.words} {rule.direction.value} {rule.level.normalize():f}",
        symbol=rule.symbol,
        price=price,
        level=rule.level,
        direction=rule.direction.value,
        at=now,
        late=late,
        asked=asked,
        trade=trade,
    )
    start = TicketStart(rule.symbol)
    await tx.handles.issue(Handle(trade, "trade", start.text, 0, ANYBODY, now + TRADE_LIFE))
    await tx.outbox.put(
        Outgoing(
            key=f"alerts:{rule.channel or rule.owner}",
            news=news,
            dedupe=f"firing:{rule.id}:{rule.version}",
            channel=rule.channel,
            to_user="" if rule.channel else rule.owner,
        )
    )
    return after


@dataclass(frozen=True, slots=True)
class FiringHandles:
    """Fresh values (Ids.handle) for the buttons of one firing's message."""

    trade: str
    snooze: str
    move: str


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


async def fire_all(tx: Tx, fired: Sequence[Fired], *, now: datetime) -> tuple[AlertRule, ...]:
    """Store and tell many in this one transaction; the `after` of those stored. A rule that was edited, deleted or
    fired meanwhile is left out: the stored version decides."""
    raise NotImplementedError
