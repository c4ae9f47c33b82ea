"""Alerts that fired, alone and merged. A late or repeated one says so (I42, I45, I47)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from senexbot.blocks import figures
from senexbot.blocks.actions import ActionId, SayButton, say_buttons
from senexbot.blocks.kit import (
    Block,
    Message,
    button,
    card,
    esc,
    person,
    section,
    when,
)
from senexbot.domain.instruments import OptionContract
from senexbot.domain.news import AlertNews

MERGED_SHOWN = 20
SYMBOLS_SHOWN = 100
TRADES_SHOWN = 5


def alert_fired(
    news: AlertNews,
    *,
    now: datetime,
    maybe_repeat: bool = False,
    in_channel: bool = False,
    says: Sequence[SayButton] = (),
) -> Message:
    """One firing. Late ones, repeats and those fired by the button are marked; a channel reads whose it is."""
    mark = "Possible repeat: " if maybe_repeat else ""
    mark += "Seen late: " if news.late else ""
    notes = []
    if news.asked:
        notes.append(f"Fired because {'its owner' if in_channel else 'you'} asked; it was true already")
    if news.late:
        notes.append("The price line was down when it crossed; found in the check afterwards")
    if maybe_repeat:
        notes.append("Slack did not confirm the first message, so this may be its double")
    whose = f"Alert of {person(news.owner)}:" if in_channel else "Your alert"
    return card(
        f"{mark}{_fired_words(news)} ({figures.age(news.at, now)})",
        f'{whose} "{esc(news.words, 60)}" · {when(news.at, now, seconds=True)} · it fires once, so it is done',
        " · ".join(notes),
        buttons=(*_trade(news), *say_buttons(says)),
    )


def _trade(news: AlertNews, *, label: str = "Trade", number: str = "") -> tuple[Block, ...]:
    """Opens the order ticket of whoever presses it; firings of before it was there have none."""
    return (button(label, f"{ActionId.TICKET_TRADE}{number}", news.trade),) if news.trade else ()


def _fired_words(news: AlertNews) -> str:
    return (
        f"{esc(news.symbol, 40)} {figures.price(news.price)}, "
        f"{esc(news.direction, 10)} {figures.price(news.level)}"
    )


def alerts_merged(news: Sequence[AlertNews], *, maybe_repeat: bool = False) -> Message:
    """A burst in one message: how many, which, first and last time (I45)."""
    ordered = sorted(news, key=lambda n: n.at)
    if not ordered:
        return card("No alerts")
    first, last = ordered[0].at, ordered[-1].at
    mark = "Possible repeat: " if maybe_repeat else ""
    title = f"{mark}{figures.counted(len(ordered), 'alert')} from {first:%H:%M:%S} to {last:%H:%M:%S} UTC"
    rows = [section("\n".join(_merged_line(n) for n in ordered[:MERGED_SHOWN]))]
    if len(ordered) > MERGED_SHOWN:
        rows.append(section(f"… and {_rest(ordered[MERGED_SHOWN:])}"))
    each = {n.symbol: n for n in ordered}
    trades = [
        _trade(n, label=f"Trade {_instrument(n.symbol)}", number=f"#{i}")
        for i, n in enumerate([*each.values()][:TRADES_SHOWN])
    ]
    return card(title, rows=rows, buttons=[one for some in trades for one in some])


def _instrument(symbol: str) -> str:
    contract = OptionContract.from_occ(symbol)
    return symbol if contract is None else contract.words


def _merged_line(news: AlertNews) -> str:
    late = " (seen late)" if news.late else ""
    return f"{_fired_words(news)}, {when(news.at, seconds=True)}{late}"


def _rest(news: Sequence[AlertNews]) -> str:
    """Those without a line of their own, by symbol: nothing is dropped in silence."""
    symbols = sorted({n.symbol for n in news})
    named = ", ".join(esc(symbol, 20) for symbol in symbols[:SYMBOLS_SHOWN])
    left = len(symbols) - SYMBOLS_SHOWN
    more = f" and {left} more symbols" if left > 0 else ""
    return f"{len(news)} more on {named}{more}"
