"""What the buttons of alerts do: of rules, of what was told, of risk. As in buttons.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from senexbot.blocks import alert_rules as alert_blocks
from senexbot.blocks.actions import ActionId
from senexbot.blocks.kit import Message
from senexbot.handlers import verbs_alert, verbs_desk, verbs_risk, verbs_routing
from senexbot.handlers.pressing import Press, ask_of


async def _rule_change(press: Press) -> None:
    rule = await press.desk.alerts.of_handle(press.actor, press.handle)
    await press.desk.slack.open_view(press.trigger_id, alert_blocks.alert_form(rule, press.handle))


async def _rule_delete(press: Press) -> Message:
    rule = await press.desk.alerts.of_handle(press.actor, press.handle)
    return await verbs_alert.deleted(press.desk, press.actor, rule)


async def _rule_fire(press: Press) -> None:
    await press.desk.alerts.fire_now(press.actor, press.handle)
    press.desk.alerts_changed()


async def _alert_have(press: Press) -> Message:
    return await verbs_routing.have_it(press.desk, press.actor, press.handle)


async def _alert_snooze(press: Press) -> Message:
    return await verbs_routing.snooze(press.desk, press.actor, press.handle)


async def _alert_move(press: Press) -> Message:
    return await verbs_routing.move_level(press.desk, press.actor, press.handle)


async def _alerts_all(press: Press) -> None:
    await verbs_routing.show_all(
        press.desk,
        press.actor,
        press.handle,
        trigger_id=press.trigger_id,
        view_id=press.view_id,
        offset=press.number,
    )


async def _alert_halt(press: Press) -> Message:
    """Asked once more by the button; whether they may is the verb's business."""
    return await verbs_desk.halt(ask_of(press))


async def _risk_close(press: Press) -> Message | None:
    return await verbs_risk.press_close(ask_of(press, direct=press.direct), press.handle)


async def _risk_roll(press: Press) -> Message | None:
    return await verbs_risk.press_roll(ask_of(press, direct=press.direct), press.handle)


async def _risk_flatten(press: Press) -> Message | None:
    return await verbs_risk.press_flatten(ask_of(press, direct=press.direct), press.handle)


async def _risk_line(press: Press) -> None:
    """The alert's own message shows it."""
    await press.desk.risk.move_line(press.actor, press.handle)


async def _risk_show(press: Press) -> Message:
    return await verbs_risk.press_show(press.desk, press.actor, press.handle)


async def _risk_set(press: Press) -> Message:
    return await verbs_risk.press_set(press.desk, press.actor, press.handle)


ALERT_BUTTONS: Mapping[ActionId, Callable[[Press], Awaitable[Message | None]]] = {
    ActionId.RULE_CHANGE: _rule_change,
    ActionId.RULE_DELETE: _rule_delete,
    ActionId.RULE_FIRE: _rule_fire,
    ActionId.RISK_CLOSE: _risk_close,
    ActionId.RISK_ROLL: _risk_roll,
    ActionId.RISK_FLATTEN: _risk_flatten,
    ActionId.RISK_LINE: _risk_line,
    ActionId.RISK_SHOW: _risk_show,
    ActionId.RISK_SET: _risk_set,
    ActionId.RISK_USUAL: _risk_set,
    ActionId.ALERT_ACK: _alert_have,
    ActionId.ALERT_SNOOZE: _alert_snooze,
    ActionId.ALERT_MOVE: _alert_move,
    ActionId.ALERTS_ALL: _alerts_all,
    ActionId.ALERT_HALT: _alert_halt,
}
