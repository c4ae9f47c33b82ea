"""What each button does. The value is a handle; everything else is read from the store (I30)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from senexbot.blocks import approval_forms as forms
from senexbot.blocks import approvals as approval_blocks
from senexbot.blocks import orders as order_blocks
from senexbot.blocks.actions import ActionId, CallbackId
from senexbot.blocks.connect import connect_modal
from senexbot.blocks.external import reason_form
from senexbot.blocks.kit import Message
from senexbot.domain.errors import BrokerFault, NotConnected, NotFound
from senexbot.domain.orders.intents import IntentState
from senexbot.handlers import (
    verbs_account,
    verbs_desk,
    verbs_mandate,
    verbs_policy,
)
from senexbot.handlers.alert_buttons import ALERT_BUTTONS
from senexbot.handlers.picturing import picture
from senexbot.handlers.pressing import Press, ask_of
from senexbot.handlers.ticket import open_for, open_trade
from senexbot.services.orders.handles import owned_handle, owned_intent, same_terms


async def _confirm(press: Press) -> None:
    await press.desk.executing.send(press.actor, press.handle)


async def _discard(press: Press) -> None:
    await press.desk.previews.discard(press.actor, press.handle)


async def _dearer(press: Press) -> None:
    await press.desk.previews.step(press.actor, press.handle, steps=1)


async def _cheaper(press: Press) -> None:
    await press.desk.previews.step(press.actor, press.handle, steps=-1)


async def _move_up(press: Press) -> None:
    await press.desk.replacing.step(press.actor, press.handle, steps=1)


async def _move_down(press: Press) -> None:
    await press.desk.replacing.step(press.actor, press.handle, steps=-1)


async def _move_accept(press: Press) -> Message:
    intent = await press.desk.moves.accept(press.actor, press.handle)
    return order_blocks.continued(await press.desk.orders.card_link(intent.id), "your order moves")


async def _walk_start(press: Press) -> None:
    await press.desk.walking.start(press.actor, press.handle)


async def _walk_stop(press: Press) -> None:
    await press.desk.walking.stop(press.actor, press.handle)


async def _walk_resume(press: Press) -> None:
    await press.desk.walking.resume(press.actor, press.handle)


async def _again(press: Press) -> None:
    await press.desk.previews.again(press.actor, press.handle)


async def _cancel(press: Press) -> Message | None:
    done = await press.desk.cancelling.cancel(press.actor, press.handle)
    if done.intent is None:
        return None
    if press.on_card and done.intent.state in {IntentState.CANCELLED, IntentState.FILLED}:
        return None  # the card under the finger tells it; a list does not
    return order_blocks.cancel_result(done.intent, done.outcome)


async def _cancel_elsewhere(press: Press) -> Message:
    done = await press.desk.cancelling.cancel_external(press.actor, press.handle)
    if done.outcome.order is None:
        raise BrokerFault(done.outcome.words or "The cancel could not be read back. Look at orders.")
    return order_blocks.cancel_result(done.outcome.order, done.outcome, environment_label=done.environment)


async def _external_reason(press: Press) -> None:
    known = await press.desk.external.form(press.actor, press.handle)
    await press.desk.slack.open_view(press.trigger_id, reason_form(known))


async def _look(press: Press) -> None:
    """The card shows when it was looked at last, and what was found."""
    await press.desk.settling.look_now(press.actor, press.handle)


async def _on_it(press: Press) -> None:
    await press.desk.settling.on_it(press.actor, press.handle)


async def _close(press: Press) -> None:
    await press.desk.settling.close(press.actor, press.handle)


async def _explain(press: Press) -> Message:
    del press
    return order_blocks.unknown_explained()


async def _order_ask(press: Press) -> None:
    async with press.desk.store.read() as tx:
        _, intent = await owned_intent(tx, press.actor, press.handle)
    await press.desk.slack.open_view(
        press.trigger_id, forms.ask_form(press.handle, approval_blocks.needed(intent))
    )


async def _order_answer(press: Press) -> None:
    async with press.desk.store.read() as tx:
        _, intent = await owned_intent(tx, press.actor, press.handle)
    form = forms.answer_form(press.handle, approval_blocks.question(intent))
    await press.desk.slack.open_view(press.trigger_id, form)


async def _order_fewer(press: Press) -> None:
    await press.desk.executing.send_fewer(press.actor, press.handle)


async def _approve(press: Press) -> None:
    decided = await press.desk.approvals.approve(press.actor, press.handle)
    await press.desk.executing.after(decided)


async def _approve_fewer(press: Press) -> None:
    request = await press.desk.approvals.request_of(press.actor, press.handle)
    form = forms.fewer_form(press.handle, request.envelope.greatest_quantity)
    await press.desk.slack.open_view(press.trigger_id, form)


async def _decline(press: Press) -> None:
    await press.desk.approvals.request_of(press.actor, press.handle)
    await press.desk.slack.open_view(press.trigger_id, forms.decline_form(press.handle))


async def _ask_back(press: Press) -> None:
    await press.desk.approvals.request_of(press.actor, press.handle)
    await press.desk.slack.open_view(press.trigger_id, forms.question_form(press.handle))


async def _approval_refresh(press: Press) -> None:
    """The message under the finger shows the market anew, and so do those of the others who are asked."""
    await press.desk.approval_quotes.refresh(press.actor, press.handle)


async def _mandate_approve(press: Press) -> None:
    await press.desk.mandates.approve(press.actor, press.handle)


async def _mandate_decline(press: Press) -> None:
    await press.desk.mandates.of_handle(press.actor, press.handle)
    form = forms.decline_form(press.handle, CallbackId.MANDATE_DECLINE)
    await press.desk.slack.open_view(press.trigger_id, form)


async def _mandate_revoke(press: Press) -> Message:
    await press.desk.mandates.revoke(press.actor, press.handle)
    return await verbs_mandate.listed(press.desk, press.actor)


async def _picture(press: Press) -> None:
    async with press.desk.store.read() as tx:
        handle, intent = await owned_intent(tx, press.actor, press.handle)
        same_terms(handle, intent)
    await picture(press.desk, intent)


async def _ticket_open(press: Press) -> None:
    await open_for(press.desk, press.actor, press.trigger_id, press.handle)


async def _trade(press: Press) -> None:
    await open_trade(press.desk, press.actor, press.trigger_id, press.handle)


async def _link_default(press: Press) -> Message:
    async with press.desk.store.read() as tx:
        handle = await owned_handle(
            tx, press.actor, press.handle, "account", now=press.desk.clock.not_before()
        )
    link_id, _, number = handle.subject.partition("|")
    await press.desk.links.set_default(press.actor, link_id, number)
    return await verbs_account.accounts(ask_of(press))


async def _link_disconnect(press: Press) -> Message:
    """The list's button: asks first."""
    async with press.desk.store.read() as tx:
        handle = await owned_handle(tx, press.actor, press.handle, "link", now=press.desk.clock.not_before())
        link = await tx.links.get(handle.subject)
    if link is None or link.user_id != press.actor.user_id:
        raise NotConnected("This link was removed already.")
    return await verbs_account.ask_to_erase(press.desk, press.actor, link)


async def _link_erase(press: Press) -> Message:
    now = press.desk.clock.not_before()
    async with press.desk.store.read() as tx:
        handle = await owned_handle(tx, press.actor, press.handle, "erase", now=now)
    return await verbs_account.erase(press.desk, press.actor, handle.subject)


async def _link_connect(press: Press) -> None:
    """Opens the form for whoever presses: the link request is made for them."""
    request = await press.desk.links.begin(press.actor)
    modal = connect_modal(environments=verbs_account.environments(press.desk), private_metadata=request.value)
    await press.desk.slack.open_view(press.trigger_id, modal)


async def _resume(press: Press) -> Message:
    async with press.desk.store.read() as tx:
        handle = await owned_handle(tx, press.actor, press.handle, "desk")
    return await verbs_desk.resume_desk(press.desk, press.actor, scope=handle.subject)


async def _halt_cancel(press: Press) -> None:
    await verbs_desk.cancel_listed(press.desk, press.actor, press.handle)


async def _flatten_plan(press: Press) -> Message | None:
    plan = await press.desk.flattening.plan_for(press.actor, press.handle)
    return None if press.direct else await verbs_desk.plan_continued(press.desk, plan)


async def _flatten_send(press: Press) -> None:
    await press.desk.flattening.confirm(press.actor, press.handle)


async def _flatten_stop(press: Press) -> None:
    await press.desk.flattening.stop(press.actor, press.handle)


async def _flatten_on(press: Press) -> None:
    await press.desk.flattening.go_on(press.actor, press.handle)


async def _policy_agree(press: Press) -> Message:
    return await verbs_policy.agree(press.desk, press.actor, press.handle)


async def _policy_withdraw(press: Press) -> Message:
    return await verbs_policy.withdraw(press.desk, press.actor, press.handle)


async def says_something(press: Press) -> bool:
    """An entry of a menu that stands for a command."""
    async with press.desk.store.read() as tx:
        handle = await tx.handles.find(press.handle)
    return handle is not None and handle.kind == "say"


async def said(press: Press) -> str:
    """The command that a suggestion stands for. Raises NotFound, NotPermitted."""
    async with press.desk.store.read() as tx:
        handle = await owned_handle(tx, press.actor, press.handle, "say")
    if not handle.subject:
        raise NotFound("This button stands for nothing any more.")
    return handle.subject


BUTTONS: Mapping[ActionId, Callable[[Press], Awaitable[Message | None]]] = {
    ActionId.ORDER_CONFIRM: _confirm,
    ActionId.ORDER_DISCARD: _discard,
    ActionId.ORDER_STEP_UP: _dearer,
    ActionId.ORDER_STEP_DOWN: _cheaper,
    ActionId.ORDER_AGAIN: _again,
    ActionId.ORDER_MOVE_UP: _move_up,
    ActionId.ORDER_MOVE_DOWN: _move_down,
    ActionId.MOVE_ACCEPT: _move_accept,
    ActionId.WALK_START: _walk_start,
    ActionId.WALK_STOP: _walk_stop,
    ActionId.WALK_RESUME: _walk_resume,
    ActionId.ORDER_CANCEL: _cancel,
    ActionId.EXTERNAL_CANCEL: _cancel_elsewhere,
    ActionId.EXTERNAL_REASON: _external_reason,
    ActionId.ORDER_LOOK: _look,
    ActionId.ORDER_ON_IT: _on_it,
    ActionId.ORDER_CLOSE: _close,
    ActionId.ORDER_EXPLAIN: _explain,
    ActionId.ORDER_ASK: _order_ask,
    ActionId.ORDER_FEWER: _order_fewer,
    ActionId.ORDER_ANSWER: _order_answer,
    ActionId.APPROVAL_APPROVE: _approve,
    ActionId.APPROVAL_FEWER: _approve_fewer,
    ActionId.APPROVAL_DECLINE: _decline,
    ActionId.APPROVAL_QUESTION: _ask_back,
    ActionId.APPROVAL_REFRESH: _approval_refresh,
    ActionId.MANDATE_APPROVE: _mandate_approve,
    ActionId.MANDATE_DECLINE: _mandate_decline,
    ActionId.MANDATE_REVOKE: _mandate_revoke,
    ActionId.ORDER_PICTURE: _picture,
    ActionId.TICKET_OPEN: _ticket_open,
    ActionId.TICKET_TRADE: _trade,
    ActionId.POSITION_MENU: _trade,
    **ALERT_BUTTONS,
    ActionId.LINK_DEFAULT: _link_default,
    ActionId.LINK_DISCONNECT: _link_disconnect,
    ActionId.LINK_ERASE: _link_erase,
    ActionId.LINK_CONNECT: _link_connect,
    ActionId.RESUME: _resume,
    ActionId.HALT_CANCEL: _halt_cancel,
    ActionId.HALT_CANCEL_ALL: _halt_cancel,
    ActionId.FLATTEN_PLAN: _flatten_plan,
    ActionId.FLATTEN_SEND: _flatten_send,
    ActionId.FLATTEN_ON: _flatten_on,
    ActionId.FLATTEN_STOP: _flatten_stop,
    ActionId.POLICY_AGREE: _policy_agree,
    ActionId.POLICY_WITHDRAW: _policy_withdraw,
}
