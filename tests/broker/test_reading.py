"""Reading what the broker sends: whole, with pieces missing, with anything at all in their place (pitfalls 12-25)."""

import copy
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from senexbot.broker.account_reads import accounts_of, position_of
from senexbot.broker.chains import chains_of, equity, listed_option, nearest, trading_day
from senexbot.broker.composing import compose
from senexbot.broker.drift import Drift
from senexbot.broker.estimating import check_echo, estimate_of
from senexbot.broker.faults import envelope, fault_of
from senexbot.broker.market_reads import mark_of, quote_of, session_of, state_of
from senexbot.broker.rest import Answer, segment
from senexbot.domain.errors import BrokerFault, Refused, SenexError, Unavailable
from senexbot.domain.instruments import Instrument, InstrumentType, Right, TickSize
from senexbot.domain.market import SessionState
from senexbot.domain.orders.terms import Action, OptionQuery

from .kit import NOW, terms

SAMPLES = Path(__file__).parents[3] / "shared" / "reference" / "tastytrade" / "samples"
samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="captured samples are not on this machine")
AAPL = Instrument("AAPL", InstrumentType.EQUITY, "AAPL", "Apple", "AAPL", ())


def sample(name):
    return json.loads((SAMPLES / name).read_text())


EQUITY = {
    "symbol": "AAPL", "instrument-type": "Equity", "is-index": False, "streamer-symbol": "AAPL",
    "tick-sizes": [{"value": "0.0001", "threshold": "1.0"}, {"value": "0.01"}], "active": True,
}  # fmt: skip
OPTION = {
    "symbol": "AAPL  261218C00185000", "underlying-symbol": "AAPL", "streamer-symbol": ".AAPL261218C185",
    "shares-per-contract": 100, "is-closing-only": False,
}  # fmt: skip
STRIKE = {
    "strike-price": "185.0", "call": "AAPL  261218C00185000", "call-streamer-symbol": ".AAPL261218C185",
    "put": "AAPL  261218P00185000", "put-streamer-symbol": ".AAPL261218P185",
}  # fmt: skip
CHAIN = {"data": {"items": [{
    "underlying-symbol": "AAPL", "root-symbol": "AAPL", "option-chain-type": "Standard",
    "shares-per-contract": 100, "tick-sizes": [{"value": "0.05"}],
    "expirations": [{"expiration-date": "2026-12-18", "strikes": [STRIKE]}],
}]}}  # fmt: skip
POSITION = {
    "symbol": "AAPL", "instrument-type": "Equity", "underlying-symbol": "AAPL", "quantity": 3,
    "quantity-direction": "Short", "average-open-price": "1.5", "close-price": "1.4", "multiplier": "1.0",
    "mark-price": "1.6", "realized-today": "2.0", "realized-today-effect": "Debit",
    "realized-today-date": "2026-03-02", "created-at": "2026-03-02T15:00:00.000+00:00",
}  # fmt: skip
ROW = {
    "symbol": "AAPL", "bid": "1.0", "ask": "1.1", "last": "1.05", "prev-close": "1.0", "volume": "12.5",
    "is-trading-halted": True, "mark": "1.05",
}  # fmt: skip
ACCOUNTS = {"data": {"items": [{"account": {
    "account-number": "5WT00001", "nickname": "Main", "account-type-name": "Individual",
    "margin-or-cash": "Margin", "is-closed": False,
}}]}}  # fmt: skip
DRY = {"data": {
    "order": {"price": "2.5", "price-effect": "Debit", "size": 2,
              "legs": [{"instrument-type": "Equity Option", "quantity": 2, "symbol": "X"}]},
    "buying-power-effect": {"current-buying-power": "1000.0", "current-buying-power-effect": "Credit",
                            "new-buying-power": "120.0", "new-buying-power-effect": "Debit"},
    "fee-calculation": {"total-fees": "2.29", "total-fees-effect": "Debit"},
    "warnings": [{"code": "tif.next_valid_session", "message": "Goes to the next session."}],
}}  # fmt: skip


def dry(body, status=200):
    return estimate_of(Answer(status, orjson.dumps(body)), NOW)


READERS = [
    (EQUITY, equity),
    (OPTION, lambda v: listed_option(v, ())),
    (CHAIN, lambda v: nearest(chains_of(v, Drift()), OptionQuery("AAPL", date(2026, 12, 18), Right.PUT, Decimal(185)))),
    (POSITION, lambda v: position_of(v, "5WT00001", {}, date(2026, 3, 2))),
    (ROW, lambda v: (quote_of(AAPL, v, NOW, None, SessionState.OPEN), mark_of(v))),
    (ACCOUNTS, lambda v: accounts_of(v, Drift())),
    (DRY, lambda v: estimate_of(Answer(200, orjson.dumps(v, option=orjson.OPT_NON_STR_KEYS)), NOW)),
]  # fmt: skip
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.sampled_from(["NaN", "", "é", "-1"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "items"]), inner, max_size=2),
    max_leaves=4,
)  # fmt: skip


def _spots(value, path=()):
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield (*path, key)
        yield from _spots(below, (*path, key))


@given(st.data())
@settings(max_examples=600)
def test_nothing_in_an_answer_breaks_a_reader(data):
    """I53: a value or an error of ours, never another exception."""
    whole, reader = data.draw(st.sampled_from(READERS))
    body = copy.deepcopy(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        spots = list(_spots(body))
        if not spots:
            break
        *way, last = data.draw(st.sampled_from(spots))
        inner = body
        for step in way:
            inner = inner[step]
        inner[last] = data.draw(JUNK)
    try:
        reader(body)
    except SenexError:
        pass


def test_readers_read():
    assert equity(EQUITY).tick_sizes == (TickSize(Decimal("0.0001"), Decimal(1)), TickSize(Decimal("0.01")))
    assert equity({**EQUITY, "is-index": True}).type is InstrumentType.INDEX
    assert listed_option(OPTION, ()).words == "AAPL 18 Dec 26 185 call"
    position = READERS[3][1](POSITION)
    assert (position.quantity, position.mark, position.realized_today) == (-3, Decimal("1.6"), -2)
    assert position.opened_today
    assert position.multiplier == 1
    stale = READERS[3][1](
        {**POSITION, "realized-today-date": "2026-02-27", "created-at": "2026-02-27T15:00:00Z"}
    )
    assert (stale.realized_today, stale.opened_today) == (0, False)
    quote = READERS[4][1](ROW)[0]
    assert quote.halted
    assert quote.volume == Decimal("12.5")
    assert READERS[2][1](CHAIN).exact.streamer_symbol == ".AAPL261218P185"


def test_camel_case_is_read_too():
    """Pitfall 15."""
    quote = quote_of(
        AAPL, {"prevClose": "9", "isTradingHalted": True, "last": "10"}, NOW, None, SessionState.OPEN
    )
    assert (quote.change, quote.halted) == (1, True)


def test_prices_that_are_none():
    """Pitfalls 17, 66; a bid of zero is a real one."""
    row = {"bid": "0.0", "ask": "NaN", "last": "-1", "prev-close": 0}
    quote = quote_of(AAPL, row, NOW, None, SessionState.OPEN)
    assert (quote.bid, quote.ask, quote.last, quote.prev_close) == (0, None, None, None)


def test_one_bad_row_never_loses_the_others():
    """Pitfall 12."""
    drift = Drift()
    body = copy.deepcopy(ACCOUNTS)
    body["data"]["items"] = [None, {"account": {}}, *body["data"]["items"], {"account": 5}]
    assert [a.number for a in accounts_of(body, drift)] == ["5WT00001"]
    assert drift.counts["account without a number"] == 3
    chain = copy.deepcopy(CHAIN)
    chain["data"]["items"][0]["expirations"].insert(0, {"expiration-date": "soon"})
    chain["data"]["items"][0]["expirations"][1]["strikes"].insert(0, {"strike-price": "NaN"})
    assert READERS[2][1](chain).exact is not None


def test_an_estimate_with_signs():
    """Pitfall 39."""
    estimate = dry(DRY)
    assert estimate.cost == -500
    assert estimate.fees == Decimal("-2.29")
    assert (estimate.buying_power_before, estimate.buying_power_after) == (1000, -120)
    assert estimate.warnings == ("Goes to the next session.",)


@pytest.mark.parametrize("missing", ["order", "buying-power-effect"])
def test_a_dry_run_that_proves_nothing_is_unavailable(missing):
    """Pitfall 40."""
    body = copy.deepcopy(DRY)
    del body["data"][missing]
    with pytest.raises(Unavailable):
        dry(body)
    with pytest.raises(Unavailable):
        dry({})


def test_a_dry_run_with_errors_is_refused():
    """Pitfall 40: errors block, also in a 2xx."""
    body = copy.deepcopy(DRY)
    body["data"]["errors"] = [{"code": "x", "message": "Not so."}]
    with pytest.raises(Refused, match=r"Not so\."):
        dry(body)


def test_an_action_the_broker_changed_is_refused():
    """I19, pitfall 32: a close that would be routed as an open."""
    sent = compose(terms(Action.SELL_TO_CLOSE), "x")
    echo = {"data": {"order": {"legs": [{"symbol": "AAPL", "action": "Sell to Open"}]}}}
    with pytest.raises(Refused, match="Sell to Open"):
        check_echo(Answer(200, orjson.dumps(echo)), sent)
    echo["data"]["order"]["legs"][0]["action"] = "Sell to Close"
    check_echo(Answer(200, orjson.dumps(echo)), sent)
    check_echo(Answer(200, b"{}"), sent)


@samples
@pytest.mark.parametrize("status", [200, 422])
def test_a_captured_margin_failure_is_refused_with_its_figures(status):
    """Pitfall 39: data and error in one body, whatever the status."""
    with pytest.raises(Refused) as caught:
        dry(sample("order_dry_run_margin_check_failed.json"), status)
    assert caught.value.broker_code == "margin_check_failed"
    assert "$241.62" in str(caught.value)
    assert "−$1,587.39" in str(caught.value)


@samples
def test_captured_answers_are_read():
    assert dry(sample("order_dry_run.json")).fees == Decimal("-0.001")
    assert accounts_of(sample("customer_accounts.json"), Drift())[0].account_type == "Roth IRA"
    assert equity(sample("equity_single.json")["data"]).symbol == "AAPL"
    option = listed_option(sample("equity_option_single.json")["data"], ())
    assert option.streamer_symbol == ".AAPL230616C185"
    drift = Drift()
    for name in ("option_chain_nested_cert_2026.json", "option_chain_nested_2023.json"):
        chains = chains_of(sample(name), drift)
        day = next(iter(chains[0].expirations))
        strike = next(iter(chains[0].expirations[day]))
        assert chains[0].contract(day, strike, Right.CALL).option.strike == strike
    for row in sample("market_data_by_type_prod_2026.json")["data"]["items"]:
        quote = quote_of(AAPL, row, NOW, None, SessionState.OPEN)
        assert quote.last is not None
        assert mark_of(row) is not None
    for name in ("positions.json", "positions_2023.json"):
        for row in sample(name)["data"]["items"]:
            assert position_of(row, "5WX00000", {}, date(2026, 1, 23)) is not None
    state = sample("market_session_equities_current_cert_2026.json")["data"]["state"]
    assert state_of(state) is SessionState.CLOSED
    assert not drift.counts


@samples
def test_captured_errors_have_words():
    names = [p for p in SAMPLES.glob("error_*.json") if "oauth" not in p.name]
    assert len(names) > 8
    for path in names:
        body = json.loads(path.read_text())
        for one in body if isinstance(body, list) else [body]:
            found = envelope(one)
            assert found.words
            assert "customer support identifier" not in found.words


@given(st.binary(max_size=100), st.integers(100, 599))
def test_any_answer_that_is_no_success_is_a_fault_of_ours(body, status):
    assert isinstance(fault_of(status, body), BrokerFault)


def test_segments_and_days():
    """Pitfalls 20, 77."""
    assert segment("BRK/B") == "BRK%2FB"
    assert segment("SPY   261218P00590000") == "SPY%20%20%20261218P00590000"
    assert segment("../../x?y#z") == "..%2F..%2Fx%3Fy%23z"
    assert trading_day(NOW.replace(hour=3)).isoformat() == "2026-03-01"


@pytest.mark.parametrize(
    ("now", "close"),
    [
        ("2026-08-04T08:00:00", "2026-08-03T20:00:00"),  # before today's session: yesterday's close
        ("2026-08-05T02:00:00", "2026-08-04T20:00:00"),  # after it: today's
        ("2026-08-01T08:00:00", None),  # neither lies behind us: it is not known
    ],
)
def test_the_close_is_the_newest_behind_us(now, close):
    row = {
        "close-at": "2026-08-04T20:00:00.000+00:00",
        "close-at-ext": "2026-08-05T00:00:00.000+00:00",
        "previous-session": {"close-at": "2026-08-03T20:00:00.000+00:00", "session-date": "2026-08-03"},
        "state": "Closed",
    }
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    wanted = datetime.fromisoformat(close).replace(tzinfo=UTC) if close else None
    assert session_of(row, at) == (SessionState.CLOSED, wanted)
    assert session_of({**row, "state": "Open"}, at) == (SessionState.OPEN, None)
    assert session_of({"state": "Closed", "close-at": 7, "previous-session": []}, at) == (
        SessionState.CLOSED,
        None,
    )
