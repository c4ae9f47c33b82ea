"""Errors in words: what happened, what state things are in, what to do next. Never a traceback, never a body."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from senexbot.blocks import figures
from senexbot.blocks.actions import SayButton, say_buttons
from senexbot.blocks.kit import Message, card, esc, quoted
from senexbot.domain import errors as e
from senexbot.domain.errors import SenexError

REASON_LIMIT = 200


@dataclass(frozen=True, slots=True)
class _Words:
    """`happened` goes into the first line behind the state; `foot` is small print."""

    happened: str
    lines: tuple[str, ...] = ()
    foot: str = ""


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
    title = f"Nothing sent: {words.happened}" if nothing_sent else _capital(words.happened)
    lines = [*words.lines, "Meant:" if says and isinstance(error, e.ParseError) else ""]
    return card(title, *lines, foot=words.foot, buttons=say_buttons(says))


def unforeseen(reference: str, *, nothing_sent: bool = False) -> Message:
    """For what is no error of ours at all."""
    return error_card(SenexError(), reference=reference, nothing_sent=nothing_sent)


def _words(error: SenexError, reference: str) -> _Words:
    for kind in type(error).__mro__:
        render = _RENDERERS.get(kind)
        if render is not None:
            return render(error, reference)
    return _unforeseen(error, reference)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _said(error: SenexError, otherwise: str) -> tuple[str, tuple[str, ...]]:
    """Our own words of the error for the first line, and once more in full when they are long."""
    text = error.message or otherwise
    full = esc(text, REASON_LIMIT) if len(text) > 72 else ""
    return _sentence(esc(text, REASON_LIMIT)), (full,)


def _sentence(text: str) -> str:
    """As it stands behind a colon: no full stop, and small unless it begins with a name."""
    text = text.removesuffix(".")
    second = text[1:2]
    return text[:1].lower() + text[1:] if second.islower() or second == " " else text


def _parse(error: SenexError, _reference: str) -> _Words:
    assert isinstance(error, e.ParseError)
    hint = esc(error.hint, REASON_LIMIT)
    if error.word is None:
        happened, lines = _said(error, "something is missing at the end")
        return _Words(happened, (*lines, hint))
    place = f"word {error.place}, {quoted(error.word)}" if error.place is not None else quoted(error.word)
    message = esc(error.message, REASON_LIMIT)
    if not message or error.word in error.message:
        lines = (message,) if message and not _says_only_unknown(error) else ()
        return _Words(f"{place}, is unknown" if "," in place else f"{place} is unknown", (*lines, hint))
    return _Words(f"{place}: {_sentence(message)}", (hint,))


def _says_only_unknown(error: e.ParseError) -> bool:
    return len(error.message) < len(error.word or "") + 24


def _not_permitted(error: SenexError, _reference: str) -> _Words:
    happened, lines = _said(error, "this is not yours to do")
    return _Words(happened, (*lines, "Nothing was changed. An operator of this desk can give a role"))


def _not_connected(error: SenexError, _reference: str) -> _Words:
    happened, lines = _said(error, "no tastytrade account is linked yet")
    return _Words(happened, (*lines, "Link one: `/senex connect`"))


def _not_found(error: SenexError, _reference: str) -> _Words:
    happened, lines = _said(error, "there is no such thing here")
    return _Words(happened, (*lines, "See what there is: `/orders`, `/senex alerts`, `/senex accounts`"))


def _already(error: SenexError, _reference: str) -> _Words:
    happened, lines = _said(error, "this is done already")
    return _Words(happened, (*lines, "Your press changed nothing; the card shows how things stand"))


def _expired(error: SenexError, _reference: str) -> _Words:
    happened, lines = _said(error, "too late, this has ended")
    return _Words(happened, (*lines, "Nothing was changed. Ask again for a new one"))


def _denied(error: SenexError, _reference: str) -> _Words:
    assert isinstance(error, e.Denied)
    reasons = [esc(reason.words, REASON_LIMIT) for reason in error.reasons]
    first = _sentence(reasons[0]) if reasons else "the desk's rules do not allow it"
    shown = reasons if len(reasons) > 1 or len(first) > 60 else []
    codes = ", ".join(esc(reason.code, 40) for reason in error.reasons[:4])
    lines = tuple(f"• {reason}" for reason in shown[:3])
    more = f"… and {len(shown) - 3} more" if len(shown) > 3 else ""
    return _Words(
        f"denied: {first}",
        (*lines, more, "This is the desk's own no; the broker was not asked to trade"),
        f"Code: {codes}" if codes else "",
    )


def _refused(error: SenexError, _reference: str) -> _Words:
    assert isinstance(error, e.Refused)
    said = esc(error.message, REASON_LIMIT) or "without a reason"
    code = f"tastytrade's code: {esc(error.broker_code, 60)}" if error.broker_code else ""
    full = (said,) if len(said) > 60 else ()
    return _Words(f"refused by the broker: {said}", (*full, "Change what it names and try again"), code)


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
    happened, lines = _said(error, "trouble with tastytrade")
    return _Words(happened, (*lines, "Try again in a minute"))


def _gone(error: SenexError, _reference: str) -> _Words:
    assert isinstance(error, e.Gone)
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
    happened, lines = _said(error, "the settings of this desk are wrong")
    return _Words(happened, (*lines, "An operator has to mend the settings: `senexbot doctor` tells how"))


def _unforeseen(_error: SenexError, reference: str) -> _Words:
    return _Words(
        "this went wrong on our side",
        (
            "Do not repeat an order before you have looked at `/orders`",
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
    e.UserError: _already,
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
