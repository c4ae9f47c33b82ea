"""What a replacement changes of an order: its limit, its stop, how long it stands; and what it cannot."""

from dataclasses import replace
from datetime import date

import pytest

from senexbot.domain.errors import AlreadyHandled, ParseError
from senexbot.domain.language import parse, said_text
from senexbot.domain.language.said import Effect, Limit, Market, ReplaceSaid, Standing, Stop, StopLimit
from senexbot.domain.orders.changes import (
    Change,
    alone,
    as_it_stands,
    change_of,
    changed,
    priced,
    told_apart,
    triggers_at_once,
)
from senexbot.domain.orders.move_words import Moved, change_words, newest_replace
from senexbot.domain.orders.terms import Action, Besides, ChildRole, ChildTerms, Group, OrderType, TimeInForce
from tests.domain.builders import TODAY, D, bracket, intent, strangle, terms

DAY, GTC = TimeInForce.DAY, TimeInForce.GTC
T = OrderType
LIMIT = terms(price="-187.50")
STOP = replace(terms(Action.SELL_TO_CLOSE, price=None), type=T.STOP, stop_trigger=D(180))
BOTH = replace(terms(Action.SELL_TO_CLOSE, price="179.50"), type=T.STOP_LIMIT, stop_trigger=D(180))
LAST = date(2026, 12, 18)


def said(pricing=None, standing=None):
    return ReplaceSaid(7, pricing, standing)


@pytest.mark.parametrize(
    ("of", "part", "words", "price", "besides"),
    [
        (LIMIT, 0, said(Limit(D("187.60"))), "-187.60", Besides(None, DAY)),
        (LIMIT, 0, said(standing=Standing(GTC)), "-187.50", Besides(None, GTC)),
        (
            LIMIT,
            0,
            said(Limit(D(188)), Standing(TimeInForce.GTD, LAST)),
            "-188",
            Besides(None, TimeInForce.GTD, LAST),
        ),
        (STOP, 0, said(Stop(D(182))), None, Besides(D(182), DAY)),
        (STOP, 0, said(Stop(D(182)), Standing(GTC)), None, Besides(D(182), GTC)),
        (BOTH, 0, said(StopLimit(D(182), D("181.50"))), "181.50", Besides(D(182), DAY)),
        (BOTH, 0, said(Limit(D(179))), "179", Besides(D(180), DAY)),
        (strangle(), 0, said(Limit(D("3.40"), Effect.CREDIT)), "3.40", Besides(None, GTC)),
        (strangle(price="-3.46"), 0, said(Limit(D("3.50"), Effect.DEBIT)), "-3.50", Besides(None, GTC)),
        (bracket(), 1, said(Limit(D(211))), "211", Besides(None, GTC)),
        (bracket(), 2, said(Stop(D(182))), None, Besides(D(182), GTC)),
        (bracket(), 2, said(standing=Standing(DAY)), None, Besides(D(180), DAY)),
    ],
)
def test_what_the_words_make_of_it(of, part, words, price, besides):
    """Only what was said changes; the whole keeps its other parts."""
    made = change_of(of, part, words)
    assert made == Change(None if price is None else D(price), besides, part)
    whole = changed(of, made)
    assert as_it_stands(whole, part) == made
    for other in range(len(of.children) + 1):
        if other != part:
            assert as_it_stands(whole, other) == as_it_stands(of, other)
    assert alone(whole, part).legs == (of.children[part - 1] if part else of).legs


THEN = ChildTerms(ChildRole.THEN, terms(Action.SELL_TO_CLOSE).legs, T.LIMIT, D(190), GTC)


@pytest.mark.parametrize(
    ("of", "part", "words", "hint"),
    [
        (LIMIT, 0, said(Stop(D(180))), "replace 7 @ 187.50"),
        (LIMIT, 0, said(Market()), "replace 7 @ 187.50"),
        (STOP, 0, said(Limit(D(180))), "replace 7 stop 180.00"),
        (STOP, 0, said(StopLimit(D(180), D(179))), "replace 7 stop 180.00"),
        (BOTH, 0, said(Stop(D(182))), "replace 7 stop 180.00 limit 179.50"),
        (bracket(), 1, said(Stop(D(182))), "replace 7 @ 210.00"),
        (bracket(), 2, said(Limit(D(182))), "replace 7 stop 180.00"),
        (terms(price=None), 0, said(Limit(D(182))), "Cancel it"),
        (LIMIT, 0, said(standing=Standing(TimeInForce.IOC)), "Cancel it"),
        (strangle(), 0, said(Limit(D(3), Effect.DEBIT)), "Cancel it"),
        (strangle(price="-3"), 0, said(Limit(D(3), Effect.CREDIT)), "Cancel it"),
        (replace(terms(), group=Group.OTO, children=(THEN,)), 1, said(Limit(D(191))), "Cancel it"),
    ],
)
def test_what_is_refused_names_the_nearest_form(of, part, words, hint):
    """The form it names is itself understood."""
    with pytest.raises(ParseError) as refused:
        change_of(of, part, words)
    assert hint in refused.value.hint
    if hint.startswith("replace"):
        assert said_text(parse(hint, TODAY)) == hint


@pytest.mark.parametrize(
    ("of", "words"),
    [(LIMIT, said(Limit(D("187.50")))), (LIMIT, said(standing=Standing(DAY))), (STOP, said(Stop(D(180))))],
)
def test_what_stands_like_that_is_no_change(of, words):
    with pytest.raises(AlreadyHandled):
        change_of(of, 0, words)


def test_a_price_alone_stores_nothing_beside_it():
    assert told_apart(as_it_stands(LIMIT), priced(LIMIT, D(-188))) == (None, None)
    now, then = as_it_stands(STOP), change_of(STOP, 0, said(Stop(D(182))))
    assert told_apart(now, then) == (now.besides, then.besides)


@pytest.mark.parametrize(
    ("trigger", "sells", "buys"),
    [("187.43", False, True), ("187.44", True, True), ("187.50", True, True), ("187.51", True, False)],
)
def test_a_stop_past_the_market_triggers_at_once(trigger, sells, buys):
    market = D("187.44"), D("187.50")
    assert triggers_at_once(STOP, 0, D(trigger), *market) is sells
    assert triggers_at_once(bracket(), 2, D(trigger), *market) is sells
    buy = replace(terms(price=None), type=T.STOP, stop_trigger=D(190))
    assert triggers_at_once(buy, 0, D(trigger), *market) is buys


@pytest.mark.parametrize(
    ("of", "part", "words", "moved"),
    [
        (LIMIT, 0, said(Limit(D(188))), Moved("price", "187.50", "188.00")),
        (strangle(), 0, said(Limit(D("3.40"))), Moved("price", "3.46 credit", "3.40 credit")),
        (STOP, 0, said(Stop(D(182))), Moved("stop", "180.00", "182.00", ("stop",))),
        (
            LIMIT,
            0,
            said(standing=Standing(GTC)),
            Moved("time in force", "today only", "GTC", ("time in force",)),
        ),
        (
            BOTH,
            0,
            said(StopLimit(D(182), D(181)), Standing(TimeInForce.GTD, LAST)),
            Moved(
                "order",
                "stop 180.00, price 179.50, today only",
                "stop 182.00, price 181.00, until 18 Dec 26",
                ("stop", "price", "time in force"),
            ),
        ),
        (bracket(), 1, said(Limit(D(211))), Moved("take profit", "210.00", "211.00")),
        (bracket(), 2, said(Stop(D(182))), Moved("stop loss", "180.00", "182.00", ("stop",))),
        (
            bracket(),
            2,
            said(standing=Standing(DAY)),
            Moved("stop loss's time in force", "GTC", "today only", ("time in force",)),
        ),
    ],
)
def test_it_is_said_in_words(of, part, words, moved):
    assert change_words(of, change_of(of, part, words)) == moved


def test_nothing_was_replaced():
    assert newest_replace(intent()) is None
