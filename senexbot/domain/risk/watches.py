"""What one person watches of one account: the presets that are on with their lines, and where it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from senexbot.domain.links import AccountRef, Environment, Role
from senexbot.domain.risk.presets import KINDS, Line, Preset
from senexbot.domain.routing.escalation import Escalation


@dataclass(frozen=True, slots=True)
class Setting:
    preset: Preset
    line: Line


@dataclass(frozen=True, slots=True)
class Watch:
    """`owner`: who is told, and whose settings these are; `link_id`: the link that the account is read through, which
    may be another person's for somebody with the role risk. `channel`, `to_user`: where it is told; both "": the
    owner's messages. `settings`: what is on, in the order of the presets. `escalate`: to whom what is critical goes when
    nobody has it; None is as the desk has it."""

    id: str
    team_id: str
    owner: str
    link_id: str
    environment: Environment
    account: str
    version: int
    settings: tuple[Setting, ...] = ()
    channel: str = ""
    to_user: str = ""
    escalate: Escalation | None = None

    @property
    def ref(self) -> AccountRef:
        return AccountRef(self.link_id, self.account, self.environment)

    @property
    def lines(self) -> Mapping[Preset, Line]:
        return {setting.preset: setting.line for setting in self.settings}


def watch_id(environment: Environment, account: str, owner: str) -> str:
    """One for each person and account."""
    return f"{environment.value}:{account}:{owner}"


def with_line(watch: Watch, preset: Preset, line: Line) -> Watch:
    return _with(watch, {**watch.lines, preset: line})


def without(watch: Watch, presets: frozenset[Preset]) -> Watch:
    return _with(watch, {preset: line for preset, line in watch.lines.items() if preset not in presets})


def with_usual(watch: Watch) -> Watch:
    """Everything usual that is off, with its default line; what is on keeps its own."""
    usual = {p: k.default for p, k in KINDS.items() if k.usual and k.default is not None}
    return _with(watch, {**usual, **watch.lines})


def _with(watch: Watch, lines: Mapping[Preset, Line]) -> Watch:
    settings = tuple(Setting(preset, lines[preset]) for preset in Preset if preset in lines)
    return replace(watch, settings=settings, version=watch.version + 1)


def may_watch(roles: frozenset[Role], *, is_own: bool) -> bool:
    """An account's holder, and who has the role risk."""
    return is_own or Role.RISK in roles
