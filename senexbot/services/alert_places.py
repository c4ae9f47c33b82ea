"""Where an alert is told: where it was set, or where its text says, as far as that may be."""

from __future__ import annotations

from dataclasses import dataclass

from senexbot.domain.errors import Gone, MessengerFault, NotPermitted
from senexbot.domain.links import Actor
from senexbot.ports import Messenger


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
            why = await self._why_not(here) if here else ""
            return Told("" if why else here, moved_why=why)
        if to == actor.user_id:
            return Told()
        if to[0] in "UW":
            await self._check_person(actor, to)
            return Told(to_user=to)
        why = await self._why_not(to)
        if why:
            raise NotPermitted(f"Not set: it cannot be told there, because {why}.")
        return Told(to)

    async def _check_person(self, actor: Actor, to: str) -> None:
        try:
            person = await self._messenger.person(to)
        except MessengerFault:
            raise NotPermitted("Not set: Slack does not tell who that person is.") from None
        if person.team_id != actor.team_id or not person.is_full_member:
            raise NotPermitted("Not set: an alert is told to full members of this workspace only.")

    async def _why_not(self, channel: str) -> str:
        try:
            facts = await self._messenger.channel(channel)
        except Gone:
            return "I am not a member of that channel"
        except MessengerFault:
            return "Slack does not tell whether I may post there"
        if facts.has_outsiders:
            return "people from outside read that channel"
        if facts.is_archived:
            return "that channel is archived"
        if not facts.bot_is_member:
            return "I am not a member of that channel"
        return ""
