"""Counting what did not look as expected: items left out, messages kept aside, formats that moved."""

from __future__ import annotations

import logging
from collections import Counter, deque

log = logging.getLogger(__name__)

KEPT = 20  # messages kept aside for a look, the oldest goes first
MOST_KEPT_BYTES = 2000


class Drift:
    """Counts by kind; warns once for each kind; keeps a few samples in memory, never in a log."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.samples: deque[tuple[str, str]] = deque(maxlen=KEPT)

    def note(self, kind: str, sample: object = None) -> None:
        """`kind` is one of our own words, never text from outside."""
        self.counts[kind] += 1
        if sample is not None:
            self.samples.append((kind, str(sample)[:MOST_KEPT_BYTES]))
        if self.counts[kind] == 1:
            log.warning("the broker's format differs from what is known: %s", kind)
