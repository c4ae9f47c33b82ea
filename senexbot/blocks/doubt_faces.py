"""An order's card while it is on its way, and while its outcome is not proven."""

from __future__ import annotations

from datetime import datetime, timedelta

from senexbot.blocks import figures, trades
from senexbot.blocks.actions import ActionId
from senexbot.blocks.kit import Block, button, esc, when
from senexbot.blocks.order_face import REASON_LIMIT, Face, inside
from senexbot.domain.orders.intents import Intent

PERSON_AFTER = timedelta(minutes=5)  # I11: an unknown outcome is handed to a person after this


def claimed(intent: Intent, _handle: str, now: datetime) -> Face:
    at = f" at {when(intent.claimed_at, now, seconds=True)}" if intent.claimed_at else ""
    return Face(
        f"Sending: {inside(intent)}",
        (f"Handed to the broker once{at}; its answer is awaited. Do not repeat it",),
    )


def unknown(intent: Intent, handle: str, now: datetime) -> Face:
    until = _since(intent) + PERSON_AFTER
    return Face(
        "Not known whether the broker has your order. Do not repeat it.",
        (
            sent_line(intent, now),
            f"{looked(intent, now)}; if still open at {when(until, now)} a person is called",
        ),
        (look(handle), explain(handle)),
    )


def needs_person(intent: Intent, handle: str, now: datetime) -> Face:
    quiet = ""
    if intent.muted_until is not None and intent.muted_until > now:
        quiet = f"You are on it: quiet until {when(intent.muted_until, now)}"
    return Face(
        "Needs you: not known whether the broker has your order. Do not repeat it.",
        (
            sent_line(intent, now),
            f"{looked(intent, now)}. The desk goes on looking and never sends it again",
            "Look in tastytrade's own app: if it is there, leave it, the desk finds it; if not, close it here",
            quiet,
        ),
        (
            look(handle),
            *(() if quiet else (button("I am on it", ActionId.ORDER_ON_IT, handle),)),
            button("Close: not at the broker", ActionId.ORDER_CLOSE, handle),
            explain(handle),
        ),
    )


def presumed(intent: Intent, handle: str, now: datetime) -> Face:
    watched = "Still watched"
    if intent.watch_until is not None:
        watched += f" until {when(intent.watch_until, now)}"
    return Face(
        "Not found at the broker. Check there before you repeat it.",
        (
            sent_line(intent, now),
            f"{looked(intent, now)}. {watched}: should it turn up, you hear of it at once",
        ),
        (look(handle), explain(handle)),
    )


def _since(intent: Intent) -> datetime:
    return intent.unknown_since or intent.claimed_at or intent.created_at


def sent_line(intent: Intent, now: datetime) -> str:
    sent = when(intent.claimed_at or _since(intent), now, seconds=True)
    why = esc(intent.reason, REASON_LIMIT) or "the answer was lost"
    return f"{trades.what(intent.terms)}; sent {sent}, {_sentence(why)}"


def _sentence(words: str) -> str:
    return figures.lowered(words.rstrip("."))


def looked(intent: Intent, now: datetime) -> str:
    if not intent.looks or intent.last_look_at is None:
        return "Looking at the broker's list now"
    return (
        f"Looked {figures.times(intent.looks)}, last {when(intent.last_look_at, now, seconds=True)}, not seen"
    )


def look(handle: str) -> Block:
    return button("Look now", ActionId.ORDER_LOOK, handle)


def explain(handle: str) -> Block:
    return button("What this means", ActionId.ORDER_EXPLAIN, handle)
