"""The broker's orders that belong to an intent beside its own, the one attempt of each replacement, and walks.

Revision ID: 0004
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "intent_orders",
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("order_id", INT, autoincrement=False, nullable=False),
        sa.Column("intent_id", sa.Text(), nullable=False),
        sa.Column("is_open", INT, nullable=False),
        sa.ForeignKeyConstraint(["intent_id"], ["intents.id"]),
        sa.PrimaryKeyConstraint("environment", "account", "order_id"),
        sqlite_strict=True,
    )
    op.create_index("intent_orders_open", "intent_orders", ["is_open", "intent_id"], unique=False)
    op.create_table(
        "replace_attempts",
        sa.Column("intent_id", sa.Text(), nullable=False),
        sa.Column("number", INT, autoincrement=False, nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("build", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("is_open", INT, nullable=False),
        sa.ForeignKeyConstraint(["intent_id"], ["intents.id"]),
        sa.PrimaryKeyConstraint("intent_id", "number"),
        sa.UniqueConstraint("identifier"),
        sqlite_strict=True,
    )
    op.create_index("replace_attempts_open", "replace_attempts", ["is_open", "intent_id"], unique=False)
    op.create_table(
        "walks",
        sa.Column("intent_id", sa.Text(), nullable=False),
        sa.Column("is_running", INT, nullable=False),
        sa.ForeignKeyConstraint(["intent_id"], ["intents.id"]),
        sa.PrimaryKeyConstraint("intent_id"),
        sqlite_strict=True,
    )
    op.create_index("walks_running", "walks", ["is_running", "intent_id"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("what was traded is never forgotten")
