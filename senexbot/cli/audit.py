"""`senexbot audit`: verify the chained record, export it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from senexbot.cli import offline

if TYPE_CHECKING:
    from senexbot.store.audit import AuditFault
    from senexbot.store.engine import SqlStore

cli = typer.Typer(no_args_is_help=True, help="The record of every decision.")


@cli.command()
def verify() -> None:
    """Check the whole chain; names the first entry that was changed, removed or moved."""

    async def work(store: SqlStore) -> AuditFault | None:
        return await store.verify_audit()

    fault = offline.run(offline.with_store(work, readonly=True, keys=True))
    if fault is not None:
        offline.fail(f"the record was tampered with at entry {fault.seq}: {fault.why}")
    print("the record is whole")


@cli.command()
def export(
    subject: Annotated[str, typer.Option(help="Only entries about this order, rule or link.")] = "",
) -> None:
    """Print the record as CSV."""

    async def work(store: SqlStore) -> None:
        from senexbot.store.audit import csv_text

        header = True
        async for record in store.export_audit(subject=subject or None):
            print(csv_text([record], header=header), end="")
            header = False

    offline.run(offline.with_store(work, readonly=True))
