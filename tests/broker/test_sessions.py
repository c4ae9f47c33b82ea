"""Tokens: fetched once for all, told apart when refused, left alone when refused too often."""

import asyncio
import json
from datetime import timedelta

import pytest

from senexbot.broker.breaker import Breaker
from senexbot.broker.endpoints import Endpoints
from senexbot.broker.issuer import environment_of
from senexbot.broker.sessions import Sessions, expired
from senexbot.domain.errors import (
    BrokerRateLimited,
    ConfigError,
    GrantExpired,
    InvariantBroken,
    Unavailable,
)
from senexbot.domain.links import Environment

from .kit import SteeredClock, StoredGrants, grant, http_answer, jwt, raw_server, read_request


class Login:
    """A token endpoint that gives the scripted answers, then good tokens with rising numbers."""

    def __init__(self, *script):
        self.script = list(script)
        self.calls = []

    async def __call__(self, reader, writer):
        line, body = await read_request(reader)
        assert "/oauth/token" in line
        self.calls.append(json.loads(body))
        for _ in range(50):  # whoever asks at the same time has the turns to do so
            await asyncio.sleep(0)
        status, answer = self.script.pop(0) if self.script else (200, None)
        if answer is None:
            answer = {"access_token": f"at-{len(self.calls)}", "expires_in": 900}
        writer.write(
            http_answer(status, answer if isinstance(answer, bytes) else json.dumps(answer).encode())
        )
        await writer.drain()


class Desk:
    """Sessions against one Login."""

    def __init__(self, port, clock, **more):
        self.clock = clock
        self.sessions = Sessions(
            grants=StoredGrants(l1=grant(), l2=grant("other")),
            endpoints=Endpoints(f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}/s"),
            clock=clock,
            **more,
        )

    async def __aenter__(self):
        return self.sessions

    async def __aexit__(self, *_):
        await self.sessions.close()


INVALID = (400, {"error_code": "invalid_grant", "error_description": "Invalid JWT"})
PASSING = (400, {"error_code": "invalid_request", "error_description": "User is not a TastyTrade customer"})


async def test_many_waiters_make_one_token_call():
    """F94, pitfall 6."""
    login = Login()
    async with raw_server(login) as port, Desk(port, SteeredClock()) as sessions:
        tokens = await asyncio.gather(*(sessions.token("l1") for _ in range(20)))
    assert set(tokens) == {"at-1"}
    assert len(login.calls) == 1
    assert login.calls[0]["grant_type"] == "refresh_token"


async def test_a_token_is_renewed_before_it_dies_also_after_a_jump_of_the_clock():
    """I67, F87, F90: 15 minutes, minus one."""
    login, clock = Login(), SteeredClock()
    async with raw_server(login) as port, Desk(port, clock) as sessions:
        assert await sessions.token("l1") == "at-1"
        clock.advance(13 * 60)
        assert await sessions.token("l1") == "at-1"
        clock.advance(61)
        assert await sessions.token("l1") == "at-2"
        clock.advance(3 * 3600)
        assert await sessions.token("l1") == "at-3"


async def test_a_refused_token_is_replaced_once():
    login = Login()
    async with raw_server(login) as port, Desk(port, SteeredClock()) as sessions:
        await sessions.token("l1")
        tokens = await asyncio.gather(*(sessions.token("l1", unlike="at-1") for _ in range(5)))
    assert set(tokens) == {"at-2"}


async def test_a_passing_refusal_is_tried_again():
    """Pitfall 4: the sandbox refuses healthy grants now and then."""
    login, clock = Login(PASSING, (502, b"<html>")), SteeredClock(scale=0.01)
    async with raw_server(login) as port, Desk(port, clock) as sessions:
        assert await sessions.token("l1") == "at-3"
    assert clock.waits == [0.4, 1.2]


async def test_a_passing_refusal_that_stays_is_unavailable_not_expired():
    login = Login(PASSING, PASSING, PASSING)
    async with raw_server(login) as port, Desk(port, SteeredClock(scale=0.01)) as sessions:
        with pytest.raises(Unavailable):
            await sessions.token("l1")
    assert len(login.calls) == 3


async def test_a_dead_grant_is_not_tried_again_at_once():
    """Pitfall 3."""
    login = Login(INVALID)
    async with raw_server(login) as port, Desk(port, SteeredClock()) as sessions:
        with pytest.raises(GrantExpired) as caught:
            await sessions.token("l1")
    assert caught.value.what == "refresh_token"
    assert len(login.calls) == 1


async def test_the_breaker_stops_a_refused_grant_for_an_hour():
    """F38: also when the link is forgotten and asked again; others go on."""
    login, clock = Login(*[INVALID] * 6), SteeredClock()
    async with raw_server(login) as port, Desk(port, clock) as sessions:
        for _ in range(10):
            with pytest.raises(GrantExpired):
                await sessions.token("l1")
            await sessions.forget("l1")
        assert len(login.calls) == 6
        assert await sessions.token("l2") == "at-7"
        clock.advance(3600)
        assert await sessions.token("l1") == "at-8"


async def test_the_breaker_has_a_cap_over_all():
    """F38."""
    clock = SteeredClock()
    login = Login(*[INVALID] * 3)
    async with raw_server(login) as port, Desk(port, clock, breaker=Breaker(clock, over_all=3)) as sessions:
        for secret in ("a", "b", "c"):
            with pytest.raises(GrantExpired):
                async with sessions.trial(grant(secret)):
                    pass
        with pytest.raises(Unavailable):
            await sessions.token("l1")
    assert len(login.calls) == 3


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((429, {"error": {"code": "x", "message": "y"}}), BrokerRateLimited),
        ((500, b""), Unavailable),
        ((302, b""), Unavailable),
        ((200, b"<html>"), Unavailable),
        ((200, {"token": "x"}), Unavailable),
        ((401, b""), GrantExpired),
    ],
)
async def test_trouble_of_the_login(answer, error):
    login = Login(*[answer] * 3)
    async with raw_server(login) as port, Desk(port, SteeredClock(scale=0.01)) as sessions:
        with pytest.raises(error):
            await sessions.token("l1")


async def test_no_login_service_at_all():
    async with raw_server(Login()) as port:
        pass
    async with Desk(port, SteeredClock(scale=0.01)) as sessions:
        with pytest.raises(Unavailable):
            await sessions.token("l1")


async def test_a_live_grant_is_never_sent_to_practice():
    """F47, I20: known by its issuer before anything is sent."""
    login = Login()
    async with raw_server(login) as port, Desk(port, SteeredClock()) as sessions:
        for issuer in ("https://api.tastytrade.com", "https://api.cert.tastyworks.com"):
            with pytest.raises(GrantExpired) as caught:
                async with sessions.trial(grant("s", jwt(issuer))):
                    pass
            assert caught.value.what == "environment"
        with pytest.raises(InvariantBroken):
            await sessions.of("l1", Environment.LIVE)
    assert login.calls == []


def test_issuers():
    assert environment_of(jwt("https://api.tastytrade.com")) is Environment.LIVE
    assert environment_of(jwt("api.cert.tastyworks.com")) is Environment.SANDBOX
    assert environment_of(jwt("http://127.0.0.1:8000")) is Environment.PRACTICE
    assert environment_of(jwt("https://api.practice.broker.test")) is Environment.PRACTICE
    for unknown in ("https://tastytrade.com.evil.net", "", 7, "https://["):
        assert environment_of(jwt(unknown)) is None
    for broken in ("", "a.b", "a.b.c", "a.%%%.c", "é.é.é", "x" * 20_000):
        assert environment_of(broken) is None


def test_which_part_of_a_grant_was_refused():
    assert expired("invalid_client", "Client authentication failed").what == "client_secret"
    assert expired("invalid_grant", "Invalid JWT").what == "refresh_token"
    assert expired("invalid_grant", "Grant revoked").what == "refresh_token"
    assert expired("", "").what == "grant"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.tastyworks.com", "https://127.0.0.1:1", "http://user@127.0.0.1", "http://127.0.0.1/?a=b",
        "http://127.0.0.1.evil.net", "http://10.0.0.1", "ftp://127.0.0.1", "127.0.0.1:80", "http://[::1", "",
        "http://127.0.0.1:99999",
    ],
)  # fmt: skip
def test_practice_is_loopback_only(url):
    """I20, I76."""
    with pytest.raises(ConfigError):
        Endpoints(url, None)


def test_addresses_by_environment():
    points = Endpoints("http://127.0.0.1:9/", "ws://[::1]:9/streamer")
    assert points.rest(Environment.PRACTICE) == "http://127.0.0.1:9"
    assert points.rest(Environment.LIVE) == "https://api.tastyworks.com"
    assert points.rest(Environment.SANDBOX) == "https://api.cert.tastyworks.com"
    assert points.streamer(Environment.LIVE) == "wss://streamer.tastyworks.com"
    for call in (Endpoints().rest, Endpoints().streamer):
        with pytest.raises(Unavailable):
            call(Environment.PRACTICE)


def test_market_data_addresses():
    """I76: only dxFeed's hosts over TLS; for practice only the practice broker's own host."""
    points = Endpoints("http://127.0.0.1:9", None)
    good = "wss://tasty-openapi-ws.dxfeed.com/realtime"
    assert points.dxlink(Environment.LIVE, good) == good
    assert points.dxlink(Environment.PRACTICE, "ws://127.0.0.1:77/dxlink")
    for environment, bad in [
        (Environment.LIVE, "ws://tasty.dxfeed.com"),
        (Environment.LIVE, "wss://dxfeed.com.evil.net"),
        (Environment.LIVE, "wss://evildxfeed.com"),
        (Environment.LIVE, "wss://x.dxfeed.com@evil.net"),
        (Environment.LIVE, "wss://a:b@x.dxfeed.com"),
        (Environment.LIVE, "ws://127.0.0.1:77"),
        (Environment.LIVE, None),
        (Environment.SANDBOX, "wss://["),
        (Environment.PRACTICE, good),
        (Environment.PRACTICE, "ws://127.0.0.2:77"),
    ]:
        with pytest.raises(Unavailable):
            points.dxlink(environment, bad)


async def test_lifetime_is_never_trusted_beyond_reason():
    login, clock = Login((200, {"access_token": "a", "expires_in": 10**9})), SteeredClock()
    async with raw_server(login) as port, Desk(port, clock) as sessions:
        await sessions.token("l1")
        held = await sessions.of("l1")
        assert held.good_until <= clock.now() + timedelta(hours=1)
