"""An account against its thresholds: what is watched, how near it is, and a button for everything that is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from senexbot.blocks import figures
from senexbot.blocks.actions import ActionId
from senexbot.blocks.alert_rules import escalation_words
from senexbot.blocks.kit import (
    Block,
    Message,
    actions,
    button,
    card,
    channel_words,
    context,
    esc,
    person,
    section,
)
from senexbot.domain.alerting.terms import Side
from senexbot.domain.links import masked
from senexbot.domain.risk.looking import Finding, Look, Stand
from senexbot.domain.risk.presets import KINDS, Line, Preset, Unit
from senexbot.domain.risk.saying import example, line_text, value_words
from senexbot.domain.risk.view import RiskView
from senexbot.domain.risk.watches import Watch

ROW = 5  # buttons
HOW = (
    "Change a line by words: `risk delta 0.35`, `risk day loss 500`, `risk floor 20000`, `risk off theta` · "
    "where it is told: `risk to here`, `risk to me` · and when nobody has it: `risk escalate to risk after 10m` · another account: `risk in 0001`"
)


def risk_list(
    watch: Watch,
    view: RiskView,
    look: Look,
    *,
    now: datetime,
    handles: Mapping[Preset, str],
    usual: str,
    stale: bool = False,
    done: str = "",
) -> Message:
    """`handles`: of the button that switches each preset; `usual`: of the one that watches all the usual; `done`: what
    was changed just now; `stale`: the figures are of an earlier look."""
    title = (
        "nothing is watched yet"
        if not watch.settings
        else f"{len(watch.settings)} watched, {_state(watch, look)}"
    )
    press = []
    if usual and _has_usual_off(watch):
        press = [actions(button("Watch all the usual", ActionId.RISK_USUAL, usual, "primary"))]
    return card(
        f"{watch.environment.label} {esc(masked(watch.account), 8)} · {esc(done, 60) + ' · ' if done else ''}{title}",
        _figures(view, now, stale=stale),
        _where(watch),
        rows=[*press, *_rows(watch, look, handles), *_off(watch, handles), context(HOW)],
    )


def _state(watch: Watch, look: Look) -> str:
    """`1 beyond its line`, `all inside`, `cannot be told now`: what is not known is never called inside."""
    held = sum(f.stand is Stand.HOLDS for f in look.findings.values())
    if held:
        return f"{held} beyond {'its line' if held == 1 else 'their lines'}"
    unknown = sum(_is_unknown(look, preset) for preset in watch.lines)
    if unknown == len(watch.settings):
        return "cannot be told now"
    return f"the others inside, {unknown} not known" if unknown else "all inside"


def _is_unknown(look: Look, preset: Preset) -> bool:
    found = look.of(preset)
    return preset in look.blind or (bool(found) and all(f.stand is Stand.UNKNOWN for f in found))


def _is_beyond(look: Look, preset: Preset) -> bool:
    return any(finding.stand is Stand.HOLDS for finding in look.of(preset))


def _rows(watch: Watch, look: Look, handles: Mapping[Preset, str]) -> list[Block]:
    """What there is to watch with its figures, what is beyond its line first; the rest by name."""
    idle = [preset for preset in watch.lines if preset not in look.blind and not look.of(preset)]
    rows = [
        _row(preset, line, look, handles.get(preset, ""))
        for preset, line in sorted(watch.lines.items(), key=lambda item: not _is_beyond(look, item[0]))
        if preset not in idle
    ]
    if idle:
        named = ", ".join(
            f"{_name(preset)} {line_text(preset, watch.lines[preset])}".strip() for preset in idle
        )
        rows.append(context(f"Watched, with nothing of that kind here now: {named}"))
    return rows


def _name(preset: Preset) -> str:
    return "DTE" if preset is Preset.DTE else preset.value


def _has_usual_off(watch: Watch) -> bool:
    return any(
        kind.usual and kind.default is not None and preset not in watch.lines
        for preset, kind in KINDS.items()
    )


def _figures(view: RiskView, now: datetime, *, stale: bool) -> str:
    if view.balances is None:
        return "*The account's figures cannot be read now*: what is watched waits for them"
    age = figures.age(view.at, now)
    late = f"*The broker does not answer now: figures are {age}*" if stale else ""
    worth = view.balances.net_liquidating_value
    day = view.balances.day_change
    today = "" if day is None else f" · today {figures.signed_dollars(day)}"
    peak = "" if view.peak is None or view.peak <= worth else f" · high {figures.dollars(view.peak)}"
    return f"Net liq {figures.dollars(worth)}{today}{peak} · {late or age}"


def _where(watch: Watch) -> str:
    escalate = watch.escalate
    then = "" if escalate is None else f"; what is critical, if nobody has it, {escalation_words(escalate)}"
    return f"{_place(watch)}{then}"


def _place(watch: Watch) -> str:
    if watch.channel:
        return f"Told in {channel_words(watch.channel)}, without dollars or accounts"
    if watch.to_user and watch.to_user != watch.owner:
        return f"Told to {person(watch.to_user)}, without dollars or accounts"
    return "Told in your messages"


def _row(preset: Preset, line: Line, look: Look, handle: str) -> Block:
    found = look.of(preset)
    at = (
        f" at {line_text(preset, line)}{' of net liq' if line.of_net_liq else ''}"
        if line_text(preset, line)
        else ""
    )
    words = f"*{figures.raised(_name(preset))}{at}* · {_now(found)}"
    off = button("Off", f"{ActionId.RISK_SET}#{preset.name.lower()}", handle) if handle else None
    return section(words, accessory=off)


def _now(found: Sequence[Finding]) -> str:
    known = [f for f in found if f.stand is not Stand.UNKNOWN]
    if not known:
        return "not known now"
    worst = max(known, key=lambda f: (f.stand is Stand.HOLDS, f.reading.matters, _badness(f)))
    what = worst.reading.figures
    about = f" {esc(what.what, 24)}" if worst.reading.subject and what.what else ""
    mark = "*beyond:* " if worst.stand is Stand.HOLDS else ""
    return f"{mark}{_value(worst)}{about}{_level(worst)}{_others(found)}"


def _badness(finding: Finding) -> Decimal:
    value = finding.reading.value or Decimal(0)
    return value if KINDS[finding.preset].side is Side.ABOVE else -value


_LOSSES = frozenset({Preset.DAY_LOSS, Preset.LOSS, Preset.MAX_LOSS})


def _value(finding: Finding) -> str:
    value = finding.reading.value
    if KINDS[finding.preset].unit is Unit.FLAG:
        return "yes" if finding.stand is Stand.HOLDS else "no"
    if value is None or not finding.reading.matters:
        return "fine now"
    if value < 0 and finding.preset in _LOSSES:
        return "now no loss"
    if value < 0 and finding.preset is Preset.PROFIT:
        return "now no profit"
    return f"now {value_words(finding.preset, value).replace('-', '−')}"


def _level(finding: Finding) -> str:
    """What a share of net liquidation comes to."""
    level = finding.line
    unit = KINDS[finding.preset].unit
    gained = finding.preset in _LOSSES and (finding.reading.value or 0) < 0
    if gained or level is None or unit not in {Unit.DOLLARS, Unit.SHARES}:
        return ""
    return f" of {value_words(finding.preset, level)}"


def _others(found: Sequence[Finding]) -> str:
    holds = sum(f.stand is Stand.HOLDS for f in found)
    unknown = sum(f.stand is Stand.UNKNOWN for f in found)
    parts = [f"{holds} beyond" if holds > 1 else "", f"{unknown} not known" if unknown else ""]
    said = ", ".join(part for part in parts if part)
    return f" ({said})" if said else ""


def _off(watch: Watch, handles: Mapping[Preset, str]) -> list[Block]:
    """A button to switch each of the others on, with its default."""
    rest = [p for p in Preset if p not in watch.lines and handles.get(p) and KINDS[p].default is not None]
    if not rest:
        return []
    made = [button(f"+ {example(p)}", f"{ActionId.RISK_SET}#{p.name.lower()}", handles[p]) for p in rest]
    return [
        section("*Off*: press to watch one with its usual line"),
        *(actions(*made[start : start + ROW]) for start in range(0, len(made), ROW)),
    ]
