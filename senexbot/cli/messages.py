"""`senexbot messages`: what could not be delivered, and sending it again when the cause is mended (I48)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from senexbot.cli import offline

if TYPE_CHECKING:
    from senexbot.store.engine import SqlStore

cli = typer.Typer(no_args_is_help=True, help="Messages that could not be delivered.")
MOST = 1000
Number = Annotated[int, typer.Argument(min=1, help="Its number in `senexbot messages dead`.")]


@cli.command()
def dead() -> None:
    """List the dead letters, newest first: number, since when, what, where to, and why."""

    async def work(store: SqlStore) -> None:
        from senexbot.blocks.letter_notices import letter

        async with store.read() as tx:
            letters = await tx.outbox.dead(MOST)
        for one in letters:
            to = one.channel or one.to_user
            what = letter(type(one.news).__name__)
            print(f"{one.id}\t{one.died_at:%Y-%m-%d %H:%M:%S} UTC\t{what}\t{to}\t{one.reason}")
        if not letters:
            print("no message is undeliverable")

    offline.run(offline.with_store(work, readonly=True))


@cli.command()
def resend(number: Number) -> None:
    """Send a dead letter again; first mend what its reason says."""
    answer = _change("resend", number)
    print(f"{number} waits to be sent again ({answer['to']}; it had failed with {answer['reason']})")


@cli.command()
def discard(number: Number) -> None:
    """Let a dead letter count no more: it is never delivered, and forgotten after a week."""
    _change("discard", number)
    print(f"{number} is not counted any more")


def _change(todo: str, number: int) -> Mapping[str, Any]:
    arguments = {"do": todo, "id": str(number)}

    async def work(store: SqlStore) -> Mapping[str, Any]:
        return await offline.host_commands(store).messages(arguments)

    return offline.run(offline.write("messages", arguments, work))
