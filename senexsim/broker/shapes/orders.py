"""Shapes of orders, complex orders and the reports about them."""

from __future__ import annotations

from senexsim.broker.shapes.language import each, keys, optional

FILL = keys(
    text="fill-id destination-venue ext-group-fill-id ext-exec-id",
    count="quantity",
    money="fill-price",
    instant="filled-at",
)
LEG = keys(
    text="action instrument-type symbol",
    count="quantity? remaining-quantity?",
    fills=each(FILL),
)
PRICE_COMPONENT = keys(text="symbol instrument-type quantity-direction", count="quantity")
CONDITION = keys(
    integer="id",
    text="action symbol instrument-type indicator comparator",
    money="threshold",
    flag="is-threshold-based-on-notional",
    price_components=each(PRICE_COMPONENT),
)
RULES = keys(instant="route-after? cancel-at?", conditions=each(CONDITION))
UNPLACED_ORDER = keys(
    text="account-number global-request-id? order-type status time-in-force underlying-instrument-type "
    "underlying-symbol contingent-status? source? external-identifier? reject-reason? complex-order-tag? "
    "ext-client-order-id? ext-exchange-order-number? partition-key?",
    flag="cancellable editable edited",
    integer="updated-at size? ext-global-order-number? replaces-order-id? replacing-order-id? "
    "complex-order-id?",
    count="preflight-id?",
    money="price? value? stop-trigger?",
    effect="price-effect? value-effect?",
    instant="received-at? in-flight-at? live-at? cancelled-at? terminal-at?",
    day="gtc-date?",
    rules=optional(RULES),
    legs=each(LEG),
)
ORDER = keys(UNPLACED_ORDER, integer="id", instant="received-at")
MESSAGE = keys(text="code message")
BUYING_POWER_EFFECT = keys(
    money="change-in-margin-requirement change-in-buying-power current-buying-power new-buying-power "
    "isolated-order-margin-requirement impact",
    effect="change-in-margin-requirement-effect change-in-buying-power-effect current-buying-power-effect "
    "new-buying-power-effect isolated-order-margin-requirement-effect effect",
    flag="is-spread",
)
_BREAKDOWN = each(keys(text="name", money="value", effect="effect"))
FEES = keys(
    money="regulatory-fees clearing-fees commission proprietary-index-option-fees total-fees rebates",
    effect="regulatory-fees-effect clearing-fees-effect commission-effect "
    "proprietary-index-option-fees-effect total-fees-effect rebates-effect",
    flag="per-quantity",
    regulatory_fees_breakdown=_BREAKDOWN,
    clearing_fees_breakdown=_BREAKDOWN,
    commission_breakdown=_BREAKDOWN,
    proprietary_fees_breakdown=_BREAKDOWN,
    rebates_breakdown=_BREAKDOWN,
)
_REPORT = keys(warnings=each(MESSAGE), buying_power_effect=BUYING_POWER_EFFECT, fee_calculation=FEES)
PLACED = keys(_REPORT, order=ORDER)
DRY_RUN = keys(_REPORT, order=UNPLACED_ORDER)
COMPLEX_ORDER = keys(
    integer="id",
    text="account-number type",
    instant="terminal-at?",
    orders=each(ORDER),
    trigger_order=optional(ORDER),
)
UNPLACED_COMPLEX_ORDER = keys(
    text="account-number type", orders=each(UNPLACED_ORDER), trigger_order=optional(UNPLACED_ORDER)
)
COMPLEX_PLACED = keys(_REPORT, complex_order=COMPLEX_ORDER)
COMPLEX_DRY_RUN = keys(_REPORT, anything="notes", complex_order=UNPLACED_COMPLEX_ORDER)
