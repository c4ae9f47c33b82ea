"""What has no path of its own: options on shares, futures, options on futures. Names, prices and terms of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from senexsim.broker.clock import SimClock
from senexsim.broker.market import chains, future_options, pricing, symbols
from senexsim.broker.market.future_option_desk import FutureOptionDesk, future_option
from senexsim.broker.market.future_options import FutureOption
from senexsim.broker.market.futures import FutureContract
from senexsim.broker.market.futures_board import FuturesBoard
from senexsim.broker.market.instruments import future, option
from senexsim.broker.market.model import Instrument, Quote
from senexsim.broker.market.option_desk import Contract, OptionDesk

CACHED_CONTRACTS: Final = 50_000


class Derivatives:
    """`price_of` gives the quote of anything listed, the futures that options stand on included."""

    def __init__(self, seed: int, clock: SimClock, price_of: Callable[[str], Quote | None]) -> None:
        self.desk = OptionDesk(seed)
        self._clock, self._price_of = clock, price_of
        self._future_desk = FutureOptionDesk(seed)
        self._board = FuturesBoard()
        self._contracts: dict[str, Contract] = {}

    def contract(self, symbol: str) -> Contract | None:
        found = self._contracts.get(symbol)
        if found is None:
            key = symbols.parse_occ(symbol)
            parts = chains.contract(key, self._clock.now()) if key is not None else None
            if parts is None:
                return None
            if len(self._contracts) >= CACHED_CONTRACTS:
                self._contracts.clear()
            found = self._contracts[symbol] = Contract(symbol, *parts)
        return found

    def future(self, symbol: str) -> FutureContract | None:
        return self._board.contract(symbol, self._clock.now()) if symbol.startswith("/") else None

    def future_option(self, symbol: str) -> FutureOption | None:
        return future_options.find(symbol, self._clock.now()) if symbol.startswith("./") else None

    def listed(self, symbol: str) -> bool:
        known = (self.contract, self.future, self.future_option)
        return any(find(symbol) is not None for find in known)

    def instrument(self, symbol: str) -> Instrument | None:
        if (found := self.future(symbol)) is not None:
            return future(found, self._clock.now())
        if (on_future := self.future_option(symbol)) is not None:
            return future_option(on_future)
        contract = self.contract(symbol)
        return option(contract) if contract is not None else None

    def from_streamer(self, streamer_symbol: str) -> str | None:
        """The tastytrade symbol of a streamer symbol; None when nothing is listed under it."""
        if streamer_symbol.startswith("/"):
            return self._board.from_streamer(streamer_symbol, self._clock.now())
        if streamer_symbol.startswith("./"):
            on_future = future_options.find_streamer(streamer_symbol, self._clock.now())
            return on_future.symbol if on_future is not None else None
        key = symbols.parse_streamer(streamer_symbol)
        if key is None:
            return None
        symbol = symbols.occ(key[0], key[1], key[2], key[3])
        return symbol if self.contract(symbol) is not None else None

    def moved_by(self, changed: frozenset[str]) -> frozenset[str]:
        """The futures whose price follows one of these listings."""
        return self._board.moved_by(changed, self._clock.now())

    def stress(self, factors: dict[str, float]) -> None:
        """Multiply the volatility of options on these shares, and on the futures they drive."""
        self.desk.stress(factors)
        self._future_desk.stress(factors)

    def forget(self) -> None:
        """The clock was set by hand: what is listed may be another."""
        self._contracts.clear()

    def quote(self, symbol: str) -> Quote | None:
        now = self._clock.now()
        if (found := self.future(symbol)) is not None:
            return self._board.quote(found, self._price_of, now)
        if (on_future := self.future_option(symbol)) is not None:
            under = self._price_of(on_future.expiration.future.symbol)
            return self._future_desk.quote(on_future, under, now) if under is not None else None
        contract = self.contract(symbol)
        under = self._price_of(contract.listing.symbol) if contract is not None else None
        return self.desk.quote(contract, under, now) if contract is not None and under is not None else None

    def option_terms(self, symbol: str) -> pricing.Terms | None:
        """What the worth of an option is made of, now; None when the symbol is no option's."""
        now = self._clock.now()
        if (on_future := self.future_option(symbol)) is not None:
            under = self._price_of(on_future.expiration.future.symbol)
            return self._future_desk.terms(on_future, float(under.mid), now) if under is not None else None
        contract = self.contract(symbol)
        under = self._price_of(contract.listing.symbol) if contract is not None else None
        if contract is None or under is None:
            return None
        return self.desk.terms(contract, float(under.mid), now)

    def open_interest(self, symbol: str) -> int:
        """Contracts outstanding of an option, zero for anything else."""
        if (on_future := self.future_option(symbol)) is not None:
            return self._future_desk.open_interest(on_future)
        contract = self.contract(symbol)
        return self.desk.open_interest(contract) if contract is not None else 0
