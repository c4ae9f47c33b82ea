"""Reading an order. One reading or none: what could mean two things is answered with both.

It never fills in a price, a side or a quantity, and refuses every word it has no place for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from senexbot.domain.errors import ParseError, Suggestion
from senexbot.domain.instruments import OptionContract
from senexbot.domain.links import Environment
from senexbot.domain.order_words import order_text, order_words, terms_text
from senexbot.domain.parsing_symbol import (
    MONTHS,
    QuoteTerm,
    expiration_of,
    read_term,
    term_text,
    underlying_of,
)
from senexbot.domain.terms import OptionQuery, OrderDraft, OrderType, Side, TimeInForce
from senexbot.domain.words import Word, looks_numeric, read_number, read_words, stumble

MAX_SHARES = 1_000_000
MAX_CONTRACTS = 10_000

__all__ = ["MAX_CONTRACTS", "MAX_SHARES", "order_text", "order_words", "parse_order", "terms_text"]

_SIDES = {side.value: side for side in Side}
_LIMIT = frozenset({"@", "at", "limit", "lmt"})
_MARKET = frozenset({"mkt", "market"})
_TIMES = {"day": TimeInForce.DAY, "today": TimeInForce.DAY, "gtc": TimeInForce.GTC}
_ACCOUNT = frozenset({"in", "account"})
ACCOUNT_DIGITS = re.compile(r"(?=.*\d)[A-Za-z0-9]{2,12}\Z", re.ASCII)
_VOCABULARY = ("buy", "sell", *sorted(_LIMIT), *sorted(_MARKET), *_TIMES, *sorted(_ACCOUNT), *MONTHS)
_HOW = "Say it like buy 100 AAPL @ 187.50, or sell 50 AAPL mkt."


@dataclass(slots=True)
class _Terms:
    """What the words behind the instrument have said so far."""

    type: OrderType | None = None
    price: Decimal | None = None
    time_in_force: TimeInForce | None = None
    account_hint: str = ""


def parse_order(text: str, today: date) -> OrderDraft:
    """The one order that a text names; `today` is the exchange's date.

    `buy 100 AAPL @ 187.50 [day|gtc]`, `sell 50 AAPL mkt`, `buy 100 AAPL [limit] 187.50`,
    `buy AAPL 100 @ 187.50`, `buy 2 SPY 18DEC26 590p @ 3.40`, an OCC symbol; `in 0001`, `in practice`.
    Raises ParseError with what was probably meant.
    """
    words = _apart(read_words(text))
    try:
        return _read(words, today)
    except ParseError as error:
        error.suggestions = _as_orders(words, error) or _repairs(words, error.place, today)
        raise


def _apart(words: Sequence[Word]) -> tuple[Word, ...]:
    """`@187.50` as two words that share their place."""
    pieces: list[Word] = []
    for word in words:
        if word.text.startswith("@") and len(word.text) > 1:
            pieces += (Word("@", word.place), Word(word.text[1:], word.place))
        else:
            pieces.append(word)
    return tuple(pieces)


def _read(words: Sequence[Word], today: date) -> OrderDraft:
    if not words:
        raise ParseError("An order for what?", hint=_HOW)
    side = _SIDES.get(words[0].text.lower())
    if side is None:
        raise stumble("{} is neither buy nor sell.", words[0], _HOW)
    if len(words) == 1:
        raise stumble("{} how many of what?", words[0], _HOW)
    leads = looks_numeric(words[1].text)
    quantity_word = words[1] if leads else None
    at = 2 if leads else 1
    if at >= len(words):
        raise stumble("{} of what? The symbol is missing.", words[1], _HOW)
    term, at = read_term(words, at)
    if quantity_word is None:
        quantity_word, at = _quantity_behind(words, at, side, term)
    quantity = _quantity(quantity_word, is_option=not isinstance(term, str))
    _refuse_past(term, words[at - 1], today)
    said = _terms(words, at)
    return _draft(side, quantity, term, said, words)


def _quantity_behind(words: Sequence[Word], at: int, side: Side, term: QuoteTerm) -> tuple[Word, int]:
    """`buy AAPL 100 @ 187.50`: only when the price is marked as one; else both readings are offered."""
    name = term_text(term)
    if at >= len(words) or not looks_numeric(words[at].text):
        raise ParseError(
            "The quantity is missing.", hint=f"Type it before the symbol: {side.value} 100 {name} @ 187.50."
        )
    following = words[at + 1].text.lower() if at + 1 < len(words) else ""
    if following in _LIMIT | _MARKET:
        return words[at], at + 1
    error = stumble("{}: is that the quantity or the price?", words[at], _HOW)
    number = words[at].text
    if looks_numeric(following):
        pairs = ((number, following), (following, number))
        commands = [f"{side.value} {quantity} {name} @ {price}" for quantity, price in pairs]
    else:
        commands = [f"{side.value} {number} {name} mkt", f"{side.value} 1 {name} @ {number}"]
    error.suggestions = tuple(Suggestion(command, f"order {command}") for command in commands)
    raise error


def _quantity(word: Word, *, is_option: bool) -> Decimal:
    unit, most = ("contracts", MAX_CONTRACTS) if is_option else ("shares", MAX_SHARES)
    number = read_number(word, "quantity")
    if number != number.to_integral_value():
        raise stumble(f"{{}}: only whole {unit} are traded here.", word, _HOW)
    if number == 0:
        raise stumble("{}: an order needs a quantity of at least 1.", word, _HOW)
    if number > most:
        raise stumble(f"{{}} is more than the {most:,} {unit} one order may have.", word, "Type less.")
    return Decimal(int(number))


def _refuse_past(term: QuoteTerm, word: Word, today: date) -> None:
    expiration = expiration_of(term)
    if expiration is not None and expiration < today:
        day = f"{expiration.day} {expiration:%b %Y}"
        raise stumble(f"{{}}: that option expired on {day}.", word, "Name an expiration that is not over.")


def _terms(words: Sequence[Word], at: int) -> _Terms:
    """Price, market, time in force and account, each at most once, in any order, nothing else."""
    said = _Terms()
    while at < len(words):
        word = words[at]
        text = word.text.lower()
        if text in _LIMIT or looks_numeric(text):
            at = _price(words, at, said)
        elif text in _MARKET:
            _once(said.type is None, word, "the price")
            said.type, at = OrderType.MARKET, at + 1
        elif text in _TIMES:
            _once(said.time_in_force is None, word, "how long it stands")
            said.time_in_force, at = _TIMES[text], at + 1
        elif text in _ACCOUNT:
            _once(not said.account_hint, word, "the account")
            said.account_hint, at = _account(words, at), at + 2
        else:
            raise stumble("{} is not understood here.", word, _HOW)
    return said


def _once(first: bool, word: Word, what: str) -> None:
    if not first:
        raise stumble(f"{{}}: {what} was said already.", word, "Say it once.")


def _price(words: Sequence[Word], at: int, said: _Terms) -> int:
    """`@ 187.50`, `limit 187.50`, `limit @ 187.50`, `@ mkt`, or the bare number. The index behind it."""
    _once(said.type is None, words[at], "the price")
    start = at
    while at < len(words) and words[at].text.lower() in _LIMIT and at - start < 2:
        at += 1
    if at >= len(words):
        raise stumble(
            "Behind {} the price is missing.", words[at - 1], "Type a price such as 187.50, or mkt."
        )
    if words[at].text.lower() in _MARKET and words[at - 1].text.lower() in {"@", "at"}:
        said.type = OrderType.MARKET
        return at + 1
    price = read_number(words[at], "price")
    if price == 0:
        raise stumble("{}: a price of zero is no limit.", words[at], "Type a price above zero, or mkt.")
    said.type, said.price = OrderType.LIMIT, price
    return at + 1


def _account(words: Sequence[Word], at: int) -> str:
    """The last digits of an account, or an environment's name."""
    if at + 1 >= len(words):
        raise stumble("Behind {} the account is missing.", words[at], "Type its last digits: in 0001.")
    word = words[at + 1]
    text = word.text.lower()
    if text in {e.value for e in Environment}:
        return text
    if not ACCOUNT_DIGITS.match(text):
        raise stumble("{} is no account.", word, "Type its last digits (in 0001), or in practice.")
    return text.upper()


def _draft(side: Side, quantity: Decimal, term: QuoteTerm, said: _Terms, words: Sequence[Word]) -> OrderDraft:
    head = f"{side.value} {quantity:f} {term_text(term)}"
    if said.type is None:
        error = ParseError("The price is missing.", hint="Add @ and a price, or mkt for the market's.")
        error.suggestions = (Suggestion("At the market", _tail(f"order {head} mkt", said)),)
        if said.time_in_force is TimeInForce.GTC:
            error.suggestions = ()
        raise error
    if said.type is OrderType.MARKET and said.time_in_force is TimeInForce.GTC:
        word = next(w for w in words if w.text.lower() == "gtc")
        error = stumble("{}: a market order stands for today only.", word, "Leave gtc out, or add a price.")
        said.time_in_force = None
        error.suggestions = (Suggestion("At the market, today", _tail(f"order {head} mkt", said)),)
        raise error
    option = term if isinstance(term, OptionQuery) else None
    contract = term if isinstance(term, OptionContract) else None
    return OrderDraft(
        side=side,
        quantity=quantity,
        symbol=underlying_of(term),
        option=option,
        contract=contract,
        type=said.type,
        price=said.price,
        time_in_force=said.time_in_force or TimeInForce.DAY,
        account_hint=said.account_hint,
    )


def _tail(command: str, said: _Terms) -> str:
    return f"{command} in {said.account_hint}" if said.account_hint else command


def _as_orders(words: Sequence[Word], error: ParseError) -> tuple[Suggestion, ...]:
    """Suggestions that were made for a quote (call or put?) put back into the order they belong to."""
    if not any(s.command.startswith("quote ") for s in error.suggestions):
        return error.suggestions
    at = next(i for i, word in enumerate(words) if word.place == error.place)
    head = " ".join(w.text for w in words[:at])
    tail = " ".join(w.text for w in words[at + 1 :])
    rights = (s.label[-1] for s in error.suggestions)
    texts = (f"{head} {words[at].text}{right} {tail}".strip() for right in rights)
    return tuple(Suggestion(text, f"order {text}") for text in texts)


def _repairs(words: Sequence[Word], place: int | None, today: date) -> tuple[Suggestion, ...]:
    """What was probably meant at the word stumbled on: only repairs that read as a whole order."""
    at = next((i for i, word in enumerate(words) if word.place == place), None)
    if at is None:
        return ()
    offers: list[Suggestion] = []
    for near in get_close_matches(words[at].text.lower(), _VOCABULARY, n=3, cutoff=0.5):
        try:
            draft = _read((*words[:at], Word(near, 0), *words[at + 1 :]), today)
        except ParseError:
            continue
        text = order_text(draft)
        offers.append(Suggestion(text, f"order {text}"))
    return tuple(dict.fromkeys(offers))
