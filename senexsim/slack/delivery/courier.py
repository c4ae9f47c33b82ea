"""Brings the app its news by whichever mode is on, within three seconds, and keeps a ledger of every try."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from aiohttp import web

from senexsim.slack.delivery.answers import Answer, Heard, Letter
from senexsim.slack.delivery.http_mode import HttpMode, is_loopback
from senexsim.slack.delivery.socket_mode import SocketMode
from senexsim.slack.escapes import warnings_of
from senexsim.slack.faults import Fault
from senexsim.slack.workspace import Workspace

Json = dict[str, Any]

ACK_SECONDS = 3.0
RETRY_AFTER = (0.0, 60.0, 300.0)


class Courier:
    """`socket_mode`: the sockets of another workspace, where the app's connections are already."""

    def __init__(self, ws: Workspace, socket_mode: SocketMode | None = None) -> None:
        self._ws = ws
        self.socket_mode = socket_mode or SocketMode(ws)
        self.http_mode = HttpMode(ws)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._gate: asyncio.Event | None = None

    async def running(self, _app: web.Application) -> AsyncIterator[None]:
        """For the application's cleanup context: what waits is cancelled when the server ends."""
        await self.http_mode.start()
        yield
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.socket_mode.stop()
        await self.http_mode.stop()

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def deliver(
        self,
        kind: str,
        payload: Json,
        retry: Json | None = None,
        url: str | None = None,
        heard: Heard | None = None,
    ) -> Answer:
        """One try. `kind`: slash_commands, interactive or events_api. The Answer tells what a person sees.

        `heard` is called the moment the acknowledgement is there, before anything the app sends after it.
        """
        if kind == "interactive" and not self._ws.app.installed:
            return Answer(error="dispatch_failed", reason="app_not_installed")
        letter = Letter(kind, payload, retry or {}, url, heard, self._faults(kind))
        ack_lost = "accepted-then-dropped" in letter.kinds_of_fault
        if ack_lost:
            letter.heard = None
        begun = time.monotonic()
        noted = self._ws.wire_log.note(
            "http" if self._ws.app.request_url else "socket-mode",
            "out",
            _title(kind, payload),
            payload,
        )
        try:
            answer = await self._ws.clock.within(ACK_SECONDS, self._send(letter))
        except TimeoutError:
            answer = Answer(error="operation_timeout", reason="http_timeout")
        answer.ms = round((time.monotonic() - begun) * 1000)
        if ack_lost:
            answer = Answer(error="operation_timeout", reason="http_timeout", ms=answer.ms)
        self._note(kind, payload, retry or {}, answer)
        outcome = "acknowledged" if answer.acked else answer.error or "not acknowledged"
        self._ws.wire_log.answered(noted, outcome, answer.body)
        return answer

    def _faults(self, kind: str) -> list[Fault]:
        """Those for deliveries, and for the socket when that is the way."""
        struck = self._ws.faults.strike("delivery", delivery=kind)
        if self._ws.app.request_url is None:
            struck += self._ws.faults.strike("socket", delivery=kind)
        return struck

    async def _send(self, letter: Letter) -> Answer:
        for fault in letter.faults:
            if fault.kind == "delay":
                await asyncio.sleep(fault.delay_ms / 1000)
        # A manifest made for a real installation may name an outside address: never called from here.
        elsewhere = letter.url if letter.url and is_loopback(letter.url) else None
        target = elsewhere or self._ws.app.request_url
        if self._ws.app.request_url is None or target is None:
            return await self.socket_mode.send(letter)
        answer = await self._post(target, letter)
        if letter.heard is not None and answer.acked:
            letter.heard(answer)
        return answer

    async def _post(self, target: str, letter: Letter) -> Answer:
        if "drop" in letter.kinds_of_fault:
            lost: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            return await lost  # nobody ever answers
        if "reorder" in letter.kinds_of_fault:
            await self._overtaken()
            return await self.http_mode.send(target, letter)
        gate, self._gate = self._gate, None
        if "duplicate" in letter.kinds_of_fault:
            self.spawn(self.http_mode.send(target, letter))
        try:
            return await self.http_mode.send(target, letter)
        finally:
            if gate is not None:
                gate.set()

    async def _overtaken(self) -> None:
        """Hold this request back until the next one has gone ahead."""
        self._gate = gate = asyncio.Event()
        await gate.wait()

    def _note(self, kind: str, payload: Json, retry: Json, answer: Answer) -> None:
        event = payload.get("event") or {}
        self._ws.deliveries.append(
            {
                "at": self._ws.clock.now(),
                "type": kind,
                "what": payload.get("command") or event.get("type") or payload.get("type"),
                "event_id": payload.get("event_id"),
                "mode": "http" if self._ws.app.request_url else "socket",
                "attempt": retry.get("retry_attempt", 0),
                "retry_reason": retry.get("retry_reason"),
                "acked": answer.acked,
                "status": answer.status,
                "error": answer.error,
                "ms": answer.ms,
                "warnings": warnings_of(self._ws, answer.fields),
            }
        )

    def announce(self, payload: Json) -> asyncio.Future[Answer]:
        """An event: delivered in the background, retried at once, after a minute and after five.

        The future holds the answer to the first try.
        """
        first: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.spawn(self._announce(payload, first))
        return first

    async def _announce(self, payload: Json, first: asyncio.Future[Answer]) -> None:
        retry: Json = {}
        for attempt in range(len(RETRY_AFTER) + 1):
            answer = await self.deliver("events_api", payload, retry)
            if not first.done():
                first.set_result(answer)
            if answer.acked or answer.no_retry or attempt == len(RETRY_AFTER):
                return
            await self._ws.clock.sleep(RETRY_AFTER[attempt])
            retry = {"retry_attempt": attempt + 1, "retry_reason": _reason(self._ws, answer)}


def _title(kind: str, payload: Json) -> str:
    event = payload.get("event") or {}
    what = payload.get("command") or event.get("type") or payload.get("type") or ""
    return f"{kind} {what}".strip()


def _reason(ws: Workspace, answer: Answer) -> str:
    """Socket Mode says `timeout` where HTTP says `http_timeout`."""
    if ws.app.request_url is None and answer.reason == "http_timeout":
        return "timeout"
    return answer.reason


COURIER: web.AppKey[Courier] = web.AppKey("courier", Courier)
