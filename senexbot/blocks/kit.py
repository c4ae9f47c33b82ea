"""The few primitives that messages are made of: escaping, Slack's limits by name, block shapes.

Pure. Text from people, broker or feed goes through `plain` or `esc` exactly once, here (I74).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

Block = Mapping[str, Any]

# Slack's limits (Block Kit reference); the ones marked "ours" are stricter on purpose.
BLOCKS_PER_MESSAGE = 50
BLOCKS_PER_VIEW = 100
TEXT_LIMIT = 4000  # chat.update refuses more
FIRST_LINE_LIMIT = 90  # ours: what a phone shows
PAYLOAD_LIMIT = 12_000  # ours: Slack refuses all blocks together at about 13,200 characters
SECTION_LIMIT = 3000
FIELD_LIMIT = 2000
FIELDS_LIMIT = 10
HEADER_LIMIT = 150
CONTEXT_ELEMENTS = 10
ACTIONS_ELEMENTS = 25
BUTTONS_PER_ROW = 5  # ours: more of them hide behind one another on a phone
CONFIRM_TITLE_LIMIT = 100
CONFIRM_TEXT_LIMIT = 300
CONFIRM_LABEL_LIMIT = 30
BUTTON_LABEL_LIMIT = 30  # Slack takes 75 and shows about 30
OVERFLOW_TEXT_LIMIT = 75
OVERFLOW_OPTIONS = 5
ID_LIMIT = 255
VIEW_TITLE_LIMIT = 24
PRIVATE_METADATA_LIMIT = 3000
QUOTED_LIMIT = 300  # ours: a name, reason or warning that somebody else wrote

ELLIPSIS = "…"
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00\ufe01\ufe0e\ufe0f")
_SPACES = frozenset({"Cc", "Zs", "Zl", "Zp"})
_DROPPED = frozenset({"Cf", "Cs", "Co", "Cn"})
_LOOKALIKES = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})  # Slack has no escape for these
_LOOSE_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])", re.ASCII)
_EMOJI_NAME = re.compile(
    r":(?=[a-z0-9_'+-]+(?::|\Z))(?!\d\d(?::|\Z))", re.IGNORECASE
)  # 10:42:11 is a time; ours may follow
_LEADING_QUOTE = re.compile(r"^[>\s]+")
_TOKEN = re.compile(r"<[^<>]*>|&(?:amp|lt|gt);|[\s\S]")
_USER_ID = re.compile(r"[UW][A-Z0-9]{4,20}\Z", re.ASCII)
_CHANNEL_ID = re.compile(r"[CG][A-Z0-9]{4,20}\Z", re.ASCII)
_MARKUP = re.compile(r"<(?:[^<>|]*)\|([^<>]*)>")


@dataclass(frozen=True, slots=True)
class Message:
    """`text` is what a phone's notification shows and must carry the facts; `blocks` the rest."""

    text: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Modal:
    """A view for views.open and views.update; `payload` is Slack's view object."""

    payload: Mapping[str, Any]


# --- text ----------------------------------------------------------------------------------------


def width(text: str) -> int:
    """Length as Slack may count it: UTF-16 units, never fewer than Python's characters."""
    return len(text) + sum(ch > "\uffff" for ch in text)


def cut(text: str, limit: int) -> str:
    """At most `limit` units of `text`, the loss marked with an ellipsis. For text without markup."""
    if width(text) <= limit:
        return text
    kept = _take(text, limit - 1)
    return "".join(kept).rstrip() + ELLIPSIS


def cut_mrkdwn(text: str, limit: int) -> str:
    """`cut` for our own mrkdwn: never through an entity or a `<…>`, and never leaving bold open."""
    if width(text) <= limit:
        return text
    cut_text = "".join(_take(_TOKEN.findall(text), limit - 2)).rstrip()
    return cut_text + ELLIPSIS + "*" * (cut_text.count("*") % 2)


def _take(tokens: Sequence[str], room: int) -> list[str]:
    """The first tokens that are together no wider than `room`."""
    ends = accumulate(width(token) for token in tokens)
    return [token for token, end in zip(tokens, ends, strict=True) if end <= room]


def _clean(text: str) -> str:
    """One line without control, direction, zero-width and unassigned characters, and without piles of accents."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept: list[str] = []
    marks = 0
    for ch in text:
        category = unicodedata.category(ch)
        if category in _SPACES:
            ch = " "
        elif category in _DROPPED or ch in _INVISIBLE:
            continue
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks <= 2:
            kept.append(ch)
    return " ".join("".join(kept).split())


def plain(text: str, limit: int = QUOTED_LIMIT) -> str:
    """Foreign text for a plain_text object: cleaned, one line, at most `limit` units; "–" when nothing is left."""
    return cut(_clean(text[: limit * 4]), limit) or "–"


def esc(text: str, limit: int = QUOTED_LIMIT) -> str:
    """Foreign text for mrkdwn: it cannot mention, link, format, show an emoji or break out of its line.

    Cleaned and cut to `limit` first, then `&`, `<`, `>` are escaped once. Formatting characters have no
    escape in Slack; they are shown as their lookalikes (an underscore inside a word stays).
    """
    flat = cut(_clean(text[: limit * 4]), limit)
    flat = _LEADING_QUOTE.sub(lambda m: "›" * m.group().count(">"), flat)
    flat = _LOOSE_UNDERSCORE.sub("ˍ", flat.translate(_LOOKALIKES))
    flat = _EMOJI_NAME.sub("∶", flat)
    return flat.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quoted(word: str, limit: int = 40) -> str:
    """A word somebody typed, in quotation marks."""
    return f'"{esc(word, limit)}"'


def without_markup(mrkdwn: str) -> str:
    """Our own mrkdwn as a notification shows it: links and dates by their words, no bold."""
    return _MARKUP.sub(r"\1", mrkdwn).replace("*", "")


def link(url: str, label: str) -> str:
    """A link to a permalink that Slack gave us; just the label when it is none."""
    if not re.fullmatch(r"https?://[^\s<>|\"]+", url):
        return label
    return f"<{url.replace('&', '&amp;')}|{label}>"


def when(at: datetime, now: datetime | None = None, *, seconds: bool = False, day: bool = False) -> str:
    """A moment in the reader's own time zone; with the `day` when asked, or when it is not the day of `now`."""
    clock, pattern = ("%H:%M:%S", "{time_secs}") if seconds else ("%H:%M", "{time}")
    if day or (now is not None and abs((at - now).total_seconds()) >= 12 * 3600):
        return f"<!date^{int(at.timestamp())}^{{date_short}} {pattern}|{at.day} {at:%b} {at:{clock}} UTC>"
    return f"<!date^{int(at.timestamp())}^{pattern}|{at:{clock}} UTC>"


def channel_words(channel: str) -> str:
    """A channel by its id as Slack shows it; never a link made of a text."""
    return f"<#{channel}>" if _CHANNEL_ID.match(channel) else "that channel"


def person(who: str) -> str:
    """A Slack user as Slack shows them; the command line by its place; never a mention made of a text."""
    if who == "host":
        return "the command line"
    return f"<@{who}>" if _USER_ID.match(who) else esc(who, 40)


# --- blocks --------------------------------------------------------------------------------------


def _mrkdwn(text: str, limit: int) -> Block:
    return {"type": "mrkdwn", "text": cut_mrkdwn(text, limit) or "–", "verbatim": True}


def plain_text(text: str, limit: int) -> Block:
    return {"type": "plain_text", "text": plain(text, limit), "emoji": False}


def section(mrkdwn: str, *, accessory: Block | None = None, block_id: str = "") -> Block:
    block: dict[str, Any] = {"type": "section", "text": _mrkdwn(mrkdwn, SECTION_LIMIT)}
    if accessory is not None:
        block["accessory"] = accessory
    return _named(block, block_id)


def fields(*mrkdwn: str) -> Block:
    return {"type": "section", "fields": [_mrkdwn(text, FIELD_LIMIT) for text in mrkdwn[:FIELDS_LIMIT]]}


def context(*mrkdwn: str, block_id: str = "") -> Block:
    elements = [_mrkdwn(text, SECTION_LIMIT) for text in mrkdwn[:CONTEXT_ELEMENTS]]
    return _named({"type": "context", "elements": elements}, block_id)


def actions(*buttons: Block, block_id: str = "") -> Block:
    return _named({"type": "actions", "elements": list(buttons[:ACTIONS_ELEMENTS])}, block_id)


def button(
    label: str, action_id: str, value: str, style: str | None = None, confirm: Block | None = None
) -> Block:
    """`value` is a random handle and nothing else (I32); `style` is "primary", "danger" or nothing.
    `confirm`: a dialog that asks once more before the press counts."""
    block: dict[str, Any] = {
        "type": "button",
        "text": plain_text(label, BUTTON_LABEL_LIMIT),
        "action_id": action_id,
        "value": value,
    }
    if style:
        block["style"] = style
    if confirm is not None:
        block["confirm"] = confirm
    return block


def overflow(action_id: str, options: Sequence[tuple[str, str]]) -> Block:
    """A small menu of (words, value): two to five things to do with the line beside it."""
    shown = [
        {"text": plain_text(words, OVERFLOW_TEXT_LIMIT), "value": value}
        for words, value in options[:OVERFLOW_OPTIONS]
    ]
    return {"type": "overflow", "action_id": action_id, "options": shown}


def once_more(title: str, words: str, yes: str, no: str = "Back") -> Block:
    """The dialog that asks once more, in plain words: a button's `confirm`."""
    return {
        "title": plain_text(title, CONFIRM_TITLE_LIMIT),
        "text": plain_text(words, CONFIRM_TEXT_LIMIT),
        "confirm": plain_text(yes, CONFIRM_LABEL_LIMIT),
        "deny": plain_text(no, CONFIRM_LABEL_LIMIT),
    }


def headline(state: str, reason: str) -> tuple[str, str]:
    """A first line and what is left for below: a long reason stands there in full, and is not said twice."""
    title = f"{state}: {reason}"
    if width(title) <= FIRST_LINE_LIMIT:
        return title, ""
    return state, reason[:1].upper() + reason[1:]


def divider() -> Block:
    return {"type": "divider"}


def header(text: str) -> Block:
    return {"type": "header", "text": plain_text(text, HEADER_LIMIT)}


def _named(block: dict[str, Any], block_id: str) -> Block:
    if block_id:
        block["block_id"] = block_id[:ID_LIMIT]
    return block


# --- messages ------------------------------------------------------------------------------------


def card(
    title: str,
    *lines: str,
    buttons: Sequence[Block] = (),
    rows: Sequence[Block] = (),
    foot: str = "",
    fine: str = "",
    key: str = "",
) -> Message:
    """One message in the house's shape: bold first line, few lines, rows, small print, buttons.

    `fine`: small print that a notification leaves out.

    All text is mrkdwn that is already escaped; empty lines are left out. A title too long for a phone is cut
    and stands in full below. `key` names the revision: with it
    each block gets an id that changes when the message does.
    """
    full, title = title, cut_mrkdwn(title, FIRST_LINE_LIMIT)
    said = [line for line in ("" if title == full else full, *lines) if line]
    blocks = [section("\n".join([f"*{title}*", *said]), block_id=key and f"{key}.text")]
    blocks += rows
    if foot:
        blocks.append(context(foot, block_id=key and f"{key}.foot"))
    if fine:
        blocks.append(context(fine, block_id=key and f"{key}.fine"))
    for start in range(0, len(buttons), BUTTONS_PER_ROW):
        row = buttons[start : start + BUTTONS_PER_ROW]
        blocks.append(actions(*row, block_id=key and f"{key}.do{start}"))
    shown = [title, *said, *(row["text"]["text"] for row in rows if row["type"] == "section"), foot]
    return fit(Message("\n".join(without_markup(line) for line in shown if line), tuple(blocks)))


def repeated(message: Message) -> Message:
    """The same message marked as a possible repeat, for a phone and on the screen (I42)."""
    mark = "Possible repeat:"
    blocks = (context(f"{mark} Slack did not confirm the first one"), *message.blocks)
    return fit(Message(f"{mark} {message.text}", blocks))


def fit(message: Message) -> Message:
    """The message within Slack's limits. What is lost is said; buttons and the first block go last."""
    first, _, rest = message.text.partition("\n")
    first = cut_mrkdwn(first, FIRST_LINE_LIMIT)
    text = cut_mrkdwn(f"{first}\n{rest}" if rest else first, TEXT_LIMIT) or "–"
    blocks, dropped = list(message.blocks), 0
    while blocks and _too_much(blocks, spare=bool(dropped)):
        blocks.pop(_least_needed(blocks))
        dropped += 1
    if dropped and blocks:
        place = next((i for i, b in enumerate(blocks) if i and b["type"] == "actions"), len(blocks))
        blocks.insert(place, context("… more than fits into one message"))
    return Message(text, tuple(blocks))


def _too_much(blocks: Sequence[Block], *, spare: bool) -> bool:
    if len(blocks) > BLOCKS_PER_MESSAGE - spare:
        return True
    return size(blocks) > PAYLOAD_LIMIT - 200 * spare


def size(blocks: Sequence[Block]) -> int:
    """Characters of the blocks as JSON."""
    return width(json.dumps(list(blocks), ensure_ascii=False, separators=(",", ":")))


def _least_needed(blocks: Sequence[Block]) -> int:
    """The last block that is neither the first nor a row of buttons; then the last one."""
    body = [i for i, block in enumerate(blocks) if i and block["type"] != "actions"]
    return body[-1] if body else len(blocks) - 1
