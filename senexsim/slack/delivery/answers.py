"""One delivery to the app, and what came back for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from senexsim.slack.faults import Fault

Json = dict[str, Any]


@dataclass
class Answer:
    """`error` is what a person would see; `reason` what an event's retry header would say."""

    acked: bool = False
    error: str | None = None
    reason: str = "unknown_error"
    status: int | None = None
    no_retry: bool = False
    body: Json | str | None = None
    ms: int | None = None

    @property
    def fields(self) -> Json:
        """The body as an object; plain text is a message's text."""
        if isinstance(self.body, dict):
            return self.body
        return {"text": self.body} if self.body else {}


Heard = Callable[[Answer], None]


@dataclass
class Letter:
    """One try to tell the app something. `heard` is called the moment its acknowledgement is there."""

    kind: str
    payload: Json
    retry: Json = field(default_factory=dict)
    url: str | None = None
    heard: Heard | None = None
    faults: list[Fault] = field(default_factory=list)

    @property
    def kinds_of_fault(self) -> set[str]:
        return {fault.kind for fault in self.faults}
