"""A small market that answers whatever the resolver asks for: one ETF, one index, a few shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from senexbot.domain.instruments import Instrument, InstrumentType, OptionContract, Right, TickSize
from senexbot.domain.language.said import OrderSaid, Shares, Units
from senexbot.domain.market import Position, Quote
from senexbot.domain.options.chain import Greeks, ListedExpiration, ListedStrike, OptionChain
from senexbot.domain.orders.terms import Side
from senexbot.domain.resolving import Known, Need, Resolved, first_need, resolve
from tests.domain.builders import ACCOUNT, NOW, PENNIES, TODAY, D, future, quote, share

SPOT = Decimal("597.40")
DEC, JAN8, JAN15, NOV27 = date(2026, 12, 18), date(2027, 1, 8), date(2027, 1, 15), date(2026, 11, 27)
EXPIRATIONS = ((NOV27, "Weekly"), (DEC, "Regular"), (JAN8, "Weekly"), (JAN15, "Regular"))
CENT = (TickSize(D("0.01")),)
NICKEL = (TickSize(D("0.05"), D(3)), TickSize(D("0.10")))
PUT, CALL = Right.PUT, Right.CALL


@cache
def strikes(root: str, day: date, low: int = 540, high: int = 660, step: int = 1) -> tuple[ListedStrike, ...]:
    rows = []
    for n in range(low, high + 1, step):
        call = OptionContract(root, day, CALL, Decimal(n)).occ
        put = OptionContract(root, day, PUT, Decimal(n)).occ
        rows.append(ListedStrike(Decimal(n), call, f".{call}", put, f".{put}"))
    return tuple(rows)


def expiration(root: str = "SPY", day: date = DEC, kind: str = "Regular", **changes: Any) -> ListedExpiration:
    values: dict[str, Any] = {
        "underlying": root,
        "root": root,
        "day": day,
        "kind": kind,
        "settlement": "PM",
        "multiplier": Decimal(100),
        "standard": True,
        "ticks": CENT,
        "strikes": strikes(root, day),
    }
    return ListedExpiration(**values | changes)


@cache
def spy_chain() -> OptionChain:
    return OptionChain("SPY", tuple(expiration("SPY", day, kind) for day, kind in EXPIRATIONS))


@cache
def spx_chain() -> OptionChain:
    def one(root: str, day: date, kind: str, settlement: str) -> ListedExpiration:
        return expiration(root, day, kind, underlying="SPX", settlement=settlement, ticks=NICKEL)

    return OptionChain(
        "SPX",
        (
            one("SPXW", NOV27, "Weekly", "PM"),
            one("SPX", DEC, "Regular", "AM"),
            one("SPXW", DEC, "Weekly", "PM"),
            one("SPXW", JAN8, "Weekly", "PM"),
        ),
    )


def value(contract: OptionContract) -> Decimal:
    """A plausible middle in cents: intrinsic value and what time is worth, more with time."""
    days = (contract.expiration - TODAY).days
    inside = SPOT - contract.strike if contract.right is CALL else contract.strike - SPOT
    width = max(Decimal(1) - abs(contract.strike - SPOT) / 70, Decimal("0.02"))
    time = width * width * Decimal(days) / 4
    return (max(inside, Decimal(0)) + time).quantize(D("0.01"))


def delta_of(contract: OptionContract) -> Decimal:
    call = Decimal("0.5") - (contract.strike - SPOT) / 125
    call = min(max(call, Decimal("0.01")), Decimal("0.99"))
    return call if contract.right is CALL else call - 1


def position(symbol: str, quantity: str | int, average: str = "1", **changes: Any) -> Position:
    contract = OptionContract.from_occ(symbol)
    values: dict[str, Any] = {
        "account": "5WT00001",
        "symbol": symbol,
        "instrument_type": InstrumentType.EQUITY_OPTION
        if contract
        else InstrumentType.FUTURE
        if symbol.startswith("/")
        else InstrumentType.EQUITY,
        "underlying": contract.root if contract else symbol,
        "quantity": Decimal(quantity),
        "multiplier": Decimal(100 if contract else 1),
        "average_open_price": Decimal(average),
        "close_price": None,
        "mark": None,
    }
    return Position(**values | changes)


def occ(strike: int, right: Right = PUT, day: date = DEC, root: str = "SPY") -> str:
    return OptionContract(root, day, right, Decimal(strike)).occ


@dataclass
class World:
    """`silent` symbols have no quote, `dumb` ones no greeks."""

    positions: tuple[Position, ...] | None = ()
    chains: dict[str, OptionChain] = field(
        default_factory=lambda: {"SPY": spy_chain(), "SPX": spx_chain(), "SPXW": spx_chain()}
    )
    quotes: dict[str, Quote] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    dumb: set[str] = field(default_factory=set)
    rounds: int = 0

    def instrument(self, symbol: str) -> Instrument | None:
        contract = OptionContract.from_occ(symbol)
        if contract is not None:
            for chain in self.chains.values():
                for one in chain.expirations:
                    if one.root == contract.root and one.day == contract.expiration:
                        return one.contract(contract.strike, contract.right)
            return None
        if symbol in {"AAPL", "SPY"}:
            return share(symbol)
        if symbol == "SPX":
            return share("SPX", type=InstrumentType.INDEX)
        if symbol in {"/ES", "/ESZ6", "/ESH7"}:
            return future("/ESH7" if symbol == "/ESH7" else "/ESZ6")
        return None

    def quote(self, instrument: Instrument) -> Quote | None:
        if instrument.symbol in self.silent:
            return None
        if instrument.symbol in self.quotes:
            return self.quotes[instrument.symbol]
        if instrument.option is not None:
            middle = value(instrument.option)
            return quote(instrument, bid=max(middle - D("0.05"), D(0)), ask=middle + D("0.05"), last=middle)
        if instrument.symbol in {"SPY", "SPX"}:
            return quote(instrument, bid=SPOT - D("0.01"), ask=SPOT + D("0.01"), last=SPOT)
        return quote(instrument)

    def greeks(self, contract: Instrument) -> Greeks | None:
        if contract.symbol in self.dumb or contract.option is None:
            return None
        return Greeks(delta_of(contract.option), D("0.004"), D("-0.11"), D("0.55"), D("0.18"), None, at=NOW)

    def answer(self, known: Known, need: Need) -> Known:
        quotes = {i.symbol: q for i in need.quotes if (q := self.quote(i)) is not None}
        greeks = {i.symbol: g for i in need.greeks if (g := self.greeks(i)) is not None}
        return known.learned(
            need,
            instruments={s: self.instrument(s) for s in need.instruments},
            chains={s: self.chains.get(s, OptionChain(s, ())) for s in need.chains},
            greeks=greeks,
            quotes=quotes,
            positions=self.positions,
        )

    def known(self) -> Known:
        return Known(ACCOUNT, TODAY, NOW)

    def resolve(self, said: Any) -> tuple[Resolved, ...]:
        """As the service does it: read what is needed, resolve again; never more than a few rounds."""
        known = self.answer(self.known(), first_need(said))
        for self.rounds in range(1, 7):
            found = resolve(said, known)
            if not isinstance(found, Need):
                assert resolve(said, known) == found, "the same words and the same market, the same terms"
                return found
            known = self.answer(known, found)
        raise AssertionError("the resolver asks without an end")

    def one(self, said: Any) -> Resolved:
        (found,) = self.resolve(said)
        return found


def say(side: Side, number: int | str, what: Any, pricing: Any, **more: Any) -> OrderSaid:
    amount = Units(Decimal(number)) if isinstance(number, int | str) else number
    return OrderSaid(side, amount, Shares(what) if isinstance(what, str) else what, pricing, **more)


__all__ = ["PENNIES", "World", "occ", "position", "say"]
