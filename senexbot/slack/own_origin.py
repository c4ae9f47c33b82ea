"""Addresses that come from outside: which of them are read at all, and which name this machine's own server.

One machine has several names: addresses that a server on loopback gives are asked at the configured one. It
widens nothing: what is contacted is the origin in SLACK_API_URL, and any other port stays another origin.
"""

from __future__ import annotations

from urllib.parse import urlsplit

NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
LONGEST = 4000


def is_readable(url: str) -> bool:
    """Whether every reader would take this for the same address.

    One reader drops a tab or turns a letter's width, another does not; a backslash or a user's name in front of
    the host makes them disagree about the host itself. Slack's own addresses have none of these.
    """
    if not (0 < len(url) <= LONGEST and url.isascii() and url.isprintable()) or set(url) & set("\\ "):
        return False
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError when it is none
    except ValueError:
        return False
    return bool(parts.hostname) and "@" not in parts.netloc


def at_own_origin(url: str, base_url: str) -> str:
    """`url` with the host of `base_url` where both name this machine and the same port; else `url` as it is."""
    if not is_readable(url):
        return url
    there, base = urlsplit(url), urlsplit(base_url)
    if there.port == base.port and there.hostname in NAMES and base.hostname in NAMES:
        return there._replace(netloc=base.netloc).geturl()
    return url
