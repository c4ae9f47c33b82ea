"""What is asked of the real API: reads alone, at paths whose blanks are filled from earlier answers. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import quote

HISTORIC: Final = "/market-metrics/historic-corporate-events"
ONE: Final = "/accounts/{account}"


@dataclass(frozen=True, slots=True)
class Probe:
    """`name` is the endpoint's in the shape tables; `path` may have blanks, `learns` fills some from the answer."""

    name: str
    path: str
    learns: Mapping[str, tuple[str | int, ...]]  # blank -> where in the answer's body it stands

    def filled(self, known: Mapping[str, str]) -> str | None:
        """The path, None while a blank in it is not known."""
        try:
            return self.path.format_map({key: quote(value, safe="") for key, value in known.items()})
        except KeyError:
            return None


def _probe(name: str, path: str, **learns: tuple[str | int, ...]) -> Probe:
    return Probe(f"GET {name}", path, learns)


def probes(today: date) -> Iterator[Probe]:
    """In the order in which they are asked."""
    first = ("data", "items", 0)
    yield _probe("/customers/{customer}", "/customers/me")
    account = (*first, "account", "account-number")
    yield _probe("/customers/{customer}/accounts", "/customers/me/accounts", account=account)
    yield _probe("/customers/{customer}/accounts/{account}", "/customers/me/accounts/{account}")
    for rest in ("trading-status", "balances", "balance-snapshots", "positions", "position-limit"):
        yield _probe(f"{ONE}/{rest}", f"{ONE}/{rest}")
    yield _probe(f"{ONE}/balances/{{currency}}", f"{ONE}/balances/USD")
    yield _probe(f"{ONE}/transactions", f"{ONE}/transactions?per-page=50", transaction=(*first, "id"))
    yield _probe(f"{ONE}/transactions/{{transaction}}", f"{ONE}/transactions/{{transaction}}")
    yield _probe(f"{ONE}/transactions/total-fees", f"{ONE}/transactions/total-fees")
    yield _probe(f"{ONE}/net-liq/history", f"{ONE}/net-liq/history?time-back=1d")
    effective = f"{ONE}/margin-requirements/{{symbol}}/effective"
    yield _probe(effective, effective.replace("{symbol}", "SPY"))
    yield _probe("/margin/accounts/{account}/requirements", "/margin/accounts/{account}/requirements")
    yield _probe("/margin-requirements-public-configuration", "/margin-requirements-public-configuration")
    yield _probe(f"{ONE}/orders", f"{ONE}/orders?per-page=50", order=(*first, "id"))
    yield _probe(f"{ONE}/orders/{{order}}", f"{ONE}/orders/{{order}}")
    yield _probe(f"{ONE}/orders/live", f"{ONE}/orders/live")
    yield _probe(f"{ONE}/complex-orders", f"{ONE}/complex-orders?per-page=10")
    yield _probe("/quote-alerts", "/quote-alerts")
    yield _probe("/api-quote-tokens", "/api-quote-tokens")
    yield from _instruments(first)
    yield from _market(today)


def _instruments(first: tuple[str | int, ...]) -> Iterator[Probe]:
    yield _probe("/instruments/equities", "/instruments/equities?symbol[]=SPY&symbol[]=AAPL")
    yield _probe("/instruments/equities/active", "/instruments/equities/active?per-page=20")
    yield _probe("/instruments/equities/{symbol}", "/instruments/equities/AAPL")
    strikes = (*first, "expirations", 0, "strikes", 0)
    yield _probe("/option-chains/{symbol}/nested", "/option-chains/F/nested", option=(*strikes, "call"))
    yield _probe("/option-chains/{symbol}", "/option-chains/F")
    yield _probe("/option-chains/{symbol}/compact", "/option-chains/F/compact")
    yield _probe("/instruments/equity-options/{symbol}", "/instruments/equity-options/{option}")
    yield _probe(
        "/instruments/futures", "/instruments/futures?product-code[]=ES", future=(*first, "exchange-symbol")
    )
    yield _probe("/instruments/futures/{symbol}", "/instruments/futures/{future}")
    yield _probe("/instruments/future-products", "/instruments/future-products")
    yield _probe("/instruments/future-products/{exchange}/{code}", "/instruments/future-products/CME/ES")
    yield _probe("/instruments/future-option-products", "/instruments/future-option-products")
    nested = ("data", "option-chains", 0, "expirations", 0, "strikes", 0, "call")
    chain = "/futures-option-chains/{product}/nested"
    yield _probe(chain, "/futures-option-chains/CL/nested", on_future=nested)
    yield _probe("/instruments/future-options/{symbol}", "/instruments/future-options/{on_future}")
    yield _probe("/instruments/cryptocurrencies", "/instruments/cryptocurrencies")
    yield _probe("/instruments/warrants", "/instruments/warrants")
    yield _probe("/instruments/quantity-decimal-precisions", "/instruments/quantity-decimal-precisions")


def _market(today: date) -> Iterator[Probe]:
    yield _probe("/market-data/by-type", "/market-data/by-type?equity=AAPL&equity=SPY&index=VIX")
    yield _probe("/market-data/{kind}/{symbol}", "/market-data/Equity/AAPL")
    yield _probe("/market-metrics", "/market-metrics?symbols=AAPL,SPY")
    yield _probe(f"{HISTORIC}/dividends/{{symbol}}", f"{HISTORIC}/dividends/AAPL")
    since = today - timedelta(days=700)
    reports = f"{HISTORIC}/earnings-reports"
    yield _probe(f"{reports}/{{symbol}}", f"{reports}/AAPL?start-date={since}")
    yield _probe("/symbols/search/{text}", "/symbols/search/AAP")
    current = "/market-time/sessions/current"
    yield _probe(current, f"{current}?instrument-collections[]=Equity")
    equities = "/market-time/equities"
    yield _probe(f"{equities}/sessions/current", f"{equities}/sessions/current")
    yield _probe(f"{equities}/sessions/{{which}}", f"{equities}/sessions/next")
    yield _probe(f"{equities}/holidays", f"{equities}/holidays")
    futures = "/market-time/futures"
    yield _probe(f"{futures}/holidays/{{collection}}", f"{futures}/holidays/CME")
    yield _probe("/watchlists", "/watchlists")
    yield _probe("/public-watchlists", "/public-watchlists?counts-only=true")
    yield _probe("/pairs-watchlists", "/pairs-watchlists")


def looked_up(body: Any, where: tuple[str | int, ...]) -> str | None:
    """What stands at that place of an answer, as text; None where there is nothing."""
    for key in where:
        try:
            body = body[key]
        except (KeyError, IndexError, TypeError):
            return None
    return None if body is None else str(body)
