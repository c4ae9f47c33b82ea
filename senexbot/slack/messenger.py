"""The Messenger port on slack_sdk's Web API client: one call each, no retries, no proxies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from senexbot.blocks.kit import Message, Modal
from senexbot.domain.links import Actor
from senexbot.ports import ChannelFacts, Clock
from senexbot.slack.faults import translate
from senexbot.slack.prefixing import Prefixing

CACHE_SECONDS = 60.0
CALL_SECONDS = 15
MEMBERS_A_PAGE = 1000  # the most that Slack gives at once
MEMBER_PAGES = 50  # of a channel so large it is not worth more: whoever is not found by then counts as none


async def _stay_here(*_: object) -> None:
    raise aiohttp.ClientError("Slack sent us elsewhere; redirects are not followed")


def http_session() -> aiohttp.ClientSession:
    """For calls to Slack: no proxies of the environment, and no redirect is followed (I76). slack_sdk has no
    switch for that, so the session's trace stops it; a body with account data must not go elsewhere."""
    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(_stay_here)
    return aiohttp.ClientSession(trust_env=False, trace_configs=[trace])


def web_client(token: str, *, base_url: str, session: aiohttp.ClientSession | None = None) -> AsyncWebClient:
    """A client with no retry handlers (a lost answer must not post twice) that ignores proxy variables."""
    client = AsyncWebClient(
        token=token, base_url=base_url, timeout=CALL_SECONDS, retry_handlers=[], session=session
    )
    client.proxy = None  # the constructor has read HTTPS_PROXY by itself
    return client


class SlackMessenger:
    """What the use cases say to Slack. People and channels are remembered for 60 s."""

    def __init__(
        self, *, client: AsyncWebClient, clock: Clock, team_id: str, prefixing: Prefixing | None = None
    ) -> None:
        self._words = prefixing or Prefixing("")
        self._client = client
        self._clock = clock
        self._team_id = team_id
        self._people: dict[str, tuple[float, Actor]] = {}
        self._channels: dict[str, tuple[float, ChannelFacts]] = {}
        self._direct: dict[str, str] = {}

    async def open_direct(self, user_id: str) -> str:
        if user_id not in self._direct:
            answer = await self._call("conversations.open", users=user_id)
            self._direct[user_id] = str(answer["channel"]["id"])
        return self._direct[user_id]

    async def post(self, channel: str, message: Message, *, thread_ts: str | None = None) -> str:
        answer = await self._call(
            "chat.postMessage",
            channel=channel,
            text=self._words.text(message.text),
            blocks=self._words.payload(list(message.blocks)),
            unfurl_links=False,
            unfurl_media=False,
            **({"thread_ts": thread_ts} if thread_ts else {}),
        )
        return str(answer["ts"])

    async def post_ephemeral(self, channel: str, user_id: str, message: Message) -> None:
        """Only this person sees it, and only now: never the only copy of anything."""
        await self._call(
            "chat.postEphemeral",
            channel=channel,
            user=user_id,
            text=self._words.text(message.text),
            blocks=self._words.payload(list(message.blocks)),
        )

    async def update(self, channel: str, ts: str, message: Message) -> None:
        await self._call(
            "chat.update",
            channel=channel,
            ts=ts,
            text=self._words.text(message.text),
            blocks=self._words.payload(list(message.blocks)),
        )

    async def delete(self, channel: str, ts: str) -> None:
        """Only for lines that said "one moment": nothing that tells a fact is ever deleted."""
        await self._call("chat.delete", channel=channel, ts=ts)

    async def permalink(self, channel: str, ts: str) -> str:
        answer = await self._call("chat.getPermalink", channel=channel, message_ts=ts)
        return str(answer["permalink"])

    async def open_view(self, trigger_id: str, modal: Modal) -> str:
        """The new view's id. Must be called within the trigger's three seconds."""
        answer = await self._call(
            "views.open", trigger_id=trigger_id, view=self._words.payload(dict(modal.payload))
        )
        return str(answer["view"]["id"])

    async def update_view(self, view_id: str, modal: Modal) -> None:
        await self._call("views.update", view_id=view_id, view=self._words.payload(dict(modal.payload)))

    async def publish_home(self, user_id: str, modal: Modal) -> None:
        await self._call("views.publish", user_id=user_id, view=self._words.payload(dict(modal.payload)))

    async def channel(self, channel: str) -> ChannelFacts:
        known = self._channels.get(channel)
        if known and self._clock.monotonic() - known[0] < CACHE_SECONDS:
            return known[1]
        answer = await self._call("conversations.info", channel=channel)
        facts = _channel_facts(answer["channel"])
        if not facts.is_archived:  # one that is opened again is posted to at once
            _remember(self._channels, channel, (self._clock.monotonic(), facts))
        return facts

    async def is_member(self, channel: str, user_id: str) -> bool:
        cursor = ""
        for _ in range(MEMBER_PAGES):
            more = {"cursor": cursor} if cursor else {}
            answer = await self._call("conversations.members", channel=channel, limit=MEMBERS_A_PAGE, **more)
            if user_id in answer["members"]:
                return True
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return False

    async def person(self, user_id: str) -> Actor:
        known = self._people.get(user_id)
        if known and self._clock.monotonic() - known[0] < CACHE_SECONDS:
            return known[1]
        answer = await self._call("users.info", user=user_id)
        actor = _actor(answer["user"], self._team_id)
        _remember(self._people, user_id, (self._clock.monotonic(), actor))
        return actor

    def forget_person(self, user_id: str) -> None:
        """Slack said that this person has changed: ask again next time."""
        self._people.pop(user_id, None)

    def forget_channel(self, channel: str) -> None:
        """Slack said that this channel has changed: ask again next time."""
        self._channels.pop(channel, None)

    async def _call(self, method: str, **arguments: Any) -> Mapping[str, Any]:
        try:
            answer = (
                await self._client.api_call(method, json=arguments)
                if _as_json(method)
                else await self._client.api_call(method, data=arguments)
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
        data = answer.data
        return data if isinstance(data, Mapping) else {}


def _as_json(method: str) -> bool:
    # Slack takes JSON bodies only for methods that write; reading ones want a form.
    return method.startswith(("chat.post", "chat.update", "chat.delete", "views."))


def _remember(cache: dict[str, Any], key: str, value: Any) -> None:
    if len(cache) > 5000:
        cache.clear()
    cache[key] = value


def _channel_facts(channel: Mapping[str, Any]) -> ChannelFacts:
    is_im = bool(channel.get("is_im"))
    return ChannelFacts(
        id=str(channel["id"]),
        name=str(channel.get("name", "")),
        is_im=is_im,
        is_private=bool(channel.get("is_private")) or bool(channel.get("is_mpim")),
        has_outsiders=bool(channel.get("is_ext_shared") or channel.get("is_pending_ext_shared")),
        is_archived=bool(channel.get("is_archived")),
        bot_is_member=bool(channel.get("is_member")) or is_im,
    )


def _actor(user: Mapping[str, Any], team_id: str) -> Actor:
    return Actor(
        team_id=team_id,
        user_id=str(user["id"]),
        home_team_id=str(user.get("team_id", "")),
        is_guest=bool(
            user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger")
        ),
        is_bot=bool(user.get("is_bot")),
        deleted=bool(user.get("deleted")),
        tz=str(user.get("tz") or "America/New_York"),
    )
