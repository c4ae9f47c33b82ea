"""What one state of an order shows on its card, and the words that several states share."""

from __future__ import annotations

from dataclasses import dataclass

from senexbot.blocks import figures, trades
from senexbot.blocks.kit import Block, esc, headline
from senexbot.domain.orders.intents import Intent, IntentState

REASON_LIMIT = 160  # of a reason in words, the broker's or a person's


@dataclass(frozen=True, slots=True)
class Face:
    """What one state shows: the first line without the environment, lines, and buttons."""

    title: str
    lines: tuple[str, ...] = ()
    buttons: tuple[Block, ...] = ()
    names_account: bool = False
    fine: str = ""


def legs_and_exits(intent: Intent) -> tuple[str, str, str]:
    """What stands behind a common name, the orders that hang on this one with their states, and its walk."""
    if intent.state in _NEVER_PLACED:
        return "", "", ""
    return trades.legs(intent.terms), trades.exits(intent), trades.walk(intent)


_NEVER_PLACED = {
    IntentState.DENIED,
    IntentState.DISCARDED,
    IntentState.LAPSED,
    IntentState.NOT_SENT,
    IntentState.REFUSED,
    IntentState.CLOSED_BY_OWNER,
}


def account(intent: Intent) -> str:
    return f"Account {esc(intent.account.masked, 8)}"


def because(state: str, intent: Intent, *more: str) -> tuple[str, tuple[str, ...]]:
    """Title with the reason; below the order, and what else is to say."""
    reason = esc(intent.reason)
    title, rest = headline(state, reason) if reason else (state, "")
    return title, (rest, order_line(intent), *more)


def order_line(intent: Intent) -> str:
    return f"Order: {inside(intent)}"


def inside(intent: Intent) -> str:
    """The order in words, inside a sentence."""
    return figures.lowered(trades.what(intent.terms))
