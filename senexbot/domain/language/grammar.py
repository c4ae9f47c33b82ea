"""The grammar, and its reading with lark: pieces go in one by one, a tree or the first stumble comes out.

lark's tables say at each word what can stand there: that chooses between a word's candidates, and tells the
person what was expected. There is no other state, and no recovery that goes on after a stumble.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cache

from senexbot.domain.language.lexing import Bit, Candidate, Piece, candidate, is_known, span
from senexbot.domain.language.misread import Fix, Misread, misread
from senexbot.domain.language.tables import END, Machine, Node, Tables, tables_of
from senexbot.domain.language.vocabulary import expected, words_of
from senexbot.domain.money import price_text

TEXT = r"""
sentence: order | close | protect | roll | replace

order:    entry follower*
follower: THEN entry
entry:    SIDE amount? STRATEGY? thing spec* more* terms?
amount:   NUMBER UNIT? OF? | MONEY OF? | PART OF? | PERCENT OF?
thing:    SYMBOL | FUTURE | OCC
more:     AND SIDE NUMBER SYMBOL? spec+

close:    CLOSE amount? thing spec* OPTIONS? terms?
protect:  PROTECT amount? thing spec* held* terms?
held:     AND (OCC | DATE? STRIKE_RIGHT)
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

paste:    (SIDE | DONE) SIGNED FRACTION? (STRATEGY | COVERED | BACKRATIO)? (SYMBOL | FUTURE) contract? pterm*
contract: NUMBER NOTE* DATE (DATE | NOTE)* (NUMBER | STRIKES) (RIGHT | RIGHTS | COVER)
pterm:    pprice | pstop | PEG | MARKET | LIMIT | TIF | NOTE | TO_CLOSE | account
pprice:   AT (NUMBER | SIGNED | MARKET | PEG | MARK)
pstop:    STOP NUMBER?

%declare SIDE NUMBER UNIT OF MONEY PART PERCENT STRATEGY SYMBOL FUTURE OCC AND CLOSE OPTIONS PROTECT ROLL
%declare REPLACE ORDER_ID TO DATE DAYS MONTHLY RIGHT STRIKES STRIKE_RIGHT EFFECT DELTA OUT ATM WIDTH RATIO
%declare WITH_SHARES SAME_DELTA SAME_STRIKE THEN AT LIMIT MARKET PEG SIGN STOP TIF UNTIL IN ACCOUNT TP SL
%declare MULTIPLE EXITS WALK EVERY DURATION SIGNED FRACTION DONE COVERED BACKRATIO NOTE RIGHTS COVER TO_CLOSE MARK
"""


_THIRTY_SECONDS = re.compile(r"(\d{1,4})'([0-2]\d|3[01])([0257]?)\Z", re.ASCII)  # as bonds are quoted
_PARTS = {"0": Decimal(0), "2": Decimal("0.25"), "5": Decimal("0.5"), "7": Decimal("0.75")}
_ALONE = "A future is an order of its own, such as buy 1 /ESZ6 @ 5900."
_ROLLED = "A future is rolled in two orders: close {}, then buy or sell its next month."
_NUMERIC = re.compile(r"\$?[\d.,]+\Z", re.ASCII)
_NAMES = frozenset({"SYMBOL", "OCC"})
_PRICES = frozenset({"AT", "MARKET", "LIMIT", "STOP", "PEG", "NUMBER", "MONEY"})
_TERMS = frozenset(
    {"AT", "LIMIT", "MARKET", "STOP", "PEG", "TIF", "UNTIL", "IN", "TP", "SL", "EXITS", "WALK"}
)


@cache
def _tables() -> Tables:
    """Built once, when the first sentence is read: importing lark and making its tables take 50 ms."""
    from lark import Lark

    starts = ("sentence", "paste")
    lark = Lark(TEXT, parser="lalr", lexer="basic", start=list(starts), maybe_placeholders=False)
    return tables_of(lark, starts)


def read_tree(bits: tuple[Bit, ...], start: str, today: date, *, explain: bool = True) -> Node:
    """The one tree of a text that is not empty, begun at the rule `start`.

    Raises Misread at the first word that cannot stand where it stands; what could stand there takes longer to
    find than the reading, and is only told with `explain`.
    """
    reading = _Reading(bits, start, today)
    reading.run()
    if reading.at < len(bits) or not reading.machine.takes(END):
        raise reading.stumble() if explain else Misread("This does not read.", hint="Say it to be told why.")
    return reading.machine.end()


class _Reading:
    """One run over the bits."""

    def __init__(self, bits: tuple[Bit, ...], start: str, today: date) -> None:
        self.bits = bits
        self.start = start
        self.today = today
        self.at = 0
        self.pieces: list[Piece] = []
        self.machine = Machine(_tables(), start)

    def run(self) -> None:
        """As far as what stands there can stand there: `at` is the first bit that was not taken."""
        bits, today, at, count = self.bits, self.today, 0, len(self.bits)
        takes, feed, pieces = self.machine.takes, self.machine.feed, self.pieces
        while at < count:
            self.at = at
            found = candidate(bits, at, today, takes)
            if found is None:
                return
            if found.kind == "STRATEGY" and takes("SYMBOL"):
                found = self._strategy_or_symbol(found)
            kind, size, value = found
            text, word = bits[at]
            if size == 1:
                piece = Piece(kind, text, word, value(), word)
            else:
                several = bits[at : at + size]
                piece = Piece(kind, " ".join(b.text for b in several), word, value(), span(several))
            feed(piece)
            pieces.append(piece)
            at += size
        self.at = at

    def _strategy_or_symbol(self, strategy: Candidate) -> Candidate:
        """`sell 2 strangles SPY …`; but in `buy 2 RATIO @ 5` the word is the symbol."""
        at = self.at + strategy.size
        if at < len(self.bits) and candidate(self.bits, at, self.today, _NAMES.__contains__) is not None:
            return strategy
        return candidate(self.bits, self.at, self.today, "SYMBOL".__eq__) or strategy

    def stumble(self) -> Misread:
        """What is wrong at the word in hand, or behind the last one, and what could stand there."""
        kinds = self.machine.accepts()
        wanted, names = words_of(kinds), expected(self._unsaid(kinds))
        hint = f"Expected here: {names}."
        if self.at >= len(self.bits):
            last = self.pieces[-1]
            fixes = (Fix("the symbol ALL", ((last.word.place, "all ALL"),)),) if last.text == "all" else ()
            message = f"Behind {{}} something is missing: {names}."
            return misread(message, last.word, hint, *fixes, wanted=wanted)
        bit = self.bits[self.at]
        text = "{} cannot stand here." if is_known(self.bits, self.at, self.today) else "{} is unknown."
        if candidate(self.bits, self.at, self.today, "FUTURE".__eq__) is not None:
            rolls = self.pieces and self.pieces[0].kind == "ROLL"
            hint = _ROLLED.format(bit.text.upper()) if rolls else _ALONE
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
        """A word that stands too late, a price without its @ or in thirty-seconds, a leg without its `and`, a paste
        without its sign."""
        place, text = bit.word.place, bit.word.text
        if "NUMBER" in kinds and (match := _THIRTY_SECONDS.match(bit.text)):
            price = Decimal(match[1]) + (Decimal(match[2]) + _PARTS[match[3] or "0"]) / 32
            yield Fix(
                price_text(price), ((place, f"{'@' if text.startswith('@') else ''}{price_text(price)}"),)
            )
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
