"""Alerts in the second grammar, each with the number that people call it by.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RULES = sa.table("rules", sa.column("id"), sa.column("team_id"), sa.column("created_at"), sa.column("data"))
NUMBERS = sa.table("rule_numbers", sa.column("team_id"), sa.column("number"), sa.column("rule_id"))


def upgrade() -> None:
    op.create_table(
        "rule_numbers",
        sa.Column("team_id", sa.Text(), nullable=False),
        sa.Column("number", INT, nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"]),
        sa.PrimaryKeyConstraint("team_id", "number"),
        sa.UniqueConstraint("rule_id", name="rule_numbers_once"),
        sqlite_strict=True,
    )
    connection = op.get_bind()
    rows = connection.execute(
        sa.select(RULES.c.id, RULES.c.team_id, RULES.c.data).order_by(RULES.c.created_at, RULES.c.id)
    ).all()
    last: dict[str, int] = {}
    for row in rows:
        last[row.team_id] = number = last.get(row.team_id, 0) + 1
        connection.execute(sa.insert(NUMBERS).values(team_id=row.team_id, number=number, rule_id=row.id))
        try:
            data = rewritten(json.loads(row.data), number)
        except (ValueError, KeyError, TypeError, InvalidOperation):
            continue  # it does not decode, and is set aside where it is read
        text = json.dumps(data, separators=(",", ":"))
        connection.execute(sa.update(RULES).where(RULES.c.id == row.id).values(data=text))


def rewritten(old: dict[str, Any], number: int) -> dict[str, Any]:
    """One row of the first grammar (a level of the last trade, once) in the second."""
    if old["$"] != "PriceRule" or old["direction"] not in {"above", "below"}:
        raise ValueError("no alert of the first grammar")
    symbol = old["symbol"].replace(" ", "")
    level = Decimal(old["level"])
    source = {"$": "Source", "symbol": symbol, "field": "last"}
    sign = ">" if old["direction"] == "above" else "<"
    return {
        "$v": 1,
        "$": "AlertRule",
        **{key: old[key] for key in ("id", "team_id", "owner", "link_id", "channel", "state", "version")},
        **{key: old[key] for key in ("created_at", "armed_at", "fired_at", "reason")},
        "number": number,
        "terms": {
            "condition": {"$": "Level", "value": source, "side": old["direction"], "level": old["level"]},
        },
        "text": f"{symbol} {sign} {_price(level)}",
        "instruments": [
            {
                "symbol": symbol,
                "broker_symbol": old["symbol"],
                "streamer_symbol": old["streamer_symbol"],
                "words": old["words"],
            }
        ],
        "last_value": old["last_price"],
        "grammar": 2,
    }


def _price(level: Decimal) -> str:
    places = -int(level.normalize().as_tuple().exponent)
    return f"{level:.{max(2, places)}f}"


def downgrade() -> None:
    raise NotImplementedError("what was traded is never forgotten")
