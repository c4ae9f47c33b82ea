"""Signed requests to the app's request URL, exactly as Slack forms them; faults spoil the signature."""

import asyncio
import hashlib
import hmac
import ipaddress
import json
import time
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import aiohttp

from senexsim.slack.delivery.answers import Answer, Letter
from senexsim.slack.workspace import Workspace

Json = dict[str, Any]

MOST_REDIRECTS = 2


def is_loopback(url: str) -> bool:
    """Whether it is an http(s) address of this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        local = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
    return local and parts.scheme in {"http", "https"}


def require_loopback(url: str) -> str:
    """The URL itself; raises ValueError when its host is not this machine."""
    if not is_loopback(url):
        raise ValueError("a request URL must be http(s) on loopback")
    return url


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """`v0=` and the HMAC-SHA256 over `v0:{timestamp}:{raw body}`."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


def encode(kind: str, payload: Json) -> tuple[bytes, str]:
    """Body and content type: commands are flat forms, interactions one form field, events JSON."""
    if kind == "slash_commands":
        return urlencode(payload).encode(), "application/x-www-form-urlencoded"
    if kind == "interactive":
        body = urlencode({"payload": json.dumps(payload, separators=(",", ":"))})
        return body.encode(), "application/x-www-form-urlencoded"
    return json.dumps(payload, separators=(",", ":")).encode(), "application/json"


class HttpMode:
    """One client session; the clock of the signature is the machine's, as the app will compare with its own."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=None),
            connector=aiohttp.TCPConnector(limit=0),
            trust_env=False,
        )

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _headers(self, body: bytes, content_type: str, letter: Letter) -> dict[str, str]:
        timestamp, secret = str(int(time.time())), self._ws.app.signing_secret
        for fault in letter.faults:
            if fault.kind == "old-timestamp":
                timestamp = fault.timestamp or str(int(time.time()) - 301)
            elif fault.kind == "bad-timestamp":
                timestamp = fault.timestamp or "not-a-number"
            elif fault.kind == "bad-signature":
                secret += "x"
        headers = {
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "Accept": "application/json,*/*",
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(secret, timestamp, body),
        }
        if letter.retry:
            headers["x-slack-retry-num"] = str(letter.retry["retry_attempt"])
            headers["x-slack-retry-reason"] = str(letter.retry["retry_reason"])
        return headers

    async def send(self, url: str, letter: Letter) -> Answer:
        """Post once. Never raises for the app's trouble: the Answer carries it."""
        body, content_type = encode(letter.kind, letter.payload)
        headers = self._headers(body, content_type, letter)
        answer = await self._post(url, body, headers)
        if "replay" in letter.kinds_of_fault:
            await self._post(url, body, headers)
        return answer

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        assert self._session is not None
        for _ in range(MOST_REDIRECTS + 1):
            try:
                async with self._session.post(
                    url, data=body, headers=headers, allow_redirects=False
                ) as response:
                    if response.status in {301, 302, 303, 307, 308} and "Location" in response.headers:
                        url = require_loopback(urljoin(url, response.headers["Location"]))
                        continue
                    return await _read(response)
            except (aiohttp.ClientError, OSError, ValueError):
                return Answer(error="dispatch_failed", reason="connection_failed")
            except asyncio.CancelledError:
                raise
        return Answer(error="dispatch_failed", reason="too_many_redirects")


async def _read(response: aiohttp.ClientResponse) -> Answer:
    raw = await response.content.read(1_000_000)
    text = raw.decode("utf-8", "replace")
    if not 200 <= response.status < 300:
        no_retry = response.headers.get("x-slack-no-retry") == "1"
        return Answer(error="dispatch_failed", reason="http_error", status=response.status, no_retry=no_retry)
    body: Any = text
    if text.lstrip().startswith("{"):
        try:
            body = json.loads(text)
        except ValueError:
            return Answer(error="dispatch_failed", reason="http_error", status=response.status)
    return Answer(acked=True, status=response.status, body=body or None)
