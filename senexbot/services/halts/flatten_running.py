"""Carrying out a confirmed plan to flatten, under the lease: cancel what opens, then close stage by stage.

Each close takes the way of every order: preview with all checks and the dry run, a stored intent, a claim, one create
request. Its intent's id stands in the plan, so that a plan carried out twice finds what was begun. After a restart
a plan rests until its owner says go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import structlog

from senexbot.domain.errors import Fenced, SenexError, Stale, StoreFault
from senexbot.domain.halts.flatten_plan import (
    ASK_THERE,
    RESTARTED,
    CancelStep,
    CloseStep,
    FlattenPlan,
    PlanState,
    StepState,
    adopted,
    learned,
    paused,
    protection_of,
    ready,
    settled,
    with_cancels,
    with_close,
)
from senexbot.domain.halts.halts import HaltState, scope_words
from senexbot.domain.links import AccountRef, Actor
from senexbot.domain.orders.broker_orders import BrokerStatus, CancelOutcome
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.policy.verdict import Outcome
from senexbot.ports import Clock, Handle, Lease, Messenger, Store
from senexbot.services.approval.eligibility import directory
from senexbot.services.halts.flattening import save_plan
from senexbot.services.halts.halts import brake_on
from senexbot.services.halts.mass_cancelling import MassCancelling
from senexbot.services.news.telling import tell_change
from senexbot.services.orders.market_facts import MarketReader
from senexbot.services.orders.previews import Previews
from senexbot.services.orders.sending import Sending

log = structlog.get_logger()
ROUND_SECONDS = 0.5
AT_ONCE = 4  # closes of one plan side by side: each needs several requests of the account's pace
STOPPING = "stopping"
PROTECTED = "Its protection stands as before."
BARE = "Its protection was cancelled for this: say protect {} with tp or sl, or close it."


class FlattenRunning:
    def __init__(
        self,
        *,
        store: Store,
        previews: Previews,
        sending: Sending,
        cancelling: MassCancelling,
        market: MarketReader,
        messenger: Messenger,
        clock: Clock,
    ) -> None:
        self._store = store
        self._previews = previews
        self._sending = sending
        self._cancelling = cancelling
        self._market = market
        self._messenger = messenger
        self._clock = clock

    async def run(self, lease: Lease) -> None:
        """Until cancelled, or until the lease is somebody else's. Each plan in a task of its own: one account that
        answers slowly delays nobody else."""
        turns: dict[str, asyncio.Task[None]] = {}
        try:
            while True:
                try:
                    await self.round(lease, turns)
                except StoreFault as fault:
                    if isinstance(fault, Fenced):
                        raise
                    log.warning("flatten.store", code=fault.code)
                await self._clock.sleep(ROUND_SECONDS)
        finally:
            for task in turns.values():
                task.cancel()
            await asyncio.gather(*turns.values(), return_exceptions=True)

    async def round(self, lease: Lease, turns: dict[str, asyncio.Task[None]]) -> None:
        for plan_id in [plan_id for plan_id, task in turns.items() if task.done()]:
            turns.pop(plan_id).result()  # only Fenced comes out of a turn
        async with self._store.read() as tx:
            plans = await tx.flatten.running()
        for plan in plans:
            if plan.id not in turns:
                turns[plan.id] = asyncio.create_task(self._guarded(plan, lease), name=f"flatten-{plan.id}")

    async def _guarded(self, plan: FlattenPlan, lease: Lease) -> None:
        """One that fails does not stop the others (I66)."""
        try:
            await self.turn(plan, lease)
        except Fenced:
            raise
        except StoreFault as fault:
            log.warning("flatten.store", plan=plan.id, code=fault.code)
        except Exception as error:
            log.exception("flatten.unforeseen", plan=plan.id)
            await self._rest(plan, f"unforeseen trouble ({type(error).__name__})", lease)

    async def turn(self, plan: FlattenPlan, lease: Lease) -> None:
        """One step: what became of the orders, then the cancels, then the closes that may start now."""
        if plan.epoch is None:
            await self._save(adopted(plan, lease.epoch), "flatten.adopted", lease)
            return
        if plan.epoch != lease.epoch:
            await self._rest(plan, RESTARTED, lease)
            return
        now = await self._learned(plan)
        owner = await self._owner(plan)
        if owner is None:
            await self._rest(plan, "Slack does not tell who you are now", lease)
            return
        todo = tuple(step for step in now.opening if step.state is StepState.PLANNED)
        if todo:
            now = with_cancels(now, await self._cancel(plan, todo))
        elif starts := ready(now)[:AT_ONCE]:
            halted = await self._halted(now)
            if halted:
                await self._rest(plan, halted, lease)
                return
            now = await self._close(now, owner, starts, lease)
        now = settled(now)
        if now != plan:
            await self._save(replace(now, version=plan.version + 1), f"flatten.{now.state.value}", lease)

    # --- steps ---------------------------------------------------------------------------------

    async def _learned(self, plan: FlattenPlan) -> FlattenPlan:
        found: dict[str, Intent | None] = {}
        async with self._store.read() as tx:
            for close in plan.closes:
                found[close.intent_id] = await tx.intents.get(close.intent_id)
        return learned(plan, found.get)

    async def _owner(self, plan: FlattenPlan) -> Actor | None:
        return (await directory(self._messenger, (plan.owner,))).get(plan.owner)

    async def _halted(self, plan: FlattenPlan) -> str:
        async with self._store.read() as tx:
            for account in plan.accounts:
                brake = await brake_on(tx, account, plan.owner)
                if brake.state is HaltState.HALTED:
                    return f"{scope_words(brake.scope)} is halted: closes start when it is reducing"
        return ""

    async def _cancel(self, plan: FlattenPlan, steps: Sequence[CancelStep]) -> tuple[CancelStep, ...]:
        by_account: dict[AccountRef, list[CancelStep]] = {}
        for step in steps:
            by_account.setdefault(step.account, []).append(step)
        done: list[CancelStep] = []
        for account, own in by_account.items():
            wanted = {step.wanted: step.intent_id for step in own}
            outcomes = await self._cancelling.cancel_own(plan.team_id, plan.owner, account, wanted)
            done += [_after(step, outcomes[step.wanted]) for step in own]
        return tuple(done)

    async def _close(
        self, plan: FlattenPlan, owner: Actor, starts: Sequence[CloseStep], lease: Lease
    ) -> FlattenPlan:
        """Protection goes just before what it protects is sent, where nothing of ours is against that; and nothing is
        sent where it did not go."""
        starts = await asyncio.gather(*(self._foreseen(plan, owner, close) for close in starts))
        for close in starts:
            plan = with_close(plan, close)
        starts = [close for close in starts if close.state is StepState.PLANNED]
        steps = {
            (step.account, step.wanted): step
            for close in starts
            for step in protection_of(plan, close)
            if step.state is StepState.PLANNED
        }
        if steps:
            plan = with_cancels(plan, await self._cancel(plan, tuple(steps.values())))
        sent = await asyncio.gather(*(self._send(plan, owner, close, lease) for close in starts))
        for close in sent:
            plan = with_close(plan, close)
        return plan

    async def _foreseen(self, plan: FlattenPlan, owner: Actor, close: CloseStep) -> CloseStep:
        """Of a close whose protection still works: failed where our own checks or the policy stop it, so that it does
        not lose its stop for nothing."""
        if not any(step.state is StepState.PLANNED for step in protection_of(plan, close)):
            return close
        try:
            facts = await self._market.facts(close.terms)
            verdict = await self._previews.foresee(owner, close.terms, facts)
        except SenexError as no:
            if isinstance(no, StoreFault):
                raise
            return replace(close, state=StepState.FAILED, why=f"{no.message or no.code} {PROTECTED}")
        if verdict.outcome is Outcome.NEEDS_APPROVAL:
            return replace(
                close, state=StepState.FAILED, why=f"it needs an approval: close it by itself. {PROTECTED}"
            )
        return close

    async def _send(self, plan: FlattenPlan, owner: Actor, close: CloseStep, lease: Lease) -> CloseStep:
        for step in protection_of(plan, close):
            if step.state is StepState.FILLED:
                why = "what protected it filled meanwhile: say flatten again for what is left"
                return replace(close, state=StepState.FAILED, why=why)
            if step.state is not StepState.DONE:
                why = f"not sent: its protection still works or is not known ({step.why})"
                return replace(close, state=StepState.FAILED, why=why)
        try:
            return await self._place(owner, close, lease)
        except Fenced:
            raise
        except Stale:
            return close  # somebody was faster: what became of it is read in the next turn
        except SenexError as no:
            if no.code == STOPPING:
                return close  # the next start says that it rests
            await self._discard(owner, close)
            bare = any(step.state is StepState.DONE for step in protection_of(plan, close))
            why = (
                f"{no.message or no.code} {BARE.format(close.terms.underlying)}"
                if bare
                else no.message or no.code
            )
            return replace(close, state=StepState.FAILED, why=why)

    async def _place(self, owner: Actor, close: CloseStep, lease: Lease) -> CloseStep:
        async with self._store.read() as tx:
            intent = await tx.intents.get(close.intent_id)
        if intent is None:
            facts = await self._market.facts(close.terms)
            assessed = await self._previews.assess(owner, close.terms, facts)
            intent = replace(assessed, id=close.intent_id)
            async with self._store.begin() as tx:
                await tx.leases.check(lease)
                await tx.handles.issue(
                    Handle(intent.handle, "intent", intent.id, intent.terms_version, intent.owner)
                )
                await tell_change(
                    tx, None, intent, by=owner.user_id, action="order.preview", now=self._clock.now()
                )
        if intent.state is not IntentState.PREVIEWED:
            return close  # begun before: what became of it is read from it
        if intent.verdict is not None and intent.verdict.outcome is Outcome.NEEDS_APPROVAL:
            return replace(close, state=StepState.ASKS, why=ASK_THERE)
        await self._sending.confirm(owner, intent.handle)
        return replace(close, state=StepState.SENT, why="")

    async def _discard(self, owner: Actor, close: CloseStep) -> None:
        """No button to confirm by hand is left behind of a close that the plan could not send."""
        try:
            async with self._store.read() as tx:
                intent = await tx.intents.get(close.intent_id)
            if intent is not None and intent.state is IntentState.PREVIEWED:
                await self._previews.discard(owner, intent.handle)
        except SenexError as error:
            log.warning("flatten.discard", intent=close.intent_id, code=error.code)

    # --- storing -------------------------------------------------------------------------------

    async def _rest(self, plan: FlattenPlan, reason: str, lease: Lease) -> None:
        async with self._store.begin() as tx:
            await tx.leases.check(lease)
            current = await tx.flatten.get(plan.id)
            if current is None or current.state is not PlanState.RUNNING:
                return
            await save_plan(tx, paused(current, reason), by="bot", action="flatten.paused")

    async def _save(self, plan: FlattenPlan, action: str, lease: Lease) -> None:
        """What its owner stopped meanwhile stays stopped, with what is known of its steps."""
        async with self._store.begin() as tx:
            await tx.leases.check(lease)
            current = await tx.flatten.get(plan.id)
            if current is not None and current.version == plan.version:
                kept = PlanState.DONE if plan.state is PlanState.DONE else current.state
                plan = replace(plan, version=current.version + 1, state=kept, reason=current.reason)
            await save_plan(tx, plan, by="bot", action=action)


def _after(step: CancelStep, outcome: CancelOutcome) -> CancelStep:
    order = outcome.order
    if order is None:
        return replace(step, state=StepState.UNKNOWN, why=outcome.words)
    parts = outcome.parts or (order,)
    if any(not part.status.is_terminal for part in parts):
        accepted = order.status in {BrokerStatus.CANCEL_REQUESTED, BrokerStatus.REPLACE_REQUESTED}
        state = StepState.UNKNOWN if accepted else StepState.FAILED
        return replace(step, state=state, why=outcome.words)
    filled = any(part.status is BrokerStatus.FILLED or part.filled for part in parts)
    return replace(step, state=StepState.FILLED if filled else StepState.DONE)
