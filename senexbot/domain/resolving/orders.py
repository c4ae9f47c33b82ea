"""An order's words to its terms: shares, one contract or a spread, with what follows on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal

from senexbot.domain.instruments import Instrument, InstrumentType, OptionContract, Right
from senexbot.domain.language.said import (
    Amount,
    Contract,
    Limit,
    Market,
    Notional,
    OrderSaid,
    Pegged,
    Reference,
    Shares,
    Spread,
    Standing,
    Strategy,
    Units,
    What,
)
from senexbot.domain.market import Quote
from senexbot.domain.money import dollars, price_text, quantity_text
from senexbot.domain.orders.net import net_ticks
from senexbot.domain.orders.terms import (
    Action,
    ChildRole,
    ChildTerms,
    Group,
    Leg,
    OrderTerms,
    OrderType,
    Side,
    TimeInForce,
)
from senexbot.domain.orders.words import day_words
from senexbot.domain.resolving.exits import Entry, closing_legs, exits_of, group_of
from senexbot.domain.resolving.known import Known
from senexbot.domain.resolving.legs import pick_legs
from senexbot.domain.resolving.outcome import CannotResolve, Choice, LegMarket, Resolved
from senexbot.domain.resolving.positions import Wanted, leg_of, terms_leg, units_of
from senexbot.domain.resolving.pricing import Package, Priced, price_of
from senexbot.domain.resolving.walks import walked

MOST_FOLLOWERS = 3
SHARES_A_CONTRACT = 100


@dataclass(frozen=True, slots=True)
class Meant:
    """The legs before their number is known, and what was chosen for them."""

    underlying: str
    wanted: tuple[Wanted, ...]
    strategy: str = ""
    choices: tuple[Choice, ...] = ()
    spot: Quote | None = None
    shares: Decimal = Decimal(0)


def resolve_order(said: OrderSaid, known: Known) -> Resolved:
    """Raises CannotResolve, Denied of the position rules, or Lacking."""
    alone = _alone(said, known)
    if said.exits is not None and said.then:
        raise CannotResolve("follow_up", "exits or a following order, not both")
    if said.exits is not None:
        alone = _with_exits(said, alone)
    elif said.then:
        alone = _with_followers(said, alone, known)
    ticks = net_ticks([leg.instrument for leg in alone.legs])
    terms = walked(alone.terms, said.walk, ticks, lambda walk: replace(said, walk=walk))
    return replace(alone, terms=terms)


def _alone(said: OrderSaid, known: Known) -> Resolved:
    if isinstance(said.amount, Notional):
        return _in_dollars(said, said.amount, known)
    meant = _meant(said, known)

    def how_many(amount: Amount) -> OrderSaid:
        return replace(said, amount=amount)

    units, chosen = units_of(said.amount, meant.wanted, known, how_many)
    legs = tuple(leg_of(wanted, units, known, how_many) for wanted in meant.wanted)
    instruments = tuple(w.instrument for w in meant.wanted)
    quotes = known.quotes_of(instruments)
    package = Package(legs, instruments, quotes, lambda pricing: replace(said, pricing=pricing))
    priced = price_of(said.pricing, package)
    terms = terms_of(known, meant.underlying, legs, priced, said.standing, strategy=meant.strategy)
    choices = (*meant.choices, *chosen, *priced.choices)
    seen = markets(instruments, quotes, known)
    return Resolved(terms, choices, seen, meant.spot, meant.shares)


def terms_of(
    known: Known,
    underlying: str,
    legs: tuple[Leg, ...],
    priced: Priced,
    standing: Standing | None,
    *,
    strategy: str = "",
) -> OrderTerms:
    standing = standing or Standing(TimeInForce.DAY)
    return OrderTerms(
        account=known.account,
        underlying=underlying,
        legs=legs,
        type=priced.type,
        price=priced.price,
        time_in_force=standing.time_in_force,
        stop_trigger=priced.trigger,
        gtc_date=standing.until,
        strategy=strategy,
    )


def markets(
    instruments: Sequence[Instrument], quotes: Sequence[Quote | None], known: Known
) -> tuple[LegMarket, ...]:
    return tuple(
        LegMarket(instrument, quote, known.held(instrument.symbol))
        for instrument, quote in zip(instruments, quotes, strict=True)
    )


# -- what is traded ------------------------------------------------------------------------------------


def _meant(said: OrderSaid, known: Known) -> Meant:
    match said.what:
        case Shares(symbol):
            instrument = need_instrument(symbol, known)
            return Meant(
                instrument.underlying, (Wanted(instrument, said.side),), choices=month_of(symbol, instrument)
            )
        case Contract(contract):
            instrument = need_instrument(contract.occ, known, words=contract.words)
            if instrument.multiplier != SHARES_A_CONTRACT:
                _refuse_odd(instrument, said.side, known)
            return Meant(instrument.underlying, (Wanted(instrument, said.side),))
        case _:
            return _spread(said, said.what, known)


def need_instrument(symbol: str, known: Known, *, words: str = "") -> Instrument:
    found = known.instrument(symbol)
    if found is None:
        name = words or symbol
        raise CannotResolve("unknown_symbol", f"tastytrade knows no {name}", about=name)
    return found


def month_of(said: str, instrument: Instrument) -> tuple[Choice, ...]:
    """Which month a product without one came to, and why."""
    future = instrument.future
    if future is None or said != future.product:
        return ()
    why = "the broker's active month" if future.active_month else "the nearest month"
    until = f", last trade {day_words(future.last_trade)}" if future.last_trade else ""
    return (Choice(f"{said}: {instrument.symbol}, {why}{until}"),)


def _refuse_odd(instrument: Instrument, side: Side, known: Known) -> None:
    """A contract that stands for something else than 100 shares is only closed."""
    held = known.held(instrument.symbol) or Decimal(0)
    if held * (1 if side is Side.SELL else -1) <= 0:
        words = f"{instrument.words} stands for {quantity_text(instrument.multiplier)}, not for 100"
        raise CannotResolve("nonstandard", words)


def _spread(said: OrderSaid, spread: Spread, known: Known) -> Meant:
    def rebuilt(what: What) -> OrderSaid:
        return replace(said, what=what)

    choices: tuple[Choice, ...] = ()
    shares = Decimal(0)
    if spread.strategy in {Strategy.COVERED_CALL, Strategy.COLLAR}:
        choices = (_covered(said, spread, known),)
        shares = known.held(spread.symbol) or shares
    picked = pick_legs(spread, said.side, known, rebuilt)
    strategy = "" if spread.strategy in {Strategy.SINGLE, Strategy.LEGS} else spread.strategy.value
    wanted = tuple(Wanted(leg.contract, leg.side, leg.ratio) for leg in picked.legs)
    underlying = wanted[0].instrument.underlying
    spot = picked.money.quote
    return Meant(underlying, wanted, strategy, (*picked.choices, *choices), spot, shares)


def _covered(said: OrderSaid, spread: Spread, known: Known) -> Choice:
    """The broker takes no order of shares and options together: the shares have to be held already."""
    if not isinstance(said.amount, Units):
        raise CannotResolve("legs_shape", f"how many units of the {spread.strategy.value}?")
    held = _free_shares(spread.symbol, known)
    needed = said.amount.number * SHARES_A_CONTRACT
    enough = held is not None and held >= needed
    free = "their number could not be read" if held is None else f"you hold {quantity_text(held)} free"
    if enough and not spread.with_shares:
        return Choice(f"covered by {quantity_text(needed)} {spread.symbol}: {free}")
    words = (
        f"shares and options cannot be one order; it needs {quantity_text(needed)} {spread.symbol}, {free}"
    )
    raise CannotResolve("shares_needed", words, instead=_without_shares(said, spread, needed, enough=enough))


def _free_shares(symbol: str, known: Known) -> Decimal | None:
    """Shares held that no short call stands against yet; None when positions could not be read."""
    lines, held = known.lines(), known.held(symbol)
    if lines is None or held is None:
        return None
    options = ((p, OptionContract.from_occ(p.symbol)) for p in lines if p.underlying == symbol)
    called = sum(
        (-p.quantity * p.multiplier for p, o in options if o and o.right is Right.CALL and p.quantity < 0),
        Decimal(0),
    )
    return max(held - called, Decimal(0))


def _without_shares(
    said: OrderSaid, spread: Spread, needed: Decimal, *, enough: bool
) -> tuple[OrderSaid, ...]:
    """The options alone where the shares are held; else the shares first and the options once they are."""
    side = Side.SELL if spread.strategy is Strategy.COVERED_CALL else said.side
    mid = Pegged(Reference.MID)
    options = OrderSaid(side, said.amount, replace(spread, with_shares=False), mid, said.standing)
    if enough:
        return (replace(options, account_hint=said.account_hint),)
    shares = OrderSaid(Side.BUY, Units(needed), Shares(spread.symbol), mid, said.standing)
    return (replace(shares, then=(options,), account_hint=said.account_hint),)


# -- dollars -------------------------------------------------------------------------------------------


def _in_dollars(said: OrderSaid, amount: Notional, known: Known) -> Resolved:
    """At the market the broker takes dollars; at a limit they are whole shares that cost no more."""
    if not isinstance(said.what, Shares):
        raise CannotResolve("notional", "only shares are traded in dollars")
    if isinstance(said.pricing, Limit):
        count = (amount.dollars / said.pricing.price).to_integral_value(rounding=ROUND_FLOOR)
        if count <= 0:
            words = f"{dollars(amount.dollars)} buys no whole share at {price_text(said.pricing.price)}"
            raise CannotResolve("notional", words, instead=(replace(said, pricing=Market()),))
        whole = _alone(replace(said, amount=Units(count)), known)
        line = Choice(
            f"{dollars(amount.dollars)} at {price_text(said.pricing.price)}: {quantity_text(count)} shares"
        )
        return replace(whole, choices=(line, *whole.choices))
    if not isinstance(said.pricing, Market):
        words = "dollars are traded at the market, or at a limit in whole shares"
        raise CannotResolve("notional", words, instead=(replace(said, pricing=Market()),))
    instrument = need_instrument(said.what.symbol, known)
    if instrument.type is not InstrumentType.EQUITY:
        raise CannotResolve("notional", "only shares are traded in dollars")
    quotes = known.quotes_of((instrument,))
    held = known.held(instrument.symbol)
    action = _dollar_action(said.side, held, instrument)
    leg = terms_leg(instrument, action, Decimal(0))
    priced = Priced(OrderType.NOTIONAL_MARKET, None)
    terms = terms_of(known, instrument.underlying, (leg,), priced, said.standing)
    value = -amount.dollars if said.side is Side.BUY else amount.dollars
    return Resolved(replace(terms, value=value), (), markets((instrument,), quotes, known))


def _dollar_action(side: Side, held: Decimal | None, instrument: Instrument) -> Action:
    """Dollars never cross zero: they open or add when bought, and only reduce when sold."""
    if side is Side.SELL:
        if held is not None and held <= 0:
            raise CannotResolve("position_missing", f"you hold no {instrument.words}")
        return Action.SELL_TO_CLOSE
    if held is None or held < 0:
        why = "the positions could not be read" if held is None else f"you are short {instrument.words}"
        raise CannotResolve("notional", f"{why}: say a number of shares")
    return Action.BUY_TO_OPEN


# -- what follows --------------------------------------------------------------------------------------


def _with_exits(said: OrderSaid, alone: Resolved) -> Resolved:
    assert said.exits is not None
    terms = alone.terms
    if terms.type is OrderType.NOTIONAL_MARKET:
        raise CannotResolve("exit_entry", "an order in dollars has no known size to close: say the shares")
    entry = Entry(
        closing=closing_legs(terms.legs),
        credit=_is_credit(terms),
        price=None if terms.price is None else abs(terms.price),
        ticks=net_ticks([leg.instrument for leg in alone.legs]),
    )
    children, lines = exits_of(said.exits, entry, lambda exits: replace(said, exits=exits))
    grouped = replace(terms, group=group_of(children), children=children)
    return replace(alone, terms=grouped, choices=(*alone.choices, *lines))


def _is_credit(terms: OrderTerms) -> bool:
    """By the price, else by the one side that an order without a price has."""
    return terms.price > 0 if terms.price is not None else terms.side is Side.SELL


def _with_followers(said: OrderSaid, alone: Resolved, known: Known) -> Resolved:
    """Each is resolved as if the first order had filled."""
    if len(said.then) > MOST_FOLLOWERS:
        raise CannotResolve("follow_up", f"at most {MOST_FOLLOWERS} orders can follow one")
    if alone.terms.type is OrderType.NOTIONAL_MARKET:
        raise CannotResolve("follow_up", "nothing can follow an order in dollars: its size is not known")
    after = known.assuming(_brought(alone.terms.legs))
    children: list[ChildTerms] = []
    choices = list(alone.choices)
    for at, one in enumerate(said.then):
        if one.exits is not None or one.then or one.walk is not None or isinstance(one.amount, Notional):
            raise CannotResolve("follow_up", "an order can only be followed by plain orders")
        inner = _nested(said, at, lambda one=one: _alone(one, after))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        terms = inner.terms
        children.append(
            ChildTerms(
                ChildRole.THEN,
                terms.legs,
                terms.type,
                terms.price,
                terms.time_in_force,
                terms.stop_trigger,
                terms.gtc_date,
            )
        )
        choices += inner.choices
    grouped = replace(alone.terms, group=Group.OTO, children=tuple(children))
    return replace(alone, terms=grouped, choices=tuple(choices))


def _nested(said: OrderSaid, at: int, resolve: Callable[[], Resolved]) -> Resolved:
    """What a follower offers instead is offered inside the whole sentence."""
    try:
        return resolve()
    except CannotResolve as no:
        no.instead = tuple(
            replace(said, then=(*said.then[:at], one, *said.then[at + 1 :]))
            for one in no.instead
            if isinstance(one, OrderSaid)
        )
        raise


def _brought(legs: Sequence[Leg]) -> dict[str, Decimal]:
    return {leg.symbol: leg.quantity if leg.action.side is Side.BUY else -leg.quantity for leg in legs}
