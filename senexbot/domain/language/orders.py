"""Orders: an entry, what hangs on it, and what follows it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from math import gcd

from senexbot.domain.instruments import OptionContract
from senexbot.domain.language.amounts import MAX_CONTRACTS, MAX_SHARES, amount_of, at_most, money, units
from senexbot.domain.language.lexing import Piece
from senexbot.domain.language.misread import Fix, Misread, misread
from senexbot.domain.language.pricing import Terms, terms_of
from senexbot.domain.language.refusals import MAX_FOLLOWERS, check_order, is_future, legs_of
from senexbot.domain.language.said import (
    Amount,
    AtStrike,
    Contract,
    Effect,
    LegSaid,
    Limit,
    Market,
    Notional,
    OnDate,
    OrderSaid,
    Part,
    Pegged,
    Pricing,
    Shares,
    Spread,
    Standing,
    StopLimit,
    Strategy,
    Units,
    What,
)
from senexbot.domain.language.strategies import natural_effect, spread_of
from senexbot.domain.language.strikes import Specs, StrikeSaid, exact_strike, specs_of
from senexbot.domain.language.tables import Node
from senexbot.domain.orders.terms import Side, TimeInForce
from senexbot.domain.words import Word

HOW = "Say it like buy 100 AAPL @ 187.50, or sell 2 SPY strangle 45d 16Δ @ mid."
MAX_LEGS = 4


def order_of(node: Node) -> OrderSaid:
    """The order of a tree. Raises ParseError for what is missing or refused."""
    first = node.nodes("entry")[0]
    order = _entry(first)[0]
    followers = node.nodes("follower")
    for i, follower in enumerate(followers):
        entry, terms = _entry(follower.nodes("entry")[0])
        at = follower.first.word
        if i >= MAX_FOLLOWERS:
            raise misread("{}: at most three orders follow.", at, "Say the others when it has filled.")
        if order.exits is not None or entry.exits is not None or entry.walk is not None:
            raise misread("{}: an order has exits or followers, not both.", at, "Leave one of them out.")
        if terms.account_at is not None:
            if order.account_hint:
                raise misread("{}: the account was said already.", terms.account_at, "Say it once.")
            order = replace(order, account_hint=entry.account_hint)
        order = replace(order, then=(*order.then, replace(entry, account_hint="")))
    return order


def _entry(node: Node) -> tuple[OrderSaid, Terms]:
    side = node.first.value
    assert isinstance(side, Side)
    thing = node.nodes("thing")[0].first
    said, terms = specs_of(node), terms_of(node.node("terms"))
    amount_node = node.node("amount")
    amount = amount_of(amount_node)
    more = node.nodes("more")
    if amount is None and not more:
        amount = _behind(node, said, terms)
    what: What
    if more:
        amount, what = _listed(node, thing, said, side, amount)
    else:
        what = what_of(thing, said, side)
    _bare_price(said, terms)
    if amount is None:
        fix = Fix("1", ((thing.word.place, f"1 {thing.word.text}"),))
        raise Misread("The quantity is missing.", hint=f"Type it before the symbol. {HOW}", fixes=(fix,))
    _check_amount(amount, what, side, amount_node.first.word if amount_node else thing.word, amount_node)
    order = OrderSaid(
        side=side,
        amount=amount,
        what=what,
        pricing=priced(terms, what, side, amount),
        standing=standing_of(terms),
        exits=terms.exits,
        walk=terms.walk,
        account_hint=terms.account_hint,
    )
    if terms.exits is None and terms.exits_at is not None:
        raise misread("{} of which exits?", terms.exits_at, "Say tp 210, sl 180 or both before it.")
    check_order(order, terms)
    return order, terms


def standing_of(terms: Terms) -> Standing | None:
    """`day` is what no word means."""
    return None if terms.standing == Standing(TimeInForce.DAY) else terms.standing


def what_of(thing: Piece, said: Specs, side: Side) -> What:
    if thing.kind == "OCC":
        assert isinstance(thing.value, OptionContract)
        if said.is_option:
            raise misread(
                "{} is a whole contract: nothing more is said of it.", thing.word, "Leave the rest out."
            )
        return Contract(thing.value)
    if not _names_option(said):
        return Shares(symbol_of(thing))
    if thing.kind == "FUTURE":
        raise misread(
            "{}: options on futures are not traded here.",
            thing.word,
            f"Trade the future itself: {symbol_of(thing)}.",
        )
    return spread_of(symbol_of(thing), said, side)


def _names_option(said: Specs) -> bool:
    """A right or an expiration without a strike takes a bare number for one: `put 590`, `18DEC26 590`."""
    if said.strategy is None and said.is_option and not said.strikes and said.bare:
        piece, effect = said.bare[0]
        if effect is None and piece.kind == "NUMBER":
            said.strikes.append(StrikeSaid(exact_strike(piece.text, piece.word), None, piece.word))
            said.bare = said.bare[1:]
    return said.is_option


def symbol_of(thing: Piece) -> str:
    assert isinstance(thing.value, str)
    return thing.value


def _behind(node: Node, said: Specs, terms: Terms) -> Amount | None:
    """`buy AAPL 100 @ 187.50`: only when the price is marked as one; else both readings are offered."""
    if said.strategy is not None or not said.bare:
        return None
    piece, effect = said.bare[0]
    if len(said.bare) == 1 and terms.pricing is not None and effect is None:
        said.bare = []
        return Units(units(piece))
    words = node.words
    first, last = words[0].text, piece.word.place
    name = " ".join(w.text for w in words[1:] if w.place < last)
    others = [piece.text, *(p.text for p, _ in said.bare[1:])]
    pairs = [(others[0], others[1]), (others[1], others[0])] if len(others) > 1 else []
    texts = [f"{first} {a} {name} @ {b}" for a, b in pairs] or [
        f"{first} {others[0]} {name} mkt",
        f"{first} 1 {name} @ {others[0]}",
    ]
    fixes = tuple(Fix(text, whole=text) for text in texts)
    raise misread("{}: is that the quantity or the price?", piece.word, HOW, *fixes)


def _bare_price(said: Specs, terms: Terms) -> None:
    """`buy 100 AAPL 187.50`: the one number that is left is the price."""
    for piece, effect in said.bare:
        if terms.pricing is not None:
            raise misread("{}: the price was said already.", piece.word, "Say it once.")
        terms.pricing, terms.price_parts = Limit(money(piece, "price"), effect), (piece,)


def _check_amount(amount: Amount, what: What, side: Side, at: Word, node: Node | None) -> None:
    shares = isinstance(what, Shares) and not is_future(what)
    at_most(amount, MAX_SHARES if shares else MAX_CONTRACTS, "shares" if shares else "contracts", at)
    unit = node.piece("UNIT") if node else None
    if unit is not None and unit.text.startswith("share") is not shares:
        fix = Fix("without it", ((unit.word.place, ""),))
        raise misread("{}: shares or contracts?", unit.word, "Leave the word out.", fix)
    if not isinstance(amount, Part):
        return
    if side is Side.BUY:
        raise misread(
            "{}: a part of a position is sold, or closed.",
            at,
            "close half AAPL works for either.",
            Fix("close", ((1, "close"),)),
        )
    if not is_exact(what):
        raise misread("{}: a part of which position?", at, "Say a number, or close all SPY options.")


def is_exact(what: What) -> bool:
    """Whether it names one thing that can be held, without a look at the market."""
    if not isinstance(what, Spread):
        return True
    one = what.strategy is Strategy.SINGLE and isinstance(what.legs[0].strike, AtStrike)
    return one and isinstance(what.expiration, OnDate)


def one_contract(what: Spread) -> OptionContract:
    """The contract that an exact single option names. The root is the underlying's, as far as a text tells."""
    leg, expiration = what.legs[0], what.expiration
    assert isinstance(leg.strike, AtStrike)
    assert isinstance(expiration, OnDate)
    assert leg.right is not None
    return OptionContract(what.symbol.replace("/", ""), expiration.day, leg.right, leg.strike.strike)


def _listed(
    node: Node, thing: Piece, said: Specs, side: Side, amount: Amount | None
) -> tuple[Amount, Spread]:
    """`sell 2 SPY 18DEC26 580p and buy 2 575p`: each leg with its side and number."""
    if not isinstance(amount, Units):
        raise Misread("Each listed leg needs a number.", hint=f"Say it like {_LEGS}.")
    more = node.nodes("more")
    if thing.kind != "SYMBOL" or said.strategy is not None or said.with_shares:
        raise misread("{}: legs are listed one by one.", more[0].first.word, f"Say it like {_LEGS}.")
    found = [(side, amount.number, _leg(said, thing))]
    for leg in more:
        leg_side, count, symbol = leg.pieces("SIDE")[0].value, leg.pieces("NUMBER")[0], leg.piece("SYMBOL")
        assert isinstance(leg_side, Side)
        if symbol is not None and symbol.value != thing.value:
            raise misread(
                "{}: all legs have one underlying.",
                symbol.word,
                f"Leave it out, or type {thing.text.upper()}.",
            )
        specs = specs_of(leg)
        specs.expirations = specs.expirations or said.expirations
        if specs.bare or specs.strategy:
            raise misread(
                "{}: legs are listed one by one, their price behind @.",
                leg.last.word,
                f"Say it like {_LEGS}.",
            )
        found.append((leg_side, units(count), _leg(specs, thing)))
    if len(found) > MAX_LEGS:
        raise misread(
            "{}: an order has at most four legs.",
            more[MAX_LEGS - 1].first.word,
            "Say the others in another order.",
        )
    whole = gcd(*(int(n) for _, n, _ in found))
    return Units(Decimal(whole)), _spread(symbol_of(thing), found, whole, more[-1].first.word)


_LEGS = "sell 2 SPY 18DEC26 580p and buy 2 575p @ 1.20 credit"


def _leg(said: Specs, thing: Piece) -> Spread:
    return spread_of(symbol_of(thing), said, Side.BUY)


def _spread(symbol: str, found: list[tuple[Side, Decimal, Spread]], whole: int, at: Word) -> Spread:
    expirations = {spread.expiration for _, _, spread in found}
    one = expirations.pop() if len(expirations) == 1 else None
    legs = tuple(
        LegSaid(
            spread.legs[0].strike, spread.right, None if one else spread.expiration, side, int(count) // whole
        )
        for side, count, spread in found
    )
    if len({(leg.strike, leg.right, leg.expiration) for leg in legs}) < len(legs):
        raise misread("{}: two of the legs are the same.", at, "Say each leg once.")
    return Spread(symbol, Strategy.LEGS, legs, one)


def priced(terms: Terms, what: What, side: Side, amount: Amount | None = None) -> Pricing:
    """The price with its word: filled in where it can only be one, asked for where it can be both."""
    pricing = terms.pricing
    if pricing is None:
        if isinstance(amount, Notional):
            return Market()
        raise _no_price(what)
    if not isinstance(pricing, Limit | Pegged | StopLimit):
        return pricing
    several = legs_of(what) > 1
    natural = natural_effect(what, side) if isinstance(what, Spread) and several else _plain_effect(side)
    if natural is None:
        if pricing.effect is None and not isinstance(pricing, Pegged):
            fixes = tuple(
                Fix(e.value, ((terms.price_words[-1].place, f"{terms.price_words[-1].text} {e}"),))
                for e in Effect
            )
            raise misread(
                "{}: a credit or a debit?",
                _priced_at(terms),
                "Say which behind the price: 1.20 credit.",
                *fixes,
            )
        return pricing
    if pricing.effect not in {None, natural}:
        got = "brings a credit" if natural is Effect.CREDIT else "costs a debit"
        verb, word = "sold" if side is Side.SELL else "bought", _priced_at(terms)
        raise misread(
            f"{{}}: {verb}, this {got}.",
            word,
            f"Type {natural}, or {'buy' if side is Side.SELL else 'sell'}.",
            Fix(natural.value, ((word.place, natural.value),)),
        )
    effect = natural if several else None
    return pricing if pricing.effect is effect else replace(pricing, effect=effect)


def _priced_at(terms: Terms) -> Word:
    """The word that says credit or debit, else the last one of the price."""
    effects = {"credit", "cr", "debit", "db"}
    return next((w for w in terms.price_words if w.text.lower() in effects), terms.price_words[-1])


def _plain_effect(side: Side) -> Effect:
    return Effect.CREDIT if side is Side.SELL else Effect.DEBIT


def _no_price(what: What) -> Misread:
    fixes: tuple[Fix, ...] = (Fix("@ mid", append="@ mid"),)
    if legs_of(what) == 1:
        fixes = (Fix("at the market", append="mkt"), *fixes)
    return Misread(
        "The price is missing.", hint="Add @ and a price, @ mid, or mkt for the market's.", fixes=fixes
    )
