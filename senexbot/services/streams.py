"""One account stream a link, begun and ended as links come and go; and the daily look at who is still here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from senexbot.domain.errors import MessengerFault, StoreFault
from senexbot.domain.links import Link
from senexbot.ports import AccountFeeds, AccountSink, Clock, Messenger, Store
from senexbot.services.links import Links

log = structlog.get_logger()
ROUND_SECONDS = 1.0
PEOPLE_SECONDS = 24 * 3600.0


class AccountStreams:
    """`forget(link_id)`: drop what this process holds in memory of a link that is gone (I37)."""

    def __init__(
        self,
        *,
        store: Store,
        feeds: AccountFeeds,
        sink: AccountSink,
        clock: Clock,
        forget: Callable[[str], Awaitable[None]],
    ) -> None:
        self._store = store
        self._forget = forget
        self._known: set[str] = set()
        self._feeds = feeds
        self._sink = sink
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until cancelled. A stream that ended unexpectedly is begun again in the next round (I66)."""
        try:
            while True:
                try:
                    await self.round()
                except StoreFault as fault:
                    log.warning("account_stream.store", code=fault.code)
                await self._clock.sleep(ROUND_SECONDS)
        finally:
            await self._end(tuple(self._tasks))

    async def round(self) -> None:
        """Begin and end streams as links have come and gone."""
        async with self._store.read() as tx:
            links = {link.id: link for link in await tx.links.all()}
        await self._follow({link_id: link for link_id, link in links.items() if not link.broken})
        for gone in self._known - links.keys():
            await self._forget(gone)
        self._known = set(links)

    async def _follow(self, links: dict[str, Link]) -> None:
        ended = [link_id for link_id, task in self._tasks.items() if link_id not in links or task.done()]
        await self._end(ended)
        for link_id, link in links.items():
            if link_id not in self._tasks:
                self._tasks[link_id] = asyncio.create_task(
                    self._feeds.run(link, self._sink), name=f"account-stream-{link_id}"
                )

    async def _end(self, link_ids: list[str] | tuple[str, ...]) -> None:
        for link_id in link_ids:
            task = self._tasks.pop(link_id)
            task.cancel()
            for error in await asyncio.gather(task, return_exceptions=True):
                if isinstance(error, Exception):
                    log.warning("account_stream.ended", link=link_id, error=type(error).__name__)


class PeopleSweep:
    """Events can be lost: once a day everybody with a link is looked up, and who is gone is unlinked (I37)."""

    def __init__(self, *, store: Store, messenger: Messenger, links: Links, clock: Clock) -> None:
        self._store = store
        self._messenger = messenger
        self._links = links
        self._clock = clock

    async def run(self) -> None:
        """At the start and then every 24 hours, until cancelled."""
        while True:
            await self.once()
            await self._clock.sleep(PEOPLE_SECONDS)

    async def once(self) -> int:
        """How many people were unlinked."""
        async with self._store.read() as tx:
            people = {(link.team_id, link.user_id) for link in await tx.links.all()}
        gone = 0
        for team_id, user_id in sorted(people):
            try:
                person = await self._messenger.person(user_id)
            except MessengerFault:
                continue  # not proven gone
            if person.deleted:
                gone += 1
                await self._links.deactivated(team_id, user_id)
        return gone
