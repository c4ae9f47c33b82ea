"""The database: whole, of this version, opened by these keys; who writes to it; what waits in it for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from senexbot import control
from senexbot.cli import offline
from senexbot.cli.checks.finding import Finding, Patient, fail, ok, warn
from senexbot.clock import SystemClock
from senexbot.domain.errors import ConfigError, SenexError, WrongKey
from senexbot.domain.links import Environment, Role
from senexbot.domain.orders.intents import IntentState
from senexbot.services.halts.halts import desk_status
from senexbot.settings import database_of, keys_of
from senexbot.store.opening import parsed
from senexbot.store.sqlite import database_path

if TYPE_CHECKING:
    from senexbot.store.engine import SqlStore

BAD_DISK = "stop the bot, keep a copy of the file, and put the last backup back"


async def bot(patient: Patient) -> AsyncIterator[Finding]:
    answer = await control.ask(patient.settings.state_dir, "status")
    path = _file(patient)
    holder = _lock_holder(path) if path is not None else ""
    if answer is not None:
        down = [name for name, words in answer.get("tasks", {}).items() if words != "runs"]
        if down:
            yield warn("bot", f"runs (pid {answer.get('pid')}), but not: {', '.join(down)}", "see its log")
        else:
            yield ok("bot", f"runs (pid {answer.get('pid')})")
    elif holder:
        words = f"process {holder} holds the database, and nobody listens in this state directory"
        yield warn("bot", words, "use the running bot's SENEXBOT_STATE_DIR, or end that process")
    else:
        yield ok("bot", "not running here")


async def database(patient: Patient) -> AsyncIterator[Finding]:
    path = _file(patient)
    if path is not None and not path.exists():
        yield warn("database", f"none yet at {path}", "the first start makes it")
        return
    findings: list[Finding] = []

    async def look(store: SqlStore) -> None:
        findings.extend([one async for one in _sound(store, str(path or "PostgreSQL"))])
        findings.extend([one async for one in _opened(store, patient)])
        findings.extend([one async for one in _waiting(store)])
        findings.extend([one async for one in _links(store, patient)])

    try:
        await offline.with_store(look, readonly=True, environ=patient.environ)
    except ConfigError as fault:
        findings.append(fail("database", fault.message, "bring database and program to one version"))
    except SenexError as fault:
        findings.append(
            fail("database", fault.message, "see DATABASE_URL, the file's rights, and the server")
        )
    for finding in findings:
        yield finding


async def _sound(store: SqlStore, place: str) -> AsyncIterator[Finding]:
    faults = await store.check_integrity()
    for fault in faults[:5]:
        yield fail("database", fault, BAD_DISK)
    if not faults:
        yield ok("database", f"sound, of this version: {place}")


async def _opened(store: SqlStore, patient: Patient) -> AsyncIterator[Finding]:
    try:
        text = keys_of(patient.environ)
        if not text:
            return
        await store.check_keys(offline.vault(patient.environ))
    except WrongKey as fault:
        mend = "give the key this database was made with; a lost key means: erase it, and link again"
        yield fail("keys", f"do not fit the database: {fault.message}", mend)
        return
    except ConfigError:
        return  # told among the settings
    uses = await store.key_uses()
    unused = [one for one in offline.vault(patient.environ).key_ids[1:] if one not in uses]
    yield ok("keys", "fit the database")
    if unused:
        yield ok("keys", f"{', '.join(unused)} open nothing any more and may be removed")


async def _waiting(store: SqlStore) -> AsyncIterator[Finding]:
    status = await desk_status(store, SystemClock())
    if status.row.state == "active":
        yield ok("desk", "active")
    else:
        why = f" ({status.row.reason})" if status.row.reason else ""
        yield warn("desk", f"{status.row.state} by {status.row.by}{why}", "`senexbot resume` when it is safe")
    unsure = [i for i in status.on_the_way if i.state in {IntentState.UNKNOWN, IntentState.NEEDS_PERSON}]
    if unsure:
        yield warn("orders", f"{len(unsure)} with an unknown outcome", "their owners see them with /orders")
    async with store.read() as tx:
        dead = await tx.outbox.dead(1000)
        roles = await tx.roles.all()
    if dead:
        reasons = Counter(letter.reason for letter in dead).most_common(3)
        told = ", ".join(f"{reason} ×{count}" for reason, count in reasons)
        yield warn(
            "messages",
            f"{len(dead)} undeliverable: {told}",
            "invite the bot, or correct the channel; then `senexbot messages resend`",
        )
    else:
        yield ok("messages", "none undeliverable")
    if not any(role is Role.OPERATOR for _, _, role in roles):
        yield warn("roles", "nobody is operator", "`senexbot roles grant U… operator`")
    if store.unreadable_rows:
        rows = ", ".join(f"{table} {row}" for table, row in sorted(store.unreadable_rows)[:5])
        yield fail("database", f"{len(store.unreadable_rows)} rows cannot be read: {rows}", BAD_DISK)


async def _links(store: SqlStore, patient: Patient) -> AsyncIterator[Finding]:
    async with store.read() as tx:
        links = await tx.links.all()
    counts = Counter(link.environment.value for link in links)
    yield ok("links", ", ".join(f"{n} {word}" for word, n in sorted(counts.items())) or "none")
    broken = [link for link in links if link.broken]
    if broken:
        who = ", ".join(sorted({link.user_id for link in broken})[:5])
        yield warn(
            "links", f"{len(broken)} do not work any more ({who})", "these people link again: /senex connect"
        )
    if counts[Environment.PRACTICE.value] and not patient.settings.has_practice:
        yield warn(
            "links", "practice links, but no practice broker", "set TASTYTRADE_API_URL and …_STREAMER_URL"
        )


def _file(patient: Patient) -> Path | None:
    """The SQLite file; None on PostgreSQL. Raises ConfigError."""
    url = parsed(database_of(patient.environ)[1])
    return database_path(url) if url.get_backend_name() == "sqlite" else None


def _lock_holder(database: Path) -> str:
    """The process that holds the writer's lock, read from the kernel's list without taking the lock."""
    lock = database.with_name(f"{database.name}.lock")
    try:
        inode = lock.stat().st_ino
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return ""
    for line in lines:
        parts = line.split()
        if "FLOCK" in parts and any(part.endswith(f":{inode}") for part in parts):
            return parts[parts.index("FLOCK") + 3]
    return ""
