"""Shapes of instruments, chains, market data, metrics, sessions and watchlists."""

from __future__ import annotations

from senexsim.broker.shapes.language import each, keys, optional

TICK = keys(money="value threshold?")
EQUITY = keys(
    integer="id",
    text="symbol instrument-type cusip? short-description listed-market description lendability "
    "market-time-instrument-collection streamer-symbol",
    flag="is-index is-closing-only is-options-closing-only active is-fractional-quantity-eligible is-illiquid "
    "is-etf bypass-manual-review? is-fraud-risk? overnight-trading-permitted?",
    money="borrow-rate?",
    tick_sizes=each(TICK),
    option_tick_sizes=optional(each(TICK)),
)
OPTION = keys(
    text="symbol instrument-type root-symbol underlying-symbol exercise-style option-type option-chain-type "
    "expiration-type settlement-type market-time-instrument-collection streamer-symbol",
    flag="active is-closing-only",
    money="strike-price",
    day="expiration-date",
    integer="shares-per-contract days-to-expiration",
    instant="stops-trading-at expires-at",
)
DELIVERABLE = keys(
    integer="id",
    text="root-symbol deliverable-type description symbol? instrument-type? percent",
    money="amount",
)
STRIKE = keys(money="strike-price", text="call call-streamer-symbol put put-streamer-symbol")
EXPIRATION = keys(
    text="expiration-type settlement-type",
    day="expiration-date",
    integer="days-to-expiration",
    strikes=each(STRIKE),
)
NESTED_CHAIN = keys(
    text="underlying-symbol root-symbol option-chain-type",
    integer="shares-per-contract",
    tick_sizes=each(TICK),
    deliverables=each(DELIVERABLE),
    expirations=each(EXPIRATION),
)
COMPACT_CHAIN = keys(
    text="underlying-symbol root-symbol option-chain-type settlement-type expiration-type",
    integer="shares-per-contract",
    texts="symbols streamer-symbols",
    deliverables=each(DELIVERABLE),
)
MARKET_DATA = keys(
    text="symbol instrument-type close-price-type prev-close-price-type",
    money="bid? bid-size ask? ask-size mid? mark last? last-mkt? open day-high-price day-low-price prev-close "
    "year-low-price? year-high-price? open-interest? beta? dividend-amount? dividend-frequency? close? low-limit-price? "
    "high-limit-price? volume? volume-ext?",
    day="summary-date prev-close-date",
    flag="is-trading-halted",
    integer="halt-start-time halt-end-time",
    instant="updated-at",
)
IMPLIED_VOLATILITY = keys(
    day="expiration-date", text="option-chain-type settlement-type", money="implied-volatility?"
)
METRIC = keys(
    text="symbol implied-volatility-index-rank-source listed-market lendability sector industry",
    money="implied-volatility-index implied-volatility-index-5-day-change implied-volatility-index-15-day "
    "implied-volatility-index-rank tos-implied-volatility-index-rank tw-implied-volatility-index-rank "
    "implied-volatility-percentile liquidity-value liquidity-rank beta corr-spy-3month "
    "dividend-rate-per-share? annual-dividend-per-share? dividend-yield? borrow-rate "
    "implied-volatility-30-day historical-volatility-30-day historical-volatility-60-day "
    "historical-volatility-90-day iv-hv-30-day-difference price-earnings-ratio? earnings-per-share?",
    instant="tos-implied-volatility-index-rank-updated-at implied-volatility-updated-at updated-at "
    "beta-updated-at dividend-updated-at?",
    integer="liquidity-rating",
    real="market-cap",
    day="dividend-ex-date? dividend-next-date? dividend-pay-date?",
    option_expiration_implied_volatilities=each(IMPLIED_VOLATILITY),
    liquidity_running_state=keys(money="sum", integer="count", instant="started-at updated-at"),
    earnings=optional(
        keys(
            flag="visible estimated",
            day="expected-report-date quarter-end-date",
            integer="late-flag",
            money="actual-eps consensus-estimate",
            text="time-of-day?",
            instant="updated-at",
        )
    ),
)
DIVIDEND = keys(day="occurred-date", money="amount")
EARNINGS = keys(day="occurred-date", money="eps")
FOUND_SYMBOL = keys(text="symbol description")
_TIMES = "close-at close-at-ext? open-at start-at"
SESSION_DAY = keys(instant=_TIMES, text="instrument-collection state?", day="session-date")
CURRENT_SESSION = keys(
    instant="close-at? close-at-ext? open-at? start-at?",
    text="instrument-collection state",
    day="session-date?",
    next_session=optional(SESSION_DAY),
    previous_session=optional(SESSION_DAY),
)
HOLIDAYS = keys(texts="market-holidays market-half-days")
WATCHLIST_ENTRY = keys(text="symbol instrument-type? instrument_type?")  # public lists have both
WATCHLIST = keys(
    text="name group-name? cms-id?", integer="order-index", watchlist_entries=each(WATCHLIST_ENTRY)
)
WATCHLIST_COUNT = keys(text="name", integer="id watchlist-entry-count")
PAIRS_WATCHLIST = keys(
    text="name",
    integer="order-index",
    pairs_equations=each(
        keys(text="left-action left-symbol right-action right-symbol", integer="left-quantity right-quantity")
    ),
)
PRECISION = keys(text="instrument-type symbol?", integer="value minimum-increment-precision")
COIN = keys(
    integer="id",
    text="symbol instrument-type short-description description streamer-symbol",
    flag="is-closing-only active",
    money="tick-size",
    destination_venue_symbols=each(
        keys(
            integer="id max-quantity-precision? max-price-precision?",
            text="symbol destination-venue",
            flag="routable",
        )
    ),
)
