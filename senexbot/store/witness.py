"""The generation file: what this machine last saw of a database, kept outside of it.

A database that knows less than its witness is an older copy put back (I62, F73). One file a database,
in the state directory; the content is a lower bound and never has to be newer than the database.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from senexbot.domain.errors import StoreUnavailable
from senexbot.store.audit import AuditHead

SIZE = 256  # one line of fixed size: written in place, within one disk sector


@dataclass(frozen=True, slots=True)
class Sighting:
    generation: int
    head: AuditHead


class Witness:
    def __init__(self, state_dir: Path, database_id: str) -> None:
        self.path = state_dir / f"generation-{database_id[:8]}"
        self._file = -1

    def last(self) -> Sighting | None:
        """None when there is no file. Raises ValueError when it cannot be understood."""
        try:
            text = self.path.read_text(encoding="ascii")
        except FileNotFoundError:
            return None
        try:
            seen = json.loads(text)
            return Sighting(
                int(seen["generation"]), AuditHead(int(seen["audit_seq"]), bytes.fromhex(seen["audit_mac"]))
            )
        except (KeyError, TypeError, ValueError):
            raise ValueError(f"{self.path} cannot be understood") from None

    def open(self, sighting: Sighting) -> None:
        """From now on `note` keeps the file current. Raises StoreUnavailable."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self.note(sighting)
            os.fsync(self._file)
        except OSError as error:
            raise StoreUnavailable(f"{self.path} cannot be written ({error.strerror})") from error

    def note(self, sighting: Sighting) -> None:
        """Keep what has been committed; no sync, for a lower bound may lag behind."""
        line = json.dumps(
            {
                "generation": sighting.generation,
                "audit_seq": sighting.head.seq,
                "audit_mac": sighting.head.mac.hex(),
            }
        )
        os.pwrite(self._file, line.ljust(SIZE - 1).encode("ascii") + b"\n", 0)

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def older_copy(
    seen: Sighting | None, *, generation: int, head: AuditHead, mac_there: bytes | None, must_exist: bool
) -> str:
    """Why the database is no continuation of what was seen, in words; "" when it is one.

    `generation` and `head`: the database's; `mac_there`: its entry at the seen end of the audit;
    `must_exist`: a database with a past has to have a witness.
    """
    if seen is None:
        return "its generation file is missing" if must_exist and generation else ""
    if seen.generation > generation:
        return f"generation {seen.generation} was seen, the database is at {generation}"
    if seen.head.seq > head.seq:
        return f"{seen.head.seq} audit entries were seen, the database has {head.seq}"
    if seen.head.seq and mac_there != seen.head.mac:
        return "its audit is another than the one that was seen"
    return ""
