"""Versions of the policy, its changes, and what claimed orders hold of the limits.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "policies",
        sa.Column("version", INT, autoincrement=False, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
        sqlite_strict=True,
    )
    op.create_table(
        "policy_changes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", INT, nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("due_at", INT, nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_strict=True,
    )
    op.create_index("policy_changes_by_state", "policy_changes", ["state"], unique=False)
    op.create_table(
        "reservations",
        sa.Column("intent_id", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("is_open", INT, nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("changed_at", INT, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["intent_id"], ["intents.id"]),
        sa.PrimaryKeyConstraint("intent_id"),
        sqlite_strict=True,
    )
    op.create_table(
        "loss_trips",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.PrimaryKeyConstraint("scope", "day"),
        sqlite_strict=True,
    )
    op.create_index("reservations_of_account", "reservations", ["environment", "account", "day"], unique=False)
    op.create_index("reservations_of_owner", "reservations", ["owner", "day"], unique=False)
    op.create_index("reservations_open", "reservations", ["is_open"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("the policy's tables are never taken down")
