"""The one way in: a text to the sentence it says. Pure, deterministic, one reading or none."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from senexbot.domain.errors import ParseError
from senexbot.domain.language.first_line import LONGEST, fits, said_words
from senexbot.domain.language.grammar import read_tree
from senexbot.domain.language.lexing import Bit, read_bits
from senexbot.domain.language.misread import Misread
from senexbot.domain.language.orders import HOW, order_of
from senexbot.domain.language.positions import close_of, protect_of, replace_of, roll_of
from senexbot.domain.language.repairs import suggestions
from senexbot.domain.language.said import Sentence
from senexbot.domain.language.tables import Node
from senexbot.domain.language.thinkorswim import paste_of
from senexbot.domain.words import Word

GRAMMAR = 2  # stored beside each normal form; 1 was parse_order

_SIGNED = re.compile(r"[-+][\d.]", re.ASCII)
_READ: dict[str, Callable[[Node], Sentence]] = {
    "order": order_of,
    "close": close_of,
    "protect": protect_of,
    "roll": roll_of,
    "replace": replace_of,
}


def parse(text: str, today: date) -> Sentence:
    """What a text says; `today` is the exchange's date. The same text and day give the same sentence.

    Raises ParseError naming the word and its place, what to type instead, and suggestions that were read
    back before they are offered.
    """
    words, bits = read_bits(text)
    try:
        return _read(words, bits, today)
    except ParseError as error:
        error.suggestions = suggestions(words, error, lambda t: read(t, today))
        raise


def read(text: str, today: date) -> Sentence:
    """As parse, for those who only ask whether a text reads: what is wrong is not looked for."""
    words, bits = read_bits(text)
    return _read(words, bits, today, explain=False)


def _read(words: tuple[Word, ...], bits: tuple[Bit, ...], today: date, *, explain: bool = True) -> Sentence:
    if not words:
        raise Misread("An order for what?", hint=HOW)
    pasted = (
        len(bits) > 1 and bits[0].text in {"buy", "sell", "bot", "sold"} and bool(_SIGNED.match(bits[1].text))
    )
    tree = read_tree(bits, "paste" if pasted else "sentence", today, explain=explain)
    sentence = paste_of(tree) if pasted else _sentence(tree.nodes()[0])
    if not fits(sentence):
        length = len(said_words(sentence))
        raise Misread(
            f"That is too much for one order: its first line would have {length} characters.",
            hint=f"At most {LONGEST} are shown before Confirm. Say it in two orders.",
        )
    return sentence


def _sentence(node: Node) -> Sentence:
    return _READ[node.rule](node)
