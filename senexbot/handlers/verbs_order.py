"""Verbs about orders: order, close, roll, replace, orders."""

from __future__ import annotations

from senexbot.blocks import orders as order_blocks
from senexbot.blocks.errors import error_card
from senexbot.blocks.kit import Message
from senexbot.domain.calendar import trading_day
from senexbot.domain.errors import Denied, Suggestion
from senexbot.domain.language import parse, said_text
from senexbot.domain.language.said import OrderSaid, ReplaceSaid, Sentence
from senexbot.domain.orders.intents import IntentState
from senexbot.domain.orders.words import order_words
from senexbot.domain.resolving import Resolvable
from senexbot.domain.resolving.mending import instead_of, label_of
from senexbot.domain.words import first_and_rest
from senexbot.handlers.asking import Ask
from senexbot.handlers.ticket import issue, open_new
from senexbot.services.clocks import EXCHANGE_ZONE

CARD_SECONDS = 4.0


async def order(ask: Ask) -> Message | None:
    """The preview goes to the direct message; a channel gets a pointer (design decision 5)."""
    if not ask.text.strip():
        return await _ticket(ask)
    return await _preview(ask, ask.text)


async def _ticket(ask: Ask) -> Message | None:
    """`/order` alone: the form, or a button for it where nothing can be opened (a typed message)."""
    if ask.trigger_id:
        await open_new(ask.desk, ask.actor, ask.trigger_id)
        return order_blocks.ticket_opened()
    return order_blocks.ticket_offered(await issue(ask.desk, ask.actor))


async def close(ask: Ask) -> Message | None:
    """`close AAPL`, `close half AAPL`, `protect AAPL tp 210 sl 180`; each an order to be confirmed."""
    return await _preview(ask, _led("close", ask.text, unless="protect"))


async def roll(ask: Ask) -> Message | None:
    return await _preview(ask, _led("roll", ask.text))


async def replace(ask: Ask) -> Message | None:
    """`replace 12345 @ 3.40`: what it comes to, with the button that does it."""
    return await _preview(ask, _led("replace", ask.text))


def _led(verb: str, text: str, *, unless: str = "") -> str:
    """The text with the verb that the desk has taken off it."""
    first, _ = first_and_rest(text)
    return text if first.lower() == unless and unless else f"{verb} {text}"


async def _preview(ask: Ask, text: str) -> Message | None:
    said = parse(text, trading_day(ask.desk.clock.now(), EXCHANGE_ZONE))
    if isinstance(said, ReplaceSaid):
        made = await ask.desk.moves.offer(ask.actor, said)
        return order_blocks.move_offer(made.intent, made.change, made.walk, made.handle, at_once=made.at_once)
    return await preview(ask, said)


async def preview(ask: Ask, said: Resolvable) -> Message | None:
    """In the person's messages; what would do instead where one value of it is wrong."""
    try:
        intents = await ask.desk.previews.preview_sentence(ask.actor, said)
    except Denied as no:
        return await _instead(ask, said, no)
    if ask.direct:
        return None
    link = await ask.desk.orders.wait_for_card(intents[0].id, seconds=CARD_SECONDS)
    return order_blocks.continued(link, order_words(intents[0].terms))


async def _instead(ask: Ask, said: Resolvable, no: Denied) -> Message:
    """Where one value is wrong: the same order with the nearest ones that would do, as buttons."""
    offers = [Suggestion(label_of(said, offer), command_of(offer)) for offer in instead_of(said, no)]
    if not offers:
        raise no
    return error_card(no, says=await ask.desk.says(ask.actor, offers), nothing_sent=True)


def command_of(said: Sentence) -> str:
    """What saying it would be: an order behind its verb, the others begin with theirs."""
    text = said_text(said)
    return f"order {text}" if isinstance(said, OrderSaid) else text


async def orders(ask: Ask) -> Message:
    answer = await ask.desk.orders.of(ask.actor)
    rows = [
        order_blocks.OrderRow(
            own.intent, own.link, own.intent.handle if own.intent.state is IntentState.WORKING else ""
        )
        for own in answer.own
    ]
    external = [order_blocks.ExternalRow(e.order, e.handle, e.asked) for e in answer.elsewhere]
    return order_blocks.orders_list(
        rows,
        external,
        now=ask.desk.clock.now(),
        environment_labels={e.order.account: e.environment for e in answer.elsewhere},
        failed=[(f.account.masked, f.why) for f in answer.failed],
    )
