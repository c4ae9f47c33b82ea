"""Who may decide on an order at this moment: roles, deputies and customers from the transaction in hand (I28, I29).

Slack's directory is asked before the transaction begins: never over a network wait (I58).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime

from senexbot.domain.approval.approvals import Request
from senexbot.domain.approval.approvers import Candidate, Deputy, may_approve
from senexbot.domain.errors import MessengerFault, NotPermitted, Reason
from senexbot.domain.links import Actor, Role
from senexbot.ports import Messenger, Store, Tx
from senexbot.services.orders.checking import roles_of

People = Mapping[str, Actor]


async def directory(messenger: Messenger, people: Iterable[str]) -> People:
    """As Slack knows them now; whom it does not tell of is left out, and so may decide nothing."""
    ids = sorted(set(people))
    found = await asyncio.gather(*(messenger.person(one) for one in ids), return_exceptions=True)
    known: dict[str, Actor] = {}
    for one, answer in zip(ids, found, strict=True):
        if isinstance(answer, Actor):
            known[one] = answer
        elif not isinstance(answer, MessengerFault):
            raise answer
    return known


async def concerned(store: Store, team_id: str, role: Role, now: datetime) -> frozenset[str]:
    """Everybody whose right to decide with this role has to be looked at: holders, deputies, their principals."""
    async with store.read() as tx:
        holders = {user for team, user, held in await tx.roles.all() if team == team_id and held is role}
        deputies = await tx.deputies.all(team_id, now)
    return frozenset(holders | {one for d in deputies for one in (d.principal, d.deputy)})


async def eligible(
    tx: Tx, people: People, role: Role, *, team_id: str, requester: str, now: datetime
) -> list[str]:
    """Those of the people who may decide on an order of the requester."""
    return [
        one
        for one in people
        if await refusal(tx, one, people, role, team_id=team_id, requester=requester, now=now) is None
    ]


async def refusal(
    tx: Tx, person: str, people: People, role: Role, *, team_id: str, requester: str, now: datetime
) -> Reason | None:
    """Why this person may not decide on an order of the requester; None when they may."""
    actor = people.get(person)
    if actor is None:
        return Reason("outsider", "Slack does not tell who this is")
    theirs = await _customers(tx, team_id, requester)
    mine = tuple(d for d in await tx.deputies.all(team_id, now) if d.deputy == person)
    candidate = Candidate(
        actor=actor,
        roles=await roles_of(tx, actor),
        customers=await _customers(tx, team_id, person),
        stands_in_for=await _stands_in_for(tx, mine, people, role, team_id, theirs),
    )
    return may_approve(candidate, role, team_id=team_id, requester=requester, requester_customers=theirs)


async def require_right(
    tx: Tx, actor: Actor, people: People, role: Role, *, team_id: str, requester: str, now: datetime
) -> None:
    """Raises NotPermitted, saying why this person may not decide (I28, I29)."""
    no = await refusal(tx, actor.user_id, people, role, team_id=team_id, requester=requester, now=now)
    if no is not None:
        raise NotPermitted(f"{no.words[:1].upper()}{no.words[1:]}.", code=no.code)


async def lost_rights(tx: Tx, people: People, request: Request, now: datetime) -> list[str]:
    """Why those who have said yes may not any more, in words: a yes counts as long as who gave it may (I28, F107)."""
    role, team, requester = request.need.role, request.team_id, request.requester
    found = [
        await refusal(tx, person, people, role, team_id=team, requester=requester, now=now)
        for person in request.given
    ]
    return [no.words for no in found if no is not None]


async def _customers(tx: Tx, team_id: str, user_id: str) -> frozenset[str]:
    links = await tx.links.of_user(team_id, user_id)
    return frozenset(f"{link.environment.value}:{link.customer_id}" for link in links)


async def _stands_in_for(
    tx: Tx, deputies: tuple[Deputy, ...], people: People, role: Role, team_id: str, theirs: frozenset[str]
) -> frozenset[str]:
    """Principals who could decide themselves: with the role, and not the requester's own customer at the broker.

    A deputy passes nothing on: only the principal's own role counts.
    """
    found = set()
    for one in deputies:
        actor = people.get(one.principal)
        if actor is None or not actor.is_full_member or await _customers(tx, team_id, one.principal) & theirs:
            continue
        if role in await tx.roles.of(team_id, one.principal):
            found.add(one.principal)
    return frozenset(found)
