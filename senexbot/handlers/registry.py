"""Which function answers which verb. The verbs themselves are declared in domain/verbs.py."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from senexbot.blocks.kit import Message
from senexbot.domain.verbs import VERBS
from senexbot.handlers import (
    verbs_account,
    verbs_alert,
    verbs_approval,
    verbs_desk,
    verbs_mandate,
    verbs_market,
    verbs_order,
    verbs_policy,
    verbs_risk,
    verbs_routing,
)
from senexbot.handlers.asking import Ask

Handler = Callable[[Ask], Awaitable[Message | None]]

HANDLERS: Mapping[str, Handler] = {
    "quote": verbs_market.quote,
    "alert": verbs_alert.alert,
    "alerts": verbs_routing.alerts,
    "order": verbs_order.order,
    "close": verbs_order.close,
    "roll": verbs_order.roll,
    "replace": verbs_order.replace,
    "orders": verbs_order.orders,
    "positions": verbs_account.positions,
    "balances": verbs_account.balances,
    "connect": verbs_account.connect,
    "disconnect": verbs_account.disconnect,
    "accounts": verbs_account.accounts,
    "halt": verbs_desk.halt,
    "resume": verbs_desk.resume,
    "flatten": verbs_desk.flatten,
    "policy": verbs_policy.policy,
    "approvals": verbs_approval.approvals,
    "deputy": verbs_approval.deputy,
    "rota": verbs_approval.rota,
    "mandate": verbs_mandate.mandate,
    "mandates": verbs_mandate.mandates,
    "risk": verbs_risk.risk,
    "status": verbs_desk.status,
    "help": verbs_desk.help_,
}

# A verb without a handler, or a handler without a verb, is a fault of the program, found at import.
assert HANDLERS.keys() == {verb.name for verb in VERBS}
