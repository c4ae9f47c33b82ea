"""The buttons that move a live order's price, and when they ask once more."""

from senexbot.blocks import orders
from senexbot.blocks.kit import Message
from senexbot.domain.orders.intents import IntentState

from .builders import NOW, D, facts, intent, strangle, strangle_facts, view
from .slack_rules import check_message

STEPS = view(lower=D("187.49"), higher=D("187.51"))


def shown(message: Message) -> dict[str, dict[str, object]]:
    buttons = [e for block in message.blocks for e in block.get("elements", []) if e["type"] == "button"]
    return {button["text"]["text"]: button for button in buttons}


def test_only_a_price_dearer_than_the_confirmed_one_asks_once_more():
    """The dialog names the new price and what it comes to."""
    card = orders.order_card(
        intent(IntentState.WORKING, facts=facts(), price_view=STEPS), handle="h", now=NOW
    )
    check_message(card)
    buttons = shown(card)
    assert "confirm" not in buttons["187.49"]
    asked = buttons["187.51"]["confirm"]
    assert asked["title"]["text"] == "Move the price to 187.51?"
    assert asked["text"]["text"] == "Buy 100 AAPL. It costs $18,751.00 before fees for what is open."
    assert buttons["187.51"]["value"] == "h"


def test_what_was_confirmed_once_does_not_ask_again():
    working = intent(IntentState.WORKING, facts=facts(), price_view=STEPS, confirmed_price=D("-187.51"))
    assert "confirm" not in shown(orders.order_card(working, handle="h", now=NOW))["187.51"]


def test_less_credit_is_dearer():
    steps = view("3.40", "3.50", lower=D("3.45"), higher=D("3.47"))
    working = intent(IntentState.WORKING, terms=strangle(), facts=strangle_facts(), price_view=steps)
    buttons = shown(orders.order_card(working, handle="h", now=NOW))
    assert "confirm" not in buttons["3.47"]
    assert buttons["3.45"]["confirm"]["title"]["text"] == "Move the price to 3.45 credit?"
    assert buttons["3.45"]["confirm"]["text"]["text"].endswith(
        "It brings $690.00 before fees for what is open."
    )
