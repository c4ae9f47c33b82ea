"""Balances, positions and trading status of one account, read tolerantly item by item."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from decimal import Decimal

from senexbot.broker import raw
from senexbot.broker.chains import NEW_YORK, trading_day
from senexbot.broker.drift import Drift
from senexbot.broker.mapping import instrument_type
from senexbot.broker.market_reads import MarketReads, mark_of
from senexbot.broker.rest import Rest, segment
from senexbot.domain.errors import BrokerFault, Unavailable
from senexbot.domain.instruments import InstrumentType
from senexbot.domain.links import AccountRef, BrokerAccount, Environment
from senexbot.domain.market import Balances, Position, TradingStatus
from senexbot.ports import Clock

SNAPSHOT_DAYS = 7  # far enough back to find the last trading day
SIGNS = {"Long": 1, "Short": -1}


def accounts_of(body: object, drift: Drift) -> tuple[BrokerAccount, ...]:
    """The accounts of `/customers/me/accounts`; what has no number is left out."""
    found = []
    for item in raw.rows(raw.items(body)):
        account = raw.mapping(raw.mapping(item).get("account"))
        number = raw.text(account.get("account-number"), 40)
        if not number:
            drift.note("account without a number")
            continue
        found.append(
            BrokerAccount(
                number=number,
                nickname=raw.text(account.get("nickname"), 60),
                account_type=raw.text(account.get("account-type-name"), 60),
                margin_or_cash=raw.text(account.get("margin-or-cash"), 20),
                is_closed=raw.flag(account.get("is-closed")),
            )
        )
    return tuple(found)


class AccountReads:
    """Figures of accounts. An account is always read through the link that is named with it."""

    def __init__(self, rest: Rest, market: MarketReads, clock: Clock, drift: Drift) -> None:
        self._rest = rest
        self._market = market
        self._clock = clock
        self._drift = drift

    async def balances(self, account: AccountRef) -> Balances:
        """Raises Unavailable when one of the figures a person acts on is missing."""
        path = f"/accounts/{segment(account.number)}/balances/USD"
        body, at_open = await asyncio.gather(
            self._rest.get(account.link_id, path, environment=account.environment),
            self._at_open(account),
        )
        data = raw.mapping(body.get("data"))
        keys = ("net-liquidating-value", "cash-balance", "equity-buying-power", "derivative-buying-power")
        net, cash, equity, derivative = (raw.signed(data, key) for key in keys)
        if net is None or cash is None or equity is None or derivative is None:
            self._drift.note("balance without its main figures")
            raise Unavailable("The broker's balances could not be read.")
        return Balances(
            account=account.number,
            net_liquidating_value=net,
            cash=cash,
            equity_buying_power=equity,
            derivative_buying_power=derivative,
            day_change=None if at_open is None else net - at_open,
            maintenance_requirement=raw.number(data.get("maintenance-requirement")),
            at=self._clock.now(),
        )

    async def _at_open(self, account: AccountRef) -> Decimal | None:
        """Net liquidation at the beginning of the last trading day; None where it is not to be had."""
        today = trading_day(self._clock.now())
        params = [
            ("time-of-day", "BOD"),
            ("currency", "USD"),
            ("start-date", (today - timedelta(days=SNAPSHOT_DAYS)).isoformat()),
            ("end-date", today.isoformat()),
        ]
        path = f"/accounts/{segment(account.number)}/balance-snapshots"
        try:
            body = await self._rest.get(account.link_id, path, params, environment=account.environment)
        except BrokerFault:
            return None
        taken: list[tuple[date, Decimal]] = []
        for row in raw.mappings(raw.items(body)):
            day, net = raw.day(row.get("snapshot-date")), raw.number(row.get("net-liquidating-value"))
            if day is not None and net is not None and day <= today:
                taken.append((day, net))
        return max(taken, key=lambda t: t[0])[1] if taken else None

    async def positions(self, account: AccountRef) -> tuple[Position, ...]:
        """Open positions; marks come with them or, where they do not, from a quote snapshot."""
        path = f"/accounts/{segment(account.number)}/positions"
        body = await self._rest.get(
            account.link_id, path, [("include-marks", "true")], environment=account.environment
        )
        listed = raw.items(body)
        if listed is None:
            raise Unavailable("The broker's positions could not be read.")
        rows = [row for row in listed if self._is_open(row)]
        marks = await self._marks(account, rows)
        today = trading_day(self._clock.now())
        return tuple(p for row in rows if (p := position_of(row, account.number, marks, today)) is not None)

    def _is_open(self, row: object) -> bool:
        source = raw.mapping(row)
        quantity = raw.number(source.get("quantity"))
        readable = (
            quantity is not None
            and instrument_type(source.get("instrument-type")) is not None
            and raw.number(source.get("average-open-price")) is not None
            and raw.text(source.get("quantity-direction")) in {*SIGNS, "Zero"}
        )
        if not readable:
            self._drift.note("position that cannot be read")
            return False
        return bool(quantity) and source["quantity-direction"] != "Zero"

    async def _marks(self, account: AccountRef, rows: list[raw.Raw]) -> dict[str, Decimal]:
        """Marks for the rows that came without, by symbol; a sandbox has none to give."""
        missing = [r for r in rows if raw.number(r.get("mark-price")) is None]
        if not missing or account.environment is Environment.SANDBOX:
            return {}
        wanted = [
            (
                raw.text(r.get("symbol"), 60),
                instrument_type(r.get("instrument-type")) or InstrumentType.EQUITY,
            )
            for r in missing
        ]
        try:
            found = await self._market.snapshots(account.link_id, wanted)
        except BrokerFault:
            return {}
        marks = {symbol: mark_of(row) for symbol, (row, _) in found.items()}
        return {symbol: mark for symbol, mark in marks.items() if mark is not None}

    async def trading_status(self, account: AccountRef) -> TradingStatus:
        path = f"/accounts/{segment(account.number)}/trading-status"
        body = await self._rest.get(account.link_id, path, environment=account.environment)
        data = raw.mapping(body.get("data"))
        if not isinstance(data.get("is-closed"), bool):
            self._drift.note("trading status without its flags")
            raise Unavailable("The broker's trading status could not be read.")
        return TradingStatus(
            is_closed=raw.flag(data.get("is-closed")),
            is_frozen=raw.flag(data.get("is-frozen")),
            is_closing_only=any(raw.flag(data.get(k)) for k in ("is-closing-only", "is-risk-reducing-only")),
            is_in_margin_call=raw.flag(data.get("is-in-margin-call")),
            options_level=raw.text(data.get("options-level"), 60),
            futures_enabled=raw.flag(data.get("is-futures-enabled")),
            futures_closing_only=raw.flag(data.get("is-futures-closing-only")),
        )


def position_of(row: raw.Raw, account: str, marks: dict[str, Decimal], today: date) -> Position | None:
    """One position from its raw row; None when a figure it cannot do without is missing."""
    symbol = raw.text(row.get("symbol"), 60)
    kind = instrument_type(row.get("instrument-type"))
    quantity, average = raw.number(row.get("quantity")), raw.number(row.get("average-open-price"))
    sign = SIGNS.get(raw.text(row.get("quantity-direction")))
    if not symbol or kind is None or quantity is None or average is None or sign is None:
        return None
    created = raw.moment(row.get("created-at"))
    realized = raw.signed(row, "realized-today")
    mark = raw.number(row.get("mark-price"))
    return Position(
        account=account,
        symbol=symbol,
        instrument_type=kind,
        underlying=raw.text(row.get("underlying-symbol"), 40) or symbol,
        quantity=abs(quantity) * sign,
        multiplier=raw.positive(row.get("multiplier")) or Decimal(1),
        average_open_price=average,
        close_price=raw.positive(row.get("close-price")),
        mark=marks.get(symbol) if mark is None else mark,
        realized_today=realized
        if realized is not None and raw.day(row.get("realized-today-date")) == today
        else Decimal(0),
        opened_today=created is not None and created.astimezone(NEW_YORK).date() == today,
    )
