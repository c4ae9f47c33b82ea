"""What Slack would send over HTTP, made and signed by hand."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

from tests.e2e.stage import Json, Stage


def signed(desk: Stage, body: str, *, secret: str = "", at: str = "") -> dict[str, str]:
    """The headers Slack would send with this body."""
    stamp = at or str(int(time.time()))
    key = (secret or desk.slack.info["signing_secret"]).encode()
    digest = hmac.new(key, f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
    }


async def send(desk: Stage, body: str, headers: dict[str, str]) -> int:
    return (await sent(desk, body, headers))[0]


async def sent(desk: Stage, body: str, headers: dict[str, str]) -> tuple[int, str]:
    async with desk.http.post(desk.bot.ready["url"], data=body, headers=headers) as answer:
        return answer.status, await answer.text()


def user(desk: Stage, name: str) -> Json:
    return next(u for u in desk.slack.info["users"] if u["name"] == name)


def order_command(desk: Stage, text: str, *, trigger: str, name: str = "ana", team: str = "") -> str:
    person = user(desk, name)
    return urlencode(
        {
            "command": "/order",
            "text": text,
            "user_id": person["id"],
            "team_id": team or person["team_id"],
            "channel_id": next(c["id"] for c in desk.slack.info["channels"] if c["name"] == "trading"),
            "trigger_id": trigger,
            "api_app_id": "A0",
            "response_url": f"{desk.slack.info['page_url']}commands/none",
        }
    )


def press(desk: Stage, name: str, value: str, *, trigger: str, action: str = "order_confirm") -> str:
    person = user(desk, name)
    payload = {
        "type": "block_actions",
        "user": {"id": person["id"], "team_id": person["team_id"]},
        "team": {"id": person["team_id"]},
        "api_app_id": "A0",
        "trigger_id": trigger,
        "actions": [
            {"type": "button", "action_id": action, "block_id": "b", "value": value, "action_ts": trigger}
        ],
        "container": {"type": "message"},
        "response_url": f"{desk.slack.info['page_url']}actions/none",
    }
    return urlencode({"payload": json.dumps(payload)})


def handle_of(message: Json, action: str = "order_confirm") -> str:
    return next(
        e["value"] for b in message["blocks"] for e in b.get("elements", []) if e.get("action_id") == action
    )


def submitted(desk: Stage, name: str, request: str, values: Json) -> str:
    """The connect form, filled in and sent off by somebody."""
    person = user(desk, name)
    fields = {
        block: {
            action: {"type": "radio_buttons", "selected_option": {"value": value}}
            if action == "environment"
            else {"type": "plain_text_input", "value": value}
            for action, value in given.items()
        }
        for block, given in values.items()
    }
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": "connect",
        "private_metadata": request,
        "state": {"values": fields},
    }
    payload = {
        "type": "view_submission",
        "user": {"id": person["id"], "team_id": person["team_id"]},
        "team": {"id": person["team_id"]},
        "api_app_id": "A0",
        "trigger_id": "t-form",
        "view": view,
    }
    return urlencode({"payload": json.dumps(payload)})
