"""What an order of the first grammar says in the words of the second."""

from __future__ import annotations

from senexbot.domain.language.said import (
    AtStrike,
    Contract,
    LegSaid,
    Limit,
    Market,
    OnDate,
    OrderSaid,
    Shares,
    Spread,
    Standing,
    Strategy,
    Units,
    What,
)
from senexbot.domain.terms import OrderDraft, TimeInForce


def as_sentence(draft: OrderDraft) -> OrderSaid:
    what: What = Shares(draft.symbol)
    if draft.contract is not None:
        what = Contract(draft.contract)
    elif draft.option is not None:
        query = draft.option
        leg = LegSaid(AtStrike(query.strike), query.right)
        what = Spread(query.underlying, Strategy.SINGLE, (leg,), OnDate(query.expiration), query.right)
    return OrderSaid(
        side=draft.side,
        amount=Units(draft.quantity),
        what=what,
        pricing=Market() if draft.price is None else Limit(draft.price),
        standing=None if draft.time_in_force is TimeInForce.DAY else Standing(draft.time_in_force),
        account_hint=draft.account_hint,
    )
