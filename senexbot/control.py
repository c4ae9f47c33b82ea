"""The running bot's Unix socket (mode 0600): how the host's command line writes while a bot runs.

One JSON line in, one JSON line out. Whoever can open the socket is the operator's user on this machine.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog

from senexbot.domain.errors import SenexError, StoreUnavailable

log = structlog.get_logger()
NAME = "senexbot.sock"
MAX_LINE = 64 * 1024
SECONDS = 20.0
LONGEST_ADDRESS = 100  # bytes; Linux takes 107 for a Unix socket's path

Command = Callable[[Mapping[str, str]], Awaitable[Mapping[str, Any]]]


class ControlServer:
    def __init__(self, *, state_dir: Path, commands: Mapping[str, Command]) -> None:
        self._path = state_dir / NAME
        self._commands = commands
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Raises StoreUnavailable when the socket cannot be made."""
        try:
            await self._listen()
        except OSError as error:
            raise StoreUnavailable(f"{self._path} cannot be made ({error.strerror or error})") from error

    async def _listen(self) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        before = os.umask(0o177)  # the socket is never open to others, not even for a moment
        try:
            with _address(self._path) as address:
                self._server = await asyncio.start_unix_server(self._serve, path=address, limit=MAX_LINE)
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
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            return {"ok": False, "error": "unknown command"}
        try:
            return {"ok": True, **await command({str(k): str(v) for k, v in request.items()})}
        except SenexError as error:
            return {"ok": False, "error": error.message, "code": error.code}
        except Exception:
            # nothing that is asked here may end the bot, and the one who asked has to hear of it
            log.exception("control.failed")
            return {"ok": False, "error": "it failed inside the bot; its log has the rest"}


async def ask(state_dir: Path, command: str, **arguments: str) -> Mapping[str, Any] | None:
    """The running bot's answer; None when no bot listens there. Raises StoreUnavailable when it stays silent."""
    path = state_dir / NAME
    try:
        with _address(path) as address:
            reader, writer = await asyncio.open_unix_connection(address, limit=MAX_LINE)
    except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
        return None
    except OSError as error:
        raise StoreUnavailable(f"the bot's socket {path} cannot be opened ({error.strerror})") from None
    try:
        async with asyncio.timeout(SECONDS):
            writer.write(json.dumps({"command": command, **arguments}).encode() + b"\n")
            await writer.drain()
            answer: Mapping[str, Any] = json.loads(await reader.readline())
    except (OSError, ValueError):  # TimeoutError is an OSError; an empty line is no JSON
        raise StoreUnavailable(f"a bot listens at {path} but did not answer") from None
    finally:
        writer.close()
    return answer


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """The socket's path, or a short way to it through its folder where the path is too long for the kernel."""
    if len(os.fsencode(path)) <= LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
