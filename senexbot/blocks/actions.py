"""Every action and callback id, with one encoder and one decoder.

A button's value is a random handle and nothing else; what it stands for is in the store.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from senexbot.blocks.kit import Block, button


class ActionId(enum.StrEnum):
    ORDER_CONFIRM = "order_confirm"
    ORDER_DISCARD = "order_discard"
    ORDER_STEP_DOWN = "order_step_down"
    ORDER_STEP_UP = "order_step_up"
    ORDER_AGAIN = "order_again"
    ORDER_MOVE_DOWN = "order_move_down"
    ORDER_MOVE_UP = "order_move_up"
    MOVE_ACCEPT = "move_accept"
    WALK_START = "walk_start"
    WALK_STOP = "walk_stop"
    WALK_RESUME = "walk_resume"
    ORDER_CANCEL = "order_cancel"
    ORDER_LOOK = "order_look"
    ORDER_ON_IT = "order_on_it"
    ORDER_CLOSE = "order_close"
    ORDER_EXPLAIN = "order_explain"
    ORDER_ASK = "order_ask"
    ORDER_FEWER = "order_fewer"
    ORDER_ANSWER = "order_answer"
    APPROVAL_APPROVE = "approval_approve"
    APPROVAL_FEWER = "approval_fewer"
    APPROVAL_DECLINE = "approval_decline"
    APPROVAL_QUESTION = "approval_question"
    APPROVAL_REFRESH = "approval_refresh"
    MANDATE_APPROVE = "mandate_approve"
    MANDATE_DECLINE = "mandate_decline"
    MANDATE_REVOKE = "mandate_revoke"
    EXTERNAL_CANCEL = "external_cancel"
    EXTERNAL_REASON = "external_reason"
    RULE_CHANGE = "rule_change"
    RULE_DELETE = "rule_delete"
    RULE_MENU = "rule_menu"
    RULE_FIRE = "rule_fire"
    ALERT_ACK = "alert_ack"
    ALERT_SNOOZE = "alert_snooze"
    ALERT_MOVE = "alert_move"
    ALERTS_ALL = "alerts_all"
    ALERT_HALT = "alert_halt"
    RISK_CLOSE = "risk_close"
    RISK_ROLL = "risk_roll"
    RISK_LINE = "risk_line"
    RISK_SHOW = "risk_show"
    RISK_FLATTEN = "risk_flatten"
    RISK_SET = "risk_set"
    RISK_USUAL = "risk_usual"
    LINK_DEFAULT = "link_default"
    LINK_DISCONNECT = "link_disconnect"
    LINK_ERASE = "link_erase"
    LINK_CONNECT = "link_connect"
    SAY = "say"
    RESUME = "desk_resume"
    HALT_CANCEL = "halt_cancel"
    HALT_CANCEL_ALL = "halt_cancel_all"
    FLATTEN_PLAN = "flatten_plan"
    FLATTEN_SEND = "flatten_send"
    FLATTEN_ON = "flatten_on"
    FLATTEN_STOP = "flatten_stop"
    POLICY_AGREE = "policy_agree"
    POLICY_WITHDRAW = "policy_withdraw"
    ORDER_PICTURE = "order_picture"
    TICKET_OPEN = "ticket_open"
    TICKET_TRADE = "ticket_trade"
    POSITION_MENU = "position_menu"
    TICKET_CHANGED = "ticket_changed"
    TICKET_SYMBOL = "ticket_symbol"


class CallbackId(enum.StrEnum):
    CONNECT = "connect"
    ORDER_ASK = "order_ask"
    ORDER_ANSWER = "order_answer"
    APPROVAL_FEWER = "approval_fewer"
    APPROVAL_DECLINE = "approval_decline"
    APPROVAL_QUESTION = "approval_question"
    EXTERNAL_REASON = "external_reason"
    MANDATE_DECLINE = "mandate_decline"
    RULE_CHANGE = "rule_change"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True)
class SayButton:
    """A next step: pressing it says a command that is kept under `handle`."""

    label: str
    handle: str


def action_kind(action_id: str) -> ActionId | None:
    """`say#1` -> SAY, `order_confirm` -> ORDER_CONFIRM; None when it is none of ours."""
    name, mark, number = action_id.partition("#")
    if mark and not (number.isascii() and number.isdigit()):
        return None
    try:
        return ActionId(name)
    except ValueError:
        return None


def number_of(action_id: str) -> int:
    """`alerts_all#20` -> 20; 0 when none stands behind it."""
    number = action_id.partition("#")[2]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0


def say_buttons(says: Sequence[SayButton]) -> tuple[Block, ...]:
    """One button each; their ids differ because Slack wants them to within one message."""
    return tuple(button(s.label, f"{ActionId.SAY}#{i}", s.handle) for i, s in enumerate(says))
