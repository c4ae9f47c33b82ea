"""The desk's halt: committed first, told afterwards; it survives a restart and never lifts itself.

For the whole desk, one account or one person (domain/halts/halts.py: scopes).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from senexbot.domain.errors import AlreadyHandled, NotFound, NotPermitted
from senexbot.domain.halts.halts import (
    DESK,
    Brake,
    HaltState,
    account_scope,
    scope_words,
    scopes_of,
    strictest,
    user_scope,
)
from senexbot.domain.links import AccountRef, Actor, Role
from senexbot.domain.news import NoticeNews
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.policy.rules import Number, RuleName, Scope, ScopeKind
from senexbot.ports import AuditEntry, Clock, HaltRow, Outgoing, ResumeWish, Store, Tx
from senexbot.services.news.admins import tell_admins
from senexbot.services.rules import DeskRules

HOST = "host"  # the command line on the machine itself
BOT = "bot"  # the policy: a daily loss
WISH_LASTS = timedelta(minutes=30)  # in which the second of two has to agree


@dataclass(frozen=True, slots=True)
class HaltAnswer:
    """`on_the_way`: claimed before the halt committed; `working`: the broker has them; cancels still work.

    Both of the row's scope. `others`: what else is not active. After `resume` a row that is not active waits for a
    second person.
    """

    row: HaltRow
    on_the_way: tuple[Intent, ...]
    working: tuple[Intent, ...]
    others: tuple[HaltRow, ...] = ()
    wished_by: str = ""  # who has asked to lift it, where the policy wants two


async def brake_on(tx: Tx, account: AccountRef, user_id: str) -> Brake:
    """The strictest halt that an order of this person in this account meets; read in the transaction of its
    claim, so that no claim commits after a halt of any of them (I25)."""
    rows = [await tx.halts.get(scope) for scope in scopes_of(account, user_id)]
    return strictest(Brake(HaltState(row.state), row.scope) for row in rows if row is not None)


async def desk_status(store: Store, clock: Clock, scope: str = DESK) -> HaltAnswer:
    """The state as it stands, and what is open. A scope that was never halted has version 0."""
    async with store.read() as tx:
        row = await tx.halts.get(scope)
        others = tuple(r for r in await tx.halts.all() if r.scope != DESK and r.state != "active")
        on_the_way, working = await _open_intents(tx, scope)
        wish = await tx.halts.wish(scope) if row is not None else None
    row = row or HaltRow(scope, "active", "", "", clock.now(), 0)
    wished = wish is not None and row.state != "active" and _counts(wish, row, clock)
    by = wish.by if wish is not None and wished else ""
    return HaltAnswer(row, on_the_way, working, others if scope == DESK else (), by)


class Halts:
    def __init__(self, *, store: Store, clock: Clock, rules: DeskRules) -> None:
        self._store = store
        self._clock = clock
        self._rules = rules

    async def status(self, scope: str = DESK) -> HaltAnswer:
        return await desk_status(self._store, self._clock, scope)

    async def account_scope(self, digits: str) -> str:
        """The scope of the account whose number ends so. Raises NotFound for none or several."""
        async with self._store.read() as tx:
            links = await tx.links.all()
            halted = [row.scope for row in await tx.halts.all()]
        known = {account_scope(link.environment, a.number) for link in links for a in link.accounts}
        known |= {scope for scope in halted if scope.startswith("account:")}
        found = sorted(scope for scope in known if digits and scope.lower().endswith(digits.lower()))
        if len(found) != 1:
            what = "No account here ends" if not found else f"{len(found)} accounts here end"
            raise NotFound(f"{what} in {digits[:20] or 'nothing'}. Say more digits of its number.")
        return found[0]

    async def halt(
        self, by: Actor | str, reason: str = "", *, state: str = "halted", scope: str = DESK
    ) -> HaltAnswer:
        """Committed when this returns: no create or replace starts any more (I25, I26).

        `by`: a person, whose rights are read in the transaction that halts (I29), or HOST.
        """
        return await self._set(by, state, reason, scope)

    async def resume(self, by: Actor | str, reason: str = "", *, scope: str = DESK) -> HaltAnswer:
        """Lifted by a person with the role, or (policy rule `resume`) by the second of two; HOST is break-glass."""
        return await self._set(by, "active", reason, scope)

    async def may_resume(self, actor: Actor) -> None:
        """Raises NotPermitted; for showing the button. `resume` asks again."""
        async with self._store.read() as tx:
            await _may_resume(tx, actor)

    async def _set(self, by: Actor | str, state: str, reason: str, scope: str) -> HaltAnswer:
        async with self._store.begin() as tx:
            before = await tx.halts.get(scope, changing=True)
            if isinstance(by, Actor):
                was_halted = before is not None and before.state == "halted"
                lifts = state == "active" or (state == "reducing" and was_halted)
                if lifts:
                    await _may_resume(tx, by)
                else:
                    await _may_halt(tx, by, scope)
                if lifts and before is not None and before.state != state:
                    waits = await self._first_of_two(tx, by, before, state)
                    if waits is not None:
                        return waits
                by = by.user_id
            if (before.state if before else "active") == state:
                words = scope_words(scope)
                raise AlreadyHandled(
                    f"{words[:1].upper()}{words[1:]} is {state} already.", code=f"already_{state}"
                )
            row = await put_halt(tx, self._clock, self._rules, scope, state, by=by, reason=reason)
            on_the_way, working = await _open_intents(tx, scope)
        return HaltAnswer(row, on_the_way, working)

    async def _first_of_two(self, tx: Tx, by: Actor, halt: HaltRow, state: str) -> HaltAnswer | None:
        """Where the policy wants two: the first one's wish is noted and the others are asked. None: lift it now."""
        if await _persons_needed(tx, halt.scope) < 2:
            return None
        wish = await tx.halts.wish(halt.scope)
        if wish is not None and wish.state == state and _counts(wish, halt, self._clock):
            if wish.by != by.user_id:
                return None
            raise AlreadyHandled(
                "You have asked for it already: another person with the role risk or operator has to agree.",
                code="second_person_needed",
            )
        now = self._clock.now()
        await tx.halts.put_wish(ResumeWish(halt.scope, halt.version, state, by.user_id, now))
        kind = halt.scope.partition(":")[0]
        await tx.audit(AuditEntry(by.user_id, f"{kind}.resume_asked", halt.scope, "ok", (("state", state),)))
        params = (("by", by.user_id), ("state", state), ("scope", halt.scope))
        news = NoticeNews("resume_asked", params, now)
        for user in await _others_who_may(tx, by):
            await tx.outbox.put(
                Outgoing(
                    key=f"user:{user}",
                    news=news,
                    dedupe=f"resume:{halt.scope}:{halt.version}:{now.isoformat()}:{user}",
                    to_user=user,
                )
            )
        on_the_way, working = await _open_intents(tx, halt.scope)
        return HaltAnswer(halt, on_the_way, working, wished_by=by.user_id)


def _counts(wish: ResumeWish, halt: HaltRow, clock: Clock) -> bool:
    """For this very halt, and not for ever."""
    return wish.halt_version == halt.version and clock.not_before() - wish.at < WISH_LASTS


async def _persons_needed(tx: Tx, scope: str) -> int:
    """By the policy's rule `resume`, of the account itself where it has one; the stricter counts."""
    policy = await tx.policies.current()
    values = [policy.desk_value(RuleName.RESUME)]
    if scope.startswith("account:"):
        own = policy.said(RuleName.RESUME, Scope(ScopeKind.ACCOUNT, scope.removeprefix("account:")))
        values += [own] if own is not None else []
    return max(value.amount for value in values if isinstance(value, Number))


async def _others_who_may(tx: Tx, by: Actor) -> tuple[str, ...]:
    return tuple(
        sorted(
            {
                user
                for team, user, role in await tx.roles.all()
                if team == by.team_id and role in {Role.RISK, Role.OPERATOR} and user != by.user_id
            }
        )
    )


async def put_halt(
    tx: Tx, clock: Clock, rules: DeskRules, scope: str, state: str, *, by: str, reason: str
) -> HaltRow:
    """The row, its audit entry and its announcement, in the transaction in hand."""
    now, reason = clock.now(), reason[:200]
    before = await tx.halts.get(scope, changing=True)
    row = HaltRow(scope, state, by, reason, now, (before.version if before else 0) + 1)
    await tx.halts.put(row)
    kind = scope.partition(":")[0]
    await tx.audit(AuditEntry(by, f"{kind}.{state}", scope, "ok", (("reason", reason),)))
    news = NoticeNews(
        "resumed" if state == "active" else "halted",
        (("by", by), ("state", state), ("reason", reason), ("scope", scope)),
        now,
    )
    dedupe = f"halt:{row.version}" if scope == DESK else f"halt:{scope}:{row.version}"
    await tell_admins(tx, rules.admin_channel, news, dedupe=dedupe, doer=by)
    return row


async def _may_halt(tx: Tx, actor: Actor, scope: str) -> None:
    """Anybody who trades here, and the roles risk and operator, may stop the desk and their own trading;
    somebody else, or an account that one does not reach, only the roles."""
    roles = await tx.roles.of(actor.team_id, actor.user_id)
    if roles & {Role.RISK, Role.OPERATOR}:
        return
    links = await tx.links.of_user(actor.team_id, actor.user_id)
    if not (Role.TRADER in roles or (links and actor.is_full_member)):
        raise NotPermitted("To halt the desk you need a linked account here, or the role risk or operator.")
    own = {account_scope(link.environment, a.number) for link in links for a in link.accounts}
    if scope not in {DESK, user_scope(actor.user_id), *own}:
        raise NotPermitted("To halt somebody else or their account you need the role risk or operator.")


async def _may_resume(tx: Tx, actor: Actor) -> None:
    """Lifting a halt, also in part: "reducing" after "halted" lets orders start again (I26)."""
    roles = await tx.roles.of(actor.team_id, actor.user_id)
    if not (roles & {Role.RISK, Role.OPERATOR} and actor.is_full_member):
        raise NotPermitted("Only a person with the role risk or operator may resume the desk.")


async def _open_intents(tx: Tx, scope: str) -> tuple[tuple[Intent, ...], tuple[Intent, ...]]:
    on_the_way = await tx.intents.in_states(
        (IntentState.CLAIMED, IntentState.UNKNOWN, IntentState.NEEDS_PERSON)
    )
    working = await tx.intents.in_states((IntentState.WORKING, IntentState.CANCEL_REQUESTED))
    exits = await tx.intents.with_open_children()  # of orders that are over themselves
    working += tuple(intent for intent in exits if intent not in working)
    return _within(on_the_way, scope), _within(working, scope)


def _within(intents: tuple[Intent, ...], scope: str) -> tuple[Intent, ...]:
    return tuple(intent for intent in intents if scope in scopes_of(intent.account, intent.owner))
