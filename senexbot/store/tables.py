"""The schema as it is now, for both databases. History is in migrations/; a test compares the two.

Columns hold what is searched or compared; the whole value is JSON in `data` (codec.py).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, ForeignKey, Index, UniqueConstraint

from senexbot.store.columns import Blob, Flag, Moment, Text, integer

metadata = sa.MetaData()


def _table(name: str, *parts: Any, **options: Any) -> sa.Table:
    return sa.Table(name, metadata, *parts, sqlite_strict=True, **options)


def _text(name: str, *parts: Any, **options: Any) -> Column[str]:
    return Column(name, Text, *parts, nullable=options.pop("nullable", False), **options)


def _number(name: str, *parts: Any, **options: Any) -> Column[int]:
    return Column(name, integer(), *parts, nullable=options.pop("nullable", False), **options)


def _time(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, Moment, nullable=nullable)


def _bytes(name: str) -> Column[bytes]:
    return Column(name, Blob, nullable=False)


# One row: which database this is, and which start of the program owns it (I62, I65).
deployment = _table(
    "deployment",
    _number("id", primary_key=True, autoincrement=False),
    _text("database_id"),
    _number("generation"),
    _text("build"),
    _time("opened_at"),
)

# The audit chain's key, sealed; it is the canary for the encryption keys too (I72).
sealed_keys = _table(
    "sealed_keys", _text("name", primary_key=True), _text("key_id"), _bytes("nonce"), _bytes("ciphertext")
)

links = _table(
    "links",
    _text("id", primary_key=True),
    _text("team_id"),
    _text("user_id"),
    _time("created_at"),
    _text("data"),
    Index("links_of_user", "team_id", "user_id"),
)

grants = _table(
    "grants",
    _text("link_id", ForeignKey("links.id", ondelete="CASCADE"), primary_key=True),
    _text("key_id"),
    _bytes("nonce"),
    _bytes("ciphertext"),
    Index("grants_by_key", "key_id"),
)

intents = _table(
    "intents",
    _text("id", primary_key=True),
    _text("identifier", unique=True),
    _text("team_id"),
    _text("owner"),
    _text("state"),
    _number("version"),
    _text("environment"),
    _text("link_id"),
    _text("account"),
    _number("order_id", nullable=True),
    _time("created_at"),
    _time("expires_at"),
    _time("watch_until", nullable=True),
    _text("data"),
    Index("intents_by_state", "state", "owner"),
    Index("intents_of_owner", "owner", "created_at"),
    Index("intents_by_order", "account", "order_id"),
)

# The broker's orders that belong to an intent beside its own: children of a complex order.
intent_orders = _table(
    "intent_orders",
    _text("environment", primary_key=True),
    _text("account", primary_key=True),
    _number("order_id", primary_key=True, autoincrement=False),
    _text("intent_id", ForeignKey("intents.id")),
    _number("is_open"),
    Index("intent_orders_open", "is_open", "intent_id"),
)

# At most one row for one intent, ever: the right to send once (I1).
attempts = _table(
    "attempts",
    _text("intent_id", ForeignKey("intents.id"), primary_key=True),
    _bytes("body"),
    _text("body_hash"),
    _text("build"),
    _time("at"),
)

# At most one row for one number of an intent's replacements, ever: the right to send that one once (I1, I7).
replace_attempts = _table(
    "replace_attempts",
    _text("intent_id", ForeignKey("intents.id"), primary_key=True),
    _number("number", primary_key=True, autoincrement=False),
    _text("identifier", unique=True),
    _bytes("body"),
    _text("body_hash"),
    _text("build"),
    _time("at"),
    _number("is_open"),
    Index("replace_attempts_open", "is_open", "intent_id"),
)

# Which intents walk: the price of their order moves by itself.
walks = _table(
    "walks",
    _text("intent_id", ForeignKey("intents.id"), primary_key=True),
    _number("is_running"),
    Index("walks_running", "is_running", "intent_id"),
)

handles = _table(
    "handles",
    _text("value", primary_key=True),
    _text("kind"),
    _text("subject"),
    _number("version"),
    _text("owner"),
    _time("expires_at", nullable=True),
    _time("created_at"),
)

cards = _table(
    "cards", _text("intent_id", primary_key=True), _text("channel"), _text("ts"), _number("shown_version")
)

rules = _table(
    "rules",
    _text("id", primary_key=True),
    _text("team_id"),
    _text("owner"),
    _text("state"),
    _number("version"),
    _time("created_at"),
    _text("data"),
    Index("rules_by_state", "state"),
    Index("rules_of_owner", "team_id", "owner"),
)

# what people call a rule by, in one workspace; never given twice
rule_numbers = _table(
    "rule_numbers",
    _text("team_id", primary_key=True),
    _number("number", primary_key=True),
    _text("rule_id", ForeignKey("rules.id")),
    UniqueConstraint("rule_id", name="rule_numbers_once"),
)

firings = _table(
    "firings",
    _text("id", primary_key=True),
    _text("rule_id", ForeignKey("rules.id")),
    _number("rule_version"),
    _time("at"),
    _text("data"),
    UniqueConstraint("rule_id", "rule_version", name="firings_once"),
)

# `state`: waiting, sent or dead. The order within a key is that of `id`.
outbox = _table(
    "outbox",
    _number("id", primary_key=True, autoincrement=True),
    _text("key"),
    _text("kind"),
    _text("news"),
    _text("to_user"),
    _text("channel"),
    _text("collapse"),
    _text("state"),
    _time("not_before"),
    _time("created_at"),
    _number("attempts"),
    Column("maybe_sent", Flag, nullable=False),
    _text("claimed_by"),
    _time("claimed_until", nullable=True),
    _time("ended_at", nullable=True),
    _text("reason"),
    Index("outbox_waiting", "state", "key", "id"),
    Index("outbox_by_channel", "channel", "state", "id"),
    sqlite_autoincrement=True,
)

# Kept apart from the rows, so that a collapsed row's key stays used.
outbox_keys = _table(
    "outbox_keys", _text("dedupe", primary_key=True), _time("at"), Index("outbox_keys_by_time", "at")
)

halts = _table(
    "halts",
    _text("scope", primary_key=True),
    _text("state"),
    _text("by"),
    _text("reason"),
    _time("since"),
    _number("version"),
)

# The first of two who lift a halt; it counts for this version of the halt alone.
resume_wishes = _table(
    "resume_wishes",
    _text("scope", primary_key=True),
    _number("halt_version"),
    _text("state"),
    _text("by"),
    _time("at"),
)

# A planned way out of an account's positions: a row before any of its orders is one.
flatten_plans = _table(
    "flatten_plans",
    _text("id", primary_key=True),
    _text("team_id"),
    _text("owner"),
    _text("state"),
    _number("version"),
    _time("created_at"),
    _text("data"),
    Index("flatten_plans_by_state", "state"),
)

# One row for each version, never changed: an intent names the one that decided.
policies = _table(
    "policies",
    _number("version", primary_key=True, autoincrement=False),
    _text("by"),
    _text("why"),
    _time("at"),
    _text("data"),
)

policy_changes = _table(
    "policy_changes",
    _text("id", primary_key=True),
    _text("state"),
    _number("version"),
    _time("at"),
    _time("due_at", nullable=True),
    _text("data"),
    Index("policy_changes_by_state", "state"),
)

# What a claimed order holds of the limits, written in the claim's transaction (I23).
reservations = _table(
    "reservations",
    _text("intent_id", ForeignKey("intents.id"), primary_key=True),
    _text("environment"),
    _text("account"),
    _text("owner"),
    _text("day"),
    Column("is_open", Flag, nullable=False),
    _time("at"),
    _time("changed_at"),
    _text("data"),
    Index("reservations_of_account", "environment", "account", "day"),
    Index("reservations_of_owner", "owner", "day"),
    Index("reservations_open", "is_open"),
)

# A day's loss that has turned an account to reducing: once a trading day, so that a person may lift it.
loss_trips = _table(
    "loss_trips", _text("scope", primary_key=True), _text("day", primary_key=True), _time("at")
)

roles = _table(
    "roles",
    _text("team_id", primary_key=True),
    _text("user_id", primary_key=True),
    _text("role", primary_key=True),
    _text("granted_by"),
    _time("at"),
)

# A request to approve one intent; an intent is asked of others once.
approvals = _table(
    "approvals",
    _text("id", primary_key=True),
    _text("intent_id", ForeignKey("intents.id"), unique=True),
    _text("team_id"),
    _text("state"),
    _number("version"),
    _time("expires_at"),
    _time("widen_at", nullable=True),
    _text("data"),
    Index("approvals_by_state", "state", "expires_at"),
)

# One person decides once.
approval_decisions = _table(
    "approval_decisions",
    _text("request_id", ForeignKey("approvals.id"), primary_key=True),
    _text("person", primary_key=True),
    _text("choice"),
    _time("at"),
)

# A standing envelope: asked, granted, ended; `is_granted` while it may cover something.
mandates = _table(
    "mandates",
    _text("id", primary_key=True),
    _text("team_id"),
    _text("holder"),
    _text("environment"),
    _text("account"),
    _text("state"),
    _number("version"),
    Column("is_granted", Flag, nullable=False),
    _time("expires_at"),
    _time("widen_at", nullable=True),
    _time("ends_at"),
    _text("data"),
    Index("mandates_by_state", "state", "is_granted"),
    Index("mandates_of_holder", "team_id", "holder"),
)

# What each order used, in its claim's transaction; an order uses one mandate once.
mandate_uses = _table(
    "mandate_uses",
    _text("intent_id", ForeignKey("intents.id"), primary_key=True),
    _text("mandate_id", ForeignKey("mandates.id")),
    _text("day"),
    _text("data"),
    Index("mandate_uses_of_day", "mandate_id", "day"),
)

deputies = _table(
    "deputies",
    _text("team_id", primary_key=True),
    _text("principal", primary_key=True),
    _text("deputy", primary_key=True),
    _time("until"),
)

# Who is asked first on which weekday, in this order.
rota = _table(
    "rota",
    _text("team_id", primary_key=True),
    _text("weekday", primary_key=True),
    _number("position", primary_key=True, autoincrement=False),
    _text("person"),
)

# Orders placed elsewhere whose owner is asked for a reason.
external_orders = _table("external_orders", _text("id", primary_key=True), _number("version"), _text("data"))

# Each alert that was raised, and what became of it: told where, or held back why. Nothing is ever lost (I45).
raised_alerts = _table(
    "raised_alerts",
    _number("number", primary_key=True),
    _text("id", unique=True),
    _text("team_id"),
    _text("owner"),
    _text("subject"),
    _text("symbol"),
    _text("account"),
    _number("weight"),  # of its severity
    _number("cents"),  # at risk; -1 when not known
    _number("is_over"),
    _time("at"),
    _text("place"),
    _text("outcome"),
    _text("reason"),
    _number("ref"),
    _time("until", nullable=True),
    _text("channel"),
    _text("ts"),
    _time("told_at", nullable=True),
    _text("acked_by"),
    _time("acked_at", nullable=True),
    _time("escalated_at", nullable=True),
    _text("moved_from"),
    Column("maybe_sent", Flag, nullable=False),
    _text("data"),
    Index("raised_alerts_at_place", "place", "outcome"),
    Index("raised_alerts_in_message", "channel", "ts"),
    Index("raised_alerts_of_owner", "owner", "number"),
    Index("raised_alerts_of_subject", "subject", "number"),
    Index("raised_alerts_by_time", "at"),
)

# What a room or a person was told a short while ago.
alert_places = _table("alert_places", _text("id", primary_key=True), _text("data"))

# A person's quiet hours, in minutes after midnight in their zone, and when they were buzzed last.
alert_people = _table(
    "alert_people",
    _text("id", primary_key=True),
    _text("zone"),
    _number("begins", nullable=True),
    _number("ends", nullable=True),
    _time("last_buzz", nullable=True),
)

# What a workspace's desk has said about its alerts.
alert_desks = _table("alert_desks", _text("team_id", primary_key=True), _text("escalation"))

snoozes = _table("snoozes", _text("subject", primary_key=True), _text("by"), _time("until"))

# What one person watches of one account's risk.
risk_watches = _table("risk_watches", _text("id", primary_key=True), _number("version"), _text("data"))

# `open_key`: watch, preset and subject while it is open, so that an episode is raised once; NULL once it is over.
risk_alerts = _table(
    "risk_alerts",
    _text("id", primary_key=True),
    _text("watch_id"),
    _text("open_key", nullable=True, unique=True),
    _number("version"),
    _time("raised_at"),
    _text("data"),
    Index("risk_alerts_of_watch", "watch_id", "raised_at"),
)

# The highest net liquidation of an account's last day.
risk_peaks = _table("risk_peaks", _text("account", primary_key=True), _text("day"), _text("peak"))

leases = _table("leases", _text("name", primary_key=True), _text("owner"), _number("epoch"), _time("until"))

seen = _table("seen", _text("key", primary_key=True), _time("at"), Index("seen_by_time", "at"))

# Append-only by trigger; `mac` chains each entry to the one before (I80).
audit = _table(
    "audit",
    _number("seq", primary_key=True, autoincrement=False),
    _time("at"),
    _text("actor"),
    _text("action"),
    _text("subject"),
    _text("result"),
    _text("params"),
    _bytes("mac"),
    Index("audit_of_subject", "subject", "seq"),
)
