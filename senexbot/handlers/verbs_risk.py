"""The verb `risk`, its list's buttons, and the remedies on a risk alert."""

from __future__ import annotations

from senexbot.blocks.kit import Message
from senexbot.blocks.risk_list import risk_list
from senexbot.domain.links import Actor
from senexbot.domain.risk.saying import parse_risk
from senexbot.handlers.asking import Ask, Desk
from senexbot.handlers.verbs_desk import plan_continued
from senexbot.handlers.verbs_order import preview
from senexbot.services.risk.desk import RiskShown


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


async def press_close(ask: Ask, handle: str) -> Message | None:
    """The preview that closes the trade; nothing is sent before it is confirmed."""
    return await preview(ask, await ask.desk.risk.closing(ask.actor, handle))


async def press_roll(ask: Ask, handle: str) -> Message | None:
    return await preview(ask, await ask.desk.risk.rolling(ask.actor, handle))


async def press_flatten(ask: Ask, handle: str) -> Message | None:
    account = await ask.desk.risk.account_of(ask.actor, handle)
    plan = await ask.desk.flattening.plan(ask.actor, account.number)
    return None if ask.direct else await plan_continued(ask.desk, plan)
