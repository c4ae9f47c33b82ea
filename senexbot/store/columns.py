"""Column types that fit SQLite's STRICT tables and PostgreSQL alike: TEXT, INTEGER, BLOB and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

Text = sa.Text
Blob = sa.LargeBinary


def integer() -> sa.types.TypeEngine[int]:
    """64 bits on both; STRICT tables know INTEGER only."""
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def microseconds(moment: datetime) -> int:
    """Since 1970, exact. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone is never stored")
    return (moment - EPOCH) // MICROSECOND


class Moment(TypeDecorator[datetime]):
    """Aware UTC time as microseconds since 1970: sorts and compares the same everywhere."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(sa.Integer() if dialect.name == "sqlite" else sa.BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002  SQLAlchemy's shape
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002  SQLAlchemy's shape
        return None if value is None else EPOCH + timedelta(microseconds=value)


class Flag(TypeDecorator[bool]):
    """True or false as 1 or 0."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(sa.Integer() if dialect.name == "sqlite" else sa.BigInteger())

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> int | None:  # noqa: ARG002  SQLAlchemy's shape
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> bool | None:  # noqa: ARG002  SQLAlchemy's shape
        return None if value is None else bool(value)
