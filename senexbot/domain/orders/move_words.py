"""What a replacement moves, in words: the price, the stop, how long an order stands; of the order or of an exit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from senexbot.domain.money import credit_or_debit, price_text
from senexbot.domain.orders.changes import Change, as_it_stands, part_of
from senexbot.domain.orders.intents import Intent, Replace
from senexbot.domain.orders.terms import Besides, OrderTerms, TimeInForce
from senexbot.domain.orders.words import tif_words

TIME = "time in force"


@dataclass(frozen=True, slots=True)
class Moved:
    """`price`, `187.50`, `187.51`; `order`, `stop 180.00, price 179.50`, `stop 182.00, price 181.50`; `take profit`, …

    `what`: which of price, stop and time in force.
    """

    subject: str
    old: str
    new: str
    what: tuple[str, ...] = ("price",)


def moved_words(intent: Intent, wanted: Replace) -> Moved:
    """The subject begins with a small letter and has no article."""
    old = Change(wanted.old_price, wanted.old_besides or _ALIKE, wanted.part)
    return _words(intent.terms, old, Change(wanted.price, wanted.besides or _ALIKE, wanted.part))


def change_words(terms: OrderTerms, change: Change) -> Moved:
    """The same of what is only offered."""
    return _words(terms, as_it_stands(terms, change.part), change)


def _words(terms: OrderTerms, old: Change, new: Change) -> Moved:
    one = part_of(terms, new.part)
    parts: list[tuple[str, str, str]] = []
    if old.besides.stop_trigger != new.besides.stop_trigger:
        parts.append(("stop", _stop(old.besides), _stop(new.besides)))
    if old.price != new.price:
        parts.append(("price", _price(old.price, len(one.legs)), _price(new.price, len(one.legs))))
    if (old.besides.time_in_force, old.besides.gtc_date) != (new.besides.time_in_force, new.besides.gtc_date):
        parts.append((TIME, _time(old.besides), _time(new.besides)))
    whose = terms.children[new.part - 1].role.value if new.part else "order"
    names, before, after = zip(*parts, strict=True)
    if len(parts) > 1:
        return Moved(whose, _together(names, before), _together(names, after), names)
    subject = names[0]
    if new.part:
        subject = f"{whose}'s {subject}" if subject == TIME else whose
    return Moved(subject, before[0], after[0], names)


def _together(names: Sequence[str], figures: Sequence[str]) -> str:
    """`stop 180.00, price 179.50, GTC`."""
    return ", ".join(
        one if name == TIME else f"{name} {one}" for name, one in zip(names, figures, strict=True)
    )


_ALIKE = Besides(None, TimeInForce.DAY)


def newest_replace(intent: Intent) -> Replace | None:
    """Of the order and its exits the one that was asked for last."""
    return max(intent.replacings, key=lambda one: one.number, default=None)


def _price(price: Decimal | None, legs: int) -> str:
    assert price is not None, "what has no limit is not moved to one"
    return price_text(abs(price)) if legs == 1 else credit_or_debit(price)


def _stop(besides: Besides) -> str:
    assert besides.stop_trigger is not None, "what has no stop is not moved to one"
    return price_text(besides.stop_trigger)


def _time(besides: Besides) -> str:
    return tif_words(besides.time_in_force, besides.gtc_date)
