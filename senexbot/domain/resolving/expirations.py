"""Which listed expiration a person means: exact, monthly, or nearest to so many days (a tie takes the later)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from senexbot.domain.language.said import Expiration, InDays, Monthly, OnDate, Sentence
from senexbot.domain.options.chain import ListedExpiration, OptionChain
from senexbot.domain.resolving.outcome import CannotResolve

OFFERED = 3


@dataclass(frozen=True, slots=True)
class Picked:
    """An expiration and why it was taken; "" when it was named exactly."""

    expiration: ListedExpiration
    why: str = ""


def pick_expiration(
    said: Expiration | None,
    chain: OptionChain,
    symbol: str,
    today: date,
    instead: Callable[[Expiration], Sentence],
    *,
    since: date | None = None,
) -> Picked:
    """Raises CannotResolve with the nearest listed days. `symbol` as said: a root wins where two share a day.

    `since`: the first day that counts, when that is not today."""
    if said is None:
        raise CannotResolve("expiration_missing", f"which expiration of {symbol}?")
    listed = _listed(chain, symbol, since or today)
    match said:
        case OnDate(day):
            found = _first(listed, day)
            if found is None:
                raise _not_listed(f"nothing expires on {_words(day)}", listed, day, instead)
            return Picked(found)
        case InDays(days):
            best = min(listed, key=lambda e: (abs((e.day - today).days - days), -e.day.toordinal()))
            found = _first(listed, best.day) or best
            return Picked(found, _distance((found.day - today).days, days))
        case _:
            monthly = [e for e in listed if e.is_monthly]
            fitting = [e for e in monthly if _fits(said, e.day)]
            if not fitting:
                wanted = "no monthly expiration is listed" + (f" for {_month(said)}" if said.month else "")
                raise _not_listed(wanted, monthly or listed, _middle(said, today), instead)
            return Picked(fitting[0], f"monthly, {(fitting[0].day - today).days} days")


def _listed(chain: OptionChain, symbol: str, since: date) -> list[ListedExpiration]:
    """What can be traded, the root as said first on each day. An index's chain is known by any of its roots."""
    if not chain.expirations:
        raise CannotResolve("no_options", f"there are no listed options on {symbol}")
    only = symbol if symbol != chain.underlying and symbol in chain.roots else ""
    standard = list(chain.standard(only))
    if not standard:
        raise CannotResolve("nonstandard", f"the options on {symbol} deliver something else than 100 of it")
    listed = [e for e in standard if e.day >= since]
    if not listed:
        raise CannotResolve("expiration_not_listed", f"nothing on {symbol} expires that late")
    return sorted(listed, key=lambda e: (e.day, e.root != symbol, e.root))


def _first(listed: Iterable[ListedExpiration], day: date) -> ListedExpiration | None:
    return next((e for e in listed if e.day == day), None)


def _fits(said: Monthly, day: date) -> bool:
    return (said.month is None or day.month == said.month) and (said.year is None or day.year == said.year)


def _middle(said: Monthly, today: date) -> date:
    """A day in the month that was meant, to measure distances from."""
    month = said.month or today.month
    year = said.year or today.year + (month < today.month)
    return date(year, month, 15)


def _month(said: Monthly) -> str:
    assert said.month is not None
    name = f"{date(2000, said.month, 1):%b}"
    return f"{name} {said.year % 100:02d}" if said.year is not None else name


def _not_listed(
    words: str, listed: Iterable[ListedExpiration], day: date, instead: Callable[[Expiration], Sentence]
) -> CannotResolve:
    days = sorted({e.day for e in listed}, key=lambda d: (abs((d - day).days), d))[:OFFERED]
    named = " or ".join(_words(d) for d in sorted(days))
    return CannotResolve(
        "expiration_not_listed",
        f"{words}; nearest: {named}",
        instead=tuple(instead(OnDate(d)) for d in days),
    )


def _distance(days: int, wanted: int) -> str:
    plural = "day" if days == 1 else "days"
    return f"{days} {plural}" if days == wanted else f"{days} {plural}, nearest to {wanted}"


def _words(day: date) -> str:
    return f"{day.day} {day:%b %y}"
