"""Whether a mandate covers an order: its figures read before the transaction, its rights and its count inside.

The count moves in the transaction of the claim, under the mandate's own guard and by compare-and-set: orders that are
confirmed at the same moment never use more than was granted (I23).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from decimal import Decimal

from senexbot.domain.approval.envelopes import units
from senexbot.domain.approval.mandates import Mandate, Use, after_use, is_live, together
from senexbot.domain.approval.mandates_cover import Deltas, is_about, outside
from senexbot.domain.approval.mandates_terms import MandateMark
from senexbot.domain.calendar import trading_day
from senexbot.domain.errors import AlreadyHandled, BrokerFault, GrantExpired
from senexbot.domain.halts.halts import DESK, account_scope, user_scope
from senexbot.domain.links import Actor
from senexbot.domain.money import quantity_text
from senexbot.domain.orders.intents import Intent
from senexbot.domain.orders.terms import OrderTerms
from senexbot.domain.policy.verdict import Outcome, PolicyVerdict
from senexbot.ports import AuditEntry, BrokerReads, Clock, HaltRow, Messenger, Store, Tx
from senexbot.services.approval.eligibility import People, concerned, directory, lost_rights
from senexbot.services.news.telling import tell_mandate

READ_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class MandateReads:
    """`deltas` None: not needed, or not told. `people`: who granted, and whoever their right rests on."""

    deltas: Deltas | None = None
    people: People = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cover:
    """`mark`: of the mandate that covers the order; else `why` says what keeps the nearest one from it."""

    mark: MandateMark | None = None
    why: str = ""


NO_MANDATES, NO_COVER = MandateReads(), Cover()


class MandateCheck:
    def __init__(
        self, *, store: Store, reads: BrokerReads, messenger: Messenger, clock: Clock, exchange_zone: tzinfo
    ) -> None:
        self._store = store
        self._reads = reads
        self._messenger = messenger
        self._clock = clock
        self._zone = exchange_zone

    async def read(self, actor: Actor, terms: OrderTerms) -> MandateReads:
        """What the mandates that are about such orders look at; asks nobody when there is none."""
        async with self._store.read() as tx:
            granted = await tx.mandates.granted_to(actor.team_id, actor.user_id, terms.account)
        about = [mandate for mandate in granted if is_about(mandate, terms)]
        if not about:
            return MandateReads()
        wants_deltas = any(mandate.terms.delta is not None for mandate in about)
        deltas, people = await asyncio.gather(
            self._deltas(terms) if wants_deltas else _nothing(), self.people(about)
        )
        return MandateReads(deltas, people)

    async def people(self, mandates: list[Mandate]) -> People:
        """Everybody whose right a grant of these rests on, as Slack knows them now."""
        wanted: set[str] = set()
        for mandate in mandates:
            wanted |= {*mandate.given}
            wanted |= await concerned(self._store, mandate.team_id, mandate.need.role, self._clock.now())
        return await directory(self._messenger, wanted)

    async def cover(
        self, tx: Tx, actor: Actor, terms: OrderTerms, verdict: PolicyVerdict, reads: MandateReads
    ) -> Cover:
        """For an order that needs an approval: the oldest mandate that covers it now. Nothing is used."""
        if verdict.outcome is not Outcome.NEEDS_APPROVAL:
            return Cover()
        why = ""
        for mandate in await tx.mandates.granted_to(actor.team_id, actor.user_id, terms.account):
            if not is_about(mandate, terms):
                continue
            words = await self._outside(tx, mandate, terms, verdict, reads)
            if not words:
                used = mandate.used_on(trading_day(self._clock.not_before(), self._zone)).units
                return Cover(MandateMark(mandate.id, mandate.given, mandate.last, mandate.terms.count, used))
            why = why or words[0]
        return Cover(why=why)

    async def uncovered(
        self, tx: Tx, intent: Intent, verdict: PolicyVerdict, reads: MandateReads, *, moved: bool = False
    ) -> tuple[str, ...]:
        """In the transaction that claims: why the mandate that the preview named does not cover the order now.

        `moved`: a working order at another price; what it has used itself is not counted against it.
        """
        mark = intent.mandate
        if mark is None:
            return ()
        granted = await tx.mandates.granted_to(intent.team_id, intent.owner, intent.account)
        known = next((one for one in granted if one.id == mark.mandate_id), None)
        if known is None:
            return ("it was revoked or has ended",)
        return await self._outside(tx, known, intent.terms, verdict, reads, intent_id=intent.id, moved=moved)

    async def take(self, tx: Tx, intent: Intent, verdict: PolicyVerdict) -> MandateMark | None:
        """In the claim's transaction, once it may be sent: what the order uses of its mandate, and who is told."""
        if intent.mandate is None:
            return None
        mandate = await tx.mandates.get(intent.mandate.mandate_id)
        if mandate is None:
            raise AlreadyHandled("This mandate is not known here any more.", code="mandate")
        now = self._clock.now()
        before = await tx.mandates.use_of(intent.id)
        exposure = verdict.exposure
        use = Use(
            mandate.id,
            intent.id,
            trading_day(self._clock.not_before(), self._zone) if before is None else before.day,
            now if before is None else before.at,
            units(intent.terms),
            exposure.notional,
            exposure.greatest_loss,
        )
        if before is not None:  # either price may turn out to be the one that works
            use = replace(
                use, notional=_larger(before.notional, use.notional), loss=_larger(before.loss, use.loss)
            )
        await tx.mandates.put_use(use)
        used = together(await tx.mandates.uses(mandate.id, use.day), use.day)
        after = after_use(mandate, used)
        await tx.mandates.save(after)
        await tell_mandate(tx, after)
        of = f"{quantity_text(used.units)} of {quantity_text(mandate.terms.count)}"
        params = (("order", intent.id), ("used", of), ("day", use.day.isoformat()), ("mandate", mandate.text))
        await tx.audit(AuditEntry(intent.owner, "mandate.use", mandate.id, "ok", params))
        return replace(intent.mandate, given=mandate.given, used=used.units, taken=True)

    async def why_lapsed(self, tx: Tx, mandate: Mandate, people: People) -> tuple[str, ...]:
        """Whose right or which halt has ended it, by what this transaction sees; empty while it holds."""
        lost = await lost_rights(tx, people, mandate, self._clock.not_before())
        words = [f"who granted it may not any more: {why}" for why in lost]
        rows = [await tx.halts.get(scope) for scope in scopes(mandate)]
        if halted_since(mandate, [row for row in rows if row is not None]):
            words.append("a halt has ended it")
        return tuple(words)

    async def _outside(
        self,
        tx: Tx,
        known: Mandate,
        terms: OrderTerms,
        verdict: PolicyVerdict,
        reads: MandateReads,
        *,
        intent_id: str = "",
        moved: bool = False,
    ) -> tuple[str, ...]:
        """Rights and halts first and the mandate itself last: two transactions never wait for one another."""
        lapsed = await self.why_lapsed(tx, known, reads.people)
        mandate = await tx.mandates.get(known.id) or known
        now = self._clock.not_before()
        day = trading_day(now, self._zone)
        uses = await tx.mandates.uses(mandate.id, day)
        used = together(tuple(use for use in uses if use.intent_id != intent_id), day)
        words = outside(
            mandate, terms, verdict.exposure, used, reads.deltas, now=now, need=verdict.need, moved=moved
        )
        return (*lapsed, *words) if is_live(mandate, now) else words

    async def _deltas(self, terms: OrderTerms) -> Deltas | None:
        """None, or without some of the legs: what was not told is not covered."""
        link = terms.account.link_id
        try:
            async with asyncio.timeout(READ_SECONDS):
                found = await asyncio.gather(
                    *(self._reads.instrument(link, leg.symbol) for leg in terms.legs)
                )
                known = [instrument for instrument in found if instrument is not None]
                greeks = await self._reads.greeks(link, known)
        except GrantExpired:
            raise
        except (BrokerFault, TimeoutError):
            return None
        return {symbol: one.delta for symbol, one in greeks.items() if one.delta is not None}


def scopes(mandate: Mandate) -> tuple[str, ...]:
    """The halts that end it."""
    account = account_scope(mandate.environment, mandate.account)
    return DESK, account, user_scope(mandate.requester)


def halted_since(mandate: Mandate, rows: list[HaltRow]) -> bool:
    """A halt or a resume after it was granted: none is granted during a halt, so there was one."""
    given = mandate.granted_at
    return given is not None and any(row.scope in scopes(mandate) and row.since >= given for row in rows)


async def _nothing() -> None:
    return None


def _larger(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else max(one, other)
