"""Who somebody is and which broker accounts they reach: actors, roles, links, accounts."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime


class Environment(enum.StrEnum):
    """Where an order would go. Part of every identifier, of every sealed secret and of every card."""

    PRACTICE = "practice"
    SANDBOX = "sandbox"
    LIVE = "live"

    @property
    def letter(self) -> str:
        return {"practice": "p", "sandbox": "s", "live": "l"}[self.value]

    @property
    def label(self) -> str:
        """As shown first on each card: PRACTICE, SANDBOX, LIVE."""
        return self.value.upper()


class Role(enum.StrEnum):
    VIEWER = "viewer"
    TRADER = "trader"
    APPROVER = "approver"
    RISK = "risk"
    OPERATOR = "operator"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Actor:
    """The person behind a signed Slack interaction, as Slack's directory knows them at that moment."""

    team_id: str
    user_id: str
    home_team_id: str
    is_guest: bool = False
    is_bot: bool = False
    deleted: bool = False
    tz: str = "America/New_York"

    @property
    def is_full_member(self) -> bool:
        """Of the installed workspace: not a guest, not of another organisation, not a bot, not gone."""
        return self.home_team_id == self.team_id and not (self.is_guest or self.is_bot or self.deleted)


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that must not be seen; `reveal()` is the only way to it."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        return self._value

    def __str__(self) -> str:
        return "•••"

    def __bool__(self) -> bool:
        return bool(self._value)


@dataclass(frozen=True, slots=True)
class Grant:
    """A personal grant of tastytrade: client secret and refresh token of one environment."""

    environment: Environment
    client_secret: Secret
    refresh_token: Secret


def masked(account_number: str) -> str:
    """`5WT00001` -> `…0001`: how an account number is shown."""
    return f"…{account_number[-4:]}"


@dataclass(frozen=True, slots=True)
class BrokerAccount:
    """A broker account as reached through one link."""

    number: str
    nickname: str
    account_type: str  # the broker's words: "Individual", "Roth IRA"
    margin_or_cash: str  # "Margin" or "Cash"
    is_closed: bool = False

    @property
    def masked(self) -> str:
        return masked(self.number)


@dataclass(frozen=True, slots=True)
class Link:
    """One person's connection to the broker in one environment. The grant itself stays sealed in the store."""

    id: str
    team_id: str
    user_id: str
    environment: Environment
    customer_id: str
    accounts: tuple[BrokerAccount, ...]
    default_account: str
    created_at: datetime
    broken: str = ""  # why the grant stopped working, in words; "" while it works

    def account(self, number: str) -> BrokerAccount | None:
        return next((a for a in self.accounts if a.number == number), None)


@dataclass(frozen=True, slots=True)
class AccountRef:
    """The account an intent or a read uses: through which link, and where it would go."""

    link_id: str
    number: str
    environment: Environment

    @property
    def masked(self) -> str:
        return masked(self.number)
