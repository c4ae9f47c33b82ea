"""`senexbot keys`: make an encryption key, re-seal everything with the newest one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from senexbot.store.engine import SqlStore

cli = typer.Typer(no_args_is_help=True, help="Encryption keys.")


@cli.command()
def generate() -> None:
    """Print one new key: base64url, 32 bytes. Keep it apart from the database."""
    from senexbot.vault import generate_key

    print(generate_key())


@cli.command()
def rotate() -> None:
    """Re-seal every stored secret with the first key of SENEXBOT_ENCRYPTION_KEYS.

    Put the new key before the old one, restart the bot, then run this: the running bot does the work, or this
    command itself when none runs. An old key may be removed when it is not named any more.
    """
    from senexbot.cli import offline

    async def work(store: SqlStore) -> Mapping[str, Any]:
        return await offline.host_commands(store).rotate({})

    done = offline.run(offline.write("rotate", {}, work))
    print(f"re-sealed {done['resealed']} under key {done['key']}")
    for one, uses in sorted(done["uses"].items()):
        print(f"key {one}: {uses} in use")
    if done["failed"]:
        offline.fail(f"could not be opened and stand as they were: {', '.join(done['failed'])}")
