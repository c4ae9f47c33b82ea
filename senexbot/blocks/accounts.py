"""Linked accounts: how to link, the form for a personal grant, which accounts there are, their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from senexbot.blocks import figures
from senexbot.blocks.actions import ActionId, SayButton, say_buttons
from senexbot.blocks.connect import (
    CONNECT_ENVIRONMENT_ACTION,
    CONNECT_ENVIRONMENT_BLOCK,
    CONNECT_SECRET_ACTION,
    CONNECT_SECRET_BLOCK,
    CONNECT_TOKEN_ACTION,
    CONNECT_TOKEN_BLOCK,
    connect_errors,
    connect_modal,
    read_connect,
)
from senexbot.blocks.holdings import positions
from senexbot.blocks.kit import Block, Message, button, card, context, esc, section, when
from senexbot.domain.links import BrokerAccount, Environment, Link
from senexbot.domain.market import Balances

__all__ = [
    "CONNECT_ENVIRONMENT_ACTION",
    "CONNECT_ENVIRONMENT_BLOCK",
    "CONNECT_SECRET_ACTION",
    "CONNECT_SECRET_BLOCK",
    "CONNECT_TOKEN_ACTION",
    "CONNECT_TOKEN_BLOCK",
    "account_list",
    "balances",
    "connect_errors",
    "connect_modal",
    "connected",
    "disconnect_asked",
    "disconnected",
    "not_linked",
    "positions",
    "read_connect",
]

ACCOUNTS_SHOWN = 12


def not_linked(*, connect_handle: str, practice_first: bool) -> Message:
    """For somebody without a link: what is missing and the one button that mends it."""
    first = "Practice money is offered first: nothing there is real" if practice_first else ""
    return card(
        "No tastytrade account is linked yet",
        "Linking takes a personal grant from tastytrade: a client secret and a refresh token",
        first,
        "Only you use it; it is stored sealed, and `/senex disconnect` erases it",
        buttons=(button("Connect account", ActionId.LINK_CONNECT, connect_handle),),
    )


def connected(link: Link, *, says: Sequence[SayButton] = ()) -> Message:
    """After a link: what is reachable now."""
    count = figures.counted(len(link.accounts), "account")
    return card(
        f"{link.environment.label} · Linked: {count} at tastytrade",
        _account_lines(link),
        "Next: `/balances`, `/positions`, `/quote SPY`",
        buttons=say_buttons(says),
    )


def _account_lines(link: Link) -> str:
    shown = [
        figures.account_words(a) + (" (default)" if a.number == link.default_account else "")
        for a in link.accounts[:3]
    ]
    if len(link.accounts) > 3:
        shown.append(f"and {len(link.accounts) - 3} more")
    return " · ".join(shown)


def disconnect_asked(
    link: Link, *, handle: str, open_orders: int = 0, alerts: int = 0, says: Sequence[SayButton] = ()
) -> Message:
    """Before a link is erased: which accounts it is about, and what becomes of what hangs on it."""
    orders = (
        f"{figures.counted(open_orders, 'order')} still open: this desk could neither follow nor cancel "
        "any more what goes on at the broker"
        if open_orders
        else "No order of yours is open"
    )
    watched = (
        f"{figures.counted(alerts, 'alert')} would wait until you link again"
        if alerts
        else "No alert hangs on it"
    )
    return card(
        f"{link.environment.label} · Disconnect? Nothing is erased yet",
        f"The grant for {_account_lines(link)} would be erased here",
        orders,
        watched,
        buttons=(
            button(f"Erase {link.environment.label} grant", ActionId.LINK_ERASE, handle, style="danger"),
            *say_buttons(says),
        ),
    )


def disconnected(
    link: Link, *, open_orders: int = 0, alerts: int = 0, says: Sequence[SayButton] = ()
) -> Message:
    """After a link is erased. `open_orders` go on at the broker; `alerts` could no longer be watched."""
    orders = figures.counted(open_orders, "order")
    left = f"{orders} still open: they go on, cancel them in tastytrade's own app" if open_orders else ""
    parked = f"{figures.counted(alerts, 'alert')} not watched until you link again" if alerts else ""
    return card(
        f"{link.environment.label} · Disconnected, the grant is erased here",
        left,
        parked,
        ""
        if link.environment is Environment.PRACTICE
        else "To end it at tastytrade too: my.tastytrade.com, API, OAuth applications, delete the grant",
        buttons=say_buttons(says),
    )


def account_list(
    links: Sequence[Link],
    handles: Mapping[tuple[str, str], str],
    disconnect_handles: Mapping[str, str],
    *,
    connect_handle: str = "",
    now: datetime | None = None,
) -> Message:
    """Each linked account with its default mark.

    `handles`: (link id, account number) -> handle of "Make default"; `disconnect_handles`: link id -> handle.
    """
    buttons = (button("Connect account", ActionId.LINK_CONNECT, connect_handle),) if connect_handle else ()
    if not links:
        return card("No tastytrade account is linked yet", "Link one: `/senex connect`", buttons=buttons)
    rows: list[Block] = []
    for link in links:
        rows += _link_rows(link, handles, disconnect_handles.get(link.id, ""), now)
    total = figures.counted(sum(len(link.accounts) for link in links), "account")
    return card(f"{total} linked", rows=rows, buttons=buttons)


def _link_rows(
    link: Link, handles: Mapping[tuple[str, str], str], disconnect: str, now: datetime | None
) -> list[Block]:
    state = (
        f"does not work: {esc(link.broken, 120)}. Link again: `/senex connect`" if link.broken else "works"
    )
    erase = (
        button(f"Disconnect {link.environment.label}", ActionId.LINK_DISCONNECT, disconnect)
        if disconnect
        else None
    )
    head = f"*{link.environment.label}* · linked {when(link.created_at, now or link.created_at)} · {state}"
    rows = [section(head, accessory=erase)]
    for account in link.accounts[:ACCOUNTS_SHOWN]:
        rows.append(_account_row(account, link, handles.get((link.id, account.number), "")))
    if len(link.accounts) > ACCOUNTS_SHOWN:
        rows.append(context(f"… and {len(link.accounts) - ACCOUNTS_SHOWN} more"))
    return rows


def _account_row(account: BrokerAccount, link: Link, handle: str) -> Block:
    words = figures.account_words(account)
    if account.is_closed:
        return section(f"{words} · closed at the broker")
    if account.number == link.default_account:
        return section(f"{words} · default: orders go here unless you name another")
    default = button("Make default", ActionId.LINK_DEFAULT, handle) if handle else None
    return section(words, accessory=default)


def balances(
    rows: Sequence[tuple[Link, BrokerAccount, Balances]],
    *,
    now: datetime,
    failed: Sequence[tuple[str, str]] = (),
    says: Sequence[SayButton] = (),
) -> Message:
    """Figures of each account; `failed`: (account, why) of those that could not be read."""
    if len(rows) == 1 and not failed:
        _, account, figure = rows[0]
        return card(
            _balance_title(rows),
            figures.account_words(account),
            _money(figure, now),
            buttons=say_buttons(says),
        )
    blocks = [_balance_row(*row, now) for row in rows[:ACCOUNTS_SHOWN]]
    if len(rows) > ACCOUNTS_SHOWN:
        blocks.append(context(f"… and {len(rows) - ACCOUNTS_SHOWN} more"))
    troubles = "; ".join(f"{esc(name, 40)} not read: {esc(why, 120)}" for name, why in failed[:5])
    return card(_balance_title(rows), troubles, rows=blocks, buttons=say_buttons(says))


def _balance_title(rows: Sequence[tuple[Link, BrokerAccount, Balances]]) -> str:
    if not rows:
        return "No balances could be read"
    link, account, figure = rows[0]
    if len(rows) == 1:
        value = figures.dollars(figure.net_liquidating_value)
        return f"{link.environment.label} · {esc(account.masked, 8)} net liq {value}{_day(figure)}"
    total = figures.dollars(sum((f.net_liquidating_value for _, _, f in rows), Decimal(0)))
    labels = {link.environment.label for link, _, _ in rows}
    if len(labels) > 1:
        return f"Balances of {len(rows)} accounts: {' and '.join(sorted(labels))}"
    return f"{labels.pop()} · {len(rows)} accounts, net liq {total}"


def _day(figure: Balances) -> str:
    return "" if figure.day_change is None else f", {figures.signed_dollars(figure.day_change)} today"


def _balance_row(link: Link, account: BrokerAccount, figure: Balances, now: datetime) -> Block:
    head = (
        f"*{link.environment.label} · {figures.account_words(account)}*\n"
        f"Net liq {figures.dollars(figure.net_liquidating_value)}{_day(figure)}"
    )
    return section(f"{head}\n{_money(figure, now)}")


def _money(figure: Balances, now: datetime) -> str:
    """`Cash … · Buying power … · 2 s old`."""
    power = f"Buying power {figures.dollars(figure.equity_buying_power)} shares"
    if figure.derivative_buying_power != figure.equity_buying_power:
        power += f", {figures.dollars(figure.derivative_buying_power)} options"
    held = ""
    if figure.maintenance_requirement is not None:
        held = f" · margin held {figures.dollars(figure.maintenance_requirement)}"
    return f"Cash {figures.dollars(figure.cash)} · {power}{held} · {figures.age(figure.at, now)}"
