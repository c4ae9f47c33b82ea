"""Uploaded bytes, from the upload address to the share. Bounded in all."""

from dataclasses import dataclass, field
from typing import Any

from senexsim.slack.ids import Ids

Json = dict[str, Any]

MOST_BYTES = 64 * 1024 * 1024
MOST_FILES = 1_000


@dataclass
class StoredFile:
    id: str
    name: str
    length: int
    ticket: str
    alt_txt: str = ""
    title: str = ""
    body: bytes | None = None
    shared_in: list[str] = field(default_factory=list)
    completed: bool = False
    mimetype: str = "application/octet-stream"
    created: int = 0


class StorageFullError(Exception):
    """`storage_limit_reached` in the Web API's words."""


class FileStore:
    def __init__(self, ids: Ids) -> None:
        self._ids = ids
        self._files: dict[str, StoredFile] = {}
        self._held = 0

    def expect(self, name: str, length: int, alt_txt: str) -> StoredFile:
        """Make room for `length` bytes. Raises StorageFullError."""
        if self._held + length > MOST_BYTES or len(self._files) >= MOST_FILES:
            raise StorageFullError
        stored = StoredFile(self._ids.make("F"), name, length, self._ids.letters(32), alt_txt, title=name)
        self._files[stored.id] = stored
        self._held += length
        return stored

    def find(self, file_id: str) -> StoredFile | None:
        return self._files.get(file_id)

    def by_ticket(self, ticket: str) -> StoredFile | None:
        return next((f for f in self._files.values() if f.ticket == ticket), None)
