"""The first line of a preview, in words: everything that decides about money, in at most 90 characters.

Two sentences that differ in money have different words. What cannot be said so shortly is refused by `parse`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from senexbot.domain.language.normal import (
    amount_text,
    exits_text,
    expiration_text,
    options_text,
    pricing_text,
    said_text,
    spread_text,
    strike_text,
    walk_text,
    what_text,
)
from senexbot.domain.language.refusals import legs_of
from senexbot.domain.language.said import (
    Amount,
    CloseSaid,
    Contract,
    Effect,
    Limit,
    Market,
    Notional,
    OnDate,
    OrderSaid,
    Part,
    Pegged,
    Pricing,
    ReplaceSaid,
    RollSaid,
    Sentence,
    Shares,
    Spread,
    Standing,
    Stop,
    StopLimit,
    Strategy,
)
from senexbot.domain.money import dollars, price_text, quantity_text
from senexbot.domain.orders.terms import Side, TimeInForce

LONGEST = 90
_SHORTER = (
    (" iron condor", " IC"),
    (" iron butterfly", " IB"),
    (" covered call", " CC"),
    (" butterfly", " fly"),
    (" vertical", " vert"),
    (" with shares", " +shares"),
    (" and ", ", "),
    ("@ ", "@"),
    (" wide", "w"),
    (" then ", " → "),
)
_TIME_WORDS = {
    TimeInForce.DAY: "today",
    TimeInForce.GTC: "GTC",
    TimeInForce.EXT: "today and extended hours",
    TimeInForce.GTC_EXT: "GTC and extended hours",
    TimeInForce.EXT_OVERNIGHT: "today and overnight",
    TimeInForce.GTC_EXT_OVERNIGHT: "GTC and overnight",
    TimeInForce.IOC: "at once or never",
}


def said_words(sentence: Sentence) -> str:
    """`Sell 2 SPY 45d 16Δ strangle for mid credit, GTC; tp 50% sl 2x`. Where that is longer than 90 characters,
    the normal form, and at last that in traders' abbreviations, which may be longer still."""
    full = _full(sentence)
    return full if len(full) <= LONGEST else _shorter(sentence)


def fits(sentence: Sentence) -> bool:
    """Whether `said_words` has at most 90 characters; the shorter form nearly always tells it alone."""
    return len(_shorter(sentence)) <= LONGEST or len(_full(sentence)) <= LONGEST


def _shorter(sentence: Sentence) -> str:
    text = said_text(_dated(sentence) if isinstance(sentence, OrderSaid) else sentence)
    if len(text) > LONGEST:
        for long, short in _SHORTER:
            text = text.replace(long, short)
    return text[0].upper() + text[1:]


def _dated(order: OrderSaid) -> OrderSaid:
    """With the `day` that the normal form leaves out."""
    if order.standing is not None and not order.then:
        return order
    standing = order.standing or Standing(TimeInForce.DAY)
    return replace(order, standing=standing, then=tuple(_dated(follower) for follower in order.then))


def _full(sentence: Sentence) -> str:
    match sentence:
        case OrderSaid():
            line = _order(sentence)
        case CloseSaid():
            line = _close(sentence)
        case RollSaid():
            right = f" {sentence.right.word}s" if sentence.right else ""
            to = f"{expiration_text(sentence.expiration)} {strike_text(sentence.strike)}"
            line = f"Roll {_part(sentence.amount)}{sentence.symbol}{right} to {to}{_said_price(sentence.pricing)}"
            line += _time(sentence.standing)
        case ReplaceSaid():
            price = "" if sentence.pricing is None else f"now {pricing_text(sentence.pricing)}"
            standing = _standing(sentence.standing) if sentence.standing else ""
            line = (
                f"Replace order {sentence.order_id}: {', '.join(t for t in (price, standing) if t)}".rstrip(
                    ": "
                )
            )
            line += _more(walk_text(sentence.walk))
        case _:
            assert_never(sentence)
    hint = getattr(sentence, "account_hint", "")
    return f"{line}, in {hint}" if hint else line


def _more(text: str) -> str:
    return f"; {text}" if text else ""


def _order(order: OrderSaid) -> str:
    line = f"{_head(order)}{_price(order)}{_time(order.standing)}{_more(exits_text(order.exits))}"
    line += _more(walk_text(order.walk))
    for follower in order.then:
        after = _order(follower)
        line += f"; then {after[0].lower()}{after[1:]}"
    return line


def _head(order: OrderSaid) -> str:
    side, what = order.side.value.capitalize(), order.what
    match what:
        case Shares(symbol):
            return f"{side} {_amount(order.amount)}{symbol}"
        case Contract(contract):
            return f"{side} {_amount(order.amount)}{contract.words}"
        case Spread() if what.strategy is Strategy.LEGS:
            legs = what_text(what, order.side, order.amount).replace(" and ", ", ")
            return legs[0].upper() + legs[1:]
        case Spread():
            return f"{side} {_amount(order.amount)}{spread_text(what)}{_shares(what)}"
    assert_never(what)


def _shares(what: Spread) -> str:
    return " with shares" if what.strategy is Strategy.COVERED_CALL and what.with_shares else ""


def _amount(amount: Amount) -> str:
    if isinstance(amount, Part):
        return f"{amount_text(amount)} of "
    return (
        f"{dollars(amount.dollars)} of "
        if isinstance(amount, Notional)
        else f"{quantity_text(amount.number)} "
    )


def _part(amount: Amount) -> str:
    return "" if amount == Part(1, 1) else _amount(amount)


def _price(order: OrderSaid) -> str:
    pricing, shares = order.pricing, isinstance(order.what, Shares)
    if isinstance(pricing, Limit | Pegged | StopLimit) and pricing.effect is None and not shares:
        word = (
            f" {Effect.CREDIT if order.side is Side.SELL else Effect.DEBIT}"
            if legs_of(order.what) == 1
            else ""
        )
        return f"{_said_price(pricing, shares=shares)}{word}"
    return _said_price(pricing, shares=shares)


def _said_price(pricing: Pricing | None, *, shares: bool = False, close: bool = False) -> str:
    match pricing:
        case None:
            return ""
        case Market():
            return " at the market"
        case Limit(price) if shares:
            return f", limit {price_text(price)}"
        case Pegged() | Limit() if shares or close:
            return f" at {pricing_text(pricing)[2:]}"
        case Stop() | StopLimit():
            return f", {pricing_text(pricing)}"
        case Limit() | Pegged():
            return f" for {pricing_text(pricing)[2:]}"
    assert_never(pricing)


def _standing(standing: Standing) -> str:
    if standing.until is not None:
        return f"until {expiration_text(OnDate(standing.until))}"
    return _TIME_WORDS[standing.time_in_force]


def _time(standing: Standing | None) -> str:
    return f", {_standing(standing)}" if standing else ", today"


def _close(said: CloseSaid) -> str:
    # By the name that was said: `S/PY` is not SPY, though their contracts would have one root.
    what = (
        said.symbol if said.contract is None else said.symbol + said.contract.words[len(said.contract.root) :]
    )
    options = f" {options_text(said)}" if said.options_only else ""
    if said.exits is not None:
        beside = "".join(f", {one.words}" for one in said.beside)
        return f"Protect {_part(said.amount)}{what}{beside}: {exits_text(said.exits)}"
    line = f"Close {_part(said.amount)}{what}{options}{_said_price(said.pricing, close=True)}{_time(said.standing)}"
    return line + _more(walk_text(said.walk))
