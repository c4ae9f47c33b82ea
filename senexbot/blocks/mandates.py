"""Mandates as people read them: the message of each whom one concerns, the list, and the line on an order's card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from senexbot.blocks import figures
from senexbot.blocks.actions import ActionId
from senexbot.blocks.kit import Block, Message, button, card, context, esc, once_more, person, section, when
from senexbot.domain.approval.approvals import RequestState
from senexbot.domain.approval.mandates import End, Mandate, MandateRow
from senexbot.domain.approval.mandates_terms import Kind, MandateMark, mandate_text
from senexbot.domain.orders.terms import Side

MANDATE_KEY = "mandate.v"
SHOWN = 12
REASON_LIMIT = 160
_UNCAPPED = frozenset({Kind.STRANGLE, Kind.STRADDLE, Kind.CALL, Kind.OPTION})


# --- the message of one whom it concerns -----------------------------------------------------------


def mandate_card(mandate: Mandate, who: str, *, now: datetime) -> Message:
    """The mandate as `who` sees it; without buttons once it is over."""
    return card(
        f"{mandate.environment.label} · {_title(mandate, who)}",
        _from(mandate, who),
        _covers(mandate, now),
        _warning(mandate),
        _outcome(mandate, who, now),
        _used(mandate, now),
        buttons=_buttons(mandate, who),
        key=f"{MANDATE_KEY}{mandate.version}",
    )


def _size(mandate: Mandate) -> str:
    """`10 short SPY strangles a day`."""
    terms = mandate.terms
    bare = replace(terms, delta=None, price=None, notional=None, loss=None, account="", minute=None)
    words = mandate_text(bare).removeprefix("at most ")
    return esc(words[: words.rindex(" until ")], 60)


def _title(mandate: Mandate, who: str) -> str:
    size = _size(mandate)
    match mandate.state:
        case RequestState.OPEN:
            if who == mandate.requester:
                return f"Mandate asked for: {size}"
            return (
                f"grant a mandate? {size}" if mandate.proposed_by == who else f"mandate asked of you: {size}"
            )
        case RequestState.APPROVED:
            return f"Mandate {_END[mandate.end] if mandate.end else 'holds'}: {size}"
        case RequestState.EXPIRED:
            return f"Mandate declined itself: {size}"
        case state:
            return f"Mandate {state.value}: {size}"


_END = {End.OVER: "is over", End.REVOKED: "revoked", End.HALTED: "ended by a halt"}


def _from(mandate: Mandate, who: str) -> str:
    whom = "you" if who == mandate.requester else person(mandate.requester)
    parts = [f"For {whom}, account {esc('…' + mandate.account[-4:], 8)}"]
    if mandate.proposed_by and mandate.proposed_by != who:
        parts.append(f"proposed by {person(mandate.proposed_by)}")
    if mandate.reason:
        parts.append(f"“{esc(mandate.reason, REASON_LIMIT)}”")
    return " · ".join(parts)


def _covers(mandate: Mandate, now: datetime) -> str:
    text = mandate.text.rpartition(" until ")[0]
    until = when(mandate.last, now, day=True)
    if mandate.end is not None or mandate.state not in {RequestState.OPEN, RequestState.APPROVED}:
        return f"It was for {esc(text, 200)}, until {until}"
    return f"Covers {esc(text, 200)}, until {until}: such orders over a limit are sent without asking"


def _warning(mandate: Mandate) -> str:
    """What an approver may not think of; only while it counts."""
    terms = mandate.terms
    if mandate.end is not None or mandate.state not in {RequestState.OPEN, RequestState.APPROVED}:
        return ""
    which = "" if terms.kind is Kind.SHARE else " of any expiration"
    parts = [f"Limit orders{which} that open; what the policy denies stays denied"]
    if terms.kind in _UNCAPPED and terms.side is not Side.BUY and terms.loss is None:
        parts.insert(0, "Careful: the loss of what is sold has no cap")
    return " · ".join(parts)


def _outcome(mandate: Mandate, who: str, now: datetime) -> str:
    given = ", ".join("you" if one == who else person(one) for one in mandate.given)
    match mandate.state:
        case RequestState.OPEN:
            yes = f" ({given})" if given else ""
            count = f"{len(mandate.given)} of {mandate.need.count}{yes}"
            return f"{count} · declines itself {when(mandate.expires_at, now)}"
        case RequestState.APPROVED:
            granted = when(mandate.granted_at, now) if mandate.granted_at else ""
            return f"Granted by {given} {granted}{_closed(mandate, who, now)}"
        case RequestState.DECLINED:
            no = mandate.declined
            by = ("you" if no.person == who else person(no.person)) if no else ""
            return f"Declined by {by}: “{esc(no.reason if no else '', REASON_LIMIT)}”"
        case RequestState.WITHDRAWN:
            return "Withdrawn before it was granted"
        case _:
            return "Nobody decided in time"


def _closed(mandate: Mandate, who: str, now: datetime) -> str:
    if mandate.end is None or mandate.closed_at is None:
        return ""
    at = when(mandate.closed_at, now)
    if mandate.end is End.REVOKED:
        return f" · revoked by {'you' if mandate.closed_by == who else person(mandate.closed_by)} {at}"
    return f" · {_END[mandate.end]} {at}"


def _used(mandate: Mandate, now: datetime) -> str:
    """Of the last day on which it was used: a message is not edited at midnight."""
    used = mandate.today
    if used is None:
        return ""
    last = f", last {when(used.last_at, now)}" if used.last_at else ""
    orders = figures.counted(used.orders, "order")
    count = f"{figures.quantity(used.units)} of {figures.quantity(mandate.terms.count)}"
    return f"{count} used on {used.day:%a} {used.day.day} {used.day:%b}: {orders}{last}"


def _buttons(mandate: Mandate, who: str) -> tuple[Block, ...]:
    handle = mandate.button_of(who)
    if mandate.is_granted and (who == mandate.requester or who in mandate.given):
        return (button("Revoke", ActionId.MANDATE_REVOKE, handle),)
    if mandate.state is not RequestState.OPEN:
        return ()
    if who == mandate.requester:
        return (button("Withdraw", ActionId.MANDATE_REVOKE, handle),)
    if who in mandate.given:
        return ()
    no = (
        button("Discard", ActionId.MANDATE_REVOKE, handle)
        if who == mandate.proposed_by
        else button("Decline …", ActionId.MANDATE_DECLINE, handle)
    )
    return (_grant(mandate, ActionId.MANDATE_APPROVE, handle), no)


def _grant(mandate: Mandate, action: str, handle: str) -> Block:
    """Asks once more, with all that is granted."""
    where = f"{mandate.environment.label}, account …{mandate.account[-4:]}"
    once = once_more(
        "Grant this mandate?", f"{mandate.text[:180]}, {where}: sent without asking you", "Grant"
    )
    return button("Grant …", action, handle, confirm=once)


def answered(mandate: Mandate, who: str) -> Message:
    """After the command: where it goes on."""
    if mandate.proposed_by == who:
        return card(
            f"{mandate.environment.label} · Not granted yet: {_size(mandate)}",
            f"For {person(mandate.requester)}. Grant it with the button in your messages",
        )
    names = ", ".join(person(asked.person) for asked in mandate.asked[:5])
    return card(
        f"{mandate.environment.label} · Mandate asked for: {_size(mandate)}",
        f"Asked: {names}. You hear of it in your messages",
    )


# --- the list --------------------------------------------------------------------------------------


def mandates_card(rows: Sequence[MandateRow], *, now: datetime) -> Message:
    if not rows:
        return card(
            "No mandate holds now",
            "Ask for one: `mandate at most 10 SPY strangles a day at 16 delta or less until friday`",
        )
    live = sum(1 for row in rows if row.mandate.is_granted and not row.lapsed)
    blocks: list[Block] = []
    for row in rows[:SHOWN]:
        blocks.append(section(_row(row, now), accessory=_row_button(row, len(blocks))))
    if len(rows) > SHOWN:
        blocks.append(context(f"… and {len(rows) - SHOWN} more"))
    return card(
        f"{figures.counted(live, 'mandate')} {'holds' if live == 1 else 'hold'} now", rows=tuple(blocks)
    )


def _row_button(row: MandateRow, number: int) -> Block | None:
    if not row.handle:
        return None
    if row.may_grant:
        return _grant(row.mandate, f"{ActionId.MANDATE_APPROVE}#{number}", row.handle)
    label = "Revoke" if row.mandate.is_granted else "Withdraw"
    return button(label, f"{ActionId.MANDATE_REVOKE}#{number}", row.handle)


def _row(row: MandateRow, now: datetime) -> str:
    mandate = row.mandate
    whom = f"{mandate.environment.label} {esc('…' + mandate.account[-4:], 8)} · {person(mandate.requester)}"
    text = esc(mandate.text.rpartition(" until ")[0], 200)
    if not mandate.is_granted:
        waits = f"not granted: {len(mandate.given)} of {mandate.need.count}"
        return f"*{text}*\n{whom} · {waits}, declines itself {when(mandate.expires_at, now)}"
    by = ", ".join(person(one) for one in mandate.given)
    state = f"covers nothing: {esc(row.lapsed[0], 120)}" if row.lapsed else _used_today(mandate)
    until = when(mandate.last, now, day=True)
    return f"*{text}*\n{whom} · granted by {by}, until {until}\n{state}"


def _used_today(mandate: Mandate) -> str:
    used = mandate.today
    count = "0" if used is None else figures.quantity(used.units)
    return f"{count} of {figures.quantity(mandate.terms.count)} used today"


# --- on an order's card ----------------------------------------------------------------------------


def covered(mark: MandateMark | None, now: datetime | None) -> str:
    """`Covered by mandate of @ben until …: 3 of 10 used today`; "" for an order without one."""
    if mark is None:
        return ""
    by = ", ".join(person(one) for one in mark.given)
    used = f"{figures.quantity(mark.used)} of {figures.quantity(mark.count)}"
    return f"Covered by mandate of {by} until {when(mark.last, now, day=True)}: {used} used today"


# --- what its holder hears -------------------------------------------------------------------------


def notice_words(params: Mapping[str, str]) -> tuple[str, ...]:
    """A decision of others, or its end: the first line, then the others."""
    state = params.get("state", "")
    title = f"{esc(params.get('environment', ''), 12)} · {_NEWS.get(state, 'Your mandate has changed')}"
    by = f"By {person(params['by'])}" if params.get("by") else ""
    reason = f"“{esc(params['reason'], REASON_LIMIT)}”" if params.get("reason") else ""
    after = "" if state == "approved" else "Orders over a limit are asked to be approved again"
    return (
        title,
        esc(params.get("mandate", ""), 240),
        " · ".join(part for part in (by, reason) if part),
        after,
        "See all: `/senex mandates`",
    )


_NEWS = {
    "approved": "Your mandate is granted",
    "declined": "Your mandate was declined",
    "expired": "Your mandate was not granted: nobody decided in time",
    "withdrawn": "Your mandate was withdrawn",
    "over": "Your mandate is over",
    "revoked": "Your mandate was revoked",
    "halted": "Your mandate was ended by a halt",
}
