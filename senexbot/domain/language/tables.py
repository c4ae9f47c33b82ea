"""lark's LALR tables as plain dictionaries, and the small machine that runs them over pieces.

lark makes the tables of the grammar and would run them too; it is asked several times a word what could come
next, which it answers by trying on copies. Here that is a walk down the tables that makes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from senexbot.domain.language.lexing import Piece
from senexbot.domain.words import Word

if TYPE_CHECKING:
    from lark import Lark

END = "$END"


class Node(NamedTuple):
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


class Reduction(NamedTuple):
    """The last `size` values become one node; of an `inline` rule they stay as they are.

    `size` is never 0: lark writes out what may be left out as rules of their own.
    """

    size: int
    rule: str
    name: str
    inline: bool


class _Stack:
    """States on top of one another, each stack made once: what a kind does to it is looked for once too.

    There are few: the grammar nests no deeper than its rules, for what repeats is read from the left.
    """

    __slots__ = ("above", "below", "moves", "state")

    def __init__(self, state: int, below: _Stack | None) -> None:
        self.state = state
        self.below = below
        self.above: dict[int, _Stack] = {}
        self.moves: dict[str, tuple[tuple[Reduction, ...], _Stack] | None] = {}

    def push(self, state: int) -> _Stack:
        known = self.above.get(state)
        if known is None:
            known = self.above[state] = _Stack(state, self)
        return known

    def pop(self, size: int) -> _Stack:
        stack = self
        for _ in range(size):
            assert stack.below is not None
            stack = stack.below
        return stack


Row = Mapping[str, "int | Reduction"]  # by kind: the state to go to, or what to reduce first


@dataclass(frozen=True, slots=True)
class Tables:
    rows: Mapping[int, Row]
    starts: Mapping[str, tuple[int, int]]  # by rule: where it begins, and where it has been read
    stacks: Mapping[str, _Stack]  # by rule: before its first piece


def tables_of(lark: Lark, starts: tuple[str, ...]) -> Tables:
    """The only place that knows how lark keeps its tables."""
    confs = {start: lark.parse_interactive(start=start).parser_state.parse_conf for start in starts}
    states = next(iter(confs.values())).states
    rows = {
        state: {str(kind): _action(argument) for kind, (_, argument) in row.items()}
        for state, row in states.items()
    }
    begun = {start: (conf.start_state, conf.end_state) for start, conf in confs.items()}
    return Tables(rows, begun, {start: _Stack(first, None) for start, (first, _) in begun.items()})


def _action(argument: Any) -> int | Reduction:
    if isinstance(argument, int):
        return argument
    rule = str(argument.origin.name)
    return Reduction(len(argument.expansion), rule, str(argument.alias or rule), rule.startswith("_"))


class Machine:
    """One reading. Feeding what `takes` denies is a mistake of the caller."""

    def __init__(self, tables: Tables, start: str) -> None:
        self._rows = tables.rows
        self._end = tables.starts[start][1]
        self._stack = tables.stacks[start]
        self._values: list[Piece | Node | list[Piece | Node]] = []

    @property
    def row(self) -> Row:
        """A first guess at what could come next; `takes` knows."""
        return self._rows[self._stack.state]

    def takes(self, kind: str) -> bool:
        """Whether a piece of this kind can come next, or with END whether this may be all."""
        moves = self._stack.moves
        if kind not in moves:
            moves[kind] = self._found(kind)
        return moves[kind] is not None

    def accepts(self) -> frozenset[str]:
        return frozenset(kind for kind in self.row if kind.isupper() and self.takes(kind))

    def feed(self, piece: Piece) -> None:
        takes = self.takes(piece.kind)
        assert takes
        move = self._stack.moves[piece.kind]
        assert move is not None
        if move[0]:
            self._reduce(move[0])
        self._values.append(piece)
        self._stack = move[1]

    def end(self) -> Node:
        takes = self.takes(END)
        assert takes
        move = self._stack.moves[END]
        assert move is not None
        self._reduce(move[0])
        value = self._values[-1]
        assert isinstance(value, Node)
        return value

    def _found(self, kind: str) -> tuple[tuple[Reduction, ...], _Stack] | None:
        """What is reduced before a piece of this kind stands on the stack, and the stack then; None: it cannot."""
        rows, stack, reductions = self._rows, self._stack, list[Reduction]()
        while True:
            action = rows[stack.state].get(kind)
            if action is None:
                return None
            if not isinstance(action, Reduction):
                return tuple(reductions), stack.push(action)
            reductions.append(action)
            stack = stack.pop(action.size)
            goal = rows[stack.state][action.rule]
            assert isinstance(goal, int)
            stack = stack.push(goal)
            if kind == END and goal == self._end:
                return tuple(reductions), stack

    def _reduce(self, reductions: tuple[Reduction, ...]) -> None:
        values = self._values
        for size, _, name, inline in reductions:
            parts: list[Piece | Node] = []
            for value in values[-size:]:
                if isinstance(value, list):
                    parts += value
                else:
                    parts.append(value)
            del values[-size:]
            values.append(parts if inline else Node(name, tuple(parts)))
