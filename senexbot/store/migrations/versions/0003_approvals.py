"""Requests to approve an order, their decisions, deputies and who is asked first.

Revision ID: 0003
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "approvals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("intent_id", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", INT, nullable=False),
        sa.Column("expires_at", INT, nullable=False),
        sa.Column("widen_at", INT, nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["intent_id"], ["intents.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("intent_id"),
        sqlite_strict=True,
    )
    op.create_index("approvals_by_state", "approvals", ["state", "expires_at"], unique=False)
    op.create_table(
        "approval_decisions",
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["approvals.id"]),
        sa.PrimaryKeyConstraint("request_id", "person"),
        sqlite_strict=True,
    )
    op.create_table(
        "deputies",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("deputy", sa.Text(), nullable=False),
        sa.Column("until", INT, nullable=False),
        sa.PrimaryKeyConstraint("team_id", "principal", "deputy"),
        sqlite_strict=True,
    )
    op.create_table(
        "rota",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("weekday", sa.Text(), nullable=False),
        sa.Column("position", INT, autoincrement=False, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("team_id", "weekday", "position"),
        sqlite_strict=True,
    )
