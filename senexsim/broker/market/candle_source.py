"""Candles of shares, indices, options and futures: the history asked for and the newest ones. No wire.

What was pinned stands in them, minute by minute, as it stood in the market.
"""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from senexsim.broker.market import pricing
from senexsim.broker.market.bars import CandleKey, merge
from senexsim.broker.market.catalog import BY_SYMBOL, Listing
from senexsim.broker.market.exchange import Market
from senexsim.broker.market.futures import FutureContract, price_at
from senexsim.broker.market.history import Bar
from senexsim.broker.market.option_desk import Contract
from senexsim.broker.market.trading_days import at

_INTRADAY = frozenset("smh")


def candles(market: Market, key: CandleKey, symbol: str, first_ms: int) -> list[Bar]:
    """Candles of a tastytrade symbol that start at or after the candle of `first_ms`, oldest first."""
    start = key.bucket(max(first_ms, 0))
    listing = market.listing(symbol)
    if listing is not None:
        return merge(key, _fine_bars(market, key, listing, start))
    future = market.future(symbol)
    contract = market.contract(symbol) if future is None else None
    if future is not None:
        driver = BY_SYMBOL[future.product.driver]
        fine = [_future_bar(future, driver, bar) for bar in _fine_bars(market, key, driver, start)]
    elif contract is not None:
        intraday = key.unit in _INTRADAY
        under = _fine_bars(market, key, contract.listing, start)
        if symbol not in market.pinned_bars:
            under = merge(key, under)  # fewer to price
        fine = [_option_bar(market, contract, bar, intraday=intraday) for bar in under]
    else:
        return []
    bars = merge(key, _with_pins(market, key, symbol, fine, start))
    if bars:
        _close_at_quote(market, symbol, bars[-1])
    return bars


def _with_pins(market: Market, key: CandleKey, symbol: str, fine: list[Bar], start: int) -> list[Bar]:
    """The bars of a contract that was pinned by hand: from then on as they were seen, not as they would be priced."""
    live = market.pinned_bars.get(symbol)
    if live is None:
        return fine
    if key.unit not in _INTRADAY:
        seen = [bar for bar in live.minutes if bar.time >= start]
        return merge(key, [*fine, *seen])
    own = {bar.time: bar for bar in (live.seconds if key.unit == "s" else live.minutes) if bar.time >= start}
    return sorted([*(bar for bar in fine if bar.time not in own), *own.values()], key=lambda bar: bar.time)


def _future_bar(contract: FutureContract, driver: Listing, bar: Bar) -> Bar:
    when = datetime.fromtimestamp(bar.time / 1000, UTC)
    opened, high, low, close = (
        float(price_at(contract, price, driver.price, when))
        for price in (bar.open, bar.high, bar.low, bar.close)
    )
    return Bar(bar.time, opened, max(high, low), min(high, low), close, max(bar.volume // 40, 1))


def _fine_bars(market: Market, key: CandleKey, listing: Listing, start: int) -> list[Bar]:
    live = market.bars[listing.symbol]
    if key.unit == "s":
        return [bar for bar in live.seconds if bar.time >= start]
    if key.unit in _INTRADAY:
        recent = list(itertools.takewhile(lambda bar: bar.time >= start, reversed(live.minutes)))
        recent.reverse()
        before = market.history.minutes(listing, start) if len(recent) == len(live.minutes) else []
        return before + recent
    past = (bar for _, bar in market.history.days(listing) if bar.time >= start)
    return [*past, *(bar for bar in live.finished_days if bar.time >= start), market.day_bar(listing.symbol)]


def _option_bar(market: Market, contract: Contract, bar: Bar, *, intraday: bool) -> Bar:
    """The option's candle while its underlying made this one, valued at the candle's own time."""
    when = datetime.fromtimestamp(bar.time / 1000, UTC)
    if not intraday:
        when = min(at(when.date(), time(16)), market.clock.now() + timedelta(seconds=1))

    def worth(spot: float) -> float:
        return round(pricing.value(market.desk.terms(contract, spot, when)), 2)

    high, low = (bar.high, bar.low) if contract.terms.right == "C" else (bar.low, bar.high)
    usual = max(contract.listing.volume, 1)
    volume = int(market.desk.open_interest(contract) * 0.35 * bar.volume / usual)
    return Bar(bar.time, worth(bar.open), worth(high), worth(low), worth(bar.close), volume)


def _close_at_quote(market: Market, symbol: str, bar: Bar) -> None:
    quote = market.quote(symbol)
    if quote is not None and quote.last >= Decimal(0):
        bar.add(float(quote.last), 0)
