"""The account stream: acknowledged, alive, or reconnected; never ended by a message (I49-I51, I53)."""

import asyncio
import json
import random
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from senexbot.broker.account_feed import FeedLimits
from senexbot.domain.errors import Fenced, NotConnected
from senexbot.domain.links import Environment
from senexbot.domain.orders.broker_orders import BrokerStatus

from .kit import PATIENCE, Listener, SteeredClock, account, adapter, control, link, running, terms
from .streams import acknowledge, answering, forever, serving, silence

# Nothing here ends by a limit that it does not name: a busy machine stands still for a second.
QUICK = FeedLimits(connect=10.0, acknowledge=10.0, heartbeat=0.1, silence=10.0, steady=0.0)


def order(number=1, status="Live", updated=1, account_number="5WT00001", **more):
    return {
        "type": "Order",
        "timestamp": 1,
        "data": {
            "id": number,
            "account-number": account_number,
            "status": status,
            "updated-at": updated,
            "order-type": "Limit",
            "legs": [],
            **more,
        },
    }


@asynccontextmanager
async def feed(script, *, limits=QUICK, clock=None, streamer="/streamer", sink=None):
    async with serving(script) as server:
        listener = sink or Listener()
        broker = adapter(
            server.port, feed_limits=limits, clock=clock or SteeredClock(scale=0.01), streamer=streamer
        )
        try:
            async with running(broker.account_feeds.run(link("5WT00001", "5WT00002"), listener)) as task:
                yield server, listener, broker, task
        finally:
            await broker.close()


async def test_through_the_simulator_from_order_to_fill(sim, broker):
    """Connected first, then every change of an order placed here, then the account's figures."""
    listener = Listener()
    numbers = sim.info["users"][0]["accounts"]
    async with running(broker.account_feeds.run(link(*numbers), listener)):
        await listener.until(lambda n: n.of("connected") == ["l1"])
        await control(sim, "quote", {"symbol": "AAPL", "bid": 99.9, "ask": 100.0})
        body = broker.desk.compose(terms(price="101"), "sx1-p-feed")
        await broker.desk.place(account(), body)
        await listener.until(lambda n: any(o.status is BrokerStatus.FILLED for o in n.of("order")))
        await listener.until(lambda n: "5WT00001" in n.of("changed"))
    assert {o.identifier for o in listener.of("order")} == {"sx1-p-feed"}
    assert listener.of("order")[-1].filled == 10
    assert listener.of("lost") == []


async def test_connect_names_all_accounts_with_a_bearer_token():
    async def script(server, socket, _):
        await answering(server, socket)

    async with feed(script) as (server, listener, _, _):
        await listener.until(lambda n: n.of("connected"))
        connect = server.heard[0]
        assert connect["action"] == "connect"
        assert connect["value"] == ["5WT00001", "5WT00002"]
        assert connect["auth-token"].startswith("Bearer at-1-")


async def test_nothing_is_connected_before_it_is_acknowledged():
    """Pitfall 58, I50: accepted but never acknowledged counts as a failure, and back-off grows."""

    async def script(server, socket, _):
        await forever(server, socket)

    clock = SteeredClock(scale=0.001)
    limits = replace(QUICK, acknowledge=0.3)
    async with feed(script, limits=limits, clock=clock) as (server, listener, _, _):
        await server.until(lambda s: s.connections >= 4)
        assert listener.of("connected") == []
        assert len(listener.of("lost")) == 1
    assert all(later > earlier for earlier, later in zip(clock.waits, clock.waits[2:], strict=False))


@pytest.mark.parametrize("message", ["connect-not-completed", "failed", "not implemented"])
async def test_a_refused_connect_is_tried_again_with_a_new_token(message):
    """Pitfall 54: the refusal carries no request-id; F53."""

    async def script(server, socket, number):
        if number == 1:
            await server.hear(socket)
            await socket.send_json({"status": "error", "action": "connect", "message": message})
            await forever(server, socket)
        await answering(server, socket)

    async with feed(script) as (server, listener, _, _):
        await listener.until(lambda n: n.of("connected"))
        assert message in listener.of("lost")[0]
        assert server.heard[0]["auth-token"] != server.heard[1]["auth-token"]


async def test_heartbeats_carry_a_token_that_is_valid_then():
    """F54, pitfalls 55 and 59: sent by us, and the access token is renewed while the stream lives."""

    async def script(server, socket, _):
        await answering(server, socket)

    clock = SteeredClock(scale=0.01)
    async with feed(script, clock=clock) as (server, listener, _, _):
        await server.until(lambda s: [m["action"] for m in s.heard].count("heartbeat") >= 1)
        clock.advance(14.5 * 60)
        await server.until(lambda s: s.heard[-1]["auth-token"].startswith("Bearer at-2-"))
        assert listener.of("lost") == []
        assert server.connections == 1


async def test_a_healthy_quiet_stream_stays():
    """Pitfall 55: answered heartbeats are life enough; no order for a long time is no silence."""

    async def script(server, socket, _):
        await answering(server, socket)

    async with feed(script) as (server, listener, _, _):
        await server.until(lambda s: len(s.heard) >= 8)
        assert server.connections == 1
        assert listener.of("lost") == []


async def test_a_frozen_stream_is_noticed_although_pings_go_on():
    """F48, I49: the socket is open, pings arrive, nothing else does."""

    async def script(server, socket, number):
        await acknowledge(server, socket)
        if number > 1:
            await answering(server, socket)
        while await server.hear(socket) is not None:  # each heartbeat is met with a ping and nothing else
            await socket.ping()

    async with feed(script, limits=replace(QUICK, silence=1.0)) as (_, listener, _, _):
        await listener.until(lambda n: len(n.of("connected")) == 2)
        assert [kind for kind, _ in listener.told] == ["connected", "lost", "connected"]
        assert "nothing heard" in listener.of("lost")[0]


def test_the_limits_keep_the_promise():
    """I49: noticed within 45 s; the broker wants a heartbeat at least each minute."""
    assert FeedLimits().silence <= 45
    assert FeedLimits().heartbeat * 2 <= FeedLimits().silence <= 60


async def test_an_outage_is_told_once_and_ends_with_connected():
    """I51, pitfall 56: connected after each reconnect, so that the receiver sweeps."""

    async def script(server, socket, number):
        if number in {2, 3, 4}:
            return
        await acknowledge(server, socket)
        if number == 1:
            return
        await answering(server, socket)

    async with feed(script) as (server, listener, _, _):
        await listener.until(lambda n: len(n.of("connected")) == 2)
        assert [kind for kind, _ in listener.told] == ["connected", "lost", "connected"]
        assert server.connections == 5


def mutated(rng):
    """A message with one thing wrong, or no message at all."""
    whole = order(rng.randrange(9), legs=[{"symbol": "A", "quantity": 1, "fills": [{"fill-id": "x"}]}])
    kind = rng.randrange(6)
    if kind == 0:
        return rng.randbytes(rng.randrange(40)).decode("latin-1")
    if kind == 1:
        text = json.dumps(whole)
        return text[: rng.randrange(len(text))]
    if kind == 2:
        return json.dumps(rng.choice([None, 1, [], "x", {}, {"type": 7}, {"type": "Order"}, {"type": []}]))
    target = whole["data"] if kind < 5 else whole
    key = rng.choice(list(target))
    target[key] = rng.choice([None, True, -1, 10**30, "NaN", [], {}, [[]], "\u0000", "x" * 50])
    if kind == 4:
        target["type"] = "Unheard"
    return json.dumps(whole)


async def test_ten_thousand_mutated_messages_do_not_end_the_stream():
    """I53, F50, pitfall 57."""
    rng = random.Random(50)

    async def script(server, socket, _):
        await acknowledge(server, socket)
        for _ in range(10_000):
            await socket.send_str(mutated(rng))
        await socket.send_json(order(4711, updated=9))
        await answering(server, socket)

    async with feed(script) as (server, listener, broker, _):
        await listener.until(lambda n: any(o.id == 4711 for o in n.of("order")), 3 * PATIENCE)
        assert server.connections == 1
        assert sum(broker.drift.counts.values()) > 1000
        assert len(broker.drift.samples) <= 20


async def test_a_new_kind_of_notification_and_a_changed_field_do_not_end_the_stream():
    """Pitfall 57: a type that nobody knows, and numbers where words were."""

    async def script(server, socket, _):
        await acknowledge(server, socket)
        await socket.send_json({"type": "ExternalTransaction", "data": {"user-id": 7, "amount": "x"}})
        await socket.send_json(
            {"type": "AccountBalance", "data": {"account-number": "5WT00001", "user-id": 7}}
        )
        await socket.send_json(order(3, user_id=12345))
        await answering(server, socket)

    async with feed(script) as (server, listener, _, _):
        await listener.until(lambda n: n.of("order"))
        assert listener.of("changed") == ["5WT00001"]
        assert server.connections == 1


async def test_binary_frames_and_foreign_accounts_are_kept_aside():
    async def script(server, socket, _):
        await acknowledge(server, socket)
        await socket.send_bytes(b"\xff\xfe")
        await socket.send_json(order(1, account_number="5WT99999"))
        await socket.send_json({"type": "AccountBalance", "data": {"account-number": "5WT99999"}})
        await socket.send_json(order(2))
        await answering(server, socket)

    async with feed(script) as (_, listener, broker, _):
        await listener.until(lambda n: n.of("order"))
        assert [o.id for o in listener.of("order")] == [2]
        assert listener.of("changed") == []
        assert sum(broker.drift.counts.values()) == 3


async def test_news_that_overtakes_the_acknowledgement_is_not_lost():
    """F52's cousin: pushed between subscribe and answer."""

    async def script(server, socket, _):
        told = await server.hear(socket)
        await socket.send_json(order(8))
        await socket.send_json({"status": "ok", "action": "connect", "request-id": told["request-id"]})
        await answering(server, socket)

    async with feed(script) as (_, listener, _, _):
        await listener.until(lambda n: n.of("order"))
        assert [kind for kind, _ in listener.told][:2] == ["connected", "order"]


async def test_children_of_complex_orders_are_orders():
    async def script(server, socket, _):
        await acknowledge(server, socket)
        child = order(5)["data"]
        await socket.send_json(
            {"type": "ComplexOrder", "data": {"trigger-order": order(4)["data"], "orders": [child]}}
        )
        await answering(server, socket)

    async with feed(script) as (_, listener, _, _):
        await listener.until(lambda n: len(n.of("order")) == 2)
        assert [o.id for o in listener.of("order")] == [4, 5]


async def test_a_listener_that_fails_does_not_end_the_stream():
    """I53, I66: the next message is delivered; the sweep finds what was missed."""

    class Failing(Listener):
        async def feed_order(self, link, order):
            await super().feed_order(link, order)
            if order.id == 1:
                raise ValueError("no")

    async def script(server, socket, _):
        await acknowledge(server, socket)
        await socket.send_json(order(1))
        await socket.send_json(order(2))
        await answering(server, socket)

    async with feed(script, sink=Failing()) as (server, listener, _, _):
        await listener.until(lambda n: len(n.of("order")) == 2)
        assert server.connections == 1


async def test_a_fenced_listener_ends_it():
    """I60: another process has taken over; this one must stop."""

    class Replaced(Listener):
        async def feed_connected(self, link):
            raise Fenced("gone")

    async def script(server, socket, _):
        await answering(server, socket)

    async with feed(script, sink=Replaced()) as (_, _, _, task):
        with pytest.raises(Fenced):
            async with asyncio.timeout(PATIENCE):
                await task


async def test_a_link_that_is_gone_ends_it():
    async with serving(silence) as server:
        broker = adapter(server.port)
        with pytest.raises(NotConnected):
            await broker.account_feeds.run(link(link_id="other"), Listener())
        assert server.connections == 0


async def test_a_redirect_is_not_followed():
    """I76: the token would go where the redirect points."""

    async def script(server, socket, _):
        await answering(server, socket)

    async with feed(script, streamer="/moved") as (server, listener, _, _):
        await listener.until(lambda n: n.of("lost"))
        assert server.connections == 0


async def test_the_stream_of_another_environment_is_never_opened():
    """I20."""
    async with serving(silence) as server:
        broker = adapter(server.port, clock=SteeredClock(scale=0.001))
        listener = Listener()
        async with running(broker.account_feeds.run(link(environment=Environment.LIVE), listener)):
            await listener.until(lambda n: n.of("lost"))
        assert server.connections == 0
        assert server.tokens == 0


async def test_cancelled_it_leaves_no_task_behind():
    """F53."""

    async def script(server, socket, _):
        await answering(server, socket)

    async with serving(script) as server:
        broker = adapter(server.port, feed_limits=QUICK)
        before = asyncio.all_tasks()
        listener = Listener()
        async with running(broker.account_feeds.run(link(), listener)):
            await listener.until(lambda n: n.of("connected"))
        await server.until(lambda s: not s.lines) if server.lines else None
        ours = [t for t in asyncio.all_tasks() - before if "senexbot" in repr(t)]
        assert ours == []
        await broker.close()
