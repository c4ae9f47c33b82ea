"""Raw order JSON, whole, mutated and captured, always becomes an order or nothing (I53, pitfalls 12-18, 43-45)."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from senexbot.broker import raw
from senexbot.broker.mapping import broker_order
from senexbot.domain.orders.broker_orders import BrokerOrder, BrokerStatus

from .kit import account, terms

SAMPLES = Path(__file__).parents[3] / "shared" / "reference" / "tastytrade" / "samples"


def order(**changes):
    made = {
        "id": 7,
        "account-number": "5WT00001",
        "status": "Live",
        "price": "2.01",
        "price-effect": "Debit",
        "order-type": "Limit",
        "time-in-force": "Day",
        "underlying-symbol": "NVDA",
        "user-id": 99,
        "legs": [
            {
                "action": "Buy to Open",
                "instrument-type": "Equity Option",
                "quantity": 5,
                "remaining-quantity": 2,
                "symbol": "NVDA  261016C00190000",
                "fills": [
                    {"fill-id": "a", "quantity": 1, "fill-price": "2.01", "ext-exec-id": "same"},
                    {"fill-id": "b", "quantity": "2", "fill-price": 2.01, "ext-exec-id": "same"},
                ],
            }
        ],
    }
    return {**made, **changes}


def test_signs_fills_and_rests():
    read = broker_order(order())
    assert read.price == Decimal("-2.01")
    assert read.filled == 3
    assert read.legs[0].remaining == 2
    assert [f.id for f in read.legs[0].fills] == ["a", "b"]
    assert read.status is BrokerStatus.LIVE


def test_an_unknown_status_is_no_end():
    read = broker_order(order(status="Vaporized"))
    assert read.status is BrokerStatus.UNKNOWN
    assert read.status_word == "Vaporized"
    assert not read.status.is_terminal


def test_a_flag_without_its_number_and_nan_are_nothing():
    """Pitfalls 17, 18."""
    assert broker_order({k: v for k, v in order().items() if k != "price"}).price is None
    assert broker_order(order(price="NaN")).price is None
    assert broker_order(order(price="Infinity")).price is None


def test_fills_that_cannot_be_counted_once_are_not_counted():
    legs = order()["legs"]
    legs[0]["fills"] = [
        {"quantity": 1, "fill-price": "1"},
        {"fill-id": "x", "quantity": "NaN", "fill-price": "1"},
    ]
    assert broker_order(order(legs=legs)).filled == 0


def test_filled_before_its_fills_shows_what_is_in():
    """Pitfall 43."""
    legs = order()["legs"]
    legs[0].update({"remaining-quantity": 0, "fills": []})
    read = broker_order(order(status="Filled", legs=legs))
    assert (read.filled, read.quantity) == (0, 5)


@pytest.mark.parametrize("text", ["1_000", "１２", "", " ", "1e999999", "0x1", "9" * 60, "nan", "-inf"])
def test_strange_numbers_are_none(text):
    assert raw.number(text) is None


def test_numbers_as_the_broker_writes_them():
    assert raw.number("1.25") == Decimal("1.25")
    assert raw.number(201.5417) == Decimal("201.5417")
    assert raw.number(100) == 100
    assert raw.number(True) is None
    assert raw.whole("68680") == raw.whole(68680) == 68680
    assert raw.moment("2025-05-28T13:38:47.851+00:00").tzinfo is not None
    assert raw.moment("2025-05-28T13:38:47") is None
    assert raw.moment("0001-01-01T00:00:00+14:00") is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("NaN"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.data())
@settings(max_examples=500)
def test_any_mutation_of_an_order_is_read_or_left(data):
    """I53, F50."""
    body = order()
    targets = [body, body["legs"][0], body["legs"][0]["fills"][0]]
    for _ in range(data.draw(st.integers(1, 4))):
        target = data.draw(st.sampled_from(targets))
        target[data.draw(st.sampled_from([*target, "new-key"]))] = data.draw(JSON)
    read = broker_order(body)
    assert read is None or isinstance(read, BrokerOrder)
    if read is not None:
        assert all(f.quantity > 0 and f.id for leg in read.legs for f in leg.fills)
        assert read.filled.is_finite()


@given(JSON)
def test_anything_at_all_is_read_or_left(value):
    assert broker_order(value) is None or isinstance(broker_order(value), BrokerOrder)


def _orders_in(value):
    if isinstance(value, dict):
        if {"legs", "order-type", "id", "status"} <= value.keys():
            yield value
        for inner in value.values():
            yield from _orders_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _orders_in(inner)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="captured samples are not on this machine")
def test_captured_orders_are_read_whole():
    found = [o for path in SAMPLES.glob("*.json") for o in _orders_in(json.loads(path.read_text()))]
    assert len(found) > 20
    for source in found:
        read = broker_order(source)
        assert read.id == int(source["id"])
        assert read.status is not BrokerStatus.UNKNOWN
        assert read.type == source["order-type"]
        assert len(read.legs) == len(source["legs"])
        assert ("price" in source) == (read.price is not None)
        for leg, wire in zip(read.legs, source["legs"], strict=True):
            assert len(leg.fills) == len(wire["fills"])


async def test_the_simulators_orders_are_read_whole(sim, broker):
    body = broker.desk.compose(terms(price=None), "sx1-p-map")
    placed = await broker.desk.place(account(), body)
    read = await broker.desk.order(account(), placed.order_id)
    assert read.identifier == "sx1-p-map"
    assert read.source.startswith("senexbot/")
    assert read.received_at is not None
    assert read.updated_at > 0
