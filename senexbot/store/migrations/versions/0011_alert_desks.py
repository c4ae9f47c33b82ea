"""What a desk has said about its alerts: to whom a critical one goes that nobody has, and after how long.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alert_desks",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("escalation", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("team_id"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    raise NotImplementedError("what was traded is never forgotten")
