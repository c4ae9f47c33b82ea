"""How a guided command talks to a person: what is said, what is asked, and that no secret is ever shown."""

from __future__ import annotations

import getpass
import sys

from rich.console import Console
from rich.prompt import Confirm, Prompt
from rich.text import Text

from senexbot import logs
from senexbot.domain.errors import ConfigError


class Terminal:
    """`asks`: False when nobody sits there; then a missing answer is a ConfigError that names its option."""

    def __init__(self, *, asks: bool) -> None:
        self.asks = asks and sys.stdin.isatty()
        self._console = Console(highlight=False, soft_wrap=True)

    def step(self, title: str) -> None:
        self._console.print(Text(f"\n{title}", style="bold"))

    def say(self, *lines: str) -> None:
        for line in lines:
            self._console.print(Text(f"  {logs.redact(line)}"))

    def text(self, question: str, missing: str) -> str:
        """A line typed in; `missing`: where it comes from when nobody can be asked."""
        if not self.asks:
            raise ConfigError(missing)
        return Prompt.ask(
            Text(f"  {question}"), console=self._console, default="", show_default=False
        ).strip()

    def secret(self, question: str, missing: str) -> str:
        """The same without an echo; whatever was typed is hidden from everything said later."""
        if not self.asks:
            raise ConfigError(missing)
        # getpass itself writes the question: the echo is off before a person can see it and begin to type
        typed = getpass.getpass(f"  {question} (not shown): ").strip()
        logs.conceal(typed)
        return typed

    def agrees(self, question: str) -> bool:
        """Yes by itself when nobody can be asked: that is what --yes means."""
        return not self.asks or Confirm.ask(Text(f"  {question}"), console=self._console, default=False)

    def pause(self, words: str) -> None:
        if self.asks:
            Prompt.ask(Text(f"  {words} (Enter)"), console=self._console, default="", show_default=False)
