"""A scenario as it stands in its YAML file: read, checked, nothing done. Faults are told in words, all that is known.

title: A crash day
about: What it is good for.

start:                    # optional
  when: tuesday 09:35     # the next such day, in New York; or an ISO time with its zone
  session: open           # or closed; futures_session the same for futures alone

steps:
  - at: 30                # market seconds since the start; or tick: 300, of a tenth of a real second each
    say: It begins        # shown by the control GET /_sim/scenario
    market: -2.5          # percent beside its path, for every share by its beta
    moves: {AAPL: -4}     # the same for one symbol alone, on top
    over: 20              # market seconds until that is reached, 0 at once
    volatility: 1.6       # times the usual one, for all options; or {AAPL: 0.5}
    halt: [AAPL]          # "*" for all
    resume: [AAPL]
    session: closed
    futures_session: open
    clock: {advance_s: 60}
    assign:
      - {account: 5WT00001, underlying: AAPL, right: C, quantity: 1}
    position:
      - {account: 5WT00001, symbol: AAPL, quantity: 100}
    cash:
      - {account: 5WT00001, cash: 1000}
    fault:
      - {target: dxlink, kind: reset}
    clear_faults: true
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from senexsim.broker.market.trading_days import at, is_trading_day

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
START: Final = frozenset({"when", "session", "futures_session"})
MOST_STEPS: Final = 1_000
SUFFIXES: Final = (".yaml", ".yml")
LISTS: Final = ("halt", "resume", "assign", "position", "cash", "fault")


class ScenarioFault(ValueError):
    """A scenario that is not there or cannot be understood; `str()` says where and why."""


@dataclass(frozen=True, slots=True)
class Step:
    """One moment. `beat` counts tenths of a real second; what is None or empty does nothing."""

    beat: int
    say: str = ""
    market: float | None = None
    moves: Mapping[str, float] = field(default_factory=dict)
    over: int = 0  # beats
    volatility: Mapping[str, float] = field(default_factory=dict)
    halt: tuple[str, ...] = ()
    resume: tuple[str, ...] = ()
    session: str | None = None
    futures_session: str | None = None
    clock: Mapping[str, Any] = field(default_factory=dict)
    assign: tuple[Mapping[str, Any], ...] = ()
    position: tuple[Mapping[str, Any], ...] = ()
    cash: tuple[Mapping[str, Any], ...] = ()
    fault: tuple[Mapping[str, Any], ...] = ()
    clear_faults: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    title: str
    about: str
    steps: tuple[Step, ...]
    when: str | None = None
    session: str | None = None
    futures_session: str | None = None

    def begins(self, now: datetime) -> datetime | None:
        """Where the clock is set: None leaves it alone."""
        if self.when is None:
            return None
        word, _, hour = self.when.partition(" ")
        if word not in WEEKDAYS:
            return datetime.fromisoformat(self.when).astimezone(UTC)
        moment, day = time.fromisoformat(hour), now.date()
        while not (WEEKDAYS[day.weekday()] == word and _fits(day) and at(day, moment) > now):
            day += timedelta(days=1)
        return at(day, moment)


def _fits(day: date) -> bool:
    """No holiday, where a weekday is asked for."""
    return day.weekday() > 4 or is_trading_day(day)


def names() -> list[str]:
    """The scenarios that come with the simulator."""
    here = files("senexsim") / "scenarios"
    return sorted(
        entry.name.removesuffix(".yaml") for entry in here.iterdir() if entry.name.endswith(".yaml")
    )


def load(name: str, *, speed: float) -> Script:
    """One that comes along, by its name, or a file by its path. Raises ScenarioFault."""
    try:
        if name in names():
            text = (files("senexsim") / "scenarios" / f"{name}.yaml").read_text(encoding="utf-8")
        elif name.endswith(SUFFIXES):
            text = Path(name).read_text(encoding="utf-8")
        else:
            raise ScenarioFault(f"no scenario {name!r}: {', '.join(names())}, or a file that ends in .yaml")
    except (OSError, UnicodeDecodeError) as fault:
        raise ScenarioFault(f"{name}: {fault}") from None
    return script_of(Path(name).stem, table_of(text, name), speed=speed)


def table_of(text: str, name: str) -> Any:
    """The file's content as plain values. Raises ScenarioFault.

    Of YAML's words only true and false are truth values: ON and NO are symbols. Times stay text, and a key that stands
    twice is refused.
    """
    import yaml  # only where a scenario is asked for: a simulator starts quicker without

    class Plain(yaml.SafeLoader):  # type: ignore[misc]  # it comes without types
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys = [key.value for key, _ in node.value]
            twice = {key for key in keys if keys.count(key) > 1}
            if twice:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{', '.join(sorted(twice))} stands twice", node.start_mark
                )
            return super().construct_mapping(node, deep=deep)

    kept = ("null", "int", "float", "merge")
    Plain.yaml_implicit_resolvers = {
        first: [(tag, form) for tag, form in forms if tag.rpartition(":")[2] in kept]
        for first, forms in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    Plain.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"true|false"), list("tf"))
    try:
        return yaml.load(text, Loader=Plain)  # noqa: S506 - a safe loader that knows fewer words
    except yaml.YAMLError as fault:
        raise ScenarioFault(f"{name}: {fault}") from None
    except (RecursionError, ValueError) as fault:
        raise ScenarioFault(f"{name}: cannot be read: {type(fault).__name__}") from None


def script_of(name: str, table: Mapping[str, Any], *, speed: float) -> Script:
    """A checked script; `speed` turns market seconds into beats."""
    _known(table, frozenset({"title", "about", "start", "steps"}), name)
    steps = table.get("steps", [])
    if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS:
        raise ScenarioFault(f"{name}: 1 to {MOST_STEPS} steps are needed")
    start = table.get("start", {})
    _known(start, START, f"{name}: start")
    read = [_step(step, f"{name}: step {number}", speed) for number, step in enumerate(steps, 1)]
    return Script(
        name,
        str(table.get("title") or name),
        str(table.get("about", "")),
        tuple(sorted(read, key=lambda step: step.beat)),
        when=_when(start.get("when"), name),
        session=_session(start, "session", name),
        futures_session=_session(start, "futures_session", name),
    )


def _known(table: Any, keys: frozenset[str], where: str) -> None:
    if not isinstance(table, dict):
        raise ScenarioFault(f"{where}: a table is needed")
    if unknown := table.keys() - keys:
        raise ScenarioFault(f"{where}: unknown: {', '.join(sorted(unknown))}")


def _step(table: Any, where: str, speed: float) -> Step:
    _known(table, frozenset(Step.__dataclass_fields__) - {"beat"} | {"at", "tick"}, where)
    if ("at" in table) == ("tick" in table):
        raise ScenarioFault(f"{where}: either at or tick")
    if "tick" in table:
        beat = _number(table, "tick", where, 0, 10**9)
    else:
        beat = _number(table, "at", where, 0, 10**8) / (0.1 * speed)
    for key in LISTS:
        if not isinstance(table.get(key, []), list):
            raise ScenarioFault(f"{where}: {key}: a list is needed")
    stress = table.get("volatility", {})
    return Step(
        beat=math.ceil(beat - 1e-9),
        say=str(table.get("say", "")),
        market=_number(table, "market", where, -95, 500) if "market" in table else None,
        moves=_figures(table.get("moves", {}), f"{where}: moves", -95, 500),
        over=math.ceil(_number(table, "over", where, 0, 10**8, 0) / (0.1 * speed)),
        volatility=_figures(
            stress if isinstance(stress, dict) else {"*": stress}, f"{where}: volatility", 0.05, 20
        ),
        halt=tuple(str(symbol) for symbol in table.get("halt", [])),
        resume=tuple(str(symbol) for symbol in table.get("resume", [])),
        session=_session(table, "session", where),
        futures_session=_session(table, "futures_session", where),
        clock=_figures(table.get("clock", {}), f"{where}: clock", 0, 10**9, only="advance_s"),
        assign=_tables(
            table, "assign", where, {"account", "underlying", "right", "quantity"}, {"account", "underlying"}
        ),
        position=_tables(
            table, "position", where, {"account", "symbol", "quantity"}, {"account", "symbol", "quantity"}
        ),
        cash=_tables(table, "cash", where, {"account", "cash"}, {"account", "cash"}),
        fault=tuple(table.get("fault", [])),
        clear_faults=table.get("clear_faults", False) is True,
    )


def _number(
    table: Mapping[str, Any], key: str, where: str, low: float, high: float, default: float | None = None
) -> float:
    found = table.get(key, default)
    if isinstance(found, bool) or not isinstance(found, int | float) or not low <= found <= high:
        raise ScenarioFault(f"{where}: {key}: a number from {low:g} to {high:g}")
    return float(found)


def _figures(table: Any, where: str, low: float, high: float, *, only: str = "") -> dict[str, float]:
    if not isinstance(table, dict) or (only and table.keys() - {only}):
        raise ScenarioFault(f"{where}: {f'{only}: a number' if only else 'a table of symbol: number'}")
    return {str(key): _number(table, key, where, low, high) for key in table}


def _session(table: Mapping[str, Any], key: str, where: str) -> str | None:
    found = table.get(key)
    if found not in (None, "open", "closed"):
        raise ScenarioFault(f"{where}: {key}: open or closed")
    return None if found is None else str(found)


def _tables(
    table: Mapping[str, Any], key: str, where: str, known: set[str], needed: set[str]
) -> tuple[Mapping[str, Any], ...]:
    for row in table.get(key, []):
        _known(row, frozenset(known), f"{where}: {key}")
        if missing := needed - row.keys():
            raise ScenarioFault(f"{where}: {key}: {', '.join(sorted(missing))} is missing")
    return tuple(table.get(key, []))


def _when(found: Any, where: str) -> str | None:
    if found is None:
        return None
    word, _, hour = str(found).partition(" ")
    try:
        if word in WEEKDAYS:
            time.fromisoformat(hour)
        elif datetime.fromisoformat(str(found)).tzinfo is None:
            raise ValueError
    except ValueError:
        raise ScenarioFault(f"{where}: when: tuesday 09:35 or an ISO time with its zone") from None
    return str(found)
