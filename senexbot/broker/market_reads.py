"""Quotes, IV rank and market session by REST. Snapshots only; the stream is in market_connection.py."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, TypeVar

from senexbot.broker import raw
from senexbot.broker.drift import Drift
from senexbot.broker.rest import Rest, segment
from senexbot.domain.errors import BrokerFault, BrokerRateLimited, Unavailable
from senexbot.domain.instruments import Instrument, InstrumentType
from senexbot.domain.links import Environment
from senexbot.domain.market import Quote, SessionState
from senexbot.ports import Clock

CHUNK = 100  # symbols of all types together in one by-type request (pitfall 21)
SESSION_FOR = 15.0  # seconds a session state is believed
IV_FOR = 60.0
UNSERVED_FOR = 60.0  # a service that answers 404 or 502 is not asked again for so long
EXTRA_SECONDS = 3.0  # what an extra (IV rank, session) may cost a quote
MOST_KEPT = 2000
SANDBOX_HAS_NONE = "The sandbox serves no quotes; they come with a practice or live link."

_T = TypeVar("_T")
Session = tuple[SessionState, datetime | None]  # and when it closed, while it is closed
EQUITY = "Equity"  # the collection of instruments whose session shares, their options and indices keep

TYPE_KEYS = {
    InstrumentType.EQUITY: "equity",
    InstrumentType.EQUITY_OPTION: "equity-option",
    InstrumentType.INDEX: "index",
    InstrumentType.FUTURE: "future",
    InstrumentType.FUTURE_OPTION: "future-option",
    InstrumentType.CRYPTOCURRENCY: "cryptocurrency",
}


class Volatility(NamedTuple):
    """Of an underlying over all its options: IV rank, 0..1, and implied volatility, 0.32 for 32 %."""

    rank: Decimal | None = None
    iv: Decimal | None = None


class MarketReads:
    """Market data through one link."""

    def __init__(self, rest: Rest, clock: Clock, drift: Drift) -> None:
        self._rest = rest
        self._clock = clock
        self._drift = drift
        self._sessions: dict[tuple[str, str], tuple[float, Session]] = {}
        self._iv: dict[tuple[str, str], tuple[float, Volatility]] = {}
        self._unserved: dict[tuple[str, str], float] = {}

    def forget(self, link_id: str) -> None:
        for held in [k for k in self._sessions if k[0] == link_id]:
            del self._sessions[held]
        for key in [k for k in self._iv if k[0] == link_id]:
            del self._iv[key]
        for name in [k for k in self._unserved if k[0] == link_id]:
            del self._unserved[name]

    async def quotes(
        self,
        link_id: str,
        instruments: Sequence[Instrument],
        *,
        heard: Mapping[str, tuple[raw.Raw, datetime]] | None = None,
    ) -> Mapping[str, Quote]:
        """By tastytrade symbol. IV rank and session are extras: without them the quote still stands.

        `heard`: rows that are known already, each with its moment; the others are asked for.
        """
        wanted = {i.symbol: i for i in instruments}
        if not wanted:
            return {}
        environment = (await self._rest.sessions.of(link_id)).environment
        if environment is Environment.SANDBOX:
            raise Unavailable(SANDBOX_HAS_NONE, code="sandbox_no_quotes")
        known = dict(heard or {})
        found, ranks, sessions = await asyncio.gather(
            self.snapshots(link_id, [(i.symbol, i.type) for i in wanted.values() if i.symbol not in known]),
            _extra(self._ranks(link_id, list(wanted.values()))),
            self._sessions_of(link_id, {collection_of(i) for i in wanted.values()}),
        )
        quotes = {}
        for symbol, (row, at) in (known | found).items():
            state, closed_at = sessions[collection_of(wanted[symbol])] or (SessionState.UNKNOWN, None)
            volatility = (ranks or {}).get(symbol, Volatility())
            quote = quote_of(wanted[symbol], row, at, volatility.rank, state)
            quotes[symbol] = replace(quote, iv=volatility.iv, closed_at=closed_at)
        return quotes

    async def snapshots(
        self, link_id: str, wanted: Sequence[tuple[str, InstrumentType]]
    ) -> dict[str, tuple[raw.Raw, datetime]]:
        """Raw market data rows by symbol with the moment they came, in requests of at most 100."""
        parts = [wanted[i : i + CHUNK] for i in range(0, len(wanted), CHUNK)]
        found: dict[str, tuple[raw.Raw, datetime]] = {}
        for part in parts:
            params = [(TYPE_KEYS[kind], symbol) for symbol, kind in part]
            body = await self._rest.get(link_id, "/market-data/by-type", params)
            at = self._clock.now()
            asked = {symbol for symbol, _ in part}
            for row in raw.rows(raw.items(body)):
                symbol = raw.text(raw.mapping(row).get("symbol"), 60)
                if symbol in asked:
                    found[symbol] = (row, at)
                else:
                    self._drift.note("market data row without an asked symbol")
        return found

    async def session_state(self, link_id: str) -> SessionState:
        """State of the equity session; believed for 15 s."""
        return (await self._session_now(link_id, EQUITY))[0]

    async def _sessions_of(self, link_id: str, collections: Iterable[str]) -> dict[str, Session | None]:
        kept = sorted(collections)
        told = await asyncio.gather(*(_extra(self._session_now(link_id, one)) for one in kept))
        return dict(zip(kept, told, strict=True))

    async def _session_now(self, link_id: str, collection: str) -> Session:
        held = self._sessions.get((link_id, collection))
        now = self._clock.monotonic()
        if held is not None and now - held[0] < SESSION_FOR:
            return held[1]
        session = await self._session(link_id, collection)
        self._sessions[link_id, collection] = (now, session)
        return session

    async def _session(self, link_id: str, collection: str) -> Session:
        try:
            params = [("instrument-collections[]", collection)]
            body = await self._rest.get(link_id, "/market-time/sessions/current", params)
            for row in raw.mappings(raw.items(body)):
                if raw.text(row.get("instrument-collection"), 20) in {"", collection}:
                    return session_of(row, self._clock.now())
        except Unavailable:
            pass
        except BrokerRateLimited:
            raise
        except BrokerFault:
            self._drift.note("market sessions are not served")
        which = (
            "equities/sessions/current" if collection == EQUITY else f"futures/sessions/current/{collection}"
        )
        body = await self._rest.get(link_id, f"/market-time/{which}", tries=1)
        return session_of(raw.mapping(body.get("data")), self._clock.now())

    async def similar(self, link_id: str, word: str) -> tuple[str, ...]:
        """At most three symbols; none when the search is not served."""
        if not word or self._is_unserved(link_id, "search"):
            return ()
        try:
            body = await self._rest.get(
                link_id, f"/symbols/search/{segment(word[:40])}", tries=1, deadline=EXTRA_SECONDS
            )
        except (Unavailable, BrokerRateLimited):
            self._unserved[link_id, "search"] = self._clock.monotonic()
            return ()
        except BrokerFault:
            return ()
        symbols = (raw.text(row.get("symbol"), 40) for row in raw.mappings(raw.items(body)))
        return tuple(raw.unique(s for s in symbols if s and s != word))[:3]

    def _is_unserved(self, link_id: str, service: str) -> bool:
        since = self._unserved.get((link_id, service))
        return since is not None and self._clock.monotonic() - since < UNSERVED_FOR

    async def _ranks(self, link_id: str, instruments: Sequence[Instrument]) -> dict[str, Volatility]:
        """Of shares and indices by symbol, where the broker serves it."""
        kinds = {InstrumentType.EQUITY, InstrumentType.INDEX}
        symbols = [i.symbol for i in instruments if i.type in kinds]
        now = self._clock.monotonic()
        due = [s for s in symbols if now - self._iv.get((link_id, s), (-IV_FOR, None))[0] >= IV_FOR]
        if due and not self._is_unserved(link_id, "metrics"):
            await self._ask_ranks(link_id, due[:CHUNK], now)
        return {s: self._iv[link_id, s][1] for s in symbols if (link_id, s) in self._iv}

    async def _ask_ranks(self, link_id: str, symbols: Sequence[str], now: float) -> None:
        try:
            body = await self._rest.get(
                link_id, "/market-metrics", [("symbols", ",".join(symbols))], tries=1, deadline=EXTRA_SECONDS
            )
        except BrokerFault:
            self._unserved[link_id, "metrics"] = now
            return
        if len(self._iv) > MOST_KEPT:
            self._iv.clear()
        self._iv.update({(link_id, s): (now, Volatility()) for s in symbols})
        for row in raw.mappings(raw.items(body)):
            rank = raw.number(raw.first(row, "implied-volatility-index-rank", "implied-volatility-rank"))
            rank = rank if rank is not None and 0 <= rank <= 1 else None
            iv = raw.positive(row.get("implied-volatility-index"))
            self._iv[link_id, raw.text(row.get("symbol"), 40)] = (now, Volatility(rank, iv))


def collection_of(instrument: Instrument) -> str:
    """Whose hours an instrument keeps."""
    return EQUITY if instrument.future is None else instrument.future.exchange


async def _extra(asked: Awaitable[_T]) -> _T | None:
    """What is nice to have: nothing when it is late or refused."""
    try:
        async with asyncio.timeout(EXTRA_SECONDS):
            return await asked
    except (BrokerFault, TimeoutError):
        return None


def state_of(word: object) -> SessionState:
    try:
        return SessionState(raw.text(word, 20))
    except ValueError:
        return SessionState.UNKNOWN


def session_of(row: raw.Raw, now: datetime) -> Session:
    """The state, and while it is closed the newest close that lies behind us: today's, or the session's before."""
    state = state_of(row.get("state"))
    if state is not SessionState.CLOSED:
        return state, None
    closes = (row.get("close-at"), raw.mapping(row.get("previous-session")).get("close-at"))
    past = [close for close in map(raw.moment, closes) if close is not None and close <= now]
    return state, max(past, default=None)


def _bid(value: object) -> Decimal | None:
    """A bid of zero is a real one: nobody wants it."""
    read = raw.number(value)
    return read if read is not None and read >= 0 else None


def quote_of(
    instrument: Instrument,
    row: raw.Raw,
    at: datetime,
    iv_rank: Decimal | None,
    session: SessionState,
) -> Quote:
    """A quote from one market data row; dashed and camelCase keys are both in use (pitfall 15)."""
    return Quote(
        instrument=instrument,
        at=at,
        bid=_bid(row.get("bid")),
        ask=raw.positive(row.get("ask")),
        last=raw.positive(raw.first(row, "last", "last-mkt", "lastMkt")),
        prev_close=raw.positive(raw.first(row, "prev-close", "prevClose")),
        volume=_bid(row.get("volume")),
        iv_rank=iv_rank,
        halted=raw.flag(raw.first(row, "is-trading-halted", "isTradingHalted", "trading-halted")),
        session=session,
    )


def mark_of(row: raw.Raw) -> Decimal | None:
    """The broker's mark, else the middle, else the last trade."""
    return _bid(raw.first(row, "mark", "mid", "last"))
