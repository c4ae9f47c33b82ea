"""Where an alert is told: where it was set, or where its text says, as far as that may be."""

from __future__ import annotations

from dataclasses import dataclass

from senexbot.domain.errors import Gone, MessengerFault, NotPermitted
from senexbot.domain.links import Actor
from senexbot.domain.routing.entry import Place
from senexbot.ports import ChannelFacts, Messenger

NOT_IN_IT = "I am not a member of that channel; /invite me there"
NOT_BOTH = "I see no such channel that you are a member of too; /invite me there"
UNKNOWN = "Slack does not tell who reads that channel"


@dataclass(frozen=True, slots=True)
class Told:
    """`channel`: "" means the direct message of `to_user`, or of the owner when that is "". `moved_why`: why it is
    not the channel where it was set, in words; "" if it is."""

    channel: str = ""
    to_user: str = ""
    moved_why: str = ""


class AlertPlaces:
    def __init__(self, *, messenger: Messenger) -> None:
        self._messenger = messenger

    async def destination(self, actor: Actor, to: str, here: str) -> Told:
        """`to`: as the terms have it; `here`: the channel where it was said, "" for a direct message.

        Raises NotPermitted for a place that was named and may not be: nothing named is changed in silence.
        """
        if not to:
            why = await self.why_not_here(here) if here else ""
            return Told("" if why else here, moved_why=why)
        if to == actor.user_id:
            return Told()
        why = await self.why_not(actor, to)
        if why:
            raise NotPermitted(f"Not set: it cannot be told there, because {why}.")
        return Told(to) if Place(to).is_room else Told(to_user=to)

    async def why_not(self, actor: Actor, to: str) -> str:
        """Why a channel or person that this actor names may not be told, in words; "" when they may.

        A private channel is named only by its members: who is not in it learns nothing of it (I35).
        """
        if not Place(to).is_room:
            return await self._why_not_them(actor, to)
        try:
            facts = await self._messenger.channel(to)
            if facts.is_private and not await self._messenger.is_member(to, actor.user_id):
                return NOT_BOTH
        except Gone:
            return NOT_BOTH
        except MessengerFault:
            return UNKNOWN
        return _why_not(facts)

    async def why_not_here(self, channel: str) -> str:
        """Of the channel in which somebody has just said something."""
        try:
            return _why_not(await self._messenger.channel(channel))
        except Gone:
            return NOT_IN_IT
        except MessengerFault:
            return UNKNOWN

    async def _why_not_them(self, actor: Actor, to: str) -> str:
        try:
            person = await self._messenger.person(to)
        except MessengerFault:
            return "Slack does not tell who that person is"
        if person.team_id != actor.team_id or not person.is_full_member:
            return "an alert is told to full members of this workspace only"
        return ""


def _why_not(facts: ChannelFacts) -> str:
    if facts.has_outsiders:
        return "people from outside read that channel"
    if facts.is_archived:
        return "that channel is archived"
    return "" if facts.bot_is_member else NOT_IN_IT
