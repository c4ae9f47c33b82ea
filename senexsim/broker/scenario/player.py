"""Plays a script: on each beat what is due is done, and moves under way go on. All by beats, so a seed repeats it."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from senexsim.broker.accounts.people import place_stake
from senexsim.broker.brokerage import Brokerage
from senexsim.broker.faults import Faults
from senexsim.broker.market.catalog import LISTINGS
from senexsim.broker.scenario.script import Script, Step

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Move:
    """A path that is led from where it runs to where it shall run, in the logarithm."""

    start: float
    end: float
    since: int
    beats: int

    def at(self, beat: int) -> float:
        share = min((beat - self.since + 1) / self.beats, 1.0) if self.beats else 1.0
        return self.start + (self.end - self.start) * share


class Player:
    """One script over one house. `beat` is called by the market before each of its ticks."""

    def __init__(self, script: Script, house: Brokerage, faults: Faults) -> None:
        self.script, self._house, self._faults = script, house, faults
        self._beats = 0
        self._next = 0
        self._moves: dict[str, Move] = {}
        self._common: float = 0.0
        self._own: dict[str, float] = {}
        self._troubles: list[str] = []

    def begin(self) -> None:
        """Set the sessions of the start, and listen."""
        market = self._house.market
        if self.script.session is not None:
            market.set_session(self.script.session)
        if self.script.futures_session is not None:
            market.set_futures_session(self.script.futures_session)
        market.on_beat(self.beat)

    def beat(self) -> None:
        while self._next < len(self.script.steps) and self.script.steps[self._next].beat <= self._beats:
            step = self.script.steps[self._next]
            self._next += 1
            try:
                self._do(step)
            except (ValueError, KeyError) as fault:  # a scenario that fits another seed goes on
                self._troubles.append(f"step {self._next}: {fault}")
                log.warning("scenario %s, step %s: %s", self.script.name, self._next, fault)
        if self._moves:
            self._house.market.shift({symbol: move.at(self._beats) for symbol, move in self._moves.items()})
            done = [s for s, move in self._moves.items() if self._beats - move.since + 1 >= move.beats]
            for symbol in done:
                del self._moves[symbol]
        self._beats += 1

    def _do(self, step: Step) -> None:
        market = self._house.market
        if step.market is not None or step.moves:
            self._lead(step)
        if step.volatility:
            market.stress(_of_all(step.volatility))
        for symbols, halted in ((step.halt, True), (step.resume, False)):
            for symbol in market.books if "*" in symbols else symbols:
                market.halt(symbol, halted=halted)
        if step.clock:
            market.clock.advance(step.clock["advance_s"])
            market.clock_moved()
        if step.session is not None:
            market.set_session(step.session)
        if step.futures_session is not None:
            market.set_futures_session(step.futures_session)
        if step.clear_faults:
            self._faults.clear()
        for fault in step.fault:
            self._faults.add(fault)
            self._house.streamer.kick()
        self._books(step)

    def _lead(self, step: Step) -> None:
        if step.market is not None:
            self._common = math.log1p(step.market / 100)
        self._own |= {symbol: math.log1p(percent / 100) for symbol, percent in step.moves.items()}
        for listing in LISTINGS:
            aim = self._common * listing.beta + self._own.get(listing.symbol, 0.0)
            now = self._house.market.shifted(listing.symbol)
            self._moves.pop(listing.symbol, None)
            if aim != now:
                self._moves[listing.symbol] = Move(now, aim, self._beats, step.over)

    def _books(self, step: Step) -> None:
        house = self._house
        for row in step.assign:
            account = house.accounts[str(row["account"])]
            house.settlement.assign(account, self._option(row), _quantity(row))
        for row in step.position:
            instrument = house.market.instrument(str(row["symbol"]))
            if instrument is None:
                raise ValueError(f"nothing is listed as {row['symbol']}")
            account, amount = house.accounts[str(row["account"])], Decimal(str(row["quantity"]))
            place_stake(account, instrument, amount, None, house.market, house.clock.now())
            house.engine.news.position(account.number, instrument.symbol)
            house.engine.news.balance(account.number)
        for row in step.cash:
            account = house.accounts[str(row["account"])]
            account.pay(Decimal(str(row["cash"])) - account.cash, house.clock.now(), self.script.title)
            house.engine.news.balance(account.number)

    def _option(self, row: Mapping[str, Any]) -> str:
        """The option that the account is short on that underlying; one it holds where it is short of none."""
        account = self._house.accounts[str(row["account"])]
        found = sorted(
            (
                position
                for position in account.open_positions()
                if position.instrument.option is not None
                and position.instrument.option.underlying == row["underlying"]
                and row.get("right") in (None, position.instrument.option.right)
            ),
            key=lambda position: position.quantity,
        )
        if not found:
            raise ValueError(f"{account.number} holds no option on {row['underlying']}")
        return found[0].symbol

    # -- what a page or a test sees of it -------------------------------------------------------------------

    def told(self) -> dict[str, Any]:
        """What has been played, what comes, and what could not be done."""
        steps = [
            {"tick": step.beat, "say": step.say, "done": number < self._next}
            for number, step in enumerate(self.script.steps)
        ]
        script = {"name": self.script.name, "title": self.script.title, "about": self.script.about}
        return {**script, "tick": self._beats, "steps": steps, "troubles": self._troubles}


def _of_all(factors: Mapping[str, float]) -> dict[str, float]:
    """`*` stands for every listing; a symbol of its own beside it wins."""
    common = {listing.symbol: factors["*"] for listing in LISTINGS} if "*" in factors else {}
    return common | {symbol: factor for symbol, factor in factors.items() if symbol != "*"}


def _quantity(row: Mapping[str, Any]) -> Decimal | None:
    found = row.get("quantity")
    return None if found is None else Decimal(str(found))
