"""The running bot's Unix socket (mode 0600): how the host's command line writes while a bot runs.

One JSON line in, one JSON line out. Whoever can open the socket is the operator's user on this machine.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import structlog

from senexbot.domain.errors import SenexError

log = structlog.get_logger()
NAME = "senexbot.sock"
MAX_LINE = 64 * 1024
SECONDS = 20.0

Command = Callable[[Mapping[str, str]], Awaitable[Mapping[str, Any]]]


class ControlServer:
    def __init__(self, *, state_dir: Path, commands: Mapping[str, Command]) -> None:
        self._path = state_dir / NAME
        self._commands = commands
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._path.unlink(missing_ok=True)
        before = os.umask(0o177)  # the socket is never open to others, not even for a moment
        try:
            self._server = await asyncio.start_unix_server(self._serve, path=str(self._path), limit=MAX_LINE)
        finally:
            os.umask(before)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(SECONDS):
                answer = await self._answer(await reader.readline())
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (TimeoutError, OSError, ValueError) as error:
            log.info("control.lost", error=type(error).__name__)
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> Mapping[str, Any]:
        try:
            request = json.loads(line)
            command = self._commands[str(request.pop("command"))]
        except (ValueError, KeyError, AttributeError):
            return {"ok": False, "error": "unknown command"}
        try:
            return {"ok": True, **await command({str(k): str(v) for k, v in request.items()})}
        except SenexError as error:
            return {"ok": False, "error": error.message, "code": error.code}


async def ask(state_dir: Path, command: str, **arguments: str) -> Mapping[str, Any] | None:
    """The running bot's answer; None when no bot listens there."""
    try:
        reader, writer = await asyncio.open_unix_connection(str(state_dir / NAME), limit=MAX_LINE)
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    try:
        async with asyncio.timeout(SECONDS):
            writer.write(json.dumps({"command": command, **arguments}).encode() + b"\n")
            await writer.drain()
            line = await reader.readline()
    finally:
        writer.close()
    answer: Mapping[str, Any] = json.loads(line)
    return answer
