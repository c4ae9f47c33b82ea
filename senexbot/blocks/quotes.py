"""Quotes as rows that a phone can show: price and change first, the market beside it, its age."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from senexbot.blocks import figures
from senexbot.blocks.actions import SayButton, say_buttons
from senexbot.blocks.kit import (
    FIRST_LINE_LIMIT,
    Block,
    Message,
    card,
    context,
    cut_mrkdwn,
    esc,
    quoted,
    section,
)
from senexbot.domain.instruments import Instrument
from senexbot.domain.market import Quote, QuoteAnswer, SessionState
from senexbot.domain.orders.words import day_words

ROWS_SHOWN = 10
UNKNOWN_SHOWN = 5


def quote_card(answer: QuoteAnswer, *, now: datetime, says: Sequence[SayButton] = ()) -> Message:
    """Rows in the order asked; `says` are the symbols probably meant, or next steps."""
    lines = [_unknown(answer.unknown, bool(answer.rows), bool(says)), esc(answer.note)]
    buttons = say_buttons(says)
    if not answer.rows:
        if answer.unknown:
            return card(_none_known(answer.unknown), *lines, buttons=buttons)
        return card("No quote to be had", *lines, buttons=buttons)
    if len(answer.rows) == 1:
        only = answer.rows[0]
        return card(_headline(only), _market(only, now), _more(only), *lines, buttons=buttons)
    rows: list[Block] = [_row(quote, now) for quote in answer.rows[:ROWS_SHOWN]]
    if len(answer.rows) > ROWS_SHOWN:
        rows.append(context(f"… and {len(answer.rows) - ROWS_SHOWN} more: at most {ROWS_SHOWN} at a time"))
    title = " · ".join(_brief(quote) for quote in answer.rows[:ROWS_SHOWN])
    return card(cut_mrkdwn(title, FIRST_LINE_LIMIT), *lines, rows=rows, buttons=buttons)


def _none_known(words: Sequence[str]) -> str:
    if len(words) == 1:
        return f"No symbol is called {quoted(words[0], 30)}"
    return f"No symbols are called {_named(words)}"


def _unknown(words: Sequence[str], some_known: bool, offers: bool) -> str:
    """The words that are no symbol, and the way to the buttons that offer what was probably meant."""
    if not words:
        return ""
    if some_known:
        return f"Not known: {_named(words)}{'. Meant:' if offers else ''}"
    return "Meant:" if offers else "Check the spelling; an option is said like `/quote SPY 18DEC26 590p`"


def _named(words: Sequence[str]) -> str:
    named = ", ".join(quoted(word, 30) for word in words[:UNKNOWN_SHOWN])
    more = len(words) - UNKNOWN_SHOWN
    return f"{named} and {more} more" if more > 0 else named


def _name(quote: Quote) -> str:
    return esc(quote.instrument.words, 40)


def _price_now(quote: Quote) -> str:
    if quote.last is not None:
        return figures.price(quote.last)
    return f"mid {figures.price(quote.mid)}" if quote.mid is not None else "has no price now"


def _brief(quote: Quote) -> str:
    percent = quote.change_percent
    change = f" {figures.percent(percent, signed=True)}" if percent is not None else ""
    return f"{_name(quote)} {_price_now(quote)}{change}"


def _headline(quote: Quote) -> str:
    """`AAPL 187.47, +1.23 (+0.66 %) today`, with what is wrong before it."""
    change, percent = quote.change, quote.change_percent
    moved = ""
    if change is not None and percent is not None:
        moved = f", {figures.signed_price(change)} ({figures.percent(percent, signed=True)})"
    label = f" · {_labels(quote)}" if _labels(quote) else ""
    return f"{_name(quote)} {_price_now(quote)}{moved}{label}"


def _labels(quote: Quote) -> str:
    labels = ["HALTED"] if quote.halted else []
    if quote.session is SessionState.CLOSED:
        labels.append("market closed")
    elif quote.session in {SessionState.PRE_MARKET, SessionState.EXTENDED}:
        labels.append(quote.session.value.lower())
    if quote.delayed:
        labels.append("delayed 15 min")
    return ", ".join(labels)


def market_line(quote: Quote, now: datetime) -> str:
    """`AAPL 187.44 bid / 187.50 ask, mid 187.47 · 1 s old`."""
    return f"{_name(quote)} {_market(quote, now)}"


def _market(quote: Quote, now: datetime) -> str:
    """`187.44 bid / 187.50 ask, mid 187.47 · 1 s old`; of a closed session the close it is of."""
    bid = "no bid" if quote.bid is None else f"{figures.price(quote.bid)} bid"
    ask = "no ask" if quote.ask is None else f"{figures.price(quote.ask)} ask"
    mid = "" if quote.mid is None else f", mid {figures.price(quote.mid)}"
    if quote.session is SessionState.CLOSED:
        return f"{bid} / {ask}{mid} · {figures.closing(quote.at, now, quote.closed_at)}"
    stale = "" if quote.is_fresh(now) else ", stale"
    return f"{bid} / {ask}{mid} · {figures.age(quote.at, now)}{stale}"


def _more(quote: Quote) -> str:
    parts = []
    if quote.volume is not None:
        parts.append(f"Volume {figures.volume(quote.volume)}")
    if quote.iv_rank is not None:
        parts.append(f"IV rank {figures.whole(quote.iv_rank * 100)}")
    if quote.instrument.description and quote.instrument.option is None:
        parts.append(esc(quote.instrument.description, 60))
    parts += _future(quote.instrument)
    return " · ".join(parts)


def _future(instrument: Instrument) -> list[str]:
    """`$50 a point`, `active month`, `last trade 18 Dec 26`."""
    if instrument.future is None:
        return []
    month = ["active month"] if instrument.future.active_month else []
    last = instrument.future.last_trade
    until = [f"last trade {day_words(last)}"] if last is not None else []
    return [f"{figures.dollars(instrument.multiplier).removesuffix('.00')} a point", *month, *until]


def _row(quote: Quote, now: datetime) -> Block:
    more = _more(quote)
    return section(f"*{_headline(quote)}*\n{_market(quote, now)}" + (f"\n{more}" if more else ""))
