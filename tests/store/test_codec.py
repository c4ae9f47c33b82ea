"""Values to JSON and back: exact, or refused."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from senexbot.domain.alerting.firing import Firing
from senexbot.domain.alerting.rules import AlertRule
from senexbot.domain.alerting.terms import AlertTerms, Amount, Held, Level, Repeat, Side, Source
from senexbot.domain.errors import InvariantBroken, Unreadable
from senexbot.domain.links import Environment, Grant, Link, Secret
from senexbot.domain.news import AlertNews, BuzzNews, CardDoubtNews, CardNews, NoticeNews, StoryNews
from senexbot.domain.orders.intents import Intent
from senexbot.store.codec import decode, decode_one_of, encode
from tests.domain.alerting.strategies import alert_terms
from tests.store.values import a_link, a_rule, an_intent, facts
from tests.stores import NOON

NEWS = (CardNews, CardDoubtNews, StoryNews, BuzzNews, AlertNews, NoticeNews)
# what the store keeps: each of them round-trips for any value of its types
KEPT = (Link, AlertRule, Firing, *NEWS)

st.register_type_strategy(Decimal, st.decimals(allow_nan=False, allow_infinity=False))
st.register_type_strategy(AlertTerms, alert_terms())
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))


@pytest.mark.parametrize("kind", KEPT, ids=lambda kind: kind.__name__)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_any_value_comes_back_equal(kind: type, data: st.DataObject) -> None:
    _comes_back(kind, data.draw(st.from_type(kind)))


@settings(deadline=None, max_examples=15)  # it holds most of the others, and takes long to make
@given(value=st.from_type(Intent))
def test_any_intent_comes_back_equal(value: Intent) -> None:
    _comes_back(Intent, value)


def _comes_back(kind: type, value: object) -> None:
    text = encode(value)
    assert text.isascii()
    assert "\0" not in text
    assert decode(kind, text) == value


def test_decimals_keep_their_digits() -> None:
    for number in ("187.50", "0.00", "-0", "1E+5", "1" * 40):
        rule = replace(a_rule(), last_value=Decimal(number))
        assert str(decode(AlertRule, encode(rule)).last_value) == number


@pytest.mark.parametrize("stored", ["1.5", '"60"', "true", "99999999999999999", "null"])
def test_a_span_of_time_is_whole_seconds(stored: str) -> None:
    terms = AlertTerms(Held(Level(Source("SPY"), Side.ABOVE, Decimal(1)), timedelta(minutes=1)))
    text = encode(replace(a_rule(), terms=terms))
    assert '"time":60' in text
    assert decode(AlertRule, text).terms == terms
    with pytest.raises(Unreadable):
        decode(AlertRule, text.replace('"time":60', f'"time":{stored}'))
    fine = replace(terms, repeat=Repeat(rearm=Amount(Decimal(1)), cooldown=timedelta(milliseconds=1)))
    with pytest.raises(InvariantBroken):
        encode(replace(a_rule(), terms=fine))


def test_times_come_back_in_utc() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=-5)))
    assert decode(Firing, encode(Firing("f", "r", 1, Decimal(1), elsewhere))).at == NOON
    assert decode(Firing, encode(Firing("f", "r", 1, Decimal(1), elsewhere))).at.tzinfo is UTC


def test_a_union_is_told_apart_by_its_tag() -> None:
    for news in (CardNews("i"), StoryNews("i", "l", NOON)):
        assert decode_one_of(NEWS, encode(news)) == news
    with pytest.raises(Unreadable):
        decode_one_of((StoryNews, BuzzNews), encode(CardNews("i")))


class Colour(enum.Enum):
    RED = 1


@dataclass(frozen=True)
class Apple:
    colour: Colour


@dataclass(frozen=True)
class Pear:
    day: date


@dataclass(frozen=True)
class Basket:
    fruit: tuple[Apple | Pear, ...]
    pair: tuple[int, str]
    best: Apple | Pear | None = None
    count: int = 0


def test_nested_unions_optionals_and_fixed_tuples() -> None:
    basket = Basket((Apple(Colour.RED), Pear(date(2026, 2, 28))), (1, "x"), Pear(date(2026, 1, 1)))
    assert decode(Basket, encode(basket)) == basket
    bare = Basket((), (2, ""))
    assert decode(Basket, encode(bare)) == bare


def test_a_field_that_came_later_gets_its_default() -> None:
    """A row of an older version stays readable."""
    plain = json.loads(encode(Basket((), (1, "x"), count=5)))
    del plain["count"]
    assert decode(Basket, json.dumps(plain)) == Basket((), (1, "x"))


def changed(value: object, **changes: object) -> str:
    return json.dumps({**json.loads(encode(value)), **changes})


INTENT = an_intent(facts=facts())


@pytest.mark.parametrize(
    "text",
    [
        changed(INTENT, state="dreaming"),
        changed(INTENT, version="1"),
        changed(INTENT, version=True),
        changed(INTENT, version=1.0),
        changed(INTENT, created_at="2026-11-23T17:00:00"),
        changed(INTENT, created_at=5),
        changed(INTENT, unheard_of=1),
        changed(INTENT, terms=None),
        changed(INTENT, checks_missing="text"),
        changed(INTENT, owner=None),
        changed(INTENT, **{"$v": 2}),
        changed(INTENT, **{"$": "Link"}),
        encode(INTENT).replace('"187.45"', '"NaN"'),
        encode(INTENT).replace('"187.45"', '"dear"'),
        encode(INTENT).replace('"187.45"', "NaN"),
        encode(INTENT)[:-1],
    ],
)
def test_what_does_not_fit_exactly_is_refused(text: str) -> None:
    """F77: and the message holds nothing of the row."""
    with pytest.raises(Unreadable) as caught:
        decode(Intent, text)
    assert "5WT00001" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_secrets_and_unknown_types_are_never_stored() -> None:
    """I69, I70."""
    with pytest.raises(InvariantBroken) as caught:
        encode(Grant(Environment.LIVE, Secret("canary"), Secret("canary")))
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "sNaN"])
def test_no_number_is_not_stored(number: str) -> None:
    with pytest.raises(InvariantBroken):
        encode(replace(a_rule(), last_value=Decimal(number)))


def test_a_time_without_a_zone_is_not_stored() -> None:
    with pytest.raises(InvariantBroken):
        encode(replace(a_link(), created_at=NOON.replace(tzinfo=None)))


def test_every_field_is_written() -> None:
    plain = json.loads(encode(INTENT))
    assert plain.keys() - {"$", "$v"} == {field.name for field in fields(Intent)}
