"""The run: one token, then reads one after the other, each answer compared with its table and let go.

No value of an answer is kept, printed or sent anywhere: what is told are the names of keys and kinds.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import aiohttp
from yarl import URL

from senexsim.broker.oauth_apps import is_local
from senexsim.broker.shapes.checker import answer_faults
from senexsim.drift.probes import looked_up, probes

OK, DRIFT, USAGE = 0, 1, 2
SECRET, GRANT = "TT_SECRET", "TT_REFRESH"
HOSTS: Final = frozenset({"api.tastyworks.com", "api.cert.tastyworks.com"})
AGENT: Final = "senexsim-drift/0.1"
PAUSE: Final = 0.5  # seconds between two requests
TIMEOUT: Final = aiohttp.ClientTimeout(total=60)
_KEY: Final = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*")


@dataclass
class Findings:
    """What differs by endpoint, what was refused, what could not be asked."""

    same: list[str] = field(default_factory=list)
    differs: dict[str, Counter[str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)


class NoEntryError(Exception):
    """The token endpoint did not answer with a token; the text holds no secret."""


def run(
    environ: Mapping[str, str], url: str, *, pause: float = PAUSE, say: Callable[[str], None] = print
) -> int:
    """Exit codes: 0 the shapes are ours, 1 they differ or no token was had, 2 usage."""
    secret, grant = environ.get(SECRET, ""), environ.get(GRANT, "")
    if not secret or not grant:
        sys.stderr.write(f"senexsim drift: {SECRET} and {GRANT} hold the client secret and a refresh token\n")
        return USAGE
    target = URL(url)
    if not is_local(url) and (target.scheme != "https" or target.host not in HOSTS):
        sys.stderr.write(f"senexsim drift: only {', '.join(sorted(HOSTS))} or this machine is asked\n")
        return USAGE
    try:
        found = asyncio.run(probe(str(target).rstrip("/"), secret, grant, pause=pause))
    except (NoEntryError, aiohttp.ClientError, TimeoutError) as fault:
        sys.stderr.write(
            f"senexsim drift: {fault if isinstance(fault, NoEntryError) else type(fault).__name__}\n"
        )
        return DRIFT
    for line in told(found):
        say(line)
    return DRIFT if found.differs else OK


async def probe(origin: str, secret: str, grant: str, *, pause: float) -> Findings:
    """Ask everything. Proxies of the environment are not used, redirects not followed."""
    found, known = Findings(), dict[str, str]()
    async with aiohttp.ClientSession(headers={"User-Agent": AGENT}, timeout=TIMEOUT, trust_env=False) as http:
        token = await _token(http, origin, secret, grant)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        for one in probes(datetime.now(UTC).date()):
            path = one.filled(known)
            if path is None:
                found.skipped.append(one.name)
                continue
            await asyncio.sleep(pause)
            status, body = await _read(http, origin + path, headers)
            if status != 200:
                found.refused[one.name] = str(status)
                continue
            for blank, where in one.learns.items():
                value = looked_up(body, where)
                if value is not None:
                    known[blank] = value
            faults = Counter(
                anonymous(fault) for fault in answer_faults(one.name, status, body, values=False)
            )
            if faults:
                found.differs[one.name] = faults
            else:
                found.same.append(one.name)
    return found


async def _token(http: aiohttp.ClientSession, origin: str, secret: str, grant: str) -> str:
    form = {"grant_type": "refresh_token", "refresh_token": grant, "client_secret": secret}
    async with http.post(f"{origin}/oauth/token", json=form, allow_redirects=False) as response:
        body = await response.json(content_type=None) if response.status == 200 else {}
        token = body.get("access_token") if isinstance(body, dict) else None
        if not isinstance(token, str):
            raise NoEntryError(f"no token: the token endpoint answered {response.status}")
        return token


async def _read(http: aiohttp.ClientSession, url: str, headers: Mapping[str, str]) -> tuple[int | str, Any]:
    try:
        async with http.get(URL(url, encoded=True), headers=headers, allow_redirects=False) as response:
            return response.status, await response.json(content_type=None) if response.status == 200 else None
    except (aiohttp.ClientError, TimeoutError, ValueError) as fault:
        return type(fault).__name__, None


def anonymous(fault: str) -> str:
    """One sentence with places of lists taken out and keys that are no plain names (symbols, numbers) hidden."""
    parts = re.sub(r"\[\d+\]", "[]", fault).split(" ")
    return " ".join(part if _plain(part) else "…" for part in parts)


def _plain(word: str) -> bool:
    return all(not part or _KEY.fullmatch(part) is not None for part in re.split(r"[.:\[\]]", word))


def told(found: Findings) -> list[str]:
    """The report, in lines."""
    lines = [f"{len(found.same)} endpoints answer in the shapes of the simulator"]
    for name, faults in found.differs.items():
        lines.append(f"differs: {name}")
        lines += [
            f"    {fault}" + (f" ({count} times)" if count > 1 else "")
            for fault, count in sorted(faults.items())
        ]
    lines += [f"refused with {status}: {name}" for name, status in found.refused.items()]
    lines += [f"not asked, nothing to ask it with: {name}" for name in found.skipped]
    return lines
