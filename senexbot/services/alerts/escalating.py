"""Who says to whom a critical alert goes that nobody has: each rule for itself, the desk for all that say nothing."""

from __future__ import annotations

from senexbot.domain.alerting.normal import escalation_text
from senexbot.domain.alerting.reading_clauses import parse_escalation
from senexbot.domain.errors import NotPermitted
from senexbot.domain.links import Actor, Role
from senexbot.domain.routing.escalation import USUAL, Escalation
from senexbot.ports import AuditEntry, Store, Tx
from senexbot.services.alerts.places import AlertPlaces

MAY_SET = frozenset({Role.RISK, Role.OPERATOR})


class Escalating:
    """`admin_channel`: who is asked usually, "" when there is none."""

    def __init__(self, *, store: Store, places: AlertPlaces, admin_channel: str) -> None:
        self._store = store
        self._places = places
        self.admin_channel = admin_channel

    async def check(self, actor: Actor, escalation: Escalation | None, *, told: str = "") -> None:
        """Whether it may go there. `told`: where the alert itself goes. Raises NotPermitted with the reason."""
        to = "" if escalation is None else escalation.to
        if not to:
            return
        role = Escalation(to).role
        if role is not None:
            async with self._store.read() as tx:
                everybody = await tx.roles.all()
            if not any(team == actor.team_id and held is role for team, _, held in everybody):
                raise NotPermitted(
                    f"Not set: nobody holds the role {role.value} here. An operator grants it on the bot's machine: "
                    f"senexbot roles grant USER {role.value}."
                )
            return
        if to == told:
            raise NotPermitted("Not set: it is told there already, so nobody else would be asked.")
        why = await self._places.why_not(actor, to)
        if why:
            raise NotPermitted(f"Not set: it cannot be passed on there, because {why}.")

    async def desk(self, actor: Actor) -> Escalation:
        """What holds for every alert that says nothing of its own."""
        async with self._store.read() as tx:
            return await tx.alerts.desk_escalation(actor.team_id) or USUAL

    async def set_desk(self, actor: Actor, text: str) -> Escalation:
        """`to risk after 10m`, or `usual`. Raises ParseError, NotPermitted."""
        said = parse_escalation(text)
        await self.check(actor, said)
        async with self._store.begin() as tx:
            await self._may(tx, actor)
            await tx.alerts.set_desk_escalation(actor.team_id, None if said == USUAL else said)
            words = "usual" if said == USUAL else escalation_text(said)
            await tx.audit(
                AuditEntry(actor.user_id, "alert.escalation", actor.team_id, "ok", (("set", words),))
            )
        return said

    async def _may(self, tx: Tx, actor: Actor) -> None:
        roles = await tx.roles.of(actor.team_id, actor.user_id)
        if not actor.is_full_member or not roles & MAY_SET:
            raise NotPermitted(
                "Only the roles risk and operator say this for the whole desk. "
                "Behind an alert of yours you say it yourself: escalate to risk after 10m."
            )
