"""The real randomness behind ports.Ids: row ids, button handles, external identifiers."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from senexbot.domain.links import Environment
from senexbot.ports import Clock

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: sorts as the number does
TIME_BITS, RANDOM_BITS = 48, 80


class RandomIds:
    """ULID-like ids: 48 bits of milliseconds, then 80 random bits, in 26 characters.

    Row ids of one process always grow, also within a millisecond and when the wall clock jumps back.
    """

    def __init__(self, *, clock: Clock, bits: Callable[[int], int] = secrets.randbits) -> None:
        self._clock = clock
        self._bits = bits
        self._last = 0

    def row(self) -> str:
        self._last = max(self._fresh(), self._last + 1)
        return _text(self._last)

    def handle(self) -> str:
        return secrets.token_urlsafe(16)  # 22 characters of base64url

    def identifier(self, environment: Environment) -> str:
        return f"sx1-{environment.letter}-{_text(self._fresh())}"

    def _fresh(self) -> int:
        milliseconds = int(self._clock.now().timestamp() * 1000)
        return (milliseconds % (1 << TIME_BITS)) << RANDOM_BITS | self._bits(RANDOM_BITS)


def _text(number: int) -> str:
    return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -5, -5))
