"""Settings: read once, typed, all faults at once, and no secret in a word of it."""

from __future__ import annotations

import base64
import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senexbot.domain.errors import ConfigError
from senexbot.settings import Settings, database_of, is_loopback, keys_of, load, readable

KEY = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
OTHER = base64.urlsafe_b64encode(bytes(range(1, 33))).decode().rstrip("=")
LEAST = {"SLACK_BOT_TOKEN": "xoxb-canary", "SLACK_APP_TOKEN": "xapp-canary", "SENEXBOT_ENCRYPTION_KEYS": KEY}


def faults(**variables: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load({**LEAST, **variables})
    assert caught.value.__cause__ is None
    return caught.value.message.splitlines()


def test_the_least_is_enough_and_trading_live_is_off() -> None:
    settings = load(LEAST)
    assert settings.socket_mode
    assert settings.live_trading is False
    assert settings.has_practice is False
    assert settings.slack_api_url == "https://slack.com/api/"
    assert (settings.host, settings.port) == ("127.0.0.1", 3000)
    assert (settings.confirm_seconds, settings.approval_minutes) == (120, 30)
    assert settings.url_of_database() == f"sqlite:///{Path('state').resolve()}/senexbot.sqlite3"


def test_empty_and_blank_count_as_not_set() -> None:
    settings = load({**LEAST, "PORT": "", "DATABASE_URL": "  ", "SENEXBOT_HEALTH_PORT": "\t"})
    assert (settings.port, settings.database_url, settings.health_port) == (3000, "", None)
    assert (
        load({**LEAST, "SLACK_BOT_TOKEN": " xoxb-canary\n"}).slack_bot_token.get_secret_value()
        == "xoxb-canary"
    )


def test_without_an_app_token_it_is_http() -> None:
    http = {"SLACK_BOT_TOKEN": "x", "SLACK_SIGNING_SECRET": "s", "SENEXBOT_ENCRYPTION_KEYS": KEY}
    assert not load(http).socket_mode


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"SENEXBOT_LIVE_TRADING": "yes"}, "SENEXBOT_LIVE_TRADING"),
        ({"SENEXBOT_LIVE_TRADING": "1"}, "SENEXBOT_LIVE_TRADING"),
        ({"PORT": "65536"}, "PORT"),
        ({"PORT": "-1"}, "PORT"),
        ({"SENEXBOT_CONFIRM_SECONDS": "4"}, "SENEXBOT_CONFIRM_SECONDS"),
        ({"SENEXBOT_CONFIRM_SECONDS": "inf"}, "SENEXBOT_CONFIRM_SECONDS"),
        ({"SENEXBOT_COMMAND_PREFIX": "Dev"}, "SENEXBOT_COMMAND_PREFIX"),
        ({"DATABASE_URL": "mysql://canary"}, "DATABASE_URL"),
        ({"SENEXBOT_LOG_LEVEL": "chatty"}, "SENEXBOT_LOG_LEVEL"),
        ({"TASTYTRADE_API_URL": "http://127.0.0.1:1"}, "TASTYTRADE_STREAMER_URL"),
        ({"SENEXBOT_ENCRYPTION_KEYS": "canary"}, "SENEXBOT_ENCRYPTION_KEYS"),
        ({"SENEXBOT_ENCRYPTION_KEYS": f"{KEY},{KEY}"}, "SENEXBOT_ENCRYPTION_KEYS"),
        ({"SENEXBOT_ENCRYPTION_KEYS_FILE": "/nowhere/at/all"}, "SENEXBOT_ENCRYPTION_KEYS_FILE"),
    ],
)
def test_each_fault_is_named_without_its_value(variables: dict[str, str], named: str) -> None:
    """I69."""
    (line,) = faults(**variables)
    assert named in line
    assert "canary" not in line
    assert KEY not in line


@pytest.mark.parametrize(
    "url",
    [
        "https://slack.com.evil.example/api/",
        "https://evil.example/slack.com/api/",
        "http://slack.com/api/",
        "https://slack.com/",
        "https://slack.com:8443/api/",
        "https://user:canary@slack.com/api/",
        "http://user:canary@127.0.0.1:1/api/",
        "http://127.0.0.1.evil.example/",
        "http://127.0.0.1@evil.example/",
        "http://127.0.0.1:99999/",
        "http://10.0.0.1/",
        "http://0.0.0.0/",
        "http://[::ffff:10.0.0.1]/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "http://[",
        "//127.0.0.1/",
        "127.0.0.1:80",
    ],
)
def test_slack_is_slack_or_this_machine(url: str) -> None:
    """I76: anything else refuses to start."""
    assert any("SLACK_API_URL" in line for line in faults(SLACK_API_URL=url))


@pytest.mark.parametrize(
    "url", ["https://api.tastyworks.com", "https://127.0.0.1:1", "http://10.0.0.1", "ws://localhost:1"]
)
def test_the_practice_broker_is_on_this_machine(url: str) -> None:
    """I20, I76: a practice order can never leave it, and no override reaches the live broker."""
    told = faults(TASTYTRADE_API_URL=url, TASTYTRADE_STREAMER_URL="ws://127.0.0.1:2")
    assert any("TASTYTRADE_API_URL" in line for line in told)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/api", "http://localhost:1/api/", "http://[::1]:1/api/", "https://slack.com/api"],
)
def test_good_addresses_end_with_a_slash(url: str) -> None:
    assert load({**LEAST, "SLACK_API_URL": url}).slack_api_url == url.rstrip("/") + "/"


def test_nothing_shows_a_secret(tmp_path: Path) -> None:
    """I69."""
    settings = load(
        {**LEAST, "SLACK_SIGNING_SECRET": "canary", "DATABASE_URL": "postgresql://u:canary@localhost/d"}
    )
    for shown in (repr(settings), str(settings), f"{settings}", repr(settings.slack_bot_token)):
        assert "canary" not in shown
        assert KEY not in shown
    assert set(settings.secrets()) == {"xoxb-canary", "xapp-canary", "canary", KEY}


def test_keys_come_from_a_file_with_one_a_line(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"{KEY}\n{OTHER}\n")
    both = {"SENEXBOT_ENCRYPTION_KEYS": "not looked at", "SENEXBOT_ENCRYPTION_KEYS_FILE": str(file)}
    assert keys_of(both) == f"{KEY},{OTHER}"
    settings = load({**LEAST, **both})
    assert settings.keys_text() == f"{KEY},{OTHER}"
    assert keys_of({}) == ""


def test_faulty_variables_are_left_out_for_the_doctor() -> None:
    settings, left_out = readable(
        {**LEAST, "PORT": "x", "SLACK_API_URL": "http://evil.example/", "HOST": "::1"}
    )
    assert left_out == {"PORT", "SLACK_API_URL"}
    assert (settings.port, settings.host) == (3000, "::1")


def test_commands_without_slack_find_the_same_database(tmp_path: Path) -> None:
    env = {"SENEXBOT_STATE_DIR": f" {tmp_path} "}
    state, url = database_of(env)
    assert state == tmp_path
    assert url == load({**LEAST, **env}).url_of_database()
    assert database_of({"DATABASE_URL": "postgres://h/d"})[1] == "postgres://h/d"


NAMES = [str(field.alias) for field in Settings.model_fields.values()]


@given(
    st.dictionaries(
        st.sampled_from(NAMES), st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=40)
    )
)
def test_any_text_is_read_or_refused_in_words(variables: dict[str, str]) -> None:
    """Nothing but a ConfigError comes out, and the doctor's reading takes anything."""
    readable(variables)
    with contextlib.suppress(ConfigError):
        load(variables)


def test_the_example_file_names_every_variable() -> None:
    text = (Path(__file__).parents[1] / ".env.example").read_text(encoding="utf-8")
    assigned = {line.split("=", 1)[0] for line in text.splitlines() if line and not line.startswith("#")}
    assert set(NAMES) <= assigned
    assert assigned - set(NAMES) == {"TASTYTRADE_CLIENT_ID", "TASTYTRADE_CLIENT_SECRET", "PUBLIC_URL"}


@pytest.mark.parametrize(
    ("host", "near"),
    [
        ("127.9.9.9", True),
        ("localhost", True),
        ("[::1]", True),
        ("128.0.0.1", False),
        ("localhost.evil", False),
    ],
)
def test_loopback_is_this_machine(host: str, near: bool) -> None:
    assert is_loopback(f"http://{host}:1/") is near
