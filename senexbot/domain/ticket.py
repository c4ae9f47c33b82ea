"""The ticket: an order as a form. What its fields say is put into the words of the order language, so that a
form and a command are read by one parser; and an order that was said is laid out into fields again.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, fields

from senexbot.domain.errors import ParseError
from senexbot.domain.language.normal import amount_text, exits_text, pricing_text, standing_text, what_text
from senexbot.domain.language.said import OrderSaid

MOST_WORDS = 60  # of one field; the language has a limit of its own for the whole


class TicketField(enum.StrEnum):
    """One input each; the value is its block id in the form."""

    SIDE = "ticket_side"
    QUANTITY = "ticket_quantity"
    SYMBOL = "ticket_symbol"
    LEGS = "ticket_legs"
    STRATEGY = "ticket_strategy"
    PRICING = "ticket_pricing"
    PRICE = "ticket_price"
    TIME = "ticket_time"
    EXITS = "ticket_exits"
    ACCOUNT = "ticket_account"


class PricingKind(enum.StrEnum):
    """How the price is meant; the value is how the language says it, before the number."""

    LIMIT = "limit"
    MID = "mid"
    MARKET = "mkt"
    STOP = "stop"

    @property
    def takes_price(self) -> bool:
        return self not in {PricingKind.MID, PricingKind.MARKET}


@dataclass(frozen=True, slots=True)
class Ticket:
    """The fields as typed or chosen; "" where nothing was. Only the language decides what they mean.

    `strategy` is the language's own word, "" for shares or a single option. `legs`: expiration and strikes
    (`45d 16Δ`, `18DEC26 590p`). `price` of a stop limit holds both: `180 limit 179.50`. `time` is
    the language's word, "" for today. `exits` such as `tp 50% sl 2x`. `account`: its last digits.
    """

    side: str = "buy"
    quantity: str = ""
    symbol: str = ""
    legs: str = ""
    strategy: str = ""
    pricing: PricingKind = PricingKind.LIMIT
    price: str = ""
    time: str = ""
    exits: str = ""
    account: str = ""

    def text(self) -> str:
        """The order in words."""
        return " ".join(word for _, word in self._words())

    def field_at(self, place: int | None) -> TicketField:
        """The field that holds the word at this place of the text (from 1); the price behind the last one."""
        words = tuple(self._words())
        if place is None or not 1 <= place <= len(words):
            return self._first_empty()
        return words[place - 1][0]

    def blame(self, error: ParseError) -> TicketField:
        return self.field_at(error.place)

    def _first_empty(self) -> TicketField:
        if not self.symbol.strip():
            return TicketField.SYMBOL
        return TicketField.QUANTITY if not self.quantity.strip() else TicketField.PRICE

    def _words(self) -> Iterator[tuple[TicketField, str]]:
        pricing = _SAID.get(self.pricing, self.pricing.value)
        if self.quantity.strip().startswith("$"):
            pricing = ""  # dollars are always at the market, and say so themselves
        price = self.price if self.pricing.takes_price and pricing else ""
        account = f"in {self.account}" if self.account.strip() else ""
        for name, said in (
            (TicketField.SIDE, self.side),
            (TicketField.QUANTITY, self.quantity),
            (TicketField.SYMBOL, self.symbol),
            (TicketField.LEGS, self.legs),
            (TicketField.STRATEGY, self.strategy),
            (TicketField.PRICING, pricing),
            (TicketField.PRICE, price),
            (TicketField.TIME, self.time),
            (TicketField.EXITS, self.exits),
            (TicketField.ACCOUNT, account),
        ):
            for word in said.split()[:MOST_WORDS]:
                yield name, word

    @classmethod
    def of(cls, said: OrderSaid) -> Ticket | None:
        """The fields that say this order; None for one that the form has no place for (what follows, a walk)."""
        if said.then or said.walk is not None:
            return None
        side, *words = what_text(said.what, said.side, said.amount).split()
        symbol_at = len(amount_text(said.amount).split())  # listed legs name a side and a number each
        symbol, *legs = words[symbol_at:]
        kind, price = _priced(pricing_text(said.pricing))
        return cls(
            side=side,
            quantity=" ".join(words[:symbol_at]),
            symbol=symbol,
            legs=" ".join(legs),
            pricing=kind,
            price=price,
            time=standing_text(said.standing),
            exits=exits_text(said.exits) if said.exits is not None else "",
            account=said.account_hint,
        )

    @property
    def is_empty(self) -> bool:
        """Nothing was typed yet: there is nothing to read."""
        typed = {"symbol", "quantity", "legs", "price", "exits"}
        return not any(getattr(self, f.name).strip() for f in fields(self) if f.name in typed)


_SAID = {PricingKind.LIMIT: "@", PricingKind.MID: "@ mid"}


def _priced(text: str) -> tuple[PricingKind, str]:
    """`@ 3.46 credit`, `mkt`, `stop 180.00 limit 179.50`; a bare mid is a choice, a moved one a price."""
    first, *rest = text.split()
    if first == PricingKind.MARKET.value:
        return PricingKind.MARKET, ""
    if first == PricingKind.STOP.value:
        return PricingKind.STOP, " ".join(rest)
    return PricingKind.LIMIT, " ".join(rest)
