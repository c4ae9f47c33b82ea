"""Reads through a link, against the broker simulator."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from senexbot.broker.metrics import metrics_of
from senexbot.domain.errors import GrantExpired, InvariantBroken, NotConnected, Unavailable
from senexbot.domain.instruments import InstrumentType, OptionContract, Right
from senexbot.domain.links import AccountRef, Environment
from senexbot.domain.market import SessionState
from senexbot.domain.orders.terms import OptionQuery

from .kit import account, control, grant, jwt, simulated


async def test_verify_tells_customer_and_accounts(sim, broker):
    person = sim.info["users"][0]
    found = await broker.reads.verify(grant(person["provider_secret"], person["refresh_token"]))
    assert found.customer_id
    assert [a.number for a in found.accounts] == person["accounts"]
    assert {a.margin_or_cash for a in found.accounts} <= {"Margin", "Cash"}


async def test_verify_names_the_wrong_part_of_a_grant(sim, broker):
    """F47: secret, token and environment are told apart, and nothing is sent to the wrong environment."""
    person = sim.info["users"][0]
    cases = [
        (grant("wrong", person["refresh_token"]), "client_secret"),
        (grant(person["provider_secret"], "no.such.token"), "refresh_token"),
        (grant("x", jwt("https://api.tastytrade.com")), "environment"),
        (grant("x", person["refresh_token"], Environment.LIVE), "environment"),
        (grant("x", jwt("https://api.cert.tastyworks.com"), Environment.LIVE), "environment"),
    ]
    for wrong, what in cases:
        with pytest.raises(GrantExpired) as caught:
            await broker.reads.verify(wrong)
        assert caught.value.what == what


async def test_instruments(broker):
    share = await broker.reads.instrument("l1", "AAPL")
    assert share.type is InstrumentType.EQUITY
    assert share.streamer_symbol == "AAPL"
    assert share.tick_sizes
    assert await broker.reads.instrument("l1", "NOSUCH") is None
    assert await broker.reads.instrument("l1", "A/B C?#%") is None


async def test_unknown_link(broker):
    with pytest.raises(NotConnected):
        await broker.reads.instrument("other", "AAPL")


async def _listed(broker):
    today = broker.sessions.clock.now().date()
    far = OptionQuery("SPY", today + timedelta(days=45), Right.PUT, Decimal("0.5"))
    return far, await broker.reads.option("l1", far)


async def test_option_by_words_finds_the_listed_or_the_nearest(broker):
    query, near = await _listed(broker)
    assert near.exact is None
    assert 1 <= len(near.expirations) <= 5
    assert list(near.expirations) == sorted(near.expirations)
    assert 1 <= len(near.strikes) <= 5
    nearest = min(near.expirations, key=lambda d: abs((d - query.expiration).days))
    hit = await broker.reads.option("l1", OptionQuery("SPY", nearest, Right.PUT, near.strikes[0]))
    assert hit.exact.option == OptionContract("SPY", nearest, Right.PUT, near.strikes[0])
    assert hit.exact.multiplier == 100
    assert hit.exact.streamer_symbol.startswith(".SPY")
    by_occ = await broker.reads.option("l1", hit.exact.option)
    assert by_occ.exact.symbol == hit.exact.symbol
    assert by_occ.exact.tick_sizes == hit.exact.tick_sizes
    unlisted = OptionContract("SPY", nearest, Right.PUT, near.strikes[0] + Decimal("0.125"))
    assert (await broker.reads.option("l1", unlisted)).strikes
    assert (
        await broker.reads.option("l1", OptionQuery("NOSUCH", nearest, Right.PUT, Decimal(1)))
    ).exact is None


async def test_a_chain_is_read_once_a_day(sim, broker):
    """Pitfall 22: chains are large."""
    for _ in range(3):
        await _listed(broker)
    ledger = await control(sim, "requests", method="GET")
    assert sum("option-chains" in r["path"] for r in ledger["requests"]) == 1


async def test_quotes_carry_rank_session_and_our_time(sim, broker):
    before = broker.sessions.clock.now()
    await control(sim, "quote", {"symbol": "AAPL", "bid": 199.5, "ask": 199.7, "last": 199.6})
    query, near = await _listed(broker)
    day = min(near.expirations, key=lambda d: abs((d - query.expiration).days))
    option = (await broker.reads.option("l1", OptionQuery("SPY", day, Right.PUT, near.strikes[0]))).exact
    share = await broker.reads.instrument("l1", "AAPL")
    quotes = await broker.reads.quotes("l1", [share, option])
    assert set(quotes) == {"AAPL", option.symbol}
    quote = quotes["AAPL"]
    assert (quote.bid, quote.ask, quote.last) == (Decimal("199.5"), Decimal("199.7"), Decimal("199.6"))
    assert before <= quote.at <= broker.sessions.clock.now()
    assert quote.session is SessionState.OPEN
    assert quote.iv_rank is not None
    assert 0 <= quote.iv_rank <= 1
    assert quote.iv is not None
    assert 0 < quote.iv < 5
    assert not quote.delayed


async def test_quotes_stand_without_their_extras(sim, broker):
    """IV rank where known: metrics that are not served cost the quote nothing (pitfall 75)."""
    await control(
        sim, "fault", {"target": "GET /market-metrics", "kind": "status", "status": 502, "count": 9}
    )
    await control(sim, "fault", {"target": "GET /market-time/*", "kind": "status", "status": 502, "count": 9})
    share = await broker.reads.instrument("l1", "AAPL")
    quote = (await broker.reads.quotes("l1", [share]))["AAPL"]
    assert quote.iv_rank is None
    assert quote.session is SessionState.UNKNOWN
    assert quote.bid is not None


async def test_session_state_closed(sim, broker):
    """Design section 5: what is shown is the closing quote, and of when; reading it again makes it no newer."""
    share = await broker.reads.instrument("l1", "AAPL")
    await control(sim, "clock", {"session": "closed"})
    assert await broker.reads.session_state("l1") is SessionState.CLOSED
    quote = (await broker.reads.quotes("l1", [share]))["AAPL"]
    assert quote.session is SessionState.CLOSED
    assert quote.closed_at is not None
    assert quote.closed_at <= broker.sessions.clock.now()


async def test_futures_keep_the_hours_of_their_exchange(sim, broker):
    share, future = [await broker.reads.instrument("l1", symbol) for symbol in ("AAPL", "/ES")]
    await control(sim, "clock", {"session": "closed", "futures_session": "open"})
    quotes = await broker.reads.quotes("l1", [share, future])
    assert quotes["AAPL"].session is SessionState.CLOSED
    assert quotes[future.symbol].session is SessionState.OPEN
    assert quotes[future.symbol].closed_at is None
    assert quotes[future.symbol].ask - quotes[future.symbol].bid == Decimal("0.25")
    requests = (await control(sim, "requests", method="GET"))["requests"]
    asked = [r["path"] for r in requests if "sessions/current" in r["path"]]
    assert len(asked) == 2


async def test_the_session_of_futures_where_the_newer_list_is_not_served(sim, broker):
    future = await broker.reads.instrument("l1", "/ES")
    await control(
        sim,
        "fault",
        {"target": "GET /market-time/sessions/current", "kind": "status", "status": 404, "count": 9},
    )
    await control(sim, "clock", {"session": "closed", "futures_session": "open"})
    quote = (await broker.reads.quotes("l1", [future]))[future.symbol]
    assert quote.session is SessionState.OPEN


async def test_who_may_trade_futures(broker):
    assert (await broker.reads.trading_status(account())).futures_enabled
    assert not (await broker.reads.trading_status(account("5WT00002"))).futures_enabled


async def test_near_a_future_are_the_months_of_its_product(broker):
    near = await broker.reads.similar("l1", "/ESF7")
    assert len(near) == 3
    assert all(symbol.startswith("/ES") for symbol in near)
    assert await broker.reads.similar("l1", "/NOPE") == ()


async def test_balances_and_positions(broker):
    balances = await broker.reads.balances(account())
    assert balances.net_liquidating_value > 0
    assert balances.equity_buying_power > 0
    assert balances.day_change is not None
    assert abs(balances.day_change) < balances.net_liquidating_value
    positions = await broker.reads.positions(account())
    by_symbol = {p.symbol: p for p in positions}
    assert by_symbol["AAPL"].quantity == 300
    assert by_symbol["AAPL"].mark is not None
    short = [p for p in positions if p.quantity < 0]
    assert short[0].multiplier == 100
    assert all(p.open_pnl is not None and p.day_pnl is not None for p in positions)


async def test_an_empty_account(sim):
    empty = next(i for i, u in enumerate(sim.info["users"]) if "empty" in str(u).lower() or i == 2)
    number = sim.info["users"][empty]["accounts"][0]
    async with simulated(sim, user=empty) as broker:
        ref = account(number)
        assert await broker.reads.positions(ref) == ()
        assert (await broker.reads.balances(ref)).cash == 0


async def test_trading_status(broker):
    status = await broker.reads.trading_status(account())
    assert not status.is_closed
    assert not status.is_frozen
    assert status.options_level


async def test_similar(broker):
    assert "AAPL" in await broker.reads.similar("l1", "AAP")
    assert await broker.reads.similar("l1", "") == ()
    assert len(await broker.reads.similar("l1", "A")) <= 3


async def test_reads_retry_at_most_twice(sim, broker):
    await control(
        sim,
        "fault",
        {"target": "GET /accounts/*/trading-status", "kind": "status", "status": 502, "count": 2},
    )
    assert not (await broker.reads.trading_status(account())).is_closed
    await control(
        sim,
        "fault",
        {"target": "GET /accounts/*/trading-status", "kind": "status", "status": 502, "count": 9},
    )
    with pytest.raises(Unavailable):
        await broker.reads.trading_status(account())
    ledger = await control(sim, "requests", method="GET")
    assert sum(r["path"].endswith("trading-status") for r in ledger["requests"]) == 6


async def test_a_token_revoked_early_is_renewed_once(sim, broker):
    await broker.reads.trading_status(account())
    sim.house.tokens.revoke(sim.info["users"][0]["name"])
    assert not (await broker.reads.trading_status(account())).is_closed


async def test_another_environment_is_never_asked(broker):
    """I20: an account said to be live is not read through a practice link."""
    with pytest.raises(InvariantBroken):
        await broker.reads.balances(AccountRef("l1", "5WT00001", Environment.LIVE))


async def test_forget_drops_session_and_caches(sim, broker):
    await _listed(broker)
    await broker.reads.forget("l1")
    await broker.reads.forget("l1")
    await _listed(broker)
    ledger = await control(sim, "requests", method="GET")
    assert sum("option-chains" in r["path"] for r in ledger["requests"]) == 2
    assert sum(r["path"] == "/oauth/token" for r in ledger["requests"]) == 2


async def test_metrics_tell_beta_and_the_days_to_come(sim, broker):
    today = broker.sessions.clock.now().date()
    found = await broker.reads.metrics("l1", ["AAPL", "SPY", "NOSUCH"])
    assert found.keys() == {"AAPL", "SPY"}
    assert found["AAPL"].beta > 0
    assert 0 <= found["AAPL"].iv_rank <= 1
    assert found["AAPL"].earnings >= today - timedelta(days=1)
    assert found["SPY"].earnings is None
    assert found["SPY"].ex_dividend is None or found["SPY"].ex_dividend >= today - timedelta(days=1)
    assert found["SPY"].dividend > 0
    fault = {"target": "GET /market-metrics", "kind": "status", "status": 502, "count": 9}
    await control(sim, "fault", fault)
    assert await broker.reads.metrics("l1", ["SPY", "AAPL"]) == {"AAPL": found["AAPL"], "SPY": found["SPY"]}
    with pytest.raises(Unavailable):
        await broker.reads.metrics("l1", ["QQQ"])
    await broker.reads.forget("l1")


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ({}, (None, None, None, None, None)),
        (
            {
                "beta": "1.2",
                "implied-volatility-index-rank": "0.62",
                "earnings": {"expected-report-date": "2026-12-04"},
                "dividend-ex-date": "2026-11-09",
                "dividend-next-date": "2027-02-08",
                "dividend-rate-per-share": "0.26",
            },
            (Decimal("1.2"), Decimal("0.62"), date(2026, 12, 4), date(2027, 2, 8), Decimal("0.26")),
        ),
        (
            {
                "beta": "NaN",
                "implied-volatility-rank": "7",
                "earnings": {"expected-report-date": "2026-11-01"},
                "dividend-ex-date": "2026-11-23",
                "dividend-rate-per-share": "0",
            },
            (None, None, None, date(2026, 11, 23), None),
        ),
        ({"beta": [], "earnings": "soon", "dividend-ex-date": 7}, (None, None, None, None, None)),
    ],
)
def test_metrics_are_read_tolerantly_and_only_days_to_come_count(row, wanted):
    found = metrics_of(row, date(2026, 11, 23))
    assert (found.beta, found.iv_rank, found.earnings, found.ex_dividend, found.dividend) == wanted
