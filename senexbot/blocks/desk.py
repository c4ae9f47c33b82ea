"""The desk as a whole: halted, reducing or active, what was on the way, how its lines are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from senexbot.blocks import figures, trades
from senexbot.blocks.actions import ActionId, SayButton, say_buttons
from senexbot.blocks.kit import Block, Message, button, card, esc, once_more, person, section, when
from senexbot.domain.halts.halts import resume_words
from senexbot.domain.halts.protecting import Split
from senexbot.domain.orders.intents import Intent, IntentState

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


@dataclass(frozen=True, slots=True)
class CancelButtons:
    """Handles ("" without a button) and how many orders each cancels; `flatten`: plans the way out."""

    opening: str = ""
    opening_count: int = 0
    everything: str = ""
    everything_count: int = 0
    flatten: str = ""


def halt_card(
    row: DeskRow,
    *,
    on_the_way: Sequence[Intent] = (),
    way: Split | None = None,
    working: Split | None = None,
    cancels: CancelButtons | None = None,
    handle: str = "",
    agreed: str = "",
    lines: Sequence[str] = (),
) -> Message:
    """After a halt: what it stops, and what it cannot stop. `handle`: for Resume, "" without the button; `agreed`:
    who has asked for it already, where the policy wants two."""
    state = _STATES.get(row.state, _STATES["halted"])
    since = f"Since {when(row.since, seconds=True)}{_by(row, ', by ')}"
    reason = f" · {esc(row.reason, 160)}" if row.reason else ""
    lift = "" if handle else f" · lifted by the roles risk or operator: `/senex {resume_words(row.scope)}`"
    wish = f" · {person(agreed)} has asked to resume: one more person is needed" if agreed else ""
    resume = (button("Resume trading", ActionId.RESUME, handle),) if handle else ()
    return card(
        f"{figures.scope(row.scope)} is {state}",
        f"{since}{reason}",
        _on_the_way(on_the_way, way or Split()),
        _working(working or Split()),
        f"tastytrade's own apps cannot be stopped from here{lift}{wish}",
        rows=(section("\n".join(lines)),) if lines else (),
        buttons=(*_cancel_buttons(cancels or CancelButtons()), *resume),
    )


def _cancel_buttons(offer: CancelButtons) -> tuple[Block, ...]:
    """What may be taken back at once; what protects only after being asked once more."""
    found: list[Block] = []
    if offer.opening:
        label = f"Cancel opening orders ({offer.opening_count})"
        found.append(button(label, ActionId.HALT_CANCEL, offer.opening))
    if offer.everything:
        label = f"Cancel all {offer.everything_count}, protection too"
        protecting = offer.everything_count - offer.opening_count
        words = (
            f"{figures.counted(protecting, 'order protects a position', 'orders protect positions')}. "
            "Without them nothing closes it by itself when the market moves against it."
        )
        more = once_more("Cancel protection too?", words, f"Cancel all {offer.everything_count}")
        found.append(button(label, ActionId.HALT_CANCEL_ALL, offer.everything, "danger", more))
    if offer.flatten:
        found.append(button("Plan flatten", ActionId.FLATTEN_PLAN, offer.flatten))
    return tuple(found)


def _by(row: DeskRow, before: str) -> str:
    if not row.by:
        return ""
    return f"{before}{'the policy' if row.by == 'bot' else person(row.by)}"


def _on_the_way(intents: Sequence[Intent], found: Split) -> str:
    if not intents:
        return "Nothing was on its way to the broker"
    unknown = sum(i.state is not IntentState.CLAIMED for i in intents)
    named = "; ".join(trades.what_short(i.terms) for i in intents[:2])
    more = f" and {len(intents) - 2} more" if len(intents) > 2 else ""
    not_known = f", {unknown} not known" if unknown else ""
    does = f" ({_does(found)})" if found.all else ""
    return f"{len(intents)} already on the way{not_known}{does}: {named}{more}"


def _working(found: Split) -> str:
    """`14 working: 9 open, 5 protect (kept)`; what could not be told is said and counted as opening."""
    count = len(found.all)
    if not count:
        return "No order is working at the broker"
    kept = " (kept)" if found.protecting else ""
    return f"{count} working at the broker: {_does(found)}{kept} · cancels work, `/orders`"


def _does(found: Split) -> str:
    """`9 open risk, 2 protect`."""
    opening, protecting = len(found.opening), len(found.protecting)
    unsure = f"{found.not_known} of them not known, the positions could not be read"
    why = f" ({unsure})" if found.not_known else ""
    opens = f"{opening} {'opens' if opening == 1 else 'open'} risk{why}" if opening else "none opens risk"
    return f"{opens}, {protecting} {'protects' if protecting == 1 else 'protect'}" if protecting else opens


def cancelling(count: int) -> Message:
    """While many cancels are asked for and read back."""
    return card(
        f"Cancelling {figures.counted(count, 'order')} …",
        "Each is read back from the broker before it is told as cancelled: at most 15 s",
    )


def cancels_done(
    cancelled: Sequence[Intent],
    filled: Sequence[Intent],
    ended: Sequence[Intent],
    unknown: Sequence[tuple[Intent, str]],
) -> Message:
    """What became of orders that were cancelled together, as the broker has read back (I18)."""
    count = len(cancelled) + len(filled) + len(ended) + len(unknown)
    parts = [f"{len(cancelled)} confirmed"]
    parts += [f"{len(filled)} filled meanwhile"] if filled else []
    parts += [f"{len(ended)} ended before"] if ended else []
    parts += [f"{len(unknown)} still unknown"] if unknown else []
    why = esc(unknown[0][1], 120) if unknown else ""
    return card(
        f"{figures.counted(count, 'cancel')}: {', '.join(parts)}",
        _names("Filled meanwhile", filled),
        _names("Ended before", ended),
        _names("Still unknown", [intent for intent, _ in unknown]),
        f"{why} · press Cancel on its card, or say `orders` to look again" if unknown else "",
        "" if unknown or filled else "None of them works any more",
    )


def _names(title: str, intents: Sequence[Intent]) -> str:
    if not intents:
        return ""
    named = "; ".join(trades.what_short(i.terms) for i in intents[:3])
    more = f" and {len(intents) - 3} more" if len(intents) > 3 else ""
    return f"{title}: {named}{more}"


def resume_asked(row: DeskRow) -> Message:
    """The first of two who lift a halt: nothing changes yet."""
    return card(
        f"{figures.scope(row.scope)} stays {row.state.upper()}: one more person has to agree",
        "The policy wants two persons with the role risk or operator to lift a halt",
        f"Asked of them; they press Resume, or say `/senex {resume_words(row.scope)}` within 30 min",
    )


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
    way: Split | None = None,
    working: Split | None = None,
    cancels: CancelButtons | None = None,
    lines: Mapping[str, str] | None = None,
    others: Sequence[DeskRow] = (),
    handle: str = "",
    agreed: str = "",
    dead_letters: int = 0,
    says: Sequence[SayButton] = (),
) -> Message:
    """How the desk stands. `lines`: name of a line (prices, account feed, outbox) -> how it is, in words ("runs" when all is well)."""
    health = [*_others(others), *_health(lines or {})]
    if dead_letters:
        health.append(undelivered(dead_letters))
    if row is not None and row.state in _STATES:
        return halt_card(
            row,
            on_the_way=on_the_way,
            way=way,
            working=working,
            cancels=cancels,
            handle=handle,
            agreed=agreed,
            lines=health,
        )
    open_count = len(working.all) if working else 0
    return card(
        "Desk is ACTIVE: orders start",
        f"{figures.counted(open_count, 'order')} working at the broker"
        if open_count
        else "No order is working",
        _on_the_way(on_the_way, Split()) if on_the_way else "",
        rows=(section("\n".join(health)),) if health else (),
        buttons=say_buttons(says),
    )
