"""The simulators for other people's tests: each in a thread of its own, with its controls as plain methods.

`with running_broker(seed=3) as broker:` and `with running_slack() as slack:` serve until the block ends. Because they
live in another thread, blocking and asynchronous tests use them alike. The pytest plugin makes fixtures of them.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from tastytrade import Session

Json = dict[str, Any]
Found = TypeVar("Found")
PATIENCE = 30.0


class ControlRefusedError(Exception):
    """A control was called in a way the simulator does not understand; the text says why."""


class _Served(Protocol):
    @property
    def info(self) -> Json: ...


class _Thread:
    """One simulator on an event loop in a thread. Errors at the start are raised in the caller's thread."""

    def __init__(self, make: Callable[[], AbstractAsyncContextManager[_Served]]) -> None:
        self._make = make
        self._ready = threading.Event()
        self._fault: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Event | None = None
        self.info: Json = {}
        self._thread = threading.Thread(target=self._run, name="senexsim", daemon=True)

    def start(self) -> Json:
        self._thread.start()
        self._ready.wait()
        if self._fault is not None:
            raise self._fault
        return self.info

    def stop(self) -> None:
        if self._loop is not None and self._ended is not None:
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(PATIENCE)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as fault:
            self._fault = fault
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        async with self._make() as sim:
            self.info = sim.info
            self._ready.set()
            await self._ended.wait()


@dataclass(frozen=True)
class _Controls:
    """Calls of `/_sim`, blocking; proxies of the environment are not used."""

    origin: str

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Json:
        raw = None if body is None else json.dumps(body, default=str).encode()
        request = urllib.request.Request(  # noqa: S310 - an address of this machine
            f"{self.origin}/_sim/{path}", raw, {"Content-Type": "application/json"}, method=method
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=PATIENCE) as response:
                return dict(json.load(response))
        except urllib.error.HTTPError as refusal:
            with refusal:
                text = refusal.read().decode("utf-8", "replace")
            raise ControlRefusedError(text) from None


def _wait(check: Callable[[], Found], seconds: float) -> Found:
    """The first true answer of the check. Raises TimeoutError."""
    until = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > until:
            raise TimeoutError("nothing of the kind happened in time")
        time.sleep(0.01)


@dataclass(frozen=True)
class BrokerUser:
    """One customer of the practice broker, with a personal grant."""

    name: str
    provider_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    accounts: tuple[str, ...] = ()


class Broker:
    """A running broker simulator. Prices may be given as `Decimal`, `int` or text."""

    def __init__(self, info: Json) -> None:
        self.api_url: str = info["api_url"]
        self.streamer_url: str = info["streamer_url"]
        self.dxlink_url: str = info["dxlink_url"]
        self.users = [BrokerUser(**{**user, "accounts": tuple(user["accounts"])}) for user in info["users"]]
        self._controls = _Controls(self.api_url)

    def session(self, user: int = 0) -> Session:
        """The unmodified SDK's session of that customer, pointed here. Needs the package `tastytrade`."""
        from tastytrade import Session

        who = self.users[user]
        session = Session(who.provider_secret, who.refresh_token)
        session._client.base_url = self.api_url  # noqa: SLF001 - the SDK offers no other way
        return session

    def quote(
        self,
        symbol: str,
        bid: Decimal | str | int,
        ask: Decimal | str | int,
        last: Decimal | str | int | None = None,
    ) -> Json:
        """Pin a price until `release`; frames are sent and resting orders matched before it returns."""
        body = {"symbol": symbol, "bid": str(bid), "ask": str(ask)}
        return self._controls.call("POST", "quote", body if last is None else {**body, "last": str(last)})

    def release(self, symbol: str) -> Json:
        return self._controls.call("POST", "quote", {"symbol": symbol, "release": True})

    def clock(self, **change: Any) -> Json:
        """`now` (ISO time with a zone), `advance_s`, `speed` (market seconds a real one), `session` and `futures_session` (open or closed)."""
        return self._controls.call("POST", "clock", change)

    def fill(self, order_id: int, quantity: Any = None, price: Any = None) -> Json:
        return self._controls.call(
            "POST", "fill", {"order_id": order_id, "quantity": quantity, "price": price}
        )

    def position(self, account: str, symbol: str, quantity: Any, average_open_price: Any = None) -> Json:
        """Hold so much, signed, without a trade; 0 leaves it closed."""
        body = {"account": account, "symbol": symbol, "quantity": quantity}
        return self._controls.call("POST", "position", {**body, "average_open_price": average_open_price})

    def balance(self, account: str, cash: Any) -> Json:
        return self._controls.call("POST", "balance", {"account": account, "cash": cash})

    def order(self, account: str, order: Mapping[str, Any]) -> Json:
        """An order placed elsewhere, on the broker's own platform."""
        return self._controls.call("POST", "order", {"account": account, "order": order})

    def fault(self, target: str, kind: str, **more: Any) -> Json:
        """`target`: `"POST /accounts/*/orders"`, `"account-stream"` or `"dxlink"`."""
        return self._controls.call("POST", "fault", {"target": target, "kind": kind, **more})

    def clear_faults(self) -> None:
        self._controls.call("DELETE", "fault")

    def requests(self) -> list[Json]:
        """Every request that arrived, dropped ones included, secrets masked."""
        return list(self._controls.call("GET", "requests")["requests"])

    def orders(self) -> list[Json]:
        """Every order of every account, in the broker's JSON."""
        return list(self._controls.call("GET", "orders")["orders"])

    def until(self, check: Callable[[], Found], seconds: float = PATIENCE) -> Found:
        """The first true answer of the check. Raises TimeoutError."""
        return _wait(check, seconds)


class Slack:
    """A running Slack simulator. People and channels are named by name or id; `@bot` is the app's direct message."""

    def __init__(self, info: Json) -> None:
        self.api_url: str = info["api_url"]
        self.page_url: str = info["page_url"]
        self.bot_token: str = info["bot_token"]
        self.app_token: str = info["app_token"]
        self.signing_secret: str = info["signing_secret"]
        self.users: list[Json] = info["users"]
        self.channels: list[Json] = info["channels"]
        self.workspaces: list[Json] = info.get("workspaces", [])
        self.client_id: str = info.get("client_id", "")
        self.client_secret: str = info.get("client_secret", "")
        self.authorize_url: str = info.get("authorize_url", "")
        self._info = info
        self._controls = _Controls(self.page_url.rstrip("/"))

    def workspace(self, number: int) -> Slack:
        """The same Slack, with the people and controls of another workspace; its token comes by installation."""
        return Slack({**self._info, **self.workspaces[number], "bot_token": ""})

    def _act(self, act: str, body: Mapping[str, Any]) -> Json:
        return self._controls.call("POST", act, body)

    def _look(self, what: str, query: Mapping[str, Any]) -> Json:
        return self._controls.call("GET", f"{what}?{urllib.parse.urlencode(query)}")

    def command(self, user: str, command: str, text: str = "", channel: str = "@bot") -> Json:
        return self._act("command", {"user": user, "channel": channel, "command": command, "text": text})

    def message(self, user: str, text: str, channel: str = "@bot", **more: Any) -> Json:
        return self._act("message", {"user": user, "channel": channel, "text": text, **more})

    def click(self, user: str, action_id: str, **where: Any) -> Json:
        """`where`: `channel` and `ts`, or `view_id`; `block_id`, `value`, `selected_option`, `times`."""
        return self._act("click", {"user": user, "action_id": action_id, **where})

    def submit(self, user: str, view_id: str, state: Mapping[str, Any]) -> Json:
        """`state`: `{block_id: {action_id: plain value}}`."""
        return self._act("submit", {"user": user, "view_id": view_id, "state": state})

    def close(self, user: str, view_id: str) -> Json:
        return self._act("close", {"user": user, "view_id": view_id})

    def shortcut(self, user: str, callback_id: str, **where: Any) -> Json:
        return self._act("shortcut", {"user": user, "callback_id": callback_id, **where})

    def app(self, **change: Any) -> Json:
        """`request_url`, `manifest`, `uninstall`, `revoke_tokens`, `reinstall`."""
        return self._act("app", change)

    def clock(self, **change: Any) -> Json:
        return self._act("clock", change)

    def fault(self, target: str, kind: str, **more: Any) -> Json:
        """`target`: a method's name, `"delivery"`, `"socket"` or `"ratelimit"`."""
        return self._act("fault", {"target": target, "kind": kind, **more})

    def clear_faults(self) -> None:
        self._controls.call("DELETE", "fault")

    def messages(self, user: str, channel: str = "@bot") -> list[Json]:
        """What that person sees there, ephemeral messages included."""
        return list(self._look("messages", {"user": user, "channel": channel})["messages"])

    def views(self, user: str) -> list[Json]:
        """Open modals, the top one last."""
        return list(self._look("views", {"user": user})["views"])

    def home(self, user: str) -> Json:
        return self._look("home", {"user": user})

    def calls(self, method: str | None = None) -> list[Json]:
        """Every Web API call with its arguments and answer; of one method when it is named."""
        calls: Sequence[Json] = self._look("calls", {})["calls"]
        return [call for call in calls if method is None or call["method"] == method]

    def until(self, check: Callable[[], Found], seconds: float = PATIENCE) -> Found:
        """The first true answer of the check. Raises TimeoutError."""
        return _wait(check, seconds)


@contextmanager
def running_broker(**options: Any) -> Iterator[Broker]:
    """`seed`, `speed`, `port`, `scenario` as `senexsim broker` takes them."""
    from senexsim.broker.server import BrokerSim

    thread = _Thread(lambda: BrokerSim(**options))
    info = thread.start()
    try:
        yield Broker(info)
    finally:
        thread.stop()


@contextmanager
def running_slack(**options: Any) -> Iterator[Slack]:
    """`manifest` (a dict), `request_url`, `port`, `seed`, `workspaces`."""
    from senexsim.slack.server import SlackSim

    thread = _Thread(lambda: SlackSim(**options))
    info = thread.start()
    try:
        yield Slack(info)
    finally:
        thread.stop()
