"""Health and metrics over HTTP on loopback, for the operator's monitor; holds no data of anybody."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping

from aiohttp import web
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from senexbot.runtime import TaskHealth


class _Alerts(Collector):
    """`alerts`: how many went which way, by (outcome, reason)."""

    def __init__(self, alerts: Callable[[], Mapping[tuple[str, str], int]]) -> None:
        self._alerts = alerts

    def collect(self) -> Iterator[CounterMetricFamily]:
        told = CounterMetricFamily(
            "senexbot_alerts",
            "Alerts by what became of them, and why they were no messages of their own",
            labels=["outcome", "reason"],
        )
        for labels, count in sorted(self._alerts().items()):
            told.add_metric(labels, count)
        yield told


class HealthServer:
    """`/healthz`: 200 while every task runs, else 503 naming those that do not; `/metrics`: Prometheus, what
    others count into `registry` included."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        tasks: Mapping[str, TaskHealth],
        depth: Callable[[], Awaitable[int]],
        alerts: Callable[[], Mapping[tuple[str, str], int]] = dict,
        registry: CollectorRegistry | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._tasks = tasks
        self._depth = depth
        self._registry = registry or CollectorRegistry()
        self._running = Gauge(
            "senexbot_task_running", "1 while the task runs", ["task"], registry=self._registry
        )
        self._restarts = Gauge(
            "senexbot_task_restarts", "Restarts since the start", ["task"], registry=self._registry
        )
        self._outbox = Gauge(
            "senexbot_outbox_depth", "Messages that wait to be sent", registry=self._registry
        )
        self._registry.register(_Alerts(alerts))
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self) -> None:
        server = web.Application()
        server.router.add_get("/healthz", self._healthz)
        server.router.add_get("/metrics", self._metrics)
        self._runner = web.AppRunner(server, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _healthz(self, _: web.Request) -> web.Response:
        down = sorted(name for name, task in self._tasks.items() if not task.running)
        body = {"ok": not down, "down": down}
        return web.json_response(body, status=503 if down else 200)

    async def _metrics(self, _: web.Request) -> web.Response:
        for name, task in self._tasks.items():
            self._running.labels(name).set(int(task.running))
            self._restarts.labels(name).set(task.restarts)
        self._outbox.set(await self._depth())
        return web.Response(body=generate_latest(self._registry), content_type="text/plain")
