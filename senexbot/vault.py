"""Sealing of broker grants: AES-256-GCM under a ring of keys, each secret bound to its record (I70).

Keys and plaintexts must never show in a message, a log or a repr; errors say which key id, no more.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from senexbot.domain.errors import ConfigError, WrongKey
from senexbot.ports import Binding, Sealed

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = "senexbot-sealed-1"
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+={0,2}\Z", re.ASCII)


def generate_key() -> str:
    """A new key as the settings take it: 32 random bytes in base64url without padding."""
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii").rstrip("=")


def key_id(key: bytes) -> str:
    """The first 8 hex digits of the key's SHA-256: names a key without giving it away."""
    return hashlib.sha256(key).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys by id, in the order given: the first one seals, all of them open."""

    ids: tuple[str, ...]
    _ciphers: dict[str, AESGCM] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """Read `k1,k2`: base64url, 32 bytes each. Raises ConfigError, which never shows a key."""
        words = [word.strip() for word in text.split(",")]
        if not any(words):
            raise ConfigError("no encryption key is given: make one with `senexbot keys generate`")
        keys = [_key(word, place) for place, word in enumerate(words, start=1)]
        ids = tuple(key_id(key) for key in keys)
        for place, one in enumerate(ids, start=1):
            if ids.index(one) != place - 1:
                raise ConfigError(f"encryption keys {ids.index(one) + 1} and {place} are the same (id {one})")
        return cls(ids, {one: AESGCM(key) for one, key in zip(ids, keys, strict=True)})

    @property
    def current_id(self) -> str:
        return self.ids[0]

    def cipher(self, wanted: str) -> AESGCM | None:
        return self._ciphers.get(wanted)


def _key(word: str, place: int) -> bytes:
    try:
        if not _BASE64URL.match(word):
            raise ValueError
        bare = word.rstrip("=")
        key = base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except (ValueError, binascii.Error):
        # `from None`: the cause would carry the key's text in its frame
        raise ConfigError(f"encryption key {place} is not base64url") from None
    if len(key) != KEY_BYTES:
        raise ConfigError(f"encryption key {place} has {len(key)} bytes instead of {KEY_BYTES}")
    return key


class Vault:
    """ports.SecretBox over a key ring."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    def __repr__(self) -> str:
        return f"Vault(keys={list(self._ring.ids)})"

    @property
    def current_key_id(self) -> str:
        return self._ring.current_id

    @property
    def key_ids(self) -> tuple[str, ...]:
        return self._ring.ids

    def seal(self, plaintext: bytes, binding: Binding) -> Sealed:
        current = self._ring.current_id
        cipher = self._ring.cipher(current)
        assert cipher is not None
        nonce = secrets.token_bytes(NONCE_BYTES)
        return Sealed(current, nonce, cipher.encrypt(nonce, plaintext, _associated(binding, current)))

    def open(self, sealed: Sealed, binding: Binding) -> bytes:
        """Raises WrongKey when the key is not in the ring, or key, binding or bytes do not fit."""
        cipher = self._ring.cipher(sealed.key_id)
        if cipher is None:
            raise WrongKey(f"sealed under key {_shown(sealed.key_id)}, which is not among the keys given")
        try:
            return cipher.decrypt(sealed.nonce, sealed.ciphertext, _associated(binding, sealed.key_id))
        except (InvalidTag, ValueError):
            raise WrongKey(
                f"a sealed {binding.purpose} does not open: it was changed, moved from another record, "
                f"or key {_shown(sealed.key_id)} is not the one it was sealed with"
            ) from None


def _shown(stored_id: str) -> str:
    """A key id out of the database, fit for a message."""
    return stored_id if re.fullmatch(r"[0-9a-f]{8}", stored_id) else "(unreadable id)"


def _associated(binding: Binding, key: str) -> bytes:
    """Every part with its length before it, so that no two bindings give the same bytes."""
    parts = (
        FORMAT,
        binding.purpose,
        binding.environment,
        binding.team_id,
        binding.user_id,
        binding.record_id,
        key,
    )
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
