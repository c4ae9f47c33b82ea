"""The command line of the simulators. Each subcommand imports what it runs only when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Simulators of the broker and of Slack.")

Port = Annotated[
    int, typer.Option(min=0, max=65535, help="Port on the loopback address; 0 picks a free one.")
]


@cli.callback()
def _root() -> None:
    """Simulators of the broker and of Slack, on this machine only."""


@cli.command()
def broker(
    port: Port = 0,
    seed: Annotated[int, typer.Option(help="Fixes the price path per tick number.")] = 1,
    speed: Annotated[float, typer.Option(min=0.001, max=1000, help="Market seconds per real second.")] = 1.0,
    scenario: Annotated[
        str | None,
        typer.Option(
            help="A day to play: crash-day, earnings-gap, quiet-sunday, assignment-morning, or a YAML file."
        ),
    ] = None,
) -> None:
    """Serve the broker simulator until SIGTERM; the first line printed says where and for whom."""
    from senexsim.broker.command import serve

    raise typer.Exit(serve(port=port, seed=seed, speed=speed, scenario=scenario))


@cli.command()
def slack(
    port: Port = 0,
    request_url: Annotated[
        str | None, typer.Option(help="Deliver signed HTTP there; without it Socket Mode.")
    ] = None,
    manifest: Annotated[Path | None, typer.Option(help="The app's manifest, a JSON file.")] = None,
    grants: Annotated[Path | None, typer.Option(help="Practice grants for the page, a JSON list.")] = None,
    broker_url: Annotated[
        str | None, typer.Option(help="A broker simulator on this machine, for the page's market panel.")
    ] = None,
    workspaces: Annotated[
        int, typer.Option(min=1, max=4, help="So many workspaces of one Slack; the app is in the first.")
    ] = 1,
) -> None:
    """Serve the Slack simulator until SIGTERM; the first line printed says where and for whom."""
    from senexsim.slack.cli import run

    raise typer.Exit(run(port, request_url, manifest, grants, broker_url, workspaces))


@cli.command()
def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the workspace page; 0 picks one.")] = 0,
    seed: Annotated[int, typer.Option(help="Fixes the market's price path.")] = 1,
) -> None:
    """Run both simulators and the bot until Ctrl-C; prints where the page is once the bot is ready."""
    from senexsim.demo import run

    raise typer.Exit(run(port=port, seed=seed))


@cli.command()
def drift(
    url: Annotated[
        str, typer.Option(help="tastytrade's API, live or sandbox, or a simulator on this machine.")
    ] = "https://api.tastyworks.com",
) -> None:
    """Compare the shapes of the real API's answers with ours; reads alone, no value is kept or shown.

    TT_SECRET and TT_REFRESH hold the client secret and a refresh token.
    """
    import os

    from senexsim.drift.run import run

    raise typer.Exit(run(os.environ, url))


def main() -> None:
    cli()


if __name__ == "__main__":
    main()
