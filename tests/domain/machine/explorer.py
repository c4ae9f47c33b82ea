"""Every world that can be reached, each once, and the judge's word on each.

A world is packed into one integer: the stored rows, the surroundings and what each process is at, by number. What may
happen next is asked of the rules (moves.py, commits.py) once for all that they are told, and looked up from then on:
they are pure, so the answer is the same.

What is left out, and why nothing is lost by it:

- *Processes are alike.* None of the rules asks which process it runs in. Worlds that differ only in which process is at
  what are one world: operations are kept in the order of their numbers.
- *Fewer faults can do more.* A fault left is only ever a permission (`faults` bounds how many more there may be), so
  whatever can follow on a world with more faults spent can follow on the same world with fewer. Worlds are explored
  in layers, by the faults they take; one that was reached with fewer is not looked at again.
- *Of two transactions that have read the same version one is enough.* Each commit makes a new version, versions never come
  back, and a commit on another version than was read stores nothing (`_check_versions`). So of
  two that wait to commit only the first to do so has an effect: the way without the other leads to the same, and whatever
  was possible beside the other is possible without it, for it only held halt and roles and kept a process busy. One
  that has become stale is let go at once, and a second one is not begun beside one that waits. With `every_pair` all of
  them are followed all the same: so does the proof of two people, and so does every search for what is broken on purpose;
  the tests compare what is ever stored with and without.
- *A press that is refused while reading* stores nothing and leaves the world as it was.

Nothing else is left out: within a layer every order of all steps is followed, breadth first, so that a way to what is
broken is a short one. People are not taken for alike; there are few enough worlds without that. Buttons may be pressed
any number of times and delivered any number of times, at no cost of faults. A fault is: a process that dies (before its
commit, before its request, before its record), an answer of the broker that is lost, or a process that is frozen so
long that another takes its claim for lost.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from senexbot.domain.orders.intents import IntentState

from .commits import goes_on
from .judge import judge
from .moves import begins, happens, has_room
from .world import Around, Broken, Op, Rows, Rules, start

ROWS_AT, AROUND_AT, OP_BITS = (
    40,
    32,
    16,
)  # where the numbers lie in the packed world; two operations at the end
OP_MASK, AROUND_MASK = (1 << OP_BITS) - 1, (1 << (ROWS_AT - AROUND_AT)) - 1
Step = tuple[str, int, int]  # name, the world that follows, faults it takes


@dataclass(frozen=True)
class Explored:
    """`worlds`: new ones by the number of faults that it takes to reach them."""

    worlds: tuple[int, ...]
    steps: int
    stored: frozenset[object]  # all that was ever stored, by Rows.key
    states: frozenset[IntentState]

    @property
    def total(self) -> int:
        return sum(self.worlds)


def explore(rules: Rules) -> Explored:
    """All worlds. Raises Broken with a way to where something does not hold: fewest faults, then fewest steps."""
    return Explorer(rules).run()


class Explorer:
    def __init__(self, rules: Rules) -> None:
        assert rules.processes == 2, "the packed world has room for two"
        self._rules = rules
        self._rows: list[Rows] = []
        self._row_numbers: dict[object, int] = {}
        self._arounds: list[Around] = []
        self._around_numbers: dict[Around, int] = {}
        self._ops: list[Op | None] = [None]  # number 0: the process is idle
        self._op_numbers: dict[object, int] = {}
        self._begun: dict[int, tuple[tuple[str, int], ...]] = {}
        self._begun_by: dict[tuple[int, int, str], tuple[tuple[str, int], ...]] = {}
        self._gone_on: dict[int, tuple[tuple[str, int, int, int], ...]] = {}
        self._happened: dict[int, tuple[tuple[str, int], ...]] = {}
        self._late: dict[int, int] = {}
        self._seen: dict[tuple[int, str], int] = {}
        self._room: list[bool] = []
        self.first = self._row(start(rules)) << ROWS_AT | self._around(Around()) << AROUND_AT

    def run(self) -> Explored:
        came: dict[int, int] = {}
        layers: list[deque[tuple[int, int]]] = [deque() for _ in range(self._rules.faults + 1)]
        layers[0].append((self.first, self.first))
        counts, steps = [], 0
        for spent, layer in enumerate(layers):
            before = len(came)
            while layer:
                world, parent = layer.popleft()
                if world in came:
                    continue
                came[world] = parent
                try:
                    for _, following, faults in self.steps(world):
                        steps += 1
                        if following not in came and spent + faults < len(layers):
                            layers[spent + faults].append((following, world))
                except Broken as broken:
                    raise Broken(f"{broken} after: {' → '.join(self._way(came, world))}") from None
            counts.append(len(came) - before)
        reached = [self._rows[number] for number in {world >> ROWS_AT for world in came}]
        stored, states = frozenset(rows.key for rows in reached), frozenset(r.intent.state for r in reached)
        return Explored(tuple(counts), steps, stored, states)

    def steps(self, world: int) -> Iterator[Step]:
        """Each thing that may happen next."""
        one, two = world >> OP_BITS & OP_MASK, world & OP_MASK
        place = world >> AROUND_AT  # rows and surroundings
        around = place & AROUND_MASK
        for op, other in ((one, two), (two, one)):
            if not op:
                continue
            for name, rows, then, faults in self._goes_on(place, op):
                beside = 0 if other and not self._rules.every_pair and self._is_stale(rows, other) else other
                yield name, rows << ROWS_AT | around << AROUND_AT | self._pair(beside, then), faults
            if one == two:
                break  # the other is at the same: what it may do next is the same world
        idle = not one  # kept in order: an idle process stands first
        if idle and (self._rules.every_pair or not self._commits(two)):
            for name, op in self._begins(place):
                yield name, place << AROUND_AT | self._pair(two, op), self._is_late(op, two)
        for name, after in self._happens(place, one, two):
            yield name, (world & ~(AROUND_MASK << AROUND_AT)) | after << AROUND_AT, 0

    # --- asked once --------------------------------------------------------------------------------

    def _begins(self, place: int) -> tuple[tuple[str, int], ...]:
        found = self._begun.get(place)
        if found is None:
            things = (*self._rules.presses, *self._rules.sweeps)
            found = tuple(step for what in things for step in self._begins_with(place, what))
            self._begun[place] = found
        return found

    def _begins_with(self, place: int, what: str) -> tuple[tuple[str, int], ...]:
        row, around = place >> (ROWS_AT - AROUND_AT), self._seen_by(place & AROUND_MASK, what)
        found = self._begun_by.get((row, around, what))
        if found is None:
            steps = begins(self._rows[row], self._arounds[around], self._rules, what)
            found = self._begun_by[row, around, what] = tuple((name, self._op(op)) for name, op in steps)
        return found

    def _goes_on(self, place: int, op: int) -> tuple[tuple[str, int, int, int], ...]:
        at, row = self._ops[op], place >> (ROWS_AT - AROUND_AT)
        assert at is not None
        around = self._seen_by(place & AROUND_MASK, at.what if at.phase == "commit" else at.phase)
        key = (row << OP_BITS | op) << 8 | around
        found = self._gone_on.get(key)
        if found is None:
            rows = self._rows[row]
            found = tuple(
                (step.name, self._row(step.rows), 0 if step.op is None else self._op(step.op), step.faults)
                for step in goes_on(rows, self._arounds[around], self._rules, at)
            )
            if not self._rules.every_pair:
                self._check_versions(row, op, [number for _, number, _, _ in found])
            self._gone_on[key] = found
        return found

    def _check_versions(self, row: int, op: int, following: list[int]) -> None:
        """What makes one of two transactions enough."""
        before, after = self._rows[row].intent.version, [self._rows[n].intent.version for n in following]
        assert all(version >= before for version in after), "versions never come back"
        if self._is_stale(row, op):
            assert following[0] == row, "a commit on another version stores nothing"
        elif self._commits(op):
            assert after[0] > before, "a commit makes a new version"

    def _commits(self, op: int) -> bool:
        at = self._ops[op]
        return at is not None and at.phase == "commit"

    def _is_stale(self, rows: int, op: int) -> bool:
        """It has read another version than is stored now, and will store nothing."""
        at = self._ops[op]
        return (
            at is not None and at.phase == "commit" and at.before.version != self._rows[rows].intent.version
        )

    def _happens(self, place: int, *ops: int) -> tuple[tuple[str, int], ...]:
        at = [self._ops[op] for op in ops]
        commits = [op for op in at if op is not None and op.phase == "commit"]
        guarded, claiming = bool(commits), any(op.what == "claim" for op in commits)
        room, around = self._room[place >> (ROWS_AT - AROUND_AT)], place & AROUND_MASK
        key = around << 3 | guarded << 2 | claiming << 1 | room
        found = self._happened.get(key)
        if found is None:
            at_now = self._arounds[around]
            changes = happens(at_now, self._rules, guarded=guarded, claiming=claiming, room=room)
            found = tuple((name, self._around(after)) for name, after in changes)
            self._happened[key] = found
        return found

    def _is_late(self, op: int, beside: int) -> int:
        key = op << OP_BITS | beside
        found = self._late.get(key)
        if found is None:
            mine, other = self._ops[op], self._ops[beside]
            found = int(mine is not None and other is not None and mine.is_late_beside(other))
            self._late[key] = found
        return found

    # --- numbers -----------------------------------------------------------------------------------

    def _pair(self, one: int, two: int) -> int:
        return one << OP_BITS | two if one <= two else two << OP_BITS | one

    def _seen_by(self, around: int, what: str) -> int:
        found = self._seen.get((around, what))
        if found is None:
            found = self._seen[around, what] = self._around(self._arounds[around].seen_by(what))
        return found

    def _row(self, rows: Rows) -> int:
        number = self._row_numbers.get(rows.key)
        if number is None:
            judge(rows)
            number = self._row_numbers[rows.key] = len(self._rows)
            self._rows.append(rows)
            self._room.append(has_room(rows))
        return number

    def _around(self, around: Around) -> int:
        number = self._around_numbers.setdefault(around, len(self._arounds))
        if number == len(self._arounds):
            assert number <= AROUND_MASK
            self._arounds.append(around)
        return number

    def _op(self, op: Op) -> int:
        number = self._op_numbers.setdefault(op.key, len(self._ops))
        if number == len(self._ops):
            assert number <= OP_MASK
            self._ops.append(op)
        return number

    # --- the way to a world ------------------------------------------------------------------------

    def _way(self, came: dict[int, int], world: int) -> list[str]:
        names: list[str] = []
        while (parent := came[world]) != world:
            names.append(next(name for name, following, _ in self.steps(parent) if following == world))
            world = parent
        return names[::-1]
