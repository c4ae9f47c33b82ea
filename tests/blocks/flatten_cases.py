"""The card of a plan to flatten in every state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from senexbot.blocks.flatten import plan_card, plan_words
from senexbot.blocks.kit import Message
from senexbot.blocks.orders import continued
from senexbot.domain.halts.flatten import Left, Stage
from senexbot.domain.halts.flatten_plan import (
    RESTARTED,
    CancelStep,
    CloseStep,
    FlattenPlan,
    LeftOver,
    PlanState,
    StepState,
)
from senexbot.domain.orders.broker_orders import CancelWanted
from senexbot.domain.orders.terms import Action

from .builders import NOW, account_ref, ago, ahead, call_leg, put_leg, share_leg, terms

P, S = PlanState, StepState
SPREAD = replace(
    terms(),
    underlying="SPY",
    legs=(put_leg("2", Action.BUY_TO_CLOSE), call_leg("2", Action.BUY_TO_CLOSE)),
    price=Decimal("-3.52"),
)
SHARES = replace(terms(), legs=(share_leg("100", Action.SELL_TO_CLOSE),), price=Decimal("185.57"))
OPENING = CancelStep(account_ref(), CancelWanted(7), "Buy 10 AAPL, limit 150.00, today only", "intent1")
ELSEWHERE = CancelStep(account_ref(), CancelWanted(8), "buy to open 5 MSFT limit 400")
STOP = CancelStep(account_ref(), CancelWanted(9), "Sell 100 AAPL, stop 170.00, today only", "intent2")
SHORTS = CloseStep("c1", Stage.SHORT_OPTIONS, SPREAD)
LONGS = CloseStep("c2", Stage.LONG_SHARES, SHARES, (9,), unchecked=True)
HALF = LeftOver(account_ref(), Left("AAPL", Decimal("0.5"), "AAPL", "a fraction is sold at the market only"))


def plan(**more: Any) -> FlattenPlan:
    values: dict[str, Any] = {
        "id": "p1",
        "team_id": "T1",
        "owner": "U00001",
        "version": 3,
        "state": P.PLANNED,
        "accounts": (account_ref(),),
        "opening": (OPENING, ELSEWHERE),
        "protecting": (STOP,),
        "closes": (SHORTS, LONGS),
        "left": (HALF,),
        "created_at": ago(2),
        "expires_at": ahead(118),
        "handle": "h",
    }
    return FlattenPlan(**values | more)


def flatten_cards() -> Mapping[str, Message]:
    done = (replace(OPENING, state=S.DONE), replace(ELSEWHERE, state=S.FILLED))
    odd = (
        replace(OPENING, state=S.FAILED, why="the broker did not take it"),
        replace(ELSEWHERE, state=S.UNKNOWN, why="no answer"),
    )
    gone = (replace(STOP, state=S.DONE),)
    works = replace(SHORTS, state=S.SENT, filled=Decimal(1))
    filled = replace(SHORTS, state=S.DONE, filled=Decimal(2))
    refused = replace(LONGS, state=S.FAILED, why="refused: no such position")
    other = replace(account_ref(), number="5WT00002")
    accounts = (account_ref(), other, *(replace(other, number=f"5WT0000{n}") for n in range(3, 6)))
    nothing = {"opening": (), "protecting": (), "closes": (), "left": ()}
    shown = {
        "planned": plan(),
        "planned, several accounts, long": plan(accounts=accounts, closes=(SHORTS, *(LONGS,) * 15)),
        "planned, only cancels": plan(closes=(), left=()),
        "planned, unsure of one": plan(
            opening=(),
            closes=(replace(SHORTS, note="nobody bids"), replace(LONGS, protection=()), refused),
        ),
        "planned, halted": plan(blocked="The desk is halted: no close starts before it is reducing"),
        "planned, closed market": plan(**{**nothing, "left": (HALF,)}, closed_market=True),
        "planned, nothing held": plan(**nothing),
        "lapsed": plan(state=P.LAPSED),
        "running": plan(state=P.RUNNING, opening=done, closes=(works, LONGS)),
        "running, an approval is needed": plan(
            state=P.RUNNING, opening=done, closes=(replace(SHORTS, state=S.ASKS, why="asked on its card"),)
        ),
        "running, unknown": plan(
            state=P.RUNNING, opening=odd, closes=(replace(SHORTS, state=S.UNKNOWN, why="no answer"), LONGS)
        ),
        "paused": plan(state=P.PAUSED, reason=RESTARTED, opening=done, closes=(works, LONGS)),
        "done": plan(
            state=P.DONE, opening=done, protecting=gone, closes=(filled, replace(LONGS, state=S.DONE))
        ),
        "done, one not closed": plan(state=P.DONE, opening=done, protecting=gone, closes=(filled, refused)),
    }
    cards = {name: plan_card(one, now=NOW) for name, one in shown.items()}
    return {**cards, "the pointer in a channel": continued("", plan_words(plan(accounts=accounts)))}
