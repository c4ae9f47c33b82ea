"""What can go wrong, by who has to act: the person, the broker, Slack, the store, the operator, or us.

Adapters translate what they meet into these at their edge and keep the cause. Words for people
are made in blocks/errors.py; nothing here holds a secret or a body of an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


class SenexError(Exception):
    """Base of all errors that we raise. `code` is stable and published (docs/commands.md)."""

    code = "error"

    def __init__(self, message: str = "", *, code: str | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code

    @property
    def message(self) -> str:
        """What happened, in words fit for a person."""
        return str(self)


class UserError(SenexError):
    """The person can mend it: another word, another account, another moment."""

    code = "user"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A text the person may have meant; `command` is what saying it would be (`order buy 1 SPY`)."""

    label: str
    command: str


class ParseError(UserError):
    """The text stumbled at a word.

    `word` is the word as typed (at most 40 characters), `place` its 1-based position among the words
    or None when something is missing at the end; `hint` says what to type instead.
    """

    code = "not_understood"

    def __init__(
        self,
        message: str,
        *,
        word: str | None = None,
        place: int | None = None,
        hint: str = "",
        suggestions: tuple[Suggestion, ...] = (),
    ) -> None:
        super().__init__(message)
        self.word = word
        self.place = place
        self.hint = hint
        self.suggestions = suggestions


class NotPermitted(UserError):
    """The person has not the right: another's button, a guest, an outsider, a missing role."""

    code = "not_permitted"


class NotConnected(UserError):
    """The person has linked no account (or none in the environment that is needed)."""

    code = "not_connected"


class NotFound(UserError):
    """The thing asked for does not exist, or not for this person."""

    code = "not_found"


class AlreadyHandled(UserError):
    """A second click, or a click on an older version: somebody or something was first."""

    code = "already_handled"


class Expired(UserError):
    """Too late: the preview, the link request or the window has lapsed."""

    code = "expired"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a denial: a published code and the words; `prices`: those that would do instead; `quantity`: the
    largest that would."""

    code: str
    words: str
    prices: tuple[Decimal, ...] = ()
    quantity: Decimal | None = None


class Denied(UserError):
    """Our own no (the broker's is `Refused`). Nothing was sent."""

    code = "denied"

    def __init__(self, *reasons: Reason) -> None:
        super().__init__("; ".join(r.words for r in reasons))
        self.reasons = reasons
        if reasons:
            self.code = reasons[0].code


class Outside(Denied):
    """Approved, and not sent: it lies outside of what was approved. `covered`: the quantity that would not."""

    def __init__(self, differences: tuple[str, ...], covered: Decimal) -> None:
        super().__init__(*(Reason("outside_envelope", words) for words in differences))
        self.covered = covered


class BrokerFault(SenexError):
    """Trouble between us and the broker."""

    code = "broker"


class Refused(BrokerFault):
    """The broker's own refusal in its own envelope. `broker_code` is its code, as sent."""

    code = "refused"

    def __init__(self, message: str, *, broker_code: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.broker_code = broker_code
        self.status = status


class Unavailable(BrokerFault):
    """The broker could not be asked, or did not answer a question that changes nothing."""

    code = "unavailable"


class GrantExpired(BrokerFault):
    """The refresh token or client secret is not accepted any more: link again."""

    code = "grant_expired"

    def __init__(self, message: str, *, what: str = "grant") -> None:
        super().__init__(message)
        self.what = what


class BrokerRateLimited(BrokerFault):
    """429: wait `after` seconds."""

    code = "rate_limited"

    def __init__(self, message: str, *, after: float) -> None:
        super().__init__(message)
        self.after = after


class MessengerFault(SenexError):
    """Trouble between us and Slack."""

    code = "slack"


class Gone(MessengerFault):
    """Channel, message or right is not there any more; trying again cannot help. `reason` is Slack's."""

    code = "gone"

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Transient(MessengerFault):
    """Surely not stored at Slack; may be tried again."""

    code = "transient"


class Uncertain(MessengerFault):
    """The answer was lost: the message may stand there. A repeat must be marked."""

    code = "uncertain"


class MessengerRateLimited(MessengerFault):
    """429: this channel or method waits `after` seconds."""

    code = "slack_rate_limited"

    def __init__(self, after: float) -> None:
        super().__init__(f"Slack asks to wait {after:g} s")
        self.after = after


class StoreFault(SenexError):
    """Trouble with the database."""

    code = "store"


class Stale(StoreFault):
    """A compare-and-set lost: the row has moved on since it was read."""

    code = "stale"


class StoreUnavailable(StoreFault):
    """No durable commit was possible: full disk, read-only, locked, lost. Nothing was changed."""

    code = "store_unavailable"


class InUse(StoreUnavailable):
    """Another process holds the database for writing: this one must not start (I57)."""

    code = "store_in_use"


class Unreadable(StoreFault):
    """A stored row does not decode: it is set aside, counted, and left as it is."""

    code = "unreadable"


class WrongKey(StoreFault):
    """A sealed secret does not open: missing or wrong key, changed bytes, or another record's."""

    code = "wrong_key"


class Fenced(StoreFault):
    """Another generation of the program, or another lease holder, has taken over: this one must stop."""

    code = "fenced"


class ConfigError(SenexError):
    """A fault in the settings; raised at start only. The text holds no secret."""

    code = "config"


class InvariantBroken(SenexError):
    """A bug: stop this order, never guess."""

    code = "invariant"
