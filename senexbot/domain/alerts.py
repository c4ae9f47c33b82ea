"""Price rules and what they do with a tick. Pure: `evaluate` gets everything as arguments.

Prints become ticks in tape.py, which holds back what may be a spike; here nothing is lost or fired twice.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from senexbot.domain.alerting.rules import AlertRule, RuleState, Watched
from senexbot.domain.alerting.terms import AlertTerms, Cross, Field, Hours, Level, Repeat, Side, Source
from senexbot.domain.money import price_text

SPIKE = Decimal("0.10")  # farther than this from the last trusted price, a print needs a second one


class Direction(enum.StrEnum):
    ABOVE = "above"
    BELOW = "below"


@dataclass(frozen=True, slots=True)
class AlertDraft:
    """An alert as understood from a text: `symbol` equity or option words as in a quote."""

    symbol: str
    direction: Direction
    level: Decimal


@dataclass(frozen=True, slots=True)
class PriceRule:
    """Watches the last trade of one symbol; fires once on a move through `level`.

    `channel`: where its firing is posted; "" means the owner's direct message.
    """

    id: str
    team_id: str
    owner: str
    link_id: str
    symbol: str
    streamer_symbol: str
    words: str
    direction: Direction
    level: Decimal
    channel: str
    state: RuleState
    version: int
    created_at: datetime
    armed_at: datetime | None = None
    fired_at: datetime | None = None
    last_price: Decimal | None = None
    reason: str = ""
    grammar: int = 1
    pending: bool = False  # a print beyond the level, too far from the last one, waits for a second

    def beyond(self, price: Decimal) -> bool:
        """Whether `price` is on the side that the rule waits for; the level itself is not."""
        return price > self.level if self.direction is Direction.ABOVE else price < self.level


@dataclass(frozen=True, slots=True)
class Tick:
    """One symbol since the last evaluation: newest last trade, and the low and high on the way.

    Exact decimals; `at` is when the newest arrived. `confirmed`: made by tape.Tape, so that spikes are held
    back already and the extremes count as they are.
    """

    symbol: str
    last: Decimal
    low: Decimal
    high: Decimal
    at: datetime
    confirmed: bool = False


def new_rule(
    draft: AlertDraft,
    *,
    id: str,  # noqa: A002 - the field's own name
    team_id: str,
    owner: str,
    link_id: str,
    symbol: str,
    streamer_symbol: str,
    words: str,
    channel: str,
    now: datetime,
    last: Decimal | None,
) -> PriceRule:
    """The rule a draft asks for. True already, or no last trade known: WAITING; else ARMED.

    `symbol` and `streamer_symbol` are those of the instrument found; `words` names it.
    """
    rule = PriceRule(
        id=id,
        team_id=team_id,
        owner=owner,
        link_id=link_id,
        symbol=symbol,
        streamer_symbol=streamer_symbol,
        words=words,
        direction=draft.direction,
        level=draft.level,
        channel=channel,
        state=RuleState.WAITING,
        version=1,
        created_at=now,
        last_price=last if last is not None and is_price(last) else None,
    )
    if rule.last_price is None or rule.beyond(rule.last_price):
        return rule
    return replace(rule, state=RuleState.ARMED, armed_at=now)


def is_price(value: Decimal) -> bool:
    """A number above zero: anything else is no price (I54)."""
    return value.is_finite() and value > 0


def _is_sound(tick: Tick) -> bool:
    return (
        is_price(tick.low)
        and tick.high.is_finite()
        and is_price(tick.last)
        and tick.low <= tick.last <= tick.high
    )


def evaluate(rule: PriceRule, tick: Tick) -> tuple[PriceRule, bool]:
    """The rule after a tick, and whether it fired: on a move from at or below the level to above it
    (mirrored for below), once.

    An ARMED rule tests the extreme, so a crossing and back between two evaluations counts. A WAITING one arms
    when a print is not beyond the level; a crossing in that same tick counts when its last is beyond. Nonsense
    changes nothing. The version moves with the state only, `last_price` and `pending` are of the moment.
    """
    if rule.state not in {RuleState.WAITING, RuleState.ARMED} or not _is_sound(tick):
        return rule, False
    far = tick.high if rule.direction is Direction.ABOVE else tick.low
    near = tick.low if rule.direction is Direction.ABOVE else tick.high
    waiting = rule.state is RuleState.WAITING
    if waiting and rule.beyond(near):
        return replace(rule, last_price=tick.last), False
    crossed = rule.beyond(tick.last) if waiting else rule.beyond(far)
    if crossed and (tick.confirmed or _is_confirmed(rule, tick, far)):
        return _fired(rule, tick.last, tick.at), True
    if waiting:
        rule = _armed(rule, tick.at)
    if crossed:
        # The trusted price stays: the second print is measured against it too.
        return replace(rule, pending=True), False
    return replace(rule, last_price=tick.last, pending=False), False


@dataclass(frozen=True, slots=True)
class QuietBand:
    """The prices between which `evaluate` leaves every rule of one symbol in its state.

    Quiet: low at or above `floor` and above `waiting_floor`, high at or below `ceiling` and below
    `waiting_ceiling`; None is no bound. Any other sound tick changes one.
    """

    floor: Decimal | None = None
    ceiling: Decimal | None = None
    waiting_floor: Decimal | None = None
    waiting_ceiling: Decimal | None = None

    def holds(self, tick: Tick) -> bool:
        """False also for a tick that is no sound one, and for an unconfirmed one: it may leave a rule pending."""
        low, high = tick.low, tick.high
        return (
            tick.confirmed
            and low.is_finite()
            and high.is_finite()
            and (self.floor is None or low >= self.floor)
            and (self.ceiling is None or high <= self.ceiling)
            and (self.waiting_floor is None or low > self.waiting_floor)
            and (self.waiting_ceiling is None or high < self.waiting_ceiling)
        )


def quiet_band(rules: Iterable[PriceRule]) -> QuietBand:
    """The band of one symbol's rules, so that a quiet tick costs the same however many there are."""
    levels: dict[tuple[RuleState, Direction], list[Decimal]] = {}
    for rule in rules:
        levels.setdefault((rule.state, rule.direction), []).append(rule.level)
    return QuietBand(
        floor=max(levels.get((RuleState.ARMED, Direction.BELOW), ()), default=None),
        ceiling=min(levels.get((RuleState.ARMED, Direction.ABOVE), ()), default=None),
        waiting_floor=max(levels.get((RuleState.WAITING, Direction.ABOVE), ()), default=None),
        waiting_ceiling=min(levels.get((RuleState.WAITING, Direction.BELOW), ()), default=None),
    )


def _is_confirmed(rule: PriceRule, tick: Tick, far: Decimal) -> bool:
    """Near the last trusted price, or not the only print beyond the level."""
    if rule.pending or rule.last_price is None or abs(far - rule.last_price) <= SPIKE * rule.last_price:
        return True
    return rule.beyond(tick.last) and tick.last != far


def _armed(rule: PriceRule, at: datetime) -> PriceRule:
    return replace(rule, state=RuleState.ARMED, version=rule.version + 1, armed_at=at)


def _fired(rule: PriceRule, price: Decimal, at: datetime) -> PriceRule:
    return replace(
        rule, state=RuleState.FIRED, version=rule.version + 1, fired_at=at, last_price=price, pending=False
    )


def gap_check(
    rule: PriceRule, low: Decimal, high: Decimal, last: Decimal, at: datetime
) -> tuple[PriceRule, bool]:
    """The rule after a blind time whose low and high came from candles or the day's range: a firing is late."""
    if not (is_price(low) and is_price(high) and is_price(last)):
        return rule, False
    tick = Tick(rule.symbol, last=last, low=min(low, last), high=max(high, last), at=at, confirmed=True)
    return evaluate(rule, tick)


def fire_now(rule: PriceRule, price: Decimal, at: datetime) -> PriceRule:
    """The rule after its owner asked to be told at once. Raises ValueError when it does not wait."""
    if rule.state is not RuleState.WAITING:
        raise ValueError(f"a rule that is {rule.state.value} does not wait")
    return _fired(rule, price, at)


def parked(rule: PriceRule, reason: str) -> PriceRule:
    """The rule that cannot be watched, and why."""
    return replace(rule, state=RuleState.PARKED, version=rule.version + 1, reason=reason)


def unparked(rule: PriceRule) -> PriceRule:
    """The rule that can be watched again. It waits: it arms at the first print that is not beyond the level."""
    return replace(rule, state=RuleState.WAITING, version=rule.version + 1, reason="", pending=False)


def deleted(rule: PriceRule) -> PriceRule:
    return replace(rule, state=RuleState.DELETED, version=rule.version + 1)


def distance_percent(rule: PriceRule, last: Decimal) -> Decimal | None:
    """How far the price has to move to the level, in percent of `last`: positive up; None for no price."""
    return (rule.level - last) / last * 100 if is_price(last) else None


def price_rule(rule: AlertRule) -> PriceRule | None:
    """A standing alert as the rule of one level that is evaluated here; None for any other condition."""
    condition = rule.terms.condition
    if not is_plain(rule.terms):
        return None
    assert isinstance(condition, Level | Cross)
    (watched,) = rule.instruments
    return PriceRule(
        id=rule.id,
        team_id=rule.team_id,
        owner=rule.owner,
        link_id=rule.link_id,
        symbol=watched.broker_symbol,
        streamer_symbol=watched.streamer_symbol,
        words=watched.words,
        direction=Direction(condition.side.value),
        level=condition.level,
        channel=rule.channel,
        state=rule.state,
        version=rule.version,
        created_at=rule.created_at,
        armed_at=rule.armed_at,
        fired_at=rule.fired_at,
        last_price=rule.last_value,
        reason=rule.reason,
    )


def is_plain(terms: AlertTerms) -> bool:
    """One level of the last trade, once, at all hours."""
    condition = terms.condition
    return (
        isinstance(condition, Level | Cross)
        and isinstance(condition.value, Source)
        and condition.value.field is Field.LAST
        and (terms.repeat, terms.hours) == (Repeat(), Hours.ALL)
    )


def stepped(rule: AlertRule, after: PriceRule) -> AlertRule:
    """The standing alert as its rule of one level has become."""
    return replace(
        rule,
        state=after.state,
        version=after.version,
        armed_at=after.armed_at,
        fired_at=after.fired_at,
        last_value=after.last_price,
        reason=after.reason,
    )


def standing(rule: PriceRule, number: int) -> AlertRule:
    """The standing alert that a rule of one level is."""
    symbol = rule.symbol.replace(" ", "")
    sign = ">" if rule.direction is Direction.ABOVE else "<"
    return AlertRule(
        id=rule.id,
        number=number,
        team_id=rule.team_id,
        owner=rule.owner,
        link_id=rule.link_id,
        terms=AlertTerms(Level(Source(symbol), Side(rule.direction.value), rule.level)),
        text=f"{symbol} {sign} {price_text(rule.level)}",
        instruments=(Watched(symbol, rule.symbol, rule.streamer_symbol, rule.words),),
        channel=rule.channel,
        state=rule.state,
        version=rule.version,
        created_at=rule.created_at,
        armed_at=rule.armed_at,
        fired_at=rule.fired_at,
        last_value=rule.last_price,
        reason=rule.reason,
    )
