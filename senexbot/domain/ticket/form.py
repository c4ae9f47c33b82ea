"""The ticket: an order as a form. What its fields say is put into the words of the order language, so that a
form and a command are read by one parser; and an order that was said is laid out into fields again.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation

from senexbot.domain.errors import ParseError
from senexbot.domain.instruments import OptionContract
from senexbot.domain.language.expirations import day_text
from senexbot.domain.language.normal import (
    amount_text,
    exits_text,
    plain,
    pricing_text,
    standing_text,
    what_text,
)
from senexbot.domain.language.said import Contract, OrderSaid, Spread, Strategy
from senexbot.domain.orders.words import compact_occ

WITH_SHARES = "collar with shares"
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
    def of(cls, said: OrderSaid, *, underlying: str = "") -> Ticket | None:
        """The fields that say this order; None for one that the form has no place for (what follows, a walk).

        `underlying`: of a contract that was said as one word, which then has fields of its own.
        """
        if said.then or said.walk is not None:
            return None
        side, *words = what_text(said.what, said.side, said.amount).split()
        symbol_at = len(amount_text(said.amount).split())  # listed legs name a side and a number each
        symbol, *legs = words[symbol_at:]
        if underlying and isinstance(said.what, Contract):
            symbol, legs = _contract_fields(said.what.contract, underlying)
        kind, price = _priced(pricing_text(said.pricing))
        strategy = _named(said)
        name = strategy.split()
        if not name or legs[-len(name) :] != name:
            strategy = ""
        else:
            legs = legs[: -len(name)]
        return cls(
            side=side,
            quantity=" ".join(words[:symbol_at]),
            symbol=symbol,
            legs=" ".join(legs),
            strategy=strategy,
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


@dataclass(frozen=True, slots=True)
class TicketStart:
    """What a button beside an instrument fills a new ticket with; kept as text behind the button's handle.

    `symbol`: as the broker names it. `held`: signed quantity that the ticket is to close, zero for a new order.
    `account`: its number, "" for the person's own default.
    """

    symbol: str
    underlying: str = ""
    held: Decimal = Decimal(0)
    account: str = ""

    @property
    def text(self) -> str:
        return f"{self.symbol}|{self.underlying}|{self.held:f}|{self.account}"

    @classmethod
    def of_text(cls, text: str) -> TicketStart:
        """Reads what `text` has written; raises ValueError for anything else."""
        symbol, underlying, held, account = text.split("|")
        try:
            return cls(symbol, underlying, Decimal(held), account)
        except InvalidOperation:
            raise ValueError("not the start of a ticket") from None

    def ticket(self) -> Ticket:
        """Closing is the other side of what is held, all of it, at the mid; whether it closes the desk sees."""
        contract = OptionContract.from_occ(self.symbol)
        symbol, words = self.symbol, list[str]()
        if contract is not None:
            symbol, words = _contract_fields(contract, self.underlying)
        legs = " ".join(words)
        if not self.held:
            return Ticket(symbol=symbol, legs=legs, account=self.account)
        return Ticket(
            side="sell" if self.held > 0 else "buy",
            quantity=plain(abs(self.held)),
            symbol=symbol,
            legs=legs,
            pricing=PricingKind.MID,
            account=self.account,
        )


def _contract_fields(contract: OptionContract, underlying: str) -> tuple[str, list[str]]:
    """Symbol and legs of one contract; as one word where its root says more than the underlying does (a
    contract that was adjusted)."""
    words = [day_text(contract.expiration), f"{plain(contract.strike)}{contract.right.value.lower()}"]
    if contract.root == underlying.replace("/", ""):
        return underlying, words
    if underlying and contract.root != f"{underlying}W":  # the evening-settled options of an index
        return compact_occ(contract), []
    return contract.root, words


def _named(said: OrderSaid) -> str:
    """The form's words for the strategy; listed legs and single options have none."""
    if not isinstance(said.what, Spread) or said.what.strategy in {Strategy.SINGLE, Strategy.LEGS}:
        return ""
    is_with_shares = said.what.strategy is Strategy.COLLAR and said.what.with_shares
    return WITH_SHARES if is_with_shares else said.what.strategy.value


def _priced(text: str) -> tuple[PricingKind, str]:
    """`@ 3.46 credit`, `mkt`, `stop 180.00 limit 179.50`; a bare mid is a choice, a moved one a price."""
    first, *rest = text.split()
    if first == PricingKind.MARKET.value:
        return PricingKind.MARKET, ""
    if first == PricingKind.STOP.value:
        return PricingKind.STOP, " ".join(rest)
    return PricingKind.LIMIT, " ".join(rest)
