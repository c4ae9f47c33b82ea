"""Whatever people, brokers and feeds write, and whatever figures they send: every card stays legal (I74)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.blocks import (
    accounts,
    alert_posts,
    alert_rules,
    desk,
    errors,
    help,  # noqa: A004  (our module is called help)
    home,
    notices,
    orders,
    quotes,
)
from senexbot.blocks.actions import SayButton
from senexbot.blocks.alert_posts import TOP, Face
from senexbot.blocks.kit import Message
from senexbot.domain import errors as e
from senexbot.domain.alerting.nearness import Distance
from senexbot.domain.alerting.rules import RuleState, Watched
from senexbot.domain.alerting.terms import Source
from senexbot.domain.errors import Reason
from senexbot.domain.links import Environment
from senexbot.domain.market import QuoteAnswer, SessionState
from senexbot.domain.news import Buzz
from senexbot.domain.orders.broker_orders import BrokerStatus, CancelOutcome, Fill
from senexbot.domain.orders.intents import Intent, IntentState, OrderFacts
from senexbot.domain.orders.terms import Action, OrderType, TimeInForce
from senexbot.domain.routing.digest import gathered
from tests.domain.routing.builders import alert_news, an_alert, entry

from . import builders as b
from .builders import CARD_LINK, NOW, PUT
from .cases import HaltRow
from .hostile import HOSTILE, LAW, hostile_text
from .slack_rules import buttons_of, check_message, check_view

TEXT = hostile_text()
MONEY = st.decimals(Decimal("-1e15"), Decimal("1e15"), places=2)
PRICE = st.decimals(Decimal("0.0001"), Decimal("1e9"), places=4)
UNITS = st.integers(1, 10**9).map(Decimal)
MOMENT = st.timedeltas(timedelta(days=-400), timedelta(days=400)).map(lambda gap: NOW + gap)
SAYS = st.lists(st.builds(SayButton, TEXT, st.just("handle")), max_size=3)


def maybe(what: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | what


@st.composite
def intents(draw: st.DrawFn) -> Intent:
    leg = replace(
        draw(st.sampled_from([b.share_leg(), b.put_leg()])),
        action=draw(st.sampled_from(Action)),
        quantity=draw(UNITS),
        words=draw(TEXT),
    )
    price = draw(maybe(PRICE))
    terms = replace(
        b.terms(leg, *draw(st.sampled_from([(), (b.put_leg(),)]))),
        price=price if price is None or leg.action.side == "sell" else -price,
        type=OrderType.MARKET if price is None else OrderType.LIMIT,
        time_in_force=draw(st.sampled_from(TimeInForce)),
        account=b.account_ref(draw(st.sampled_from(Environment))),
    )
    fills = [Fill(str(i), "X", draw(UNITS), draw(PRICE)) for i in range(draw(st.integers(0, 3)))]
    facts = draw(
        maybe(
            st.builds(
                OrderFacts,
                order_id=st.integers(0, 10**18),
                status=st.sampled_from(BrokerStatus),
                quantity=st.just(leg.quantity),
                fills=st.just(tuple(fills)),
                reject_reason=TEXT,
                found_by_sweep=st.booleans(),
            )
        )
    )
    estimate = b.estimate(
        cost=draw(maybe(MONEY)),
        fees=draw(MONEY),
        buying_power_before=draw(MONEY),
        buying_power_after=draw(MONEY),
        warnings=tuple(draw(st.lists(TEXT, max_size=4))),
    )
    view = b.view(
        bid=None,
        at=draw(MOMENT),
        last=draw(maybe(PRICE)),
        tick=draw(PRICE),
        delayed=draw(st.booleans()),
        session_open=draw(st.booleans()),
    )
    view = replace(view, bid=draw(maybe(PRICE)), ask=draw(maybe(PRICE)))
    return b.intent(
        draw(st.sampled_from(IntentState)),
        terms=terms,
        version=draw(st.integers(1, 10**6)),
        estimate=draw(maybe(st.just(estimate))),
        price_view=draw(maybe(st.just(view))),
        checks_missing=tuple(draw(st.lists(TEXT, max_size=6))),
        reason=draw(TEXT),
        reason_code=draw(TEXT),
        expires_at=draw(MOMENT),
        claimed_at=draw(maybe(MOMENT)),
        unknown_since=draw(maybe(MOMENT)),
        looks=draw(st.integers(0, 10**6)),
        last_look_at=draw(maybe(MOMENT)),
        muted_until=draw(maybe(MOMENT)),
        watch_until=draw(maybe(MOMENT)),
        facts=facts,
        repeats=draw(st.sampled_from(["", "01J"])),
    )


@LAW
@given(intents(), SAYS)
def test_every_order_card_is_legal_names_its_environment_and_stays_short(
    intent: Intent, says: list[SayButton]
) -> None:
    """I20, I74"""
    card = orders.order_card(intent, handle="h", now=NOW, says=says)
    check_message(card, lines=6)
    assert card.text.startswith(f"{intent.environment.label} · ")
    assert "5WT00001" not in str(card)


@LAW
@given(intents(), st.sampled_from(Buzz))
def test_every_buzz_is_one_legal_line_that_names_its_environment(intent: Intent, buzz: Buzz) -> None:
    line = orders.order_buzz(intent, buzz, link=CARD_LINK)
    check_message(line, lines=1)
    assert line.text.startswith(f"{intent.environment.label} · ")


@LAW
@given(st.lists(intents(), max_size=3), TEXT, st.sampled_from(BrokerStatus))
def test_every_order_list_is_legal(rows: list[Intent], text: str, status: BrokerStatus) -> None:
    """I74"""
    order = b.broker_order(status, "1", status_word=text, type=text, time_in_force=text, account=text)
    elsewhere = [orders.ExternalRow(order, "h")] * 10
    shown = [orders.OrderRow(intent, CARD_LINK, "h") for intent in rows * 5]
    labels = {text: text}
    check_message(
        orders.orders_list(shown, elsewhere, now=NOW, environment_labels=labels, failed=[(text, text)])
    )
    for outcome in (
        CancelOutcome(order, words=text),
        CancelOutcome(None, words=text),
        CancelOutcome(order, too_late=True),
    ):
        check_message(orders.cancel_result(order, outcome, environment_label="LIVE"), lines=6)


@LAW
@given(TEXT)
def test_small_words_are_legal_whatever_they_quote(text: str) -> None:
    """I74"""
    check_message(orders.story(text), lines=1)
    check_message(orders.continued(CARD_LINK, text), lines=1)
    check_message(help.unknown_verb(text, says=[SayButton(text, "h")]))
    check_message(help.short_card(linked=True, environment_label=text))
    row = HaltRow("halted", by=text, reason=text)
    check_message(desk.halt_card(row), lines=6)
    check_message(desk.resumed(row), lines=6)
    check_message(desk.status_card(None, lines={text: text}))
    check_view(home.home_view((b.link(broken=text),), halt_words=text or "x", says=[SayButton(text, "h")]))


@LAW
@given(TEXT, MONEY, st.integers(0, 14))
def test_account_cards_are_legal(text: str, money: Decimal, count: int) -> None:
    """I74"""
    held = tuple(
        b.account(f"5WT{n:05}", nickname=text, account_type=text, margin_or_cash=text) for n in range(count)
    )
    link = b.link(broken=text)
    link = replace(link, accounts=held)
    figures = b.balances(cash=money, net_liquidating_value=money, day_change=money)
    check_message(accounts.connected(link), lines=6)
    check_message(accounts.disconnected(link), lines=6)
    check_message(accounts.account_list([link] * 3, {}, {}, now=NOW))
    failed = [(text, text)] * 8
    check_message(accounts.balances([(link, a, figures) for a in held], now=NOW, failed=failed))
    lines = tuple(b.shares(text, average_open_price=money, mark=money, underlying=text) for _ in range(count))
    check_message(accounts.positions([(link, a, lines) for a in held], now=NOW, failed=failed))


@LAW
@given(TEXT, maybe(PRICE), maybe(PRICE), st.integers(0, 12), st.sampled_from(SessionState), st.booleans())
def test_quote_cards_are_legal(
    text: str, bid: Decimal | None, last: Decimal | None, count: int, session: SessionState, flag: bool
) -> None:
    """I74"""
    quote = b.quote(
        instrument=b.instrument(text, text),
        bid=bid,
        ask=bid,
        last=last,
        session=session,
        halted=flag,
        delayed=flag,
    )
    check_message(
        quotes.quote_card(
            QuoteAnswer((quote,) * count, (text,) * 3, text), now=NOW, says=[SayButton(text, "h")]
        )
    )


@LAW
@given(TEXT, PRICE, st.integers(1, 130), st.booleans(), st.sampled_from(RuleState))
def test_alert_cards_are_legal(text: str, price: Decimal, count: int, flag: bool, state: RuleState) -> None:
    """I45, I74"""
    held = [
        entry(
            n,
            an_alert(
                n,
                owner=text,
                words=text,
                room_words=text,
                symbol=text,
                news=alert_news(
                    n, words=text, symbol=text, price=price, level=price, headline=text, late=flag
                ),
            ),
        )
        for n in range(1, min(count, 40))
    ]
    for face in (Face(NOW, reader=text), Face(NOW)):
        if held:
            check_message(alert_posts.fired(held[0], face), lines=6)
            check_message(alert_posts.burst(gathered(held, TOP), face))
    named = Watched("AAPL", text, text, text)
    rule = b.alert_rule(
        "AAPL > 200",
        state,
        instruments=(named,),
        text=text,
        owner=text,
        reason=text,
        channel=text,
        to_user=text,
    )
    distance = Distance(Source("AAPL"), price, price, None if flag else price)
    check_message(
        alert_rules.alert_set(
            rule, distance=distance, is_true=flag, moved_why=text, was=text, history=text, handle="h"
        ),
        lines=6,
    )
    row = alert_rules.RuleRow(rule, distance, ((text, "h"), ("Delete", "h2")), is_mine=flag)
    check_message(alert_rules.alert_list([row] * min(count, 30), now=NOW))
    for message in (
        alert_rules.alert_deleted(rule),
        alert_rules.alert_paused(rule),
        alert_rules.alert_resumed(rule),
    ):
        check_message(message, lines=6)
    check_message(alert_rules.alert_shown(rule, now=NOW, handle="h"), lines=6)


ERRORS = [
    lambda t, f: e.ParseError(t, word=t[:40], place=5, hint=t),
    lambda t, f: e.ParseError(f"“{t[:40]}” is not a price", word=t[:40], place=5, hint=t),
    lambda t, f: e.ParseError(f"“{t[:40]}”: which one?", word=t[:40]),
    lambda t, f: e.ParseError(f"Behind “{t[:40]}” something is missing", word=t[:40]),
    lambda t, f: e.Denied(*[Reason(t, t)] * 4),
    lambda t, f: e.Refused(t, broker_code=t),
    lambda t, f: e.Unavailable(t),
    lambda t, f: e.GrantExpired(t, what=t),
    lambda t, f: e.BrokerRateLimited(t, after=f),
    lambda t, f: e.MessengerRateLimited(f),
    lambda t, f: e.Gone(t),
    lambda t, f: e.NotFound(t),
    lambda t, f: e.SenexError(t),
]


@pytest.mark.parametrize("make", ERRORS)
@LAW
@given(text=TEXT, after=st.floats(0, 1e9), nothing_sent=st.booleans(), says=SAYS)
def test_error_cards_are_legal(
    make: Any, text: str, after: float, nothing_sent: bool, says: list[SayButton]
) -> None:
    """I74"""
    card = errors.error_card(make(text, after), reference=text, says=says, nothing_sent=nothing_sent)
    check_message(card, lines=6)
    assert card.text.startswith("Nothing sent") or not nothing_sent


PARAMS = (
    "environment",
    "why",
    "reason",
    "user",
    "over",
    "order",
    "what",
    "from",
    "to",
    "checked",
    "words",
    "by",
    "state",
    "channel",
    "order",
    "looks",
    "account",
    "id",
    "status",
    "unknown",
)


@LAW
@given(
    st.sampled_from(sorted(notices.KINDS)) | TEXT,
    st.fixed_dictionaries({}, optional=dict.fromkeys(PARAMS, TEXT)) | st.dictionaries(TEXT, TEXT, max_size=8),
)
def test_notices_never_raise_and_are_legal(kind: str, params: dict[str, str]) -> None:
    """I74"""
    check_message(notices.notice(kind, params), lines=6)


@pytest.mark.parametrize("kind", sorted(notices.KINDS))
@pytest.mark.parametrize("text", HOSTILE)
def test_each_notice_quotes_each_hostile_text_in_peace(kind: str, text: str) -> None:
    """I74"""
    check_message(notices.notice(kind, dict.fromkeys(PARAMS, text)), lines=6)


def test_values_of_buttons_are_handles_only() -> None:
    """I32: what a button carries tells nothing about the order."""
    card: Message = orders.order_card(b.intent(), handle="h-random", now=NOW, says=(SayButton("x", "h-say"),))
    assert {button["value"] for button in buttons_of(card)} == {"h-random", "h-say"}
    assert PUT.occ not in str(card)
