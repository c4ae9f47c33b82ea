"""Instruments as the rest of the simulator sees them, out of the catalogue, option contracts and futures."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from senexsim.broker.market import symbols
from senexsim.broker.market.catalog import Listing
from senexsim.broker.market.futures import MONTH_CODES, FutureContract
from senexsim.broker.market.model import FutureTerms, Instrument, TickSize
from senexsim.broker.market.option_desk import Contract
from senexsim.broker.market.tick_sizes import option_ticks, share_ticks
from senexsim.broker.market.trading_days import new_york_date


def underlying(listing: Listing) -> Instrument:
    return Instrument(
        symbol=listing.symbol,
        kind="Equity",
        streamer_symbol=listing.symbol,
        description=listing.name,
        is_etf=listing.is_etf,
        is_index=listing.is_index,
        underlying_symbol=listing.symbol,
        option=None,
        tick_sizes=share_ticks(listing),
        option_tick_sizes=option_ticks(listing),
        shares_per_contract=1,
    )


def option(contract: Contract) -> Instrument:
    terms, listing = contract.terms, contract.listing
    word = "Call" if terms.right == "C" else "Put"
    return Instrument(
        symbol=contract.symbol,
        kind="Equity Option",
        streamer_symbol=symbols.streamer(terms.root, terms.expiration, terms.right, terms.strike),
        description=f"{listing.symbol} {terms.expiration:%d %b %Y} {symbols.strike_text(terms.strike)} {word}",
        is_etf=False,
        is_index=False,
        underlying_symbol=listing.symbol,
        option=terms,
        tick_sizes=option_ticks(listing),
        option_tick_sizes=(),
        shares_per_contract=100,
    )


def future(contract: FutureContract, now: datetime) -> Instrument:
    product = contract.product
    return Instrument(
        symbol=contract.symbol,
        kind="Future",
        streamer_symbol=contract.streamer_symbol,
        description=f"{product.name} {MONTH_CODES[contract.month - 1]}{contract.year % 100}",
        is_etf=False,
        is_index=False,
        underlying_symbol=contract.symbol,
        option=None,
        tick_sizes=(TickSize(product.tick),),
        option_tick_sizes=(),
        shares_per_contract=int(product.multiplier),
        future=FutureTerms(
            product=product.code,
            margin=Decimal(product.margin),
            fees=product.fees,
            small=product.small,
            stops_at=contract.stops_at,
            active=now < contract.stops_at,
            only_closes=contract.only_closes(new_york_date(now)),
        ),
    )
