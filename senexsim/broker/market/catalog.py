"""What is listed on the simulated market and its plausible figures for late 2026. A table, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Cycle = Literal["daily", "weekly", "monthly", "none"]


@dataclass(frozen=True, slots=True)
class Listing:
    """One underlying.

    `price` in dollars is where its path starts and what it keeps returning to; `volatility` and
    `dividend_yield` are fractions per year; `volume` shares of an ordinary day; `spread` cents;
    `cycle` says how often its options expire, `root` is their OCC root.
    """

    symbol: str
    name: str
    price: float
    volatility: float
    beta: float
    dividend_yield: float
    volume: int
    spread: int
    shares: int
    market: str
    sector: str
    industry: str
    kind: Literal["share", "etf", "index"] = "share"
    cycle: Cycle = "weekly"

    @property
    def root(self) -> str:
        return self.symbol.replace("/", "")

    @property
    def is_index(self) -> bool:
        return self.kind == "index"

    @property
    def is_etf(self) -> bool:
        return self.kind == "etf"


def _share(
    symbol: str, name: str, price: float, volatility: float, beta: float, dividend: float,
    millions: float, spread: int, shares_millions: int, market: str, sector: str, industry: str,
) -> Listing:  # fmt: skip
    return Listing(
        symbol, name, price, volatility, beta, dividend, int(millions * 1_000_000), spread,
        shares_millions * 1_000_000, market, sector, industry,
    )  # fmt: skip


def _etf(
    symbol: str, name: str, price: float, volatility: float, beta: float, dividend: float,
    millions: float, market: str, industry: str, cycle: Cycle = "weekly",
) -> Listing:  # fmt: skip
    return Listing(
        symbol, name, price, volatility, beta, dividend, int(millions * 1_000_000), 1,
        900_000_000, market, "Exchange-Traded Funds", industry, "etf", cycle,
    )  # fmt: skip


def _index(
    symbol: str, name: str, price: float, volatility: float, beta: float, cycle: Cycle = "none"
) -> Listing:
    return Listing(
        symbol, name, price, volatility, beta, 0.0, 0, 0, 0, "XCBO", "Index", "Index", "index", cycle
    )


# fmt: off
LISTINGS: Final[tuple[Listing, ...]] = (
    _etf("SPY", "SPDR S&P 500 ETF Trust", 597.40, 0.155, 1.0, 0.012, 62, "ARCX", "Large Blend", "daily"),
    _etf("QQQ", "Invesco QQQ Trust, Series 1", 521.80, 0.20, 1.2, 0.006, 41, "XNAS", "Large Growth", "daily"),
    _etf("IWM", "iShares Russell 2000 ETF", 228.60, 0.22, 1.1, 0.012, 30, "ARCX", "Small Blend", "daily"),
    _etf("DIA", "SPDR Dow Jones Industrial Average ETF Trust", 441.20, 0.14, 0.9, 0.016, 3.2, "ARCX", "Large Value"),
    _etf("GLD", "SPDR Gold Shares", 312.45, 0.17, 0.1, 0.0, 9.5, "ARCX", "Commodities"),
    _etf("SLV", "iShares Silver Trust", 34.18, 0.30, 0.3, 0.0, 21, "ARCX", "Commodities"),
    _etf("TLT", "iShares 20+ Year Treasury Bond ETF", 88.72, 0.14, -0.1, 0.043, 35, "XNAS", "Long Government"),
    _etf("XLF", "Financial Select Sector SPDR Fund", 52.36, 0.17, 0.9, 0.014, 38, "ARCX", "Financial"),
    _etf("XLE", "Energy Select Sector SPDR Fund", 89.14, 0.23, 0.8, 0.032, 15, "ARCX", "Energy"),
    _etf("EEM", "iShares MSCI Emerging Markets ETF", 48.92, 0.18, 0.8, 0.022, 27, "ARCX", "Emerging Markets"),
    _share("AAPL", "Apple Inc. - Common Stock", 187.40, 0.26, 1.1, 0.0055, 52, 1, 14_840, "XNAS", "Technology", "Consumer Electronics"),
    _share("MSFT", "Microsoft Corporation - Common Stock", 462.15, 0.24, 1.0, 0.007, 21, 3, 7_430, "XNAS", "Technology", "Software"),
    _share("NVDA", "NVIDIA Corporation - Common Stock", 148.25, 0.42, 1.8, 0.0003, 210, 1, 24_400, "XNAS", "Technology", "Semiconductors"),
    _share("AMZN", "Amazon.com, Inc. - Common Stock", 221.30, 0.31, 1.3, 0.0, 38, 1, 10_600, "XNAS", "Consumer Cyclical", "Internet Retail"),
    _share("GOOGL", "Alphabet Inc. - Class A Common Stock", 189.85, 0.29, 1.1, 0.0045, 27, 1, 5_820, "XNAS", "Communication Services", "Internet Content"),
    _share("META", "Meta Platforms, Inc. - Class A Common Stock", 612.70, 0.34, 1.2, 0.0034, 13, 6, 2_180, "XNAS", "Communication Services", "Internet Content"),
    _share("TSLA", "Tesla, Inc. - Common Stock", 342.60, 0.55, 1.9, 0.0, 92, 3, 3_210, "XNAS", "Consumer Cyclical", "Auto Manufacturers"),
    _share("AMD", "Advanced Micro Devices, Inc. - Common Stock", 164.90, 0.46, 1.7, 0.0, 44, 1, 1_620, "XNAS", "Technology", "Semiconductors"),
    _share("NFLX", "Netflix, Inc. - Common Stock", 118.42, 0.33, 1.1, 0.0, 33, 2, 4_250, "XNAS", "Communication Services", "Entertainment"),
    _share("INTC", "Intel Corporation - Common Stock", 31.74, 0.44, 1.2, 0.0, 68, 1, 4_360, "XNAS", "Technology", "Semiconductors"),
    _share("PLTR", "Palantir Technologies Inc. - Class A Common Stock", 131.05, 0.58, 1.8, 0.0, 71, 2, 2_360, "XNAS", "Technology", "Software"),
    _share("COIN", "Coinbase Global, Inc. - Class A Common Stock", 263.10, 0.68, 2.2, 0.0, 10, 8, 256, "XNAS", "Financial Services", "Financial Exchanges"),
    _share("AVGO", "Broadcom Inc. - Common Stock", 248.35, 0.39, 1.5, 0.009, 22, 4, 4_700, "XNAS", "Technology", "Semiconductors"),
    _share("JPM", "JPMorgan Chase & Co.", 268.55, 0.22, 1.0, 0.021, 9, 3, 2_780, "XNYS", "Financial Services", "Banks"),
    _share("BAC", "Bank of America Corporation", 46.28, 0.24, 1.1, 0.023, 37, 1, 7_530, "XNYS", "Financial Services", "Banks"),
    _share("WFC", "Wells Fargo & Company", 77.90, 0.25, 1.1, 0.021, 16, 1, 3_260, "XNYS", "Financial Services", "Banks"),
    _share("BRK/B", "Berkshire Hathaway Inc. Class B", 492.80, 0.16, 0.7, 0.0, 3.9, 8, 1_350, "XNYS", "Financial Services", "Insurance"),
    _share("V", "Visa Inc. Class A", 341.75, 0.19, 0.9, 0.007, 6.4, 4, 1_930, "XNYS", "Financial Services", "Credit Services"),
    _share("DIS", "The Walt Disney Company", 112.66, 0.26, 1.0, 0.009, 9.8, 1, 1_800, "XNYS", "Communication Services", "Entertainment"),
    _share("KO", "The Coca-Cola Company", 70.31, 0.15, 0.5, 0.029, 14, 1, 4_300, "XNYS", "Consumer Defensive", "Beverages"),
    _share("PFE", "Pfizer Inc.", 25.42, 0.24, 0.6, 0.067, 39, 1, 5_690, "XNYS", "Healthcare", "Drug Manufacturers"),
    _share("JNJ", "Johnson & Johnson", 156.88, 0.17, 0.5, 0.032, 7.7, 2, 2_410, "XNYS", "Healthcare", "Drug Manufacturers"),
    _share("XOM", "Exxon Mobil Corporation", 114.37, 0.22, 0.7, 0.035, 15, 1, 4_290, "XNYS", "Energy", "Oil & Gas Integrated"),
    _share("BA", "The Boeing Company", 203.95, 0.33, 1.3, 0.0, 8.1, 5, 754, "XNYS", "Industrials", "Aerospace & Defense"),
    _share("F", "Ford Motor Company", 10.86, 0.30, 1.3, 0.055, 72, 1, 3_980, "XNYS", "Consumer Cyclical", "Auto Manufacturers"),
    _share("SOFI", "SoFi Technologies, Inc. - Common Stock", 13.92, 0.56, 1.8, 0.0, 49, 1, 1_100, "XNAS", "Financial Services", "Credit Services"),
    _share("WMT", "Walmart Inc.", 97.18, 0.20, 0.7, 0.0097, 16, 1, 8_000, "XNYS", "Consumer Defensive", "Discount Stores"),
    _share("UBER", "Uber Technologies, Inc.", 88.64, 0.35, 1.3, 0.0, 19, 1, 2_090, "XNYS", "Technology", "Software"),
    _index("SPX", "S&P 500 Index", 5981.35, 0.155, 1.0, "daily"),
    _index("NDX", "Nasdaq-100 Index", 21452.90, 0.20, 1.2),
    _index("RUT", "Russell 2000 Index", 2296.40, 0.22, 1.1),
    _index("VIX", "CBOE Volatility Index", 16.42, 0.85, -3.5),
)
# fmt: on

BY_SYMBOL: Final[dict[str, Listing]] = {listing.symbol: listing for listing in LISTINGS}
