"""Every card in every state, by group: what the golden files show and what Slack's rules are checked on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from senexbot.blocks import accounts, alerts, desk, errors, help, home, notices, orders, quotes  # noqa: A004  (our module is called help)
from senexbot.blocks.actions import SayButton
from senexbot.blocks.kit import Message, Modal
from senexbot.domain import errors as e
from senexbot.domain.alerts import Direction, RuleState
from senexbot.domain.errors import Reason
from senexbot.domain.links import Environment
from senexbot.domain.market import QuoteAnswer, SessionState
from senexbot.domain.news import Buzz
from senexbot.domain.orders import Action, BrokerStatus, CancelOutcome, Intent, IntentState, TimeInForce

from .builders import (
    CARD_LINK,
    NOW,
    D,
    account,
    ago,
    ahead,
    alert_news,
    balances,
    broker_order,
    estimate,
    facts,
    fill,
    intent,
    link,
    put_instrument,
    put_leg,
    put_terms,
    puts,
    quote,
    rule,
    share_leg,
    shares,
    terms,
    view,
)

S = IntentState
SENT = {"claimed_at": ago(90), "version": 3}
DOUBT = {**SENT, "unknown_since": ago(85), "reason": "the answer was lost"}


@dataclass(frozen=True)
class HaltRow:
    """Shaped as ports.HaltRow, which blocks do not import."""

    state: str
    by: str = "U00009"
    reason: str = ""
    since: datetime = field(default_factory=lambda: ago(30))


def _order(what: Intent) -> Message:
    return orders.order_card(what, handle="h-card", now=NOW)


def _live_put(state: IntentState, **more: object) -> Intent:
    base: dict[str, object] = {
        "terms": put_terms(),
        "estimate": estimate(cost=D("690"), fees=D("-2.28"), buying_power_after=D("65419.44")),
        "price_view": view("3.40", "3.50", last=D("3.44")),
        **more,
    }
    return intent(state, **base)


def order_previews() -> Mapping[str, Message]:
    return {
        "share order": _order(intent()),
        "limit above the ask": _order(intent(terms=terms(price="-187.75"))),
        "limit inside the market": _order(intent(terms=terms(price="-187.46"))),
        "limit at the bid": _order(intent(terms=terms(price="-187.44"))),
        "limit below the bid": _order(intent(terms=terms(price="-185"))),
        "sell limit above the ask, GTC": _order(
            intent(
                terms=terms(share_leg("50", Action.SELL_TO_CLOSE), price="190", tif=TimeInForce.GTC),
                estimate=estimate(cost=D("9500"), buying_power_after=D("94119.36")),
            )
        ),
        "sell limit below the bid": _order(
            intent(
                terms=terms(share_leg("50", Action.SELL_TO_CLOSE), price="187"),
                estimate=estimate(cost=D("9350"), buying_power_after=D("93969.36")),
            )
        ),
        "market order": _order(
            intent(terms=terms(price=None), estimate=estimate(cost=None, buying_power_after=D("65866.20")))
        ),
        "market order without a quote": _order(
            intent(terms=terms(price=None), estimate=estimate(cost=None), price_view=view(None, None))
        ),
        "market order with no ask": _order(
            intent(
                terms=terms(price=None), estimate=estimate(cost=None), price_view=view(ask=None, last=None)
            )
        ),
        "sell short at the market": _order(
            intent(
                terms=terms(share_leg("50", Action.SELL_TO_OPEN), price=None), estimate=estimate(cost=None)
            )
        ),
        "live option, sold to open": _order(_live_put(S.PREVIEWED)),
        "option at the market, no quote": _order(
            _live_put(S.PREVIEWED, terms=put_terms(None), estimate=estimate(cost=None), price_view=None)
        ),
        "live option, closed": _order(
            _live_put(
                S.PREVIEWED,
                terms=put_terms("-3.40", Action.BUY_TO_CLOSE),
                estimate=estimate(cost=D("-680"), fees=D("-0.28")),
            )
        ),
        "warnings and missing checks": _order(
            intent(
                estimate=estimate(
                    warnings=(
                        "Your order will begin working during next valid session.",
                        "This order exceeds 5 % of the average volume.",
                        "Earnings are tonight.",
                    )
                ),
                checks_missing=("the newest quote is 75 s old", "the positions could not be read"),
            )
        ),
        "a second of its kind": _order(intent(repeats="01JDW")),
        "market closed, no estimate": _order(intent(estimate=None, price_view=view(session_open=False))),
        "sandbox, delayed": _order(
            intent(terms=terms(environment=Environment.SANDBOX), price_view=view(delayed=True))
        ),
        "no quote at all": _order(intent(price_view=None)),
        "cheapest price there is": _order(intent(terms=terms(price="-0.01"))),
        "multi-leg order": _order(
            _live_put(
                S.PREVIEWED,
                terms=terms(
                    put_leg("1"), put_leg("1", Action.BUY_TO_OPEN), price="1.20", environment=Environment.LIVE
                ),
            )
        ),
        "over by the clock": _order(intent(expires_at=ago(1))),
        "lapsed": _order(intent(S.LAPSED, version=2, expires_at=ago(3))),
        "discarded": _order(intent(S.DISCARDED, version=2)),
        "denied": _order(
            intent(
                S.DENIED,
                version=2,
                reason="the desk is halted: no order starts, cancels work",
                reason_code="halted",
            )
        ),
        "denied without words": _order(intent(S.DENIED, version=2)),
    }


def order_lives() -> Mapping[str, Message]:
    part = facts(fill(1, "1", "3.46"), quantity="2", order_id=452178)
    return {
        "sending": _order(intent(S.CLAIMED, claimed_at=ago(1))),
        "accepted": _order(intent(S.WORKING, **SENT, facts=facts(status=BrokerStatus.ROUTED))),
        "accepted, nothing else known": _order(intent(S.WORKING, **SENT)),
        "working": _order(intent(S.WORKING, **SENT, facts=facts())),
        "working, found by the sweep": _order(intent(S.WORKING, **SENT, facts=facts(found_by_sweep=True))),
        "contingent, GTC": _order(
            intent(S.WORKING, terms=terms(tif=TimeInForce.GTC), facts=facts(status=BrokerStatus.CONTINGENT))
        ),
        "part filled": _order(_live_put(S.WORKING, **SENT, facts=part)),
        "cancel asked": _order(intent(S.CANCEL_REQUESTED, **SENT, facts=facts())),
        "cancel asked, part filled": _order(_live_put(S.CANCEL_REQUESTED, **SENT, facts=part)),
        "filled": _order(intent(S.FILLED, **SENT, facts=facts(fill(), status=BrokerStatus.FILLED))),
        "filled at two prices": _order(
            _live_put(
                S.FILLED,
                **SENT,
                facts=facts(
                    fill(1, "1", "3.46"), fill(2, "1", "3.45"), quantity="2", status=BrokerStatus.FILLED
                ),
            )
        ),
        "filled, prices still to come": _order(
            intent(S.FILLED, **SENT, facts=facts(status=BrokerStatus.FILLED))
        ),
        "filled, multi-leg": _order(
            _live_put(
                S.FILLED,
                terms=terms(
                    put_leg("1"), put_leg("1", Action.BUY_TO_OPEN), price="1.20", environment=Environment.LIVE
                ),
                facts=facts(fill(1, "1", "3.46"), quantity="1", status=BrokerStatus.FILLED),
            )
        ),
        "filled at three prices": _order(
            intent(
                S.FILLED,
                **SENT,
                facts=facts(
                    fill(1, "33", "187.49"),
                    fill(2, "33", "187.48"),
                    fill(3, "34", "187.50"),
                    status=BrokerStatus.FILLED,
                ),
            )
        ),
        "filled, average without end": _order(
            intent(
                S.FILLED,
                **SENT,
                facts=facts(fill(1, "1", "187.49"), fill(2, "2", "187.48"), status=BrokerStatus.FILLED),
            )
        ),
        "cancelled": _order(intent(S.CANCELLED, **SENT, facts=facts(status=BrokerStatus.CANCELLED))),
        "cancelled after a part": _order(_live_put(S.CANCELLED, **SENT, facts=part)),
        "expired": _order(intent(S.EXPIRED, **SENT, facts=facts(status=BrokerStatus.EXPIRED))),
        "rejected": _order(
            intent(
                S.REJECTED,
                **SENT,
                facts=facts(status=BrokerStatus.REJECTED, reject_reason="Symbol is halted"),
            )
        ),
        "rejected, no reason": _order(intent(S.REJECTED, **SENT)),
        "rejected after a part": _order(_live_put(S.REJECTED, **SENT, facts=part, reason="Halted")),
        "not sent": _order(intent(S.NOT_SENT, **SENT, reason="no connection to tastytrade")),
        "refused": _order(
            intent(
                S.REFUSED,
                **SENT,
                reason="You do not have enough buying power for this order: it needs $18,750.08 and you have $12,000.00.",
                reason_code="margin_check_failed",
            )
        ),
        "unknown, first look": _order(intent(S.UNKNOWN, **DOUBT)),
        "unknown": _order(intent(S.UNKNOWN, **DOUBT, looks=4, last_look_at=ago(10))),
        "needs a person": _order(
            intent(S.NEEDS_PERSON, **{**DOUBT, "claimed_at": ago(400)}, looks=9, last_look_at=ago(10))
        ),
        "needs a person, who is on it": _order(
            intent(S.NEEDS_PERSON, **DOUBT, looks=1, last_look_at=ago(10), muted_until=ahead(14_400))
        ),
        "presumed not placed": _order(
            intent(S.PRESUMED_NOT_PLACED, **DOUBT, looks=5, last_look_at=ago(10), watch_until=ahead(86_400))
        ),
        "presumed not placed, watched": _order(
            intent(S.PRESUMED_NOT_PLACED, **DOUBT, looks=5, last_look_at=ago(10))
        ),
        "closed by its owner": _order(intent(S.CLOSED_BY_OWNER, **DOUBT, looks=9, last_look_at=ago(10))),
    }


def order_messages() -> Mapping[str, Message]:
    filled = intent(S.FILLED, facts=facts(fill(), status=BrokerStatus.FILLED))
    ends = intent(S.CANCELLED, facts=facts(fill(1, "40")))
    reasons = {"reason": "You do not have enough buying power for this order, it needs more than there is"}
    buzzes = {
        Buzz.FILLED: filled,
        Buzz.PART_FILLED_END: ends,
        Buzz.REFUSED: intent(S.REFUSED, **reasons),
        Buzz.REJECTED: intent(S.REJECTED, facts=facts(reject_reason="Symbol is halted")),
        Buzz.UNKNOWN: intent(S.UNKNOWN),
        Buzz.NEEDS_PERSON: intent(S.NEEDS_PERSON),
        Buzz.FOUND: intent(S.WORKING, facts=facts()),
        Buzz.FOUND_LATE: filled,
        Buzz.PRESUMED_NOT_PLACED: intent(S.PRESUMED_NOT_PLACED),
        Buzz.NOT_SENT: intent(S.NOT_SENT),
    }
    cards = {f"buzz: {buzz}": orders.order_buzz(i, buzz, link=CARD_LINK) for buzz, i in buzzes.items()}
    cards["buzz: expired after a part, card is gone"] = orders.order_buzz(
        intent(S.EXPIRED, facts=facts(fill(1, "40"))), Buzz.PART_FILLED_END, link=""
    )
    cards["buzz: filled, price to come"] = orders.order_buzz(
        intent(S.FILLED), Buzz.FILLED, link="javascript:x"
    )
    cards["buzz: ended, fills to come"] = orders.order_buzz(
        intent(S.CANCELLED), Buzz.PART_FILLED_END, link=""
    )
    rows = [
        orders.OrderRow(intent(S.FILLED, created_at=ago(4000), facts=facts(fill())), CARD_LINK),
        orders.OrderRow(_live_put(S.WORKING, facts=facts(fill(1, "1"), quantity="2")), CARD_LINK, "h1"),
        orders.OrderRow(intent(S.PREVIEWED), CARD_LINK),
        orders.OrderRow(intent(S.UNKNOWN), "", "h2"),
    ]
    elsewhere = [
        orders.ExternalRow(broker_order(), "h3"),
        orders.ExternalRow(broker_order(BrokerStatus.FILLED, "100", price=None, account="5WT00009"), ""),
        orders.ExternalRow(broker_order(legs=(), status_word="", underlying="SPY"), ""),
    ]
    labels = {"5WT00001": Environment.LIVE}
    cards |= {
        "list": orders.orders_list(rows, elsewhere, now=NOW, environment_labels=labels),
        "list: a read failed": orders.orders_list(
            rows[:1], [], now=NOW, failed=[("LIVE …0001", "no answer")]
        ),
        "list: nothing": orders.orders_list([], [], now=NOW, says=(SayButton("Quote SPY", "h"),)),
        "list: nothing to be seen": orders.orders_list([], [], now=NOW, failed=[("LIVE …0001", "no answer")]),
        "list: too many": orders.orders_list([rows[0]] * 20, [elsewhere[0]] * 9, now=NOW),
        "continued": orders.continued(CARD_LINK, "your order"),
        "continued, no link": orders.continued("", ""),
    }
    outcomes = {
        "cancelled": CancelOutcome(broker_order(BrokerStatus.CANCELLED)),
        "cancelled after a part": CancelOutcome(broker_order(BrokerStatus.CANCELLED, "40")),
        "too late": CancelOutcome(broker_order(BrokerStatus.FILLED, "100"), too_late=True),
        "was rejected": CancelOutcome(broker_order(BrokerStatus.REJECTED), too_late=True),
        "refused": CancelOutcome(broker_order(), too_late=True, words="Order is not cancellable"),
        "not confirmed yet": CancelOutcome(broker_order(BrokerStatus.CANCEL_REQUESTED)),
        "unreadable": CancelOutcome(None, words="tastytrade did not answer"),
        "unreadable, no words": CancelOutcome(None),
    }
    cards |= {f"cancel: {k}": orders.cancel_result(intent(S.WORKING), o) for k, o in outcomes.items()}
    gone = CancelOutcome(broker_order(BrokerStatus.CANCELLED))
    cards["cancel: placed elsewhere"] = orders.cancel_result(broker_order(), gone, environment_label="LIVE")
    cards["cancel: placed elsewhere, unnamed"] = orders.cancel_result(broker_order(), gone)
    cards["what unknown means"] = orders.unknown_explained()
    cards["story"] = orders.story("Filled 40 at 187.49, 60 left.")
    return cards


def account_cards() -> Mapping[str, Message | Modal]:
    live = link(Environment.LIVE, account(), id="L2")
    many = link(Environment.LIVE, *(account(f"5WT0000{n}", nickname="") for n in range(6)))
    crowd = link(Environment.PRACTICE, *(account(f"5WT000{n}") for n in range(10, 24)))
    closed = account("5WT00003", is_closed=True, margin_or_cash="", nickname="Old, joint", account_type="")
    broken = link(
        Environment.SANDBOX,
        closed,
        account(),
        broken="the refresh token was withdrawn",
        default_account="5WT00003",
    )
    one, two = link().accounts
    every = tuple(Environment)
    handles = {("L1", "5WT00002"): "h-default"}
    return {
        "not linked": accounts.not_linked(connect_handle="h", practice_first=True),
        "not linked, no practice": accounts.not_linked(connect_handle="h", practice_first=False),
        "form": accounts.connect_modal(environments=every, private_metadata="k"),
        "form, live only": accounts.connect_modal(environments=(Environment.LIVE,), private_metadata="k"),
        "form, after a problem": accounts.connect_modal(
            environments=every, private_metadata="k", problem="tastytrade does not know this client secret"
        ),
        "form, checking": accounts.connect_modal(environments=every, private_metadata="k", busy=True),
        "connected": accounts.connected(link(), says=(SayButton("Show balances", "h"),)),
        "connected, six accounts": accounts.connected(many),
        "disconnected": accounts.disconnected(link()),
        "disconnected with orders open": accounts.disconnected(live, open_orders=2, alerts=1),
        "accounts": accounts.account_list(
            (link(), live), handles, {"L1": "h-erase"}, connect_handle="h-c", now=NOW
        ),
        "accounts: a broken link": accounts.account_list((broken,), {}, {}),
        "accounts: many": accounts.account_list((crowd,), {}, {}, now=NOW),
        "accounts: none": accounts.account_list((), {}, {}),
        "balances": accounts.balances([(link(), one, balances())], now=NOW),
        "balances: two, one failed": accounts.balances(
            [
                (link(), one, balances()),
                (
                    link(),
                    two,
                    balances(
                        day_change=None, maintenance_requirement=None, derivative_buying_power=D("84619.44")
                    ),
                ),
            ],
            now=NOW,
            failed=[("LIVE …0003", "tastytrade did not answer")],
        ),
        "balances: nothing read": accounts.balances([], now=NOW, failed=[("LIVE …0003", "no answer")]),
        "balances: crowd": accounts.balances([(crowd, a, balances()) for a in crowd.accounts], now=NOW),
        "positions": accounts.positions(
            [
                (
                    link(),
                    one,
                    (
                        puts(),
                        shares(
                            "SPY",
                            "-40",
                            mark=D("602.14"),
                            close_price=D("602.86"),
                            average_open_price=D("598"),
                        ),
                        shares(),
                    ),
                ),
                (link(), two, ()),
            ],
            now=NOW,
            says=(SayButton("Show balances", "h"),),
        ),
        "positions: no marks": accounts.positions(
            [(link(), one, (shares(mark=None), shares("MSFT"), shares("NEW", close_price=None)))], now=NOW
        ),
        "positions: empty account": accounts.positions(
            [(link(), two, ())], now=NOW, says=(SayButton("Quote SPY", "h"),)
        ),
        "positions: five empty accounts": accounts.positions([(link(), two, ())] * 5, now=NOW),
        "positions: no account": accounts.positions([], now=NOW),
        "positions: none could be read": accounts.positions(
            [], now=NOW, failed=[("LIVE …0003", "no answer")]
        ),
        "positions: two environments": accounts.positions(
            [(link(), one, (shares(),)), (live, one, (shares(opened_today=True),))],
            now=NOW,
            failed=[("LIVE …0003", "no answer")],
        ),
        "positions: long": accounts.positions(
            [
                (link(), one, tuple(shares(f"SYM{n:02}") for n in range(37)) + (puts(),) * 10),
                (live, one, (shares(),)),
            ],
            now=NOW,
        ),
        "home": home.home_view((link(), live), connect_handle="h", says=(SayButton("Show balances", "h2"),)),
        "home: not linked": home.home_view(connect_handle="h"),
        "home: halted, broken, many": home.home_view(
            (broken, many, *([live] * 10)), halt_words="Desk is HALTED: no new order starts"
        ),
    }


def quote_cards() -> Mapping[str, Message]:
    option = quote(
        instrument=put_instrument(), bid=D("3.40"), ask=D("3.50"), last=None, volume=D("840"), iv_rank=None
    )
    says = (SayButton("AAPL", "h1"), SayButton("AAP", "h2"))
    return {
        "one": quotes.quote_card(QuoteAnswer((quote(),)), now=NOW),
        "three days old": quotes.quote_card(QuoteAnswer((quote(at=ago(86_400 * 3)),)), now=NOW),
        "down, closed": quotes.quote_card(
            QuoteAnswer((quote(last=D("185.10"), session=SessionState.CLOSED, at=ago(7300)),)), now=NOW
        ),
        "halted, delayed, before the open": quotes.quote_card(
            QuoteAnswer((quote(halted=True, delayed=True, session=SessionState.PRE_MARKET, at=ago(150)),)),
            now=NOW,
        ),
        "an option": quotes.quote_card(QuoteAnswer((option,)), now=NOW),
        "half of it missing": quotes.quote_card(
            QuoteAnswer((quote(bid=None, last=None, volume=D(12_500), iv_rank=None),)), now=NOW
        ),
        "price without a close before": quotes.quote_card(
            QuoteAnswer((quote(prev_close=D(0), ask=None, volume=None),)), now=NOW
        ),
        "several, one unknown": quotes.quote_card(
            QuoteAnswer((quote(), quote("SPY", last=D("602.14"), prev_close=D("602.86")), option), ("APPL",)),
            now=NOW,
            says=says,
        ),
        "eleven": quotes.quote_card(
            QuoteAnswer(
                tuple(quote(f"SYM{n}") for n in range(11)), tuple(f"x{n}" for n in range(7)), "Market closed"
            ),
            now=NOW,
        ),
        "unknown": quotes.quote_card(QuoteAnswer((), ("APPL",)), now=NOW, says=says),
        "unknown, nothing near": quotes.quote_card(QuoteAnswer((), ("QZXW",)), now=NOW),
        "two unknown": quotes.quote_card(QuoteAnswer((), ("APPL", "SPYY")), now=NOW),
        "nothing": quotes.quote_card(QuoteAnswer((), (), "tastytrade's sandbox serves no quotes"), now=NOW),
    }


def alert_cards() -> Mapping[str, Message]:
    below = rule(direction=Direction.BELOW, level=D("590"), symbol="SPY", words="SPY", channel="")
    said = {"handle": "h", "where": "here"}
    away = "your messages because I am not in that channel"
    burst = [alert_news(at=ago(60 - n), symbol=f"SYM{n}", late=n == 3) for n in range(23)]
    crowd = [alert_news(at=ago(100 - n), symbol=f"SYM{n}") for n in range(60)]
    rows = [
        alerts.RuleRow(rule(), D("187.47"), D("6.68"), "h1"),
        alerts.RuleRow(below, D("602.14"), D("-2.02"), "h2"),
        alerts.RuleRow(
            rule(RuleState.PARKED, reason="the link is broken", symbol="MSFT", words=""), None, None, "h3"
        ),
        alerts.RuleRow(rule(RuleState.PARKED), None, None, ""),
        alerts.RuleRow(rule(RuleState.FIRED, fired_at=ago(90)), D("201"), None, "h4"),
        alerts.RuleRow(rule(RuleState.WAITING), D("201"), D("0.5"), "h5"),
        alerts.RuleRow(rule(RuleState.FIRED), D("201"), None, "h6"),
    ]
    return {
        "set": alerts.alert_set(rule(), last=D("187.47"), distance=D("6.68"), already_true=False, **said),
        "set, no price yet": alerts.alert_set(rule(), last=None, distance=None, already_true=False, **said),
        "set, told elsewhere": alerts.alert_set(
            rule(), last=D("187.47"), distance=None, already_true=False, where=away, handle="h"
        ),
        "true already": alerts.alert_set(
            rule(), last=D("201.10"), distance=None, already_true=True, fire_handle="f", **said
        ),
        "true already, below": alerts.alert_set(below, last=None, distance=None, already_true=True, **said),
        "fired": alerts.alert_fired(alert_news(), now=NOW, says=(SayButton("Quote AAPL", "h"),)),
        "fired late": alerts.alert_fired(alert_news(late=True, at=ago(700)), now=NOW),
        "fired on demand": alerts.alert_fired(alert_news(asked=True), now=NOW),
        "fired, possible repeat": alerts.alert_fired(alert_news(), now=NOW, maybe_repeat=True),
        "merged: three": alerts.alerts_merged(burst[:3]),
        "merged": alerts.alerts_merged(burst),
        "merged: crowd, possible repeat": alerts.alerts_merged(crowd, maybe_repeat=True),
        "merged: none": alerts.alerts_merged([]),
        "list": alerts.alert_list(rows, now=NOW),
        "list: none": alerts.alert_list([], now=NOW),
        "list: many": alerts.alert_list([rows[0]] * 25, now=NOW),
        "deleted": alerts.alert_deleted(below),
    }


def error_cards() -> Mapping[str, Message]:
    says = (SayButton("strangle", "h1"), SayButton("straddle", "h2"))
    long = "You have no linked account in the live environment, and this desk does not offer any other one to you"
    cases: list[tuple[str, e.SenexError, dict[str, object]]] = [
        (
            "a word not understood",
            e.ParseError("“strangel” is unknown.", word="strangel", place=5),
            {"says": says, "nothing_sent": True},
        ),
        (
            "a price that is none",
            e.ParseError(
                "“3.4.6” is not a price.",
                word="3.4.6",
                place=4,
                hint="Write it in plain digits, such as 1,000 or 187.50.",
            ),
            {"nothing_sent": True},
        ),
        (
            "something is missing",
            e.ParseError("The price is missing.", hint="Say @ 187.50, or mkt for a market order."),
            {"nothing_sent": True},
        ),
        (
            "a symbol nobody knows",
            e.ParseError("tastytrade knows no “APPL”.", word="APPL", hint="Say a symbol that is listed."),
            {"says": (SayButton("AAPL", "h"),), "nothing_sent": True},
        ),
        ("a word without words", e.ParseError("", word="??", place=1), {}),
        (
            "the word told in between",
            e.ParseError("The account “9999” is not yours.", word="9999", place=7),
            {},
        ),
        (
            "a word and a question",
            e.ParseError("“100”: is that the quantity or the price?", word="100", place=2),
            {},
        ),
        (
            "words that do not name it",
            e.ParseError("Only whole shares are traded here.", word="1.5", place=2),
            {},
        ),
        ("nothing said", e.ParseError(""), {}),
        ("not permitted", e.NotPermitted("This button belongs to somebody else."), {}),
        ("not connected", e.NotConnected(long), {"nothing_sent": True}),
        ("not found", e.NotFound(), {}),
        ("already handled", e.AlreadyHandled("This order is working already.", code="working"), {}),
        ("expired", e.Expired("This preview has ended. Preview it again for today's price."), {}),
        (
            "denied",
            e.Denied(Reason("halted", "the desk is halted: no order starts, cancels work")),
            {"nothing_sent": True},
        ),
        (
            "denied twice",
            e.Denied(
                Reason("live_off", "live trading is off on this desk"),
                Reason("role_missing", "you need the role trader"),
            ),
            {"nothing_sent": True},
        ),
        ("denied five times", e.Denied(*(Reason(f"c{n}", f"reason number {n}") for n in range(5))), {}),
        ("denied, no reason", e.Denied(), {}),
        ("some other user error", e.UserError(), {}),
        (
            "refused",
            e.Refused("Buying power is not sufficient", broker_code="margin_check_failed", status=422),
            {"nothing_sent": True},
        ),
        (
            "refused at length",
            e.Refused(
                "The closing quantity of the order exceeds the quantity of the position that it would close"
            ),
            {},
        ),
        ("refused without words", e.Refused(""), {}),
        (
            "unavailable",
            e.Unavailable("tastytrade did not tell the positions, so the order cannot be checked now."),
            {"nothing_sent": True},
        ),
        ("unavailable, no words", e.Unavailable(), {}),
        ("grant expired", e.GrantExpired("", what="refresh_token"), {}),
        ("grant expired, which?", e.GrantExpired(""), {}),
        ("asked too often", e.BrokerRateLimited("", after=12.2), {}),
        ("some other broker trouble", e.BrokerFault("The broker closed the line."), {}),
        ("slack: gone", e.Gone("not_in_channel"), {}),
        ("slack: too fast", e.MessengerRateLimited(0.2), {}),
        ("slack: not stored", e.Transient(), {}),
        ("slack: uncertain", e.Uncertain(), {}),
        ("stale", e.Stale(), {}),
        ("store unavailable", e.StoreUnavailable("disk full"), {"reference": "r-7f3a", "nothing_sent": True}),
        ("fenced", e.Fenced(), {}),
        ("settings", e.ConfigError("SLACK_BOT_TOKEN is missing."), {}),
        ("a bug", e.InvariantBroken("fills exceed quantity"), {"reference": "r-7f3a"}),
    ]
    cards = {name: errors.error_card(error, **more) for name, error, more in cases}  # type: ignore[arg-type]
    cards["unforeseen"] = errors.unforeseen("r-7f3a")
    cards["unforeseen, no reference"] = errors.unforeseen("")
    return cards


def notice_cards() -> Mapping[str, Message]:
    when = {"from": "14:02:10 UTC", "to": "14:06:31 UTC"}
    said: list[tuple[str, dict[str, str]]] = [
        ("link_broken", {"environment": "LIVE", "why": "the refresh token was withdrawn"}),
        ("link_erased_deactivated", {"environment": "LIVE", "user": "U00007"}),
        ("blind", {"what": "Prices", "from": "14:02:10 UTC", "why": "no heartbeat for 60 s"}),
        ("blind", {}),
        ("seen_again", {**when, "checked": "one alert had crossed"}),
        ("seen_again", {}),
        ("late_alert", {"words": "AAPL above 200", **when}),
        ("late_alert", {}),
        ("dead_letter", {"what": "AlertNews", "reason": "is_archived", "to": "channel:C1"}),
        ("halted", {"by": "U00009", "state": "halted", "reason": "fat finger"}),
        ("halted", {"by": "host", "state": "reducing"}),
        ("halted", {"by": "<!channel>"}),
        ("resumed", {"by": "U00009"}),
        ("channel_closed", {"channel": "C01234", "reason": "is_archived"}),
        ("channel_closed", {"channel": "<!here>"}),
        (
            "unknown_reminder",
            {"environment": "LIVE", "order": "Buy 100 AAPL, limit 187.50", "looks": "12, last 14:02:10 UTC"},
        ),
        (
            "external_order",
            {
                "environment": "LIVE",
                "order": "Buy 100 AAPL",
                "account": "…0001",
                "id": "452180",
                "status": "Live",
            },
        ),
        ("external_order", {}),
        ("started_after_crash", {"unknown": "1", **when}),
        ("progress", {"what": "balances"}),
        ("progress", {}),
        ("something_new", {"a": "b", "c": "<!here>"}),
    ]
    return {f"{i + 1}: {kind}": notices.notice(kind, params) for i, (kind, params) in enumerate(said)}


def desk_cards() -> Mapping[str, Message]:
    way = [intent(S.CLAIMED), _live_put(S.UNKNOWN), intent(S.NEEDS_PERSON)]
    lines = {"Prices": "seen, 0 s ago", "Account feed": "blind since 14:02"}
    halted = HaltRow("halted", reason="fat finger in AAPL")
    return {
        "halted": desk.halt_card(halted, on_the_way=way, working=14, handle="h"),
        "halted, nothing open": desk.halt_card(HaltRow("halted", by="host"), working=()),
        "reducing": desk.halt_card(HaltRow("reducing", by=""), on_the_way=way[:1], working=way[:1]),
        "resumed": desk.resumed(HaltRow("active", reason="all clear")),
        "resumed by nobody": desk.resumed(HaltRow("active", by="")),
        "status: active": desk.status_card(None, working=2, lines=lines, on_the_way=way[:1]),
        "status: active, quiet": desk.status_card(HaltRow("active"), working=way),
        "status: halted": desk.status_card(halted, lines=lines, handle="h"),
        "status: halted, quiet": desk.status_card(halted),
    }


def help_cards() -> Mapping[str, Message]:
    three = (
        SayButton("Show balances", "h1"),
        SayButton("Show positions", "h2"),
        SayButton("Quote SPY", "h3"),
    )
    unknown = e.ParseError("“hlep” is nothing I know.", word="hlep", place=1)
    return {
        "linked": help.short_card(three, linked=True, environment_label="PRACTICE"),
        "linked, two environments": help.short_card(linked=True),
        "not linked": help.short_card(linked=False, connect_handle="h"),
        "not linked, no handle": help.short_card(linked=False),
        "everything": help.full_help(),
        "unknown verb": help.unknown_verb("hlep", says=(SayButton("help", "h"),)),
        "unknown verb, nothing near": help.unknown_verb_error(unknown),
    }


GROUPS = {
    "order_previews": order_previews,
    "order_lives": order_lives,
    "order_messages": order_messages,
    "accounts": account_cards,
    "quotes": quote_cards,
    "alerts": alert_cards,
    "errors": error_cards,
    "notices": notice_cards,
    "desk": desk_cards,
    "help": help_cards,
}
