"""The grammar, and its reading with lark: pieces go in one by one, a tree or the first stumble comes out.

lark's tables say at each word what can stand there: that chooses between a word's candidates, and tells the
person what was expected. There is no other state, and no recovery that goes on after a stumble.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from senexbot.domain.language.lexing import Bit, Candidate, Piece, candidates, is_known, span
from senexbot.domain.language.misread import Fix, Misread, misread
from senexbot.domain.language.vocabulary import expected, words_of
from senexbot.domain.words import Word

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

TEXT = r"""
sentence: order | close | protect | roll | replace

order:    entry follower*
follower: THEN entry
entry:    SIDE amount? STRATEGY? thing spec* more* terms?
amount:   NUMBER UNIT? OF? | MONEY OF? | PART OF? | PERCENT OF?
thing:    SYMBOL | FUTURE | OCC
more:     AND SIDE NUMBER SYMBOL? spec+

close:    CLOSE amount? thing spec* OPTIONS? terms?
protect:  PROTECT amount? thing spec* terms?
roll:     ROLL amount? SYMBOL change+ terms?
replace:  REPLACE ORDER_ID TO? terms?

spec:     STRATEGY | DATE | DAYS | MONTHLY | RIGHT | STRIKES | STRIKE_RIGHT | NUMBER RIGHT? | NUMBER EFFECT
        | DELTA RIGHT? | PERCENT OUT? RIGHT? | ATM RIGHT? | WIDTH | RATIO | WITH_SHARES | MONEY EFFECT?
change:   RIGHT | OPTIONS | TO | DATE | DAYS | MONTHLY | SAME_DELTA | SAME_STRIKE
        | DELTA RIGHT? | NUMBER RIGHT? | STRIKE_RIGHT

terms:    _marked _term*
_marked:  price | stop | time | account | tp | sl | exits | walk
_term:    _marked | bare
price:    mark value EFFECT? | MARKET | peg EFFECT?
bare:     num EFFECT?
mark:     AT | LIMIT | AT AT | AT LIMIT | LIMIT AT | LIMIT LIMIT
value:    num | peg | MARKET
peg:      PEG (SIGN num)?
num:      NUMBER | MONEY
stop:     STOP mark? num mark num EFFECT? -> stop_limit
        | STOP mark? num num EFFECT?      -> stop_two
        | STOP mark? num
time:     TIF | UNTIL DATE
account:  IN ACCOUNT
tp:       TP AT? goal
sl:       SL AT? goal
goal:     NUMBER | MONEY | PERCENT | MULTIPLE
exits:    EXITS time+
walk:     WALK num EVERY DURATION TO num

paste:    (SIDE | DONE) SIGNED FRACTION? (STRATEGY | COVERED | BACKRATIO)? SYMBOL contract? pterm*
contract: NUMBER NOTE* DATE (DATE | NOTE)* (NUMBER | STRIKES) (RIGHT | RIGHTS | COVER)
pterm:    pprice | pstop | PEG | MARKET | LIMIT | TIF | NOTE | TO_CLOSE | account
pprice:   AT (NUMBER | SIGNED | MARKET | PEG | MARK)
pstop:    STOP NUMBER?

%declare SIDE NUMBER UNIT OF MONEY PART PERCENT STRATEGY SYMBOL FUTURE OCC AND CLOSE OPTIONS PROTECT ROLL
%declare REPLACE ORDER_ID TO DATE DAYS MONTHLY RIGHT STRIKES STRIKE_RIGHT EFFECT DELTA OUT ATM WIDTH RATIO
%declare WITH_SHARES SAME_DELTA SAME_STRIKE THEN AT LIMIT MARKET PEG SIGN STOP TIF UNTIL IN ACCOUNT TP SL
%declare MULTIPLE EXITS WALK EVERY DURATION SIGNED FRACTION DONE COVERED BACKRATIO NOTE RIGHTS COVER TO_CLOSE MARK
"""


@dataclass(frozen=True, slots=True)
class Node:
    """A rule of the grammar as it was met: its pieces and nodes in the order of the text."""

    rule: str
    parts: tuple[Node | Piece, ...]

    def pieces(self, *kinds: str) -> list[Piece]:
        return [p for p in self.parts if isinstance(p, Piece) and (not kinds or p.kind in kinds)]

    def piece(self, *kinds: str) -> Piece | None:
        return next(iter(self.pieces(*kinds)), None)

    def nodes(self, *rules: str) -> list[Node]:
        return [n for n in self.parts if isinstance(n, Node) and (not rules or n.rule in rules)]

    def node(self, rule: str) -> Node | None:
        return next(iter(self.nodes(rule)), None)

    @property
    def first(self) -> Piece:
        part = self.parts[0]
        return part if isinstance(part, Piece) else part.first

    @property
    def last(self) -> Piece:
        part = self.parts[-1]
        return part if isinstance(part, Piece) else part.last

    @property
    def words(self) -> list[Word]:
        """Every word under it, in the order of the text."""
        return [
            word for part in self.parts for word in ([part.word] if isinstance(part, Piece) else part.words)
        ]


_FUTURE = re.compile(r"/[a-z0-9]{1,4}\Z", re.ASCII)
_NUMERIC = re.compile(r"\$?[\d.,]+\Z", re.ASCII)
_PRICES = frozenset({"AT", "MARKET", "LIMIT", "STOP", "PEG", "NUMBER", "MONEY"})
_TERMS = frozenset(
    {"AT", "LIMIT", "MARKET", "STOP", "PEG", "TIF", "UNTIL", "IN", "TP", "SL", "EXITS", "WALK"}
)


@cache
def _lark() -> Lark:
    """Built once, when the first sentence is read: importing lark and its tables take 50 ms."""
    from lark import Lark

    return Lark(TEXT, parser="lalr", lexer="basic", start=["sentence", "paste"], maybe_placeholders=False)


def read_tree(bits: tuple[Bit, ...], start: str, today: date, *, explain: bool = True) -> Node:
    """The one tree of a text that is not empty, begun at the rule `start`.

    Raises Misread at the first word that cannot stand where it stands; what could stand there takes longer to
    find than the reading, and is only told with `explain`.
    """
    from lark.exceptions import UnexpectedToken

    reading = _Reading(bits, start, today)
    reading.explain = explain
    try:
        while reading.at < len(bits):
            reading.step()
        return reading.end()
    except UnexpectedToken:
        raise reading.stumble() from None


class _Reading:
    """One run over the bits."""

    def __init__(self, bits: tuple[Bit, ...], start: str, today: date) -> None:
        from lark import Token

        self.bits = bits
        self.start = start
        self.today = today
        self.at = 0
        self.explain = True
        self.pieces: list[Piece] = []
        self.parser = _lark().parse_interactive(start=start)
        self.token = Token

    def step(self) -> None:
        chosen = self._choose()
        if chosen is None:
            raise self.stumble()
        bit = self.bits[self.at]
        text = " ".join(b.text for b in self.bits[self.at : self.at + chosen.size])
        whole = span(self.bits[self.at : self.at + chosen.size])
        piece = Piece(chosen.kind, text, bit.word, chosen.value(), whole)
        self._feed(piece)
        self.pieces.append(piece)
        self.at += chosen.size

    def _feed(self, piece: Piece) -> None:
        self.parser.feed_token(self.token(piece.kind, piece.text, start_pos=len(self.pieces)))

    def _choose(self) -> Candidate | None:
        choices = self.parser.choices()
        possible = list(candidates(self.bits, self.at, self.today, choices))
        if len(possible) > 1:
            accepted = self.parser.accepts()
            possible = [c for c in possible if c.kind in accepted]
        if len(possible) > 1 and possible[0].kind == "STRATEGY" and possible[-1].kind == "SYMBOL":
            return possible[0 if self._symbol_follows(possible[0].size) else -1]
        return possible[0] if possible else None

    def _symbol_follows(self, size: int) -> bool:
        """`sell 2 strangles SPY …`; but in `buy 2 RATIO @ 5` the word is the symbol."""
        at = self.at + size
        return at < len(self.bits) and any(candidates(self.bits, at, self.today, {"SYMBOL", "OCC"}))

    def end(self) -> Node:
        return _node(self.parser.feed_eof(self.token("$END", "")), self.pieces)

    def stumble(self) -> Misread:
        """What is wrong at the word in hand, or behind the last one, and what could stand there."""
        if not self.explain:
            return Misread("This does not read.", hint="Say it again to be told where.")
        self.parser = _lark().parse_interactive(start=self.start)
        pieces, self.pieces = self.pieces, []
        for piece in pieces:
            self._feed(piece)
            self.pieces.append(piece)
        kinds = frozenset(self.parser.accepts())
        wanted, names = words_of(kinds), expected(self._unsaid(kinds))
        hint = f"Expected here: {names}."
        if self.at >= len(self.bits):
            last = pieces[-1]
            fixes = (Fix("the symbol ALL", ((last.word.place, "all ALL"),)),) if last.text == "all" else ()
            message = f"Behind {{}} something is missing: {names}."
            return misread(message, last.word, hint, *fixes, wanted=wanted)
        bit = self.bits[self.at]
        text = "{} cannot stand here." if is_known(self.bits, self.at, self.today) else "{} is unknown."
        if "SYMBOL" in kinds and _FUTURE.match(bit.text):
            hint = f"A future is named with its month: {bit.word.text.upper()}Z6."
        return misread(text, bit.word, hint, *self._moves(bit, kinds), wanted=wanted)

    def _unsaid(self, kinds: frozenset[str]) -> frozenset[str]:
        """Without what this order has said already, as far as that is only said once."""
        if "TIF" not in kinds:
            return kinds
        since = max((i for i, p in enumerate(self.pieces) if p.kind == "THEN"), default=0)
        said = {p.kind for p in self.pieces[since:]} & _TERMS
        gone = said | (_PRICES if said & _PRICES else set()) | ({"UNTIL"} if "TIF" in said else set())
        return kinds - gone

    def _moves(self, bit: Bit, kinds: frozenset[str]) -> Iterator[Fix]:
        """A word that stands too late, a price without its @, a leg without its `and`, a paste without its sign."""
        place, text = bit.word.place, bit.word.text
        if "AT" in kinds and _NUMERIC.match(bit.text):
            yield Fix(f"@ {text}", ((place, f"@ {text}"),))
        if bit.text in {"buy", "sell"} and place > 1:
            yield Fix(f"and {bit.text}", ((place, f"and {text}"),))
        term = next((p.word for p in self.pieces if p.kind in _TERMS), None)
        if term is not None and term.place < place:
            rest = list(dict.fromkeys(b.word for b in self.bits[self.at :]))
            for late in (rest[:1], rest):
                moved = " ".join(word.text for word in late)
                away = tuple((word.place, "") for word in late)
                yield Fix(f"{moved} before {term.text}", (*away, (term.place, f"{moved} {term.text}")))
        if self.start == "sentence" and self.pieces and self.pieces[0].kind == "SIDE" and len(self.bits) > 1:
            number = f"{'-' if self.pieces[0].text == 'sell' else '+'}{self.bits[1].text}"
            yield Fix("as thinkorswim text", ((2, number),))


def _node(tree: Tree[Token], pieces: list[Piece]) -> Node:
    parts = tuple(
        pieces[child.start_pos or 0] if isinstance(child, str) else _node(child, pieces)
        for child in tree.children
    )
    return Node(str(tree.data), parts)
