"""One click on a button, as far as it counts."""

from __future__ import annotations

from dataclasses import dataclass

from senexbot.domain.links import Actor
from senexbot.handlers.asking import Ask, Desk


@dataclass(frozen=True, slots=True)
class Press:
    """One click, as far as it counts: who, which handle, a trigger for a modal; `on_card`: on an order's card;
    `direct`: in the person's own messages with the bot; `view_id`: of the form it stands in; `number`: behind its id."""

    actor: Actor
    handle: str
    trigger_id: str
    desk: Desk
    on_card: bool = False
    direct: bool = False
    view_id: str = ""
    number: int = 0


def ask_of(press: Press, *, direct: bool = True) -> Ask:
    """As if they had said the verb."""
    return Ask(press.actor, "", "", direct=direct, trigger_id=press.trigger_id, desk=press.desk)
