"""The Home tab: which accounts are linked, how the desk stands, what to do next. No figures: it is not live."""

from __future__ import annotations

from collections.abc import Sequence

from senexbot.blocks import figures
from senexbot.blocks.actions import ActionId, SayButton, say_buttons
from senexbot.blocks.kit import (
    BLOCKS_PER_VIEW,
    Block,
    Modal,
    actions,
    button,
    context,
    divider,
    esc,
    header,
    section,
)
from senexbot.domain.links import Link

LINKS_SHOWN = 10
ACCOUNTS_SHOWN = 5


def home_view(
    links: Sequence[Link] = (),
    *,
    connect_handle: str = "",
    says: Sequence[SayButton] = (),
    halt_words: str = "",
) -> Modal:
    """A view of type "home" for views.publish. `halt_words`: "" while the desk is active."""
    blocks: list[Block] = [header("Your trading desk on tastytrade")]
    if halt_words:
        blocks.append(section(f"*{esc(halt_words, 120)}*"))
    blocks += _links(links)
    connect = button("Connect account", ActionId.LINK_CONNECT, connect_handle) if connect_handle else None
    buttons = [*([connect] if connect else []), *say_buttons(says)]
    if buttons:
        blocks.append(actions(*buttons[:5]))
    blocks += [
        divider(),
        section(
            "Price: `/quote AAPL` · Order: `/order buy 100 AAPL @ 187.50`\n"
            "Alert: `/alert AAPL &gt; 200` · All words: `/senex help all`"
        ),
        context("Nothing is ever sent to the broker before you press Confirm"),
    ]
    return Modal({"type": "home", "blocks": blocks[:BLOCKS_PER_VIEW]})


def no_home(words: str) -> Modal:
    """For somebody without rights here: nothing of what an earlier view may have shown stays (I34)."""
    blocks = [header("Your trading desk on tastytrade"), section(f"*{esc(words, 200)}*")]
    return Modal({"type": "home", "blocks": blocks})


def _links(links: Sequence[Link]) -> list[Block]:
    if not links:
        return [section("*No tastytrade account is linked yet*\nLink one: `/senex connect`")]
    blocks = [_link(link) for link in links[:LINKS_SHOWN]]
    if len(links) > LINKS_SHOWN:
        blocks.append(context(f"… and {len(links) - LINKS_SHOWN} more"))
    return blocks


def _link(link: Link) -> Block:
    lines = [f"*{link.environment.label}*"]
    if link.broken:
        lines[0] += f" · does not work: {esc(link.broken, 120)}. Link again: `/senex connect`"
    for account in link.accounts[:ACCOUNTS_SHOWN]:
        default = " (default)" if account.number == link.default_account else ""
        lines.append(f"{figures.account_words(account)}{default}")
    if len(link.accounts) > ACCOUNTS_SHOWN:
        lines.append(f"… and {len(link.accounts) - ACCOUNTS_SHOWN} more")
    return section("\n".join(lines))
