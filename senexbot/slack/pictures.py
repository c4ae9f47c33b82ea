"""Pictures into a thread: an address for the bytes, the bytes, the share. Three calls, none repeated.

The address comes from outside: only Slack's own file host is ever sent anything, and no redirect is followed (I76).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from senexbot.domain.errors import Gone, Transient, Uncertain
from senexbot.slack.faults import translate
from senexbot.slack.own_origin import at_own_origin

FILE_HOST = "files.slack.com"
UPLOAD_SECONDS = 20


class Pictures:
    def __init__(self, *, client: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        self._client = client
        self._session = session

    async def share(self, channel: str, thread_ts: str, *, title: str, alt: str, png: bytes) -> None:
        """Posts one picture into the thread of a message, or by itself where `thread_ts` is "". Raises MessengerFault;
        what is lost half-way shows nothing."""
        place = await self._call(
            "files.getUploadURLExternal", filename="picture.png", length=len(png), alt_txt=alt[:1000]
        )
        await self._send(str(place.get("upload_url", "")), png)
        await self._call(
            "files.completeUploadExternal",
            files=[{"id": str(place.get("file_id", "")), "title": title[:250]}],
            channel_id=channel,
            **({"thread_ts": thread_ts} if thread_ts else {}),
        )

    async def _send(self, url: str, png: bytes) -> None:
        address = at_own_origin(url, self._client.base_url)
        if not may_upload(address, self._client.base_url):
            raise Gone("foreign_upload_address")
        try:
            async with self._session.post(
                address,
                data=png,
                headers={"Content-Type": "application/octet-stream"},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=UPLOAD_SECONDS),
            ) as answer:
                status = answer.status
        except (TimeoutError, aiohttp.ClientError, ValueError):
            raise Transient("the picture did not reach Slack") from None
        if status != 200:
            raise Transient(f"Slack answered {status} to a picture")

    async def _call(self, method: str, **arguments: Any) -> dict[str, Any]:
        as_json = "files" in arguments
        try:
            answer = await (
                self._client.api_call(method, json=arguments)
                if as_json
                else self._client.api_call(method, data=arguments)
            )
        except (
            TimeoutError,
            SlackApiError,
            SlackClientError,
            aiohttp.ClientError,
            OSError,
            ValueError,
        ) as error:
            raise translate(error) from None
        if not isinstance(answer.data, dict):
            raise Uncertain("Slack's answer to a picture cannot be read")
        return answer.data


def may_upload(url: str, base_url: str) -> bool:
    """Slack's own file host over https, or exactly the simulator's origin."""
    try:
        there, base = urlsplit(url), urlsplit(base_url)
        ports = there.port, base.port
    except ValueError:
        return False
    if there.username is not None or there.password is not None or "\\" in url:
        return False
    if base.hostname == "slack.com":
        return there.scheme == "https" and there.hostname == FILE_HOST and ports[0] in {None, 443}
    return (there.scheme, there.hostname, ports[0]) == (base.scheme, base.hostname, ports[1])
