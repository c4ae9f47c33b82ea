"""One line of the doctor's report, and how a group of checks is kept from ending the rest."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass

from senexbot.domain.errors import SenexError
from senexbot.settings import Settings

PATIENCE = 30.0  # seconds for one group of checks


class Level(enum.StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SETTING = "setting"  # a fault in the settings: shown as fail, and the exit code is 78


@dataclass(frozen=True, slots=True)
class Finding:
    """`mend`: what to do about it; empty when all is well."""

    level: Level
    name: str
    words: str
    mend: str = ""


def ok(name: str, words: str) -> Finding:
    return Finding(Level.OK, name, words)


def warn(name: str, words: str, mend: str) -> Finding:
    return Finding(Level.WARN, name, words, mend)


def fail(name: str, words: str, mend: str) -> Finding:
    return Finding(Level.FAIL, name, words, mend)


@dataclass(frozen=True, slots=True)
class Patient:
    """What there is to look at. `left_out`: variables whose values are faulty and stand at their defaults."""

    environ: Mapping[str, str]
    settings: Settings
    left_out: frozenset[str]


Check = Callable[[Patient], AsyncIterator[Finding]]


def at_once(look: Callable[[Patient], Iterator[Finding]]) -> Check:
    """A check that waits for nothing."""

    async def check(patient: Patient) -> AsyncIterator[Finding]:
        for finding in look(patient):
            yield finding

    return check


async def examine(check: Check, patient: Patient, name: str) -> AsyncIterator[Finding]:
    """The findings of one group; whatever it raises becomes one more of them."""
    try:
        async with asyncio.timeout(PATIENCE):
            async for finding in check(patient):
                yield finding
    except TimeoutError:
        yield fail(
            name, f"no answer within {PATIENCE:.0f} s", "see whether the machine or its network is overloaded"
        )
    except SenexError as error:
        yield fail(name, error.message or error.code, "mend what is named, then run the doctor again")
    except Exception as error:
        # only the kind: the words of a foreign error may hold anything
        yield fail(name, f"the check itself failed ({type(error).__name__})", "please report this as a bug")
