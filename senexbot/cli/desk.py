"""`senexbot halt|resume|status`: work when Slack does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from senexbot.cli import offline

if TYPE_CHECKING:
    from senexbot.services.halts.halts import HaltAnswer
    from senexbot.store.engine import SqlStore

Account = Annotated[str, typer.Option(help="Only this account: the last digits of its number.")]
User = Annotated[str, typer.Option(help="Only this person: a Slack member id.")]
Why = Annotated[str, typer.Argument(help="Why, for the record.")]


def add_to(cli: typer.Typer) -> None:
    """Register the commands."""
    cli.command()(halt)
    cli.command()(resume)
    cli.command()(status)


def halt(
    reason: Why = "",
    reducing: Annotated[bool, typer.Option(help="Orders that only close still start.")] = False,
    account: Account = "",
    user: User = "",
) -> None:
    """Stop the desk, an account or a person: no create or replace starts any more; cancels work. Survives a
    restart."""
    state = "reducing" if reducing else "halted"
    answer = _set("halt", {"reason": reason, "state": state, "account": account, "user": user})
    print(
        f"{answer['what']} is {answer['state']}: {answer['on_the_way']} already on the way, "
        f"{answer['working']} working at the broker (cancels work)"
    )


def resume(reason: Why = "", account: Account = "", user: User = "") -> None:
    """Let orders start again."""
    answer = _set("resume", {"reason": reason, "account": account, "user": user})
    print(f"{answer['what']} is active")


def _set(command: str, arguments: Mapping[str, str]) -> Mapping[str, Any]:
    async def work(store: SqlStore) -> Mapping[str, Any]:
        return await offline.host_commands(store).table()[command](arguments)

    return offline.run(offline.write(command, arguments, work))


def status() -> None:
    """Whether the desk trades, what is open, and whether a bot runs."""
    bot = offline.run(_bot_words())

    async def work(store: SqlStore) -> None:
        answer = await _read(store)
        async with store.read() as tx:
            waiting = await tx.outbox.depth()
            dead = await tx.outbox.dead_count()
        row = answer.row
        for other in answer.others:
            print(
                f"{other.scope}: {other.state} by {other.by}" + (f" ({other.reason})" if other.reason else "")
            )
        since = f" since {row.since:%Y-%m-%d %H:%M:%S} UTC by {row.by}" if row.version else ""
        print(f"desk: {row.state}{since}" + (f" ({row.reason})" if row.reason else ""))
        print(f"orders on the way or unknown: {len(answer.on_the_way)}; working: {len(answer.working)}")
        hint = " (`senexbot messages dead` lists them)" if dead else ""
        print(f"messages waiting: {waiting}; undeliverable: {dead}{hint}")

    print(bot)
    offline.run(offline.with_store(work, readonly=True))


async def _bot_words() -> str:
    from senexbot import control
    from senexbot.domain.errors import StoreUnavailable

    try:
        answer = await control.ask(offline.state_dir(), "status")
    except StoreUnavailable as silent:
        return f"bot: {silent.message}"
    if answer is None:
        return "bot: not running here"
    down = [f"{name} {words}" for name, words in answer.get("tasks", {}).items() if words != "runs"]
    return f"bot: running (pid {answer.get('pid')})" + (f"; {', '.join(down)}" if down else "")


async def _read(store: SqlStore) -> HaltAnswer:
    from senexbot.clock import SystemClock
    from senexbot.services.halts.halts import desk_status

    return await desk_status(store, SystemClock())
