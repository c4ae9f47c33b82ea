"""What there is to cover, asked of the installed SDKs and of the simulators: nothing here is written down by hand."""

import inspect
import re
from collections.abc import Iterator
from importlib import import_module

from slack_sdk.web.async_client import AsyncWebClient
from tastytrade import dxfeed
from tastytrade.streamer import SubscriptionType

from senexsim.broker.server import BrokerSim
from senexsim.slack.delivery.events import SCOPES
from senexsim.slack.server import SlackSim
from senexsim.slack.webapi import door  # noqa: F401 - fills METHODS
from senexsim.slack.webapi.method import METHODS

# The SDK's modules that speak to the broker; `order`, `utils` and `dxfeed` hold values only.
MODULES = (
    "session",
    "account",
    "instruments",
    "market_data",
    "market_sessions",
    "metrics",
    "search",
    "watchlists",
)
STREAMERS = ("AlertStreamer", "DXLinkStreamer")


def speaks(found: object) -> bool:
    plain = getattr(found, "__func__", found)
    return inspect.iscoroutinefunction(plain) or inspect.isasyncgenfunction(plain)


def sdk_calls() -> set[str]:
    """`Account.get_balances`, `get_market_metrics`: whatever of the SDK sends something; streamers wholly."""
    found: set[str] = set()
    for name in (*MODULES, "streamer", "paper"):
        module = import_module(f"tastytrade.{name}")
        for title, member in vars(module).items():
            if title.startswith("_") or getattr(member, "__module__", None) != module.__name__:
                continue
            if inspect.isclass(member):
                found |= {
                    f"{title}.{method}"
                    for method, body in vars(member).items()
                    if not method.startswith("_")
                    and (speaks(body) or (title in STREAMERS and inspect.isfunction(body)))
                }
            elif speaks(member):
                found.add(title)
    return found


def broker_routes() -> set[str]:
    """`GET /accounts/{account}/balances`, the controls (`/_sim`) included."""
    return set(_routes(BrokerSim().application()))


def slack_controls() -> set[str]:
    return {route for route in _routes(SlackSim().application()) if " /_sim" in route}


def _routes(app: object) -> Iterator[str]:
    for route in app.router.routes():  # type: ignore[attr-defined]
        if route.method != "HEAD" and route.resource is not None:
            yield f"{route.method} {route.resource.canonical.rstrip('/')}"


def stream_actions() -> set[str]:
    return {member.value for member in SubscriptionType}


def dxlink_events() -> set[str]:
    return set(dxfeed.__all__) - {"Event"}


def served_slack_methods() -> set[str]:
    return set(METHODS)


def sent_slack_events() -> set[str]:
    return set(SCOPES)


def client_slack_methods() -> set[str]:
    """Every Web API method that the SDK's client knows, in Slack's spelling."""
    names = (name for name in dir(AsyncWebClient) if re.match(r"[a-z][A-Za-z]*_[a-z]", name))
    helpers = {"api_call", "chat_stream", "files_upload_v2"}  # of the client, not of Slack
    return {
        name.replace("_v2_", ".v2.") if "_v2_" in name else name.replace("_", ".")
        for name in names
        if name not in helpers
    }
