"""Every card in every state, by group: what the golden files show and what Slack's rules are checked on."""

from .account_cases import account_cards, quote_cards
from .alert_post_cases import alert_lists, alert_posts_cards
from .alert_rule_cases import alert_rule_cards
from .approval_cases import approval_cards
from .desk_cases import HaltRow, desk_cards, error_cards, help_cards, notice_cards
from .flatten_cases import flatten_cards
from .future_cases import future_cards
from .history_cases import history_cards
from .mandate_cases import mandate_cards
from .order_cases import external_cards, order_lives, order_messages, order_previews
from .policy_cases import policy_cards
from .risk_cases import risk_cards
from .ticket_cases import ticket_cards

__all__ = ["GROUPS", "HaltRow"]

GROUPS = {
    "order_previews": order_previews,
    "order_lives": order_lives,
    "order_messages": order_messages,
    "external": external_cards,
    "approvals": approval_cards,
    "mandates": mandate_cards,
    "ticket": ticket_cards,
    "accounts": account_cards,
    "quotes": quote_cards,
    "futures": future_cards,
    "alert_rules": alert_rule_cards,
    "alert_posts": alert_posts_cards,
    "alert_lists": alert_lists,
    "alert_history": history_cards,
    "errors": error_cards,
    "notices": notice_cards,
    "desk": desk_cards,
    "flatten": flatten_cards,
    "policy": policy_cards,
    "risk": risk_cards,
    "help": help_cards,
}
