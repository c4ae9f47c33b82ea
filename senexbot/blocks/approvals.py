"""Approvals as people read them: the message of each who is asked, and the lines on the requester's card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from senexbot.blocks import figures, market_beside, trades
from senexbot.blocks.actions import ActionId
from senexbot.blocks.kit import (
    Block,
    Message,
    button,
    card,
    context,
    esc,
    link,
    once_more,
    person,
    section,
    when,
    without_markup,
)
from senexbot.domain.approval.approvals import ApprovalRequest, RequestState
from senexbot.domain.approval.approvers import Deputy
from senexbot.domain.approval.envelopes import Envelope, resized, units
from senexbot.domain.money import credit_or_debit
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.policy.verdict import Outcome

APPROVAL_KEY = "approval.v"
REASON_LIMIT = 160
WAITING_SHOWN = 10


# --- the message of one who is asked -------------------------------------------------------------


def approval_card(request: ApprovalRequest, who: str, *, now: datetime) -> Message:
    """The request as `who` sees it; without buttons once it is over or this person has decided."""
    open_to_me = request.state is RequestState.OPEN and who not in request.given
    return card(
        f"{request.envelope.environment.label} · {_title(request)}",
        _said(request),
        _market(request, now),
        _covers(request.envelope, now),
        _asked(request),
        _outcome(request, who, now),
        buttons=_buttons(request, who) if open_to_me else (),
        key=f"{APPROVAL_KEY}{request.version}",
    )


def _title(request: ApprovalRequest) -> str:
    what = _what(request)
    match request.state:
        case RequestState.OPEN:
            return f"asked of you: {what}"
        case RequestState.EXPIRED:
            return f"Declined itself: {what}"
        case state:
            return f"{state.value.capitalize()}: {what}"


def _what(request: ApprovalRequest) -> str:
    """`sell 2 SPY 18 Dec 26 590 put to open at 3.40 or better`: the order at its worst."""
    terms = resized(request.terms, request.envelope.greatest_quantity)
    terms = replace(terms, price=request.envelope.worst_price)
    words = trades.what_short(terms)
    return words if terms.price is None else f"{words} or better"


def _said(request: ApprovalRequest) -> str:
    by = f"From {person(request.requester)}"
    why = f"{by}: “{esc(request.reason, REASON_LIMIT)}”" if request.reason else f"{by}, who gave no reason"
    breaks = "; ".join(esc(words, 100) for words in request.breaks[:3])
    return f"{why} · breaks {figures.lowered(breaks)}" if breaks else why


def _market(request: ApprovalRequest, now: datetime) -> str:
    """The quote with its age while it is open, and what ten per cent either way would come to at expiration."""
    parts = []
    if request.view is not None and request.state is RequestState.OPEN:
        parts.append(market_beside.market(request.view, request.terms, now))
    payoff, whole = request.payoff, units(request.terms) == request.envelope.greatest_quantity
    if payoff is not None and payoff.up is not None and payoff.down is not None and whole:
        up, down = (figures.signed_dollars(one) for one in (payoff.up, payoff.down))
        parts.append(f"At expiry {esc(request.terms.underlying, 12)} +10 %: {up}, −10 %: {down}")
    return " · ".join(parts)


def _covers(envelope: Envelope, now: datetime) -> str:
    parts = [f"Covers these legs, at most {figures.quantity(envelope.greatest_quantity)}"]
    if envelope.worst_price is not None:
        parts.append(f"any price from {credit_or_debit(envelope.worst_price)}")
    if envelope.greatest_buying_power is not None:
        parts.append(f"buying power up to {figures.dollars(envelope.greatest_buying_power)}")
    if envelope.uncapped:
        parts.append("a loss without a cap")
    elif envelope.greatest_loss is not None:
        parts.append(f"a loss up to {figures.dollars(envelope.greatest_loss)}")
    parts.append(f"account {esc('…' + envelope.account[-4:], 8)}")
    parts.append(f"until {when(envelope.until, now)}")
    return ", ".join(parts)


def _asked(request: ApprovalRequest) -> str:
    if not request.questions:
        return ""
    last = request.questions[-1]
    answer = f" “{esc(last.answer, REASON_LIMIT)}”" if last.answer else " waits for the answer"
    return f"{person(last.by)} asked: “{esc(last.text, REASON_LIMIT)}”{answer}"


def _outcome(request: ApprovalRequest, who: str, now: datetime) -> str:
    """How far it is; once it is over, who and when."""
    ended = when(request.ended_at, now) if request.ended_at else ""
    given = ", ".join("you" if one == who else person(one) for one in request.given)
    match request.state:
        case RequestState.OPEN:
            yes = f" ({given})" if given else ""
            count = f"{len(request.given)} of {request.need.count}{yes}"
            return f"{count} · declines itself {when(request.expires_at, now)}"
        case RequestState.APPROVED:
            return f"Approved by {given} {ended}"
        case RequestState.DECLINED:
            no = request.declined
            by = ("you" if no.person == who else person(no.person)) if no else ""
            return f"Declined by {by} {ended}: “{esc(no.reason if no else '', REASON_LIMIT)}”"
        case RequestState.WITHDRAWN:
            return f"Withdrawn by {person(request.requester)} {ended}"
        case _:
            return f"Declined itself {ended}: nobody decided in time"


def _buttons(request: ApprovalRequest, who: str) -> tuple[Block, ...]:
    handle, envelope = request.handle_of(who), request.envelope
    once = once_more(
        "Approve this order?",
        f"{without_markup(figures.raised(_what(request)))}, {envelope.environment.label}, "
        f"account …{envelope.account[-4:]}, at most {figures.quantity(envelope.greatest_quantity)}",
        "Approve",
    )
    fewer = envelope.greatest_quantity > 1 and envelope.greatest_value is None
    return (
        button("Approve …", ActionId.APPROVAL_APPROVE, handle, confirm=once),
        *((button("Fewer …", ActionId.APPROVAL_FEWER, handle),) if fewer else ()),
        button("Decline …", ActionId.APPROVAL_DECLINE, handle),
        *(() if request.open_question else (button("Ask back", ActionId.APPROVAL_QUESTION, handle),)),
        button("Refresh", ActionId.APPROVAL_REFRESH, handle),
    )


# --- lines on the requester's card ---------------------------------------------------------------


def needed(intent: Intent) -> str:
    """`Buying power 46 % over 40 %: needs 1 approval`; "" for an order that needs none, or whom a mandate covers."""
    verdict = intent.verdict
    if verdict is None or verdict.outcome is not Outcome.NEEDS_APPROVAL or intent.mandate is not None:
        return ""
    count = verdict.need.count if verdict.need else 1
    breaks = "; ".join(esc(f.words, 100) for f in verdict.findings if f.outcome is Outcome.NEEDS_APPROVAL)
    but = f"; your mandate does not cover it: {esc(intent.uncovered, 100)}" if intent.uncovered else ""
    return f"{figures.raised(breaks) or 'Over a limit'}: needs {figures.counted(count, 'approval')}{but}"


def question(intent: Intent) -> str:
    """What was asked back and waits for its answer."""
    return esc(intent.approval.question, REASON_LIMIT) if intent.approval else ""


def waiting(intent: Intent, now: datetime) -> tuple[str, ...]:
    """How many have approved, when it declines itself, and what is asked back."""
    mark = intent.approval
    if mark is None:
        return ()
    given = ", ".join(person(one) for one in mark.given)
    count = f"{len(mark.given)} of {mark.needed}{f' ({given})' if given else ''}"
    asked = f"{person(mark.question_by)} asks: “{question(intent)}”" if mark.question else ""
    sent = "Sent by itself when approved"
    return (
        asked,
        f"{count} · declines itself {when(mark.expires_at, now)}",
        sent,
        _covers(mark.envelope, now),
    )


def approved(intent: Intent, now: datetime) -> tuple[str, ...]:
    mark = intent.approval
    if mark is None:
        return ()
    by = ", ".join(person(one) for one in mark.given)
    return (f"Approved by {by}", _covers(mark.envelope, now))


def held(intent: Intent) -> tuple[str, str]:
    """State and reason of an approved order that was not sent."""
    state = "Approved for fewer" if intent.reason_code == "approved_fewer" else "Not sent"
    return state, esc(intent.reason)


def held_buttons(intent: Intent, handle: str) -> tuple[Block, ...]:
    """What the approval still covers, named with its number; else the same once more."""
    covered = intent.approval.covered if intent.approval else None
    if covered is not None and covered < intent.terms.units:
        return (button(f"Send {figures.quantity(covered)}, covered", ActionId.ORDER_FEWER, handle),)
    if intent.reason_code == "outside_envelope":
        return ()
    return (button(f"Send {_amount(intent)}", ActionId.ORDER_CONFIRM, handle),)


def _amount(intent: Intent) -> str:
    quantity = intent.terms.units
    return figures.quantity(quantity)


def declined(intent: Intent) -> str:
    mark = intent.approval
    by = f"By {person(mark.declined_by)}. " if mark and mark.declined_by else ""
    return f"{by}Change it, or ask again with what is missing"


def buzz(intent: Intent) -> str:
    state = "Approved for fewer, needs you" if intent.reason else "Approved"
    if not intent.reason and intent.state is IntentState.APPROVED:
        state = "Approved, sending"
    return f"{state}: {trades.what_short(intent.terms)}"


# --- deputies and the rota -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """`link`: permalink of the person's own message, "" when there is none; `brought`: it is posted anew."""

    request: ApprovalRequest
    link: str
    brought: bool = False


def waiting_list(rows: Sequence[WaitingRow], *, now: datetime, mandates: int = 0) -> Message:
    """What waits for one person's decision; deciding is done in the message of each. `mandates`: how many wait too."""
    standing = ""
    if mandates:
        standing = f"{figures.counted(mandates, 'mandate waits', 'mandates wait')}: `/senex mandates`"
    if not rows and standing:
        return card("No order waits for your approval", standing)
    if not rows:
        return card(
            "Nothing waits for your approval", "Your own orders that wait for others are in `/orders`"
        )
    shown = [_waiting_row(row, now) for row in rows[:WAITING_SHOWN]]
    more = len(rows) - WAITING_SHOWN
    return card(
        f"{figures.counted(len(rows), 'order waits', 'orders wait')} for your approval",
        standing,
        rows=[*shown, *([context(f"… and {more} more, which end later")] if more > 0 else [])],
    )


def _waiting_row(row: WaitingRow, now: datetime) -> Block:
    request = row.request
    there = link(row.link, "Decide") if row.link else ""
    how = there or ("its message comes anew" if row.brought else "its message is in this conversation")
    by = f"From {person(request.requester)} · account {esc('…' + request.envelope.account[-4:], 8)}"
    end = f"{len(request.given)} of {request.need.count} · declines itself {when(request.expires_at, now)}"
    head = f"*{request.envelope.environment.label} · {figures.raised(_what(request))}*"
    return section(f"{head}\n{by} · {end} · {how}")


def deputies_card(deputies: Sequence[Deputy], *, now: datetime) -> Message:
    """Who may decide in place of whom, and until when."""
    if not deputies:
        return card("No deputies now", "Name yours: `deputy @somebody until friday` (in a message to me)")
    rows = [
        f"{person(one.deputy)} for {person(one.principal)}, until {when(one.until, now)}"
        for one in deputies[:20]
    ]
    more = f"… and {len(deputies) - 20} more" if len(deputies) > 20 else ""
    return card(f"{figures.counted(len(deputies), 'deputy', 'deputies')} now", *rows, more)


def deputy_named(deputy: Deputy | None, who: str, *, now: datetime) -> Message:
    if deputy is None:
        return card(f"{person(who)} is your deputy no more", "Name another: `deputy @somebody until friday`")
    return card(
        f"{person(who)} may approve in your place",
        f"Until {when(deputy.until, now)}, and as long as you may approve yourself",
        f"Take it back: `deputy {who} off`",
    )


def rota_card(rota: Mapping[str, Sequence[str]]) -> Message:
    """Who is asked first on each day; the others after half the time."""
    if not rota:
        return card("No rota: everybody who may approve is asked at once", "Set one: `rota monday @somebody`")
    rows = [
        f"{day.capitalize()}: {', '.join(person(one) for one in people[:10])}" for day, people in rota.items()
    ]
    return card("Asked first to approve", *rows, "The others are asked after half the time")
