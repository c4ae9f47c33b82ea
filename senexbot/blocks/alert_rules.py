"""Standing alerts: set, listed, changed, paused, deleted, each with what is told and how far away it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from senexbot.blocks import figures
from senexbot.blocks.actions import ActionId, CallbackId, SayButton, say_buttons
from senexbot.blocks.approval_forms import FIELD_ACTION, FIELD_BLOCK
from senexbot.blocks.inputs import text_input
from senexbot.blocks.kit import (
    PRIVATE_METADATA_LIMIT,
    VIEW_TITLE_LIMIT,
    Block,
    Message,
    Modal,
    button,
    card,
    channel_words,
    context,
    esc,
    overflow,
    person,
    plain_text,
    section,
    when,
)
from senexbot.domain.alerting.nearness import Distance
from senexbot.domain.alerting.reading_numbers import VOLATILITY
from senexbot.domain.alerting.rules import AlertRule, RuleState
from senexbot.domain.alerting.terms import Source
from senexbot.domain.alerting.trees import tests_of, value_of
from senexbot.domain.alerting.words import (
    condition_words,
    level_words,
    repeat_words,
    time_words,
    value_words,
    words_of,
)
from senexbot.domain.routing.entry import Place
from senexbot.domain.routing.escalation import Escalation

ROWS_SHOWN = 20
_WORDS = 400


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One alert in the list. `menu`: label and handle of each command of its menu. `is_mine`: else its owner is named."""

    rule: AlertRule
    distance: Distance | None
    menu: tuple[tuple[str, str], ...] = ()
    is_mine: bool = True


def rule_words(rule: AlertRule) -> str:
    """All that the alert says but where it is told; escaped."""
    return esc(words_of(rule.terms, _names(rule)), _WORDS)


def _names(rule: AlertRule) -> dict[str, str]:
    return {one.symbol: one.words for one in rule.instruments}


def _condition(rule: AlertRule) -> str:
    return esc(condition_words(rule.terms.condition, _names(rule)), _WORDS)


def alert_set(
    rule: AlertRule,
    *,
    distance: Distance | None,
    is_true: bool | None,
    handle: str,
    moved_why: str = "",
    was: str = "",
    history: str = "",
    says: Sequence[SayButton] = (),
) -> Message:
    """After an alert is set, or changed (`was`: its words before).

    `is_true`: of its condition now; such a one waits, and *Fire it now* is offered. `history`: how often it would have
    fired, in words, from candles.
    """
    told = f"{_told(rule)}{f', because {esc(moved_why, 120)}' if moved_why else ''} · alert {rule.number}"
    before = f"Before: {esc(was, 120)}" if was else ""
    change = button("Change", ActionId.RULE_CHANGE, handle)
    delete = button("Delete alert", ActionId.RULE_DELETE, handle)
    if rule.state is RuleState.PAUSED:
        return card(f"Changed, still paused: {rule_words(rule)}", before, told, buttons=(change, delete))
    if is_true:
        fire = () if was else (button("Fire it now", ActionId.RULE_FIRE, handle),)
        return card(
            f"Waiting: {_condition(rule)} already{_now_in(distance, rule)}",
            f"It fires, {esc(repeat_words(rule.terms.repeat), 90)}, when that has ended and comes true again",
            before,
            told,
            buttons=(*fire, change, delete),
        )
    line = " · ".join(part for part in (_now(distance, rule, is_true=is_true), esc(history, 120)) if part)
    line = figures.raised(line)
    return card(
        f"Watching: {rule_words(rule)}", line, before, told, buttons=(change, delete, *say_buttons(says))
    )


def _told(rule: AlertRule) -> str:
    """Where it is told, and to whom it goes from there when its rule says that."""
    escalate = rule.terms.escalate
    then = "" if escalate is None else f"; if nobody has it, {escalation_words(escalate)}"
    return f"{_place(rule)}{then}"


def escalation_words(escalation: Escalation) -> str:
    """`after 10 min to everybody with role risk`; what is not said here is as the desk has it."""
    after = "" if escalation.after is None else f"after {time_words(escalation.after)}"
    to = ""
    if escalation.role is not None:
        to = f"to everybody with role {escalation.role.value}"
    elif escalation.to:
        is_room = Place(escalation.to).is_room
        to = f"to {channel_words(escalation.to) if is_room else person(escalation.to)}"
    return " ".join(part for part in (after, to) if part)


def _place(rule: AlertRule) -> str:
    if rule.channel:
        return f"Told in {channel_words(rule.channel)}"
    return f"Told to {person(rule.to_user)}" if rule.to_user else "Told in your messages"


def _now(distance: Distance | None, rule: AlertRule, *, is_true: bool | None) -> str:
    if distance is None:
        return "Not known yet how far away it is" if is_true is None else ""
    return f"Now {_value(distance, rule)}, {_away(distance)}"


def _now_in(distance: Distance | None, rule: AlertRule) -> str:
    return "" if distance is None else f" (now {_value(distance, rule)})"


def _value(distance: Distance, rule: AlertRule) -> str:
    """Of several values that the alert looks at, which one it is stands with it."""
    several = len({value_of(test) for test in tests_of(rule.terms.condition)}) > 1
    named = f"{esc(value_words(distance.value, _names(rule)), 60)} " if several else ""
    return f"{named}{_level(distance, distance.now)}"


def _level(distance: Distance, number: Decimal) -> str:
    """What is divided or halved has more digits than anybody reads, and a volatility most of all."""
    is_volatility = isinstance(distance.value, Source) and distance.value.field in VOLATILITY
    return level_words(distance.value, round(number, 1 if is_volatility else 4))


def _away(distance: Distance) -> str:
    if not distance.away:
        return "there now"
    if distance.percent is None or distance.percent > 1_000:
        return f"{_level(distance, distance.away)} away"
    return f"{figures.percent(distance.percent, places=1)} away"


def alert_list(rows: Sequence[RuleRow], *, now: datetime, says: Sequence[SayButton] = ()) -> Message:
    """Nearest first, as they come; each with its menu. An operator sees whose the others are."""
    if not rows:
        return card(
            "You have no alerts", "Set one: `/alert AAPL &gt; 200` tells you once", buttons=say_buttons(says)
        )
    blocks = [_row(row, now) for row in rows[:ROWS_SHOWN]]
    if len(rows) > ROWS_SHOWN:
        blocks.append(context(f"… and {len(rows) - ROWS_SHOWN} more, farther away"))
    title = "1 alert" if len(rows) == 1 else f"{len(rows)} alerts, nearest first"
    return card(title, rows=blocks, buttons=say_buttons(says))


def _row(row: RuleRow, now: datetime) -> Block:
    rule = row.rule
    whose = "" if row.is_mine else f" · of {person(rule.owner)}"
    far = _now(row.distance, rule, is_true=None) if rule.state in {RuleState.ARMED, RuleState.WAITING} else ""
    told = _told(rule) if row.is_mine or rule.channel or rule.to_user else "Told to its owner"
    line = " · ".join(part for part in (far, told) if part)
    words = f"*{rule.number}* · *{rule_words(rule)}* · {_state(rule, now)}{whose}\n{line}"
    return section(words, accessory=overflow(str(ActionId.RULE_MENU), row.menu) if row.menu else None)


def _state(rule: AlertRule, now: datetime) -> str:
    if rule.state is RuleState.PARKED:
        return f"not watched: {esc(rule.reason, 80) or 'reason not known'}"
    if rule.state is RuleState.RESTING and rule.fired_at is not None:
        return f"fired {when(rule.fired_at, now)}, rests"
    if rule.state is RuleState.PAUSED and rule.snoozed_until is not None:
        return f"paused until {when(rule.snoozed_until, now)}"
    return _STATES[rule.state]


_STATES = {
    RuleState.WAITING: "true already, or not known: waits",
    RuleState.ARMED: "watching",
    RuleState.RESTING: "fired, rests",
    RuleState.FIRED: "fired, done",
    RuleState.PAUSED: "paused",
    RuleState.EXPIRED: "over",
    RuleState.DELETED: "deleted",
}


def alert_shown(rule: AlertRule, *, now: datetime, handle: str) -> Message:
    """One alert as it is, with the text that changes it."""
    change = button("Change", ActionId.RULE_CHANGE, handle)
    return card(
        f"Alert {rule.number}: {rule_words(rule)}",
        f"{_state(rule, now)[:1].upper()}{_state(rule, now)[1:]} · {_told(rule)}",
        # in a block of its own: nothing in front of it may cut its code open
        rows=[
            section(
                f"To change it say `/alerts edit {rule.number} {esc(rule.text, _WORDS)}` with other words"
            )
        ],
        buttons=(change, button("Delete alert", ActionId.RULE_DELETE, handle)),
    )


def alert_form(rule: AlertRule, handle: str) -> Modal:
    """The alert's own text to be typed over."""
    field = text_input(
        FIELD_BLOCK,
        FIELD_ACTION,
        "The alert, as you would say it",
        initial=rule.text,
        hint="AAPL > 200 and SPY < 590 daily until friday",
    )
    return Modal(
        {
            "type": "modal",
            "callback_id": str(CallbackId.RULE_CHANGE),
            "title": plain_text(f"Alert {rule.number}", VIEW_TITLE_LIMIT),
            "submit": plain_text("Change", VIEW_TITLE_LIMIT),
            "close": plain_text("Back", VIEW_TITLE_LIMIT),
            "private_metadata": handle[:PRIVATE_METADATA_LIMIT],
            "blocks": [field],
        }
    )


def alert_paused(rule: AlertRule, *, says: Sequence[SayButton] = ()) -> Message:
    return card(
        f"Paused: {rule_words(rule)}", "It is not watched until you resume it", buttons=say_buttons(says)
    )


def alert_resumed(rule: AlertRule) -> Message:
    return card(
        f"Watching again: {rule_words(rule)}",
        "What happened meanwhile is not told; it arms at the first value that is not true",
    )


def alert_deleted(rule: AlertRule) -> Message:
    return card(f"Deleted: {rule_words(rule)}", "It will not fire. All others: `/alerts`")
