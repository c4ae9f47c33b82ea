"""To whom a critical alert goes that nobody has, and after how long: said by its rule, else by the desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from senexbot.domain.links import Role

USUAL_AFTER = timedelta(minutes=5)
LEAST, MOST = timedelta(minutes=1), timedelta(days=1)
ROLES = frozenset(role.value for role in Role)


@dataclass(frozen=True, slots=True)
class Escalation:
    """`to`: a channel's or a person's id, the name of a role (everybody who holds it), or "" for whoever is asked
    usually: the admin channel, else role risk, else the operators. `after`: None is said elsewhere."""

    to: str = ""
    after: timedelta | None = None

    @property
    def role(self) -> Role | None:
        return Role(self.to) if self.to in ROLES else None

    def over(self, base: Escalation | None) -> Escalation:
        """What is said here, and behind it what the base says."""
        if base is None:
            return self
        return Escalation(self.to or base.to, self.after or base.after)

    @property
    def wait(self) -> timedelta:
        return self.after or USUAL_AFTER


USUAL = Escalation()


def of(own: Escalation | None, desk: Escalation | None) -> Escalation:
    """What holds for one alert."""
    return (own or USUAL).over(desk)
