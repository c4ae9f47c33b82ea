"""Positions, grouped by underlying: what is held, what it is worth now, what it made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial

from senexbot.blocks import figures
from senexbot.blocks.actions import ActionId, SayButton, say_buttons
from senexbot.blocks.kit import (
    PAYLOAD_LIMIT,
    Block,
    Message,
    button,
    card,
    context,
    esc,
    overflow,
    section,
    size,
    when,
)
from senexbot.domain.instruments import OptionContract
from senexbot.domain.links import BrokerAccount, Link
from senexbot.domain.market import Position

Holding = tuple[Link, BrokerAccount, tuple[Position, ...]]
GROUPS_SHOWN = 25
LINES_PER_GROUP = 8
CLOSES_PER_GROUP = 3
ROOM = PAYLOAD_LIMIT - 1500  # for the groups; the rest is for the first line, the foot and the buttons


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing to do with a group: trade its underlying, close one position (`closes`), or close it all."""

    account: str  # its number
    underlying: str
    closes: Position | None = None
    closes_all: bool = False

    @property
    def words(self) -> str:
        """`Trade SPY …`, `Close short 2 SPY 18 Dec 26 590 put …`, `Close all in SPY …`: plain text."""
        if self.closes_all:
            return f"Close all in {self.underlying} …"
        if self.closes is None:
            return f"Trade {self.underlying} …"
        return f"Close {_held_words(self.closes)} …"


Menus = Mapping[Offer, str]
"""The handle behind each offer."""
Beside = Callable[[str, str, Sequence[Position]], Block | None]
"""What stands beside the group of an account, by underlying and lines."""


def offers(rows: Sequence[Holding]) -> Iterator[Offer]:
    """What the card offers beside its groups, as many as a menu holds."""
    for _, account, held in rows:
        for underlying, lines in list(_groups(held).items())[:GROUPS_SHOWN]:
            yield from _offers(account.number, underlying, lines)


def _offers(account: str, underlying: str, lines: Sequence[Position]) -> Iterator[Offer]:
    yield Offer(account, underlying)
    for position in lines[:CLOSES_PER_GROUP]:
        yield Offer(account, underlying, closes=position)
    if len(lines) > 1:
        yield Offer(account, underlying, closes_all=True)


def positions(
    rows: Sequence[Holding],
    *,
    now: datetime,
    failed: Sequence[tuple[str, str]] = (),
    says: Sequence[SayButton] = (),
    menus: Menus | None = None,
) -> Message:
    """Each account's positions, grouped by underlying, with totals; long lists are cut and say so.

    `menus`: what can be done with each group, behind one small button beside it.
    """
    troubles = "; ".join(f"{esc(name, 40)} not read: {esc(why, 120)}" for name, why in failed[:5])
    held = [row for row in rows if row[2]]
    if not held:
        return _nothing(rows, troubles, says)
    styles = (_menu, _button, _bare)  # what is held is shown before what can be done with it
    made = [_all_blocks(rows, partial(style, menus or {})) for style in styles]
    blocks = next((some for some in made if size(some) <= ROOM), made[-1])
    everything = [position for row in held for position in row[2]]
    title = f"{_where(held)}{figures.counted(len(everything), 'position')}, {_total(everything)}"
    foot = f"Marks from {when(now, seconds=True)} · open P&amp;L is against the opening price, before fees"
    return card(title, troubles, rows=blocks, foot=foot, buttons=say_buttons(says))


def _all_blocks(rows: Sequence[Holding], beside: Beside) -> list[Block]:
    blocks: list[Block] = []
    room = GROUPS_SHOWN
    for row in rows:
        part = _account_blocks(*row, room=room, beside=beside)
        room -= max(len(part) - 1, 0)
        blocks += part
    return blocks


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
    link: Link, account: BrokerAccount, held: tuple[Position, ...], *, room: int, beside: Beside
) -> list[Block]:
    name = f"*{link.environment.label} · {figures.account_words(account)}*"
    if not held:
        return [section(f"{name} · no positions")]
    groups = _groups(held)
    shown = list(groups.items())[: max(room, 0)]
    blocks = [section(f"{name} · {_total(held)}")]
    for symbol, lines in shown:
        blocks.append(_group(symbol, lines, beside(account.number, symbol, lines)))
    left = sum(len(lines) for lines in groups.values()) - sum(len(lines) for _, lines in shown)
    if left:
        blocks.append(context(f"… and {left} more"))
    return blocks


def _groups(held: Sequence[Position]) -> dict[str, list[Position]]:
    groups: dict[str, list[Position]] = {}
    for position in sorted(held, key=_order):
        groups.setdefault(position.underlying or position.symbol, []).append(position)
    return groups


def _menu(menus: Menus, account: str, underlying: str, lines: Sequence[Position]) -> Block | None:
    options = [(o.words, menus[o]) for o in _offers(account, underlying, lines) if o in menus]
    return overflow(str(ActionId.POSITION_MENU), options) if options else None


def _button(menus: Menus, account: str, underlying: str, _lines: Sequence[Position]) -> Block | None:
    value = menus.get(Offer(account, underlying))
    return button("Trade", str(ActionId.TICKET_TRADE), value) if value else None


def _bare(_menus: Menus, _account: str, _underlying: str, _lines: Sequence[Position]) -> Block | None:
    return None


def _order(position: Position) -> tuple[str, bool, str]:
    """By underlying; the shares first, then options by date and strike as the symbol sorts."""
    return position.underlying, position.symbol != position.underlying, position.symbol


def _group(symbol: str, held: Sequence[Position], menu: Block | None) -> Block:
    lines = [f"*{esc(symbol, 30)}* · {_total(held)}"] if len(held) > 1 else []
    lines += [_line(position, alone=len(held) == 1) for position in held[:LINES_PER_GROUP]]
    if len(held) > LINES_PER_GROUP:
        lines.append(f"… and {len(held) - LINES_PER_GROUP} more")
    return section("\n".join(lines), accessory=menu)


def _line(position: Position, *, alone: bool) -> str:
    """`Short 2 SPY 18 Dec 26 590 put · mark 2.85 · +$120.00 open, −$8.00 today`."""
    name = esc(_name(position), 40)
    side = "Short" if position.quantity < 0 else "Long"
    head = f"{side} {figures.quantity(abs(position.quantity))} {f'*{name}*' if alone else name}"
    mark = "no mark" if position.mark is None else f"mark {figures.price(position.mark)}"
    paid = f"opened {figures.price(position.average_open_price)}"
    return f"{head} · {mark} · {paid} · {_total([position])}"


def _held_words(position: Position) -> str:
    side = "short" if position.quantity < 0 else "long"
    return f"{side} {figures.quantity(abs(position.quantity))} {_name(position)}"


def _name(position: Position) -> str:
    contract = OptionContract.from_occ(position.symbol)
    return contract.words if contract else position.symbol
