"""Child processes of a program without waiting for its imports again.

Importing the bot takes far longer than starting it. One process of each test worker (`python -m tests.forks`) imports
everything once, runs nothing of it, and forks for each child that a test asks for. A child is a process of its own as
much as one started by its command: own id, own signals, and exactly the variables and pipes that it is given. What a
fork cannot show (that the modules are found, what is imported when) the tests of the command line show on real starts.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

ROOT = Path(__file__).parents[1]
PROGRAMS = ("senexbot", "senexsim", "tests.alerts.running")
# What `senexbot run` and the commands import when they are called.
IMPORTED = (
    "senexbot.__main__",
    "senexbot.bootstrap",
    "senexbot.cli.doctor",
    "senexbot.cli.offline",
    "senexbot.cli.running",
    "senexbot.store.schema",
    "alembic.command",
    "senexsim.__main__",
)


class Fork:
    """One child; what `subprocess.Popen` has of the same name does the same."""

    def __init__(self, pid: int, status: BinaryIO, stdout: BinaryIO, stderr: BinaryIO | None) -> None:
        self.pid = pid
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None
        self._status = status

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("fork", timeout or 0)
            self.returncode = int(self._status.readline())
            self._status.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def ended(self) -> int:
        """`wait` for those who must not block."""
        if self.returncode is None:
            loop = asyncio.get_running_loop()
            readable = asyncio.Event()
            loop.add_reader(self._status, readable.set)
            try:
                await readable.wait()
            finally:
                loop.remove_reader(self._status)
        return self.wait()

    def communicate(self, timeout: float) -> tuple[bytes, bytes]:
        """All that it writes until it ends; a child that takes longer is killed, and TimeoutExpired raised."""
        deadline = time.monotonic() + timeout
        pieces: dict[BinaryIO, list[bytes]] = {self.stdout: []}
        if self.stderr is not None:
            pieces[self.stderr] = []
        reading = set(pieces)
        while reading:
            ready, _, _ = select.select(list(reading), [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                self.kill()
                self.wait(timeout)
                raise subprocess.TimeoutExpired("fork", timeout)
            for pipe in ready:
                piece = os.read(pipe.fileno(), 65536)
                pieces[pipe].append(piece)
                if not piece:
                    reading.discard(pipe)
        for pipe in pieces:
            pipe.close()
        self.wait(max(1.0, deadline - time.monotonic()))
        return b"".join(pieces[self.stdout]), b"".join(pieces.get(self.stderr, ()))


class Stem:
    """The process that has imported everything; ends with the one that started it."""

    def __init__(self) -> None:
        self._asking, theirs = socket.socketpair()
        # Its children's interpreter is this one: no variable may make it another than those they would start.
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.forks", str(theirs.fileno())],
                env={"PATH": os.environ["PATH"]},
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        atexit.register(self.close)

    def close(self) -> None:
        self._asking.close()
        self._process.wait(60)

    def fork(
        self, program: str, *words: str, env: Mapping[str, str], cwd: Path, err: BinaryIO | None
    ) -> Fork:
        ours: list[BinaryIO] = []
        theirs: list[int] = [os.open(os.devnull, os.O_RDONLY)]
        try:
            for given in (None, err, None):
                if given is None:
                    reading, writing = os.pipe()
                    ours.append(os.fdopen(reading, "rb", buffering=0))
                    theirs.append(writing)
                else:
                    theirs.append(os.dup(given.fileno()))
            wish = {"program": program, "words": words, "env": dict(env), "cwd": str(cwd)}
            body = json.dumps(wish).encode()
            socket.send_fds(self._asking, [len(body).to_bytes(4, "big")], theirs)
            self._asking.sendall(body)
        finally:
            for end in theirs:
                os.close(end)
        stdout, *stderr, status = ours
        line = status.readline()
        assert line, "the process that forks has ended"
        return Fork(int(line), status, stdout, stderr[0] if stderr else None)


@functools.cache
def _stem() -> Stem:
    return Stem()


def fork(
    program: str, *words: str, env: Mapping[str, str], cwd: Path | None = None, err: BinaryIO | None = None
) -> Fork:
    """`python -m program words…` with exactly these variables and no input.

    Its errors go into the file `err`, or else to a pipe.
    """
    assert program in PROGRAMS
    assert not [name for name in env if name.startswith("PYTHON")], "the interpreter has been started already"
    return _stem().fork(program, *words, env=env, cwd=cwd or Path.cwd(), err=err)


# --- the other side ------------------------------------------------------------------------------


def serve(asked: socket.socket) -> None:
    """Fork for each wish; leave when there can be no more. In a child it returns after the program has ended."""
    children: dict[int, BinaryIO] = {}
    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    while True:
        ready, _, _ = select.select([asked, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
            _reap(children)
        if asked not in ready:
            continue
        size, ends, _, _ = socket.recv_fds(asked, 4, 4)
        if not size:
            return
        wish = json.loads(_exactly(asked, int.from_bytes(size, "big")))
        assert threading.active_count() == 1, "a fork would lose the other threads"
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for theirs in (asked, *children.values()):
                theirs.close()
            for end in (woken, waking):
                os.close(end)
            _become(wish, ends)
            return
        *given, status = ends
        for end in given:
            os.close(end)
        children[pid] = os.fdopen(status, "wb", buffering=0)
        _tell(children[pid], pid)


def _reap(children: dict[int, BinaryIO]) -> None:
    while children:
        pid, how = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        status = children.pop(pid)
        _tell(status, os.waitstatus_to_exitcode(how))
        status.close()


def _tell(status: BinaryIO, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody waits for it any more
        status.write(b"%d\n" % number)


def _exactly(asked: socket.socket, size: int) -> bytes:
    body = b""
    while len(body) < size:
        piece = asked.recv(size - len(body))
        assert piece, "half a wish"
        body += piece
    return body


def _become(wish: dict[str, Any], ends: list[int]) -> None:
    *given, status = ends
    os.close(status)
    for number, end in enumerate(given):
        os.dup2(end, number)
        os.close(end)
    os.environ.clear()
    os.environ.update(wish["env"])
    time.tzset()
    os.chdir(wish["cwd"])
    sys.argv = [wish["program"], *wish["words"]]
    runpy.run_module(wish["program"], run_name="__main__", alter_sys=True)


def main() -> None:
    for name in IMPORTED:
        importlib.import_module(name)
    from senexbot.broker import sdk

    sdk.constants()  # imports the broker's SDK
    gc.collect()
    gc.freeze()  # shared with the children for good
    serve(socket.socket(fileno=int(sys.argv[1])))


if __name__ == "__main__":
    main()
