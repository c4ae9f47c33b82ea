"""Terms written as a sentence again: exact contracts, exact prices. Resolved once more it is the same order.

Orders are stored so: what `45d 16Δ @ mid` came to, in words that no later market can change (I6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from senexbot.domain.instruments import OptionContract, Right
from senexbot.domain.language.said import (
    AtPrice,
    AtStrike,
    CloseSaid,
    Contract,
    Effect,
    Exits,
    Expiration,
    LegSaid,
    Limit,
    Market,
    Notional,
    OnDate,
    OrderSaid,
    Pricing,
    Shares,
    Spread,
    Standing,
    Stop,
    StopLimit,
    Strategy,
    Units,
    Walk,
    What,
)
from senexbot.domain.orders.net import unit_ratios
from senexbot.domain.orders.terms import (
    ChildRole,
    ChildTerms,
    Group,
    Leg,
    OrderTerms,
    OrderType,
    Side,
    TimeInForce,
    WalkTerms,
)

_NAMED = {strategy.value: strategy for strategy in Strategy}
_ONE_RIGHT = frozenset(
    {Strategy.VERTICAL, Strategy.RATIO, Strategy.BUTTERFLY, Strategy.CALENDAR, Strategy.DIAGONAL}
)
_IN_TIME = frozenset({Strategy.CALENDAR, Strategy.DIAGONAL})


def said_of(terms: OrderTerms) -> OrderSaid | CloseSaid | None:
    """None for an OCO that no sentence makes: legs of different numbers, or shares among several."""
    if terms.group is Group.OCO:
        return _protect(terms)
    said = _order(terms.legs, terms, terms.strategy, terms.value)
    children = terms.children
    if children and all(child.role is not ChildRole.THEN for child in children):
        return replace(said, exits=_exits(children))
    then = tuple(_order(child.legs, child, "", None) for child in children)
    return replace(said, then=then, walk=_walk(terms.walk))


def _protect(terms: OrderTerms) -> CloseSaid | None:
    """`protect 100 AAPL tp 210.00 sl 180.00 exits gtc`: the take profit is the order, the stop its child."""
    if terms.price is None or len({leg.quantity for leg in terms.legs}) > 1:
        return None
    leg, (stop,) = terms.legs[0], terms.children
    contracts = [OptionContract.from_occ(one.symbol) for one in terms.legs]
    several = [one for one in contracts if one is not None]
    if len(contracts) > 1 and len(several) < len(contracts):
        return None
    exits = replace(_exits((stop,)), take_profit=AtPrice(abs(terms.price)))
    contract = contracts[0]
    symbol = contract.root if contract else leg.symbol
    return CloseSaid(Units(leg.quantity), symbol, contract=contract, exits=exits, beside=tuple(several[1:]))


def _walk(walk: WalkTerms | None) -> Walk | None:
    return None if walk is None else Walk(walk.step, timedelta(seconds=walk.every_seconds), abs(walk.to))


def _order(
    legs: Sequence[Leg], terms: OrderTerms | ChildTerms, strategy: str, value: Decimal | None
) -> OrderSaid:
    side, what = _what(legs, strategy)
    units = legs[0].quantity / unit_ratios(legs)[0]
    amount = Units(units) if value is None else Notional(abs(value))
    return OrderSaid(side, amount, what, _pricing(terms, several=len(legs) > 1), _standing(terms))


def _standing(terms: OrderTerms | ChildTerms) -> Standing | None:
    if terms.time_in_force is TimeInForce.DAY:
        return None
    return Standing(terms.time_in_force, terms.gtc_date)


def _pricing(terms: OrderTerms | ChildTerms, *, several: bool) -> Pricing:
    price = abs(terms.price) if terms.price is not None else Decimal(0)
    effect = None
    if several and terms.price is not None:
        effect = Effect.CREDIT if terms.price > 0 else Effect.DEBIT
    match terms.type:
        case OrderType.LIMIT:
            return Limit(price, effect)
        case OrderType.STOP:
            return Stop(terms.stop_trigger or Decimal(0))
        case OrderType.STOP_LIMIT:
            return StopLimit(terms.stop_trigger or Decimal(0), price, effect)
        case _:
            return Market()


def _exits(children: Sequence[ChildTerms]) -> Exits:
    """The levels as prices; both stand equally long."""
    by_role = {child.role: child for child in children}
    profit, loss = by_role.get(ChildRole.TAKE_PROFIT), by_role.get(ChildRole.STOP_LOSS)
    one = children[0]
    return Exits(
        take_profit=AtPrice(abs(profit.price)) if profit is not None and profit.price is not None else None,
        stop_loss=AtPrice(loss.stop_trigger) if loss is not None and loss.stop_trigger is not None else None,
        standing=Standing(one.time_in_force, one.gtc_date),
    )


def _what(legs: Sequence[Leg], strategy: str) -> tuple[Side, What]:
    first = legs[0]
    contracts = [OptionContract.from_occ(leg.symbol) for leg in legs]
    known = [contract for contract in contracts if contract is not None]
    if len(known) != len(legs):
        return first.action.side, Shares(first.symbol)
    if len(legs) == 1 and strategy != Strategy.COVERED_CALL:
        return first.action.side, Contract(known[0])
    named = _NAMED.get(strategy, Strategy.LEGS)
    return _side(named, legs, known), _spread(named, legs, known)


def _side(strategy: Strategy, legs: Sequence[Leg], contracts: Sequence[OptionContract]) -> Side:
    """The side of the whole: that of the leg which the strategy takes it from."""
    pairs = list(zip(legs, contracts, strict=True))
    if strategy is Strategy.COLLAR:
        return Side.BUY
    if strategy in _IN_TIME:
        return max(pairs, key=lambda pair: pair[1].expiration)[0].action.side
    if strategy in {Strategy.IRON_CONDOR, Strategy.IRON_BUTTERFLY}:
        puts = [pair for pair in pairs if pair[1].right is Right.PUT]
        return max(puts, key=lambda pair: pair[1].strike)[0].action.side
    return legs[0].action.side


def _spread(strategy: Strategy, legs: Sequence[Leg], contracts: Sequence[OptionContract]) -> Spread:
    days = {contract.expiration for contract in contracts}
    common: Expiration | None = OnDate(contracts[0].expiration) if len(days) == 1 else None
    listed = strategy is Strategy.LEGS
    said = tuple(
        LegSaid(
            AtStrike(contract.strike),
            contract.right,
            None if common is not None else OnDate(contract.expiration),
            leg.action.side if listed else None,
            ratio,
        )
        for leg, contract, ratio in zip(legs, contracts, unit_ratios(legs), strict=True)
    )
    right = contracts[0].right if strategy in _ONE_RIGHT else None
    return Spread(contracts[0].root, strategy, said, common, right)
