"""What the broker never takes and the words alone show: refused here, with the nearest form that it does take.

What only the market, the account or the position can show is not known here and left to the checks.
"""

from __future__ import annotations

from senexbot.domain.language.exits import check_exits
from senexbot.domain.language.misread import Fix, Misread, misread
from senexbot.domain.language.pricing import Terms
from senexbot.domain.language.said import (
    Effect,
    Limit,
    Market,
    Notional,
    OrderSaid,
    Pegged,
    Shares,
    Spread,
    Stop,
    Strategy,
    Walk,
    What,
)
from senexbot.domain.money import price_text
from senexbot.domain.orders.terms import Side, TimeInForce
from senexbot.domain.words import Word

MAX_FOLLOWERS = 3
EXTENDED = frozenset(
    {TimeInForce.EXT, TimeInForce.GTC_EXT, TimeInForce.EXT_OVERNIGHT, TimeInForce.GTC_EXT_OVERNIGHT}
)
LONGER = frozenset({TimeInForce.GTC, TimeInForce.GTD, TimeInForce.GTC_EXT, TimeInForce.GTC_EXT_OVERNIGHT})


def legs_of(what: What) -> int:
    return len(what.legs) + what.with_shares if isinstance(what, Spread) else 1


def is_future(what: What) -> bool:
    return isinstance(what, Shares) and what.symbol.startswith("/")


def instead(words: tuple[Word, ...], text: str) -> tuple[tuple[int, str], ...]:
    """The change that puts a text in the place of these words."""
    return tuple((word.place, "" if i else text) for i, word in enumerate(words))


def check_order(order: OrderSaid, said: Terms) -> None:
    """Raises Misread for an order that the broker takes in no market."""
    if isinstance(order.amount, Notional):
        _notional(order, said)
    _type(order, said)
    _time(order, said)
    if order.exits is not None and said.exits_at is not None:
        if isinstance(order.amount, Notional):
            raise misread("{}: exits need a quantity, not dollars.", said.exits_at, "Say how many shares.")
        check_exits(order.exits, order.pricing, said.exits_at, said.goals, pays=pays(order))
    if order.walk is not None and said.walk_at is not None:
        check_walk(order.walk, order.pricing, said.walk_at, pays=pays(order))


def pays(order: OrderSaid) -> bool | None:
    """Whether the price is paid; None where the words leave it open."""
    effect = getattr(order.pricing, "effect", None)
    if effect is not None:
        return effect is Effect.DEBIT
    if isinstance(order.what, Spread) and order.what.strategy in {
        Strategy.COLLAR,
        Strategy.RATIO,
        Strategy.DIAGONAL,
        Strategy.LEGS,
    }:
        return None
    return order.side is Side.BUY


def _notional(order: OrderSaid, said: Terms) -> None:
    if not isinstance(order.what, Shares) or is_future(order.what):
        raise Misread("Dollars buy and sell shares only.", hint="Type a number of contracts.")
    if not isinstance(order.pricing, Market):
        fix = Fix("at the market", instead(said.price_words, "mkt"))
        raise misread(
            "{}: an amount of dollars trades at the market only.",
            said.price_words[0],
            "Leave the price out, or type a number of shares.",
            fix,
        )


def _type(order: OrderSaid, said: Terms) -> None:
    several = legs_of(order.what) > 1
    if isinstance(order.pricing, Market) and several:
        fix = Fix("@ mid", instead(said.price_words, "@ mid"))
        raise misread(
            "{}: several legs need a price.",
            said.price_words[0],
            "A market order has one leg: type @ mid.",
            fix,
        )
    if isinstance(order.pricing, Stop) and several:
        trigger = price_text(order.pricing.trigger)
        label = f"stop {trigger} limit {trigger}"
        fix = Fix(label, instead(said.price_words, label))
        raise misread("{}: a stop of several legs needs a limit.", said.price_words[0], f"Type {label}.", fix)


def _time(order: OrderSaid, said: Terms) -> None:
    standing = order.standing
    if standing is None:
        return
    word = said.standing_words[0]
    kind = standing.time_in_force
    if kind in LONGER and isinstance(order.pricing, Market):
        fix = Fix("today only", instead(said.standing_words, ""))
        raise misread("{}: a market order stands for today only.", word, "Leave it out, or add a price.", fix)
    if kind in EXTENDED:
        regular = "gtc" if kind in LONGER else ""
        fix = Fix("regular hours", instead(said.standing_words, regular))
        if not isinstance(order.what, Shares) or is_future(order.what):
            raise misread("{}: only shares trade outside regular hours here.", word, "Leave it out.", fix)
        if not isinstance(order.pricing, Limit | Pegged):
            mid = Fix("@ mid", instead(said.price_words, "@ mid")) if said.price_words else fix
            raise misread(
                "{}: outside regular hours only limits are taken.",
                word,
                "Add a price, such as @ mid.",
                mid,
                fix,
            )
    if kind is TimeInForce.IOC and (order.walk or isinstance(order.pricing, Stop)):
        raise misread(
            "{}: what is filled at once or never cannot wait.",
            word,
            "Leave ioc out.",
            Fix("without ioc", instead(said.standing_words, "")),
        )


def check_walk(walk: Walk, pricing: object, at: Word, *, pays: bool | None) -> None:
    if not isinstance(pricing, Limit | Pegged):
        raise misread("{}: only a limit can walk.", at, "Type a price such as @ 3.46, or @ mid.")
    if not isinstance(pricing, Limit):
        return
    distance = walk.to - pricing.price
    if distance == 0 or walk.step > abs(distance):
        raise misread("{}: its end is not one step away.", at, f"It starts at {price_text(pricing.price)}.")
    if pays is not None and (distance > 0) is not pays:
        where = "above" if pays else "below"
        raise misread(
            "{} goes away from a fill.", at, f"Its end has to lie {where} {price_text(pricing.price)}."
        )
