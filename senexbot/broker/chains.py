"""Instruments as the broker lists them: equities, options and nested chains, kept for one trading day.

Look-ups only; prices are in market_reads.py.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from senexbot.broker import raw
from senexbot.broker.drift import Drift
from senexbot.broker.futures import Futures
from senexbot.broker.listed import record, tick_sizes
from senexbot.broker.rest import Rest, is_missing, segment
from senexbot.domain.errors import Refused
from senexbot.domain.instruments import Instrument, InstrumentType, OptionContract, Right, TickSize
from senexbot.domain.options.chain import ListedExpiration, ListedStrike, OptionChain
from senexbot.domain.orders.terms import OptionQuery
from senexbot.ports import Clock, OptionMatch

NEW_YORK = ZoneInfo("America/New_York")
MOST_CACHED = 400
MOST_CHAINS = 12
ORDINARY = Decimal(100)  # shares a standard contract stands for
NEAREST = 5
WEEKLY = "W"  # at the end of a root: the evening-settled options of an index
CHAIN_SECONDS = 15.0


def trading_day(now: datetime) -> date:
    """The date in New York: what "today" means at the broker (pitfall 77)."""
    return now.astimezone(NEW_YORK).date()


@dataclass(frozen=True, slots=True)
class Chain:
    """One nested chain: expiration -> strike -> (call, its streamer symbol, put, its streamer symbol).

    `kinds`: expiration -> (Regular or Weekly, AM or PM), as the broker words it.
    """

    underlying: str
    root: str
    is_standard: bool
    multiplier: Decimal
    ticks: tuple[TickSize, ...]
    expirations: dict[date, dict[Decimal, tuple[str, str, str, str]]]
    kinds: dict[date, tuple[str, str]] = field(default_factory=dict)

    def contract(self, expiration: date, strike: Decimal, right: Right) -> Instrument | None:
        row = self.expirations.get(expiration, {}).get(strike)
        if row is None:
            return None
        symbol, streamer = row[:2] if right is Right.CALL else row[2:]
        option = OptionContract.from_occ(symbol)
        if option is None or not streamer:
            return None
        return Instrument(
            symbol=symbol,
            type=InstrumentType.EQUITY_OPTION,
            streamer_symbol=streamer,
            description=option.words,
            underlying=self.underlying,
            tick_sizes=self.ticks,
            multiplier=self.multiplier,
            option=option,
        )


def equity(source: raw.Raw) -> Instrument | None:
    symbol = raw.text(source.get("symbol"), 40)
    if not symbol:
        return None
    is_index = raw.flag(source.get("is-index")) or source.get("instrument-type") == "Index"
    return Instrument(
        symbol=symbol,
        type=InstrumentType.INDEX if is_index else InstrumentType.EQUITY,
        streamer_symbol=raw.text(source.get("streamer-symbol"), 60) or symbol,
        description=raw.text(source.get("description") or source.get("short-description"), 80),
        underlying=symbol,
        tick_sizes=tick_sizes(source.get("tick-sizes")),
        is_closing_only=raw.flag(source.get("is-closing-only")),
        active=source.get("active") is not False,
    )


def listed_option(source: raw.Raw, ticks: tuple[TickSize, ...]) -> Instrument | None:
    symbol = raw.text(source.get("symbol"), 40)
    contract = OptionContract.from_occ(symbol)
    streamer = raw.text(source.get("streamer-symbol"), 60)
    if contract is None or not streamer:
        return None
    return Instrument(
        symbol=symbol,
        type=InstrumentType.EQUITY_OPTION,
        streamer_symbol=streamer,
        description=contract.words,
        underlying=raw.text(source.get("underlying-symbol"), 40) or contract.root,
        tick_sizes=ticks,
        multiplier=raw.positive(source.get("shares-per-contract")) or Decimal(100),
        option=contract,
        is_closing_only=raw.flag(source.get("is-closing-only")),
        active=source.get("active") is not False,
    )


def chains_of(body: object, drift: Drift) -> tuple[Chain, ...]:
    """All chains of a nested answer, the standard ones first."""
    found = [_chain(row, drift) for row in raw.mappings(raw.items(body))]
    return tuple(sorted(found, key=lambda c: (not c.is_standard, c.root != c.underlying)))


def _chain(source: raw.Raw, drift: Drift) -> Chain:
    underlying = raw.text(source.get("underlying-symbol"), 40)
    expirations: dict[date, dict[Decimal, tuple[str, str, str, str]]] = {}
    kinds: dict[date, tuple[str, str]] = {}
    multiplier = raw.positive(source.get("shares-per-contract")) or ORDINARY
    for row in raw.mappings(source.get("expirations")):
        expiration = raw.day(row.get("expiration-date"))
        if expiration is None:
            drift.note("expiration without a date")
            continue
        strikes = expirations.setdefault(expiration, {})
        kinds[expiration] = (
            raw.text(row.get("expiration-type"), 20),
            raw.text(row.get("settlement-type"), 4),
        )
        for line in raw.mappings(row.get("strikes")):
            _add_strike(strikes, line, drift)
    return Chain(
        underlying=underlying,
        root=raw.text(source.get("root-symbol"), 12) or underlying,
        is_standard=_is_standard(source, multiplier),
        multiplier=multiplier,
        ticks=tick_sizes(source.get("tick-sizes")),
        expirations=expirations,
        kinds=kinds,
    )


def _is_standard(source: raw.Raw, multiplier: Decimal) -> bool:
    """A contract stands for 100 of the underlying, or their value in cash, and nothing beside it."""
    if raw.text(source.get("option-chain-type")) not in {"", "Standard"} or multiplier != ORDINARY:
        return False
    delivered = raw.mappings(source.get("deliverables"))
    if not delivered:
        return True
    amount = raw.number(delivered[0].get("amount"))
    symbol = raw.text(delivered[0].get("symbol"), 40)
    own = symbol in {"", raw.text(source.get("underlying-symbol"), 40)}
    return len(delivered) == 1 and own and amount in {None, ORDINARY}


def chain_of(underlying: str, chains: tuple[Chain, ...]) -> OptionChain:
    """All chains of an underlying as the domain knows them, the nearest expiration first."""
    listed = [
        ListedExpiration(
            underlying=chain.underlying or underlying,
            root=chain.root,
            day=day,
            kind=chain.kinds.get(day, ("", ""))[0],
            settlement=chain.kinds.get(day, ("", ""))[1],
            multiplier=chain.multiplier,
            standard=chain.is_standard,
            ticks=chain.ticks,
            strikes=tuple(ListedStrike(strike, *row) for strike, row in sorted(strikes.items())),
        )
        for chain in chains
        for day, strikes in chain.expirations.items()
    ]
    return OptionChain(underlying, tuple(sorted(listed, key=lambda e: (e.day, e.root != underlying, e.root))))


def _add_strike(strikes: dict[Decimal, tuple[str, str, str, str]], line: raw.Raw, drift: Drift) -> None:
    strike = raw.positive(line.get("strike-price"))
    if strike is None:
        drift.note("strike without a price")
        return
    keys = ("call", "call-streamer-symbol", "put", "put-streamer-symbol")
    call, call_streamer, put, put_streamer = (raw.text(line.get(key), 60) for key in keys)
    strikes.setdefault(strike, (call, call_streamer, put, put_streamer))


class Instruments:
    """Look-ups through one link, each thing asked once in a trading day."""

    def __init__(self, rest: Rest, clock: Clock, drift: Drift) -> None:
        self._rest = rest
        self._clock = clock
        self._drift = drift
        self._futures = Futures(rest)
        self._known: OrderedDict[tuple[str, date, str], Instrument] = OrderedDict()
        self._option_ticks: OrderedDict[tuple[str, date, str], tuple[TickSize, ...]] = OrderedDict()
        self._chains: OrderedDict[tuple[str, date, str], tuple[Chain, ...]] = OrderedDict()
        self._listed: OrderedDict[tuple[str, date, str], OptionChain] = OrderedDict()

    def forget(self, link_id: str) -> None:
        for cache in (self._known, self._option_ticks, self._chains, self._listed):
            for key in [k for k in cache if k[0] == link_id]:
                del cache[key]

    def _key(self, link_id: str, symbol: str) -> tuple[str, date, str]:
        return link_id, trading_day(self._clock.now()), symbol

    async def instrument(self, link_id: str, symbol: str) -> Instrument | None:
        key = self._key(link_id, symbol)
        if (held := self._known.get(key)) is not None:
            return held
        contract = OptionContract.from_occ(symbol)
        if contract is not None:
            found = await self._option(link_id, contract)
        elif symbol.startswith("/"):
            found = await self._futures.find(link_id, symbol)
        else:
            found = await self._equity(link_id, symbol)
        if found is not None:
            self._known[key] = found
            while len(self._known) > MOST_CACHED:
                self._known.popitem(last=False)
        return found

    async def _data(self, link_id: str, path: str) -> raw.Raw | None:
        return await record(self._rest, link_id, path)

    async def _equity(self, link_id: str, symbol: str) -> Instrument | None:
        data = await self._data(link_id, f"/instruments/equities/{segment(symbol)}")
        if data is None:
            return None
        ticks = tick_sizes(data.get("option-tick-sizes"))
        if ticks:
            self._option_ticks[self._key(link_id, symbol)] = ticks
            while len(self._option_ticks) > MOST_CACHED:
                self._option_ticks.popitem(last=False)
        return equity(data)

    async def _option(self, link_id: str, contract: OptionContract) -> Instrument | None:
        data = await self._data(link_id, f"/instruments/equity-options/{segment(contract.occ)}")
        if data is None:
            return None
        underlying = raw.text(data.get("underlying-symbol"), 40) or contract.root
        key = self._key(link_id, underlying)
        if key not in self._option_ticks:
            await self._equity(link_id, underlying)
        return listed_option(data, self._option_ticks.get(key, ()))

    async def months(self, link_id: str, symbol: str) -> tuple[Instrument, ...]:
        """The listed months of a future's product, the nearest first."""
        return await self._futures.months(link_id, symbol)

    async def chains(self, link_id: str, underlying: str) -> tuple[Chain, ...]:
        """Nested chains of an underlying; none when it has no options."""
        key = self._key(link_id, underlying)
        if (held := self._chains.get(key)) is not None:
            self._chains.move_to_end(key)
            return held
        path = f"/option-chains/{segment(underlying)}/nested"
        try:
            body = await self._rest.get(link_id, path, deadline=CHAIN_SECONDS)
        except Refused as refused:
            if is_missing(refused) or refused.status in {400, 422}:
                return ()
            raise
        found = chains_of(body, self._drift)
        self._chains[key] = found
        while len(self._chains) > MOST_CHAINS:
            self._chains.popitem(last=False)
        return found

    async def chain(self, link_id: str, underlying: str) -> OptionChain:
        """Everything listed on an underlying; a weekly root of an index (SPXW) finds its index's chain."""
        key = self._key(link_id, underlying)
        if (held := self._listed.get(key)) is not None:
            self._listed.move_to_end(key)
            return held
        chains = await self.chains(link_id, underlying)
        if not chains and len(underlying) > 1 and underlying.endswith(WEEKLY):
            chains = await self.chains(link_id, underlying.removesuffix(WEEKLY))
        found = chain_of(chains[0].underlying if chains else underlying, chains)
        self._listed[key] = found
        while len(self._listed) > MOST_CHAINS:
            self._listed.popitem(last=False)
        return found

    async def option(self, link_id: str, query: OptionQuery | OptionContract) -> OptionMatch:
        if isinstance(query, OptionContract):
            exact = await self.instrument(link_id, query.occ)
            if exact is not None:
                return OptionMatch(exact)
            return nearest(await self.chains(link_id, query.root), query)
        return nearest(await self.chains(link_id, query.underlying), query)


def nearest(chains: tuple[Chain, ...], query: OptionQuery | OptionContract) -> OptionMatch:
    """The contract when it is listed; else the nearest expirations and, for the nearest one, strikes."""
    for chain in chains:
        exact = chain.contract(query.expiration, query.strike, query.right)
        if exact is not None:
            return OptionMatch(exact)
    standard = [chain for chain in chains if chain.is_standard] or list(chains)
    dates = {d for chain in standard for d in chain.expirations}
    expirations = sorted(dates, key=lambda d: abs((d - query.expiration).days))[:NEAREST]
    if not expirations:
        return OptionMatch(None)
    strikes = {s for chain in standard for s in chain.expirations.get(expirations[0], {})}
    close = sorted(strikes, key=lambda s: (abs(s - query.strike), s))[:NEAREST]
    return OptionMatch(None, tuple(sorted(expirations)), tuple(sorted(close)))
