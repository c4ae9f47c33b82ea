"""Which endpoint answers in which shape. `form`: object, list (`items`), page, or bare (no `data`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from senexsim.broker.shapes import accounts as a
from senexsim.broker.shapes import listed
from senexsim.broker.shapes import market as m
from senexsim.broker.shapes import orders as o
from senexsim.broker.shapes.language import Shape, each, keys

Form = Literal["object", "list", "page", "bare", "empty"]


@dataclass(frozen=True)
class Endpoint:
    """The 2xx answer of one endpoint. `pages` are lists that are a page only when asked for one."""

    form: Form
    shape: Shape
    context: bool = True
    may_page: bool = False
    also: tuple[Shape, ...] = ()


PAGINATION: Final = keys(
    integer="per-page page-offset item-offset total-items total-pages current-item-count",
    text="previous-link~ next-link~ paging-link-template~",
)
ERROR_ITEM: Final = keys(text="code? message? domain? reason?", count="preflight-id?")
ERROR: Final = keys(text="message", anything="code", errors=each(ERROR_ITEM))
OAUTH_ERROR: Final = keys(text="error_code error_description")
TOKEN: Final = keys(
    text="access_token token_type refresh_token? id_token?", integer="expires_in"
)  # the last two for a code
_ONE = "/accounts/{account}"


def _object(shape: Shape, *, context: bool = True) -> Endpoint:
    return Endpoint("object", shape, context)


def _list(
    shape: Shape, *, context: bool = True, may_page: bool = False, also: tuple[Shape, ...] = ()
) -> Endpoint:
    return Endpoint("list", shape, context, may_page, also)


ENDPOINTS: Final[dict[str, Endpoint]] = {
    "POST /oauth/token": Endpoint("bare", TOKEN),
    "POST /sessions/validate": _object(a.SESSION),
    "GET /api-quote-tokens": _object(a.QUOTE_TOKEN),
    "GET /customers/{customer}": _object(a.CUSTOMER),
    "GET /customers/{customer}/accounts": _list(a.OWNED_ACCOUNT),
    "GET /customers/{customer}/accounts/{account}": _object(a.ACCOUNT),
    "GET /accounts/{account}": _object(a.ACCOUNT),
    f"GET {_ONE}/trading-status": _object(a.TRADING_STATUS),
    f"GET {_ONE}/balances": _list(a.BALANCE),
    f"GET {_ONE}/balances/{{currency}}": _object(a.BALANCE),
    f"GET {_ONE}/balance-snapshots": _list(a.BALANCE, may_page=True),
    f"GET {_ONE}/positions": _list(a.POSITION),
    f"GET {_ONE}/transactions": Endpoint("page", a.TRANSACTION),
    f"GET {_ONE}/transactions/total-fees": _object(a.TOTAL_FEES),
    f"GET {_ONE}/transactions/{{transaction}}": _object(a.TRANSACTION),
    f"GET {_ONE}/net-liq": _object(a.NET_LIQ, context=False),
    f"GET {_ONE}/net-liq/history": _list(a.NET_LIQ, context=False),
    f"GET {_ONE}/position-limit": _object(a.POSITION_LIMIT),
    f"GET {_ONE}/margin-requirements/{{symbol}}/effective": _object(a.EFFECTIVE_MARGIN),
    "GET /margin/accounts/{account}/requirements": _object(a.MARGIN_REPORT, context=False),
    "POST /margin/accounts/{account}/dry-run": _object(a.MARGIN_DRY_RUN),
    "GET /margin-requirements-public-configuration": _object(a.PUBLIC_CONFIGURATION),
    "GET /quote-alerts": _list(a.QUOTE_ALERT, context=False),
    "POST /quote-alerts": _object(a.QUOTE_ALERT),
    "DELETE /quote-alerts/{alert}": Endpoint("empty", keys()),
    f"POST {_ONE}/orders": _object(o.PLACED),
    f"POST {_ONE}/orders/dry-run": _object(o.DRY_RUN),
    f"GET {_ONE}/orders": Endpoint("page", o.ORDER),
    f"GET {_ONE}/orders/live": _list(o.ORDER, may_page=True),
    f"GET {_ONE}/orders/{{order}}": _object(o.ORDER),
    f"DELETE {_ONE}/orders/{{order}}": _object(o.ORDER),
    f"PUT {_ONE}/orders/{{order}}": _object(o.ORDER),
    f"PATCH {_ONE}/orders/{{order}}": _object(o.ORDER),
    f"POST {_ONE}/orders/{{order}}/dry-run": _object(o.DRY_RUN),
    f"POST {_ONE}/complex-orders": _object(o.COMPLEX_PLACED),
    f"POST {_ONE}/complex-orders/dry-run": _object(o.COMPLEX_DRY_RUN),
    f"GET {_ONE}/complex-orders": Endpoint("page", o.COMPLEX_ORDER),
    f"GET {_ONE}/complex-orders/live": _list(o.COMPLEX_ORDER),
    f"GET {_ONE}/complex-orders/{{order}}": _object(o.COMPLEX_ORDER),
    f"DELETE {_ONE}/complex-orders/{{order}}": _object(o.COMPLEX_ORDER),
    "GET /customers/{customer}/orders": Endpoint("page", o.ORDER),
    "GET /customers/{customer}/orders/live": _list(o.ORDER, may_page=True),
    "GET /instruments/equities": _list(m.EQUITY, may_page=True),
    "GET /instruments/equities/active": Endpoint("page", m.EQUITY),
    "GET /instruments/equities/{symbol}": _object(m.EQUITY),
    "GET /instruments/equity-options": _list(m.OPTION),
    "GET /instruments/equity-options/{symbol}": _object(m.OPTION),
    "GET /instruments/futures": _list(listed.FUTURE),
    "GET /instruments/futures/{symbol}": _object(listed.FUTURE),
    "GET /instruments/future-products": _list(listed.FUTURE_PRODUCT),
    "GET /instruments/future-products/{exchange}/{code}": _object(listed.FUTURE_PRODUCT),
    "GET /instruments/future-options": _list(listed.FUTURE_OPTION),
    "GET /instruments/future-options/{symbol}": _object(listed.FUTURE_OPTION),
    "GET /instruments/future-option-products": _list(listed.FUTURE_OPTION_PRODUCT),
    "GET /instruments/future-option-products/{root}": _object(listed.FUTURE_OPTION_PRODUCT),
    "GET /instruments/future-option-products/{exchange}/{root}": _object(listed.FUTURE_OPTION_PRODUCT),
    "GET /futures-option-chains/{product}": _list(listed.FUTURE_OPTION),
    "GET /futures-option-chains/{product}/nested": _object(listed.NESTED_FUTURE_OPTIONS),
    "GET /instruments/currency-pairs": _list(listed.CURRENCY_PAIR),
    "GET /instruments/warrants": _list(listed.WARRANT),
    "GET /instruments/warrants/{symbol}": _object(listed.WARRANT),
    "GET /instruments/cryptocurrencies": _list(m.COIN),
    "GET /instruments/cryptocurrencies/{symbol}": _object(m.COIN),
    "GET /instruments/quantity-decimal-precisions": _list(m.PRECISION),
    "GET /option-chains/{symbol}": _list(m.OPTION),
    "GET /option-chains/{symbol}/nested": _list(m.NESTED_CHAIN),
    "GET /option-chains/{symbol}/compact": _list(m.COMPACT_CHAIN),
    "GET /market-data/by-type": _list(m.MARKET_DATA),
    "GET /market-data/{kind}/{symbol}": _object(m.MARKET_DATA),
    "GET /market-metrics": _list(m.METRIC, context=False),
    "GET /market-metrics/historic-corporate-events/dividends/{symbol}": _list(m.DIVIDEND, context=False),
    "GET /market-metrics/historic-corporate-events/earnings-reports/{symbol}": _list(
        m.EARNINGS, context=False
    ),
    "GET /symbols/search/{text}": _list(m.FOUND_SYMBOL, context=False),
    "GET /market-time/sessions/current": _list(m.CURRENT_SESSION),
    "GET /market-time/sessions": _list(m.SESSION_DAY),
    "GET /market-time/equities/sessions/current": _object(m.CURRENT_SESSION),
    "GET /market-time/equities/sessions/{which}": _object(m.SESSION_DAY),
    "GET /market-time/equities/holidays": _object(m.HOLIDAYS),
    "GET /market-time/futures/sessions/current/{collection}": _object(m.CURRENT_SESSION),
    "GET /market-time/futures/sessions/{which}/{collection}": _object(m.SESSION_DAY),
    "GET /market-time/futures/holidays/{collection}": _object(m.HOLIDAYS),
    "GET /watchlists": _list(m.WATCHLIST),
    "POST /watchlists": _object(m.WATCHLIST),
    "GET /watchlists/{name}": _object(m.WATCHLIST),
    "PUT /watchlists/{name}": _object(m.WATCHLIST),
    "DELETE /watchlists/{name}": Endpoint("bare", listed.DELETED_WATCHLIST),
    "GET /public-watchlists": _list(m.WATCHLIST, also=(m.WATCHLIST_COUNT,)),
    "GET /public-watchlists/{name}": _object(m.WATCHLIST),
    "GET /pairs-watchlists": _list(m.PAIRS_WATCHLIST),
    "GET /pairs-watchlists/{name}": _object(m.PAIRS_WATCHLIST),
}
