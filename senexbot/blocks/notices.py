"""Plain notices by kind: short, honest, with a next step. A kind nobody wrote words for is still told."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from senexbot.blocks import figures, mandates
from senexbot.blocks.actions import ActionId
from senexbot.blocks.kit import Block, Message, button, card, channel_words, esc, link, person
from senexbot.blocks.risk_notices import risk_blind, risk_seen
from senexbot.domain.halts.halts import DESK, resume_words

Params = Mapping[str, str]
_Words = tuple[str, ...]  # the first line, then the others


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


def _get(params: Params, *names: str, limit: int = 120) -> str:
    """The first of these parameters that is there, ready for mrkdwn."""
    return next((esc(params[name], limit) for name in names if params.get(name)), "")


def _span(params: Params) -> str:
    start, end = _get(params, "from", "since"), _get(params, "to", "until")
    return " ".join(part for part in (f"from {start}" if start else "", f"to {end}" if end else "") if part)


def _tail(mark: str, text: str) -> str:
    return f"{mark}{text}" if text else ""


def _environment(params: Params) -> str:
    where = _get(params, "environment", limit=12)
    return f"{where} · " if where else ""


def _link_broken(params: Params) -> _Words:
    return (
        f"{_environment(params)}Your link to tastytrade does not work any more",
        _get(params, "why", "reason"),
        "Orders already at the broker go on there, alerts on this link wait",
        "Link again: `/senex connect`",
    )


def _link_erased(params: Params) -> _Words:
    return (
        f"{_environment(params)}Link erased: its owner's Slack account is deactivated",
        _tail("Owner: ", _person(params, "user", "owner")),
        "Orders still open at the broker go on there: look at them in tastytrade's own app",
    )


def _person(params: Params, *names: str) -> str:
    return next((person(params[name]) for name in names if params.get(name)), "")


def _blind(params: Params) -> _Words:
    what = _get(params, "what") or "Prices"
    orders = what == "Orders"
    late = "fills may be told late" if orders else "alerts may come late"
    after = (
        "what it missed is then read from the broker's list"
        if orders
        else "a level crossed and left again meanwhile is not seen"
    )
    return (
        f"{_environment(params)}{what} cannot be seen{_tail(' since ', _get(params, 'from', 'since'))}: {late}",
        _get(params, "why", "reason"),
        f"The line is being opened again; {after}",
    )


def _seen_again(params: Params) -> _Words:
    what = _get(params, "what") or "Prices"
    checked = _get(params, "checked", "found")
    after = (
        "What was missed is being read from the broker's list"
        if what == "Orders"
        else "A level that is crossed now fires, marked late; one crossed and left meanwhile was not seen"
    )
    return (
        f"{_environment(params)}{what} are seen again; blind {_span(params)}".rstrip().removesuffix(
            "; blind"
        ),
        f"The gap was checked: {checked}" if checked else after,
    )


def _gap_unchecked(params: Params) -> _Words:
    count, span = _get(params, "count", limit=8) or "some", _span(params)
    alerts, again = ("alert", "It watches") if count == "1" else ("alerts", "They watch")
    return (
        f"{_environment(params)}{count} {alerts} may have missed something{', ' if span else ''}{span}",
        _get(params, "which", limit=900),
        f"I saw nothing in that time, and candles do not tell enough. {again} again from here on",
    )


def _symbol_still(params: Params) -> _Words:
    what, price = _get(params, "what", limit=30) or "A symbol", _get(params, "price", limit=20)
    read = f"The broker's quote says {price}; " if price else "The broker's quote could not be read either; "
    return (
        f"{_environment(params)}{what} stands still{_tail(' since ', _get(params, 'since'))}: alerts may come late",
        "Other prices move; it was asked for again and still brings nothing",
        f"{read}it is asked every 30 s until the symbol moves: a level found crossed then fires, marked late",
        "Look yourself: `/quote`",
    )


def _symbol_moves(params: Params) -> _Words:
    return (
        f"{_environment(params)}{_get(params, 'what', limit=30) or 'A symbol'} moves again",
        _tail("It stood still ", _span(params)),
        "A level crossed and left between two quotes was not seen",
    )


def _symbol_halted(params: Params) -> _Words:
    what = _get(params, "what", limit=30) or "A symbol"
    return (
        f"{_environment(params)}Trading in {what} is halted",
        _tail("No trade since ", _get(params, "since")),
        "Its alerts stay set; they look again at the first trade after the halt",
    )


def _symbol_trades(params: Params) -> _Words:
    return (
        f"{_environment(params)}{_get(params, 'what', limit=30) or 'A symbol'} trades again",
        _tail("It was halted ", _span(params)),
        "Its alerts look at each price again",
    )


def _alert_parked(params: Params) -> _Words:
    return (
        f"{_environment(params)}Alert {_numbered(params)} is parked",
        _get(params, "reason", limit=120) or "Its instrument is not known any more",
        "It starts again by itself when tastytrade lists it; `/alerts` shows and deletes it",
    )


def _alert_unparked(params: Params) -> _Words:
    return (
        f"{_environment(params)}Alert {_numbered(params)} watches again",
        "tastytrade lists its instrument again",
    )


def _numbered(params: Params) -> str:
    words = _get(params, "words", limit=60)
    return f"{_get(params, 'number', limit=8)}{f' ({words})' if words else ''}".strip() or "of yours"


def _late_alert(params: Params) -> _Words:
    alert = _get(params, "words", "alert", limit=60) or "An alert"
    return (
        f"Seen late: {alert}",
        _tail("The price line was blind ", _span(params)),
        "It crossed in that time; the price now may be another: `/quote` it",
    )


def _dead_letter(params: Params) -> _Words:
    return (
        f"A message could not be delivered{_tail(': ', _get(params, 'reason', limit=60))}",
        " · ".join(
            part for part in (_tail("What: ", _letter(params)), _tail("to: ", _get(params, "to"))) if part
        ),
        _kept(params),
        "You are told because nobody is operator here and no admin channel is set"
        if params.get("unmanned")
        else "",
    )


def _kept(params: Params) -> str:
    number = _get(params, "id", limit=20)
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


def _halted(params: Params) -> _Words:
    reducing = params.get("state") == "reducing"
    state, what = (
        ("REDUCING", "only orders that close start") if reducing else ("HALTED", "no new order starts")
    )
    return (
        f"{figures.scope(_scope(params))} is {state}{_by(params)}: {what}",
        _tail("Reason: ", _get(params, "reason")),
        "Cancels work. Orders already at the broker go on there",
        f"Lift it: `/senex {resume_words(_scope(params))}` (role risk or operator)",
    )


def _scope(params: Params) -> str:
    return params.get("scope") or DESK


def _by(params: Params) -> str:
    if params.get("by") == "bot":
        return " by the desk's own policy"
    who = _person(params, "by")
    return f" by {who}" if who else ""


def _resumed(params: Params) -> _Words:
    return (
        f"{figures.scope(_scope(params))} is ACTIVE again{_by(params)}: orders start",
        _tail("Reason: ", _get(params, "reason")),
        "Previews made before must be confirmed anew when they have ended",
    )


def _resume_asked(params: Params) -> _Words:
    reducing = params.get("state") == "reducing"
    what = "REDUCING" if reducing else "ACTIVE"
    scope = _scope(params)
    say = f"halt{resume_words(scope).removeprefix('resume')} reducing" if reducing else resume_words(scope)
    return (
        f"Asked of you{_by(params)}: {figures.scope(scope)} to be {what} again",
        "The policy wants two persons with the role risk or operator to lift a halt",
        f"Agree within 30 min: `/senex {say}`; look first: `/senex status`",
    )


def _cancelled_by_desk(params: Params) -> _Words:
    count = int(params["count"]) if params.get("count", "").isdigit() else 0
    return (
        f"{figures.counted(count, 'order')} of yours cancelled{_by(params)} under the halt",
        "Only what opens risk; what protects a position was left. Each card tells what was read back: `/orders`",
    )


def _policy_changed(params: Params) -> _Words:
    by, due = _by(params), _get(params, "due", limit=20)
    title, after = {
        "adopted": (f"Policy changed{by}: it holds now", "See all of it: `/senex policy`"),
        "proposed": (
            f"Policy change proposed{by}: a second person has to agree",
            "It holds when another person with the role risk presses Agree: `/senex policy`",
        ),
        "waiting": (
            f"Policy is loosened{by}{_tail(' at ', due)}",
            "Until then anybody with the role risk may withdraw it: `/senex policy`",
        ),
    }.get(
        params.get("state", ""), (f"Policy change withdrawn{by}", "Nothing changed. See all: `/senex policy`")
    )
    return title, _get(params, "change", limit=200), after


def _channel_closed(params: Params) -> _Words:
    where = channel_words(params.get("channel", ""))
    return (
        f"Your alerts come here now: I cannot post in {where}",
        _tail("Slack says: ", _get(params, "reason", limit=60)),
        "Invite me there again, or delete them: `/senex alerts`",
    )


def _unknown_reminder(params: Params) -> _Words:
    return (
        f"{_environment(params)}Still not known whether the broker has your order. Do not repeat it.",
        _get(params, "order", "words"),
        _tail("Looked: ", _get(params, "looks")),
        "Look in tastytrade's own app, then press a button on the order's card: `/orders` brings it",
    )


def _external_reason(params: Params) -> _Words:
    return (
        f"{_environment(params)}Reason for an order placed elsewhere{_by(params)}",
        _get(params, "order", limit=160),
        _tail("Over the desk's limits: ", _get(params, "over", limit=160)),
        _tail("Reason: ", _get(params, "why", limit=300)),
    )


def _external_order(params: Params) -> _Words:
    return (
        f"{_environment(params)}Placed elsewhere: {_get(params, 'order', 'words', limit=60) or 'an order'}",
        " · ".join(
            part
            for part in (
                _tail("Account ", _get(params, "account")),
                _tail("broker's order ", _get(params, "id", "order_id")),
                _get(params, "status"),
            )
            if part
        ),
        "This desk only shows it. See or cancel it: `/orders`",
    )


def _started_after_crash(params: Params) -> _Words:
    return (
        "The desk is back after it was stopped hard",
        _tail("Down ", _span(params)),
        _tail("Orders not known, being looked for: ", _get(params, "unknown")),
        "Nothing was sent again. Your orders: `/orders`",
    )


def _progress(params: Params) -> _Words:
    return (f"Asking tastytrade{_tail(': ', _get(params, 'what', limit=50))} …",)


def _secret_typed(_: Params) -> _Words:
    return (
        "Nothing done: that looks like a password or token",
        "It was not stored and is not repeated here, but Slack keeps what was typed",
        "Withdraw it: my.tastytrade.com → API → OAuth applications, delete the grant, make a new one",
        "Give it to the form only: `/senex connect`",
    )


def _answered_in_messages(params: Params) -> _Words:
    what = figures.raised(_get(params, "what", limit=20))
    url = params.get("link", "")
    return (
        f"{what}: answered in your messages" if what else "Answered in your messages",
        link(url, "Go there") if url else "",
        _tail("Because ", _get(params, "why")),
        "Account data is only shown where you alone, or the team alone, can read it"
        if params.get("why")
        else "",
    )


def _second_copy(params: Params) -> _Words:
    return (
        f"{_environment(params)}Not kept up to date: this is a second copy of a card",
        "It was posted twice because an answer of Slack came too late",
        "Use the other one in this conversation; `/orders` brings your own orders' cards",
    )


def _invariant(params: Params) -> _Words:
    return (
        f"Needs a look: broker's order {_get(params, 'order', limit=20)} does not fit what is stored",
        _get(params, "why"),
        "It was left alone. Compare it in tastytrade's own app with `/orders`",
    )


def _unreadable(params: Params) -> _Words:
    return (
        "A stored message could not be read, so it was not delivered",
        _tail("Row of the outbox: ", _get(params, "outbox_row")),
        "It is kept in the list of dead letters; an operator has to look",
    )


def _approval_answered(params: Params) -> _Words:
    return (
        f"{_environment(params)}Answered: {_get(params, 'answer', limit=60)}",
        _get(params, "answer"),
        _tail("Order: ", _get(params, "order")),
        "Decide on the request in your messages",
    )


def _deputy(params: Params) -> _Words:
    until, by = _get(params, "until", limit=40), _person(params, "by")
    if not until:
        return (f"You are not the deputy of {by} any more", "What you have approved before stays approved")
    return (
        f"You may approve in the place of {by} until {until}",
        "Requests come into your messages, each with its buttons",
        "Nothing to do now; `/senex deputy` shows all deputies",
    )


def _other(kind: str, params: Params) -> _Words:
    said = " · ".join(f"{esc(name, 30)}: {esc(value, 80)}" for name, value in list(params.items())[:6])
    return (f"Notice from the desk: {esc(kind.replace('_', ' '), 50)}", said)


_NOTICES: Mapping[str, Callable[[Params], _Words]] = {
    "link_broken": _link_broken,
    "link_erased_deactivated": _link_erased,
    "blind": _blind,
    "risk_blind": risk_blind,
    "risk_seen": risk_seen,
    "seen_again": _seen_again,
    "gap_unchecked": _gap_unchecked,
    "symbol_still": _symbol_still,
    "symbol_moves": _symbol_moves,
    "symbol_halted": _symbol_halted,
    "symbol_trades": _symbol_trades,
    "alert_parked": _alert_parked,
    "alert_unparked": _alert_unparked,
    "late_alert": _late_alert,
    "dead_letter": _dead_letter,
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
