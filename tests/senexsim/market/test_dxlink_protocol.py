"""The DXLink handshake, channels and data formats, said by hand over a real websocket."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import aiohttp
import pytest

from .conftest import TOKEN, Bench, RawLink, Trouble, sample

EVEN = {
    "type": "ERROR",
    "channel": 0,
    "error": "BAD_ACTION",
    "message": "Protocol violation with an even channel usage.",
}


async def closes(link: RawLink) -> int | None:
    async with asyncio.timeout(30):
        while True:
            message = await link.socket.receive()
            if message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}:
                return link.socket.close_code


async def test_the_handshake_is_the_captured_one(bench: Bench) -> None:
    captured = [step["msg"] for step in sample("dxlink_handshake") if step["dir"] == "server"]
    async with bench.link() as link:
        await link.open(3)
        seen = link.seen
    for theirs, ours in zip(captured[:5], seen, strict=False):
        assert ours["type"] == theirs["type"]
        assert theirs.keys() <= ours.keys()


async def hasty(link: RawLink) -> None:
    """SETUP and AUTH in one breath, as the vendor's own JavaScript and Python clients do."""
    await link.say(type="SETUP", channel=0, version="0.1-DXF-JS/0.3.0", keepaliveTimeout=60)
    await link.say(type="AUTH", channel=0, token=TOKEN)


async def test_an_auth_sent_without_waiting_is_taken_in_order(bench: Bench) -> None:
    async with bench.link() as link:
        await hasty(link)
        while (await link.hear("AUTH_STATE"))["state"] != "AUTHORIZED":
            pass
        await link.channel(1)
        await link.silence(0.05)
    told = [message.get("state", message["type"]) for message in link.seen]
    assert told == ["SETUP", "UNAUTHORIZED", "AUTHORIZED", "CHANNEL_OPENED", "FEED_CONFIG"]


async def test_a_slow_server_refuses_an_auth_sent_without_waiting(bench: Bench) -> None:
    """The intermittent `Session not found` of the real server; a client that waits is let in (F58)."""
    bench.faults.queue.append(Trouble("delay"))
    async with bench.link() as link:
        await hasty(link)
        error = await link.hear("ERROR")
        assert (error["error"], error["channel"]) == ("UNAUTHORIZED", 0)
        assert "Session not found" in error["message"]
        await closes(link)
    assert "AUTHORIZED" not in [message.get("state") for message in link.seen]
    async with bench.link() as link:
        await link.authorize()


async def test_auth_before_setup_is_refused(bench: Bench) -> None:
    async with bench.link() as link:
        await link.say(type="AUTH", channel=0, token=TOKEN)
        assert (await link.hear())["error"] == "UNAUTHORIZED"


async def test_a_foreign_token_is_refused_and_the_line_closed(bench: Bench) -> None:
    async with bench.link() as link:
        await link.greet()
        await link.say(type="AUTH", channel=0, token="somebody-else's")
        assert (await link.hear("ERROR"))["error"] == "UNAUTHORIZED"
        await closes(link)


async def test_no_channel_before_authorization(bench: Bench) -> None:
    async with bench.link() as link:
        await link.greet()
        await link.say(type="CHANNEL_REQUEST", channel=1, service="FEED", parameters={"contract": "AUTO"})
        assert (await link.hear())["error"] == "UNAUTHORIZED"
        await link.say(type="AUTH", channel=0, token=TOKEN)
        assert (await link.hear())["state"] == "AUTHORIZED"


async def test_channel_requests_in_one_breath_with_the_auth_are_refused(bench: Bench) -> None:
    """Pitfall 62: the AUTH is taken as a client of the vendor's sends it, a channel before its answer is not."""
    asked = {"type": "CHANNEL_REQUEST", "channel": 1, "service": "FEED", "parameters": {"contract": "AUTO"}}
    async with bench.link() as link:
        await hasty(link)
        await link.say(**asked)
        await link.say(type="FEED_SUBSCRIPTION", channel=1, add=[{"type": "Quote", "symbol": "AAPL"}])
        for _ in range(2):
            error = await link.hear("ERROR")
            assert (error["error"], error["channel"]) == ("UNAUTHORIZED", 0)
        assert "CHANNEL_OPENED" not in [message["type"] for message in link.seen]
        while (await link.hear("AUTH_STATE"))["state"] != "AUTHORIZED":
            pass
        await link.say(**asked)
        assert (await link.hear())["type"] == "CHANNEL_OPENED"


async def test_even_channels_are_a_violation(bench: Bench) -> None:
    async with bench.link() as link:
        await link.authorize()
        await link.say(type="CHANNEL_REQUEST", channel=2, service="FEED", parameters={"contract": "AUTO"})
        assert await link.hear() == EVEN


async def test_an_unsupported_version_is_named(bench: Bench) -> None:
    async with bench.link() as link:
        await link.say(type="SETUP", channel=0, version="7.0", keepaliveTimeout=60)
        assert (await link.hear())["error"] == "UNSUPPORTED_PROTOCOL"
        await closes(link)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"KEEPALIVE"',
        "{}",
        '{"type": 5, "channel": 0}',
        '{"type": "SETUP"}',
        '{"type": "SETUP", "channel": "0"}',
        '{"type": "SETUP", "channel": -1}',
        '{"type": "SETUP", "channel": 0, "keepaliveTimeout": "soon"}',
        '{"type": "SETUP", "channel": 0, "keepaliveTimeout": 1e999}',
        '{"type": "AUTH", "channel": 3, "token": "x"}',
        "\x00\x01",
        '{"type": "' + "Q" * 10_000 + '", "channel": 1}',
    ],
)
async def test_rubbish_is_answered_not_crashed(bench: Bench, text: str) -> None:
    async with bench.link() as link:
        await link.socket.send_str(text)
        assert (await link.hear("ERROR"))["error"] in {"INVALID_MESSAGE", "UNAUTHORIZED"}
        await link.authorize()


@pytest.mark.parametrize(
    "message",
    [
        {"type": "FEED_SETUP", "acceptDataFormat": "XML"},
        {"type": "FEED_SETUP", "acceptAggregationPeriod": -1},
        {"type": "FEED_SETUP", "acceptAggregationPeriod": [1]},
        {"type": "FEED_SETUP", "acceptEventFields": ["Quote"]},
        {"type": "FEED_SETUP", "acceptEventFields": {"Quote": [1]}},
        {"type": "FEED_SUBSCRIPTION", "add": {}},
        {"type": "FEED_SUBSCRIPTION", "add": ["AAPL"]},
        {"type": "FEED_SUBSCRIPTION", "add": [{"type": "Quote"}]},
        {"type": "FEED_SUBSCRIPTION", "add": [{"type": "Nonsense", "symbol": "AAPL"}]},
        {"type": "FEED_SUBSCRIPTION", "remove": [{"symbol": "AAPL"}]},
        {"type": "FEED_SUBSCRIPTION", "add": [{"type": "Candle", "symbol": "AAPL{=d}", "fromTime": "x"}]},
        {"type": "DANCE"},
    ],
)
async def test_a_malformed_channel_message_is_an_error_on_its_channel(
    bench: Bench, message: dict[str, Any]
) -> None:
    async with bench.link() as link:
        await link.open(1)
        await link.say(channel=1, **message)
        error = await link.hear("ERROR")
        assert (error["channel"], error["error"] in {"INVALID_MESSAGE", "BAD_ACTION"}) == (1, True)
        await link.subscribe("Quote", "AAPL")
        assert (await link.hear("FEED_DATA"))["data"][0] == "Quote"


@pytest.mark.parametrize(
    "symbol", ["*", "", "NOPE", "AAPL{=5m}", ".AAPL999999C1", "./ESZ26", "A" * 500, "AAPL{=0d}"]
)
async def test_unknown_symbols_are_silent(bench: Bench, symbol: str) -> None:
    async with bench.link() as link:
        await link.open(1)
        await link.subscribe("Quote", symbol)
        await link.subscribe("Candle", symbol.replace("=5m", "=5q"), fromTime=0)
        await link.subscribe("TradeETH", "AAPL")
        await link.subscribe("Quote", "SPY")
        data = await link.hear("FEED_DATA")
        assert data["data"][1][0] == "SPY"


async def test_compact_data_is_flat_in_the_order_asked(bench: Bench) -> None:
    fields = {
        "Quote": ["askPrice", "eventSymbol", "bidPrice", "noSuchField"],
        "Trade": ["eventType", "price"],
    }
    async with bench.link() as link:
        config = await link.open(1, acceptEventFields=fields)
        assert config["eventFields"]["Quote"] == ["askPrice", "eventSymbol", "bidPrice"]
        assert (config["dataFormat"], config["aggregationPeriod"]) == ("COMPACT", 0.1)
        await link.subscribe("Quote", "AAPL", "SPY")
        quotes = (await link.hear("FEED_DATA"))["data"]
        await link.subscribe("Trade", "SPX")
        trades = (await link.hear("FEED_DATA"))["data"]
    aapl, spy = bench.market.quote("AAPL"), bench.market.quote("SPY")
    assert quotes == [
        "Quote",
        [float(aapl.ask), "AAPL", float(aapl.bid), float(spy.ask), "SPY", float(spy.bid)],
    ]
    assert trades == ["Trade", ["Trade", float(bench.market.quote("SPX").last)]]


async def test_full_data_is_objects(bench: Bench) -> None:
    async with bench.link() as link:
        config = await link.open(
            5, acceptDataFormat="FULL", acceptEventFields={"Quote": ["eventSymbol", "bidPrice"]}
        )
        await link.subscribe("Quote", "AAPL", channel=5)
        data = await link.hear("FEED_DATA")
    assert config["dataFormat"] == "FULL"
    assert data["channel"] == 5
    bid = float(bench.market.quote("AAPL").bid)
    assert data["data"] == [{"eventType": "Quote", "eventSymbol": "AAPL", "bidPrice": bid}]


async def test_a_type_without_asked_fields_is_configured_before_its_data(bench: Bench) -> None:
    async with bench.link() as link:
        await link.open(1)
        await link.subscribe("Summary", "AAPL")
        config, data = await link.hear(), await link.hear()
    assert (config["type"], data["type"]) == ("FEED_CONFIG", "FEED_DATA")
    assert len(data["data"][1]) == len(config["eventFields"]["Summary"])


async def test_missing_numbers_are_the_string_nan(bench: Bench) -> None:
    async with bench.link() as link:
        await link.open(
            1,
            acceptEventFields={"Quote": ["bidPrice", "askSize"], "Trade": ["size", "price"]},
        )
        await link.subscribe("Quote", "VIX")
        assert (await link.hear("FEED_DATA"))["data"][1] == ["NaN", "NaN"]
        await link.subscribe("Trade", "VIX")
        assert (await link.hear("FEED_DATA"))["data"][1][0] == "NaN"


async def test_remove_and_reset_end_the_events(bench: Bench) -> None:
    async with bench.link() as link:
        await link.open(1, acceptEventFields={"Quote": ["eventSymbol"]})
        await link.subscribe("Quote", "AAPL", "MSFT", "KO")
        await link.hear("FEED_DATA")
        await link.say(type="FEED_SUBSCRIPTION", channel=1, remove=[{"type": "Quote", "symbol": "AAPL"}])
        await link.say(
            type="FEED_SUBSCRIPTION", channel=1, reset=True, add=[{"type": "Quote", "symbol": "KO"}]
        )
        assert (await link.hear("FEED_DATA"))["data"] == ["Quote", ["KO"]]
        for symbol in ("AAPL", "MSFT", "KO"):
            await bench.post("/_sim/quote", {"symbol": symbol, "bid": 50, "ask": 51})
        assert (await link.hear("FEED_DATA"))["data"] == ["Quote", ["KO"]]


async def test_a_cancelled_channel_is_closed_and_silent(bench: Bench) -> None:
    async with bench.link() as link:
        await link.open(1)
        await link.subscribe("Quote", "AAPL")
        await link.say(type="CHANNEL_CANCEL", channel=1)
        assert await link.hear("CHANNEL_CLOSED") == {"type": "CHANNEL_CLOSED", "channel": 1}
        await link.subscribe("Quote", "SPY")
        assert (await link.hear("ERROR"))["error"] == "BAD_ACTION"
        await link.channel(1)


async def test_a_channel_opens_once_and_only_the_feed_is_served(bench: Bench) -> None:
    async with bench.link() as link:
        await link.open(1)
        await link.say(type="CHANNEL_REQUEST", channel=1, service="FEED", parameters={})
        assert (await link.hear("ERROR"))["channel"] == 1
        await link.say(type="CHANNEL_REQUEST", channel=3, service="DOM", parameters={})
        assert (await link.hear("ERROR"))["error"] == "BAD_ACTION"


async def test_changes_are_conflated_to_the_asked_period(bench: Bench) -> None:
    async with bench.link() as link:
        config = await link.open(
            1, acceptAggregationPeriod=0.4, acceptEventFields={"Quote": ["eventSymbol", "bidPrice"]}
        )
        assert config["aggregationPeriod"] == 0.4
        await link.subscribe("Quote", "SPY")
        await link.hear("FEED_DATA")
        loop = asyncio.get_running_loop()
        async with bench.ticking(0.005):
            await link.hear("FEED_DATA")
            begun = loop.time()
            await link.hear("FEED_DATA")
    assert loop.time() - begun > 0.3


async def test_a_message_of_more_than_64_kib_closes_with_1009(bench: Bench) -> None:
    async with bench.link() as link:
        await link.open(1)
        await link.subscribe("Quote", *(f".SPY261218C{strike}" for strike in range(3000)))
        assert await closes(link) == 1009


async def test_the_server_keeps_the_line_alive(bench: Bench) -> None:
    async with bench.link() as link:
        await link.greet(acceptKeepaliveTimeout=0.2)
        assert await link.hear("KEEPALIVE") == {"type": "KEEPALIVE", "channel": 0}


async def test_a_silent_client_is_told_and_dropped(bench: Bench) -> None:
    async with bench.link() as link:
        await link.greet(keepaliveTimeout=0.3)
        assert (await link.hear("ERROR"))["error"] == "TIMEOUT"
        await closes(link)


async def test_candles_have_snapshot_flags_and_grow(bench: Bench) -> None:
    fields = ["eventSymbol", "eventFlags", "time", "open", "high", "low", "close"]
    since = int(bench.market.clock.now().timestamp() * 1000) - 30 * 24 * 3600 * 1000
    async with bench.link() as link:
        await link.open(1, acceptEventFields={"Candle": fields})
        await link.subscribe("Candle", "AAPL{=5m}", fromTime=since)
        rows: list[list[Any]] = []
        while not rows or not rows[-1][1] & 8:
            flat = (await link.hear("FEED_DATA"))["data"][1]
            rows += [flat[at : at + 7] for at in range(0, len(flat), 7)]
        async with bench.ticking():
            grown = (await link.hear("FEED_DATA"))["data"][1]
    assert rows[0][1] & 4
    assert not any(row[1] for row in rows[1:-1])
    assert len(rows) > 20 * 78
    assert all(row[2] % 300_000 == 0 for row in rows)
    assert grown[0] == "AAPL{=5m}"
    assert grown[2] >= rows[0][2]


async def test_candles_from_before_all_history_end_with_a_removed_row(bench: Bench) -> None:
    async with bench.link() as link:
        await link.open(1, acceptEventFields={"Candle": ["eventSymbol", "eventFlags", "open"]})
        await link.subscribe("Candle", "AAPL{=1d}", fromTime=0)
        rows: list[list[Any]] = []
        while not rows or not rows[-1][1] & 8:
            flat = (await link.hear("FEED_DATA"))["data"][1]
            rows += [flat[at : at + 3] for at in range(0, len(flat), 3)]
    assert rows[-1] == ["AAPL{=d}", 10, "NaN"]


async def test_no_frame_is_too_long_for_a_default_client(bench: Bench) -> None:
    async with bench.link() as link:
        await link.open(1, acceptDataFormat="FULL")
        await link.subscribe("Candle", "AAPL{=1m}", fromTime=0)
        longest = 0
        while True:
            text = await link.socket.receive_str()
            longest = max(longest, len(text))
            message = json.loads(text)
            if message["type"] == "FEED_DATA" and message["data"][-1]["eventFlags"] & 8:
                break
    assert 10_000 < longest < 65_536


async def test_an_option_candle_ends_at_its_quote(bench: Bench) -> None:
    async with bench.link() as link:
        await link.open(1, acceptEventFields={"Candle": ["close", "eventFlags"]})
        await link.subscribe("Candle", ".SPY261218C590{=d}", fromTime=0)
        newest = (await link.hear("FEED_DATA"))["data"][1][0]
    assert newest == float(bench.market.quote("SPY   261218C00590000").last)


SHAPES = (
    "SETUP", "AUTH", "KEEPALIVE", "CHANNEL_REQUEST", "CHANNEL_CANCEL", "FEED_SETUP", "FEED_SUBSCRIPTION",
    "ERROR", "AUTH_STATE", "FEED_DATA", "", None, 7,
)  # fmt: skip
VALUES = (
    None,
    True,
    -1,
    0,
    3,
    1e308,
    1e18,
    "",
    "NaN",
    "AAPL",
    "AAPL{=9999mo}",
    "\ud83d\ude00",
    [],
    {},
    [[]],
    {"type": 1},
)
KEYS = ("channel", "token", "service", "parameters", "add", "remove", "reset", "acceptEventFields", "version")
ENTRY = ("type", "symbol", "fromTime")


async def test_a_thousand_mutated_messages_leave_the_line_usable(bench: Bench) -> None:
    draw = random.Random(61)
    async with bench.link() as link:
        await link.open(1)
        reader = asyncio.create_task(link.hear("NOTHING_OF_THE_KIND", wait=60))
        for _ in range(1000):
            message: dict[str, Any] = {
                "type": draw.choice(SHAPES[3:]),
                "channel": draw.choice((0, 1, 1, 1, 3)),
            }
            for key in draw.sample(KEYS, 2):
                message[key] = draw.choice(VALUES)
            if draw.random() < 0.5:
                entry = {key: draw.choice((*VALUES, "Candle", "Quote")) for key in ENTRY}
                message["add"] = [entry, {"type": "Candle", "symbol": draw.choice(VALUES), "fromTime": 1e18}]
            await link.socket.send_str(json.dumps(message))
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        await link.say(type="CHANNEL_REQUEST", channel=99, service="FEED", parameters={})
        while (await link.hear("CHANNEL_OPENED"))["channel"] != 99:
            pass
