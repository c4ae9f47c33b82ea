"""What `policy set` reads: a rule, its value, and whom it is for. Nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from senexbot.domain.errors import ParseError, Suggestion
from senexbot.domain.instruments import EQUITY_SYMBOL, FUTURE_PRODUCT, FUTURE_SYMBOL
from senexbot.domain.links import Role
from senexbot.domain.policy.rules import (
    Approvers,
    Elsewhere,
    Entry,
    Hours,
    Limit,
    Number,
    Products,
    Restricted,
    RuleName,
    RuleValue,
    ScopeKind,
    Which,
)
from senexbot.domain.policy.words import IN_DOLLARS, IN_PERCENT, KINDS
from senexbot.domain.words import Word, member_id, quoted, read_number, stumble

_NOT_FOR_PEOPLE = frozenset({RuleName.DAILY_LOSS, RuleName.RESUME})
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})\Z", re.ASCII)
MOST_SYMBOLS = 100
MOST_WINDOW = 1_440  # a day in minutes; in seconds far more than any double


@dataclass(frozen=True, slots=True)
class SaidSetting:
    """`name`: the scope as it was said; an account by its last digits. `value` None: no longer said here."""

    rule: RuleName
    value: RuleValue | None
    kind: ScopeKind = ScopeKind.DESK
    name: str = ""


def read_setting(text: str) -> SaidSetting:
    """`notional 100000/250000 for role trader`. Raises ParseError at the word it stumbled on."""
    words = [Word(piece, place) for place, piece in enumerate(text.split(), start=3)]  # behind `policy set`
    if not words:
        raise ParseError("The rule is missing.", hint="Say policy set notional 100000/250000.")
    rule = _rule(words[0])
    kind, name, said = _scope(words[1:])
    if rule in _NOT_FOR_PEOPLE and kind in {ScopeKind.USER, ScopeKind.ROLE}:
        raise stumble(f"{{}} is not a scope of {rule}.", words[-1], "Say it for the desk or for an account.")
    if not said:
        raise ParseError(f"The value of {rule} is missing.", hint=f"Say policy set {rule} {_EXAMPLES[rule]}.")
    if len(said) == 1 and said[0].text.lower() == "default":
        return SaidSetting(rule, None, kind, name)
    return SaidSetting(rule, _reader(rule)(rule, said), kind, name)


def _rule(word: Word) -> RuleName:
    name = word.text.lower().replace("-", "_")
    try:
        return RuleName(name)
    except ValueError:
        near = get_close_matches(name, list(RuleName), n=2, cutoff=0.6)
        raise ParseError(
            f"“{quoted(word.text)}” is no rule of the policy.",
            word=quoted(word.text),
            place=word.place,
            hint="Say policy to see them all.",
            suggestions=tuple(Suggestion(n, "policy") for n in near),
        ) from None


def _scope(words: list[Word]) -> tuple[ScopeKind, str, list[Word]]:
    """Whom it is for, and the words of the value before that."""
    cut = next((i for i, word in enumerate(words) if word.text.lower() == "for"), None)
    if cut is None:
        return ScopeKind.DESK, "", words
    said, named = words[:cut], words[cut + 1 :]
    kinds = {"role": ScopeKind.ROLE, "user": ScopeKind.USER, "account": ScopeKind.ACCOUNT}
    hint = "Say for role trader, for user @somebody or for account 0001."
    if len(named) != 2 or named[0].text.lower() not in kinds:
        raise stumble("What follows {} is not understood.", words[cut], hint)
    kind, name = kinds[named[0].text.lower()], named[1].text
    if kind is ScopeKind.USER:
        return kind, member_id(name), said
    if kind is ScopeKind.ROLE and name.lower() not in set(Role):
        raise stumble("{} is not a role.", named[1], f"Say one of {', '.join(Role)}.")
    return kind, name.lower() if kind is ScopeKind.ROLE else name, said


# --- values --------------------------------------------------------------------------------------


def _one(rule: RuleName, words: list[Word]) -> Word:
    if len(words) != 1:
        raise stumble("{} is one word too many.", words[1], f"Say policy set {rule} {_EXAMPLES[rule]}.")
    return words[0]


def _limit(rule: RuleName, words: list[Word]) -> Limit:
    """`250000` denies over it; `100000/250000` needs an approval over the first; `off` has neither."""
    joined = Word("".join(word.text for word in words if word.text != "%"), words[0].place)
    if joined.text.lower() in {"off", "none"}:
        return Limit()
    parts = joined.text.split("/")
    if len(parts) > 2:
        raise stumble("{} has more than two thresholds.", joined, f"Say {_EXAMPLES[rule]}.")
    amounts = [
        None if p in {"-", ""} else read_number(Word(p.rstrip("%"), joined.place), "limit") for p in parts
    ]
    approve, deny = (None, amounts[0]) if len(amounts) == 1 else (amounts[0], amounts[1])
    if approve is not None and deny is not None and approve > deny:
        raise stumble("{} would deny before it asks.", joined, "Say the smaller one first.")
    return Limit(approve, deny)


def _number(rule: RuleName, words: list[Word]) -> Number:
    word = _one(rule, words)
    if word.text.lower() == "off":
        return Number(0)
    amount = read_number(word, "number")
    if amount != amount.to_integral_value() or amount > MOST_WINDOW:
        raise stumble("{} is not a whole number up to 1,440.", word, "Say off, or a whole number.")
    return Number(int(amount))


def _restricted(rule: RuleName, words: list[Word]) -> Restricted:
    """`GME, TSLA until 2026-12-01, AMC from 2026-12-01 closing`: the whole list; `none` for an empty one."""
    del rule
    if len(words) == 1 and words[0].text.lower() == "none":
        return Restricted()
    groups: list[list[Word]] = [[]]
    for word in words:
        for number, piece in enumerate(word.text.split(",")):
            if number:
                groups.append([])
            if piece:
                groups[-1].append(Word(piece, word.place))
    entries = tuple(_entry(group) for group in groups if group)
    if not entries or len(entries) > MOST_SYMBOLS:
        raise stumble("{} is not a list of symbols.", words[0], f"At most {MOST_SYMBOLS}, with commas.")
    return Restricted(entries)


def _entry(words: list[Word]) -> Entry:
    symbol, rest = words[0].text.upper(), words[1:]
    if not any(form.match(symbol) for form in (EQUITY_SYMBOL, FUTURE_SYMBOL, FUTURE_PRODUCT)):
        raise stumble("{} is not a symbol.", words[0], "Say symbols with commas: GME, TSLA until 2026-12-01.")
    days: dict[str, date] = {}
    closing = False
    while rest:
        word = rest.pop(0)
        key = word.text.lower()
        if key == "closing":
            closing = True
        elif key in {"from", "until"} and rest:
            days[key] = _day(rest.pop(0))
        else:
            raise stumble("{} is not understood here.", word, "Say from or until with a date, or closing.")
    return Entry(symbol, days.get("from"), days.get("until"), closing)


def _day(word: Word) -> date:
    try:
        return date.fromisoformat(word.text)
    except ValueError:
        raise stumble("{} is not a date.", word, "Write it as 2026-12-01.") from None


def _products(rule: RuleName, words: list[Word]) -> Products:
    del rule
    found = []
    for word in words:
        for piece in word.text.lower().split(","):
            if piece and piece not in KINDS:
                raise stumble("{} is no kind of instrument here.", word, f"Say {', '.join(KINDS)}.")
            if piece:
                found.append(KINDS[piece])
    return Products(tuple(dict.fromkeys(found)))


def _hours(rule: RuleName, words: list[Word]) -> Hours:
    word = _one(rule, words)
    if word.text.lower() == "any":
        return Hours()
    match = _CLOCK.match(word.text)
    times = [int(part) for part in match.groups()] if match else []
    if not times or times[0] > 24 or times[2] > 24 or times[1] > 59 or times[3] > 59:
        raise stumble("{} are no hours.", word, "Say 09:30-16:00, or any.")
    begin, end = times[0] * 60 + times[1], times[2] * 60 + times[3]
    if begin >= end:
        raise stumble("{} ends before it begins.", word, "Say 09:30-16:00, or any.")
    return Hours(begin, end)


def _approvers(rule: RuleName, words: list[Word]) -> Approvers:
    role = Role.APPROVER
    if len(words) > 1:
        if words[1].text.lower() not in {Role.APPROVER.value, Role.RISK.value}:
            raise stumble("{} does not approve.", words[1], "Say approver or risk.")
        role = Role(words[1].text.lower())
    word = _one(rule, words[:1] + words[2:])
    if word.text not in {"1", "2", "3", "4", "5"}:
        raise stumble("{} is not a number of persons.", word, "Say 1 to 5.")
    return Approvers(int(word.text), role)


def _elsewhere(rule: RuleName, words: list[Word]) -> Elsewhere:
    word = _one(rule, words)
    if word.text.lower() not in set(Which):
        raise stumble("{} does not say which orders.", word, "Say off, over or any.")
    return Elsewhere(Which(word.text.lower()))


def _resume(rule: RuleName, words: list[Word]) -> Number:
    word = _one(rule, words)
    if word.text not in {"1", "2"}:
        raise stumble("{} is not a number of persons here.", word, "Say 1 or 2.")
    return Number(int(word.text))


_Reader = Callable[[RuleName, list[Word]], RuleValue]
_READERS: Mapping[RuleName, _Reader] = {
    RuleName.DUPLICATE: _number,
    RuleName.SPLITTING: _number,
    RuleName.RESTRICTED: _restricted,
    RuleName.PRODUCTS: _products,
    RuleName.HOURS: _hours,
    RuleName.APPROVERS: _approvers,
    RuleName.ELSEWHERE: _elsewhere,
    RuleName.RESUME: _resume,
}
_EXAMPLES: Mapping[RuleName, str] = {
    **{rule: "50" if rule in IN_PERCENT else "10/50" for rule in RuleName},
    **dict.fromkeys(IN_DOLLARS, "100000/250000"),
    RuleName.DUPLICATE: "60",
    RuleName.SPLITTING: "15",
    RuleName.RESTRICTED: "GME, TSLA until 2026-12-01",
    RuleName.PRODUCTS: "shares, options",
    RuleName.HOURS: "09:30-16:00",
    RuleName.APPROVERS: "2 approver",
    RuleName.ELSEWHERE: "over",
    RuleName.RESUME: "2",
}


def _reader(rule: RuleName) -> _Reader:
    return _READERS.get(rule, _limit)
