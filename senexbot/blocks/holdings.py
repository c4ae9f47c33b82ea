"""Positions, grouped by underlying: what is held, what it is worth now, what it made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from senexbot.blocks import figures
from senexbot.blocks.actions import SayButton, say_buttons
from senexbot.blocks.kit import Block, Message, card, context, esc, section, when
from senexbot.domain.instruments import OptionContract
from senexbot.domain.links import BrokerAccount, Link
from senexbot.domain.market import Position

Holding = tuple[Link, BrokerAccount, tuple[Position, ...]]
GROUPS_SHOWN = 25
LINES_PER_GROUP = 8


def positions(
    rows: Sequence[Holding],
    *,
    now: datetime,
    failed: Sequence[tuple[str, str]] = (),
    says: Sequence[SayButton] = (),
) -> Message:
    """Each account's positions, grouped by underlying, with totals; long lists are cut and say so."""
    troubles = "; ".join(f"{esc(name, 40)} not read: {esc(why, 120)}" for name, why in failed[:5])
    held = [row for row in rows if row[2]]
    if not held:
        return _nothing(rows, troubles, says)
    blocks: list[Block] = []
    room = GROUPS_SHOWN
    for row in rows:
        part = _account_blocks(*row, room=room)
        room -= max(len(part) - 1, 0)
        blocks += part
    everything = [position for row in held for position in row[2]]
    title = f"{_where(held)}{figures.counted(len(everything), 'position')}, {_total(everything)}"
    foot = f"Marks from {when(now, seconds=True)} · open P&amp;L is against the opening price, before fees"
    return card(title, troubles, rows=blocks, foot=foot, buttons=say_buttons(says))


def _nothing(rows: Sequence[Holding], troubles: str, says: Sequence[SayButton]) -> Message:
    if not rows:
        title = "No positions could be read" if troubles else "No account to read positions from"
        return card(title, troubles, buttons=say_buttons(says))
    empty = " and ".join(f"{esc(account.masked, 8)}" for _, account, _ in rows[:3])
    return card(
        f"{_where(rows)}No positions in {empty if len(rows) <= 3 else f'{len(rows)} accounts'}",
        troubles,
        "Start with a price: `/quote SPY`, then `/order buy 1 SPY @ 600` (a preview comes first)",
        buttons=say_buttons(says),
    )


def _where(rows: Sequence[Holding]) -> str:
    labels = {link.environment.label for link, _, _ in rows}
    return f"{labels.pop()} · " if len(labels) == 1 else ""


def _total(held: Sequence[Position]) -> str:
    if all(p.open_pnl is None and p.day_pnl is None for p in held):
        return "P&amp;L not known"
    return f"{_sum([p.open_pnl for p in held], 'open')}, {_sum([p.day_pnl for p in held], 'today')}"


def _sum(amounts: Sequence[Decimal | None], word: str) -> str:
    """`+$737.00 open`: the sum of what is known; says so when a part is not."""
    known = [a for a in amounts if a is not None]
    if not known:
        return f"{word} not known"
    part = "" if len(known) == len(amounts) else f" ({len(known)} of {len(amounts)} known)"
    return f"{figures.signed_dollars(sum(known, Decimal(0)))} {word}{part}"


def _account_blocks(
    link: Link, account: BrokerAccount, held: tuple[Position, ...], *, room: int
) -> list[Block]:
    name = f"*{link.environment.label} · {figures.account_words(account)}*"
    if not held:
        return [section(f"{name} · no positions")]
    groups: dict[str, list[Position]] = {}
    for position in sorted(held, key=_order):
        groups.setdefault(position.underlying or position.symbol, []).append(position)
    shown = list(groups.items())[: max(room, 0)]
    blocks = [section(f"{name} · {_total(held)}"), *(_group(symbol, lines) for symbol, lines in shown)]
    left = sum(len(lines) for lines in groups.values()) - sum(len(lines) for _, lines in shown)
    if left:
        blocks.append(context(f"… and {left} more"))
    return blocks


def _order(position: Position) -> tuple[str, bool, str]:
    """By underlying; the shares first, then options by date and strike as the symbol sorts."""
    return position.underlying, position.symbol != position.underlying, position.symbol


def _group(symbol: str, held: Sequence[Position]) -> Block:
    lines = [f"*{esc(symbol, 30)}* · {_total(held)}"] if len(held) > 1 else []
    lines += [_line(position, alone=len(held) == 1) for position in held[:LINES_PER_GROUP]]
    if len(held) > LINES_PER_GROUP:
        lines.append(f"… and {len(held) - LINES_PER_GROUP} more")
    return section("\n".join(lines))


def _line(position: Position, *, alone: bool) -> str:
    """`Short 2 SPY 18 Dec 26 590 put · mark 2.85 · +$120.00 open, −$8.00 today`."""
    contract = OptionContract.from_occ(position.symbol)
    name = esc(contract.words if contract else position.symbol, 40)
    side = "Short" if position.quantity < 0 else "Long"
    head = f"{side} {figures.quantity(abs(position.quantity))} {f'*{name}*' if alone else name}"
    mark = "no mark" if position.mark is None else f"mark {figures.price(position.mark)}"
    paid = f"opened {figures.price(position.average_open_price)}"
    return f"{head} · {mark} · {paid} · {_total([position])}"
