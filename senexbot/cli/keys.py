"""`senexbot keys`: make an encryption key, re-seal everything with the newest one."""

from __future__ import annotations

import typer

cli = typer.Typer(no_args_is_help=True, help="Encryption keys.")


@cli.command()
def generate() -> None:
    """Print one new key: base64url, 32 bytes. Keep it apart from the database."""
    from senexbot.vault import generate_key

    print(generate_key())


@cli.command()
def rotate() -> None:
    """Re-seal every stored secret with the first key of SENEXBOT_ENCRYPTION_KEYS. Stop the bot first (SQLite)."""
    from senexbot.cli import offline
    from senexbot.store.engine import SqlStore
    from senexbot.store.keys import rotate as reseal

    async def work(store: SqlStore) -> None:
        done = await reseal(store, offline.vault())
        print(done)

    offline.run(offline.with_store(work, readonly=False))
