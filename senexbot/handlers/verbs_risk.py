"""The verb `risk`, its list's buttons, and the remedies on a risk alert."""

from __future__ import annotations

from senexbot.blocks.kit import Message
from senexbot.blocks.orders import continued
from senexbot.blocks.risk_list import risk_list
from senexbot.domain.links import Actor
from senexbot.domain.order_words import order_words
from senexbot.domain.orders import Intent
from senexbot.domain.risk.saying import parse_risk
from senexbot.handlers.asking import Ask, Desk
from senexbot.handlers.verbs_desk import plan_continued
from senexbot.services.risk import RiskShown

CARD_SECONDS = 4.0


async def risk(ask: Ask) -> Message:
    """`risk`, `risk delta 0.35`, `risk off theta`, `risk usual`, `risk to here`."""
    shown = await ask.desk.risk.said(ask.actor, parse_risk(ask.text), "" if ask.direct else ask.channel)
    return shown_card(ask.desk, shown)


def shown_card(desk: Desk, shown: RiskShown) -> Message:
    return risk_list(
        shown.watch,
        shown.view,
        shown.look,
        now=desk.clock.now(),
        handles=shown.handles,
        usual=shown.usual,
        stale=shown.stale,
        done=shown.done,
    )


async def press_set(desk: Desk, actor: Actor, handle: str) -> Message:
    return shown_card(desk, await desk.risk.press_set(actor, handle))


async def press_show(desk: Desk, actor: Actor, handle: str) -> Message:
    return shown_card(desk, await desk.risk.show_of(actor, handle))


async def press_close(desk: Desk, actor: Actor, handle: str, *, direct: bool) -> Message | None:
    return await _previewed(desk, await desk.risk.close(actor, handle), direct=direct)


async def press_roll(desk: Desk, actor: Actor, handle: str, *, direct: bool) -> Message | None:
    return await _previewed(desk, await desk.risk.roll(actor, handle), direct=direct)


async def press_flatten(desk: Desk, actor: Actor, handle: str, *, direct: bool) -> Message | None:
    account = await desk.risk.account_of(actor, handle)
    plan = await desk.flattening.plan(actor, account.number)
    return None if direct else await plan_continued(desk, plan)


async def _previewed(desk: Desk, intents: tuple[Intent, ...], *, direct: bool) -> Message | None:
    """The preview stands in the person's own messages (design decision 5)."""
    if direct:
        return None
    link = await desk.orders.wait_for_card(intents[0].id, seconds=CARD_SECONDS)
    return continued(link, order_words(intents[0].terms))
