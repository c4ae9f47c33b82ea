"""What the use cases ask of the world: broker, market data, Slack, store, secrets, clock, randomness.

Protocols only. What crosses them is a frozen domain value or an error of domain/errors.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from senexbot.blocks.kit import Message
from senexbot.domain.alerts import Firing, PriceRule, Tick
from senexbot.domain.instruments import Instrument, OptionContract
from senexbot.domain.links import AccountRef, Actor, BrokerAccount, Environment, Grant, Link, Role
from senexbot.domain.market import Balances, Position, Quote, SessionState, TradingStatus
from senexbot.domain.news import News
from senexbot.domain.orders import (
    BrokerOrder,
    CancelOutcome,
    Estimate,
    Intent,
    IntentState,
    OptionQuery,
    OrdersLook,
    OrderTerms,
    PlaceOutcome,
)

# --- time and randomness -----------------------------------------------------------------------


class Clock(Protocol):
    def now(self) -> datetime:
        """Wall clock, aware UTC: what is shown and stored."""

    def not_before(self) -> datetime:
        """Wall clock that never runs behind the monotonic one: expiries use it, so that a jump of the
        wall clock can shorten a confirmation and never extend it (I67)."""

    def monotonic(self) -> float:
        """Seconds that never jump: time-outs, watchdogs, leases."""

    async def sleep(self, seconds: float) -> None: ...


class Ids(Protocol):
    def row(self) -> str:
        """A new id for a row: 26 characters, sorts by time."""

    def handle(self) -> str:
        """128 random bits for a button, URL-safe."""

    def identifier(self, environment: Environment) -> str:
        """A new external identifier: `sx1-` + environment letter + `-` + 26 characters."""


# --- broker ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VerifiedGrant:
    customer_id: str
    accounts: tuple[BrokerAccount, ...]


@dataclass(frozen=True, slots=True)
class OptionMatch:
    """`exact` when the contract is listed; else the nearest expirations and strikes that are."""

    exact: Instrument | None
    expirations: tuple[date, ...] = ()
    strikes: tuple[Decimal, ...] = ()


class BrokerReads(Protocol):
    """Reads through one link. All raise Unavailable, GrantExpired, BrokerRateLimited or Refused."""

    async def verify(self, grant: Grant) -> VerifiedGrant:
        """Check a grant that is not stored. GrantExpired.what says what is wrong:
        "client_secret", "refresh_token" or "environment"."""

    async def forget(self, link_id: str) -> None:
        """Drop the session of a link and everything in memory that came with its grant."""

    async def instrument(self, link_id: str, symbol: str) -> Instrument | None:
        """An equity, index or (OCC symbol) an option; None when the broker knows none."""

    async def option(self, link_id: str, query: OptionQuery | OptionContract) -> OptionMatch: ...

    async def similar(self, link_id: str, word: str) -> tuple[str, ...]:
        """At most three symbols whose name is near `word`; empty when the search is not served."""

    async def quotes(self, link_id: str, instruments: Sequence[Instrument]) -> Mapping[str, Quote]:
        """By tastytrade symbol; what the broker does not answer is missing. At most 100 a request inside."""

    async def session_state(self, link_id: str) -> SessionState: ...

    async def balances(self, account: AccountRef) -> Balances: ...

    async def positions(self, account: AccountRef) -> tuple[Position, ...]: ...

    async def trading_status(self, account: AccountRef) -> TradingStatus: ...


class OrderDesk(Protocol):
    """The thin order port: keeps status and body, and knows whether the first byte left."""

    def compose(self, terms: OrderTerms, identifier: str) -> bytes:
        """The exact request body of these terms; the same for the dry run and the order."""

    async def dry_run(self, account: AccountRef, body: bytes) -> Estimate:
        """Raises Refused with the broker's words, or Unavailable and its kin. Never places."""

    async def place(self, account: AccountRef, body: bytes) -> PlaceOutcome:
        """Sends one create request at most once, without any retry. Never raises for trouble on the way;
        when cancelled mid-way the caller has to treat the outcome as not proven."""

    async def cancel(self, account: AccountRef, order_id: int) -> CancelOutcome:
        """Cancels one order and reads it back until it is terminal or 10 s have passed."""

    async def order(self, account: AccountRef, order_id: int) -> BrokerOrder | None: ...

    async def look(self, account: AccountRef, since: datetime) -> OrdersLook:
        """Complete paged read of today's orders, history since `since`, and complex orders' children."""


class AccountSink(Protocol):
    """Who listens to account feeds (services). Called one at a time for one link."""

    async def feed_connected(self, link: Link) -> None:
        """Acknowledged, after every (re)connect: the receiver sweeps by REST."""

    async def feed_order(self, link: Link, order: BrokerOrder) -> None: ...

    async def feed_account_changed(self, link: Link, account: str) -> None:
        """A balance or position notification came; figures are read by REST when somebody asks."""

    async def feed_lost(self, link: Link, why: str) -> None: ...


class AccountFeeds(Protocol):
    async def run(self, link: Link, sink: AccountSink) -> None:
        """One supervised account streamer connection; runs until cancelled, reconnects by itself
        (heartbeat 20 s, silence noticed within 45 s, every wait limited)."""


@dataclass(frozen=True, slots=True)
class FeedBatch:
    """What changed since the last batch: conflated, at most one tick a symbol.

    `blind_since`: set while nothing can be seen. `recovered_from`: set once on the first batch after.
    """

    ticks: tuple[Tick, ...]
    blind_since: datetime | None = None
    recovered_from: datetime | None = None


class MarketFeed(Protocol):
    """Last trades of a set of symbols over one supervised DXLink connection of one link."""

    def want(self, streamer_symbols: frozenset[str]) -> None:
        """The full wanted set; changes are sent in chunks, kept while the line is down, replayed after."""

    async def run(self) -> None:
        """Until cancelled; reconnects by itself."""

    async def changes(self) -> FeedBatch:
        """Waits until something changed (a tick, or the state of the line)."""

    def latest(self, streamer_symbol: str) -> Tick | None: ...


class MarketFeeds(Protocol):
    def open(self, link: Link) -> MarketFeed: ...


# --- Slack -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    id: str
    name: str
    is_im: bool
    is_private: bool
    has_outsiders: bool
    is_archived: bool
    bot_is_member: bool


class Messenger(Protocol):
    """Slack's Web API as the bot. Raises Gone, Transient, Uncertain, MessengerRateLimited. No retries inside."""

    async def open_direct(self, user_id: str) -> str:
        """Channel id of the bot's direct message with a person."""

    async def post(self, channel: str, message: Message, *, thread_ts: str | None = None) -> str:
        """ts of the new message."""

    async def update(self, channel: str, ts: str, message: Message) -> None: ...

    async def permalink(self, channel: str, ts: str) -> str: ...

    async def channel(self, channel: str) -> ChannelFacts:
        """Not cached longer than 60 s; Gone when the bot cannot see it."""

    async def person(self, user_id: str) -> Actor: ...


# --- secrets -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Binding:
    """What a sealed secret belongs to; goes into the associated data (I70)."""

    purpose: str
    environment: str
    team_id: str
    user_id: str
    record_id: str

    @classmethod
    def of_grant(cls, link: Link) -> Binding:
        """A link's grant: environment, workspace, user and record together."""
        return cls("grant", link.environment.value, link.team_id, link.user_id, link.id)


@dataclass(frozen=True, slots=True)
class Sealed:
    key_id: str
    nonce: bytes
    ciphertext: bytes


class SecretBox(Protocol):
    def seal(self, plaintext: bytes, binding: Binding) -> Sealed: ...

    def open(self, sealed: Sealed, binding: Binding) -> bytes:
        """Raises WrongKey (a StoreFault) when key, binding or bytes do not fit."""

    @property
    def current_key_id(self) -> str: ...


class Grants(Protocol):
    """How the broker adapter gets at a stored grant, at the moment it needs it."""

    async def grant(self, link_id: str) -> Grant:
        """Raises NotConnected when the link is gone."""

    async def environment(self, link_id: str) -> Environment: ...


# --- store -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Handle:
    """What a button's random value points to. `version`: of the subject when the button was made."""

    value: str
    kind: str  # "intent", "rule", "link", "order", "unresolved", …
    subject: str
    version: int
    owner: str  # user id
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
    collapse word is replaced by this one (cards: only the newest state is worth sending).
    """

    key: str
    news: News
    dedupe: str
    to_user: str = ""
    channel: str = ""
    collapse: str = ""
    not_before: datetime | None = None


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
    """`state`: "active", "reducing" or "halted"; `scope`: "desk" for the whole workspace."""

    scope: str
    state: str
    by: str
    reason: str
    since: datetime
    version: int


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
    async def by_identifier(self, identifier: str) -> Intent | None: ...
    async def by_order(self, environment: Environment, account: str, order_id: int) -> Intent | None: ...
    async def in_states(
        self, states: Sequence[IntentState], *, owner: str | None = None
    ) -> tuple[Intent, ...]: ...
    async def watched(self, now: datetime) -> tuple[Intent, ...]:
        """Presumed not placed and still to be watched at `now`."""

    async def lapsing(self, now: datetime, limit: int) -> tuple[Intent, ...]:
        """Previewed and past their expiry."""

    async def recent(self, owner: str, since: datetime, limit: int) -> tuple[Intent, ...]: ...


class HandleRows(Protocol):
    async def issue(self, handle: Handle) -> None: ...
    async def find(self, value: str) -> Handle | None: ...


class CardRows(Protocol):
    async def place(self, intent_id: str) -> CardPlace | None: ...
    async def put(self, intent_id: str, place: CardPlace) -> None:
        """Never lets shown_version go back (I43)."""

    async def forget(self, intent_id: str) -> None: ...


class RuleRows(Protocol):
    async def add(self, rule: PriceRule) -> None: ...
    async def get(self, rule_id: str) -> PriceRule | None: ...
    async def save(self, rule: PriceRule) -> None:
        """Compare-and-set on version - 1, else Stale."""

    async def live(self) -> tuple[PriceRule, ...]:
        """Waiting, armed and parked, of everybody."""

    async def of_owner(self, team_id: str, owner: str) -> tuple[PriceRule, ...]: ...
    async def add_firing(self, firing: Firing) -> None:
        """Unique for (rule, rule_version): one crossing fires once, else Stale."""


class OutboxRows(Protocol):
    async def put(self, outgoing: Outgoing) -> bool:
        """False when a row with this dedupe key exists already."""

    async def claim(self, owner: str, limit: int, now: datetime) -> tuple[OutboxRow, ...]:
        """The head of each key that is due and unclaimed (or whose claim lapsed); counts the attempt."""

    async def sent(self, row_id: int, at: datetime, *, attempt: int | None = None) -> None:
        """With `attempt` (OutboxRow.attempts), here and below: Stale when another worker has it now."""

    async def retry(
        self, row_id: int, *, not_before: datetime, maybe_sent: bool, attempt: int | None = None
    ) -> None: ...
    async def bury(self, row_id: int, reason: str, at: datetime, *, attempt: int | None = None) -> None: ...
    async def pending(self, channel: str, limit: int) -> tuple[OutboxRow, ...]:
        """Unsent alert rows waiting behind the head for one channel: what a late burst merges."""

    async def dead(self, limit: int) -> tuple[DeadLetter, ...]: ...
    async def depth(self) -> int: ...


class HaltRows(Protocol):
    async def get(self, scope: str) -> HaltRow | None: ...
    async def put(self, row: HaltRow) -> None:
        """Compare-and-set on version - 1 (0: new), else Stale."""


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

    async def outbox_ready(self, seconds: float) -> None:
        """Waits until a commit has put rows into the outbox, or so many seconds have passed."""
