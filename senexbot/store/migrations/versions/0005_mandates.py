"""Mandates, and what each order used of one.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mandates",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", INT, nullable=False),
        sa.Column("is_granted", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("widen_at", INT, nullable=True),
        sa.Column("ends_at", INT, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_strict=True,
    )
    op.create_index("mandates_by_state", "mandates", ["state", "is_granted"], unique=False)
    op.create_index("mandates_of_holder", "mandates", ["team_id", "holder"], unique=False)
    op.create_table(
        "mandate_uses",
        sa.Column("intent_id", sa.Text(), nullable=False),
        sa.Column("mandate_id", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["intent_id"], ["intents.id"]),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandates.id"]),
        sa.PrimaryKeyConstraint("intent_id"),
        sqlite_strict=True,
    )
    op.create_index("mandate_uses_of_day", "mandate_uses", ["mandate_id", "day"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("what was traded is never forgotten")
