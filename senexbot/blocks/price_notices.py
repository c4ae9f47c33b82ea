"""Prices and orders that cannot be seen, symbols that stand still or are halted, and alerts that wait for them: words for
blocks/notices.py."""

from __future__ import annotations

from senexbot.blocks.notice_params import Params, Words, environment, get, span, tail


def blind(params: Params) -> Words:
    what = get(params, "what") or "Prices"
    orders = what == "Orders"
    late = "fills may be told late" if orders else "alerts may come late"
    after = (
        "what it missed is then read from the broker's list"
        if orders
        else "a level crossed and left again meanwhile is not seen"
    )
    return (
        f"{environment(params)}{what} cannot be seen{tail(' since ', get(params, 'from', 'since'))}: {late}",
        get(params, "why", "reason"),
        f"The line is being opened again; {after}",
    )


def seen_again(params: Params) -> Words:
    what = get(params, "what") or "Prices"
    checked = get(params, "checked", "found")
    after = (
        "What was missed is being read from the broker's list"
        if what == "Orders"
        else "A level that is crossed now fires, marked late; one crossed and left meanwhile was not seen"
    )
    return (
        f"{environment(params)}{what} are seen again; blind {span(params)}".rstrip().removesuffix("; blind"),
        f"The gap was checked: {checked}" if checked else after,
    )


def gap_unchecked(params: Params) -> Words:
    count, when = get(params, "count", limit=8) or "some", span(params)
    alerts, again = ("alert", "It watches") if count == "1" else ("alerts", "They watch")
    return (
        f"{environment(params)}{count} {alerts} may have missed something{', ' if when else ''}{when}",
        get(params, "which", limit=900),
        f"I saw nothing in that time, and candles do not tell enough. {again} again from here on",
    )


def symbol_still(params: Params) -> Words:
    what, price = get(params, "what", limit=30) or "A symbol", get(params, "price", limit=20)
    read = f"The broker's quote says {price}; " if price else "The broker's quote could not be read either; "
    return (
        f"{environment(params)}{what} stands still{tail(' since ', get(params, 'since'))}: alerts may come late",
        "Other prices move; it was asked for again and still brings nothing",
        f"{read}it is asked every 30 s until the symbol moves: a level found crossed then fires, marked late",
        "Look yourself: `/quote`",
    )


def symbol_moves(params: Params) -> Words:
    return (
        f"{environment(params)}{get(params, 'what', limit=30) or 'A symbol'} moves again",
        tail("It stood still ", span(params)),
        "A level crossed and left between two quotes was not seen",
    )


def symbol_halted(params: Params) -> Words:
    what = get(params, "what", limit=30) or "A symbol"
    return (
        f"{environment(params)}Trading in {what} is halted",
        tail("No trade since ", get(params, "since")),
        "Its alerts stay set; they look again at the first trade after the halt",
    )


def symbol_trades(params: Params) -> Words:
    return (
        f"{environment(params)}{get(params, 'what', limit=30) or 'A symbol'} trades again",
        tail("It was halted ", span(params)),
        "Its alerts look at each price again",
    )


def alert_parked(params: Params) -> Words:
    return (
        f"{environment(params)}Alert {_numbered(params)} is parked",
        get(params, "reason", limit=120) or "Its instrument is not known any more",
        "It starts again by itself when tastytrade lists it; `/alerts` shows and deletes it",
    )


def alert_unparked(params: Params) -> Words:
    return (
        f"{environment(params)}Alert {_numbered(params)} watches again",
        "tastytrade lists its instrument again",
    )


def _numbered(params: Params) -> str:
    words = get(params, "words", limit=60)
    return f"{get(params, 'number', limit=8)}{f' ({words})' if words else ''}".strip() or "of yours"


def late_alert(params: Params) -> Words:
    alert = get(params, "words", "alert", limit=60) or "An alert"
    return (
        f"Seen late: {alert}",
        tail("The price line was blind ", span(params)),
        "It crossed in that time; the price now may be another: `/quote` it",
    )
