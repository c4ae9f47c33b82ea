"""The event types served and their fields, in the order they are sent when a client asks for none."""

from __future__ import annotations

from typing import Any, Final

Event = dict[str, Any]
NAN: Final = "NaN"

_INDEXED: Final = ("eventSymbol", "eventTime", "eventFlags", "index", "time", "sequence")
_TRADE: Final = (
    "eventSymbol", "eventTime", "time", "timeNanoPart", "sequence", "exchangeCode", "dayId",
    "tickDirection", "extendedTradingHours", "price", "change", "size", "dayVolume", "dayTurnover",
)  # fmt: skip

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "Quote": (
        "eventSymbol", "eventTime", "sequence", "timeNanoPart", "bidTime", "bidExchangeCode",
        "askTime", "askExchangeCode", "bidPrice", "askPrice", "bidSize", "askSize",
    ),
    "Trade": _TRADE,
    "Summary": (
        "eventSymbol", "eventTime", "dayId", "dayClosePriceType", "prevDayId",
        "prevDayClosePriceType", "openInterest", "dayOpenPrice", "dayHighPrice", "dayLowPrice",
        "dayClosePrice", "prevDayClosePrice", "prevDayVolume",
    ),
    "Profile": (
        "eventSymbol", "eventTime", "description", "shortSaleRestriction", "tradingStatus",
        "haltStartTime", "haltEndTime", "exDividendDayId", "statusReason", "high52WeekPrice",
        "low52WeekPrice", "beta", "shares", "highLimitPrice", "lowLimitPrice",
        "earningsPerShare", "exDividendAmount", "dividendFrequency", "freeFloat",
    ),
    "Greeks": (*_INDEXED, "price", "volatility", "delta", "gamma", "theta", "rho", "vega"),
    "TheoPrice": (
        *_INDEXED, "price", "underlyingPrice", "delta", "gamma", "dividend", "interest",
    ),
    "Underlying": (
        *_INDEXED, "volatility", "frontVolatility", "backVolatility", "callVolume",
        "putVolume", "optionVolume", "putCallRatio",
    ),
    "TimeAndSale": (
        "eventSymbol", "eventTime", "eventFlags", "index", "time", "timeNanoPart", "sequence",
        "exchangeCode", "price", "size", "bidPrice", "askPrice", "tradeThroughExempt",
        "aggressorSide", "spreadLeg", "extendedTradingHours", "validTick", "type", "buyer",
        "seller", "exchangeSaleConditions",
    ),
    "Candle": (
        *_INDEXED, "count", "volume", "vwap", "bidVolume", "askVolume", "impVolatility",
        "openInterest", "open", "high", "low", "close",
    ),
}  # fmt: skip

# Types a tastytrade token is not entitled to: accepted, and silent for ever.
SILENT: Final = frozenset(
    {
        "TradeETH",
        "Series",
        "Order",
        "SpreadOrder",
        "AnalyticOrder",
        "OptionSale",
        "Message",
        "OtcMarketsOrder",
    }
)

# Seconds between two events of one symbol; the others follow the channel's aggregation period.
SLOW: Final[dict[str, float]] = {
    "Greeks": 1.0,
    "TheoPrice": 1.0,
    "Underlying": 2.0,
    "Summary": 0.5,
    "Profile": 5.0,
}


def accepted(event_type: str, asked: list[str]) -> tuple[str, ...]:
    """The fields of that list which exist, in the order asked, each once."""
    known = {*FIELDS[event_type], "eventType"}
    return tuple(dict.fromkeys(name for name in asked if name in known))
