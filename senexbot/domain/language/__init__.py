"""The order language: one grammar for command, message, mention and modal. Reading only; no market.

A text goes through `lexing` (words to pieces), `grammar` (lark: pieces to a tree), and the files that make the
sentence of a tree (`orders`, `positions`, `thinkorswim`, from `strikes`, `strategies`, `pricing`, `exits`).
`normal` and `first_line` write a sentence again, `repairs` offers what was meant.
"""

from senexbot.domain.language.first_line import said_words
from senexbot.domain.language.normal import said_text
from senexbot.domain.language.parsing import GRAMMAR, parse

__all__ = ["GRAMMAR", "parse", "said_text", "said_words"]
