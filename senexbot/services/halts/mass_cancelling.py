"""Cancelling many orders with one press after a halt: those that were listed beside the button, no others.

The list is kept under the button's handle, so that what was shown as protection is never cancelled by a button that
named the opening orders alone, whatever can be read of the positions by then.
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import structlog

from senexbot.domain.errors import (
    AlreadyHandled,
    BrokerFault,
    NotConnected,
    NotPermitted,
    SenexError,
    StoreFault,
    UserError,
)
from senexbot.domain.halts.halts import HaltState
from senexbot.domain.halts.protecting import Held, Split, parts_of, split
from senexbot.domain.links import AccountRef, Actor, Role
from senexbot.domain.market import Position
from senexbot.domain.news import NoticeNews
from senexbot.domain.orders.broker_orders import BrokerStatus, CancelOutcome, CancelWanted
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.ports import AuditEntry, BrokerReads, Clock, Handle, Ids, OrderDesk, Outgoing, Store, Tx
from senexbot.services.halts.halts import brake_on
from senexbot.services.orders.cancelling import Cancelling, cancellable
from senexbot.services.orders.handles import owned_handle, reachable_account

log = structlog.get_logger()
KIND = "cancels"
READ_SECONDS = 2.0  # for the positions beside a halt: the answer must not wait for a slow account
CANCEL_SECONDS = (
    13.0  # to ask for all and to read them back; within fifteen with what is stored before and after
)
CHUNK = 20  # orders in one transaction, so that nobody waits long for the store
PROTECTS, OPENS = "p", "o"


@dataclass(frozen=True, slots=True)
class Offer:
    """What stands beside a halt, and the handles of its buttons ("" without one).

    `split` is of the working orders, `on_the_way` of those claimed before the halt. The counts say how many each button
    cancels: of others only what opens, and only for the roles risk and operator.
    """

    split: Split
    on_the_way: Split
    opening: str = ""
    opening_count: int = 0
    everything: str = ""
    everything_count: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """What became of each order that was to be cancelled. `unknown`: not confirmed, with the reason."""

    cancelled: tuple[Intent, ...] = ()
    filled: tuple[Intent, ...] = ()
    ended: tuple[Intent, ...] = ()  # over by something else: expired, rejected
    unknown: tuple[tuple[Intent, str], ...] = ()

    @property
    def count(self) -> int:
        return len(self.cancelled) + len(self.filled) + len(self.ended) + len(self.unknown)


class _Fate(enum.Enum):
    CANCELLED = enum.auto()
    FILLED = enum.auto()
    ENDED = enum.auto()


@dataclass(frozen=True, slots=True)
class _Result:
    """`why`: why it is not known to be over, "" when it is."""

    asked: Intent
    current: Intent
    why: str


class MassCancelling:
    def __init__(
        self,
        *,
        store: Store,
        desk: OrderDesk,
        reads: BrokerReads,
        cancelling: Cancelling,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._store = store
        self._desk = desk
        self._reads = reads
        self._cancelling = cancelling
        self._clock = clock
        self._ids = ids

    async def offer(
        self, actor: Actor, working: Sequence[Intent], scope: str, on_the_way: Sequence[Intent] = ()
    ) -> Offer:
        """The orders by what they do, and the buttons for those working ones that the person may cancel."""
        known = await self._held((*working, *on_the_way))
        found, way = split(known[: len(working)]), split(known[len(working) :])
        async with self._store.read() as tx:
            others_too = await _may_cancel_others(tx, actor)
        opening = [i for i in found.opening if i.owner == actor.user_id or others_too]
        protecting = [i for i in found.protecting if i.owner == actor.user_id]
        first = await self._issue(actor, scope, opening, ()) if opening else ""
        both = await self._issue(actor, scope, opening, protecting) if protecting else ""
        return Offer(found, way, first, len(opening), both, len(opening) + len(protecting))

    async def cancel(self, actor: Actor, handle_value: str, listed: Sequence[str]) -> Done:
        """Cancel what was listed beside this button (`listed`) and still works; told as read back.

        Raises AlreadyHandled when nothing works any more, NotPermitted.
        """
        asked, accounts = await self._ask(actor, listed)
        groups: dict[AccountRef, list[Intent]] = {}
        for intent in asked:
            groups.setdefault(accounts[intent.id], []).append(intent)
        done = await asyncio.gather(*(self._cancel_in(account, own) for account, own in groups.items()))
        result = _sorted(tuple(one for part in done for one in part))
        await self._tell_owners(actor, handle_value, asked)
        return result

    async def cancel_own(
        self, team_id: str, owner: str, account: AccountRef, wanted: Mapping[CancelWanted, str]
    ) -> dict[CancelWanted, CancelOutcome]:
        """Orders in the owner's own account, because they asked for it: `wanted` with the intent's id, "" for one that
        was placed elsewhere. Cards of ours follow; one outcome for each."""
        asked: dict[CancelWanted, Intent] = {}
        async with self._store.begin() as tx:
            link = await tx.links.get(account.link_id)
            if link is None or (link.team_id, link.user_id) != (team_id, owner):
                raise NotConnected("The account of these orders is not linked any more.")
            for one, intent_id in wanted.items():
                intent = await tx.intents.get(intent_id) if intent_id else None
                if intent is not None and cancellable(intent):
                    asked[one] = await self._cancelling.note(tx, intent, by=owner, together=len(wanted))
                else:
                    await tx.audit(AuditEntry(owner, "order.cancel_external", str(one.number), "ok"))
        try:
            outcomes = dict(await self._desk.cancel_many(account, tuple(wanted), seconds=CANCEL_SECONDS))
        except BrokerFault as error:
            outcomes = {one: CancelOutcome(None, words=error.message) for one in wanted}
        for one, intent in asked.items():
            await self._cancelling.read_back(intent, outcomes[one], account)
        return outcomes

    # --- before the broker is asked ------------------------------------------------------------

    async def _held(self, intents: Sequence[Intent]) -> list[tuple[Intent, Held | None]]:
        """Each with what its account holds; one read an account, all within one short deadline."""
        accounts = {intent.account for intent in intents if _only_closes(intent)}
        read = await asyncio.gather(*(self._positions(account) for account in accounts))
        found = dict(zip(accounts, read, strict=True))
        return [(intent, found.get(intent.account)) for intent in intents]

    async def _positions(self, account: AccountRef) -> Held | None:
        try:
            async with asyncio.timeout(READ_SECONDS):
                return held_of(await self._reads.positions(account))
        except (BrokerFault, NotConnected, TimeoutError):
            return None

    async def _issue(
        self, actor: Actor, scope: str, opening: Iterable[Intent], protecting: Iterable[Intent]
    ) -> str:
        marked = [f"{OPENS}:{i.id}" for i in opening] + [f"{PROTECTS}:{i.id}" for i in protecting]
        value = self._ids.handle()
        async with self._store.begin() as tx:
            await tx.handles.issue(Handle(value, KIND, "|".join((scope, *marked)), 0, actor.user_id))
        return value

    async def listed(self, actor: Actor, value: str) -> list[str]:
        """The intents behind the button, in its first press only (I33). Raises AlreadyHandled on a second one."""
        async with self._store.begin() as tx:
            handle = await owned_handle(tx, actor, value, KIND)
            scope, *marked = handle.subject.split("|")
            ids = [one.partition(":")[2] for one in marked]
            if not await tx.first_time(f"{KIND}:{value}"):
                raise AlreadyHandled(
                    "These cancels were asked for already: `orders` and `status` show what became of them.",
                    code="cancels_asked",
                )
            row = await tx.halts.get(scope)
            await tx.audit(
                AuditEntry(
                    actor.user_id,
                    "halt.cancel",
                    scope,
                    "ok",
                    (("orders", str(len(ids))), ("state", row.state if row else "active")),
                )
            )
        return ids

    async def _ask(
        self, actor: Actor, ids: Sequence[str]
    ) -> tuple[tuple[Intent, ...], dict[str, AccountRef]]:
        """Stored as asked before the broker is: a few in each transaction, rights read in it (I29)."""
        asked: list[Intent] = []
        accounts: dict[str, AccountRef] = {}
        for start in range(0, len(ids), CHUNK):
            async with self._store.begin() as tx:
                others_too = await _may_cancel_others(tx, actor)
                for intent_id in ids[start : start + CHUNK]:
                    intent = await tx.intents.get(intent_id)
                    if intent is None or not cancellable(intent):
                        continue
                    await _require_right(tx, actor, intent, others_too)
                    try:
                        accounts[intent.id] = await reachable_account(tx, intent)
                    except NotConnected:
                        accounts[intent.id] = intent.account
                    noted = await self._cancelling.note(tx, intent, by=actor.user_id, together=len(ids))
                    asked.append(noted)
        if not asked:
            raise AlreadyHandled("None of these orders works any more.", code="nothing_works")
        return tuple(asked), accounts

    # --- the broker ----------------------------------------------------------------------------

    async def _cancel_in(self, account: AccountRef, intents: Sequence[Intent]) -> list[_Result]:
        moving = [i for i in intents if i.has_open_replace]
        plain = {_wanted(i): i for i in intents if not i.has_open_replace}
        try:
            outcomes = dict(await self._desk.cancel_many(account, tuple(plain), seconds=CANCEL_SECONDS))
        except (BrokerFault, UserError) as error:
            outcomes = {one: CancelOutcome(None, words=error.message) for one in plain}
        done = [await self._after(account, plain[one], outcome) for one, outcome in outcomes.items()]
        again = [self._cancelling.ask_for(account, intent) for intent in moving]  # whose number is changing
        for intent, outcome in zip(moving, await asyncio.gather(*again), strict=True):
            done.append(await self._after(account, intent, outcome))
        return done

    async def _after(self, account: AccountRef, asked: Intent, outcome: CancelOutcome) -> _Result:
        try:
            if outcome.order is not None and outcome.order.replaced_by is not None:
                outcome = await self._cancelling.ask_for(
                    account, asked
                )  # its price was moved meanwhile (F40)
            current = await self._cancelling.read_back(asked, outcome, account)
        except (StoreFault, SenexError) as error:
            log.warning("halt.cancel", intent=asked.id, code=error.code)
            return _Result(asked, asked, error.message or "it could not be stored")
        return _Result(asked, current, outcome.words if cancellable(current) else "")

    async def _tell_owners(self, actor: Actor, handle_value: str, asked: Sequence[Intent]) -> None:
        """Whose orders somebody else has cancelled: one line for each person."""
        counts: dict[str, int] = {}
        for intent in asked:
            if intent.owner != actor.user_id:
                counts[intent.owner] = counts.get(intent.owner, 0) + 1
        if not counts:
            return
        now = self._clock.now()
        async with self._store.begin() as tx:
            for owner, count in sorted(counts.items()):
                news = NoticeNews("cancelled_by_desk", (("by", actor.user_id), ("count", str(count))), now)
                await tx.outbox.put(
                    Outgoing(
                        key=f"user:{owner}",
                        news=news,
                        dedupe=f"{KIND}:{handle_value}:{owner}",
                        to_user=owner,
                    )
                )


def held_of(positions: Iterable[Position]) -> Held:
    """Signed quantity by symbol."""
    held: dict[str, Decimal] = {}
    for position in positions:
        held[position.symbol] = held.get(position.symbol, Decimal(0)) + position.quantity
    return held


async def _may_cancel_others(tx: Tx, actor: Actor) -> bool:
    """The roles that may halt anybody may also take back what anybody had opened; never what protects them."""
    roles = await tx.roles.of(actor.team_id, actor.user_id)
    return bool(roles & {Role.RISK, Role.OPERATOR}) and actor.is_full_member


async def _require_right(tx: Tx, actor: Actor, intent: Intent, others_too: bool) -> None:
    if intent.owner == actor.user_id:
        return
    if not others_too:
        raise NotPermitted("To cancel somebody else's order you need the role risk or operator.")
    if (await brake_on(tx, intent.account, intent.owner)).state is HaltState.ACTIVE:
        raise NotPermitted("Orders of others are cancelled only while they are halted.")


def _only_closes(intent: Intent) -> bool:
    parts = parts_of(intent)
    return bool(parts) and all(part.closes for part in parts)


def _sorted(results: Iterable[_Result]) -> Done:
    done: dict[_Fate, list[Intent]] = {fate: [] for fate in _Fate}
    unknown: list[tuple[Intent, str]] = []
    for one in results:
        if one.why:
            unknown.append((one.current, one.why))
        else:
            done[_fate(one)].append(one.current)
    return Done(
        tuple(done[_Fate.CANCELLED]), tuple(done[_Fate.FILLED]), tuple(done[_Fate.ENDED]), tuple(unknown)
    )


def _fate(one: _Result) -> _Fate:
    """Of exits whose order had filled before, what became of the exits."""
    if one.asked.state is IntentState.FILLED:
        facts = [child.facts for child in one.current.children]
        exited = any(f is not None and f.status is BrokerStatus.FILLED for f in facts)
        return _Fate.FILLED if exited else _Fate.CANCELLED
    return {IntentState.CANCELLED: _Fate.CANCELLED, IntentState.FILLED: _Fate.FILLED}.get(
        one.current.state, _Fate.ENDED
    )


def _wanted(intent: Intent) -> CancelWanted:
    if intent.complex_id is not None:
        return CancelWanted(intent.complex_id, is_complex=True)
    assert intent.facts is not None, "cancellable"
    return CancelWanted(intent.facts.order_id)
