"""The audit: append-only, each entry chained to the one before by HMAC-SHA256 (I79, I80).

Entries of a transaction are written as its last step, so that chains of parallel ones never wait in a ring.
"""

from __future__ import annotations

import csv
import hmac
import io
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from senexbot.domain.errors import InvariantBroken, Unreadable
from senexbot.ports import AuditEntry
from senexbot.store.columns import microseconds
from senexbot.store.tables import audit
from senexbot.store.work import Work

START = bytes(32)  # what stands before the first entry
PAGE = 500
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
CSV_COLUMNS = ("seq", "at", "actor", "action", "subject", "result", "params", "mac")


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The end of the chain: publish it outside, and a cut end is found against it."""

    seq: int
    mac: bytes


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One stored entry."""

    seq: int
    at: datetime
    entry: AuditEntry
    mac: bytes


@dataclass(frozen=True, slots=True)
class AuditFault:
    """The first entry that does not fit: `seq` and what is wrong with it, in words."""

    seq: int
    why: str


async def head(work: Work) -> AuditHead:
    """seq 0 while there is no entry."""
    row = (await work.read(sa.select(audit.c.seq, audit.c.mac).order_by(audit.c.seq.desc()).limit(1))).first()
    return AuditHead(0, START) if row is None else AuditHead(row.seq, row.mac)


async def append(work: Work, key: bytes | None, entries: Iterable[AuditEntry]) -> AuditHead:
    """Add entries at the end of the chain; the new end. Raises InvariantBroken without the chain's key."""
    if key is None:
        raise InvariantBroken("the audit was not unlocked: open the store with its SecretBox")
    await work.guard("audit", exclusive=True)
    end = await head(work)
    now = work.clock.now()
    rows = []
    for entry in entries:
        values = _values(end.seq + 1, now, entry)
        end = AuditHead(end.seq + 1, _mac(key, end.mac, values))
        rows.append({**values, "at": now, "mac": end.mac})
    await work.write(audit.insert(), rows)
    return end


async def records(work: Work, *, subject: str | None = None) -> AsyncIterator[AuditRecord]:
    """All entries (of one subject), oldest first; unreadable ones are set aside."""
    async for row in _rows(work, subject):
        try:
            yield _record(row)
        except Unreadable:
            work.set_aside.note(audit.name, row.seq)


async def first_fault(work: Work, key: bytes | None, published: Iterable[AuditHead]) -> AuditFault | None:
    """Walk the whole chain, then compare it with heads that were kept outside the database."""
    if key is None:
        raise InvariantBroken("the audit was not unlocked: open the store with its SecretBox")
    wanted = {one.seq: one.mac for one in published if one.seq}
    end = AuditHead(0, START)
    async for row in _rows(work, None):
        if row.seq != end.seq + 1:
            return AuditFault(end.seq + 1, "an entry is missing")
        values = {
            name: getattr(row, name) for name in ("seq", "actor", "action", "subject", "result", "params")
        }
        values["at"] = microseconds(row.at)
        if not hmac.compare_digest(_mac(key, end.mac, values), row.mac):
            return AuditFault(row.seq, "the entry was changed, added or moved")
        if not hmac.compare_digest(wanted.pop(row.seq, row.mac), row.mac):
            return AuditFault(row.seq, "not the entry that was published")
        end = AuditHead(row.seq, row.mac)
    return AuditFault(end.seq + 1, "the end was cut off") if wanted else None


def csv_text(entries: Iterable[AuditRecord], *, header: bool = True) -> str:
    """Comma-separated, with cells that a spreadsheet would run as a formula made plain text (F121)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    if header:
        writer.writerow(CSV_COLUMNS)
    for one in entries:
        entry = one.entry
        params = json.dumps(dict(entry.params), ensure_ascii=False)
        cells = (entry.actor, entry.action, entry.subject, entry.result, params)
        writer.writerow([one.seq, one.at.isoformat(), *map(_inert, cells), one.mac.hex()])
    return out.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


async def _rows(work: Work, subject: str | None) -> AsyncIterator[Any]:
    """Page by page, so that a long history never stands in memory."""
    last = 0
    while True:
        statement = sa.select(audit).where(audit.c.seq > last).order_by(audit.c.seq).limit(PAGE)
        if subject is not None:
            statement = statement.where(audit.c.subject == subject)
        rows = (await work.read(statement)).all()
        for row in rows:
            yield row
        if len(rows) < PAGE:
            return
        last = rows[-1].seq


def _values(seq: int, now: datetime, entry: AuditEntry) -> dict[str, Any]:
    params = json.dumps([list(pair) for pair in entry.params], separators=(",", ":"))
    return {
        "seq": seq,
        "at": microseconds(now),
        "actor": _storable(entry.actor),
        "action": _storable(entry.action),
        "subject": _storable(entry.subject),
        "result": _storable(entry.result),
        "params": params,
    }


def _storable(text: str) -> str:
    """What no database text can hold (NUL, half a surrogate pair) is replaced."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "�")


def _mac(key: bytes, before: bytes, values: dict[str, Any]) -> bytes:
    canonical = json.dumps(
        [values[name] for name in ("seq", "at", "actor", "action", "subject", "result", "params")],
        separators=(",", ":"),
    )
    return hmac.digest(key, before + canonical.encode("ascii"), "sha256")


def _record(row: Any) -> AuditRecord:
    try:
        params = tuple((str(name), str(value)) for name, value in json.loads(row.params))
    except (ValueError, TypeError):
        raise Unreadable("an audit entry cannot be read") from None
    return AuditRecord(
        row.seq, row.at, AuditEntry(row.actor, row.action, row.subject, row.result, params), row.mac
    )
