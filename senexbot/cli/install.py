"""`senexbot setup|doctor|manifest`."""

from __future__ import annotations

from typing import Annotated

import typer


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    cli.command()(manifest)


def manifest(
    url: Annotated[
        str, typer.Option(help="The bot's public https address; without it the manifest is for Socket Mode.")
    ] = "",
) -> None:
    """Print the Slack app manifest (JSON) that fits this version."""
    import json
    import os

    from senexbot.slack.manifest import build_manifest

    print(json.dumps(build_manifest(url=url, prefix=os.environ.get("SENEXBOT_COMMAND_PREFIX", "")), indent=2))
