"""Editing cards so that the newest state is what stays (I43), also when an edit arrives late.

Slack's edits carry no version, so that an older one which arrives late is seen until it is covered again: this keeps
that time short. Within a card's key one edit follows another, so an edit can only be overtaken when its end is not
known: its worker was frozen or killed and another took the row over, the answer was lost, or the message was handed
to another order's card meanwhile. Whoever edits after such an edit makes appointments to show the card again, after
as long as a request may be on its way; and the one who was overtaken, when it comes back, has the card shown again
at once. Both in the transaction that ends the row, or that finds it gone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import structlog

from senexbot.blocks import notices
from senexbot.blocks.kit import Message, repeated
from senexbot.domain.errors import Gone, MessengerFault, MessengerRateLimited, Stale, Transient
from senexbot.domain.news import CardDoubtNews
from senexbot.ports import CardPlace, Clock, Messenger, OutboxRow, Outgoing, Store, Tx
from senexbot.services.news.faces import Face, Shown, again, face_of

log = structlog.get_logger()
# A call to Slack is given up after 15 s; bytes that a broken line holds are given up by the kernel after about
# a quarter of an hour.
LATE_EDITS = (timedelta(seconds=30), timedelta(minutes=16))
NO_MESSAGE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})


class CardEdits:
    """`post`: says a message where a row belongs, at the pace of its channel; the channel and ts."""

    def __init__(
        self,
        *,
        store: Store,
        messenger: Messenger,
        clock: Clock,
        post: Callable[[OutboxRow, Message], Awaitable[tuple[str, str]]],
    ) -> None:
        self._store = store
        self._messenger = messenger
        self._clock = clock
        self._post = post
        self._editing: dict[int, CardPlace] = {}  # by row: edits whose outcome is not known yet

    async def show(self, row: OutboxRow, news: Shown) -> None:
        """Edit (first time: post) the card to what is true now, and end the row."""
        async with self._store.read() as tx:
            face = await face_of(tx, news, self._clock.now())
            place = None if face is None else await tx.cards.place(face.key)
        if face is None or (place is not None and place.shown_version >= face.version and not news.again):
            await self._end(row)
            return
        if place is not None:
            if await self._edit(row, face, place):
                return
            # The person deleted the card (F18): a new one takes its place, when there is news.
            if news.again:
                await self._end(row)
                return
        if not face.anew:
            await self._end(row)
            return
        await self._post_new(row, face)

    async def look_again(self, row: OutboxRow, news: CardDoubtNews) -> None:
        """The time of an appointment has come."""
        async with self._store.begin() as tx:
            await tx.outbox.sent(row.id, self._clock.now(), attempt=row.attempts)
            await self._show_again(tx, row, news.channel, news.ts)

    async def overtaken(self, row: OutboxRow) -> None:
        """Another worker has this row, and our edit of its card was not answered: it may still arrive."""
        place = self._editing.get(row.id)
        if place is None:
            return
        async with self._store.begin() as tx:
            await self._doubt(tx, row, place)

    def forget(self, row: OutboxRow) -> None:
        """Its outcome is stored, or cannot be."""
        self._editing.pop(row.id, None)

    async def _edit(self, row: OutboxRow, face: Face, place: CardPlace) -> bool:
        """False when there is no message to edit."""
        self._editing[row.id] = place
        try:
            await self._messenger.update(place.channel, place.ts, face.message)
        except Gone as gone:
            self.forget(row)
            if gone.reason not in NO_MESSAGE:
                raise
            return False
        except (Transient, MessengerRateLimited):
            self.forget(row)  # surely not done
            raise
        shown = replace(place, shown_version=face.version)
        try:
            async with self._store.begin() as tx:
                await tx.outbox.sent(row.id, self._clock.now(), attempt=row.attempts)
                if not await tx.cards.shown(face.key, shown):
                    await self._show_again(tx, row, place.channel, place.ts)
                if row.maybe_sent:
                    await self._doubt(tx, row, place)
        except Stale:
            # We were taken for dead. Our edit may have covered the other's, so the card is shown again behind it.
            log.info("card.overtaken", row=row.id, card=face.key)
            async with self._store.begin() as tx:
                await self._show_again(tx, row, place.channel, place.ts)
        return True

    async def _post_new(self, row: OutboxRow, face: Face) -> None:
        message = repeated(face.message) if row.maybe_sent else face.message
        channel, ts = await self._post(row, message)
        try:
            async with self._store.begin() as tx:
                await tx.outbox.sent(row.id, self._clock.now(), attempt=row.attempts)
                await tx.cards.put(face.key, CardPlace(channel, ts, face.version))
        except Stale:
            # The other worker posts the card, or has: this copy must not look like one that is kept up to date.
            log.info("card.second_copy", row=row.id, card=face.key)
            copy = notices.notice("second_copy", {"environment": face.environment})
            try:
                await self._messenger.update(channel, ts, copy)
            except MessengerFault as fault:
                log.warning("card.second_copy", row=row.id, fault=fault.code)

    async def _end(self, row: OutboxRow) -> None:
        async with self._store.begin() as tx:
            await tx.outbox.sent(row.id, self._clock.now(), attempt=row.attempts)

    async def _show_again(self, tx: Tx, row: OutboxRow, channel: str, ts: str) -> None:
        """Behind whatever is being told of that card now."""
        key = await tx.cards.at(channel, ts)
        if key is None:
            return
        rows, news = again(key)
        await tx.outbox.put(
            Outgoing(
                key=rows,
                news=news,
                dedupe=f"again:{row.id}:{row.attempts}",
                channel=channel,
                collapse="again",
            )
        )

    async def _doubt(self, tx: Tx, row: OutboxRow, place: CardPlace) -> None:
        await doubt_card(tx, place, self._clock, because=f"{row.id}:{row.attempts}")


async def doubt_card(tx: Tx, place: CardPlace, clock: Clock, *, because: str) -> None:
    """Appointments to show the card that stands there again, when no edit from before can be on its way any more.

    `because`: tells one doubt from another.
    """
    for after in LATE_EDITS:
        seconds = int(after.total_seconds())
        await tx.outbox.put(
            Outgoing(
                key=f"doubt:{place.channel}:{place.ts}:{seconds}:{because}",
                news=CardDoubtNews(place.channel, place.ts),
                dedupe=f"doubt:{seconds}:{because}",
                channel=place.channel,
                not_before=clock.now() + after,
            )
        )
