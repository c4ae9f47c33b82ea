"""Gathers what the order checks look at: rights, halt and unresolved orders from the transaction in hand."""

from __future__ import annotations

from datetime import datetime

from senexbot.domain.access import effective_roles
from senexbot.domain.calendar import trading_day
from senexbot.domain.errors import NotConnected
from senexbot.domain.links import Actor, Role
from senexbot.domain.orders.checks import CheckInput
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.orders.settle import wait_until
from senexbot.domain.orders.terms import OrderTerms
from senexbot.ports import Tx
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.halts.halts import brake_on
from senexbot.services.orders.market_facts import MarketFacts

UNRESOLVED = (IntentState.UNKNOWN, IntentState.NEEDS_PERSON)


async def roles_of(tx: Tx, actor: Actor) -> frozenset[Role]:
    """The roles a person holds at this moment (I29)."""
    granted = await tx.roles.of(actor.team_id, actor.user_id)
    links = await tx.links.of_user(actor.team_id, actor.user_id)
    return effective_roles(actor, granted, linked=bool(links))


async def unresolved_like(tx: Tx, terms: OrderTerms) -> tuple[Intent, ...]:
    """Unresolved intents of the same account, underlying and side, whoever of its holders they belong to (I13)."""
    unresolved = await tx.intents.in_states(UNRESOLVED)
    return tuple(
        intent
        for intent in unresolved
        if intent.environment is terms.environment and wait_until(intent, terms) is not None
    )


async def check_input(
    tx: Tx, actor: Actor, terms: OrderTerms, facts: MarketFacts, *, live_trading: bool, now: datetime
) -> CheckInput:
    """Raises NotConnected when the account of the terms is not the person's any more (I36)."""
    link = await tx.links.get(terms.account.link_id)
    if link is None or link.user_id != actor.user_id or link.account(terms.account.number) is None:
        raise NotConnected("The account of this order is not linked any more. Say the order again.")
    brake = await brake_on(tx, terms.account, actor.user_id)
    return CheckInput(
        terms=terms,
        instrument=facts.instrument,
        link=link,
        actor=actor,
        roles=await roles_of(tx, actor),
        halt=brake.state,
        halt_scope=brake.scope,
        live_trading=live_trading,
        now=now,
        quote=facts.quote,
        position_quantity=facts.held,
        trading_status=facts.status,
        unresolved=await unresolved_like(tx, terms),
        more=facts.more,
        today=trading_day(now, EXCHANGE_ZONE),
    )
