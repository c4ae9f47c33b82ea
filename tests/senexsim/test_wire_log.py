"""The log of the wire: bounded, in order, answers told, many alike gathered, and no secret in it."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexsim.broker.server import BrokerSim
from senexsim.slack import SlackSim
from senexsim.wire_log import LONGEST_DETAIL, MASK, MOST_EVENTS, WireLog, masked


class Watch:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_an_answer_changes_its_message_and_says_how_long_it_took() -> None:
    watch = Watch()
    log = WireLog(now=watch)
    asked = log.note("rest", "in", "GET /x", {"a": 1})
    seen = log.seq
    watch.now += 0.0125
    log.answered(asked, "200", {"b": 2})
    (event,) = log.since(seen)
    assert (event["title"], event["outcome"], event["ms"], event["answer"]) == (
        "GET /x",
        "200",
        12.5,
        {"b": 2},
    )
    assert log.since(log.seq) == []


def test_many_alike_within_a_second_are_one_entry_with_the_newest() -> None:
    watch = Watch()
    log = WireLog(now=watch)
    for number in range(5):
        log.gather("k", "dxlink", "out", "FEED_DATA", number)
        watch.now += 0.1
    watch.now += 1
    log.gather("k", "dxlink", "out", "FEED_DATA", 9)
    assert [(event["count"], event["detail"]) for event in log.since()] == [(5, 4), (1, 9)]


def test_it_keeps_the_newest_alone() -> None:
    log = WireLog()
    for number in range(MOST_EVENTS + 10):
        log.note("rest", "in", str(number))
    kept = log.since()
    assert len(kept) == MOST_EVENTS
    assert kept[0]["title"] == "10"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["a", "token", "client_secret", "Authorization", "password", "auth-token"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_nothing_under_the_name_of_a_secret_is_shown(value: Any) -> None:
    def hidden(shown: Any) -> bool:
        if isinstance(shown, dict):
            return all(item == MASK if key != "a" else hidden(item) for key, item in shown.items())
        return all(map(hidden, shown)) if isinstance(shown, list) else True

    assert hidden(masked(value))


def test_long_text_is_cut_and_a_ticket_hidden() -> None:
    assert masked("x" * (LONGEST_DETAIL + 1)).endswith(f"({LONGEST_DETAIL + 1:,} characters)")
    assert masked({"url": "ws://127.0.0.1/link/?ticket=abc"}) == {"url": MASK}
    assert masked({"url": "http://127.0.0.1/"}) == {"url": "http://127.0.0.1/"}


async def test_the_page_reaches_the_brokers_controls_through_its_own_workspace() -> None:
    """Prices, orders, the session and trouble; what is no control of the panel is refused, and no broker is said."""
    async with BrokerSim(port=0) as broker, aiohttp.ClientSession() as http:
        async with SlackSim(port=0, broker_url=broker.info["api_url"]) as slack:
            controls = f"{slack.info['page_url']}_sim/broker"

            async def call(method: str, path: str, body: Any = None) -> tuple[int, Any]:
                async with http.request(method, f"{controls}/{path}", json=body) as answer:
                    return answer.status, await answer.json()

            assert (await call("POST", "quote", {"symbol": "KO", "bid": "70", "ask": "70.1"}))[0] == 200
            status, board = await call("GET", "board?symbols=KO,NOPE")
            assert status == 200
            held, unknown = board["quotes"]
            assert (held["bid"], held["ask"], held["pinned"], held["halted"]) == ("70.0", "70.1", True, False)
            assert unknown == {"symbol": "NOPE", "known": False}
            assert board["session"] == "open"
            assert (await call("POST", "fault", {"target": "dxlink", "kind": "freeze", "symbol": "KO"}))[
                0
            ] == 200
            assert (await call("GET", "fault"))[1]["faults"] == [
                {"target": "dxlink", "kind": "freeze", "left": None, "scope": "symbol", "symbol": "KO"}
            ]
            await call("DELETE", "fault")
            assert (await call("GET", "fault"))[1] == {"faults": []}
            assert (await call("POST", "position", {}))[0] == 400
            placed = {
                "account": "5WT00001",
                "time-in-force": "Day",
                "order-type": "Limit",
                "price": "1",
                "price-effect": "Debit",
            }
            leg = {"instrument-type": "Equity", "symbol": "KO", "quantity": 1, "action": "Buy to Open"}
            async with http.post(
                f"{broker.info['api_url']}/_sim/order", json={**placed, "legs": [leg]}
            ) as answer:
                number = (await answer.json())["order"]["id"]
            rejected = (await call("POST", "reject", {"order_id": number, "reason": "No"}))[1]["order"]
            assert (rejected["status"], rejected["reject-reason"]) == ("Rejected", "No")
            assert (await call("POST", "reject", {"order_id": number}))[0] == 422
            assert (await call("POST", "reject", {"order_id": 1}))[0] == 404
            (order,) = (await call("GET", "board"))[1]["orders"]
            assert (order["id"], order["is_over"]) == (number, True)
            assert (await call("GET", "wire?since_seq=x"))[0] == 400
        async with (
            SlackSim(port=0) as alone,
            http.get(f"{alone.info['page_url']}_sim/broker/board") as answer,
        ):
            assert (answer.status, (await answer.json())["error"]) == (404, "no_broker")


async def test_a_broker_that_is_gone_is_said_and_one_elsewhere_is_never_asked() -> None:
    with pytest.raises(ValueError, match="loopback"):
        SlackSim(port=0, broker_url="http://192.0.2.1:80")
    async with BrokerSim(port=0) as broker:
        url = broker.info["api_url"]
    async with (
        SlackSim(port=0, broker_url=url) as slack,
        aiohttp.ClientSession() as http,
        http.get(f"{slack.info['page_url']}_sim/broker/board") as answer,
    ):
        assert answer.status == 502


async def test_the_wire_tells_requests_streams_and_peoples_acts_in_order() -> None:
    async with BrokerSim(port=0) as broker, SlackSim(port=0) as slack, aiohttp.ClientSession() as http:
        grant = broker.info["users"][0]
        body = {
            "grant_type": "refresh_token",
            "refresh_token": grant["refresh_token"],
            "client_secret": grant["provider_secret"],
        }
        async with http.post(f"{broker.info['api_url']}/oauth/token", json=body) as answer:
            token = (await answer.json())["access_token"]
        async with http.ws_connect(broker.info["streamer_url"]) as line:
            await line.send_json(
                {"action": "connect", "value": grant["accounts"], "auth-token": f"Bearer {token}"}
            )
            await line.receive()
        async with http.ws_connect(broker.info["dxlink_url"]) as line:
            await line.send_json({"type": "SETUP", "channel": 0, "version": "0.1", "keepaliveTimeout": 60})
            await line.receive()
        async with http.get(f"{broker.info['api_url']}/_sim/wire") as answer:
            text = await answer.text()
            told = await answer.json()
        kinds = [(event["lane"], event["way"], event["title"]) for event in told["events"]]
        assert kinds[0] == ("rest", "in", "POST /oauth/token")
        assert ("account-stream", "in", "connect") in kinds
        assert ("account-stream", "out", "connect") in kinds
        assert ("dxlink", "in", "SETUP") in kinds
        assert ("dxlink", "out", "SETUP") in kinds
        assert not [
            value for value in (token, grant["refresh_token"], grant["provider_secret"]) if value in text
        ]
        page = slack.info["page_url"]
        async with http.post(
            f"{page}_sim/command", json={"user": "ana", "channel": "@bot", "command": "/x", "text": "y"}
        ):
            pass
        async with http.post(
            f"{slack.info['api_url']}auth.test",
            headers={"Authorization": f"Bearer {slack.info['bot_token']}"},
        ):
            pass
        async with http.get(f"{page}_sim/wire") as answer:
            events = (await answer.json())["events"]
        assert [(event["lane"], event["title"]) for event in events] == [
            ("person", "/x y"),
            ("socket-mode", "slash_commands /x"),
            ("web-api", "auth.test"),
        ]
        assert events[0]["outcome"] == "dispatch_failed"
        assert events[2]["outcome"] == "ok"


@pytest.mark.parametrize(
    "secret",
    ["eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbmEifQ.c2ln", "xoxb-12-34-abc", "xapp-1-A0-9-ff", "Bearer abc.def-1"],
)
def test_what_looks_like_a_secret_is_hidden_wherever_it_stands(secret: str) -> None:
    log = WireLog()
    log.note("rest", "in", "POST /x", {"text": [f"he pasted {secret} here"]})
    (event,) = log.since()
    assert event["detail"] == {"text": [f"he pasted {MASK} here"]}
