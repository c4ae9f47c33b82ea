"""The log: levels of the vendors' libraries, and the net that catches what should never have been said."""

from __future__ import annotations

import json
import subprocess
import sys
from textwrap import dedent

import pytest

from senexbot.logs import SDK_LOGGERS, redact

CANARIES = [
    "xoxb-1234-5678-canary",
    "xoxe.xoxp-1-canary",
    "xapp-1-A0-canary",
    "eyJhbGciOiJIUzI1NiJ9.canaryPAYLOAD.canarySIG",
    "Bearer canary.token/with+signs=",
    "WSServerHandshakeError: 403, url='wss://wss-primary.slack.com/link/?ticket=canary-1&app_id=2'",
    "https://hooks.slack.com/commands/T1/2/canary",
    "http://127.0.0.1:4000/actions/T1/2/canary",
    "client_secret=canarycanary",
    "'refresh_token': 'canarycanary'",
    '"access_token":"canarycanary"',
    "signing_secret = canarycanary",
]


def logged(script: str, *, level: str = "debug", colour: bool = False) -> str:
    """What a process of its own writes to standard error."""
    before = (
        f"import logging, structlog\nfrom senexbot import logs\nlogs.configure({level!r}, colour={colour})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", before + dedent(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == ""
    return done.stderr


@pytest.mark.parametrize("secret", CANARIES)
def test_what_looks_like_a_secret_is_hidden(secret: str) -> None:
    """I69, F97."""
    for text in (secret, f"before {secret} after", f'{{"x": {json.dumps(secret)}}}'):
        assert "canary" not in redact(text)
        assert "•••" in redact(text)


def test_a_password_in_an_address_is_hidden_and_the_rest_stays() -> None:
    assert (
        redact("postgresql://desk:canary@db.example/senex failed")
        == "postgresql://•••@db.example/senex failed"
    )


def test_account_numbers_keep_four_characters() -> None:
    assert redact("account 5WT00001 filled") == "account …0001 filled"


@pytest.mark.parametrize(
    "text", ["SLACK_SIGNING_SECRET (for HTTP)", "buy 100 AAPL @ 187.50", "no client_secret, no link"]
)
def test_plain_words_stay(text: str) -> None:
    assert redact(text) == text


def test_every_way_into_the_log_passes_the_net() -> None:
    """F97: values, objects, exceptions, the standard library's records and their tracebacks."""
    written = logged(
        """
        class Shown:
            def __repr__(self): return "Shown(client_secret=canarycanary)"
        logs.conceal("own-canary-secret", "short")
        log = structlog.get_logger()
        log.info("said xoxb-canary", token="xapp-canary", deep={"a": ["Bearer canary"]}, thing=Shown(), own="own-canary-secret")
        structlog.contextvars.bind_contextvars(reply="https://hooks.slack.com/actions/T/1/canary")
        try:
            raise ValueError("refresh_token=canarycanary")
        except ValueError:
            log.exception("failed")
            logging.getLogger("other").exception("xoxb-canary %s", Shown())
        logging.getLogger("other").warning("own-canary-secret and short words")
        """
    )
    assert "canary" not in written
    assert written.count("•••") + written.count("\\u2022" * 3) >= 8
    assert "short words" in written
    assert "ValueError" in written


@pytest.mark.parametrize("name", SDK_LOGGERS)
def test_the_vendors_loggers_never_go_below_warning(name: str) -> None:
    """F97: they print tokens at DEBUG; so do the loggers they make below their own."""
    written = logged(
        f"""
        for name in ({name!r}, {name + ".deep.inside"!r}):
            logging.getLogger(name).debug("spoken")
            logging.getLogger(name).info("spoken")
            logging.getLogger(name).critical("heard")
        """
    )
    assert "spoken" not in written
    assert written.count("heard") == 2


def test_no_text_adds_a_line_to_the_log() -> None:
    """I74: one record, one line; what follows is indented and cannot be taken for another."""
    written = logged(
        r"""
        structlog.get_logger().info("one", name="x\n{\"event\": \"forged\"}\r\n")
        logging.getLogger("other").warning("two\n2026-01-01 00:00:00 INFO forged\rme")
        """,
        level="info",
    )
    lines = written.splitlines()
    assert json.loads(lines[0])["name"].startswith("x\n")
    assert not any(line.startswith(("2026-01-01", '{"event": "forged', "me")) for line in lines)
    assert len(lines) == 3


def test_levels_hold_for_our_own_lines() -> None:
    script = 'structlog.get_logger().info("quiet")\nstructlog.get_logger().warning("loud")'
    written = logged(script, level="warning")
    assert ("quiet" in written, "loud" in written) == (False, True)
