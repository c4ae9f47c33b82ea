"""The cards of orders: previews, lives, and what is said beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from senexbot.blocks import orders
from senexbot.blocks.actions import SayButton
from senexbot.blocks.external import external_card, external_reminder
from senexbot.blocks.kit import Message
from senexbot.domain.links import Environment
from senexbot.domain.news import Buzz
from senexbot.domain.options.outlook import Change, NetGreeks, Outlook
from senexbot.domain.options.payoff import Payoff
from senexbot.domain.options.probability import Model
from senexbot.domain.orders.broker_orders import BrokerStatus, CancelOutcome
from senexbot.domain.orders.changes import as_it_stands
from senexbot.domain.orders.external import ExternalOrder
from senexbot.domain.orders.intents import ChildOrder, Intent, IntentState, ReplaceState, WalkState
from senexbot.domain.orders.lifecycle import REPLACED_ELSEWHERE
from senexbot.domain.orders.terms import (
    Action,
    Besides,
    ChildRole,
    ChildTerms,
    Group,
    OrderTerms,
    OrderType,
    TimeInForce,
    WalkTerms,
)
from senexbot.domain.policy.verdict import Concentration, Outcome, PolicyVerdict

from .builders import (
    CALL,
    CARD_LINK,
    NOW,
    PUT,
    D,
    ago,
    ahead,
    bracket,
    broker_order,
    call_leg,
    child,
    estimate,
    facts,
    fill,
    intent,
    leg_fill,
    moved,
    put_leg,
    put_terms,
    share_leg,
    strangle,
    strangle_facts,
    terms,
    view,
    walk,
)

S = IntentState
OUTLOOK = Outlook(
    positions=(Change(PUT.occ, D(0), D(-2)), Change(CALL.occ, D(0), D(-2))),
    greeks=NetGreeks(D("2.1"), D("-1.8"), D("40.12"), D("-214")),
    delta=Change("SPY", D(100), D("102.1")),
    model=Model(D(600), D("0.17"), D(46) / 365),
    asked=True,
)
SENT = {"claimed_at": ago(90), "version": 3}
STRANGLES = view("3.40", "3.50", lower=D("3.43"), higher=D("3.45"))
NO_PRICE: Mapping[str, Any] = {"old_price": None, "price": None}
DOUBT = {**SENT, "unknown_since": ago(85), "reason": "the answer was lost"}


def _order(what: Intent) -> Message:
    return orders.order_card(what, handle="h-card", now=NOW)


def live_put(state: IntentState, **more: object) -> Intent:
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
        "share order, weighed by the policy": _order(intent(verdict=PolicyVerdict(Outcome.CLEAR))),
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
        "live option, sold to open": _order(live_put(S.PREVIEWED)),
        "option at the market, no quote": _order(
            live_put(S.PREVIEWED, terms=put_terms(None), estimate=estimate(cost=None), price_view=None)
        ),
        "live option, closed": _order(
            live_put(
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
        "market closed, of Friday": _order(
            intent(price_view=view(session_open=False, closed_at=ago(3 * 86_400)))
        ),
        "market closed, no estimate": _order(intent(estimate=None, price_view=view(session_open=False))),
        "market closed, said once": _order(
            intent(
                estimate=estimate(
                    warnings=(
                        "Your order will begin working during next valid session.",
                        "the market is closed: this is the closing quote, the order waits for the next session",
                        "You have opposing working orders.",
                    )
                ),
                price_view=view(session_open=False),
            )
        ),
        "no quote, the broker warns": _order(
            intent(
                estimate=estimate(warnings=("Your order will begin working during next valid session.",)),
                price_view=None,
            )
        ),
        "sandbox, delayed": _order(
            intent(
                terms=terms(environment=Environment.SANDBOX),
                estimate=estimate(warnings=("the quote is delayed by 15 minutes",)),
                price_view=view(delayed=True),
            )
        ),
        "no quote at all": _order(intent(price_view=None)),
        "cheapest price there is": _order(intent(terms=terms(price="-0.01"))),
        "two legs without a name": _order(
            live_put(
                S.PREVIEWED,
                terms=terms(
                    put_leg("1"),
                    call_leg("1", Action.BUY_TO_OPEN),
                    price="1.20",
                    environment=Environment.LIVE,
                ),
            )
        ),
        "two strangles": _order(live_put(S.PREVIEWED, terms=strangle())),
        "chosen by the market": _order(
            live_put(
                S.PREVIEWED,
                terms=strangle(),
                choices=(
                    "8 Jan 27 (46 days, nearest to 45): 562 put Δ −0.20, 630 call Δ 0.19",
                    "mid of 3.40 / 3.52: 3.46 credit",
                ),
                payoff=Payoff(None, D(692), (D("558.54"), D("633.46")), D(-5748), D(-3348)),
            )
        ),
        "with what it changes": _order(
            live_put(
                S.PREVIEWED,
                terms=strangle(),
                choices=("8 Jan 27 (46 days, nearest to 45): 562 put Δ −0.20, 630 call Δ 0.19",),
                payoff=Payoff(None, D(692), (D("558.54"), D("633.46")), D(-5748), D(-3348)),
                outlook=OUTLOOK,
                verdict=PolicyVerdict(Outcome.CLEAR, concentration=Concentration(D(12), D("14.4"), D(40))),
            )
        ),
        "greeks not there in time": _order(
            live_put(S.PREVIEWED, outlook=Outlook((Change(PUT.occ, D(-1), D(-3)),), asked=True))
        ),
        "shares beside what is held": _order(intent(outlook=Outlook((Change("AAPL", D(100), D(200)),)))),
        "with exits": _order(intent(terms=bracket())),
        "to be walked": _order(intent(terms=replace(terms(), walk=WalkTerms(D("0.01"), 20, D("-187.60"))))),
        "a stop": _order(
            intent(
                terms=replace(
                    terms(share_leg("50", Action.SELL_TO_CLOSE), price=None),
                    type=OrderType.STOP,
                    stop_trigger=D("180"),
                ),
                estimate=estimate(cost=None),
            )
        ),
        "a buy stop that the market is past": _order(
            intent(
                terms=replace(terms(), type=OrderType.STOP_LIMIT, stop_trigger=D("180"), price=D("-180.50"))
            )
        ),
        "a buy stop limit until a day": _order(
            intent(
                terms=replace(
                    terms(),
                    type=OrderType.STOP_LIMIT,
                    stop_trigger=D("190"),
                    time_in_force=TimeInForce.GTD,
                    gtc_date=date(2026, 12, 18),
                )
            )
        ),
        "for so many dollars": _order(
            intent(
                terms=replace(
                    terms(share_leg("0"), price=None), type=OrderType.NOTIONAL_MARKET, value=D("-500")
                ),
                estimate=estimate(cost=None),
            )
        ),
        "over by the clock": _order(intent(expires_at=ago(1))),
        "lapsed": _order(intent(S.LAPSED, version=2, expires_at=ago(3))),
        "a stop, discarded": _order(
            intent(
                S.DISCARDED,
                terms=replace(
                    terms(share_leg("50", Action.SELL_TO_CLOSE), price=None),
                    type=OrderType.STOP,
                    stop_trigger=D("180"),
                ),
            )
        ),
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


def _moving(children: tuple[ChildOrder, ...], state: ReplaceState) -> tuple[ChildOrder, ...]:
    """The first of them, from 210 to 211."""
    reason = "could not be updated" if state is ReplaceState.REFUSED else ""
    move = moved(state, part=1, old_price=D("210"), price=D("211"), reason=reason)
    return (replace(children[0], replacing=move), *children[1:])


def with_exits() -> Mapping[str, Intent]:
    tp, sl = ChildRole.TAKE_PROFIT, ChildRole.STOP_LOSS
    filled = facts(fill(), status=BrokerStatus.FILLED)
    base = {**SENT, "terms": bracket(), "complex_id": 56001}
    wait = (child(tp, BrokerStatus.CONTINGENT), child(sl, BrokerStatus.CONTINGENT, number=2))
    work = (child(tp, BrokerStatus.LIVE), child(sl, BrokerStatus.ROUTED, number=2))
    out = child(tp, BrokerStatus.FILLED, fill(9, "100", "210.05"))
    part = child(tp, BrokerStatus.CANCELLED, fill(9, "40", "210.05"))
    no_stop = child(sl, BrokerStatus.REJECTED, number=2, reason="Price is not in the allowed increment")
    spread_out = replace(
        child(tp, BrokerStatus.FILLED),
        facts=strangle_facts(
            leg_fill(1, PUT, "2", "0.80"),
            leg_fill(2, CALL, "2", "0.90"),
            status=BrokerStatus.FILLED,
            action=Action.BUY_TO_CLOSE,
        ),
    )
    then = ChildTerms(
        ChildRole.THEN,
        (share_leg("100", Action.SELL_TO_CLOSE),),
        OrderType.STOP_LIMIT,
        D("179.50"),
        TimeInForce.GTC,
        stop_trigger=D("180"),
    )
    closing = ChildTerms(
        tp,
        (put_leg(action=Action.BUY_TO_CLOSE), call_leg(action=Action.BUY_TO_CLOSE)),
        OrderType.LIMIT,
        D("-1.73"),
        TimeInForce.GTC,
    )
    spread = strangle(group=Group.OTO, children=(closing,))
    return {
        "not shown by the broker yet": intent(S.WORKING, **base, children=(child(tp), child(sl, number=2))),
        "waiting": intent(S.WORKING, **base, facts=facts(), children=wait),
        "working": intent(S.FILLED, **base, facts=filled, children=work),
        "taken": intent(
            S.FILLED, **base, facts=filled, children=(out, child(sl, BrokerStatus.CANCELLED, number=2))
        ),
        "taken in part": intent(
            S.FILLED, **base, facts=filled, children=(part, child(sl, BrokerStatus.EXPIRED, number=2))
        ),
        "no stop": intent(S.FILLED, **base, facts=filled, children=(work[0], no_stop)),
        "rejected without words": intent(
            S.FILLED, **base, facts=filled, children=(work[0], child(sl, BrokerStatus.REJECTED, number=2))
        ),
        "what follows": intent(
            S.WORKING,
            **base | {"terms": replace(bracket(), group=Group.OTO, children=(then,))},
            facts=facts(),
            children=(child(ChildRole.THEN, BrokerStatus.RECEIVED),),
        ),
        "being cancelled": intent(
            S.CANCEL_REQUESTED,
            **base,
            facts=facts(),
            children=(child(tp, BrokerStatus.CANCEL_REQUESTED), child(sl, BrokerStatus.IN_FLIGHT, number=2)),
        ),
        "of a spread": intent(S.FILLED, **{**base, "terms": spread}, facts=filled, children=(spread_out,)),
        "one on its way": intent(
            S.FILLED, **base, facts=filled, children=_moving(work, ReplaceState.CLAIMED)
        ),
        "one not known": intent(S.FILLED, **base, facts=filled, children=_moving(work, ReplaceState.UNKNOWN)),
        "one not moved": intent(S.FILLED, **base, facts=filled, children=_moving(work, ReplaceState.REFUSED)),
        "taken, found by the sweep": intent(
            S.FILLED,
            **base,
            facts=filled,
            children=(
                replace(out, facts=replace(out.facts, found_by_sweep=True)) if out.facts else out,
                work[1],
            ),
        ),
        "one moved": intent(S.FILLED, **base, facts=filled, children=_moving(work, ReplaceState.DONE)),
    }


def moves() -> Mapping[str, Intent]:
    steps = view(lower=D("187.49"), higher=D("187.51"))
    base = {**SENT, "facts": facts(), "price_view": steps}
    strangles: dict[str, object] = {
        **SENT,
        "terms": strangle("3.44"),
        "price_view": STRANGLES,
        "facts": strangle_facts(leg_fill(1, PUT, "1", "1.80"), leg_fill(2, CALL, "1", "1.66")),
        "confirmed_price": D("3.44"),
    }
    refused = "the order could not be updated"
    return {
        "one step either way": intent(S.WORKING, **base),
        "at the cheapest price": intent(
            S.WORKING, **{**base, "price_view": view(higher=D("187.51"))}, confirmed_price=D("-187.51")
        ),
        "asking, part filled": live_put(S.WORKING, **strangles),
        "on its way": intent(S.WORKING, **base, replacing=moved(ReplaceState.CLAIMED)),
        "of strangles on its way": live_put(
            S.WORKING,
            **strangles,
            replacing=moved(ReplaceState.CLAIMED, old_price=D("3.44"), price=D("3.43")),
        ),
        "not known": intent(S.WORKING, **base, replacing=moved(ReplaceState.UNKNOWN)),
        "not known, a person is called": intent(
            S.WORKING, **base, replacing=moved(ReplaceState.UNKNOWN, looks=9, told=True)
        ),
        "refused": intent(S.WORKING, **base, replacing=moved(ReplaceState.REFUSED, reason=refused)),
        "a walk is offered": intent(
            S.WORKING, **{**base, "price_view": view(ask="187.60", lower=D("187.49"), higher=D("187.51"))}
        ),
        "walking": intent(S.WORKING, **base, walk=walk(WalkState.RUNNING, steps=3)),
        "walk paused": intent(
            S.WORKING, **base, walk=walk(WalkState.PAUSED, reason="the bot was started again")
        ),
        "walk ended": intent(S.WORKING, **base, walk=walk(WalkState.ENDED, reason="it reached its limit")),
        "strangles walk paused": live_put(
            S.WORKING, **strangles, walk=walk(WalkState.PAUSED, to=D("3.40"), reason="the desk is halted")
        ),
        "a walk is offered to strangles": live_put(
            S.WORKING, **{**strangles, "price_view": replace(STRANGLES, natural=D("3.40"))}
        ),
        "its stop on its way": intent(
            S.WORKING,
            **{**base, "terms": _stop_terms(None)},
            replacing=moved(
                ReplaceState.CLAIMED,
                **NO_PRICE,
                old_besides=Besides(D("180"), TimeInForce.DAY),
                besides=Besides(D("182"), TimeInForce.GTC),
            ),
        ),
        "done, at the exchange's door": intent(
            S.WORKING,
            **{**base, "facts": facts(status=BrokerStatus.CONTINGENT)},
            replacing=moved(ReplaceState.DONE),
            chain=(452176,),
        ),
    }


def order_lives() -> Mapping[str, Message]:
    part = facts(fill(1, "1", "3.46"), quantity="2", order_id=452178)
    one_strangle = strangle_facts(leg_fill(1, PUT, "1", "1.80"), leg_fill(2, CALL, "1", "1.66"))
    two_strangles = strangle_facts(
        leg_fill(1, PUT, "2", "1.80"),
        leg_fill(2, CALL, "1", "1.66"),
        leg_fill(3, CALL, "1", "1.64"),
        status=BrokerStatus.FILLED,
    )
    dollars = replace(terms(share_leg("0"), price=None), type=OrderType.NOTIONAL_MARKET, value=D("-500"))
    return {
        "sending": _order(intent(S.CLAIMED, claimed_at=ago(1))),
        "accepted": _order(intent(S.WORKING, **SENT, facts=facts(status=BrokerStatus.ROUTED))),
        "accepted, nothing else known": _order(intent(S.WORKING, **SENT)),
        "working": _order(intent(S.WORKING, **SENT, facts=facts())),
        "working, found by the sweep": _order(intent(S.WORKING, **SENT, facts=facts(found_by_sweep=True))),
        "contingent, GTC": _order(
            intent(S.WORKING, terms=terms(tif=TimeInForce.GTC), facts=facts(status=BrokerStatus.CONTINGENT))
        ),
        "part filled": _order(live_put(S.WORKING, **SENT, facts=part)),
        "replaced elsewhere": _order(
            intent(
                S.CANCELLED,
                **SENT,
                facts=facts(fill(1, "40"), status=BrokerStatus.CANCELLED),
                reason="replaced outside of this bot by order 452199",
                reason_code=REPLACED_ELSEWHERE,
            )
        ),
        "replaced elsewhere, nothing filled": _order(
            intent(
                S.CANCELLED,
                facts=facts(status=BrokerStatus.CANCELLED),
                reason="replaced outside of this bot by order 452199",
                reason_code=REPLACED_ELSEWHERE,
            )
        ),
        "cancelled by the broker": _order(
            intent(S.CANCELLED, facts=facts(status=BrokerStatus.REMOVED), reason="Removed by the exchange")
        ),
        "cancel asked": _order(intent(S.CANCEL_REQUESTED, **SENT, facts=facts())),
        "cancel asked, part filled": _order(live_put(S.CANCEL_REQUESTED, **SENT, facts=part)),
        "filled": _order(intent(S.FILLED, **SENT, facts=facts(fill(), status=BrokerStatus.FILLED))),
        "filled at two prices": _order(
            live_put(
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
        "strangles part filled": _order(live_put(S.WORKING, **SENT, terms=strangle(), facts=one_strangle)),
        "strangles, one leg ahead": _order(
            live_put(S.WORKING, terms=strangle(), facts=strangle_facts(leg_fill(1, PUT, "1", "1.80")))
        ),
        "strangles filled": _order(live_put(S.FILLED, terms=strangle(), facts=two_strangles)),
        "strangles cancelled, one leg ahead": _order(
            live_put(
                S.CANCELLED,
                terms=strangle(),
                facts=strangle_facts(leg_fill(1, PUT, "1", "1.80"), status=BrokerStatus.CANCELLED),
            )
        ),
        "two legs without a name, filled": _order(
            live_put(S.FILLED, terms=replace(strangle(), strategy=""), facts=two_strangles)
        ),
        "by value, working": _order(
            intent(
                S.WORKING, terms=dollars, facts=replace(facts(fill(1, "1.5"), quantity="1.5"), by_value=True)
            )
        ),
        "by value, accepted": _order(
            intent(S.WORKING, terms=dollars, facts=replace(facts(quantity="0"), by_value=True))
        ),
        "a stop, working, immediate or cancel": _order(
            intent(
                S.WORKING,
                terms=replace(
                    terms(price=None),
                    type=OrderType.STOP,
                    stop_trigger=D("190"),
                    time_in_force=TimeInForce.IOC,
                ),
                facts=facts(),
            )
        ),
        "until a day": _order(
            intent(
                S.WORKING,
                terms=replace(terms(), time_in_force=TimeInForce.GTD, gtc_date=date(2026, 12, 18)),
                facts=facts(),
            )
        ),
        **{f"moves: {title}": _order(what) for title, what in moves().items()},
        **{f"exits: {title}": _order(what) for title, what in with_exits().items()},
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
        "cancelled after a part": _order(live_put(S.CANCELLED, **SENT, facts=part)),
        "expired": _order(intent(S.EXPIRED, **SENT, facts=facts(status=BrokerStatus.EXPIRED))),
        "rejected": _order(
            intent(
                S.REJECTED,
                **SENT,
                facts=facts(status=BrokerStatus.REJECTED, reject_reason="Symbol is halted"),
            )
        ),
        "rejected, no reason": _order(intent(S.REJECTED, **SENT)),
        "rejected after a part": _order(live_put(S.REJECTED, **SENT, facts=part, reason="Halted")),
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


def _offer(what: Intent, price: Decimal | None, *, part: int = 0, **changes: Any) -> Message:
    """What `replace` would do to one part of it, beside its price."""
    now = as_it_stands(what.terms, part)
    change = replace(now, price=price, besides=replace(now.besides, **changes))
    late = changes.get("stop_trigger") == D("187.60")
    return orders.move_offer(what, change, None, "h", at_once=late)


def _stop_terms(price: str | None) -> OrderTerms:
    kind = OrderType.STOP if price is None else OrderType.STOP_LIMIT
    first = terms(share_leg("100", Action.SELL_TO_CLOSE), price=price)
    return replace(first, type=kind, stop_trigger=D("180"))


def _replacements() -> Mapping[str, Message]:
    stop = intent(S.WORKING, **SENT, terms=_stop_terms(None), facts=facts())
    both = intent(S.WORKING, **SENT, terms=_stop_terms("179.50"), facts=facts())
    exits = with_exits()["working"]
    return {
        "replace: a stop": _offer(stop, None, stop_trigger=D("182")),
        "replace: a stop that triggers at once": _offer(stop, None, stop_trigger=D("187.60")),
        "replace: a stop and its limit": _offer(both, D("181.50"), stop_trigger=D("182")),
        "replace: how long it stands": _offer(
            intent(S.WORKING, **SENT, facts=facts()), D("-187.50"), time_in_force=TimeInForce.GTC
        ),
        "replace: all of it, until a day": _offer(
            both,
            D("181.50"),
            stop_trigger=D("182"),
            time_in_force=TimeInForce.GTD,
            gtc_date=date(2026, 12, 18),
        ),
        "replace: a take profit": _offer(exits, D("211"), part=1),
        "replace: a stop loss": _offer(exits, None, part=2, stop_trigger=D("182")),
        "replace: how long an exit stands": _offer(exits, D("210"), part=1, time_in_force=TimeInForce.DAY),
    }


def external_order(reason: str = "", **more: Any) -> ExternalOrder:
    first = ExternalOrder(
        id="practice:5WT00001:452180",
        environment=Environment.PRACTICE,
        team_id="T1",
        owner="U00001",
        version=1,
        order=broker_order(),
        over=("notional $18,750.00 over $10,000.00",),
        handle="h",
        asked_at=ago(60),
        reason=reason,
        answered_at=ago(5) if reason else None,
    )
    return replace(first, **more)


def external_cards() -> Mapping[str, Message]:
    part = external_order("Hedge of the morning", order=broker_order(filled="40"), over=())
    return {
        "asked": external_card(external_order(), now=NOW),
        "asked, any order": external_card(external_order(over=()), now=NOW),
        "given, filled in part": external_card(part, now=NOW),
        "cancelled there": external_card(external_order(order=broker_order(BrokerStatus.CANCELLED)), now=NOW),
        "reminder": external_reminder(external_order(), link=CARD_LINK),
        "reminder, no link": external_reminder(external_order(), link=""),
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
        Buzz.MOVE_FAILED: moves()["refused"],
        Buzz.MOVE_UNKNOWN: moves()["not known"],
        Buzz.MOVE_NEEDS_PERSON: moves()["not known, a person is called"],
        Buzz.WALK_PAUSED: moves()["walk paused"],
        Buzz.WALK_ENDED: moves()["walk ended"],
        Buzz.EXIT_FILLED: with_exits()["taken"],
        Buzz.EXIT_PART_FILLED_END: with_exits()["taken in part"],
        Buzz.EXIT_REJECTED: with_exits()["no stop"],
    }
    exit_not_moved = orders.order_buzz(with_exits()["one not moved"], Buzz.MOVE_FAILED, link=CARD_LINK)
    exit_in_doubt = orders.order_buzz(with_exits()["one not known"], Buzz.MOVE_UNKNOWN, link=CARD_LINK)
    cards = {f"buzz: {buzz}": orders.order_buzz(i, buzz, link=CARD_LINK) for buzz, i in buzzes.items()}
    cards |= {"buzz: exit not moved": exit_not_moved, "buzz: exit in doubt": exit_in_doubt}
    cards["buzz: expired after a part, card is gone"] = orders.order_buzz(
        intent(S.EXPIRED, facts=facts(fill(1, "40"))), Buzz.PART_FILLED_END, link=""
    )
    cards["buzz: filled, price to come"] = orders.order_buzz(
        intent(S.FILLED), Buzz.FILLED, link="javascript:x"
    )
    cards["buzz: ended, fills to come"] = orders.order_buzz(
        intent(S.CANCELLED), Buzz.PART_FILLED_END, link=""
    )
    cards["buzz: a walk of which nothing is known"] = orders.order_buzz(
        intent(S.WORKING), Buzz.WALK_ENDED, link=""
    )
    cards["buzz: a move of which nothing is known"] = orders.order_buzz(
        intent(S.WORKING), Buzz.MOVE_FAILED, link=""
    )
    cards["buzz: an exit of which nothing is known"] = orders.order_buzz(
        intent(S.FILLED, terms=bracket(), facts=facts(fill())), Buzz.EXIT_FILLED, link=""
    )
    rows = [
        orders.OrderRow(intent(S.FILLED, created_at=ago(4000), facts=facts(fill())), CARD_LINK),
        orders.OrderRow(live_put(S.WORKING, facts=facts(fill(1, "1"), quantity="2")), CARD_LINK, "h1"),
        orders.OrderRow(intent(S.PREVIEWED), CARD_LINK),
        orders.OrderRow(intent(S.UNKNOWN), "", "h2"),
        orders.OrderRow(with_exits()["working"], CARD_LINK, "h5"),
    ]
    elsewhere = [
        orders.ExternalRow(broker_order(), "h3"),
        orders.ExternalRow(broker_order(BrokerStatus.FILLED, "100", price=None, account="5WT00009"), ""),
        orders.ExternalRow(broker_order(legs=(), status_word="", underlying="SPY"), ""),
        orders.ExternalRow(
            broker_order(type="Stop", price=None, stop_trigger=D("180")), "", external_order()
        ),
        orders.ExternalRow(
            broker_order(type="Stop Limit", stop_trigger=D("180")), "", external_order("A hedge")
        ),
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
        "replace: another price": _offer(moves()["one step either way"], D("-187.60")),
        "replace: of strangles, part filled": _offer(moves()["asking, part filled"], D("3.40")),
        **_replacements(),
        "replace: a walk": orders.move_offer(
            moves()["asking, part filled"], None, WalkTerms(D("0.01"), 20, D("3.40")), "h"
        ),
        "replace: nothing known": orders.move_offer(
            intent(S.WORKING, terms=terms(price=None)), None, WalkTerms(D("0.01"), 20, D("3.40")), "h"
        ),
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
