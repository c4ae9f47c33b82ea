"""The order ticket: the form, what it says of the order while it is filled in, and how it is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from senexbot.blocks.actions import ActionId, CallbackId
from senexbot.blocks.inputs import Choices, radio_input, select_input, suggesting_input, text_input, typed
from senexbot.blocks.kit import (
    PRIVATE_METADATA_LIMIT,
    VIEW_TITLE_LIMIT,
    Block,
    Message,
    Modal,
    button,
    card,
    context,
    divider,
    esc,
    plain,
    plain_text,
    section,
)
from senexbot.domain.errors import SenexError
from senexbot.domain.language.said import Strategy
from senexbot.domain.ticket.blame import blame
from senexbot.domain.ticket.form import WITH_SHARES, PricingKind, Ticket, TicketField

CHANGED = str(ActionId.TICKET_CHANGED)
NO_STRATEGY = "none"
TODAY = "day"

_SIDES = (("buy", "Buy"), ("sell", "Sell"))
_PRICINGS: Choices = (
    (PricingKind.LIMIT.value, "Limit"),
    (PricingKind.MID.value, "At the mid"),
    (PricingKind.MARKET.value, "At the market"),
    (PricingKind.STOP.value, "Stop, or stop limit"),
)
_TIMES: Choices = (
    (TODAY, "Today only"),
    ("gtc", "Until cancelled (GTC)"),
    ("ext", "Today, extended hours"),
    ("gtc ext", "GTC, extended hours"),
    ("overnight", "Today, overnight too"),
    ("ioc", "At once or not at all (IOC)"),
)
_KNOWN_TIMES = frozenset(value for value, _ in _TIMES)
_NAMED = [s for s in Strategy if s not in {Strategy.SINGLE, Strategy.LEGS}]
_STRATEGIES: Choices = (
    (NO_STRATEGY, "Shares, a future, one option, or listed legs"),
    *((s.value, s.value.capitalize()) for s in _NAMED),
    (WITH_SHARES, WITH_SHARES.capitalize()),
)
_LEGS_LIKE: Mapping[str, str] = {
    NO_STRATEGY: "18DEC26 590p, or empty for shares and futures",
    Strategy.VERTICAL.value: "45d 30Δ put 5 wide, or 18DEC26 590/585 put",
    Strategy.STRANGLE.value: "45d 16Δ, or 18DEC26 560/630",
    Strategy.STRADDLE.value: "45d, or 18DEC26 600",
    Strategy.IRON_CONDOR.value: "45d 16Δ 5 wide, or 18DEC26 625/630/580/575",
    Strategy.IRON_BUTTERFLY.value: "45d 10 wide",
    Strategy.BUTTERFLY.value: "18DEC26 590/600/610 call",
    Strategy.CALENDAR.value: "18DEC26/15JAN27 600 call",
    Strategy.DIAGONAL.value: "18DEC26/15JAN27 600/610 call",
    Strategy.RATIO.value: "18DEC26 600/610 call 1x2",
    Strategy.COVERED_CALL.value: "45d 30Δ",
    Strategy.COLLAR.value: "45d 16Δ",
    WITH_SHARES: "45d 16Δ",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the desk makes of the fields at this moment. `first`: the order in words, "" while it cannot be
    read; `market`: bid, mid, ask and their age, of the order or else of the symbol; `lines`: what was chosen
    and why, risk; `fine`: what it changes; `problem`: what is missing or wrong, in words."""

    first: str = ""
    market: str = ""
    lines: tuple[str, ...] = ()
    fine: str = ""
    problem: str = ""


def ticket_modal(
    ticket: Ticket,
    reading: Reading,
    *,
    private_metadata: str,
    environment_label: str = "",
    accounts: Sequence[tuple[str, str]] = (),
) -> Modal:
    """The form. `accounts`: (last digits, words) when there is a choice. What was typed stays through updates."""
    return Modal(
        {
            **_frame(private_metadata),
            "submit": plain_text("Preview", VIEW_TITLE_LIMIT),
            "blocks": [
                _first(reading, environment_label),
                *_inputs(ticket, accounts, reading.market),
                *_figures(reading),
            ],
        }
    )


def ticket_loading(*, private_metadata: str) -> Modal:
    """Opened at once, within the life of the trigger; the form replaces it."""
    return Modal({**_frame(private_metadata), "blocks": [section("*Loading …*\nOne moment.")]})


def ticket_busy(*, private_metadata: str) -> Modal:
    """Shown when the preview takes longer than Slack waits for a form."""
    words = (
        "*Asking tastytrade …*\nThe preview comes into your messages; nothing is sent before you confirm it."
    )
    return Modal({**_frame(private_metadata), "blocks": [section(words)]})


def ticket_over(words: str, *, private_metadata: str = "") -> Modal:
    """The form cannot go on: what happened and what to do instead."""
    return Modal({**_frame(private_metadata), "blocks": [section(f"*Nothing sent*\n{esc(words)}")]})


def ticket_offered(handle: str) -> Message:
    """The way to the form from a typed message, where none can be opened by itself."""
    return card(
        "An order for what?",
        "Type it, like `/order buy 100 AAPL @ 187.50`, or fill in the ticket",
        "Nothing is sent before you confirm it",
        buttons=(button("Open ticket", str(ActionId.TICKET_OPEN), handle),),
    )


def ticket_opened() -> Message:
    """Beside the open form: the quicker way, for the next time."""
    return card(
        "The order ticket is open",
        "Or type an order, like `/order buy 100 AAPL @ 187.50`; nothing is sent before you confirm it",
    )


def ticket_done(words: str, *, private_metadata: str = "") -> Modal:
    return Modal({**_frame(private_metadata), "blocks": [section(f"*Previewed*\n{esc(words)}")]})


def _frame(private_metadata: str) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": str(CallbackId.TICKET),
        "title": plain_text("Order ticket", VIEW_TITLE_LIMIT),
        "close": plain_text("Close", VIEW_TITLE_LIMIT),
        "private_metadata": private_metadata[:PRIVATE_METADATA_LIMIT],
    }


def _inputs(ticket: Ticket, accounts: Sequence[tuple[str, str]], market: str) -> list[Block]:
    strategy = ticket.strategy or NO_STRATEGY
    blocks = [
        suggesting_input(
            TicketField.SYMBOL,
            str(ActionId.TICKET_SYMBOL),
            "Symbol",
            initial=ticket.symbol,
            placeholder="AAPL",
        ),
        radio_input(
            TicketField.SIDE,
            CHANGED,
            "Side",
            _SIDES,
            initial=ticket.side,
            dispatch=True,
        ),
        _text(TicketField.QUANTITY, "Quantity", ticket.quantity, placeholder="100, half, $500"),
        select_input(TicketField.STRATEGY, CHANGED, "Strategy", _STRATEGIES, initial=strategy, dispatch=True),
        _text(
            TicketField.LEGS,
            "Expiration and strikes",
            ticket.legs,
            placeholder=_LEGS_LIKE[strategy],
            optional=True,
        ),
        select_input(
            TicketField.PRICING, CHANGED, "Order type", _PRICINGS, initial=ticket.pricing.value, dispatch=True
        ),
        _text(
            TicketField.PRICE,
            "Price",
            ticket.price,
            placeholder="187.50, 3.46 credit, 180 limit 179.50",
            optional=True,
        ),
        *((context(market),) if market else ()),
        select_input(
            TicketField.TIME,
            CHANGED,
            "Stands",
            _times(ticket.time),
            initial=ticket.time or TODAY,
            dispatch=True,
        ),
        _text(TicketField.EXITS, "Exits", ticket.exits, placeholder="tp 50% sl 2x", optional=True),
    ]
    if len(accounts) > 1:
        blocks.append(
            select_input(
                TicketField.ACCOUNT, CHANGED, "Account", accounts, initial=ticket.account, dispatch=True
            )
        )
    return blocks


def _times(said: str) -> Choices:
    """A day that an order names (GTD) is one of the choices as long as the order is on the form."""
    return _TIMES if not said or said in _KNOWN_TIMES else ((said, f"{said[:1].upper()}{said[1:]}"), *_TIMES)


def _text(name: TicketField, label: str, initial: str, *, placeholder: str, optional: bool = False) -> Block:
    return text_input(
        name, CHANGED, label, placeholder=placeholder, initial=initial, optional=optional, dispatch=True
    )


def _first(reading: Reading, environment_label: str) -> Block:
    """What it would be, or what is missing; never the form's own opinion, always the language's."""
    if reading.problem:
        return section(f"*Not an order yet*\n{esc(reading.problem)}")
    if not reading.first:
        return section("*Choose a symbol and a quantity*\nThe order stands here in words as you fill in.")
    return section(f"*{environment_label} · {reading.first}*")


def _figures(reading: Reading) -> list[Block]:
    """Below the fields: what it comes to, and what happens next."""
    blocks: list[Block] = [divider(), section("\n".join(reading.lines))] if reading.lines else []
    if reading.fine:
        blocks.append(context(reading.fine))
    words = "What you choose or type reads the market anew"
    if reading.first:
        words += " · Preview asks tastytrade for cost and buying power; nothing is sent before you confirm"
    return [*blocks, context(words)]


def read_ticket(values: Mapping[str, Any]) -> Ticket:
    """The fields as submitted or as they stand while the form is filled in."""

    def of(name: TicketField, action: str = CHANGED) -> str:
        return typed(values, name, action)

    strategy, time = of(TicketField.STRATEGY), of(TicketField.TIME)
    pricing = of(TicketField.PRICING)
    return Ticket(
        side=of(TicketField.SIDE) or "buy",
        quantity=of(TicketField.QUANTITY),
        symbol=of(TicketField.SYMBOL, str(ActionId.TICKET_SYMBOL)),
        legs=of(TicketField.LEGS),
        strategy="" if strategy == NO_STRATEGY else strategy,
        pricing=next((kind for kind in PricingKind if kind.value == pricing), PricingKind.LIMIT),
        price=of(TicketField.PRICE),
        time="" if time == TODAY else time,
        exits=of(TicketField.EXITS),
        account=of(TicketField.ACCOUNT),
    )


def ticket_errors(ticket: Ticket, fault: SenexError, shown: Collection[str], words: str) -> dict[str, str]:
    """The words of a no under the field that it is about; `shown`: the blocks of this form."""
    field = blame(ticket, fault)
    return {str(field if field in shown else TicketField.QUANTITY): plain(words)}
