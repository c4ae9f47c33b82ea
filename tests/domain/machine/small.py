"""Every world of a small machine, each once: breadth first within layers by the faults that it takes (explorer.py).

For machines with few enough worlds to follow every step of every process, with nothing left out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from .world import Broken


class Keyed(Protocol):
    @property
    def key(self) -> Hashable: ...


W = TypeVar("W", bound=Keyed)


@dataclass(frozen=True)
class Walked(Generic[W]):
    """`by_faults`: how many new worlds each fault brings."""

    worlds: tuple[W, ...]
    by_faults: tuple[int, ...]
    steps: int


def walk(start: W, steps: Callable[[W], Iterator[tuple[str, W, int]]], *, faults: int) -> Walked[W]:
    """`steps`: what may happen next, with its name and the faults that it takes; it raises Broken where something does
    not hold, and this names the way there: fewest faults, then fewest steps."""
    came: dict[Hashable, tuple[W, Hashable, str]] = {}
    layers: list[deque[tuple[W, Hashable, str]]] = [deque() for _ in range(faults + 1)]
    layers[0].append((start, None, ""))
    counts, taken = [], 0
    for spent, layer in enumerate(layers):
        before = len(came)
        while layer:
            world, parent, name = layer.popleft()
            key = world.key
            if key in came:
                continue
            came[key] = (world, parent, name)
            try:
                for what, following, cost in steps(world):
                    taken += 1
                    if spent + cost < len(layers):
                        layers[spent + cost].append((following, key, what))
            except Broken as broken:
                raise Broken(f"{broken} after: {' → '.join(_way(came, key))}") from None
        counts.append(len(came) - before)
    return Walked(tuple(world for world, _, _ in came.values()), tuple(counts), taken)


def _way(came: dict[Hashable, tuple[W, Hashable, str]], key: Hashable) -> list[str]:
    names: list[str] = []
    while key is not None:
        _, key, name = came[key]
        names.append(name)
    return names[-2::-1]
