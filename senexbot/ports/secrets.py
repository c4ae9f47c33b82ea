"""Sealing of secrets, and how the broker adapter gets at a stored grant. Protocols, and the values they exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from senexbot.domain.links import Environment, Grant, Link


@dataclass(frozen=True, slots=True)
class Binding:
    """What a sealed secret belongs to; goes into the associated data (I70)."""

    purpose: str
    environment: str
    team_id: str
    user_id: str
    record_id: str

    @classmethod
    def of_grant(cls, link: Link) -> Binding:
        """A link's grant: environment, workspace, user and record together."""
        return cls("grant", link.environment.value, link.team_id, link.user_id, link.id)


@dataclass(frozen=True, slots=True)
class Sealed:
    key_id: str
    nonce: bytes
    ciphertext: bytes


class SecretBox(Protocol):
    def seal(self, plaintext: bytes, binding: Binding) -> Sealed: ...

    def open(self, sealed: Sealed, binding: Binding) -> bytes:
        """Raises WrongKey (a StoreFault) when key, binding or bytes do not fit."""

    @property
    def current_key_id(self) -> str: ...


class Grants(Protocol):
    """How the broker adapter gets at a stored grant, at the moment it needs it."""

    async def grant(self, link_id: str) -> Grant:
        """Raises NotConnected when the link is gone."""

    async def environment(self, link_id: str) -> Environment: ...
