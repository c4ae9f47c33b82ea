"""The seam to the SDK's inside, and the floors of the adapter: one import, one create request, no retries."""

import ast
import logging
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
import tastytrade
from tastytrade import streamer

from senexbot.broker import sdk

PACKAGE = Path(sdk.__file__).parents[1]
SOURCES = sorted(PACKAGE.rglob("*.py"))


async def test_what_we_use_of_the_sdks_inside_is_still_there():
    """A new release that moves one of these is told here, not by a trader."""
    assert isinstance(tastytrade.API_URL, str)
    assert isinstance(tastytrade.CERT_URL, str)
    assert streamer.STREAMER_URL.startswith("wss://")
    assert streamer.CERT_STREAMER_URL.startswith("wss://")
    assert streamer.DXLINK_VERSION
    session = sdk.open_session(secret="s", refresh="r", base_url="http://127.0.0.1:1", is_sandbox=False)
    assert isinstance(session._client, httpx2.AsyncClient)
    assert str(session._client.base_url).startswith("http://127.0.0.1:1")
    assert session._client.follow_redirects is False
    assert session._client.trust_env is False
    assert session._client.headers["User-Agent"] == sdk.user_agent()
    assert session._client.timeout.connect == 5
    assert session._client.timeout.read == 10
    assert {"provider_secret", "refresh_token", "session_token", "session_expiration"} <= vars(session).keys()
    headers = sdk.order_headers(session, "tok")
    assert headers["authorization"] == "Bearer tok"
    assert headers["accept-version"] == tastytrade.API_VERSION
    await sdk.close(session)
    assert "r" not in (session.refresh_token, session.provider_secret, session.session_token)


async def test_the_sandbox_gets_no_version_header():
    """Pitfall 14: it answered 404 to orders with one."""
    session = sdk.open_session(secret="s", refresh="r", base_url="http://127.0.0.1:1", is_sandbox=True)
    assert "accept-version" not in sdk.order_headers(session, "tok")
    await sdk.close(session)


def test_loggers_stay_capped_whatever_is_set_later():
    """I69, F97: at DEBUG the SDK prints Bearer tokens."""
    sdk.quiet_loggers()
    logger = logging.getLogger("tastytrade")
    assert logger.level >= logging.INFO
    logger.setLevel(logging.DEBUG)
    record = logger.makeRecord("tastytrade", logging.DEBUG, "f", 1, "Bearer x", (), None)
    assert not logger.filter(record)
    sdk.quiet_loggers()
    assert logger.level >= logging.INFO


def test_help_needs_no_sdk():
    """The import takes seconds; it must not be in the way of `--help` or of a start."""
    code = "import senexbot.broker.adapter, sys; sys.exit(any(m in sys.modules for m in ('tastytrade', 'pandas')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_one_file_imports_the_sdk():
    def imports(path):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield node.module
            elif isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)

    running = [p for p in SOURCES if any(m.split(".")[0] == "tastytrade" for m in imports(p))]
    named = {p.name for p in running}
    assert named == {"sdk.py", "sessions.py"}  # sessions.py for a type only
    assert (
        "if TYPE_CHECKING:\n    import httpx2\n    from tastytrade"
        in (PACKAGE / "broker" / "sessions.py").read_text()
    )


def _calls(tree, name):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if called == name:
                yield node


def test_a_create_request_has_one_way_out():
    """I7: one request in the whole adapter that can carry an order or its replacement, sent from one place."""
    posts, puts, requests, senders, place_orders = [], [], [], [], []
    for path in SOURCES:
        tree = ast.parse(path.read_text())
        if path.parent.name == "broker":
            posts += [path.name for _ in _calls(tree, "post")]
            puts += [path.name for name in ("put", "patch") for _ in _calls(tree, name)]
            requests += [path.name for _ in _calls(tree, "request")]
            for method, found in (("POST", posts), ("PUT", puts), ("PATCH", puts)):
                found += [
                    path.name
                    for node in ast.walk(tree)
                    if isinstance(node, ast.Call)
                    and any(isinstance(a, ast.Constant) and a.value == method for a in node.args)
                ]
        senders += [path.name for _ in _calls(tree, "send_order")]
        place_orders += [path.name for _ in _calls(tree, "place_order")]
    assert posts == ["placing.py", "placing.py"]  # the dry run's and the order's
    assert puts == ["placing.py"]
    assert requests == ["sending.py"]
    assert senders == ["placing.py"]
    assert place_orders == []


def test_the_sender_has_no_loop_and_no_retry():
    tree = ast.parse((PACKAGE / "broker" / "sending.py").read_text())
    (sender,) = [n for n in ast.walk(tree) if isinstance(n, ast.AsyncFunctionDef) and n.name == "send_order"]
    assert not [n for n in ast.walk(sender) if isinstance(n, ast.While | ast.For | ast.AsyncFor)]
    words = (PACKAGE / "broker" / "sending.py").read_text() + (PACKAGE / "broker" / "placing.py").read_text()
    assert "stamina" not in words


async def test_the_generic_call_refuses_to_create(broker):
    from senexbot.domain.errors import InvariantBroken

    held = await broker.sessions.of("l1")
    rest = broker.desk._rest
    for method, path in [("POST", "/accounts/5WT00001/orders"), ("POST", "/accounts/1/complex-orders"),
                         ("PUT", "/accounts/5WT00001/orders/1"), ("PATCH", "/accounts/5WT00001/orders/1"),
                         ("GET", "http://127.0.0.1/elsewhere")]:  # fmt: skip
        with pytest.raises(InvariantBroken):
            await rest.call(held, method, path, body=b"{}")
