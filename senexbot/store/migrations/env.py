"""Alembic's entry: runs on the connection it is handed, inside the transaction that is open there."""

from __future__ import annotations

from alembic import context

from senexbot.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
