"""One machine has several names: addresses that a server on loopback gives are asked at the configured one.

It widens nothing: what is contacted is the origin in SLACK_API_URL, and any other port stays another origin.
"""

from __future__ import annotations

from urllib.parse import urlsplit

NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def at_own_origin(url: str, base_url: str) -> str:
    """`url` with the host of `base_url` where both name this machine and the same port; else `url` as it is."""
    try:
        there, base = urlsplit(url), urlsplit(base_url)
        same_port = there.port == base.port
    except ValueError:
        return url
    plain = there.username is None and there.password is None and "\\" not in url
    if plain and same_port and there.hostname in NAMES and base.hostname in NAMES:
        return there._replace(netloc=base.netloc).geturl()
    return url
