"""Market events out of quotes: one builder per event type, with every field. It keeps no subscriptions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from senexsim.broker.market import pricing
from senexsim.broker.market.dividends import dividend_of
from senexsim.broker.market.dxlink.fields import NAN, Event
from senexsim.broker.market.exchange import Market
from senexsim.broker.market.figures import figures_of
from senexsim.broker.market.model import Quote
from senexsim.broker.market.option_desk import RATE
from senexsim.broker.market.trading_days import new_york_date, previous_trading_day

_EPOCH: Final = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about: the symbol as subscribed, the tastytrade symbol, and its underlying."""

    streamer: str
    symbol: str
    underlying: str


def subject_of(market: Market, streamer: str) -> Subject | None:
    """Resolve a streamer symbol; None when nothing is listed under it."""
    symbol = market.from_streamer(streamer)
    instrument = market.instrument(symbol) if symbol is not None else None
    if symbol is None or instrument is None:
        return None
    return Subject(streamer, symbol, instrument.underlying_symbol)


def day_id(day: date) -> int:
    return day.toordinal() - _EPOCH


def ms(when: datetime | None) -> int:
    return int(when.timestamp() * 1000) if when is not None else 0


def index_of(time_ms: int, sequence: int = 0) -> int:
    """dxFeed's time series index: seconds, milliseconds and sequence packed into one number."""
    return (time_ms // 1000 << 32) | (time_ms % 1000 << 22) | (sequence & 0x3FFFFF)


class Events:
    """Builds the newest event of a type for a subject; None where that type says nothing about it."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self._builders: dict[str, Callable[[Subject, Quote], Event | None]] = {
            "Quote": self._quote,
            "Trade": self._trade,
            "Summary": self._summary,
            "Profile": self._profile,
            "Greeks": self._greeks,
            "TheoPrice": self._theo_price,
            "Underlying": self._underlying,
            "TimeAndSale": self._time_and_sale,
        }

    def build(self, event_type: str, subject: Subject) -> Event | None:
        """The event with all its fields but `eventType`."""
        builder = self._builders.get(event_type)
        quote = self._market.quote(subject.symbol) if builder is not None else None
        if builder is None or quote is None:
            return None
        event = builder(subject, quote)
        if event is not None:
            event["eventSymbol"], event["eventTime"] = subject.streamer, 0
        return event

    def _quote(self, subject: Subject, quote: Quote) -> Event:
        has_book = self._market.has_book(subject.symbol)
        return {
            "sequence": 0,
            "timeNanoPart": 0,
            "bidTime": 0,
            "bidExchangeCode": "Q" if has_book else "",
            "askTime": 0,
            "askExchangeCode": "Q" if has_book else "",
            "bidPrice": float(quote.bid) if has_book else NAN,
            "askPrice": float(quote.ask) if has_book else NAN,
            "bidSize": float(quote.bid_size) if has_book else NAN,
            "askSize": float(quote.ask_size) if has_book else NAN,
        }

    def _trade(self, subject: Subject, quote: Quote) -> Event:
        book = self._market.books.get(subject.symbol)
        traded = self._market.has_traded(subject.symbol)
        index = book is not None and book.listing.is_index
        when = (book.traded_at or quote.at) if book is not None else quote.at
        size: Any = (book.trade_size or 100) if book is not None else 1
        turnover: Any = book.turnover if book is not None else float(quote.last) * 100 * quote.volume
        return {
            "time": ms(when) if traded else 0,
            "timeNanoPart": 0,
            "sequence": book.sequence if book is not None else 0,
            "exchangeCode": "" if index else "Q",
            "dayId": day_id(new_york_date(when)),
            "tickDirection": book.tick_direction if book is not None else "UNDEFINED",
            "extendedTradingHours": False,
            "price": float(quote.last) if traded else NAN,
            "change": round(float(quote.last - quote.prev_close), 4) if traded else NAN,
            "size": size if traded and not index else NAN,
            "dayVolume": float(quote.volume) if traded and not index else NAN,
            "dayTurnover": round(turnover, 2) if traded and not index else NAN,
        }

    def _summary(self, subject: Subject, quote: Quote) -> Event:
        today = new_york_date(quote.at)
        book = self._market.books.get(subject.symbol)
        return {
            "dayId": day_id(today),
            "dayClosePriceType": "REGULAR",
            "prevDayId": day_id(previous_trading_day(today)),
            "prevDayClosePriceType": "FINAL",
            "openInterest": self._market.open_interest(subject.symbol),
            "dayOpenPrice": float(quote.open),
            "dayHighPrice": float(quote.high),
            "dayLowPrice": float(quote.low),
            "dayClosePrice": float(quote.close),
            "prevDayClosePrice": float(quote.prev_close),
            "prevDayVolume": float(book.prev_volume) if book and book.prev_volume else NAN,
        }

    def _profile(self, subject: Subject, quote: Quote) -> Event:
        instrument = self._market.instrument(subject.symbol)
        listing = self._market.listing(subject.symbol)
        event: Event = {
            "description": instrument.description if instrument is not None else "",
            "shortSaleRestriction": "INACTIVE" if listing and not listing.is_index else "UNDEFINED",
            "tradingStatus": "HALTED" if quote.halted else "ACTIVE",
            "statusReason": NAN,
            "haltStartTime": 0,
            "haltEndTime": 0,
            "exDividendDayId": 0,
        }
        event |= dict.fromkeys(
            (
                "high52WeekPrice", "low52WeekPrice", "beta", "shares", "highLimitPrice",
                "lowLimitPrice", "earningsPerShare", "exDividendAmount", "dividendFrequency", "freeFloat",
            ),
            NAN,
        )  # fmt: skip
        if listing is None:
            return event
        figures = figures_of(self._market, listing)
        dividend = dividend_of(listing, new_york_date(quote.at))
        event |= {
            "high52WeekPrice": float(figures.year_high),
            "low52WeekPrice": float(figures.year_low),
            "beta": listing.beta,
        }
        if not listing.is_index:
            event |= {
                "shares": float(listing.shares),
                "freeFloat": float(listing.shares),
                "highLimitPrice": float(figures.high_limit),
                "lowLimitPrice": float(figures.low_limit),
                "earningsPerShare": figures.earnings_per_share,
            }
        if dividend is not None:
            event |= {
                "exDividendDayId": day_id(dividend.ex_day),
                "exDividendAmount": float(dividend.amount),
                "dividendFrequency": float(dividend.per_year),
            }
        return event

    def _option_greeks(self, subject: Subject) -> tuple[pricing.Terms, pricing.Greeks] | None:
        terms = self._market.option_terms(subject.symbol)
        return (terms, pricing.greeks(terms)) if terms is not None else None

    def _series(self, at: datetime) -> Event:
        return {"eventFlags": 0, "index": index_of(ms(at)), "time": ms(at), "sequence": 0}

    def _greeks(self, subject: Subject, quote: Quote) -> Event | None:
        found = self._option_greeks(subject)
        if found is None:
            return None
        terms, greeks = found
        return self._series(quote.at) | {
            "price": round(greeks.price, 6),
            "volatility": round(terms.volatility, 8),
            "delta": round(greeks.delta, 8),
            "gamma": round(greeks.gamma, 8),
            "theta": round(greeks.theta, 8),
            "rho": round(greeks.rho, 8),
            "vega": round(greeks.vega, 8),
        }

    def _theo_price(self, subject: Subject, quote: Quote) -> Event | None:
        found = self._option_greeks(subject)
        if found is None:
            return None
        terms, greeks = found
        return self._series(quote.at) | {
            "price": round(greeks.price, 6),
            "underlyingPrice": terms.spot,
            "delta": round(greeks.delta, 8),
            "gamma": round(greeks.gamma, 8),
            "dividend": terms.dividend_yield,
            "interest": RATE,
        }

    def _underlying(self, subject: Subject, quote: Quote) -> Event | None:
        listing = self._market.listing(subject.symbol)
        if listing is None or listing.cycle == "none":
            return None
        surface = self._market.desk.surface(listing)
        calls = max(int((quote.volume or 20_000_000) * 0.021), 1)
        puts = int(calls * 0.82)
        return self._series(quote.at) | {
            "volatility": round(surface.at_the_money(30 / 365), 6),
            "frontVolatility": round(surface.at_the_money(7 / 365), 6),
            "backVolatility": round(surface.at_the_money(60 / 365), 6),
            "callVolume": calls,
            "putVolume": puts,
            "optionVolume": calls + puts,
            "putCallRatio": round(puts / calls, 6),
        }

    def _time_and_sale(self, subject: Subject, quote: Quote) -> Event | None:
        if not self._market.has_traded(subject.symbol) or not self._market.has_book(subject.symbol):
            return None
        book = self._market.books.get(subject.symbol)
        when = ms((book.traded_at if book is not None else None) or quote.at)
        sequence = book.sequence if book is not None else 0
        return {
            "eventFlags": 0,
            "index": index_of(when, sequence),
            "time": when,
            "timeNanoPart": 0,
            "sequence": sequence,
            "exchangeCode": "Q",
            "price": float(quote.last),
            "size": (book.trade_size or 100) if book is not None else 1,
            "bidPrice": float(quote.bid),
            "askPrice": float(quote.ask),
            "tradeThroughExempt": " ",
            "aggressorSide": "BUY" if quote.last >= quote.mid else "SELL",
            "spreadLeg": False,
            "extendedTradingHours": False,
            "validTick": True,
            "type": "NEW",
            "buyer": None,
            "seller": None,
            "exchangeSaleConditions": "@",
        }
