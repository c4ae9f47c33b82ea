"""`replace 12345 @ 3.40` in words: shown with what it comes to, and done only when its owner presses the button."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from senexbot.domain.calendar import trading_day
from senexbot.domain.errors import AlreadyHandled, BrokerFault, Denied, NotFound, ParseError
from senexbot.domain.language.said import ReplaceSaid
from senexbot.domain.links import Actor
from senexbot.domain.orders.changes import Change, alone, change_of, changed, triggers_at_once
from senexbot.domain.orders.intents import Intent, IntentState
from senexbot.domain.orders.net import net_ticks, two_sided
from senexbot.domain.orders.rules import order_rules
from senexbot.domain.orders.terms import Besides, OrderTerms, OrderType, TimeInForce, WalkTerms
from senexbot.domain.orders.walking import is_possible
from senexbot.ports import Clock, Handle, Ids, Store
from senexbot.services.clocks import EXCHANGE_ZONE
from senexbot.services.orders.handles import owned_handle
from senexbot.services.orders.market_facts import MarketReader
from senexbot.services.orders.replacing import Replacing
from senexbot.services.orders.walking import Walking
from senexbot.services.rules import DeskRules

KIND = "move"
WHAT_WORKS = "Type orders to see what works, with the broker's numbers."
ONE_MOVE = "Say replace, the number, @ and the price."


@dataclass(frozen=True, slots=True)
class MoveOffer:
    """One of `change` and `walk`. `handle`: of the button that does it; `at_once`: the stop lies past the market."""

    intent: Intent
    change: Change | None
    walk: WalkTerms | None
    handle: str
    at_once: bool = False


class MoveOffers:
    def __init__(
        self,
        *,
        store: Store,
        replacing: Replacing,
        walking: Walking,
        market: MarketReader,
        clock: Clock,
        ids: Ids,
        rules: DeskRules,
    ) -> None:
        self._store = store
        self._replacing = replacing
        self._walking = walking
        self._market = market
        self._clock = clock
        self._ids = ids
        self._rules = rules

    async def offer(self, actor: Actor, said: ReplaceSaid) -> MoveOffer:
        """What these words would do to which order. Raises ParseError, NotFound, AlreadyHandled, Denied; changes
        nothing."""
        intent, part = await self._find(actor, said.order_id)
        walk = None if said.walk is None else _walk(intent.terms, part, said)
        change = change_of(intent.terms, part, said) if walk is None else None
        at_once = False if change is None else await self._looked_at(intent, change)
        made = MoveOffer(intent, change, walk, self._ids.handle(), at_once)
        async with self._store.begin() as tx:
            await tx.handles.issue(
                Handle(
                    value=made.handle,
                    kind=KIND,
                    subject=f"{intent.id}|{_coded(made)}",
                    version=intent.terms_version,
                    owner=actor.user_id,
                    expires_at=self._clock.not_before() + timedelta(seconds=self._rules.confirm_seconds),
                )
            )
        return made

    async def accept(self, actor: Actor, handle_value: str) -> Intent:
        """The owner presses: one replacement, or a walk begins. Refused when the price was moved since (I31)."""
        async with self._store.begin() as tx:
            handle = await owned_handle(tx, actor, handle_value, KIND, now=self._clock.not_before())
            intent_id, _, coded = handle.subject.partition("|")
            intent = await tx.intents.get(intent_id)
            if intent is None or intent.owner != actor.user_id:
                raise NotFound("This order is not known here any more.")
            if intent.terms_version != handle.version:
                raise AlreadyHandled("Its price was moved since. Say it again.", code="older_preview")
            said = _decoded(coded)
            if isinstance(said, WalkTerms):
                return await self._walking.begin(tx, actor, intent, said)
        return await self._replacing.change(actor, intent, said)

    async def _looked_at(self, intent: Intent, change: Change) -> bool:
        """Refuses what the order forms do not allow; whether a stop would trigger at once, as far as is known."""
        try:
            facts = await self._market.facts(alone(intent.terms, change.part))
        except BrokerFault:
            return False  # the press asks again
        terms = alone(changed(intent.terms, change), change.part)
        today = trading_day(self._clock.now(), EXCHANGE_ZONE)
        wrong = tuple(
            order_rules(replace(terms, group=None, children=()), net_ticks(facts.instruments), today)
        )
        if wrong:
            raise Denied(*wrong)
        trigger, market = change.besides.stop_trigger, two_sided(facts.quote)
        if trigger is None or market is None or len(terms.legs) > 1:
            return False
        return triggers_at_once(intent.terms, change.part, trigger, *market)

    async def _find(self, actor: Actor, order_id: int) -> tuple[Intent, int]:
        """The person's working order with this number, or the one that has an open exit with it, and which."""
        async with self._store.read() as tx:
            working = await tx.intents.in_states((IntentState.WORKING,), owner=actor.user_id)
            protected = await tx.intents.with_open_children()
        for intent in {one.id: one for one in (*working, *protected)}.values():
            if (intent.owner, intent.team_id) != (actor.user_id, actor.team_id):
                continue
            known = [(0, intent.facts, intent.chain)] if intent.state is IntentState.WORKING else []
            known += [(n, child.facts, child.chain) for n, child in enumerate(intent.children, 1)]
            for part, facts, chain in known:
                if facts is None:
                    continue
                if facts.order_id == order_id:
                    return intent, part
                if order_id in chain:
                    words = f"Order {order_id} was replaced: it is order {facts.order_id} now."
                    raise AlreadyHandled(words, code="replaced")
        raise NotFound(f"You have no working order {order_id} here. {WHAT_WORKS}")


def _coded(made: MoveOffer) -> str:
    if made.walk is not None:
        return f"walk|{made.walk.step}|{made.walk.every_seconds}|{made.walk.to}"
    assert made.change is not None, "an offer is of one of the two"
    besides = made.change.besides
    parts = (made.change.price, besides.stop_trigger, besides.gtc_date)
    told = "|".join("" if part is None else str(part) for part in parts)
    return f"{made.change.part}|{besides.time_in_force.value}|{told}"


def _decoded(coded: str) -> Change | WalkTerms:
    kind, *rest = coded.split("|")
    if kind == "walk":
        return WalkTerms(Decimal(rest[0]), int(rest[1]), Decimal(rest[2]))
    tif, price, stop, day = rest
    besides = Besides(_number(stop), TimeInForce(tif), date.fromisoformat(day) if day else None)
    return Change(_number(price), besides, int(kind))


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _walk(terms: OrderTerms, part: int, said: ReplaceSaid) -> WalkTerms:
    """The walk that is meant; the side of the order gives the sign."""
    now = terms.price
    if (
        part
        or terms.group is not None
        or terms.type is not OrderType.LIMIT
        or now is None
        or said.walk is None
    ):
        raise ParseError("A walk moves a limit order that has no other orders beside it.", hint=ONE_MOVE)
    walk = WalkTerms(said.walk.step, int(said.walk.every.total_seconds()), said.walk.to.copy_sign(now))
    if said.pricing is not None or said.standing is not None or not is_possible(walk, now):
        raise ParseError(
            "A walk goes from the price as it is to a dearer one.",
            hint="Say replace, the number, walk 0.01 every 20s to the price where it ends.",
        )
    return walk
