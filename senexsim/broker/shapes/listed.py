"""Shapes of what is listed but not traded here: futures, their products, warrants; and a deleted watchlist."""

from __future__ import annotations

from senexsim.broker.shapes.language import Key, each, keys
from senexsim.broker.shapes.market import TICK, WATCHLIST_ENTRY

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
NO_ROW = keys()  # lists that are always empty here: any key in them is a fault
WARRANT = keys(text="symbol instrument-type listed-market description", flag="is-closing-only active")
DELETED_WATCHLIST = {
    **keys(integer="id user_id order_index", text="name group_name cms_id~", instant="created_at updated_at"),
    "watchlist_entries": Key(each(WATCHLIST_ENTRY)),
}
