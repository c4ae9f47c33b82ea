"""Other processes of a benchmark: the second core. Each says one JSON line when it is ready or done."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncIterator
from typing import Any

PATIENCE = 60.0


@contextlib.asynccontextmanager
async def child(module: str, *arguments: str) -> AsyncIterator[dict[str, Any]]:
    """`python -m module arguments` until the block ends; yields its first line."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"]},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE):
            line = await process.stdout.readline()
        yield json.loads(line)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def told(module: str, *arguments: str) -> dict[str, Any]:
    """The one line that a process says; it ends by itself."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"]},
    )
    async with asyncio.timeout(PATIENCE):
        out, _ = await process.communicate()
    assert process.returncode == 0, f"{module} ended with {process.returncode}"
    answer: dict[str, Any] = json.loads(out)
    return answer
