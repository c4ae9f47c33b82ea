"""`python -m tests.room`: makes a directory for a run's throw-away files and prints it; the caller removes it.

In memory, where there is plenty of it: nothing there has to outlive a machine, and a disk that is busy with something
else takes seconds for what is a millisecond's work.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ENOUGH = 2 << 30  # a whole run leaves some 200 MB


def place() -> str:
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH
    return tempfile.mkdtemp(prefix="senexbot-tests-", dir=MEMORY if roomy else None)


if __name__ == "__main__":
    print(place())  # noqa: T201  its answer
