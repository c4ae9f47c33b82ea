"""The one card of a plan to flatten: what would be cancelled and closed, in which order, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from senexbot.blocks import figures, trades
from senexbot.blocks.actions import ActionId
from senexbot.blocks.kit import Block, Message, button, card, esc, once_more, section, when
from senexbot.domain.halts.flatten import Stage, held_words
from senexbot.domain.halts.flatten_plan import (
    CancelStep,
    CloseStep,
    FlattenPlan,
    PlanState,
    StepState,
    protection_of,
)
from senexbot.domain.links import AccountRef
from senexbot.domain.money import credit_or_debit
from senexbot.domain.orders.terms import OrderTerms

SHOWN = 12  # lines of one list; the others are counted
_STAGES = {
    Stage.SHORT_OPTIONS: "short options, with what is closed together with them",
    Stage.SHORT_SHARES: "shares and futures that are short",
    Stage.LONG_OPTIONS: "options that are long",
    Stage.LONG_SHARES: "shares and futures",
}
_DOUBT = "Look at the broker: `/orders`"


def plan_card(plan: FlattenPlan, *, now: datetime) -> Message:
    """One message from preview to end."""
    return card(
        f"{_where(plan)} · {_title(plan)}",
        *_lines(plan, now),
        rows=tuple(_rows(plan)),
        buttons=_buttons(plan),
        key=f"plan.v{plan.version}",
    )


def plan_words(plan: FlattenPlan) -> str:
    """For the pointer in a channel."""
    return f"flatten {_accounts(plan)}"


def _where(plan: FlattenPlan) -> str:
    return "+".join(dict.fromkeys(a.environment.label for a in plan.accounts))


def _accounts(plan: FlattenPlan) -> str:
    named = ", ".join(account.masked for account in plan.accounts[:3])
    return f"{named} and {len(plan.accounts) - 3} more" if len(plan.accounts) > 3 else named


def _title(plan: FlattenPlan) -> str:
    what, closes = f"flatten {_accounts(plan)}", plan.closes
    done = sum(close.state is StepState.DONE for close in closes)
    failed = sum(close.state is StepState.FAILED for close in closes)
    match plan.state:
        case PlanState.PLANNED if not plan.opening and not closes and not plan.left:
            return f"{what}: nothing is held, and no order works"
        case PlanState.PLANNED:
            parts = [figures.counted(len(plan.opening), "cancel")] if plan.opening else []
            parts += [figures.counted(len(plan.sendable), "close")]
            return f"Plan to {what}: {', '.join(parts)}"
        case PlanState.LAPSED:
            return f"Plan to {what} ended: nothing was sent"
        case PlanState.PAUSED:
            return f"Flatten rests, {done} of {len(closes)} closed: {esc(plan.reason, 60)}"
        case PlanState.RUNNING:
            return f"Flattening {_accounts(plan)}: {done} of {len(closes)} closed"
        case _:
            rest = f", {failed} not: look below" if failed else ""
            return f"Flatten of {_accounts(plan)} is over: {done} of {len(closes)} closed{rest}"


def _lines(plan: FlattenPlan, now: datetime) -> list[str]:
    lines = [esc(plan.blocked, 200)] if plan.blocked else []
    if plan.closed_market:
        lines.append(
            "The market is closed: nothing is queued for its opening. Say flatten again when it is open"
        )
    if plan.state is PlanState.PLANNED and not plan.is_empty:
        until = when(plan.expires_at, now)
        lines.append(f"Nothing is sent before you press · limit orders, today only · this plan ends {until}")
    if plan.state is PlanState.LAPSED:
        lines.append("Say `flatten` again for a plan at the prices of then")
    if any(close.state is StepState.UNKNOWN for close in plan.closes):
        lines.append(f"An outcome is not known. Do not repeat it. {_DOUBT}")
    return lines


def _rows(plan: FlattenPlan) -> Iterable[Block]:
    if plan.opening:
        yield section(
            "\n".join(["*1. Cancel what opens*", *_cut([_cancel_line(plan, one) for one in plan.opening])])
        )
    number = 2 if plan.opening else 1
    for stage in Stage:
        closes = [close for close in plan.closes if close.stage is stage]
        if closes:
            head = f"*{number}. Close {_STAGES[stage]}*"
            yield section("\n".join([head, *_cut([_close_line(plan, one) for one in closes])]))
            number += 1
    if plan.left:
        left = [
            f"• {_account(plan, one.account)}{esc(held_words(one.left.quantity, one.left.words), 60)}: "
            f"{esc(one.left.why, 120)}"
            for one in plan.left
        ]
        yield section("\n".join(["*Not in this plan*", *_cut(left)]))


def _cut(lines: Sequence[str]) -> list[str]:
    return [*lines[:SHOWN], *([f"and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else [])]


def _cancel_line(plan: FlattenPlan, step: CancelStep) -> str:
    elsewhere = "" if step.intent_id else ", placed elsewhere"
    outcome = {
        StepState.PLANNED: "",
        StepState.DONE: ": *cancelled*",
        StepState.FILLED: ": *filled meanwhile*, say flatten again for what it opened",
        StepState.FAILED: f": *not cancelled*, {esc(step.why, 100)}",
    }.get(step.state, f": *not known*, {esc(step.why, 100)}. {_DOUBT}")
    return f"• {_account(plan, step.account)}{esc(step.words, 90)}{elsewhere}{outcome}"


def _close_line(plan: FlattenPlan, close: CloseStep) -> str:
    protection = protection_of(plan, close)
    notes = [esc(close.note, 120)] if close.note else []
    if protection and close.state is StepState.PLANNED:
        count = figures.counted(len(protection), "order that protects it", "orders that protect it")
        notes.append(f"{count} {'is' if len(protection) == 1 else 'are'} cancelled just before")
    elif close.unchecked and close.state is StepState.PLANNED:
        notes.append("the broker's dry run comes when it is sent")
    gone = [one for one in protection if one.state is StepState.DONE]
    if gone and close.state is StepState.FAILED:
        notes.append(f"*its protection was cancelled*: say protect {esc(close.terms.underlying, 12)} …")
    tail = f" · {' · '.join(notes)}" if notes else ""
    return f"• {_account(plan, close.terms.account)}{_order(close.terms)}{_outcome(close)}{tail}"


def _account(plan: FlattenPlan, account: AccountRef) -> str:
    """Which one, where the plan has several."""
    return f"{account.masked} " if len(plan.accounts) > 1 else ""


def _order(terms: OrderTerms) -> str:
    """`sell 100 AAPL at 185.57`; of several legs with what the whole costs or brings."""
    words = trades.what_short(terms)
    if len(terms.legs) == 1 or terms.price is None:
        return words
    return f"{words.rpartition(' at ')[0]} for {credit_or_debit(terms.price)}"


def _outcome(close: CloseStep) -> str:
    part = f", {figures.quantity(close.filled)} of {figures.quantity(close.terms.units)} filled"
    filled = part if close.filled and close.state is not StepState.DONE else ""
    why = f": {esc(close.why, 140)}" if close.why else ""
    words = {
        StepState.PLANNED: "",
        StepState.SENT: f": *works*{filled}",
        StepState.ASKS: f": *waits*{why}",
        StepState.DONE: ": *filled*",
        StepState.FAILED: f"{filled}: *not closed*{why}",
    }
    return words.get(close.state, f": *not known*{why}{filled}")


def _buttons(plan: FlattenPlan) -> tuple[Block, ...]:
    match plan.state:
        case PlanState.PLANNED if not plan.is_empty:
            count = len(plan.sendable)
            label = f"Flatten: send {figures.counted(count, 'close')}" if count else "Cancel opening orders"
            words = (
                f"{_where(plan)} {_accounts(plan)}: {figures.counted(len(plan.opening), 'cancel')}, then "
                f"{figures.counted(count, 'close')} as shown, one stage after the other."
            )
            return (
                button(
                    label, ActionId.FLATTEN_SEND, plan.handle, "danger", once_more("Flatten?", words, "Send")
                ),
            )
        case PlanState.RUNNING:
            return (button("Stop: send no more", ActionId.FLATTEN_STOP, plan.handle),)
        case PlanState.PAUSED:
            return (button("Go on", ActionId.FLATTEN_ON, plan.handle),)
        case _:
            return ()
