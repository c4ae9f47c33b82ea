"""Raised alerts with what became of each; places, people's quiet hours, snoozes.

Revision ID: 0009
Revises: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "raised_alerts",
        sa.Column("number", INT, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("weight", INT, nullable=False),
        sa.Column("cents", INT, nullable=False),
        sa.Column("is_over", INT, nullable=False),
        sa.Column("at", INT, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ref", INT, nullable=False),
        sa.Column("until", INT, nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("ts", sa.Text(), nullable=False),
        sa.Column("told_at", INT, nullable=True),
        sa.Column("acked_by", sa.Text(), nullable=False),
        sa.Column("acked_at", INT, nullable=True),
        sa.Column("escalated_at", INT, nullable=True),
        sa.Column("moved_from", sa.Text(), nullable=False),
        sa.Column("maybe_sent", INT, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
        sqlite_strict=True,
    )
    for name, columns in (
        ("raised_alerts_at_place", ["place", "outcome"]),
        ("raised_alerts_in_message", ["channel", "ts"]),
        ("raised_alerts_of_owner", ["owner", "number"]),
        ("raised_alerts_of_subject", ["subject", "number"]),
        ("raised_alerts_by_time", ["at"]),
    ):
        op.create_index(name, "raised_alerts", columns, unique=False)
    op.create_table(
        "alert_places",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_strict=True,
    )
    op.create_table(
        "alert_people",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("begins", INT, nullable=True),
        sa.Column("ends", INT, nullable=True),
        sa.Column("last_buzz", INT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_strict=True,
    )
    op.create_table(
        "snoozes",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("until", INT, nullable=False),
        sa.PrimaryKeyConstraint("subject"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    raise NotImplementedError("what was traded is never forgotten")
