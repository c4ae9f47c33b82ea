"""The values that the rest is written in: properties, masks, errors."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.errors import (
    BrokerRateLimited,
    Denied,
    Gone,
    GrantExpired,
    MessengerRateLimited,
    NotFound,
    Reason,
    Refused,
    SenexError,
)
from senexbot.domain.instruments import InstrumentType, OptionContract, Right, TickSize, tick_at
from senexbot.domain.links import AccountRef, Environment, Grant, Secret
from senexbot.domain.market import Position, Quote
from senexbot.domain.orders.broker_orders import BrokerStatus
from senexbot.domain.orders.intents import IntentState, OrderFacts
from senexbot.domain.orders.terms import Action, Side
from tests.domain.builders import (
    NICKELS,
    NOW,
    PUT,
    D,
    actor,
    after,
    fill,
    intent,
    link,
    option,
    order,
    quote,
    share,
    terms,
)


def test_occ_symbols():
    assert PUT.occ == "SPY   261218P00590000"
    assert PUT.words == "SPY 18 Dec 26 590 put"
    assert OptionContract.from_occ("SPY261318P00590000") is None
    assert OptionContract.from_occ("SPY") is None
    assert option().words == PUT.words
    assert share().words == "AAPL"


@given(
    st.from_regex(r"[A-Z]{1,6}", fullmatch=True),
    st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    st.sampled_from(Right),
    st.integers(1, 99_999_999),
)
def test_occ_round_trip(root, expiration, right, thousandths):
    contract = OptionContract(root, expiration, right, Decimal(thousandths) / 1000)
    assert OptionContract.from_occ(contract.occ) == contract
    assert OptionContract.from_occ(contract.occ.replace(" ", "")) == contract


def test_tick_tables():
    assert [tick_at(NICKELS, D(p)) for p in ("2.99", "3", "50")] == [D("0.05"), D("0.10"), D("0.10")]
    three = (TickSize(D("0.25")), TickSize(D("0.05"), D(10)), TickSize(D("0.01"), D(1)))
    assert [tick_at(three, D(p)) for p in ("0.5", "5", "50")] == [D("0.01"), D("0.05"), D("0.25")]
    assert tick_at((), D(1)) == D("0.01")


def test_secrets_do_not_show():
    """I69."""
    grant = Grant(Environment.PRACTICE, Secret("canary"), Secret(""))
    assert "canary" not in repr(grant) + str(grant.client_secret) + f"{grant.client_secret}"
    assert grant.client_secret.reveal() == "canary"
    assert grant.client_secret
    assert not grant.refresh_token


def test_people_links_and_masks():
    assert actor().is_full_member
    assert not actor(home_team_id="T2").is_full_member
    assert link().accounts[0].masked == AccountRef("l", "5WT00001", Environment.LIVE).masked == "…0001"
    assert link().account("5WT00001") is not None
    assert link().account("5WT00002") is None
    assert [(e.letter, e.label) for e in Environment] == [("p", "PRACTICE"), ("s", "SANDBOX"), ("l", "LIVE")]


def test_quotes():
    full = quote(prev_close=D("180"))
    assert (full.mid, full.change) == (D("187.47"), D("7.47"))
    assert full.change_percent == D("4.15")
    bare = Quote(share(), NOW)
    assert (bare.mid, bare.change, bare.change_percent) == (None, None, None)
    assert quote(ask=None).mid is None
    assert quote(prev_close=D(0)).change_percent is None
    assert quote().age(after(-5)) == timedelta(0)
    assert quote().is_fresh(after(60))
    assert not quote().is_fresh(after(60.1))


def test_positions():
    held = Position("5WT00001", "AAPL", InstrumentType.EQUITY, "AAPL", D(-2), D(100), D(3), D("2.5"), D(2))
    assert (held.open_pnl, held.day_pnl) == (D(200), D(100))
    new = Position(
        "5WT00001",
        "AAPL",
        InstrumentType.EQUITY,
        "AAPL",
        D(2),
        D(1),
        D(3),
        None,
        D(4),
        D(7),
        opened_today=True,
    )
    assert new.day_pnl == D(9)
    unmarked = Position("5WT00001", "AAPL", InstrumentType.EQUITY, "AAPL", D(2), D(1), D(3), D(1), None)
    assert (unmarked.open_pnl, unmarked.day_pnl) == (None, None)
    unclosed = Position("5WT00001", "AAPL", InstrumentType.EQUITY, "AAPL", D(2), D(1), D(3), None, D(4))
    assert unclosed.day_pnl is None


def test_orders_and_intents():
    assert [(a.side, a.closes) for a in Action] == [
        (Side.BUY, False),
        (Side.SELL, False),
        (Side.BUY, True),
        (Side.SELL, True),
    ]
    assert terms(Action.SELL_TO_CLOSE).closes
    assert intent().environment is Environment.PRACTICE
    assert intent().account.number == "5WT00001"
    assert {s for s in IntentState if s.is_unresolved} < {s for s in IntentState if s.is_open}
    assert {s for s in IntentState if s.is_open} - {s for s in IntentState if s.is_unresolved} == {
        IntentState.WORKING,
        IntentState.CANCEL_REQUESTED,
    }
    assert not BrokerStatus.UNKNOWN.is_terminal
    assert sum(s.is_terminal for s in BrokerStatus) == 6
    seen = order(BrokerStatus.LIVE, 1, fill("a", 10), fill("b", 5))
    assert (seen.quantity, seen.filled) == (D(100), D(15))
    facts = OrderFacts(7, BrokerStatus.LIVE, D(100), (fill("a", 1, "10"), fill("b", 3, "20")))
    assert facts.average_price == D("17.5")
    assert OrderFacts(7, BrokerStatus.LIVE, D(100)).average_price is None


def test_errors_carry_what_callers_need():
    assert NotFound("gone").code == "not_found"
    assert SenexError("x", code="y").code == "y"
    assert (SenexError("words").message, Denied().code) == ("words", "denied")
    assert Denied(Reason("halted", "a"), Reason("b", "c")).message == "a; c"
    refused = Refused("no", broker_code="margin_check_failed", status=422)
    assert (refused.broker_code, refused.status) == ("margin_check_failed", 422)
    assert GrantExpired("x", what="client_secret").what == "client_secret"
    assert (BrokerRateLimited("x", after=2.5).after, MessengerRateLimited(3).after) == (2.5, 3)
    assert Gone("is_archived").reason == "is_archived"
