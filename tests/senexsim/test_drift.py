"""The probe of shapes, against our own simulator alone: as it is, and with answers that were changed on the way."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from aiohttp import web
from typer.testing import CliRunner

from senexsim.__main__ import cli
from senexsim.broker.server import BrokerSim
from senexsim.broker.shapes.endpoints import ENDPOINTS
from senexsim.drift.probes import probes
from senexsim.drift.run import anonymous, probe, run
from senexsim.testing import running_broker

Doctor = Callable[[str, dict[str, Any]], dict[str, Any]]
PRIVATE = "a-very-private-value"


class Doctored(BrokerSim):
    """A simulator whose answers are changed before they leave; the client notices by the wire alone."""

    def __init__(self, doctor: Doctor) -> None:
        super().__init__(seed=7)
        self._doctor = doctor

    def application(self) -> web.Application:
        app = super().application()

        @web.middleware
        async def doctored(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            response = await handler(request)
            if (
                request.path == "/oauth/token"
                or not isinstance(response, web.Response)
                or response.status != 200
            ):
                return response
            body = self._doctor(request.path, json.loads(response.body))  # type: ignore[arg-type]
            return web.json_response(body)

        app.middlewares.insert(0, doctored)
        return app


async def found_in(sim: BrokerSim) -> Any:
    who = sim.info["users"][0]
    return await probe(sim.origin, who["provider_secret"], who["refresh_token"], pause=0)


async def test_our_own_answers_do_not_drift_and_only_reads_are_sent() -> None:
    async with BrokerSim(seed=7) as sim:
        account = sim.house.accounts["5WT00001"]
        found = await found_in(sim)
        sent = sim.gateway.ledger.entries
    assert (found.differs, found.refused) == ({}, {})
    # Nothing has been ordered there yet, so no order can be asked for by its id.
    assert found.skipped == ["GET /accounts/{account}/orders/{order}"]
    assert len(found.same) == len(list(probes(date.today()))) - 1
    assert [entry.path for entry in sent if entry.method != "GET"] == ["/oauth/token"]
    assert list(account.orders) == []


async def test_every_difference_is_told_by_its_name_and_no_value_with_it() -> None:
    def doctor(path: str, body: dict[str, Any]) -> dict[str, Any]:
        if path == "/customers/me":
            body["data"]["a-new-key"] = PRIVATE
            body["data"]["5WT00001"] = PRIVATE
        if path.endswith("/positions"):
            for row in body["data"]["items"]:
                row["quantity"] = PRIVATE
                del row["multiplier"]
        if path == "/watchlists":
            body["data"] = PRIVATE
        if path == "/quote-alerts":
            body["meta"] = {"x": PRIVATE}
        return body

    async with Doctored(doctor) as sim:
        found = await found_in(sim)
        private = [
            PRIVATE,
            "5WT00001",
            *(v for user in sim.info["users"] for v in (user["refresh_token"], user["name"])),
        ]
    assert set(found.differs) == {
        "GET /customers/{customer}",
        "GET /accounts/{account}/positions",
        "GET /watchlists",
        "GET /quote-alerts",
    }
    customer = found.differs["GET /customers/{customer}"]
    assert customer == {"data: unknown key a-new-key": 1, "data: unknown key …": 1}
    positions = found.differs["GET /accounts/{account}/positions"]
    assert positions == {"items[].quantity: str is no count": 4, "items[]: multiplier is missing": 4}
    told = repr(found)
    assert not [value for value in private if value in told]


async def test_what_is_refused_is_no_drift() -> None:
    async with BrokerSim(seed=7) as sim:
        sim.faults.add({"target": "GET /market-metrics", "kind": "status", "status": 502})
        sim.faults.add({"target": "GET /quote-alerts", "kind": "malformed"})
        sim.faults.add({"target": "GET /watchlists", "kind": "reset", "count": 5})
        found = await found_in(sim)
    assert found.differs == {}
    assert found.refused == {
        "GET /market-metrics": "502",
        "GET /quote-alerts": "JSONDecodeError",
        "GET /watchlists": found.refused["GET /watchlists"],
    }


def test_every_probe_has_a_table() -> None:
    assert [one.name for one in probes(date.today()) if one.name not in ENDPOINTS] == []


@contextmanager
def credentials(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with running_broker(seed=7) as broker:
        monkeypatch.setenv("TT_SECRET", broker.users[0].provider_secret)
        monkeypatch.setenv("TT_REFRESH", broker.users[0].refresh_token)
        yield broker.api_url


def test_the_command_needs_credentials_and_asks_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TT_SECRET", "TT_REFRESH"):
        monkeypatch.delenv(name, raising=False)
    none = CliRunner().invoke(cli, ["drift"])
    assert (none.exit_code, "TT_SECRET and TT_REFRESH" in none.output) == (2, True)
    with credentials(monkeypatch):
        for url in (
            "https://evil.example",
            "http://api.tastyworks.com",
            "https://api.tastyworks.com@evil.example",
        ):
            refused = CliRunner().invoke(cli, ["drift", "--url", url])
            assert (refused.exit_code, "is asked" in refused.output) == (2, True), url


def test_the_command_reports_and_exits_by_what_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    with credentials(monkeypatch) as url:
        import os

        assert run(os.environ, url, pause=0, say=lines.append) == 0
        assert lines[0].endswith("answer in the shapes of the simulator")
        assert run({**os.environ, "TT_SECRET": "wrong"}, url, pause=0) == 1
    assert run({"TT_SECRET": "x", "TT_REFRESH": "y"}, "http://127.0.0.1:9", pause=0) == 1


@pytest.mark.parametrize(
    ("fault", "shown"),
    [
        ("items[3].legs[0].x-y: str is no money", "items[].legs[].x-y: str is no money"),
        ("data: unknown key 5WT00001", "data: unknown key …"),
        ("data: unknown key AAPL", "data: unknown key …"),
    ],
)
def test_sentences_lose_what_is_a_value(fault: str, shown: str) -> None:
    assert anonymous(fault) == shown
