"""The desk as a whole: halted, reducing or active, what was on the way, how its lines are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from senexbot.blocks import figures, trades
from senexbot.blocks.actions import ActionId, SayButton, say_buttons
from senexbot.blocks.kit import Message, button, card, esc, person, section, when
from senexbot.domain.halts import resume_words
from senexbot.domain.orders import Intent, IntentState

_STATES = {
    "halted": "HALTED: no new order starts",
    "reducing": "REDUCING: only orders that close start",
}


class DeskRow(Protocol):
    """The stored halt, as ports.HaltRow has it."""

    @property
    def scope(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def by(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def since(self) -> datetime: ...


def halt_card(
    row: DeskRow,
    *,
    on_the_way: Sequence[Intent] = (),
    working: int | Sequence[Intent] = 0,
    handle: str = "",
    lines: Sequence[str] = (),
) -> Message:
    """After a halt: what it stops, and what it cannot stop. `handle`: for Resume, "" without the button."""
    state = _STATES.get(row.state, _STATES["halted"])
    since = f"Since {when(row.since, seconds=True)}{_by(row, ', by ')}"
    reason = f" · {esc(row.reason, 160)}" if row.reason else ""
    open_count = working if isinstance(working, int) else len(working)
    lift = "" if handle else f" · lifted by the roles risk or operator: `/senex {resume_words(row.scope)}`"
    resume = (button("Resume trading", ActionId.RESUME, handle),) if handle else ()
    return card(
        f"{figures.scope(row.scope)} is {state}",
        f"{since}{reason}",
        _on_the_way(on_the_way),
        _working(open_count),
        f"tastytrade's own apps cannot be stopped from here{lift}",
        rows=(section("\n".join(lines)),) if lines else (),
        buttons=resume,
    )


def _by(row: DeskRow, before: str) -> str:
    if not row.by:
        return ""
    return f"{before}{'the policy' if row.by == 'bot' else person(row.by)}"


def _on_the_way(intents: Sequence[Intent]) -> str:
    if not intents:
        return "Nothing was on its way to the broker"
    unknown = sum(i.state is not IntentState.CLAIMED for i in intents)
    named = "; ".join(trades.what_short(i.terms) for i in intents[:2])
    more = f" and {len(intents) - 2} more" if len(intents) > 2 else ""
    not_known = f", {unknown} not known" if unknown else ""
    return f"{len(intents)} already on the way{not_known}: {named}{more}"


def _working(count: int) -> str:
    if not count:
        return "No order is working at the broker"
    return f"{figures.counted(count, 'order')} working at the broker: cancels work, `/orders`"


def resumed(row: DeskRow) -> Message:
    by = f"{_by(row, 'By ')}, {when(row.since, seconds=True)}" if row.by else ""
    reason = f"Reason: {esc(row.reason, 160)}" if row.reason else ""
    return card(
        f"{figures.scope(row.scope)} is ACTIVE: orders start again",
        by,
        reason,
        "Nothing was sent by itself; previews that ended must be made again",
    )


def _health(lines: Mapping[str, str]) -> list[str]:
    """One line while all is well; else the parts that are not, by name."""
    down = [(name, words) for name, words in lines.items() if words != "runs"]
    if lines and not down:
        return ["All parts of the desk run"]
    return [f"{esc(name, 30)} {esc(words, 100)}" for name, words in down[:6]]


def _others(rows: Sequence[DeskRow]) -> list[str]:
    """Accounts and persons that are halted by themselves."""
    shown = [
        f"{figures.scope(row.scope)} is {row.state.upper()}{_by(row, ', by ')}: `/senex {resume_words(row.scope)}`"
        for row in rows[:5]
    ]
    return [*shown, *([f"and {len(rows) - 5} more"] if len(rows) > 5 else [])]


def undelivered(dead_letters: int) -> str:
    """For whoever looks after the desk (I48)."""
    count = figures.counted(dead_letters, "message")
    return f"{count} could not be delivered: on the host, `senexbot messages dead` lists them and says why"


def status_card(
    row: DeskRow | None,
    *,
    on_the_way: Sequence[Intent] = (),
    working: int | Sequence[Intent] = 0,
    lines: Mapping[str, str] | None = None,
    others: Sequence[DeskRow] = (),
    handle: str = "",
    dead_letters: int = 0,
    says: Sequence[SayButton] = (),
) -> Message:
    """How the desk stands. `lines`: name of a line (prices, account feed, outbox) -> how it is, in words ("runs" when all is well)."""
    health = [*_others(others), *_health(lines or {})]
    if dead_letters:
        health.append(undelivered(dead_letters))
    if row is not None and row.state in _STATES:
        return halt_card(row, on_the_way=on_the_way, working=working, handle=handle, lines=health)
    open_count = working if isinstance(working, int) else len(working)
    return card(
        "Desk is ACTIVE: orders start",
        f"{figures.counted(open_count, 'order')} working at the broker"
        if open_count
        else "No order is working",
        _on_the_way(on_the_way) if on_the_way else "",
        rows=(section("\n".join(health)),) if health else (),
        buttons=say_buttons(says),
    )
