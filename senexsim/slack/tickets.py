"""What Slack hands out for a while: trigger ids (3 s, once) and reply addresses (30 min, five uses)."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from senexsim.slack.clock import Clock
from senexsim.slack.ids import Ids
from senexsim.slack.messages import Message

Json = dict[str, Any]

TRIGGER_SECONDS = 3.0
REPLY_SECONDS = 30 * 60.0
REPLY_USES = 5
KEPT = 20_000


@dataclass
class Trigger:
    id: str
    user: str
    view_id: str | None
    expires: float
    used: bool = False


@dataclass
class ReplyAddress:
    """One `response_url`. `source` is the message it may replace: the one clicked, or the first one it made."""

    key: str
    user: str
    channel: str
    expires: float
    source: Message | None = None
    uses: int = 0


class TriggerRefusedError(Exception):
    """`str()` is the Web API's error word."""


class Tickets:
    def __init__(self, clock: Clock, ids: Ids) -> None:
        self._clock, self._ids = clock, ids
        self._triggers: OrderedDict[str, Trigger] = OrderedDict()
        self._replies: OrderedDict[str, ReplyAddress] = OrderedDict()

    def trigger(self, user: str, view_id: str | None = None) -> Trigger:
        made = f"{self._ids.digits(13)}.{self._ids.digits(12)}.{self._ids.hexadecimal(32)}"
        self._triggers[made] = Trigger(made, user, view_id, self._clock.now() + TRIGGER_SECONDS)
        _bound(self._triggers)
        return self._triggers[made]

    def spend(self, trigger_id: str) -> Trigger:
        """Use a trigger up. Raises TriggerRefusedError: invalid, exchanged or expired."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise TriggerRefusedError("invalid_trigger_id")
        if trigger.used:
            raise TriggerRefusedError("exchanged_trigger_id")
        if self._clock.now() >= trigger.expires:
            raise TriggerRefusedError("expired_trigger_id")
        trigger.used = True
        return trigger

    def reply_address(
        self, kind: str, team: str, user: str, channel: str, source: Message | None
    ) -> ReplyAddress:
        """`kind` is `commands` or `actions`, the first part of the path as in Slack's own addresses."""
        key = f"{kind}/{team}/{self._ids.digits(13)}/{self._ids.letters(24)}"
        self._replies[key] = ReplyAddress(key, user, channel, self._clock.now() + REPLY_SECONDS, source)
        _bound(self._replies)
        return self._replies[key]

    def find_reply(self, key: str) -> ReplyAddress | None:
        return self._replies.get(key)

    def refusal(self, address: ReplyAddress) -> str | None:
        """`expired_url` or `used_url` when the address is spent."""
        if self._clock.now() >= address.expires:
            return "expired_url"
        return "used_url" if address.uses >= REPLY_USES else None


def _bound(shelf: OrderedDict[str, Any]) -> None:
    while len(shelf) > KEPT:
        shelf.popitem(last=False)
