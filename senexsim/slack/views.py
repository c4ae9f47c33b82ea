"""Modals and home tabs: stacks of at most three, versions by hash, what the person typed. No rules of blocks."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from senexsim.slack.bus import Bus
from senexsim.slack.clock import Clock
from senexsim.slack.ids import Ids

Json = dict[str, Any]

DEEPEST_STACK = 3
KEPT = 5_000


@dataclass
class View:
    """`spec` is what the app sent, completed; `state` what the person entered, by (block_id, action_id)."""

    id: str
    user: str
    spec: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    is_open: bool = True
    state: dict[tuple[str, str], Json] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    channel: str | None = None

    @property
    def external_id(self) -> str:
        return str(self.spec.get("external_id") or "")


class ViewStore:
    def __init__(self, bus: Bus, clock: Clock, ids: Ids) -> None:
        self._bus, self._clock, self._ids = bus, clock, ids
        self._known: OrderedDict[str, View] = OrderedDict()
        self.stacks: dict[str, list[View]] = {}
        self.homes: dict[str, View] = {}
        self.changed: dict[str, int] = {}
        self.home_changed: dict[str, int] = {}

    def fresh_hash(self) -> str:
        return f"{int(self._clock.now())}.{self._ids.letters(8)}"

    def find(self, view_id: str) -> View | None:
        return self._known.get(view_id)

    def by_external_id(self, external_id: str) -> View | None:
        return next(
            (v for v in self._known.values() if v.is_open and external_id and v.external_id == external_id),
            None,
        )

    def open(self, user: str, spec: Json) -> View:
        """A new root; whatever modal that person had open gives way to it."""
        for view in self.stacks.get(user, []):
            view.is_open = False
        view = self._make(user, spec)
        self.stacks[user] = [view]
        return self._touched(view)

    def push(self, user: str, spec: Json) -> View:
        stack = self.stacks[user]
        view = self._make(user, spec)
        view.root_id, view.previous_id = stack[0].id, stack[-1].id
        stack.append(view)
        return self._touched(view)

    def replace(self, view: View, spec: Json) -> View:
        """New content under the same id; what was typed stays where block and action kept their ids."""
        view.spec, view.hash = spec, self.fresh_hash()
        view.errors = {}
        return self._touched(view)

    def publish(self, user: str, spec: Json) -> View:
        view = self.homes.get(user)
        if view is None:
            view = self.homes[user] = self._make(user, spec)
        else:
            view.spec, view.hash = spec, self.fresh_hash()
        self.home_changed[user] = self._bus.tick()
        return view

    def close_top(self, view: View) -> None:
        """That view and all above it go."""
        stack = self.stacks.get(view.user, [])
        if view in stack:
            for gone in stack[stack.index(view) :]:
                gone.is_open = False
            del stack[stack.index(view) :]
        self.changed[view.user] = self._bus.tick()

    def close_all(self, user: str) -> None:
        for view in self.stacks.pop(user, []):
            view.is_open = False
        self.changed[user] = self._bus.tick()

    def show_errors(self, view: View, errors: dict[str, str]) -> None:
        view.errors = dict(errors)
        self._touched(view)

    def _make(self, user: str, spec: Json) -> View:
        view_id = self._ids.make("V")
        view = View(id=view_id, user=user, spec=spec, hash=self.fresh_hash(), root_id=view_id)
        self._known[view_id] = view
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return view

    def _touched(self, view: View) -> View:
        self.changed[view.user] = self._bus.tick()
        return view
