"""Alerts: set, fired, merged, listed, deleted. A late or repeated one says so (I42, I45, I47)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from senexbot.blocks import figures
from senexbot.blocks.actions import ActionId, SayButton, say_buttons
from senexbot.blocks.kit import (
    Block,
    Message,
    button,
    card,
    channel_words,
    context,
    esc,
    person,
    section,
    when,
)
from senexbot.domain.alerts import Direction, PriceRule, RuleState
from senexbot.domain.instruments import OptionContract
from senexbot.domain.news import AlertNews

ROWS_SHOWN = 20
MERGED_SHOWN = 20
SYMBOLS_SHOWN = 100
TRADES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule in the list. `distance_percent`: how far the last price is from the level, None if unknown."""

    rule: PriceRule
    last: Decimal | None
    distance_percent: Decimal | None
    handle: str


def _level_words(rule: PriceRule) -> str:
    return f"{_name(rule)} last {rule.direction.value} {figures.price(rule.level)}"


def _name(rule: PriceRule) -> str:
    return esc(rule.words or rule.symbol, 40)


def alert_set(
    rule: PriceRule,
    *,
    last: Decimal | None,
    distance: Decimal | None,
    already_true: bool,
    where: str,
    handle: str,
    fire_handle: str = "",
) -> Message:
    """After a rule is set. `distance` in percent of the last price; `where`: "here" or "your messages because …".

    When it is true already it waits for a fresh move; `fire_handle` offers to fire now all the same.
    """
    told = f"Told in {esc(where, 120)}" if where != "here" else "Told here"
    delete = button("Delete alert", ActionId.RULE_DELETE, handle)
    if not already_true:
        return card(f"Watching: {_level_words(rule)}, once", _now(last, distance), told, buttons=(delete,))
    back = "at or under" if rule.direction is Direction.ABOVE else "at or over"
    price = "" if last is None else f" ({figures.price(last)})"
    fire = (button("Fire it now", ActionId.RULE_FIRE, fire_handle),) if fire_handle else ()
    return card(
        f"Waiting: {_name(rule)} is {rule.direction.value} {figures.price(rule.level)} already{price}",
        f"It fires, once, when {_name(rule)} has been {back} {figures.price(rule.level)} and moves {rule.direction.value} it again",
        told,
        buttons=(*fire, delete),
    )


def _now(last: Decimal | None, distance: Decimal | None) -> str:
    if last is None:
        return "No last trade seen yet"
    away = "" if distance is None else f", {figures.percent(abs(distance), places=1)} away"
    return f"Now {figures.price(last)}{away}"


def alert_fired(
    news: AlertNews,
    *,
    now: datetime,
    maybe_repeat: bool = False,
    in_channel: bool = False,
    says: Sequence[SayButton] = (),
) -> Message:
    """One firing. Late ones, repeats and those fired by the button are marked; a channel reads whose it is."""
    mark = "Possible repeat: " if maybe_repeat else ""
    mark += "Seen late: " if news.late else ""
    notes = []
    if news.asked:
        notes.append(f"Fired because {'its owner' if in_channel else 'you'} asked; it was true already")
    if news.late:
        notes.append("The price line was down when it crossed; found in the check afterwards")
    if maybe_repeat:
        notes.append("Slack did not confirm the first message, so this may be its double")
    whose = f"Alert of {person(news.owner)}:" if in_channel else "Your alert"
    return card(
        f"{mark}{_fired_words(news)} ({figures.age(news.at, now)})",
        f'{whose} "{esc(news.words, 60)}" · {when(news.at, now, seconds=True)} · it fires once, so it is done',
        " · ".join(notes),
        buttons=(*_trade(news), *say_buttons(says)),
    )


def _trade(news: AlertNews, *, label: str = "Trade", number: str = "") -> tuple[Block, ...]:
    """Opens the order ticket of whoever presses it; firings of before it was there have none."""
    return (button(label, f"{ActionId.TICKET_TRADE}{number}", news.trade),) if news.trade else ()


def _fired_words(news: AlertNews) -> str:
    return (
        f"{esc(news.symbol, 40)} {figures.price(news.price)}, "
        f"{esc(news.direction, 10)} {figures.price(news.level)}"
    )


def alerts_merged(news: Sequence[AlertNews], *, maybe_repeat: bool = False) -> Message:
    """A burst in one message: how many, which, first and last time (I45)."""
    ordered = sorted(news, key=lambda n: n.at)
    if not ordered:
        return card("No alerts")
    first, last = ordered[0].at, ordered[-1].at
    mark = "Possible repeat: " if maybe_repeat else ""
    title = f"{mark}{figures.counted(len(ordered), 'alert')} from {first:%H:%M:%S} to {last:%H:%M:%S} UTC"
    rows = [section("\n".join(_merged_line(n) for n in ordered[:MERGED_SHOWN]))]
    if len(ordered) > MERGED_SHOWN:
        rows.append(section(f"… and {_rest(ordered[MERGED_SHOWN:])}"))
    each = {n.symbol: n for n in ordered}
    trades = [
        _trade(n, label=f"Trade {_instrument(n.symbol)}", number=f"#{i}")
        for i, n in enumerate([*each.values()][:TRADES_SHOWN])
    ]
    return card(title, rows=rows, buttons=[one for some in trades for one in some])


def _instrument(symbol: str) -> str:
    contract = OptionContract.from_occ(symbol)
    return symbol if contract is None else contract.words


def _merged_line(news: AlertNews) -> str:
    late = " (seen late)" if news.late else ""
    return f"{_fired_words(news)}, {when(news.at, seconds=True)}{late}"


def _rest(news: Sequence[AlertNews]) -> str:
    """Those without a line of their own, by symbol: nothing is dropped in silence."""
    symbols = sorted({n.symbol for n in news})
    named = ", ".join(esc(symbol, 20) for symbol in symbols[:SYMBOLS_SHOWN])
    left = len(symbols) - SYMBOLS_SHOWN
    more = f" and {left} more symbols" if left > 0 else ""
    return f"{len(news)} more on {named}{more}"


def alert_list(rows: Sequence[RuleRow], *, now: datetime, says: Sequence[SayButton] = ()) -> Message:
    """Nearest to its level first, each with its Delete."""
    if not rows:
        return card(
            "You have no alerts", "Set one: `/alert AAPL &gt; 200` tells you once", buttons=say_buttons(says)
        )
    far = Decimal(10**9)
    near = sorted(rows, key=lambda r: abs(r.distance_percent) if r.distance_percent is not None else far)
    blocks = [_rule_row(row, now) for row in near[:ROWS_SHOWN]]
    if len(rows) > ROWS_SHOWN:
        blocks.append(context(f"… and {len(rows) - ROWS_SHOWN} more, farther away"))
    title = "1 alert" if len(rows) == 1 else f"{len(rows)} alerts, nearest first"
    return card(title, rows=blocks, buttons=say_buttons(says))


def _rule_row(row: RuleRow, now: datetime) -> Block:
    rule = row.rule
    place = f"told in {channel_words(rule.channel)}" if rule.channel else "told in your messages"
    words = f"*{_level_words(rule)}* · {_state(rule, now)}\n{_now(row.last, row.distance_percent)} · {place}"
    delete = button("Delete alert", ActionId.RULE_DELETE, row.handle) if row.handle else None
    return section(words, accessory=delete)


def _state(rule: PriceRule, now: datetime) -> str:
    if rule.state is RuleState.PARKED:
        return f"not watched: {esc(rule.reason, 80) or 'reason not known'}"
    if rule.state is RuleState.FIRED and rule.fired_at is not None:
        return f"fired {when(rule.fired_at, now)}"
    return _STATES[rule.state]


_STATES = {
    RuleState.WAITING: "true already, waits for the next move",
    RuleState.ARMED: "watching",
    RuleState.FIRED: "fired",
    RuleState.DELETED: "deleted",
}


def alert_deleted(rule: PriceRule) -> Message:
    return card(f"Deleted: {_level_words(rule)}", "It will not fire. All others: `/senex alerts`")
