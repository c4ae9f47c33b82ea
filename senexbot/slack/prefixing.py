"""With a command prefix set, the commands that messages name carry it: hints must be typable as they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from senexbot.domain.verbs import VERBS

UMBRELLA = "/senex"
COMMANDS = (UMBRELLA, *(verb.short_command for verb in VERBS if verb.short_command))
_NAMED = re.compile(rf"`({'|'.join(re.escape(c) for c in sorted(COMMANDS, key=len, reverse=True))})(?=[ `])")


class Prefixing:
    """Writes `/quote AAPL` as `/desk-quote AAPL` where the prefix is `desk-`; without one changes nothing."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def text(self, text: str) -> str:
        if not self._prefix:
            return text
        return _NAMED.sub(lambda m: f"`/{self._prefix}{m.group(1)[1:]}", text)

    def payload(self, value: Any) -> Any:
        """Blocks or a view, with every text in it. Buttons' values and ids are not texts and stay."""
        if not self._prefix:
            return value
        if isinstance(value, Mapping):
            return {
                k: self.text(v) if k == "text" and isinstance(v, str) else self.payload(v)
                for k, v in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.payload(one) for one in value]
        return value
