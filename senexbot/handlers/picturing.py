"""The picture of an order's profit and loss at expiration, into the thread of its card."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from senexbot.blocks import figures, outlooks, trades
from senexbot.blocks.kit import without_markup
from senexbot.domain.errors import NotFound
from senexbot.domain.options.payoff import curve_of_terms
from senexbot.domain.orders.intents import Intent
from senexbot.handlers.asking import Desk
from senexbot.pictures.payoff import PayoffChart, payoff_png

CENT = Decimal("0.01")


async def picture(desk: Desk, intent: Intent) -> None:
    """Drawn in a thread of its own, for it takes a tenth of a second. Raises NotFound, MessengerFault."""
    async with desk.store.read() as tx:
        place = await tx.cards.place(intent.id)
    chart = chart_of(intent)
    more = without_markup(outlooks.ahead(intent.terms, intent.outlook))
    if place is None or chart is None:
        raise NotFound("There is no picture of this order. Preview it again.")
    png = await asyncio.to_thread(payoff_png, chart)
    await desk.pictures.share(
        place.channel,
        place.ts,
        title=chart.title,
        alt=". ".join(part for part in (chart.title, *chart.foot, more) if part),
        png=png,
    )


def chart_of(intent: Intent) -> PayoffChart | None:
    """What the picture shows; None where the outcome is not known."""
    known = intent.payoff
    model = intent.outlook.model if intent.outlook else None
    spot = model.spot if model else None
    curve = curve_of_terms(intent.terms, spot=spot)
    if known is None or not curve:
        return None
    likely = outlooks.chance(intent.terms, intent.outlook)
    first, *rest = without_markup(outlooks.at_expiry(known, intent.terms.underlying, likely)).split("; ")
    return PayoffChart(
        title=f"{intent.environment.label} · {without_markup(trades.what_short(intent.terms))}, at expiration",
        curve=curve,
        now=spot.quantize(CENT) if spot else None,
        break_evens=tuple(even.quantize(CENT) for even in known.break_evens),
        foot=tuple(line for line in (first, figures.raised(" · ".join(rest))) if line),
    )
