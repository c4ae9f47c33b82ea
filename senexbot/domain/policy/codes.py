"""The published codes of the desk's policy, beside those of checks.py (I24). docs/policy.md lists them."""

from __future__ import annotations

from collections.abc import Mapping

POLICY_CODES: Mapping[str, str] = {
    "limit_notional": "The order is worth more than the limit.",
    "limit_shares": "The order has more shares than the limit.",
    "limit_contracts": "The order has more contracts than the limit.",
    "limit_loss": "The order can lose more than the limit.",
    "limit_uncapped": "The order has more contracts without a cap on their loss than the limit.",
    "limit_buying_power": "More of the account's buying power would be in use than the limit.",
    "limit_concentration": "More of the account would be in one underlying than the limit.",
    "limit_orders": "The account has had its orders of this trading day.",
    "limit_throttle": "The person sends orders faster than the limit.",
    "limit_collar": "The price is further through the market than the limit.",
    "duplicate": "The same order was sent a moment ago.",
    "restricted": "The symbol is on the desk's restricted list.",
    "product": "This kind of instrument is not allowed by the desk's policy.",
    "hours": "The desk's policy takes no opening orders at this hour.",
    "daily_loss": "The account has lost more today than the limit.",
    "policy_unknown": "A rule of the policy could not be checked.",
    "approval_needed": "The order needs the approval of another person.",
    "mandate": "The mandate that its preview named does not cover the order any more.",
    "no_approver": "The order needs an approval, and nobody may give it now.",
}
