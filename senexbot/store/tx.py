"""ports.Tx over one open transaction: the row classes side by side, the audit, and what belongs to no table."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from senexbot.domain.errors import Fenced, InvariantBroken
from senexbot.ports import (
    AlertRows,
    ApprovalRows,
    AuditEntry,
    CardRows,
    DeputyRows,
    ExternalRows,
    FiringRows,
    FlattenRows,
    HaltRows,
    HandleRows,
    IntentRows,
    LeaseRows,
    LinkRows,
    MandateRows,
    OutboxRows,
    PolicyRows,
    ReservationRows,
    RiskRows,
    RoleRows,
    RuleRows,
)
from senexbot.store import audit as chain
from senexbot.store.alerts import SqlAlerts
from senexbot.store.approvals import SqlApprovals
from senexbot.store.cards import SqlCards
from senexbot.store.deputies import SqlDeputies
from senexbot.store.external import SqlExternals
from senexbot.store.firings import SqlFirings
from senexbot.store.flatten import SqlFlatten
from senexbot.store.halts import SqlHalts
from senexbot.store.handles import SqlHandles
from senexbot.store.intents import SqlIntents
from senexbot.store.leases import SqlLeases
from senexbot.store.links import SqlLinks
from senexbot.store.mandates import SqlMandates
from senexbot.store.outbox import SqlOutbox
from senexbot.store.policies import SqlPolicies, SqlReservations
from senexbot.store.risk import SqlRisk
from senexbot.store.roles import SqlRoles
from senexbot.store.rules import SqlRules
from senexbot.store.tables import deployment, seen
from senexbot.store.upserts import insert
from senexbot.store.work import Work

SEEN_LASTS = timedelta(hours=24)


class SqlTx:
    """`generation`: the one this process took when it opened the store; None for readers."""

    def __init__(self, work: Work, *, generation: int | None, audit_key: bytes | None) -> None:
        self.work = work
        self.links: LinkRows = SqlLinks(work)
        self.intents: IntentRows = SqlIntents(work)
        self.handles: HandleRows = SqlHandles(work)
        self.cards: CardRows = SqlCards(work)
        self.rules: RuleRows = SqlRules(work)
        self.outbox: OutboxRows = SqlOutbox(work)
        self.halts: HaltRows = SqlHalts(work)
        self.roles: RoleRows = SqlRoles(work)
        self.leases: LeaseRows = SqlLeases(work)
        self.policies: PolicyRows = SqlPolicies(work)
        self.reservations: ReservationRows = SqlReservations(work)
        self.approvals: ApprovalRows = SqlApprovals(work)
        self.deputies: DeputyRows = SqlDeputies(work)
        self.externals: ExternalRows = SqlExternals(work)
        self.flatten: FlattenRows = SqlFlatten(work)
        self.mandates: MandateRows = SqlMandates(work)
        self.alerts: AlertRows = SqlAlerts(work)
        self.firings: FiringRows = SqlFirings(work)
        self.risk: RiskRows = SqlRisk(work)
        self._generation = generation
        self._audit_key = audit_key
        self._entries: list[AuditEntry] = []

    async def audit(self, entry: AuditEntry) -> None:
        """Written as the last step of the transaction, in the order given."""
        if not self.work.writing:
            raise InvariantBroken("a reading transaction was asked to write")
        self._entries.append(entry)

    async def first_time(self, key: str) -> bool:
        now = self.work.clock.now()
        new = insert(self.work, seen).values(key=key, at=now)
        statement = new.on_conflict_do_update(
            index_elements=[seen.c.key], set_={"at": now}, where=seen.c.at <= now - SEEN_LASTS
        ).returning(seen.c.key)
        return (await self.work.write(statement)).scalar() is not None

    async def check_generation(self) -> None:
        """In a writing transaction no newer start can take over before it ends."""
        statement = sa.select(deployment.c.generation)
        if self.work.writing:
            statement = statement.with_for_update(read=True)
        stored = (await self.work.read(statement)).scalar()
        if stored != self._generation:
            raise Fenced("a newer start of senexbot owns this database: this one has to stop")

    async def finish(self) -> chain.AuditHead | None:
        """The last step before the commit; the new end of the audit when something was added."""
        if not self._entries:
            return None
        return await chain.append(self.work, self._audit_key, self._entries)
