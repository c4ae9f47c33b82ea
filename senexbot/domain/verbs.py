"""One declaration for each verb; parser, help, manifest and permission table follow from it.

Adding a verb: its row here, its handler, its card.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from senexbot.domain.errors import ParseError, Suggestion
from senexbot.domain.instruments import EQUITY_SYMBOL, FUTURE_SYMBOL
from senexbot.domain.links import Role
from senexbot.domain.words import first_and_rest, looks_numeric, quoted, read_words


class Audience(enum.StrEnum):
    """Who sees the answer."""

    ASKER = "asker"  # only the person, where they asked
    OWNER = "owner"  # the person's direct message with the bot; a channel gets a pointer
    ROOM = "room"  # the place where it was said: nothing about accounts may be in it


@dataclass(frozen=True, slots=True)
class Verb:
    """`words`: other ways to say it. `entry`: words that begin its text themselves (`buy 100 AAPL`).

    `short_command`: its own slash command, "" when it has none. `roles`: any of these is needed; empty:
    everybody who is no stranger. `needs_link`: of no use before an account is connected. `names_people`: Slack is asked to
    send who is mentioned behind its slash command by their id, for a typed name alone says nothing certain.
    """

    name: str
    help: str
    usage: str
    examples: tuple[str, ...]
    words: tuple[str, ...] = ()
    entry: tuple[str, ...] = ()
    short_command: str = ""
    roles: frozenset[Role] = frozenset()
    needs_link: bool = False
    audience: Audience = Audience.ASKER
    names_people: bool = False


_READERS = frozenset({Role.TRADER, Role.VIEWER})
_TRADERS = frozenset({Role.TRADER})

VERBS: tuple[Verb, ...] = (
    Verb(
        "quote",
        "Bid, ask, last, change, volume and IV rank, each with its age",
        "quote SYMBOL …",
        ("quote AAPL SPY", "quote SPY 18DEC26 590p"),
        words=("quotes", "price", "q"),
        short_command="/quote",
        needs_link=True,
    ),
    Verb(
        "order",
        "Preview an order; nothing is sent before you confirm it",
        "order buy|sell QUANTITY SYMBOL @ PRICE|mkt [gtc] [in ACCOUNT]",
        (
            "order buy 100 AAPL @ 187.50",
            "sell 50 AAPL mkt",
            "order buy 2 SPY 18DEC26 590p @ 3.40 gtc",
            "buy 1 /ESZ6 @ 6010.25",
            "sell 2 SPY strangle 45d 16Δ @ mid gtc tp 50% sl 2x",
        ),
        words=("trade",),
        entry=("buy", "sell"),
        short_command="/order",
        roles=_TRADERS,
        needs_link=True,
        audience=Audience.OWNER,
    ),
    Verb(
        "close",
        "Preview what closes a position, or exits around it with protect",
        "close [half|QUANTITY|all] SYMBOL [DATE] [puts|calls|options] [@ PRICE|mid|mkt]",
        (
            "close AAPL",
            "close half AAPL @ mid",
            "close all SPY options",
            "close SPY 18DEC26 puts",
            "protect AAPL tp 210 sl 180",
        ),
        entry=("protect",),
        roles=_TRADERS,
        needs_link=True,
        audience=Audience.OWNER,
    ),
    Verb(
        "roll",
        "Preview one order that closes your options and opens them later",
        "roll SYMBOL [puts|calls] DATE|45d same delta|same strike|16Δ [@ PRICE credit|debit]",
        ("roll SPY 45d same delta", "roll SPY puts 15JAN27 same strike @ 0.40 credit"),
        roles=_TRADERS,
        needs_link=True,
        audience=Audience.OWNER,
    ),
    Verb(
        "replace",
        "Move the limit of a working order, or walk it, after you pressed",
        "replace NUMBER [@ PRICE] [stop PRICE [limit PRICE]] [gtc|day|until DATE] | walk STEP every 20s to PRICE",
        ("replace 12345 @ 3.40", "replace 12345 stop 180", "replace 12345 walk 0.01 every 20s to 3.40"),
        roles=_TRADERS,
        needs_link=True,
        audience=Audience.ASKER,
    ),
    Verb(
        "orders",
        "Waiting previews, working orders and today's, each with its card",
        "orders",
        ("orders",),
        short_command="/orders",
        roles=_TRADERS,
        needs_link=True,
        audience=Audience.OWNER,
    ),
    Verb(
        "positions",
        "What you hold, with open and day profit and loss",
        "positions [ACCOUNT]",
        ("positions",),
        words=("position", "pos"),
        short_command="/positions",
        roles=_READERS,
        needs_link=True,
    ),
    Verb(
        "balances",
        "Net liquidation, cash, buying power and the day's change",
        "balances [ACCOUNT]",
        ("balances",),
        words=("balance", "bal"),
        short_command="/balances",
        roles=_READERS,
        needs_link=True,
    ),
    Verb(
        "alert",
        "Tell here when a price, IV, greek, spread or ratio does what you say; test says how often it did",
        "alert [test] SYMBOL > PRICE [and|or …] [for 5m] [daily|every time] [until DAY] [to #CHANNEL|@PERSON]",
        (
            "alert AAPL > 200",
            "alert AAPL > 200 and SPY < 590 daily until friday",
            "alert SPY trails 5% from high",
            "alert test AAPL > 200",
        ),
        short_command="/alert",
        needs_link=True,
        names_people=True,
    ),
    Verb(
        "alerts",
        "Your alerts, how far away each is; change, pause or delete one by its number",
        "alerts [edit NUMBER TEXT|pause NUMBER|resume NUMBER|delete NUMBER|why [NUMBER]|quiet [22:00-07:00|off]|escalate [to WHOM] [after 10m]]",
        ("alerts", "alerts edit 3 AAPL > 210", "alerts pause 3", "alerts why"),
        short_command="/alerts",
        needs_link=True,
        names_people=True,
    ),
    Verb(
        "connect",
        "Link a tastytrade account with a personal grant",
        "connect",
        ("connect",),
        words=("link",),
    ),
    Verb("accounts", "Your linked accounts and which one is the default", "accounts", ("accounts",)),
    Verb(
        "disconnect",
        "Erase a link and its grant from this desk",
        "disconnect",
        ("disconnect",),
        words=("unlink",),
    ),
    Verb(
        "halt",
        "Stop new orders at once, for the desk, an account or a person; cancels still work",
        "halt [account DIGITS|user @PERSON] [reducing] [REASON]",
        ("halt", "halt reducing", "halt account 0001"),
        short_command="/halt",
        roles=frozenset({Role.TRADER, Role.RISK, Role.OPERATOR}),
        names_people=True,
    ),
    Verb(
        "flatten",
        "Plan the way out: cancel what opens, close all you hold, in stages; nothing is sent before you press",
        "flatten [ACCOUNT|all]",
        ("flatten", "flatten 0001", "flatten all"),
        roles=_TRADERS,
        needs_link=True,
        audience=Audience.OWNER,
    ),
    Verb(
        "resume",
        "Lift a halt",
        "resume [account DIGITS|user @PERSON] [REASON]",
        ("resume", "resume account 0001"),
        roles=frozenset({Role.RISK, Role.OPERATOR}),
    ),
    Verb(
        "policy",
        "The desk's limits; what they say of an order; change them (role risk)",
        "policy [test ORDER | set RULE VALUE [for role ROLE|user @PERSON|account DIGITS]]",
        ("policy", "policy test buy 100 AAPL @ 187.50", "policy set notional 100000/250000"),
        words=("limits",),
    ),
    Verb(
        "approvals",
        "Orders that wait for your approval, each with the way to its message",
        "approvals",
        ("approvals",),
        words=("approval",),
        audience=Audience.OWNER,
    ),
    Verb(
        "deputy",
        "Name who may approve in your place for a time; alone it shows them all",
        "deputy [@PERSON until DAY|off]",
        ("deputy", "deputy @ben until friday"),
        words=("deputies",),
    ),
    Verb(
        "rota",
        "Who is asked first to approve on which weekday; set it (roles risk, operator)",
        "rota [WEEKDAY @PERSON …|off]",
        ("rota", "rota monday @ben @cara"),
    ),
    Verb(
        "mandate",
        "Ask that orders like these need no approval each time, or grant it to somebody",
        "mandate [@PERSON] at most NUMBER SYMBOL strangles|iron condors|puts|shares|… a day [LIMITS] until DAY",
        (
            "mandate at most 10 SPY strangles a day at 16 delta or less until friday",
            "mandate at most 500 AAPL shares a day notional 50k a day until friday 12:00",
        ),
    ),
    Verb(
        "mandates",
        "The mandates that hold, what is used of them, and a button to revoke",
        "mandates",
        ("mandates",),
    ),
    Verb(
        "risk",
        "Your account against its thresholds; watch all the usual with one press, or set a line",
        "risk [NAME NUMBER | off [NAME …] | usual | to here|me|PERSON] [in ACCOUNT]",
        ("risk", "risk usual", "risk delta 0.35", "risk day loss 500", "risk off theta"),
    ),
    Verb("status", "Whether the desk trades, and how its lines are", "status", ("status",)),
    Verb("help", "What can be said here", "help", ("help",), words=("?", "hi", "hello")),
)


_BY_WORD: Mapping[str, Verb] = {word: verb for verb in VERBS for word in (verb.name, *verb.words)}
_BY_ENTRY: Mapping[str, Verb] = {word: verb for verb in VERBS for word in verb.entry}
HELP = _BY_WORD["help"]


def verb_named(name: str) -> Verb:
    """The verb of this exact name. Raises KeyError."""
    return {verb.name: verb for verb in VERBS}[name]


def verb_of_command(command: str) -> Verb | None:
    """The verb of a short slash command (`/quote`); None for another command."""
    return next((verb for verb in VERBS if verb.short_command and verb.short_command == command), None)


def find_verb(text: str) -> tuple[Verb, str]:
    """The verb that a text says, and the text behind it as it was typed (for `buy 100 AAPL` all of it).

    Empty text is `help`. Only the first word is read here: a halt is not refused for its reason's spelling.
    Raises ParseError with the nearest verbs; a lone ticker offers its quote.
    """
    head, rest = first_and_rest(text)
    if not head:
        return HELP, ""
    word = read_words(head)[0]
    first = word.text.lower()
    if first in _BY_WORD:
        return _BY_WORD[first], rest
    if first in _BY_ENTRY:
        return _BY_ENTRY[first], f"{first} {rest}".rstrip()
    raise ParseError(
        f"“{quoted(word.text)}” is nothing I know.",
        word=quoted(word.text),
        place=1,
        hint="Type help to see what can be said.",
        suggestions=_suggest(word.text, _readable(rest))[:3],
    )


def _readable(rest: str) -> str:
    try:
        return " ".join(word.text for word in read_words(rest))
    except ParseError:
        return ""


def _suggest(first: str, rest: str) -> tuple[Suggestion, ...]:
    offers: list[Suggestion] = []
    for word in get_close_matches(first.lower(), (*_BY_WORD, *_BY_ENTRY), n=2, cutoff=0.65):
        entry = _BY_ENTRY.get(word)
        verb = f"{entry.name} {word}" if entry else _BY_WORD[word].name
        said = f"{word if entry else verb} {rest}".strip()
        offers.append(Suggestion(f"{said[:1].upper()}{said[1:]}", f"{verb} {rest}".strip()))
    symbol = first.upper()
    named = EQUITY_SYMBOL.match(symbol) or FUTURE_SYMBOL.match(symbol)
    if named and (first == symbol or not offers):
        offers.append(Suggestion(f"Quote {symbol}", f"quote {symbol}"))
    if looks_numeric(first) and rest:
        offers += [
            Suggestion(f"{side.capitalize()} {first} {rest}", f"order {side} {first} {rest}")
            for side in ("buy", "sell")
        ]
    offers.append(Suggestion("Help", "help"))
    return tuple(dict.fromkeys(offers))
