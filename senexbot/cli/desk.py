"""`senexbot halt|resume|status`: work when Slack does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from senexbot.cli import offline

if TYPE_CHECKING:
    from senexbot.services.halts import Halts
    from senexbot.store.engine import SqlStore

Why = Annotated[str, typer.Argument(help="Why, for the record.")]


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    cli.command()(halt)
    cli.command()(resume)
    cli.command()(status)


def halt(
    reason: Why = "",
    reducing: Annotated[bool, typer.Option(help="Orders that only close still start.")] = False,
) -> None:
    """Stop the desk: no create or replace starts any more; cancels work. Survives a restart."""
    state = "reducing" if reducing else "halted"

    async def work(store: SqlStore) -> Mapping[str, Any]:
        answer = await _halts(store).halt("host", reason, state=state)
        return {
            "state": answer.row.state,
            "on_the_way": len(answer.on_the_way),
            "working": len(answer.working),
        }

    answer = offline.through_bot_or_store("halt", {"reason": reason, "state": state}, work)
    print(
        f"the desk is {answer['state']}: {answer['on_the_way']} already on the way, "
        f"{answer['working']} working at the broker (cancels work)"
    )


def resume(reason: Why = "") -> None:
    """Let orders start again."""

    async def work(store: SqlStore) -> Mapping[str, Any]:
        answer = await _halts(store).resume("host", reason)
        return {"state": answer.row.state}

    offline.through_bot_or_store("resume", {"reason": reason}, work)
    print("the desk is active")


def status() -> None:
    """Whether the desk trades, what is open, and whether a bot runs."""

    async def work(store: SqlStore) -> None:
        answer = await _halts(store).status()
        async with store.read() as tx:
            waiting = await tx.outbox.depth()
            dead = len(await tx.outbox.dead(1000))
        print(f"desk: {answer.row.state}" + (f" ({answer.row.reason})" if answer.row.reason else ""))
        print(f"orders on the way or unknown: {len(answer.on_the_way)}; working: {len(answer.working)}")
        print(f"messages waiting: {waiting}; undeliverable: {dead}")

    offline.run(offline.with_store(work, readonly=True))


def _halts(store: SqlStore) -> Halts:
    from senexbot import __version__
    from senexbot.clock import SystemClock
    from senexbot.services.halts import Halts
    from senexbot.services.rules import DeskRules

    rules = DeskRules(
        team_id="",
        live_trading=False,
        has_practice=False,
        confirm_seconds=120,
        admin_channel="",
        build=f"senexbot/{__version__}",
    )
    return Halts(store=store, clock=SystemClock(), rules=rules)
