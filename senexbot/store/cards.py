"""Where each card stands in Slack and which version it shows; that version never goes back (I43)."""

from __future__ import annotations

import sqlalchemy as sa

from senexbot.ports import CardPlace
from senexbot.store.tables import cards
from senexbot.store.upserts import insert
from senexbot.store.work import Work


class SqlCards:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def place(self, intent_id: str) -> CardPlace | None:
        row = (await self._work.read(sa.select(cards).where(cards.c.intent_id == intent_id))).first()
        return None if row is None else CardPlace(row.channel, row.ts, row.shown_version)

    async def put(self, intent_id: str, place: CardPlace) -> None:
        new = insert(self._work, cards).values(
            intent_id=intent_id, channel=place.channel, ts=place.ts, shown_version=place.shown_version
        )
        await self._work.write(
            new.on_conflict_do_update(
                index_elements=[cards.c.intent_id],
                set_={"channel": place.channel, "ts": place.ts, "shown_version": place.shown_version},
                where=cards.c.shown_version <= place.shown_version,
            )
        )

    async def shown(self, intent_id: str, place: CardPlace) -> bool:
        here = (cards.c.channel == place.channel) & (cards.c.ts == place.ts)
        return await self._work.changed(
            cards.update()
            .where(cards.c.intent_id == intent_id, here, cards.c.shown_version <= place.shown_version)
            .values(shown_version=place.shown_version)
        )

    async def at(self, channel: str, ts: str) -> str | None:
        statement = sa.select(cards.c.intent_id).where(cards.c.channel == channel, cards.c.ts == ts)
        found: str | None = (await self._work.read(statement)).scalar()
        return found

    async def forget(self, intent_id: str) -> None:
        await self._work.write(cards.delete().where(cards.c.intent_id == intent_id))
