"""The plugin as other people meet it: pytest runs in a directory of their own, on their tests."""

import re
import time
from pathlib import Path

import pytest

from senexsim.testing import ControlRefusedError, running_broker, running_slack

pytest_plugins = ["pytester"]
PAPER = Path(__file__).parents[2] / "docs" / "testing-with-senexsim.md"
INI = "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\nfilterwarnings =\n    error\n    ignore:Use 'content:DeprecationWarning\naddopts = --strict-markers -p no:cacheprovider\n"


def paper_tests() -> str:
    """The document's examples that are whole; one is cut short with three dots."""
    found = re.findall(
        r"^```python\n(.*?)^```", PAPER.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE
    )
    whole = [part for part in found if "def test" in part and "…" not in part]
    assert len(whole) == 2
    return "import asyncio\n" + "\n\n".join(whole)


def test_the_papers_examples_run_as_they_stand(pytester: pytest.Pytester) -> None:
    pytester.makeini(INI)
    pytester.makepyfile(
        paper_tests()
        + """

import pytest


@pytest.mark.broker_sim(seed=9, speed=3)
@pytest.mark.slack_sim(manifest={"display_information": {"name": "Other"}, "features": {"bot_user": {"display_name": "other"}},
    "oauth_config": {"scopes": {"bot": ["chat:write"]}}, "settings": {"socket_mode_enabled": True}})
def test_blocking_with_both(broker, slack):
    from senexsim.testing import running_broker
    with running_broker(seed=9) as same, running_broker(seed=10) as other:
        assert same.users == broker.users != other.users
        assert len({same.api_url, other.api_url, broker.api_url, slack.page_url}) == 4
    assert slack.command("ana", "/nothing")["error"]
"""
    )
    outcome = pytester.runpytest_subprocess("-q")
    outcome.assert_outcomes(passed=3)


def test_it_costs_nothing_where_nobody_asks(pytester: pytest.Pytester) -> None:
    """No simulator, no web server, no SDK is imported for tests that use neither fixture."""
    pytester.makeini("[pytest]\naddopts = --strict-markers -p no:cacheprovider -p no:asyncio\n")
    pytester.makepyfile(
        """
        import sys

        def test_of_something_else(pytestconfig):
            assert pytestconfig.pluginmanager.hasplugin("senexsim")
            heavy = {"aiohttp", "tastytrade", "slack_sdk", "senexsim.testing", "senexsim.broker", "senexsim.slack"}
            assert not heavy & sys.modules.keys()
        """
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=1)


@pytest.mark.parametrize("running", [running_broker, running_slack])
def test_a_start_takes_less_than_300_ms(running) -> None:
    spans = []
    for _ in range(4):
        begun = time.perf_counter()
        with running():
            spans.append(time.perf_counter() - begun)
    assert min(spans) < 0.3, spans


def test_the_first_start_of_a_run_takes_no_longer(pytester: pytest.Pytester) -> None:
    """In time of the processor, for a busy machine makes everything wait: what is imported was so before."""
    pytester.makeini("[pytest]\naddopts = --strict-markers -p no:cacheprovider -p no:asyncio\n")
    pytester.makeconftest(
        """
        import time
        import pytest

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_setup(item):
            begun = time.process_time()
            answer = yield
            item.user_properties.append(("spent", time.process_time() - begun))
            return answer
        """
    )
    pytester.makepyfile(
        """
        def quick(request):
            ((_, spent),) = request.node.user_properties
            assert 0 < spent < 0.3, spent

        def test_first(broker, request):
            quick(request)

        def test_second(slack, request):
            quick(request)
        """
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=2)


def test_what_cannot_start_says_so_in_the_test() -> None:
    with running_broker() as broker:
        taken = running_broker(port=int(broker.api_url.rsplit(":", 1)[1]))
        with pytest.raises(OSError, match="address already in use"), taken:
            pass
    with pytest.raises(TypeError), running_slack(nonsense=1):
        pass


def test_each_control_of_the_broker_is_a_method() -> None:
    with running_broker(seed=3) as broker:
        account = broker.users[0].accounts[0]
        assert broker.quote("KO", "60.00", 61)["quote"]["last"] == "60.5"
        broker.position(account, "KO", 5, "59.00")
        broker.balance(account, 1000)
        leg = {"instrument-type": "Equity", "symbol": "KO", "action": "Buy to Open", "quantity": 2}
        body = {
            "order-type": "Limit",
            "time-in-force": "Day",
            "price": "1.00",
            "price-effect": "Debit",
            "legs": [leg],
        }
        placed = broker.order(account, body)["order"]
        broker.until(lambda: broker.orders()[0]["status"] == "Live")
        broker.fill(placed["id"], 2, "1.00")
        assert broker.orders()[0]["status"] == "Filled"
        broker.fault("GET /customers/me", "status", status=500)
        broker.clear_faults()
        assert broker.clock(session="closed")["session"] == "closed"
        broker.release("KO")
        assert broker.requests() == []
        with pytest.raises(ControlRefusedError, match="nothing is listed"):
            broker.quote("NOSUCH", 1, 2)
        with pytest.raises(TimeoutError):
            broker.until(lambda: None, 0.05)
        assert broker.users[0].refresh_token not in repr(broker.users)


def test_each_control_of_slack_is_a_method() -> None:
    with running_slack(workspaces=2) as slack:
        other = slack.workspace(1)
        assert other.message("ana", "alone")["ok"]
        assert [message["text"] for message in other.messages("ana")] == ["alone"]
        assert slack.messages("ana") == []
        assert slack.authorize_url.endswith("/oauth/v2/authorize")
        assert len(slack.workspaces) == 2
        assert slack.message("ana", "hello")["ok"]
        assert slack.messages("ana")[-1]["text"] == "hello"
        assert slack.views("ana") == []
        assert slack.calls("chat.postMessage") == []
        assert slack.home("ana") is not None
        assert slack.clock(advance_s=1)["ok"]
        assert slack.app(uninstall=True)["ok"]
        assert slack.shortcut("ana", "ask")["error"] == "dispatch_failed"
        for refused in (
            lambda: slack.click("ana", "go", channel="trading", ts="1.0"),
            lambda: slack.submit("ana", "V0", {}),
            lambda: slack.close("ana", "V0"),
        ):
            assert refused()["error"].endswith("_not_found")
        slack.fault("chat.postMessage", "ratelimited", count=1)
        slack.clear_faults()
