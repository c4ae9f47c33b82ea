"""What can be done about each of Slack's answers (F14 to F16)."""

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from senexbot.domain.errors import Gone, MessengerRateLimited, Transient, Uncertain
from senexbot.slack.faults import translate


def answer(status: int, error: str = "", **headers: str) -> SlackApiError:
    data = {"ok": False, "error": error} if error else "<html>"
    response = AsyncSlackResponse(
        client=None,
        http_verb="POST",
        api_url="x",
        req_args={},
        data=data,
        headers=headers,
        status_code=status,
    )
    return SlackApiError("", response)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (answer(200, "channel_not_found"), Gone),
        (answer(200, "is_archived"), Gone),
        (answer(200, "token_revoked"), Gone),
        (answer(200, "something_new"), Gone),
        (answer(200, "service_unavailable"), Transient),
        (answer(503, "service_unavailable"), Transient),
        (answer(500, "internal_error"), Uncertain),
        (answer(200, "internal_error"), Uncertain),
        (answer(200, "fatal_error"), Uncertain),
        (answer(502), Uncertain),
        (TimeoutError(), Uncertain),
        (aiohttp.ServerDisconnectedError(), Uncertain),
        (ConnectionResetError(), Uncertain),
        (RuntimeError("?"), Uncertain),
    ],
)
def test_each_answer_has_its_remedy(error: Exception, kind: type) -> None:
    assert type(translate(error)) is kind


@pytest.mark.parametrize(("header", "seconds"), [("30", 30.0), ("soon", 1.0), ("-5", 0.1), ("1e9", 3600.0)])
def test_f15_a_limit_says_how_long(header: str, seconds: float) -> None:
    fault = translate(answer(429, "ratelimited", **{"Retry-After": header}))
    assert isinstance(fault, MessengerRateLimited)
    assert fault.after == seconds
