"""What is watched of an account's risk, the alerts that it raised, and the highest net liquidation of the day.

Revision ID: 0010
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "risk_watches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", INT, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_strict=True,
    )
    op.create_table(
        "risk_alerts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("watch_id", sa.Text(), nullable=False),
        sa.Column("open_key", sa.Text(), nullable=True),
        sa.Column("version", INT, nullable=False),
        sa.Column("raised_at", INT, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("open_key"),
        sqlite_strict=True,
    )
    op.create_index("risk_alerts_of_watch", "risk_alerts", ["watch_id", "raised_at"], unique=False)
    op.create_table(
        "risk_peaks",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("peak", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    raise NotImplementedError("what was traded is never forgotten")
