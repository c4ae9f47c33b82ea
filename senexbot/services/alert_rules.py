"""Setting, listing, deleting and firing price rules by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from senexbot.domain.alerts import AlertDraft, PriceRule, RuleState, distance_percent, new_rule
from senexbot.domain.errors import AlreadyHandled, BrokerFault, Gone, MessengerFault, NotConnected, NotFound
from senexbot.domain.instruments import OptionContract
from senexbot.domain.links import Actor
from senexbot.domain.terms import OptionQuery
from senexbot.ports import AuditEntry, Clock, Handle, Ids, Messenger, Store, Tx
from senexbot.services.accounts import Accounts
from senexbot.services.firing import fire
from senexbot.services.handles import owned_handle
from senexbot.services.quotes import Quotes

MOST_RULES = 100  # a person; a bound, so that one person cannot crowd out the desk


@dataclass(frozen=True, slots=True)
class RuleSet:
    """A rule just made. `moved_why`: why it goes to the owner and not to the channel, in words; "" if not."""

    rule: PriceRule
    last: Decimal | None
    already_true: bool
    moved_why: str
    handle: str


@dataclass(frozen=True, slots=True)
class ListedRule:
    rule: PriceRule
    last: Decimal | None
    distance_percent: Decimal | None
    handle: str


class AlertRules:
    def __init__(
        self,
        *,
        store: Store,
        accounts: Accounts,
        quotes: Quotes,
        messenger: Messenger,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._quotes = quotes
        self._messenger = messenger
        self._clock = clock
        self._ids = ids

    async def set(
        self, actor: Actor, draft: AlertDraft, term: str | OptionQuery | OptionContract, channel: str
    ) -> RuleSet:
        """Watch from now on. `channel`: where it was set; "" for the direct message."""
        link = await self._accounts.link(actor)
        instrument = await self._quotes.need(
            link.id, term, command=f"alert {{}} {draft.direction} {draft.level}"
        )
        try:
            last = (await self._quotes.one(link.id, instrument)).last
        except (NotFound, BrokerFault):
            last = None  # the feed will tell; until then nothing is assumed to be true
        moved_why = await self._why_not_there(channel) if channel else ""
        rule = new_rule(
            draft,
            id=self._ids.row(),
            team_id=actor.team_id,
            owner=actor.user_id,
            link_id=link.id,
            symbol=instrument.symbol,
            streamer_symbol=instrument.streamer_symbol,
            words=instrument.words,
            channel="" if moved_why else channel,
            now=self._clock.now(),
            last=last,
        )
        already = rule.last_price is not None and rule.beyond(rule.last_price)
        async with self._store.begin() as tx:
            if await tx.links.get(link.id) is None:  # erased meanwhile: nobody would watch the rule
                raise NotConnected("Your link was removed just now. Link again, then set the alert.")
            mine = await tx.rules.of_owner(actor.team_id, actor.user_id)
            live = [r for r in mine if r.state in {RuleState.WAITING, RuleState.ARMED, RuleState.PARKED}]
            if len(live) >= MOST_RULES:
                raise AlreadyHandled(
                    f"You have {MOST_RULES} alerts, which is the most one person may have. Delete some first.",
                    code="too_many_alerts",
                )
            await tx.rules.add(rule)
            handle = await self._handle(tx, rule)
            await tx.audit(
                AuditEntry(
                    actor.user_id,
                    "alert.set",
                    rule.id,
                    "ok",
                    (("rule", rule.words), ("channel", rule.channel)),
                )
            )
        return RuleSet(rule, last, already, moved_why, handle)

    async def listed(self, actor: Actor) -> tuple[ListedRule, ...]:
        """The person's live rules, the nearest to firing first."""
        async with self._store.begin() as tx:
            rules = [
                rule
                for rule in await tx.rules.of_owner(actor.team_id, actor.user_id)
                if rule.state in {RuleState.WAITING, RuleState.ARMED, RuleState.PARKED}
            ]
            handles = {rule.id: await self._handle(tx, rule) for rule in rules}
        lasts = await self._lasts(actor, rules)
        rows = [
            ListedRule(
                rule,
                last := lasts.get(rule.symbol, rule.last_price),
                distance_percent(rule, last) if last is not None else None,
                handles[rule.id],
            )
            for rule in rules
        ]
        far = Decimal("Infinity")
        return tuple(
            sorted(rows, key=lambda r: abs(r.distance_percent) if r.distance_percent is not None else far)
        )

    async def listed_over(self, actor: Actor, link_id: str) -> tuple[PriceRule, ...]:
        """The person's live rules that are watched over one link."""
        async with self._store.read() as tx:
            rules = await tx.rules.of_owner(actor.team_id, actor.user_id)
        return tuple(
            r for r in rules if r.link_id == link_id and r.state in {RuleState.WAITING, RuleState.ARMED}
        )

    async def delete(self, actor: Actor, handle_value: str) -> PriceRule:
        async with self._store.begin() as tx:
            rule = await self._own(tx, actor, handle_value)
            if rule.state is RuleState.DELETED:
                raise AlreadyHandled("This alert was deleted already.", code="deleted")
            gone = replace(rule, state=RuleState.DELETED, version=rule.version + 1)
            await tx.rules.save(gone)
            await tx.audit(AuditEntry(actor.user_id, "alert.delete", rule.id, "ok"))
        return gone

    async def fire_now(self, actor: Actor, handle_value: str) -> PriceRule:
        """The condition is true already and the person wants to be told: fires once, marked as asked."""
        async with self._store.begin() as tx:
            rule = await self._own(tx, actor, handle_value)
            if rule.state is not RuleState.WAITING:
                raise AlreadyHandled("This alert does not wait any more.", code=rule.state.value)
            now = self._clock.now()
            after = await fire(
                tx,
                rule,
                price=rule.last_price or rule.level,
                now=now,
                firing_id=self._ids.row(),
                trade=self._ids.handle(),
                asked=True,
            )
            await tx.audit(AuditEntry(actor.user_id, "alert.fire_now", rule.id, "ok"))
        return after

    async def _own(self, tx: Tx, actor: Actor, handle_value: str) -> PriceRule:
        handle = await owned_handle(tx, actor, handle_value, "rule")
        rule = await tx.rules.get(handle.subject)
        if rule is None or rule.owner != actor.user_id:
            raise NotFound("This alert is not known here any more.")
        return rule

    async def _handle(self, tx: Tx, rule: PriceRule) -> str:
        value = self._ids.handle()
        await tx.handles.issue(Handle(value, "rule", rule.id, rule.version, rule.owner))
        return value

    async def _why_not_there(self, channel: str) -> str:
        try:
            facts = await self._messenger.channel(channel)
        except Gone:
            return "I am not a member of that channel"
        except MessengerFault:
            return "Slack does not tell whether I may post there"
        if facts.has_outsiders:
            return "people from outside read that channel"
        if facts.is_archived:
            return "that channel is archived"
        if not facts.bot_is_member:
            return "I am not a member of that channel"
        return ""

    async def _lasts(self, actor: Actor, rules: list[PriceRule]) -> dict[str, Decimal]:
        if not rules:
            return {}
        try:
            terms: list[str | OptionQuery | OptionContract] = []
            for symbol in dict.fromkeys(rule.symbol for rule in rules):
                terms.append(OptionContract.from_occ(symbol) or symbol)
            answer, _ = await self._quotes.quote(actor, terms[:50])
        except BrokerFault:
            return {}
        return {row.instrument.symbol: row.last for row in answer.rows if row.last is not None}
