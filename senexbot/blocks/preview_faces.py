"""An order's card before it is sent: previewed, asked for approval, ended without being sent."""

from __future__ import annotations

from datetime import datetime

from senexbot.blocks import approvals, figures, mandates, market_beside, outlooks, trades
from senexbot.blocks.actions import ActionId
from senexbot.blocks.kit import Block, button, esc, headline, when
from senexbot.blocks.order_face import REASON_LIMIT, Face, account, because, legs_and_exits, order_line
from senexbot.domain.options.payoff import payoff_of_terms
from senexbot.domain.orders.intents import Intent


def previewed(intent: Intent, handle: str, now: datetime) -> Face:
    if now >= intent.expires_at:
        return lapsed(intent, handle, now)
    lines = outlooks.fitted(
        len([line for line in legs_and_exits(intent) if line]),
        outlooks.chosen(intent.choices),
        outlooks.at_expiry(
            intent.payoff, intent.terms.underlying, outlooks.chance(intent.terms, intent.outlook)
        )
        or trades.risk_of_future(intent.terms),
        _estimate(intent),
        market_beside.market(intent.price_view, intent.terms, now)
        if intent.price_view
        else "No quote to be had: check the price yourself",
        approvals.needed(intent) or mandates.covered(intent.mandate, now),
        _cautions(intent),
        f"{account(intent)}{_rules(intent)} · nothing is sent before you confirm · this preview ends {when(intent.expires_at, now)}",
    )
    share = intent.verdict.concentration if intent.verdict else None
    return Face(
        trades.what(intent.terms),
        lines,
        _preview_buttons(intent, handle),
        names_account=True,
        fine=outlooks.ahead(intent.terms, intent.outlook, share),
    )


def _estimate(intent: Intent) -> str:
    if intent.estimate is None:
        return "The broker gave no estimate of cost and buying power"
    money = trades.cost(intent.estimate, intent.terms, intent.price_view)
    return f"{money} · {trades.buying_power(intent.estimate)}"


def _rules(intent: Intent) -> str:
    """What the desk's policy says of it; previews that were made before there was one say nothing."""
    if intent.verdict is None:
        return ""
    return f" · rules: {'covered by a mandate' if intent.mandate else intent.verdict.outcome.value}"


def _cautions(intent: Intent) -> str:
    """Warnings, the broker's and the desk's, and the checks that could not be made, on one line."""
    warnings = [
        w for w in (intent.estimate.warnings if intent.estimate else ()) if not _said_above(w, intent)
    ]
    said = "; ".join(esc(w, REASON_LIMIT).rstrip(".") for w in warnings[:2])
    if len(warnings) > 2:
        said += f"; and {len(warnings) - 2} more"
    parts = [_SECOND_OF_ITS_KIND] if intent.repeats else []
    parts += [f"Careful: {said}"] if said else []
    if intent.checks_missing:
        named = "; ".join(esc(words, 80) for words in intent.checks_missing[:4])
        parts.append(f"Not checked, passes since it only closes: {named}")
    return " · ".join(parts)


def _said_above(warning: str, intent: Intent) -> bool:
    """The line with the price says already that the market is closed, or the quote delayed."""
    view, words = intent.price_view, warning.lower()
    if view is None:
        return False
    closed = not view.session_open and words.startswith(_OF_A_CLOSED_MARKET)
    return closed or (view.delayed and words.startswith("the quote is delayed"))


_OF_A_CLOSED_MARKET = ("the market is closed", "your order will begin working during next valid session")
_SECOND_OF_ITS_KIND = "An earlier order like this is still not known: if the broker has it, this makes two"


def _preview_buttons(intent: Intent, handle: str) -> tuple[Block, ...]:
    asks = approvals.needed(intent)
    return (
        button("Ask for approval", ActionId.ORDER_ASK, handle)
        if asks
        else button("Confirm", ActionId.ORDER_CONFIRM, handle),
        *_steps(intent, handle),
        button("Edit", ActionId.TICKET_OPEN, handle),
        button("Discard", ActionId.ORDER_DISCARD, handle),
        *((button("Picture of the risk", ActionId.ORDER_PICTURE, handle),) if has_picture(intent) else ()),
    )


def has_picture(intent: Intent) -> bool:
    """Options of one expiration, on their own: with shares beside them the order alone tells too little."""
    known = intent.payoff
    if known is None or known.mixed:
        return False
    alone = payoff_of_terms(intent.terms)
    return alone is not None and alone.break_evens == known.break_evens


def _steps(intent: Intent, handle: str) -> tuple[Block, ...]:
    """One price step down and up, labelled with the prices."""
    view, price = intent.price_view, intent.terms.price
    if view is None or price is None:
        return ()
    limit, tick = abs(price), view.tick
    higher = view.higher or limit + tick
    lower = view.lower or limit - tick
    up = button(figures.price(higher), ActionId.ORDER_STEP_UP, handle)
    if lower <= 0:
        return (up,)
    return (button(figures.price(lower), ActionId.ORDER_STEP_DOWN, handle), up)


def awaiting(intent: Intent, handle: str, now: datetime) -> Face:
    return Face(
        f"Asked for approval: {trades.what_short(intent.terms)}",
        approvals.waiting(intent, now),
        (
            *((button("Answer", ActionId.ORDER_ANSWER, handle),) if approvals.question(intent) else ()),
            button("Discard", ActionId.ORDER_DISCARD, handle),
        ),
    )


def approved(intent: Intent, handle: str, now: datetime) -> Face:
    if now >= intent.expires_at:
        return lapsed(intent, handle, now)
    if not intent.reason:
        return Face(f"Approved, sending: {trades.what_short(intent.terms)}", approvals.approved(intent, now))
    title, rest = headline(*approvals.held(intent))
    return Face(
        title,
        (rest, order_line(intent), *approvals.approved(intent, now)),
        (
            *approvals.held_buttons(intent, handle),
            button("Ask again", ActionId.ORDER_AGAIN, handle),
            button("Discard", ActionId.ORDER_DISCARD, handle),
        ),
    )


def declined(intent: Intent, handle: str, _now: datetime) -> Face:
    title, rest = headline("Declined, nothing sent", esc(intent.reason) or "no reason given")
    return Face(
        title,
        (rest, order_line(intent), approvals.declined(intent)),
        (button("Preview again", ActionId.ORDER_AGAIN, handle),),
    )


def lapsed(intent: Intent, handle: str, now: datetime) -> Face:
    again = button("Preview again", ActionId.ORDER_AGAIN, handle)
    return Face(
        f"Not sent: this preview ended {when(intent.expires_at, now)}",
        (order_line(intent), "Prices move on: a new preview asks the broker again"),
        (again,),
    )


def discarded(intent: Intent, _handle: str, _now: datetime) -> Face:
    return Face(f"Discarded, nothing sent: {trades.what_short(intent.terms)}", (order_line(intent),))


def denied(intent: Intent, _handle: str, _now: datetime) -> Face:
    return Face(*because("Denied, nothing sent", intent, "This is the desk's own no, not the broker's"))
