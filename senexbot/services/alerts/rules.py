"""Standing alerts: set, listed, changed, paused, deleted, and fired by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from senexbot.domain.alerting import rules as moves
from senexbot.domain.alerting.nearness import Distance, Values, distance_of, number_of, truth_of
from senexbot.domain.alerting.normal import text_of
from senexbot.domain.alerting.rules import STANDING, WATCHED, AlertRule, RuleState, Watched, new_rule
from senexbot.domain.alerting.terms import AlertTerms, Source
from senexbot.domain.alerting.trees import sources_of, tests_of, value_of
from senexbot.domain.calendar import day_bounds, trading_day
from senexbot.domain.errors import AlreadyHandled, NotConnected, NotFound, NotPermitted, UserError
from senexbot.domain.links import Actor, Role
from senexbot.ports import AuditEntry, Clock, Handle, Ids, Store, Tx
from senexbot.services.accounts import Accounts
from senexbot.services.alerts.escalating import Escalating
from senexbot.services.alerts.firing import fire_all, firing_of
from senexbot.services.alerts.places import AlertPlaces, Told
from senexbot.services.alerts.values import AlertValues
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.orders.handles import owned_handle

MOST_RULES = 100  # a person; a bound, so that one person cannot crowd out the desk
_DONE = {
    "delete": "This alert was deleted already.",
    "pause": "This alert is not watched now, so there is nothing to pause.",
    "resume": "This alert is not paused.",
    "edit": "This alert was deleted. Set it anew.",
}


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A rule just made or changed. `is_true`: of its condition now, None where a quote does not tell."""

    rule: AlertRule
    distance: Distance | None
    is_true: bool | None
    moved_why: str
    handle: str


@dataclass(frozen=True, slots=True)
class ListedRule:
    """`is_mine`: whether the person who asks owns it."""

    rule: AlertRule
    distance: Distance | None
    is_mine: bool = True


@dataclass(frozen=True, slots=True)
class _Ready:
    """What setting and changing find out before the transaction."""

    terms: AlertTerms
    link_id: str
    watched: tuple[Watched, ...]
    values: Values
    told: Told
    expires_at: datetime | None

    @property
    def last_value(self) -> Decimal | None:
        return number_of(value_of(tests_of(self.terms.condition)[0]), self.values)


class AlertRules:
    def __init__(
        self,
        *,
        store: Store,
        accounts: Accounts,
        values: AlertValues,
        places: AlertPlaces,
        escalating: Escalating,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._values = values
        self._places = places
        self._escalating = escalating
        self._clock = clock
        self._ids = ids

    def today(self) -> date:
        """The exchange's day."""
        return trading_day(self._clock.now(), EXCHANGE_ZONE)

    async def set(self, actor: Actor, terms: AlertTerms, here: str) -> RuleSet:
        """Watch from now on. `here`: the channel where it was set; "" for the direct message."""
        ready = await self._prepare(actor, terms, here)
        async with self._store.begin() as tx:
            if await tx.links.get(ready.link_id) is None:  # erased meanwhile: nobody would watch the rule
                raise NotConnected("Your link was removed just now. Link again, then set the alert.")
            mine = await tx.rules.of_owner(actor.team_id, actor.user_id)
            if sum(rule.state in STANDING for rule in mine) >= MOST_RULES:
                raise AlreadyHandled(
                    f"You have {MOST_RULES} alerts, which is the most one person may have. Delete some first.",
                    code="too_many_alerts",
                )
            rule = new_rule(
                terms,
                id=self._ids.row(),
                number=await tx.rules.next_number(actor.team_id),
                team_id=actor.team_id,
                owner=actor.user_id,
                link_id=ready.link_id,
                text=text_of(terms),
                instruments=ready.watched,
                channel=ready.told.channel,
                to_user=ready.told.to_user,
                now=self._clock.now(),
                is_true=truth_of(terms.condition, ready.values),
                expires_at=ready.expires_at,
                last_value=ready.last_value,
            )
            await tx.rules.add(rule)
            handle = await self._handle(tx, rule, actor)
            await tx.audit(_entry(actor, "alert.set", rule))
        return _made(rule, ready, handle)

    async def edit(self, actor: Actor, rule: AlertRule, terms: AlertTerms) -> RuleSet:
        """Other terms for the alert as it was shown. Told where it was, unless the terms name a place.

        Raises AlreadyHandled when it has moved on since it was read.
        """
        if rule.owner != actor.user_id:
            raise NotPermitted("Only its owner may change an alert. You may pause or delete it.")
        ready = await self._prepare(actor, terms, "")
        told = ready.told if terms.to else Told(rule.channel, rule.to_user)
        async with self._store.begin() as tx:
            stored = await self._visible(tx, actor, await tx.rules.get(rule.id))
            if not moves.may(stored, "edit"):
                raise AlreadyHandled(_DONE["edit"], code=stored.state.value)
            if stored.text != rule.text:
                raise AlreadyHandled("This alert was changed meanwhile. Look at alerts.", code="changed")
            after = moves.edited(
                stored,
                terms,
                text=text_of(terms),
                instruments=ready.watched,
                now=self._clock.now(),
                is_true=truth_of(terms.condition, ready.values),
                expires_at=ready.expires_at,
                last_value=ready.last_value,
                channel=told.channel,
                to_user=told.to_user,
            )
            after = replace(after, link_id=ready.link_id)
            await tx.rules.save(after)
            handle = await self._handle(tx, after, actor)
            await tx.audit(_entry(actor, "alert.edit", after, was=stored.text))
        return _made(after, ready, handle)

    async def _prepare(self, actor: Actor, terms: AlertTerms, here: str) -> _Ready:
        link = await self._accounts.link(actor)
        watched, values = await self._values.resolve(link.id, terms)
        told = await self._places.destination(actor, terms.to, here)
        await self._escalating.check(actor, terms.escalate, told=told.channel or told.to_user)
        ends = None if terms.until is None else day_bounds(terms.until, EXCHANGE_ZONE)[1]
        return _Ready(terms, link.id, watched, values, told, ends)

    async def listed(self, actor: Actor) -> tuple[ListedRule, ...]:
        """The person's alerts, and for an operator all of the workspace; the nearest to firing first."""
        now = self._clock.now()
        async with self._store.read() as tx:
            sees_all = await _sees_all(tx, actor)
            rules = [
                rule
                for rule in await tx.rules.of_team(actor.team_id)
                if not moves.is_over(rule, now) and (sees_all or rule.owner == actor.user_id)
            ]
        values = await self._values.values(rules)
        rows = [
            ListedRule(
                rule,
                distance_of(rule.terms.condition, values[rule.id], rule.mark),
                rule.owner == actor.user_id,
            )
            for rule in rules
        ]
        far = Decimal("Infinity")
        return tuple(sorted(rows, key=lambda row: row.distance.key if row.distance else far))

    async def handle(self, actor: Actor, rule: AlertRule) -> str:
        """Of the buttons of one of the person's alerts."""
        async with self._store.begin() as tx:
            return await self._handle(tx, rule, actor)

    async def listed_over(self, actor: Actor, link_id: str) -> tuple[AlertRule, ...]:
        """The person's watched alerts over one link."""
        async with self._store.read() as tx:
            rules = await tx.rules.of_owner(actor.team_id, actor.user_id)
        return tuple(r for r in rules if r.link_id == link_id and r.state in WATCHED)

    async def of_number(self, actor: Actor, number: int) -> AlertRule:
        """What people call it by; their own, and for an operator anybody's. Raises NotFound."""
        async with self._store.read() as tx:
            return await self._visible(tx, actor, await tx.rules.numbered(actor.team_id, number))

    async def of_handle(self, actor: Actor, handle_value: str) -> AlertRule:
        """Of one of its buttons."""
        async with self._store.read() as tx:
            return await self._of_handle(tx, actor, handle_value)

    async def delete(self, actor: Actor, rule: AlertRule) -> AlertRule:
        return await self._move(actor, rule, "delete", moves.deleted)

    async def pause(self, actor: Actor, rule: AlertRule) -> AlertRule:
        return await self._move(actor, rule, "pause", moves.paused)

    async def resume(self, actor: Actor, rule: AlertRule) -> AlertRule:
        """Watched again; what happened meanwhile is not told."""
        return await self._move(actor, rule, "resume", moves.resumed)

    async def _move(
        self, actor: Actor, rule: AlertRule, move: str, make: Callable[[AlertRule], AlertRule]
    ) -> AlertRule:
        """The stored rule moves, whatever it has done since it was shown. A second click says what is so."""
        async with self._store.begin() as tx:
            stored = await self._visible(tx, actor, await tx.rules.get(rule.id))
            if not moves.may(stored, move):
                raise AlreadyHandled(_DONE[move], code=stored.state.value)
            after = make(stored)
            await tx.rules.save(after)
            await tx.audit(_entry(actor, f"alert.{move}", after))
        return after

    async def fire_now(self, actor: Actor, handle_value: str) -> AlertRule:
        """The condition is true already and the person wants to be told: fires once, marked as asked."""
        shown = await self.of_handle(actor, handle_value)
        values = (await self._values.values([shown]))[shown.id]
        value = number_of(value_of(tests_of(shown.terms.condition)[0]), values)
        value = shown.last_value if value is None else value
        if value is None:
            raise UserError(
                "What it looks at is not known now, so there is nothing to tell.", code="not_known"
            )
        now = self._clock.now()
        async with self._store.begin() as tx:
            stored = await self._of_handle(tx, actor, handle_value)
            if stored.state is not RuleState.WAITING:
                raise AlreadyHandled("This alert does not wait any more.", code=stored.state.value)
            fired = firing_of(
                stored,
                value,
                values=_known(stored, values, value),
                at=now,
                now=now,
                ids=self._ids,
                asked=True,
            )
            await fire_all(tx, (fired,), now=now)
            await tx.audit(_entry(actor, "alert.fire_now", stored))
        return fired.after

    async def _of_handle(self, tx: Tx, actor: Actor, handle_value: str) -> AlertRule:
        handle = await owned_handle(tx, actor, handle_value, "rule")
        return await self._visible(tx, actor, await tx.rules.get(handle.subject))

    async def _visible(self, tx: Tx, actor: Actor, rule: AlertRule | None) -> AlertRule:
        """Raises NotFound for what is not there and for another's alike."""
        known = rule is not None and rule.team_id == actor.team_id
        if known and rule and (rule.owner == actor.user_id or await _sees_all(tx, actor)):
            return rule
        raise NotFound("This alert is not known here. Say alerts to see yours with their numbers.")

    async def _handle(self, tx: Tx, rule: AlertRule, actor: Actor) -> str:
        value = self._ids.handle()
        await tx.handles.issue(Handle(value, "rule", rule.id, rule.version, actor.user_id))
        return value


def _known(rule: AlertRule, values: Values, value: Decimal) -> tuple[tuple[Source, Decimal], ...]:
    """Every source whose value is known; of an alert of one source at least that one."""
    sources = dict.fromkeys(s for test in tests_of(rule.terms.condition) for s in sources_of(value_of(test)))
    known = {source: number for source in sources if (number := values(source)) is not None}
    if len(sources) == 1 and not known:
        known = dict.fromkeys(sources, value)
    return tuple(known.items())


async def _sees_all(tx: Tx, actor: Actor) -> bool:
    return actor.is_full_member and Role.OPERATOR in await tx.roles.of(actor.team_id, actor.user_id)


def _made(rule: AlertRule, ready: _Ready, handle: str) -> RuleSet:
    distance = distance_of(rule.terms.condition, ready.values)
    is_true = truth_of(rule.terms.condition, ready.values)
    return RuleSet(rule, distance, is_true, ready.told.moved_why, handle)


def _entry(actor: Actor, action: str, rule: AlertRule, *, was: str = "") -> AuditEntry:
    facts = (("rule", rule.text), ("channel", rule.channel), ("to", rule.to_user), ("was", was))
    told = tuple((name, value) for name, value in facts if value)
    if actor.user_id != rule.owner:
        told = (*told, ("owner", rule.owner))
    return AuditEntry(actor.user_id, action, rule.id, "ok", told)
