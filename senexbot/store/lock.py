"""The file lock beside an SQLite database: one writing process at a time (I57, F71)."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from senexbot.domain.errors import InUse, StoreUnavailable


class WriterLock:
    """Held from construction to `release`; the kernel lets go of it when the process dies."""

    def __init__(self, database: Path) -> None:
        """Raises InUse, naming the process that has it."""
        self.path = database.with_name(f"{database.name}.lock")
        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnavailable(f"{self.path} cannot be opened ({error.strerror})") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._file, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._file)
            raise InUse(f"another senexbot (pid {holder}) uses {database}") from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
