"""`senexbot doctor`: one line per check, with how to mend it. Only reads; a running bot is not disturbed."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping

from rich.console import Console
from rich.text import Text

from senexbot import logs
from senexbot.cli.checks import machine, network, records
from senexbot.cli.checks.finding import Check, Finding, Level, Patient, at_once, examine
from senexbot.domain.errors import ConfigError
from senexbot.settings import readable

CHECKS: tuple[tuple[str, Check], ...] = (
    ("python", at_once(machine.python)),
    ("settings", at_once(machine.settings)),
    ("keys", at_once(machine.keys)),
    ("state", at_once(machine.folder)),
    ("disk", at_once(machine.disk)),
    ("time zones", at_once(machine.zones)),
    ("bot", records.bot),
    ("database", records.database),
    ("slack", network.slack),
    ("way in", network.way_in),
    ("practice broker", network.practice),
)
COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red", Level.SETTING: "red"}


async def diagnose(environ: Mapping[str, str]) -> int:
    """Print the findings. 0 when nothing fails (a warning is no failure), 78 for settings, else 1."""
    settings, left_out = readable(environ)
    patient = Patient(environ, settings, left_out)
    _conceal(patient)
    console = Console(highlight=False, soft_wrap=True)
    worst = set()
    async for finding in _all(patient):
        worst.add(finding.level)
        console.print(_line(finding))
    if Level.SETTING in worst:
        return 78
    return int(Level.FAIL in worst)


async def _all(patient: Patient) -> AsyncIterator[Finding]:
    for name, check in CHECKS:
        async for finding in examine(check, patient, name):
            yield finding


def _line(finding: Finding) -> Text:
    word = "fail" if finding.level is Level.SETTING else finding.level.value
    said = f"{finding.name}: {finding.words}" + (f" -> {finding.mend}" if finding.mend else "")
    one_line = " ".join(logs.redact(said).split())
    return Text.assemble((f"{word:<4}", COLOURS[finding.level]), "  ", one_line)


def _conceal(patient: Patient) -> None:
    """What the variables hold is never shown, whatever a check may say by mistake."""
    names = ("SENEXBOT_ENCRYPTION_KEYS", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")
    logs.conceal(*(patient.environ.get(name, "").strip() for name in names))
    try:
        logs.conceal(*patient.settings.secrets())
    except (ConfigError, ValueError):
        return  # a key file that cannot be read holds nothing to show


def run() -> int:
    import asyncio

    logs.configure("ERROR")
    return asyncio.run(diagnose(os.environ))
