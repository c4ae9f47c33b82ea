"""Rate limits and the faults of the Web API."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient
from slacksim_bench import Person

from senexsim.slack import SlackSim


@pytest.fixture
def client(sim: SlackSim) -> AsyncWebClient:
    """Without the SDK's own retries, so that each fault is seen as it is."""
    return AsyncWebClient(token=sim.info["bot_token"], base_url=sim.info["api_url"], retry_handlers=[])


async def limited(call) -> int:
    with pytest.raises(SlackApiError) as caught:
        await call
    response = caught.value.response
    assert (response.status_code, response["error"]) == (429, "ratelimited")
    return int(response.headers["Retry-After"])


async def test_f15_about_one_message_a_second_and_channel_after_a_burst(
    person: Person, client: AsyncWebClient
):
    trading, direct = person.id("trading"), person.dm("ana")
    for _ in range(10):
        await client.chat_postMessage(channel=trading, text="x")
    assert await limited(client.chat_postMessage(channel=trading, text="x")) == 1
    await client.chat_postMessage(channel=direct, text="x")  # other channels do not wait
    await person.post("clock", advance_s=1.5)
    await client.chat_postMessage(channel=trading, text="x")
    assert await limited(client.chat_postMessage(channel=trading, text="x")) == 1
    assert len(await person.messages()) == 11


async def test_strict_tiers_count_calls_per_method_and_minute(person: Person, client: AsyncWebClient):
    await person.post("fault", target="ratelimit", kind="strict")
    for _ in range(20):
        await client.users_list()
    assert 50 <= await limited(client.users_list()) <= 60
    await client.users_info(user=person.id("ana"))  # another method
    await person.post("clock", advance_s=61)
    await client.users_list()


async def test_generous_limits_are_ten_times_those(person: Person, client: AsyncWebClient):
    for _ in range(40):
        await client.users_list()
    await person.clear()


async def test_the_sdks_handler_obeys_retry_after(person: Person, client: AsyncWebClient):
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    await person.post("fault", target="chat.postMessage", kind="ratelimited", retry_after=0, count=1)
    await client.chat_postMessage(channel=person.id("trading"), text="x")
    calls = (await person.get("calls", method="chat.postMessage"))["calls"]
    assert [call["status"] for call in calls] == [429, 200]


async def test_a_fault_can_be_for_one_channel(person: Person, client: AsyncWebClient):
    await person.post(
        "fault", target="chat.postMessage", channel="trading", kind="ratelimited", retry_after=30
    )
    assert await limited(client.chat_postMessage(channel=person.id("trading"), text="x")) == 30
    await client.chat_postMessage(channel=person.dm("ana"), text="x")
    await person.clear()
    await client.chat_postMessage(channel=person.id("trading"), text="x")


async def test_f16_any_error_word_on_order(person: Person, client: AsyncWebClient):
    await person.post("fault", target="chat.*", kind="error", error="token_revoked", count=2)
    for call in (client.chat_postMessage, client.chat_postEphemeral):
        with pytest.raises(SlackApiError) as caught:
            await call(channel=person.id("trading"), user=person.id("ana"), text="x")
        assert caught.value.response["error"] == "token_revoked"
    await client.chat_postMessage(channel=person.id("trading"), text="x")
    assert len(await person.messages()) == 1


async def test_f14_accepted_then_dropped_takes_effect_without_a_byte(person: Person, client: AsyncWebClient):
    await person.post("fault", target="chat.postMessage", kind="accepted-then-dropped", count=1)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.chat_postMessage(channel=person.id("trading"), text="x")
    assert [m["text"] for m in await person.messages()] == ["x"]
    (call,) = (await person.get("calls", method="chat.postMessage"))["calls"]
    assert (call["status"], call["answer"]["ok"]) == (0, True)


async def test_a_reset_takes_no_effect(person: Person, client: AsyncWebClient):
    await person.post("fault", target="chat.postMessage", kind="reset", count=1)
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=person.id("trading"), text="x")
    assert await person.messages() == []


async def test_status_malformed_and_delay(person: Person, client: AsyncWebClient):
    await person.post("fault", target="auth.test", kind="status", status=503, count=1)
    with pytest.raises(SlackApiError) as caught:
        await client.auth_test()
    assert caught.value.response.status_code == 503
    await person.post("fault", target="auth.test", kind="malformed", count=1)
    with pytest.raises(SlackApiError):
        await client.auth_test()
    await person.post("fault", target="auth.test", kind="delay", delay_ms=50, count=1)
    begun = asyncio.get_running_loop().time()
    await client.auth_test()
    assert asyncio.get_running_loop().time() - begun >= 0.05


async def test_a_frozen_method_answers_when_the_faults_are_cleared(person: Person, client: AsyncWebClient):
    await person.post("fault", target="chat.postMessage", kind="freeze", count=1)
    running = asyncio.ensure_future(client.chat_postMessage(channel=person.id("trading"), text="x"))

    async def struck() -> bool:
        return any(fault["hits"] for fault in (await person.get("fault"))["faults"])

    await person.until(struck)
    assert not running.done()
    await person.clear()
    assert (await running)["ok"]


async def test_probability_is_seeded(person: Person, client: AsyncWebClient):
    async def pattern() -> list[bool]:
        await person.post("fault", target="api.test", kind="error", error="x", probability=0.5, seed=7)
        out = []
        for _ in range(20):
            try:
                await client.api_test()
                out.append(True)
            except SlackApiError:
                out.append(False)
        await person.clear()
        return out

    first = await pattern()
    assert first == await pattern()
    assert set(first) == {True, False}
