"""The verb `policy`: what holds, what it says of an order, and changing it."""

from __future__ import annotations

from senexbot.blocks import policy as policy_blocks
from senexbot.blocks.kit import Message
from senexbot.domain.calendar import trading_day
from senexbot.domain.errors import ParseError, Suggestion
from senexbot.domain.language import parse
from senexbot.domain.language.said import ReplaceSaid
from senexbot.domain.links import Actor
from senexbot.domain.policy.changes import ChangeState
from senexbot.domain.policy.reading import read_setting
from senexbot.domain.policy.words import value_words
from senexbot.domain.words import first_and_rest
from senexbot.handlers.asking import Ask, Desk
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.policy.editing import PolicyView


async def policy(ask: Ask) -> Message:
    """`policy`, `policy test ORDER`, `policy set RULE VALUE [for …]`."""
    first, rest = first_and_rest(ask.text)
    match first.lower():
        case "" | "show":
            return await _show(ask.desk, ask.actor)
        case "test":
            return await _test(ask, rest)
        case "set":
            return await _set(ask, rest)
        case _:
            raise ParseError(
                f"“{first[:40]}” is nothing that policy does.",
                word=first[:40],
                place=2,
                hint="Say policy, policy test and an order, or policy set and a rule.",
                suggestions=(Suggestion("Policy", "policy"),),
            )


async def _show(desk: Desk, actor: Actor) -> Message:
    view: PolicyView = await desk.policies.view(actor)
    waiting = [
        policy_blocks.OpenChange(
            change,
            handle,
            may_agree=change.state is ChangeState.PROPOSED and change.by != actor.user_id,
        )
        for change, handle in view.waiting
    ]
    return policy_blocks.policy_card(view.policy, waiting, now=desk.clock.now())


async def _test(ask: Ask, text: str) -> Message:
    """Explains; nothing is stored and the broker is asked for figures only."""
    word, rest = first_and_rest(text)
    said = parse(rest if word.lower() == "order" else text, trading_day(ask.desk.clock.now(), EXCHANGE_ZONE))
    if isinstance(said, ReplaceSaid):
        raise ParseError("The policy looks at new orders.", hint="Say one, such as buy 100 AAPL @ 187.50.")
    terms, facts = await ask.desk.previews.understood(ask.actor, said)
    explained = await ask.desk.policy_check.explain(ask.actor, terms, facts)
    cover = explained.cover
    return policy_blocks.explained(
        terms,
        explained.verdict,
        explained.approvers,
        cover.mark,
        cover.why,
        now=ask.desk.clock.now(),
    )


async def _set(ask: Ask, text: str) -> Message:
    done = await ask.desk.policies.set(ask.actor, read_setting(text))
    before = "" if done.before is None else value_words(done.change.rule, done.before)
    return policy_blocks.edited(done.change, before, done.others, now=ask.desk.clock.now())


async def agree(desk: Desk, actor: Actor, handle: str) -> Message:
    return policy_blocks.decided(await desk.policies.agree(actor, handle))


async def withdraw(desk: Desk, actor: Actor, handle: str) -> Message:
    return policy_blocks.decided(await desk.policies.withdraw(actor, handle))
