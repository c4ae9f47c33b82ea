"""lark's LALR tables as plain dictionaries, and the small machine that runs them over pieces.

lark makes the tables of the grammar and would run them too; it is asked several times a word what could come
next, which it answers by trying on copies. Here that is a walk down the tables that makes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from senexbot.domain.language.lexing import Piece
from senexbot.domain.words import Word

if TYPE_CHECKING:
    from lark import Lark

END = "$END"


@dataclass(frozen=True, slots=True)
class Node:
    """A rule of the grammar as it was met: its pieces and nodes in the order of the text."""

    rule: str
    parts: tuple[Node | Piece, ...]

    def pieces(self, *kinds: str) -> list[Piece]:
        return [p for p in self.parts if isinstance(p, Piece) and (not kinds or p.kind in kinds)]

    def piece(self, *kinds: str) -> Piece | None:
        for part in self.parts:
            if isinstance(part, Piece) and part.kind in kinds:
                return part
        return None

    def nodes(self, *rules: str) -> list[Node]:
        return [n for n in self.parts if isinstance(n, Node) and (not rules or n.rule in rules)]

    def node(self, rule: str) -> Node | None:
        for part in self.parts:
            if isinstance(part, Node) and part.rule == rule:
                return part
        return None

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


@dataclass(frozen=True, slots=True)
class Reduction:
    """The last `size` values become one node; of an `inline` rule they stay as they are.

    `size` is never 0: lark writes out what may be left out as rules of their own.
    """

    size: int
    rule: str
    name: str
    inline: bool


Row = Mapping[str, "int | Reduction"]  # by kind: the state to go to, or what to reduce first


@dataclass(frozen=True, slots=True)
class Tables:
    rows: Mapping[int, Row]
    starts: Mapping[str, tuple[int, int]]  # by rule: where it begins, and where it has been read


def tables_of(lark: Lark, starts: tuple[str, ...]) -> Tables:
    """The only place that knows how lark keeps its tables."""
    confs = {start: lark.parse_interactive(start=start).parser_state.parse_conf for start in starts}
    states = next(iter(confs.values())).states
    rows = {
        state: {str(kind): _action(argument) for kind, (_, argument) in row.items()}
        for state, row in states.items()
    }
    return Tables(rows, {start: (conf.start_state, conf.end_state) for start, conf in confs.items()})


def _action(argument: Any) -> int | Reduction:
    if isinstance(argument, int):
        return argument
    rule = str(argument.origin.name)
    return Reduction(len(argument.expansion), rule, str(argument.alias or rule), rule.startswith("_"))


class Machine:
    """One reading. Feeding what `takes` denies is a mistake of the caller."""

    def __init__(self, tables: Tables, start: str) -> None:
        self._rows = tables.rows
        begin, self._end = tables.starts[start]
        self._states = [begin]
        self._values: list[Piece | Node | list[Piece | Node]] = []

    @property
    def row(self) -> Row:
        """A first guess at what could come next; `takes` knows."""
        return self._rows[self._states[-1]]

    def takes(self, kind: str) -> bool:
        """Whether a piece of this kind can come next, or with END whether this may be all."""
        rows, states = self._rows, self._states
        depth, above = len(states), list[int]()  # what would stand on the lowest `depth` states
        while True:
            action = rows[above[-1] if above else states[depth - 1]].get(kind)
            if not isinstance(action, Reduction):
                return action is not None
            for _ in range(action.size):
                if above:
                    above.pop()
                else:
                    depth -= 1
            goal = rows[above[-1] if above else states[depth - 1]][action.rule]
            assert isinstance(goal, int)
            if kind == END and goal == self._end:
                return True
            above.append(goal)

    def accepts(self) -> frozenset[str]:
        return frozenset(kind for kind in self.row if kind.isupper() and self.takes(kind))

    def feed(self, piece: Piece) -> None:
        while True:
            action = self.row[piece.kind]
            if isinstance(action, int):
                self._states.append(action)
                self._values.append(piece)
                return
            self._reduce(action)

    def end(self) -> Node:
        while self._states[-1] != self._end:
            action = self.row[END]
            assert isinstance(action, Reduction)
            self._reduce(action)
        value = self._values[-1]
        assert isinstance(value, Node)
        return value

    def _reduce(self, action: Reduction) -> None:
        parts: list[Piece | Node] = []
        for value in self._values[-action.size :]:
            if isinstance(value, list):
                parts += value
            else:
                parts.append(value)
        del self._values[-action.size :], self._states[-action.size :]
        self._values.append(parts if action.inline else Node(action.name, tuple(parts)))
        goal = self.row[action.rule]
        assert isinstance(goal, int)
        self._states.append(goal)
