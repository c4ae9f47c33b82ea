"""Orders that the first version has stored, in rows as it wrote them: what they say, how they look, how they end."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from senexbot.blocks.order_cards import order_card
from senexbot.domain.language import GRAMMAR, parse
from senexbot.domain.orders.broker_orders import Accepted, BrokerStatus
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.orders.terms import Action, TimeInForce
from senexbot.domain.resolving.back import said_of
from senexbot.ports import Handle
from senexbot.store.tables import attempts, intents
from tests.domain.builders import NOW, TODAY, actor, fill, option, order, terms
from tests.services.house import House

ROWS = Path(__file__).parent
PUTS = terms(Action.SELL_TO_OPEN, 2, "3.40", instrument=option(), tif=TimeInForce.GTC)
SENT = (
    b'{"external-identifier":"sx1-p-1","legs":[{"action":"Sell to Open","instrument-type":"Equity Option",'
    b'"quantity":2,"symbol":"SPY   261218P00590000"}],"order-type":"Limit","price":"3.4",'
    b'"price-effect":"Credit","source":"senexbot/0.1","time-in-force":"GTC"}'
)


async def stored(house: House, name: str) -> Intent:
    """The row and its button as the first version wrote them."""
    text = (ROWS / f"{name}.json").read_text().strip()
    plain: dict[str, Any] = json.loads(text)
    columns = {name: plain[name] for name in ("id", "identifier", "team_id", "owner", "state", "version")}
    times = {name: datetime.fromisoformat(plain[name]) for name in ("created_at", "expires_at")}
    account = plain["terms"]["account"]
    async with house.sql.begin() as tx:
        await tx.work.connection.execute(
            sa.insert(intents).values(
                **columns,
                **times,
                environment=account["environment"],
                link_id=account["link_id"],
                account=account["number"],
                data=text,
            )
        )
        await tx.handles.issue(Handle(plain["handle"], "intent", plain["id"], 1, plain["owner"]))
    async with house.sql.read() as tx:
        intent = await tx.intents.get(plain["id"])
    assert intent is not None
    return intent


def shown(intent: Intent) -> str:
    return order_card(intent, handle="h", now=NOW).text


async def test_a_preview_of_the_first_grammar_is_confirmed_and_fills(any_house: House) -> None:
    house = any_house
    intent = await stored(house, "intent_previewed_v1")
    assert (intent.grammar, intent.terms, intent.text) == (1, terms(), "buy 100 AAPL @ 187.50")
    assert parse(intent.text, TODAY) == said_of(intent.terms)
    assert shown(intent).startswith("PRACTICE · Buy 100 AAPL, limit 187.50, today only\n")

    house.desk.outcome = lambda _: Accepted(7, None)
    stepped = await house.previews.step(actor(), "h2", steps=1)
    assert (stepped.text, stepped.grammar) == ("buy 100 AAPL @ 187.51", GRAMMAR)  # written anew
    await house.sending.confirm(actor(), stepped.handle)
    await house.answered()
    assert house.desk.sent == [house.desk.compose(stepped.terms, "sx1-p-2")]
    house.desk.listed = [
        order(BrokerStatus.FILLED, 2, fill("a", 100, "187.40"), id=7, identifier="sx1-p-2", quantity=100)
    ]
    house.clock.advance(1)
    await house.following.sweep(intent.account)
    after = await house.intent(2)
    assert after.state is IntentState.FILLED
    assert "187.40" in shown(after)


async def test_an_unknown_order_of_the_first_grammar_is_settled(any_house: House) -> None:
    """I10, I12, I14: shown as unknown, found by its identifier, never sent again."""
    house = any_house
    intent = await stored(house, "intent_unknown_v1")
    async with house.sql.begin() as tx:
        await tx.work.connection.execute(
            sa.insert(attempts).values(
                intent_id=intent.id, body=SENT, body_hash=sha256(SENT).hexdigest(), build="0.1", at=NOW
            )
        )
    assert (intent.grammar, intent.terms, intent.state) == (1, PUTS, IntentState.UNKNOWN)
    assert parse(intent.text, TODAY) == said_of(intent.terms)
    assert "Sell 2 SPY 18 Dec 26 590 put to open for 3.40 credit" in shown(intent)
    assert shown(intent).startswith(
        "PRACTICE · Not known whether the broker has your order. Do not repeat it."
    )

    house.clock.advance(20)
    house.desk.listed = [
        order(
            BrokerStatus.LIVE,
            1,
            id=7,
            identifier="sx1-p-1",
            quantity=2,
            price=Decimal("3.40"),
            received_at=NOW,
        )
    ]
    await house.settling.round()
    after = await house.intent(1)
    assert (after.state, after.terms) == (IntentState.WORKING, PUTS)
    assert house.desk.sent == []
    assert "3.40" in shown(after)
