"""What is said of something held or working: close, protect, roll, replace."""

from __future__ import annotations

from dataclasses import replace

from senexbot.domain.instruments import OptionContract
from senexbot.domain.language.amounts import MAX_CONTRACTS, MAX_SHARES, amount_of, at_most
from senexbot.domain.language.exits import check_order as check_levels
from senexbot.domain.language.misread import Fix, Misread, misread
from senexbot.domain.language.orders import MAX_LEGS, is_exact, one_contract, standing_of, symbol_of, what_of
from senexbot.domain.language.pricing import Terms, terms_of
from senexbot.domain.language.refusals import EXTENDED, LONGER, check_walk, instead, is_future
from senexbot.domain.language.said import (
    AtDelta,
    AtPrice,
    AtStrike,
    CloseSaid,
    Contract,
    Expiration,
    InDays,
    Limit,
    Market,
    Monthly,
    Notional,
    OnDate,
    Part,
    Pegged,
    Reference,
    ReplaceSaid,
    RollSaid,
    SameDelta,
    SameStrike,
    Shares,
    Standing,
    Stop,
    StopLimit,
    Units,
)
from senexbot.domain.language.strikes import Specs, right_of, specs_of, strike_of
from senexbot.domain.language.tables import Node
from senexbot.domain.orders.terms import Side, TimeInForce
from senexbot.domain.words import Word

ALL = Part(1, 1)
AT_MID = Pegged(Reference.MID)  # a close that names no price
CLOSE_HOW = "Say it like close AAPL, close half AAPL @ mid, close all SPY options, or close SPY 18DEC26 puts."
PROTECT_HOW = "Say it like protect AAPL tp 210 sl 180."
ROLL_HOW = "Say it like roll SPY 45d same delta, or roll SPY puts 15JAN27 560 for 0.40 credit."
REPLACE_HOW = "Say it like replace 12345 @ 3.40, or replace 12345 gtc."


def close_of(node: Node) -> CloseSaid:
    terms = terms_of(node.node("terms"))
    amount = _amount(node)
    options = node.piece("OPTIONS")
    some = _some_options(node)
    symbol, contract = _symbol(node, some) if some is not None else _target(node, CLOSE_HOW)
    named = options.word if options is not None else some.last if some is not None else None
    if named is not None and (contract is not None or amount != ALL):
        raise misread("{}: close all of them, or name one contract.", named, CLOSE_HOW)
    if terms.exits_at is not None:
        fix = Fix("protect", ((1, "protect"),))
        raise misread("{}: exits protect a position; close ends it now.", terms.exits_at, PROTECT_HOW, fix)
    said = CloseSaid(
        amount=amount,
        symbol=symbol,
        contract=contract,
        options_only=named is not None,
        pricing=terms.pricing,
        standing=standing_of(terms),
        walk=terms.walk,
        account_hint=terms.account_hint,
        right=some.right if some is not None else None,
        expiration=_expires(some) if some is not None else None,
    )
    shares = contract is None and not said.options_only and not is_future(Shares(symbol))
    _check_standing(said.pricing, said.standing, terms, shares=shares)
    if said.walk is not None and terms.walk_at is not None:
        check_walk(said.walk, said.pricing or AT_MID, terms.walk_at, pays=None)
    return said


def _some_options(node: Node) -> Specs | None:
    """What names some of the options without their strikes: `puts`, `18DEC26`, `18DEC26 calls`."""
    specs = specs_of(node)
    named = specs.right is not None or specs.expirations
    more = specs.strikes or specs.bare or specs.strategy or specs.widths or specs.ratio or specs.with_shares
    return specs if named and not more else None


def _symbol(node: Node, some: Specs) -> tuple[str, None]:
    thing = node.nodes("thing")[0].first
    if thing.kind != "SYMBOL":
        what_of(thing, some, Side.SELL)  # a whole contract, or a future: it says why not
    return symbol_of(thing), None


def _expires(some: Specs) -> OnDate | None:
    if not some.expirations:
        return None
    if len(some.expirations) > 1:
        raise misread("{}: the expiration was said already.", some.expirations[1][1], "Say it once.")
    day, word = some.expirations[0]
    if not isinstance(day, OnDate):
        raise misread("{}: name the day on which they expire.", word, "Type it like 18DEC26.")
    return day


def protect_of(node: Node) -> CloseSaid:
    """Exits on a position: with both it is an OCO."""
    terms = terms_of(node.node("terms"), exits_alone=True)
    symbol, contract = _target(node, PROTECT_HOW)
    if terms.pricing is not None:
        raise misread("{}: exits have their own prices.", terms.price_words[0], PROTECT_HOW)
    if terms.walk_at is not None:
        raise misread("{}: exits do not walk.", terms.walk_at, PROTECT_HOW)
    exits = terms.exits
    if exits is None:
        raise Misread("The exits are missing.", hint=PROTECT_HOW)
    if exits.standing is not None and terms.standing is not None:
        raise misread(
            "{}: how long the exits stand was said already.", terms.standing_words[0], "Say it once."
        )
    exits = replace(exits, standing=exits.standing or terms.standing)
    take, stop = exits.take_profit, exits.stop_loss
    if (
        isinstance(take, AtPrice)
        and isinstance(stop, AtPrice)
        and take.price == stop.price
        and terms.exits_at
    ):
        check_levels(take.price, stop.price, terms.exits_at, pays=True)
    return CloseSaid(
        amount=_amount(node),
        symbol=symbol,
        contract=contract,
        exits=exits,
        account_hint=terms.account_hint,
        beside=_beside(node.nodes("held"), contract),
    )


def _beside(nodes: list[Node], first: OptionContract | None) -> tuple[OptionContract, ...]:
    """`and 615c`, `and 15JAN27 615c`, `and SPY270115C00615000`: what is not said is the first one's."""
    found: list[OptionContract] = []
    for node in nodes:
        last = node.last
        if first is None:
            raise misread("{}: protected together with which contract?", last.word, PROTECT_HOW)
        contract = last.value
        if not isinstance(contract, OptionContract):
            strike, right, day = strike_of(last), right_of(last, None), node.piece("DATE")
            assert isinstance(strike, AtStrike)
            assert right is not None
            when = day.value if day is not None else OnDate(first.expiration)
            assert isinstance(when, OnDate)
            contract = OptionContract(first.root, when.day, right, strike.strike)
        if contract in {first, *found}:
            raise misread("{}: two of the legs are the same.", last.word, "Say each leg once.")
        if len(found) + 2 > MAX_LEGS:
            raise misread("{}: an order has at most four legs.", last.word, "Protect the others apart.")
        found.append(contract)
    return tuple(found)


def _amount(node: Node) -> Part | Units:
    said = node.node("amount")
    amount = amount_of(said)
    if said is None or amount is None:
        return ALL
    if isinstance(amount, Notional):
        raise misread("{}: a position is closed by number or by part.", said.first.word, CLOSE_HOW)
    return amount


def _target(node: Node, how: str) -> tuple[str, OptionContract | None]:
    """Shares or everything of a symbol, or one contract."""
    thing = node.nodes("thing")[0].first
    specs = specs_of(node)
    if specs.bare:
        word = specs.bare[0][0].word
        raise misread(
            "{}: a price stands behind @.",
            word,
            how,
            Fix(f"@ {word.text}", ((word.place, f"@ {word.text}"),)),
        )
    what = what_of(thing, specs, Side.SELL)
    amount, unit = node.node("amount"), node.pieces()[0].word
    at = amount.first.word if amount else unit
    shares = isinstance(what, Shares) and not is_future(what)
    at_most(_amount(node), MAX_SHARES if shares else MAX_CONTRACTS, "shares" if shares else "contracts", at)
    if isinstance(what, Contract):
        return what.contract.root, what.contract
    if isinstance(what, Shares):
        return what.symbol, None
    if not is_exact(what):
        at = specs.strategy_at or thing.word
        raise misread("{}: positions are named by symbol or by exact contract.", at, how)
    return what.symbol, one_contract(what)


def _check_standing(pricing: object, standing: Standing | None, terms: Terms, *, shares: bool) -> None:
    """As for an order, as far as it shows."""
    if standing is None:
        return
    kind, word = standing.time_in_force, terms.standing_words[0]
    drop = Fix("today only", instead(terms.standing_words, ""))
    if kind in LONGER and isinstance(pricing, Market):
        raise misread(
            "{}: a market order stands for today only.", word, "Leave it out, or add a price.", drop
        )
    if kind in EXTENDED and (not shares or isinstance(pricing, Market | Stop | StopLimit)):
        raise misread(
            "{}: only limits on shares trade outside regular hours here.", word, "Leave it out.", drop
        )
    if kind is TimeInForce.IOC and (terms.walk or isinstance(pricing, Stop)):
        raise misread("{}: what is filled at once or never cannot wait.", word, "Leave ioc out.", drop)


def roll_of(node: Node) -> RollSaid:
    terms = terms_of(node.node("terms"))
    expirations: list[tuple[Expiration, Word]] = []
    strikes: list[tuple[SameDelta | SameStrike | AtDelta | AtStrike, Word]] = []
    rights = []
    for change in node.nodes("change"):
        piece = change.first
        right = right_of(piece, change.piece("RIGHT"))
        if right is not None:
            rights.append((right, change.last.word))
        if isinstance(piece.value, OnDate | InDays | Monthly):
            expirations.append((piece.value, piece.word))
        elif piece.kind in {"SAME_DELTA", "SAME_STRIKE"}:
            strikes.append((SameDelta() if piece.kind == "SAME_DELTA" else SameStrike(), piece.whole))
        elif piece.kind in {"DELTA", "NUMBER", "STRIKE_RIGHT"}:
            strike = strike_of(piece)
            assert isinstance(strike, AtDelta | AtStrike)
            strikes.append((strike, piece.word))
    for found, what in ((expirations, "the expiration"), (strikes, "the strike"), (rights, "put or call")):
        if len(found) > 1:
            raise misread(f"{{}}: {what} was said already.", found[1][1], "Say it once.")
    if not expirations:
        raise Misread("Roll to when? The expiration is missing.", hint=ROLL_HOW)
    if not strikes:
        last = node.nodes("change")[-1].last.word
        fixes = tuple(Fix(f"same {w}", ((last.place, f"{last.text} same {w}"),)) for w in ("delta", "strike"))
        raise Misread("Roll to which strike?", hint=ROLL_HOW, fixes=fixes)
    _check_roll(terms)
    symbol = node.pieces("SYMBOL")[0].value
    assert isinstance(symbol, str)
    return RollSaid(
        symbol=symbol,
        expiration=expirations[0][0],
        strike=strikes[0][0],
        right=rights[0][0] if rights else None,
        amount=_amount(node),
        pricing=terms.pricing,
        standing=standing_of(terms),
        account_hint=terms.account_hint,
    )


def _check_roll(terms: Terms) -> None:
    """A roll has several legs: a limit, with its word."""
    if terms.exits_at or terms.walk_at:
        at = terms.exits_at or terms.walk_at
        assert at is not None
        raise misread("{}: a roll has a price and a time, nothing else.", at, ROLL_HOW)
    if terms.pricing is not None and not isinstance(terms.pricing, Limit | Pegged):
        fix = Fix("@ mid", instead(terms.price_words, "@ mid"))
        raise misread(
            "{}: a roll has several legs: it needs a limit.",
            terms.price_words[0],
            "Type @ mid, or for 0.40 credit.",
            fix,
        )
    if isinstance(terms.pricing, Limit) and terms.pricing.effect is None:
        last = terms.price_words[-1]
        fixes = tuple(Fix(w, ((last.place, f"{last.text} {w}"),)) for w in ("credit", "debit"))
        raise misread("{}: a credit or a debit?", last, "Say which behind the price: 0.40 credit.", *fixes)
    _check_standing(terms.pricing, terms.standing, terms, shares=False)


def replace_of(node: Node) -> ReplaceSaid:
    terms = terms_of(node.node("terms"))
    piece = node.pieces("ORDER_ID")[0]
    digits = piece.text.removeprefix("#")
    if digits.startswith("0"):
        raise misread("{} is no order's number.", piece.word, REPLACE_HOW)
    wrong = terms.exits_at or terms.account_at
    if wrong is not None:
        raise misread("{}: a working order gets another price or time, nothing else.", wrong, REPLACE_HOW)
    if terms.pricing is None and terms.standing is None and terms.walk is None:
        raise Misread("Replace what of it? The price or the time is missing.", hint=REPLACE_HOW)
    _check_standing(terms.pricing, terms.standing, terms, shares=True)
    if terms.walk is not None and terms.walk_at is not None:
        check_walk(terms.walk, terms.pricing or AT_MID, terms.walk_at, pays=None)
    return ReplaceSaid(int(digits), terms.pricing, terms.standing, terms.walk)
