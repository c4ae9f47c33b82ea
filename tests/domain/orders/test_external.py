"""Orders placed elsewhere that are asked for a reason: which, what their record follows, one reason each (I15)."""

from dataclasses import replace
from datetime import UTC

import pytest

from senexbot.domain.errors import AlreadyHandled, ParseError
from senexbot.domain.links import Environment, Role
from senexbot.domain.orders.broker_orders import BrokerStatus
from senexbot.domain.orders.external import (
    LONGEST_REASON,
    ExternalOrder,
    answered,
    asked_for,
    concerns,
    external_id,
    seen_again,
)
from senexbot.domain.policy.elsewhere import placed_elsewhere
from senexbot.domain.policy.rules import Elsewhere, RuleName, Scope, ScopeKind, Subject, Which
from tests.domain.builders import ACCOUNT, NOW, after, fill, order
from tests.domain.policy.cases import limit, policy

B, R = BrokerStatus, RuleName
SUBJECT = Subject("U1", frozenset({Role.TRADER}), ACCOUNT)
LIVE = order(B.LIVE, 2, identifier="", received_at=NOW, id=99)
KNOWN = ExternalOrder("x", Environment.PRACTICE, "T1", "U1", 1, LIVE, (), "h", NOW)


def held(**changes):
    return placed_elsewhere(replace(LIVE, **changes), ACCOUNT, UTC, NOW)


@pytest.mark.parametrize(
    ("which", "rules", "expected"),
    [
        (Which.OFF, {R.NOTIONAL: limit(1)}, None),
        (Which.ANY, {R.NOTIONAL: limit(100_000)}, ()),
        (Which.OVER, {R.NOTIONAL: limit(18_750)}, None),  # at the limit is not over it
        (Which.OVER, {R.NOTIONAL: limit(18_749)}, ("notional $18,750.00 over $18,749.00",)),
        (Which.OVER, {R.NOTIONAL: limit(), R.SHARES: limit(None, 99)}, ("shares 100 over 99",)),
        (
            Which.ANY,
            {R.NOTIONAL: limit(1), R.SHARES: limit(1)},
            ("notional $18,750.00 over $1.00", "shares 100 over 1"),
        ),
    ],
)
def test_which_are_asked_for(which, rules, expected):
    assert asked_for(policy({**rules, R.ELSEWHERE: Elsewhere(which)}), SUBJECT, held()) == expected


def test_what_only_closes_is_over_no_limit():
    out = tuple(replace(leg, action="Sell to Close") for leg in LIVE.legs)
    strict = policy({R.NOTIONAL: limit(1), R.ELSEWHERE: Elsewhere(Which.OVER)})
    assert asked_for(strict, SUBJECT, held(legs=out)) is None
    assert asked_for(policy({R.ELSEWHERE: Elsewhere(Which.ANY)}), SUBJECT, held(legs=out)) == ()


def test_a_person_or_an_account_may_be_asked_alone():
    own = policy({R.ELSEWHERE: Elsewhere(Which.ANY)}, scope=Scope(ScopeKind.USER, "U1"))
    assert asked_for(own, SUBJECT, held()) == ()
    assert asked_for(own, replace(SUBJECT, user="U2"), held()) is None


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, True),
        ({"received_at": None}, True),
        ({"received_at": after(-1)}, False),  # before the account was linked
        ({"status": B.CANCELLED}, False),
        ({"status": B.FILLED}, False),  # its fills come with the next report
    ],
)
def test_what_has_come_to_nothing_or_was_before_is_not_asked_for(changes, counts):
    assert concerns(replace(LIVE, **changes), NOW) is counts


def test_what_filled_in_part_is_asked_for():
    assert concerns(order(B.CANCELLED, 3, fill("a", 40), received_at=NOW), NOW)


def test_the_record_follows_the_order_and_never_goes_back():
    filled = order(B.LIVE, 3, fill("a", 40), id=99)
    grown = seen_again(KNOWN, filled)
    assert (grown.version, grown.order) == (2, filled)
    assert seen_again(grown, filled) is None
    assert seen_again(grown, LIVE) is None  # older news
    gone = seen_again(grown, order(B.CANCELLED, 4, fill("a", 40), id=99))
    assert seen_again(gone, order(B.LIVE, 5, id=99)) is None


def test_one_reason_is_enough():
    done = answered(KNOWN, "  a hedge\n of the morning ", after(9))
    assert (done.reason, done.version, done.answered_at) == ("a hedge of the morning", 2, after(9))
    with pytest.raises(AlreadyHandled):
        answered(done, "another", NOW)
    for wrong in ("", " \n", "x" * (LONGEST_REASON + 1)):
        with pytest.raises(ParseError):
            answered(KNOWN, wrong, NOW)


def test_numbers_are_of_one_environment():
    assert external_id(Environment.PRACTICE, LIVE) != external_id(Environment.LIVE, LIVE)
