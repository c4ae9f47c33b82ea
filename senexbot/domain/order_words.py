"""Orders written out: the normal form that parses back to the same order, and the words of a card."""

from __future__ import annotations

from decimal import Decimal

from senexbot.domain.instruments import InstrumentType, OptionContract
from senexbot.domain.money import credit_or_debit, price_text, quantity_text
from senexbot.domain.terms import OptionQuery, OrderDraft, OrderTerms, OrderType, Side, TimeInForce


def compact_occ(contract: OptionContract) -> str:
    """The OCC symbol as one word, without padding: `SPY261218P00590000`."""
    return contract.occ.replace(" ", "")


def query_text(query: OptionQuery) -> str:
    """`SPY 18DEC26 590p`."""
    day = f"{query.expiration.day}{query.expiration:%b%y}".upper()
    return f"{query.underlying} {day} {query.strike.normalize():f}{query.right.value.lower()}"


def _text(side: Side, quantity: Decimal, symbol: str, price: Decimal | None, tif: TimeInForce) -> str:
    paid = "mkt" if price is None else f"@ {price_text(abs(price))}"
    until = " gtc" if tif is TimeInForce.GTC else ""
    return f"{side.value} {quantity:f} {symbol} {paid}{until}"


def order_text(draft: OrderDraft) -> str:
    """The normal form: `buy 100 AAPL @ 187.50 gtc in 0001`. parse_order reads it back to an equal draft."""
    symbol = draft.symbol
    if draft.option is not None:
        symbol = query_text(draft.option)
    elif draft.contract is not None:
        symbol = compact_occ(draft.contract)
    where = f" in {draft.account_hint}" if draft.account_hint else ""
    return _text(draft.side, draft.quantity, symbol, draft.price, draft.time_in_force) + where


def terms_text(terms: OrderTerms) -> str:
    """The normal form of resolved terms; an option as its one-word OCC symbol. Names no account."""
    leg = terms.legs[0]
    symbol = leg.symbol.replace(" ", "")
    return _text(terms.side, leg.quantity, symbol, terms.price, terms.time_in_force)


def order_words(terms: OrderTerms) -> str:
    """As a trader says it: `Buy 100 AAPL, limit 187.50, today only`;
    `Sell 2 SPY 18 Dec 26 590 put for 3.40 credit, GTC`; `Sell 50 AAPL at the market, today only`."""
    leg = terms.legs[0]
    head = f"{terms.side.value.capitalize()} {quantity_text(leg.quantity)} {leg.words}"
    until = "GTC" if terms.time_in_force is TimeInForce.GTC else "today only"
    if terms.type is OrderType.MARKET or terms.price is None:
        return f"{head} at the market, {until}"
    if leg.type is InstrumentType.EQUITY:
        return f"{head}, limit {price_text(abs(terms.price))}, {until}"
    return f"{head} for {credit_or_debit(terms.price)}, {until}"
