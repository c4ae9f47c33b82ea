"""The normal form: a sentence written so that it reads back to an equal one. Orders are stored so."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import assert_never

from senexbot.domain.instruments import OptionContract
from senexbot.domain.language.expirations import day_text
from senexbot.domain.language.said import (
    Amount,
    AtDelta,
    AtMultiple,
    AtPercent,
    AtPrice,
    AtStrike,
    AtTheMoney,
    CloseSaid,
    Contract,
    Effect,
    Exits,
    Expiration,
    InDays,
    LegSaid,
    Level,
    Limit,
    Market,
    Monthly,
    Notional,
    OnDate,
    OrderSaid,
    Part,
    Pegged,
    PercentOut,
    Pricing,
    ReplaceSaid,
    RollSaid,
    SameDelta,
    SameStrike,
    Sentence,
    Shares,
    Spread,
    Standing,
    Stop,
    StopLimit,
    Strategy,
    Strike,
    Units,
    Walk,
    What,
    WideFrom,
)
from senexbot.domain.language.vocabulary import PHRASES
from senexbot.domain.money import price_text
from senexbot.domain.orders.terms import Side, TimeInForce
from senexbot.domain.orders.words import compact_occ
from senexbot.domain.parsing_symbol import MONTHS

ALL = Part(1, 1)
_PARTS = {
    ALL: "all",
    Part(1, 2): "half",
    Part(1, 3): "a third",
    Part(2, 3): "two thirds",
    Part(1, 4): "a quarter",
    Part(3, 4): "three quarters",
}
TIMES = {
    TimeInForce.DAY: "day",
    TimeInForce.GTC: "gtc",
    TimeInForce.EXT: "ext",
    TimeInForce.GTC_EXT: "gtc ext",
    TimeInForce.EXT_OVERNIGHT: "overnight",
    TimeInForce.GTC_EXT_OVERNIGHT: "gtc overnight",
    TimeInForce.IOC: "ioc",
}


def said_text(sentence: Sentence) -> str:
    """`sell 2 SPY strangle 45d 16Δ @ mid credit gtc`; parse reads it back to an equal sentence."""
    match sentence:
        case OrderSaid():
            return _joined(*_order(sentence), _account(sentence.account_hint), *_followers(sentence))
        case CloseSaid():
            return _close(sentence)
        case RollSaid():
            return _roll(sentence)
        case ReplaceSaid():
            return _joined("replace", f"{sentence.order_id}", *_terms(sentence))
    assert_never(sentence)


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _account(hint: str) -> str:
    return f"in {hint}" if hint else ""


def _order(order: OrderSaid) -> list[str]:
    head = what_text(order.what, order.side, order.amount)
    notional = isinstance(order.amount, Notional)
    price = "" if notional else pricing_text(order.pricing)
    return [head, price, standing_text(order.standing), exits_text(order.exits), walk_text(order.walk)]


def _followers(order: OrderSaid) -> list[str]:
    return [_joined("then", *_order(follower)) for follower in order.then]


def _terms(said: CloseSaid | ReplaceSaid | RollSaid) -> list[str]:
    walk = None if isinstance(said, RollSaid) else said.walk
    price = "" if said.pricing is None else pricing_text(said.pricing)
    return [price, standing_text(said.standing), walk_text(walk)]


def _close(said: CloseSaid) -> str:
    head = "close" if said.exits is None else "protect"
    what = said.symbol if said.contract is None else _contract(said.symbol, said.contract)
    amount = "all" if said.options_only else _amount_but_all(said.amount, said.symbol)
    tail = [*_terms(said), exits_text(said.exits), _account(said.account_hint)]
    return _joined(head, amount, what, options_text(said), *_beside(said), *tail)


def _beside(said: CloseSaid) -> list[str]:
    """Each contract as short as it is clear beside the first one."""
    parts = []
    for one in said.beside:
        first = said.contract
        assert first is not None
        if one.root != first.root:
            parts.append(f"and {compact_occ(one)}")
            continue
        day = "" if one.expiration == first.expiration else day_text(one.expiration)
        parts.append(_joined("and", day, f"{plain(one.strike)}{one.right.value.lower()}"))
    return parts


def options_text(said: CloseSaid) -> str:
    """Of which options: `options`, `puts`, `18DEC26 calls`; "" where shares go with them."""
    if not said.options_only:
        return ""
    day = expiration_text(said.expiration) if said.expiration else ""
    return _joined(day, f"{said.right.word}s" if said.right else "options")


def _contract(symbol: str, contract: OptionContract) -> str:
    """As one word; `BRK/B 18DEC26 480p` where the underlying is not the root."""
    if symbol == contract.root:
        return compact_occ(contract)
    return _joined(
        symbol, day_text(contract.expiration), f"{plain(contract.strike)}{contract.right.value.lower()}"
    )


def _roll(said: RollSaid) -> str:
    right = f"{said.right.word}s" if said.right else ""
    amount = _amount_but_all(said.amount, said.symbol)
    to = (expiration_text(said.expiration), strike_text(said.strike))
    return _joined("roll", amount, said.symbol, right, *to, *_terms(said), _account(said.account_hint))


def _amount_but_all(amount: Amount, symbol: str) -> str:
    """All is what no word means; before the symbol ALL it has to be said."""
    return "" if amount == ALL and symbol.lower() not in PHRASES else amount_text(amount)


def amount_text(amount: Amount) -> str:
    match amount:
        case Units(count):
            return f"{count:f}"
        case Notional(dollars):
            return f"${plain(dollars)}"
        case Part(top, bottom):
            return _PARTS.get(amount) or f"{plain(Decimal(top) * 100 / Decimal(bottom))}%"
    assert_never(amount)


def plain(value: Decimal) -> str:
    """All digits that count, no more."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def what_text(what: What, side: Side, amount: Amount) -> str:
    """Side, amount and instrument: with listed legs each has its own."""
    head = _joined(side.value, amount_text(amount))
    match what:
        case Shares(symbol):
            return _joined(head, symbol)
        case Contract(contract):
            return _joined(head, compact_occ(contract))
        case Spread():
            return _legs(what, amount) if what.strategy is Strategy.LEGS else _joined(head, spread_text(what))
    assert_never(what)


def _legs(what: Spread, amount: Amount) -> str:
    assert isinstance(amount, Units)
    parts = []
    for i, leg in enumerate(what.legs):
        assert leg.side is not None
        expiration = leg.expiration or (None if i else what.expiration)
        head = _joined(
            "and" if i else "", leg.side.value, f"{amount.number * leg.ratio:f}", "" if i else what.symbol
        )
        parts.append(_joined(head, "" if expiration is None else expiration_text(expiration), _leg(leg)))
    return _joined(*parts)


def _leg(leg: LegSaid) -> str:
    """With its right, glued to an exact strike."""
    assert leg.right is not None
    if isinstance(leg.strike, AtStrike):
        return f"{plain(leg.strike.strike)}{leg.right.value.lower()}"
    return _joined(strike_text(leg.strike), leg.right.word)


def spread_text(spread: Spread) -> str:
    """`SPY 18DEC26 575/580/625/630 iron condor`, `SPY 45d 16Δ 5 wide iron condor`."""
    legs = spread.legs
    dates = [spread.expiration] if spread.expiration else [leg.expiration for leg in legs]
    when = _joined(*(expiration_text(e) for e in dates if e is not None))
    if spread.strategy is Strategy.SINGLE:
        return _joined(spread.symbol, when, _leg(legs[0]))
    ratio = f"{legs[0].ratio}x{legs[1].ratio}" if spread.strategy is Strategy.RATIO else ""
    right = spread.right.word if spread.right else ""
    shares = "with shares" if spread.with_shares and spread.strategy is Strategy.COLLAR else ""
    return _joined(spread.symbol, when, _strikes(spread), ratio, right, spread.strategy.value, shares)


def _strikes(spread: Spread) -> str:
    strikes = [leg.strike for leg in spread.legs]
    if all(isinstance(s, AtStrike) for s in strikes):
        return _listed(spread, [s.strike for s in strikes if isinstance(s, AtStrike)])
    match spread.strategy:
        case Strategy.STRANGLE | Strategy.COLLAR:
            return strike_text(strikes[0]) if strikes[0] == strikes[1] else _joined(*map(_leg, spread.legs))
        case Strategy.IRON_CONDOR if isinstance(strikes[1], WideFrom) and strikes[0] != strikes[2]:
            return _joined(_leg(spread.legs[0]), _leg(spread.legs[2]), strike_text(strikes[1]))
        case Strategy.STRADDLE:
            return strike_text(strikes[0])
        case Strategy.BUTTERFLY:
            return _joined(strike_text(strikes[1]), strike_text(strikes[0]))
        case Strategy.CALENDAR:
            return strike_text(strikes[0])
        case _:
            return _joined(*(strike_text(s) for s in strikes[:2]))


def _listed(spread: Spread, strikes: list[Decimal]) -> str:
    if spread.strategy in {Strategy.IRON_CONDOR, Strategy.IRON_BUTTERFLY}:
        strikes = sorted(set(strikes))
    if spread.strategy in {Strategy.STRADDLE, Strategy.CALENDAR}:
        strikes = strikes[:1]
    return "/".join(plain(s) for s in strikes)


def expiration_text(expiration: Expiration) -> str:
    match expiration:
        case OnDate(day):
            return day_text(day)
        case InDays(days):
            return f"{days}d"
        case Monthly(year, month):
            name = MONTHS[month - 1] if month else ""
            return _joined(name, f"{year}" if year else "", "monthly")
    assert_never(expiration)


def strike_text(strike: Strike) -> str:
    match strike:
        case AtStrike(value):
            return plain(value)
        case AtDelta(delta):
            return f"{plain(delta)}Δ" if delta >= 1 else f"{plain(delta / 100)}Δ"
        case PercentOut(percent):
            return f"{plain(percent)}%"
        case AtTheMoney():
            return "atm"
        case WideFrom(width):
            return f"{plain(width)} wide"
        case SameDelta():
            return "same delta"
        case SameStrike():
            return "same strike"
    assert_never(strike)


def _effect(effect: Effect | None) -> str:
    return effect.value if effect else ""


def pricing_text(pricing: Pricing) -> str:
    match pricing:
        case Limit(price, effect):
            return _joined("@", price_text(price), _effect(effect))
        case Market():
            return "mkt"
        case Pegged(reference, offset, effect):
            sign = "-" if offset < 0 else "+"
            moved = f"{sign}{price_text(abs(offset))}" if offset else ""
            return _joined("@", f"{reference}{moved}", _effect(effect))
        case Stop(trigger):
            return _joined("stop", price_text(trigger))
        case StopLimit(trigger, price, effect):
            return _joined("stop", price_text(trigger), "limit", price_text(price), _effect(effect))
    assert_never(pricing)


def standing_text(standing: Standing | None) -> str:
    if standing is None:
        return ""
    return TIMES[standing.time_in_force] if standing.until is None else f"until {day_text(standing.until)}"


def level_text(level: Level) -> str:
    match level:
        case AtPrice(price):
            return price_text(price)
        case AtPercent(percent):
            return f"{plain(percent)}%"
        case AtMultiple(times):
            return f"{plain(times)}x"
    assert_never(level)


def exits_text(exits: Exits | None) -> str:
    if exits is None:
        return ""
    take = f"tp {level_text(exits.take_profit)}" if exits.take_profit else ""
    stop = f"sl {level_text(exits.stop_loss)}" if exits.stop_loss else ""
    standing = f"exits {standing_text(exits.standing)}" if exits.standing else ""
    return _joined(take, stop, standing)


def every_text(every: timedelta) -> str:
    seconds = int(every.total_seconds())
    return f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s"


def walk_text(walk: Walk | None) -> str:
    if walk is None:
        return ""
    return f"walk {plain(walk.step)} every {every_text(walk.every)} to {price_text(walk.to)}"
