"""The rule for unknown outcomes: when to look, what a series of looks proves, whom to call (I10 to I13).

Pure: it never looks, sends or waits; and nothing here can lead to sending an order again.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from senexbot.domain.orders.broker_orders import BrokerOrder
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.orders.terms import OrderTerms, OrderType

LOOK_AFTER = tuple(timedelta(seconds=s) for s in (0, 2, 5, 10, 20, 30, 60, 120))
LOOK_EVERY = timedelta(seconds=30)  # after the last of those, while unknown
WATCH_EVERY = timedelta(seconds=60)  # for a person, or presumed, in the first quarter of an hour
WATCH_LATER = timedelta(minutes=5)
WATCH_CLOSELY = timedelta(minutes=15)
SETTLE_WITHIN = timedelta(minutes=5)  # then a person is called, and the same side may go on (I11, I13)
PRESUME_AFTER = timedelta(seconds=120)
LOOKS_NEEDED = 3
REMIND_EVERY = timedelta(minutes=15)
REMIND_TIMES = 4
REMIND_LATER = timedelta(hours=1)
MUTE_FOR = timedelta(hours=4)
NEAR_BEFORE = timedelta(minutes=1)  # the broker's clock may differ from ours
NEAR_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class LookFacts:
    """What one read of the broker's lists showed about one intent.

    `list_is_fresh`: an older known order is in it, or the list is provably current. `near_match`: an
    order without identifier that looks like it; shown to a person, never adopted.
    """

    at: datetime
    complete: bool
    found: BrokerOrder | None = None
    near_match: BrokerOrder | None = None
    list_is_fresh: bool = False


class VerdictKind(enum.StrEnum):
    FOUND = "found"
    PRESUME_NOT_PLACED = "presume_not_placed"
    KEEP_LOOKING = "keep_looking"
    HAND_OVER = "hand_over"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`order`: the one found. `near`: what a person should look at. `why`: for the audit and the card."""

    kind: VerdictKind
    order: BrokerOrder | None = None
    near: BrokerOrder | None = None
    why: str = ""


def doubt_began(intent: Intent) -> datetime:
    """When the outcome became unknown; the claim, or the row's creation, where that was not stored."""
    return intent.unknown_since or intent.claimed_at or intent.created_at


def next_look_at(intent: Intent, now: datetime) -> datetime | None:
    """When to look next; not after `now` means at once. None when nothing is to be looked for.

    Unknown: at once, then after 2, 5, 10, 20, 30, 60, 120 s, then every 30 s. Waiting for a person, presumed
    not placed or closed by the owner: every minute for a quarter of an hour, then every 5 minutes (the last
    two until `watch_until`).
    """
    began = doubt_began(intent)
    last = intent.last_look_at
    if intent.state is IntentState.UNKNOWN:
        if last is None:
            return began
        planned = next((began + after for after in LOOK_AFTER if began + after > last), None)
        return planned or last + LOOK_EVERY
    watched = intent.state in {IntentState.PRESUMED_NOT_PLACED, IntentState.CLOSED_BY_OWNER}
    if watched and intent.watch_until is not None and now >= intent.watch_until:
        return None
    if not watched and intent.state is not IntentState.NEEDS_PERSON:
        return None
    return (last or began) + (WATCH_EVERY if now - began < WATCH_CLOSELY else WATCH_LATER)


def judge(intent: Intent, looks: Sequence[LookFacts], now: datetime) -> Verdict:
    """What the looks since the claim prove.

    Not placed is presumed only after three complete looks, the last at least 120 s after the claim and
    in a list proven fresh, and no near match in any (I12). An incomplete look proves nothing, unless the
    order is in it. Five minutes without a proof: a person (I11).
    """
    claimed = intent.claimed_at or doubt_began(intent)
    found = next((look.found for look in looks if look.found is not None), None)
    if found is not None:
        return Verdict(VerdictKind.FOUND, order=found)
    complete = sorted((look for look in looks if look.complete and look.at >= claimed), key=lambda k: k.at)
    near = next((look.near_match for look in looks if look.near_match is not None), None)
    doubt = _doubt(complete, claimed) if near is None else "an order like it is there, without our identifier"
    if not doubt:
        return Verdict(VerdictKind.PRESUME_NOT_PLACED, why=f"{len(complete)} complete looks did not find it")
    overdue = now - doubt_began(intent) >= SETTLE_WITHIN
    if overdue and intent.state is not IntentState.NEEDS_PERSON:
        return Verdict(VerdictKind.HAND_OVER, near=near, why=doubt)
    return Verdict(VerdictKind.KEEP_LOOKING, near=near, why=doubt)


def _doubt(complete: Sequence[LookFacts], claimed: datetime) -> str:
    """Why these looks prove no absence yet; "" when they do."""
    if len(complete) < LOOKS_NEEDED:
        return f"only {len(complete)} complete looks"
    if complete[-1].at - claimed < PRESUME_AFTER:
        return "the last look was less than 120 s after the claim"
    if not complete[-1].list_is_fresh:
        return "the broker's list is not proven to be current"
    return ""


def near_match(intent: Intent, order: BrokerOrder) -> bool:
    """An order without identifier with the same account, legs, type, price and time as this intent."""
    if order.identifier or order.account != intent.account.number:
        return False
    began = intent.claimed_at or intent.created_at
    if order.received_at is not None and not (began - NEAR_BEFORE <= order.received_at <= began + NEAR_AFTER):
        return False
    terms = intent.terms
    by_value = terms.type is OrderType.NOTIONAL_MARKET  # its quantity is the broker's to tell
    # The broker may tag a closing leg as an opening one (pitfall 32): only the side is compared.
    theirs = sorted(
        (leg.symbol, leg.action.split(" ")[0].lower(), Decimal(0) if by_value else leg.quantity)
        for leg in order.legs
    )
    ours = sorted((leg.symbol, leg.action.side.value, leg.quantity) for leg in terms.legs)
    same_price = (order.type, order.price, order.stop_trigger) == (
        terms.type.value,
        terms.price,
        terms.stop_trigger,
    )
    return theirs == ours and same_price


def wait_until(unknown: Intent, terms: OrderTerms) -> datetime | None:
    """Until when an unresolved intent makes these terms wait (I13); None when it does not concern them."""
    if unknown.state not in {IntentState.UNKNOWN, IntentState.NEEDS_PERSON}:
        return None
    theirs = unknown.terms
    if (theirs.account.number, theirs.underlying, theirs.side) != (
        terms.account.number,
        terms.underlying,
        terms.side,
    ):
        return None
    return doubt_began(unknown) + SETTLE_WITHIN


def blocks_new(unknown: Intent, terms: OrderTerms, now: datetime) -> bool:
    """I13: the same account, underlying and side wait for at most five minutes."""
    until = wait_until(unknown, terms)
    return until is not None and now < until


def next_reminder_at(intent: Intent, *, in_session: bool) -> datetime | None:
    """When the owner is reminded of an intent that needs a person: four times every 15 minutes, then
    hourly while the market is in session; not before a mute ends. None: not now, or not at all."""
    if intent.state is not IntentState.NEEDS_PERSON:
        return None
    began = intent.reminded_at or doubt_began(intent) + SETTLE_WITHIN
    if intent.reminded >= REMIND_TIMES and not in_session:
        return None
    due = began + (REMIND_EVERY if intent.reminded < REMIND_TIMES else REMIND_LATER)
    return max(due, intent.muted_until) if intent.muted_until else due


def reminded(intent: Intent, now: datetime) -> Intent:
    """The intent after one reminder."""
    return replace(intent, version=intent.version + 1, reminded=intent.reminded + 1, reminded_at=now)


def muted(intent: Intent, now: datetime) -> Intent:
    """The intent after "I am on it"."""
    return replace(intent, version=intent.version + 1, muted_until=now + MUTE_FOR)


def looked(intent: Intent, look: LookFacts) -> Intent:
    """The intent after a look that changed no state: counted when it was complete."""
    return replace(
        intent,
        version=intent.version + 1,
        looks=intent.looks + (1 if look.complete else 0),
        last_look_at=look.at,
    )
