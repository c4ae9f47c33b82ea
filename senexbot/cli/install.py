"""`senexbot setup|doctor|manifest`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from senexbot.cli import offline
from senexbot.domain.errors import ConfigError


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    cli.command()(setup)
    cli.command()(doctor)
    cli.command()(manifest)


def setup(
    state_dir: Annotated[Path, typer.Option(help="For the database; made with mode 0700.")] = Path("state"),
    key_file: Annotated[
        Path | None, typer.Option(help="For the encryption key, apart from the database; never overwritten.")
    ] = None,
    env_file: Annotated[Path, typer.Option(help="Where the variables are written, mode 0600.")] = Path(
        ".env"
    ),
    manifest_file: Annotated[Path, typer.Option(help="Where the app manifest is written.")] = Path(
        "slack-manifest.json"
    ),
    url: Annotated[
        str, typer.Option(help="Your public https address, for HTTP instead of Socket Mode.")
    ] = "",
    operator: Annotated[str, typer.Option(help="Slack member id of the first operator.")] = "",
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: tokens come from the SLACK_… variables.")
    ] = False,
) -> None:
    """Install on a real workspace, step by step; ends with a test card in the operator's messages."""
    import os

    from senexbot.cli import setup as guided
    from senexbot.cli.setup_key import default_key_file

    _check_url(url)
    places = guided.Places(
        state_dir=state_dir,
        key_file=key_file or default_key_file(),
        env_file=env_file,
        manifest=manifest_file,
    )
    wanted = guided.Wanted(places, url=url, operator=operator, yes=yes)
    raise typer.Exit(offline.run(guided.install(wanted, os.environ)))


def doctor() -> None:
    """Check everything, and say how to mend what is wrong. Exit code 1 when a check fails, 78 for settings."""
    from senexbot.cli.doctor import run

    raise typer.Exit(run())


def manifest(
    url: Annotated[
        str, typer.Option(help="The bot's public https address; without it the manifest is for Socket Mode.")
    ] = "",
) -> None:
    """Print the Slack app manifest (JSON) that fits this version."""
    import os

    _check_url(url)
    print(manifest_text(url, os.environ.get("SENEXBOT_COMMAND_PREFIX", "").strip()))


def manifest_text(url: str, prefix: str) -> str:
    """Raises typer.Exit(78) for a prefix that cannot stand in a command."""
    import json
    import re

    from senexbot.slack.manifest import build_manifest

    if not re.fullmatch(r"[a-z0-9_-]{0,12}", prefix):
        fault = ConfigError("SENEXBOT_COMMAND_PREFIX: up to 12 of a-z, 0-9, _ and -")
        raise offline.settings_fault(fault)
    return json.dumps(build_manifest(url=url, prefix=prefix), indent=2)


def _check_url(url: str) -> None:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        good = (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and not (parts.query or parts.fragment)
        )
    except ValueError:
        good = False
    if url and not good:
        raise typer.BadParameter("say an address such as https://desk.example.com", param_hint="--url")
