"""The command line: each command imports what it runs only when it is called (`--help` stays quick)."""

from __future__ import annotations

from typing import Annotated

import typer

from senexbot.cli import audit, database, desk, install, keys, messages, policy, roles

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a framed traceback may show what a line of code was given
    help="A trading desk in Slack for tastytrade.",
)
cli.add_typer(keys.cli, name="keys")
cli.add_typer(roles.cli, name="roles")
cli.add_typer(policy.cli, name="policy")
cli.add_typer(database.cli, name="db")
cli.add_typer(audit.cli, name="audit")
cli.add_typer(messages.cli, name="messages")
install.add_to(cli)
desk.add_to(cli)


@cli.callback()
def _root() -> None:
    """A trading desk in Slack for tastytrade."""


@cli.command()
def run(
    role: Annotated[
        str, typer.Option(help="all, or one of web, stream, relay (several processes on PostgreSQL).")
    ] = "all",
) -> None:
    """Run the bot. Prints one JSON line when it is ready; logs go to standard error."""
    from senexbot.cli.running import run_bot

    if role not in {"all", "web", "stream", "relay"}:
        raise typer.BadParameter("say all, web, stream or relay", param_hint="--role")
    raise typer.Exit(run_bot(role))
