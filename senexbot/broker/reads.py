"""BrokerReads: what can be asked through a link, put together from its parts. It changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from senexbot.broker import raw
from senexbot.broker.account_reads import AccountReads, accounts_of
from senexbot.broker.chains import Instruments
from senexbot.broker.drift import Drift
from senexbot.broker.greeks import GreeksReads
from senexbot.broker.live_quotes import LiveQuotes
from senexbot.broker.market_line import MarketLimits
from senexbot.broker.market_reads import MarketReads
from senexbot.broker.metrics import MetricsReads
from senexbot.broker.rest import Rest
from senexbot.broker.sessions import LinkSession, Sessions
from senexbot.broker.value_feed import SharedConnections
from senexbot.domain.errors import BrokerFault, Unavailable
from senexbot.domain.instruments import Instrument, OptionContract
from senexbot.domain.links import AccountRef, Grant
from senexbot.domain.market import Balances, Position, Quote, SessionState, TradingStatus
from senexbot.domain.options.chain import Greeks, OptionChain
from senexbot.domain.orders.terms import OptionQuery
from senexbot.domain.risk.view import Metrics
from senexbot.ports import OptionMatch, VerifiedGrant


class TastytradeReads:
    """Reads through links; implements ports.BrokerReads."""

    def __init__(
        self, sessions: Sessions, rest: Rest, drift: Drift, *, market_limits: MarketLimits | None
    ) -> None:
        clock = sessions.clock
        self._sessions = sessions
        self._rest = rest
        self._drift = drift
        self._instruments = Instruments(rest, clock, drift)
        self._market = MarketReads(rest, clock, drift)
        self.feeds = SharedConnections(rest, drift, self.session_state, limits=market_limits)
        self._greeks = GreeksReads(rest, self.feeds)
        self._metrics = MetricsReads(rest, clock)
        self._live = LiveQuotes(self.feeds, clock)
        self._accounts = AccountReads(rest, self._market, clock, drift)

    async def verify(self, grant: Grant) -> VerifiedGrant:
        async with self._sessions.trial(grant) as held:
            me = await self._ask(held, "/customers/me")
            accounts = accounts_of(await self._ask(held, "/customers/me/accounts"), self._drift)
        customer = raw.text(raw.mapping(me.get("data")).get("id"), 60)
        if not customer:
            raise Unavailable("The broker's customer record could not be read.")
        return VerifiedGrant(customer, accounts)

    async def _ask(self, held: LinkSession, path: str) -> raw.Raw:
        answer = await self._rest.call(held, "GET", path)
        if not answer.ok:
            raise answer.fault()
        return raw.mapping(answer.json())

    async def forget(self, link_id: str) -> None:
        await self._sessions.forget(link_id)
        self._instruments.forget(link_id)
        self._market.forget(link_id)
        self._metrics.forget(link_id)

    async def instrument(self, link_id: str, symbol: str) -> Instrument | None:
        return await self._instruments.instrument(link_id, symbol)

    async def option(self, link_id: str, query: OptionQuery | OptionContract) -> OptionMatch:
        return await self._instruments.option(link_id, query)

    async def chain(self, link_id: str, underlying: str) -> OptionChain:
        return await self._instruments.chain(link_id, underlying)

    async def greeks(self, link_id: str, instruments: Sequence[Instrument]) -> Mapping[str, Greeks]:
        return await self._greeks.greeks(link_id, instruments)

    async def similar(self, link_id: str, word: str) -> tuple[str, ...]:
        if word.startswith("/"):
            try:
                months = await self._instruments.months(link_id, word)
            except BrokerFault:
                return ()
            return tuple(month.symbol for month in months if month.symbol != word)[:3]
        return await self._market.similar(link_id, word)

    async def quotes(self, link_id: str, instruments: Sequence[Instrument]) -> Mapping[str, Quote]:
        return await self._market.quotes(link_id, instruments)

    async def metrics(self, link_id: str, symbols: Sequence[str]) -> Mapping[str, Metrics]:
        return await self._metrics.metrics(link_id, symbols)

    async def recent_quotes(self, link_id: str, instruments: Sequence[Instrument]) -> Mapping[str, Quote]:
        heard = self._live.rows(link_id, instruments)
        return await self._market.quotes(link_id, instruments, heard=heard)

    async def session_state(self, link_id: str) -> SessionState:
        return await self._market.session_state(link_id)

    async def balances(self, account: AccountRef) -> Balances:
        return await self._accounts.balances(account)

    async def positions(self, account: AccountRef) -> tuple[Position, ...]:
        return await self._accounts.positions(account)

    async def trading_status(self, account: AccountRef) -> TradingStatus:
        return await self._accounts.trading_status(account)
