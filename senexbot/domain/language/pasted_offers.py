"""What a pasted text that is not read one way may have meant: whole sentences to choose from, nothing guessed."""

from __future__ import annotations

from dataclasses import replace

from senexbot.domain.instruments import Right
from senexbot.domain.language.expirations import day_text
from senexbot.domain.language.lexing import Piece
from senexbot.domain.language.misread import Fix, Misread, misread
from senexbot.domain.language.normal import plain, pricing_text
from senexbot.domain.language.orders import is_exact, one_contract
from senexbot.domain.language.pricing import Terms
from senexbot.domain.language.said import AtStrike, OnDate, Spread, Units
from senexbot.domain.language.strikes import Specs
from senexbot.domain.language.tables import Node
from senexbot.domain.orders.terms import Side
from senexbot.domain.orders.words import compact_occ

_RATIO = "Say it like sell 1 SPY 18DEC26 580/570 1x2 put ratio @ 0.50 credit."


def which_ratio(node: Node, symbol: str, amount: Units, terms: Terms) -> Misread:
    """`1/2 BACKRATIO`: the name does not say which of the strikes is sold, so both are offered, leg by leg."""
    fraction, contract = node.piece("FRACTION"), node.node("contract")
    at = (fraction or node.pieces("STRATEGY", "BACKRATIO")[0]).word
    assert contract is not None
    dates, right = contract.pieces("DATE"), contract.piece("RIGHT")
    strikes = contract.pieces("NUMBER", "STRIKES")[1].text.split("/")
    pricing, fixes = terms.pricing, list[Fix]()
    if fraction and len(dates) == 1 and len(strikes) == 2 and right and pricing is not None:
        near, far = (int(amount.number) * int(part) for part in fraction.text.split("/"))
        letter = "p" if right.value is Right.PUT else "c"
        assert isinstance(dates[0].value, OnDate)
        when = day_text(dates[0].value.day)
        for one, other in (("sell", "buy"), ("buy", "sell")):
            legs = f"{one} {near} {symbol} {when} {strikes[0]}{letter} and {other} {far} {strikes[1]}{letter}"
            fixes.append(Fix(f"{one} {near}, {other} {far}", whole=f"{legs} {pricing_text(pricing)}"))
    return misread("{}: which of the two strikes is sold?", at, _RATIO, *fixes)


def closed_one_by_one(symbol: Piece, amount: Units, said: Specs) -> tuple[Fix, ...]:
    """A covered call that is sold with its shares: the broker has no one order for both."""
    shares = Fix("close the shares", whole=f"close {100 * amount.number} {symbol.value}")
    (day, _), strike = said.expirations[0], said.strikes[0].strike
    if len(said.expirations) > 1 or len(said.strikes) > 1 or not isinstance(day, OnDate):
        return (shares,)
    assert isinstance(strike, AtStrike)
    call = f"{symbol.value} {day_text(day.day)} {plain(strike.strike)}c"
    return Fix("close the call", whole=f"close {amount.number} {call}"), shares


# Of indices whose weekly contract of a third Friday has a root of its own, beside the monthly that settles in the morning.
_WEEKLY_ROOTS = {"SPX": "SPXW", "NDX": "NDXP", "RUT": "RUTW", "VIX": "VIXW"}


def the_weekly(spread: Spread, side: Side, amount: Units, terms: Terms) -> tuple[Fix, ...]:
    root = _WEEKLY_ROOTS.get(spread.symbol)
    if root is None or not is_exact(spread) or terms.pricing is None:
        return ()
    head = f"{side} {amount.number} {compact_occ(replace(one_contract(spread), root=root))}"
    return (Fix(f"the weekly, {root}", whole=f"{head} {pricing_text(terms.pricing)}"),)
