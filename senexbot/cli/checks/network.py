"""Slack and the practice broker: tokens, scopes, clock, the way in. Calls only addresses that settings allow."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from senexbot.cli.checks.finding import Finding, Patient, fail, ok, warn
from senexbot.clock import SystemClock
from senexbot.domain.errors import MessengerFault
from senexbot.slack.manifest import SCOPES
from senexbot.slack.messenger import SlackMessenger, web_client
from senexbot.slack.transport import MAX_SKEW_SECONDS, PATH

NETWORK = (SlackClientError, aiohttp.ClientError, OSError, ValueError)
NOTABLE_SKEW = 30.0  # seconds
CALL_SECONDS = aiohttp.ClientTimeout(total=10)


async def slack(patient: Patient) -> AsyncIterator[Finding]:
    token = patient.settings.slack_bot_token.get_secret_value()
    if not token or "SLACK_API_URL" in patient.left_out:
        return  # told among the settings
    base = patient.settings.slack_api_url
    try:
        answer = await web_client(token, base_url=base).auth_test()
    except SlackApiError as error:
        answer = error.response
    except NETWORK as error:
        yield fail(
            "slack",
            f"cannot be reached at {base} ({type(error).__name__})",
            "see the machine's network and DNS",
        )
        return
    data = answer.data if isinstance(answer.data, Mapping) else {}
    if data.get("ok"):
        yield ok(
            "slack", f"bot {data.get('user_id')} in workspace {data.get('team_id')} ({data.get('team')})"
        )
        yield _scopes(answer)
    else:
        reason = data.get("error") or f"HTTP {answer.status_code}"
        yield fail(
            "slack", f"refuses SLACK_BOT_TOKEN: {reason}", "install the app again and copy its bot token"
        )
    yield _skew(answer, SystemClock().now())
    if data.get("ok") and patient.settings.admin_channel:
        yield await _admin_channel(patient, str(data.get("team_id")))


def _scopes(answer: AsyncSlackResponse) -> Finding:
    given = _header(answer, "x-oauth-scopes")
    if given is None:
        return warn(
            "scopes", "Slack did not say which the token has", "compare the app with `senexbot manifest`"
        )
    missing = sorted(set(SCOPES) - {scope.strip() for scope in given.split(",")})
    if missing:
        mend = "paste `senexbot manifest` into the app's manifest again and reinstall it"
        return fail("scopes", f"missing: {', '.join(missing)}", mend)
    return ok("scopes", f"all {len(SCOPES)} there")


def _skew(answer: AsyncSlackResponse, now: datetime) -> Finding:
    try:
        theirs = parsedate_to_datetime(_header(answer, "date") or "")
        seconds = (now - theirs).total_seconds()
    except (ValueError, TypeError):
        return warn("clock", "Slack's answer carried no time", "see that the machine's clock is kept by NTP")
    words = f"{abs(seconds):.0f} s {'ahead of' if seconds > 0 else 'behind'} Slack's"
    mend = "let NTP keep the clock: timedatectl set-ntp true"
    if abs(seconds) > MAX_SKEW_SECONDS:
        return fail("clock", f"{words}: signed requests are refused", mend)
    if abs(seconds) > NOTABLE_SKEW:
        return warn("clock", words, mend)
    return ok("clock", "agrees with Slack's")


def _header(answer: AsyncSlackResponse, name: str) -> str | None:
    return next((str(value) for key, value in dict(answer.headers).items() if key.lower() == name), None)


async def _admin_channel(patient: Patient, team_id: str) -> Finding:
    named = patient.settings.admin_channel
    token = patient.settings.slack_bot_token.get_secret_value()
    client = web_client(token, base_url=patient.settings.slack_api_url)
    try:
        facts = await SlackMessenger(client=client, clock=SystemClock(), team_id=team_id).channel(named)
    except MessengerFault as fault:
        return fail(
            "admin channel",
            f"{named}: {fault.message}",
            "give its id (C…), and invite the bot if it is private",
        )
    if facts.is_archived or facts.has_outsiders:
        why = "is archived" if facts.is_archived else "has outsiders"
        return fail("admin channel", f"{named} {why}", "choose another one")
    if not facts.bot_is_member:
        return fail("admin channel", f"the bot is not in {named}", "/invite the bot there")
    return ok("admin channel", named)


async def way_in(patient: Patient) -> AsyncIterator[Finding]:
    settings = patient.settings
    if settings.socket_mode:
        if "SLACK_API_URL" not in patient.left_out:
            yield await _socket_mode(settings.slack_app_token.get_secret_value(), settings.slack_api_url)
    elif settings.slack_signing_secret.get_secret_value():
        yield await _http(settings.host, settings.port)


async def _socket_mode(token: str, base: str) -> Finding:
    try:
        await web_client("", base_url=base).apps_connections_open(app_token=token)
    except SlackApiError as error:
        data = error.response.data
        reason = data.get("error") if isinstance(data, Mapping) else f"HTTP {error.response.status_code}"
        mend = "app page, Basic Information, App-Level Tokens: one with connections:write; Socket Mode on"
        return fail("socket mode", f"Slack refuses SLACK_APP_TOKEN: {reason}", mend)
    except NETWORK as error:
        return fail(
            "socket mode", f"cannot be opened ({type(error).__name__})", "see the machine's network and DNS"
        )
    return ok("socket mode", "opens")


async def _http(host: str, port: int) -> Finding:
    """An unsigned request to our own port: the bot refuses it, anything else is not the bot."""
    if port == 0:
        return ok("http", "the port is picked at start")
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    url = f"http://{f'[{near}]' if ':' in near else near}:{port}{PATH}"
    try:
        status = await _status("POST", url)
    except NETWORK:
        return warn(
            "http", f"nobody answers at {url}", "start the bot; Slack has to reach it by your public address"
        )
    if status != 401:
        return fail("http", f"another program answers at {url}", "set PORT to a free one")
    return ok("http", f"{url} refuses unsigned requests; Slack has to reach it by your public https address")


async def practice(patient: Patient) -> AsyncIterator[Finding]:
    url = patient.settings.practice_api_url
    if not url:
        yield ok("practice broker", "none is set up")
        return
    try:
        await _status("GET", url)
    except NETWORK as error:
        words = f"nobody answers at {url} ({type(error).__name__})"
        yield fail(
            "practice broker",
            words,
            "start `senexsim broker`, or unset TASTYTRADE_API_URL and …_STREAMER_URL",
        )
        return
    yield ok("practice broker", f"answers at {url}")


async def _status(method: str, url: str) -> int:
    async with (
        aiohttp.ClientSession(trust_env=False, timeout=CALL_SECONDS) as session,
        session.request(method, url, allow_redirects=False) as answer,
    ):
        return answer.status
