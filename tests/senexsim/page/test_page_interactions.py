"""The wire's messages gathered into interactions: by what a person did, and by what came of itself."""

from typing import Any

import pytest

from tests.browser import Visitor

pytestmark = [pytest.mark.page, pytest.mark.asyncio(loop_scope="session")]
GATHER = """async ([events, all]) => {
  const { interactions } = await import('/page/js/interactions.js');
  return interactions(events, { all }).map((one) => one.events.map((event) => event.title));
}"""


def event(at: float, lane: str, title: str, ms: float | None = None) -> dict[str, Any]:
    return {"at": at, "lane": lane, "title": title, "ms": ms}


async def gathered(bare: Visitor, events: list[dict[str, Any]], *, all_: bool = False) -> list[list[str]]:
    found: list[list[str]] = await bare.page.evaluate(GATHER, [events, all_])
    return found


async def test_a_persons_act_has_all_that_follows_until_the_next_one(bare: Visitor) -> None:
    events = [
        event(1.0, "person", "/quote"),
        event(1.1, "socket-mode", "slash_commands"),
        event(1.2, "rest", "GET /quotes"),
        event(1.3, "person", "/order"),
        event(1.4, "web-api", "chat.postMessage"),
    ]
    assert await gathered(bare, events) == [
        ["/quote", "slash_commands", "GET /quotes"],
        ["/order", "chat.postMessage"],
    ]


async def test_what_comes_after_a_quiet_time_is_one_of_its_own(bare: Visitor) -> None:
    """A price in between is no sign of life, and an answer that took long is."""
    events = [
        event(1.0, "person", "/order"),
        event(1.1, "rest", "POST /orders", 4000),
        event(6.0, "web-api", "chat.update"),
        event(8.7, "dxlink", "FEED_DATA"),
        event(9.0, "account-stream", "Order"),
        event(9.1, "web-api", "chat.postMessage"),
    ]
    assert await gathered(bare, events) == [
        ["/order", "POST /orders", "chat.update", "FEED_DATA"],
        ["Order", "chat.postMessage"],
    ]


async def test_housekeeping_is_shown_when_asked_for(bare: Visitor) -> None:
    events = [
        event(1.0, "rest", "GET /accounts"),
        event(9.0, "person", "/quote"),
        event(20.0, "rest", "GET /balances"),
    ]
    assert await gathered(bare, events) == [["/quote"]]
    assert await gathered(bare, events, all_=True) == [["GET /accounts"], ["/quote"], ["GET /balances"]]
