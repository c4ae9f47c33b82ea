"""The few primitives that messages are made of: escaping, Slack's limits by name, block shapes.

Pure. Text from people, broker or feed goes through `plain` or `esc` exactly once, here (I74).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Block = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Message:
    """`text` is what a phone's notification shows and must carry the facts; `blocks` the rest."""

    text: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Modal:
    """A view for views.open and views.update; `payload` is Slack's view object."""

    payload: Mapping[str, Any]
