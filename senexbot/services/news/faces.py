"""What each card is to show now, by the news that names it, and the news of what stands in a place.

A card's key in the table of places: an order's is its id; all others begin with their kind or are two ids with a colon.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from senexbot.blocks import orders as order_blocks
from senexbot.blocks.approvals import approval_card
from senexbot.blocks.external import external_card
from senexbot.blocks.flatten import plan_card
from senexbot.blocks.kit import Message
from senexbot.blocks.mandates import mandate_card
from senexbot.domain.approval.approvals import RequestState
from senexbot.domain.news import ApprovalNews, CardNews, ExternalNews, MandateNews, PlanNews
from senexbot.domain.orders.intents import IntentState
from senexbot.ports import Tx

Shown = CardNews | ApprovalNews | ExternalNews | PlanNews | MandateNews
# An ended preview without a card: it was previewed again, and the new one has taken the card over.
NEVER_POSTED_ANEW = frozenset({IntentState.LAPSED, IntentState.DISCARDED})
EXTERNAL, PLAN, MANDATE = "external", "flatten", "mandate"


@dataclass(frozen=True, slots=True)
class Face:
    """What a card is to show now. `key`: of its place; `anew`: posted where no message stands (any more)."""

    key: str
    version: int
    message: Message
    anew: bool
    environment: str


async def face_of(tx: Tx, news: Shown, now: datetime) -> Face | None:
    """None when what it is about is not stored (any more)."""
    key = key_of(news)
    match news:
        case CardNews():
            return await _order(tx, key, now)
        case ApprovalNews():
            return await _request(tx, key, news, now)
        case ExternalNews():
            known = await tx.externals.get(news.external_id)
            if known is None:
                return None
            return Face(key, known.version, external_card(known, now=now), True, known.environment.label)
        case PlanNews():
            plan = await tx.flatten.get(news.plan_id)
            if plan is None:
                return None
            label = plan.accounts[0].environment.label
            return Face(key, plan.version, plan_card(plan, now=now), True, label)
        case MandateNews():
            mandate = await tx.mandates.get(news.mandate_id)
            if mandate is None:
                return None
            message = mandate_card(mandate, news.person, now=now)
            anew = mandate.state is RequestState.OPEN or mandate.is_granted
            return Face(key, mandate.version, message, anew, mandate.environment.label)


async def _order(tx: Tx, intent_id: str, now: datetime) -> Face | None:
    intent = await tx.intents.get(intent_id)
    if intent is None:
        return None
    message = order_blocks.order_card(intent, handle=intent.handle, now=now)
    return Face(
        intent_id,
        intent.version,
        message,
        intent.state not in NEVER_POSTED_ANEW,
        intent.environment.label,
    )


async def _request(tx: Tx, key: str, news: ApprovalNews, now: datetime) -> Face | None:
    """Posted anew only while it is open: once it is over nobody has to be asked any more."""
    request = await tx.approvals.get(news.request_id)
    if request is None:
        return None
    message = approval_card(request, news.person, now=now)
    label = request.terms.account.environment.label
    return Face(key, request.version, message, request.state is RequestState.OPEN, label)


def key_of(news: Shown) -> str:
    """Of the card's place."""
    match news:
        case CardNews():
            return news.intent_id
        case ApprovalNews():
            return f"{news.request_id}:{news.person}"
        case ExternalNews():
            return external_key(news.external_id)
        case PlanNews():
            return plan_key(news.plan_id)
        case MandateNews():
            return f"{MANDATE}:{news.mandate_id}:{news.person}"


def external_key(external_id: str) -> str:
    """Where the message about an order placed elsewhere stands; also the key of its rows."""
    return f"{EXTERNAL}:{external_id}"


def plan_key(plan_id: str) -> str:
    """Where the card of a plan to flatten stands; also the key of its rows."""
    return f"{PLAN}:{plan_id}"


def again(key: str) -> tuple[str, Shown]:
    """Of the card with this key: the key of its rows in the outbox, and the news that shows it once more."""
    match key.split(":"):
        case ["external", external_id]:
            return key, ExternalNews(external_id, again=True)
        case ["flatten", plan_id]:
            return key, PlanNews(plan_id, again=True)
        case ["mandate", mandate_id, person]:
            return key, MandateNews(mandate_id, person, again=True)
        case [request, person]:
            return f"approval:{key}", ApprovalNews(request, person, again=True)
        case _:
            return f"card:{key}", CardNews(key, again=True)
