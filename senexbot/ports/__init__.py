"""What the use cases ask of the world: broker, market data, Slack, store, secrets, clock, randomness.

Protocols only. What crosses them is a frozen domain value or an error of domain/errors.py.
"""

from senexbot.ports.approvals import ApprovalRows, DeputyRows
from senexbot.ports.broker import BrokerReads, OptionMatch, OrderDesk, VerifiedGrant
from senexbot.ports.external import ExternalRows
from senexbot.ports.feeds import AccountFeeds, AccountSink, FeedBatch, MarketFeed, MarketFeeds
from senexbot.ports.flatten import FlattenRows
from senexbot.ports.mandates import MandateRows
from senexbot.ports.messenger import ChannelFacts, Messenger
from senexbot.ports.policies import PolicyRows, ReservationRows
from senexbot.ports.risk import RiskRows
from senexbot.ports.secrets import Binding, Grants, Sealed, SecretBox
from senexbot.ports.store import (
    ANYBODY,
    AuditEntry,
    CardPlace,
    CardRows,
    DeadLetter,
    HaltRow,
    HaltRows,
    Handle,
    HandleRows,
    IntentRows,
    Lease,
    LeaseRows,
    LinkRows,
    OutboxRow,
    OutboxRows,
    Outgoing,
    ResumeWish,
    RoleRows,
    RuleRows,
    Store,
    Tx,
)
from senexbot.ports.time import Clock, Ids

__all__ = [
    "ANYBODY",
    "AccountFeeds",
    "AccountSink",
    "ApprovalRows",
    "AuditEntry",
    "Binding",
    "BrokerReads",
    "CardPlace",
    "CardRows",
    "ChannelFacts",
    "Clock",
    "DeadLetter",
    "DeputyRows",
    "ExternalRows",
    "FeedBatch",
    "FlattenRows",
    "Grants",
    "HaltRow",
    "HaltRows",
    "Handle",
    "HandleRows",
    "Ids",
    "IntentRows",
    "Lease",
    "LeaseRows",
    "LinkRows",
    "MandateRows",
    "MarketFeed",
    "MarketFeeds",
    "Messenger",
    "OptionMatch",
    "OrderDesk",
    "OutboxRow",
    "OutboxRows",
    "Outgoing",
    "PolicyRows",
    "ReservationRows",
    "ResumeWish",
    "RiskRows",
    "RoleRows",
    "RuleRows",
    "Sealed",
    "SecretBox",
    "Store",
    "Tx",
    "VerifiedGrant",
]
