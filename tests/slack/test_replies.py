"""I76, F19: only Slack's own reply host, or exactly the simulator's origin."""

import pytest

from senexbot.domain.errors import Gone
from senexbot.slack.replies import ReplyAddresses


@pytest.mark.parametrize(
    ("url", "ok"),
    [
        ("https://hooks.slack.com/commands/T/1/x", True),
        ("https://hooks.slack.com:443/actions/T/1/x", True),
        ("http://hooks.slack.com/commands/T/1/x", False),
        ("https://hooks.slack.com.evil.example/commands", False),
        ("https://hooks.slack.com@evil.example/commands", False),
        ("https://evil.example\\@hooks.slack.com/", False),
        ("https://hooks.slack.com:8443/commands", False),
        ("https://slack.com/api/", False),
        ("http://127.0.0.1:80/", False),
        ("http://169.254.169.254/latest", False),
        ("https://[::1", False),
        ("https://hooks.slack.com:port/", False),
        ("", False),
        ("https://hooks.slack.com\\@evil.example/", False),
        ("https://hooks.slack.com:443@evil.example/", False),
        ("https://user:hooks.slack.com@evil.example/", False),
        ("https://@hooks.slack.com/commands", False),
        ("https://evil.example#@hooks.slack.com/", False),
        ("https://evil.example?@hooks.slack.com/", False),
        ("https://evil.example/@hooks.slack.com/", False),
        ("https://hooks.sl\tack.com/commands", False),
        ("https://hooks.slack.com\r\nHost: evil.example/", False),
        (" https://hooks.slack.com/commands", False),
        ("https://hoo\u212as.slack.com/commands", False),
        ("https://hooks.slack.com\u2044.evil.example/", False),
        ("https://hooks.slack.com\uff0fevil.example/", False),
        ("https://hooks.slack.com%2f.evil.example/", False),
        ("https://hooks.slack.com./commands", False),
        ("https:hooks.slack.com/commands", False),
        ("//hooks.slack.com/commands", False),
        ("https://[::1]:443/", False),
        ("https://hooks.slack.com/" + "x" * 4000, False),
    ],
)
def test_f19_with_the_real_slack(url: str, ok: bool) -> None:
    assert ReplyAddresses("https://slack.com/api/").allows(url) is ok


@pytest.mark.parametrize(
    ("url", "ok"),
    [
        ("http://127.0.0.1:4000/commands/1", True),
        ("http://127.0.0.1:4001/commands/1", False),
        ("http://localhost:4000/commands/1", False),
        ("https://127.0.0.1:4000/commands/1", False),
        ("http://user@127.0.0.1:4000/", False),
        ("https://hooks.slack.com/commands/T/1/x", False),
    ],
)
def test_f19_with_a_simulator_only_its_origin(url: str, ok: bool) -> None:
    assert ReplyAddresses("http://127.0.0.1:4000/api/").allows(url) is ok


@pytest.mark.parametrize(
    ("base", "given", "called"),
    [
        ("http://127.0.0.1:4000/api/", "http://localhost:4000/r/1?a=b", "http://127.0.0.1:4000/r/1?a=b"),
        ("http://localhost:4000/api/", "http://127.0.0.1:4000/r/1", "http://localhost:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://[::1]:4000/r/1", "http://127.0.0.1:4000/r/1"),
        ("http://[::1]:4000/api/", "http://localhost:4000/r/1", "http://[::1]:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://127.0.0.1:4000/r/1", "http://127.0.0.1:4000/r/1"),
    ],
)
def test_f19_a_server_under_another_name_of_this_machine_is_called_at_its_origin(
    base: str, given: str, called: str
) -> None:
    """Some Slack servers always name themselves localhost. What is contacted is SLACK_API_URL's origin."""
    assert ReplyAddresses(base).resolve(given) == called


@pytest.mark.parametrize(
    ("base", "given"),
    [
        ("http://127.0.0.1:4000/api/", "http://localhost:4001/r/1"),
        ("http://127.0.0.1:4000/api/", "http://localhost/r/1"),
        ("http://127.0.0.1:4000/api/", "https://localhost:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://user@localhost:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://localhost:4000@evil.example/r/1"),
        ("http://127.0.0.1:4000/api/", "http://localhost.evil.example:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://127.0.0.2:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://[::1"),
        ("http://127.0.0.1:4000/api/", "http://canary:canary@localhost:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://@localhost:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://evil.example:4000\\@localhost:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://localhost:4000\\@evil.example/r/1"),
        ("http://127.0.0.1:4000/api/", "http://[::ffff:127.0.0.1]:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://[::ffff:7f00:1]:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://[0:0:0:0:0:0:0:1]:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://[::1%25lo]:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://[::]:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://[::1]:4001/r/1"),
        ("http://127.0.0.1:4000/api/", "http://127.1:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://2130706433:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://0x7f.0.0.1:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://0.0.0.0:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://localhost.:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://local\thost:4000/r/1"),
        ("http://127.0.0.1:4000/api/", "http://localhost:\uff14000/r/1"),
        ("http://127.0.0.2:4000/api/", "http://localhost:4000/r/1"),
        ("http://127.0.0.1/api/", "http://localhost:4000/r/1"),
        ("https://127.0.0.1:4000/api/", "http://localhost:4000/r/1"),
        ("https://slack.com/api/", "https://localhost/r/1"),
        ("https://slack.com/api/", "http://127.0.0.1:443/r/1"),
    ],
)
def test_f19_no_other_address_is_called(base: str, given: str) -> None:
    with pytest.raises(Gone, match="foreign_reply_address"):
        ReplyAddresses(base).resolve(given)
