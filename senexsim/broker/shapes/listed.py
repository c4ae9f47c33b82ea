"""Shapes of futures, options on them, their products, warrants, currency pairs; and of a deleted watchlist."""

from __future__ import annotations

from senexsim.broker.shapes.language import Key, each, keys, optional
from senexsim.broker.shapes.market import STRIKE, TICK, WATCHLIST_ENTRY

ROLL = keys(text="name", integer="active-count business-days-offset", flag="cash-settled first-notice")
FUTURE_PRODUCT = keys(
    text="root-symbol code description clearing-code clearing-exchange-code clearport-code? legacy-code? "
    "exchange legacy-exchange-code? product-type streamer-exchange-code security-group? market-sector "
    "price-format?",
    texts="listed-months active-months",
    money="notional-multiplier tick-size display-factor",
    flag="small-notional back-month-first-calendar-symbol first-notice cash-settled supported?",
    roll=ROLL,
)
FUTURE = keys(
    text="symbol product-code product-group exchange exchange-symbol streamer-exchange-code streamer-symbol "
    "roll-target-symbol? security-id?",
    money="contract-size tick-size notional-multiplier main-fraction sub-fraction display-factor",
    day="last-trade-date expiration-date closing-only-date first-notice-date?",
    flag="active active-month next-active-month is-closing-only is-tradeable back-month-first-calendar-symbol",
    instant="stops-trading-at expires-at",
    future_product=FUTURE_PRODUCT,
    tick_sizes=each(TICK),
)
FUTURE_OPTION_PRODUCT = keys(
    text="root-symbol code legacy-code? clearport-code? clearing-code clearing-exchange-code exchange product-type "
    "product-subtype? expiration-type market-sector",
    money="clearing-price-multiplier display-factor",
    flag="cash-settled is-rollover supported?",
    integer="settlement-delay-days",
    future_product=optional(
        keys(FUTURE_PRODUCT, text="product-subtype? true-underlying-code?")  # of synthetic ones
    ),
)
FUTURE_OPTION = keys(
    text="symbol underlying-symbol product-code root-symbol option-root-symbol exchange exchange-symbol streamer-symbol "
    "option-type exercise-style security-exchange sx-id settlement-type last-trade-time",
    money="strike-price future-price-ratio multiplier underlying-count notional-value display-factor strike-factor",
    flag="is-vanilla is-primary-deliverable is-confirmed is-exercisable-weekly is-closing-only active",
    day="expiration-date maturity-date",
    integer="days-to-expiration",
    instant="stops-trading-at expires-at",
    future_option_product=FUTURE_OPTION_PRODUCT,
)
FUTURE_OPTION_EXPIRATION = keys(
    text="underlying-symbol root-symbol option-root-symbol option-contract-symbol asset expiration-type "
    "settlement-type",
    day="expiration-date",
    integer="days-to-expiration",
    money="notional-value display-factor strike-factor",
    instant="stops-trading-at expires-at",
    tick_sizes=each(TICK),
    strikes=each(STRIKE),
)
NESTED_FUTURE_OPTIONS = keys(
    futures=each(
        keys(
            text="symbol root-symbol",
            day="expiration-date",
            integer="days-to-expiration",
            flag="active-month next-active-month",
            instant="stops-trading-at expires-at",
        )
    ),
    option_chains=each(
        keys(text="underlying-symbol root-symbol exercise-style", expirations=each(FUTURE_OPTION_EXPIRATION))
    ),
)
CURRENCY_PAIR = keys(integer="id", text="symbol instrument-type description dx-symbol")
WARRANT = keys(text="symbol instrument-type listed-market description", flag="is-closing-only active")
DELETED_WATCHLIST = {
    **keys(integer="id user_id order_index", text="name group_name cms_id~", instant="created_at updated_at"),
    "watchlist_entries": Key(each(WATCHLIST_ENTRY)),
}
