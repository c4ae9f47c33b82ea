"""Plain notices by kind: short, honest, with a next step. A kind nobody wrote words for is still told."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from senexbot.blocks import figures, mandates, price_notices
from senexbot.blocks.actions import ActionId
from senexbot.blocks.kit import Block, Message, button, card, channel_words, esc, link
from senexbot.blocks.letter_notices import dead_letter
from senexbot.blocks.notice_params import Params, Words, environment, get, person_of, span, tail
from senexbot.blocks.risk_notices import risk_blind, risk_seen
from senexbot.domain.halts.halts import DESK, resume_words


def notice(kind: str, params: Mapping[str, str]) -> Message:
    """Never raises: a parameter that is missing is left out of the sentence."""
    words = _NOTICES.get(kind)
    return card(*(words(params) if words else _other(kind, params)), buttons=_buttons(kind, params))


def _buttons(kind: str, params: Params) -> tuple[Block, ...]:
    """For the one who may press them: the notice carries a handle of their own."""
    handle = params.get("handle", "")
    if kind != "policy_changed" or not handle:
        return ()
    agree = (button("Agree", ActionId.POLICY_AGREE, handle),) if params.get("state") == "proposed" else ()
    return (*agree, button("Withdraw", ActionId.POLICY_WITHDRAW, handle))


def _link_broken(params: Params) -> Words:
    return (
        f"{environment(params)}Your link to tastytrade does not work any more",
        get(params, "why", "reason"),
        "Orders already at the broker go on there, alerts on this link wait",
        "Link again: `/senex connect`",
    )


def _link_erased(params: Params) -> Words:
    return (
        f"{environment(params)}Link erased: its owner's Slack account is deactivated",
        tail("Owner: ", person_of(params, "user", "owner")),
        "Orders still open at the broker go on there: look at them in tastytrade's own app",
    )


def _halted(params: Params) -> Words:
    reducing = params.get("state") == "reducing"
    state, what = (
        ("REDUCING", "only orders that close start") if reducing else ("HALTED", "no new order starts")
    )
    return (
        f"{figures.scope(_scope(params))} is {state}{_by(params)}: {what}",
        tail("Reason: ", get(params, "reason")),
        "Cancels work. Orders already at the broker go on there",
        f"Lift it: `/senex {resume_words(_scope(params))}` (role risk or operator)",
    )


def _scope(params: Params) -> str:
    return params.get("scope") or DESK


def _by(params: Params) -> str:
    if params.get("by") == "bot":
        return " by the desk's own policy"
    who = person_of(params, "by")
    return f" by {who}" if who else ""


def _resumed(params: Params) -> Words:
    return (
        f"{figures.scope(_scope(params))} is ACTIVE again{_by(params)}: orders start",
        tail("Reason: ", get(params, "reason")),
        "Previews made before must be confirmed anew when they have ended",
    )


def _resume_asked(params: Params) -> Words:
    reducing = params.get("state") == "reducing"
    what = "REDUCING" if reducing else "ACTIVE"
    scope = _scope(params)
    say = f"halt{resume_words(scope).removeprefix('resume')} reducing" if reducing else resume_words(scope)
    return (
        f"Asked of you{_by(params)}: {figures.scope(scope)} to be {what} again",
        "The policy wants two persons with the role risk or operator to lift a halt",
        f"Agree within 30 min: `/senex {say}`; look first: `/senex status`",
    )


def _cancelled_by_desk(params: Params) -> Words:
    count = int(params["count"]) if params.get("count", "").isdigit() else 0
    return (
        f"{figures.counted(count, 'order')} of yours cancelled{_by(params)} under the halt",
        "Only what opens risk; what protects a position was left. Each card tells what was read back: `/orders`",
    )


def _policy_changed(params: Params) -> Words:
    by, due = _by(params), get(params, "due", limit=20)
    title, after = {
        "adopted": (f"Policy changed{by}: it holds now", "See all of it: `/senex policy`"),
        "proposed": (
            f"Policy change proposed{by}: a second person has to agree",
            "It holds when another person with the role risk presses Agree: `/senex policy`",
        ),
        "waiting": (
            f"Policy is loosened{by}{tail(' at ', due)}",
            "Until then anybody with the role risk may withdraw it: `/senex policy`",
        ),
    }.get(
        params.get("state", ""), (f"Policy change withdrawn{by}", "Nothing changed. See all: `/senex policy`")
    )
    return title, get(params, "change", limit=200), after


def _channel_closed(params: Params) -> Words:
    where = channel_words(params.get("channel", ""))
    return (
        f"Your alerts come here now: I cannot post in {where}",
        tail("Slack says: ", get(params, "reason", limit=60)),
        "Invite me there again, or delete them: `/senex alerts`",
    )


def _unknown_reminder(params: Params) -> Words:
    return (
        f"{environment(params)}Still not known whether the broker has your order. Do not repeat it.",
        get(params, "order", "words"),
        tail("Looked: ", get(params, "looks")),
        "Look in tastytrade's own app, then press a button on the order's card: `/orders` brings it",
    )


def _external_reason(params: Params) -> Words:
    return (
        f"{environment(params)}Reason for an order placed elsewhere{_by(params)}",
        get(params, "order", limit=160),
        tail("Over the desk's limits: ", get(params, "over", limit=160)),
        tail("Reason: ", get(params, "why", limit=300)),
    )


def _external_order(params: Params) -> Words:
    return (
        f"{environment(params)}Placed elsewhere: {get(params, 'order', 'words', limit=60) or 'an order'}",
        " · ".join(
            part
            for part in (
                tail("Account ", get(params, "account")),
                tail("broker's order ", get(params, "id", "order_id")),
                get(params, "status"),
            )
            if part
        ),
        "This desk only shows it. See or cancel it: `/orders`",
    )


def _started_after_crash(params: Params) -> Words:
    return (
        "The desk is back after it was stopped hard",
        tail("Down ", span(params)),
        tail("Orders not known, being looked for: ", get(params, "unknown")),
        "Nothing was sent again. Your orders: `/orders`",
    )


def _progress(params: Params) -> Words:
    return (f"Asking tastytrade{tail(': ', get(params, 'what', limit=50))} …",)


def _secret_typed(_: Params) -> Words:
    return (
        "Nothing done: that looks like a password or token",
        "It was not stored and is not repeated here, but Slack keeps what was typed",
        "Withdraw it: my.tastytrade.com → API → OAuth applications, delete the grant, make a new one",
        "Give it to the form only: `/senex connect`",
    )


def _answered_in_messages(params: Params) -> Words:
    what = figures.raised(get(params, "what", limit=20))
    url = params.get("link", "")
    return (
        f"{what}: answered in your messages" if what else "Answered in your messages",
        link(url, "Go there") if url else "",
        tail("Because ", get(params, "why")),
        "Account data is only shown where you alone, or the team alone, can read it"
        if params.get("why")
        else "",
    )


def _second_copy(params: Params) -> Words:
    return (
        f"{environment(params)}Not kept up to date: this is a second copy of a card",
        "It was posted twice because an answer of Slack came too late",
        "Use the other one in this conversation; `/orders` brings your own orders' cards",
    )


def _invariant(params: Params) -> Words:
    return (
        f"Needs a look: broker's order {get(params, 'order', limit=20)} does not fit what is stored",
        get(params, "why"),
        "It was left alone. Compare it in tastytrade's own app with `/orders`",
    )


def _unreadable(params: Params) -> Words:
    return (
        "A stored message could not be read, so it was not delivered",
        tail("Row of the outbox: ", get(params, "outbox_row")),
        "It is kept in the list of dead letters; an operator has to look",
    )


def _approval_answered(params: Params) -> Words:
    return (
        f"{environment(params)}Answered: {get(params, 'answer', limit=60)}",
        get(params, "answer"),
        tail("Order: ", get(params, "order")),
        "Decide on the request in your messages",
    )


def _deputy(params: Params) -> Words:
    until, by = get(params, "until", limit=40), person_of(params, "by")
    if not until:
        return (f"You are not the deputy of {by} any more", "What you have approved before stays approved")
    return (
        f"You may approve in the place of {by} until {until}",
        "Requests come into your messages, each with its buttons",
        "Nothing to do now; `/senex deputy` shows all deputies",
    )


def _other(kind: str, params: Params) -> Words:
    said = " · ".join(f"{esc(name, 30)}: {esc(value, 80)}" for name, value in list(params.items())[:6])
    return (f"Notice from the desk: {esc(kind.replace('_', ' '), 50)}", said)


_NOTICES: Mapping[str, Callable[[Params], Words]] = {
    "link_broken": _link_broken,
    "link_erased_deactivated": _link_erased,
    "blind": price_notices.blind,
    "risk_blind": risk_blind,
    "risk_seen": risk_seen,
    "seen_again": price_notices.seen_again,
    "gap_unchecked": price_notices.gap_unchecked,
    "symbol_still": price_notices.symbol_still,
    "symbol_moves": price_notices.symbol_moves,
    "symbol_halted": price_notices.symbol_halted,
    "symbol_trades": price_notices.symbol_trades,
    "alert_parked": price_notices.alert_parked,
    "alert_unparked": price_notices.alert_unparked,
    "late_alert": price_notices.late_alert,
    "dead_letter": dead_letter,
    "halted": _halted,
    "resumed": _resumed,
    "resume_asked": _resume_asked,
    "cancelled_by_desk": _cancelled_by_desk,
    "policy_changed": _policy_changed,
    "channel_closed": _channel_closed,
    "unknown_reminder": _unknown_reminder,
    "external_order": _external_order,
    "external_reason": _external_reason,
    "started_after_crash": _started_after_crash,
    "progress": _progress,
    "secret_typed": _secret_typed,
    "answered_in_messages": _answered_in_messages,
    "second_copy": _second_copy,
    "invariant": _invariant,
    "unreadable": _unreadable,
    "approval_answered": _approval_answered,
    "deputy": _deputy,
    "mandate": mandates.notice_words,
}

KINDS = frozenset(_NOTICES)
