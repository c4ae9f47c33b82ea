"""What an answer to a create request proves (I8, I9; F28-F31)."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from senexbot.broker.outcomes import outcome_of
from senexbot.domain.orders.broker_orders import Accepted, BrokerStatus, NotProven, RefusedByBroker

PLACED = {
    "data": {
        "order": {
            "id": 270561,
            "account-number": "5WT00001",
            "status": "Routed",
            "order-type": "Market",
            "time-in-force": "Day",
            "underlying-symbol": "AAPL",
            "external-identifier": "sx1-p-1",
            "updated-at": 1748439528049,
            "legs": [
                {"action": "Buy to Open", "instrument-type": "Equity", "quantity": 1, "symbol": "AAPL",
                 "remaining-quantity": 1, "fills": []}
            ],
        },
        "buying-power-effect": {"impact": "1.001"},
        "warnings": [],
    },
    "context": "/accounts/5WT00001/orders",
}  # fmt: skip
PREFLIGHT = {
    "error": {
        "code": "preflight_check_failure",
        "message": "One or more preflight checks failed",
        "errors": [
            {"code": "cant_buy_for_credit", "message": "You cannot buy for a credit."},
            {"code": "margin_check_failed", "message": "Not enough buying power."},
        ],
    }
}


def told(status, body, identifier="sx1-p-1"):
    return outcome_of(status, body if isinstance(body, bytes) else orjson.dumps(body), identifier)


def test_accepted():
    outcome = told(201, PLACED)
    assert isinstance(outcome, Accepted)
    assert outcome.order_id == 270561
    assert outcome.order.status is BrokerStatus.ROUTED


def test_refused_with_all_reasons_in_words():
    outcome = told(422, PREFLIGHT)
    assert outcome == RefusedByBroker(
        "cant_buy_for_credit", "You cannot buy for a credit.; Not enough buying power.", 422
    )


def test_field_errors_and_support_numbers_are_readable():
    body = {"error": {"code": "validation_error", "message": "Request validation failed",
                      "errors": [{"domain": "price", "reason": "does not have a valid value"}]}}  # fmt: skip
    assert told(400, body).words == "price does not have a valid value"
    body = {"error": {"code": "not_permitted",
                      "message": "No. Unique customer support identifier: 00ff"}}  # fmt: skip
    assert told(403, body) == RefusedByBroker("not_permitted", "No.", 403)


def test_401_is_refused_before_processing():
    """F37: not sent again; the person confirms again."""
    body = {"error": {"code": "unauthorized", "message": "Unauthorized."}}
    outcome = told(401, body)
    assert isinstance(outcome, RefusedByBroker)
    assert "confirm" in outcome.words


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (201, b""),
        (201, b"{}"),
        (201, b'{"data": {}}'),
        (201, b'{"data": {"order": {"id": null}}}'),
        (201, b'{"data": {"order": {"id": true}}}'),
        (201, b"<html>"),
        (204, b""),
        (302, b""),
        (400, b"<html>bad gateway</html>"),
        (400, b"{}"),
        (400, {"error": {"code": "something_new", "message": "?"}}),
        (400, PLACED),
        (400, {"error": {"code": "validation_error", "message": "Request validation failed"}}),
        (422, {"error": {"code": "preflight_check_failure", "message": "x", "errors": []}}),
        (401, b""),
        (401, b"<html>"),
        (404, b"not found"),
        (408, {"error": {"code": "validation_error", "message": "x"}}),
        (409, {"error": {"code": "preflight_check_failure", "message": "x"}}),
        (422, {**PLACED, **PREFLIGHT}),
        (429, b""),
        (429, {"error": {"code": "too_many_requests", "message": "slow"}}),
        (500, PREFLIGHT),
        (502, b"<html>"),
        (504, PLACED),
    ],
)
def test_everything_else_proves_nothing(status, body):
    """I8, I9, F28, F29, F31."""
    assert isinstance(told(status, body), NotProven)


def test_an_answer_about_another_order_proves_nothing():
    assert isinstance(told(201, PLACED, "sx1-p-2"), NotProven)


@given(st.integers(0, len(orjson.dumps(PLACED)) - 1))
@settings(max_examples=300)
def test_a_cut_answer_proves_nothing(offset):
    """F31: cut at each offset."""
    assert isinstance(told(201, orjson.dumps(PLACED)[:offset]), NotProven)


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(), st.text(max_size=5), st.just([]), st.just({}),
    st.just("NaN"), st.just([1]), st.just([{}]), st.just({"a": []}),
)  # fmt: skip


def _places(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from _places(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield (*path, index)
            yield from _places(inner, (*path, index))


PLACES = [p for p in _places(PLACED) if p not in {("data",), ("data", "order"), ("data", "order", "id")}]


@given(st.sampled_from(PLACES), JUNK, st.booleans())
@settings(max_examples=500)
def test_the_order_id_survives_any_other_change_of_the_answer(place, junk, remove):
    """F30: new fields, missing fields, wrong types; only the id has to be readable."""
    body = orjson.loads(orjson.dumps(PLACED))
    *way, last = place
    inner = body
    for step in way:
        inner = inner[step]
    if remove and isinstance(inner, dict):
        del inner[last]
    else:
        inner[last] = junk
    outcome = told(201, body)
    if (
        isinstance(body["data"]["order"].get("external-identifier", ""), str)
        and body["data"]["order"].get("external-identifier", "sx1-p-1") != "sx1-p-1"
    ):
        assert isinstance(outcome, NotProven)
    else:
        assert isinstance(outcome, Accepted)
        assert outcome.order_id == 270561


@given(st.binary(max_size=200), st.integers(100, 599))
def test_no_bytes_break_it(body, status):
    assert isinstance(outcome_of(status, body, "x"), NotProven)


def _whole(*parts, **changes):
    """A complex order's answer, in the shape that was captured for an OTOCO."""
    first, *others = parts
    whole = {"id": 2000010530, "type": "OTOCO", "trigger-order": first, "orders": others, **changes}
    return {"data": {"complex-order": whole, "buying-power-effect": {"impact": "1"}, "warnings": []}}


def _part(number, **changes):
    return {**PLACED["data"]["order"], "id": 2002750870 + number, "status": "Contingent", **changes}


def test_a_complex_order_is_accepted_with_its_parts():
    """F41: trigger and children in one answer, each by its own identifier."""
    tags = {"external-identifier": "sx1-p-1.1"}, {"external-identifier": "sx1-p-1.2"}
    outcome = told(201, _whole(_part(0), _part(1, **tags[0]), _part(2, **tags[1])))
    assert isinstance(outcome, Accepted)
    assert (outcome.order_id, outcome.complex_id) == (2002750870, 2000010530)
    assert [child.identifier for child in outcome.children] == ["sx1-p-1.1", "sx1-p-1.2"]
    assert {o.complex_id for o in (outcome.order, *outcome.children)} == {2000010530}


def test_a_complex_order_whose_children_cannot_be_read_is_accepted_without_them():
    """F30: no child is taken for another."""
    outcome = told(201, _whole(_part(0), {"id": "?"}, _part(2)))
    assert isinstance(outcome, Accepted)
    assert outcome.children == ()


@pytest.mark.parametrize(
    "answer",
    [
        _whole({"id": "?"}),
        _whole(_part(0, **{"external-identifier": "sx1-p-2"})),
        {"data": {"complex-order": {"id": 1}}},
    ],
)
def test_a_complex_answer_that_names_no_order_of_ours_proves_nothing(answer):
    """F31."""
    assert isinstance(told(201, answer), NotProven)


def test_a_refusal_beside_a_complex_order_is_none():
    """F29."""
    assert isinstance(told(422, {**PREFLIGHT, **_whole({"id": "?"})}), NotProven)
