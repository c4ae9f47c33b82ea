"""An order's terms and its fills, in a trader's words. Text is ready for mrkdwn."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from senexbot.blocks import figures
from senexbot.blocks.kit import cut, esc
from senexbot.domain.instruments import InstrumentType, OptionContract
from senexbot.domain.money import credit_or_debit
from senexbot.domain.orders.broker_orders import BrokerOrder, BrokerStatus
from senexbot.domain.orders.facts import state_for
from senexbot.domain.orders.intents import (
    ChildOrder,
    Intent,
    IntentState,
    OrderFacts,
    ReplaceState,
    WalkState,
)
from senexbot.domain.orders.move_words import moved_words
from senexbot.domain.orders.net import unit_ratios
from senexbot.domain.orders.terms import Action, ChildTerms, Estimate, Leg, OrderTerms, PriceView, Side
from senexbot.domain.orders.words import (
    child_words,
    legs_words,
    order_words,
    standing_words,
    thing_words,
    walk_words,
    what_words,
)

WORDS_LIMIT = 80


def what(terms: OrderTerms) -> str:
    """`Buy 100 AAPL, limit 187.50, today only`; `Sell 2 SPY 18 Dec 26 590 put to close for 3.40 credit, GTC`;
    `Sell 2 SPY strangles for 3.46 credit ($692), GTC`."""
    return esc(order_words(_cut(terms), leg_words=_with_effect), 2 * WORDS_LIMIT * len(terms.legs))


def _cut(terms: OrderTerms) -> OrderTerms:
    """A common name that is too long is cut like a leg's words."""
    return replace(terms, strategy=cut(terms.strategy, WORDS_LIMIT))


def _with_effect(leg: Leg) -> str:
    """An option says when it closes, shares when they are sold short or bought back."""
    if leg.type is InstrumentType.EQUITY:
        effect = {Action.SELL_TO_OPEN: " short", Action.BUY_TO_CLOSE: " to cover"}.get(leg.action, "")
    else:
        effect = " to close" if leg.action.closes else " to open"
    return cut(leg.words, WORDS_LIMIT) + effect


def plain(terms: OrderTerms) -> str:
    """The same without any markup, for Slack's small dialogs: `Sell 2 SPY strangles`."""
    return figures.raised(cut(what_words(_cut(terms), leg_words=_with_effect), 2 * WORDS_LIMIT))


def what_short(terms: OrderTerms) -> str:
    """`buy 100 AAPL at 187.50`, `sell 2 SPY strangles at 3.46`: inside a sentence."""
    words = esc(what_words(_cut(terms), leg_words=_with_effect), 2 * WORDS_LIMIT * len(terms.legs))
    if terms.price is not None:
        return f"{words} at {figures.price(abs(terms.price))}"
    if terms.stop_trigger is not None:
        return f"{words}, stop {figures.price(terms.stop_trigger)}"
    return f"{words} at market"


def legs(terms: OrderTerms) -> str:
    """What is behind a common name, by day: `8 Jan 27: sell 562 put, sell 630 call, to open`; "" where none is used."""
    if len(terms.legs) == 1 or not terms.strategy:
        return ""
    contracts = [OptionContract.from_occ(leg.symbol) for leg in terms.legs]
    if None in contracts:
        return (
            f"Legs: {esc(legs_words(terms.legs, leg_words=_with_effect), 2 * WORDS_LIMIT * len(terms.legs))}"
        )
    effects = ["close" if leg.action.closes else "open" for leg in terms.legs]
    alike = len(set(effects)) == 1
    days: dict[str, list[str]] = {}
    for leg, contract, ratio, effect in zip(
        terms.legs, contracts, unit_ratios(terms.legs), effects, strict=True
    ):
        assert contract is not None
        day = f"{contract.expiration.day} {contract.expiration:%b %y}"
        many = "" if ratio == 1 else f"{ratio} × "
        root = "" if contract.root == terms.underlying else f"{contract.root} "
        what = f"{leg.action.side.value} {many}{root}{contract.strike.normalize():f} {contract.right.word}"
        days.setdefault(day, []).append(what if alike else f"{what} to {effect}")
    shown = "; ".join(f"{day}: {', '.join(parts)}" for day, parts in days.items())
    return esc(f"{shown}, to {effects[0]}" if alike else shown, 2 * WORDS_LIMIT * len(terms.legs))


# --- what it costs -------------------------------------------------------------------------------


def cost(estimate: Estimate, terms: OrderTerms, view: PriceView | None) -> str:
    """`Cost $18,750.00 + $0.08 fees`; signs in words."""
    fees = f"{figures.dollars(abs(estimate.fees))} fees"
    if is_future(terms):
        return f"{_worth(terms, view)}{fees}"
    if estimate.cost is not None:
        if estimate.cost > 0:
            return f"{_income(terms)} {figures.dollars(estimate.cost)} less {fees}"
        return f"Cost {figures.dollars(-estimate.cost)} + {fees}"
    if terms.value is not None:
        return f"{figures.dollars(abs(terms.value))} at the market, {fees}"
    about = _at_the_market(terms, view)
    word = "Cost" if terms.side is Side.BUY else _income(terms)
    return f"{word} about {about}, {fees}" if about else f"{word} not known before the fill, {fees}"


def is_future(terms: OrderTerms) -> bool:
    return terms.legs[0].type is InstrumentType.FUTURE


def _worth(terms: OrderTerms, view: PriceView | None) -> str:
    """A future costs nothing: what it stands for, at its price or the market's. "" where neither is known."""
    leg = terms.legs[0]
    price = terms.price if terms.price is not None else terms.stop_trigger
    if price is None and view is not None:
        price = view.ask if terms.side is Side.BUY else view.bid
    return (
        "" if price is None else f"Stands for {figures.dollars(abs(price) * leg.quantity * leg.multiplier)}, "
    )


def risk_of_future(terms: OrderTerms) -> str:
    """`Each point is $50; no cap on the loss`; "" for all else, and for one that closes."""
    if not is_future(terms) or terms.closes:
        return ""
    leg = terms.legs[0]
    point = f"Each point is {figures.dollars(leg.quantity * leg.multiplier).removesuffix('.00')}"
    if terms.side is Side.SELL:
        return f"{point}; no cap on the loss"
    return f"{point}; it can lose more than its margin"


def _income(terms: OrderTerms) -> str:
    """What a seller calls the money: shares bring proceeds, options a credit."""
    return "Proceeds" if terms.legs[0].type is InstrumentType.EQUITY else "Credit"


def _at_the_market(terms: OrderTerms, view: PriceView | None) -> str:
    """What one leg would come to at the other side of the market."""
    if view is None or len(terms.legs) != 1:
        return ""
    leg = terms.legs[0]
    side, name = (view.ask, "ask") if terms.side is Side.BUY else (view.bid, "bid")
    if side is None:
        return ""
    return f"{figures.dollars(side * leg.quantity * leg.multiplier)} at the {name}"


def buying_power(estimate: Estimate) -> str:
    before, after = estimate.buying_power_before, estimate.buying_power_after
    return f"buying power {figures.dollars(before)} → {figures.dollars(after)}"


# --- what has happened ---------------------------------------------------------------------------


def done(intent: Intent) -> str:
    """`bought 1 of 2 SPY 18 Dec 26 590 put at 3.45`, `sold 2 SPY strangles, average 3.45 credit`; "" when
    nothing is known to be filled."""
    facts, terms = intent.facts, intent.terms
    if facts is None or not facts.fills:
        return ""
    if facts.shares and not facts.is_even:
        return _uneven(facts, terms)
    verb = "bought" if terms.side is Side.BUY else "sold"
    amount = figures.quantity(facts.filled)
    if facts.filled != facts.quantity:
        amount += f" of {figures.quantity(facts.quantity)}"
    at = ", average" if _several_prices(facts) else " at"
    if facts.shares:
        net = credit_or_debit((facts.average_price or Decimal(0)).quantize(Decimal("0.0001")))
        return f"{verb} {amount} {esc(thing_words(_cut(terms)), WORDS_LIMIT)}{at} {net}"
    price = figures.price(facts.average_price or Decimal(0))
    return f"{verb} {amount} {esc(terms.legs[0].words, WORDS_LIMIT)}{at} {price}"


def _uneven(facts: OrderFacts, terms: OrderTerms) -> str:
    """The legs one by one, where one is filled further than another (pitfall 43)."""
    parts = (
        f"{'bought' if leg.action.side is Side.BUY else 'sold'} {figures.quantity(facts.filled_of(leg.symbol))} "
        f"of {figures.quantity(leg.quantity)} {esc(leg.words, WORDS_LIMIT)}"
        for leg in terms.legs
    )
    return f"legs so far: {', '.join(parts)}"


def _several_prices(facts: OrderFacts) -> bool:
    return len({(fill.symbol if facts.shares else "", fill.price) for fill in facts.fills}) > max(
        len(facts.shares), 1
    )


def amount_done(intent: Intent) -> str:
    """`paid $18,750.00` or `received $690.00`, before fees; "" without fills, or while legs are uneven."""
    facts, terms = intent.facts, intent.terms
    if facts is None or not facts.fills or not facts.is_even:
        return ""
    total = Decimal(0)
    for leg in terms.legs:
        fills = (f for f in facts.fills if not facts.shares or f.symbol == leg.symbol)
        value = sum((f.quantity * f.price for f in fills), Decimal(0)) * leg.multiplier
        total += value if leg.action.side is Side.SELL else -value
    if is_future(terms):
        return f"stands for {figures.dollars(abs(total))}"
    return f"{'paid' if total < 0 else 'received'} {figures.dollars(abs(total))} before fees"


def progress(intent: Intent) -> str:
    """`1 of 2 filled, 1 remaining`: fills and the rest add up (I17)."""
    facts = intent.facts
    if facts is None:
        return ""
    if facts.by_value:
        return f"{figures.quantity(facts.filled)} filled so far"
    filled = min(facts.filled, facts.quantity)
    return (
        f"{figures.quantity(filled)} of {figures.quantity(facts.quantity)} filled, "
        f"{figures.quantity(facts.quantity - filled)} remaining"
    )


# --- what hangs on it ----------------------------------------------------------------------------


def exits(intent: Intent) -> str:
    """`Take profit at 1.73 debit, GTC: working · Stop loss, stop 6.92, GTC: waits`; "" without children."""
    known = intent.children
    parts = []
    for number, child in enumerate(intent.terms.children):
        words = figures.raised(exit_asked(child))
        state = _child_state(known[number]) if number < len(known) else ""
        move = _child_move(intent, known[number]) if number < len(known) else ""
        parts.append(f"{words}: {state}{move}" if state else words)
    return " · ".join(parts)


def exit_asked(child: ChildTerms) -> str:
    """`take profit at 210.00, GTC`."""
    return f"{esc(child_words(child), WORDS_LIMIT)}, {standing_words(child)}"


CAME_TO_NOTHING = frozenset(
    {ReplaceState.NOT_SENT, ReplaceState.REFUSED, ReplaceState.DROPPED, ReplaceState.NOT_DONE}
)


def _child_move(intent: Intent, child: ChildOrder) -> str:
    """`, moving to 211.00`; `, not moved to 211.00: could not be updated`; "" where the newest move was done."""
    wanted = child.replacing
    if wanted is None or wanted.state is ReplaceState.DONE:
        return ""
    to = moved_words(intent, wanted).new
    if wanted.state in CAME_TO_NOTHING:
        return f", not moved to {to}: {esc(figures.lowered(wanted.reason.rstrip('.')), 60)}"
    doubt = wanted.state is ReplaceState.UNKNOWN
    return f", *not known whether it moved to {to}*" if doubt else f", moving to {to}"


def walk(intent: Intent) -> str:
    """`Walks 0.01 every 20 s to 3.40: step 3 taken, the next at most 20 s away`; paused or ended: why."""
    terms, under_way = intent.terms.walk, intent.walk
    if under_way is None:
        return "" if terms is None else f"Walks {walk_words(terms, legs=len(intent.terms.legs))}"
    words = walk_words(under_way.terms, legs=len(intent.terms.legs))
    match under_way.state:
        case WalkState.RUNNING:
            return f"Walking {words}: {figures.counted(under_way.steps, 'step')} so far"
        case WalkState.PAUSED:
            return f"*Walk paused*: {esc(under_way.reason, WORDS_LIMIT)} · {words}"
        case _:
            return f"Walk ended: {esc(under_way.reason, WORDS_LIMIT)}"


def exit_words(child: ChildOrder) -> str:
    """`take profit filled, 100 of 100 at 210.00`, `stop loss rejected, it protects nothing`."""
    return f"{child.role.value} {_child_state(child).replace('*', '')}"


def _child_state(child: ChildOrder) -> str:
    facts = child.facts
    if facts is None:
        return ""
    some = ""
    if facts.fills:
        price = (facts.average_price or Decimal(0)).quantize(Decimal("0.0001"))
        at = credit_or_debit(price) if facts.shares else figures.price(price)
        some = f"{figures.quantity(facts.filled)} of {figures.quantity(facts.quantity)} at {at}"
    state = state_for(facts)
    if state is IntentState.FILLED:
        return f"filled, {some}"
    words = _CHILD_STATES.get(state) or _CHILD_STATUS.get(facts.status, "working")
    if state is IntentState.REJECTED and facts.reject_reason:
        words += f" ({esc(facts.reject_reason, 60)})"
    return f"{words}, {some} filled" if some else words


_CHILD_STATES = {
    IntentState.CANCELLED: "cancelled",
    IntentState.EXPIRED: "expired",
    IntentState.REJECTED: "*rejected, it protects nothing*",
    IntentState.CANCEL_REQUESTED: "cancel asked",
}
_CHILD_STATUS = {
    BrokerStatus.CONTINGENT: "waits",
    BrokerStatus.RECEIVED: "accepted",
    BrokerStatus.ROUTED: "on its way",
    BrokerStatus.IN_FLIGHT: "on its way",
}


# --- orders placed elsewhere ---------------------------------------------------------------------


def broker_order(order: BrokerOrder) -> str:
    """`Buy 100 AAPL, limit 187.50, Day`, from what the broker shows of it."""
    legs = " and ".join(
        f"{esc(leg.action, 20)} {figures.quantity(leg.quantity)} {esc(leg.symbol, 40)}" for leg in order.legs
    )
    at = "at market" if order.price is None else f"{esc(order.type, 20)} {figures.price(abs(order.price))}"
    if order.stop_trigger is not None:
        limit = "" if order.price is None else f" limit {figures.price(abs(order.price))}"
        at = f"stop {figures.price(order.stop_trigger)}{limit}"
    return f"{legs or esc(order.underlying, 20)}, {at}, {esc(order.time_in_force, 12)}"
