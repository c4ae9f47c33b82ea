"""`senexbot policy`: the desk's limits from the host. `set` is break-glass: at once, audited, announced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from senexbot.cli import offline

if TYPE_CHECKING:
    from senexbot.store.engine import SqlStore

cli = typer.Typer(no_args_is_help=True, help="The desk's limits.")
Rule = Annotated[str, typer.Argument(help="A rule, such as notional; `policy show` prints them all.")]
Value = Annotated[
    list[str],
    typer.Argument(help="100000/250000: approval over, denied over. off, or default to take it back."),
]
Whom = Annotated[str, typer.Option(help="Only for this one.")]


@cli.command()
def show() -> None:
    """Print the version, each rule with its value, and the overrides."""
    from senexbot.domain.policy.rules import RuleName
    from senexbot.domain.policy.words import scope_text, value_text, value_words

    async def work(store: SqlStore) -> None:
        async with store.read() as tx:
            policy = await tx.policies.current()
            waiting = await tx.policies.open_changes()
        print(f"version {policy.version}")
        for rule in RuleName:
            value = policy.desk_value(rule)
            print(f"{rule}\t{value_text(rule, value)}\t{value_words(rule, value)}")
        for one in policy.settings:
            if scope_text(one.scope):
                print(f"{one.rule}{scope_text(one.scope)}\t{value_text(one.rule, one.value)}")
        if waiting:
            print(f"{len(waiting)} changes wait for their time or a second person")

    offline.run(offline.with_store(work, readonly=True))


@cli.command("set")
def set_(rule: Rule, value: Value, role: Whom = "", user: Whom = "", account: Whom = "") -> None:
    """Change a rule at once, without a second person: audited, and announced to the desk."""
    named = [(kind, name) for kind, name in (("role", role), ("user", user), ("account", account)) if name]
    if len(named) > 1:
        raise typer.BadParameter("say one of --role, --user and --account")
    text = " ".join((rule, *value, *(f"for {kind} {name}" for kind, name in named)))
    arguments = {"text": text}

    async def work(store: SqlStore) -> Mapping[str, Any]:
        return await offline.host_commands(store).policy(arguments)

    answer = offline.run(offline.write("policy", arguments, work))
    print(f"policy version {answer['version']}: {answer['change']}")
