"""PostgreSQL's engine over asyncpg: durable commits, every wait limited on both sides."""

from __future__ import annotations

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

POOL, OVERFLOW = 5, 5


def engine(url: URL, *, patience: float) -> AsyncEngine:
    milliseconds = str(int(patience * 1000))
    return create_async_engine(
        asyncpg_url(url),
        pool_size=POOL,
        max_overflow=OVERFLOW,
        pool_timeout=patience,
        pool_pre_ping=True,  # a connection that a fail-over has cut is replaced before it is used
        pool_recycle=1800,
        hide_parameters=True,
        connect_args={
            "timeout": patience,
            "command_timeout": 2 * patience,
            "server_settings": {
                "application_name": "senexbot",
                "synchronous_commit": "on",
                "timezone": "UTC",
                "lock_timeout": milliseconds,
                "statement_timeout": str(int(2 * patience * 1000)),
                "idle_in_transaction_session_timeout": "30000",
            },
        },
    )


def asyncpg_url(url: URL) -> URL:
    """`postgres://` and `postgresql://` as the driver wants them; libpq's `sslmode` is asyncpg's `ssl`."""
    query = dict(url.query)
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    return url.set(drivername="postgresql+asyncpg", query=query)
