"""At which price and for how long: the words behind the instrument, each thing at most once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from senexbot.domain.language.amounts import money, number
from senexbot.domain.language.exits import goal_of
from senexbot.domain.language.lexing import Piece
from senexbot.domain.language.misread import Fix, misread
from senexbot.domain.language.said import (
    Effect,
    Exits,
    Level,
    Limit,
    Market,
    OnDate,
    Pegged,
    Pricing,
    Reference,
    Standing,
    Stop,
    StopLimit,
    Walk,
)
from senexbot.domain.language.tables import Node
from senexbot.domain.links import Environment
from senexbot.domain.orders.terms import TimeInForce
from senexbot.domain.words import Word

FASTEST_WALK = timedelta(seconds=5)
SLOWEST_WALK = timedelta(hours=1)
_TIMES = {
    frozenset({"day"}): TimeInForce.DAY,
    frozenset({"gtc"}): TimeInForce.GTC,
    frozenset({"ext"}): TimeInForce.EXT,
    frozenset({"gtc", "ext"}): TimeInForce.GTC_EXT,
    frozenset({"overnight"}): TimeInForce.EXT_OVERNIGHT,
    frozenset({"ext", "overnight"}): TimeInForce.EXT_OVERNIGHT,
    frozenset({"gtc", "overnight"}): TimeInForce.GTC_EXT_OVERNIGHT,
    frozenset({"gtc", "ext", "overnight"}): TimeInForce.GTC_EXT_OVERNIGHT,
    frozenset({"ioc"}): TimeInForce.IOC,
}
_PRICES = frozenset({"price", "bare", "stop", "stop_limit", "stop_two"})
_SAME_TIME = {"today": "day"}
_ACCOUNT_DIGITS = re.compile(r"(?=.*\d)[A-Za-z0-9]{2,12}\Z", re.ASCII)


@dataclass(slots=True)
class Terms:
    """What the words behind the instrument have said; each with the word it began at."""

    pricing: Pricing | None = None
    price_parts: tuple[Node | Piece, ...] = ()
    standing: Standing | None = None
    standing_parts: tuple[Node | Piece, ...] = ()
    take_profit: Level | None = None
    stop_loss: Level | None = None
    goals: tuple[Word, ...] = ()
    exits_at: Word | None = None
    exits_standing: Standing | None = None
    walk: Walk | None = None
    walk_at: Word | None = None
    account_hint: str = ""
    account_at: Word | None = None

    @property
    def price_words(self) -> tuple[Word, ...]:
        return _words(self.price_parts)

    @property
    def standing_words(self) -> tuple[Word, ...]:
        return _words(self.standing_parts)

    @property
    def exits(self) -> Exits | None:
        if self.take_profit is None and self.stop_loss is None:
            return None
        return Exits(self.take_profit, self.stop_loss, self.exits_standing)


def _words(parts: tuple[Node | Piece, ...]) -> tuple[Word, ...]:
    """Each word once: two pieces may be of one (`@1.20`)."""
    found = (w for part in parts for w in ((part.word,) if isinstance(part, Piece) else part.words))
    return tuple(dict.fromkeys(found))


def terms_of(node: Node | None, *, exits_alone: bool = False) -> Terms:
    """`exits_alone`: the sentence is about exits, so a time is theirs."""
    said = Terms()
    times: list[Node] = []
    for term in node.nodes() if node else ():
        first = term.first.word
        if term.rule in _PRICES:
            once(said.pricing, first, "the price")
            said.pricing, said.price_parts = _pricing(term), (term,)
        elif term.rule == "time":
            if said.exits_at and not exits_alone:
                raise _whose_time(term, said.exits_at)
            times.append(term)
            said.standing_parts += (term,)
        elif term.rule == "account":
            once(said.account_at, first, "the account")
            said.account_hint, said.account_at = account_of(term), first
        elif term.rule == "walk":
            once(said.walk_at, first, "the walk")
            said.walk, said.walk_at = _walk(term), first
        else:
            _exit(term, said)
    said.standing = _standing(times)
    return said


def once(before: object, word: Word, what: str) -> None:
    if before is not None:
        raise misread(f"{{}}: {what} was said already.", word, "Say it once.")


def _exit(term: Node, said: Terms) -> None:
    first = term.first.word
    said.exits_at = said.exits_at or first
    if term.rule == "tp":
        once(said.take_profit, first, "the take-profit")
        said.take_profit = goal_of(term.last)
        said.goals += (term.last.word,)
    elif term.rule == "sl":
        once(said.stop_loss, first, "the stop-loss")
        said.stop_loss = goal_of(term.last)
        said.goals += (term.last.word,)
    else:
        once(said.exits_standing, first, "how long the exits stand")
        said.exits_standing = _standing(term.nodes("time"))


def _whose_time(term: Node, exits_at: Word) -> Exception:
    """`… tp 50% gtc`: the order's time, or its exits'?"""
    word = term.first.word
    text = " ".join(p.word.text for p in term.pieces())
    drop = tuple((p.word.place, "") for p in term.pieces())
    first = Fix("the order", (*drop, (exits_at.place, f"{text} {exits_at.text}")))
    fixes = (first, Fix("the exits", ((word.place, f"exits {word.text}"),)))
    return misread(
        "{}: for the order or for its exits?",
        word,
        f"Before {exits_at.text} it is the order's; exits {text} is theirs.",
        *fixes,
    )


def _effect(node: Node) -> Effect | None:
    piece = node.piece("EFFECT")
    return Effect(piece.value) if piece and isinstance(piece.value, Effect) else None


def _pricing(term: Node) -> Pricing:
    if term.rule == "stop":
        return Stop(money(term.nodes()[-1], "stop"))
    if term.rule in {"stop_limit", "stop_two"}:
        return _stop_limit(term)
    value = term.node("value") or term
    peg, num = value.node("peg"), value.node("num")
    if peg is not None:
        return _pegged(peg, _effect(term))
    if num is not None:
        return Limit(money(num, "price"), _effect(term))
    marks = term.node("mark")
    if marks is not None and marks.last.kind == "LIMIT":
        raise misread("{} is not a price.", term.last.word, "A limit is a price such as 187.50, or mid.")
    return _market(term)


def _market(term: Node) -> Market:
    effect = term.piece("EFFECT")
    if effect is not None:
        raise misread("{}: a market order takes what it gets.", effect.word, f"Leave {effect.text} out.")
    return Market()


def _stop_limit(term: Node) -> StopLimit:
    trigger, price = (money(n, what) for n, what in zip(term.nodes("num"), ("stop", "price"), strict=True))
    if term.rule == "stop_two":
        word = term.nodes("num")[1].first.word
        one, other = (n.first.text for n in term.nodes("num"))
        drop = tuple((p.place, "") for p in term.words if p.place != word.place)
        fixes = tuple(
            Fix(f"stop {a}, limit {b}", (*drop, (word.place, f"stop {a} limit {b}")))
            for a, b in ((one, other), (other, one))
        )
        raise misread(
            "{}: which is the stop and which the limit?", word, f"Type stop {one} limit {other}.", *fixes
        )
    return StopLimit(trigger, price, _effect(term))


def _pegged(node: Node, effect: Effect | None) -> Pegged:
    reference = node.first.value
    assert isinstance(reference, Reference)
    sign, num = node.piece("SIGN"), node.node("num")
    offset = Decimal(0)
    if sign is not None and num is not None:
        offset = number(num.first, "offset") * (-1 if sign.text == "-" else 1)
    return Pegged(reference, offset or Decimal(0), effect)


def _standing(times: list[Node]) -> Standing | None:
    """The times said together (`gtc ext`); None when none is said."""
    until = next((t for t in times if t.first.kind == "UNTIL"), None)
    if until is None:
        return standing_from([t.first.text for t in times], [t.first.word for t in times])
    if len(times) > 1:
        raise misread("{}: how long it stands was said already.", times[-1].first.word, "Say it once.")
    day = until.last.value
    assert isinstance(day, OnDate)
    return Standing(TimeInForce.GTD, day.day)


def standing_from(texts: list[str], words: list[Word]) -> Standing | None:
    if not texts:
        return None
    same = [_SAME_TIME.get(part, part) for text in texts for part in text.split("_")]  # GTC_EXT
    kind = _TIMES.get(frozenset(same))
    if kind is None or len(set(same)) < len(same):
        raise misread("{}: how long it stands was said already.", words[-1], "Say it once.")
    return Standing(kind)


def account_of(term: Node) -> str:
    """The last digits of an account, or an environment's name."""
    piece = term.last
    if piece.text in {e.value for e in Environment}:
        return piece.text
    if not _ACCOUNT_DIGITS.match(piece.text):
        raise misread("{} is no account.", piece.word, "Type its last digits (in 0001), or in practice.")
    return piece.text.upper()


def _walk(term: Node) -> Walk:
    step, to = (money(n, what) for n, what in zip(term.nodes("num"), ("step", "price"), strict=True))
    piece = next(p for p in term.pieces("DURATION"))
    every = piece.value
    assert isinstance(every, timedelta)
    if not FASTEST_WALK <= every <= SLOWEST_WALK:
        raise misread(
            "{}: a walk steps every 5 s at the fastest and every hour at the slowest.",
            piece.word,
            "Type it like every 20s.",
        )
    return Walk(step, every, to)
