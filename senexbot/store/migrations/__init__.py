"""The schema's history. REVISIONS is the whole line, oldest first; alembic itself is imported only to migrate."""

from __future__ import annotations

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008", "0009", "0010", "0011")
HEAD = REVISIONS[-1]
