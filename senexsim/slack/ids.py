"""Identifiers in Slack's forms. Seeded, so that two runs of one script name things alike."""

import random
import string

_ALPHABET = string.ascii_uppercase + string.digits
_HEX = "0123456789abcdef"


class Ids:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._last_ts = 0

    def make(self, prefix: str) -> str:
        """`U07K3QX9ZPA`: a prefix that tells the kind, then ten capitals and digits."""
        return prefix + "0" + "".join(self._random.choices(_ALPHABET, k=9))

    def digits(self, count: int) -> str:
        return str(self._random.randrange(10 ** (count - 1), 10**count))

    def letters(self, count: int) -> str:
        return "".join(self._random.choices(string.ascii_letters + string.digits, k=count))

    def hexadecimal(self, count: int) -> str:
        return "".join(self._random.choices(_HEX, k=count))

    def uuid(self) -> str:
        raw = self.hexadecimal(32)
        return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"

    def ts(self, now: float) -> str:
        """A message's key: epoch seconds with six digits, never the same twice, never running back."""
        micros = max(int(now * 1_000_000), self._last_ts + 1)
        self._last_ts = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"
