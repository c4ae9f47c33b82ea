"""Moving a working order, on its card: the buttons, and what is known of a move or a walk under way."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from senexbot.blocks import figures, trades
from senexbot.blocks.actions import ActionId
from senexbot.blocks.kit import Block, Message, button, card, esc, once_more, when
from senexbot.domain.money import credit_or_debit, dollars, price_text
from senexbot.domain.orders.changes import Change, as_it_stands, part_of
from senexbot.domain.orders.intents import Intent, ReplaceState, WalkState
from senexbot.domain.orders.move_words import TIME, change_words, moved_words
from senexbot.domain.orders.terms import WalkTerms
from senexbot.domain.orders.walking import walk_offer
from senexbot.domain.orders.words import walk_words

REASON_LIMIT = 160


def moving(intent: Intent) -> str:
    """The first line while the outcome of a replacement of the order itself is open; "" otherwise."""
    wanted = intent.replacing
    if wanted is None or not wanted.state.is_open:
        return ""
    said = moved_words(intent, wanted)
    if wanted.state is ReplaceState.CLAIMED:
        return f"Moving the {said.subject} to {said.new}"
    return f"Not known whether the {said.subject} moved to {said.new}. Do not repeat it."


def doubt_of_move(intent: Intent, now: datetime) -> tuple[str, ...]:
    wanted = intent.replacing
    if wanted is None or wanted.state is not ReplaceState.UNKNOWN:
        return ()
    looked = f"looked {figures.times(wanted.looks)}" if wanted.looks else "looking at the broker's list now"
    since = when(wanted.claimed_at, now, seconds=True)
    called = "; look in tastytrade's own app: one of the two is live" if wanted.told else ""
    said = moved_words(intent, wanted)
    either = "at the old price or at the new one" if said.subject == "price" else "as it was or as you asked"
    return (f"Sent {since}, the answer was lost; {looked}. It works {either}{called}",)


def not_moved(intent: Intent) -> str:
    """Why the last move came to nothing, as long as it is the newest thing known."""
    wanted = intent.replacing
    if wanted is None or wanted.state not in trades.CAME_TO_NOTHING:
        return ""
    said = moved_words(intent, wanted)
    reason = esc(figures.lowered(wanted.reason.rstrip(".")), REASON_LIMIT)
    return f"{figures.raised(said.subject)} not moved to {said.new}: {reason}"


def at(intent: Intent, price: Decimal) -> str:
    """A price of this order: `187.49`, of several legs `3.43 credit`."""
    if len(intent.terms.legs) == 1:
        return figures.price(abs(price))
    return credit_or_debit(price)


def moves(intent: Intent, handle: str) -> tuple[Block, ...]:
    """One price step down and up on the live order. A price dearer than what was confirmed asks once more."""
    view, price = intent.price_view, intent.terms.price
    if view is None or price is None or intent.facts is None or intent.has_open_replace:
        return ()
    steps = ((view.lower, ActionId.ORDER_MOVE_DOWN), (view.higher, ActionId.ORDER_MOVE_UP))
    return tuple(
        _move(intent, limit.copy_sign(price), action, handle) for limit, action in steps if limit is not None
    )


def walk_buttons(intent: Intent, handle: str) -> tuple[Block, ...]:
    """Stop while it runs, go on when it rests, begin the offered one: the last two ask and name the limits."""
    walk = intent.walk
    if walk is not None and walk.state is WalkState.RUNNING:
        return (button("Stop walk", ActionId.WALK_STOP, handle),)
    terms = walk.terms if walk is not None and walk.state is WalkState.PAUSED else walk_offer(intent)
    if terms is None:
        return ()
    legs = len(intent.terms.legs)
    to = price_text(abs(terms.to)) if legs == 1 else credit_or_debit(terms.to)
    words = f"{trades.plain(intent.terms)}: the price moves {walk_words(terms, legs=legs)}, by itself, until it fills."
    once = once_more(f"Walk to {to}?", words, "Walk", "Leave it")
    if walk is not None and walk.state is WalkState.PAUSED:
        return (button("Resume walk", ActionId.WALK_RESUME, handle, confirm=once),)
    return (button(f"Walk to {price_text(abs(terms.to))}", ActionId.WALK_START, handle, confirm=once),)


def _move(intent: Intent, price: Decimal, action: ActionId, handle: str) -> Block:
    label = figures.price(abs(price))
    known = intent.confirmed_price if intent.confirmed_price is not None else intent.terms.price
    if known is None or price >= known:
        return button(label, action, handle)
    left = intent.terms.units - (intent.facts.filled if intent.facts is not None else 0)
    value = dollars(abs(price) * left * max(leg.multiplier for leg in intent.terms.legs))
    brings = "It brings" if price > 0 else "It costs"
    words = f"{trades.plain(intent.terms)}. {brings} {value} before fees for what is open."
    to = credit_or_debit(price) if len(intent.terms.legs) > 1 else price_text(abs(price))
    once = once_more(f"Move the price to {to}?", words, f"Move to {price_text(abs(price))}", "Leave it")
    return button(label, action, handle, confirm=once)


def move_offer(
    intent: Intent, change: Change | None, walk: WalkTerms | None, handle: str, *, at_once: bool = False
) -> Message:
    """What `replace …` would do, with the button that does it. The first line names what is moved and to what."""
    if change is None:
        return _walk_offer(intent, walk, handle)
    said = change_words(intent.terms, change)
    role = intent.terms.children[change.part - 1].role.value if change.part else "order"
    whose = f"{role} {_number(intent, change.part)}"
    one = said.what[0] if len(said.what) == 1 else ""
    if one == TIME or (one == "stop" and not change.part):
        whose = f"the {one} of {whose}"
    come = f"from {said.old} to {said.new}" if one else f"to {said.new}"
    return card(
        f"{intent.environment.label} · Move {whose} {come}?",
        f"Now: {_as_it_is(intent, change.part)}",
        _money(intent, change),
        "*Careful: the market is past this stop already, it triggers at once*" if at_once else "",
        "Nothing moves before you press; your order keeps its place until then",
        buttons=(button(f"Move to {said.new}" if one else f"Move {role}", ActionId.MOVE_ACCEPT, handle),),
    )


def _as_it_is(intent: Intent, part: int) -> str:
    if not part:
        return figures.lowered(trades.what(intent.terms))
    return f"{trades.exit_asked(intent.terms.children[part - 1])}; behind {figures.lowered(trades.what(intent.terms))}"


def _money(intent: Intent, change: Change) -> str:
    """What the open part comes to at the new limit; "" where that does not move, or hangs on a stop."""
    now = as_it_stands(intent.terms, change.part)
    if now.price is None or change.price is None or now.price == change.price:
        return ""
    size = _open(intent, change.part)
    came, comes = (figures.dollars(abs(one) * size) for one in (now.price, change.price))
    return f"What is open comes to {comes}, now {came}, before fees"


def _walk_offer(intent: Intent, walk: WalkTerms | None, handle: str) -> Message:
    now, end = intent.terms.price or Decimal(0), walk.to if walk is not None else Decimal(0)
    came, comes = (figures.dollars(abs(one) * _open(intent)) for one in (now, end))
    how = f", step by step: {walk_words(walk, legs=len(intent.terms.legs))}" if walk is not None else ""
    return card(
        f"{intent.environment.label} · Walk order {_number(intent)} from {at(intent, now)} to {at(intent, end)}?",
        f"{trades.what(intent.terms)}{how}",
        f"What is open comes to {comes} at the end, now {came}, before fees",
        "Nothing moves before you press; your order keeps its place until then",
        buttons=(button(f"Walk to {figures.price(abs(end))}", ActionId.MOVE_ACCEPT, handle),),
    )


def _open(intent: Intent, part: int = 0) -> Decimal:
    """What one price point of the open part is worth."""
    one = part_of(intent.terms, part)
    facts = intent.children[part - 1].facts if part else intent.facts
    left = one.units - (facts.filled if facts is not None else 0)
    return left * max(leg.multiplier for leg in one.legs)


def _number(intent: Intent, part: int = 0) -> str:
    facts = intent.children[part - 1].facts if part else intent.facts
    return str(facts.order_id) if facts is not None else ""
