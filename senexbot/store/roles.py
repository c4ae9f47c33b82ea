"""Who holds which role. Read in the transaction that relies on it (I29)."""

from __future__ import annotations

import sqlalchemy as sa

from senexbot.domain.links import Role
from senexbot.store.tables import roles
from senexbot.store.upserts import inserted
from senexbot.store.work import Work


class SqlRoles:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def of(self, team_id: str, user_id: str) -> frozenset[Role]:
        await self._work.guard(f"roles:{team_id}:{user_id}")
        statement = sa.select(roles.c.role).where(roles.c.team_id == team_id, roles.c.user_id == user_id)
        words = (await self._work.read(statement)).scalars()
        known = (self._known(word, user_id) for word in words)
        return frozenset(role for role in known if role is not None)

    async def grant(self, team_id: str, user_id: str, role: Role, *, by: str) -> None:
        """No change when the person has it already."""
        await self._work.guard(f"roles:{team_id}:{user_id}", exclusive=True)
        await inserted(
            self._work,
            roles,
            team_id=team_id,
            user_id=user_id,
            role=role.value,
            granted_by=by,
            at=self._work.clock.now(),
        )

    async def revoke(self, team_id: str, user_id: str, role: Role) -> None:
        await self._work.guard(f"roles:{team_id}:{user_id}", exclusive=True)
        await self._work.write(
            roles.delete().where(
                roles.c.team_id == team_id, roles.c.user_id == user_id, roles.c.role == role.value
            )
        )

    async def all(self) -> tuple[tuple[str, str, Role], ...]:
        """(team, user, role), in that order."""
        statement = sa.select(roles).order_by(roles.c.team_id, roles.c.user_id, roles.c.role)
        rows = [(row.team_id, row.user_id, row.role) for row in await self._work.read(statement)]
        known = ((team, user, self._known(word, user)) for team, user, word in rows)
        return tuple((team, user, role) for team, user, role in known if role is not None)

    def _known(self, word: str, user_id: str) -> Role | None:
        """A word that is no role gives no right."""
        try:
            return Role(word)
        except ValueError:
            self._work.set_aside.note(roles.name, f"{user_id}:{word}")
            return None
