"""Text pasted from thinkorswim: `SELL -1 IRON CONDOR SPY 100 18 DEC 26 625/630/580/575 CALL/PUT @1.20 LMT`.

Side and sign have to agree. The first strike listed is the one with the order's side, as that platform writes
it; where the strikes are not in its order, the text was changed by hand and is not read.
"""

from __future__ import annotations

from dataclasses import replace

from senexbot.domain.instruments import Right
from senexbot.domain.language.amounts import MAX_CONTRACTS, MAX_SHARES, at_most, money, number, units
from senexbot.domain.language.lexing import Piece
from senexbot.domain.language.misread import Fix, Misread, misread
from senexbot.domain.language.normal import said_text
from senexbot.domain.language.orders import is_exact, one_contract, priced, standing_of
from senexbot.domain.language.pasted_offers import closed_one_by_one, the_weekly, which_ratio
from senexbot.domain.language.pricing import Terms, account_of, once, standing_from
from senexbot.domain.language.refusals import check_order
from senexbot.domain.language.said import (
    AtStrike,
    CloseSaid,
    Effect,
    InDays,
    Limit,
    Market,
    Monthly,
    OnDate,
    OrderSaid,
    Pegged,
    Pricing,
    Reference,
    Shares,
    Spread,
    Stop,
    StopLimit,
    Strategy,
    Units,
)
from senexbot.domain.language.strategies import spread_of
from senexbot.domain.language.strikes import Specs, StrikeSaid, exact_strike
from senexbot.domain.language.tables import Node
from senexbot.domain.orders.terms import Side
from senexbot.domain.words import Word

NAME = "thinkorswim"
HOW = "Paste it as it is copied: SELL -1 VERTICAL SPY 100 18 DEC 26 580/575 PUT @1.20 LMT."


def paste_of(node: Node) -> OrderSaid:
    side, signed = node.first.value, node.pieces("SIGNED")[0]
    assert isinstance(side, Side)
    amount = _quantity(signed, side)
    terms = Terms()
    closing = _terms(node, terms, side)
    what = _what(node, side, amount, terms)
    shares = isinstance(what, Shares)
    at_most(amount, MAX_SHARES if shares else MAX_CONTRACTS, "shares" if shares else "contracts", signed.word)
    if terms.pricing is None:
        raise Misread("The price is missing.", hint=HOW, fixes=(Fix("@ mid", append="@MARK"),))
    if closing is not None:
        raise _closing(amount, what, terms, closing.whole)
    order = OrderSaid(
        side=side,
        amount=amount,
        what=what,
        pricing=priced(terms, what, side),
        standing=standing_of(terms),
        account_hint=terms.account_hint,
        pasted_from=NAME,
    )
    check_order(order, terms)
    return order


def _quantity(piece: Piece, side: Side) -> Units:
    sign, rest = piece.text[0], piece.text[1:]
    if (sign == "-") is not (side is Side.SELL):
        other = f"{'-' if side is Side.SELL else '+'}{rest}"
        fixes = (
            Fix(f"{side} {rest}", ((1, side.value), (piece.word.place, other))),
            Fix(f"{'sell' if sign == '-' else 'buy'} {rest}", ((1, "sell" if sign == "-" else "buy"),)),
        )
        raise misread(
            "{}: the sign says the opposite of the first word.", piece.word, "BUY has +, SELL has -.", *fixes
        )
    return Units(units(Piece("NUMBER", rest, piece.word)))


def _what(node: Node, side: Side, amount: Units, terms: Terms) -> Shares | Spread:
    symbol = node.pieces("SYMBOL", "FUTURE")[0]
    assert isinstance(symbol.value, str)
    name = node.piece("STRATEGY", "COVERED", "BACKRATIO")
    contract = node.node("contract")
    if contract is None:
        if name is not None:
            raise misread("{} of which contracts?", name.whole, HOW)
        return Shares(symbol.value)
    if symbol.kind == "FUTURE":
        raise misread("{}: options on futures are not traded here.", symbol.word, HOW)
    if node.piece("FRACTION") or (
        name is not None and (name.kind == "BACKRATIO" or name.value is Strategy.RATIO)
    ):
        raise which_ratio(node, symbol.value, amount, terms)
    said = _specs(contract, name)
    _check_multiplier(contract)
    if said.strategy is Strategy.COVERED_CALL:
        _check_covered(contract, symbol, side, amount, said)
    spread = spread_of(symbol.value, said, side)
    _check_listed(spread, said, contract)
    _check_weekly(contract, spread, side, amount, terms)
    return spread


def _specs(contract: Node, name: Piece | None) -> Specs:
    said = Specs()
    if name is not None:
        said.strategy = name.value if isinstance(name.value, Strategy) else Strategy.COVERED_CALL
        said.strategy_at = name.word
    for piece in contract.pieces("DATE"):
        assert isinstance(piece.value, OnDate | InDays | Monthly)
        said.expirations.append((piece.value, piece.word))
    listed = contract.pieces("NUMBER", "STRIKES")[1]
    said.strikes = [
        StrikeSaid(exact_strike(s, listed.word), None, listed.word) for s in listed.text.split("/")
    ]
    right = contract.piece("RIGHT")
    if right is not None and isinstance(right.value, Right):
        said.right, said.right_at = right.value, right.word
    _check_rights(contract, said)
    if said.strategy is Strategy.COVERED_CALL:
        said.right = None
    return said


_TWO_RIGHTS = frozenset({Strategy.IRON_CONDOR, Strategy.IRON_BUTTERFLY, Strategy.STRANGLE, Strategy.STRADDLE})


def _check_rights(contract: Node, said: Specs) -> None:
    piece = contract.last
    wanted = (
        "RIGHTS"
        if said.strategy in _TWO_RIGHTS
        else "COVER"
        if said.strategy is Strategy.COVERED_CALL
        else "RIGHT"
    )
    if piece.kind != wanted:
        word = {"RIGHTS": "CALL/PUT", "COVER": "CALL and the symbol", "RIGHT": "PUT or CALL"}[wanted]
        raise misread("{} does not fit that strategy.", piece.word, f"Here stands {word}. {HOW}")


def _check_multiplier(contract: Node) -> None:
    piece = contract.pieces("NUMBER")[0]
    if number(piece, "multiplier") != 100:
        raise misread("{}: only contracts of 100 shares are traded here.", piece.word, HOW)


def _check_covered(contract: Node, symbol: Piece, side: Side, amount: Units, said: Specs) -> None:
    cover = contract.last
    if cover.text != f"call/{symbol.text}":
        raise misread(
            "{}: covered by other shares than its own.", cover.word, f"Here stands CALL/{symbol.value}."
        )
    if side is Side.SELL:
        raise misread(
            "{}: sold with its shares, a covered call is closed.",
            cover.word,
            "Close the call and the shares one by one, the call first.",
            *closed_one_by_one(symbol, amount, said),
        )


def _check_weekly(contract: Node, spread: Spread, side: Side, amount: Units, terms: Terms) -> None:
    """`(Weeklys)` on a third Friday names another contract than the monthly of that day."""
    days = [leg.expiration or spread.expiration for leg in spread.legs]
    third = any(isinstance(d, OnDate) and d.day.weekday() == 4 and 15 <= d.day.day <= 21 for d in days)
    note = next((p for p in contract.pieces("NOTE") if p.text.startswith("(w")), None)
    if note is not None and third:
        raise misread(
            "{}: that Friday has a monthly and a weekly contract.",
            note.word,
            "Name it by its OCC symbol.",
            *the_weekly(spread, side, amount, terms),
        )


def _check_listed(spread: Spread, said: Specs, contract: Node) -> None:
    """The strikes in the order in which the platform lists them."""
    strikes = [s.strike.strike for s in said.strikes if isinstance(s.strike, AtStrike)]
    legs = [leg.strike.strike for leg in spread.legs if isinstance(leg.strike, AtStrike)]
    if spread.strategy in {Strategy.IRON_CONDOR, Strategy.IRON_BUTTERFLY}:
        shown = [legs[2], legs[3], legs[0], legs[1]]
    elif spread.strategy is Strategy.STRANGLE:
        shown = legs[::-1] if contract.last.text.startswith("call") else legs
    else:
        shown = legs
    if (
        spread.strategy
        in {Strategy.IRON_CONDOR, Strategy.IRON_BUTTERFLY, Strategy.STRANGLE, Strategy.VERTICAL}
        and strikes != shown
    ):
        listed = "/".join(f"{s.normalize():f}" for s in shown)
        place = said.strikes[0].at.place
        raise misread(
            "{}: thinkorswim does not list these strikes so.",
            said.strikes[0].at,
            f"It would say {listed}.",
            Fix(listed, ((place, listed),)),
        )
    if len(said.expirations) > 1 and spread.legs[0].expiration == said.expirations[0][0]:
        raise misread("{}: thinkorswim lists the later expiration first.", said.expirations[0][1], HOW)


def _terms(node: Node, terms: Terms, side: Side) -> Piece | None:
    """Price, time and account; the `[TO CLOSE]`, where there is one."""
    closing = None
    times: list[Piece] = []
    for term in node.nodes("pterm"):
        part = term.parts[0]
        first = term.first
        if isinstance(part, Node) and part.rule == "account":
            once(terms.account_at, first.word, "the account")
            terms.account_hint, terms.account_at = account_of(part), first.word
        elif first.kind == "TO_CLOSE":
            closing = first
        elif first.kind == "TIF":
            times.append(first)
        elif first.kind not in {"NOTE", "LIMIT"}:
            _price(term, terms, side)
    _limit_word(node, terms)
    terms.standing = standing_from([t.text for t in times], [t.word for t in times])
    terms.standing_parts = tuple(times)
    return closing


def _limit_word(node: Node, terms: Terms) -> None:
    limits = [t.first for t in node.nodes("pterm") if t.first.kind == "LIMIT"]
    for i, piece in enumerate(limits):
        if i or not isinstance(terms.pricing, Limit | Pegged | StopLimit):
            raise misread("{} has no price here.", piece.word, HOW)


def _price(term: Node, terms: Terms, side: Side) -> None:
    """`@1.20`, `@-.50`, `@MARK`, `@MKT`, `STP 180`; or `@179.50` behind a stop."""
    last = term.last
    at = term.first.kind == "AT"
    if term.first.kind == "STOP":
        if last.kind == "STOP" and isinstance(terms.pricing, Limit):  # `@180.00 STP`
            pricing: Pricing = Stop(terms.pricing.price)
        elif last.kind == "STOP":
            raise misread("Behind {} the price is missing.", last.word, HOW)
        else:
            once(terms.pricing, last.word, "the price")
            pricing = Stop(money(last, "stop"))
    elif isinstance(terms.pricing, Stop) and at and last.kind == "NUMBER":
        pricing = StopLimit(terms.pricing.trigger, money(last, "price"))
    else:
        once(terms.pricing, term.first.word, "the price")
        pricing = _one_price(last, side)
    terms.pricing = pricing
    terms.price_parts += (term,)


def _one_price(piece: Piece, side: Side) -> Pricing:
    if piece.kind == "MARKET":
        return Market()
    if piece.kind in {"MARK", "PEG"}:
        return Pegged(piece.value if isinstance(piece.value, Reference) else Reference.MID)
    effect = Effect.CREDIT if side is Side.SELL else Effect.DEBIT
    if piece.kind == "SIGNED":
        other = Effect.DEBIT if effect is Effect.CREDIT else Effect.CREDIT
        negative = piece.text.startswith("-")
        return Limit(
            money(Piece("NUMBER", piece.text[1:], piece.word), "price"), other if negative else effect
        )
    return Limit(money(piece, "price"), effect)


def _closing(amount: Units, what: Shares | Spread, terms: Terms, at: Word) -> Misread:
    """`[TO CLOSE]`: what is held decides whether a close buys or sells, so it is said as a close."""
    text = f"close all {what.symbol} options"
    if isinstance(what, Shares) or is_exact(what):
        pricing = replace(terms.pricing, effect=None) if isinstance(terms.pricing, Limit) else terms.pricing
        contract = one_contract(what) if isinstance(what, Spread) else None
        close = CloseSaid(amount, what.symbol, contract, pricing=pricing, standing=standing_of(terms))
        text = said_text(replace(close, account_hint=terms.account_hint))
    return misread("{}: what is held decides what closes it.", at, f"Say {text}.", Fix("close", whole=text))
