"""`senexsim slack`: one JSON line on standard output, then the server until SIGTERM or SIGINT."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from typing import Any

from senexsim.slack.manifest import ManifestRefusedError
from senexsim.slack.server import SlackSim


class UsageError(Exception):
    """A file that cannot be read, a manifest Slack would refuse, a request URL off loopback."""


def read_json_file(path: Path) -> Any:
    """The file's JSON value; raises UsageError."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {error}") from None


def run(
    port: int,
    request_url: str | None,
    manifest: Path | None,
    grants: Path | None,
    broker_url: str | None = None,
    workspaces: int = 1,
) -> int:
    """Serve until told to stop. Exit codes: 0 ended, 1 the port is taken, 2 usage."""
    try:
        sim = SlackSim(
            port,
            request_url,
            read_json_file(manifest) if manifest else None,
            grants=read_json_file(grants) if grants else None,
            broker_url=broker_url,
            workspaces=workspaces,
        )
    except (UsageError, ManifestRefusedError, ValueError) as error:
        print(f"senexsim slack: {error}", file=sys.stderr)  # noqa: T201 - the command's own output
        return 2
    try:
        asyncio.run(_serve(sim))
    except OSError as error:
        print(f"senexsim slack: {error}", file=sys.stderr)  # noqa: T201 - the command's own output
        return 1
    return 0


async def _serve(sim: SlackSim) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    async with sim:
        print(json.dumps(sim.info), flush=True)  # noqa: T201 - the contract's first line
        await stopped.wait()
