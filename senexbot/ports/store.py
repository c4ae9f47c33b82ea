"""The store: rows by subject, one transaction, and what waits for a commit. Protocols, and the values they exchange."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from senexbot.domain.alerting.firing import Firing
from senexbot.domain.alerting.rules import AlertRule
from senexbot.domain.links import Environment, Link, Role
from senexbot.domain.news import News
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.ports.alerts import AlertRows, FiringRows
from senexbot.ports.approvals import ApprovalRows, DeputyRows
from senexbot.ports.external import ExternalRows
from senexbot.ports.flatten import FlattenRows
from senexbot.ports.mandates import MandateRows
from senexbot.ports.policies import PolicyRows, ReservationRows
from senexbot.ports.risk import RiskRows
from senexbot.ports.secrets import Sealed

T = TypeVar("T")

ANYBODY = ""  # owner of a button in a room: who presses it is asked for their own rights


@dataclass(frozen=True, slots=True)
class Handle:
    """What a button's random value points to. `version`: of the subject when the button was made."""

    value: str
    kind: str  # "intent", "rule", "link", "order", "unresolved", …
    subject: str
    version: int
    owner: str  # user id, or ANYBODY
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CardPlace:
    """Where a card stands in Slack and which version of its subject it shows."""

    channel: str
    ts: str
    shown_version: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A row of the outbox to be. `key` orders: same key, strictly in sequence.

    `to_user` or `channel` (exactly one). `collapse`: an unsent row of the same key with the same
    collapse word is replaced by this one (cards: only the newest state is worth sending). `at_once`: a relay of
    this process may be handed it with the commit (Store.hand_to), instead of finding it.
    """

    key: str
    news: News
    dedupe: str
    to_user: str = ""
    channel: str = ""
    collapse: str = ""
    not_before: datetime | None = None
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class OutboxRow:
    id: int
    key: str
    news: News
    to_user: str
    channel: str
    attempts: int
    created_at: datetime
    maybe_sent: bool  # an earlier try ended without a proof: a repeat is marked (I42)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    id: int
    key: str
    news: News
    to_user: str
    channel: str
    reason: str
    died_at: datetime


@dataclass(frozen=True, slots=True)
class Lease:
    name: str
    owner: str
    epoch: int
    until: datetime


@dataclass(frozen=True, slots=True)
class HaltRow:
    """`state`: "active", "reducing" or "halted"; `scope`: as domain/halts/halts.py writes it."""

    scope: str
    state: str
    by: str
    reason: str
    since: datetime
    version: int


@dataclass(frozen=True, slots=True)
class ResumeWish:
    """The first of two who lift a halt. `halt_version`: of the halt it is about; `state`: what it is to become."""

    scope: str
    halt_version: int
    state: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to what, when, with which result. `params`: allow-listed, no secret."""

    actor: str  # user id, "host" (command line) or "bot"
    action: str
    subject: str
    result: str  # "ok" or a code
    params: tuple[tuple[str, str], ...] = ()


class LinkRows(Protocol):
    async def add(self, link: Link, sealed: Sealed) -> None: ...
    async def get(self, link_id: str) -> Link | None: ...
    async def of_user(self, team_id: str, user_id: str) -> tuple[Link, ...]: ...
    async def all(self) -> tuple[Link, ...]: ...
    async def sealed(self, link_id: str) -> Sealed | None: ...
    async def set_default(self, link_id: str, account: str) -> None: ...
    async def set_broken(self, link_id: str, why: str) -> None: ...
    async def erase(self, link_id: str) -> None:
        """Row and sealed secret are gone (secure_delete on SQLite)."""


class IntentRows(Protocol):
    async def add(self, intent: Intent) -> None: ...
    async def get(self, intent_id: str) -> Intent | None: ...
    async def save(self, intent: Intent) -> None:
        """Compare-and-set: the stored version must be intent.version - 1, else Stale."""

    async def add_attempt(
        self, intent_id: str, *, body: bytes, body_hash: str, build: str, at: datetime
    ) -> None:
        """The claim's record; a second one for the same intent violates a unique constraint (I1) -> Stale."""

    async def attempt_hash(self, intent_id: str) -> str | None: ...
    async def add_replace_attempt(
        self, intent_id: str, number: int, *, identifier: str, body: bytes, build: str, at: datetime
    ) -> None:
        """A replacement's claim; a second one with this number violates a unique constraint -> Stale."""

    async def replace_bodies(self, intent_id: str) -> tuple[bytes, ...]:
        """The exact bytes each replacement was claimed for, in their order."""

    async def with_open_replace(self) -> tuple[Intent, ...]:
        """Those with a replacement whose outcome is not settled."""

    async def walking(self) -> tuple[Intent, ...]:
        """Those whose walk runs."""

    async def by_identifier(self, identifier: str) -> Intent | None:
        """By its own, or by that of a child or a replacement."""

    async def by_order(self, environment: Environment, account: str, order_id: int) -> Intent | None:
        """By the broker's number of its order, or of a child's."""

    async def with_open_children(self) -> tuple[Intent, ...]:
        """Those with a child that the broker may still work on, whatever their own state."""

    async def in_states(
        self, states: Sequence[IntentState], *, owner: str | None = None
    ) -> tuple[Intent, ...]: ...
    async def watched(self, now: datetime) -> tuple[Intent, ...]:
        """Presumed not placed and still to be watched at `now`."""

    async def lapsing(self, now: datetime, limit: int) -> tuple[Intent, ...]:
        """Previewed, or approved and not sent, and past their expiry."""

    async def recent(self, owner: str, since: datetime, limit: int) -> tuple[Intent, ...]: ...


class HandleRows(Protocol):
    async def issue(self, *handles: Handle) -> None: ...
    async def find(self, value: str) -> Handle | None: ...


class CardRows(Protocol):
    async def place(self, intent_id: str) -> CardPlace | None: ...
    async def put(self, intent_id: str, place: CardPlace) -> None:
        """Never lets shown_version go back (I43)."""

    async def shown(self, intent_id: str, place: CardPlace) -> bool:
        """Note what its message shows now; False when a newer version is there, or the message is not its any more."""

    async def at(self, channel: str, ts: str) -> str | None:
        """The intent whose card this message is."""

    async def forget(self, intent_id: str) -> None: ...


class RuleRows(Protocol):
    async def next_number(self, team_id: str) -> int:
        """The next that a rule of this workspace is called by; nobody else gets it."""

    async def add(self, rule: AlertRule) -> None:
        """Stale when the id or the number exists already."""

    async def get(self, rule_id: str) -> AlertRule | None: ...
    async def numbered(self, team_id: str, number: int) -> AlertRule | None:
        """The one that people call so, whatever its state."""

    async def save(self, rule: AlertRule) -> None:
        """Compare-and-set on version - 1, else Stale."""

    async def live(self) -> tuple[AlertRule, ...]:
        """All that stand (rules.STANDING), of everybody, oldest first."""

    async def of_team(self, team_id: str) -> tuple[AlertRule, ...]:
        """All that stand in one workspace."""

    async def of_owner(self, team_id: str, owner: str) -> tuple[AlertRule, ...]:
        """All states, oldest first."""

    async def add_firing(self, firing: Firing) -> None:
        """Unique for (rule, rule_version): one crossing fires once, else Stale."""


class OutboxRows(Protocol):
    async def put(self, outgoing: Outgoing) -> bool:
        """False when a row with this dedupe key exists already ("": whoever puts it has seen to that)."""

    async def claim(self, owner: str, limit: int, now: datetime) -> tuple[OutboxRow, ...]:
        """The head of each key that is due and unclaimed (or whose claim lapsed); counts the attempt.

        One that cannot be read comes as a notice of kind UNREADABLE: to be buried, so that it blocks nothing
        and somebody is told.
        """

    async def lapse_claims(self, now: datetime) -> None:
        """Every claim is over: whoever held one is gone. What was in hand may have been sent (I42)."""

    async def sent(self, row_id: int, at: datetime, *, attempt: int | None = None) -> None:
        """With `attempt` (OutboxRow.attempts), here and below: Stale when another worker has it now."""

    async def retry(
        self, row_id: int, *, not_before: datetime, maybe_sent: bool, attempt: int | None = None
    ) -> None: ...
    async def bury(
        self,
        row_id: int,
        reason: str,
        at: datetime,
        *,
        attempt: int | None = None,
        news: News | None = None,
    ) -> None:
        """`news`: what is to be told if it is sent again, in the place of the row's."""

    async def pending(self, channel: str, limit: int) -> tuple[OutboxRow, ...]:
        """Unsent alert rows waiting behind the head for one channel: what a late burst merges."""

    async def dead(self, limit: int) -> tuple[DeadLetter, ...]:
        """The dead letters, newest first."""

    async def dead_count(self) -> int: ...
    async def dead_one(self, row_id: int) -> DeadLetter | None: ...
    async def resend(self, row_id: int, at: datetime) -> bool:
        """A dead letter waits again, where it stood in its key; False when there is none of that id."""

    async def discard(self, row_id: int, at: datetime) -> bool:
        """A dead letter counts no more, as if it had been sent; its reason is kept with it."""

    async def depth(self) -> int: ...


class HaltRows(Protocol):
    async def get(self, scope: str, *, changing: bool = False) -> HaltRow | None:
        """Nobody changes it until this transaction ends; `changing`: nobody relies on it either."""

    async def all(self) -> tuple[HaltRow, ...]:
        """Of every scope that was ever halted, active ones too; the desk's first."""

    async def put(self, row: HaltRow) -> None:
        """Compare-and-set on version - 1 (0: new), else Stale."""

    async def wish(self, scope: str) -> ResumeWish | None: ...
    async def put_wish(self, wish: ResumeWish) -> None:
        """Also in the place of an earlier one of this scope."""


class RoleRows(Protocol):
    async def of(self, team_id: str, user_id: str) -> frozenset[Role]: ...
    async def grant(self, team_id: str, user_id: str, role: Role, *, by: str) -> None: ...
    async def revoke(self, team_id: str, user_id: str, role: Role) -> None: ...
    async def all(self) -> tuple[tuple[str, str, Role], ...]: ...


class LeaseRows(Protocol):
    async def take(self, name: str, owner: str, *, seconds: float, now: datetime) -> Lease | None:
        """A new epoch when it is free, lapsed or ours already renewed; None while another holds it."""

    async def renew(self, lease: Lease, *, seconds: float, now: datetime) -> Lease | None: ...
    async def check(self, lease: Lease) -> None:
        """Raises Fenced when the stored epoch is another (I60)."""

    async def release(self, lease: Lease) -> None: ...
    async def until(self, name: str) -> datetime | None:
        """When this lease ends or ended, whoever holds it; None when nobody ever did."""


class Tx(Protocol):
    """One transaction; everything in it is committed together or not at all."""

    links: LinkRows
    intents: IntentRows
    handles: HandleRows
    cards: CardRows
    rules: RuleRows
    outbox: OutboxRows
    halts: HaltRows
    roles: RoleRows
    leases: LeaseRows
    policies: PolicyRows
    reservations: ReservationRows
    approvals: ApprovalRows
    deputies: DeputyRows
    externals: ExternalRows
    flatten: FlattenRows
    mandates: MandateRows
    alerts: AlertRows
    firings: FiringRows
    risk: RiskRows

    async def audit(self, entry: AuditEntry) -> None: ...

    async def first_time(self, key: str) -> bool:
        """True once for each key in 24 h: deduplication of events and interactions (I33)."""

    async def check_generation(self) -> None:
        """Raises Fenced when a newer start of the program owns this database (I65)."""


class Store(Protocol):
    def begin(self) -> AbstractAsyncContextManager[Tx]:
        """A writing transaction (BEGIN IMMEDIATE); durable when the block is left without an exception.
        Raises StoreUnavailable when no durable commit was possible. Never held across a network wait (I58)."""

    def read(self) -> AbstractAsyncContextManager[Tx]:
        """A consistent reading transaction; writing in it fails."""

    async def write(self, act: Callable[[Tx], Awaitable[T]]) -> T:
        """What `act` returns, from a writing transaction of its own, as in `begin`; on SQLite in a fraction of the
        time. `act` waits for nothing but the transaction's own steps, touches nothing that others change meanwhile,
        and runs in another thread."""

    async def look(self, act: Callable[[Tx], Awaitable[T]]) -> T:
        """As `write`, reading."""

    def hand_to(self, owner: str, take: Callable[[OutboxRow], None] | None) -> None:
        """Rows that go out at once, with nothing of their key before them, are stored as claimed by `owner` and
        given to `take` when they are committed. None: to nobody any more."""

    async def outbox_ready(self, seconds: float) -> None:
        """Waits until a commit has put rows into the outbox, or so many seconds have passed."""
