"""Which addresses an environment means, and which of those named by others may be called (I20, I76)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from senexbot.broker import sdk
from senexbot.domain.errors import ConfigError, Unavailable
from senexbot.domain.links import Environment

DXLINK_SUFFIX = ".dxfeed.com"
NO_PRACTICE = "No practice broker is set up here, so practice links cannot be used."


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Addresses by environment. `practice_*`: a broker simulator on loopback, None when there is none.

    Raises ConfigError when a practice address is not a plain loopback address: a practice grant, and an
    order made with one, must never be able to leave this machine.
    """

    practice_api: str | None = None
    practice_streamer: str | None = None

    def __post_init__(self) -> None:
        for name, url, schemes in (
            ("TASTYTRADE_API_URL", self.practice_api, {"http"}),
            ("TASTYTRADE_STREAMER_URL", self.practice_streamer, {"ws", "http"}),
        ):
            if url is not None and not _is_plain_loopback(url, schemes):
                raise ConfigError(f"{name} must be a loopback address such as http://127.0.0.1:8650")

    def rest(self, environment: Environment) -> str:
        """Base URL of the REST API, without a slash at the end."""
        if environment is Environment.PRACTICE:
            return _set_up(self.practice_api).rstrip("/")
        known = sdk.constants()
        return known.sandbox_api if environment is Environment.SANDBOX else known.live_api

    def streamer(self, environment: Environment) -> str:
        """URL of the account streamer."""
        if environment is Environment.PRACTICE:
            return _set_up(self.practice_streamer)
        known = sdk.constants()
        return known.sandbox_streamer if environment is Environment.SANDBOX else known.live_streamer

    def dxlink(self, environment: Environment, named: object) -> str:
        """The market data address the broker named, if it is one we may call. Raises Unavailable."""
        parts = _split(named) if isinstance(named, str) else None
        if parts is None or parts.username or parts.password or not parts.hostname:
            raise Unavailable("The broker named no usable address for market data.")
        host = parts.hostname
        if environment is Environment.PRACTICE:
            own = urlsplit(_set_up(self.practice_api)).hostname
            allowed = parts.scheme in {"ws", "http"} and host == own
        else:
            allowed = parts.scheme == "wss" and host.endswith(DXLINK_SUFFIX)
        if not allowed:
            raise Unavailable("The broker named an address for market data that is not on the list.")
        return str(named)


def _set_up(url: str | None) -> str:
    if url is None:
        raise Unavailable(NO_PRACTICE)
    return url


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _is_plain_loopback(url: str, schemes: set[str]) -> bool:
    parts = _split(url)
    if parts is None or parts.scheme not in schemes or parts.username or parts.password:
        return False
    return not parts.query and not parts.fragment and is_loopback(parts.hostname or "")


def is_loopback(host: str) -> bool:
    """`localhost`, 127.0.0.0/8 or ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
