"""`senexbot roles`: the first operator is made here, on the host, and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from senexbot.cli import offline
from senexbot.domain.errors import UserError

if TYPE_CHECKING:
    from senexbot.store.engine import SqlStore

cli = typer.Typer(no_args_is_help=True, help="Who holds which role.")
User = Annotated[str, typer.Argument(help="Slack member id, such as U012AB3CD (profile, ⋮, Copy member ID).")]
RoleName = Annotated[str, typer.Argument(help="viewer, trader, approver, risk, operator or auditor.")]
Team = Annotated[
    str, typer.Option(help="Slack workspace id; needed only when no bot runs and none has linked yet.")
]


@cli.command("list")
def list_() -> None:
    """Print every role that was granted."""

    async def work(store: SqlStore) -> None:
        async with store.read() as tx:
            for team, user, role in await tx.roles.all():
                print(f"{team}\t{user}\t{role.value}")

    offline.run(offline.with_store(work, readonly=True))


@cli.command()
def grant(user: User, role: RoleName, team: Team = "") -> None:
    """Give a role to a person."""
    _change("grant", user, role, team)
    print(f"{user} is {role} now")


@cli.command()
def revoke(user: User, role: RoleName, team: Team = "") -> None:
    """Take a role from a person."""
    _change("revoke", user, role, team)
    print(f"{user} is not {role} any more")


def _change(change: str, user: str, role: str, team: str) -> None:
    from senexbot.domain.links import Role

    if role not in {r.value for r in Role}:
        raise typer.BadParameter(f"say one of {', '.join(r.value for r in Role)}", param_hint="ROLE")
    if not re.fullmatch(r"[UW][A-Z0-9]{4,20}", user):
        raise typer.BadParameter("say a member id such as U012AB3CD", param_hint="USER")
    if team and not re.fullmatch(r"[TE][A-Z0-9]{4,20}", team):
        raise typer.BadParameter("say a workspace id such as T012AB3CD", param_hint="--team")
    arguments = {"change": change, "user": user, "role": role, "team": team}

    async def work(store: SqlStore) -> Mapping[str, Any]:
        known = {**arguments, "team": team or await _known_team(store)}
        return await offline.host_commands(store).roles(known)

    offline.run(offline.write("roles", arguments, work))


async def _known_team(store: SqlStore) -> str:
    async with store.read() as tx:
        links = await tx.links.all()
        granted = await tx.roles.all()
    teams = {link.team_id for link in links} | {team for team, _, _ in granted}
    if len(teams) != 1:
        raise UserError("Say which workspace with --team T…, or run this while the bot runs.")
    return teams.pop()
