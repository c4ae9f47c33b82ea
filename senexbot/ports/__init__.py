"""What the use cases ask of the world: broker, market data, Slack, store, secrets, clock, randomness.

Protocols only. What crosses them is a frozen domain value or an error of domain/errors.py.
"""

from senexbot.ports.alerts import AlertRows, FiringRows, Look
from senexbot.ports.approvals import ApprovalRows, DeputyRows
from senexbot.ports.broker import BrokerReads, OptionMatch, OrderDesk, VerifiedGrant
from senexbot.ports.external import ExternalRows
from senexbot.ports.feeds import AccountFeeds, AccountSink
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
from senexbot.ports.values import (
    Candle,
    CandleReads,
    DayFigures,
    Key,
    Quiet,
    Span,
    Spans,
    ValueFeed,
    ValueFeeds,
)

__all__ = [
    "ANYBODY",
    "AccountFeeds",
    "AccountSink",
    "AlertRows",
    "ApprovalRows",
    "AuditEntry",
    "Binding",
    "BrokerReads",
    "Candle",
    "CandleReads",
    "CardPlace",
    "CardRows",
    "ChannelFacts",
    "Clock",
    "DayFigures",
    "DeadLetter",
    "DeputyRows",
    "ExternalRows",
    "FiringRows",
    "FlattenRows",
    "Grants",
    "HaltRow",
    "HaltRows",
    "Handle",
    "HandleRows",
    "Ids",
    "IntentRows",
    "Key",
    "Lease",
    "LeaseRows",
    "LinkRows",
    "Look",
    "MandateRows",
    "Messenger",
    "OptionMatch",
    "OrderDesk",
    "OutboxRow",
    "OutboxRows",
    "Outgoing",
    "PolicyRows",
    "Quiet",
    "ReservationRows",
    "ResumeWish",
    "RiskRows",
    "RoleRows",
    "RuleRows",
    "Sealed",
    "SecretBox",
    "Span",
    "Spans",
    "Store",
    "Tx",
    "ValueFeed",
    "ValueFeeds",
    "VerifiedGrant",
]
