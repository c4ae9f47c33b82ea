"""Verbs about alerts: `alert …` sets one, `alerts` lists, changes, pauses, resumes and deletes them by their numbers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from senexbot.blocks import alert_rules as blocks
from senexbot.blocks.alert_history import often_words
from senexbot.blocks.kit import Message
from senexbot.domain.alerting.reading import parse_alert
from senexbot.domain.alerting.rules import AlertRule, RuleState, may
from senexbot.domain.errors import ParseError, Suggestion
from senexbot.domain.links import Actor
from senexbot.domain.words import Word, first_and_rest, stumble
from senexbot.handlers import verbs_backtest
from senexbot.handlers.asking import Ask, Desk, DirectReply
from senexbot.services.alerts.rules import RuleSet

_HOW = "Say alerts, alerts edit 3 AAPL > 210, alerts pause 3, alerts resume 3 or alerts delete 3."


async def alert(ask: Ask) -> Message:
    tried = verbs_backtest.asks_for_a_test(ask.text)
    if tried is not None and _is_number(tried):
        rule = await ask.desk.alerts.of_number(ask.actor, _number(tried))
        return await verbs_backtest.told(ask, await ask.desk.backtesting.of_rule(rule), "")
    if tried is not None:
        return await verbs_backtest.backtest_alert(ask, tried)
    terms = parse_alert(ask.text, ask.desk.alerts.today())
    made = await ask.desk.alerts.set(ask.actor, terms, "" if ask.direct else ask.channel)
    ask.desk.alerts_changed()
    return await set_card(ask.desk, made)


async def set_card(desk: Desk, made: RuleSet, *, was: str = "") -> Message:
    history = "" if made.is_true or made.rule.state is RuleState.PAUSED else await _history(desk, made.rule)
    return blocks.alert_set(
        made.rule,
        distance=made.distance,
        is_true=made.is_true,
        handle=made.handle,
        moved_why=made.moved_why,
        was=was,
        history=history,
    )


async def _history(desk: Desk, rule: AlertRule) -> str:
    """How often it would have fired, when that is known in a moment; "" else."""
    tested = await desk.backtesting.at_once(rule)
    if tested is None or tested.found is None or not tested.reach:
        return ""
    return often_words(tested.found, tested.reach, counts_moments=tested.counts_moments)


async def alerts(ask: Ask) -> Message:
    """Alone the list; else a command for one alert, named by its number."""
    head, rest = first_and_rest(ask.text)
    if not head:
        return await _listed(ask)
    do = _COMMANDS.get(head.lower())
    if do is None:
        raise stumble("{} is nothing that can be done with alerts.", Word(head, 1), _HOW)
    number, text = first_and_rest(rest)
    if not _is_number(number):
        raise ParseError(
            f"Which alert? Behind {head.lower()} stands its number, as alerts shows it.", hint=_HOW
        )
    rule = await ask.desk.alerts.of_number(ask.actor, _number(number))
    return await do(ask, rule, text)


def _is_number(text: str) -> bool:
    digits = text.removeprefix("#")
    return digits.isascii() and digits.isdigit() and len(digits) <= 9


def _number(text: str) -> int:
    return int(text.removeprefix("#"))


async def _listed(ask: Ask) -> Message:
    rows = await ask.desk.alerts.listed(ask.actor)
    if not rows:
        says = await ask.desk.says(ask.actor, (Suggestion("Watch SPY", "alert SPY > 700"),))
        return blocks.alert_list((), now=ask.desk.clock.now(), says=says)
    shown = rows[: blocks.ROWS_SHOWN]
    menus = await ask.desk.menus(ask.actor, [_offers(row.rule, is_mine=row.is_mine) for row in shown])
    found = [
        blocks.RuleRow(row.rule, row.distance, menu, row.is_mine)
        for row, menu in zip(shown, menus, strict=True)
    ]
    found += [blocks.RuleRow(row.rule, row.distance) for row in rows[blocks.ROWS_SHOWN :]]
    return blocks.alert_list(found, now=ask.desk.clock.now())


def _offers(rule: AlertRule, *, is_mine: bool) -> tuple[Suggestion, ...]:
    """What its menu says: what may be done with it as it is."""
    names = [("Change", "edit")] if is_mine else []
    if may(rule, "resume"):
        names.append(("Resume", "resume"))
    elif may(rule, "pause"):
        names.append(("Pause", "pause"))
    names.append(("Delete alert", "delete"))
    return tuple(Suggestion(label, f"alerts {verb} {rule.number}") for label, verb in names)


async def _edit(ask: Ask, rule: AlertRule, text: str) -> Message:
    if not text:
        handle = await ask.desk.alerts.handle(ask.actor, rule)
        return blocks.alert_shown(rule, now=ask.desk.clock.now(), handle=handle)
    return await _changed(ask.desk, ask.actor, rule, text)


async def _changed(desk: Desk, actor: Actor, rule: AlertRule, text: str) -> Message:
    terms = parse_alert(text, desk.alerts.today())
    made = await desk.alerts.edit(actor, rule, terms)
    desk.alerts_changed()
    return await set_card(desk, made, was=rule.text)


async def form_said(desk: Desk, actor: Actor, handle: str, text: str) -> None:
    """The form of *Change*: what is wrong is shown in it, what was changed in the person's messages."""
    rule = await desk.alerts.of_handle(actor, handle)
    message = await _changed(desk, actor, rule, text)
    await DirectReply(slack=desk.slack, user_id=actor.user_id).final(message)


async def _pause(ask: Ask, rule: AlertRule, text: str) -> Message:
    _alone(text)
    after = await ask.desk.alerts.pause(ask.actor, rule)
    ask.desk.alerts_changed()
    says = await ask.desk.says(ask.actor, (Suggestion("Resume", f"alerts resume {rule.number}"),))
    return blocks.alert_paused(after, says=says)


async def _resume(ask: Ask, rule: AlertRule, text: str) -> Message:
    _alone(text)
    after = await ask.desk.alerts.resume(ask.actor, rule)
    ask.desk.alerts_changed()
    return blocks.alert_resumed(after)


async def _delete(ask: Ask, rule: AlertRule, text: str) -> Message:
    _alone(text)
    return await deleted(ask.desk, ask.actor, rule)


async def deleted(desk: Desk, actor: Actor, rule: AlertRule) -> Message:
    after = await desk.alerts.delete(actor, rule)
    desk.alerts_changed()
    return blocks.alert_deleted(after)


def _alone(text: str) -> None:
    head, _ = first_and_rest(text)
    if head:
        raise stumble("{} is one word too many.", Word(head, 3), _HOW)


_COMMANDS: Mapping[str, Callable[[Ask, AlertRule, str], Awaitable[Message]]] = {
    "edit": _edit,
    "change": _edit,
    "pause": _pause,
    "resume": _resume,
    "delete": _delete,
    "remove": _delete,
}
