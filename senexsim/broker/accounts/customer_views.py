"""Customers, accounts and trading status in the broker's JSON."""

from __future__ import annotations

from datetime import date
from typing import Any

from senexsim.broker.accounts.book import Account
from senexsim.broker.accounts.people import OPENED, Customer
from senexsim.broker.wire import day, instant


def account_view(account: Account) -> dict[str, Any]:
    """The account object of `/customers/me/accounts`."""
    return {
        "account-number": account.number,
        "opened-at": instant(account.opened_at),
        "nickname": account.nickname,
        "account-type-name": account.account_type,
        "day-trader-status": False,
        "is-closed": False,
        "is-firm-error": False,
        "is-firm-proprietary": False,
        "is-futures-approved": account.futures_enabled,
        "is-test-drive": False,
        "margin-or-cash": "Margin" if account.is_margin else "Cash",
        "is-foreign": False,
        "investment-objective": "SPECULATION",
        "suitable-options-level": account.options_level,
        "regulatory-domain": "USA",
        "created-at": instant(account.opened_at),
    }


def calculation_type(account: Account) -> str:
    return "Reg T" if account.is_margin else "Cash"


def trading_status_view(account: Account) -> dict[str, Any]:
    """The trading-status object."""
    off = (
        "has-intraday-equities-margin",
        "is-aggregated-at-clearing",
        "is-closed",
        "is-closing-only",
        "is-cryptocurrency-closing-only",
        "is-cryptocurrency-enabled",
        "is-frozen",
        "is-futures-closing-only",
        "is-futures-intra-day-enabled",
        "is-in-day-trade-equity-maintenance-call",
        "is-in-margin-call",
        "is-pattern-day-trader",
        "is-portfolio-margin-enabled",
        "is-risk-reducing-only",
        "is-small-notional-futures-intra-day-enabled",
        "is-equity-offering-enabled",
        "is-equity-offering-closing-only",
    )
    return {
        "account-number": account.number,
        "id": int(account.number[3:]),
        "day-trade-count": 0,
        "equities-margin-calculation-type": calculation_type(account),
        "fee-schedule-name": "default",
        "futures-margin-rate-multiplier": "0.0",
        **dict.fromkeys(off, False),
        "is-futures-enabled": account.futures_enabled,
        "is-full-equity-margin-required": not account.is_margin,
        "is-roll-the-day-forward-enabled": True,
        "are-far-otm-net-options-restricted": True,
        "options-level": account.options_level,
        "short-calls-enabled": account.options_level == "No Restrictions",
        "small-notional-futures-margin-rate-multiplier": "0.0",
        "enhanced-fraud-safeguards-enabled-at": instant(account.opened_at),
        "updated-at": instant(account.opened_at),
    }


def _address() -> dict[str, Any]:
    return {
        "street-one": "1 Example Street",
        "city": "Chicago",
        "state-region": "IL",
        "postal-code": "60601",
        "country": "US",
        "is-foreign": False,
        "is-domestic": True,
    }


def _account_types() -> list[dict[str, Any]]:
    margin = [("Cash", False), ("Cash Secured Margin", True), ("IRA Margin", True), ("Reg T", True)]
    kinds = {"Individual": margin, "Roth IRA": [("IRA Margin", True)]}
    return [
        {
            "name": name,
            "description": "",
            "is-tax-advantaged": "IRA" in name,
            "has-multiple-owners": False,
            "is-publicly-available": True,
            "margin-types": [{"name": kind, "is-margin": flag} for kind, flag in types],
        }
        for name, types in kinds.items()
    ]


def customer_view(customer: Customer) -> dict[str, Any]:
    """The customer object of `/customers/me`, with the keys a production customer has."""
    first, last = customer.name.split(" ", 1)
    work = {
        "marital-status": "MARRIED",
        "number-of-dependents": 0,
        "employment-status": "EMPLOYED",
        "occupation": "Engineer",
        "employer-name": "Example Works",
        "job-title": "Engineer",
    }
    no = (
        "is-foreign",
        "subject-to-tax-withholding",
        "has-industry-affiliation",
        "has-political-affiliation",
        "has-listed-affiliation",
        "is-investment-adviser",
        "has-institutional-assets",
        "is-professional",
        "has-delayed-quotes",
        "has-pending-or-approved-application",
    )
    who = {
        "first-name": first,
        "last-name": last,
        "birth-date": day(date(1980, 1, 1)),
        "citizenship-country": "USA",
        "usa-citizenship-type": "Citizen",
        "external-id": customer.external_id,
    }
    experience = ("stock", "covered-options", "uncovered-options", "futures")
    return {
        "id": "me",
        **who,
        "first-surname": last,
        "address": _address(),
        "mailing-address": _address(),
        "customer-suitability": {
            "id": int(customer.accounts[0][3:]),
            **work,
            "annual-net-income": 10,
            "net-worth": 0,
            "liquid-net-worth": 0,
            **{f"{kind}-trading-experience": "EXTENSIVE" for kind in experience},
        },
        "mobile-phone-number": "+13125550100",
        "work-phone-number": "",
        "home-phone-number": "",
        "email": f"{customer.user_name}@example.invalid",
        "tax-number-type": "SSN",
        "tax-number": "*****0000",
        "agreed-to-margining": True,
        "agreed-to-terms": True,
        **dict.fromkeys(no, False),
        "permitted-account-types": _account_types(),
        "identifiable-type": "Person",
        "person": {**who, **work},
        "created-at": instant(OPENED),
    }
