"""Shapes of customers, accounts, balances, positions, transactions and margin."""

from __future__ import annotations

from senexsim.broker.shapes.language import each, keys, optional

ADDRESS = keys(
    text="street-one city state-region postal-code country street-two? street-three?",
    flag="is-foreign is-domestic",
)
_WORK = keys(
    text="marital-status employment-status occupation employer-name job-title", integer="number-of-dependents"
)
SUITABILITY = keys(
    _WORK,
    integer="id annual-net-income net-worth liquid-net-worth",
    text="stock-trading-experience covered-options-trading-experience uncovered-options-trading-experience "
    "futures-trading-experience",
)
ACCOUNT_TYPE = keys(
    text="name description",
    flag="is-tax-advantaged has-multiple-owners is-publicly-available",
    margin_types=each(keys(text="name", flag="is-margin")),
)
PERSON = keys(
    _WORK,
    text="external-id first-name last-name citizenship-country usa-citizenship-type",
    day="birth-date",
)
CUSTOMER = keys(
    text="id first-name last-name first-surname usa-citizenship-type mobile-phone-number work-phone-number "
    "home-phone-number email tax-number-type tax-number external-id citizenship-country identifiable-type",
    flag="is-foreign subject-to-tax-withholding agreed-to-margining agreed-to-terms has-industry-affiliation "
    "has-political-affiliation has-listed-affiliation is-investment-adviser has-institutional-assets "
    "is-professional has-delayed-quotes has-pending-or-approved-application",
    day="birth-date",
    instant="created-at",
    address=ADDRESS,
    mailing_address=ADDRESS,
    customer_suitability=SUITABILITY,
    permitted_account_types=each(ACCOUNT_TYPE),
    person=PERSON,
)
ACCOUNT = keys(
    text="account-number nickname account-type-name margin-or-cash investment-objective "
    "suitable-options-level external-id? regulatory-domain?",
    flag="day-trader-status is-closed is-firm-error is-firm-proprietary is-futures-approved is-test-drive? "
    "is-foreign",
    instant="opened-at created-at",
    day="funding-date?",
)
OWNED_ACCOUNT = keys(text="authority-level", account=ACCOUNT)
TRADING_STATUS = keys(
    text="account-number equities-margin-calculation-type fee-schedule-name options-level",
    integer="day-trade-count id",
    money="futures-margin-rate-multiplier small-notional-futures-margin-rate-multiplier",
    flag="has-intraday-equities-margin is-aggregated-at-clearing is-closed is-closing-only "
    "is-cryptocurrency-closing-only is-cryptocurrency-enabled is-frozen is-full-equity-margin-required "
    "is-futures-closing-only is-futures-intra-day-enabled is-futures-enabled "
    "is-in-day-trade-equity-maintenance-call is-in-margin-call is-pattern-day-trader "
    "is-portfolio-margin-enabled is-risk-reducing-only is-small-notional-futures-intra-day-enabled "
    "is-roll-the-day-forward-enabled are-far-otm-net-options-restricted short-calls-enabled "
    "is-equity-offering-enabled is-equity-offering-closing-only",
    instant="enhanced-fraud-safeguards-enabled-at updated-at",
)
BALANCE = keys(
    text="account-number currency time-of-day?",
    money="available-trading-funds bond-margin-requirement cash-available-to-withdraw cash-balance "
    "cash-settle-balance closed-loop-available-balance cryptocurrency-margin-requirement "
    "day-equity-call-value day-trade-excess day-trading-buying-power day-trading-call-value "
    "derivative-buying-power equity-buying-power equity-offering-margin-requirement "
    "fixed-income-security-margin-requirement futures-margin-requirement long-bond-value "
    "long-cryptocurrency-value long-derivative-value long-equity-value long-fixed-income-security-value "
    "long-futures-derivative-value long-futures-value long-margineable-value maintenance-call-value "
    "maintenance-requirement margin-equity margin-settle-balance net-liquidating-value pending-cash "
    "reg-t-call-value short-cryptocurrency-value short-derivative-value short-equity-value "
    "short-futures-derivative-value short-futures-value short-margineable-value "
    "sma-equity-option-buying-power special-memorandum-account-apex-adjustment "
    "special-memorandum-account-value total-settle-balance unsettled-cryptocurrency-fiat-amount "
    "used-derivative-buying-power reg-t-margin-requirement futures-overnight-margin-requirement "
    "futures-intraday-margin-requirement maintenance-excess pending-margin-interest buying-power-adjustment "
    "effective-cryptocurrency-buying-power total-pending-liquidity-pool-rebate",
    effect="pending-cash-effect unsettled-cryptocurrency-fiat-effect buying-power-adjustment-effect",
    day="snapshot-date",
    instant="updated-at",
)
POSITION = keys(
    text="account-number symbol instrument-type underlying-symbol quantity-direction cost-effect",
    count="quantity multiplier restricted-quantity",
    money="close-price average-open-price average-yearly-market-close-price? "
    "average-daily-market-close-price? realized-day-gain realized-today mark? mark-price?",
    effect="realized-day-gain-effect? realized-today-effect?",
    day="realized-day-gain-date? realized-today-date?",
    flag="is-suppressed is-frozen",
    instant="expires-at? created-at updated-at",
)
TRANSACTION = keys(
    integer="id ext-global-order-number? order-id? leg-count?",
    text="account-number symbol? instrument-type? underlying-symbol? transaction-type transaction-sub-type "
    "description action? ext-exchange-order-number? ext-group-id? ext-group-fill-id? ext-exec-id? exec-id? "
    "exchange? exchange-affiliation-identifier? destination-venue?",
    money="quantity? price? value regulatory-fees? clearing-fees? net-value commission? "
    "proprietary-index-option-fees?",
    effect="value-effect regulatory-fees-effect? clearing-fees-effect? net-value-effect commission-effect? "
    "proprietary-index-option-fees-effect?",
    instant="executed-at",
    day="transaction-date",
    flag="is-estimated-fee",
)
TOTAL_FEES = keys(money="total-fees", effect="total-fees-effect")
_BAR = "open high low close"
NET_LIQ = keys(
    money=f"{_BAR} {' '.join(f'pending-cash-{k} total-{k}' for k in _BAR.split())}",
    text="time",
)
POSITION_LIMIT = keys(
    text="account-number",
    integer="equity-order-size equity-option-order-size future-order-size future-option-order-size "
    "underlying-opening-order-limit equity-position-size equity-option-position-size future-position-size "
    "future-option-position-size",
)
EFFECTIVE_MARGIN = keys(
    text="underlying-symbol",
    money="long-equity-initial short-equity-initial long-equity-maintenance short-equity-maintenance "
    "naked-option-standard naked-option-minimum naked-option-floor",
)
PUBLIC_CONFIGURATION = keys(money="risk-free-rate")


def _with_effects(names: str) -> dict[str, str]:
    return {"money": names, "effect": " ".join(f"{name}-effect" for name in names.split())}


_NEEDS = "margin-requirement initial-requirement maintenance-requirement"
MARGIN_ENTRY = keys(
    text="instrument-symbol instrument-type option-type?",
    money="quantity average-open-price close-price fixing-price strike-price? deliverable-quantity?",
    day="expiration-date?",
)
MARGIN_STRATEGY = keys(
    keys(**_with_effects(f"{_NEEDS} buying-power")),
    text="description",
    flag="includes-working-order",
    position_entries=each(MARGIN_ENTRY),
)
MARGIN_GROUP = keys(
    keys(**_with_effects(f"{_NEEDS} buying-power")),
    keys(
        money="expected-price-range-up-percent expected-price-range-down-percent "
        "point-of-no-return-percent price-increase-percent price-decrease-percent"
    ),
    text="description code underlying-symbol underlying-type margin-calculation-type",
    groups=each(MARGIN_STRATEGY),
)
MARGIN_REPORT = keys(
    keys(
        **_with_effects(
            f"{_NEEDS} margin-equity option-buying-power reg-t-margin-requirement "
            "reg-t-option-buying-power maintenance-excess"
        )
    ),
    text="account-number description margin-calculation-type option-level",
    integer="last-state-timestamp",
    groups=each(MARGIN_GROUP),
)
_RESULT_MONEY = (
    "margin-requirement maintenance-requirement buying-power-impact base-margin-requirement cash-adjustment "
    "working-margin position-margin position-equity-adjustment cash-settlement-value long-equity-value "
    "short-equity-value"
)
_VALUES = keys(
    money="long-equity-value short-equity-value long-derivative-value short-derivative-value "
    "long-cryptocurrency-value short-cryptocurrency-value"
)
GROUP_RESULT = keys(
    money="margin maintenance-requirement",
    effect="maintenance-requirement-effect",
    group=keys(
        text="margin-strategy",
        underlying_entry=optional(
            keys(text="instrument-symbol instrument-type", money="quantity close-price fixing-price")
        ),
    ),
    net_liq_result=optional(_VALUES),
)
MARGIN_RESULT = keys(
    keys(**_with_effects(_RESULT_MONEY)),
    keys(
        money="underlying-price long-derivative-value short-derivative-value long-cryptocurrency-value "
        "short-cryptocurrency-value"
    ),
    text="code description underlying-symbol underlying-type margin-calculation-type",
    integer="entity-count",
    instant="calculated-at",
    texts="order-ids",
    group_results=each(GROUP_RESULT),
    anything="marks",
)
MARGIN_DRY_RUN = keys(
    keys(
        **_with_effects(
            "change-in-margin-requirement change-in-buying-power current-buying-power new-buying-power "
            "isolated-order-margin-requirement isolated-order-buying-power-effect"
        )
    ),
    flag="is-spread",
    texts="order-ids",
    anything="orders",
    last_results=MARGIN_RESULT,
    base_results=MARGIN_RESULT,
    new_order_results=MARGIN_RESULT,
)
QUOTE_ALERT = keys(
    text="alert-external-id user-external-id symbol instrument-type dx-symbol field operator threshold provider",
    real="threshold-numeric",
    instant="created-at expires-at triggered-at~ completed-at~ dismissed-at~ expired-at~",
)
SESSION = keys(text="email username external-id", integer="id")
QUOTE_TOKEN = keys(text="token dxlink-url level")
