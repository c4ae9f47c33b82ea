"""`replace 12345 @ 3.40` in words: shown with what it comes to, and done only when its owner presses the button."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from senexbot.domain.errors import AlreadyHandled, NotFound, ParseError
from senexbot.domain.language.said import Effect, Limit, ReplaceSaid
from senexbot.domain.links import Actor
from senexbot.domain.orders import Intent, IntentState
from senexbot.domain.terms import WalkTerms
from senexbot.domain.walking import is_possible
from senexbot.ports import Clock, Handle, Ids, Store
from senexbot.services.handles import owned_handle
from senexbot.services.market_facts import MarketReader
from senexbot.services.replacing import Replacing
from senexbot.services.rules import DeskRules
from senexbot.services.walking import Walking

KIND = "move"
WHAT_WORKS = "Type orders to see what works, with the broker's numbers."


@dataclass(frozen=True, slots=True)
class MoveOffer:
    """One of `price` (signed) and `walk`. `handle`: of the button that does it."""

    intent: Intent
    price: Decimal | None
    walk: WalkTerms | None
    handle: str


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
        """What these words would do to which order. Raises ParseError, NotFound, AlreadyHandled; changes nothing."""
        intent = await self._find(actor, said.order_id)
        price, walk = _wanted(intent, said)
        made = MoveOffer(intent, price, walk, self._ids.handle())
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
            step, _, rest = coded.partition("|")
            if rest:
                seconds, _, to = rest.partition("|")
                walk = WalkTerms(Decimal(step), int(seconds), Decimal(to))
                return await self._walking.begin(tx, actor, intent, walk)
        facts = await self._market.facts(intent.terms)
        return await self._replacing.move(actor, intent, Decimal(coded), facts, by=actor.user_id)

    async def _find(self, actor: Actor, order_id: int) -> Intent:
        async with self._store.read() as tx:
            working = await tx.intents.in_states((IntentState.WORKING,), owner=actor.user_id)
        for intent in working:
            if intent.facts is None or intent.team_id != actor.team_id:
                continue
            if intent.facts.order_id == order_id:
                return intent
            if order_id in intent.chain:
                words = f"Order {order_id} was replaced: it is order {intent.facts.order_id} now."
                raise AlreadyHandled(words, code="replaced")
        raise NotFound(f"You have no working order {order_id} here. {WHAT_WORKS}")


def _coded(made: MoveOffer) -> str:
    if made.walk is not None:
        return f"{made.walk.step}|{made.walk.every_seconds}|{made.walk.to}"
    return str(made.price)


def _wanted(intent: Intent, said: ReplaceSaid) -> tuple[Decimal | None, WalkTerms | None]:
    """The signed price or the walk that is meant; the side of the order gives the sign."""
    now = intent.terms.price
    if said.standing is not None:
        raise ParseError("How long an order stands is not changed here.", hint="Cancel it and order again.")
    if now is None:
        raise ParseError("This order has no limit to move.", hint="Cancel it and order again.")
    if said.walk is not None:
        seconds = int(said.walk.every.total_seconds())
        walk = WalkTerms(said.walk.step, seconds, said.walk.to.copy_sign(now))
        if said.pricing is not None or not is_possible(walk, now):
            raise ParseError(
                "A walk goes from the price as it is to a dearer one.",
                hint="Say replace, the number, walk 0.01 every 20s to the price where it ends.",
            )
        return None, walk
    if not isinstance(said.pricing, Limit):
        raise ParseError(
            "A working order is moved to a price.", hint="Say replace, the number, @ and the price."
        )
    effect = said.pricing.effect
    if effect is not None and (effect is Effect.CREDIT) != (now > 0):
        word = "credit" if now > 0 else "debit"
        raise ParseError(f"This order is for a {word}; a replacement cannot turn it round.", hint=WHAT_WORKS)
    return said.pricing.price.copy_sign(now), None
