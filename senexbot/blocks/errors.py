"""Errors in words: what happened, what state things are in, what to do next. Never a traceback, never a body."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from senexbot.blocks import figures
from senexbot.blocks.actions import SayButton, say_buttons
from senexbot.blocks.kit import Message, card, esc, headline, quoted
from senexbot.domain import errors as e
from senexbot.domain.errors import SenexError
from senexbot.domain.orders.intents import IntentState

REASON_LIMIT = 200


@dataclass(frozen=True, slots=True)
class _Words:
    """`happened` goes into the first line behind the state; `foot` is small print; a verdict ("denied: …") needs no colon of its own."""

    happened: str
    lines: tuple[str, ...] = ()
    foot: str = ""
    is_verdict: bool = False


_LOOK_FIRST = "Do not repeat an order before you have looked at `/orders`"


def error_card(
    error: SenexError,
    *,
    reference: str = "",
    says: Sequence[SayButton] = (),
    nothing_sent: bool = False,
) -> Message:
    """`nothing_sent`: the command was about an order, and it is proven that none went out.

    What we did not foresee shows its `reference` and nothing of itself.
    """
    words = _words(error, reference)
    lines = words.lines
    if nothing_sent:
        lines = tuple(line for line in lines if line != _LOOK_FIRST)
        title = f"Nothing sent{', ' if words.is_verdict else ': '}{words.happened}"
    else:
        title = words.happened if words.happened.startswith("tastytrade") else figures.raised(words.happened)
    if words.is_verdict:
        title, rest = headline(*title.split(": ", 1))
        lines = (rest, *lines)
    return card(title, *lines, _offer(error) if says else "", foot=words.foot, buttons=say_buttons(says))


def _offer(error: SenexError) -> str:
    """The word before the buttons: a slip was probably meant so; what was left out can be added."""
    if not isinstance(error, e.ParseError):
        return ""
    return "Meant:" if error.word is not None else "Perhaps:"


def unforeseen(reference: str, *, nothing_sent: bool = False) -> Message:
    """For what is no error of ours at all."""
    return error_card(SenexError(), reference=reference, nothing_sent=nothing_sent)


def _words(error: SenexError, reference: str) -> _Words:
    for kind in type(error).__mro__:
        render = _RENDERERS.get(kind)
        if render is not None:
            return render(error, reference)
    return _unforeseen(error, reference)


def _said(error: SenexError, otherwise: str) -> str:
    """Our own words of the error for the first line."""
    return _sentence(esc(error.message or otherwise, REASON_LIMIT))


def _sentence(text: str) -> str:
    """As it stands behind a colon: no full stop, and small unless it begins with a name."""
    text = text.removesuffix(".")
    second = text[1:2]
    return figures.lowered(text) if second.islower() or second == " " else text


def _parse(error: SenexError, _reference: str) -> _Words:
    """The word stumbled on, with its place: `word 5, "strangel", is neither above nor below`."""
    assert isinstance(error, e.ParseError)
    hint = esc(error.hint, REASON_LIMIT)
    if error.word is None:
        return _Words(_said(error, "something is missing"), (hint,))
    place = quoted(error.word) if error.place is None else f"word {error.place}, {quoted(error.word)}"
    comma = "" if error.place is None else ","
    said = error.message.removesuffix(".")
    begins = f"“{error.word}”"
    if not said:
        return _Words(f"{place}{comma} is unknown", (hint,))
    if said.startswith(f"{begins} "):
        return _Words(f"{place}{comma} {esc(said.removeprefix(begins), REASON_LIMIT)}", (hint,))
    if said.startswith(begins):
        return _Words(f"{place}{esc(said.removeprefix(begins), REASON_LIMIT)}", (hint,))
    if begins in said:
        where = "" if error.place is None else f" (word {error.place})"
        return _Words(f"{_sentence(esc(said, REASON_LIMIT))}{where}", (hint,))
    return _Words(f"{place}: {_sentence(esc(said, REASON_LIMIT))}", (hint,))


def _not_permitted(error: SenexError, _reference: str) -> _Words:
    return _Words(_said(error, "this is not yours to do"), ("Nothing was changed",))


def _not_connected(error: SenexError, _reference: str) -> _Words:
    return _Words(_said(error, "no tastytrade account is linked yet"), ("Link one: `/senex connect`",))


def _not_found(error: SenexError, _reference: str) -> _Words:
    return _Words(
        _said(error, "there is no such thing here"),
        ("See what there is: `/orders`, `/senex alerts`, `/senex accounts`",),
    )


_ORDER_IS: Mapping[str, str] = {
    IntentState.CLAIMED: "is on its way to the broker already",
    IntentState.WORKING: "is at the broker already",
    IntentState.CANCEL_REQUESTED: "is being cancelled already",
    IntentState.FILLED: "has filled already",
    IntentState.DISCARDED: "was discarded already",
    IntentState.LAPSED: "was not confirmed in time",
    IntentState.UNKNOWN: "was sent already, its outcome is not known yet",
    IntentState.NEEDS_PERSON: "was sent already, its outcome is not known yet",
    IntentState.PRESUMED_NOT_PLACED: "was sent already and not found at the broker",
    IntentState.CLOSED_BY_OWNER: "was closed by you already",
    IntentState.NOT_SENT: "was not sent; make a new one",
}  # the others read well as they are: denied, refused, cancelled, expired, rejected


def _already(error: SenexError, _reference: str) -> _Words:
    state = _ORDER_IS.get(error.code, "")
    told = error.message == f"This order is {error.code.replace('_', ' ')} already."
    return _Words(
        f"this order {state}" if told and state else _said(error, "this is done already"),
        ("Nothing more was done. How things stand: `/orders`, `/senex status`",),
    )


def _user(error: SenexError, _reference: str) -> _Words:
    return _Words(_said(error, "this cannot be done"), ("Nothing was changed",))


def _expired(error: SenexError, _reference: str) -> _Words:
    return _Words(_said(error, "too late, this has ended"), ("Nothing was changed. Ask again for a new one",))


def _denied(error: SenexError, _reference: str) -> _Words:
    assert isinstance(error, e.Denied)
    reasons = [_sentence(esc(reason.words, REASON_LIMIT)) for reason in error.reasons]
    first = reasons[0] if reasons else "the desk's rules do not allow it"
    also = f"Also: {'; '.join(reasons[1:4])}" if len(reasons) > 1 else ""
    if len(reasons) > 4:
        also += f"; and {len(reasons) - 4} more"
    codes = ", ".join(esc(reason.code, 40) for reason in error.reasons[:6])
    return _Words(
        f"denied: {first}",
        (also, "This is the desk's own no, not the broker's", *_next_steps(error.reasons)),
        f"Code: {codes}" if codes else "",
        is_verdict=True,
    )


_NEXT_STEPS = {
    "no_approver": "Another member needs the role approver: the operator grants it with `senexbot roles grant`",
}


def _next_steps(reasons: Sequence[e.Reason]) -> tuple[str, ...]:
    """Where a no has a way out that is not in the order itself."""
    steps = (_NEXT_STEPS.get(reason.code, "") for reason in reasons)
    return tuple(dict.fromkeys(step for step in steps if step))


def _refused(error: SenexError, _reference: str) -> _Words:
    assert isinstance(error, e.Refused)
    said = esc(error.message, REASON_LIMIT) or "without a reason"
    code = f"tastytrade's code: {esc(error.broker_code, 60)}" if error.broker_code else ""
    return _Words(
        f"refused by the broker: {said}", ("Change what it names and try again",), code, is_verdict=True
    )


def _unavailable(error: SenexError, _reference: str) -> _Words:
    why = esc(error.message, REASON_LIMIT)
    return _Words(
        "tastytrade does not answer now",
        (why, "Nothing was changed. Try again in a minute; orders already there go on"),
    )


def _grant(error: SenexError, _reference: str) -> _Words:
    assert isinstance(error, e.GrantExpired)
    what = {
        "client_secret": "the client secret",
        "refresh_token": "the refresh token",
        "environment": "a grant of another environment",
    }.get(error.what, "your grant")
    return _Words(
        f"tastytrade does not accept {what} any more",
        (
            "Orders already at the broker go on there; nothing new can be asked",
            "Link again: `/senex connect`",
        ),
    )


def _broker_limit(error: SenexError, _reference: str) -> _Words:
    assert isinstance(error, e.BrokerRateLimited)
    return _Words(
        f"tastytrade asks for a pause of {_seconds(error.after)}",
        ("Too many questions at once. Nothing was changed; try again after the pause",),
    )


def _seconds(after: float) -> str:
    return figures.counted(max(round(min(after, 86_400.0)), 1), "second")


def _broker(error: SenexError, _reference: str) -> _Words:
    return _Words(_said(error, "trouble with tastytrade"), ("Try again in a minute",))


def _gone(error: SenexError, _reference: str) -> _Words:
    assert isinstance(error, e.Gone)
    if error.reason.endswith("_trigger_id"):
        return _Words(
            "Slack did not wait for the form", ("Nothing was changed. Say it, or press it, once more",)
        )
    return _Words(
        f"Slack does not let me post there ({esc(error.reason, 40)})",
        ("Invite me to the channel, or say it in a message to me",),
    )


def _slack_limit(error: SenexError, _reference: str) -> _Words:
    assert isinstance(error, e.MessengerRateLimited)
    return _Words(
        f"Slack asks for a pause of {_seconds(error.after)}", ("What is to be told is kept and follows",)
    )


def _slack(_error: SenexError, _reference: str) -> _Words:
    return _Words("Slack did not take a message", ("What is to be told is kept and follows",))


def _stale(_error: SenexError, _reference: str) -> _Words:
    return _Words(
        "something else was first",
        ("Things changed while you pressed; your press changed nothing. Look at the card and press again",),
    )


def _store(_error: SenexError, reference: str) -> _Words:
    return _Words(
        "the desk cannot write to its database",
        ("Nothing was changed and nothing new is sent until it can. An operator has to look",),
        _reference_words(reference),
    )


def _fenced(_error: SenexError, _reference: str) -> _Words:
    return _Words(
        "a newer copy of this desk has taken over",
        ("Nothing was changed here. Press or say it again",),
    )


def _config(error: SenexError, _reference: str) -> _Words:
    return _Words(
        _said(error, "the settings of this desk are wrong"),
        ("An operator has to mend the settings: `senexbot doctor` tells how",),
    )


def _unforeseen(_error: SenexError, reference: str) -> _Words:
    return _Words(
        "this went wrong on our side",
        (
            _LOOK_FIRST,
            "An operator finds the cause in the log by the reference" if reference else "",
        ),
        _reference_words(reference),
    )


def _reference_words(reference: str) -> str:
    return f"Reference {esc(reference, 60)}" if reference else ""


_RENDERERS: Mapping[type, Callable[[SenexError, str], _Words]] = {
    e.ParseError: _parse,
    e.NotPermitted: _not_permitted,
    e.NotConnected: _not_connected,
    e.NotFound: _not_found,
    e.AlreadyHandled: _already,
    e.Expired: _expired,
    e.Denied: _denied,
    e.UserError: _user,
    e.Refused: _refused,
    e.Unavailable: _unavailable,
    e.GrantExpired: _grant,
    e.BrokerRateLimited: _broker_limit,
    e.BrokerFault: _broker,
    e.Gone: _gone,
    e.MessengerRateLimited: _slack_limit,
    e.MessengerFault: _slack,
    e.Stale: _stale,
    e.Fenced: _fenced,
    e.StoreFault: _store,
    e.ConfigError: _config,
}
