"""A message that could not be delivered, and what it was about: words for blocks/notices.py."""

from __future__ import annotations

from senexbot.blocks.kit import esc
from senexbot.blocks.notice_params import Params, Words, get, tail


def dead_letter(params: Params) -> Words:
    return (
        f"A message could not be delivered{tail(': ', get(params, 'reason', limit=60))}",
        " · ".join(
            part for part in (tail("What: ", _letter(params)), tail("to: ", get(params, "to"))) if part
        ),
        _kept(params),
        "You are told because nobody is operator here and no admin channel is set"
        if params.get("unmanned")
        else "",
    )


def _kept(params: Params) -> str:
    number = get(params, "id", limit=20)
    if not number:
        return "It is kept in the list of dead letters; an operator has to look"
    whose = "Whoever runs this desk" if params.get("unmanned") else "When the cause is mended, an operator"
    return f"{whose} can send it again on the host: `senexbot messages resend {number}`"


def _letter(params: Params) -> str:
    return letter(params.get("what", ""))


def letter(what: str) -> str:
    """What a message was about, by the name of its news."""
    return _LETTERS.get(what) or esc(what, 60)


_LETTERS = {
    "CardNews": "an order's card",
    "CardDoubtNews": "a second look at an order's card",
    "StoryNews": "a line of an order's story",
    "BuzzNews": "news of an order",
    "AlertNews": "an alert",
    "AlertsNews": "an alert",
    "AlertEditNews": "a list of alerts",
    "AlertsDueNews": "alerts that had to wait",
    "EscalationDueNews": "the question who has an alert",
    "EscalatedNews": "an alert that nobody has",
    "ApprovalNews": "a request to approve an order",
    "NoticeNews": "a notice",
    "PlanNews": "the card of a plan to flatten",
}
