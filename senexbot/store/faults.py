"""Driver and SQLAlchemy trouble, translated into the store's own errors. Messages carry no values of rows."""

from __future__ import annotations

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import sqlalchemy.exc as sa_exc

from senexbot.domain.errors import InvariantBroken, SenexError, Stale, StoreUnavailable

# what a database, its driver and the way to it can raise; anything else is a bug and passes as it is
TROUBLE = (
    sa_exc.SQLAlchemyError,
    OSError,
    TimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
LOST_RACES = {"40001", "40P01"}  # PostgreSQL: serialization failure, deadlock; nothing of ours was done
SQLITE_WORDS = (
    ("full", "the disk is full"),
    ("readonly", "the database is read-only"),
    ("locked", "the database is locked by another program"),
    ("disk i/o error", "the disk reports an error"),
    ("unable to open", "the database cannot be opened"),
    ("malformed", "the database file is damaged"),
    ("not a database", "the file is no database"),
)


def translated(error: Exception) -> SenexError:
    """What an error of the database means for the caller. Domain errors pass as they are."""
    if isinstance(error, SenexError):
        return error
    if isinstance(error, sa_exc.IntegrityError) or _sqlstate(error) in LOST_RACES:
        return Stale("another change came first")
    if _is_ours(error):
        return InvariantBroken(f"the database refused a statement ({type(error).__name__})")
    return StoreUnavailable(f"nothing was stored: {words(error)}")


def words(error: Exception) -> str:
    """The trouble in words, without parameters, addresses or SQL."""
    if isinstance(error, (TimeoutError, sa_exc.TimeoutError)):
        return "the database did not answer in time"
    text = str(getattr(error, "orig", None) or error).lower()
    known = next((said for word, said in SQLITE_WORDS if word in text), None)
    if known is not None:
        return known
    if _sqlstate(error) == "25006":
        return "the database is read-only"
    if _sqlstate(error) == "53100":
        return "the disk is full"
    if _sqlstate(error) == "55P03":
        return "the database is locked by another program"
    cause = getattr(error, "orig", None) or error
    return f"the database cannot be reached ({type(cause).__name__})"


def _sqlstate(error: Exception) -> str:
    return str(getattr(getattr(error, "orig", None), "sqlstate", "") or getattr(error, "sqlstate", ""))


def _is_ours(error: Exception) -> bool:
    """A statement that no database would take: a bug, not trouble."""
    if isinstance(error, sa_exc.DBAPIError):
        refused = isinstance(error, (sa_exc.ProgrammingError, sa_exc.DataError))
        return refused and not error.connection_invalidated
    return isinstance(error, sa_exc.StatementError)
